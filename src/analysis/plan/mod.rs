//! The cheapest plan: what to restore, to grow, to add, to move and to shrink so that every policy holds.
//!
//! In: an estate, what is asked of it, the day of judgement, how often the estate may be assessed anew.
//! Out: changes, what they cost, and a bound that no plan can beat. Promises: what is said to hold was
//! swept and judged as `assess` does; the bound is proved, never above the cheapest plan; limits are
//! counts and not times, so that the same question has the same answer on any number of threads.
//!
//! # How it is found
//!
//! A *region* is a set of plans: all that make at least these repairs and additions, and grow capacities at
//! least as these rows ask. Its cheapest member is assessed. If it holds it is the cheapest plan of the
//! region. If not, each breach that is left gives a *conflict*: a list of alternatives of which every plan of
//! the region that holds must take one. Each alternative makes a smaller region. Regions are looked
//! at in the order of what they cost at least, so the first that holds is the cheapest, and until then the
//! cheapest region that is still open is the bound. Nothing here assumes that more is better: a region has
//! every plan above its least one, and a conflict names everything that can touch the breach.
//!
//! Before that two things are cheap. Breaches of the estate as it is that share no alternative add up to a bound
//! (`pack`, `cone`). And whole cures, taken breach by breach, lead to a plan in a few rounds (`climb`, `cure`): the
//! best of a large estate, of which no region is ever exhausted.
//!
//! Where a conflict cannot name all of it (a probability; capacities that weights follow further up; where
//! instances run), the bound stays at the cost of the region that it was found in.

mod breaches;
mod climb;
mod cone;
mod conflict;
mod cure;
mod dates;
mod found;
mod growth;
mod instances;
mod known;
mod minutes;
mod objective;
mod outcome;
mod pack;
mod price;
mod region;
mod relief;
mod runs;
mod search;
mod second_paths;
mod short;
mod sort;
mod state;
mod steps;
mod trips;
mod verify;
mod weighed;

pub use dates::date;
pub use minutes::{Harmed, PlanMinutes, minutes};
pub use objective::Objective;
pub use outcome::{NeededBy, Plan, PlanEnd, PlanOutcome, Refusal, Step};
pub use search::PlanOptions;
pub use sort::Sort;

use super::Watch;
use super::fix::{Altered, Change, FixContext};
use crate::model::System;

/// What plans of an estate are ranked by.
#[must_use]
pub fn objective(system: &System) -> Objective {
    price::Prices::of(system).objective
}

/// How often an assessment has the estate assessed anew for a plan: less often than [`plan`] where it is large.
#[must_use]
pub fn few_runs(context: FixContext<'_>) -> u64 {
    runs::few_runs(context)
}

/// Looks for the cheapest plan.
#[must_use]
pub fn plan(context: FixContext<'_>, options: &PlanOptions, watch: &dyn Watch) -> PlanOutcome {
    search::Search::new(context, options, watch).run()
}

/// Plans that do without a sort of change that the best plan has, the sort that they lack beside each: at most
/// two, taking from instances first, then buying members, laying paths, growing, moving, and repairs. Each may assess the
/// estate half as often as the plan. One that is better than the plan, of which nothing is proved then, takes its place.
#[must_use]
pub fn alternatives(
    context: FixContext<'_>,
    options: &PlanOptions,
    outcome: &mut PlanOutcome,
    watch: &dyn Watch,
) -> Vec<(Sort, PlanOutcome)> {
    let mut all = without_each(context, options, outcome, watch);
    while let Some(better) = best_of(context.system, outcome, &all) {
        outcome.lower_bound = outcome.lower_bound.min(better.0.cost);
        (outcome.plan, outcome.policies) = (Some(better.0), better.1);
        all = without_each(context, options, outcome, watch);
    }
    all
}

fn without_each(
    context: FixContext<'_>,
    options: &PlanOptions,
    outcome: &PlanOutcome,
    watch: &dyn Watch,
) -> Vec<(Sort, PlanOutcome)> {
    let steps = outcome.plan.iter().flat_map(|p| &p.steps);
    let used: Vec<Sort> = steps.map(|s| Sort::of(&s.change)).collect();
    let sorts = [
        Sort::Shrink,
        Sort::Add,
        Sort::Lay,
        Sort::Grow,
        Sort::Move,
        Sort::Restore,
    ];
    let half = PlanOptions {
        runs: Some((outcome.most_runs / 2).max(1)),
        ..*options
    };
    let mut all = Vec::new();
    for sort in sorts.into_iter().filter(|s| used.contains(s)).take(2) {
        if watch.stop() {
            break;
        }
        let search = search::Search::new(context, &half, watch);
        all.push((sort, search.without(sort).run()));
    }
    all
}

/// The best of some plans, and how policies stand with it, if it is better than the plan of an outcome.
fn best_of(
    system: &System,
    outcome: &PlanOutcome,
    all: &[(Sort, PlanOutcome)],
) -> Option<(Plan, Vec<Option<bool>>)> {
    let prices = price::Prices::of(system);
    let worth = |plan: &Plan| {
        let changes: Vec<Change> = plan.steps.iter().map(|s| s.change.clone()).collect();
        prices.worth(&changes)
    };
    let mut best: Option<&PlanOutcome> = None;
    for found in all.iter().map(|(_, found)| found) {
        let than = best.unwrap_or(outcome).plan.as_ref()?;
        if found
            .plan
            .as_ref()
            .is_some_and(|p| worth(p).is_less(&worth(than)))
        {
            best = Some(found);
        }
    }
    let best = best?;
    Some((best.plan.clone()?, best.policies.clone()))
}

/// The estate with the changes of a plan in place, as an inventory and the scenario that belongs to it;
/// `None` where they make no estate. New nodes come after all others.
#[must_use]
pub fn applied(context: FixContext<'_>, changes: &[Change]) -> Option<Altered> {
    context.alter_as_listed(changes)
}
