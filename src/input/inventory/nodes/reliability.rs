//! How often a node is out by chance. In: a row and the defaults of its kind. Out: its reliability, if it has
//! one, and what is wrong with what it says of it.

use super::columns::Columns;
use crate::input::inventory::builder::Builder;
use crate::input::inventory::defaults::{Assumed, KindDefaults};
use crate::input::number::Range;
use crate::input::table::Row;
use crate::model::Reliability;

/// A warning where a row says how often a logical component fails.
pub(super) fn never_by_chance<'t>(b: &mut Builder<'t>, row: Row<'t>, columns: &Columns, id: &str) {
    let all = [
        columns.unavailability,
        columns.mtbf_hours,
        columns.mttr_hours,
    ];
    let given = all.into_iter().flatten();
    let mut given = given.filter(|&column| !row.cell(Some(column)).is_empty());
    if let Some(column) = given.next() {
        b.odd("logical components have a reliability", || {
            let message = format!("`{id}` is logical: it does not fail by itself");
            row.warning(column, message)
                .label("changes nothing")
                .help("give it to what the group is made of, or `logical = false` to the kind")
        });
    }
}

/// How often a node is out by chance: its own words, else its kind's.
pub(super) fn reliability<'t>(
    b: &mut Builder<'t>,
    row: Row<'t>,
    columns: &Columns,
    kind: &'t str,
) -> Option<Reliability> {
    let given = |column| !row.cell(column).is_empty();
    let (q, up, down) = (
        given(columns.unavailability),
        given(columns.mtbf_hours),
        given(columns.mttr_hours),
    );
    if let Some(column) = columns.unavailability.filter(|_| q && (up || down)) {
        let fault = row.error(column, "the reliability is given in two ways");
        b.faults
            .push(fault.help("keep either `unavailability` or the two hours, and blank the other"));
        return None;
    }
    if q {
        let q = b.number(row, columns.unavailability, Range::Fraction)?;
        return Some(Reliability::Unavailability(q));
    }
    if !up && !down {
        return default_reliability(b, kind);
    }
    let mtbf_hours = hours(b, row, columns, kind, true);
    let mttr_hours = hours(b, row, columns, kind, false);
    Some(Reliability::Rates {
        mtbf_hours: mtbf_hours?,
        mttr_hours: mttr_hours?,
    })
}

fn default_reliability<'t>(b: &mut Builder<'t>, kind: &'t str) -> Option<Reliability> {
    let found = b.defaults.of(kind).and_then(KindDefaults::reliability);
    match found {
        Some(Reliability::Unavailability(_)) => b.assume(kind, Assumed::Unavailability),
        Some(Reliability::Rates { .. }) => {
            b.assume(kind, Assumed::Mtbf);
            b.assume(kind, Assumed::Mttr);
        }
        None => b.assume("", Assumed::NeverFails),
    }
    found
}

/// One of the two hours of a row that gives at least one: its own, or the kind's.
fn hours<'t>(
    b: &mut Builder<'t>,
    row: Row<'t>,
    columns: &Columns,
    kind: &'t str,
    up: bool,
) -> Option<f64> {
    let (column, other, range, assumed) = if up {
        (
            columns.mtbf_hours,
            columns.mttr_hours,
            Range::Positive,
            Assumed::Mtbf,
        )
    } else {
        (
            columns.mttr_hours,
            columns.mtbf_hours,
            Range::Count,
            Assumed::Mttr,
        )
    };
    if !row.cell(column).is_empty() {
        return b.number(row, column, range);
    }
    let default = b.defaults.of(kind).and_then(|k| {
        let hours = if up { &k.mtbf_hours } else { &k.mttr_hours };
        hours.as_ref().map(|h| h.value)
    });
    if default.is_some() {
        b.assume(kind, assumed);
        return default;
    }
    let (has, lacks) = if up {
        ("mttr_hours", "mtbf_hours")
    } else {
        ("mtbf_hours", "mttr_hours")
    };
    let fault = row.error(
        other.unwrap_or(0),
        format!("`{has}` needs `{lacks}` beside it"),
    );
    b.faults.push(fault.help(format!(
        "write both, or neither, or `unavailability` instead of `{has}`"
    )));
    None
}
