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
mod growth;
mod instances;
mod minutes;
mod pack;
mod price;
mod region;
mod relief;
mod search;
mod second_paths;
mod short;
mod steps;
mod trips;
mod verify;

pub use dates::date;
pub use minutes::{Harmed, PlanMinutes, minutes};

use super::Watch;
use super::fix::{Altered, Change, FixContext};
use super::policy::PolicyBreach;
use crate::model::System;
use jiff::civil::Date;

/// How far to search.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlanOptions {
    /// The day on which waivers must be valid.
    pub as_of: Date,
    /// How often the estate may be assessed anew, at most; `None` leaves it to the size of the estate.
    pub runs: Option<u64>,
}

/// What plans are ranked by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Objective {
    /// What the cost columns say; what has none there is not for sale. Then fewest changes.
    Cost,
    /// Without cost columns: fewest changes, then least capacity. A repair counts for nothing.
    Changes,
}

/// What plans of an estate are ranked by.
#[must_use]
pub fn objective(system: &System) -> Objective {
    price::Prices::of(system).objective
}

/// One change of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What is done.
    pub change: Change,
    /// What it costs.
    pub cost: f64,
    /// Breaches of all policies that are left after it and all before it; `None` if that was not looked at.
    pub breaches_left: Option<u64>,
    /// By when it is needed; `None` if that was not looked at.
    pub needed_by: Option<NeededBy>,
}

/// By when a step is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NeededBy {
    /// In this hour of the horizon some policy would break without it.
    Hour(u32),
    /// In no hour of the horizon.
    Never,
}

/// A sort of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Outages are repaired, deratings end.
    Restore,
    /// Capacities grow.
    Grow,
    /// Members are added.
    Add,
    /// Instances run on other hosts.
    Move,
    /// Instances take less.
    Shrink,
    /// Second paths are laid.
    Lay,
}

impl Sort {
    /// Of a change.
    #[must_use]
    pub fn of(change: &Change) -> Self {
        match change {
            Change::Restore(_) => Self::Restore,
            Change::AddCapacity(..) => Self::Grow,
            Change::AddMember(_) => Self::Add,
            Change::Move(..) => Self::Move,
            Change::Shrink(_) => Self::Shrink,
            Change::Lay(_) => Self::Lay,
        }
    }
}

/// A plan after which every policy holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// In the order in which to do them: each is the one that leaves least.
    pub steps: Vec<Step>,
    /// What they cost together.
    pub cost: f64,
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// Index of the policy.
    pub policy: usize,
    /// The breach that nothing which may be done takes away.
    pub breach: PolicyBreach,
    /// What else is done in the plan that it refuses: nothing, or all that is left to try.
    pub with: Vec<Change>,
}

/// Why a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanEnd {
    /// The cheapest plan was found, or it was proved that there is none.
    Proved,
    /// Nothing is left to try, but something that may help could not be named.
    Exhausted,
    /// The estate was assessed as often as it may be.
    Runs,
    /// The watcher ended it.
    Interrupted,
    /// The policies could not be judged: too little memory, or settings that make no sense.
    Unjudged,
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanOutcome {
    /// What plans are ranked by.
    pub objective: Objective,
    /// The best plan found.
    pub plan: Option<Plan>,
    /// No plan costs less. Without a plan, what one would cost at least.
    pub lower_bound: f64,
    /// Why the search ended.
    pub end: PlanEnd,
    /// Who says that there is no plan, if it was proved.
    pub refusal: Option<Refusal>,
    /// Breaches of all policies as things are.
    pub breaches: u64,
    /// Whether each policy holds with the plan; as things are if there is none.
    pub policies: Vec<Option<bool>>,
    /// Why a policy cannot be judged, if that is so.
    pub undecided: Option<String>,
    /// How often the estate was assessed anew.
    pub runs: u64,
    /// At most so often.
    pub most_runs: u64,
}

impl PlanOutcome {
    /// How far the plan may be from the cheapest one; 0 when it is proved to be that.
    #[must_use]
    pub fn gap(&self) -> Option<f64> {
        let plan = self.plan.as_ref()?;
        Some((plan.cost - self.lower_bound).max(0.0))
    }
}

/// How often an assessment has the estate assessed anew for a plan: less often than [`plan`] where it is large.
#[must_use]
pub fn few_runs(context: FixContext<'_>) -> u64 {
    search::few_runs(context)
}

/// Looks for the cheapest plan.
#[must_use]
pub fn plan(context: FixContext<'_>, options: &PlanOptions, watch: &dyn Watch) -> PlanOutcome {
    search::Search::new(context, options, watch).run()
}

/// Plans that do without a sort of change that the best plan has, the sort that they lack beside each: at most
/// two, taking from instances first, then buying members, laying paths, growing, moving, and repairs. Each may assess the estate half as often as the plan.
#[must_use]
pub fn alternatives(
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

/// The estate with the changes of a plan in place, as an inventory and the scenario that belongs to it;
/// `None` where they make no estate. New nodes come after all others.
#[must_use]
pub fn applied(context: FixContext<'_>, changes: &[Change]) -> Option<Altered> {
    context.alter_as_listed(changes)
}
