//! Named contingencies: what fails together for one reason, with the response that belongs to it.

use super::{CaseId, NodeId, Scenario};
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

impl Scenario {
    /// The same with a contingency in place, as if it were known: what it fails is out and fails no
    /// more, factors multiply, demands replace those of every load case.
    #[must_use]
    pub fn under(&self, contingency: &NamedContingency) -> Self {
        let mut under = self.clone();
        under.down.extend(&contingency.down);
        under.down.sort_unstable();
        under.down.dedup();
        let down = &under.down;
        let elements = &mut under.sweep.elements;
        elements.retain(|e| down.binary_search(e).is_err());
        for &(node, factor) in &contingency.derate {
            match under.derate.binary_search_by_key(&node, |d| d.0) {
                Ok(at) => under.derate[at].1 *= factor,
                Err(at) => under.derate.insert(at, (node, factor)),
            }
        }
        for case in &mut under.cases {
            for &(service, demand) in &contingency.demand {
                case.demand[service] = demand;
            }
        }
        under
    }

    /// What a contingency lowers the demand of a service to at a load case; `None` where it does not.
    /// `service` is a position in [`System::services`](super::System::services).
    #[must_use]
    pub fn shed(
        &self,
        contingency: &NamedContingency,
        case: CaseId,
        service: usize,
    ) -> Option<Shed> {
        let at = contingency.demand.binary_search_by_key(&service, |d| d.0);
        let to = contingency.demand[at.ok()?].1;
        let from = self.cases[case.index()].demand[service];
        (to < from).then_some(Shed { from, to })
    }
}
