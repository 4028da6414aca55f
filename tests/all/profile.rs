//! Load cases out of profiles, computed by hand.

use brownout::input::Source;
use brownout::input::profile::{
    Calendar, CaseSpec, Days, Event, Every, Growth, NoDemand, ProfileSpec, derive, read,
};
use brownout::model::{Derivation, Millis, Profile, Step, Take, Window};
use jiff::civil::date;
use jiff::tz::TimeZone;
use std::sync::Arc;

const SERVICES: [&str; 3] = ["email", "orders", "search"];
const COLUMN: [f64; 3] = [10.0, 20.0, 30.0];

fn profile_in(text: &str, zone: &str) -> Profile {
    let source = Arc::new(Source {
        path: "load.csv".into(),
        text: text.into(),
    });
    let spec = ProfileSpec {
        zone: Some(TimeZone::get(zone).expect("bundled")),
        ..ProfileSpec::default()
    };
    read(&source, &SERVICES, &spec)
        .0
        .unwrap_or_else(|f| panic!("{f}"))
}

fn profile(text: &str) -> Profile {
    profile_in(text, "UTC")
}

fn at(text: &str) -> Millis {
    text.parse::<jiff::Timestamp>()
        .expect(text)
        .as_millisecond()
}

fn window(from: &str, to: &str) -> Option<Window> {
    Some(Window {
        from: at(from),
        to: at(to),
    })
}

fn derived(spec: &CaseSpec, profile: &Profile) -> Vec<Derivation> {
    derive(spec, &COLUMN, Some(profile), &Calendar::default()).unwrap_or_else(|f| panic!("{f:?}"))
}

fn demands(spec: &CaseSpec, profile: &Profile) -> Vec<f64> {
    derived(spec, profile)
        .iter()
        .map(Derivation::value)
        .collect()
}

fn close(a: f64, b: f64) {
    assert!((a - b).abs() < 1e-9 * b.abs().max(1.0), "{a} is not {b}");
}

/// Ten hourly samples of orders: 1, 2, … 10.
fn ten() -> Profile {
    let mut text = String::from("time,orders\n");
    for hour in 0..10 {
        text.push_str(&format!("2026-03-02T{hour:02}:00:00Z,{}\n", hour + 1));
    }
    profile(&text)
}

#[test]
fn percentiles_are_interpolated_between_two_samples() {
    // Rank 1 + p/100 · 9: p50 → 5.5, p95 → 9.55, p99 → 9.91, p0 → 1, p100 → 10.
    for (p, expected) in [
        (50.0, 5.5),
        (95.0, 9.55),
        (99.0, 9.91),
        (0.0, 1.0),
        (100.0, 10.0),
        (25.0, 3.25),
    ] {
        let spec = CaseSpec {
            take: Some(Take::Percentile(p)),
            ..CaseSpec::default()
        };
        close(demands(&spec, &ten())[1], expected);
    }
    let spec = CaseSpec {
        take: Some(Take::Percentile(95.0)),
        ..CaseSpec::default()
    };
    let Step::Taken {
        samples, evidence, ..
    } = &derived(&spec, &ten())[1].steps[0]
    else {
        panic!("it is taken");
    };
    let around: Vec<f64> = evidence.iter().map(|s| s.value).collect();
    assert_eq!((*samples, around), (10, vec![9.0, 10.0]));
}

#[test]
fn the_greatest_names_its_sample_and_others_keep_the_column() {
    let spec = CaseSpec {
        window: window("2026-03-02T02:00:00Z", "2026-03-02T05:00:00Z"),
        ..CaseSpec::default()
    };
    let all = derived(&spec, &ten());
    assert_eq!(all[0].steps, [Step::Column { value: 10.0 }]);
    let Step::Taken {
        samples,
        evidence,
        value,
        ..
    } = &all[1].steps[0]
    else {
        panic!("it is taken");
    };
    // 02:00, 03:00, 04:00; the window ends before 05:00.
    assert_eq!((*samples, *value), (3, 5.0));
    assert_eq!(
        (evidence[0].at, evidence[0].line),
        (at("2026-03-02T04:00:00Z"), 6)
    );
    let mean = CaseSpec {
        take: Some(Take::Mean),
        ..spec
    };
    close(demands(&mean, &ten())[1], 4.0);
}

#[test]
fn a_window_that_touches_no_sample_is_an_error() {
    let spec = CaseSpec {
        window: window("2027-01-01T00:00:00Z", "2027-02-01T00:00:00Z"),
        ..CaseSpec::default()
    };
    let faults = derive(&spec, &COLUMN, Some(&ten()), &Calendar::default()).expect_err("no sample");
    assert_eq!(
        faults,
        [NoDemand::NoSample {
            service: 1,
            from: "2026-03-02 00:00".into(),
            to: "2026-03-02 09:00".into(),
        }]
    );
    assert!(faults[0].help().contains("take = \"estimate\""));
    let explicit = CaseSpec {
        demand: [(1, 7.0)].into(),
        ..spec
    };
    assert_eq!(demands(&explicit, &ten()), [10.0, 7.0, 30.0]);
}

#[test]
fn coincident_is_one_instant_and_otherwise_each_has_its_own() {
    let text = "time,email,orders\n2026-01-01T00:00:00Z,9,1\n2026-01-01T01:00:00Z,6,6\n\
                2026-01-01T02:00:00Z,1,10\n";
    let own = CaseSpec::default();
    assert_eq!(demands(&own, &profile(text)), [9.0, 10.0, 30.0]);
    let coincident = CaseSpec {
        coincident: true,
        ..own
    };
    // Totals 10, 12, 11: the instant is 01:00.
    assert_eq!(demands(&coincident, &profile(text)), [6.0, 6.0, 30.0]);
    let Step::Taken {
        coincident: instant,
        ..
    } = &derived(&coincident, &profile(text))[0].steps[0]
    else {
        panic!("it is taken");
    };
    assert_eq!(*instant, Some(at("2026-01-01T01:00:00Z")));
    let p95 = CaseSpec {
        take: Some(Take::Percentile(95.0)),
        ..coincident
    };
    let faults = derive(&p95, &COLUMN, Some(&profile(text)), &Calendar::default());
    assert_eq!(faults, Err(vec![NoDemand::CoincidentTake]));
}

#[test]
fn coincident_holds_samples_of_different_rhythm() {
    // Email by the hour, orders by the half hour: at 00:30 email still stands at 9.
    let text = "time,service,demand\n2026-01-01T00:00:00Z,email,9\n2026-01-01T01:00:00Z,email,2\n\
                2026-01-01T00:00:00Z,orders,1\n2026-01-01T00:30:00Z,orders,5\n2026-01-01T01:00:00Z,orders,7\n";
    let spec = CaseSpec {
        coincident: true,
        ..CaseSpec::default()
    };
    assert_eq!(demands(&spec, &profile(text)), [9.0, 5.0, 30.0]);
}

#[test]
fn the_busiest_hour_of_the_week_is_a_mean_by_the_local_clock() {
    // Two Mondays at 09:30 in Berlin, one before and one after the clock changes on 29 March 2026.
    let text = "time,orders\n2026-03-23T08:30:00Z,10\n2026-03-30T07:30:00Z,20\n2026-03-30T08:30:00Z,12\n\
                2026-03-31T08:30:00Z,14\n";
    let spec = CaseSpec {
        take: Some(Take::HourOfWeek(None)),
        ..CaseSpec::default()
    };
    let all = derived(&spec, &profile_in(text, "Europe/Berlin"));
    close(all[1].value(), 15.0);
    let Step::Taken { hour_of_week, .. } = &all[1].steps[0] else {
        panic!("it is taken");
    };
    assert_eq!(*hour_of_week, Some(9));
    // By UTC, Monday 08:00 has 10 and 12, Monday 07:00 has 20 alone.
    close(derived(&spec, &profile(text))[1].value(), 20.0);
    let tuesday = CaseSpec {
        take: Some(Take::HourOfWeek(Some(24 + 10))),
        ..spec
    };
    close(
        demands(&tuesday, &profile_in(text, "Europe/Berlin"))[1],
        14.0,
    );
}

#[test]
fn growth_is_a_factor_or_compounds_to_a_date() {
    let per_year = |to| Growth::PerYear {
        rate: 0.10,
        from: None,
        to,
    };
    let text = "time,orders\n2024-02-28,90\n2024-02-29,100\n2024-03-01,80\n";
    let grown = |growth| {
        let spec = CaseSpec {
            growth: [(1, growth)].into(),
            ..CaseSpec::default()
        };
        derived(&spec, &profile(text))[1].value()
    };
    close(grown(Growth::Factor(1.12)), 112.0);
    // From the day of the sample, 29 February 2024: two years on is 28 February 2026.
    close(grown(per_year(date(2026, 2, 28))), 121.0);
    // Half of a year of 365 days more: 182 of 365.
    close(
        grown(per_year(date(2026, 8, 29))),
        121.0 * 1.1f64.powf(182.0 / 365.0),
    );
    close(grown(per_year(date(2024, 2, 29))), 100.0);
    let column_only = CaseSpec {
        growth_of_others: Some(per_year(date(2026, 1, 1))),
        ..CaseSpec::default()
    };
    let faults = derive(&column_only, &COLUMN, None, &Calendar::default());
    assert_eq!(faults, Err(vec![NoDemand::NoStart]));
    let dated = CaseSpec {
        growth_of_others: Some(Growth::PerYear {
            rate: 0.5,
            from: Some(date(2024, 1, 1)),
            to: date(2026, 1, 1),
        }),
        ..CaseSpec::default()
    };
    let all = derive(&dated, &COLUMN, None, &Calendar::default()).expect("dated");
    close(all[2].value(), 30.0 * 2.25);
}

fn quarter_end(multiplier: Option<f64>) -> Event {
    Event {
        name: "quarter-end".into(),
        days: Days::Last(Every::Quarter, 3),
        multiplier,
    }
}

#[test]
fn events_choose_days_or_multiply() {
    let text = "time,orders\n2026-03-26,50\n2026-03-27,10\n2026-03-28,99\n2026-03-30,30\n2026-03-31,20\n\
                2026-04-01,90\n";
    // Last three business days of March 2026: 27 (Friday), 30, 31; the 28th is a Saturday.
    let during = CaseSpec {
        during: Some(quarter_end(None)),
        ..CaseSpec::default()
    };
    assert_eq!(demands(&during, &profile(text))[1], 30.0);
    let times = CaseSpec {
        window: window("2026-03-26T00:00:00Z", "2026-03-27T00:00:00Z"),
        event: Some(quarter_end(Some(1.4))),
        ..CaseSpec::default()
    };
    let all = derived(&times, &profile(text));
    close(all[1].value(), 70.0);
    close(all[0].value(), 14.0);
    assert_eq!(all[1].steps.len(), 2);
    let bare = CaseSpec {
        event: Some(quarter_end(None)),
        ..CaseSpec::default()
    };
    let faults = derive(&bare, &COLUMN, None, &Calendar::default());
    assert_eq!(faults, Err(vec![NoDemand::NoMultiplier]));
}

fn estimate(profile: &Profile, margin: f64, from: &str, to: &str) -> Derivation {
    let spec = CaseSpec {
        window: window(from, to),
        take: Some(Take::Estimate { margin }),
        ..CaseSpec::default()
    };
    derived(&spec, profile).swap_remove(1)
}

fn months(values: &[f64], first: (i16, i8)) -> String {
    let mut text = String::from("time,orders\n");
    let mut day = date(first.0, first.1, 1);
    for v in values {
        text.push_str(&format!("{day},{v}\n"));
        day = day
            .checked_add(jiff::Span::new().months(1))
            .expect("in range");
    }
    text
}

#[test]
fn a_peak_is_estimated_from_last_year_and_the_growth_since() {
    // 2024: 100 a month, 200 in December; 2025 to October: 110 a month.
    let mut values = vec![100.0; 11];
    values.push(200.0);
    values.extend([110.0; 10]);
    let profile = profile(&months(&values, (2024, 1)));
    let d = estimate(
        &profile,
        0.10,
        "2025-12-01T00:00:00Z",
        "2026-01-01T00:00:00Z",
    );
    // Months that stand in both years: January to October. 200 × 1.1 × 1.1.
    close(d.value(), 242.0);
    assert!(d.is_evidenced());
    // The floor: the greatest of the last twelve months, here December 2024, bears no margin.
    let summer = estimate(
        &profile,
        0.10,
        "2026-07-01T00:00:00Z",
        "2026-08-01T00:00:00Z",
    );
    close(summer.value(), 200.0);
}

#[test]
fn less_than_thirteen_months_is_not_evidenced() {
    let estimate = |n: usize| {
        let profile = profile(&months(&vec![100.0; n], (2024, 1)));
        estimate(
            &profile,
            0.25,
            "2025-01-01T00:00:00Z",
            "2025-02-01T00:00:00Z",
        )
    };
    let (twelve, thirteen) = (estimate(12), estimate(13));
    assert!(!twelve.is_evidenced());
    close(twelve.value(), 125.0);
    assert!(thirteen.is_evidenced());
    close(thirteen.value(), 125.0);
    let Step::Estimated(e) = &twelve.steps[0] else {
        panic!("it is estimated");
    };
    assert_eq!(e.growth, None);
}

/// A series of monthly retail sales (tests/data).
fn retail() -> Vec<(String, f64)> {
    let row = |line: &str| {
        let (day, value) = line.split_once(',').expect("two cells");
        (day.to_owned(), value.parse().expect("a number"))
    };
    let text = include_str!("../data/us-retail-sales-monthly.csv");
    text.lines().skip(1).map(row).collect()
}

#[test]
fn the_estimate_covers_21_of_22_year_end_peaks_of_retail_sales() {
    let rows = retail();
    let (mut by_rule, mut by_maximum, mut years) = (0, 0, 0);
    for year in 1994..=2015 {
        let known = rows
            .iter()
            .take_while(|(day, _)| *day < format!("{year}-11"));
        let mut text = String::from("time,orders\n");
        let mut recent = Vec::new();
        for (day, value) in known {
            text.push_str(&format!("{day},{value}\n"));
            recent.push(*value);
        }
        let december = rows.iter().find(|(day, _)| *day == format!("{year}-12-01"));
        let (_, peak) = december.expect("the series has every December to 2015");
        let (from, to) = (
            format!("{year}-12-01T00:00:00Z"),
            format!("{}-01-01T00:00:00Z", year + 1),
        );
        let derivation = estimate(&profile(&text), 0.10, &from, &to);
        assert!(derivation.is_evidenced());
        let trailing = recent[recent.len() - 6..]
            .iter()
            .copied()
            .fold(0.0, f64::max);
        years += 1;
        by_rule += u32::from(derivation.value() >= *peak);
        by_maximum += u32::from(trailing >= *peak);
    }
    assert_eq!((by_rule, by_maximum, years), (21, 1, 22));
}
