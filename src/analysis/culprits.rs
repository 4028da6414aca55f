//! What a picture of a service must not leave out. In: a system, a state of it, a service. Out: every node on a
//! way from the service to what harms it, or would. Promises: bounded work; nothing for a service that
//! nothing harms and nothing limits.

use super::{Paths, StateOutcome, Step, explanation};
use crate::model::{NodeId, Role, ServiceOutcome, System, Witness};
use std::collections::{BTreeSet, HashMap, VecDeque};

/// Nodes that are looked at for ways, at most.
const MOST_LOOKED_AT: usize = 50_000;
/// Outages and trips that are kept, at most: the first by id.
const MOST_OUTAGES: usize = 8;

/// All nodes on a shortest way from the service to its culprits: the root of its trouble, what shows that it is
/// at risk, what limits it, and what has failed or tripped among all that it needs.
#[must_use]
pub fn culprits(
    system: &System,
    state: &StateOutcome,
    paths: &Paths,
    service: &ServiceOutcome,
) -> BTreeSet<NodeId> {
    let mut wanted: BTreeSet<NodeId> = BTreeSet::new();
    for step in explanation(system, state, paths, service.service) {
        wanted.extend(node_of(&step));
    }
    for finding in &service.findings {
        if let Witness::Element(element) = finding.witness {
            wanted.insert(element);
        }
    }
    wanted.extend(service.limit);
    let came = ways(system, paths, service.service);
    let failed = state.down.iter().copied();
    let tripped = state.tripped.iter().map(|t| t.id);
    let mut lost: Vec<NodeId> = failed
        .chain(tripped)
        .filter(|v| came.contains_key(v))
        .collect();
    lost.sort_unstable();
    wanted.extend(lost.into_iter().take(MOST_OUTAGES));
    let mut kept = BTreeSet::new();
    for mut at in wanted {
        if !came.contains_key(&at) {
            continue;
        }
        while kept.insert(at) && at != service.service {
            at = came[&at];
        }
    }
    kept
}

/// The node that a step of a chain is about.
fn node_of(step: &Step<'_>) -> Option<NodeId> {
    match *step {
        Step::Failed(v)
        | Step::Tripped(v)
        | Step::Unplaced(v)
        | Step::NoPath(v)
        | Step::Overloaded(v, _)
        | Step::Congested(v) => Some(v),
        Step::Crosses { least, .. } | Step::Limited { least, .. } => Some(least),
        Step::Sits { needs, .. } => Some(needs),
        Step::Round(_) | Step::Unmet(_) => None,
    }
}

/// For all that a service needs, directly or not, the node before it on a shortest way.
fn ways(system: &System, paths: &Paths, service: NodeId) -> HashMap<NodeId, NodeId> {
    let mut came = HashMap::from([(service, service)]);
    let mut queue = VecDeque::from([service]);
    while let Some(v) = queue.pop_front() {
        if came.len() > MOST_LOOKED_AT {
            break;
        }
        let passed = match &system.node(v).role {
            Role::Flow(flow) => paths.of(flow),
            _ => Vec::new(),
        };
        for next in system.needs(v).chain(passed) {
            came.entry(next).or_insert_with(|| {
                queue.push_back(next);
                v
            });
        }
    }
    came
}
