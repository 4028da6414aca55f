//! Profiles as files say them, and what is said about broken ones.

use super::*;

const SERVICES: [&str; 3] = ["email", "orders", "search"];

fn source(text: &str) -> Arc<Source> {
    Arc::new(Source {
        path: "load/p".into(),
        text: text.into(),
    })
}

fn berlin() -> ProfileSpec {
    ProfileSpec {
        zone: Some(jiff::tz::TimeZone::get("Europe/Berlin").expect("bundled")),
        ..ProfileSpec::default()
    }
}

fn good(text: &str, spec: &ProfileSpec) -> (Profile, Vec<String>) {
    let (profile, warnings) = read(&source(text), &SERVICES, spec);
    let profile = profile.unwrap_or_else(|f| panic!("{f}"));
    (profile, warnings.iter().map(Diagnostic::line).collect())
}

fn bad(text: &str, spec: &ProfileSpec) -> Vec<String> {
    let (profile, _) = read(&source(text), &SERVICES, spec);
    let faults = profile.expect_err("there is a fault");
    faults.iter().map(Diagnostic::line).collect()
}

fn values(profile: &Profile, service: usize) -> Vec<f64> {
    let series = profile.of(service).expect("has samples");
    series.samples.iter().map(|s| s.value).collect()
}

fn at(text: &str) -> crate::model::Millis {
    text.parse::<jiff::Timestamp>()
        .expect(text)
        .as_millisecond()
}

#[test]
fn wide_and_long_tables_say_the_same() {
    let wide = "\u{feff}# by the hour\ntime,orders,email\n2026-01-01T00:00:00Z,5,1\n\n2026-01-01T01:00:00Z,7,\n";
    let long = "service,time,demand\r\norders,2026-01-01T01:00:00Z,7\r\nemail,2026-01-01T00:00:00Z,1\r\n\
                orders,\"2026-01-01T00:00:00Z\",5\r\n";
    let spec = ProfileSpec::default();
    let ((a, none), (b, also_none)) = (good(wide, &spec), good(long, &spec));
    assert_eq!((none, also_none), (vec![], vec![]));
    assert_eq!((values(&a, 0), values(&a, 1)), (vec![1.0], vec![5.0, 7.0]));
    for (x, y) in a.series.iter().zip(&b.series) {
        assert_eq!((x.service, x.step, &x.gaps), (y.service, y.step, &y.gaps));
        let bare = |s: &crate::model::Sample| (s.at, s.value);
        assert!(x.samples.iter().map(bare).eq(y.samples.iter().map(bare)));
    }
    assert_eq!(a.of(1).expect("orders").samples[0].line, 3);
    assert_eq!(a.of(1).expect("orders").samples[1].line, 5);
    assert_eq!(a.of(1).expect("orders").step, Some(3_600_000));
    assert!(a.of(2).is_none());
}

#[test]
fn gaps_and_duplicates_are_reported_with_their_places() {
    let text = "time,orders\n2026-01-01T00:00:00Z,1\n2026-01-01T01:00:00Z,1\n2026-01-01T01:00:00Z,1\n\
                2026-01-01T02:00:00Z,1\n2026-01-01T05:00:00Z,1\n";
    let (profile, warnings) = good(text, &ProfileSpec::default());
    assert_eq!(values(&profile, 1).len(), 4);
    let gaps = &profile.of(1).expect("orders").gaps;
    assert_eq!(
        gaps,
        &[(at("2026-01-01T02:00:00Z"), at("2026-01-01T05:00:00Z"))]
    );
    assert_eq!(warnings, ["load/p:4:1: the same sample stands here twice",]);
    let clash = text.replacen(
        "01:00:00Z,1\n2026-01-01T02",
        "01:00:00Z,2\n2026-01-01T02",
        1,
    );
    let faults = bad(&clash, &ProfileSpec::default());
    assert_eq!(
        faults,
        [
            "load/p:4:1: two demands at one instant: 1 and 2; keep one of the two; if both are asked for, add them up"
        ]
    );
}

#[test]
fn every_fault_is_found_with_its_cell() {
    let text = "time,orders,serch\n2026-01-01,NaN,1\nyesterday,5,1\n2026-01-03,-5,1\n2026-01-04,inf,1\n\
                2026-01-05,5\n2026-01-06,many,1\n2026-01-07 10:00,5,1\n";
    let faults = bad(text, &ProfileSpec::default());
    let starts = [
        "load/p:2:12: `NaN` is not a number: no sample is not the same as a sample",
        "load/p:4:12: `-5` is negative",
        "load/p:5:12: `inf` is not finite",
        "load/p:7:12: `many` is not a number",
        "load/p:6:1: 2 cells, but the header has 3",
        "load/p:1:13: `serch` is no service; did you mean `search`?",
        "load/p:3:1: `yesterday`: not a time",
        "load/p:8:1: `2026-01-07 10:00`: a local time, but no time zone is declared",
    ];
    assert_eq!(faults.len(), starts.len(), "{faults:#?}");
    for (fault, start) in faults.iter().zip(starts) {
        assert!(fault.starts_with(start), "{fault}\nshould start\n{start}");
    }
}

#[test]
fn a_million_bad_rows_are_counted_not_listed() {
    let mut text = String::from("time,orders\n");
    for _ in 0..1000 {
        text.push_str("2026-01-01,NaN\n");
    }
    let faults = bad(&text, &ProfileSpec::default());
    assert_eq!(faults.len(), 6);
    assert_eq!(faults[5], "load/p: 995 more of the same (demand)");
    // The count follows its examples also where all faults stand in the order of their places.
    let (profile, _) = read(&source(&text), &SERVICES, &ProfileSpec::default());
    let mut sorted = profile.expect_err("there is a fault");
    sorted.sort();
    let lines: Vec<String> = sorted.iter().map(Diagnostic::line).collect();
    assert_eq!(lines, faults);
}

#[test]
fn the_hour_that_happens_twice_is_two_hours() {
    let text = "time,orders\n2026-10-25 01:30,1\n2026-10-25 02:00,2\n2026-10-25 02:30,3\n2026-10-25 02:00,4\n\
                2026-10-25 02:30,5\n2026-10-25 03:00,6\n";
    let (profile, warnings) = good(text, &berlin());
    assert_eq!(values(&profile, 1), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let series = profile.of(1).expect("orders");
    let half_hours = series
        .samples
        .windows(2)
        .all(|p| p[1].at - p[0].at == 1_800_000);
    assert!(half_hours, "{series:?}");
    assert_eq!(warnings.len(), 4);
    let skipped = bad("time,orders\n2026-03-29 02:30,1\n", &berlin());
    assert!(
        skipped[0].contains("does not exist in Europe/Berlin"),
        "{skipped:?}"
    );
}

#[test]
fn prometheus_answers_are_read() {
    let text = r#"{"status":"success","data":{"resultType":"matrix","result":[
        {"metric":{"__name__":"http_requests","service":"orders","pod":"a"},"values":[[1767225600,"5.5"],[1767225660.5,"7"]]},
        {"metric":{"__name__":"http_requests","service":"orders","pod":"b"},"values":[[1767225600,"1"]]},
        {"metric":{"__name__":"http_requests","service":"mail","pod":"c"},"values":[[1767225600,"2"]]}]}}"#;
    let mut spec = ProfileSpec::default();
    spec.map.insert("service=\"mail\"".into(), Some(0));
    let (profile, warnings) = good(text, &spec);
    assert_eq!(
        (values(&profile, 0), values(&profile, 1)),
        (vec![2.0], vec![6.5, 7.0])
    );
    assert_eq!(
        profile.of(1).expect("orders").samples[1].at,
        1_767_225_660_500
    );
    assert!(
        warnings[0].contains("at 1 instants not all of them have a sample"),
        "{warnings:?}"
    );
    let faults = bad(&text.replace("\"7\"", "\"NaN\""), &spec);
    assert!(
        faults[0].starts_with("load/p:2:120: `NaN` is not a number"),
        "{faults:?}"
    );
    let by_label = ProfileSpec {
        label: Some("service".into()),
        ..ProfileSpec::default()
    };
    assert!(bad(text, &by_label)[0].contains("`mail` is no service"));
    let failed = bad(
        r#"{"status":"error","errorType":"x","error":"too many points"}"#,
        &spec,
    );
    assert!(failed[0].contains("too many points"), "{failed:?}");
}

#[test]
fn cloudwatch_answers_are_read() {
    let statistics = r#"{"Label":"RequestCount","Datapoints":[
        {"Timestamp":"2026-01-01T01:00:00+00:00","Sum":20.0,"Maximum":3.0,"Unit":"Count"},
        {"Timestamp":"2026-01-01T00:00:00Z","Sum":10.0,"Maximum":2.0,"Unit":"Count"}]}"#;
    let mut spec = ProfileSpec::default();
    spec.map.insert("RequestCount".into(), Some(1));
    let faults = bad(statistics, &spec);
    assert!(
        faults[0].contains("several statistics: Maximum, Sum"),
        "{faults:?}"
    );
    spec.statistic = Some("Sum".into());
    let (profile, _) = good(statistics, &spec);
    assert_eq!(values(&profile, 1), [10.0, 20.0]);
    let data = r#"{"MetricDataResults":[{"Id":"m1","Label":"orders","StatusCode":"PartialData",
        "Timestamps":["2026-01-01T01:00:00+00:00","2026-01-01T00:00:00+00:00"],"Values":[20.0,10]},
        {"Id":"email","Label":"x","Timestamps":["2026-01-01T00:00:00+00:00"],"Values":[1]}]}"#;
    let (profile, warnings) = good(data, &ProfileSpec::default());
    assert_eq!(
        (values(&profile, 1), values(&profile, 0)),
        (vec![10.0, 20.0], vec![1.0])
    );
    assert!(warnings[0].contains("not complete"), "{warnings:?}");
    let short = bad(
        &data.replace("[20.0,10]", "[20.0]"),
        &ProfileSpec::default(),
    );
    assert!(short[0].contains("2 timestamps, but 1 values"), "{short:?}");
}

#[test]
fn grafana_tables_are_read_with_their_units() {
    let text = "sep=,\n\"Time\",\"Orders per second\",\"search\"\n2026-01-01 00:00:00,1.5 K req/s,250 ms\n\
                1767225600000,900 req/s,null\n";
    let mut spec = berlin();
    spec.map.insert("Orders per second".into(), Some(1));
    let (profile, _) = good(text, &spec);
    assert_eq!(
        (values(&profile, 1), values(&profile, 2)),
        (vec![1500.0, 900.0], vec![0.25])
    );
    assert_eq!(profile.of(1).expect("orders").samples[0].line, 3);
    let long = "\"Series\";\"Time\";\"Value\"\n\"orders\";\"2026-01-01T00:00:00+01:00\";\"5\"\n";
    assert_eq!(values(&good(long, &spec).0, 1), [5.0]);
    let mixed = bad(&text.replace("900 req/s", "900 B"), &spec);
    assert!(
        mixed[0].contains("the unit changes inside a column: `req/s`, `B`"),
        "{mixed:?}"
    );
}

/// By hand: 2 MB/s are 2,000,000 bytes a second, 16,000,000 bits.
#[test]
fn values_come_in_the_unit_of_their_service() {
    let units = |orders: &str| ProfileSpec {
        units: vec![String::new(), orders.to_owned(), "ms".to_owned()],
        ..berlin()
    };
    let text = "Time,orders,search\n2026-01-01 00:00:00,2 MB/s,0.25 s\n";
    for (unit, value) in [("bit/s", 16e6), ("kbit/s", 16e3), ("MB/s", 2.0), ("", 2e6)] {
        let (profile, told) = good(text, &units(unit));
        assert_eq!(values(&profile, 1), [value], "{unit}");
        assert_eq!(values(&profile, 2), [250.0]);
        assert_eq!(told, [""; 0]);
    }
    let told = bad(text, &units("req/s"));
    assert!(
        told[0]
            .starts_with("load/p:2:21: `B/s` is no unit of `orders`, which is measured in req/s"),
        "{told:?}"
    );
    let events = text.replace("MB/s", "ops/s");
    let (profile, told) = good(&events, &units("req/s"));
    assert_eq!(values(&profile, 1), [2.0]);
    assert!(
        told[0].starts_with("load/p:2:21: `ops/s` is taken as req/s, the unit of `orders`"),
        "{told:?}"
    );
}

#[test]
fn cloudwatch_points_come_in_the_unit_of_their_service() {
    let text = |unit: &str| {
        format!(
            r#"{{"Label":"orders","Datapoints":[{{"Timestamp":"2026-01-01T00:00:00Z","Sum":9000.0,"Unit":"{unit}"}}]}}"#
        )
    };
    let of = |unit: &str| ProfileSpec {
        units: vec![String::new(), unit.to_owned(), String::new()],
        ..ProfileSpec::default()
    };
    for (unit, service, value) in [
        ("Bytes/Second", "kbit/s", 72.0),
        ("Megabits/Second", "Gbit/s", 9.0),
        ("Count/Second", "req/s", 9000.0),
        ("Count", "orders", 9000.0),
        ("None", "req/s", 9000.0),
    ] {
        let (profile, told) = good(&text(unit), &of(service));
        assert_eq!(values(&profile, 1), [value], "{unit}");
        assert_eq!(told, [""; 0], "{unit}");
    }
    let (_, told) = good(&text("Count"), &of("req/s"));
    assert!(
        told[0].contains("what is counted in each period is taken as req/s"),
        "{told:?}"
    );
    let told = bad(&text("Bytes"), &of("bit/s"));
    assert!(
        told[0].contains("`B` is no unit of `orders`, which is measured in bit/s"),
        "{told:?}"
    );
}

/// Rows of several labels for one service are summed, as columns are: 100 + 200, 500 + 450.
#[test]
fn labels_of_a_long_table_that_mean_one_service_are_summed() {
    let text = "time,service,demand\n2026-01-01T00:00:00Z,eu,100\n2026-01-01T00:00:00Z,us,200\n\
                2026-01-01T01:00:00Z,eu,500\n2026-01-01T01:00:00Z,us,450\n";
    let mut spec = ProfileSpec::default();
    for label in ["eu", "us"] {
        spec.map.insert(label.into(), Some(1));
    }
    let (profile, told) = good(text, &spec);
    assert_eq!(values(&profile, 1), [300.0, 950.0]);
    assert_eq!(told, [""; 0]);
    let apart = text.replace("00:00Z,us", "00:30Z,us");
    let (_, told) = good(&apart, &spec);
    assert!(
        told[0].contains("eu, us are summed, but at 4 instants not all of them have a sample"),
        "{told:?}"
    );
    let twice = format!("{text}2026-01-01T01:00:00Z,us,451\n");
    assert!(bad(&twice, &spec)[0].contains("two demands at one instant"));
}

#[test]
fn files_that_are_none_are_faults_not_panics() {
    let spec = ProfileSpec::default();
    for text in [
        "",
        "\n\n",
        "#",
        "time",
        "time,orders",
        "{",
        "{}",
        "[",
        "{\"data\":5}",
        "sep=",
        "a;b",
        "\"",
        "time,orders\n\"2026",
    ] {
        assert!(!bad(text, &spec).is_empty(), "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn no_text_makes_a_reader_panic(text in "(?s).{0,200}", which in 0usize..4) {
        let spec = ProfileSpec { format: Some(Format::WORDS[which].1), ..berlin() };
        let _ = read(&source(&text), &SERVICES, &spec);
    }

    #[test]
    fn nearly_good_tables_do_not_panic(
        cells in proptest::collection::vec("(orders|time|service|demand|NaN|[0-9:T -]{1,20}|[,;\"\n#]){1,4}", 0..20),
    ) {
        let text = format!("time,orders\n{}", cells.join(","));
        let _ = read(&source(&text), &SERVICES, &berlin());
    }
}
