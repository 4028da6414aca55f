//! Named contingencies: what fails together for one reason, with the response that belongs to it.

use super::NodeId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A contingency with a name: a site loss, a bad push, a drill. Its node numbers mean nothing outside of
/// its system.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NamedContingency {
    /// Unique in its scenario.
    pub name: String,
    /// What fails, sorted; known outages may be among it.
    pub down: Vec<NodeId>,
    /// Capacity factors (≥ 0), sorted by node; they multiply those of the scenario.
    pub derate: Vec<(NodeId, f64)>,
    /// Demands that replace those of every load case, after growth: position in
    /// [`System::services`](super::System::services) and demand, sorted.
    pub demand: Vec<(usize, f64)>,
}

/// A demand that a named contingency lowers.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Shed {
    /// What the load case asks.
    pub from: f64,
    /// What is asked in the contingency.
    pub to: f64,
}

impl NamedContingency {
    /// Everything that it fails or derates, sorted, each once.
    #[must_use]
    pub fn touched(&self) -> Vec<NodeId> {
        let derated = self.derate.iter().map(|(node, _)| *node);
        let mut all: Vec<NodeId> = self.down.iter().copied().chain(derated).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}
