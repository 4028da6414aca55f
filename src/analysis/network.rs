//! Links and network demand over a sweep, in the result document.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a sweep does to networks.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct NetworkSweep {
    /// How many contingencies of each order were evaluated for it.
    pub evaluated: BTreeMap<String, u64>,
    /// Why these are fewer than the contingencies of the sweep.
    pub reason: Option<String>,
    /// Every load case, in order.
    pub cases: Vec<NetworkCase>,
}

/// Networks at one load case.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct NetworkCase {
    /// Name of the load case.
    pub load_case: String,
    /// Demand of all services that use a network, by unit: unlike units are never added.
    pub demand: Vec<NetworkDemand>,
    /// Every link that flows may cross, sorted by id.
    pub links: Vec<LinkUse>,
    /// The contingencies that lose the greatest part of each unit's demand, then those with the
    /// busiest link; only the first, and only what is worse than the base state.
    pub worst: Vec<NetworkWorst>,
}

/// Demand of one unit that uses a network, and what of it is lost in the base state.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct NetworkDemand {
    /// The unit of the services; `null` for those without one.
    pub unit: Option<String>,
    /// What they ask for together.
    pub demand: f64,
    /// Of it, demand of services that do not work because no path is left.
    pub disconnected: f64,
    /// Of it, demand of working services that links and forwarding nodes do not let through.
    pub congested: f64,
}

/// Demand of one unit that a network loses.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct NetworkLoss {
    /// The unit of the services; `null` for those without one.
    pub unit: Option<String>,
    /// Demand of services that do not work because no path is left.
    pub disconnected: f64,
    /// Demand of working services that links and forwarding nodes do not let through.
    pub congested: f64,
}

/// One link over a sweep.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct LinkUse {
    /// Its id.
    pub id: String,
    /// Capacity from its first end to its second, after derating; `null` when unlimited.
    pub capacity: Option<f64>,
    /// Capacity from its second end to its first, after derating; `null` when unlimited.
    pub capacity_back: Option<f64>,
    /// Load in the base state from its first end to its second.
    pub load: f64,
    /// Load in the base state from its second end to its first.
    pub load_back: f64,
    /// Load over capacity, the greater of both directions; `null` when unlimited or the capacity is
    /// 0.
    pub utilization: Option<f64>,
    /// The contingency that uses it most; `null` when none uses it more than the base state.
    pub worst: Option<LinkWorst>,
}

/// The worst contingency of one link.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct LinkWorst {
    /// Ids, sorted.
    pub elements: Vec<String>,
    /// Load of its busier direction.
    pub load: f64,
    /// That over the capacity of that direction.
    pub utilization: Option<f64>,
}

/// One contingency, as networks see it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct NetworkWorst {
    /// Ids, sorted.
    pub elements: Vec<String>,
    /// What is lost, by unit, as `demand` has them.
    pub lost: Vec<NetworkLoss>,
    /// The link with the greatest utilization.
    pub busiest: Option<String>,
    /// Its utilization.
    pub utilization: Option<f64>,
}
