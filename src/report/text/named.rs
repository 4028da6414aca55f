//! Named contingencies for a terminal.

use crate::report::document::Sweep;
use crate::report::shape::Shape;
use crate::report::style::wrap;
use crate::report::tables;

/// Every named contingency, a row for each load case; nothing where there is none.
#[must_use]
pub(in crate::report) fn named(sweep: &Sweep, shape: Shape) -> String {
    if sweep.named.is_empty() {
        return String::new();
    }
    let table = tables::named_states(sweep).text_in(shape);
    let legend = wrap(
        "✗ down, ▲ degraded, ! at-risk, of all services",
        2,
        shape.width,
    );
    format!("\nNamed contingencies\n{table}{legend}")
}
