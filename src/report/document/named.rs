//! Named contingencies in a result.

use crate::model::{Cause, Shed, Status};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A named contingency at one load case, on top of the known outages.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct NamedState {
    /// Its name.
    pub name: String,
    /// Name of the load case.
    pub load_case: String,
    /// Ids of what it fails, sorted; known outages that it does not name are not in here.
    pub down: Vec<String>,
    /// Its own capacity factors by id; they multiply those that are known.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub derate: BTreeMap<String, f64>,
    /// Every service, sorted by id.
    pub services: Vec<NamedService>,
}

/// One service in a named contingency.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct NamedService {
    /// Its id.
    pub id: String,
    /// Its status, as `whatif` gives it.
    pub status: Status,
    /// The most urgent cause of an at-risk verdict.
    pub cause: Option<Cause>,
    /// What shows it: an element or limit (id) or a load case (name).
    pub witness: Option<String>,
    /// What is asked of it in the contingency.
    pub demand: f64,
    /// Fraction of that which it gets.
    pub delivered: f64,
    /// Growth of all demand that it still carries; `null` when nothing limits it.
    pub headroom: Option<f64>,
    /// Id of the node that sets the headroom.
    pub limit: Option<String>,
    /// The demand that the contingency lowers; absent where it lowers none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub shed: Option<Shed>,
}

/// What a scenario's named contingency is made of.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct NamedSummary {
    /// Its name.
    pub name: String,
    /// How many components and links it fails.
    pub down: u64,
    /// How many it derates.
    pub derated: u64,
    /// How many demands it replaces.
    pub demands: u64,
}
