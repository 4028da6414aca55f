//! Named contingencies of a scenario, each as a state of its own. In: a study. Out: every service in every
//! one of them, at every load case. Promises: what it says of a contingency is what [`Study::state`] says
//! of the scenario with that contingency in place.

use super::study::Study;
use super::{NamedOutcome, Watch};
use crate::model::CaseId;

/// Every contingency at every load case, in their order; fewer when the watcher stops it.
pub(super) fn named(study: &Study<'_>, watch: &dyn Watch) -> Vec<NamedOutcome> {
    let scenario = study.scenario();
    let mut outcomes = Vec::new();
    for (contingency, named) in scenario.contingencies.iter().enumerate() {
        let under = scenario.under(named);
        let there = study.of(&under);
        for case in (0..).map(CaseId).take(scenario.cases.len()) {
            if watch.stop() {
                return outcomes;
            }
            outcomes.push(NamedOutcome {
                contingency,
                case,
                services: there.state(&[], case).services,
            });
        }
    }
    outcomes
}
