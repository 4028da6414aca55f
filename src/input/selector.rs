//! Selectors: a bare id, or parts `column=value` with blanks between them, of which a node must fit all.
//! In: the texts and the nodes. Out: nodes, as numbers.
//!
//! `within=id` keeps a domain and all that sits in it, directly or not; `under=id` all that a service
//! needs, with itself. Where no cell holds exactly the value, `*` in it stands for any text and `,` stands
//! between values of which one must fit; a bare word with `*` looks at ids. An id wins over a selector that
//! looks the same, and a cell that holds all of the text after the first `=` wins over several parts.

use super::suggest::{self, Suggester};
use crate::model::{Labels, Node, NodeId, Role, System};

/// Nodes that can be selected from, before or after they are a [`System`].
pub trait Nodes {
    /// How many there are.
    fn count(&self) -> u32;
    /// One of them.
    fn node(&self, at: u32) -> &Node;
    /// The one with this id.
    fn find(&self, id: &str) -> Option<u32>;
    /// The domains that it directly sits in.
    fn domains(&self, at: u32) -> impl Iterator<Item = u32>;
    /// All that the node with this id needs, directly or not, with itself; nothing where that is not
    /// known yet.
    fn under(&self, _id: &str) -> Vec<u32> {
        Vec::new()
    }
    /// Label columns.
    fn labels(&self) -> &Labels;
}

impl Nodes for System {
    fn count(&self) -> u32 {
        u32::try_from(self.nodes().len()).unwrap_or(u32::MAX)
    }

    fn node(&self, at: u32) -> &Node {
        System::node(self, NodeId(at))
    }

    fn find(&self, id: &str) -> Option<u32> {
        System::find(self, id).map(|n| n.0)
    }

    fn domains(&self, at: u32) -> impl Iterator<Item = u32> {
        System::node(self, NodeId(at)).within.iter().map(|d| d.0)
    }

    fn under(&self, id: &str) -> Vec<u32> {
        let mut seen = vec![false; self.nodes().len()];
        let mut crossed = vec![false; self.networks() as usize];
        let mut stack: Vec<NodeId> = System::find(self, id).into_iter().collect();
        while let Some(v) = stack.pop() {
            if std::mem::replace(&mut seen[v.0 as usize], true) {
                continue;
            }
            stack.extend(self.needs(v));
            if let Role::Flow(flow) = &System::node(self, v).role {
                // It may be routed over any part of its network.
                let Some(network) = self.network_of_flow(flow) else {
                    continue;
                };
                if !std::mem::replace(&mut crossed[network as usize], true) {
                    let part = |v: &NodeId| self.network(*v) == Some(network);
                    stack.extend(self.iter().map(|(v, _)| v).filter(part));
                }
            }
        }
        let numbers = (0..).zip(seen);
        numbers.filter(|(_, seen)| *seen).map(|(v, _)| v).collect()
    }

    fn labels(&self) -> &Labels {
        System::labels(self)
    }
}

/// Columns that every selector may name, beside the labels.
const COLUMNS: [&str; 11] = [
    "id", "kind", "name", "unit", "tier", "within", "under", "a", "b", "from", "to",
];

/// One part of a selector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Part<'t> {
    column: &'t str,
    value: &'t str,
}

/// Why a selector selects nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Nothing {
    /// A bare word that is no id.
    UnknownId,
    /// No file has this column; perhaps another is meant.
    UnknownColumn(String, Option<String>),
    /// Nothing has this value in the column; perhaps another is meant.
    NoMatch(Option<String>),
    /// Each of several parts keeps something, but nothing fits all of them.
    Disjoint,
}

/// Whether a text is meant as a selector, where an id may stand, too: one that is no id and compares a column, or
/// is a pattern of ids.
pub fn is_meant(text: &str) -> bool {
    text.contains(['=', '*'])
}

/// Everything a selector keeps, in order, before any question of role.
///
/// # Errors
/// Why it keeps nothing.
pub fn select(
    nodes: &impl Nodes,
    text: &str,
    guesses: &mut Suggester,
) -> Result<Vec<u32>, Nothing> {
    let text = text.trim();
    if let Some(at) = nodes.find(text) {
        return Ok(vec![at]);
    }
    if !text.contains('=') && text.contains('*') {
        let found: Vec<u32> = (0..nodes.count())
            .filter(|&at| glob(text, &nodes.node(at).id))
            .collect();
        return if found.is_empty() {
            Err(Nothing::UnknownId)
        } else {
            Ok(found)
        };
    }
    let (column, value) = text.split_once('=').ok_or(Nothing::UnknownId)?;
    let whole = Part {
        column: column.trim(),
        value: value.trim(),
    };
    let parts = parts(nodes, text);
    if let [_] = parts[..] {
        return keep(nodes, whole, guesses);
    }
    let label = position(nodes, whole.column);
    if is_column(whole.column, label) {
        let kept = kept(nodes, whole, label);
        if !kept.is_empty() {
            return Ok(kept);
        }
    }
    in_common(nodes, &parts, guesses)
}

/// What fits all of several parts.
fn in_common(
    nodes: &impl Nodes,
    parts: &[Part<'_>],
    guesses: &mut Suggester,
) -> Result<Vec<u32>, Nothing> {
    let found: Result<Vec<Vec<u32>>, Nothing> = parts
        .iter()
        .map(|&part| keep(nodes, part, guesses))
        .collect();
    let mut found = found?.into_iter();
    let mut common = found.next().unwrap_or_default();
    for other in found {
        common.retain(|at| other.binary_search(at).is_ok());
    }
    if common.is_empty() {
        return Err(Nothing::Disjoint);
    }
    Ok(common)
}

/// The parts of a selector. The name of a column stands before every `=` that has a blank somewhere
/// before it, back to the `=` before; it is the longest that is known, else one word.
fn parts<'t>(nodes: &impl Nodes, text: &'t str) -> Vec<Part<'t>> {
    let known = |name: &str| is_column(name, position(nodes, name));
    let mut parts: Vec<Part<'t>> = Vec::new();
    let Some(first) = text.find('=') else {
        return parts;
    };
    let (mut column, mut from) = (text[..first].trim(), first + 1);
    let equals = text.match_indices('=').map(|(at, _)| at).skip(1);
    for at in equals {
        let between = &text[from..at];
        let blanks = between.char_indices().filter(|(_, c)| c.is_whitespace());
        let starts = blanks.map(|(blank, c)| blank + c.len_utf8());
        let named = |start: &usize| !between[*start..].trim().is_empty();
        let starts: Vec<usize> = starts.filter(named).collect();
        let longest = starts.iter().find(|start| known(between[**start..].trim()));
        if let Some(&start) = longest.or(starts.last()) {
            let value = between[..start].trim();
            parts.push(Part { column, value });
            (column, from) = (between[start..].trim(), at + 1);
        }
    }
    let value = text[from..].trim();
    parts.push(Part { column, value });
    parts
}

/// Everything that one part keeps, in order.
fn keep(nodes: &impl Nodes, part: Part<'_>, guesses: &mut Suggester) -> Result<Vec<u32>, Nothing> {
    let label = position(nodes, part.column);
    if !is_column(part.column, label) {
        let labels = nodes.labels().columns.iter();
        let all = COLUMNS.into_iter().chain(labels.map(|c| &**c));
        let near = suggest::nearest(part.column, all).map(str::to_owned);
        return Err(Nothing::UnknownColumn(part.column.to_owned(), near));
    }
    let mut kept = kept(nodes, part, label);
    if kept.is_empty() {
        kept = patterns(nodes, part, label);
    }
    if kept.is_empty() {
        let guess = guesses.spend(nodes.count() as usize);
        let near = guess.then(|| near_value(nodes, part.column, part.value, label));
        return Err(Nothing::NoMatch(near.flatten()));
    }
    Ok(kept)
}

/// Which label column has that name.
fn position(nodes: &impl Nodes, column: &str) -> Option<usize> {
    nodes.labels().columns.iter().position(|c| &**c == column)
}

fn is_column(column: &str, label: Option<usize>) -> bool {
    label.is_some() || COLUMNS.contains(&column)
}

fn kept(nodes: &impl Nodes, part: Part<'_>, label: Option<usize>) -> Vec<u32> {
    let more = match part.column {
        "under" => nodes.under(part.value),
        "within" => inside(nodes, part.value),
        _ => Vec::new(),
    };
    (0..nodes.count())
        .filter(|at| {
            more.binary_search(at).is_ok() || matches(nodes, *at, part.column, part.value, label)
        })
        .collect()
}

/// Everything that one of several values, or of patterns, keeps, in order.
fn patterns(nodes: &impl Nodes, part: Part<'_>, label: Option<usize>) -> Vec<u32> {
    if !part.value.contains(['*', ',']) {
        return Vec::new();
    }
    let values = part
        .value
        .split(',')
        .map(str::trim)
        .filter(|v| !v.is_empty());
    let mut found: Vec<u32> = Vec::new();
    for value in values {
        let exact = kept(nodes, Part { value, ..part }, label);
        if exact.is_empty() && value.contains('*') {
            let all = 0..nodes.count();
            found.extend(all.filter(|&at| fits(nodes, at, Part { value, ..part }, label)));
        }
        found.extend(exact);
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Whether what stands in a column fits a pattern.
fn fits(nodes: &impl Nodes, at: u32, part: Part<'_>, label: Option<usize>) -> bool {
    let of_label = label.and_then(|c| nodes.labels().values[c].get(at as usize)?.as_deref());
    let text = of_label.or_else(|| match part.column {
        "tier" | "within" | "under" => None,
        column => field(nodes, at, column),
    });
    text.is_some_and(|text| glob(part.value, text))
}

/// Whether a text fits a pattern in which `*` stands for any text.
pub fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, between)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in between {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// The node with this id and all that sits in it, directly or not, in order.
fn inside(nodes: &impl Nodes, id: &str) -> Vec<u32> {
    let Some(domain) = nodes.find(id) else {
        return Vec::new();
    };
    let mut is_inside = vec![false; nodes.count() as usize];
    is_inside[domain as usize] = true;
    // As often as domains are nested; they may be nested in a circle, which is shown elsewhere.
    loop {
        let mut grew = false;
        for at in 0..nodes.count() {
            if !is_inside[at as usize] && nodes.domains(at).any(|d| is_inside[d as usize]) {
                is_inside[at as usize] = true;
                grew = true;
            }
        }
        if !grew {
            break;
        }
    }
    let numbers = (0..).zip(is_inside);
    numbers.filter(|(_, is)| *is).map(|(at, _)| at).collect()
}

fn matches(nodes: &impl Nodes, at: u32, column: &str, value: &str, label: Option<usize>) -> bool {
    let is = |text: Option<&str>| text == Some(value);
    label.is_some_and(|c| {
        is(nodes.labels().values[c]
            .get(at as usize)
            .and_then(|v| v.as_deref()))
    }) || match column {
        "tier" => tier(nodes.node(at)).is_some_and(|t| value.parse() == Ok(t)),
        _ => is(field(nodes, at, column)),
    }
}

fn tier(node: &Node) -> Option<u32> {
    node.as_service().and_then(|s| s.tier)
}

fn field<'n>(nodes: &'n impl Nodes, at: u32, column: &str) -> Option<&'n str> {
    let node = nodes.node(at);
    let end = match (column, node.role) {
        ("a", Role::Link(l)) => Some(l.a),
        ("b", Role::Link(l)) => Some(l.b),
        ("from", Role::Flow(f)) => Some(f.from),
        ("to", Role::Flow(f)) => Some(f.to),
        _ => None,
    };
    match column {
        "id" => Some(&node.id),
        "kind" => Some(&node.kind),
        "name" => node.name.as_deref(),
        "unit" => node.unit.as_deref(),
        _ => end.map(|e| &*nodes.node(e.0).id),
    }
}

fn near_value(
    nodes: &impl Nodes,
    column: &str,
    value: &str,
    label: Option<usize>,
) -> Option<String> {
    let mut all: Vec<&str> = match label {
        Some(c) => nodes.labels().values[c]
            .iter()
            .filter_map(|v| v.as_deref())
            .collect(),
        None if column == "within" => (0..nodes.count()).map(|at| &*nodes.node(at).id).collect(),
        None => (0..nodes.count())
            .filter_map(|at| field(nodes, at, column))
            .collect(),
    };
    all.sort_unstable();
    all.dedup();
    suggest::nearest(value, all.into_iter()).map(|v| format!("{column}={v}"))
}

/// Why a selector selects nothing, and what to write instead.
#[must_use]
pub fn explain(text: &str, why: Nothing) -> (String, String) {
    match why {
        Nothing::UnknownId if text.contains('*') => (
            format!("no id is like `{text}`"),
            "`*` stands for any text: `db-*` for every id that begins with `db-`".to_owned(),
        ),
        Nothing::UnknownId => (
            format!("nothing has the id `{text}`"),
            "write an id, or a selector such as `kind=server`".to_owned(),
        ),
        Nothing::UnknownColumn(column, near) => {
            let help = near.map_or_else(
                || "selectors compare a column of the inventory: `kind=server`".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            (format!("no file has a column `{column}`"), help)
        }
        Nothing::Disjoint => (
            format!("`{text}` keeps nothing"),
            "each part keeps something, but nothing fits all of them".to_owned(),
        ),
        Nothing::NoMatch(near) => {
            let help = near.map_or_else(
                || "the value must be the whole cell, in the same case".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            (format!("`{text}` keeps nothing"), help)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::glob;

    #[test]
    fn a_star_stands_for_any_text() {
        let fits = [
            ("*", ""),
            ("a*", "a"),
            ("*otel*", "my-otel-1"),
            ("a*b*c", "axxbc"),
            ("x", "x"),
        ];
        assert!(fits.iter().all(|(pattern, text)| glob(pattern, text)));
        let not = [
            ("a*", "ba"),
            ("*b", "bc"),
            ("a*a", "a"),
            ("x", "xy"),
            ("a*b*c", "acb"),
        ];
        assert!(not.iter().all(|(pattern, text)| !glob(pattern, text)));
    }
}
