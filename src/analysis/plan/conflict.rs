//! Conflicts: what a breach leaves to choose from. In: an assessed proposal, a breach of it. Out: lists of
//! alternatives; every plan above the proposal that holds takes one of each list. Promises: a list that may
//! lack an alternative says so; what is not for sale is not in it.
//!
//! A service that does not work: some requirement that is not met needs one more provider that works, so
//! either a provider that is there comes back, for the same reason further down, or one is added there. What
//! works cannot hang on capacities while nothing trips.
//!
//! A service that works and gets too little: on its way down stands a node that carries more than it can.
//! Either that grows to what it carries, or less comes to it (see [`super::relief`]).

use super::found::Found;
use super::region::Alternative;
use super::state::{Breached, Evaluated, Proposal, State};
use super::trips;
use crate::engine::Base;
use std::collections::BTreeSet;

/// A list of alternatives.
#[derive(Clone, Debug, Default)]
pub(super) struct Conflict {
    /// Sorted as they are to be tried.
    pub alternatives: Vec<Alternative>,
    /// So many of the first cure the state by themselves; 0 where nobody has looked.
    pub cures: usize,
    /// Whether nothing else can help.
    pub complete: bool,
    /// Which of the breaches it comes from.
    pub breach: usize,
}

impl Conflict {
    /// What a first try takes: those that cure the state by themselves where it is known which do, else all.
    pub fn likely(&self) -> &[Alternative] {
        match self.cures {
            0 => &self.alternatives,
            few => &self.alternatives[..few],
        }
    }

    fn of(found: Found, breach: usize) -> Self {
        let mut alternatives: Vec<Alternative> = Vec::new();
        alternatives.extend(found.items.into_iter().map(Alternative::Do));
        alternatives.extend(found.rows.into_iter().map(Alternative::Grow));
        alternatives.extend(found.shrinks.into_iter().map(Alternative::Shrink));
        Self {
            alternatives,
            cures: 0,
            complete: found.complete,
            breach,
        }
    }
}

impl Proposal<'_> {
    /// Every conflict of a breach.
    pub fn conflicts(&self, breached: &Breached) -> Vec<Conflict> {
        let found = self.in_setting(breached, |setting| {
            let whole = setting.evaluate(breached);
            let state = setting.state(Evaluated::Whole(whole.lane(0)), breached);
            self.found_in(&state, &whole)
        });
        let from = breached.breach;
        found.into_iter().map(|f| Conflict::of(f, from)).collect()
    }

    /// What may be done about a state, by what it lacks.
    fn found_in(&self, state: &State<'_>, whole: &Base<'_, 1>) -> Vec<Found> {
        let breached = state.breached;
        let placed = !self.altered.system.placements().is_empty();
        let mut found = if let Some(found) = state.make_room(whole) {
            vec![found]
        } else if self.known.trips {
            vec![trips::alternatives(state, whole.tripped(0))]
        } else if !state.works(breached.service) {
            vec![state.revive(&[breached.service])]
        } else {
            let short = state.short(breached.service, &mut BTreeSet::new());
            short.iter().map(|s| state.help(s)).collect()
        };
        found.retain(|f| f.has_any() || !placed);
        if found.is_empty() {
            found.push(state.anything());
        }
        for found in &mut found {
            // Who runs where may change for the worse as well as for the better.
            found.complete &= !breached.is_guess && !placed;
        }
        found
    }
}
