//! The document of `check`.

use super::{ColdStart, Head, NamedSummary};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Result of `check`: what was read, what is covered, what is assumed.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Check {
    /// Schema, tool, inputs, warnings.
    #[serde(flatten)]
    pub head: Head,
    /// False if there is a fault; everything below is then absent or empty.
    pub valid: bool,
    /// Every fault, in the order of the files.
    pub faults: Vec<Fault>,
    /// What the inventory holds; `null` if it could not be read.
    pub inventory: Option<Inventory>,
}

/// One fault with its place.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Fault {
    /// What is wrong.
    pub message: String,
    /// The file, if the fault stands in one.
    pub path: Option<String>,
    /// Line, 1-based.
    pub line: Option<u64>,
    /// Column in characters, 1-based.
    pub column: Option<u64>,
    /// The whole fault in one line, with what to write instead.
    pub text: String,
}

/// What an inventory (and scenario) holds.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Inventory {
    /// Name of the estate; may be empty.
    pub name: String,
    /// Components and links by kind.
    pub kinds: BTreeMap<String, u64>,
    /// How many components.
    pub components: u64,
    /// How many links.
    pub links: u64,
    /// How many flows.
    pub flows: u64,
    /// How many services.
    pub services: u64,
    /// How many requirements.
    pub requirements: u64,
    /// Requirements over more than one provider.
    pub groups: u64,
    /// Of those, how many can lose a provider and still be met.
    pub redundant_groups: u64,
    /// Dependencies inside a cycle; those that leave `load` blank carry none.
    pub cycle_dependencies: u64,
    /// Groups of common causes.
    pub common_cause_groups: u64,
    /// How many components and links the sweep fails, of all that can fail.
    pub elements: u64,
    /// Known outages.
    pub down: Vec<String>,
    /// Every load case.
    pub load_cases: Vec<CaseSummary>,
    /// Every named contingency.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub contingencies: Vec<NamedSummary>,
    /// What works in the base state and could not be started if everything had stopped.
    #[serde(flatten)]
    pub cold_start: ColdStart,
    /// How many policies.
    pub policies: u64,
    /// How many waivers.
    pub waivers: u64,
    /// Every default that was used, most used first.
    pub assumptions: Vec<Assumption>,
    /// What share of all that could say something does.
    #[serde(default)]
    pub covered: Vec<Covered>,
    /// What would be most worth to fill in next, the first what bears on most services; at most three.
    #[serde(default)]
    pub next: Vec<FillIn>,
    /// What is left open, one entry per question; entries without ids are left out.
    pub open: Vec<Open>,
}

/// How many of all that could say something do.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Covered {
    /// What they say: `demand` and `owner` of services; `capacity`, `reliability` and `domain` of components
    /// and links.
    pub what: String,
    /// How many say it.
    pub covered: u64,
    /// Of how many.
    pub of: u64,
}

/// Something to fill in.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct FillIn {
    /// Of what: `demand`, `capacity`, `reliability`, `domain` or `owner`.
    pub what: String,
    /// Of which kind of things.
    pub kind: String,
    /// How many of them do not say it.
    pub count: u64,
    /// How many services rest on at least one of those.
    pub services: u64,
    /// The lines of an overlay to start from; its figures are left open.
    pub overlay: String,
}

/// One load case.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct CaseSummary {
    /// Its name.
    pub name: String,
    /// Marked as peak.
    pub peak: bool,
    /// Sum of all demand, over all units.
    pub demand: f64,
}

/// A default that was used.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Assumption {
    /// What was assumed.
    pub what: String,
    /// Where the default comes from.
    pub source: String,
    /// How many nodes rest on it.
    pub count: u64,
}

/// Something the inventory does not say.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Open {
    /// Short name, for programs: `without_capacity`, `without_reliability`, `single_member_group`,
    /// `unused`, `unlimited_service`, `without_demand`.
    pub what: String,
    /// What that means for the results.
    pub meaning: String,
    /// For whom: ids, sorted.
    pub ids: Vec<String>,
}
