//! By how much a load changed, in each load case.

use crate::engine::{LaneSet, by_lane};

/// By how much a load changed; in other lanes than `lanes` it did not.
pub(super) fn difference<const L: usize>(
    lanes: LaneSet,
    now: &[f64; L],
    before: &[f64; L],
) -> [f64; L] {
    by_lane(|l| {
        if lanes >> l & 1 == 0 {
            0.0
        } else if now[l] == f64::INFINITY || before[l] == f64::INFINITY {
            f64::INFINITY
        } else {
            now[l] - before[l]
        }
    })
}

/// A load without bound came or went; in other lanes than `lanes` none did.
pub(super) fn endless<const L: usize>(lanes: LaneSet) -> [f64; L] {
    by_lane(|l| {
        if lanes >> l & 1 == 1 {
            f64::INFINITY
        } else {
            0.0
        }
    })
}
