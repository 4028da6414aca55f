//! What a text looks like, without parsing it: enough to tell formats apart by their content. In: a
//! source. Out: keys, a header, the name of a root. Promises: only the start of a text is looked at, and
//! nothing is an error, so that a broken file is still recognised and its own reader says what is wrong.

use super::super::Source;
use std::collections::BTreeMap;

/// Bytes that are looked at.
const MOST: usize = 1 << 20;
/// Objects and lists within each other that are looked into.
const DEEP: usize = 4;

/// The start of a text.
pub(super) fn head(source: &Source) -> &str {
    let text = source.text.trim_start();
    let mut end = text.len().min(MOST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Paths of a JSON text's first keys with the first text that stands there: `kind` → `List`,
/// `items[].kind` → `Node`, `[].model` of a list of objects.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outline(BTreeMap<String, Option<String>>);

impl Outline {
    /// Whether there is such a key.
    pub fn has(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }

    /// The first text that stands there.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.0.get(path)?.as_deref()
    }
}

/// What the start of a JSON text holds; `None` if it starts like no JSON object or list.
pub(super) fn json(source: &Source) -> Option<Outline> {
    let text = head(source);
    if !text.starts_with(['{', '[']) {
        return None;
    }
    let mut outline = Outline::default();
    // One entry per open bracket: what stands before its keys, and the key whose value comes next. Where nobody looks
    // no names are put together, or they would be as long as the text is deep.
    let mut open: Vec<(String, Option<String>)> = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'{' | b'[' if open.len() >= DEEP => open.push((String::new(), None)),
            b'{' | b'[' => {
                let above = match open.last() {
                    Some((prefix, Some(key))) => format!("{prefix}{key}"),
                    Some((prefix, None)) => prefix.trim_end_matches('.').to_owned(),
                    None => String::new(),
                };
                let mark = match (bytes[at], above.is_empty()) {
                    (b'[', _) => "[].",
                    (_, true) => "",
                    (_, false) if above.ends_with('.') => "",
                    (_, false) => ".",
                };
                open.push((format!("{above}{mark}"), None));
            }
            b'}' | b']' => {
                open.pop();
            }
            b'"' => {
                let end = end_of_string(bytes, at + 1);
                let string = text.get(at + 1..end).unwrap_or_default();
                let mut next = end + 1;
                while bytes.get(next).is_some_and(u8::is_ascii_whitespace) {
                    next += 1;
                }
                let is_key = bytes.get(next) == Some(&b':');
                if let Some((prefix, key)) = open.last_mut() {
                    if is_key {
                        *key = Some(string.to_owned());
                    }
                    let path = key.as_ref().map(|key| format!("{prefix}{key}"));
                    if let Some(path) = path.filter(|_| open.len() <= DEEP) {
                        let value = outline.0.entry(path).or_default();
                        if !is_key {
                            value.get_or_insert_with(|| string.to_owned());
                        }
                    }
                }
                at = end;
            }
            b',' => {
                if let Some((_, key)) = open.last_mut() {
                    *key = None;
                }
            }
            _ => {}
        }
        at += 1;
    }
    Some(outline)
}

/// The place of the quote that ends a string, or the end of the text.
fn end_of_string(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at.min(bytes.len())
}

/// Keys at the left margin of a YAML text with the texts that stand beside them, of all its documents:
/// `kind` → `Deployment`. Empty if the text is JSON or XML.
pub(super) fn yaml(source: &Source) -> BTreeMap<&str, Vec<&str>> {
    let text = head(source);
    let mut keys: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    if text.starts_with(['{', '[', '<']) {
        return keys;
    }
    for line in text.lines() {
        let line = line.strip_prefix("- ").unwrap_or(line);
        let Some((key, value)) = line.split_once(':') else {
            continue;
        };
        let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
        let fits = value.is_empty() || value.starts_with([' ', '\t', '\r']);
        if !key.is_empty() && key.chars().all(word) && fits {
            let value = value.split(" #").next().unwrap_or_default().trim();
            keys.entry(key)
                .or_default()
                .push(value.trim_matches(['"', '\'']));
        }
    }
    keys
}

/// The name of an XML text's root element.
pub(super) fn xml_root(source: &Source) -> Option<&str> {
    let mut rest = head(source);
    loop {
        rest = rest.split_once('<')?.1;
        let skipped = match rest.get(..1)? {
            "?" => "?>",
            "!" if rest.starts_with("!--") => "-->",
            "!" => ">",
            _ => break,
        };
        rest = rest.split_once(skipped)?.1;
    }
    let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/'))?;
    let name = &rest[..end];
    Some(name.rsplit_once(':').map_or(name, |(_, name)| name))
}

/// The first line of a table that is neither blank nor a comment.
fn first_line(source: &Source) -> &str {
    let text = head(source);
    if text.starts_with(['{', '[', '<']) {
        return "";
    }
    let mut lines = text.lines();
    let line = lines.find(|l| !l.trim().is_empty() && !l.starts_with('#'));
    line.unwrap_or_default()
}

/// What stands between the cells of a table: the mark that its first line has most of.
pub(super) fn mark(source: &Source) -> u8 {
    let line = first_line(source);
    let count = |m: &u8| line.bytes().filter(|b| b == m).count();
    let marks = super::super::dialect::MARKS.into_iter();
    // The comma wins among equals: the last of the greatest is taken.
    marks.rev().max_by_key(count).unwrap_or(b',')
}

/// The cells of a table's first row, however it is separated; empty if it is none.
pub(super) fn header(source: &Source) -> Vec<String> {
    let line = first_line(source);
    if line.is_empty() {
        return Vec::new();
    }
    line.split(char::from(mark(source)))
        .map(|cell| cell.trim().trim_matches('"').trim().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source {
            path: "file".to_owned(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn json_is_outlined_even_where_it_is_cut_short() {
        let text = r#"{"apiVersion": "v1", "items": [{"kind": "Node", "metadata": {"name": "a\"b"}}, {"kind": "Pod", "sp"#;
        let outline = json(&source(text)).expect("JSON");
        assert_eq!(outline.text("apiVersion"), Some("v1"));
        assert_eq!(outline.text("items[].kind"), Some("Node"));
        assert_eq!(outline.text("items[].metadata.name"), Some("a\\\"b"));
        assert!(!outline.has("kind"));
        let list = json(&source(r#" [{"parent": "a", "callCount": 1}]"#)).expect("JSON");
        assert!(list.has("[].parent") && list.has("[].callCount"));
        assert_eq!(list.text("[].callCount"), None);
        assert!(json(&source("kind: List")).is_none());
    }

    #[test]
    fn yaml_keys_stand_at_the_margin() {
        let text = "# c\napiVersion: v1\nkind: \"List\"\nitems:\n- kind: Pod\n  spec:\n---\nkind: Node # x\n";
        let text = source(text);
        let keys = yaml(&text);
        assert_eq!(keys["kind"], ["List", "Pod", "Node"]);
        assert_eq!(keys["items"], [""]);
        assert!(!keys.contains_key("spec"));
    }

    #[test]
    fn the_root_of_xml_comes_after_comments_and_declarations() {
        let text = "<?xml version=\"1.0\"?>\n<!-- <a> -->\n<!DOCTYPE x>\n<g:graphml xmlns:g=\"u\"><graph/>";
        assert_eq!(xml_root(&source(text)), Some("graphml"));
        assert_eq!(xml_root(&source("id,kind")), None);
    }

    #[test]
    fn a_header_is_split_by_the_mark_that_it_holds() {
        assert_eq!(header(&source("\n# x\n\"VM\";Host\n")), ["VM", "Host"]);
        assert!(header(&source("{\"a\": 1}")).is_empty());
    }
}
