//! Text → cells.

use super::{RowAt, Table};
use crate::input::Source;
use crate::input::dialect::{Decimal, separator_line, spreadsheet_error};
use csv::ByteRecord;
use std::ops::Range;
use std::sync::Arc;

/// Splits a source. The first row is the header; rows that are blank all over are left out.
pub(super) fn split(source: &Arc<Source>, delimiter: u8) -> Table {
    let text = source.text.as_str();
    let (offset, _) = separator_line(text);
    let mut table = Table {
        source: Arc::clone(source),
        delimiter,
        decimal: Decimal::Point,
        columns: Vec::new(),
        header: RowAt {
            start: 0,
            line: 1,
            first: 0,
            cells: 0,
        },
        data: String::new(),
        errors: Vec::new(),
        ends: Vec::new(),
        rows: Vec::new(),
        whole: true,
    };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .delimiter(delimiter)
        .from_reader(&text.as_bytes()[offset..]);
    let mut record = ByteRecord::new();
    let mut data: Vec<u8> = Vec::with_capacity(text.len());
    let (mut line, mut counted, mut end) = (1u32, 0usize, 0usize);
    // Reading from memory cannot fail, and a flexible reader refuses no record.
    while reader.read_byte_record(&mut record).unwrap_or(false) {
        let start = skip_blank(text, offset + end, &mut table.errors);
        end = byte_of(reader.position());
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
    // Comments after the last row are looked at as well.
    skip_blank(text, offset + end, &mut table.errors);
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

fn byte_of(position: &csv::Position) -> usize {
    usize::try_from(position.byte()).unwrap_or(usize::MAX)
}

/// The first byte at or after `at` that belongs to a record: empty lines and comments are skipped
/// the way the reader does. Comments that are no comments but errors of a spreadsheet go into
/// `errors`.
fn skip_blank(text: &str, mut at: usize, errors: &mut Vec<Range<usize>>) -> usize {
    let bytes = text.as_bytes();
    loop {
        match bytes.get(at) {
            Some(b'\n' | b'\r') => at += 1,
            Some(b'#') => {
                let rest = &bytes[at..];
                let length = rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
                if spreadsheet_error(&text[at..at + length]).is_some() {
                    errors.push(at..at + length);
                }
                at += length;
            }
            _ => return at,
        }
    }
}
