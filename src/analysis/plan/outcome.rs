//! What a search for a plan finds: the plan, step by step, a bound that no plan can beat, and why it ended.

use super::objective::Objective;
use crate::analysis::fix::Change;
use crate::analysis::policy::PolicyBreach;

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
    /// Breaches of all policies as things are; those of probabilities and targets only where there is no other.
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

    /// Whether it is proved that no plan costs less, or that there is none.
    #[must_use]
    pub fn is_proved(&self) -> bool {
        self.end == PlanEnd::Proved || self.gap().is_some_and(|gap| gap <= 0.0)
    }
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

/// A plan after which every policy holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// In the order in which to do them: each is the one that leaves least.
    pub steps: Vec<Step>,
    /// What they cost together.
    pub cost: f64,
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
