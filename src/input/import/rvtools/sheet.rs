//! One sheet of an export as a table of texts. In: a source of comma, semicolon or tab separated lines.
//! Out: rows whose cells are asked for by the name of their column. Promises: the name of a column is
//! compared without case, blanks and signs, and `MB` and `MiB` are one word, as `RVTools` uses them; a
//! cell that holds no number where one is expected is `None`, never 0; yes and no are read as spreadsheets of
//! several languages write them.

use super::super::super::{Diagnostic, Faults, Source};
use super::super::sniff;
use std::collections::HashMap;
use std::sync::Arc;

/// The name of the sheet that a source holds, in lower case: by what the source is called, else by the columns that
/// only one sheet has.
pub(super) fn of(source: &Source) -> Option<String> {
    name_of(&source.path).or_else(|| {
        let header = sniff::header(source);
        let has = |name: &&str| header.iter().any(|cell| folded(cell) == folded(name));
        let known = OWN_COLUMNS.iter().find(|(_, own)| own.iter().all(has));
        known.map(|(sheet, _)| (*sheet).to_owned())
    })
}

/// Columns that tell a sheet from all others.
const OWN_COLUMNS: [(&str, &[&str]); 4] = [
    ("vinfo", &["Powerstate", "Memory"]),
    ("vhost", &["Host", "# Memory"]),
    ("vcluster", &["HA enabled", "Failover Level"]),
    ("vdatastore", &["# Hosts", "Capacity MiB"]),
];

/// The name of the sheet that a source holds, as `RVTools` calls it, in lower case: `vinfo` of
/// `all.xlsx:vInfo` and of `RVTools_tabvInfo.csv`. `None` if the source is called by no such name.
pub(super) fn name_of(path: &str) -> Option<String> {
    let last = path.rsplit(['/', ':']).next()?;
    let stem = last.rsplit_once('.').map_or(last, |(stem, _)| stem);
    let name = stem.to_lowercase();
    let name = name.rsplit_once("tab").map_or(&*name, |(_, rest)| rest);
    SHEETS.contains(&name).then(|| name.to_owned())
}

/// The sheets of `RVTools`, read or not.
const SHEETS: [&str; 27] = [
    "vinfo",
    "vcpu",
    "vmemory",
    "vdisk",
    "vpartition",
    "vnetwork",
    "vfloppy",
    "vcd",
    "vusb",
    "vsnapshot",
    "vtools",
    "vsource",
    "vrp",
    "vcluster",
    "vhost",
    "vhba",
    "vnic",
    "vswitch",
    "vport",
    "dvswitch",
    "dvport",
    "vsc_vmk",
    "vdatastore",
    "vmultipath",
    "vlicense",
    "vfileinfo",
    "vhealth",
];

/// A sheet.
pub(super) struct Sheet {
    source: Arc<Source>,
    columns: HashMap<String, usize>,
    /// Where each row begins in the text, and its cells.
    rows: Vec<(usize, Vec<String>)>,
    /// What its first column is called where that is not what was expected.
    pub renamed: Option<String>,
}

impl Sheet {
    /// Reads a sheet whose rows are about what stands in the column `about`. Where no column is called
    /// that, the first one is taken for it if its name is none of `RVTools`.
    ///
    /// # Errors
    /// The source is no table, or it lacks one of the columns that are needed.
    pub fn read(source: &Arc<Source>, about: &str, needed: &[&str]) -> Result<Self, Faults> {
        let mut reader = csv::ReaderBuilder::new();
        let reader = reader.delimiter(mark(&source.text)).has_headers(false);
        let mut reader = reader.flexible(true).from_reader(source.text.as_bytes());
        let mut rows = reader.records().map_while(Result::ok).map(|record| {
            let first = record.position().map_or(0, csv::Position::byte);
            let cells = record.iter().map(|cell| cell.trim().to_owned());
            let first = usize::try_from(first).unwrap_or(0);
            (first, cells.collect::<Vec<String>>())
        });
        let (_, header) = rows.next().unwrap_or_default();
        let mut columns = HashMap::new();
        for (at, name) in header.iter().enumerate() {
            columns.entry(folded(name)).or_insert(at);
        }
        let mut renamed = None;
        if !columns.contains_key(&folded(about)) && !header.is_empty() {
            renamed = Some(header[0].clone());
            columns.insert(folded(about), 0);
        }
        let mut faults = Faults::new();
        for name in needed {
            if !columns.contains_key(&folded(name)) {
                let message = format!("the sheet has no column `{name}`");
                let fault = Diagnostic::error(message).at(source, 0..0);
                faults.push(fault.help("export it with RVTools again, with its own headers"));
            }
        }
        let filled = |row: &(usize, Vec<String>)| row.1.iter().any(|cell| !cell.is_empty());
        let rows = rows.filter(filled).collect();
        faults.or(Self {
            source: Arc::clone(source),
            columns,
            rows,
            renamed,
        })
    }

    /// Its rows.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let rows = self.rows.iter();
        rows.map(|(first, cells)| Row {
            sheet: self,
            first: *first,
            cells,
        })
    }

    /// Whether it has a column.
    pub fn has(&self, column: &str) -> bool {
        self.columns.contains_key(&folded(column))
    }
}

/// A row of a sheet.
#[derive(Clone, Copy)]
pub(super) struct Row<'s> {
    sheet: &'s Sheet,
    first: usize,
    cells: &'s [String],
}

impl<'s> Row<'s> {
    /// A cell; blank where the column or the cell is missing.
    pub fn text(&self, column: &str) -> &'s str {
        let at = self.sheet.columns.get(&folded(column));
        at.and_then(|&at| self.cells.get(at))
            .map_or("", String::as_str)
    }

    /// A cell that holds a finite number, 0 or more.
    pub fn number(&self, column: &str) -> Option<f64> {
        amount(self.text(column))
    }

    /// Whether a cell says yes; `None` if it says neither yes nor no.
    pub fn flag(&self, column: &str) -> Option<bool> {
        let word = self.text(column).to_lowercase();
        let is_in = |words: &[&str]| words.contains(&&*word);
        is_in(&YES)
            .then_some(true)
            .or_else(|| is_in(&NO).then_some(false))
    }

    /// Whether something stands in a cell, which is neither yes nor no.
    pub fn is_no_flag(&self, column: &str) -> bool {
        !self.text(column).is_empty() && self.flag(column).is_none()
    }

    /// Whether something stands in a cell, which is no number.
    pub fn is_no_number(&self, column: &str) -> bool {
        !self.text(column).is_empty() && self.number(column).is_none()
    }

    /// A fault of a cell, at its place; of a blank one at the beginning of the row.
    pub fn fault(&self, column: &str, message: impl Into<String>) -> Diagnostic {
        let rest = self.sheet.source.text.get(self.first..).unwrap_or_default();
        // A reader counts a row from the end of the one before, which may be within a line break.
        let first = self.first + rest.len() - rest.trim_start_matches(['\r', '\n']).len();
        let cell = self.text(column);
        let found = rest.find(cell).filter(|_| !cell.is_empty());
        let from = found.map_or(first, |at| self.first + at);
        let to = from + found.map_or(0, |_| cell.len());
        Diagnostic::error(message).at(&self.sheet.source, from..to)
    }
}

/// How `RVTools` and spreadsheets write yes, in lower case: in English, Czech, Danish, Dutch, Finnish, French, German, Hungarian, Italian,
/// Polish, Portuguese, Russian, Spanish, Swedish and Turkish.
const YES: [&str; 19] = [
    "true",
    "yes",
    "1",
    "enabled",
    "protected",
    "pravda",
    "sand",
    "waar",
    "tosi",
    "vrai",
    "wahr",
    "igaz",
    "vero",
    "prawda",
    "verdadeiro",
    "истина",
    "verdadero",
    "sant",
    "doğru",
];

/// How they write no.
const NO: [&str; 18] = [
    "false",
    "no",
    "0",
    "disabled",
    "unprotected",
    "nepravda",
    "falsk",
    "onwaar",
    "epätosi",
    "faux",
    "falsch",
    "hamis",
    "falso",
    "fałsz",
    "ложь",
    "falskt",
    "yanlış",
    "yanliş",
];

/// The mark between cells: the one that the first line holds most of.
fn mark(text: &str) -> u8 {
    let line = text.lines().find(|l| !l.trim().is_empty());
    let line = line.unwrap_or_default();
    let count = |mark: &u8| line.bytes().filter(|b| b == mark).count();
    // The comma wins among equals: the last of the greatest is taken.
    [b'\t', b';', b',']
        .into_iter()
        .max_by_key(count)
        .unwrap_or(b',')
}

/// A header as it is compared: `In Use MiB` and `in use MB` are the same.
pub(super) fn folded(header: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || *c == '#';
    let word: String = header.to_lowercase().chars().filter(kept).collect();
    match word.strip_suffix("mib") {
        Some(stem) => format!("{stem}mb"),
        None => word,
    }
}

/// A number of whole units as people and spreadsheets write it: `262109`, `262109.0`, `262,109`,
/// `262.109` (three digits follow each mark, so it marks thousands), `2695,5`, `262.109,5` (the last mark is the
/// decimal one where there are both).
fn amount(text: &str) -> Option<f64> {
    let blank = |c: char| c.is_whitespace() || c == '\'' || c == '’';
    let text: String = text.chars().filter(|c| !blank(*c)).collect();
    let plain = if is_grouped(&text, ',') || is_grouped(&text, '.') {
        text.replace([',', '.'], "")
    } else if let Some(plain) = with_both_marks(&text) {
        plain
    } else if text.matches(',').count() == 1 && !text.contains('.') {
        text.replace(',', ".")
    } else {
        text
    };
    let number: f64 = plain.parse().ok()?;
    (number.is_finite() && number >= 0.0).then_some(number)
}

/// `102.400,5` and `102,400.5` with a point and nothing else; `None` of what is no such number.
fn with_both_marks(text: &str) -> Option<String> {
    let (whole, fraction) = text.rsplit_once([',', '.'])?;
    let decimal = text[whole.len()..].chars().next()?;
    let thousands = if decimal == ',' { '.' } else { ',' };
    let digits = fraction.bytes().all(|b| b.is_ascii_digit());
    (digits && is_grouped(whole, thousands))
        .then(|| format!("{}.{fraction}", whole.replace(thousands, "")))
}

fn is_grouped(text: &str, mark: char) -> bool {
    let mut parts = text.split(mark);
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let first = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    (1..=3).contains(&first.len())
        && !first.starts_with('0')
        && digits(first)
        && !rest.is_empty()
        && rest.iter().all(|part| part.len() == 3 && digits(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_is_known_by_its_name_wherever_it_stands() {
        let name = |path| name_of(path);
        assert_eq!(name("a/all.xlsx:vInfo").as_deref(), Some("vinfo"));
        assert_eq!(name("x/RVTools_tabvHost.csv").as_deref(), Some("vhost"));
        assert_eq!(name("tabvCluster.csv").as_deref(), Some("vcluster"));
        assert_eq!(name("vInfo.csv").as_deref(), Some("vinfo"));
        assert_eq!(name("components.csv"), None);
    }

    #[test]
    fn amounts_are_read_as_spreadsheets_of_any_country_write_them() {
        for (text, expected) in [
            ("262109", 262_109.0),
            ("262109.0", 262_109.0),
            ("262,109", 262_109.0),
            ("262.109", 262_109.0),
            ("1'024", 1024.0),
            ("1\u{a0}024", 1024.0),
            ("2695,5", 2695.5),
            ("0.125", 0.125),
            ("102.400,0", 102_400.0),
            ("1,102,400.25", 1_102_400.25),
        ] {
            assert_eq!(amount(text), Some(expected), "{text}");
        }
        for text in [
            "VM", "", "-4", "NaN", "inf", "1,2,3", "#N/A", "1.02,5", "1,024,5", "1.024.5",
        ] {
            assert_eq!(amount(text), None, "{text}");
        }
    }

    #[test]
    fn a_first_column_with_a_wrong_name_is_taken() {
        let text = "NEXT Data Center;Powerstate;In Use MiB\nsql01;poweredOn;7\n;;\n";
        let source = Arc::new(Source {
            path: "vInfo".to_owned(),
            text: text.to_owned(),
        });
        let sheet = Sheet::read(&source, "VM", &["Powerstate"]).expect("a sheet");
        assert_eq!(sheet.renamed.as_deref(), Some("NEXT Data Center"));
        let rows: Vec<Row> = sheet.rows().collect();
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].text("VM"), "sql01");
        assert_eq!(rows[0].number("in use MB"), Some(7.0));
        assert!(Sheet::read(&source, "VM", &["Memory"]).is_err());
    }
}
