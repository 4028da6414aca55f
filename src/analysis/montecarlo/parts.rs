//! Parts of the estate that share nothing with the rest, small enough for all their states.
//!
//! In: a study and its chances. Out: groups of slots with the events that can matter to them.

use super::chances::Chances;
use super::judge::Slot;
use crate::analysis::Study;
use crate::model::Role;
use petgraph::unionfind::UnionFind;
use std::collections::BTreeMap;

/// States times further elements that are tried in each, at most.
const MOST_WORK: u64 = 1 << 21;
/// No more events than this, however cheap each state is.
const MOST_EVENTS: usize = 20;

/// Services that some events concern, and no other events.
pub struct Part {
    /// Its services at every load case.
    pub slots: Vec<Slot>,
    /// The events that concern it.
    pub events: Vec<u32>,
}

/// The parts whose states are few enough, by smallest slot.
pub fn small(study: &Study<'_>, chances: &Chances, further: u64, at_risk: bool) -> Vec<Part> {
    let system = study.system();
    let root = connected(study, chances);
    let mut parts: BTreeMap<usize, Part> = BTreeMap::new();
    let cases = study.scenario().cases.len();
    for (s, service) in system.services().iter().enumerate() {
        let part = parts.entry(root[service.index()]).or_insert(Part {
            slots: Vec::new(),
            events: Vec::new(),
        });
        let slot = |c: usize| Slot::try_from(s * cases + c).ok();
        part.slots.extend((0..cases).filter_map(slot));
    }
    for (e, event) in (0u32..).zip(chances.events()) {
        if let Some(part) = parts.get_mut(&root[event.members[0].index()]) {
            part.events.push(e);
        }
    }
    let each = if at_risk { 1 + further } else { 1 };
    let few = |p: &Part| {
        p.events.len() <= MOST_EVENTS && (1u64 << p.events.len()).saturating_mul(each) <= MOST_WORK
    };
    parts.into_values().filter(few).collect()
}

/// For each node a number that it shares with all it is joined to: by needing or being needed, by
/// a network, by a common cause.
fn connected(study: &Study<'_>, chances: &Chances) -> Vec<usize> {
    let system = study.system();
    let n = system.nodes().len();
    let mut sets = UnionFind::<usize>::new(n + system.networks() as usize);
    for (v, node) in system.iter() {
        for p in system.needs(v) {
            sets.union(v.index(), p.index());
        }
        let network = match &node.role {
            Role::Flow(flow) => system.network_of_flow(flow),
            _ => system.network(v),
        };
        if let Some(network) = network {
            sets.union(v.index(), n + network as usize);
        }
    }
    for event in chances.events() {
        for pair in event.members.windows(2) {
            sets.union(pair[0].index(), pair[1].index());
        }
    }
    (0..n).map(|v| sets.find(v)).collect()
}
