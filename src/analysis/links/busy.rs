//! How busy links are, and which of them is the busiest.

use crate::engine::{Ix, Mark, Scratch};
use std::cmp::Ordering;

/// How much the busier direction of a link is used: by utilization, then by load.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Busy {
    /// Load over capacity; 0 when unlimited, infinite when load meets a capacity of 0.
    pub used: f64,
    /// Load in that direction.
    pub load: f64,
    /// Capacity in that direction.
    pub capacity: f64,
}

impl Busy {
    /// Of a link, in a lane of what a scratch holds.
    pub(super) fn of<const L: usize>(scratch: &Scratch<'_, L>, v: Ix, l: usize) -> Self {
        let capacity = scratch.base().capacity_both_ways(v);
        let load = scratch.lane(l).load_both_ways(v).map(|load| load[l]);
        Self::busier(load, capacity)
    }

    /// Of a link with these loads and capacities from its first end to its second, and back.
    pub(super) fn busier(load: [f64; 2], capacity: [f64; 2]) -> Self {
        let way = |i: usize| Self {
            used: if load[i] > 0.0 {
                load[i] / capacity[i]
            } else {
                0.0
            },
            load: load[i],
            capacity: capacity[i],
        };
        let (there, back) = (way(0), way(1));
        if back.order(&there).is_gt() {
            back
        } else {
            there
        }
    }

    /// By utilization, then by load.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        let used = self.used.total_cmp(&other.used);
        used.then(self.load.total_cmp(&other.load))
    }

    /// Load over capacity; `None` when unlimited or the capacity is 0.
    pub(super) fn utilization(&self) -> Option<f64> {
        (self.capacity > 0.0 && self.capacity < f64::INFINITY).then_some(self.used)
    }
}

/// Links that carry another load than in the base state, at least in one direction.
pub(super) struct ChangedLinks {
    pub(super) positions: Vec<u32>,
    /// By position: the last round in which it was among them.
    seen: Vec<u64>,
    round: u64,
}

impl ChangedLinks {
    /// None, of so many links.
    pub(super) fn new(links: usize) -> Self {
        Self {
            positions: Vec::new(),
            seen: vec![0; links],
            round: 0,
        }
    }

    /// Those of what a scratch holds; none of it has tripped. `position` has that of each node of the system.
    pub(super) fn find<const L: usize>(&mut self, position: &[u32], scratch: &Scratch<'_, L>) {
        let sys = scratch.base().system();
        self.positions.clear();
        self.round += 1;
        let mut add = |v: u32| {
            let position = position[sys.first_layer(v) as usize];
            if let Some(seen) = self.seen.get_mut(position as usize)
                && std::mem::replace(seen, self.round) != self.round
            {
                self.positions.push(position);
            }
        };
        for (v, _) in scratch.load_before(Mark::default()) {
            add(v.0);
        }
        for net in scratch.networks(Mark::default()) {
            let links = &sys.networks[net].links;
            let arcs = scratch.values.networks[net].loaded_arcs();
            arcs.for_each(|arc| add(links[arc as usize / 2]));
        }
    }

    /// Whether the link at a position is among them.
    pub(super) fn has(&self, position: u32) -> bool {
        self.seen[position as usize] == self.round
    }
}
