//! Tables for a terminal.

use super::table::{Cell, Number, TEXT, Table, Title};
use crate::model::short;
use crate::report::ids::{contingency, full};
use crate::report::layout::table;
use crate::report::number::{count, ids, instant, unit};
use crate::report::shape::{ENTRIES, Shape, more};
use crate::report::style::status;
use std::borrow::Cow;

impl<R: Copy> Table<'_, R> {
    /// In so many columns of a terminal, with a line that says what is left out; nothing without rows.
    #[must_use]
    pub fn text(&self, width: u16) -> String {
        self.text_in(width.into())
    }

    /// The same, with more rows where every part of a result is shown.
    pub(in crate::report) fn text_in(&self, shape: Shape) -> String {
        let header: Vec<_> = self
            .columns_of(TEXT)
            .map(|(column, _)| match column.title_in(TEXT) {
                Some(Title::Words(words)) => (words.to_uppercase(), column.align),
                Some(Title::Name(name)) => (name.clone(), column.align),
                None => (String::new(), column.align),
            })
            .collect();
        let header: Vec<_> = header.iter().map(|(title, of)| (&**title, *of)).collect();
        let of = |row: &R| {
            self.columns_of(TEXT)
                .map(|(_, make)| shown(make(*row)))
                .collect()
        };
        let least = if shape.in_full { ENTRIES } else { 0 };
        let (rows, hidden) = self.shown_at_least(TEXT, least);
        let rest = more(hidden, self.nouns[0], &self.elsewhere(shape));
        table(&header, rows.iter().map(of).collect(), shape.width) + &rest
    }
}

impl<R> Table<'_, R> {
    /// Where all rows are that a text leaves out.
    fn elsewhere(&self, shape: Shape) -> Cow<'static, str> {
        match self.file.filter(|_| shape.in_full) {
            Some(file) => format!("{file} of `-o DIR` lists all").into(),
            None => self.instead.into(),
        }
    }
}

fn shown(cell: Cell<'_>) -> String {
    match cell {
        Cell::Nothing => "–".to_owned(),
        Cell::Words(text) => text.into_owned(),
        Cell::Sorted(text, _) => text,
        Cell::Id(text) | Cell::Case(text) => full(text),
        Cell::Prose(text, most) => short(&text, most),
        Cell::Elements(all) => contingency(all),
        Cell::List(all, most) => ids(&all, most),
        Cell::Status(of) => status(of),
        Cell::Count(n, none) => n.map_or_else(|| none.to_owned(), count),
        Cell::Number(x) => number(&x),
        Cell::Instant(at) => instant(at),
        Cell::Markup(..) => String::new(),
    }
}

/// A number with its unit, for people.
pub(super) fn number(x: &Number<'_>) -> String {
    match x.value {
        Some(value) => (x.shown)(value) + &unit(x.unit),
        None => x.none.to_owned(),
    }
}
