//! What stays the same over a sweep: its task, its base state, and what failed in another context before.
//!
//! In: a task, the base state in its load cases. Out: what all its workers read, and what they begin with.

use super::pair_cache::{PairCache, sorted};
use super::pair_counts::Pairs;
use super::tally::Tally;
use super::task::Task;
use super::{cascade, stranded};
use crate::analysis::Elements;
use crate::analysis::alike::Alike;
use crate::analysis::status::own_status_of_base;
use crate::engine::{Base, Ix, Limit, Scratch, by_lane};
use crate::model::{NodeId, Status};

/// What stays the same over a sweep.
pub(super) struct SweepContext<'g, const L: usize> {
    pub task: &'g Task<'g>,
    pub base: &'g Base<'g, L>,
    /// Where each element stands.
    pub places: Vec<Ix>,
    /// Status of each service in the base state by itself, in every lane.
    pub own: Vec<[Status; L]>,
    /// The same without what has failed before.
    pub before: Option<Before<'g, L>>,
    /// Elements whose failures do the same.
    pub alike: Alike,
}

impl<'g, const L: usize> SweepContext<'g, L> {
    pub fn new(task: &'g Task<'g>, base: &'g Base<'g, L>) -> Self {
        let services = base.demand().len();
        let places: Vec<Ix> = task
            .elements
            .iter()
            .map(|&e| task.study.compiled().ix(e))
            .collect();
        // After a failure, too little is evaluated for this to pay.
        let alike = if task.failed.is_empty() && task.study.shortcuts().alike {
            Alike::of(base, &places)
        } else {
            Alike::each(&places)
        };
        Self {
            task,
            base,
            places,
            alike,
            own: (0..services)
                .map(|s| by_lane(|l| own_status_of_base(base, s, l)))
                .collect(),
            before: None,
        }
    }

    /// After a failure in another context.
    pub fn after(task: &'g Task<'g>, base: &'g Base<'g, L>, before: Before<'g, L>) -> Self {
        Self {
            before: Some(before),
            ..Self::new(task, base)
        }
    }

    /// Lanes that were asked about; the peak may be evaluated besides.
    pub fn lanes(&self) -> usize {
        self.task.lanes.asked().len()
    }

    pub fn services(&self) -> usize {
        self.own.len()
    }

    /// No cascade yet.
    pub fn cascades(&self) -> cascade::Found {
        let failed = u32::try_from(self.task.failed.len()).unwrap_or(0);
        cascade::Found::new(self.task.order + failed, cascade::MOST_CASCADES)
    }

    /// Nothing that runs nowhere yet.
    pub fn stranded(&self) -> stranded::Found {
        stranded::Found::new(self.task.order, self.lanes(), cascade::MOST_CASCADES)
    }

    /// What runs nowhere in the base state.
    pub fn stranded_in_base(&self) -> stranded::Found {
        let mut found = self.stranded();
        if self.before.is_none() && self.base.system().has_placements() {
            found.add_base(&Scratch::new(self.base), self.task.lanes.asked());
        }
        found
    }

    /// One tally for each service and lane asked about.
    pub fn tallies(&self) -> Vec<Tally> {
        let listed = self.task.study.listed();
        vec![Tally::new(self.task.order, listed); self.services() * self.lanes()]
    }

    /// No pair yet.
    pub fn pairs(&self) -> Pairs {
        let tallies = self.tallies();
        Pairs {
            more: vec![(0, 0); tallies.len()],
            tallies,
            partners: Vec::new(),
            ranks: 0,
            evaluated: 0,
            by_rank: Vec::new(),
            notes: Vec::new(),
            cascades: self.cascades(),
            stranded: self.stranded(),
        }
    }

    /// The contingency of one or two elements on top of the one that may have failed before.
    pub fn contingency(&self, elements: &[u32]) -> Elements {
        let more = elements.iter().map(|&e| self.task.elements[e as usize]);
        let all = self.task.failed.iter().copied().chain(more);
        let (mut nodes, mut len) = ([NodeId(0); 3], 0);
        for (place, node) in nodes.iter_mut().zip(all) {
            *place = node;
            len += 1;
        }
        nodes[..len].sort_unstable();
        nodes[..len].into()
    }

    /// The node of a limit.
    pub fn node(&self, limit: Limit) -> NodeId {
        self.task.study.compiled().node(limit.node)
    }
}

/// The context in which an element has failed, and what is cached of it.
pub(super) struct Before<'b, const L: usize> {
    pub context: &'b SweepContext<'b, L>,
    pub cache: Option<&'b PairCache>,
    /// The element that has failed since.
    pub element: u32,
}

impl<const L: usize> Before<'_, L> {
    /// The number of an element before `self.element` was taken out.
    fn number(&self, e: u32) -> u32 {
        e + u32::from(e >= self.element)
    }

    /// Whether it has to be found out what a pair that interacts does now.
    pub fn again(&self, pair: [u32; 2]) -> bool {
        self.cache.is_none_or(|cache| {
            cache.is_touched(self.element, sorted(pair.map(|e| self.number(e))))
        })
    }
}
