//! Cabling: layer-1 neighbours (JSON, as Batfish reads them) and topologies of containerlab (YAML).
//!
//! In: pairs of an interface here and an interface there. Out: a network of nodes and links; demands come
//! with `--all-pairs`. Promises: a cable that is listed from both ends is one, a cable from a device to
//! itself is left out and reported; `Gi0/1` and `GigabitEthernet0/1` are one interface, and so are a host's
//! names with and without its domain.

use super::super::{Diagnostic, Faults, Source};
use super::network::{At, Network, RawEdge, RawNode};
use super::{ids, sniff, yaml};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Whether a text is a list of neighbours.
pub(super) fn looks_like_neighbours(source: &Source) -> bool {
    sniff::json(source).is_some_and(|o| o.has("edges[].node1.hostname"))
}

/// Whether a text is a topology of containerlab.
pub(super) fn looks_like_lab(source: &Source) -> bool {
    let keys = sniff::yaml(source);
    keys.contains_key("topology") && keys.contains_key("name") && source.text.contains("endpoints")
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
struct End {
    hostname: String,
    #[serde(default)]
    interface_name: String,
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
    let cables = neighbours
        .edges
        .into_iter()
        .map(|c| [c.node1, c.node2])
        .collect();
    Ok(network(source, cables, BTreeMap::new()))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Lab {
    topology: Topology,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Topology {
    nodes: Option<BTreeMap<String, Option<LabNode>>>,
    groups: Option<BTreeMap<String, LabNode>>,
    defaults: Option<LabNode>,
    links: Option<Vec<LabLink>>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct LabNode {
    kind: Option<String>,
    group: Option<String>,
    r#type: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LabLink {
    endpoints: Option<Vec<serde_json::Value>>,
}

/// Reads a topology.
pub(super) fn read_lab(source: &Arc<Source>) -> Result<Network, Faults> {
    let labs = yaml::documents::<Lab>(source).map_err(|fault| {
        let message = format!(
            "`{}` is no topology: it cannot be read at {}",
            source.path,
            fault.place()
        );
        Diagnostic::error(message).help("`containerlab inspect` says what is wrong")
    })?;
    let mut kinds = BTreeMap::new();
    let mut cables = Vec::new();
    for topology in labs.into_iter().map(|lab| lab.topology) {
        let groups = topology.groups.unwrap_or_default();
        let default = topology.defaults.unwrap_or_default();
        for (name, node) in topology.nodes.into_iter().flatten() {
            let node = node.unwrap_or_default();
            let of_group = node
                .group
                .as_ref()
                .and_then(|g| groups.get(g))
                .cloned()
                .unwrap_or_default();
            let kind = node.kind.or(of_group.kind).or(default.kind.clone());
            let name = name.to_lowercase();
            kinds.insert(
                name,
                (kind.unwrap_or_default(), node.r#type.unwrap_or_default()),
            );
        }
        for link in topology.links.into_iter().flatten() {
            let ends: Vec<End> = link.endpoints.iter().flatten().filter_map(end).collect();
            if let [a, b] = &ends[..] {
                cables.push([a.clone(), b.clone()]);
            }
        }
    }
    Ok(network(source, cables, kinds))
}

/// `"leaf1:e1-1"`, or `{node: leaf1, interface: e1-1}`.
fn end(value: &serde_json::Value) -> Option<End> {
    if let Some(text) = value.as_str() {
        let (hostname, interface) = text.split_once(':').unwrap_or((text, ""));
        return Some(End {
            hostname: hostname.to_owned(),
            interface_name: interface.to_owned(),
        });
    }
    let field = |name| {
        value
            .get(name)
            .and_then(serde_json::Value::as_str)
            .map(str::to_owned)
    };
    Some(End {
        hostname: field("node")?,
        interface_name: field("interface").unwrap_or_default(),
    })
}

/// Nodes and each cable once.
fn network(
    source: &Arc<Source>,
    cables: Vec<[End; 2]>,
    kinds: BTreeMap<String, (String, String)>,
) -> Network {
    let at = At::new(source, 0..1);
    let names = short_names(
        cables
            .iter()
            .flatten()
            .map(|e| &e.hostname)
            .chain(kinds.keys()),
    );
    let mut network = Network {
        no_metric: Some("a list of cables has no metrics"),
        demands_in: "a list of cables has no place for them",
        at: Some(at.clone()),
        ..Network::default()
    };
    for name in names.values().collect::<BTreeSet<_>>() {
        let (kind, sort) = kinds.get(name).cloned().unwrap_or_default();
        network.nodes.push(RawNode {
            key: name.clone(),
            id: name.clone(),
            name: None,
            kind: Some(if kind == "linux" { "host" } else { "device" }.to_owned()),
            labels: [("model", kind), ("type", sort)]
                .into_iter()
                .filter(|(_, value)| !value.is_empty())
                .map(|(column, value)| (column.to_owned(), ids::clean(&value)))
                .collect(),
            at: at.clone(),
        });
    }
    let mut known = BTreeSet::new();
    let mut loops = BTreeSet::new();
    for ends in cables {
        let mut ends = ends.map(|e| {
            (
                names[&e.hostname].clone(),
                long(&e.interface_name),
                e.interface_name,
            )
        });
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
            labels: [("interface_a", a.2), ("interface_b", b.2)]
                .into_iter()
                .filter(|(_, value)| !value.is_empty())
                .map(|(column, value)| (column.to_owned(), ids::clean(&value)))
                .collect(),
            at: at.clone(),
        });
    }
    if !loops.is_empty() {
        let some = ids::some_of(loops.iter().map(String::as_str));
        let message = format!("a cable from a device to itself is left out: {some}");
        network.warnings.push(Diagnostic::warning(message));
    }
    network
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
