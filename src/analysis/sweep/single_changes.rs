//! What single failures do, once all of them are evaluated.
//!
//! Only what differs from the base state is in here, by element and by service; what pairs do is asked against it.

use super::grade::Grades;
use super::tally::Tally;
use super::utilization_bound::Thin;
use super::{cascade, stranded};
use crate::analysis::status::Next;
use crate::engine::LaneSet;

/// A service that an element changes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    pub element: u32,
    pub service: u32,
    pub grades: Grades,
}

/// What single failures do.
pub(super) struct Singles {
    /// Sorted by element, then service.
    pub changes: Vec<Change>,
    /// Per element: where its changes begin; one more at the end.
    pub first_change: Vec<u32>,
    /// Per element: how much it touches.
    pub weight: Vec<u32>,
    /// Per service and lane: worst, minimal sets, least headroom.
    pub tallies: Vec<Tally>,
    /// Per lane and service.
    pub next: Vec<Vec<Next>>,
    /// Services whose headroom is thin here but not in the base state, or the other way.
    pub thin: Vec<Thin>,
    /// Per element: the lanes in which something trips without it; empty if nothing ever may.
    pub trips: Vec<LaneSet>,
    /// Those that set off a cascade.
    pub cascades: cascade::Found,
    /// Those that leave an instance without a host, the base state included.
    pub stranded: stranded::Found,
    /// How many elements were looked at.
    pub done: u64,
}

impl Singles {
    /// The lanes in which something trips without an element.
    pub fn trips_of(&self, element: u32) -> LaneSet {
        self.trips.get(element as usize).copied().unwrap_or(0)
    }

    /// What one element changes.
    pub fn changes_of(&self, element: usize) -> &[Change] {
        let at = |i: usize| self.first_change[i] as usize;
        &self.changes[at(element)..at(element + 1)]
    }
}
