//! What the columns of a table must be for a map to read them. In: a table, and the columns that the map reads. Out: a fault
//! for each that is there twice or holds what is no plain value, a warning for numbers that may be thousands. Promises:
//! what stands in a cell is shown only where it is surely a number.

use super::map::Map;
use super::records::{Records, Unclear, Why};
use super::things::range;
use crate::input::dialect::{Look, both_readings};
use crate::input::import::Imported;
use crate::input::{Diagnostic, Faults};
use std::collections::BTreeSet;

/// Looks at the columns of lists and of relations that the map reads.
pub(super) fn check(
    lists: &[Records],
    relations: &[Records],
    map: &Map,
    faults: &mut Faults,
    imported: &mut Imported,
) {
    let warnings = &mut imported.warnings;
    let of = &map.components;
    let numbers = of.columns.iter().filter(|(ours, _)| range(ours).is_some());
    let numbers: Vec<&str> = numbers.map(|(_, theirs)| theirs.as_str()).collect();
    for records in lists {
        unreadable(records, of.reads(), faults);
        thousands(records, numbers.iter().copied(), warnings);
    }
    for (records, of) in relations.iter().zip(map.relations.iter().cycle()) {
        unreadable(records, of.reads(), faults);
        thousands(records, [of.load.as_str(), of.constant.as_str()], warnings);
    }
}

/// Finds the columns of a table that a map reads and that cannot be read.
fn unreadable<'m>(
    records: &Records,
    reads: impl IntoIterator<Item = &'m str>,
    faults: &mut Faults,
) {
    let reads: BTreeSet<&str> = reads.into_iter().filter(|c| !c.is_empty()).collect();
    for (column, Unclear { header, line, why }) in &records.unclear {
        if reads.contains(column.as_str()) {
            let place = format!("{}:{line}", records.path);
            faults.push(match why {
                Why::Twice => Diagnostic::error(format!(
                    "{place}: two columns are called `{header}`, and the map reads it"
                ))
                .help("keep one of them, or give them names of their own"),
                Why::Nested => Diagnostic::error(format!(
                    "{place}: `{header}` holds an object, which is no value of a cell"
                ))
                .help("export the field itself: a text, a number, a list of such, or an object with `value` and `display_value`"),
            });
        }
    }
}

/// Warns of numbers such as `1.200`, unless another of their column surely has a decimal point.
fn thousands<'m>(
    records: &Records,
    numbers: impl IntoIterator<Item = &'m str>,
    warnings: &mut Vec<Diagnostic>,
) {
    let numbers: BTreeSet<&str> = numbers.into_iter().filter(|c| !c.is_empty()).collect();
    for column in numbers {
        let looks = |look: Look| {
            let rows = records.rows();
            rows.filter(move |r| Look::of(r.text(column)) == look)
        };
        let mut unsure = looks(Look::MaybePoint);
        let Some(first) = unsure
            .next()
            .filter(|_| looks(Look::Point).next().is_none())
        else {
            continue;
        };
        let text = first.text(column);
        let (fraction, thousand) = both_readings(text, '.');
        let more = match unsure.count() {
            0 => String::new(),
            n => format!(", and {n} more in this column likewise"),
        };
        let place = first.place();
        let message =
            format!("{place}: `{text}` may be {thousand}, and is read as {fraction}{more}");
        let help = format!("write `{thousand}` if that is meant, else `{fraction}`");
        warnings.push(Diagnostic::warning(message).help(help));
    }
}
