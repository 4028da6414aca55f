//! Selectors: `column=value`, `under=id` (all that a service needs) or a bare id. In: the texts and
//! the nodes. Out: nodes, as numbers. An id wins over a selector that looks the same.

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
    /// Whether it directly sits in the domain with this id.
    fn is_within(&self, at: u32, domain: &str) -> bool;
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

    fn is_within(&self, at: u32, domain: &str) -> bool {
        let domains = &System::node(self, NodeId(at)).within;
        domains.iter().any(|&d| self.id(d) == domain)
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

/// What a selector means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning<'t> {
    Id(u32),
    Match { column: &'t str, value: &'t str },
}

/// Why a selector selects nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Nothing {
    /// A bare word that is no id.
    UnknownId,
    /// No file has this column; perhaps another is meant.
    UnknownColumn(Option<String>),
    /// Nothing has this value in the column; perhaps another is meant.
    NoMatch(Option<String>),
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
    let (column, value) = match meaning(nodes, text)? {
        Meaning::Id(at) => return Ok(vec![at]),
        Meaning::Match { column, value } => (column, value),
    };
    let label = nodes.labels().columns.iter().position(|c| &**c == column);
    if label.is_none() && !COLUMNS.contains(&column) {
        let all = COLUMNS
            .into_iter()
            .chain(nodes.labels().columns.iter().map(|c| &**c));
        return Err(Nothing::UnknownColumn(
            suggest::nearest(column, all).map(str::to_owned),
        ));
    }
    let under = if column == "under" {
        nodes.under(value)
    } else {
        Vec::new()
    };
    let kept: Vec<u32> = (0..nodes.count())
        .filter(|at| under.binary_search(at).is_ok() || matches(nodes, *at, column, value, label))
        .collect();
    if kept.is_empty() {
        let guess = guesses.spend(nodes.count() as usize);
        let near = guess.then(|| near_value(nodes, column, value, label));
        return Err(Nothing::NoMatch(near.flatten()));
    }
    Ok(kept)
}

fn meaning<'t>(nodes: &impl Nodes, text: &'t str) -> Result<Meaning<'t>, Nothing> {
    let text = text.trim();
    if let Some(at) = nodes.find(text) {
        return Ok(Meaning::Id(at));
    }
    match text.split_once('=') {
        Some((column, value)) => Ok(Meaning::Match {
            column: column.trim(),
            value: value.trim(),
        }),
        None => Err(Nothing::UnknownId),
    }
}

fn matches(nodes: &impl Nodes, at: u32, column: &str, value: &str, label: Option<usize>) -> bool {
    let is = |text: Option<&str>| text == Some(value);
    label.is_some_and(|c| {
        is(nodes.labels().values[c]
            .get(at as usize)
            .and_then(|v| v.as_deref()))
    }) || match column {
        "within" => nodes.is_within(at, value),
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
        Nothing::UnknownId => (
            format!("nothing has the id `{text}`"),
            "write an id, or a selector such as `kind=server`".to_owned(),
        ),
        Nothing::UnknownColumn(near) => {
            let column = text.split('=').next().unwrap_or(text).trim();
            let help = near.map_or_else(
                || "selectors compare a column of the inventory: `kind=server`".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            (format!("no file has a column `{column}`"), help)
        }
        Nothing::NoMatch(near) => {
            let help = near.map_or_else(
                || "the value must be the whole cell, in the same case".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            (format!("`{text}` keeps nothing"), help)
        }
    }
}
