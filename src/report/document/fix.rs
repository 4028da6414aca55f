//! What would fix it: the changes that take breaches of policies away.

use super::{Moved, TakesLess};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What was found, and how far the search went.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct FixSearch {
    /// False when a limit ended the search: there may then be more or better fixes.
    pub complete: bool,
    /// Why it is not complete.
    pub reason: Option<String>,
    /// How many times the estate was assessed anew with a change in place.
    pub runs: u64,
    /// At most so many.
    pub most_runs: u64,
    /// How many single states were evaluated on the way.
    pub states: u64,
    /// At most so many.
    #[serde(default)]
    pub most_states: u64,
    /// Policies with breaches that nothing was found to hold: what was tried, why it ended.
    pub unfixed: Vec<Unfixed>,
}

/// A breached policy that no change was found to hold.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct Unfixed {
    /// Name of the policy.
    pub policy: String,
    /// What was tried and why the search ended, in words.
    pub reason: String,
    /// How many sets of changes were assessed for it.
    #[serde(default)]
    pub tried: u64,
    /// Whether its contingencies breach nothing with every known outage repaired and every derating
    /// ended at once; `null` if that was not tried, or there is none.
    #[serde(default)]
    pub all_repaired_holds: Option<bool>,
    /// Whether its contingencies breach nothing with capacity without limit on everything that is
    /// there: if not, no added capacity holds it. `null` if that was not tried.
    #[serde(default)]
    pub unlimited_capacity_holds: Option<bool>,
    /// Whether a limit ended the search for it; false when nothing was left to try.
    #[serde(default)]
    pub ended_early: bool,
}

/// A change, or several together, and what it does. Every figure is from assessing the estate anew
/// with the change in place. A breach is the same before and after only if policy, service, load
/// case, elements and status are the same.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Fix {
    /// Name of the policy whose breaches are counted; `null` for the ranking of repairs, which
    /// counts the breaches of all policies.
    pub policy: Option<String>,
    /// What sort of change; `combination` when the steps are of several sorts.
    pub kind: FixKind,
    /// Position in the ranking of repairs, from 1; `null` outside of it.
    pub rank: Option<u64>,
    /// Id of what is changed, when there is one step: the outage to repair, the component to
    /// enlarge, the component that the new one is like, the instance.
    pub element: Option<String>,
    /// Name of the redundancy group that gets the new member, when there is one step and the group
    /// has a name.
    pub group: Option<String>,
    /// When there is one step: units of capacity to add, how many members, or how much less is taken.
    pub amount: Option<f64>,
    /// Unit of `amount`, if the inventory names one; members have none.
    pub unit: Option<String>,
    /// The steps; all of them are needed.
    pub steps: Vec<FixStep>,
    /// The fix in words.
    pub text: String,
    /// How many breaches it removes.
    pub removes: u64,
    /// Of how many.
    pub of: u64,
    /// How many breaches are left: `of` − `removes` + `new_breaches`.
    pub remaining: u64,
    /// Breaches of the same policy that were none before (`policy` is `null`: of any policy).
    pub new_breaches: u64,
    /// Breaches of other policies that were none before.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub new_elsewhere: Vec<NewElsewhere>,
    /// Whether the policy then holds in everything that it asks for (`policy` is `null`: whether
    /// every policy does).
    pub holds: bool,
    /// Why it cannot be said to hold although no breach is left.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub undecided: Option<String>,
    /// Always true: the estate was assessed anew with the change in place.
    pub verified: bool,
    /// For a repair, the time by which it must be done, when the scenario has a horizon.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub restore_by: Option<String>,
}

/// Breaches that a change causes in another policy.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct NewElsewhere {
    /// Name of the other policy.
    pub policy: String,
    /// How many of its breaches were none before.
    pub breaches: u64,
}

/// Sorts of changes.
#[derive(
    Clone, Copy, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq, PartialOrd, Ord,
)]
#[serde(rename_all = "kebab-case")]
pub enum FixKind {
    /// Repair a known outage, or end a derating.
    Restore,
    /// Add capacity to a component or link.
    AddCapacity,
    /// Add one more component or link like another one.
    AddMember,
    /// An instance runs on another host from now on.
    Move,
    /// An instance takes less of its host.
    Shrink,
    /// Lay a second path beside a single way.
    Lay,
    /// Several sorts together.
    Combination,
}

impl FixKind {
    /// The word users read.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Restore => "restore",
            Self::AddCapacity => "add-capacity",
            Self::AddMember => "add-member",
            Self::Move => "move",
            Self::Shrink => "shrink",
            Self::Lay => "lay",
            Self::Combination => "combination",
        }
    }
}

/// One change to the inventory or to the known outages.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct FixStep {
    /// What sort of change.
    pub kind: FixKind,
    /// Id of what is repaired or enlarged, of what the new component is like, of the instance that moves or
    /// takes less, of where a second path begins.
    pub element: String,
    /// Units of capacity to add, rounded up to three digits, how many members, or how much less an
    /// instance takes; `null` for a repair and a move.
    pub amount: Option<f64>,
    /// Unit of the capacity.
    pub unit: Option<String>,
    /// Capacity now, before derating.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub capacity: Option<f64>,
    /// Capacity with the change.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub new_capacity: Option<f64>,
    /// What a link then carries from b to a, where that is a number of its own.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub new_capacity_back: Option<f64>,
    /// Requirements that the new component joins: wherever the one it is like stands. Its own
    /// requirements, links and labels are those of the one it is like.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub joins: Vec<Join>,
    /// Domains that the new component must not sit within, though the one it is like does.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub outside: Vec<String>,
    /// Of a move: from where to where.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub moved: Option<Moved>,
    /// Of an instance that takes less: of what, and how much.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub takes: Option<TakesLess>,
    /// Of a second path: where it runs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub laid: Option<Laid>,
}

/// A second path: links from one place to another past all that stands between them.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct Laid {
    /// Id of the component where it begins.
    pub from: String,
    /// Id of the component where it ends.
    pub to: String,
    /// Ids of the links that it runs beside, from its beginning to its end. It carries what the least of them
    /// carries, is as long as all of them, needs what they need, and is within none of their domains.
    pub beside: Vec<String>,
}

/// A requirement that gets a new provider.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct Join {
    /// Id of the consumer.
    pub consumer: String,
    /// Name of the group, if it has one.
    pub group: Option<String>,
    /// How many of the providers must work: as now, or 1 where a lone provider becomes one of an
    /// active/passive pair.
    pub need: u32,
    /// Whether a provider that was needed by itself becomes a group (split `standby`).
    pub becomes_group: bool,
}
