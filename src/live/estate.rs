//! What there is to ask about: what a page shows before anything is asked.

use super::Live;
use crate::model::{Node, NodeId, Role};
use serde::Serialize;
use std::collections::BTreeMap;

/// An estate that was opened.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Opened {
    /// Name of the scenario.
    pub name: String,
    /// Path of what was opened.
    pub path: String,
    /// Load cases, in the order of the scenario.
    pub cases: Vec<Case>,
    /// Names of contingencies that can be in place.
    pub contingencies: Vec<String>,
    /// Ids of known outages, sorted.
    pub down: Vec<String>,
    /// Capacity factors of the scenario by id.
    pub derate: BTreeMap<String, f64>,
    /// Whether anything is placed on hosts.
    pub places: bool,
    /// Every component, link, flow and service, by id.
    pub items: Vec<Item>,
    /// The highest order of contingencies that can be asked for.
    pub most_order: u32,
}

/// One load case.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Case {
    /// What the scenario calls it.
    pub name: String,
    /// Whether it is marked as the peak.
    pub peak: bool,
    /// Demand of each service, in the order of the services among the items.
    pub demand: Vec<f64>,
}

/// One component, link, flow or service.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Item {
    /// The id that the inventory gives it.
    pub id: String,
    /// Its longer name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The tag of the `kind` column.
    pub kind: String,
    /// `component`, `link`, `flow` or `service`.
    pub role: &'static str,
    /// Unit of its load or demand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Tier of a service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier: Option<u32>,
    /// Positions of the domains that it sits in, among the items.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub within: Vec<u32>,
    /// Positions of both ends of a link or flow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends: Option<[u32; 2]>,
    /// Whether it can fail by itself.
    pub fails: bool,
    /// Whether it has a capacity that can be derated.
    pub derates: bool,
}

impl Live {
    /// What there is.
    #[must_use]
    pub fn opened(&self) -> Opened {
        let scenario = &self.scenario;
        let id = |&v: &NodeId| self.system.id(v).to_owned();
        let derate = scenario.derate.iter();
        Opened {
            name: scenario.name.clone(),
            path: self.package.path.clone(),
            cases: scenario
                .cases
                .iter()
                .map(|c| Case {
                    name: c.name.clone(),
                    peak: c.peak,
                    demand: c.demand.clone(),
                })
                .collect(),
            contingencies: scenario
                .contingencies
                .iter()
                .map(|c| c.name.clone())
                .collect(),
            down: scenario.down.iter().map(id).collect(),
            derate: derate.map(|(v, factor)| (id(v), *factor)).collect(),
            places: !self.system.placements().is_empty(),
            items: self.system.iter().map(|(v, n)| self.item(v, n)).collect(),
            most_order: self.most_order(scenario.sweep.elements.len() as u64),
        }
    }

    fn item(&self, v: NodeId, node: &Node) -> Item {
        let (role, ends) = match node.role {
            Role::Component => ("component", None),
            Role::Link(l) => ("link", Some([l.a.0, l.b.0])),
            Role::Flow(f) => ("flow", Some([f.from.0, f.to.0])),
            Role::Service(_) => ("service", None),
        };
        let derated = || self.system.derated_with(v);
        let limited = |v: &NodeId| !self.system.node(*v).is_unlimited();
        Item {
            id: node.id.to_string(),
            name: node.name.as_deref().map(str::to_owned),
            kind: node.kind.to_string(),
            role,
            unit: node.unit.as_deref().map(str::to_owned),
            tier: node.as_service().and_then(|s| s.tier),
            within: node.within.iter().map(|w| w.0).collect(),
            ends,
            fails: node.can_fail(),
            derates: node.is_component_or_link()
                && self.scenario.down.binary_search(&v).is_err()
                && derated().iter().any(limited),
        }
    }
}
