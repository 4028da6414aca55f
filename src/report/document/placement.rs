//! Placements in results: who moved, who found no room, what groups of hosts can lose.

use crate::analysis;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Hosts that share instances, by what they can lose, with ids.
pub type Cluster = analysis::Cluster<String, String>;
/// Hosts without which something runs nowhere, with ids.
pub type ClusterLoss = analysis::ClusterLoss<String>;

/// What an instance takes now, and with a change.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct TakesLess {
    /// The column of placements.csv that says so: `amount`, `/memory` …
    pub resource: String,
    /// What it takes now.
    pub now: f64,
    /// What it takes then.
    pub then: f64,
}

/// An instance that has not failed and found no host to run on.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Unplaced {
    /// Its id.
    pub id: String,
    /// `room`: it takes more than is free on any one host; `together`: no host has room for all that it
    /// takes at once; `apart`: hosts with room are too close to what it is kept apart from; `no-host`:
    /// none of its hosts works; `no-restart`: nothing is placed anew.
    pub reason: String,
    /// For `room`: the column of placements.csv.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub resource: Option<String>,
    /// For `room`: how much it takes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub needs: Option<f64>,
    /// For `room`: the most that is free on one host.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub most_free: Option<f64>,
    /// Unit of these.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unit: Option<String>,
}

/// A contingency after which instances run nowhere.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Stranded {
    /// Ids, sorted.
    pub elements: Vec<String>,
    /// Name of the load case.
    pub load_case: String,
    /// Ids of the instances that run nowhere, but do after every part of it. Sorted.
    pub instances: Vec<String>,
}
