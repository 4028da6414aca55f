//! What pairs do in the base state, asked of those that are found to do something after a failure.
//!
//! In: a pair, and its state after the failure. Out: in which load cases it does as much without.

use super::context::SweepContext;
use crate::analysis::status::own_status;
use crate::engine::{Ix, LaneSet, Scratch};
use crate::model::Status;

/// What a pair does without what failed before it.
pub(super) struct Without<'w, const L: usize> {
    scratch: Scratch<'w, L>,
    own: &'w [[Status; L]],
}

impl<'w, const L: usize> Without<'w, L> {
    /// In the context of the base state.
    pub fn new(context: &'w SweepContext<'w, L>) -> Self {
        Self {
            scratch: Scratch::new(context.base),
            own: &context.own,
        }
    }

    /// Takes, from services with one bit per lane, the lanes in which the base state, one of the
    /// pair, or the pair, does as much harm as the state `now`.
    pub fn sift(&mut self, pair: [Ix; 2], now: &Scratch<'_, L>, minimal: &mut [(u32, u8)]) {
        for (s, lanes) in &mut *minimal {
            let own = &self.own[*s as usize];
            let less = |l: &usize| own[*l] < own_status(now, *s as usize, *l);
            *lanes &= (0..L).filter(less).fold(0, |bits, l| bits | 1 << l);
        }
        let mark = self.scratch.mark();
        for parts in [&pair[..], &pair[1..]] {
            for &place in parts {
                if minimal.iter().all(|m| m.1 == 0) {
                    break;
                }
                self.scratch.fail(place);
                self.take(now, minimal);
            }
            self.scratch.undo(mark);
        }
    }

    /// The lanes in which something trips in the base state, without one of a pair, or without both.
    pub fn trips(&mut self, pair: [Ix; 2]) -> LaneSet {
        let mut lanes = self.scratch.base().tripped_lanes();
        let mark = self.scratch.mark();
        for parts in [&pair[..], &pair[1..]] {
            for &place in parts {
                self.scratch.fail(place);
                lanes |= self.scratch.tripped_lanes();
            }
            self.scratch.undo(mark);
        }
        lanes
    }

    fn take(&self, now: &Scratch<'_, L>, minimal: &mut [(u32, u8)]) {
        for (s, lanes) in minimal {
            for l in 0..L {
                let s = *s as usize;
                let is = *lanes >> l & 1 == 1;
                if is && own_status(&self.scratch, s, l) >= own_status(now, s, l) {
                    *lanes &= !(1 << l);
                }
            }
        }
    }
}
