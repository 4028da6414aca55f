//! The words of the time keys: dates, the fiscal calendar, events, and how a demand is taken.
//! In: a value as written. Out: what it means, or the fault where it stands.

use super::resolver::Resolver;
use super::series::{CalendarKeys, EventKeys};
use crate::input::placed::Placed;
use crate::input::profile::{Calendar, Days, Event, Every};
use crate::model::Take;
use jiff::civil::Date;

/// Letters of a day.
const WRITTEN: usize = "2026-12-31".len();

/// A day, as `2026-12-31`, and nothing shorter; a time of day may stand behind it.
pub(super) fn day(text: &str) -> Option<Date> {
    let date = text.get(..WRITTEN)?;
    let is_written = |(at, byte): (usize, u8)| (byte == b'-') == matches!(at, 4 | 7);
    let written = date.bytes().enumerate().all(is_written);
    text.parse().ok().filter(|_| written)
}

/// A day and nothing else.
pub(super) fn date(text: &Placed<String>, resolver: &mut Resolver) -> Option<Date> {
    let found = day(&text.value).filter(|_| text.value.len() == WRITTEN);
    if found.is_none() {
        let fault = text.error(format!("`{}` is no date", text.value));
        resolver.faults.push(fault.help("write 2026-12-31"));
    }
    found
}

pub(super) fn calendar(keys: &CalendarKeys, resolver: &mut Resolver) -> Calendar {
    let mut calendar = Calendar::default();
    if let Some(start) = &keys.fiscal_year_start {
        let parts = start.value.split_once('-');
        let parts = parts.and_then(|(m, d)| Some((m.parse::<i8>().ok()?, d.parse::<i8>().ok()?)));
        if let Some((month @ 1..=12, day @ 1..=28)) = parts {
            calendar.fiscal_year_start = (month, day);
        } else {
            let fault = start.error(format!("`{}` is no start of a fiscal year", start.value));
            resolver
                .faults
                .push(fault.help("write month and day, up to 28: `04-01`"));
        }
    }
    calendar.holidays = keys
        .holidays
        .iter()
        .filter_map(|d| date(d, resolver))
        .collect();
    calendar
}

pub(super) fn event(keys: &EventKeys, resolver: &mut Resolver) -> Option<Event> {
    let every = || match keys.every.as_ref().map(|e| (e, e.value.as_str())) {
        None | Some((_, "quarter")) => Ok(Every::Quarter),
        Some((_, "month")) => Ok(Every::Month),
        Some((_, "year")) => Ok(Every::Year),
        Some((place, word)) => Err(place
            .error(format!("`{word}` is no fiscal period"))
            .help("write `month`, `quarter` or `year`")),
    };
    let count = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    let days = match (&keys.last_business_days, &keys.first_business_days) {
        (Some(n), _) => every().map(|e| Days::Last(e, count(n.value))),
        (None, Some(n)) => every().map(|e| Days::First(e, count(n.value))),
        (None, None) => Ok(Days::Written(
            keys.dates
                .iter()
                .filter_map(|d| date(d, resolver))
                .collect(),
        )),
    };
    match days {
        Ok(days) => Some(Event {
            name: keys.name.value.clone(),
            days,
            multiplier: keys.multiplier.as_ref().map(|m| m.value),
        }),
        Err(fault) => {
            resolver.faults.push(fault);
            None
        }
    }
}

/// Margin of an estimate that does not say.
pub(super) const MARGIN: f64 = 0.10;

/// `max`, `mean`, `p95`, `hour-of-week`, `hour-of-week mon 09`, `estimate`.
pub(super) fn take(
    text: &Placed<String>,
    margin: Option<&Placed<f64>>,
    resolver: &mut Resolver,
) -> Option<Take> {
    let found = match text.value.as_str() {
        "max" => Some(Take::Max),
        "mean" => Some(Take::Mean),
        "hour-of-week" => Some(Take::HourOfWeek(None)),
        "estimate" => Some(Take::Estimate {
            margin: margin.map_or(MARGIN, |m| m.value),
        }),
        other => percentile(other).or_else(|| hour_of_week(other)),
    };
    if found.is_none() {
        let fault = text.error(format!("`{}` is no way to take a demand", text.value));
        resolver.faults.push(fault.help(
            "write max, mean, a percentile as p95 or p99.9, hour-of-week, \"hour-of-week mon 09\" or estimate",
        ));
    }
    found
}

fn percentile(text: &str) -> Option<Take> {
    let p: f64 = text.strip_prefix('p')?.parse().ok()?;
    (0.0..=100.0).contains(&p).then_some(Take::Percentile(p))
}

fn hour_of_week(text: &str) -> Option<Take> {
    const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let mut words = text.strip_prefix("hour-of-week ")?.split_ascii_whitespace();
    let day = words.next()?.to_ascii_lowercase();
    let day = u8::try_from(DAYS.iter().position(|d| *d == day)?).ok()?;
    let hour: u8 = words.next()?.parse().ok()?;
    (hour < 24 && words.next().is_none()).then_some(Take::HourOfWeek(Some(day * 24 + hour)))
}
