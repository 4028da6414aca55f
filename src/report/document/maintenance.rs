//! The document of `maintenance`.

use super::Head;
use super::load::Stretch;
use crate::model::Status;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Result of `maintenance`: when works may be done.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Maintenance {
    /// Schema, tool, inputs, warnings.
    #[serde(flatten)]
    pub head: Head,
    /// The windows and the schedule.
    #[serde(flatten)]
    pub result: MaintenanceResult,
}

/// Windows of every work, and a schedule.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct MaintenanceResult {
    /// Name of the scenario.
    pub scenario: String,
    /// Start of the first hour that is looked at.
    pub from: String,
    /// End of the last.
    pub to: String,
    /// The zone of the times.
    pub timezone: String,
    /// How many hours that are.
    pub hours: u32,
    /// The demand at which hours are judged.
    pub judged_at: JudgedAt,
    /// Every policy, and what of it is judged.
    pub policies: Vec<MaintenancePolicy>,
    /// Every work, in the order of the scenario; fewer after an interruption.
    pub works: Vec<WorkWindows>,
    /// Works that would harm where both are done at once, though each by itself does not.
    pub overlaps: Vec<WorkOverlap>,
    /// Whether every work has a place in the schedule.
    pub placed: bool,
    /// False if it was interrupted: then works, overlaps or the schedule are missing.
    pub complete: bool,
}

/// The demand at which hours are judged.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum JudgedAt {
    /// Each hour at its own demand, from the horizon; policies hold in every hour, whatever load case they
    /// name.
    Hours,
    /// Every hour at the load cases that policies name: there is no horizon.
    LoadCases,
}

/// What is judged of one policy.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct MaintenancePolicy {
    /// Its name.
    pub name: String,
    /// After how many further failures its services must not be degraded or down while a work is done, 0 or
    /// 1; `null` if it does not ask for survival.
    pub order: Option<u32>,
    /// What else it asks for, which is not judged here: keys of the policy, or a higher order.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub not_judged: Vec<String>,
}

/// When one work may be done.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct WorkWindows {
    /// Its name.
    pub name: String,
    /// What is out while it is done.
    pub elements: Vec<String>,
    /// How many hours it takes.
    pub hours: u32,
    /// It does not start before.
    pub earliest: String,
    /// It has ended by then.
    pub latest: String,
    /// Hours that lie between the two and are looked at.
    pub hours_judged: u32,
    /// Those of them in which a policy would break.
    pub hours_blocked: u32,
    /// When it may be done: every stretch in which no hour is blocked and that is long enough.
    pub windows: Vec<WorkWindow>,
    /// When the schedule has it start; `null` if it has no place.
    pub start: Option<String>,
    /// When it then ends.
    pub end: Option<String>,
    /// Why it has no place.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// What blocks hours: of a work without a window an hour for every start (at most twelve), else the first.
    pub blocked: Vec<BlockedHour>,
}

/// A stretch of time in which a work may be done.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct WorkWindow {
    /// The first moment at which it may start.
    pub from: String,
    /// The last; it may start at every full hour between.
    pub last_start: String,
    /// When it has ended if it starts last.
    pub to: String,
}

/// What does not allow an hour.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct BlockedHour {
    /// Start of the hour.
    pub at: String,
    /// The policy that would break.
    pub policy: String,
    /// The service that would be harmed.
    pub service: String,
    /// The further failure that would do it; `null` if the work alone does.
    pub failure: Option<String>,
    /// What the service would become.
    pub status: Status,
    /// What it would still get, 0 to 1.
    pub delivered: f64,
    /// The load case at which; `null` where the hour has its own demand.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub load_case: Option<String>,
}

/// Two works that harm together.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct WorkOverlap {
    /// Names of the two.
    pub works: Vec<String>,
    /// Whether they would harm in every hour that they could share.
    pub never: bool,
    /// Hours that lie in a window of each.
    pub hours_shared: u32,
    /// Those of them in which both at once would harm.
    pub hours_harmful: u32,
    /// Those hours, the first hundred stretches.
    pub spans: Vec<Stretch>,
    /// How many stretches there are, also when the list is cut.
    pub span_count: u64,
    /// What the two would do in the first of them.
    pub because: BlockedHour,
}
