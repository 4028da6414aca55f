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
    /// Demand of all services that use a network.
    pub demand: f64,
    /// Of it, in the base state: demand of services that do not work.
    pub disconnected: f64,
    /// Of it, in the base state: demand that working services do not deliver.
    pub congested: f64,
    /// Every link that flows may cross, sorted by id.
    pub links: Vec<LinkUse>,
    /// The contingencies that lose most demand, then those with the busiest link; only the first.
    pub worst: Vec<NetworkWorst>,
}

/// One link over a sweep.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct LinkUse {
    /// Its id.
    pub id: String,
    /// Capacity per direction after derating; `null` when unlimited.
    pub capacity: Option<f64>,
    /// Load in the base state from its first end to its second.
    pub load: f64,
    /// Load in the base state from its second end to its first.
    pub load_back: f64,
    /// The larger load over the capacity; `null` when unlimited or the capacity is 0.
    pub utilization: Option<f64>,
    /// The contingency that puts most load on it; `null` when none adds to the base state.
    pub worst: Option<LinkWorst>,
}

/// The worst contingency of one link.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct LinkWorst {
    /// Ids, sorted.
    pub elements: Vec<String>,
    /// Load of its busier direction.
    pub load: f64,
    /// That over the capacity.
    pub utilization: Option<f64>,
}

/// One contingency, as networks see it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct NetworkWorst {
    /// Ids, sorted.
    pub elements: Vec<String>,
    /// Demand of services that do not work.
    pub disconnected: f64,
    /// Demand that working services do not deliver.
    pub congested: f64,
    /// The link with the greatest utilization.
    pub busiest: Option<String>,
    /// Its utilization.
    pub utilization: Option<f64>,
}
