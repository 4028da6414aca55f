//! The result documents: what `--format json` writes and what every other form is rendered from.
//!
//! One object per command, with ids instead of node numbers. A number that was not computed, or
//! that has no finite value, is `null`; where that could be misread, a `reason` stands beside it.

mod check;
mod cold_start;
pub mod decisions;
pub mod diff;
mod estate;
pub mod evidence;
mod explain;
mod fix;
pub mod load;
mod maintenance;
pub mod map;
mod named;
mod package;
mod parts;
mod placement;
mod plan;
pub mod simulate;
mod verify;

pub use crate::model::Shed;
use crate::model::{Cause, Status};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub use crate::analysis::VerdictWord;
use crate::analysis::network;
pub use crate::analysis::network::{NetworkDemand, NetworkLoss};
pub use check::{Assumption, CaseSummary, Check, Covered, Fault, FillIn, Inventory, Open};
pub use cold_start::{ColdLoop, ColdStart, Hold};
pub use estate::{Estate, EstateNode};
pub use explain::{Explain, ExplainGroup, ExplainNode};
pub use fix::{Fix, FixKind, FixSearch, FixStep, Join, Laid, NewElsewhere, Unfixed};
pub use maintenance::{
    BlockedHour, JudgedAt, Maintenance, MaintenancePolicy, MaintenanceResult, WorkOverlap,
    WorkWindow, WorkWindows,
};
pub use named::{NamedService, NamedState, NamedSummary};
pub use package::{Package, Written};
pub use parts::{OtherFile, OtherWhy, PartOfRun, PartState, Parts};
pub use placement::{Cluster, ClusterLoss, FirstMinutes, Stranded, TakesLess, Unplaced};
pub use plan::{
    Plan, PlanAlternative, PlanChange, PlanKind, PlanMinutes, PlanObjective, PlanPolicy,
    PlanRefusal, PlanResult,
};
pub use simulate::SimulateResult;
pub use verify::{Difference, FileCheck, FileState, InputCheck, Verify};

/// One cause of an at-risk verdict, with names.
pub type Finding = crate::model::Finding<String>;
/// A minimal set, with ids.
pub type MinimalSet = crate::analysis::MinimalSet<Vec<String>, String>;
/// A node that was lost to overload, with its id.
pub type Tripped = crate::analysis::Tripped<String>;
/// The node that trips first as all demand grows, with its id.
pub type FirstTrip = crate::analysis::FirstTrip<String>;
/// An instance that runs elsewhere than at home, with ids.
pub type Moved = crate::analysis::Moved<String>;
/// A contingency that a policy does not allow, with ids and names.
pub type Breach = crate::analysis::PolicyBreach<String, String, String>;
/// The contingency that leaves a service worst off, with ids.
pub type WorstContingency = crate::analysis::Worst<String>;
/// Networks over a sweep, with ids.
pub type NetworkSweep = network::NetworkSweep<String, String, String>;
/// Networks at one load case, with ids.
pub type NetworkCase = network::NetworkCase<String, String>;
/// One link over a sweep, with ids.
pub type LinkUse = network::LinkUse<String>;
/// The worst contingency of one link, with ids.
pub type LinkWorst = network::LinkWorst<String>;
/// One contingency as networks see it, with ids.
pub type NetworkWorst = network::NetworkWorst<String>;

/// Version of the schemas of results: raised when a field changes its meaning, so that no program takes
/// an old result for a new one.
pub const SCHEMA_VERSION: u32 = 2;

/// The name of the schema of a command's result, such as `brownout/whatif/2`.
#[must_use]
pub fn schema_name(command: &str) -> String {
    format!("brownout/{command}/{SCHEMA_VERSION}")
}

/// What every result opens with.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Head {
    /// `brownout/<command>/<version>`, see [`schema_name`].
    pub schema: String,
    /// Who wrote it.
    pub tool: Tool,
    /// Every file that was read, sorted by path.
    pub inputs: Vec<Input>,
    /// What a reader should know before trusting the rest.
    pub warnings: Vec<String>,
}

/// Name and version of the program.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct Tool {
    /// `brownout`.
    pub name: String,
    /// Semantic version.
    pub version: String,
}

/// One file that was read.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq, PartialOrd, Ord)]
pub struct Input {
    /// As reached from the command line, with `/` between folders.
    pub path: String,
    /// SHA-256 of its bytes, lower-case hexadecimal.
    pub sha256: String,
    /// Data rows, for CSV files.
    pub rows: Option<u64>,
}

/// Result of `whatif`: one state at one load case.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct WhatIf {
    /// Schema, tool, inputs, warnings.
    #[serde(flatten)]
    pub head: Head,
    /// Name of the contingency that is in place.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub contingency: Option<String>,
    /// True for the state as it comes up when everything had stopped.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub from_dark: bool,
    /// Which elements may fail further, where the scenario leaves others out.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub selection: Option<Selection>,
    /// The state.
    #[serde(flatten)]
    pub state: State,
    /// What works in it and could not be started if everything had stopped; from dark it does not work.
    #[serde(flatten)]
    pub cold_start: ColdStart,
    /// The inventory, in brief.
    #[serde(default)]
    pub estate: Option<Estate>,
}

/// Elements that may fail further, and those that may not: at-risk and ok speak of the former only.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct Selection {
    /// How many may fail further.
    pub elements: u64,
    /// How many other components and links can fail and never do here.
    pub left_out: u64,
}

/// One state at one load case.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct State {
    /// Name of the load case.
    pub load_case: String,
    /// Ids of what has failed, sorted.
    pub down: Vec<String>,
    /// Capacity factors by id.
    #[serde(default)]
    pub derate: BTreeMap<String, f64>,
    /// In the load case marked as the peak: services that stay at the demand of services.csv, because
    /// nothing says what their peak is. Sorted.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub as_today: Vec<String>,
    /// What was lost to overload, by round, then by id. All other values are after that.
    #[serde(default)]
    pub tripped: Vec<Tripped>,
    /// Instances that run elsewhere than at home, by id. Absent from results of earlier versions.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub moved: Option<Vec<Moved>>,
    /// Ids of instances that have not failed and found no host to run on, sorted. Absent from results of
    /// earlier versions.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unplaced: Option<Vec<String>>,
    /// Why each of these found none, in that order.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub lacks: Vec<Unplaced>,
    /// What would trip first as all demand grows: headroom speaks only up to there. `null` if nothing
    /// ever would.
    #[serde(default)]
    pub first_trip: Option<FirstTrip>,
    /// Every service, sorted by id.
    pub services: Vec<ServiceState>,
    /// Every component, link and flow, sorted by id.
    pub components: Vec<ComponentState>,
}

/// One service in one state.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct ServiceState {
    /// Its id.
    pub id: String,
    /// Its name, if the inventory gives one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// Its status.
    pub status: Status,
    /// The most urgent cause of an at-risk verdict.
    pub cause: Option<Cause>,
    /// What shows it: an element or limit (id) or a load case (name).
    pub witness: Option<String>,
    /// Every cause that holds, most urgent first.
    pub findings: Vec<Finding>,
    /// Demand in `unit`.
    pub demand: f64,
    /// Unit of the demand, if the inventory names one.
    pub unit: Option<String>,
    /// Tier, if the inventory gives one.
    pub tier: Option<u32>,
    /// Fraction of the demand that it gets.
    pub delivered: f64,
    /// Growth of all demand that it still carries; `null` when nothing limits it.
    pub headroom: Option<f64>,
    /// Id of the node that sets the headroom.
    pub limit: Option<String>,
    /// Why it is degraded or down, nearest cause last; empty otherwise.
    pub because: Vec<String>,
    /// The outages that have a part in its status: without one of them it would be better off, or that
    /// one alone would harm it. Absent where that was not looked at.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub outages: Option<Vec<String>>,
    /// The demand that the contingency in place lowers; absent where it lowers none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub shed: Option<Shed>,
}

/// One component, link or flow in one state.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct ComponentState {
    /// Its id.
    pub id: String,
    /// Its kind.
    pub kind: String,
    /// Whether it works.
    pub works: bool,
    /// What it carries; on a link the larger of both directions. `null` if `infinite`.
    pub load: Option<f64>,
    /// True if load comes back to it, or to what loads it, as one or more units for each.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub infinite: bool,
    /// Capacity after derating; `null` when unlimited. Of a link that of the direction that is used
    /// more.
    pub capacity: Option<f64>,
    /// What a link carries in that direction, where that is not the larger load.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub carried: Option<f64>,
    /// What of the load is drawn whatever the demand; absent when nothing is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub constant: Option<f64>,
    /// Unit of load and capacity.
    pub unit: Option<String>,
    /// Fraction of its load that is served, by it and what it needs.
    pub delivered: f64,
    /// Load over capacity, of a link the greater of both directions; `null` when unlimited, when load
    /// meets a capacity of zero, and if `infinite`.
    pub utilization: Option<f64>,
}

/// What is carried, as a number: `load` of a node, infinite if it is `null`.
#[must_use]
pub fn carried(load: Option<f64>) -> f64 {
    load.unwrap_or(f64::INFINITY)
}

/// Result of `sweep`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
#[schemars(rename = "SweepResult")]
pub struct SweepResult<S = Vec<ServiceSweep>> {
    /// Schema, tool, inputs, warnings.
    #[serde(flatten)]
    pub head: Head,
    /// The sweep.
    #[serde(flatten)]
    pub sweep: Sweep<S>,
    /// The inventory, in brief.
    #[serde(default)]
    pub estate: Option<Estate>,
}

/// All contingencies up to an order, at every load case.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
#[schemars(rename = "Sweep")]
pub struct Sweep<S = Vec<ServiceSweep>> {
    /// How many elements may fail.
    pub elements: u64,
    /// How many other components and links there are that do not fail here: at-risk and ok say nothing
    /// of them.
    #[serde(default)]
    pub left_out: u64,
    /// Known outages that every contingency comes on top of.
    pub down: Vec<String>,
    /// How many contingencies of each order there are.
    pub contingencies: BTreeMap<String, u64>,
    /// How many of them were evaluated or accounted for; fewer when interrupted.
    pub accounted: BTreeMap<String, u64>,
    /// False when interrupted: counts and minimal sets then cover only part.
    pub complete: bool,
    /// Why it is incomplete.
    pub reason: Option<String>,
    /// Every service at every load case: by service id, then in the order of the cases.
    pub services: S,
    /// Contingencies that lose something to overload while no part of them does, nor the base state:
    /// fewest elements first, then the most trips. Absent where nothing may trip.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub cascades: Vec<Cascade>,
    /// By order: how many of these there are, also when the list above is cut, over all load cases.
    /// Absent where nothing may trip.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub cascade_count: BTreeMap<String, u64>,
    /// Contingencies after which an instance runs nowhere that runs after every part of them: fewest
    /// elements first, then the most instances. Absent where nothing is placed.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub stranded: Vec<Stranded>,
    /// By order: how many of these there are, also when the list above is cut, over all load cases.
    /// Absent where nothing is placed.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub stranded_count: BTreeMap<String, u64>,
    /// Every named contingency of the scenario at every load case.
    #[serde(default)]
    pub named: Vec<NamedState>,
    /// How many of these there are; absent when there is none. Fewer are listed when interrupted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub named_asked: Option<u64>,
    /// Links and network demand; absent when no flow crosses a network.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub network: Option<NetworkSweep>,
}

/// A contingency that sets off a cascade.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Cascade {
    /// Ids, sorted.
    pub elements: Vec<String>,
    /// Name of the load case.
    pub load_case: String,
    /// How many nodes it loses to overload.
    pub tripped: u64,
    /// In how many rounds.
    pub rounds: u64,
    /// How many services are degraded or down after it.
    pub services: u64,
}

impl<S> Sweep<S> {
    /// Whether nothing at all is known about an order that has contingencies: its counts are then
    /// no zeros, they are missing.
    #[must_use]
    pub fn is_unknown(&self, order: u64) -> bool {
        let of = |map: &BTreeMap<String, u64>| map.get(&order.to_string()).copied().unwrap_or(0);
        of(&self.contingencies) > 0 && of(&self.accounted) == 0
    }
}

/// One service at one load case over a sweep.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct ServiceSweep {
    /// Its id.
    pub id: String,
    /// Name of the load case.
    pub load_case: String,
    /// Demand at that case.
    pub demand: f64,
    /// The base state (order 0).
    pub base: BaseState,
    /// By order: how many contingencies leave it how.
    pub orders: BTreeMap<String, OrderCount>,
    /// Minimal sets: smallest order first, then by element ids.
    pub minimal: Vec<MinimalSet>,
    /// How many minimal sets there are, also when the list above is cut.
    pub minimal_count: u64,
    /// The contingency that leaves least: worst status, least delivered, lowest order, ids.
    pub worst: Option<WorstContingency>,
    /// The least headroom over all contingencies in which the service still works.
    pub least_headroom: Option<LeastHeadroom>,
}

/// The base state of a sweep for one service.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct BaseState {
    /// Its status.
    pub status: Status,
    /// Most urgent cause, when at-risk.
    pub cause: Option<Cause>,
    /// What shows it.
    pub witness: Option<String>,
    /// Fraction delivered.
    pub delivered: f64,
    /// Growth it still carries.
    pub headroom: Option<f64>,
    /// What sets it.
    pub limit: Option<String>,
}

/// How many contingencies of one order leave a service how.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct OrderCount {
    /// Down; `null` when nothing of this order was computed.
    pub down: Option<u64>,
    /// Degraded; `null` likewise.
    pub degraded: Option<u64>,
    /// At risk; `null` when the next order was not computed.
    pub at_risk: Option<u64>,
    /// Why something is `null`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
}

/// The contingency that leaves a working service the least headroom.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct LeastHeadroom {
    /// Ids, sorted.
    pub elements: Vec<String>,
    /// Headroom in it; `null` only if unlimited everywhere.
    pub headroom: f64,
    /// What sets it.
    pub limit: Option<String>,
}

/// `table-minimal.csv`, where a result lists too few minimal sets to make it from.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct MinimalTable {
    /// How many sets it has.
    pub sets: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// The table, where it is at hand.
    #[serde(skip)]
    pub csv: Option<String>,
}

/// Result of `assess`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Assess {
    /// Schema, tool, inputs, warnings.
    #[serde(flatten)]
    pub head: Head,
    /// Name of the scenario.
    pub scenario: String,
    /// The day waivers are judged on; present when there are waivers.
    pub as_of: Option<String>,
    /// The verdict.
    pub verdict: Verdict,
    /// What a reader must know first.
    pub decisions: decisions::Decisions,
    /// Name of the case marked as peak.
    pub peak: Option<String>,
    /// The base state at every load case, in the order of the scenario.
    pub base: Vec<State>,
    /// What works in the base state and could not be started if everything had stopped.
    #[serde(flatten)]
    pub cold_start: ColdStart,
    /// The sweep.
    pub sweep: Sweep,
    /// The table that lists all minimal sets; absent where the sweep lists them itself.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub minimal_table: Option<MinimalTable>,
    /// What every group of hosts can lose, by trying; absent where nothing is placed.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub clusters: Vec<Cluster>,
    /// The same scenario before anything has restarted; absent unless both readings are asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub first_minutes: Option<FirstMinutes>,
    /// The simulation; `null` when none was asked for or none could be had.
    pub simulate: Option<simulate::Simulate>,
    /// Why there is no simulation.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub simulate_reason: Option<String>,
    /// Every policy, in the order of the scenario.
    pub policies: Vec<PolicyResult>,
    /// Changes after which a breached policy holds, by policy.
    #[serde(default)]
    pub fixes: Vec<Fix>,
    /// Changes that lessen the breaches of a policy, which still does not hold after them: fewer
    /// are left, or they need more failures.
    #[serde(default)]
    pub lessens: Vec<Fix>,
    /// In which order to repair known outages and deratings; each counts the breaches of all
    /// policies.
    #[serde(default)]
    pub repairs: Vec<Fix>,
    /// How far the search for fixes went; `null` when it was left out.
    #[serde(default)]
    pub fix_search: Option<FixSearch>,
    /// The cheapest plan after which every policy holds; left out where nothing has a cost or no policy is
    /// breached.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub plan: Option<PlanResult>,
    /// What the result covers, what it rests on, how to repeat it; `null` where none was gathered.
    #[serde(default)]
    pub evidence: Option<evidence::Evidence>,
    /// Every hour of the horizon, if the scenario has one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub timeline: Option<load::Timeline>,
    /// Sites, racks and hosts as boxes in boxes, and how they stand; absent where the estate has no component.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub map: Option<map::EstateMap>,
    /// What the most urgent services need, at the peak: a tree each, of bounded size.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub pictures: Vec<Picture>,
    /// Why there is no timeline though the scenario has a horizon.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub timeline_reason: Option<String>,
    /// The inventory, in brief.
    #[serde(default)]
    pub estate: Option<Estate>,
    /// The inventory in full, for the page that runs the engine; absent where there is no such page.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub package: Option<Package>,
}

impl Assess {
    /// The state that counts for the services: at the peak, or else at the first load case.
    #[must_use]
    pub fn peak(&self) -> usize {
        let named = |s: &State| Some(&s.load_case) == self.peak.as_ref();
        self.base.iter().position(named).unwrap_or(0)
    }
}

/// What one service needs, at the load case that counts.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Picture {
    /// Name of the load case.
    pub load_case: String,
    /// The service and what it needs; what is left out for size is counted.
    pub tree: ExplainNode,
}

/// The answer in one object.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Verdict {
    /// `holds`, `breached` or `incomplete`.
    pub result: VerdictWord,
    /// One sentence.
    pub summary: String,
    /// How many policies hold.
    pub policies_held: usize,
    /// How many there are.
    pub policies: usize,
    /// Services by base status at the peak (or at the only case).
    pub services: BTreeMap<String, usize>,
}

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
