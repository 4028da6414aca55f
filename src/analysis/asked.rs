//! Probabilities that policies ask about: of load cases, and of the hours of a horizon.
//!
//! In: a study whose scenario may limit probabilities or have targets. Out: [`Asked`], which answers for both.
//! Promise: a target is held to what `simulate` says of the same estate, state by state against every hour.

use super::montecarlo::{Hourly, HourlyOutcome, HourlySettings, Method, Settings, SimulateOutcome};
use super::policy::{During, Probability};
use super::{Study, Watch};
use crate::model::{NodeId, Policy, Scenario, Status};

/// What simulations of one estate found.
pub(super) struct Asked {
    /// At every load case.
    pub cases: SimulateOutcome,
    /// Over the horizon, where targets are held to it.
    pub horizon: Option<HourlyOutcome>,
}

impl Asked {
    /// Simulates an estate as its scenario says, without what policies never ask about. `None` without a `[simulate]`, or
    /// where that makes no sense; not all that was asked for if the watcher ended it early.
    pub fn of(study: &Study<'_>, watch: &dyn Watch) -> Option<Self> {
        let spec = study.scenario().simulate?;
        let settings = Settings {
            at_risk: false,
            ..Settings::new(spec.trials, spec.seed)
        };
        Some(Self {
            cases: study.simulate(settings, watch).ok()?,
            horizon: hourly(study, spec.trials, false, watch),
        })
    }

    /// The probability that a service is at least that bad.
    pub fn probability(
        &self,
        service: NodeId,
        during: During,
        status: Status,
    ) -> Result<Probability, String> {
        match during {
            During::Case(case) => self.cases.at_least(service, case, status),
            During::Horizon => {
                let outcome = self.horizon.as_ref().ok_or("the horizon was not played")?;
                over_horizon(outcome, service, status)
            }
        }
    }
}

/// The share of the horizon's hours in which a service is at least that bad.
pub(super) fn over_horizon(
    outcome: &HourlyOutcome,
    service: NodeId,
    status: Status,
) -> Result<Probability, String> {
    let found = outcome.services.iter().find(|s| s.id == service);
    let found = found.ok_or("the service was not simulated")?;
    let hours = match status {
        Status::Down => &found.hours_down,
        Status::Degraded => &found.hours_harmed,
        Status::AtRisk | Status::Ok => return Err("a horizon is asked for harm only".to_owned()),
    };
    let share = |hours: f64| (hours / outcome.hours as f64).clamp(0.0, 1.0);
    Ok(Probability {
        estimate: share(hours.estimate),
        low: share(hours.low),
        high: share(hours.high),
    })
}

/// Holds states against every hour of the horizon, with so many trials, if policies ask for that; `uses` tells who is
/// out in harm. `None` also where it was ended early or reliabilities make no sense: then policies that ask are not
/// judged.
pub(super) fn hourly(
    study: &Study<'_>,
    trials: u64,
    uses: bool,
    watch: &dyn Watch,
) -> Option<HourlyOutcome> {
    asks_for_horizon(study.scenario())
        .then(|| over_a_year(study, trials, uses, watch))
        .flatten()
}

/// Whether some policy asks for a probability.
pub(super) fn asks_for_chances(scenario: &Scenario) -> bool {
    let asks = |p: &Policy| !p.max_probability.is_empty() || !p.slo.is_empty();
    scenario.policies.iter().any(asks)
}

/// Whether some policy has targets that are held to the hours of a horizon.
pub(super) fn asks_for_horizon(scenario: &Scenario) -> bool {
    scenario.year.is_some() && scenario.policies.iter().any(|p| !p.slo.is_empty())
}

/// The same, whatever policies ask; `None` where no horizon says what a year is like.
pub(super) fn over_a_year(
    study: &Study<'_>,
    trials: u64,
    uses: bool,
    watch: &dyn Watch,
) -> Option<HourlyOutcome> {
    let scenario = study.scenario();
    let horizon = scenario.year.as_ref()?;
    let settings = HourlySettings {
        trials,
        seed: scenario.simulate.map_or(1, |s| s.seed),
        method: Method::Auto,
        hours: horizon.hours() as u64,
        demand: horizon.demand.clone(),
        uses,
    };
    let outcome = Hourly::new(study, settings).ok()?.run(watch);
    (!watch.stop()).then_some(outcome)
}
