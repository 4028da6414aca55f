//! All contingencies up to an order, at every load case: how many harm each service how, its minimal sets, what
//! sets off a cascade or leaves an instance without a host, and links and network demand.

use super::estate::Estate;
use super::head::Head;
use super::named::NamedState;
use super::placement::Stranded;
use crate::analysis::network;
use crate::model::{Cause, Status};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A minimal set, with ids.
pub type MinimalSet = crate::analysis::MinimalSet<Vec<String>, String>;

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

impl<S> Sweep<S> {
    /// Whether nothing at all is known about an order that has contingencies: its counts are then
    /// no zeros, they are missing.
    #[must_use]
    pub fn is_unknown(&self, order: u64) -> bool {
        let of = |map: &BTreeMap<String, u64>| map.get(&order.to_string()).copied().unwrap_or(0);
        of(&self.contingencies) > 0 && of(&self.accounted) == 0
    }
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
    /// Its status; `null` where it gets all it asks for and not every single failure was looked at: it may be at-risk.
    pub status: Option<Status>,
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
