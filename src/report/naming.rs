//! Puts names on outcomes. In: a system, a scenario and what the analyses answered, with node
//! numbers. Out: documents with ids. Promises: decides nothing; a number without a finite value
//! becomes `null`.

mod cases;
mod cold_start;
mod decisions;
mod derivation;
mod estate;
mod evidence;
mod explain;
mod fix;
mod instant;
mod inventory;
mod judgement;
mod ledger;
mod load;
mod maintenance;
mod map;
mod named;
mod network;
mod placement;
mod plan;
mod resolve;
mod simulate;
mod sweep;
mod timeline;
mod why;

pub use fix::NamedFixes;
pub use instant::instant;
pub(in crate::report) use inventory::shares;
pub use judgement::{incomplete, verdict};
pub use resolve::{Names, Resolve};
pub use simulate::SimulateNames;
pub use sweep::SetsListed;

use super::document::{
    ComponentState, Finding, Head, Input, ServiceState, State, Tool, schema_name,
};
use crate::analysis::{Paths, StateOutcome, explanation, finite};
use crate::model::{self, NodeId, Scenario, ServiceOutcome, System};
use std::collections::BTreeMap;

/// Names for the nodes and cases of one system and scenario.
#[derive(Clone, Copy)]
pub struct Naming<'a> {
    system: &'a System,
    scenario: &'a Scenario,
}

/// What a document of `schema` opens with.
#[must_use]
pub fn head(command: &str, mut inputs: Vec<Input>, warnings: Vec<String>) -> Head {
    inputs.sort();
    Head {
        schema: schema_name(command),
        tool: Tool {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        },
        inputs,
        warnings,
    }
}

impl Names for Naming<'_> {
    fn node(&self, node: NodeId) -> String {
        self.id(node)
    }

    fn case(&self, case: model::CaseId) -> String {
        self.scenario.cases[case.index()].name.clone()
    }
}

impl<'a> Naming<'a> {
    /// For this system and scenario.
    #[must_use]
    pub fn new(system: &'a System, scenario: &'a Scenario) -> Self {
        Self { system, scenario }
    }

    fn id(self, node: NodeId) -> String {
        self.system.id(node).to_owned()
    }

    fn ids(self, nodes: &[NodeId]) -> Vec<String> {
        nodes.iter().map(|&n| self.id(n)).collect()
    }

    fn case(self, case: model::CaseId) -> String {
        Names::case(&self, case)
    }

    fn unit(self, node: NodeId) -> Option<String> {
        self.system.node(node).unit.as_deref().map(str::to_owned)
    }

    /// Capacity factors by id.
    fn derate(self) -> BTreeMap<String, f64> {
        let factors = self.scenario.derate.iter();
        factors.map(|&(n, f)| (self.id(n), f)).collect()
    }

    /// One state.
    #[must_use]
    pub fn state(self, state: &StateOutcome) -> State {
        let services = state.services.iter();
        let paths = Paths::new(self.system, &state.works);
        let others = self.system.iter().filter(|(_, n)| n.as_service().is_none());
        State {
            load_case: self.case(state.case),
            down: self.ids(&state.down),
            derate: self.derate(),
            as_today: Vec::new(),
            tripped: state.tripped.clone().named(&self),
            moved: Some(state.moved.clone().named(&self)),
            unplaced: Some(self.ids(&state.unplaced)),
            lacks: self.lacks(state),
            first_trip: state.first_trip.named(&self),
            services: services.map(|s| self.service(state, &paths, s)).collect(),
            components: others.map(|(v, _)| self.component(state, v)).collect(),
        }
    }

    /// One service in a state, of which `paths` are the paths.
    #[must_use]
    pub fn service(
        self,
        state: &StateOutcome,
        paths: &Paths,
        outcome: &ServiceOutcome,
    ) -> ServiceState {
        let node = self.system.node(outcome.service);
        let findings: Vec<Finding> = outcome.findings.clone().named(&self);
        let because = if outcome.status.is_harm() {
            let chain = explanation(self.system, state, paths, outcome.service);
            self.sentences(state, outcome.service, &chain)
        } else {
            Vec::new()
        };
        ServiceState {
            id: self.id(outcome.service),
            name: node.name.as_deref().map(str::to_owned),
            status: outcome.status,
            cause: findings.first().map(|f| f.cause),
            witness: findings.first().map(|f| f.witness.clone()),
            findings,
            demand: outcome.demand,
            unit: self.unit(outcome.service),
            tier: node.as_service().and_then(|s| s.tier),
            delivered: outcome.delivered,
            headroom: outcome.headroom.and_then(finite),
            limit: outcome.limit.map(|n| self.id(n)),
            because,
            outages: None,
            shed: None,
        }
    }

    /// Names the outages that have a part in the status of each service, in the order of the services.
    pub fn tell_parts(self, services: &mut [ServiceState], parts: &[Vec<NodeId>]) {
        for (service, parts) in services.iter_mut().zip(parts) {
            service.outages = Some(self.ids(parts));
        }
    }

    fn component(self, state: &StateOutcome, v: NodeId) -> ComponentState {
        let (load, capacity) = (state.carried[v.index()], state.capacity[v.index()]);
        ComponentState {
            id: self.id(v),
            name: self.system.node(v).name.as_deref().map(str::to_owned),
            kind: self.system.node(v).kind.to_string(),
            works: state.works[v.index()],
            load: finite(state.load[v.index()]),
            infinite: state.load[v.index()] == f64::INFINITY,
            carried: Some(load).filter(|&load| load < state.load[v.index()]),
            constant: Some(state.constant[v.index()]).filter(|&c| c > 0.0 && c.is_finite()),
            capacity: finite(capacity),
            unit: self.unit(v),
            delivered: state.delivered[v.index()],
            utilization: state.utilization(v),
        }
    }
}
