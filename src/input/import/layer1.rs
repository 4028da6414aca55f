//! Cabling: layer-1 neighbours (JSON, as Batfish reads them), and what topologies of containerlab share with them.
//!
//! In: pairs of an interface here and an interface there. Out: a network of nodes and links; demands come
//! with `--all-pairs`. Promises: a cable that is listed from both ends is one, and where that cannot be told
//! a warning says so; an interface in several cables, which it cannot hold, is named; a cable from a device to
//! itself is left out and reported; `Gi0/1` and
//! `GigabitEthernet0/1` are one interface, and so are a host's names with and without its domain, where the
//! neighbours are all that names it.

use super::super::{Diagnostic, Faults, Source};
use super::interfaces::{Interfaces, is_bundle};
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
    Ok(network(
        at.clone(),
        nodes,
        cables.collect(),
        Listed::ByEachEnd,
    ))
}

/// Nodes and each cable once.
pub(super) fn network(
    at: At,
    nodes: Vec<RawNode>,
    cables: Vec<Cabling>,
    listed: Listed,
) -> Network {
    let mut network = Network {
        nodes,
        no_metric: Some("a list of cables has no metrics"),
        demands_in: "a list of cables has no place for them",
        at: Some(at),
        ..Network::default()
    };
    let mut cables = each_once(cables, &mut network.warnings);
    if listed == Listed::ByEachEnd {
        join_half_listed(&mut cables, &mut network.warnings);
        network.warnings.extend(shared(&cables).map(|these| {
            let message = format!(
                "an interface holds one cable, and these are in several, each of which looks as if it could stand in \
                 for the others: {}",
                these.names
            );
            Diagnostic::warning(message).help(
                "leave out the rows that are no more; where a switch joins them, write it as a device with a cable to each",
            )
        }));
    } else if let Some(shared) = shared(&cables) {
        let fault = shared.at.error(format!(
            "an interface holds one cable, and these are in several links: {}",
            shared.names
        ));
        network
            .faults
            .push(fault.help("give each link interfaces of its own, or join them by a `bridge`"));
    }
    for Joined { ends, at, .. } in cables {
        let [a, b] = ends;
        network.edges.push(RawEdge {
            id: String::new(),
            from: a.host,
            to: b.host,
            directed: false,
            capacity: None,
            metric: None,
            metric_back: None,
            labels: labels([("interface_a", a.name), ("interface_b", b.name)]),
            at,
        });
    }
    network
}

/// Interfaces in several cables: their names, and where the first cable too many stands.
struct Shared {
    names: String,
    at: At,
}

/// Interfaces that are in more than one cable; a bundle of several may be.
fn shared(cables: &[Joined]) -> Option<Shared> {
    let mut known = BTreeSet::new();
    let mut again: BTreeSet<String> = BTreeSet::new();
    let mut first = None;
    for cable in cables {
        for end in cable
            .ends
            .iter()
            .filter(|e| !e.name.is_empty() && !is_bundle(&e.interface))
        {
            if !known.insert((&end.host, &end.interface)) {
                again.insert(format!("{}:{}", end.host, end.name));
                first.get_or_insert(&cable.at);
            }
        }
    }
    let names = ids::some_of(again.iter().map(String::as_str));
    first.map(|at| Shared {
        names,
        at: at.clone(),
    })
}

/// Who tells of a cable.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Listed {
    /// Its first end does, and its other end may, too.
    ByEachEnd,
    /// Somebody who lists each cable once.
    Once,
}

/// One end of a cable: a host, its interface as it is compared and as it is written.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Socket {
    host: String,
    interface: String,
    name: String,
}

/// A cable, and which of its ends tell of it.
struct Joined {
    ends: [Socket; 2],
    listed: [bool; 2],
    at: At,
}

impl Joined {
    fn shown(&self) -> String {
        let [a, b] = self.ends.each_ref().map(|e| match &*e.name {
            "" => e.host.clone(),
            name => format!("{}:{name}", e.host),
        });
        format!("{a} – {b}")
    }

    /// Whether both are in one socket, at either end.
    fn shares_a_socket(&self, other: &Self) -> bool {
        let mut both = self.ends.iter().zip(&other.ends);
        both.any(|(x, y)| !x.name.is_empty() && x.interface == y.interface)
    }
}

/// Each cable once, in the order of the file; one from a device to itself is left out and told.
fn each_once(cables: Vec<Cabling>, warnings: &mut Vec<Diagnostic>) -> Vec<Joined> {
    let mut interfaces = Interfaces::default();
    for end in cables.iter().flat_map(|c| &c.ends) {
        interfaces.note(&end.hostname, &end.interface_name);
    }
    let mut joined: Vec<Joined> = Vec::new();
    let mut known = BTreeMap::new();
    let mut loops = BTreeSet::new();
    for Cabling { ends, at: place } in cables {
        let mut ends = ends.map(|e| Socket {
            interface: interfaces.full(&e.hostname, &e.interface_name),
            host: e.hostname,
            name: e.interface_name,
        });
        let teller = ends[0].host.clone();
        ends.sort();
        if ends[0].host == ends[1].host {
            loops.insert(teller);
            continue;
        }
        // Without interfaces two cables between the same devices cannot be told from one told twice.
        let key = ends
            .each_ref()
            .map(|e| (e.host.clone(), e.interface.clone()));
        let listed = ends.each_ref().map(|e| e.host == teller);
        let at = *known.entry(key).or_insert_with(|| {
            joined.push(Joined {
                ends,
                listed: [false; 2],
                at: place,
            });
            joined.len() - 1
        });
        for (end, is_listed) in listed.into_iter().enumerate() {
            joined[at].listed[end] |= is_listed;
        }
    }
    if !loops.is_empty() {
        let some = ids::some_of(loops.iter().map(String::as_str));
        let message = format!("a cable from a device to itself is left out: {some}");
        warnings.push(Diagnostic::warning(message));
    }
    joined
}

/// Cables that only one end tells of. Where each of two devices has such a one to the other, the two may be
/// one: they are if they share a socket, for a socket holds one cable, else a warning names them.
fn join_half_listed(cables: &mut Vec<Joined>, warnings: &mut Vec<Diagnostic>) {
    let mut half: BTreeMap<[&str; 2], [Vec<usize>; 2]> = BTreeMap::new();
    for (at, cable) in cables.iter().enumerate() {
        let [a, b] = &cable.ends;
        let side = match cable.listed {
            [true, false] => 0,
            [false, true] => 1,
            _ => continue,
        };
        half.entry([&a.host, &b.host]).or_default()[side].push(at);
    }
    let mut again = BTreeSet::new();
    let (mut one, mut open) = (BTreeSet::new(), BTreeSet::new());
    for [mut here, mut there] in half.into_values() {
        here.retain(|&x| {
            let twin = there
                .iter()
                .position(|&y| cables[x].shares_a_socket(&cables[y]));
            if let Some(twin) = twin {
                let y = there.remove(twin);
                one.insert(cables[x].shown());
                again.insert(x.max(y));
            }
            twin.is_none()
        });
        if !here.is_empty() && !there.is_empty() {
            let left = here.into_iter().chain(there);
            open.extend(left.map(|at| cables[at].shown()));
        }
    }
    let mut tell = |which: &BTreeSet<String>, message: &str, help: &str| {
        if !which.is_empty() {
            let some = ids::some_of(which.iter().map(String::as_str));
            let warning = Diagnostic::warning(format!("{message}: {some}"));
            warnings.push(warning.help(help));
        }
    };
    tell(
        &one,
        "the two ends tell of a cable with other names for one of its interfaces; it is taken for one, for an \
         interface holds one cable",
        "name the interfaces alike at both ends",
    );
    tell(
        &open,
        "each of two devices tells of a cable to the other that the other does not tell of; if they are one \
         cable with other names, they only look as if one could stand in for the other",
        "name the interfaces alike at both ends, or leave out one of the rows",
    );
    let mut at = 0;
    cables.retain(|_| {
        at += 1;
        !again.contains(&(at - 1))
    });
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
