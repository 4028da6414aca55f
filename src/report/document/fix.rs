//! What would fix it: the changes that take breaches of policies away.

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
    /// Policies with breaches that no fix was found for, and why.
    pub unfixed: Vec<Unfixed>,
}

/// A breached policy without a fix.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct Unfixed {
    /// Name of the policy.
    pub policy: String,
    /// Why nothing was found.
    pub reason: String,
}

/// A change, or several together, and what it does. Every figure is from assessing the estate anew
/// with the change in place.
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
    /// enlarge, the component that the new one is like.
    pub element: Option<String>,
    /// Name of the redundancy group that gets the new member, when there is one step and the group
    /// has a name.
    pub group: Option<String>,
    /// When there is one step: units of capacity to add, or how many members.
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
    /// How many breaches are left.
    pub remaining: u64,
    /// Breaches that were none before, of any policy.
    pub new_breaches: u64,
    /// Whether no breach of the policy is left of the sort that is counted: by contingencies, or by
    /// probabilities (`policy` is `null`: whether none is left of any policy).
    pub holds: bool,
    /// Always true: the estate was assessed anew with the change in place.
    pub verified: bool,
    /// For a repair, the time by which it must be done, when the scenario has a horizon.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub restore_by: Option<String>,
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
            Self::Combination => "combination",
        }
    }
}

/// One change to the inventory or to the known outages.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct FixStep {
    /// What sort of change.
    pub kind: FixKind,
    /// Id of what is repaired or enlarged, or of what the new component is like.
    pub element: String,
    /// Units of capacity to add, rounded up to three digits, or how many members; `null` for a
    /// repair.
    pub amount: Option<f64>,
    /// Unit of the capacity.
    pub unit: Option<String>,
    /// Capacity now, before derating.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub capacity: Option<f64>,
    /// Capacity with the change.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub new_capacity: Option<f64>,
    /// Requirements that the new component joins: wherever the one it is like stands. Its own
    /// requirements, links and labels are those of the one it is like.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub joins: Vec<Join>,
    /// Domains that the new component must not sit within, though the one it is like does.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub outside: Vec<String>,
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
