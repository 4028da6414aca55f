//! Cabling: layer-1 neighbours (JSON, as Batfish reads them), and what topologies of containerlab share with them.
//!
//! In: pairs of an interface here and an interface there. Out: a network of nodes and links; demands come
//! with `--all-pairs`. Promises: a cable that is listed from both ends is one, a cable from a device to
//! itself is left out and reported; `Gi0/1` and `GigabitEthernet0/1` are one interface, and so are a host's
//! names with and without its domain, where the neighbours are all that names it.

use super::super::{Diagnostic, Faults, Source};
use super::network::{At, Network, RawEdge, RawNode};
use super::{ids, sniff};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Whether a text is a list of neighbours.
pub(super) fn looks_like_neighbours(source: &Source) -> bool {
    sniff::json(source).is_some_and(|o| o.has("edges[].node1.hostname"))
}

#[derive(Deserialize)]
struct Neighbours {
    edges: Vec<Cable>,
}

#[derive(Deserialize)]
struct Cable {
    node1: End,
    node2: End,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "camelCase")]
pub(super) struct End {
    /// The node as others call it.
    pub hostname: String,
    #[serde(default)]
    pub interface_name: String,
}

/// A cable that was read, with its place.
pub(super) struct Cabling {
    pub ends: [End; 2],
    pub at: At,
}

/// Reads a list of neighbours.
pub(super) fn read_neighbours(source: &Arc<Source>) -> Result<Network, Faults> {
    let read: Result<Neighbours, _> = serde_json::from_str(&source.text);
    let neighbours = read.map_err(|why| {
        let message = format!(
            "`{}` is no list of neighbours: it cannot be read at line {}",
            source.path,
            why.line()
        );
        Diagnostic::error(message).help(
            r#"write {"edges": [{"node1": {"hostname": "a", "interfaceName": "e1"}, "node2": …}]}"#,
        )
    })?;
    let ends = neighbours.edges.iter().flat_map(|c| [&c.node1, &c.node2]);
    let names = short_names(ends.map(|e| &e.hostname));
    let at = At::new(source, 0..1);
    let nodes: BTreeSet<&String> = names.values().collect();
    let nodes = nodes.into_iter().map(|name| RawNode {
        key: name.clone(),
        id: name.clone(),
        name: None,
        kind: Some("device".to_owned()),
        labels: Vec::new(),
        at: at.clone(),
    });
    let nodes = nodes.collect();
    let named = |end: End| End {
        hostname: names[&end.hostname].clone(),
        ..end
    };
    let cables = neighbours.edges.into_iter().map(|c| Cabling {
        ends: [named(c.node1), named(c.node2)],
        at: at.clone(),
    });
    Ok(network(at.clone(), nodes, cables.collect()))
}

/// Nodes and each cable once.
pub(super) fn network(at: At, nodes: Vec<RawNode>, cables: Vec<Cabling>) -> Network {
    let mut network = Network {
        nodes,
        no_metric: Some("a list of cables has no metrics"),
        demands_in: "a list of cables has no place for them",
        at: Some(at),
        ..Network::default()
    };
    let mut known = BTreeSet::new();
    let mut loops = BTreeSet::new();
    for Cabling { ends, at } in cables {
        let mut ends = ends.map(|e| (e.hostname, long(&e.interface_name), e.interface_name));
        ends.sort();
        let [a, b] = ends;
        if a.0 == b.0 {
            loops.insert(a.0);
            continue;
        }
        // Without interfaces two cables between the same devices cannot be told from one told twice.
        if !known.insert((a.0.clone(), a.1, b.0.clone(), b.1)) {
            continue;
        }
        network.edges.push(RawEdge {
            id: String::new(),
            from: a.0,
            to: b.0,
            directed: false,
            capacity: None,
            metric: None,
            metric_back: None,
            labels: labels([("interface_a", a.2), ("interface_b", b.2)]),
            at,
        });
    }
    if !loops.is_empty() {
        let some = ids::some_of(loops.iter().map(String::as_str));
        let message = format!("a cable from a device to itself is left out: {some}");
        network.warnings.push(Diagnostic::warning(message));
    }
    network
}

/// The labels that are not blank.
pub(super) fn labels(all: [(&str, String); 2]) -> Vec<(String, String)> {
    let given = all.into_iter().filter(|(_, value)| !value.is_empty());
    let clean = given.map(|(column, value)| (column.to_owned(), ids::clean(&value)));
    clean.collect()
}

/// Each host's name; the one without its domain where the file has both and they can only be the same.
fn short_names<'a>(all: impl Iterator<Item = &'a String>) -> BTreeMap<String, String> {
    let all: BTreeSet<&String> = all.collect();
    let lower: BTreeSet<String> = all.iter().map(|name| name.to_lowercase()).collect();
    let name_of = |name: &&String| {
        let full = name.to_lowercase();
        let first = full.split('.').next().unwrap_or_default().to_owned();
        let of_domains = lower
            .iter()
            .filter(|n| n.split('.').next() == Some(&*first) && n.contains('.'));
        let only = of_domains.count() == 1;
        let kept = if full.contains('.') && only && lower.contains(&first) {
            first
        } else {
            full
        };
        ((*name).clone(), kept)
    };
    all.iter().map(name_of).collect()
}

/// Short words for interfaces, and what they stand for.
const SHORT: [(&str, &str); 8] = [
    ("gi", "gigabitethernet"),
    ("te", "tengigabitethernet"),
    ("fa", "fastethernet"),
    ("eth", "ethernet"),
    ("et", "ethernet"),
    ("hu", "hundredgige"),
    ("fo", "fortygigabitethernet"),
    ("po", "port-channel"),
];

/// An interface's name as it is compared: its word in full and its numbers.
fn long(interface: &str) -> String {
    let name = interface.trim().to_lowercase();
    let digits = name
        .find(|c: char| c.is_ascii_digit())
        .unwrap_or(name.len());
    let (word, numbers) = name.split_at(digits);
    let full = SHORT
        .iter()
        .find(|(short, _)| *short == word)
        .map_or(word, |(_, full)| full);
    format!("{full}{numbers}")
}
