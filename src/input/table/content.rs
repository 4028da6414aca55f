//! Whether the rows of a table can be read by its header, and how their numbers are written.

use super::cells::cells;
use super::{Row, Shape, Table};
use crate::input::dialect::{
    Decimal, Evidence, Look, Verdict, both_readings, mark_name, spreadsheet_error,
};
use crate::input::{Diagnostic, Faults};

/// A cell: its row and its column.
#[derive(Clone, Copy)]
struct Cell<'t> {
    row: Row<'t>,
    column: usize,
}

impl<'t> Cell<'t> {
    fn text(self) -> &'t str {
        self.row.cell(Some(self.column))
    }

    fn error(self, message: impl Into<String>) -> Diagnostic {
        self.row.error(self.column, message)
    }
}

/// Numbers of one column that may be thousands.
#[derive(Default)]
struct Thousands<'t> {
    first: Option<Cell<'t>>,
    count: usize,
    /// Other numbers of the column have fractions that are no thousands.
    plain: bool,
}

impl Table {
    /// A quote that is opened and never closed swallows the rest of the file.
    pub(super) fn check_quotes(&mut self, faults: &mut Faults) {
        let Some(&last) = self.rows.last().or(Some(&self.header)) else {
            return;
        };
        let text = &self.source.text;
        let spans = cells(
            text,
            self.delimiter,
            last.start as usize,
            last.cells as usize,
            text.len(),
        );
        let Some(span) = spans.last().filter(|s| s.open) else {
            return;
        };
        let start = span.range.start;
        let line_end = text[start..].find('\n').map_or(text.len(), |n| start + n);
        faults.push(
            Diagnostic::error("this quote is never closed")
                .at(&self.source, start..line_end)
                .label("everything from here on is one cell")
                .help("close it with `\"`; a quote inside a quoted cell is written `\"\"`"),
        );
        self.rows.pop();
        self.whole = false;
    }

    pub(super) fn check_rows(&self, faults: &mut Faults) {
        let width = self.columns.len();
        for row in self.rows() {
            let n = row.at.cells as usize;
            if n == width {
                continue;
            }
            let cells = |n: usize| format!("{n} cell{}", if n == 1 { "" } else { "s" });
            let help = match (self.delimiter, n > width) {
                (b';', true) => {
                    "a cell that holds a `;`, such as a list of ids, stands in quotes: `\"a;b\"`"
                }
                (b'\t', true) => "a cell that holds a tab stands in quotes",
                (_, true) => "a cell that holds a comma stands in quotes: `\"a, b\"`",
                (b';', false) => "write the missing `;`; a blank cell is fine",
                (b'\t', false) => "write the missing tabs; a blank cell is fine",
                (_, false) => "write the missing commas; a blank cell is fine",
            };
            let message = format!("this row has {}, the header has {width}", cells(n));
            faults.push(row.whole_error(message).help(help));
        }
    }

    /// Errors that a spreadsheet left behind: a row that starts with one looks like a comment.
    pub(super) fn check_errors(
        &mut self,
        shape: &Shape,
        faults: &mut Faults,
        warnings: &mut Vec<Diagnostic>,
    ) {
        const HELP: &str = "mend the formula in the spreadsheet and save the file again";
        for span in &self.errors {
            let text = self.source.text.get(span.clone()).unwrap_or_default();
            let error = spreadsheet_error(text).unwrap_or_default();
            let message = format!("`{error}` is an error of the spreadsheet, no comment");
            let fault = Diagnostic::error(message).at(&self.source, span.clone());
            faults.push(fault.help(HELP));
        }
        if !self.errors.is_empty() {
            self.whole = false;
        }
        if !self.data.contains('#') {
            return;
        }
        for (column, name) in self.columns.iter().enumerate() {
            let known = shape.is_known(name);
            let all = self.rows().filter(|r| r.is_whole());
            let mut wrong = all.filter_map(|row| {
                let error = spreadsheet_error(row.cell(Some(column)))?;
                Some((row, format!("`{error}` is an error of the spreadsheet")))
            });
            if known {
                for (row, message) in wrong {
                    faults.push(row.error(column, message).help(HELP));
                }
            } else if let Some((row, message)) = wrong.next() {
                let warning = row.warning(column, message);
                let more = match wrong.count() {
                    0 => "kept as the text of the label".to_owned(),
                    n => format!("kept as the text of the label, here and in {n} more rows"),
                };
                warnings.push(warning.label(more).help(HELP));
            }
        }
    }

    /// Finds out how fractions are written, and says so where it is not with a point.
    pub(super) fn read_decimals(
        &mut self,
        shape: &Shape,
        faults: &mut Faults,
        warnings: &mut Vec<Diagnostic>,
    ) {
        let columns: Vec<usize> = shape
            .numbers
            .iter()
            .filter_map(|n| self.column(n))
            .chain(
                self.columns()
                    .iter()
                    .enumerate()
                    .filter(|(_, name)| shape.is_resource(name))
                    .map(|(at, _)| at),
            )
            .collect();
        let mut evidence = Evidence::default();
        let mut thousands: Vec<[Thousands; 2]> =
            columns.iter().map(|_| Default::default()).collect();
        for row in self.rows().filter(|r| r.is_whole()) {
            for (slot, &column) in columns.iter().enumerate() {
                let cell = Cell { row, column };
                let look = Look::of(cell.text());
                evidence.add(look, cell);
                let [point, comma] = &mut thousands[slot];
                match look {
                    Look::MaybePoint => point.add(cell),
                    Look::MaybeComma => comma.add(cell),
                    Look::Point => point.plain = true,
                    Look::Comma => comma.plain = true,
                    Look::Plain => {}
                }
            }
        }
        let decimal = match evidence.verdict() {
            Verdict::Clear(decimal) => decimal,
            Verdict::Mixed { comma, point } => {
                faults.push(mixed(comma, point));
                Decimal::Unclear
            }
            Verdict::Ambiguous { first, count } => {
                faults.push(ambiguous(first, count));
                Decimal::Unclear
            }
        };
        let (mark, at) = match decimal {
            Decimal::Comma => (',', 1),
            _ => ('.', 0),
        };
        for column in &thousands {
            if decimal != Decimal::Unclear {
                warnings.extend(column[at].warning(mark));
            }
        }
        self.decimal = decimal;
    }

    /// Says how the file is written, if not with commas between cells and points in numbers.
    pub(super) fn note_dialect(&self, notes: &mut Vec<Diagnostic>) {
        let mark = match self.delimiter {
            b',' => None,
            mark => Some(format!(
                "cells are read as separated by {}",
                mark_name(mark)
            )),
        };
        let decimal = (self.decimal == Decimal::Comma)
            .then(|| "fractions are read after a decimal comma".to_owned());
        let said: Vec<String> = mark.into_iter().chain(decimal).collect();
        if !said.is_empty() {
            let header = self.row_at(self.header);
            let note = Diagnostic::note(said.join(", "));
            notes.push(note.at(&self.source, header.whole_span()));
        }
    }
}

impl<'t> Thousands<'t> {
    fn add(&mut self, cell: Cell<'t>) {
        self.first.get_or_insert(cell);
        self.count += 1;
    }

    /// A warning if every fraction of the column may be a thousand.
    fn warning(&self, mark: char) -> Option<Diagnostic> {
        let cell = self.first.filter(|_| !self.plain)?;
        let text = cell.text();
        let (fraction, thousand) = both_readings(text, mark);
        let more = match self.count - 1 {
            0 => String::new(),
            n => format!(", and {n} more in this column likewise"),
        };
        let warning = cell
            .row
            .warning(cell.column, format!("`{text}` may be {thousand}"));
        Some(
            warning
                .label(format!("is read as {fraction}{more}"))
                .help(format!(
                    "write `{thousand}` if that is meant, else `{fraction}`"
                )),
        )
    }
}

fn mixed(comma: Cell, point: Cell) -> Diagnostic {
    let (with, without) = (comma.text(), point.text());
    let message = format!(
        "`{with}` has a decimal comma, `{without}` a decimal point: one file has one of them"
    );
    comma
        .error(message)
        .label(format!("`{without}` stands at {}", point.row.place()))
        .help("write all fractions after a point and no mark between thousands: `1234.5`")
}

fn ambiguous(first: Cell, count: usize) -> Diagnostic {
    let text = first.text();
    let (fraction, thousand) = both_readings(text, ',');
    let more = match count - 1 {
        0 => String::new(),
        1 => "; 1 more cell likewise".to_owned(),
        n => format!("; {n} more cells likewise"),
    };
    first
        .error(format!("`{text}` may be {fraction} or {thousand}{more}"))
        .label("nothing in this file tells which")
        .help(format!("write `{thousand}` or `{fraction}`"))
}
