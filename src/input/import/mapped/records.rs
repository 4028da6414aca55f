//! Foreign tables as records: CSV, and JSON lists such as table APIs answer with. In: a source. Out: rows
//! of cells, or why not. Promises: no fault quotes what stands in a file, since any line of it may hold what
//! nobody should see.

use super::map::plain;
use crate::input::import::{ids, sniff};
use crate::input::{Diagnostic, Source, dialect};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Records that a table may have.
const MOST_ROWS: usize = 5_000_000;

/// A table.
pub(super) struct Records {
    /// The file's path.
    pub path: String,
    columns: Vec<String>,
    /// Its columns as they are written.
    written: Vec<String>,
    rows: Vec<Vec<Cell>>,
    /// Line of each row, or its number in a list.
    lines: Vec<u64>,
    /// Rows that have more or fewer cells than the header: the line of the first, and how many.
    pub ragged: Option<(u64, u64)>,
    /// Columns that are no one column of plain cells.
    pub unclear: BTreeMap<String, Unclear>,
}

/// A column that cannot be read: its header, where that shows first, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unclear {
    pub header: String,
    pub line: u64,
    pub why: Why,
}

impl Unclear {
    fn new(header: &str, line: u64, why: Why) -> Self {
        let header = header.to_owned();
        Self { header, line, why }
    }
}

/// Why a column cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// Two columns have the name.
    Twice,
    /// A cell is an object that names no value.
    Nested,
}

/// A cell: what people see, and the key behind it where a list gives both.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Cell {
    pub text: String,
    pub key: Option<String>,
}

impl Cell {
    /// Everything that it may be called.
    pub fn texts(&self) -> Vec<&str> {
        let key = self.key.as_deref();
        key.into_iter()
            .chain([self.text.as_str()])
            .filter(|t| !t.is_empty())
            .collect()
    }
}

/// One row.
#[derive(Clone, Copy)]
pub(super) struct Record<'r> {
    of: &'r Records,
    at: usize,
}

impl Records {
    /// Whether there is a column.
    pub fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|c| c == column)
    }

    /// Its columns as they are written.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.written.iter().map(String::as_str)
    }

    /// Whether one of its columns is this one, or a part of what stands in it, such as `parent.sys_id`.
    pub fn speaks_of(&self, column: &str) -> bool {
        self.columns.iter().any(|c| c.starts_with(column))
    }

    /// Calls a column by another name if it has none of that name.
    pub fn rename(&mut self, header: &str, column: &str) {
        let at = self.columns.iter().position(|c| c == header);
        if let (Some(at), false) = (at, self.has(column)) {
            column.clone_into(&mut self.columns[at]);
            self.note_as(header, column);
        }
    }

    /// Takes parts of what a column refers to for what stands in it: `parent.sys_id` is the key of `parent`, and
    /// `parent.name` what people see of it.
    pub fn unite(&mut self, column: &str, keys: &[String], names: &[String]) {
        for part in names.iter().map(String::as_str).chain(["displayvalue"]) {
            self.rename(&format!("{column}.{part}"), column);
            self.rename(&format!("{column}{part}"), column);
        }
        let parts = keys.iter().map(String::as_str).chain(["value"]);
        let mut named = parts.flat_map(|k| [format!("{column}.{k}"), format!("{column}{k}")]);
        let Some(key) = named.find(|name| self.has(name)) else {
            return;
        };
        self.note_as(&key, column);
        let place = |name: &str| self.columns.iter().position(|c| c == name);
        let (Some(from), Some(at)) = (place(&key), place(column)) else {
            return self.rename(&key, column);
        };
        for row in &mut self.rows {
            let known = row.get(from).map(|cell| cell.text.clone());
            if let (Some(key), Some(cell)) = (known.filter(|k| !k.is_empty()), row.get_mut(at)) {
                if cell.text.is_empty() {
                    cell.text.clone_from(&key);
                }
                cell.key = Some(key);
            }
        }
    }

    /// Notes the columns that have one name.
    fn note_twice(&mut self, line: u64) {
        for (at, header) in self.columns.iter().enumerate() {
            if self.columns[..at].contains(header) {
                let found = Unclear::new(header, line, Why::Twice);
                self.unclear.insert(header.clone(), found);
            }
        }
    }

    /// Notes that what is unclear of one column is so of another that takes its cells.
    fn note_as(&mut self, header: &str, column: &str) {
        if let Some(found) = self.unclear.get(header).cloned() {
            self.unclear.entry(column.to_owned()).or_insert(found);
        }
    }

    /// Every row.
    pub fn rows(&self) -> impl Iterator<Item = Record<'_>> {
        (0..self.rows.len()).map(|at| Record { of: self, at })
    }
}

impl<'r> Record<'r> {
    /// The cell of a column.
    pub fn cell(self, column: &str) -> Option<&'r Cell> {
        let at = self.of.columns.iter().position(|c| c == column)?;
        let cell = self.of.rows[self.at].get(at)?;
        Some(cell).filter(|c| !c.text.is_empty() || c.key.is_some())
    }

    /// What people see in a column; blank if there is none.
    pub fn text(self, column: &str) -> &'r str {
        self.cell(column).map_or("", |c| c.text.as_str())
    }

    /// `path:line`.
    pub fn place(self) -> String {
        format!("{}:{}", self.of.path, self.of.lines[self.at])
    }
}

/// Reads a table.
///
/// # Errors
/// It is no table.
pub(super) fn read(source: &Source) -> Result<Records, Diagnostic> {
    if source.text.trim_start().starts_with(['{', '[']) {
        of_json(source)
    } else {
        of_csv(source)
    }
}

fn blank(source: &Source) -> Records {
    Records {
        path: source.path.clone(),
        columns: Vec::new(),
        written: Vec::new(),
        rows: Vec::new(),
        lines: Vec::new(),
        ragged: None,
        unclear: BTreeMap::new(),
    }
}

fn too_many(source: &Source) -> Diagnostic {
    Diagnostic::error(format!("`{}` has more than {MOST_ROWS} rows", source.path))
        .help("export the classes that matter")
}

fn of_csv(source: &Source) -> Result<Records, Diagnostic> {
    let mark = if source.path.contains(".xlsx:") {
        b','
    } else {
        sniff::mark(source)
    };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(mark)
        .from_reader(source.text.as_bytes());
    let mut records = blank(source);
    let mut record = csv::StringRecord::new();
    let mut lines = Lines {
        text: &source.text,
        at: 0,
        line: 1,
    };
    while reader.read_record(&mut record).unwrap_or(false) {
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if records.columns.is_empty() {
            records.columns = record.iter().map(plain).collect();
            records.written = record.iter().map(ids::clean).collect();
            let line = lines.of(record.position().map_or(0, csv::Position::byte));
            records.note_twice(line);
            continue;
        }
        let line = lines.of(record.position().map_or(0, csv::Position::byte));
        if record.len() != records.columns.len() {
            let (_, count) = records.ragged.get_or_insert((line, 0));
            *count += 1;
            continue;
        }
        if records.rows.len() >= MOST_ROWS {
            return Err(too_many(source));
        }
        let cells = record.iter().map(|text| Cell {
            text: ids::clean(text),
            key: None,
        });
        records.rows.push(cells.collect());
        records.lines.push(line);
    }
    Ok(records)
}

/// Lines of a text by the places of its rows, from the first to the last.
struct Lines<'t> {
    text: &'t str,
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of the row that begins at a byte, or after the line breaks that stand there: a reader counts a row from
    /// the end of the one before, which may be between the two signs of one line break.
    fn of(&mut self, byte: u64) -> u64 {
        let bytes = self.text.as_bytes();
        let mut to = usize::try_from(byte).unwrap_or(usize::MAX).min(bytes.len());
        to += bytes[to..]
            .iter()
            .take_while(|b| b"\r\n".contains(b))
            .count();
        let passed = bytes.get(self.at..to).unwrap_or_default();
        self.line += passed.split(|b| *b == b'\n').skip(1).count() as u64;
        self.at = self.at.max(to);
        self.line
    }
}

/// What a list may stand in.
#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow, default, alias = "records", alias = "items")]
    result: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
}

fn of_json(source: &Source) -> Result<Records, Diagnostic> {
    let path = &source.path;
    let broken = |why: &serde_json::Error| {
        let place = format!("line {}, column {}", why.line(), why.column());
        Diagnostic::error(format!(
            "`{path}` is no JSON list: it stops being one at {place}"
        ))
        .help("export it again; the file may be cut short")
    };
    let text = source.text.trim_start();
    let list = if text.starts_with('{') {
        let wire: Wire = serde_json::from_str(text).map_err(|why| broken(&why))?;
        if wire.error.is_some_and(|e| e.get() != "null") {
            let message = format!("`{path}` is an error that the server answered with, no list");
            let help = "a query that ran out of time answers so: ask for fewer rows at a time, page by page";
            return Err(Diagnostic::error(message).help(help));
        }
        if let Some(list) = wire.result {
            list.get()
        } else {
            let message = format!("`{path}` holds no list `result`");
            return Err(Diagnostic::error(message).help("export a list of records"));
        }
    } else {
        text
    };
    let elements: Vec<&RawValue> = serde_json::from_str(list).map_err(|why| broken(&why))?;
    if elements.len() > MOST_ROWS {
        return Err(too_many(source));
    }
    let mut records = blank(source);
    for (at, element) in (1u64..).zip(elements) {
        let Ok(Value::Object(object)) = serde_json::from_str(element.get()) else {
            let (_, count) = records.ragged.get_or_insert((at, 0));
            *count += 1;
            continue;
        };
        let row = records.row_of(at, &object);
        records.rows.push(row);
        records.lines.push(at);
    }
    Ok(records)
}

impl Records {
    /// The cells of an object; a key that is new is one more column.
    fn row_of(&mut self, at: u64, object: &Map<String, Value>) -> Vec<Cell> {
        let mut row: Vec<Option<Cell>> = vec![None; self.columns.len()];
        for (name, value) in object {
            let header = plain(name);
            let known = self.columns.iter().position(|c| *c == header);
            let column = known.unwrap_or_else(|| {
                self.columns.push(header.clone());
                self.written.push(ids::clean(name));
                row.push(None);
                self.columns.len() - 1
            });
            let read = cell(value);
            let wrong = match (&row[column], &read) {
                (Some(_), _) => Some(Why::Twice),
                (None, None) => Some(Why::Nested),
                _ => None,
            };
            if let Some(why) = wrong {
                let found = Unclear::new(&header, at, why);
                self.unclear.entry(header).or_insert(found);
            }
            row[column] = Some(read.unwrap_or_default());
        }
        row.into_iter().map(Option::unwrap_or_default).collect()
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(ids::clean(text)),
        Value::Number(number) => Some(dialect::no_thousands(number.to_string())),
        Value::Bool(b) => Some(b.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A scalar, an object of a key and what people see of it, or a list of such, which is one cell with commas as where a
/// table writes a list; `None` if it is anything else.
fn cell(value: &Value) -> Option<Cell> {
    match value {
        Value::Object(object) => of_object(object),
        Value::Array(list) => {
            let cells: Option<Vec<Cell>> = list.iter().map(cell).collect();
            let mut cells = cells?;
            if let [_] = cells[..] {
                return cells.pop();
            }
            let texts: Vec<String> = cells.into_iter().map(|c| c.text).collect();
            let text = texts.join(", ");
            Some(Cell { text, key: None })
        }
        other => Some(Cell {
            text: scalar(other).unwrap_or_default(),
            key: None,
        }),
    }
}

fn of_object(object: &Map<String, Value>) -> Option<Cell> {
    let both = ["display_value", "value"].map(|key| object.get(key));
    let plain = |value: &&Value| !value.is_array() && !value.is_object();
    let known = both.iter().flatten().count();
    if !object.is_empty() && (known == 0 || !both.iter().flatten().all(plain)) {
        return None;
    }
    let [text, key] = both.map(|value| value.and_then(scalar).filter(|t| !t.is_empty()));
    Some(Cell {
        text: text.or_else(|| key.clone()).unwrap_or_default(),
        key,
    })
}
