//! A system and a scenario, compiled: the one way into the engine.

use super::{StateOutcome, SweepOutcome, Watch};
use crate::model::{CaseId, NodeId, Scenario, System};

/// A system and a scenario, ready to be asked.
pub struct Study<'a> {
    system: &'a System,
    scenario: &'a Scenario,
}

impl<'a> Study<'a> {
    /// Compiles.
    #[must_use]
    pub fn new(system: &'a System, scenario: &'a Scenario) -> Self {
        Self { system, scenario }
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

    /// The state in which the scenario's known outages and `failed` have failed, at one load case,
    /// with the status of every service: its further elements are those of the scenario's sweep.
    #[must_use]
    pub fn state(&self, _failed: &[NodeId], _case: CaseId) -> StateOutcome {
        todo!()
    }

    /// All contingencies of order 1 to `order` among the scenario's elements, at every load case.
    #[must_use]
    pub fn sweep(&self, _order: u32, _watch: &dyn Watch) -> SweepOutcome {
        todo!()
    }
}
