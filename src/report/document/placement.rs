//! Placements in results: who moved, who found no room, what groups of hosts can lose.

use super::{State, Sweep};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An instance that runs elsewhere than at home.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Moved {
    /// Its id.
    pub instance: String,
    /// The host where it is at home; `null` if it runs nowhere with nothing failed.
    pub from: Option<String>,
    /// The host where it runs.
    pub to: String,
}

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

/// Hosts that share instances, by what they can lose.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Cluster {
    /// Ids, sorted.
    pub hosts: Vec<String>,
    /// How many instances may run on them.
    pub instances: u64,
    /// How many hosts it can lose, whichever they are, so that every instance still runs: tried up to the
    /// order of the sweep. `null` if something runs nowhere already.
    pub can_lose: Option<u32>,
    /// The first hosts without which something runs nowhere, fewest first; `null` if none were found.
    pub first_loss: Option<ClusterLoss>,
    /// What is free after the loss of none, any one, any two …
    pub after: Vec<ClusterAfter>,
    /// Why no more hosts were tried.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
}

/// Hosts without which something runs nowhere.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct ClusterLoss {
    /// Ids of the hosts, sorted.
    pub hosts: Vec<String>,
    /// Ids of what then runs nowhere, sorted.
    pub unplaced: Vec<String>,
}

/// What is free on hosts after any so many of them are lost.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct ClusterAfter {
    /// How many are lost.
    pub lost: u32,
    /// By resource, in the order of the columns of placements.csv.
    pub resources: Vec<ClusterRoom>,
}

/// What is free of one resource.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct ClusterRoom {
    /// The column of placements.csv.
    pub resource: String,
    /// The largest amount that still fits on one host, whichever hosts are lost; `null` without limit.
    pub largest: Option<f64>,
    /// What is free on all hosts together, at least; `null` without limit.
    pub spare: Option<f64>,
}

/// The same scenario in the first minutes, before anything has restarted.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct FirstMinutes {
    /// The base state at every load case, in the order of the scenario.
    pub base: Vec<State>,
    /// The sweep.
    pub sweep: Sweep,
}
