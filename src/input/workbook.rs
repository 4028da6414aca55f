//! A workbook (`.xlsx`) → its sheets as texts, each like a CSV file. In: the bytes of a file. Out: one
//! [`Source`] per sheet, called `FILE.xlsx:SHEET`, whose line N is row N of the sheet; numbers are
//! written with a point, dates as 2026-11-20, an error of the spreadsheet as it is shown, and so is a formula whose
//! value was not saved; what a merged cell shows stands in each of its rows. A sheet that is hidden is called so and has no
//! text. Promises:
//! what a workbook unpacks to is bounded before it is read, and memory follows the cells that are
//! there, wherever they stand.

use super::{Diagnostic, Source, dialect};
use calamine::{Data, DataRef, Reader, SheetVisible, Xlsx};
use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::sync::Arc;

/// What every ZIP file starts with.
const ZIP: &[u8] = b"PK\x03\x04";
/// Bytes that any workbook may unpack to.
const ALWAYS: u64 = 32 << 20;
/// Bytes that one byte of a workbook may unpack to beyond that: sheets hold a tenth of it.
const RATIO: u64 = 100;
/// Bytes that no workbook may unpack to.
const MOST: u64 = 2 << 30;
/// Bytes of the text of a sheet: short rows are filled up to the header.
const MOST_TEXT: usize = 256 << 20;
/// Columns of a header to which rows are filled up: more are surely no table.
const MOST_WIDTH: u32 = 256;
/// Characters of a cell; spreadsheets have no longer ones.
const MOST_CELL: usize = 32_767;

/// What stands for a formula whose value was not saved, as in a file that a program wrote: no number, so it is never
/// taken for a blank cell.
const NO_VALUE: &str = "#NO SAVED VALUE";

/// The sheets of a workbook, in its order.
///
/// # Errors
/// It is no workbook, it is damaged, or it unpacks to too much.
pub(crate) fn sheets(path: &str, bytes: &[u8]) -> Result<Vec<Arc<Source>>, Diagnostic> {
    check_size(path, bytes)?;
    let broken = |why: &dyn std::fmt::Display| {
        let message = format!("`{path}` cannot be read as a workbook: {why}");
        Diagnostic::error(message).help("save it again as an Excel workbook (.xlsx), or as CSV")
    };
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|why| broken(&why))?;
    let mut sheets = Vec::new();
    for sheet in book.sheets_metadata().to_vec() {
        let name = sheet.name;
        let (path, text) = if sheet.visible == SheetVisible::Visible {
            let text = text_of(&mut book, &name).map_err(|why| broken(&why))?;
            (format!("{path}:{name}"), text)
        } else {
            // What somebody put out of sight is not what they meant to hand on, but it is said.
            (format!("{path}:{name} (hidden)"), String::new())
        };
        sheets.push(Arc::new(Source { path, text }));
    }
    Ok(sheets)
}

/// Unpacks every part, counting, before anything is made of it: what a ZIP file says of itself is no
/// bound.
fn check_size(path: &str, bytes: &[u8]) -> Result<(), Diagnostic> {
    let damaged = |why: &dyn std::fmt::Display| {
        Diagnostic::error(format!("`{path}` is no workbook: {why}"))
            .help("it starts like a packed file; unpack it, or save it again as .xlsx")
    };
    if !bytes.starts_with(ZIP) {
        return Err(damaged(&"the packed file is damaged"));
    }
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|why| damaged(&why))?;
    if zip.index_for_name("xl/workbook.xml").is_none() {
        return Err(damaged(&"it holds no xl/workbook.xml"));
    }
    let most = ALWAYS.saturating_add(RATIO.saturating_mul(bytes.len() as u64));
    let most = most.min(MOST);
    let mut total = 0u64;
    let mut block = vec![0; 1 << 16];
    for at in 0..zip.len() {
        let mut part = zip.by_index(at).map_err(|why| damaged(&why))?;
        loop {
            let n = part.read(&mut block).map_err(|why| damaged(&why))?;
            if n == 0 {
                break;
            }
            total += n as u64;
            if total > most {
                let message = format!("`{path}` unpacks to more than {} MiB", most >> 20);
                return Err(Diagnostic::error(message)
                    .help("keep the sheets that matter, or save each as CSV"));
            }
        }
    }
    Ok(())
}

/// One sheet as CSV. Only cells that are there are looked at: a row far down costs its line ends.
fn text_of(book: &mut Xlsx<Cursor<&[u8]>>, sheet: &str) -> Result<String, calamine::XlsxError> {
    let mut merged = Merged::of(book, sheet)?;
    let mut cells = book.worksheet_cells_reader(sheet)?;
    let mut text = String::new();
    let mut at = (0u32, 0u32);
    // The last column of the first row with a cell: the header.
    let mut header: Option<(u32, u32)> = None;
    while let Some(cell) = cells.next_cell_with_formula_metadata()? {
        let place = cell.pos;
        let shown = match (&cell.value, cell.formula) {
            (DataRef::Empty, Some(_)) => NO_VALUE.to_owned(),
            (value, _) => shown(value),
        };
        if shown.is_empty() {
            continue;
        }
        // Rows and cells stand in order in every file that a spreadsheet writes.
        if place < at {
            return Err(calamine::XlsxError::Unexpected(
                "its cells stand out of order",
            ));
        }
        if place.0 > at.0 {
            let end = (at.0, u32::MAX);
            merged.put_until(&mut text, &mut at, end);
            fill_up(&mut text, at, header);
        }
        merged.put_until(&mut text, &mut at, place);
        put(&mut text, &mut at, place, &shown);
        if header.is_some_and(|(row, _)| row < place.0) {
            merged.opens(place, &shown);
        }
        if header.is_none_or(|(row, _)| row == place.0) {
            header = Some(place);
        }
        if text.len() > MOST_TEXT {
            return Err(calamine::XlsxError::Unexpected("a sheet is too large"));
        }
    }
    let end = (at.0, u32::MAX);
    merged.put_until(&mut text, &mut at, end);
    fill_up(&mut text, at, header);
    if !text.is_empty() {
        text.push('\n');
    }
    Ok(text)
}

/// Cells that are merged with those below them: the sheet shows what the first holds in every row, and the others are
/// blank in the file. Those of the header are not looked at, nor is more than the first column of each.
struct Merged {
    /// The last row of each region, by its first cell.
    regions: BTreeMap<(u32, u32), u32>,
    /// Open regions by column: the last row, and what they show.
    open: BTreeMap<u32, (u32, String)>,
}

impl Merged {
    fn of(book: &mut Xlsx<Cursor<&[u8]>>, sheet: &str) -> Result<Self, calamine::XlsxError> {
        let all = book.merge_cells_by_sheet_name(sheet)?.into_iter();
        let tall = all.filter(|r| r.end.0 > r.start.0 && r.start.1 < MOST_WIDTH);
        Ok(Self {
            regions: tall.map(|r| (r.start, r.end.0)).collect(),
            open: BTreeMap::new(),
        })
    }

    /// Opens the region that a cell is the first of.
    fn opens(&mut self, place: (u32, u32), shown: &str) {
        if let Some(&last) = self.regions.get(&place) {
            self.open.insert(place.1, (last, shown.to_owned()));
        }
    }

    /// Appends what open regions show in a row of the sheet before a cell that has something of its own.
    fn put_until(&mut self, text: &mut String, at: &mut (u32, u32), (row, column): (u32, u32)) {
        self.open.retain(|_, (last, _)| *last >= row);
        let from = if row > at.0 {
            0
        } else {
            at.1.saturating_add(1)
        };
        for (&open, (_, shown)) in &self.open {
            if (from..column).contains(&open) {
                put(text, at, (row, open), shown);
            }
        }
    }
}

/// Adds the blank cells that end a row: a spreadsheet leaves them out.
fn fill_up(text: &mut String, at: (u32, u32), header: Option<(u32, u32)>) {
    let begun = !text.is_empty() && !text.ends_with('\n');
    if let Some((_, last)) = header.filter(|(_, last)| begun && *last < MOST_WIDTH) {
        for _ in at.1..last {
            text.push(',');
        }
    }
}

/// Appends a cell, after the marks between it and the one before.
fn put(text: &mut String, at: &mut (u32, u32), place: (u32, u32), cell: &str) {
    if place.0 > at.0 {
        for _ in at.0..place.0 {
            text.push('\n');
        }
        *at = (place.0, 0);
    }
    for _ in at.1..place.1 {
        text.push(',');
    }
    at.1 = place.1;
    if cell.contains([',', ';', '\t', '"', '#']) {
        text.push('"');
        text.push_str(&cell.replace('"', "\"\""));
        text.push('"');
    } else {
        text.push_str(cell);
    }
}

/// What a cell shows, on one line.
fn shown(value: &DataRef) -> String {
    match value {
        DataRef::Float(x) => number(*x),
        DataRef::DateTime(_) | DataRef::Error(_) | DataRef::Int(_) | DataRef::Bool(_) => {
            other(value)
        }
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            one_line(text)
        }
        DataRef::SharedString(text) => one_line(text),
        DataRef::Empty => String::new(),
    }
}

fn one_line(text: &str) -> String {
    let line = text.trim().chars().take(MOST_CELL);
    line.map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The shortest text that reads back as the same number, and as no other.
fn number(x: f64) -> String {
    dialect::no_thousands(x.to_string())
}

fn other(value: &DataRef) -> String {
    match Data::from(value.clone()) {
        Data::DateTime(at) if at.is_duration() => number(at.as_f64()),
        Data::DateTime(at) => {
            let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
            let date = format!("{year:04}-{month:02}-{day:02}");
            if (hour, minute, second) == (0, 0, 0) {
                date
            } else {
                format!("{date}T{hour:02}:{minute:02}:{second:02}")
            }
        }
        Data::Bool(b) => if b { "true" } else { "false" }.to_owned(),
        shown => one_line(&shown.to_string()),
    }
}
