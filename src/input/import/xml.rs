//! XML with places. Document type definitions are refused, so entities cannot blow up.

use super::super::{Diagnostic, Source};
use super::network::At;
use roxmltree::{Document, Error, Node, ParsingOptions};
use std::sync::Arc;

/// Parses a source.
///
/// # Errors
/// The first place where it is no XML, or a document type definition.
pub(super) fn parse(source: &Arc<Source>) -> Result<Document<'_>, Diagnostic> {
    let options = ParsingOptions::default();
    Document::parse_with_options(&source.text, options).map_err(|why| {
        let at = offset(&source.text, why.pos());
        if matches!(why, Error::DtdDetected) {
            let at = source.text.find("<!DOCTYPE").unwrap_or(at);
            return Diagnostic::error("the file has a document type definition")
                .at(source, at..at + 9)
                .help("remove it: entities are not expanded");
        }
        let sentence = why.to_string();
        // The place is shown anyway.
        let sentence = sentence.rsplit_once(" at ").map_or(&*sentence, |(s, _)| s);
        Diagnostic::error(format!("this is no well-formed XML: {sentence}")).at(source, at..at + 1)
    })
}

/// Byte offset of a row and a column, both 1-based, in characters.
fn offset(text: &str, pos: roxmltree::TextPos) -> usize {
    let lines = text.split_inclusive('\n');
    let row = (pos.row as usize).saturating_sub(1);
    let start: usize = lines.take(row).map(str::len).sum();
    let column = (pos.col as usize).saturating_sub(1);
    let inside = text[start..].char_indices().nth(column);
    start + inside.map_or(0, |(at, _)| at)
}

/// The place of an element: its opening tag.
pub(super) fn at(source: &Arc<Source>, node: Node) -> At {
    let range = node.range();
    let text = source.text.get(range.clone()).unwrap_or_default();
    let end = text.find('>').map_or(range.end, |at| range.start + at + 1);
    At::new(source, range.start..end)
}

/// Child elements with a name, whatever the namespace.
pub(super) fn children<'a, 'i>(
    node: Node<'a, 'i>,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'i>> {
    let named = move |n: &Node| n.is_element() && n.tag_name().name() == name;
    node.children().filter(named)
}

/// The first child element with a name.
pub(super) fn child<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> Option<Node<'a, 'i>> {
    children(node, name).next()
}

/// Text of an element, without the space around it.
pub(super) fn text<'a>(node: Node<'a, '_>) -> &'a str {
    node.text().unwrap_or_default().trim()
}
