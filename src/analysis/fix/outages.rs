//! What can be restored. In: a scenario. Out: its known outages and deratings.

use crate::model::{NodeId, Scenario};

/// Known outages that are tried.
pub(super) const MOST_REPAIRS: usize = 40;

/// Everything that can be restored: known outages and deratings, sorted.
pub(in crate::analysis) fn outages(scenario: &Scenario) -> Vec<NodeId> {
    let derated = scenario.derate.iter().filter(|(_, factor)| *factor < 1.0);
    let mut elements: Vec<_> = scenario.down.clone();
    elements.extend(derated.map(|(node, _)| *node));
    elements.sort_unstable();
    elements.dedup();
    elements
}
