//! Series from CSV, wide (a column per service) or long (a row per service and time), and from
//! the CSV that Grafana exports, whose values carry units.
//!
//! Rows are read by position, so a million of them cost about what reading the bytes costs; places
//! are looked up only for what is wrong.

use super::collect::{Collector, line_span};
use super::when::When;
use super::{Reading, Resolved, units};
use crate::input::{Diagnostic, Source};
use crate::model::{Millis, Sample};
use csv::ByteRecord;
use std::ops::Range;
use std::sync::Arc;

/// Names of a time column, in lower case.
const TIME: [&str; 4] = ["time", "timestamp", "date", "ds"];
/// Names of a service column, in lower case.
const SERVICE: [&str; 2] = ["service", "series"];
/// Names of a demand column, in lower case.
const DEMAND: [&str; 2] = ["demand", "value"];

/// What the columns are. Positions in the header.
#[derive(Debug)]
enum Shape {
    /// A column per service: position in the row, service, header text.
    Wide(usize, Vec<(usize, usize, String)>),
    /// Time, service, demand.
    Long(usize, usize, usize),
}

/// Reads a CSV file. `dashboard` cells carry units and may be blank by name.
pub(super) fn read(source: &Arc<Source>, reading: &Reading, dashboard: bool, out: &mut Collector) {
    let mut rows = Rows::new(&source.text);
    let Some(header) = rows.next_row(out) else {
        return;
    };
    let header = header.clone();
    let Some(shape) = shape(&header, rows.line, reading, dashboard, out) else {
        return;
    };
    let mut columns = Columns::new(&header, &shape);
    while rows.next_row(out).is_some() {
        let line = rows.line;
        let row = Row {
            cells: &rows.record,
            line,
            reading,
            dashboard,
        };
        if row.cells.len() != header.len() {
            let (found, expected) = (row.cells.len(), header.len());
            out.faults.add(
                "ragged row",
                || line_span(&source.text, line),
                || {
                    Diagnostic::error(format!("{found} cells, but the header has {expected}")).help(
                        "write as many cells as the header has; leave a cell empty for no sample",
                    )
                },
            );
            continue;
        }
        row.take(source, &shape, &mut columns, out);
    }
    columns.finish(out);
}

/// What is kept per column while reading.
struct Columns {
    /// Wide: samples by column. Long tables push to the collector at once.
    wide: Vec<(usize, String, Vec<Sample>)>,
    /// Unit of each column, once seen.
    unit: Vec<Option<String>>,
    /// Long: the service of the row before, by its text.
    last: Option<(Vec<u8>, Option<usize>)>,
    /// The later of two local times is meant once the first has been seen.
    seen_twice: std::collections::HashSet<(usize, Millis)>,
}

impl Columns {
    fn new(header: &ByteRecord, shape: &Shape) -> Self {
        let wide = match shape {
            Shape::Wide(_, columns) => columns
                .iter()
                .map(|(_, service, name)| (*service, name.clone(), Vec::new()))
                .collect(),
            Shape::Long(..) => Vec::new(),
        };
        Self {
            wide,
            unit: vec![None; header.len()],
            last: None,
            seen_twice: std::collections::HashSet::new(),
        }
    }

    fn finish(self, out: &mut Collector) {
        for (service, label, samples) in self.wide {
            out.add_labelled(service, &label, samples);
        }
    }
}

/// One data row.
struct Row<'a> {
    cells: &'a ByteRecord,
    line: u32,
    reading: &'a Reading<'a>,
    dashboard: bool,
}

impl Row<'_> {
    /// Takes its samples.
    fn take(
        &self,
        source: &Arc<Source>,
        shape: &Shape,
        columns: &mut Columns,
        out: &mut Collector,
    ) {
        match shape {
            Shape::Wide(time, services) => {
                let Some(at) = self.time(source, *time, usize::MAX, columns, out) else {
                    return;
                };
                for (slot, (cell, ..)) in services.iter().enumerate() {
                    if let Some(value) = self.value(source, *cell, columns, out) {
                        columns.wide[slot].2.push(Sample {
                            at,
                            value,
                            line: self.line,
                        });
                    }
                }
            }
            Shape::Long(time, service, demand) => {
                let found = self.service(source, *service, columns, out);
                let slot = found.unwrap_or(usize::MAX - 1);
                let at = self.time(source, *time, slot, columns, out);
                let value = self.value(source, *demand, columns, out);
                if let (Some(at), Some(service), Some(value)) = (at, found, value) {
                    let line = self.line;
                    out.of(service).push(Sample { at, value, line });
                }
            }
        }
    }

    fn cell(&self, at: usize) -> &[u8] {
        self.cells.get(at).unwrap_or_default().trim_ascii()
    }

    fn text(&self, at: usize) -> String {
        String::from_utf8_lossy(self.cell(at)).into_owned()
    }

    /// The instant. `slot` tells the rows of different services apart where a local time happens
    /// twice: the first row in the file is the first of the two, the second the later.
    fn time(
        &self,
        source: &Arc<Source>,
        cell: usize,
        slot: usize,
        columns: &mut Columns,
        out: &mut Collector,
    ) -> Option<Millis> {
        let text = self.cell(cell);
        let span = || cell_span(&source.text, self.line, cell);
        if self.dashboard
            && let Some(at) = epoch(text)
        {
            return Some(at);
        }
        match self.reading.clock.read(text) {
            Ok(When::At(at)) => Some(at),
            Ok(When::Twice(first, second)) => {
                out.warnings.add("local time that happens twice", span, || {
                    Diagnostic::warning("this local time happens twice: the clock is set back")
                        .label("the first row is read as the first, the next as the second")
                        .help("write the offset, as 2026-10-25T02:30:00+02:00")
                });
                let fresh = columns.seen_twice.insert((slot, first));
                Some(if fresh { first } else { second })
            }
            Err(why) => {
                out.faults.add("time", span, || {
                    let text = self.text(cell);
                    Diagnostic::error(format!("`{text}`: {why}")).help(why.help())
                });
                None
            }
        }
    }

    /// The value; `None` for a blank cell and for a fault.
    fn value(
        &self,
        source: &Arc<Source>,
        cell: usize,
        columns: &mut Columns,
        out: &mut Collector,
    ) -> Option<f64> {
        let text = self.cell(cell);
        let blank = text.is_empty() || self.dashboard && matches!(text, b"null" | b"undefined");
        if blank {
            return None;
        }
        let span = || cell_span(&source.text, self.line, cell);
        let number = if self.dashboard {
            self.with_unit(source, cell, columns, out)
        } else {
            std::str::from_utf8(text).ok().and_then(|t| t.parse().ok())
        };
        match number {
            Some(value) if value >= 0.0 && f64::is_finite(value) => Some(value),
            _ => {
                out.faults
                    .add("demand", span, || not_a_demand(&self.text(cell), number));
                None
            }
        }
    }

    /// A value with a unit: the unit of a column may be scaled, but not change.
    fn with_unit(
        &self,
        source: &Arc<Source>,
        cell: usize,
        columns: &mut Columns,
        out: &mut Collector,
    ) -> Option<f64> {
        let text = std::str::from_utf8(self.cell(cell)).ok()?;
        let (value, unit) = units::value(text)?;
        let known = columns.unit[cell].get_or_insert_with(|| unit.to_owned());
        if known != unit {
            let span = || cell_span(&source.text, self.line, cell);
            out.faults.add("unit", span, || {
                Diagnostic::error(format!(
                    "the unit changes inside a column: `{known}`, `{unit}`"
                ))
                .help("export raw values, or one unit for the whole column")
            });
        }
        Some(value)
    }

    fn service(
        &self,
        source: &Arc<Source>,
        cell: usize,
        columns: &mut Columns,
        out: &mut Collector,
    ) -> Option<usize> {
        let text = self.cell(cell);
        if let Some((last, service)) = &columns.last
            && last == text
            && service.is_some()
        {
            return *service;
        }
        let name = std::str::from_utf8(text).unwrap_or_default();
        let found = match self.reading.resolve(name) {
            Resolved::Service(service) => Some(service),
            Resolved::Ignored => None,
            Resolved::Unknown => {
                let span = || cell_span(&source.text, self.line, cell);
                out.faults
                    .add("service", span, || self.reading.unknown(name));
                None
            }
        };
        columns.last = Some((text.to_vec(), found));
        found
    }
}

/// Says why a text is no demand.
pub(super) fn not_a_demand(text: &str, number: Option<f64>) -> Diagnostic {
    let why = match number {
        Some(n) if n.is_nan() => "is not a number: no sample is not the same as a sample",
        Some(n) if n.is_infinite() => "is not finite",
        Some(_) => "is negative",
        None => "is not a number",
    };
    Diagnostic::error(format!("`{text}` {why}"))
        .help("write a number ≥ 0, or leave the sample out where nothing was measured")
}

/// Seconds (10 digits) or milliseconds (13 digits) since 1970.
fn epoch(text: &[u8]) -> Option<Millis> {
    if !matches!(text.len(), 10 | 13) || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number: Millis = std::str::from_utf8(text).ok()?.parse().ok()?;
    Some(if text.len() == 10 {
        number * 1000
    } else {
        number
    })
}

/// Finds out what the columns are, or says why not.
fn shape(
    header: &ByteRecord,
    line: u32,
    reading: &Reading,
    dashboard: bool,
    out: &mut Collector,
) -> Option<Shape> {
    let names: Vec<String> = header
        .iter()
        .map(|h| String::from_utf8_lossy(h.trim_ascii()).into_owned())
        .collect();
    let source = Arc::clone(&reading.source);
    let place = |cell| cell_span(&source.text, line, cell);
    let is = |name: &str, known: &[&str]| known.iter().any(|k| name.eq_ignore_ascii_case(k));
    let column = |known: &[&str]| names.iter().position(|n| is(n, known));
    let time = match reading.time {
        Some(wanted) => names.iter().position(|n| n == wanted),
        None => column(&TIME),
    };
    let Some(time) = time else {
        out.faults.add(
            "header",
            || place(0),
            || {
                Diagnostic::error("no column holds the time").help(
                    "name it `time`, or say which it is: profile = { file = …, time = \"…\" }",
                )
            },
        );
        return None;
    };
    if let (Some(service), Some(demand), 3) = (column(&SERVICE), column(&DEMAND), names.len())
        && reading.names.find(&names[service]).is_none()
    {
        return Some(Shape::Long(time, service, demand));
    }
    let mut columns = Vec::new();
    for (cell, name) in names.iter().enumerate().filter(|(cell, _)| *cell != time) {
        if names[..cell].contains(name) {
            out.faults.add(
                "header",
                || place(cell),
                || {
                    Diagnostic::error(format!("two columns are named `{name}`"))
                        .help("keep one, or give them different names and map both")
                },
            );
            continue;
        }
        match reading.resolve(name) {
            Resolved::Service(service) => columns.push((cell, service, name.clone())),
            Resolved::Ignored => {}
            Resolved::Unknown => {
                let fault = if dashboard && columns.is_empty() && name.is_empty() {
                    Diagnostic::error("a column has no name")
                } else {
                    reading.unknown(name)
                };
                out.faults.add("service", || place(cell), || fault);
            }
        }
    }
    Some(Shape::Wide(time, columns))
}

/// The rows of a text with their lines. Comments and blank lines are skipped; a cell may be quoted
/// but not run over a line end.
struct Rows<'t> {
    text: &'t str,
    reader: csv::Reader<&'t [u8]>,
    record: ByteRecord,
    /// Bytes whose line ends are counted.
    counted: usize,
    /// Line of the record, 1-based.
    line: u32,
}

impl<'t> Rows<'t> {
    fn new(text: &'t str) -> Self {
        let first = text.trim_start_matches('\u{feff}');
        let delimiter = match first.lines().find(|l| !skipped(l)) {
            Some(l) if l.contains(';') && !l.contains(',') => b';',
            _ => b',',
        };
        // Excel writes the delimiter on a line of its own; it stands there as a comment would.
        let body = first.strip_prefix("sep=").map_or(first, |rest| {
            rest.find('\n').map_or("", |at| &rest[at + 1..])
        });
        Self {
            text: body,
            reader: csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .comment(Some(b'#'))
                .delimiter(delimiter)
                .from_reader(body.as_bytes()),
            record: ByteRecord::new(),
            counted: 0,
            line: 1 + u32::from(body.len() < first.len()),
        }
    }

    /// The next row; what cannot be read as CSV is a fault, and the end.
    fn next_row(&mut self, out: &mut Collector) -> Option<&ByteRecord> {
        match self.reader.read_byte_record(&mut self.record) {
            Ok(true) => {}
            Ok(false) => return None,
            Err(why) => {
                let line = self.line;
                let text = self.text;
                out.faults.add(
                    "csv",
                    || line_span(text, line),
                    || Diagnostic::error(format!("this is not CSV: {why}")),
                );
                return None;
            }
        }
        let start = self.record.position().map_or(0, csv::Position::byte);
        let mut start = usize::try_from(start)
            .unwrap_or(usize::MAX)
            .min(self.text.len());
        // The position is before skipped lines: go on to the line that is not.
        while let Some((line, _)) = self.text[start..].split_once('\n') {
            if !skipped(line) {
                break;
            }
            start += line.len() + 1;
        }
        let ends = self.text.as_bytes()[self.counted..start]
            .iter()
            .filter(|&&b| b == b'\n');
        self.line = self
            .line
            .saturating_add(u32::try_from(ends.count()).unwrap_or(u32::MAX));
        self.counted = start;
        Some(&self.record)
    }
}

fn skipped(line: &str) -> bool {
    line.starts_with('#') || line.trim_end_matches('\r').is_empty()
}

/// The bytes of a cell of a line, quotes included.
fn cell_span(text: &str, line: u32, cell: usize) -> Range<usize> {
    let span = line_span(text, line);
    let (mut quoted, mut at, mut start) = (false, 0, span.start);
    let row = text[span.clone()].trim_end_matches('\r');
    for (offset, c) in row.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ',' | ';' if !quoted => {
                if at == cell {
                    return start..span.start + offset;
                }
                at += 1;
                start = span.start + offset + 1;
            }
            _ => {}
        }
    }
    if at == cell {
        start..span.start + row.len()
    } else {
        span
    }
}
