//! By when each step of a plan is needed. In: a plan, every hour of a horizon. Out: per step the first hour in
//! which a policy would break without it. Promises: judged hour by hour as works are, with all other steps
//! in place.

use super::outcome::{NeededBy, PlanOutcome};
use crate::analysis::fix::{Change, FixContext};
use crate::analysis::maintenance::first_breach;
use crate::analysis::{Study, Watch};
use crate::model::Horizon;

/// Steps that are dated.
const MOST_DATED: usize = 40;

/// Says of every step of a plan by when it is needed: the first hour of the horizon in which, with all other
/// steps in place, some policy that asks for survival would break, with nothing more failed or after a single
/// further failure.
pub fn date(
    context: FixContext<'_>,
    outcome: &mut PlanOutcome,
    horizon: &Horizon,
    watch: &dyn Watch,
) {
    let Some(plan) = &mut outcome.plan else {
        return;
    };
    let changes: Vec<Change> = plan.steps.iter().map(|s| s.change.clone()).collect();
    let mut policies = context.scenario.policies.iter();
    let asks = policies.any(|p| p.survives.is_some());
    for (at, step) in plan.steps.iter_mut().enumerate() {
        if !asks || at >= MOST_DATED || watch.stop() {
            continue;
        }
        let mut others = changes.clone();
        others.remove(at);
        let Some(altered) = context.alter_as_listed(&others) else {
            continue;
        };
        let study = Study::new(&altered.system, &altered.scenario);
        step.needed_by = first_breach(&study, horizon, watch).map(|hour| match hour {
            Some(hour) => NeededBy::Hour(hour),
            None => NeededBy::Never,
        });
    }
}
