//! Tables of a page, which read without the script, and which the script sorts and filters. Promises: a
//! long table is cut, and says so and where the rest is; every number is sorted by its value.

use super::table::{Cell, Column, HTML, Key, Table, Title};
use super::text::number;
use crate::report::html::words::{contingency, id, ids, status, text};
use crate::report::layout::Align;
use crate::report::number::{count, instant};
use maud::{Markup, html};
use std::borrow::Cow;

/// Rows of a table that are printed: the style sheet leaves out the rest.
pub(in crate::report) const ROWS_ON_PAPER: usize = 20;

impl<R: Copy> Table<'_, R> {
    /// The table; nothing without rows.
    pub(in crate::report) fn html(&self) -> Markup {
        let (rows, hidden) = self.shown(HTML);
        let name = self.nouns[1];
        let columns: Vec<_> = self
            .columns_of(HTML)
            .map(|(column, make)| (title(column), column.align == Align::Right, make))
            .collect();
        html! {
            @if !rows.is_empty() {
                div.table {
                    // Not a landmark: a page has many tables, some of the same things.
                    div.scroll tabindex="0" role="group" aria-label={ "Table of " (name) } {
                        table.wide[columns.len() > 8] data-name=(name) {
                            thead { tr {
                                @for (title, is_number, _) in &columns {
                                    th.number[*is_number] scope="col" { (title) }
                                }
                            } }
                            tbody { @for row in rows { tr {
                                @for (title, is_number, make) in &columns {
                                    @let (shown, key) = shown(make(*row));
                                    td.number[*is_number] data-key=[key] data-title=(title) { (shown) }
                                }
                            } } }
                        }
                    }
                    @if rows.len() > ROWS_ON_PAPER {
                        p.cut.paper {
                            "On paper the first " (ROWS_ON_PAPER) " of " (count((rows.len() + hidden) as u64)) " " (name) "."
                            @if let Some(file) = self.file { " All of them are in " (file) "." }
                        }
                    }
                    @if hidden > 0 {
                        p.cut.screen[rows.len() > ROWS_ON_PAPER] {
                            "The first " (count(rows.len() as u64)) " of "
                            (count((rows.len() + hidden) as u64)) " " (name) "."
                            @if let Some(file) = self.file {
                                " All of them are in " a href=(file) { (file) } "."
                            }
                        }
                    }
                }
            }
        }
    }
}

fn title<'t, R>(column: &'t Column<'_, R>) -> Cow<'t, str> {
    match column.title_in(HTML) {
        Some(Title::Words(words)) => {
            let mut letters = words.chars();
            let first = letters.next().into_iter().flat_map(char::to_uppercase);
            first.chain(letters).collect()
        }
        Some(Title::Name(name)) => Cow::Borrowed(name),
        None => Cow::Borrowed(""),
    }
}

/// What is shown, and by which number it is sorted.
fn shown(cell: Cell<'_>) -> (Markup, Option<f64>) {
    // What has no number goes last.
    let key = |x: Option<f64>| Some(x.filter(|x| !x.is_nan()).unwrap_or(f64::INFINITY));
    match cell {
        Cell::Nothing => (html! { "–" }, None),
        Cell::Words(words) => (html! { (words) }, None),
        Cell::Sorted(words, by) => (html! { (words) }, key(Some(by))),
        Cell::Id(of) | Cell::Case(of) => (id(of), None),
        Cell::Prose(prose, most) => (html! { (text(&prose, most)) }, None),
        Cell::Elements(all) => (contingency(all), None),
        Cell::List(all, most) => (ids(&all, most), None),
        Cell::Status(of) => (status(of), None),
        Cell::Count(n, none) => {
            let said = n.map_or_else(|| none.to_owned(), count);
            (html! { (said) }, key(n.map(|n| n as f64)))
        }
        Cell::Number(x) => (html! { (number(&x)) }, key(x.value)),
        Cell::Instant(at) => (html! { (instant(at)) }, None),
        Cell::Markup(markup, Key::Text) => (markup, None),
        Cell::Markup(markup, Key::Number(x)) => (markup, key(x)),
    }
}
