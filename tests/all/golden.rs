//! Known answers as data (tests/cases/golden.toml), asked of the engine and of the oracle; and the
//! story of the three servers.

use crate::oracle::Oracle;
use brownout::analysis::{StateOutcome, Study};
use brownout::input::{self, Loaded, Overrides};
use brownout::model::{CaseId, NodeId, Scenario, ServiceOutcome, Status, System, Witness};
use std::fs;
use toml::{Table, Value};

/// Reads one case of the file the way a user would give it to the program.
pub fn load(case: &Table) -> Loaded {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let inventory = dir.path().join("inventory");
    fs::create_dir(&inventory).expect("a folder");
    for file in ["components", "links", "flows", "services", "dependencies"] {
        if let Some(text) = case.get(file) {
            let path = inventory.join(format!("{file}.csv"));
            fs::write(path, text.as_str().expect("text").trim_start()).expect("written");
        }
    }
    let scenario = case
        .get("scenario")
        .map_or("", |s| s.as_str().expect("text"));
    let path = dir.path().join("scenario.toml");
    fs::write(&path, format!("inventory = \"inventory\"\n{scenario}")).expect("written");
    let path = if scenario.is_empty() {
        &inventory
    } else {
        &path
    };
    match input::load(path, &Overrides::default()) {
        Ok(loaded) => loaded,
        Err(faults) => panic!("{}: {faults:?}", case["name"]),
    }
}

fn near(x: f64, y: f64) -> bool {
    (x - y).abs() <= 1e-12 * (1.0 + x.abs())
}

fn number(value: &Value) -> f64 {
    match value {
        #[allow(clippy::cast_precision_loss)] // Numbers of the file are small.
        Value::Integer(i) => *i as f64,
        other => other.as_float().expect("a number"),
    }
}

/// Holds one outcome against what the file says of the state.
fn check(name: &str, who: &str, loaded: &Loaded, state: &Table, outcome: &StateOutcome) {
    let system = &loaded.system;
    let find = |id: &str| system.find(id).unwrap_or_else(|| panic!("{name}: no {id}"));
    for (key, value) in state {
        match (key.as_str(), value) {
            ("down" | "at", _) => {}
            ("load", Value::Table(loads)) => {
                for (id, want) in loads {
                    let got = outcome.load[find(id).index()];
                    assert!(
                        near(got, number(want)),
                        "{name}: {who}: load of {id}: {got}"
                    );
                }
            }
            ("delivered", Value::Table(all)) => {
                for (id, want) in all {
                    let got = outcome.delivered[find(id).index()];
                    assert!(
                        near(got, number(want)),
                        "{name}: {who}: delivered of {id}: {got}"
                    );
                }
            }
            (id, Value::Table(want)) => {
                let services = &outcome.services;
                let got = services
                    .iter()
                    .find(|s| s.service == find(id))
                    .expect("a service");
                check_service(&format!("{name}: {who}: {id}"), loaded, want, got);
            }
            (key, _) => panic!("{name}: what is {key}?"),
        }
    }
}

fn check_service(what: &str, loaded: &Loaded, want: &Table, got: &ServiceOutcome) {
    for (key, value) in want {
        let text = value.as_str().unwrap_or_default();
        let same = match key.as_str() {
            "status" => got.status.word() == text,
            "delivered" => near(got.delivered, number(value)),
            "headroom" => got.headroom.is_some_and(|h| near(h, number(value))),
            "limit" => got.limit.is_some_and(|v| loaded.system.id(v) == text),
            "cause" => got.findings.first().is_some_and(|f| f.cause.word() == text),
            "witness" => got.findings.first().is_some_and(|f| match f.witness {
                Witness::Case(c) => loaded.scenario.cases[c.index()].name == text,
                Witness::Element(v) | Witness::Limit(v) => loaded.system.id(v) == text,
            }),
            other => panic!("{what}: what is {other}?"),
        };
        assert!(same, "{what}: {key} should be {value}: {got:?}");
    }
    if got.status.is_harm() || got.status == Status::Ok {
        assert!(got.findings.is_empty(), "{what}: {got:?}");
    }
}

fn ids(system: &System, list: &Value) -> Vec<NodeId> {
    let list = list.as_array().expect("a list");
    let id = |v: &Value| system.find(v.as_str().expect("an id")).expect("known");
    list.iter().map(id).collect()
}

fn case_named(scenario: &Scenario, name: Option<&Value>) -> CaseId {
    let Some(name) = name else { return CaseId(0) };
    let at = scenario
        .cases
        .iter()
        .position(|c| Some(&*c.name) == name.as_str());
    CaseId(u32::try_from(at.expect("a load case")).expect("few"))
}

#[test]
fn known_answers() {
    let file: Table = include_str!("../cases/golden.toml").parse().expect("TOML");
    for case in file["case"].as_array().expect("cases") {
        let case = case.as_table().expect("a table");
        let name = case["name"].as_str().expect("a name");
        let loaded = load(case);
        let study = Study::new(&loaded.system, &loaded.scenario);
        let oracle = Oracle::new(&loaded.system, &loaded.scenario);
        for state in case["state"].as_array().expect("states") {
            let state = state.as_table().expect("a table");
            let down = ids(&loaded.system, &state["down"]);
            let at = case_named(&loaded.scenario, state.get("at"));
            check(name, "oracle", &loaded, state, &oracle.state(&down, at));
            check(name, "engine", &loaded, state, &study.state(&down, at));
        }
    }
}

/// Three servers carry order management. One is lost and nothing seems to happen: until the close
/// of the quarter.
#[test]
fn the_story_of_three_servers() {
    let file: Table = include_str!("../cases/golden.toml").parse().expect("TOML");
    let story = |case: &&Value| {
        case["name"]
            .as_str()
            .is_some_and(|n| n.starts_with("the peak"))
    };
    let story = file["case"]
        .as_array()
        .expect("cases")
        .iter()
        .find(story)
        .expect("the story");
    let loaded = load(story.as_table().expect("a table"));
    let study = Study::new(&loaded.system, &loaded.scenario);
    let (today, quarter_end) = (CaseId(0), CaseId(1));
    let orders = |failed: &[NodeId], case| study.state(failed, case).services.remove(0);

    // Three servers of 400 orders a minute: 700 today and 1100 at quarter-end are no trouble.
    assert_eq!(orders(&[], today).status, Status::Ok);
    assert!(orders(&[], quarter_end).delivered >= 1.0);

    // One is lost. Today every order is still taken …
    let lost = [loaded.system.find("app-3").expect("a server")];
    let after = orders(&lost, today);
    assert!(after.delivered >= 1.0);

    // … but the service is at risk, and what is coming is why.
    assert_eq!(after.status, Status::AtRisk);
    assert_eq!(after.findings[0].witness, Witness::Case(quarter_end));

    // At quarter-end three in eleven orders are turned away.
    let close = orders(&lost, quarter_end);
    assert_eq!(close.status, Status::Degraded);
    assert!((close.delivered - 8.0 / 11.0).abs() < 1e-12);
}
