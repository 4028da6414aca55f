//! A system and a scenario, compiled: the one way into the engine.

use super::MOST_LISTED;
use super::lanes::CaseLanes;
use super::shortcuts::Shortcuts;
use crate::compile::{Layout, compile, compile_in};
use crate::engine::{Base, CompiledSystem, Ix};
use crate::model::{NodeId, Scenario, System};
use std::sync::Arc;

/// A system as the states of a scenario need it; in a layout that is its own, or that of a system in which the same
/// nodes need the same ones, if one is known.
pub(super) fn compiled(
    system: &System,
    scenario: &Scenario,
    layout: Option<&Layout>,
) -> CompiledSystem {
    let mut compiled = match layout {
        Some(layout) => compile_in(system, layout),
        None => compile(system),
    };
    compiled.place_anew(scenario.placement.restart);
    compiled
}

/// A system and a scenario, ready to be asked.
pub struct Study<'a> {
    system: &'a System,
    scenario: &'a Scenario,
    compiled: Arc<CompiledSystem>,
    capacity: Vec<f64>,
    /// The most minimal sets that a sweep lists per service and load case.
    listed: usize,
    shortcuts: Shortcuts,
}

impl<'a> Study<'a> {
    /// Compiles.
    #[must_use]
    pub fn new(system: &'a System, scenario: &'a Scenario) -> Self {
        let compiled = Arc::new(compiled(system, scenario, None));
        Self::compiled_as(system, scenario, compiled)
    }

    /// The same system, asked something else.
    pub(super) fn of<'b>(&self, scenario: &'b Scenario) -> Study<'b>
    where
        'a: 'b,
    {
        let is_alike = scenario.placement.restart == self.scenario.placement.restart;
        let compiled = if is_alike || !self.compiled.has_placements() {
            Arc::clone(&self.compiled)
        } else {
            Arc::new(compiled(self.system, scenario, None))
        };
        Study::compiled_as(self.system, scenario, compiled)
    }

    /// The compiled system, to be kept for [`Study::sharing`].
    #[must_use]
    pub fn shared(&self) -> Arc<CompiledSystem> {
        Arc::clone(&self.compiled)
    }

    /// A study of another scenario of the same system, which is not compiled again. `compiled` must be of this
    /// system, and of a scenario that places instances as this one does.
    #[must_use]
    pub fn sharing(
        system: &'a System,
        scenario: &'a Scenario,
        compiled: &Arc<CompiledSystem>,
    ) -> Self {
        Self::compiled_as(system, scenario, Arc::clone(compiled))
    }

    fn compiled_as(
        system: &'a System,
        scenario: &'a Scenario,
        compiled: Arc<CompiledSystem>,
    ) -> Self {
        let mut capacity = compiled.capacity().to_vec();
        let derated = scenario.derate.iter().flat_map(|&(node, factor)| {
            let all = system.derated_with(node).into_iter();
            all.map(move |node| (node, factor))
        });
        for (node, factor) in derated {
            for place in compiled.replicas(compiled.ix(node)) {
                let [there, back] = compiled.capacity_places(place);
                let places = if there == back { 1 } else { 2 };
                for &at in &[there, back][..places] {
                    if capacity[at].is_finite() {
                        capacity[at] *= factor;
                    }
                }
            }
        }
        Self {
            system,
            scenario,
            compiled,
            capacity,
            listed: MOST_LISTED,
            shortcuts: Shortcuts::ALL,
        }
    }

    /// The same with at most so many minimal sets listed per service and load case; all of them are
    /// counted. [`MOST_LISTED`] unless said otherwise.
    #[must_use]
    pub fn listing(self, most: usize) -> Self {
        Self {
            listed: most,
            ..self
        }
    }

    pub(super) fn listed(&self) -> usize {
        self.listed
    }

    /// The same by other ways to the same answers; all shortcuts are taken unless said otherwise.
    #[must_use]
    pub fn taking(self, shortcuts: Shortcuts) -> Self {
        Self { shortcuts, ..self }
    }

    pub(super) fn shortcuts(&self) -> Shortcuts {
        self.shortcuts
    }

    /// The system.
    #[must_use]
    pub fn system(&self) -> &'a System {
        self.system
    }

    /// The scenario.
    #[must_use]
    pub fn scenario(&self) -> &'a Scenario {
        self.scenario
    }

    /// The compiled system, for analyses that go into the engine themselves.
    #[must_use]
    pub fn compiled(&self) -> &CompiledSystem {
        &self.compiled
    }

    /// Capacities as [`CompiledSystem::capacity`] has them, derating applied.
    #[must_use]
    pub fn capacity(&self) -> &[f64] {
        &self.capacity
    }

    /// The scenario's known outages, what it derates to nothing, and `failed`, in the numbering of
    /// the engine.
    #[must_use]
    pub fn outages(&self, failed: &[NodeId]) -> Vec<Ix> {
        let derated = self.scenario.derate.iter();
        let nothing = derated.filter(|(_, factor)| *factor <= 0.0);
        let nothing = nothing.flat_map(|(v, _)| self.system.derated_with(*v));
        let all = self.scenario.down.iter().copied().chain(nothing);
        let all = all.chain(failed.iter().copied());
        all.map(|v| self.compiled.ix(v)).collect()
    }

    /// The state in which the known outages and `failed` have failed, at the demands
    /// `demand[service][lane]`, evaluated in full.
    #[must_use]
    pub fn base<const L: usize>(&self, failed: &[NodeId], demand: &[[f64; L]]) -> Base<'_, L> {
        Base::evaluate(
            &self.compiled,
            &self.capacity,
            demand,
            &self.outages(failed),
        )
    }

    /// For each loop of nodes that load each other and that returns as much load as enters it, or
    /// more, in the base state: the way round, from a node over those that it loads and back.
    #[must_use]
    pub fn amplifying(&self) -> Vec<Vec<NodeId>> {
        if self.compiled.loops.is_empty() {
            return Vec::new();
        }
        let demand = vec![[0.0]; self.system.services().len()];
        let ways = self.base::<1>(&[], &demand).amplifying();
        let named = |way: Vec<Ix>| way.into_iter().map(|v| self.compiled.node(v)).collect();
        ways.into_iter().map(named).collect()
    }

    /// How many lanes the load cases of the scenario take, the peak among them: at most eight.
    #[must_use]
    pub fn lanes(&self) -> usize {
        let runs = CaseLanes::all(self.scenario);
        runs.iter().map(CaseLanes::len).max().unwrap_or(1)
    }
}
