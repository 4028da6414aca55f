//! Instants from text. In: RFC 3339 times, local times of a declared zone, dates. Out:
//! milliseconds since 1970, or why not.

use crate::model::Millis;
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use std::cell::Cell;

/// What a text says about an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// One instant.
    At(Millis),
    /// A local time that happens twice, because the clock is set back: first and second.
    Twice(Millis, Millis),
}

/// Why a text is no instant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoTime {
    /// Not a form that is understood.
    #[error("not a time")]
    Form,
    /// Not what `time_format` says.
    #[error("not a time as `{0}` writes it")]
    Format(String),
    /// A local time without a declared zone.
    #[error("a local time, but no time zone is declared")]
    Zone,
    /// A local time that the clock skips.
    #[error("this local time does not exist in {0}: the clock is set forward over it")]
    Skipped(String),
}

impl NoTime {
    /// What to write instead.
    pub(crate) fn help(&self) -> &'static str {
        match self {
            Self::Form => {
                "write RFC 3339, as 2026-12-31T18:00:00Z or 2026-12-31T18:00:00+01:00, or a date; or say \
                 beside the profile how it writes times: time_format = \"%d.%m.%Y %H:%M\""
            }
            Self::Format(_) => "write times as time_format says, or mend time_format",
            Self::Zone => {
                "write an offset, as 2026-12-31T18:00:00+01:00, or declare timezone = \"Europe/Berlin\" \
                 in the scenario"
            }
            Self::Skipped(_) => "write the offset, as 2026-03-29T02:30:00+01:00",
        }
    }
}

/// Reads times: a zone for those that have none.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    /// Zone of dates, and of local times if it was declared.
    pub zone: TimeZone,
    /// Whether local times may lean on it.
    pub declared: bool,
    /// How times are written, in the letters of `strftime`; RFC 3339 if not given.
    pub format: Option<String>,
    /// The first offset that a time was written with, milliseconds.
    pub offset: Cell<Option<i64>>,
}

/// Whether a text is a way to write times: it must name a day, and every letter must be known.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn check_format(format: &str) -> Result<(), String> {
    if !format.contains('%') {
        return Err("there is no `%` in it".to_owned());
    }
    let sample = jiff::civil::date(2026, 11, 28).at(13, 45, 7, 0);
    let sample = sample.to_zoned(TimeZone::UTC).map_err(|e| e.to_string())?;
    let text = jiff::fmt::strtime::format(format, &sample).map_err(|e| e.to_string())?;
    let read = jiff::fmt::strtime::parse(format, &text).map_err(|e| e.to_string())?;
    match (read.to_date(), read.to_timestamp()) {
        (Err(_), Err(_)) => Err("it names no day".to_owned()),
        _ => Ok(()),
    }
}

impl Clock {
    /// The instant that a text names; a date is its first instant.
    pub(crate) fn read(&self, text: &[u8]) -> Result<When, NoTime> {
        if let Some(format) = &self.format {
            return self.formatted(format, text);
        }
        match fast(text) {
            Some((local, Some(offset))) => {
                if self.offset.get().is_none() {
                    self.offset.set(Some(offset));
                }
                Ok(When::At(utc_millis(local) - offset))
            }
            Some((local, None)) => self.local(civil(local).ok_or(NoTime::Form)?),
            None => self.slow(text),
        }
    }

    /// A clock of a zone, for RFC 3339.
    pub(crate) fn new(zone: TimeZone, declared: bool) -> Self {
        Self {
            zone,
            declared,
            format: None,
            offset: Cell::new(None),
        }
    }

    /// The zone that times are shown in: the declared one, else the offset that they are written
    /// with.
    pub(crate) fn shown(&self) -> TimeZone {
        let seconds = self.offset.get().map(|millis| millis / 1000);
        let written = seconds
            .filter(|&s| !self.declared && s != 0)
            .and_then(|s| jiff::tz::Offset::from_seconds(i32::try_from(s).ok()?).ok());
        written.map_or_else(|| self.zone.clone(), TimeZone::fixed)
    }

    /// A time as `time_format` says.
    fn formatted(&self, format: &str, text: &[u8]) -> Result<When, NoTime> {
        let wrong = || NoTime::Format(format.to_owned());
        let read = jiff::fmt::strtime::parse(format, text).map_err(|_| wrong())?;
        if let Ok(at) = read.to_timestamp() {
            return Ok(When::At(at.as_millisecond()));
        }
        if read.hour().is_none() {
            let date = read.to_date().map_err(|_| wrong())?;
            return Ok(When::At(self.day_start(date).ok_or_else(wrong)?));
        }
        self.local(read.to_datetime().map_err(|_| wrong())?)
    }

    /// Anything that the fast path does not know: dates, and rarer forms of RFC 3339.
    fn slow(&self, text: &[u8]) -> Result<When, NoTime> {
        let text = std::str::from_utf8(text).map_err(|_| NoTime::Form)?;
        if let Ok(at) = text.parse::<jiff::Timestamp>() {
            return Ok(When::At(at.as_millisecond()));
        }
        if text.len() == 10
            && let Ok(date) = text.parse::<Date>()
        {
            return Ok(When::At(self.day_start(date).ok_or(NoTime::Form)?));
        }
        self.local(text.parse::<DateTime>().map_err(|_| NoTime::Form)?)
    }

    /// The instant of a local time.
    pub(crate) fn local(&self, local: DateTime) -> Result<When, NoTime> {
        if !self.declared {
            return Err(NoTime::Zone);
        }
        let at = |offset: jiff::tz::Offset| {
            let at = offset.to_timestamp(local).map_err(|_| NoTime::Form)?;
            Ok(at.as_millisecond())
        };
        match self.zone.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Unambiguous { offset } => Ok(When::At(at(offset)?)),
            AmbiguousOffset::Gap { .. } => Err(NoTime::Skipped(zone_name(&self.zone))),
            AmbiguousOffset::Fold { before, after } => Ok(When::Twice(at(before)?, at(after)?)),
        }
    }

    /// The first instant of a day.
    pub(crate) fn day_start(&self, date: Date) -> Option<Millis> {
        let start = date.to_zoned(self.zone.clone()).ok()?;
        Some(start.timestamp().as_millisecond())
    }

    /// The first instant after a day.
    pub(crate) fn day_end(&self, date: Date) -> Option<Millis> {
        self.day_start(date.tomorrow().ok()?)
    }
}

/// Local date and time of an instant.
pub(crate) fn local(at: Millis, zone: &TimeZone) -> DateTime {
    let at = jiff::Timestamp::from_millisecond(at.clamp(EARLIEST, LATEST)).unwrap_or_default();
    zone.to_datetime(at)
}

/// The hour of the week of an instant: 0 is Monday 00:00 to 01:00, local time.
pub(crate) fn hour_of_week(at: Millis, zone: &TimeZone) -> u8 {
    let local = local(at, zone);
    let day = local.weekday().to_monday_zero_offset().unsigned_abs();
    day * 24 + local.hour().unsigned_abs()
}

/// The instant a number of whole years later (or earlier), local time and day of the year kept;
/// 29 February becomes 28.
pub(crate) fn years_later(at: Millis, years: i32, zone: &TimeZone) -> Option<Millis> {
    let span = jiff::Span::new().try_years(years).ok()?;
    let moved = local(at, zone).checked_add(span).ok()?;
    Some(zone.to_timestamp(moved).ok()?.as_millisecond())
}

/// Years from one day to another: whole years, then days over the length of the year they are in.
/// 29 February counts as 28 in other years. Negative when `to` is earlier.
pub(crate) fn years_between(from: Date, to: Date) -> Option<f64> {
    if to < from {
        return Some(-years_between(to, from)?);
    }
    let mut whole = to.year() - from.year();
    let after = |years: i16| from.checked_add(jiff::Span::new().years(years)).ok();
    if after(whole)? > to {
        whole -= 1;
    }
    let anniversary = after(whole)?;
    let days = |a: Date, b: Date| Some(f64::from(a.until(b).ok()?.get_days()));
    let rest = days(anniversary, to)?;
    let length = if rest == 0.0 {
        1.0
    } else {
        days(anniversary, after(whole + 1)?)?
    };
    Some(f64::from(whole) + rest / length)
}

/// Name of a zone, for people.
pub(crate) fn zone_name(zone: &TimeZone) -> String {
    zone.iana_name().unwrap_or("UTC").to_owned()
}

/// Earliest instant that is shown, 0001-01-01.
const EARLIEST: Millis = -62_135_596_800_000;
/// Latest instant that is shown, in the year 9999.
const LATEST: Millis = 253_370_764_800_000;

/// Year, month, day, hour, minute, second, millisecond.
type Fields = [i64; 7];

/// `YYYY-MM-DD`, `T` or a blank, `HH:MM`, maybe `:SS`, maybe a fraction; then `Z`, an offset or
/// nothing. Offset in milliseconds. `None` is no verdict: it may still be a time.
fn fast(text: &[u8]) -> Option<(Fields, Option<i64>)> {
    let two = |at: usize| {
        let (a, b) = (*text.get(at)?, *text.get(at + 1)?);
        (a.is_ascii_digit() && b.is_ascii_digit())
            .then(|| i64::from(a - b'0') * 10 + i64::from(b - b'0'))
    };
    let is = |at: usize, c: u8| text.get(at) == Some(&c);
    if !(is(4, b'-') && is(7, b'-') && is(13, b':') && (is(10, b'T') || is(10, b' '))) {
        return None;
    }
    let year = two(0)? * 100 + two(2)?;
    let (month, day, hour, minute) = (two(5)?, two(8)?, two(11)?, two(14)?);
    let (mut at, mut second, mut millis) = (16, 0, 0);
    if is(16, b':') {
        second = two(17)?;
        at = 19;
        if is(19, b'.') {
            (millis, at) = fraction(text, 20)?;
        }
    }
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let in_month = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    let good = year > 0 && (1..=in_month).contains(&day) && hour < 24 && minute < 60 && second < 60;
    let offset = zone_offset(text, at)?;
    good.then_some(([year, month, day, hour, minute, second, millis], offset))
}

/// Digits from `at` on as milliseconds, and where they end. Digits beyond the third are dropped.
fn fraction(text: &[u8], at: usize) -> Option<(i64, usize)> {
    let digits = text[at..].iter().take_while(|c| c.is_ascii_digit()).count();
    let mut millis = 0;
    for place in 0..3 {
        millis *= 10;
        if place < digits {
            millis += i64::from(text[at + place] - b'0');
        }
    }
    (1..=12).contains(&digits).then_some((millis, at + digits))
}

/// `Z`, `±HH:MM` or nothing to the end of the text, in milliseconds.
#[allow(clippy::option_option)] // outer: the form is known; inner: there is an offset
fn zone_offset(text: &[u8], at: usize) -> Option<Option<i64>> {
    match text.get(at..)? {
        [] => Some(None),
        [b'Z' | b'z'] => Some(Some(0)),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let digits = [h1, h2, m1, m2];
            if !digits.iter().all(|c| c.is_ascii_digit()) {
                return None;
            }
            let [h1, h2, m1, m2] = digits.map(|c| i64::from(c - b'0'));
            let (hours, minutes) = (h1 * 10 + h2, m1 * 10 + m2);
            let span = (hours * 60 + minutes) * 60_000;
            (hours < 24 && minutes < 60).then_some(Some(if *sign == b'-' { -span } else { span }))
        }
        _ => None,
    }
}

/// Milliseconds since 1970 of a date and time in UTC (days by Howard Hinnant's civil calendar).
fn utc_millis([year, month, day, hour, minute, second, millis]: Fields) -> Millis {
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let of_era = shifted.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000 + millis
}

fn civil([year, month, day, hour, minute, second, millis]: Fields) -> Option<DateTime> {
    DateTime::new(
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
        i8::try_from(hour).ok()?,
        i8::try_from(minute).ok()?,
        i8::try_from(second).ok()?,
        i32::try_from(millis * 1_000_000).ok()?,
    )
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin() -> Clock {
        Clock::new(TimeZone::get("Europe/Berlin").expect("bundled"), true)
    }

    fn millis(text: &str) -> Millis {
        text.parse::<jiff::Timestamp>()
            .expect(text)
            .as_millisecond()
    }

    #[test]
    fn the_fast_path_agrees_with_the_calendar_on_every_day_of_four_centuries() {
        let clock = berlin();
        let mut date = jiff::civil::date(1900, 1, 1);
        while date.year() < 2301 {
            let text = format!("{date}T13:14:15.250Z");
            let read = clock.read(text.as_bytes()).expect("a time");
            assert_eq!(read, When::At(millis(&text)), "{text}");
            date = date.tomorrow().expect("in range");
        }
    }

    #[test]
    fn forms_of_rfc_3339_are_read_and_others_are_not() {
        let clock = berlin();
        let good = [
            ("2026-12-31T18:00:00Z", "2026-12-31T18:00:00Z"),
            ("2026-12-31T18:00:00+01:00", "2026-12-31T17:00:00Z"),
            ("2026-12-31 18:00:00-05:30", "2026-12-31T23:30:00Z"),
            ("2026-12-31T18:00Z", "2026-12-31T18:00:00Z"),
            ("2026-12-31T18:00:00.123456789Z", "2026-12-31T18:00:00.123Z"),
            ("2026-12-31", "2026-12-30T23:00:00Z"),
            ("2026-07-01 12:00:00", "2026-07-01T10:00:00Z"),
        ];
        for (text, expected) in good {
            let read = clock.read(text.as_bytes());
            assert_eq!(read, Ok(When::At(millis(expected))), "{text}");
        }
        let bad = [
            "",
            "now",
            "2026-02-29",
            "2026-02-29T10:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-12-31T24:10:00Z",
            "31.12.2026",
            "2026-12-31T18:00:00.Z",
            "12",
            "\u{e4}\u{f6}",
        ];
        for text in bad {
            assert_eq!(clock.read(text.as_bytes()), Err(NoTime::Form), "{text}");
        }
    }

    #[test]
    fn times_are_read_as_the_format_says() {
        let clock = |format: &str| Clock {
            format: Some(format.to_owned()),
            ..berlin()
        };
        let good = [
            ("%d.%m.%Y %H:%M", "31.12.2026 18:00", "2026-12-31T17:00:00Z"),
            ("%d.%m.%Y", "01.07.2026", "2026-06-30T22:00:00Z"),
            (
                "%m/%d/%Y %I:%M %p",
                "07/01/2026 01:30 PM",
                "2026-07-01T11:30:00Z",
            ),
            ("%s", "1798736400", "2026-12-31T17:00:00Z"),
            (
                "%d.%m.%Y %H:%M %z",
                "31.12.2026 18:00 +0000",
                "2026-12-31T18:00:00Z",
            ),
        ];
        for (format, text, expected) in good {
            let read = clock(format).read(text.as_bytes());
            assert_eq!(read, Ok(When::At(millis(expected))), "{format}");
            assert_eq!(check_format(format), Ok(()), "{format}");
        }
        let wrong = clock("%d.%m.%Y").read(b"2026-12-31");
        assert_eq!(wrong, Err(NoTime::Format("%d.%m.%Y".to_owned())));
        for bad in ["DD.MM.YYYY", "%H:%M", "%d.%m.%Y %!"] {
            assert!(check_format(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_offset_of_the_file_is_what_times_are_shown_in() {
        let clock = Clock::new(TimeZone::UTC, false);
        clock.read(b"2026-12-31T18:00:00+01:00").expect("a time");
        assert_eq!(clock.shown(), TimeZone::fixed(jiff::tz::offset(1)));
        let declared = berlin();
        declared.read(b"2026-12-31T18:00:00+05:00").expect("a time");
        assert_eq!(declared.shown(), declared.zone);
    }

    #[test]
    fn the_clock_goes_forward_and_back() {
        let clock = berlin();
        let skipped = clock.read(b"2026-03-29T02:30:00");
        assert_eq!(skipped, Err(NoTime::Skipped("Europe/Berlin".into())));
        let twice = clock.read(b"2026-10-25T02:30:00");
        let first = millis("2026-10-25T00:30:00Z");
        assert_eq!(twice, Ok(When::Twice(first, first + 3_600_000)));
        let undeclared = Clock::new(TimeZone::UTC, false);
        assert_eq!(undeclared.read(b"2026-01-01T00:00:00"), Err(NoTime::Zone));
        assert_eq!(
            undeclared.read(b"2026-01-01"),
            Ok(When::At(millis("2026-01-01T00:00:00Z")))
        );
    }

    #[test]
    fn a_day_on_which_the_clock_changes_has_23_or_25_hours() {
        let clock = berlin();
        let hours = |y, m, d| {
            let date = jiff::civil::date(y, m, d);
            let start = clock.day_start(date).expect("in range");
            (clock.day_end(date).expect("in range") - start) / 3_600_000
        };
        assert_eq!(
            (hours(2026, 3, 29), hours(2026, 10, 25), hours(2026, 7, 1)),
            (23, 25, 24)
        );
    }

    #[test]
    fn hours_of_the_week_follow_the_local_clock() {
        let clock = berlin();
        // Monday 2026-11-23 09:30 in Berlin is 08:30 UTC.
        assert_eq!(hour_of_week(millis("2026-11-23T08:30:00Z"), &clock.zone), 9);
        // In summer the same local hour is an hour earlier in UTC: Sunday 2026-06-28 23:00.
        assert_eq!(
            hour_of_week(millis("2026-06-28T21:00:00Z"), &clock.zone),
            167
        );
    }

    #[test]
    fn years_are_whole_years_and_days_of_the_year_they_are_in() {
        let date = jiff::civil::date;
        let years = |a, b| years_between(a, b).expect("in range");
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} is not {b}");
        close(years(date(2025, 1, 1), date(2026, 1, 1)), 1.0);
        close(years(date(2025, 1, 1), date(2025, 7, 1)), 181.0 / 365.0);
        close(years(date(2024, 1, 1), date(2024, 7, 1)), 182.0 / 366.0);
        close(years(date(2024, 2, 29), date(2025, 2, 28)), 1.0);
        close(
            years(date(2023, 3, 1), date(2026, 3, 11)),
            3.0 + 10.0 / 365.0,
        );
        close(years(date(2026, 1, 1), date(2025, 1, 1)), -1.0);
    }

    #[test]
    fn a_year_earlier_keeps_the_local_time() {
        let zone = berlin().zone;
        let at = millis("2024-02-29T11:00:00Z");
        assert_eq!(
            years_later(at, -1, &zone),
            Some(millis("2023-02-28T11:00:00Z"))
        );
    }
}
