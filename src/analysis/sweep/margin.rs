//! By what factor what a service delivers may be off before any result changes.
//!
//! Its status hangs on whether delivered and the shortfall 1 − delivered are above a threshold. As long
//! as nothing is known to stop it, the least delivered of any pair is a result, too.

use super::context::SweepContext;
use super::single_changes::Singles;
use crate::analysis::Worst;
use crate::engine::Ix;
use crate::model::Status;

/// Below this, delivered and the shortfall count as none.
const THRESHOLD: f64 = 1e-9;
/// What rounding may make of a value.
const ROUNDING: f64 = 1e-12;
/// More is not asked for: a shortfall that is 0 by rounding must stay below the threshold.
pub(super) const MOST: f64 = 1e4;
/// A service with a smaller margin is to be exact.
const LEAST_MARGIN: f64 = 2.0;

/// The factor for one service at one load case that delivers `delivered`, of which the least known
/// so far is `least`, or `None` if it is known to be down; less than 1 when it must be exact.
pub(super) fn margin(delivered: f64, least: Option<f64>) -> f64 {
    let short = 1.0 - delivered;
    if delivered <= 0.0 || short <= 0.0 {
        return MOST;
    }
    let apart = |x: f64| {
        let (low, high) = (x.min(THRESHOLD), x.max(THRESHOLD));
        high / (2.0 * low)
    };
    let above_least = least.map_or(MOST, |least| (1.0 - least - ROUNDING) / short);
    apart(short)
        .min(apart(delivered))
        .min(above_least)
        .min(MOST)
}

/// The least that is known to be delivered in contingencies seen so far, `None` if one is down.
pub(super) fn least(worst: Option<&Worst>) -> Option<f64> {
    match worst {
        Some(worst) if worst.status == Status::Down => None,
        Some(worst) => Some(worst.delivered),
        None => Some(1.0),
    }
}

/// The margins of some services.
pub(super) struct Margins {
    /// Services whose margin is too small to omit anything: they are to be exact.
    pub exact: Vec<u32>,
    /// The least margin of the others.
    pub rest: f64,
}

impl Margins {
    /// Of services with their margins.
    pub fn new(services: impl Iterator<Item = (u32, f64)>) -> Self {
        let mut all = Self {
            exact: Vec::new(),
            rest: MOST,
        };
        for (s, margin) in services {
            if margin < LEAST_MARGIN {
                all.exact.push(s);
            } else {
                all.rest = all.rest.min(margin);
            }
        }
        all
    }

    /// Of all services in the base state.
    pub fn of_base<const L: usize>(context: &SweepContext<'_, L>, singles: &Singles) -> Self {
        let lanes = context.lanes();
        let of = |(s, &v): (usize, &u32)| {
            let singles = &singles.tallies[s * lanes..];
            let delivered = context.base.delivered(Ix(v));
            let each = delivered.into_iter().zip(singles).take(lanes);
            each.map(|(d, single)| margin(d, least(single.worst.as_ref())))
                .fold(MOST, f64::min)
        };
        let services = context.base.system().services.iter().enumerate();
        Self::new((0..).zip(services.map(of)))
    }
}
