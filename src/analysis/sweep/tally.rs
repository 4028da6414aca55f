//! What is gathered about each service at each load case, and how two gatherings merge.

use crate::analysis::{LeastHeadroom, MinimalSet, OrderCount, Worst};
use crate::model::{NodeId, Status};
use std::cmp::Ordering;

/// The most minimal sets that are listed per service and load case.
pub const MOST_LISTED: usize = 10_000;

/// One service at one load case, over the contingencies seen so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub orders: Vec<OrderCount>,
    pub minimal: Vec<MinimalSet>,
    /// How many of them to keep.
    pub keep: usize,
    pub minimal_count: u64,
    pub worst: Option<Worst>,
    pub least_headroom: Option<LeastHeadroom>,
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

    /// Keeps the least headroom.
    pub fn headroom(&mut self, headroom: f64, limit: NodeId, elements: &[NodeId]) {
        let loses = |h: &LeastHeadroom| {
            let this = headroom.total_cmp(&h.headroom);
            this.then_with(|| by_size(elements, &h.elements)) != Ordering::Less
        };
        if !self.least_headroom.as_ref().is_some_and(loses) {
            let elements = elements.to_vec();
            self.least_headroom = Some(LeastHeadroom {
                elements,
                headroom,
                limit,
            });
        }
    }

    /// Adds a minimal set; sets come in their final order.
    pub fn minimal(&mut self, set: impl FnOnce() -> MinimalSet) {
        self.minimal_count += 1;
        if self.minimal.len() < self.keep {
            self.minimal.push(set());
        }
    }

    /// Adds what another tally saw, of contingencies that come after those of this one.
    pub fn merge(&mut self, other: Self) {
        for (mine, other) in self.orders.iter_mut().zip(other.orders) {
            mine.down += other.down;
            mine.degraded += other.degraded;
            if let Some(more) = other.at_risk {
                *mine.at_risk.get_or_insert(0) += more;
            }
        }
        self.minimal_count += other.minimal_count;
        let room = self.keep.saturating_sub(self.minimal.len());
        self.minimal.extend(other.minimal.into_iter().take(room));
        if let Some(w) = other.worst {
            self.worst(w.status, w.delivered, &w.elements);
        }
        if let Some(h) = other.least_headroom {
            self.headroom(h.headroom, h.limit, &h.elements);
        }
    }
}

/// Fewer elements first, then by elements.
pub(super) fn by_size(a: &[NodeId], b: &[NodeId]) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}
