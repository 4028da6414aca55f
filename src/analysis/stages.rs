//! The stages of an assessment, and who watches them.

use super::outcome::{NoWatch, Watch};

/// A part of an assessment that takes its time, in the order in which they are done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Every contingency, at every load case.
    Sweep,
    /// Probabilities.
    Simulate,
    /// Every hour of the horizon.
    Timeline,
    /// What would take breaches away.
    Fixes,
    /// Whether the verdict hangs on a default.
    Assumptions,
}

/// Someone who watches an assessment, stage by stage.
pub trait Stages {
    /// A stage begins: what is returned watches it, may end it early, and is dropped at its end.
    fn begin(&self, stage: Stage) -> Box<dyn Watch + '_>;
}

impl Stages for NoWatch {
    fn begin(&self, _: Stage) -> Box<dyn Watch + '_> {
        Box::new(Self)
    }
}
