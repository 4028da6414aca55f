//! Policies, judged: whether each holds, what breaches it, and which breaches somebody has accepted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A contingency that a policy does not allow, with ids and names.
pub type Breach = crate::analysis::PolicyBreach<String, String, String>;

/// One policy, judged.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct PolicyResult {
    /// Its name.
    pub name: String,
    /// Ids of the services it is for, sorted.
    #[serde(default)]
    pub services: Vec<String>,
    /// Names of the load cases it is for.
    #[serde(default)]
    pub load_cases: Vec<String>,
    /// Whether it holds; `null` when that could not be computed.
    pub holds: Option<bool>,
    /// Why `holds` is `null`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// Breaches that no valid waiver covers.
    pub breaches: Vec<Breach>,
    /// Breaches that a valid waiver covers.
    pub waived: Vec<Waived>,
    /// Waivers of this policy that have lapsed.
    pub lapsed: Vec<LapsedWaiver>,
}

/// A breach that somebody has accepted.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Waived {
    /// The breach.
    #[serde(flatten)]
    pub breach: Breach,
    /// Why it was accepted.
    pub reason: String,
    /// By whom.
    pub owner: String,
    /// The last day the waiver holds.
    pub expires: String,
}

/// A waiver that no longer counts.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct LapsedWaiver {
    /// Why it was accepted.
    pub reason: String,
    /// By whom.
    pub owner: String,
    /// As written.
    pub expires: String,
    /// Why it counts for nothing: `expired`, `no owner` …
    pub why: String,
}
