//! What `simulate` answers.

use super::{Estate, Head};
use crate::model::Status;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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

/// A precision that was asked for.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Precision {
    /// Half the interval over the estimate of the probability of harm, at most.
    pub asked: f64,
    /// Whether every service at every load case is that precise.
    pub reached: bool,
    /// The widest of them; `null` when harm was never seen for one.
    pub widest: Option<f64>,
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

/// A number with its 95 % interval and its method.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Estimate {
    /// The best guess.
    pub estimate: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// How it was computed.
    pub method: String,
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

/// A number with its 95 % interval; `null` where it has no finite value.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Range {
    /// The best guess.
    pub estimate: Option<f64>,
    /// Lower end of the interval.
    pub low: Option<f64>,
    /// Upper end of the interval.
    pub high: Option<f64>,
}

/// What one event means to a service.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Importance {
    /// Ids of what is out when it happens.
    pub elements: Vec<String>,
    /// Name of the common-cause group, if it is one.
    pub common_cause: Option<String>,
    /// Its probability.
    pub unavailability: f64,
    /// Share of the harm in which it happened.
    pub contribution: Range,
    /// P(harm | out) − P(harm | up).
    pub birnbaum: Range,
    /// 1 − P(harm | up) / P(harm).
    pub fussell_vesely: Range,
    /// Risk achievement worth, P(harm | out) / P(harm).
    pub raw: Range,
    /// Risk reduction worth, P(harm) / P(harm | up); `null` is infinite: there is no harm without
    /// it.
    pub rrw: Range,
}

/// A contingency that was seen to harm.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct SeenContingency {
    /// Ids, sorted.
    pub elements: Vec<String>,
    /// Probability that exactly these are out.
    pub probability: f64,
    /// What it does.
    pub status: Status,
}

/// The probability of harm after some trials.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct ConvergencePoint {
    /// Trials so far.
    pub trials: u64,
    /// The best guess.
    pub estimate: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

/// What is expected over a horizon: states at one instant held against the load of every hour.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct OverHorizon {
    /// Length of the horizon, hours.
    pub hours: u64,
    /// States that were asked for.
    pub trials: u64,
    /// States that were drawn; 0 when everything is known exactly.
    pub trials_done: u64,
    /// States with at most this many events were worked out exactly; `null` if none were.
    pub exact_order: Option<usize>,
    /// Probability of the states that were drawn from.
    pub drawn: f64,
    /// False when it was ended early.
    pub complete: bool,
    /// Why it is incomplete.
    pub reason: Option<String>,
    /// Every service, by id.
    pub services: Vec<ServiceHours>,
}

/// What is expected of one service over the horizon.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct ServiceHours {
    /// Its id.
    pub id: String,
    /// Hours down.
    pub hours_down: Estimate,
    /// Hours degraded (and not down).
    pub hours_degraded: Estimate,
    /// Hours degraded or down.
    pub hours_harmed: Estimate,
    /// Hours degraded or down in a year (8760 hours) like it.
    pub hours_per_year: Estimate,
    /// Unserved demand, unit times hours.
    pub unserved: Estimate,
}

/// Histories of failure and repair over a horizon.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Sequential {
    /// Length of the horizon, hours.
    pub hours: u64,
    /// Histories that were asked for.
    pub trials: u64,
    /// Histories that were done.
    pub trials_done: u64,
    /// Histories of these in which the hours at risk were judged.
    #[serde(default)]
    pub at_risk_judged: u64,
    /// False when it was ended early.
    pub complete: bool,
    /// Why it is incomplete.
    pub reason: Option<String>,
    /// Every service, by id; none if no history was done.
    pub services: Vec<ServiceHistory>,
}

/// One service over the horizon.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct ServiceHistory {
    /// Its id.
    pub id: String,
    /// Hours down per history.
    pub hours_down: Spread,
    /// Hours degraded (and not down) per history.
    pub hours_degraded: Spread,
    /// Hours degraded or down per history.
    pub hours_harmed: Spread,
    /// Hours at risk per history; `null` if they were not computed.
    #[serde(default)]
    pub hours_at_risk: Option<Spread>,
    /// Hours ok per history; `null` if they were not computed.
    #[serde(default)]
    pub hours_ok: Option<Spread>,
    /// Why the two are `null`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// Episodes of being degraded or down per history.
    pub episodes: Spread,
    /// Episodes of being degraded or down in a year (8760 hours); `null` if the horizon is at the load of
    /// the peak throughout.
    pub frequency: Option<Estimate>,
    /// Hours degraded or down in a year; `null` likewise.
    pub hours_per_year: Option<Estimate>,
    /// Why the two are `null`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub per_year_reason: Option<String>,
    /// Hours of one episode, on average; `null` if none was seen.
    pub duration: Option<Range>,
    /// Unserved demand over the horizon, unit times hours.
    pub unserved: Spread,
    /// For each named window, the probability of being degraded or down in it at any time.
    pub windows: Vec<WindowChance>,
}

/// How a quantity is spread over histories.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Spread {
    /// Its mean, with its interval.
    pub mean: Estimate,
    /// Median.
    pub p50: f64,
    /// 95th percentile.
    pub p95: f64,
    /// 99th percentile.
    pub p99: f64,
}

/// A window and how likely harm in it is.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct WindowChance {
    /// Its name.
    pub name: String,
    /// Probability of being degraded or down in it at any time.
    pub probability: Estimate,
}
