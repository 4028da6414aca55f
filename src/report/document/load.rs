//! Load over time: what `load` answers, and the part of `assess` that speaks of hours.
//!
//! Times are RFC 3339 with the offset of the scenario's zone.

use super::Head;
pub use crate::model::Basis;
use crate::model::{Cause, Status};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Result of `load`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Load {
    /// Schema, tool, inputs, warnings.
    #[serde(flatten)]
    pub head: Head,
    /// Name of the scenario.
    pub scenario: String,
    /// The zone of days and hours.
    pub timezone: String,
    /// What was measured: by file, then service.
    pub profiles: Vec<ProfileSeries>,
    /// Every load case, in the order of the scenario.
    pub cases: Vec<CaseDemand>,
    /// Demand hour by hour; `null` when the scenario has no horizon.
    pub horizon: Option<HorizonDemand>,
}

/// One service in one profile.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct ProfileSeries {
    /// The file.
    pub path: String,
    /// The service.
    pub service: String,
    /// Its unit.
    pub unit: Option<String>,
    /// How many samples there are.
    pub samples: usize,
    /// The first.
    pub from: String,
    /// The last.
    pub to: String,
    /// The typical step; `null` for one sample.
    pub step_seconds: Option<f64>,
    /// Stretches without samples.
    pub gaps: Vec<Stretch>,
    /// Least, mean and greatest sample.
    pub least: f64,
    /// Every sample counts the same.
    pub mean: f64,
    /// The greatest.
    pub most: f64,
    /// At most 500 points: the greatest sample of each stretch, by time.
    pub history: Vec<Point>,
}

/// A stretch of time: `to` is the first instant after it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct Stretch {
    /// First instant.
    pub from: String,
    /// First instant after it.
    pub to: String,
}

/// A demand at an instant.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Point {
    /// When.
    pub time: String,
    /// How much.
    pub demand: f64,
    /// Line of the file, if it has lines.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub line: Option<u32>,
}

/// The demand of every service at one load case.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct CaseDemand {
    /// Name of the load case.
    pub load_case: String,
    /// Whether it is marked as the peak.
    pub peak: bool,
    /// Every service, by id.
    pub services: Vec<ServiceDemand>,
}

/// One demand and where it comes from.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct ServiceDemand {
    /// The service.
    pub id: String,
    /// The demand.
    pub demand: f64,
    /// Its unit.
    pub unit: Option<String>,
    /// False when an estimate has too little history behind it: the peak is not evidenced.
    pub evidenced: bool,
    /// In order; the last has the demand.
    pub steps: Vec<DerivationStep>,
}

/// One step on the way to a demand.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct DerivationStep {
    /// `column`, `max`, `mean`, `p95`, `hour-of-week`, `estimate`, `growth`, `event`, `explicit`.
    pub rule: String,
    /// The figure after it.
    pub value: f64,
    /// In words.
    pub text: String,
    /// The file that was looked at.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub profile: Option<String>,
    /// The stretch that was looked at.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub window: Option<Stretch>,
    /// How many samples were looked at.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub samples: Option<usize>,
    /// The samples that set the figure.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub evidence: Vec<Point>,
    /// What the figure before was multiplied by.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub factor: Option<f64>,
}

/// Demand hour by hour.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct HorizonDemand {
    /// Start of the first hour.
    pub from: String,
    /// End of the last.
    pub to: String,
    /// How many there are.
    pub hours: usize,
    /// Every service, by id.
    pub services: Vec<HorizonService>,
}

/// The hours of one service.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct HorizonService {
    /// The service.
    pub id: String,
    /// Its unit.
    pub unit: Option<String>,
    /// Least demand.
    pub least: f64,
    /// Mean demand.
    pub mean: f64,
    /// Greatest demand.
    pub most: f64,
    /// The first hour of it.
    pub most_at: String,
    /// How many hours rest on what.
    pub basis: Basis,
    /// At most 500 points: the greatest hour of each stretch.
    pub hours: Vec<Point>,
}

/// Every hour of the horizon.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Timeline {
    /// Start of the first hour.
    pub from: String,
    /// End of the last.
    pub to: String,
    /// The zone of the times.
    pub timezone: String,
    /// How many hours there are.
    pub hours: u32,
    /// How many elements may fail, one at a time.
    pub elements: u64,
    /// The known outages.
    pub outages: Vec<OutageTimes>,
    /// Policies that ask for survival of order 0 or 1.
    pub policies: Vec<PolicyTimes>,
    /// Every service, by id.
    pub services: Vec<ServiceTimes>,
    /// Elements whose failure leaves some service worse off in some hour; all others are safe to
    /// take out in every hour.
    pub failures: Vec<FailureTimes>,
    /// Load against the capacity that is left, for the tightest services, most urgent first.
    #[serde(default)]
    pub capacity: Vec<CapacityTimes>,
    /// Which services are left out above, and why.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub capacity_reason: Option<String>,
    /// Load cases whose window lies within these hours, held against them.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub cases: Vec<CaseTimes>,
}

impl Timeline {
    /// Whether what holds until then does not hold in the first hour either, and so never held.
    #[must_use]
    pub fn never_held(&self, until: Option<&String>) -> bool {
        until == Some(&self.from)
    }
}

/// A load case and the hours of the same days. What it does not name, the two agree on.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct CaseTimes {
    /// Name of the load case.
    pub load_case: String,
    /// Start of the first hour.
    pub from: String,
    /// End of the last.
    pub to: String,
    /// Services for which the case asks for another demand than the greatest of these hours, or leaves
    /// the base state otherwise than the worst of them.
    pub differences: Vec<CaseDifference>,
}

/// Where a load case and the hours of the same days differ, and why.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct CaseDifference {
    /// The service.
    pub id: String,
    /// Its demand in the case.
    pub demand: f64,
    /// The greatest in these hours.
    pub most: f64,
    /// The first hour of it.
    pub most_at: String,
    /// Its status in the case by itself: down, degraded, or ok.
    pub status: Status,
    /// The worst of these hours, likewise.
    pub worst: Status,
    /// What is delivered in the case.
    pub delivered: f64,
    /// The least that is delivered in these hours.
    pub least_delivered: f64,
    /// Why they differ.
    pub why: String,
}

/// One service: what is asked of it, and what it could be asked for.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct CapacityTimes {
    /// Its id.
    pub id: String,
    /// Unit of its demand.
    pub unit: Option<String>,
    /// The tightest hours of each stretch of days, by time: that in which the demand is the greatest
    /// part of what could be asked with nothing more failed, and that in which it is so after a single
    /// failure; one point where they are the same hour.
    pub points: Vec<CapacityPoint>,
}

/// One hour.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct CapacityPoint {
    /// Start of the hour.
    pub time: String,
    /// What is asked.
    pub demand: f64,
    /// What could be asked with nothing more failed, if all demand grew alike; 0 when it does not
    /// work, `null` when nothing limits it.
    pub n0: Option<f64>,
    /// The same after the single failure that leaves least.
    pub n1: Option<f64>,
    /// That failure; `null` when none leaves less than the base state.
    pub failure: Option<String>,
}

/// One known outage.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct OutageTimes {
    /// What is out.
    pub element: String,
    /// The first hour in which it harms; `null`: in none.
    pub first_impact: Option<String>,
    /// Whom it harms then.
    pub services: Vec<String>,
    /// How long its repair takes; `null`: nobody says.
    pub repair_hours: Option<f64>,
    /// When the repair must start at the latest: first impact less repair time.
    pub restore_by: Option<String>,
    /// Whether that is before the horizon.
    pub overdue: bool,
    /// Why `restore_by` is `null`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
}

/// Until when a policy holds.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct PolicyTimes {
    /// Its name.
    pub name: String,
    /// The order it must survive: 0, or 1 for 1 and more.
    pub order: u32,
    /// The first hour in which it does not hold: `from` if it does not hold from the start; `null`: it
    /// holds in every hour.
    pub holds_until: Option<String>,
    /// The growth left for the service that has least; `null` when nothing limits any.
    pub growth: Option<GrowthLeft>,
}

/// By how much demand can grow.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct GrowthLeft {
    /// 0.15 = 15 %; negative when it is too much already; `null` with a reason.
    pub growth: Option<f64>,
    /// Why it is `null`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// The service.
    pub service: String,
    /// The hour that sets it.
    pub at: Option<String>,
    /// The node that sets it.
    pub limit: Option<String>,
    /// What has failed then.
    pub failure: Option<String>,
    /// When the growth is used up at the horizon's growth per year: that hour plus
    /// ln(1 + growth) / ln(1 + rate) years.
    pub used_up: Option<String>,
}

/// One service over the hours.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct ServiceTimes {
    /// Its id.
    pub id: String,
    /// Its status, all hours covered.
    pub status: Vec<StatusSpan>,
    /// Hours in which the base state harms it.
    pub impact: Vec<ImpactSpan>,
    /// Hours in which some single failure would leave it worse off.
    pub risk: Vec<RiskSpan>,
    /// How many hours in each status, by its word.
    pub hours: std::collections::BTreeMap<String, u32>,
    /// The first hour in which the base state harms it; `null`: in none.
    pub n0_holds_until: Option<String>,
    /// The first hour in which some single failure would harm it, or the base state does.
    pub n1_holds_until: Option<String>,
    /// That failure.
    pub n1_failure: Option<String>,
    /// Growth until the base state harms it; `null` when nothing limits it.
    pub growth_n0: Option<GrowthLeft>,
    /// Growth until some single failure harms it.
    pub growth_n1: Option<GrowthLeft>,
}

/// A stretch of one status.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct StatusSpan {
    /// First instant.
    pub from: String,
    /// First instant after it.
    pub to: String,
    /// The status.
    pub status: Status,
    /// The most urgent cause, when at risk. `peak`: this state harms it in a later hour.
    pub cause: Option<Cause>,
}

/// A stretch of harm by the base state.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct ImpactSpan {
    /// First instant.
    pub from: String,
    /// First instant after it.
    pub to: String,
    /// Degraded or down.
    pub status: Status,
    /// The least that is delivered in it.
    pub delivered: f64,
}

/// A stretch in which single failures would harm.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct RiskSpan {
    /// First instant.
    pub from: String,
    /// First instant after it.
    pub to: String,
    /// How many would.
    pub failures: u32,
}

/// One element that fails.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct FailureTimes {
    /// The element.
    pub element: String,
    /// Hours in which it leaves no service worse off: in no worse status, and with no less.
    pub safe_hours: u32,
    /// The longest stretch of them.
    pub longest_safe: Option<Stretch>,
    /// Whom it harms, by id.
    pub services: Vec<HarmTimes>,
}

/// What one failure does to one service.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct HarmTimes {
    /// The service.
    pub id: String,
    /// Hours in which it is degraded and, because of it, worse off than with nothing more failed.
    pub hours_degraded: u32,
    /// Hours in which it is down because of it.
    pub hours_down: u32,
    /// The least that is delivered.
    pub least_delivered: f64,
    /// Those hours, the first hundred stretches.
    pub spans: Vec<StatusSpan>,
    /// How many stretches there are, also when the list is cut.
    pub span_count: u64,
}
