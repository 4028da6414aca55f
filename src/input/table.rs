//! CSV → a table of cells. In: a source. Out: a header with known, missing and label columns, rows
//! of trimmed cells that know their line and, when somebody asks, their exact place in the text.
//! Promises that a ragged row is reported once and then says nothing but its id.

use super::diagnostic::{Diagnostic, Source};
use super::{Faults, suggest};
use csv::ByteRecord;
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
    /// Whether any other column is kept as a label.
    pub labels: bool,
}

impl Shape {
    fn known(&self) -> impl Iterator<Item = &'static str> + Clone {
        self.required.iter().chain(self.optional).copied()
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
    columns: Vec<String>,
    header: RowAt,
    /// All cells one after the other; `ends` says where each stops.
    data: String,
    ends: Vec<u32>,
    rows: Vec<RowAt>,
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
    /// Splits a source into cells and checks its header and the shape of its rows. `None` when
    /// there is no header that rows could be read by.
    pub fn read(
        source: &Arc<Source>,
        shape: &Shape,
        faults: &mut Faults,
        warnings: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        let mut table = split(source);
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
        table.columns = header.cells().map(str::to_owned).collect();
        let fine = table.check_header(shape, faults, warnings);
        table.check_quotes(faults);
        if fine {
            table.check_rows(faults);
        }
        fine.then_some(table)
    }

    /// How many data rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
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
            .filter(|(_, name)| !name.is_empty() && shape.known().all(|k| k != *name))
    }

    /// All data rows.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|&at| self.row_at(at))
    }

    fn row_at(&self, at: RowAt) -> Row<'_> {
        Row { table: self, at }
    }

    fn check_header(
        &self,
        shape: &Shape,
        faults: &mut Faults,
        warnings: &mut Vec<Diagnostic>,
    ) -> bool {
        let header = self.row_at(self.header);
        if self.columns.len() > MOST_COLUMNS {
            let n = self.columns.len();
            let fault = header.error(0, format!("the header has {n} columns"));
            faults.push(fault.help(format!("keep at most {MOST_COLUMNS}")));
            return false;
        }
        let mut fine = true;
        for (at, name) in self.columns.iter().enumerate() {
            if !name.is_empty() && self.columns[..at].contains(name) {
                fine = false;
                faults.push(
                    header
                        .error(at, format!("the column `{name}` stands twice"))
                        .help("delete or rename one of the two"),
                );
            }
        }
        let missing = || shape.required.iter().filter(|n| self.column(n).is_none());
        let other_mark = missing().next().and_then(|_| self.other_mark());
        if let Some(mark) = other_mark {
            let fault = header.whole_error(format!("{mark} stands between the cells"));
            faults.push(fault.help("put `,` between cells: save it as comma-separated values"));
            return false;
        }
        for name in missing() {
            fine = false;
            faults.push(self.missing_column(name, shape));
        }
        for (at, name) in self.columns.iter().enumerate() {
            if name.is_empty() && self.rows().any(|r| !r.cell(Some(at)).is_empty()) {
                warnings.push(
                    header
                        .warning(at, format!("column {} has no name", at + 1))
                        .help("name it, or its cells are ignored"),
                );
            }
        }
        self.check_labels(shape, warnings);
        fine
    }

    fn missing_column(&self, name: &str, shape: &Shape) -> Diagnostic {
        let header = self.row_at(self.header);
        let fault = header.whole_error(format!("the column `{name}` is missing"));
        let meant = |c: &&String| {
            let name = [name].into_iter();
            suggest::meant(c, &name).is_some() || suggest::nearest(c, name).is_some()
        };
        let other = self
            .columns
            .iter()
            .filter(|c| shape.known().all(|k| k != **c));
        let help = match other.clone().find(meant) {
            Some(column) => format!("write `{name}` instead of `{column}`"),
            None => format!("add a column `{name}`"),
        };
        fault.help(help)
    }

    /// What stands between the cells, if it seems to be no comma.
    fn other_mark(&self) -> Option<&'static str> {
        let [only] = self.columns.as_slice() else {
            return None;
        };
        let marks = [(';', "`;`"), ('\t', "a tab"), ('|', "`|`")];
        marks
            .into_iter()
            .find(|(mark, _)| only.contains(*mark))
            .map(|(_, name)| name)
    }

    fn check_labels(&self, shape: &Shape, warnings: &mut Vec<Diagnostic>) {
        let header = self.row_at(self.header);
        let free = shape.known().filter(|k| self.column(k).is_none());
        let fate = if shape.labels {
            "kept as a label"
        } else {
            "ignored"
        };
        for (at, name) in self.labels(shape) {
            let required = |k: &str| shape.required.contains(&k);
            if shape.foreign.contains(&name) {
                warnings.push(
                    header
                        .warning(at, format!("`{name}` means nothing in this file"))
                        .label(format!("is {fate}")),
                );
            } else if let Some(column) = suggest::meant(name, &free)
                && !required(column)
            {
                warnings.push(
                    header
                        .warning(at, format!("`{name}` is no column with a meaning"))
                        .label(format!("is {fate}"))
                        .help(format!("write `{column}` if that is meant")),
                );
            }
        }
    }

    /// A quote that is opened and never closed swallows the rest of the file.
    fn check_quotes(&mut self, faults: &mut Faults) {
        let Some(&last) = self.rows.last().or(Some(&self.header)) else {
            return;
        };
        let text = &self.source.text;
        let spans = cells(text, last.start as usize, last.cells as usize, text.len());
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

    fn check_rows(&self, faults: &mut Faults) {
        let width = self.columns.len();
        for row in self.rows() {
            let n = row.at.cells as usize;
            if n == width {
                continue;
            }
            let cells = |n: usize| format!("{n} cell{}", if n == 1 { "" } else { "s" });
            let help = if n > width {
                "a cell that holds a comma stands in quotes: `\"a, b\"`"
            } else {
                "write the missing commas; a blank cell is fine"
            };
            let message = format!("this row has {}, the header has {width}", cells(n));
            faults.push(row.whole_error(message).help(help));
        }
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

    fn cells(self) -> impl Iterator<Item = &'t str> {
        (0..self.at.cells as usize).map(move |c| self.cell(Some(c)))
    }

    /// Bytes of a cell in the source, blanks around it left out.
    pub fn span(self, column: usize) -> Range<usize> {
        let text = &self.table.source.text;
        let found = cells(text, self.at.start as usize, column + 1, SEARCHED);
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

    /// A warning at the cell of the column `id`.
    pub fn id_warning(self, message: impl Into<String>) -> Diagnostic {
        self.warning(self.table.column("id").unwrap_or(0), message)
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

/// Splits a source. The first row is the header; rows that are blank all over are left out.
fn split(source: &Arc<Source>) -> Table {
    let text = source.text.as_str();
    let mut table = Table {
        source: Arc::clone(source),
        columns: Vec::new(),
        header: RowAt {
            start: 0,
            line: 1,
            first: 0,
            cells: 0,
        },
        data: String::new(),
        ends: Vec::new(),
        rows: Vec::new(),
        whole: true,
    };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .from_reader(text.as_bytes());
    let mut record = ByteRecord::new();
    let mut data: Vec<u8> = Vec::with_capacity(text.len());
    let (mut line, mut counted) = (1u32, 0usize);
    // Reading from memory cannot fail, and a flexible reader refuses no record.
    while reader.read_byte_record(&mut record).unwrap_or(false) {
        let begin = record
            .position()
            .map_or(0, |p| usize::try_from(p.byte()).unwrap_or(0));
        let start = skip_blank(text.as_bytes(), begin);
        line += newlines(&text.as_bytes()[counted..start]);
        counted = start;
        if record.iter().all(|cell| cell.trim_ascii().is_empty()) {
            continue;
        }
        let first = index(table.ends.len());
        for cell in &record {
            data.extend_from_slice(cell);
            table.ends.push(index(data.len()));
        }
        table.rows.push(RowAt {
            start: index(start),
            line,
            first,
            cells: index(record.len()),
        });
    }
    // Cells are cut at ASCII bytes, so what was UTF-8 still is.
    table.data = String::from_utf8(data)
        .unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned());
    table
}

/// Files are at most 4 GiB, so offsets and counts fit.
fn index(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn newlines(bytes: &[u8]) -> u32 {
    bytes.iter().map(|&b| u32::from(b == b'\n')).sum()
}

/// The first byte at or after `at` that belongs to a record: empty lines and comments are skipped
/// the way the reader does.
fn skip_blank(bytes: &[u8], mut at: usize) -> usize {
    loop {
        match bytes.get(at) {
            Some(b'\n' | b'\r') => at += 1,
            Some(b'#') => {
                let rest = &bytes[at..];
                at += rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
            }
            _ => return at,
        }
    }
}

struct CellAt {
    range: Range<usize>,
    /// A quote was opened and the text ended before it was closed.
    open: bool,
}

/// Where the first `count` cells of the record at `start` stand, quotes included. Splits the way
/// the reader does; only asked for where something is wrong.
/// Gives up after `most` bytes.
fn cells(text: &str, start: usize, count: usize, most: usize) -> Vec<CellAt> {
    let bytes = &text.as_bytes()[..text.len().min(start.saturating_add(most))];
    let mut found = Vec::new();
    let mut at = start;
    while found.len() < count {
        let begin = at;
        let mut open = bytes.get(at) == Some(&b'"');
        at += usize::from(open);
        while let Some(&b) = bytes.get(at) {
            if open && b == b'"' {
                match bytes.get(at + 1) {
                    Some(b'"') => at += 1,
                    _ => open = false,
                }
            } else if !open && matches!(b, b',' | b'\n' | b'\r') {
                break;
            }
            at += 1;
        }
        found.push(CellAt {
            range: begin..at,
            open,
        });
        if bytes.get(at) != Some(&b',') {
            break;
        }
        at += 1;
    }
    found
}
