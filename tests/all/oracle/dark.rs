//! Cold start by definition: the least fixed point of works, from "nothing works" upwards.

use super::Oracle;
use brownout::model::{NodeId, Scenario, System};

impl<'a> Oracle<'a> {
    /// An oracle whose states are those that come up when everything had stopped.
    pub fn from_dark(system: &'a System, scenario: &'a Scenario) -> Self {
        Self {
            dark: true,
            ..Self::new(system, scenario)
        }
    }

    /// What comes up.
    pub fn started(&self, down: &[bool]) -> Vec<bool> {
        let mut works = vec![false; down.len()];
        loop {
            let next: Vec<bool> = self
                .system
                .iter()
                .map(|(v, node)| !down[v.index()] && self.is_served(v, node, &works))
                .collect();
            if next == works {
                return works;
            }
            works = next;
        }
    }

    /// What works with `failed` on top of the known outages, and could not be started.
    pub fn cold_start(&self, failed: &[NodeId]) -> Vec<NodeId> {
        let down = self.down(failed);
        let (works, started) = (self.works(&down), self.started(&down));
        let nodes = self.system.iter().map(|(v, _)| v);
        nodes
            .filter(|v| works[v.index()] && !started[v.index()])
            .collect()
    }
}
