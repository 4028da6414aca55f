//! What is gathered about each service at each load case, and how two gatherings merge.

use crate::analysis::elements::by_size;
use crate::analysis::{LeastHeadroom, MinimalSet, MinimalSets, OrderCount, Worst};
use crate::model::{NodeId, Status};
use std::cmp::Ordering;

/// The most minimal sets that are listed per service and load case, unless a study asks for another
/// limit.
pub const MOST_LISTED: usize = 10_000;

/// Headrooms that differ by no more are the same, so that rounding names no contingency.
pub(super) const SAME_HEADROOM: f64 = 1e-9;

/// One service at one load case, over the contingencies seen so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub orders: Vec<OrderCount>,
    pub minimal: MinimalSets,
    /// How many of them to keep.
    pub keep: usize,
    pub minimal_count: u64,
    pub worst: Option<Worst>,
    /// Those that may be the least: each leaves less than all that come before it by size.
    least: Vec<LeastHeadroom>,
}

impl Tally {
    pub fn new(order: u32, keep: usize) -> Self {
        Self {
            orders: vec![OrderCount::default(); order as usize],
            keep,
            ..Self::default()
        }
    }

    /// Counts one contingency of order k.
    pub fn count(&mut self, k: usize, status: Status) {
        match status {
            Status::Down => self.orders[k - 1].down += 1,
            Status::Degraded => self.orders[k - 1].degraded += 1,
            Status::AtRisk => *self.orders[k - 1].at_risk.get_or_insert(0) += 1,
            Status::Ok => {}
        }
    }

    /// Keeps the worst.
    pub fn worst(&mut self, status: Status, delivered: f64, elements: &[NodeId]) {
        let loses = |w: &Worst| {
            let this = (status.cmp(&w.status)).reverse();
            this.then(delivered.total_cmp(&w.delivered))
                .then_with(|| by_size(elements, &w.elements))
                != Ordering::Less
        };
        if !self.worst.as_ref().is_some_and(loses) {
            self.worst = Some(Worst {
                elements: elements.to_vec(),
                status,
                delivered,
            });
        }
    }

    /// Whether a later contingency that leaves this would be the worst.
    pub fn loses_to(&self, status: Status, delivered: f64) -> bool {
        self.worst.as_ref().is_none_or(|w| {
            status > w.status
                || (status == w.status && delivered.total_cmp(&w.delivered) == Ordering::Less)
        })
    }

    /// Keeps the least headroom; what is the same to [`SAME_HEADROOM`] goes by size.
    pub fn headroom(&mut self, headroom: f64, limit: NodeId, elements: &[NodeId]) {
        if !self.may_be_least(headroom, elements) {
            return;
        }
        let after = |h: &LeastHeadroom| by_size(&h.elements, elements) != Ordering::Less;
        self.least.retain(|h| h.headroom < headroom || !after(h));
        self.least
            .retain(|h| h.headroom <= headroom + SAME_HEADROOM);
        let elements = elements.to_vec();
        self.least.push(LeastHeadroom {
            elements,
            headroom,
            limit,
        });
    }

    /// Whether a contingency that leaves this headroom, or more, would be kept.
    pub fn may_be_least(&self, headroom: f64, elements: &[NodeId]) -> bool {
        self.least.iter().all(|h| {
            headroom <= h.headroom + SAME_HEADROOM
                && (headroom < h.headroom || by_size(elements, &h.elements) == Ordering::Less)
        })
    }

    /// The least headroom so far, which may be that of no contingency kept in the end.
    pub fn lowest_headroom(&self) -> Option<f64> {
        self.least.iter().map(|h| h.headroom).min_by(f64::total_cmp)
    }

    /// Those that may be the least.
    pub fn leasts(&self) -> &[LeastHeadroom] {
        &self.least
    }

    /// The contingency that leaves the least headroom.
    pub fn least_headroom(&self) -> Option<&LeastHeadroom> {
        self.least
            .iter()
            .min_by(|a, b| by_size(&a.elements, &b.elements))
    }

    /// Adds a minimal set.
    pub fn minimal(&mut self, set: MinimalSet) {
        self.minimal_count += 1;
        self.minimal.push(set);
        self.cut();
    }

    /// Sorts the minimal sets and keeps the first ones.
    pub fn sort(&mut self) {
        self.minimal.keep(self.keep);
    }

    /// Goes back to what is kept once there is twice as much.
    fn cut(&mut self) {
        if self.minimal.len() / 2 >= self.keep {
            self.sort();
        }
    }

    /// Adds what another tally saw, of other contingencies.
    pub fn merge(&mut self, other: Self) {
        for (mine, other) in self.orders.iter_mut().zip(other.orders) {
            mine.add(other);
        }
        self.minimal_count += other.minimal_count;
        self.minimal.merge(other.minimal);
        self.cut();
        if let Some(w) = other.worst {
            self.worst(w.status, w.delivered, &w.elements);
        }
        for h in other.least {
            self.headroom(h.headroom, h.limit, &h.elements);
        }
    }
}
