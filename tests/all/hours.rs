//! The story hour by hour, from files to answers: three servers, one of them out, a quarter-end to
//! come.

use assert_cmd::Command;
use serde_json::Value;
use std::path::Path;

const SCENARIO: &str = r#"name = "Quarter-end"
inventory = "om"
timezone = "Europe/Berlin"
down = ["app-3"]
[[load]]
name = "today"
[[load]]
name = "quarter-end"
peak = true
profile = "orders.csv"
window = { from = "2025-12-29", to = "2025-12-31" }
growth = 1.1
[[event]]
name = "quarter-end"
last_business_days = 3
[[policy]]
name = "any single failure"
survives = 1
[horizon]
from = "2026-12-21"
to = "2027-01-03"
growth = { per_year = 0.10 }
repair_hours = { app-3 = 36 }
"#;

/// A folder with the estate: demand 500 an hour, 800 on the last three business days of 2025.
fn estate(scenario: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().expect("has one")).expect("made");
        std::fs::write(path, text).expect("written");
    };
    let components = "id,kind,capacity,mtbf_hours,mttr_hours\napp-1,server,450,10000,12\napp-2,server,450,10000,12\n\
                      app-3,server,450,10000,12\n";
    write("om/components.csv", components);
    write("om/services.csv", "id,demand,unit\norders,500,orders/h\n");
    let app = "orders,app-1,app,any\norders,app-2,app,any\norders,app-3,app,any\n";
    write(
        "om/dependencies.csv",
        &format!("consumer,provider,group,need\n{app}"),
    );
    let mut profile = String::from("time,orders\n");
    let mut day = jiff::civil::date(2025, 10, 1);
    while day < jiff::civil::date(2026, 1, 15) {
        let busy = day >= jiff::civil::date(2025, 12, 29) && day.year() == 2025;
        for hour in 0..24 {
            let demand = if busy { 800 } else { 400 };
            profile.push_str(&format!("{day}T{hour:02}:00:00,{demand}\n"));
        }
        day = day.tomorrow().expect("in range");
    }
    // The clock is set back on 26 October 2025: the hour that happens twice is written twice.
    let twice = "2025-10-26T02:00:00,400\n";
    let profile = profile.replace(twice, &format!("{twice}{twice}"));
    write("orders.csv", &profile);
    write("s.toml", scenario);
    dir
}

fn run(dir: &Path, args: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::cargo_bin("brownout").expect("built");
    let output = command.current_dir(dir).args(args).output().expect("runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn a_known_outage_has_a_date_to_be_restored_by() {
    let dir = estate(SCENARIO);
    let (code, out, err) = run(
        dir.path(),
        &["assess", "s.toml", "--format", "json", "-o", "report"],
    );
    assert_eq!(code, Some(1), "{err}");
    let result: Value = serde_json::from_str(&out).expect("JSON");
    let t = &result["timeline"];
    assert_eq!(
        (&t["hours"], &t["from"]),
        (&336.into(), &"2026-12-21T00:00:00+01:00".into())
    );
    // 900 carry 800 × 1.1^(1 year) = 880 with two servers: nobody is harmed, app-3 can wait …
    let outage = &t["outages"][0];
    assert_eq!(outage["first_impact"], Value::Null);
    // … but with one more failure 450 remain: enough for 400 × 1.1, too little at quarter-end.
    let orders = &t["services"][0];
    assert_eq!(orders["n0_holds_until"], Value::Null);
    assert_eq!(orders["n1_holds_until"], "2026-12-29T00:00:00+01:00");
    let growth = orders["growth_n0"]["growth"].as_f64().expect("limited");
    assert!((growth - (900.0 / 880.0 - 1.0)).abs() < 1e-9, "{growth}");
    assert_eq!(t["policies"][0]["holds_until"], "2026-12-29T00:00:00+01:00");
    let failures = t["failures"].as_array().expect("a list");
    assert_eq!(failures.len(), 2);
    assert_eq!(failures[0]["services"][0]["hours_degraded"], 72);
    assert_eq!(failures[0]["safe_hours"], 336 - 72);
    assert_eq!(
        failures[0]["longest_safe"]["to"],
        "2026-12-29T00:00:00+01:00"
    );
    for table in ["timeline", "growth", "failures", "outages"] {
        let file = format!("table-{table}.csv");
        assert!(dir.path().join("report").join(&file).exists(), "{file}");
    }
}

#[test]
fn with_more_growth_the_outage_hurts_and_the_repair_must_start_before() {
    let dir = estate(&SCENARIO.replace("per_year = 0.10", "per_year = 0.20"));
    let (_, out, err) = run(dir.path(), &["assess", "s.toml", "--format", "json"]);
    let result: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{err}"));
    let outage = &result["timeline"]["outages"][0];
    assert_eq!(outage["first_impact"], "2026-12-29T00:00:00+01:00");
    assert_eq!(outage["services"][0], "orders");
    // 36 hours before.
    assert_eq!(outage["restore_by"], "2026-12-27T12:00:00+01:00");
    let (_, text, _) = run(dir.path(), &["assess", "s.toml"]);
    assert!(text.contains("RESTORE BY 2026-12-27 12:00"), "{text}");
    let one = run(
        dir.path(),
        &["assess", "s.toml", "--threads", "1", "--format", "json"],
    );
    assert_eq!(one.1, out);
}

#[test]
fn load_tells_where_each_demand_comes_from_and_draws_it() {
    let dir = estate(SCENARIO);
    let (code, out, err) = run(
        dir.path(),
        &["load", "s.toml", "--format", "json", "--plot", "orders.svg"],
    );
    assert_eq!(code, Some(0), "{err}");
    let result: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(result["schema"], "brownout/load/2");
    let demand = &result["cases"][1]["services"][0];
    let value = demand["demand"].as_f64().expect("a number");
    assert!((value - 880.0).abs() < 1e-9);
    assert_eq!(demand["steps"][0]["samples"], 72);
    assert_eq!(
        demand["steps"][0]["evidence"][0]["time"],
        "2025-12-29T00:00:00+01:00"
    );
    assert_eq!(demand["steps"][1]["factor"], 1.1);
    assert_eq!(
        result["horizon"]["services"][0]["most_at"],
        "2026-12-29T00:00:00+01:00"
    );
    let svg = std::fs::read_to_string(dir.path().join("orders.svg")).expect("drawn");
    assert!(svg.contains("quarter-end: 880") && svg.contains("orders/h"));
    let (code, _, _) = run(dir.path(), &["load", "s.toml", "--plot", "orders.png"]);
    assert_eq!(code, Some(0));
    let (code, _, err) = run(dir.path(), &["load", "s.toml", "--plot", "orders.gif"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("name a .svg or .png"), "{err}");
    let (code, text, _) = run(dir.path(), &["load", "om"]);
    assert_eq!(code, Some(0));
    assert!(text.contains("500 in services.csv"), "{text}");
}
