//! Minimal sets, kept small: results may hold millions of them.

use super::Elements;
use super::elements::by_size;
use crate::model::{NodeId, Status};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// The most elements of a set that is kept small.
const FEW: usize = 3;
/// No node.
const NONE: u32 = u32::MAX;

/// A contingency that harms a service while no part of it does as much harm.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
#[schemars(rename = "MinimalSet")]
pub struct MinimalSet<E = Elements, N = NodeId> {
    /// Ids, sorted.
    pub elements: E,
    /// Degraded or down.
    pub status: Status,
    /// Fraction delivered.
    pub delivered: f64,
    /// The node that sets the headroom of the service there, if it works and anything does.
    pub limit: Option<N>,
}

/// Minimal sets, in order once they are gathered: smallest order first, then by elements.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MinimalSets {
    small: Vec<Small>,
    /// Sets of more elements than a small one holds.
    large: Vec<MinimalSet>,
}

/// A minimal set of few elements in 24 bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Small {
    /// Sorted, then [`NONE`].
    elements: [u32; FEW],
    /// [`NONE`] where nothing limits the service.
    limit: u32,
    /// What is delivered, with a sign if the service is down.
    delivered: f64,
}

impl Small {
    fn new(set: &MinimalSet) -> Option<Self> {
        if set.elements.len() > FEW {
            return None;
        }
        let mut elements = [NONE; FEW];
        for (place, element) in elements.iter_mut().zip(&set.elements[..]) {
            *place = element.0;
        }
        let sign = if set.status == Status::Down {
            -1.0
        } else {
            1.0
        };
        Some(Self {
            elements,
            limit: set.limit.map_or(NONE, |limit| limit.0),
            delivered: set.delivered.copysign(sign),
        })
    }

    fn set(&self) -> MinimalSet {
        let elements = self.elements.map(NodeId);
        MinimalSet {
            elements: Elements::from(&elements[..self.len()]),
            status: if self.delivered.is_sign_negative() {
                Status::Down
            } else {
                Status::Degraded
            },
            delivered: self.delivered.abs(),
            limit: Some(NodeId(self.limit)).filter(|limit| limit.0 != NONE),
        }
    }

    fn len(&self) -> usize {
        self.elements.iter().filter(|&&e| e != NONE).count()
    }

    fn by_size(&self, other: &Self) -> Ordering {
        let size = self.len().cmp(&other.len());
        size.then_with(|| self.elements.cmp(&other.elements))
    }
}

impl MinimalSets {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.small.len() + self.large.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = MinimalSet> + '_ {
        let small = self.small.iter().map(Small::set);
        small.chain(self.large.iter().cloned())
    }

    /// The last.
    #[must_use]
    pub fn last(&self) -> Option<MinimalSet> {
        let small = || self.small.last().map(Small::set);
        self.large.last().cloned().or_else(small)
    }

    /// Adds one.
    pub(super) fn push(&mut self, set: MinimalSet) {
        match Small::new(&set) {
            Some(small) => {
                if self.small.len() == self.small.capacity() {
                    // Room to spare for a quarter, not for as many again.
                    self.small.reserve_exact(self.small.len() / 4 + 1);
                }
                self.small.push(small);
            }
            None => self.large.push(set),
        }
    }

    /// Adds those of another gathering.
    pub(super) fn merge(&mut self, mut other: Self) {
        if self.small.len() < other.small.len() {
            std::mem::swap(&mut self.small, &mut other.small);
        }
        self.small.reserve_exact(other.small.len());
        self.small.extend(other.small);
        self.large.extend(other.large);
    }

    /// Sorts them and keeps the first ones.
    pub(super) fn keep(&mut self, first: usize) {
        self.small.sort_unstable_by(Small::by_size);
        self.small.truncate(first);
        self.small.shrink_to_fit();
        self.large
            .sort_unstable_by(|a, b| by_size(&a.elements, &b.elements));
        self.large.truncate(first - self.small.len());
    }
}

impl FromIterator<MinimalSet> for MinimalSets {
    fn from_iter<I: IntoIterator<Item = MinimalSet>>(sets: I) -> Self {
        let mut all = Self::default();
        sets.into_iter().for_each(|set| all.push(set));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(elements: &[u32], status: Status, delivered: f64, limit: Option<u32>) -> MinimalSet {
        let elements: Vec<NodeId> = elements.iter().copied().map(NodeId).collect();
        MinimalSet {
            elements: elements.into(),
            status,
            delivered,
            limit: limit.map(NodeId),
        }
    }

    #[test]
    fn what_was_put_in_comes_out_in_order() {
        let all = [
            set(&[4], Status::Degraded, 0.0, None),
            set(&[1, 9], Status::Down, 0.0, Some(0)),
            set(&[2, 3], Status::Down, 1e-10, None),
            set(&[0, 1, 2], Status::Degraded, 0.5, Some(7)),
            set(&[0, 1, 2, 3], Status::Degraded, 0.25, Some(7)),
        ];
        let backwards = || all.iter().rev().cloned();
        let mut one: MinimalSets = backwards().step_by(2).collect();
        one.merge(backwards().skip(1).step_by(2).collect());
        one.keep(10);
        assert_eq!(one.iter().collect::<Vec<_>>(), all);
        assert_eq!((one.len(), one.last()), (5, all.last().cloned()));
        one.keep(2);
        assert_eq!(one.iter().collect::<Vec<_>>(), all[..2]);
        assert_eq!(size_of::<Small>(), 24);
    }
}
