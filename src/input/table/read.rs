//! A source → a table whose header and rows were looked at. In: a source, what its header may hold, what other
//! headers stand for. Out: the table, or why there is none; faults and warnings with their places.

use super::split::split;
use super::{Shape, Table};
use crate::input::dialect::{self, mark_name};
use crate::input::renames::Renames;
use crate::input::{Diagnostic, Faults, Source};
use std::sync::Arc;

impl Table {
    /// Splits a source into cells and checks its header and the shape of its rows. `None` when
    /// there is no header that rows could be read by.
    pub fn read(
        source: &Arc<Source>,
        shape: &Shape,
        renames: &Renames,
        faults: &mut Faults,
        warnings: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        let delimiter = match dialect::delimiter(&source.text, |h| shape.fit(h, renames)) {
            Ok(delimiter) => delimiter,
            Err(marks) => {
                faults.push(unclear_marks(source, marks));
                return None;
            }
        };
        let mut table = split(source, delimiter);
        if table.rows.is_empty() {
            let header = shape.known().collect::<Vec<_>>().join(",");
            faults.push(
                Diagnostic::error("the file has no header row")
                    .at(source, 0..0)
                    .help(format!("start it with a line such as `{header}`")),
            );
            return None;
        }
        table.header = table.rows.remove(0);
        let header = table.row_at(table.header);
        let ours = |cell: &str| renames.of(cell).unwrap_or(cell).to_owned();
        table.columns = header.cells().map(ours).collect();
        let fine = table.check_header(shape, faults, warnings);
        table.check_quotes(faults);
        if fine {
            table.check_rows(faults);
            table.check_errors(shape, faults, warnings);
            table.read_decimals(shape, faults, warnings);
            table.note_dialect(warnings);
        }
        fine.then_some(table)
    }
}

/// The header can be split in two ways.
fn unclear_marks(source: &Arc<Source>, [one, other]: [u8; 2]) -> Diagnostic {
    let (one, other) = (mark_name(one), mark_name(other));
    let end = source.text.find('\n').unwrap_or(source.text.len());
    Diagnostic::error(format!(
        "it cannot be told whether {one} or {other} stands between the cells"
    ))
    .at(source, 0..end)
    .help(format!(
        "put names that hold a mark in quotes, or write a line `sep=,` (or the mark that is meant) first; here {one} and {other} fit equally well"
    ))
}
