//! One state at one load case: every service, component, link and flow in it.

use super::placement::Unplaced;
use crate::model::{Cause, Shed, Status};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One cause of an at-risk verdict, with names.
pub type Finding = crate::model::Finding<String>;

/// A node that was lost to overload, with its id.
pub type Tripped = crate::analysis::Tripped<String>;

/// The node that trips first as all demand grows, with its id.
pub type FirstTrip = crate::analysis::FirstTrip<String>;

/// An instance that runs elsewhere than at home, with ids.
pub type Moved = crate::analysis::Moved<String>;

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
    /// Its name for people, if the inventory gives one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
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
