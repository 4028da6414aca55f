//! What `simulate` answers.

use super::{Estate, Head};
use crate::analysis::montecarlo;
pub use crate::analysis::montecarlo::{
    ConvergencePoint, Estimate, Precision, Range, SpreadOf as Spread, WindowChance,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What one event means to a service, with ids.
pub type Importance = montecarlo::Importance<String, String, Range>;
/// A contingency that was seen to harm, with ids.
pub type SeenContingency = montecarlo::SeenContingency<String>;
/// What is expected over a horizon, with ids.
pub type OverHorizon = montecarlo::HourlyOutcome<String, String>;
/// What is expected of one service over the horizon, with its id.
pub type ServiceHours = montecarlo::ServiceHours<String>;
/// Hours of harm that an event has a part in.
pub type HarmUse = montecarlo::HarmUse<String>;
/// Histories of failure and repair over a horizon, with ids.
pub type Sequential = montecarlo::SequentialOutcome<String, String>;
/// One service over the horizon, with its id.
pub type ServiceHistory = montecarlo::ServiceHistory<String>;

/// Result of `simulate`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct SimulateResult {
    /// Schema, tool, inputs, warnings.
    #[serde(flatten)]
    pub head: Head,
    /// The simulation.
    #[serde(flatten)]
    pub simulate: Simulate,
    /// The inventory, in brief.
    #[serde(default)]
    pub estate: Option<Estate>,
}

/// A simulation.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Simulate {
    /// Trials that were asked for.
    pub trials: u64,
    /// Trials that were done; 0 when everything is known exactly.
    pub trials_done: u64,
    /// Seed of the random numbers.
    pub seed: u64,
    /// Of how many elements a reliability is known: "exact" holds for these, all others never fail by
    /// chance.
    #[serde(default)]
    pub reliability: Reliability,
    /// Known outages, in every trial.
    pub down: Vec<String>,
    /// States with at most this many events were worked out exactly; `null` if none were.
    pub exact_order: Option<usize>,
    /// Probability of the states that trials are drawn from; 0 when everything is exact.
    pub drawn: f64,
    /// False when it was ended early; intervals then are as wide as the trials done allow.
    pub complete: bool,
    /// Why it is incomplete.
    pub reason: Option<String>,
    /// What became of a precision that was asked for.
    pub precision: Option<Precision>,
    /// Every service at every load case: by service id, then in the order of the cases.
    pub services: Vec<ServiceChance>,
    /// What is expected over a horizon, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub over_horizon: Option<OverHorizon>,
    /// Histories over a horizon, if they were asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sequential: Option<Sequential>,
}

/// Of how many components and links a reliability is known.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Reliability {
    /// Components and links with a reliability.
    pub known: u64,
    /// Components and links.
    pub elements: u64,
    /// The first over the second; `null` if there are none.
    pub share: Option<f64>,
}

/// One service at one load case.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct ServiceChance {
    /// Its id.
    pub id: String,
    /// Name of the load case.
    pub load_case: String,
    /// Demand at that case.
    pub demand: f64,
    /// Unit of the demand.
    pub unit: Option<String>,
    /// Probability of each status.
    pub probability: Probability,
    /// Expected unserved demand, in the unit of the demand.
    pub unserved: Estimate,
    /// Expected hours degraded or down.
    pub harm_hours: HarmHours,
    /// The minutes a year that its target leaves, and what is expected of them; `null` without a target, and
    /// where this load case says nothing of a year.
    #[serde(default)]
    pub slo: Option<Slo>,
    /// Why `slo` is `null` though the service has a target.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub slo_reason: Option<String>,
    /// What matters to being degraded or down, most first; what does not is not listed.
    pub importance: Vec<Importance>,
    /// Why nothing is listed there: the service is harmed in the base state already.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub importance_reason: Option<String>,
    /// How many events went with harm, listed or not.
    #[serde(default)]
    pub importance_count: u64,
    /// Being down by itself, worked out exactly.
    pub exact_down: ExactDown,
    /// The likeliest contingencies that were seen to leave it worse than the base state does, likeliest
    /// first: at most 20 are kept, the others are not counted.
    pub contingencies: Vec<SeenContingency>,
    /// Why none are named.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub contingencies_reason: Option<String>,
    /// The probability of harm as trials came in; empty when it is exact.
    pub convergence: Vec<ConvergencePoint>,
}

/// Being down, worked out exactly by decision diagrams, and what matters to it; or why not.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct ExactDown {
    /// Whether `probability.down` is exact.
    pub known: bool,
    /// Why it is not known exactly: the limit that was reached, or what stands in the way.
    pub reason: Option<String>,
    /// Nodes of the diagrams; `null` if it is not known exactly.
    pub nodes: Option<u64>,
    /// What it is at least, for certain, where the diagrams grew too large; `null` if that was not found.
    #[serde(default)]
    pub at_least: Option<f64>,
    /// What it is at most.
    #[serde(default)]
    pub at_most: Option<f64>,
    /// What matters to being down, most first.
    pub importance: Vec<Importance>,
}

/// Probability of each status.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Probability {
    /// Down.
    pub down: Estimate,
    /// Degraded, and not down.
    pub degraded: Estimate,
    /// At risk; `null` if it was not computed.
    pub at_risk: Option<Estimate>,
    /// Ok; `null` if it was not computed.
    pub ok: Option<Estimate>,
    /// Degraded or down.
    pub degraded_or_down: Estimate,
    /// Why `at_risk` and `ok` are `null`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
}

/// Expected hours degraded or down over a long time: of the horizon, or where there is none of the
/// first load case that is not marked `peak`. Other load cases do not last all year.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct HarmHours {
    /// In a quarter (2190 hours); `null` if this load case says nothing of it.
    pub per_quarter: Option<Range>,
    /// In a year (8760 hours); `null` likewise.
    pub per_year: Option<Range>,
    /// What the two rest on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub basis: Option<HoursBasis>,
    /// Why the two are `null`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
}

/// A target availability against what is expected, of a year of 8760 hours.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Slo {
    /// In percent.
    pub target: f64,
    /// Minutes degraded or down: the best guess.
    pub minutes: f64,
    /// Lower end of its interval.
    pub low: f64,
    /// Upper end of its interval.
    pub high: f64,
    /// Minutes that the target leaves.
    pub budget_minutes: f64,
    /// Who is out in how many of these minutes, most first. What is out together counts for each of it.
    pub used_by: Vec<SloUse>,
    /// Why that is not known, if it is not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub used_by_reason: Option<String>,
}

/// Minutes of harm that an event has a part in.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct SloUse {
    /// Ids of what is out when it happens.
    pub elements: Vec<String>,
    /// Name of the common-cause group, if it is one.
    pub common_cause: Option<String>,
    /// Minutes of a year.
    pub minutes: f64,
}

/// What hours of a year rest on.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum HoursBasis {
    /// The probability of harm at this load case, all year.
    LoadCase,
    /// Every hour of the horizon, against the states of one instant.
    Horizon,
    /// Histories over the horizon.
    Histories,
}
