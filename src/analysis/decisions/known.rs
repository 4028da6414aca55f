//! What decisions rest on. In: an estate, its scenario, the time it speaks of, what the assessment found. Out: one
//! value that every part of the decisions is given.

use crate::analysis::assessment::Assessment;
use crate::input::Time;
use crate::model::{CaseId, Scenario, System};

/// What all parts look at.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub system: &'a System,
    pub scenario: &'a Scenario,
    pub time: Option<&'a Time>,
    pub found: &'a Assessment,
    /// The load case that counts: the peak, or the first.
    pub case: CaseId,
}
