//! A time axis whose ticks stand at local hours, days, months or years.

use crate::model::{HOUR, Millis};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use std::ops::Range;

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
    (Step::Days(1), "%d %b"),
    (Step::Days(2), "%d %b"),
    (Step::Days(3), "%d %b"),
    (Step::Days(7), "%d %b"),
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

    /// An instant as the axis writes it.
    #[must_use]
    pub fn text(&self, at: Millis) -> String {
        let at = jiff::Timestamp::from_millisecond(at).unwrap_or_default();
        self.zone.to_datetime(at).strftime(self.format).to_string()
    }
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
        assert_eq!(texts, ["28 Mar", "29 Mar", "30 Mar", "31 Mar", "01 Apr"]);
        assert_eq!(week.ticks[2] - week.ticks[1], 23 * HOUR);
        let years = TimeAxis::new(
            at("1992-01-01T00:00:00Z"),
            at("2016-05-01T00:00:00Z"),
            &berlin,
        );
        assert!((3..=9).contains(&years.ticks.len()), "{:?}", years.ticks);
        assert_eq!(years.text(years.ticks[0]), "1995");
    }

    #[test]
    fn an_empty_stretch_has_an_axis() {
        let axis = TimeAxis::new(5, 5, &TimeZone::UTC);
        assert_eq!(axis.map(&axis.from, (0, 100)), 0);
        assert_eq!(axis.map(&axis.to, (0, 100)), 100);
    }
}
