//! The time before anything has restarted. In: a study. Out: the same scenario without restarts, if both readings
//! are asked for and differ; and what is found of it.

use super::{StateOutcome, Study, SweepOutcome};
use crate::model::Scenario;

/// What happens before anything has restarted.
#[derive(Clone, Debug)]
pub struct FirstMinutes {
    /// The base state at every load case, in order.
    pub states: Vec<StateOutcome>,
    /// Every contingency.
    pub sweep: SweepOutcome,
}

/// What is asked about the time before anything has restarted.
pub(super) struct FirstSweep {
    before: Scenario,
}

impl FirstSweep {
    /// If both readings are asked for and differ.
    pub fn of(study: &Study<'_>) -> Option<Self> {
        let scenario = study.scenario();
        if !scenario.placement.both || study.system().placements().is_empty() {
            return None;
        }
        let mut before = scenario.clone();
        before.placement.restart = false;
        Some(Self { before })
    }

    /// Of the system of another study, which lists as much.
    pub fn study<'f>(&'f self, other: &Study<'f>) -> Study<'f> {
        Study::new(other.system(), &self.before).listing(other.listed())
    }
}
