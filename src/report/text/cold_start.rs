//! What could not be started from dark, for a terminal.

use crate::report::document::ColdStart;
use crate::report::sentences::cold_start::{LOOPS, first_lines};
use crate::report::shape::{Shape, more};
use crate::report::style::wrap;

/// The loops that hold each other; nothing where everything could be started.
#[must_use]
pub(in crate::report) fn cold_start(found: &ColdStart, shape: Shape) -> String {
    if found.cold_start.is_empty() {
        return String::new();
    }
    let mut out = String::from("\nCold start\n");
    let most = shape.most(LOOPS);
    for line in first_lines(found, most) {
        out.push_str(&wrap(&line.text, line.indent, shape.width));
    }
    let hidden = found.cold_start_loops.len().saturating_sub(most);
    out + &more(hidden, "loop", "")
}
