//! What a plan gives back in minutes. In: a plan, targets of services. Out: the minutes of a year in which each
//! of these services is expected to be degraded or down, as things are and after every step. Promises: as
//! `simulate` has them of the same estate, exact where that is; over the horizon, or else at the first load case
//! that is not a peak.

use super::outcome::PlanOutcome;
use crate::analysis::asked::{over_a_year, over_horizon};
use crate::analysis::fix::{Change, FixContext};
use crate::analysis::montecarlo::{Settings, YEAR};
use crate::analysis::outcome::Quiet;
use crate::analysis::policy::{Probability, lasting};
use crate::analysis::{Study, Watch};
use crate::model::{CaseId, NodeId, Status};

/// Steps after which minutes are worked out.
const MOST_COUNTED: usize = 24;

/// Minutes of harm of services with a target.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanMinutes {
    /// The load case that is taken to last all year; `None` where a year is like the horizon.
    pub case: Option<CaseId>,
    /// As things are, then after each step: one for each service that has a target, by id.
    pub after: Vec<Vec<Harmed>>,
}

/// One service in one state of a plan.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Harmed {
    /// The service.
    pub service: NodeId,
    /// Expected minutes of a year in which it is degraded or down.
    pub harmed: f64,
    /// Those of them in which it is down.
    pub down: f64,
}

/// The minutes of every service that has a target, before a plan and after each of its steps. `None` without a
/// target, a `[simulate]`, a plan, or a load case that may last all year; or when stopped; or where the plan has too
/// many steps.
#[must_use]
pub fn minutes(
    context: FixContext<'_>,
    outcome: &PlanOutcome,
    watch: &dyn Watch,
) -> Option<PlanMinutes> {
    let (system, scenario) = (context.system, context.scenario);
    let spec = scenario.simulate?;
    let steps = &outcome.plan.as_ref()?.steps;
    let services = system.services().iter().copied();
    let services: Vec<NodeId> = services.filter(|&s| system.target(s).is_some()).collect();
    let case = match &scenario.year {
        Some(_) => None,
        None => Some(lasting(scenario)?),
    };
    if services.is_empty() || steps.is_empty() || steps.len() > MOST_COUNTED {
        return None;
    }
    let changes: Vec<Change> = steps.iter().map(|s| s.change.clone()).collect();
    let after = (0..=changes.len()).map(|done| {
        let altered = context.alter_as_listed(&changes[..done])?;
        let study = Study::new(&altered.system, &altered.scenario);
        let settings = Settings {
            at_risk: false,
            ..Settings::new(spec.trials, spec.seed)
        };
        let watch = Quiet(watch);
        let chance: Box<dyn Fn(NodeId, Status) -> Result<Probability, String>> =
            if let Some(case) = case {
                let found = study.simulate(settings, &watch).ok()?;
                Box::new(move |service, status| found.at_least(service, case, status))
            } else {
                let found = over_a_year(&study, spec.trials, false, &watch)?;
                Box::new(move |service, status| over_horizon(&found, service, status))
            };
        if watch.stop() {
            return None;
        }
        let of = |&service: &NodeId| {
            let minutes = |status| {
                let chance = chance(service, status).ok()?;
                Some(chance.estimate * YEAR * 60.0)
            };
            Some(Harmed {
                service,
                harmed: minutes(Status::Degraded)?,
                down: minutes(Status::Down)?,
            })
        };
        services.iter().map(of).collect()
    });
    Some(PlanMinutes {
        case,
        after: after.collect::<Option<_>>()?,
    })
}
