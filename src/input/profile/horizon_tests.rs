#![allow(
    clippy::cast_possible_wrap,
    clippy::float_cmp,
    reason = "small numbers, taken over as they are"
)]

use super::*;
use crate::input::Source;
use crate::input::profile::{Days, Every, ProfileSpec, read};
use std::sync::Arc;

fn at(text: &str) -> Millis {
    text.parse::<jiff::Timestamp>()
        .expect(text)
        .as_millisecond()
}

fn profile(text: &str) -> Profile {
    let source = Arc::new(Source {
        path: "p".into(),
        text: text.into(),
    });
    let read = read(&source, &["email", "orders"], &ProfileSpec::default());
    read.0.unwrap_or_else(|f| panic!("{f}"))
}

fn spec(from: &str, to: &str) -> HorizonSpec {
    HorizonSpec {
        window: Window {
            from: at(from),
            to: at(to),
        },
        zone: TimeZone::UTC,
        growth: BTreeMap::new(),
        growth_of_others: None,
        events: Vec::new(),
    }
}

fn built(spec: &HorizonSpec, profile: &Profile) -> Horizon {
    horizon(spec, &[5.0, 6.0], Some(profile), &Calendar::default()).expect("has hours")
}

fn close(a: f64, b: f64) {
    assert!((a - b).abs() < 1e-9 * b.abs().max(1.0), "{a} is not {b}");
}

/// Hourly demand of orders over a stretch, as a function of the hour.
fn hourly(from: &str, hours: usize, value: impl Fn(usize) -> f64) -> String {
    let mut text = String::from("time,orders\n");
    for hour in 0..hours {
        let time = jiff::Timestamp::from_millisecond(at(from) + HOUR * hour as i64);
        text.push_str(&format!("{},{}\n", time.expect("in range"), value(hour)));
    }
    text
}

#[test]
fn measured_hours_are_the_greatest_sample_of_the_hour() {
    let text = "time,orders\n2026-01-01T00:00:00Z,1\n2026-01-01T00:30:00Z,4\n2026-01-01T01:00:00Z,2\n\
                2026-01-01T01:30:00Z,1\n2026-01-01T03:00:00Z,8\n2026-01-01T03:30:00Z,9\n";
    let h = built(
        &spec("2026-01-01T00:00:00Z", "2026-01-01T04:00:00Z"),
        &profile(text),
    );
    // 02:00 has no sample anywhere: the greater of the neighbours 2 and 9.
    assert_eq!(h.demand[1], [4.0, 2.0, 9.0, 9.0]);
    assert_eq!(h.demand[0], [5.0; 4]);
    assert_eq!((h.basis[1].measured, h.basis[1].filled), (3, 1));
    assert_eq!(h.basis[0].constant, 4);
}

#[test]
fn coarse_samples_stand_until_the_next() {
    let text = "time,orders\n2026-01-01,10\n2026-01-02,20\n2026-01-03,30\n";
    let h = built(
        &spec("2026-01-02T00:00:00Z", "2026-01-03T12:00:00Z"),
        &profile(text),
    );
    assert_eq!(h.hours(), 36);
    assert!(h.demand[1][..24].iter().all(|&d| d == 20.0));
    assert!(h.demand[1][24..].iter().all(|&d| d == 30.0));
}

#[test]
fn the_last_sample_stands_for_one_step_and_no_longer() {
    // Two days of hours, of which one ends with a gap and the other the profile: what comes next is not measured.
    let mut text = hourly("2026-01-01T00:00:00Z", 24, |hour| {
        if hour == 23 { 500.0 } else { 100.0 }
    });
    text.push_str("2026-01-02T06:00:00Z,100\n2026-01-02T07:00:00Z,700\n");
    let h = built(
        &spec("2026-01-01T23:00:00Z", "2026-01-02T10:00:00Z"),
        &profile(&text),
    );
    // From 23:00 on: measured at 23:00, 06:00 and 07:00; the gap lies between 500 and 100, the end after 700.
    assert_eq!(h.basis[1].measured, 3);
    assert_eq!(h.demand[1][0], 500.0);
    assert_eq!(h.demand[1][7..9], [100.0, 700.0]);
    // Samples that come a little early or late are no gap.
    let times = ["00:01", "01:01", "02:01", "02:59", "04:00", "05:01"];
    let rows = times.map(|time| format!("2026-01-01T{time}:00Z,7\n"));
    let text = format!("time,orders\n{}", rows.concat());
    let h = built(
        &spec("2026-01-01T00:00:00Z", "2026-01-01T06:00:00Z"),
        &profile(&text),
    );
    assert_eq!(h.basis[1].measured, 6);
    assert_eq!(h.demand[1], [7.0; 6]);
}

#[test]
fn hours_to_come_are_those_of_52_weeks_before_grown_to_their_day() {
    let text = hourly("2025-03-03T00:00:00Z", 24 * 7, |hour| hour as f64);
    let mut spec = spec("2026-03-02T00:00:00Z", "2026-03-02T03:00:00Z");
    spec.growth_of_others = Some(Rate::PerYear(0.10));
    let h = built(&spec, &profile(&text));
    // Monday to Monday is 364 days of 365.
    let grown = 1.1f64.powf(364.0 / 365.0);
    for (hour, demand) in h.demand[1].iter().enumerate() {
        close(*demand, hour as f64 * grown);
    }
    assert_eq!(h.basis[1].last_year, 3);
    assert_eq!(h.growth_per_year, Some(0.10));
}

#[test]
fn without_last_year_the_typical_week_stands_in() {
    let two_weeks = |hour: usize| {
        if hour >= WEEK {
            50.0 + (hour % WEEK) as f64
        } else {
            1.0
        }
    };
    let text = hourly("2026-03-02T00:00:00Z", 2 * WEEK, two_weeks);
    let mut spec = spec("2026-03-31T00:00:00Z", "2026-04-01T00:00:00Z");
    spec.events = vec![Event {
        name: "quarter-end".into(),
        days: Days::Last(Every::Quarter, 1),
        multiplier: Some(2.0),
    }];
    let h = built(&spec, &profile(&text));
    // 31 March 2026 is a Tuesday, and the last business day of its quarter.
    for (hour, demand) in h.demand[1].iter().enumerate() {
        close(*demand, 2.0 * (50.0 + 24.0 + hour as f64));
    }
    assert_eq!((h.basis[1].hour_of_week, h.basis[1].event), (24, 24));
    close(h.demand[0][0], 10.0);
}

#[test]
fn event_days_meet_event_days_of_last_year() {
    // Daily demand 10, but 100 on 31 March 2025 (Monday), the quarter's last business day.
    let text = hourly("2025-03-01T00:00:00Z", 24 * 62, |hour| {
        if hour / 24 == 30 { 100.0 } else { 10.0 }
    });
    let mut spec = spec("2026-03-29T00:00:00Z", "2026-04-02T00:00:00Z");
    spec.events = vec![Event {
        name: "quarter-end".into(),
        days: Days::Last(Every::Quarter, 1),
        multiplier: Some(7.0),
    }];
    let h = built(&spec, &profile(&text));
    // 30 March 2026 is 52 weeks after the peak, but no quarter-end: it takes a plain Monday.
    let days: Vec<f64> = h.demand[1].iter().step_by(24).copied().collect();
    assert_eq!(days, [10.0, 10.0, 100.0, 10.0]);
}

#[test]
fn a_horizon_over_a_clock_change_has_as_many_hours_as_the_day() {
    let mut spec = spec("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z");
    spec.zone = TimeZone::get("Europe/Berlin").expect("bundled");
    let h = horizon(&spec, &[1.0], None, &Calendar::default()).expect("has hours");
    assert_eq!(h.hours(), 25);
    let empty = super::horizon(
        &self::spec("2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z"),
        &[1.0],
        None,
        &Calendar::default(),
    );
    assert_eq!(empty.expect_err("no hour"), NoHorizon::Empty);
    let long = super::horizon(
        &self::spec("2026-01-02T00:00:00Z", "2126-01-01T00:00:00Z"),
        &[1.0],
        None,
        &Calendar::default(),
    );
    assert!(matches!(long, Err(NoHorizon::TooLong(_))));
}

#[test]
fn the_envelope_is_what_no_hour_exceeds() {
    let text = hourly("2026-01-01T00:00:00Z", 5, |hour| {
        [1.0, 5.0, 2.0, 4.0, 3.0][hour]
    });
    let h = built(
        &spec("2026-01-01T00:00:00Z", "2026-01-01T05:00:00Z"),
        &profile(&text),
    );
    assert_eq!(h.envelope(0..5), [5.0, 5.0]);
    assert_eq!(h.envelope(2..5), [5.0, 4.0]);
}
