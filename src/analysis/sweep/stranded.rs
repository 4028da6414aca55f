//! Contingencies after which an instance runs nowhere that runs after every part of them.
//!
//! In: the state of a contingency, with what its parts leave out. Out: [`Strandings`], counted and listed,
//! the same in whatever order parts of a sweep are put together.

use super::gathered::{ByOrderRecord, Gathered, Ranked};
use crate::analysis::status::own_status;
use crate::analysis::{Stranding, Strandings};
use crate::engine::{CompiledSystem, Ix, NONE, Scratch};
use crate::model::{CaseId, NodeId, Status};
use std::collections::{HashMap, HashSet};

/// What was found so far.
#[derive(Clone, Debug)]
pub(super) struct Found {
    all: Gathered<Stranding>,
    /// Per lane: everything that runs nowhere after a contingency, where anything does. Only of orders to
    /// which others come.
    out: Vec<HashMap<Vec<NodeId>, Vec<NodeId>>>,
}

impl Ranked for Stranding {
    fn elements(&self) -> &[NodeId] {
        &self.elements
    }

    fn case(&self) -> CaseId {
        self.case
    }

    fn size(&self) -> usize {
        self.instances.len()
    }
}

impl Found {
    /// Nothing, for contingencies of up to `order` elements at so many load cases; keeps `keep` of them.
    pub fn new(order: u32, lanes: usize, keep: usize) -> Self {
        Self {
            all: Gathered::new(order, keep),
            out: vec![HashMap::new(); lanes],
        }
    }

    /// What runs nowhere in the base state.
    pub fn add_base<const L: usize>(&mut self, base: &Scratch<'_, L>, cases: &[CaseId]) {
        for (l, &case) in cases.iter().enumerate() {
            let instances = unplaced(base, l);
            if !instances.is_empty() {
                self.out[l].insert(Vec::new(), instances.clone());
                self.all.add_base([Stranding {
                    elements: [].as_slice().into(),
                    case,
                    worst: worst_without(base, l, &instances),
                    instances,
                }]);
            }
        }
    }

    /// A contingency; `lower` is what those of lower orders leave out, and `remembers` whether others come
    /// on top of this one.
    pub fn add<const L: usize>(
        &mut self,
        state: &Scratch<'_, L>,
        cases: &[CaseId],
        elements: &[NodeId],
        lower: &Self,
        remembers: bool,
    ) {
        for (l, &case) in cases.iter().enumerate() {
            let mut instances = unplaced(state, l);
            if instances.is_empty() {
                continue;
            }
            if remembers {
                self.out[l].insert(elements.to_vec(), instances.clone());
            }
            for part in parts(elements) {
                if let Some(out) = lower.out[l].get(&part) {
                    instances.retain(|v| out.binary_search(v).is_err());
                }
            }
            if instances.is_empty() {
                continue;
            }
            self.all.add([Stranding {
                elements: elements.into(),
                case,
                worst: worst_without(state, l, &instances),
                instances,
            }]);
        }
    }

    /// What contingencies do, to be written.
    pub fn record(&self) -> ByOrderRecord<Stranding> {
        self.all.record()
    }

    /// Adds what was written, of other contingencies.
    pub fn add_record(&mut self, record: &ByOrderRecord<Stranding>) {
        self.all.add_record(record);
    }

    /// Remembers everything that runs nowhere in a state, and counts nothing.
    pub fn note<const L: usize>(&mut self, state: &Scratch<'_, L>, elements: &[NodeId]) {
        for l in 0..self.out.len() {
            let instances = unplaced(state, l);
            if !instances.is_empty() {
                self.out[l].insert(elements.to_vec(), instances);
            }
        }
    }

    /// Forgets what was noted, but for the base state.
    pub fn forget(&mut self) {
        let all = self.out.iter_mut();
        all.for_each(|out| out.retain(|elements, _| elements.is_empty()));
    }

    /// Adds what another found, of other contingencies.
    pub fn merge(&mut self, other: Self) {
        self.all.merge(other.all);
        for (mine, other) in self.out.iter_mut().zip(other.out) {
            mine.extend(other);
        }
    }

    /// All of them, sorted.
    pub fn finish(self) -> Strandings {
        self.all.finish()
    }
}

/// What runs nowhere at a lane, sorted.
fn unplaced<const L: usize>(state: &Scratch<'_, L>, l: usize) -> Vec<NodeId> {
    let sys = state.base().system();
    let mut out: Vec<NodeId> = state.lane(l).unplaced().map(|v| sys.node(v)).collect();
    out.sort_unstable();
    out
}

/// The service that is worst off at a lane, the first of several; `None` where there is none.
pub(super) fn worst<const L: usize>(state: &Scratch<'_, L>, l: usize) -> Option<(NodeId, Status)> {
    worst_of(state, l, 0..state.base().system().services.len())
}

/// The same of some services, by position.
fn worst_of<const L: usize>(
    state: &Scratch<'_, L>,
    l: usize,
    services: impl Iterator<Item = usize>,
) -> Option<(NodeId, Status)> {
    let sys = state.base().system();
    let status = |s: &usize| own_status(state, *s, l);
    let worst = services.max_by_key(|s| (status(s), std::cmp::Reverse(*s)))?;
    Some((sys.node(Ix(sys.services[worst])), status(&worst)))
}

/// The service that is worst off at a lane of those that need one of these instances, which run nowhere, directly or
/// not; of all services where none does. Another may be worse off for another reason.
fn worst_without<const L: usize>(
    state: &Scratch<'_, L>,
    l: usize,
    instances: &[NodeId],
) -> Option<(NodeId, Status)> {
    let needing = above(state.base().system(), instances);
    worst_of(state, l, needing.into_iter()).or_else(|| worst(state, l))
}

/// The services that need one of some nodes, directly or not, by position.
fn above(sys: &CompiledSystem, nodes: &[NodeId]) -> Vec<usize> {
    let places = nodes.iter().flat_map(|&v| sys.replicas(sys.ix(v)));
    let mut open: Vec<u32> = places.map(|Ix(place)| place).collect();
    let mut seen: HashSet<u32> = open.iter().copied().collect();
    let mut services = Vec::new();
    while let Some(v) = open.pop() {
        let service = sys.service[v as usize];
        if service != NONE {
            services.push(service as usize);
        }
        for &r in sys.users_of(v as usize) {
            let consumer = sys.requirements[r as usize].consumer;
            if seen.insert(consumer) {
                open.push(consumer);
            }
        }
    }
    services
}

/// Every part of a contingency but itself, the empty one included.
fn parts(elements: &[NodeId]) -> impl Iterator<Item = Vec<NodeId>> + '_ {
    (0..(1u32 << elements.len()) - 1).map(move |mask| {
        let kept = (0..elements.len()).filter(|b| mask >> b & 1 == 1);
        kept.map(|b| elements[b]).collect()
    })
}
