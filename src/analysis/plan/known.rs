//! What is known of an estate as it is, before anything is changed. In: the estate. Out: its domains, the second
//! paths that may be laid, whether anything can trip.

use super::second_paths::second_paths;
use crate::analysis::fix::{FixContext, SecondPath};
use crate::model::{NodeId, System};
use std::collections::BTreeSet;

/// What is known of the estate as it is.
pub(super) struct Known<'a> {
    pub context: FixContext<'a>,
    /// How many nodes it has.
    pub nodes: usize,
    /// Whether anything in it can trip.
    pub trips: bool,
    /// Second paths that may be laid.
    pub paths: Vec<SecondPath>,
    /// The domains that each node sits within, directly or not.
    domains: Vec<Vec<NodeId>>,
}

impl<'a> Known<'a> {
    pub fn of(context: FixContext<'a>) -> Self {
        let nodes = context.system.nodes();
        let all = context.system.iter().map(|(v, _)| v);
        let domains: Vec<Vec<NodeId>> = all.map(|v| domains(context.system, v)).collect();
        Self {
            context,
            nodes: nodes.len(),
            trips: nodes.iter().any(|n| n.trips_at.is_some()),
            paths: second_paths(context.system, &domains),
            domains,
        }
    }

    pub fn domains(&self, v: NodeId) -> &[NodeId] {
        &self.domains[v.index()]
    }
}

fn domains(system: &System, v: NodeId) -> Vec<NodeId> {
    let mut found = BTreeSet::new();
    let mut todo = vec![v];
    while let Some(w) = todo.pop() {
        let within = system.node(w).within.iter();
        todo.extend(within.filter(|&&d| found.insert(d)));
    }
    found.into_iter().collect()
}
