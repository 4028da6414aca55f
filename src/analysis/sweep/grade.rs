//! What a contingency does to a service, in a few bits per load case, and how many contingencies of
//! an order do what when nothing interacts.
//!
//! Superposition says: whatever changed in either has changed, and the dead stay dead. So the grade
//! of failures that do not interact is the greatest grade among them.

use super::count::combinations;
use crate::analysis::OrderCount;
use crate::analysis::status::own_status;
use crate::engine::{Ix, Scratch};
use crate::model::Status;

/// One service in every lane: 0 as in the base state, 1 changed and delivered in full, 2 degraded,
/// 3 down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Grades(u16);

impl Grades {
    /// The state of a scratch against its base.
    pub fn of<const L: usize>(scratch: &Scratch<'_, L>, s: usize) -> Self {
        let base = scratch.base();
        let v = Ix(base.system().services[s]);
        let mut bits = 0;
        for l in 0..L {
            let (now, before) = (scratch.lane(l), base.lane(l));
            let died = now.works(v) != before.works(v);
            let (now, before) = (now.delivered(v)[l], before.delivered(v)[l]);
            if died || now.to_bits() != before.to_bits() {
                bits |= grade(own_status(scratch, s, l)) << (2 * l);
            }
        }
        Self(bits)
    }

    /// Whether nothing changed in any lane.
    pub fn is_base(self) -> bool {
        self.0 == 0
    }

    /// The grade in one lane.
    pub fn lane(self, l: usize) -> u8 {
        ((self.0 >> (2 * l)) & 3) as u8
    }

    /// Whether it changed to degraded or down in a lane.
    pub fn harms(self, l: usize) -> bool {
        self.lane(l) >= 2
    }
}

fn grade(status: Status) -> u16 {
    match status {
        Status::Ok | Status::AtRisk => 1,
        Status::Degraded => 2,
        Status::Down => 3,
    }
}

/// The status that a grade means, where the base state has status `base`.
pub(super) fn status(grade: u8, base: Status) -> Status {
    match grade {
        0 => base,
        1 => Status::Ok,
        2 => Status::Degraded,
        _ => Status::Down,
    }
}

/// How many elements have each grade for one service in one lane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Graded(pub [u64; 4]);

impl Graded {
    /// Elements that harm by themselves.
    pub fn harmful(&self) -> u64 {
        self.0[2] + self.0[3]
    }

    /// Contingencies of order k by status, if nothing interacts.
    pub fn superposed(&self, k: u32, base: Status) -> OrderCount {
        let [same, fine, degraded, down] = self.0;
        let below = |n| combinations(n, k);
        let all = below(same + fine + degraded + down);
        let not_down = below(same + fine + degraded);
        let delivering = below(same + fine);
        let untouched = below(same);
        let of = |s| if base == s { untouched } else { 0 };
        OrderCount {
            down: all - not_down + of(Status::Down),
            degraded: not_down - delivering + of(Status::Degraded),
            at_risk: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_follow_the_greatest_grade() {
        let graded = Graded([2, 1, 1, 1]);
        let pairs = graded.superposed(2, Status::Ok);
        assert_eq!((pairs.down, pairs.degraded), (4, 3));
        let harmed = graded.superposed(2, Status::Degraded);
        assert_eq!(
            (harmed.down, harmed.degraded),
            (4, 4),
            "the untouched pair stays as it was"
        );
    }
}
