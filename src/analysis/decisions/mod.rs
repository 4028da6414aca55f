//! What a reader of an assessment must know first, in the order in which it is shown.
//!
//! In: an assessment and the time it speaks of. Out: [`Decisions`]: when the peak is, what to restore by
//! when, the least that is known to make policies hold, what growth is left, what cascades and what finds
//! no host, services in trouble grouped by cause, and what the answer rests on. Promises: nothing is
//! evaluated anew, all of it follows from what the assessment found; the same assessment gives the same
//! decisions; what a list leaves out is counted.

mod cover;
mod growth;
mod overload;
mod peak;
mod remedy;
mod restore;
mod trouble;

pub use growth::{Growth, GrowthScope, Left};
pub use overload::{FirstTrips, Single, Trips, TripsIn, Unplaced, UnplacedIn};
pub use peak::{Moment, Peak};
pub use remedy::{Remedies, Remedy, RemedySource};
pub use restore::{Repaired, Restore};
pub use trouble::{Root, Trouble, Troubled};

use super::ledger::Tried;
use super::{Assessment, Share};
use crate::input::Time;
use crate::model::{CaseId, Scenario, System};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a reader must know first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decisions {
    /// The load case that counts, and when it is; `None` without any.
    pub peak: Option<Peak>,
    /// Policies that do not hold, by index: breached ones first, then those that could not be judged.
    pub not_held: Vec<usize>,
    /// Known outages and deratings to end, the most pressing first.
    pub restore: Vec<Restore>,
    /// How many known outages bear on no status.
    pub harmless: u64,
    /// Of how many known outages and deratings that is not known: it was not looked at.
    pub not_looked_at: u64,
    /// What would make policies hold.
    pub remedies: Remedies,
    /// By how much all demand can grow.
    pub growth: Vec<Growth>,
    /// What is lost to overload; `None` where nothing may trip.
    pub trips: Option<Trips>,
    /// Instances that run elsewhere or nowhere; `None` where nothing is placed.
    pub unplaced: Option<Unplaced>,
    /// Services that are not ok at some load case, by cause, the worst first.
    pub trouble: Vec<Trouble>,
    /// How many services are ok at every load case.
    pub ok: u64,
    /// What the answer rests on.
    pub rests_on: RestsOn,
}

/// What an answer rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RestsOn {
    /// How many of all that could say something do.
    pub shares: Vec<Share>,
    /// How many elements may fail.
    pub may_fail: u64,
    /// How many components and links there are that could, known outages included.
    pub of: u64,
    /// The defaults that were used; `None` where they were not tried.
    pub defaults: Option<TriedDefaults>,
}

/// Defaults that were halved and doubled.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema, Default, PartialEq, Eq)]
pub struct TriedDefaults {
    /// How many there are.
    pub all: u64,
    /// Half or twice of how many changes whether some policy holds.
    pub change: u64,
    /// How many could not be tried both ways, and change nothing as far as they were.
    pub untried: u64,
}

/// What all parts look at.
#[derive(Clone, Copy)]
struct Known<'a> {
    system: &'a System,
    scenario: &'a Scenario,
    time: Option<&'a Time>,
    found: &'a Assessment,
    /// The load case that counts: the peak, or the first.
    case: CaseId,
}

/// Decides what is shown first.
#[must_use]
pub fn decisions(
    system: &System,
    scenario: &Scenario,
    time: Option<&Time>,
    found: &Assessment,
) -> Decisions {
    let known = Known {
        system,
        scenario,
        time,
        found,
        case: scenario.peak().unwrap_or(CaseId(0)),
    };
    let trouble = trouble::trouble(known);
    let troubled: usize = trouble.iter().map(|t| t.services.len()).sum();
    let (restore, harmless, not_looked_at) = restore::restore(known);
    Decisions {
        peak: peak::peak(known),
        not_held: not_held(found),
        restore,
        harmless,
        not_looked_at,
        remedies: remedy::remedies(known),
        growth: growth::growth(known),
        trips: overload::trips(known),
        unplaced: overload::unplaced(known),
        ok: (system.services().len() - troubled) as u64,
        trouble,
        rests_on: rests_on(known),
    }
}

fn not_held(found: &Assessment) -> Vec<usize> {
    let policies = &found.judgement.policies;
    let judged = |holds| (0..policies.len()).filter(move |&p| policies[p].holds == holds);
    judged(Some(false)).chain(judged(None)).collect()
}

fn rests_on(known: Known<'_>) -> RestsOn {
    let found = known.found;
    RestsOn {
        shares: found.covered.shares.clone(),
        may_fail: found.sweep.elements,
        of: known.system.elements().len() as u64,
        defaults: found.ledger.as_ref().map(|_| tried(found)),
    }
}

fn tried(found: &Assessment) -> TriedDefaults {
    let holds = || found.judgement.policies.iter().map(|p| p.holds);
    let changes = |t: &Tried| matches!(t, Tried::Judged(now) if !now.iter().copied().eq(holds()));
    let is_open = |t: &Tried| matches!(t, Tried::Not);
    let entries = found.ledger.iter().flat_map(|l| &l.entries);
    let mut all = TriedDefaults::default();
    for entry in entries {
        all.all += 1;
        if entry.iter().any(changes) {
            all.change += 1;
        } else if entry.iter().any(is_open) {
            all.untried += 1;
        }
    }
    all
}
