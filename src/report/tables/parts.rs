//! The table of the parts of a run.

use super::table::{CSV, TEXT, Table};
use crate::report::document::{PartOfRun, Parts};

/// One row per part.
#[must_use]
pub fn parts(parts: &Parts) -> Table<'_, &PartOfRun> {
    let mut t = Table::new(["part", "parts"], &parts.parts).most(TEXT, usize::MAX);
    t.short("part", CSV | TEXT, |p| p.part.as_str());
    t.short("state", CSV | TEXT, |p| p.state.words().to_owned());
    t.words("file", CSV | TEXT, |p| p.file.as_deref());
    t.words("command", CSV, |p| p.command.as_deref());
    t
}
