//! Tables as CSV. Promises: no cell is a formula to a spreadsheet (a leading `= + - @`, tab or return
//! gets a `'` before it); numbers are in full; what was not computed is an empty cell.

use super::table::{CSV, Cell, Table, Title};

impl<R: Copy> Table<'_, R> {
    /// A header row and every row.
    #[must_use]
    pub fn csv(&self) -> String {
        let title = |title: Option<&Title>| match title {
            Some(Title::Words(words)) => words.replace([' ', '-'], "_"),
            Some(Title::Name(name)) => name.clone(),
            None => String::new(),
        };
        let header = self.columns_of(CSV).map(|(c, _)| title(c.title_in(CSV)));
        written(std::iter::once(header.collect())) + &self.csv_rows()
    }

    /// Every row, without the header.
    pub(super) fn csv_rows(&self) -> String {
        let of = |row: &R| {
            self.columns_of(CSV)
                .map(|(_, make)| text(&make(*row)))
                .collect()
        };
        written(self.rows.iter().map(of))
    }
}

fn written(rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut out = csv::Writer::from_writer(Vec::new());
    for row in rows {
        // Writing to memory cannot fail, and every row has the header's length.
        let written = out.write_record(&row);
        debug_assert!(written.is_ok());
    }
    String::from_utf8(out.into_inner().unwrap_or_default()).unwrap_or_default()
}

fn text(cell: &Cell<'_>) -> String {
    match cell {
        Cell::Nothing | Cell::Markup(..) => String::new(),
        Cell::Words(text) | Cell::Prose(text, _) => harmless(text),
        Cell::Sorted(text, _) => harmless(text),
        Cell::Id(text) | Cell::Case(text) | Cell::Instant(text) => harmless(text),
        Cell::Elements(ids) => harmless(&ids.join(";")),
        Cell::List(ids, _) => harmless(&ids.join(";")),
        Cell::Status(status) => status.word().to_owned(),
        Cell::Count(n, _) => n.map(|n| n.to_string()).unwrap_or_default(),
        Cell::Number(x) => x.value.map(|x| x.to_string()).unwrap_or_default(),
    }
}

/// Text that no spreadsheet takes for a formula.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}
