//! The document of `plan`.

use super::{Breach, Head, Laid, Moved, TakesLess};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Result of `plan`: the cheapest changes after which every policy holds.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Plan {
    /// Schema, tool, inputs, warnings.
    #[serde(flatten)]
    pub head: Head,
    /// The plan.
    #[serde(flatten)]
    pub plan: PlanResult,
}

/// A plan, or why there is none.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct PlanResult {
    /// What plans are ranked by.
    pub objective: PlanObjective,
    /// Breaches of all policies as things are. Those of probabilities and targets are counted only where there is
    /// no other: they are judged once all contingencies are survived.
    pub breaches: u64,
    /// What to do, in the order in which to do it; nothing where there is no plan or nothing to do.
    pub changes: Vec<PlanChange>,
    /// What the changes cost together; `null` where there is no plan. Without cost columns, how many changes
    /// there are: repairs count for nothing, each new member for one.
    pub cost: Option<f64>,
    /// No plan costs less: proved. Where there is none, what one would cost at least.
    pub lower_bound: f64,
    /// `cost` − `lower_bound`; `null` where there is no plan.
    pub gap: Option<f64>,
    /// Whether the plan was proved to be the cheapest, or it was proved that there is none.
    pub proved: bool,
    /// Why it was not proved.
    pub reason: Option<String>,
    /// Whether every policy holds after the changes, as swept and judged.
    pub holds: bool,
    /// Every policy as judged after them; as things are, where there is no plan.
    pub policies: Vec<PlanPolicy>,
    /// The policy and the breach that nothing for sale takes away; `null` unless it was proved that there is no
    /// plan.
    pub refusal: Option<PlanRefusal>,
    /// Of each service that has a target, the minutes that the plan gives back; empty without targets, a
    /// `[simulate]` and a load case that is not a peak, and where a plan has more than 24 steps.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub minutes: Vec<PlanMinutes>,
    /// Plans that do without a sort of change that this one has: at most two. `null` where they were not looked
    /// for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub alternatives: Option<Vec<PlanAlternative>>,
    /// How often the estate was assessed anew.
    pub runs: u64,
    /// At most so often.
    pub most_runs: u64,
}

/// Expected minutes of a year in which a service that has a target is degraded or down, at a load case that is
/// taken to last all year, or over the horizon.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct PlanMinutes {
    /// Id of the service.
    pub service: String,
    /// The load case: the first that is not a peak; `null` where a year is like the horizon.
    pub load_case: Option<String>,
    /// Its target availability, in percent.
    pub target: f64,
    /// The minutes that the target leaves.
    pub budget: f64,
    /// Minutes in which it is degraded or down, as things are.
    pub before: f64,
    /// Those of them in which it is down.
    pub down_before: f64,
    /// Minutes in which it is degraded or down, with the plan in place.
    pub after: f64,
    /// Those of them in which it is down.
    pub down_after: f64,
    /// What each step gives back of `before`, in the order of the changes; negative where one takes more.
    pub given_back: Vec<f64>,
}

/// A plan that does without a sort of change, or why there is none.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct PlanAlternative {
    /// The sort that it lacks.
    pub without: PlanKind,
    /// What to do, in the order in which to do it; nothing where there is no such plan.
    pub changes: Vec<PlanChange>,
    /// What the changes cost together; `null` where there is no such plan.
    pub cost: Option<f64>,
    /// No such plan costs less: proved.
    pub lower_bound: f64,
    /// Whether it was proved to be the cheapest of its sort, or that there is none.
    pub proved: bool,
    /// Why it was not proved.
    pub reason: Option<String>,
    /// How often the estate was assessed anew for it.
    pub runs: u64,
}

/// What plans are ranked by.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum PlanObjective {
    /// The cost columns; then the fewest changes.
    Cost,
    /// There are no costs: the fewest changes, then the least capacity.
    Changes,
}

/// Sorts of changes.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum PlanKind {
    /// Repair a known outage, or end a derating.
    Restore,
    /// More capacity for a component or link.
    Grow,
    /// More components or links like one that is there.
    Add,
    /// An instance runs on another host from now on.
    Move,
    /// An instance takes less of its host.
    Shrink,
    /// A second path: links from one place to another beside a single way.
    Lay,
}

impl PlanKind {
    /// The word users read.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Restore => "restore",
            Self::Grow => "grow",
            Self::Add => "add",
            Self::Move => "move",
            Self::Shrink => "shrink",
            Self::Lay => "lay",
        }
    }
}

/// One change.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct PlanChange {
    /// What sort of change.
    pub kind: PlanKind,
    /// Id of what is repaired or grown, of what the new ones are like, of the instance that moves or takes less, of
    /// where a second path begins.
    pub component: String,
    /// Units of capacity, how many new ones, or how much less an instance takes; `null` for a repair and a move.
    pub amount: Option<f64>,
    /// Unit of the capacity.
    pub unit: Option<String>,
    /// Capacity now, before derating, where that is grown.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub capacity: Option<f64>,
    /// Capacity with the change.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub new_capacity: Option<f64>,
    /// Domains that the new ones must not sit within, though the one that they are like does.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub outside: Vec<String>,
    /// Of a second path: where it runs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub laid: Option<Laid>,
    /// Of a move: from where to where.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub moved: Option<Moved>,
    /// Of an instance that takes less: of what, and how much.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub takes: Option<TakesLess>,
    /// What it costs.
    pub cost: f64,
    /// Breaches of all policies that are left after it and those before, counted as
    /// [`breaches`](PlanResult::breaches) are; `null` if that was not looked at.
    pub breaches_left: Option<u64>,
    /// By when it is needed: the start of the first hour of the horizon in which, with all other changes in
    /// place, a policy that asks for survival would break without it, with nothing more failed or after a
    /// single further failure. `null` with a reason; neither where there is no horizon.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub needed_by: Option<String>,
    /// Why it has no date.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub needed_by_reason: Option<String>,
}

/// One policy.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct PlanPolicy {
    /// Its name.
    pub name: String,
    /// Whether it holds; `null` if it was not judged.
    pub holds: Option<bool>,
}

/// Why there is no plan.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct PlanRefusal {
    /// Name of the policy.
    pub policy: String,
    /// The breach that nothing takes away.
    pub breach: Breach,
}
