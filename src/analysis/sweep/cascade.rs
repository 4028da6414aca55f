//! Contingencies that set off a cascade, gathered.
//!
//! In: states in which something trips. Out: [`Cascade`]s, those of which no part trips anything, nor
//! the base state. What trips in a pair that no rule joins trips in one of its two already, so the pairs
//! that are evaluated are all that can be of this sort.

use super::gathered::{Gathered, Ranked};
use super::stranded::worst;
use crate::analysis::status::own_status;
use crate::analysis::{Cascade, Elements};
use crate::engine::{LaneSet, Scratch};
use crate::model::{CaseId, NodeId};

/// The most that are listed; all are counted.
pub const MOST_CASCADES: usize = 1_000;

/// Those seen so far.
pub(super) type Found = Gathered<Cascade>;

impl Ranked for Cascade {
    fn elements(&self) -> &[NodeId] {
        &self.elements
    }

    fn case(&self) -> CaseId {
        self.case
    }

    fn size(&self) -> usize {
        self.tripped as usize
    }
}

/// What trips in the base state, in lanes that stand for `cases`.
pub(super) fn of_base<const L: usize>(scratch: &Scratch<'_, L>, cases: &[CaseId]) -> Vec<Cascade> {
    let nothing: &[NodeId] = &[];
    of(scratch, scratch.tripped_lanes(), cases, &nothing.into())
}

/// What trips after a contingency that the scratch holds, in lanes that stand for `cases`.
pub(super) fn of<const L: usize>(
    scratch: &Scratch<'_, L>,
    lanes: LaneSet,
    cases: &[CaseId],
    elements: &Elements,
) -> Vec<Cascade> {
    let sys = scratch.base().system();
    let services = 0..sys.services.len();
    let one = |(l, &case): (usize, &CaseId)| {
        let status = |s: &usize| own_status(scratch, *s, l);
        let trips = scratch.tripped(l);
        Cascade {
            elements: elements.clone(),
            case,
            tripped: short(trips.len()),
            rounds: trips.last().map_or(0, |t| t.round),
            services: short(services.clone().filter(|s| status(s).is_harm()).count()),
            worst: worst(scratch, l),
        }
    };
    let cases = cases.iter().enumerate();
    cases
        .filter(|(l, _)| lanes >> l & 1 == 1)
        .map(one)
        .collect()
}

fn short(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
