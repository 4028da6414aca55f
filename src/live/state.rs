//! One state at one load case, with names on: what `whatif` answers, and the page.

use super::Live;
use super::ask::Request;
use crate::analysis::{Study, parts};
use crate::model::{CaseId, Scenario};
use crate::report::document::{ColdStart, State};
use crate::report::naming::Naming;
use serde::Serialize;

/// A state, and what stands beside it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OneState {
    /// Name of the contingency that is in place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contingency: Option<String>,
    /// The state; `as_today` is left to those who know where demands come from.
    #[serde(flatten)]
    pub state: State,
    /// What works in it and could not be started if everything had stopped.
    #[serde(flatten)]
    pub cold_start: ColdStart,
}

/// How a state is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// As it is, with the outages that have a part in the status of each service.
    Whole,
    /// As it is, without these: looking for them takes about as long as all the rest.
    Quick,
    /// As it comes up when everything had stopped.
    FromDark,
}

/// The state of a scenario at a load case. `in_place` is the position of the named contingency that the
/// scenario has in place, with the scenario without it.
#[must_use]
pub fn one_state(
    study: &Study<'_>,
    in_place: Option<(usize, &Scenario)>,
    case: CaseId,
    look: Look,
) -> OneState {
    let outcome = match look {
        Look::Whole | Look::Quick => study.state(&[], case),
        Look::FromDark => study.state_from_dark(&[], case),
    };
    let naming = Naming::new(study.system(), study.scenario());
    let mut state = naming.state(&outcome);
    let contingency =
        in_place.map(|in_place| naming.tell_shed(&mut state.services, in_place, outcome.case));
    if look == Look::Whole
        && let Some(parts) = parts(study, &outcome)
    {
        naming.tell_parts(&mut state.services, &parts);
    }
    OneState {
        contingency,
        state,
        cold_start: naming.cold_start(&study.cold_start(&[], case)),
    }
}

/// What a request is answered.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answered {
    /// The state.
    #[serde(flatten)]
    pub one: OneState,
    /// The command that shows the same.
    pub command: String,
}

impl Live {
    /// The state of a request.
    pub fn state(&self, request: &Request) -> Result<Answered, String> {
        let asked = self.asked(request)?;
        let study = self.study(&asked.scenario);
        let in_place = asked.in_place.as_ref().map(|(at, before)| (*at, before));
        let look = if request.quick {
            Look::Quick
        } else {
            Look::Whole
        };
        let mut one = one_state(&study, in_place, asked.case, look);
        // A demand that is said is no longer that of services.csv.
        let as_today = self.package.as_today.get(&one.state.load_case);
        let as_today = as_today.into_iter().flatten();
        one.state.as_today = as_today
            .filter(|id| !request.demand.contains_key(*id))
            .cloned()
            .collect();
        Ok(Answered {
            one,
            command: self.command(request),
        })
    }
}
