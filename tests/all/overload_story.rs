//! The shipped estate of the page on overload: each of its numbers, worked out by hand.

use assert_cmd::Command;
use serde_json::Value;
use std::path::Path;

fn json(args: &[&str]) -> Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::cargo_bin("brownout").expect("built");
    let output = command
        .current_dir(root)
        .args(args)
        .args(["--format", "json"]);
    let output = output.output().expect("run");
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn whatif(more: &[&str]) -> Value {
    json(&[&["whatif", "examples/overload"], more].concat())
}

fn by_id<'v>(result: &'v Value, list: &str, id: &str) -> &'v Value {
    let all = result[list].as_array().expect("a list");
    all.iter().find(|x| x["id"] == id).expect(id)
}

fn near(value: &Value, expected: f64) {
    let found = value.as_f64().expect("a number");
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}

fn service(result: &Value, id: &str, status: &str, delivered: f64) {
    let service = by_id(result, "services", id);
    assert_eq!(service["status"], status, "{service}");
    near(&service["delivered"], delivered);
}

fn rounds(result: &Value) -> Vec<(String, u64)> {
    let all = result["tripped"].as_array().expect("a list");
    let one = |t: &Value| {
        let id = t["id"].as_str().expect("an id").to_owned();
        (id, t["round"].as_u64().expect("a round"))
    };
    all.iter().map(one).collect()
}

#[test]
fn a_second_breaker_takes_the_bank_with_it() {
    let one = whatif(&["--down", "breaker-01"]);
    near(
        &by_id(&one, "components", "breaker-02")["load"],
        1000.0 / 9.0,
    );
    assert!(rounds(&one).is_empty());
    service(&one, "checkout", "at-risk", 1.0);
    // 1,000 A over eight is 125 A, and each opens above 120 A.
    let two = whatif(&["--down", "breaker-01", "--down", "breaker-02"]);
    let expected: Vec<_> = (3..=10).map(|i| (format!("breaker-{i:02}"), 1)).collect();
    assert_eq!(rounds(&two), expected);
    service(&two, "checkout", "down", 0.0);
}

#[test]
fn a_lost_router_fells_the_others_in_two_rounds() {
    // 400 over four is 100 each: the older ones, at 125 % of 80, go first. Then the other two, at 200.
    let result = whatif(&["--down", "router-1"]);
    let mut expected = [
        ("router-4", 1),
        ("router-5", 1),
        ("router-2", 2),
        ("router-3", 2),
    ];
    let mut found = rounds(&result);
    expected.sort_unstable();
    found.sort_unstable();
    let expected: Vec<_> = expected
        .iter()
        .map(|(id, r)| ((*id).to_owned(), *r))
        .collect();
    assert_eq!(found, expected);
    service(&result, "search", "down", 0.0);
    // At three quarters of the demand the four carry 75 each.
    let quiet = json(&["sweep", "scenarios/overload-routers.toml"]);
    let of = |case: &str| {
        let all = quiet["services"].as_array().expect("a list");
        let found = all
            .iter()
            .find(|s| s["id"] == "search" && s["load_case"] == case);
        found.expect(case)["orders"]["1"].clone()
    };
    assert_eq!(
        (&of("today")["down"], &of("today")["degraded"]),
        (&5.into(), &0.into())
    );
    assert_eq!(
        (&of("quiet hour")["down"], &of("quiet hour")["degraded"]),
        (&0.into(), &0.into())
    );
}

#[test]
fn the_radio_link_carries_what_is_important_first() {
    let result = whatif(&["--down", "duct-1"]);
    service(&result, "voice", "at-risk", 1.0);
    service(&result, "control", "at-risk", 1.0);
    // 80 − 20 − 30 is left for 150.
    service(&result, "backup", "degraded", 0.2);
    near(&by_id(&result, "components", "radio-1")["load"], 200.0);
    // Telephones alone could grow to 80; with process control, by 80/50 − 1.
    near(&by_id(&result, "services", "voice")["headroom"], 3.0);
    near(&by_id(&result, "services", "control")["headroom"], 0.6);
}

#[test]
fn nobody_takes_over_for_a_lost_shard() {
    let result = whatif(&["--down", "shard-2"]);
    service(&result, "order-store", "degraded", 0.75);
    for other in ["shard-1", "shard-3", "shard-4"] {
        near(&by_id(&result, "components", other)["load"], 80.0);
    }
}

#[test]
fn what_is_drawn_whatever_is_asked_does_not_grow() {
    let result = whatif(&[]);
    near(&by_id(&result, "components", "pdu-1")["load"], 80.0);
    let simulation = by_id(&result, "services", "simulation");
    // (100 − 40)/40 − 1.
    near(&simulation["headroom"], 0.5);
    assert_eq!(simulation["limit"], "pdu-1");
    let night = json(&["whatif", "scenarios/overload-power.toml", "--load", "night"]);
    near(&by_id(&night, "components", "pdu-1")["load"], 44.0);
    near(
        &by_id(&night, "components", "breaker-02")["load"],
        1000.0 / 9.0,
    );
}

#[test]
fn the_paused_backup_is_shed_and_the_rest_is_kept() {
    let result = json(&["assess", "scenarios/overload-duct.toml"]);
    assert_eq!(
        result["verdict"]["result"], "holds",
        "{}",
        result["policies"]
    );
    let named = result["sweep"]["named"].as_array().expect("a list");
    let of = |name: &str, id: &str| {
        let state = named.iter().find(|n| n["name"] == name).expect(name);
        by_id(state, "services", id).clone()
    };
    near(&of("Duct dug up", "backup")["delivered"], 0.2);
    let paused = of("Duct dug up, backup paused", "backup");
    near(&paused["delivered"], 1.0);
    near(&paused["shed"]["from"], 150.0);
    near(&paused["shed"]["to"], 0.0);
}

#[test]
fn what_holds_itself_up_is_found_before_it_has_to_start() {
    let result = whatif(&[]);
    let cold: Vec<&str> = result["cold_start"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(cold, ["directory-1", "dns-1", "login", "vault-1"]);
    service(&whatif(&["--cold-start"]), "login", "down", 0.0);
}
