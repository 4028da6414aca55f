//! Links as a graph: who is next to whom, and between which nodes traffic can pass.
//!
//! In: the draft with its links. Out: the graph, and a warning about devices in the middle that pass nothing on.

use super::super::ids::some_of;
use super::estate::Estate;
use super::model::Model;
use super::table::Table;
use crate::model::Role;
use std::collections::{BTreeMap, BTreeSet};

/// Links as neighbours, and which nodes traffic can pass between.
pub(super) struct Graph {
    pub neighbours: BTreeMap<u32, BTreeSet<u32>>,
    /// Of each node that passes traffic on: the smallest number of those that it is joined with.
    group: BTreeMap<u32, u32>,
}

impl Graph {
    /// The links that the draft has.
    pub fn of(estate: &Estate) -> Self {
        let mut neighbours: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        for node in &estate.draft.nodes {
            if let Role::Link(link) = node.node.role {
                neighbours.entry(link.a.0).or_default().insert(link.b.0);
                neighbours.entry(link.b.0).or_default().insert(link.a.0);
            }
        }
        let passes = |at: u32| estate.draft.nodes[at as usize].node.is_transit();
        let mut group = BTreeMap::new();
        for &start in neighbours.keys() {
            let mut open = vec![start];
            while let Some(at) = open.pop() {
                if passes(at) && !group.contains_key(&at) {
                    group.insert(at, start);
                    open.extend(&neighbours[&at]);
                }
            }
        }
        Self { neighbours, group }
    }

    /// The groups that a node is in or next to.
    pub fn groups(&self, at: u32) -> BTreeSet<u32> {
        if let Some(&own) = self.group.get(&at) {
            return [own].into();
        }
        let next = self.neighbours.get(&at).into_iter().flatten();
        next.filter_map(|at| self.group.get(at).copied()).collect()
    }
}

/// Says which devices join several others and pass nothing on between them, since their role is not known to be of
/// the network.
pub(super) fn warn_of_ends(table: &Table, graph: &Graph, estate: &mut Estate) {
    let supply = ["pdu", "ups"];
    let devices = table.rows(Model::Device).keys();
    let ends: Vec<u32> = devices
        .filter_map(|key| estate.of(Model::Device, key))
        .filter(|&at| estate.draft.nodes[at as usize].node.transit == Some(false))
        .filter(|at| graph.neighbours.get(at).is_some_and(|next| next.len() > 1))
        .filter(|&at| !supply.contains(&estate.kind(at)))
        .collect();
    if ends.is_empty() {
        return;
    }
    let kinds: BTreeSet<&str> = ends.iter().map(|&at| estate.kind(at)).collect();
    let warning = format!(
        "devices that are joined to several others and whose role is not known to be of the network, so that no \
         traffic of others passes there: {} ({}); where it does, write `yes` under `transit` in components.csv",
        ends.len(),
        some_of(kinds.into_iter())
    );
    estate.warnings.push(warning);
}
