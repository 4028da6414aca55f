//! The worst contingencies of networks, and of each link, as they are found. In: what one contingency does. Out:
//! as many as are shown, the worst first. Promises: the same in whatever order they come.

use super::busy::Busy;
use crate::analysis::elements::by_size;
use crate::model::NodeId;
use std::cmp::Ordering;

/// How many of the worst contingencies are shown.
pub const MOST_WORST: usize = 20;

/// Demand that a network does not serve.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct LostDemand {
    /// Of services that do not work because no path is left where they need one.
    pub disconnected: f64,
    /// Of services that work: what links and forwarding nodes do not let through.
    pub congested: f64,
}

impl LostDemand {
    /// Both together.
    pub fn total(self) -> f64 {
        self.disconnected + self.congested
    }
}

/// What one contingency does to a network.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct WorstForNetwork {
    /// Sorted.
    pub elements: Vec<NodeId>,
    /// By unit: what is lost in it.
    pub lost: Vec<LostDemand>,
    /// The parts of the units' demands that are lost, added up.
    pub share: f64,
    /// The busiest link with a capacity above 0, and its utilization.
    pub busiest: Option<(NodeId, f64)>,
}

impl WorstForNetwork {
    fn used(&self) -> f64 {
        self.busiest.map_or(0.0, |(_, used)| used)
    }

    /// Worst first.
    pub fn order(&self, other: &Self) -> Ordering {
        (other.share.total_cmp(&self.share))
            .then(other.used().total_cmp(&self.used()))
            .then_with(|| by_size(&self.elements, &other.elements))
    }

    /// Whether it loses more of any unit than another, or uses the busiest link more.
    pub fn is_worse_than(&self, other: &Self) -> bool {
        let mut lost = self.lost.iter().zip(&other.lost);
        lost.any(|(now, then)| now.total() > then.total()) || self.used() > other.used()
    }
}

/// What was found so far.
pub(super) struct Found {
    pub evaluated: [u64; 2],
    pub lanes: Vec<Lane>,
}

/// The same in one lane.
#[derive(Clone)]
pub(super) struct Lane {
    pub worst_of_link: Vec<Option<(Vec<NodeId>, Busy)>>,
    pub worst: Vec<WorstForNetwork>,
}

impl Lane {
    /// Whether a contingency that loses this share is certainly not among the worst.
    pub fn is_beyond(&self, share: f64) -> bool {
        let last = self.worst.get(MOST_WORST - 1);
        last.is_some_and(|last| share.total_cmp(&last.share).is_lt())
    }

    pub fn offer(&mut self, worst: WorstForNetwork) {
        let at = self.worst.partition_point(|w| w.order(&worst).is_lt());
        if at < MOST_WORST {
            self.worst.insert(at, worst);
            self.worst.truncate(MOST_WORST);
        }
    }

    pub fn merge(&mut self, other: Self) {
        for (mine, other) in self.worst_of_link.iter_mut().zip(other.worst_of_link) {
            if let Some((elements, busy)) = other {
                keep_larger(mine, busy, &elements);
            }
        }
        for worst in other.worst {
            self.offer(worst);
        }
    }
}

pub(super) fn keep_larger(
    worst: &mut Option<(Vec<NodeId>, Busy)>,
    busy: Busy,
    elements: &[NodeId],
) {
    let wins = worst.as_ref().is_none_or(|(known, most)| {
        let order = busy.order(most).reverse();
        order.then_with(|| by_size(elements, known)).is_lt()
    });
    if wins {
        *worst = Some((elements.to_vec(), busy));
    }
}
