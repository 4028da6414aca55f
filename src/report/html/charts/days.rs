//! Services × days: the worst status of each day.

use super::chart::{Chart, Drawing, Topic};
use crate::model::Status;
use crate::report::document::Assess;
use crate::report::document::load::{ServiceTimes, StatusSpan, Timeline};
use crate::report::plot::{GridFigure, GridRow, Signal, ends_quarter};
use jiff::civil::Date;

/// Services that are drawn.
const ROWS: usize = 40;
/// Columns that are drawn; a longer horizon has several days in one.
const COLUMNS: usize = 124;
/// Days of a horizon, at most: more is no horizon.
const DAYS: usize = 40_000;

/// The calendar; `None` without a horizon.
pub(super) fn days(result: &Assess) -> Option<Chart> {
    let timeline = result.timeline.as_ref()?;
    let all = calendar(timeline)?;
    let together = all.len().div_ceil(COLUMNS).max(1);
    let columns: Vec<&[Date]> = all.chunks(together).collect();
    let mut services: Vec<&ServiceTimes> = timeline.services.iter().collect();
    let hours = |s: &ServiceTimes, status: Status| s.hours.get(status.word()).copied().unwrap_or(0);
    services.sort_by_key(|s| {
        let worst = [Status::Down, Status::Degraded, Status::AtRisk].map(|x| hours(s, x));
        (std::cmp::Reverse(worst), &s.id)
    });
    let rows = services.iter().take(ROWS).map(|s| GridRow {
        name: s.id.clone(),
        cells: worst(s, &all)
            .chunks(together)
            .map(|c| c.iter().copied().flatten().max())
            .collect(),
    });
    let each = if together == 1 {
        "day".to_owned()
    } else {
        format!("{together} days")
    };
    let cut = if services.len() > ROWS {
        format!(
            " The first {ROWS} of {} services; table-timeline.csv has all.",
            services.len()
        )
    } else {
        String::new()
    };
    Some(Chart {
        topic: Topic::Days,
        file: "calendar".to_owned(),
        label: "Calendar".to_owned(),
        caption: format!(
            "The worst status of each {each}, local time ({}); the worse, the taller.{cut}",
            timeline.timezone
        ),
        drawing: Drawing::Grid(GridFigure {
            title: "Risk calendar".to_owned(),
            columns: columns.iter().map(|days| name(days, together)).collect(),
            rows: rows.collect(),
            signal: Signal::Height,
            legend: vec![Status::Ok, Status::AtRisk, Status::Degraded, Status::Down],
            empty: String::new(),
            shaded: weekends(&columns),
            marks: columns.iter().enumerate().filter_map(quarter_end).collect(),
        }),
    })
}

/// Columns of a Saturday or Sunday, where each is a day.
fn weekends(columns: &[&[Date]]) -> (Vec<usize>, String) {
    let is_one = |days: &&[Date]| matches!(days, [day] if day.weekday().to_monday_one_offset() > 5);
    let all = columns.iter().enumerate().filter(|(_, days)| is_one(days));
    let all: Vec<usize> = all.map(|(at, _)| at).collect();
    let words = if all.is_empty() { "" } else { "weekend" };
    (all, words.to_owned())
}

/// That a quarter of a year ends in a column.
fn quarter_end((at, days): (usize, &&[Date])) -> Option<(usize, String)> {
    let day = days.iter().find(|d| ends_quarter(**d))?;
    Some((at, format!("quarter-end {}", day.strftime("%a %d %b"))))
}

/// Columns that begin a month or, where each is a day, a week have a name.
fn name(days: &[Date], together: usize) -> String {
    let Some(day) = days.first() else {
        return String::new();
    };
    let monday = together == 1 && day.weekday() == jiff::civil::Weekday::Monday;
    let month = days.iter().any(|d| d.day() == 1);
    if month || monday {
        day.strftime("%a %d %b").to_string()
    } else {
        String::new()
    }
}

/// Every day of the horizon.
fn calendar(timeline: &Timeline) -> Option<Vec<Date>> {
    let (from, to) = (day(&timeline.from)?, last(&timeline.to)?);
    let days = from
        .series(jiff::Span::new().days(1))
        .take(DAYS)
        .take_while(|d| *d <= to);
    let days: Vec<Date> = days.collect();
    (!days.is_empty()).then_some(days)
}

/// The local day of an instant, as written.
fn day(at: &str) -> Option<Date> {
    at.get(..10)?.parse().ok()
}

/// The last day before an instant.
fn last(at: &str) -> Option<Date> {
    let day = day(at)?;
    let midnight = at.get(11..19) == Some("00:00:00");
    if midnight {
        day.yesterday().ok()
    } else {
        Some(day)
    }
}

/// The worst status of each day.
fn worst(service: &ServiceTimes, days: &[Date]) -> Vec<Option<Status>> {
    let mut worst = vec![None; days.len()];
    let at = |d: Date| days.partition_point(|x| *x < d);
    let ends = |s: &StatusSpan| Some((at(day(&s.from)?), at(last(&s.to)?)));
    for span in &service.status {
        let Some((from, to)) = ends(span) else {
            continue;
        };
        for cell in worst.iter_mut().take(to + 1).skip(from) {
            *cell = (*cell).max(Some(span.status));
        }
    }
    worst
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_that_ends_at_midnight_ends_the_day_before() {
        assert_eq!(last("2027-01-01T00:00:00+01:00"), "2026-12-31".parse().ok());
        assert_eq!(last("2027-01-01T00:30:00+01:00"), "2027-01-01".parse().ok());
        assert_eq!(day("x"), None);
    }
}
