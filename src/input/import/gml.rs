//! GML, as the Topology Zoo writes it.
//!
//! In: one file, `graph [ node [ id 0 label "A" ] edge [ source 0 target 1 ] ]`. A node is called
//! by its label where every node has one of its own, else by its number; `LinkSpeedRaw` is an
//! edge's capacity. Directed edges are the two ways of a link where each has a twin.

use super::super::{Diagnostic, Faults, Source};
use super::attributes::{Attribute, Attributes, unit_of};
use super::network::{At, Network};
use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

/// Lists inside lists.
const DEEPEST: usize = 64;

/// `key value`.
struct Entry<'a> {
    key: &'a str,
    value: Value<'a>,
    span: Range<usize>,
}

enum Value<'a> {
    /// A number or a text; of a text without the quotes.
    Scalar(&'a str),
    List(Vec<Entry<'a>>),
}

/// Whether a text has a graph in brackets, after comments and a few words about itself.
pub(super) fn looks_like(source: &Source) -> bool {
    let lines = super::sniff::head(source).lines().take(100).map(str::trim);
    let mut lines = lines.filter(|l| !l.is_empty() && !l.starts_with('#'));
    lines.any(|l| l == "graph" || l.replace(' ', "").starts_with("graph["))
}

pub(super) fn read(source: &Arc<Source>) -> Result<Network, Faults> {
    let top = parse(source)?;
    let graph = top.iter().find_map(|e| match (&e.value, e.key) {
        (Value::List(list), "graph") => Some(list),
        _ => None,
    });
    let Some(graph) = graph else {
        let fault = Diagnostic::error("there is no graph in the file").at(source, 0..1);
        return Err(fault
            .help("a GML file holds: graph [ node [ … ] edge [ … ] ]")
            .into());
    };
    let mut faults = Faults::new();
    let mut network = Network::default();
    let mut edges = Vec::new();
    let directed = scalar(graph, "directed") == Some("1");
    for entry in graph {
        let Value::List(list) = &entry.value else {
            continue;
        };
        let at = At::new(source, entry.span.clone());
        let mut required = |key: &str| {
            let value = scalar(list, key);
            if value.is_none() {
                faults.push(at.error(format!("the {} has no {key}", entry.key)));
            }
            value.unwrap_or_default().to_owned()
        };
        match entry.key {
            "node" => {
                let key = required("id");
                let attributes = attributes(source, list, &["id"]);
                network.nodes.push(attributes.node(key, at));
            }
            "edge" => {
                let ends = ["source", "target"].map(required);
                let attributes = attributes(source, list, &["source", "target"]);
                edges.push(attributes.edge(ends, directed, at, &mut faults));
            }
            _ => {}
        }
    }
    network.unit = unit_of(&edges, &mut faults);
    network.edges = edges.into_iter().map(|e| e.raw).collect();
    call_by_label(&mut network);
    network.demands_in = "GML has no place for them";
    network.faults = faults;
    Ok(network)
}

/// Labels become ids where every node has one of its own.
fn call_by_label(network: &mut Network) {
    let mut seen = HashSet::new();
    let own = |n: &super::network::RawNode| {
        n.name
            .as_ref()
            .is_some_and(|l| !l.is_empty() && seen.insert(l.clone()))
    };
    if network.nodes.iter().all(own) {
        for node in &mut network.nodes {
            node.id = node.name.take().unwrap_or_default();
        }
    } else if network.nodes.iter().any(|n| n.name.is_some()) {
        let message = "some nodes share a label or have none, so nodes are called by number";
        network.warnings.push(Diagnostic::warning(message));
    }
}

fn scalar<'a>(list: &[Entry<'a>], key: &str) -> Option<&'a str> {
    list.iter().find_map(|e| match e.value {
        Value::Scalar(text) if e.key == key => Some(text),
        _ => None,
    })
}

fn attributes(source: &Arc<Source>, list: &[Entry], without: &[&str]) -> Attributes {
    let scalars = list.iter().filter(|e| !without.contains(&e.key));
    let scalars = scalars.filter_map(|e| match e.value {
        Value::Scalar(text) => Some(Attribute {
            name: e.key.to_owned(),
            value: unescape(text),
            at: At::new(source, e.span.clone()),
        }),
        Value::List(_) => None,
    });
    Attributes(scalars.collect())
}

/// A list that is still open: its key, where the key stands, what it holds.
struct Open<'a> {
    key: &'a str,
    span: Range<usize>,
    entries: Vec<Entry<'a>>,
}

fn parse(source: &Arc<Source>) -> Result<Vec<Entry<'_>>, Diagnostic> {
    let fault = |message: &str, span: Range<usize>| Diagnostic::error(message).at(source, span);
    let mut tokens = Tokens::new(&source.text);
    let mut entries = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    while let Some((key, span)) = tokens.next() {
        // A bracket is one byte; the same in quotes is a text.
        let closes = |word: &str, span: &Range<usize>| word == "]" && span.len() == 1;
        let opens = |word: &str, span: &Range<usize>| word == "[" && span.len() == 1;
        if closes(key, &span) {
            let Some(list) = open.pop() else {
                return Err(fault("this ] closes nothing", span));
            };
            let inner = std::mem::replace(&mut entries, list.entries);
            entries.push(Entry {
                key: list.key,
                value: Value::List(inner),
                span: list.span,
            });
            continue;
        }
        if !key.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let fault = fault("a key is expected here", span);
            return Err(fault.help("GML is a list of keys, each with a value"));
        }
        match tokens.next() {
            Some((word, at)) if opens(word, &at) && open.len() >= DEEPEST => {
                return Err(fault("lists stand too deep inside each other", span));
            }
            Some((word, at)) if opens(word, &at) => {
                let entries = std::mem::take(&mut entries);
                open.push(Open { key, span, entries });
            }
            Some((text, at)) if !closes(text, &at) => {
                let value = Value::Scalar(text);
                let span = span.start..at.end;
                entries.push(Entry { key, value, span });
            }
            _ => return Err(fault("this key has no value", span)),
        }
    }
    match open.last() {
        Some(list) => {
            let fault = fault("this list is never closed", list.span.clone());
            Err(fault.help("the file may be cut short"))
        }
        None => Ok(entries),
    }
}

/// Words, brackets and texts (without quotes), with where they stand.
struct Tokens<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Tokens<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = (&'a str, Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let rest = &self.text[self.at..];
            self.at += rest.len() - rest.trim_start().len();
            let rest = rest.trim_start();
            let start = self.at;
            match rest.chars().next()? {
                '#' => self.at += rest.find('\n').unwrap_or(rest.len()),
                bracket @ ('[' | ']') => {
                    self.at += bracket.len_utf8();
                    return Some((&rest[..1], start..self.at));
                }
                '"' => {
                    let end = rest[1..].find('"').map_or(rest.len(), |at| at + 1);
                    self.at += (end + 1).min(rest.len());
                    return Some((&rest[1..end], start..self.at));
                }
                _ => {
                    let stop = |c: char| c.is_whitespace() || matches!(c, '[' | ']' | '"');
                    let end = rest.find(stop).unwrap_or(rest.len());
                    self.at += end;
                    return Some((&rest[..end], start..self.at));
                }
            }
        }
    }
}

/// `&#246;`, `&amp;` and their like → characters; what is no entity stays.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let entity = rest
            .find(';')
            .and_then(|end| Some((end, decode(&rest[1..end])?)));
        // What is no entity stands for itself.
        let (end, c) = entity.unwrap_or((0, '&'));
        out.push(c);
        rest = &rest[end + 1..];
    }
    out + rest
}

fn decode(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_are_decoded_and_bare_ampersands_kept() {
        assert_eq!(unescape("K&#246;ln &amp; AT&T; &#x41;"), "Köln & AT&T; A");
        assert_eq!(unescape("&#1114112;&"), "&#1114112;&");
    }

    #[test]
    fn texts_words_and_brackets_are_tokens() {
        let tokens: Vec<&str> = Tokens::new("a[b 1.5\"x ]\" # c\n]")
            .map(|(t, _)| t)
            .collect();
        assert_eq!(tokens, ["a", "[", "b", "1.5", "x ]", "]"]);
    }
}
