//! What a sweep does to networks: the result, with numbers for nodes and load cases (`N`, `C`) or with
//! their names. Demand is counted by unit: demands of unlike units are never added.

use crate::model::{CaseId, NodeId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a sweep does to networks.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
#[schemars(rename = "NetworkSweep")]
pub struct NetworkSweep<N = NodeId, C = CaseId, R = NotFollowed> {
    /// How many contingencies of each order were evaluated for it.
    pub evaluated: BTreeMap<String, u64>,
    /// Why these are fewer than the contingencies of the sweep.
    pub reason: Option<R>,
    /// Every load case, in order.
    pub cases: Vec<NetworkCase<N, C>>,
}

/// Why links are not followed through every contingency of a sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotFollowed {
    /// There are this many pairs, more than [`MOST_PAIRS`](super::MOST_PAIRS).
    ManyPairs(u64),
    /// The sweep ended early.
    Ended,
    /// Links are never followed beyond pairs.
    BeyondPairs,
}

/// Networks at one load case.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
#[schemars(rename = "NetworkCase")]
pub struct NetworkCase<N = NodeId, C = CaseId> {
    /// Name of the load case.
    pub load_case: C,
    /// Demand of all services that use a network, by unit: unlike units are never added.
    pub demand: Vec<NetworkDemand>,
    /// Every link that flows may cross, sorted by id.
    pub links: Vec<LinkUse<N>>,
    /// The contingencies that lose the greatest part of each unit's demand, then those with the
    /// busiest link; only the first, and only what is worse than the base state.
    pub worst: Vec<NetworkWorst<N>>,
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
#[schemars(rename = "LinkUse")]
pub struct LinkUse<N = NodeId> {
    /// Its id.
    pub id: N,
    /// Capacity from its first end to its second, after derating; `null` when unlimited.
    pub capacity: Option<f64>,
    /// Capacity from its second end to its first, after derating; `null` when unlimited.
    pub capacity_back: Option<f64>,
    /// Load in the base state from its first end to its second; `null` if `infinite`.
    pub load: Option<f64>,
    /// Load in the base state from its second end to its first; `null` if `infinite`.
    pub load_back: Option<f64>,
    /// True if load without bound crosses it in the base state, in a direction whose load is `null`: a
    /// loop that amplifies feeds it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub infinite: bool,
    /// Load over capacity, the greater of both directions; `null` when unlimited or the capacity is
    /// 0.
    pub utilization: Option<f64>,
    /// The contingency that uses it most; `null` when none uses it more than the base state.
    pub worst: Option<LinkWorst<N>>,
}

/// The worst contingency of one link.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
#[schemars(rename = "LinkWorst")]
pub struct LinkWorst<N = NodeId> {
    /// Ids, sorted.
    pub elements: Vec<N>,
    /// Load of its busier direction; `null` if `infinite`.
    pub load: Option<f64>,
    /// True if that load is without bound.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub infinite: bool,
    /// That over the capacity of that direction.
    pub utilization: Option<f64>,
}

/// One contingency, as networks see it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
#[schemars(rename = "NetworkWorst")]
pub struct NetworkWorst<N = NodeId> {
    /// Ids, sorted.
    pub elements: Vec<N>,
    /// What is lost, by unit, as `demand` has them.
    pub lost: Vec<NetworkLoss>,
    /// The link with the greatest utilization.
    pub busiest: Option<N>,
    /// Its utilization.
    pub utilization: Option<f64>,
}
