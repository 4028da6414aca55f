//! The document of `explain`.

use super::{Finding, Head, Selection, ServiceState, Unplaced};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Result of `explain`: one service in one state, and what it needs.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Explain {
    /// Schema, tool, inputs, warnings.
    #[serde(flatten)]
    pub head: Head,
    /// Name of the load case.
    pub load_case: String,
    /// Name of the contingency that is in place.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub contingency: Option<String>,
    /// Ids of what has failed, sorted.
    pub down: Vec<String>,
    /// Capacity factors by id.
    pub derate: BTreeMap<String, f64>,
    /// Which elements may fail further, where the scenario leaves others out.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub selection: Option<Selection>,
    /// The service.
    pub service: ServiceState,
    /// The element whose failure would harm it next; `null` when none alone would, or when it is
    /// harmed already.
    pub next: Option<Finding>,
    /// The service and what it needs.
    pub tree: ExplainNode,
}

/// One node of the tree.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "marks of a row, each true or left out"
)]
pub struct ExplainNode {
    /// Its id.
    pub id: String,
    /// Its kind.
    pub kind: String,
    /// Whether it has failed itself.
    pub failed: bool,
    /// In which round it was lost to overload; absent if it was not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tripped: Option<u32>,
    /// Why it found no host to run on; absent if it runs, has failed or is no instance.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unplaced: Option<Unplaced>,
    /// Whether it works.
    pub works: bool,
    /// What it carries; `null` if `infinite`.
    pub load: Option<f64>,
    /// True if load comes back to it, or to what loads it, as one or more units for each.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub infinite: bool,
    /// Capacity after derating; `null` when unlimited.
    pub capacity: Option<f64>,
    /// What of the load is drawn whatever the demand; absent when nothing is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub constant: Option<f64>,
    /// `priority` when it serves better tiers first; absent when it serves all alike.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub serves: Option<String>,
    /// What the tier of the service asks of a node that serves better tiers first.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tier_load: Option<f64>,
    /// What better tiers ask of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub better_load: Option<f64>,
    /// Unit of load and capacity.
    pub unit: Option<String>,
    /// Load over capacity.
    pub utilization: Option<f64>,
    /// Fraction of its load that is served.
    pub delivered: f64,
    /// True if what it needs is shown where it stands first.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub repeated: bool,
    /// How many nodes it needs that are left out, for depth or size.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub cut: u64,
    /// What it needs.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub needs: Vec<ExplainGroup>,
}

/// Nodes that are needed together.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct ExplainGroup {
    /// `requirement`, `within`, `ends`, `path` or `runs-on`.
    pub relation: String,
    /// Name of the redundancy group, if it has one.
    pub group: Option<String>,
    /// How many of them must work.
    pub need: u64,
    /// How many there are.
    pub of: u64,
    /// How many work.
    pub working: u64,
    /// How the load divides; `null` where each carries all of it, or none does.
    pub split: Option<String>,
    /// The first of them, trouble first.
    pub members: Vec<ExplainNode>,
    /// How many are left out.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub hidden: u64,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference"
)]
fn is_zero(n: &u64) -> bool {
    *n == 0
}
