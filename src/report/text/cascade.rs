//! The contingencies of a sweep that set off a cascade, for a terminal.

use crate::report::document::Sweep;
use crate::report::number::counted;
use crate::report::sentences::cascade::{all, describe};
use crate::report::shape::Shape;
use crate::report::style::wrap;

/// Cascades that a sweep tells.
const MOST_SHOWN: usize = 8;

/// The contingencies that set off a cascade, for the body of a sweep.
pub(super) fn cascades(sweep: &Sweep, shape: Shape) -> String {
    let (width, most) = (shape.width, shape.most(MOST_SHOWN));
    let all = all(sweep);
    if all == 0 {
        return String::new();
    }
    let mut out =
        String::from("\nCascades: what loses something to overload while no part of it does\n");
    for c in sweep.cascades.iter().take(most) {
        out.push_str(&wrap(&describe(c), 2, width));
    }
    let shown = sweep.cascades.len().min(most) as u64;
    if all > shown {
        let hidden = counted(all - shown, "cascade");
        let line = format!("… and {hidden} more; `sweep --format csv --table cascades` lists them");
        out.push_str(&wrap(&line, 2, width));
    }
    out
}
