//! A time axis whose ticks stand at local hours, days, months or years.

use crate::model::{HOUR, Millis};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use std::ops::Range;

/// Weekends are marked on an axis of so many weeks.
const MOST_WEEKS: i64 = 40;
/// Quarter-ends are marked on an axis of so many weeks: their names have room there.
const MOST_WEEKS_OF_QUARTERS: i64 = 60;
/// Most ticks on an axis.
const TICKS: usize = 9;

/// A stretch of time along an axis.
#[derive(Clone, Debug)]
pub struct TimeAxis {
    from: Millis,
    to: Millis,
    ticks: Vec<Millis>,
    format: &'static str,
    zone: TimeZone,
}

/// Distances between ticks, the finest first.
#[derive(Clone, Copy)]
enum Step {
    Hours(i8),
    Days(i32),
    Months(i32),
}

const STEPS: [(Step, &str); 18] = [
    (Step::Hours(1), "%d %b %H:%M"),
    (Step::Hours(3), "%d %b %H:%M"),
    (Step::Hours(6), "%d %b %H:%M"),
    (Step::Hours(12), "%d %b %H:%M"),
    (Step::Days(1), "%a %d %b"),
    (Step::Days(2), "%a %d %b"),
    (Step::Days(3), "%a %d %b"),
    (Step::Days(7), "%a %d %b"),
    (Step::Days(14), "%d %b %y"),
    (Step::Months(1), "%b %Y"),
    (Step::Months(2), "%b %Y"),
    (Step::Months(3), "%b %Y"),
    (Step::Months(6), "%b %Y"),
    (Step::Months(12), "%Y"),
    (Step::Months(24), "%Y"),
    (Step::Months(60), "%Y"),
    (Step::Months(120), "%Y"),
    (Step::Months(1200), "%Y"),
];

impl Step {
    /// A little less than its length, to tell how many of them a stretch has.
    fn length(self) -> Millis {
        match self {
            Self::Hours(n) => HOUR * i64::from(n),
            Self::Days(n) => HOUR * 24 * i64::from(n),
            Self::Months(n) => HOUR * 24 * 28 * i64::from(n),
        }
    }

    /// The last tick at or before a local time.
    fn floor(self, at: DateTime) -> Option<DateTime> {
        match self {
            Self::Hours(n) => {
                let time = jiff::civil::time(at.hour() - at.hour() % n, 0, 0, 0);
                Some(at.date().to_datetime(time))
            }
            Self::Days(n) => {
                // Weeks start on Monday; 1 January 2024 is one.
                let since = (at.date() - jiff::civil::date(2024, 1, 1)).get_days();
                let back = jiff::Span::new().days(since.rem_euclid(n));
                Some(
                    at.date()
                        .checked_sub(back)
                        .ok()?
                        .to_datetime(jiff::civil::Time::midnight()),
                )
            }
            Self::Months(n) => {
                let months = i32::from(at.year()) * 12 + i32::from(at.month()) - 1;
                let months = months.div_euclid(n) * n;
                let year = i16::try_from(months.div_euclid(12)).ok()?;
                let month = i8::try_from(months.rem_euclid(12)).ok()? + 1;
                Some(
                    Date::new(year, month, 1)
                        .ok()?
                        .to_datetime(jiff::civil::Time::midnight()),
                )
            }
        }
    }

    fn next(self, at: DateTime) -> Option<DateTime> {
        let span = match self {
            Self::Hours(n) => jiff::Span::new().hours(i64::from(n)),
            Self::Days(n) => jiff::Span::new().days(n),
            Self::Months(n) => jiff::Span::new().months(n),
        };
        at.checked_add(span).ok()
    }
}

impl TimeAxis {
    /// From one instant to a later one.
    #[must_use]
    pub fn new(from: Millis, to: Millis, zone: &TimeZone) -> Self {
        let to = to.max(from + HOUR);
        let few = |(step, _): &&(Step, &str)| {
            usize::try_from((to - from) / step.length()).unwrap_or(usize::MAX) <= TICKS
        };
        let (step, format) = *STEPS.iter().find(few).unwrap_or(&STEPS[STEPS.len() - 1]);
        let mut ticks = Vec::new();
        let start = jiff::Timestamp::from_millisecond(from).unwrap_or_default();
        let mut next = step.floor(zone.to_datetime(start));
        while let Some(local) = next {
            let Ok(at) = zone.to_timestamp(local) else {
                break;
            };
            let at = at.as_millisecond();
            if at > to || ticks.len() > 4 * TICKS {
                break;
            }
            if at >= from {
                ticks.push(at);
            }
            next = step.next(local);
        }
        Self {
            from,
            to,
            ticks,
            format,
            zone: zone.clone(),
        }
    }

    /// Saturdays with their Sundays, as far as they are on the axis; none where that is more than some months.
    #[must_use]
    pub fn weekends(&self) -> Vec<(Millis, Millis)> {
        if self.to - self.from > MOST_WEEKS * 7 * 24 * HOUR {
            return Vec::new();
        }
        let days = self.days();
        let saturdays = days.filter(|d| d.weekday() == jiff::civil::Weekday::Saturday);
        let both = |saturday: Date| {
            let monday = saturday.checked_add(jiff::Span::new().days(2)).ok()?;
            let (from, to) = (self.midnight(saturday)?, self.midnight(monday)?);
            Some((from.max(self.from), to.min(self.to)))
        };
        saturdays
            .filter_map(both)
            .filter(|(from, to)| from < to)
            .collect()
    }

    /// The first instants after a quarter of a year, with the day on which it ends; none where that is
    /// more than a year and some weeks.
    #[must_use]
    pub fn quarter_ends(&self) -> Vec<(Millis, Date)> {
        if self.to - self.from > MOST_WEEKS_OF_QUARTERS * 7 * 24 * HOUR {
            return Vec::new();
        }
        let all = self.days().filter(|d| ends_quarter(*d));
        let after = |day: Date| Some((self.midnight(day.tomorrow().ok()?)?, day));
        // An axis that ends on that day ends with it.
        let until = |(at, day): (Millis, Date)| (at.min(self.to), day);
        let is_on = |(at, _): &(Millis, Date)| *at >= self.from && *at < self.to + 24 * HOUR;
        all.filter_map(after).filter(is_on).map(until).collect()
    }

    /// Every local day that the axis touches, with the two before.
    fn days(&self) -> impl Iterator<Item = Date> + '_ {
        let at = jiff::Timestamp::from_millisecond(self.from).unwrap_or_default();
        let first = self.zone.to_datetime(at).date();
        let first = first.saturating_sub(jiff::Span::new().days(2));
        let on_axis = |d: &Date| self.midnight(*d).is_some_and(|at| at <= self.to);
        first.series(jiff::Span::new().days(1)).take_while(on_axis)
    }

    fn midnight(&self, day: Date) -> Option<Millis> {
        let local = day.to_datetime(jiff::civil::Time::midnight());
        Some(self.zone.to_timestamp(local).ok()?.as_millisecond())
    }

    /// An instant as the axis writes it.
    #[must_use]
    pub fn text(&self, at: Millis) -> String {
        let at = jiff::Timestamp::from_millisecond(at).unwrap_or_default();
        self.zone.to_datetime(at).strftime(self.format).to_string()
    }
}

/// Whether a quarter of a year ends with this day.
#[must_use]
pub fn ends_quarter(day: Date) -> bool {
    day.month() % 3 == 0 && day.day() == day.days_in_month()
}

impl Ranged for TimeAxis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = Millis;

    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)] // pixels
    fn map(&self, value: &Millis, limit: (i32, i32)) -> i32 {
        let part = (value - self.from) as f64 / (self.to - self.from) as f64;
        limit.0 + (part * f64::from(limit.1 - limit.0)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<Millis> {
        self.ticks.clone()
    }

    fn range(&self) -> Range<Millis> {
        self.from..self.to
    }
}

impl ValueFormatter<Millis> for TimeAxis {
    fn format_ext(&self, value: &Millis) -> String {
        self.text(*value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Millis {
        text.parse::<jiff::Timestamp>()
            .expect(text)
            .as_millisecond()
    }

    #[test]
    fn ticks_stand_at_local_midnights_and_months() {
        let berlin = TimeZone::get("Europe/Berlin").expect("bundled");
        let week = TimeAxis::new(
            at("2026-03-27T12:00:00Z"),
            at("2026-04-01T12:00:00Z"),
            &berlin,
        );
        let texts: Vec<String> = week.ticks.iter().map(|t| week.text(*t)).collect();
        assert_eq!(
            texts,
            [
                "Sat 28 Mar",
                "Sun 29 Mar",
                "Mon 30 Mar",
                "Tue 31 Mar",
                "Wed 01 Apr"
            ]
        );
        // The weekend in which clocks go forward is an hour short; the quarter ends on the last of March.
        let weekend = (at("2026-03-27T23:00:00Z"), at("2026-03-29T22:00:00Z"));
        assert_eq!(week.weekends(), [weekend]);
        let end = (at("2026-03-31T22:00:00Z"), jiff::civil::date(2026, 3, 31));
        assert_eq!(week.quarter_ends(), [end]);
        assert_eq!(week.ticks[2] - week.ticks[1], 23 * HOUR);
        let years = TimeAxis::new(
            at("1992-01-01T00:00:00Z"),
            at("2016-05-01T00:00:00Z"),
            &berlin,
        );
        assert!((3..=9).contains(&years.ticks.len()), "{:?}", years.ticks);
        assert_eq!(years.text(years.ticks[0]), "1995");
        assert!(years.weekends().is_empty() && years.quarter_ends().is_empty());
    }

    #[test]
    fn an_empty_stretch_has_an_axis() {
        let axis = TimeAxis::new(5, 5, &TimeZone::UTC);
        assert_eq!(axis.map(&axis.from, (0, 100)), 0);
        assert_eq!(axis.map(&axis.to, (0, 100)), 100);
    }
}
