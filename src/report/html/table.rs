//! Tables. In: columns and rows. Out: a table that reads without the script, and that the script
//! sorts and filters. Promises: a long table is cut, and says so and where the rest is.

use crate::report::number::count;
use maud::{Markup, html};
use std::borrow::Cow;

/// Rows of a table, unless it says otherwise.
pub const ROWS: usize = 500;

/// A column.
#[derive(Clone, Debug)]
pub struct Column {
    title: Cow<'static, str>,
    number: bool,
}

/// A column of words.
#[must_use]
pub fn words(title: &'static str) -> Column {
    Column {
        title: Cow::Borrowed(title),
        number: false,
    }
}

/// A column of numbers.
#[must_use]
pub fn numbers(title: &'static str) -> Column {
    Column {
        title: Cow::Borrowed(title),
        number: true,
    }
}

/// One cell: what is shown, and what it is sorted by if that differs.
#[derive(Clone, Debug)]
pub struct Cell {
    shown: Markup,
    key: Option<f64>,
}

impl Cell {
    /// Sorted by its text.
    #[must_use]
    pub fn new(shown: Markup) -> Self {
        Self { shown, key: None }
    }

    /// Sorted by a number; `None` goes last.
    #[must_use]
    pub fn by(shown: Markup, key: Option<f64>) -> Self {
        let key = key.filter(|k| !k.is_nan());
        Self {
            shown,
            key: Some(key.unwrap_or(f64::INFINITY)),
        }
    }
}

/// A table.
#[derive(Clone, Debug)]
pub struct Table {
    name: &'static str,
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
    total: usize,
    file: Option<&'static str>,
    most: usize,
}

impl Table {
    /// An empty table; `name` says what its rows are, in the plural.
    #[must_use]
    pub fn new(name: &'static str, columns: Vec<Column>) -> Self {
        Self {
            name,
            columns,
            rows: Vec::new(),
            total: 0,
            file: None,
            most: ROWS,
        }
    }

    /// The file beside the page that has every row.
    #[must_use]
    pub fn with_file(mut self, file: &'static str) -> Self {
        self.file = Some(file);
        self
    }

    /// Shows at most so many rows.
    #[must_use]
    pub fn at_most(mut self, rows: usize) -> Self {
        self.most = rows;
        self
    }

    /// Gives a column another title; from users, perhaps: it must be bounded.
    pub fn title(&mut self, column: usize, title: String) {
        if let Some(column) = self.columns.get_mut(column) {
            column.title = Cow::Owned(title);
        }
    }

    /// Adds a row; beyond the most that are shown it is only counted.
    pub fn row(&mut self, cells: impl FnOnce() -> Vec<Cell>) {
        self.total += 1;
        if self.rows.len() < self.most {
            self.rows.push(cells());
        }
    }

    /// Counts rows that are known but were never made.
    pub fn and_more(&mut self, rows: usize) {
        self.total += rows;
    }

    /// How many rows there are, shown or not.
    #[must_use]
    pub fn total(&self) -> usize {
        self.total
    }

    /// The table; nothing without rows.
    #[must_use]
    pub fn render(&self) -> Markup {
        let hidden = self.total - self.rows.len();
        html! {
            @if !self.rows.is_empty() {
                div.table {
                    div.scroll tabindex="0" role="region" aria-label={ "Table of " (self.name) } {
                        table.wide[self.columns.len() > 8] data-name=(self.name) {
                            thead { tr {
                                @for c in &self.columns {
                                    th.number[c.number] scope="col" { (c.title) }
                                }
                            } }
                            tbody { @for row in &self.rows { (self.cells(row)) } }
                        }
                    }
                    @if hidden > 0 {
                        p.cut {
                            "The first " (count(self.rows.len() as u64)) " of "
                            (count(self.total as u64)) " " (self.name) "."
                            @if let Some(file) = self.file {
                                " All of them are in " a href=(file) { (file) } "."
                            }
                        }
                    }
                }
            }
        }
    }

    fn cells(&self, row: &[Cell]) -> Markup {
        html! {
            tr {
                @for (cell, column) in row.iter().zip(&self.columns) {
                    td.number[column.number] data-key=[cell.key] data-title=(column.title) {
                        (cell.shown)
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_table_says_what_it_leaves_out() {
        let mut table = Table::new("services", vec![words("id"), numbers("n")])
            .with_file("table-services.csv")
            .at_most(2);
        for i in 0..5 {
            table.row(|| {
                vec![
                    Cell::new(html! { (i) }),
                    Cell::by(html! { (i) }, Some(f64::from(i))),
                ]
            });
        }
        let out = table.render().into_string();
        assert_eq!(out.matches("<tr>").count(), 3);
        assert!(out.contains("The first 2 of 5 services."), "{out}");
        assert!(out.contains("href=\"table-services.csv\""));
    }

    #[test]
    fn what_is_unknown_sorts_last() {
        let cell = Cell::by(html! { "–" }, None);
        assert_eq!(cell.key, Some(f64::INFINITY));
    }
}
