//! Tables → one workbook. In: the names of sheets and their tables as CSV. Out: the bytes of an `.xlsx`,
//! a sheet per table, its first row in view and numbers as numbers. Promises: the same tables give the same
//! bytes; no cell is a formula; a text that only looks like a number, such as `007`, stays a text.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use std::io::{Cursor, Read};

/// Who wrote a workbook.
const AUTHOR: &str = "brownout";
/// Characters that the name of a sheet may have.
const MOST_NAME: usize = 31;
/// Rows of a sheet.
const MOST_ROWS: u32 = 1_048_576;
/// The widest column, in characters.
const WIDEST: usize = 60;
/// Rows that are looked at for the width of a column.
const MEASURED: usize = 200;

/// What a workbook is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The tables of a report.
    Report,
    /// An inventory, which people go on editing.
    Inventory,
}

impl Subject {
    /// As it stands in the properties of the workbook.
    fn word(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Inventory => "inventory",
        }
    }
}

/// A workbook of tables.
///
/// # Errors
/// A table has more rows or columns than a sheet can have.
pub fn workbook(tables: &[(String, String)], subject: Subject) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
    let about = DocProperties::new().set_author(AUTHOR);
    let about = about.set_subject(subject.word());
    book.set_properties(&about.set_creation_datetime(&made));
    for (name, csv) in tables {
        let sheet = book.add_worksheet();
        let short: String = name.chars().take(MOST_NAME).collect();
        sheet.set_name(short)?;
        fill(sheet, csv)?;
    }
    book.save_to_buffer()
}

fn fill(sheet: &mut Worksheet, csv: &str) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(csv.as_bytes());
    let mut widths: Vec<usize> = Vec::new();
    for (at, record) in reader.records().flatten().enumerate() {
        let row = u32::try_from(at).unwrap_or(MOST_ROWS);
        for (column, cell) in (0u16..).zip(&record) {
            if row == 0 {
                sheet.write_string_with_format(row, column, cell, &bold)?;
            } else if let Some(number) = number(cell) {
                sheet.write_number(row, column, number)?;
            } else if !cell.is_empty() {
                sheet.write_string(row, column, plain(cell))?;
            }
            if at < MEASURED {
                let column = usize::from(column);
                widths.resize(widths.len().max(column + 1), 0);
                widths[column] = widths[column].max(cell.chars().count().min(WIDEST));
            }
        }
    }
    for (column, width) in (0u16..).zip(widths) {
        sheet.set_column_width(column, width as f64 + 2.0)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

/// A cell as a number, if it is written the one way in which numbers are written.
fn number(cell: &str) -> Option<f64> {
    let digit = cell
        .trim_start_matches('-')
        .starts_with(|c: char| c.is_ascii_digit());
    let number: f64 = cell.parse().ok().filter(|_| digit)?;
    // A spreadsheet keeps fifteen digits.
    (number.is_finite() && number.to_string() == cell && cell.len() <= 15 + 3).then_some(number)
}

/// A text without the mark that keeps spreadsheets from reading CSV as a formula: here it cannot be one.
fn plain(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => text,
        _ => cell,
    }
}

/// Whether this program wrote a workbook of this kind, and nobody has saved it since: a spreadsheet puts down who did.
#[must_use]
pub fn is_ours(bytes: &[u8], subject: Subject) -> bool {
    let Ok(mut zip) = zip::ZipArchive::new(Cursor::new(bytes)) else {
        return false;
    };
    let Ok(part) = zip.by_name("docProps/core.xml") else {
        return false;
    };
    let mut text = Vec::new();
    let read = part.take(1 << 16).read_to_end(&mut text);
    let text = String::from_utf8_lossy(&text);
    let marks = [
        format!("<dc:creator>{AUTHOR}</dc:creator>"),
        format!("<cp:lastModifiedBy>{AUTHOR}</cp:lastModifiedBy>"),
        format!("<dc:subject>{}</dc:subject>", subject.word()),
    ];
    read.is_ok() && marks.iter().all(|mark| text.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_numbers_and_names_are_names() {
        assert_eq!(number("0.25"), Some(0.25));
        assert_eq!(number("-3"), Some(-3.0));
        for text in [
            "007",
            "1e5",
            "",
            "-",
            "inf",
            "NaN",
            "1.0",
            "12345678901234567890",
        ] {
            assert_eq!(number(text), None, "{text}");
        }
        assert_eq!(plain("'=1+1"), "=1+1");
        assert_eq!(plain("'quoted'"), "'quoted'");
    }

    #[test]
    fn the_same_tables_give_the_same_bytes_and_are_known_again() {
        let tables = [("a".to_owned(), "id,n\n\"=x\",1\n".to_owned())];
        for subject in [Subject::Report, Subject::Inventory] {
            let book = workbook(&tables, subject).expect("a workbook");
            assert_eq!(book, workbook(&tables, subject).expect("the same"));
            assert!(is_ours(&book, subject));
            let other = [Subject::Report, Subject::Inventory];
            let other = other.into_iter().find(|s| *s != subject).expect("two");
            assert!(!is_ours(&book, other));
            assert!(!is_ours(&saved_by("Anna", &book), subject));
            assert!(!is_ours(b"PK", subject));
        }
    }

    /// The same workbook as somebody's spreadsheet leaves it: who saved it last is put down.
    fn saved_by(who: &str, book: &[u8]) -> Vec<u8> {
        let mut from = zip::ZipArchive::new(Cursor::new(book)).expect("a workbook");
        let mut to = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let name = "docProps/core.xml";
        let mut text = String::new();
        let mut part = from.by_name(name).expect("properties");
        part.read_to_string(&mut text).expect("text");
        let mark = |who: &str| format!("<cp:lastModifiedBy>{who}</cp:lastModifiedBy>");
        assert!(text.contains(&mark(AUTHOR)), "{text}");
        let options = zip::write::SimpleFileOptions::default();
        to.start_file(name, options).expect("a part");
        std::io::Write::write_all(&mut to, text.replace(&mark(AUTHOR), &mark(who)).as_bytes())
            .expect("written");
        to.finish().expect("whole").into_inner()
    }
}
