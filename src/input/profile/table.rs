//! Series from CSV, wide (a column per service) or long (a row per service and time), and from
//! the CSV that Grafana exports, whose values carry units.
//!
//! Rows are read by position, so a million of them cost about what reading the bytes costs; places
//! are looked up only for what is wrong.

use super::collect::{Collector, line_span};
use super::reading::{Reading, Resolved};
use super::units;
use super::when::When;
use crate::input::dialect::{
    self, Decimal, Evidence, Look, Verdict, both_readings, mark_name, spreadsheet_error,
};
use crate::input::number::MOST;
use crate::input::{Diagnostic, Source};
use crate::model::{Millis, Sample};
use csv::ByteRecord;
use std::collections::{HashMap, HashSet};
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
    refuse_spreadsheet_rows(source, out);
    let mark = match delimiter(&source.text, reading) {
        Ok(mark) => mark,
        Err(marks) => return unclear_marks(marks, out),
    };
    let mut rows = Rows::new(&source.text, mark);
    let Some(header) = rows.next_row(out) else {
        return;
    };
    let (header, header_line) = (header.clone(), rows.line);
    let Some(shape) = shape(&header, header_line, mark, reading, dashboard, out) else {
        return;
    };
    let decimal = if dashboard {
        Decimal::Point
    } else {
        decimals(source, mark, &shape, header.len(), out)
    };
    note_dialect(source, mark, decimal, header_line, out);
    let mut columns = Columns::new(&header, &shape);
    while rows.next_row(out).is_some() {
        let line = rows.line;
        let row = Row {
            cells: &rows.record,
            line,
            mark,
            decimal,
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
    columns.finish(source, mark, decimal, reading, out);
}

/// Rows that start with an error of a spreadsheet look like comments.
fn refuse_spreadsheet_rows(source: &Source, out: &mut Collector) {
    let text = &source.text;
    let starts = text.match_indices("\n#").map(|(at, _)| at + 1);
    for start in std::iter::once(0).chain(starts) {
        let rest = &text[start..];
        let line = rest.split('\n').next().unwrap_or_default();
        if let Some(error) = spreadsheet_error(line) {
            let span = start..start + line.trim_end().len();
            out.faults.add(
                "spreadsheet",
                || span,
                || {
                    Diagnostic::error(format!(
                        "`{error}` is an error of the spreadsheet, no comment"
                    ))
                    .help("mend the formula in the spreadsheet and save the file again")
                },
            );
        }
    }
}

/// What stands between the cells: the mark under which there is a column of times.
fn delimiter(text: &str, reading: &Reading) -> Result<u8, [u8; 2]> {
    let is_time = |cell: &String| match reading.time {
        Some(wanted) => cell == wanted,
        None => TIME.iter().any(|t| cell.eq_ignore_ascii_case(t)),
    };
    dialect::delimiter(text.trim_start_matches('\u{feff}'), |cells: &[String]| {
        let times = cells.iter().any(is_time);
        let known = |c: &&String| reading.resolve(c) != Resolved::Unknown;
        (times, cells.iter().filter(known).count())
    })
}

fn unclear_marks([one, other]: [u8; 2], out: &mut Collector) {
    let (one, other) = (mark_name(one), mark_name(other));
    let fault = Diagnostic::error(format!(
        "it cannot be told whether {one} or {other} stands between the cells"
    ));
    let help = "put names that hold a mark in quotes, or write a line such as `sep=;` first";
    out.faults.add("header", || 0..0, || fault.help(help));
}

/// Finds out how fractions are written. A comma can only stand in a cell where it does not stand
/// between cells, or where something is quoted: else nothing needs to be looked at.
fn decimals(
    source: &Source,
    mark: u8,
    shape: &Shape,
    width: usize,
    out: &mut Collector,
) -> Decimal {
    let text = &source.text;
    let needed = if mark == b',' { '"' } else { ',' };
    if !text.contains(needed) {
        return Decimal::Point;
    }
    let mut rows = Rows::new(text, mark);
    // What cannot be read is shown when it is read again.
    let mut quiet = Collector::new(&Arc::new(Source {
        path: String::new(),
        text: String::new(),
    }));
    let mut evidence = Evidence::default();
    rows.next_row(&mut quiet);
    while rows.next_row(&mut quiet).is_some() {
        if rows.record.len() != width {
            continue;
        }
        for cell in shape.values() {
            let value = rows.record.get(cell).unwrap_or_default().trim_ascii();
            let value = std::str::from_utf8(value).unwrap_or_default();
            evidence.add(Look::of(value), (rows.line, cell));
        }
    }
    let written = |(line, cell): (u32, usize)| {
        let span = cell_span(text, mark, line, cell);
        text[span].trim().trim_matches('"').to_owned()
    };
    let (place, fault) = match evidence.verdict() {
        Verdict::Clear(decimal) => return decimal,
        Verdict::Mixed { comma, point } => {
            let (with, without) = (written(comma), written(point));
            let fault = Diagnostic::error(format!(
                "`{with}` has a decimal comma, `{without}` a decimal point: one file has one of them"
            ));
            let help = "write all fractions after a point and no mark between thousands: `1234.5`";
            let label = format!("`{without}` stands on line {}", point.0);
            (comma, fault.label(label).help(help))
        }
        Verdict::Ambiguous { first, count } => {
            let (fraction, thousand) = both_readings(&written(first), ',');
            let more = match count - 1 {
                0 => String::new(),
                1 => "; 1 more cell likewise".to_owned(),
                n => format!("; {n} more cells likewise"),
            };
            let text = written(first);
            let fault =
                Diagnostic::error(format!("`{text}` may be {fraction} or {thousand}{more}"));
            let help = format!("write `{thousand}` or `{fraction}`");
            let label = "nothing in this file tells which";
            (first, fault.label(label).help(help))
        }
    };
    out.faults.add(
        "decimal",
        || cell_span(text, mark, place.0, place.1),
        || fault,
    );
    Decimal::Unclear
}

/// Says how the file is written, if not with commas between cells and points in numbers.
fn note_dialect(source: &Source, mark: u8, decimal: Decimal, line: u32, out: &mut Collector) {
    let cells =
        (mark != b',').then(|| format!("cells are read as separated by {}", mark_name(mark)));
    let comma =
        (decimal == Decimal::Comma).then(|| "fractions are read after a decimal comma".to_owned());
    let said: Vec<String> = cells.into_iter().chain(comma).collect();
    if !said.is_empty() {
        out.warnings.add(
            "dialect",
            || line_span(&source.text, line),
            || Diagnostic::note(said.join(", ")),
        );
    }
}

impl Shape {
    /// Columns of demands.
    fn values(&self) -> Vec<usize> {
        match self {
            Self::Wide(_, columns) => columns.iter().map(|(cell, ..)| *cell).collect(),
            Self::Long(.., demand) => vec![*demand],
        }
    }
}

/// What is kept per column while reading.
struct Columns {
    /// Samples by column, or in a long table by label, with their service.
    series: Vec<(usize, String, Vec<Sample>)>,
    /// Wide: the service of each column.
    slots: Vec<(usize, usize)>,
    /// Unit of each column, once seen.
    unit: Vec<Option<String>>,
    /// Long: the series of the row before, by its text.
    last: Option<(Vec<u8>, Option<usize>)>,
    /// Long: the series of each label.
    labels: HashMap<String, usize>,
    /// The first number that may be a thousand: its line, column and text.
    thousand: Option<(u32, usize, String)>,
    /// Whether some fraction is surely none.
    plain: bool,
    /// The first cell of each column that is a percentage: line, column, service.
    percent: Vec<(u32, usize, Option<usize>)>,
    /// The later of two local times is meant once the first has been seen.
    seen_twice: HashSet<(usize, Millis)>,
}

impl Columns {
    fn new(header: &ByteRecord, shape: &Shape) -> Self {
        let series = match shape {
            Shape::Wide(_, columns) => columns
                .iter()
                .map(|(_, service, name)| (*service, name.clone(), Vec::new()))
                .collect(),
            Shape::Long(..) => Vec::new(),
        };
        let slots = match shape {
            Shape::Wide(_, columns) => columns.iter().map(|(cell, s, _)| (*cell, *s)).collect(),
            Shape::Long(..) => Vec::new(),
        };
        Self {
            series,
            slots,
            unit: vec![None; header.len()],
            last: None,
            labels: HashMap::new(),
            thousand: None,
            plain: false,
            percent: Vec::new(),
            seen_twice: HashSet::new(),
        }
    }

    /// The series of a label of a long table.
    fn labelled(&mut self, label: &str, service: usize) -> usize {
        if let Some(&known) = self.labels.get(label) {
            return known;
        }
        self.series.push((service, label.to_owned(), Vec::new()));
        self.labels.insert(label.to_owned(), self.series.len() - 1);
        self.series.len() - 1
    }

    /// Notes a number that may be a thousand, as long as nothing speaks against it.
    fn look(&mut self, text: &str, decimal: Decimal, line: u32, cell: usize) {
        let maybe = match decimal {
            Decimal::Comma => Look::MaybeComma,
            _ => Look::MaybePoint,
        };
        match Look::of(text) {
            look if look == maybe => {
                self.thousand
                    .get_or_insert_with(|| (line, cell, text.to_owned()));
            }
            Look::Point | Look::Comma => self.plain = true,
            _ => {}
        }
    }

    fn finish(
        self,
        source: &Source,
        mark: u8,
        decimal: Decimal,
        reading: &Reading,
        out: &mut Collector,
    ) {
        for (line, cell, service) in &self.percent {
            let fault = match service {
                Some(service) => reading.percentage(*service),
                None if reading.spec.percent.is_empty() => reading.percentage(usize::MAX),
                None => None,
            };
            if let Some(fault) = fault {
                let span = || cell_span(&source.text, mark, *line, *cell);
                out.faults.add("percentage", span, || fault);
            }
        }
        if let Some((line, cell, text)) = self.thousand.filter(|_| !self.plain) {
            let point = if decimal == Decimal::Comma { ',' } else { '.' };
            let (fraction, thousand) = both_readings(&text, point);
            let warning = Diagnostic::warning(format!("`{text}` may be {thousand}"))
                .label(format!("is read as {fraction}, like all of this file"))
                .help("write thousands without a mark");
            let span = || cell_span(&source.text, mark, line, cell);
            out.warnings.add("thousands", span, || warning);
        }
        for (service, label, samples) in self.series {
            out.add_labelled(service, &label, samples);
        }
    }
}

/// One data row.
struct Row<'a> {
    cells: &'a ByteRecord,
    line: u32,
    mark: u8,
    decimal: Decimal,
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
                for (slot, (cell, service, _)) in services.iter().enumerate() {
                    if let Some(value) = self.value(source, *cell, Some(*service), columns, out) {
                        columns.series[slot].2.push(Sample {
                            at,
                            value,
                            line: self.line,
                        });
                    }
                }
            }
            Shape::Long(time, service, demand) => {
                let found = self.series(source, *service, columns, out);
                let slot = found.unwrap_or(usize::MAX - 1);
                let at = self.time(source, *time, slot, columns, out);
                let service = found.map(|slot| columns.series[slot].0);
                let value = self.value(source, *demand, service, columns, out);
                if let (Some(at), Some(slot), Some(value)) = (at, found, value) {
                    let line = self.line;
                    columns.series[slot].2.push(Sample { at, value, line });
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

    /// The instant. `slot` tells the rows of different series apart where a local time happens
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
        let span = || cell_span(&source.text, self.mark, self.line, cell);
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
        service: Option<usize>,
        columns: &mut Columns,
        out: &mut Collector,
    ) -> Option<f64> {
        let text = self.cell(cell);
        let blank = text.is_empty() || self.dashboard && matches!(text, b"null" | b"undefined");
        if blank {
            return None;
        }
        let span = || cell_span(&source.text, self.mark, self.line, cell);
        let number = if self.dashboard {
            self.with_unit(source, cell, service, columns, out)
        } else {
            if self.decimal == Decimal::Unclear && text.contains(&b',') {
                return None;
            }
            self.plain(cell, columns)
        };
        match number {
            Some(value) if (0.0..=MOST).contains(&value) => Some(value),
            _ => {
                out.faults
                    .add("demand", span, || not_a_demand(&self.text(cell), number));
                None
            }
        }
    }

    /// A number without a unit.
    fn plain(&self, cell: usize, columns: &mut Columns) -> Option<f64> {
        let text = std::str::from_utf8(self.cell(cell)).ok()?;
        if !columns.plain && text.contains(['.', ',']) {
            columns.look(text, self.decimal, self.line, cell);
        }
        match self.decimal {
            // A point in a file of decimal commas is a thousand, or a mistake.
            Decimal::Comma if text.contains('.') => None,
            Decimal::Comma => text.replacen(',', ".", 1).parse().ok(),
            _ => text.parse().ok(),
        }
    }

    /// A value with a unit, in the unit of its service: the unit of a column may be scaled, but not change.
    fn with_unit(
        &self,
        source: &Arc<Source>,
        cell: usize,
        service: Option<usize>,
        columns: &mut Columns,
        out: &mut Collector,
    ) -> Option<f64> {
        let text = std::str::from_utf8(self.cell(cell)).ok()?;
        let (value, unit) = units::value(text)?;
        let percent = matches!(unit, "%" | "percent");
        if columns.unit[cell].is_none() && percent {
            let wide = columns.slots.iter().find(|(at, _)| *at == cell);
            columns.percent.push((self.line, cell, wide.map(|w| w.1)));
        }
        let known = columns.unit[cell].get_or_insert_with(|| unit.to_owned());
        if known != unit {
            let span = || cell_span(&source.text, self.mark, self.line, cell);
            out.faults.add("unit", span, || {
                Diagnostic::error(format!(
                    "the unit changes inside a column: `{known}`, `{unit}`"
                ))
                .help("export raw values, or one unit for the whole column")
            });
        }
        // Of percentages there is one fault for each column.
        let service = service.filter(|_| !percent);
        Some(value * service.map_or(1.0, |of| self.ratio(source, cell, unit, of, out)))
    }

    /// How many of the service's unit one of the cell's is; 1 where a fault says that they are unlike.
    fn ratio(
        &self,
        source: &Arc<Source>,
        cell: usize,
        unit: &str,
        service: usize,
        out: &mut Collector,
    ) -> f64 {
        let (ratio, said) = self.reading.ratio(unit, service);
        if let Some(said) = said {
            let notes = match ratio {
                Some(_) => &mut out.warnings,
                None => &mut out.faults,
            };
            let span = || cell_span(&source.text, self.mark, self.line, cell);
            notes.add("unit of a service", span, || said);
        }
        ratio.unwrap_or(1.0)
    }

    /// The series of a row, by its label: several labels of one service are summed as several columns are.
    fn series(
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
            Resolved::Service(service) => Some(columns.labelled(name, service)),
            Resolved::Ignored => None,
            Resolved::Unknown => {
                let span = || cell_span(&source.text, self.mark, self.line, cell);
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
        Some(n) if n.abs() > MOST && text.contains(|c: char| c.is_ascii_digit()) => {
            "is too large to compute with"
        }
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
    mark: u8,
    reading: &Reading,
    dashboard: bool,
    out: &mut Collector,
) -> Option<Shape> {
    let names: Vec<String> = header
        .iter()
        .map(|h| String::from_utf8_lossy(h.trim_ascii()).into_owned())
        .collect();
    let source = Arc::clone(&reading.source);
    let place = |cell| cell_span(&source.text, mark, line, cell);
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
    fn new(text: &'t str, delimiter: u8) -> Self {
        let first = text.trim_start_matches('\u{feff}');
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
fn cell_span(text: &str, mark: u8, line: u32, cell: usize) -> Range<usize> {
    let span = line_span(text, line);
    let (mut quoted, mut at, mut start) = (false, 0, span.start);
    let row = text[span.clone()].trim_end_matches('\r');
    for (offset, c) in row.char_indices() {
        match c {
            '"' => quoted = !quoted,
            _ if c == char::from(mark) && !quoted => {
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
