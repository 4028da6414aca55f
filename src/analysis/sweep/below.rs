//! What the parts of a contingency do, found out by evaluating them.
//!
//! In: a contingency. Out: the worst that any part of it does to each service, what trips after any, and what runs
//! nowhere after each. Promise: the same as by looking up what all lower orders found.

use super::stranded;
use super::task::Task;
use crate::analysis::status::own_status;
use crate::engine::{Base, LaneSet, Scratch};
use crate::model::{NodeId, Status};

/// What the parts of one contingency do, where that is found out by evaluating them.
pub(super) struct Below<'o, const L: usize> {
    base: &'o Base<'o, L>,
    /// Once it is needed.
    scratch: Option<Scratch<'o, L>>,
    /// Per service: its worst status in a state of its own, after any part.
    pub harm: Vec<[Status; L]>,
    /// The lanes in which something trips after any part, or in the base state.
    pub trips: LaneSet,
    /// What runs nowhere after each part, and in the base state.
    pub out: stranded::Found,
}

impl<'o, const L: usize> Below<'o, L> {
    pub fn new(task: &Task<'_>, base: &'o Base<'o, L>) -> Self {
        let lanes = task.lanes.asked().len();
        Self {
            base,
            scratch: None,
            harm: vec![[Status::Ok; L]; base.demand().len()],
            trips: 0,
            out: stranded::Found::new(task.order, lanes, 0),
        }
    }

    /// Evaluates every part of a contingency but itself and the empty one.
    pub fn evaluate(&mut self, task: &Task<'_>, elements: &[NodeId]) {
        let has_placements = task.study.compiled().has_placements();
        let scratch = self.scratch.get_or_insert_with(|| {
            let scratch = Scratch::new(self.base);
            if has_placements {
                self.out.note(&scratch, &[]);
            }
            scratch
        });
        self.harm.fill([Status::Ok; L]);
        self.trips = self.base.tripped_lanes();
        self.out.forget();
        let (mut part, mut places) = (Vec::new(), Vec::new());
        for mask in 1..(1u32 << elements.len()) - 1 {
            part.clear();
            part.extend(
                (0..elements.len())
                    .filter(|b| mask >> b & 1 == 1)
                    .map(|b| elements[b]),
            );
            places.clear();
            places.extend(part.iter().map(|&e| task.study.compiled().ix(e)));
            let mark = scratch.mark();
            scratch.fail_all(&places);
            for (s, harm) in self.harm.iter_mut().enumerate() {
                for (l, harm) in harm.iter_mut().enumerate() {
                    *harm = (*harm).max(own_status(scratch, s, l));
                }
            }
            self.trips |= scratch.tripped_lanes();
            if has_placements && scratch.is_split() {
                self.out.note(scratch, &part);
            }
            scratch.undo(mark);
        }
    }
}
