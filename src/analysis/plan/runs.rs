//! How often a search for a plan may assess the estate anew. In: an estate, what is asked of it. Out: a count, the
//! smaller the more one assessment takes.

use crate::analysis::asked::asks_for_chances;
use crate::analysis::fix::FixContext;

/// An estate of more nodes is large, and may be assessed once more for each so many of them.
const LARGE: u64 = 2_000;
const LARGE_PLANS: u64 = 16;
/// Runs, where instances are placed.
const MOST_PLACED: u64 = 600;

/// How often an estate may be assessed anew: the larger it is, the less often; but each change of a plan may be left
/// out once, and a large estate has large plans.
pub(super) fn default_runs(context: FixContext<'_>) -> u64 {
    let nodes = context.system.nodes().len() as u64;
    let more = if nodes > LARGE {
        nodes / LARGE_PLANS
    } else {
        0
    };
    few_runs(context) + more
}

/// The same without what large plans take.
pub(super) fn few_runs(context: FixContext<'_>) -> u64 {
    let scenario = context.scenario;
    let elements = scenario.sweep.elements.len().max(1) as u64;
    let order = crate::analysis::policy::asked_order(scenario);
    let states = (1..u64::from(order)).fold(elements, |n, _| n.saturating_mul(elements / 2 + 1));
    let cases = scenario.cases.len() as u64;
    let nodes = context.system.nodes().len().max(1) as u64;
    let cost = states.saturating_mul(cases).saturating_mul(nodes);
    let mut runs = (2_000_000_000 / cost.max(1)).clamp(60, 3_000);
    if !context.system.placements().is_empty() {
        // What would help is tried state by state: each run says much more.
        runs = runs.min(MOST_PLACED);
    }
    if let Some(simulate) = scenario.simulate.filter(|_| asks_for_chances(scenario)) {
        let trials = simulate.trials.saturating_mul(nodes).max(1);
        runs = runs.min((20_000_000_000 / trials).max(20));
    }
    runs
}
