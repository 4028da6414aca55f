//! What a reader of an assessment must know first, in the order in which it is shown.
//!
//! In: an assessment and the time it speaks of. Out: [`Decisions`]: when the peak is, what to restore by
//! when, the least that is known to make policies hold, what growth is left, what cascades and what finds
//! no host, services in trouble grouped by cause, and what the answer rests on. Promises: nothing is
//! evaluated anew, all of it follows from what the assessment found; the same assessment gives the same
//! decisions; what a list leaves out is counted.

mod cover;
mod growth;
mod known;
mod outcome;
mod overload;
mod peak;
mod remedy;
mod restore;
mod trouble;

pub use outcome::{
    CountOf, Decisions, FirstTrips, Growth, GrowthScope, Left, Moment, Peak, Remedies, Remedy,
    RemedySource, Repaired, Restore, RestsOn, Root, Single, TriedDefaults, Trips, TripsIn, Trouble,
    Troubled, Unplaced, UnplacedIn,
};

use super::assessment::Assessment;
use super::ledger::Tried;
use crate::input::Time;
use crate::model::{CaseId, Scenario, System};
use known::Known;

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
