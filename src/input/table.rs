//! CSV → a table of cells. In: a source. Out: a header with known, missing and label columns, rows
//! of trimmed cells that know their line and, when somebody asks, their exact place in the text.
//! Promises that a ragged row is reported once and then says nothing but its id.

mod cells;
mod content;
mod header;
mod read;
mod split;

use super::diagnostic::{Diagnostic, Source};
use super::dialect::Decimal;
use super::renames::Renames;
use cells::cells;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// Columns of one file: more are surely no table.
const MOST_COLUMNS: usize = 256;
/// Bytes of a row that are searched for the place of a fault.
const SEARCHED: usize = 4 * 1024;

/// What a file's header may hold.
pub struct Shape {
    /// Columns that must be there.
    pub required: &'static [&'static str],
    /// Columns with a meaning.
    pub optional: &'static [&'static str],
    /// Columns that have a meaning in other files but none here.
    pub foreign: &'static [&'static str],
    /// Columns that will have a meaning, but none in this version.
    pub later: &'static [&'static str],
    /// Columns whose cells are numbers.
    pub numbers: &'static [&'static str],
    /// Whether any other column is kept as a label.
    pub labels: bool,
    /// Whether columns such as `/memory` are numbers with a meaning: what is taken of a resource.
    pub resources: bool,
}

impl Shape {
    /// Every column with a meaning.
    pub fn known(&self) -> impl Iterator<Item = &'static str> + Clone {
        self.required.iter().chain(self.optional).copied()
    }

    /// Whether a column has a meaning here.
    fn is_known(&self, name: &str) -> bool {
        self.known().any(|k| k == name) || self.is_resource(name)
    }

    fn is_resource(&self, name: &str) -> bool {
        self.resources && name.len() > 1 && name.starts_with('/')
    }

    /// How well a header fits: first by the columns that must be there, then by those that may.
    fn fit(&self, header: &[String], renames: &Renames) -> (usize, usize) {
        let has = |name: &&&str| {
            let mut cells = header.iter();
            cells.any(|cell| renames.of(cell).unwrap_or(cell).eq_ignore_ascii_case(name))
        };
        let required = self.required.iter().filter(has).count();
        (required, self.optional.iter().filter(has).count())
    }
}

#[derive(Clone, Copy)]
struct RowAt {
    /// Byte of the row's first character.
    start: u32,
    line: u32,
    /// First of its cells in `ends`.
    first: u32,
    cells: u32,
}

/// A CSV file, split into cells.
pub struct Table {
    source: Arc<Source>,
    /// What stands between its cells.
    delimiter: u8,
    /// How its numbers are written.
    decimal: Decimal,
    columns: Vec<String>,
    header: RowAt,
    /// All cells one after the other; `ends` says where each stops.
    data: String,
    ends: Vec<u32>,
    rows: Vec<RowAt>,
    /// Lines that look like comments and are errors of a spreadsheet.
    errors: Vec<Range<usize>>,
    /// False when rows or ids may be missing from it: what refers to them is not at fault.
    pub whole: bool,
}

/// One data row.
#[derive(Clone, Copy)]
pub struct Row<'t> {
    table: &'t Table,
    at: RowAt,
}

impl Table {
    /// How many data rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// The names of its columns, ours where another header stands for one.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The names of its columns as they stand in the file.
    pub fn headers(&self) -> impl Iterator<Item = &str> {
        self.row_at(self.header).cells()
    }

    /// The line of the header, 1-based.
    pub fn header_line(&self) -> u32 {
        self.header.line
    }

    /// The position of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c == name)
    }

    /// Columns that the shape does not name: position and name.
    pub fn labels<'t>(&'t self, shape: &'t Shape) -> impl Iterator<Item = (usize, &'t str)> {
        self.columns
            .iter()
            .enumerate()
            .map(|(at, name)| (at, name.as_str()))
            .filter(|(_, name)| !name.is_empty() && !shape.is_known(name))
    }

    /// All data rows.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|&at| self.row_at(at))
    }

    fn row_at(&self, at: RowAt) -> Row<'_> {
        Row { table: self, at }
    }
}

impl<'t> Row<'t> {
    /// The line it starts on, 1-based.
    pub fn line(self) -> u32 {
        self.at.line
    }

    /// Whether both are the same row of the same table.
    pub fn is(self, other: Row) -> bool {
        std::ptr::eq(self.table, other.table) && self.at.start == other.at.start
    }

    /// Whether it has as many cells as the header; if not, a fault has said so.
    pub fn is_whole(self) -> bool {
        self.at.cells as usize == self.table.columns.len()
    }

    /// The trimmed text of a cell; empty if the column or the cell is not there.
    pub fn cell(self, column: Option<usize>) -> &'t str {
        let Some(column) = column.filter(|&c| c < self.at.cells as usize) else {
            return "";
        };
        let ends = &self.table.ends;
        let at = self.at.first as usize + column;
        let start = if at == 0 { 0 } else { ends[at - 1] };
        self.table.data[start as usize..ends[at] as usize].trim()
    }

    /// The text of a number with a decimal point, however the file writes it.
    pub fn number(self, column: usize) -> Cow<'t, str> {
        let text = self.cell(Some(column));
        match self.table.decimal {
            Decimal::Comma if text.contains(',') && !text.contains('.') => {
                Cow::Owned(text.replacen(',', ".", 1))
            }
            _ => Cow::Borrowed(text),
        }
    }

    /// How the numbers of its file are written.
    pub fn decimal(self) -> Decimal {
        self.table.decimal
    }

    fn cells(self) -> impl Iterator<Item = &'t str> {
        (0..self.at.cells as usize).map(move |c| self.cell(Some(c)))
    }

    /// Bytes of a cell in the source, blanks around it left out.
    pub fn span(self, column: usize) -> Range<usize> {
        let text = &self.table.source.text;
        let mark = self.table.delimiter;
        let found = cells(text, mark, self.at.start as usize, column + 1, SEARCHED);
        let cell = found.get(column).map(|c| c.range.clone());
        let Some((cell, raw)) = cell.and_then(|c| Some((c.clone(), text.get(c)?))) else {
            return self.whole_span();
        };
        let start = cell.start + raw.len() - raw.trim_start().len();
        start..start + raw.trim().len()
    }

    /// Bytes of a part of a cell, `part` being a slice of what [`Row::cell`] returned.
    fn part_span(self, column: usize, part: &str) -> Range<usize> {
        let cell = self.cell(Some(column));
        let span = self.span(column);
        let raw = self.table.source.text.get(span.clone()).unwrap_or_default();
        let offset = (part.as_ptr() as usize).wrapping_sub(cell.as_ptr() as usize);
        // A search for a long cell costs its length, even in a short text.
        match Some(cell)
            .filter(|c| c.len() <= raw.len())
            .and_then(|c| raw.find(c))
        {
            Some(start)
                if offset
                    .checked_add(part.len())
                    .is_some_and(|end| end <= cell.len()) =>
            {
                let start = span.start + start + offset;
                start..start + part.len()
            }
            _ => span,
        }
    }

    /// The `;`-separated parts of a cell, blank ones left out.
    pub fn parts(self, column: Option<usize>) -> impl Iterator<Item = &'t str> {
        let parts = self.cell(column).split(';').map(str::trim);
        parts.filter(|p| !p.is_empty())
    }

    /// Bytes of the row, up to its line's end.
    fn whole_span(self) -> Range<usize> {
        let start = self.at.start as usize;
        let rest = &self.table.source.text.as_bytes()[start..];
        let rest = &rest[..rest.len().min(SEARCHED)];
        let end = rest.iter().position(|b| matches!(b, b'\n' | b'\r'));
        start..start + rest[..end.unwrap_or(rest.len())].trim_ascii_end().len()
    }

    /// A fault at a cell.
    pub fn error(self, column: usize, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(message).at(&self.table.source, self.span(column))
    }

    /// A fault at a part of a cell.
    pub fn part_error(self, column: usize, part: &str, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(message).at(&self.table.source, self.part_span(column, part))
    }

    /// A warning at a cell.
    pub fn warning(self, column: usize, message: impl Into<String>) -> Diagnostic {
        Diagnostic::warning(message).at(&self.table.source, self.span(column))
    }

    /// The cell of the column `id`.
    pub fn id(self) -> &'t str {
        self.cell(self.table.column("id"))
    }

    /// A warning at a column's name.
    pub fn header_warning(self, column: usize, message: impl Into<String>) -> Diagnostic {
        self.table
            .row_at(self.table.header)
            .warning(column, message)
    }

    /// The cell of a column by name; empty if the file lacks it.
    pub fn named(self, column: &str) -> &'t str {
        let column = self.table.column(column);
        if column.is_some() {
            self.cell(column)
        } else {
            ""
        }
    }

    /// A warning at the cell of the column `id`.
    pub fn id_warning(self, message: impl Into<String>) -> Diagnostic {
        self.warning(self.table.column("id").unwrap_or(0), message)
    }

    /// A fault at the cell of the column `within`.
    pub fn within_error(self, message: impl Into<String>) -> Diagnostic {
        self.error(self.table.column("within").unwrap_or(0), message)
    }

    /// A fault of the whole row.
    pub fn whole_error(self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(message).at(&self.table.source, self.whole_span())
    }

    /// `path:line`, to point at it from elsewhere.
    pub fn place(self) -> String {
        format!("{}:{}", self.table.source.path, self.at.line)
    }
}
