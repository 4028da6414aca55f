//! Tables of works and their windows.

use super::table::{CSV, Cell, TEXT, Table};
use crate::report::document::{MaintenanceResult, WorkWindow, WorkWindows};
use std::borrow::Cow;

/// Elements that are named in a row.
pub(in crate::report) const NAMED: usize = 3;

/// The schedule: a row per work.
pub(in crate::report) fn schedule(result: &MaintenanceResult) -> Table<'_, &WorkWindows> {
    let mut t = Table::new(["work", "works"], &result.works).instead("`--format csv` lists all");
    t.words("work", TEXT, |w| {
        Cell::Prose(Cow::Borrowed(w.name.as_str()), 60)
    });
    t.words("out", TEXT, |w| {
        Cell::List(Cow::Borrowed(&w.elements[..]), NAMED)
    });
    t.number("hours", TEXT, |w| w.hours);
    t.number("windows", TEXT, |w| w.windows.len() as u64);
    t.short("start", TEXT, |w| instant(w.start.as_deref()));
    t.short("end", TEXT, |w| instant(w.end.as_deref()));
    t
}

fn instant(at: Option<&str>) -> Cell<'_> {
    at.map_or(Cell::Nothing, Cell::Instant)
}

/// What a row of the calendar is.
#[derive(Clone, Copy)]
pub enum CalendarRow<'a> {
    /// A stretch in which a work may be done.
    Window(&'a WorkWindow),
    /// Where the schedule has it.
    Scheduled,
    /// It has no place in the schedule.
    Unplaced,
}

/// The calendar: a row for each window of each work, and one for its place in the schedule.
#[must_use]
pub fn maintenance(result: &MaintenanceResult) -> Table<'_, (&WorkWindows, CalendarRow<'_>)> {
    let rows = result.works.iter().flat_map(|w| {
        let place = if w.start.is_some() {
            CalendarRow::Scheduled
        } else {
            CalendarRow::Unplaced
        };
        let windows = w.windows.iter().map(CalendarRow::Window);
        std::iter::once(place)
            .chain(windows)
            .map(move |row| (w, row))
    });
    let mut t = Table::new(["row", "rows"], rows);
    t.words("work", CSV, |(w, _)| &w.name);
    t.words("elements", CSV, |(w, _)| w.elements.join(";"));
    t.number("hours", CSV, |(w, _)| w.hours);
    t.short("row", CSV, |(_, row)| match row {
        CalendarRow::Window(_) => "window",
        CalendarRow::Scheduled => "scheduled",
        CalendarRow::Unplaced => "no place",
    });
    t.short("from", CSV, |(w, row)| match row {
        CalendarRow::Window(window) => instant(Some(&window.from)),
        _ => instant(w.start.as_deref()),
    });
    t.short("last start", CSV, |(_, row)| match row {
        CalendarRow::Window(window) => instant(Some(&window.last_start)),
        _ => Cell::Nothing,
    });
    t.short("to", CSV, |(w, row)| match row {
        CalendarRow::Window(window) => instant(Some(&window.to)),
        _ => instant(w.end.as_deref()),
    });
    t.words("reason", CSV, |(w, row)| match row {
        CalendarRow::Unplaced => w.reason.as_deref(),
        _ => None,
    });
    t
}

/// The windows, a row each.
pub(in crate::report) fn windows(
    result: &MaintenanceResult,
) -> Table<'_, (&WorkWindows, &WorkWindow)> {
    let all = result.works.iter();
    let rows = all.flat_map(|w| w.windows.iter().map(move |window| (w, window)));
    let mut t = Table::new(["window", "windows"], rows).instead("`--format csv` lists all");
    t.words("work", TEXT, |(w, _)| {
        Cell::Prose(Cow::Borrowed(w.name.as_str()), 60)
    });
    t.short("may start from", TEXT, |(_, w)| Cell::Instant(&w.from));
    t.short("to", TEXT, |(_, w)| Cell::Instant(&w.last_start));
    t.short("ends by", TEXT, |(_, w)| Cell::Instant(&w.to));
    t
}
