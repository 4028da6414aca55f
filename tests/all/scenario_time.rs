//! Scenarios whose demand comes from profiles: read from texts, whole.

use brownout::input::{Faults, Loaded, Overrides, Texts, load_from};
use brownout::model::{Millis, Step};
use std::path::Path;

const INVENTORY: [(&str, &str); 3] = [
    (
        "om/components.csv",
        "id,kind,capacity\napp-1,server,400\napp-2,server,400\napp-3,server,400\n",
    ),
    (
        "om/services.csv",
        "id,demand,unit\nemail,50,\norders,700,orders/min\n",
    ),
    (
        "om/dependencies.csv",
        "consumer,provider,group,need\norders,app-1,app,any\norders,app-2,app,any\norders,app-3,app,any\nemail,app-1,,\n",
    ),
];

const ORDERS: &str =
    "time,orders\n2025-12-29,900\n2025-12-30,1000\n2025-12-31,950\n2026-01-01,300\n";

fn load(scenario: &str, profile: &str, overrides: &Overrides) -> Result<Loaded, Faults> {
    let mut texts = Texts::default();
    for (path, text) in INVENTORY {
        texts.0.insert(path.into(), text.into());
    }
    texts.0.insert("sc/load/orders.csv".into(), profile.into());
    texts.0.insert(
        "sc/s.toml".into(),
        format!("inventory = \"../om\"\n{scenario}").into_bytes(),
    );
    load_from(&texts, Path::new("sc/s.toml"), overrides)
}

fn good(scenario: &str) -> Loaded {
    load(scenario, ORDERS, &Overrides::default()).unwrap_or_else(|f| panic!("{f}"))
}

fn bad(scenario: &str) -> Vec<String> {
    let faults = load(scenario, ORDERS, &Overrides::default()).expect_err("there is a fault");
    faults
        .iter()
        .map(brownout::input::Diagnostic::line)
        .collect()
}

fn at(text: &str) -> Millis {
    text.parse::<jiff::Timestamp>()
        .expect(text)
        .as_millisecond()
}

#[test]
fn a_quarter_end_comes_out_of_a_profile() {
    let loaded = good(
        r#"
timezone = "Europe/Berlin"
[[load]]
name = "today"
[[load]]
name = "quarter-end"
peak = true
profile = "load/orders.csv"
window = { from = 2025-12-29, to = "2025-12-31" }
take = "max"
growth = 1.1
demand = { email = 90 }
"#,
    );
    let demand: Vec<&Vec<f64>> = loaded.scenario.cases.iter().map(|c| &c.demand).collect();
    assert_eq!(demand, [&vec![50.0, 700.0], &vec![90.0, 1100.0]]);
    let origin = &loaded.time.cases[1];
    assert_eq!(origin.profile, Some(0));
    // Days of Berlin: an hour before those of UTC.
    let window = origin.window.expect("has a window");
    assert_eq!(
        (window.from, window.to),
        (at("2025-12-28T23:00:00Z"), at("2025-12-31T23:00:00Z"))
    );
    let Step::Taken {
        evidence, samples, ..
    } = &origin.derivations[1].steps[0]
    else {
        panic!("it is taken");
    };
    assert_eq!((*samples, evidence[0].line), (3, 3));
    assert!(
        loaded
            .inputs
            .iter()
            .any(|i| i.path == "sc/load/orders.csv" && i.rows == Some(4))
    );
}

#[test]
fn the_command_line_wins_over_a_profile() {
    let overrides = Overrides {
        demand: vec!["orders=5".into()],
        ..Overrides::default()
    };
    let scenario = "[[load]]\nname = \"q\"\nprofile = \"load/orders.csv\"\n";
    let loaded = load(scenario, ORDERS, &overrides).unwrap_or_else(|f| panic!("{f}"));
    assert_eq!(loaded.scenario.cases[0].demand, [50.0, 5.0]);
}

#[test]
fn events_growth_and_estimates_are_understood() {
    let loaded = good(
        r#"
[calendar]
fiscal_year_start = "01-01"
holidays = [2025-12-31]
[[event]]
name = "quarter-end"
last_business_days = 1
multiplier = 1.5
[[load]]
name = "during"
profile = "load/orders.csv"
during = "quarter-end"
[[load]]
name = "times"
event = "quarter-end"
growth = { orders = 2 }
[[load]]
name = "compound"
profile = { file = "load/orders.csv" }
take = "p50"
growth = { per_year = 0.5, from = "2025-12-31", to = 2027-12-31 }
[[load]]
name = "estimate"
profile = "load/orders.csv"
window = { from = "2026-12-29", to = "2026-12-31" }
take = "estimate"
margin = 0.2
"#,
    );
    let demand: Vec<&[f64]> = loaded.scenario.cases.iter().map(|c| &*c.demand).collect();
    assert_eq!(demand[0], [50.0, 1000.0]);
    assert_eq!(demand[1], [75.0, 2100.0]);
    assert_eq!(demand[2], [112.5, 925.0 * 2.25]);
    assert_eq!(demand[3], [50.0, 1200.0]);
    let warnings: Vec<String> = loaded
        .warnings
        .iter()
        .map(brownout::input::Diagnostic::line)
        .collect();
    assert!(
        warnings
            .iter()
            .any(|w| w.contains("peak not evidenced: 1 services at `estimate`")),
        "{warnings:?}"
    );
}

#[test]
fn a_horizon_is_built_and_repair_times_are_declared() {
    let loaded = good(
        r#"
down = ["app-3"]
[[event]]
name = "close"
dates = [2026-01-03]
multiplier = 3
[horizon]
from = 2025-12-30
to = "2026-01-03"
profile = "load/orders.csv"
growth = { per_year = 0.1 }
repair_hours = { app-3 = 36 }
"#,
    );
    let horizon = loaded.time.horizon.expect("there is one");
    assert_eq!(
        (horizon.start, horizon.hours()),
        (at("2025-12-30T00:00:00Z"), 120)
    );
    assert_eq!(horizon.demand[1][0], 1000.0);
    assert_eq!(horizon.demand[0][96], 50.0 * 3.0 * 1.1f64.powf(4.0 / 365.0));
    assert_eq!(horizon.growth_per_year, Some(0.1));
    assert_eq!(
        loaded.time.repair_hours,
        [(loaded.system.find("app-3").expect("is there"), 36.0)]
    );
}

#[test]
fn every_fault_of_the_time_keys_stands_where_it_is() {
    let faults = bad(r#"timezone = "Europe/Belin"
[calendar]
fiscal_year_start = "13-01"
[[event]]
name = "e"
every = "week"
last_business_days = 2
[[event]]
name = "f"
[[load]]
name = "a"
profile = "load/missing.csv"
[[load]]
name = "b"
profile = "load/orders.csv"
window = { from = "2027-01-01", to = "2027-01-02" }
[[load]]
name = "c"
take = "p101"
margin = 0.1
window = { from = "2026-01-02", to = "2026-01-01" }
[[load]]
name = "d"
profile = { file = "load/orders.csv", format = "xml", map = { x = "nobody" } }
growth = { per_year = 0.1 }
[[load]]
name = "g"
event = "month-end"
growth = { per_year = -2 }
[horizon]
from = "soon"
"#);
    let expected = [
        "there is no time zone `Europe/Belin`",
        "`13-01` is no start of a fiscal year",
        "`week` is no fiscal period",
        "an event says in one way when it is",
        "there is no `sc/load/missing.csv`",
        "the window touches no sample of `orders`: its samples run from 2025-12-29 00:00 to 2026-01-01 00:00",
        "`p101` is no way to take a demand",
        "only an estimate has a margin",
        "the window ends before it starts",
        "there is no profile format `xml`",
        "growth per year says to which day",
        "there is no event `month-end`",
        "this takes away everything",
        "`soon`: not a time",
        "`to` is missing",
    ];
    for text in expected {
        assert!(
            faults.iter().any(|f| f.contains(text)),
            "{text} is missing in {faults:#?}"
        );
    }
    for fault in &faults {
        assert!(fault.starts_with("sc/s.toml:"), "{fault}");
    }
}
