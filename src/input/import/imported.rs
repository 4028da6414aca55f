//! What an importer gives: a draft, and what belongs beside it. Plain data.

use super::report::Report;
use crate::input::Diagnostic;
use crate::input::write::{Placements, ScenarioFile};
use crate::model::Draft;

/// What was read.
#[derive(Debug, Default)]
pub struct Imported {
    /// The inventory; it keeps every invariant of a [`System`](crate::model::System).
    pub draft: Draft,
    /// Rows of placements.csv.
    pub placements: Placements,
    /// Scenarios to start from. The first is `scenario.toml`; where a format gives none, one is made of
    /// the draft.
    pub scenarios: Vec<ScenarioFile>,
    /// What became of what the files hold.
    pub report: Report,
    /// What was merged, left out or assumed.
    pub warnings: Vec<Diagnostic>,
}
