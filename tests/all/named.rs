//! Named contingencies: what they are, what policies make of them, and where results tell them.

use crate::agreement::Judge;
use crate::oracle::{Oracle, in_place};
use crate::program;
use crate::random::{Dice, SHAPES, Shape, describe, estate};
use crate::trips::together;
use brownout::analysis::{NoWatch, Study, Watch, judge};
use brownout::input::{Overrides, load};
use brownout::model::{NamedContingency, Scenario, System};
use rayon::prelude::*;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn run(args: &[&str]) -> (i32, String, String) {
    program::run(project(), args)
}

fn json(args: &[&str]) -> Value {
    let (_, out, faults) = run(&[args, &["--format", "json"]].concat());
    serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}: {out}{faults}"))
}

const SHED: &str = "scenarios/site-loss-shed.toml";

/// Contingencies with everything that they may have.
fn contingencies(system: &System, dice: &mut Dice) -> Vec<NamedContingency> {
    let elements = system.elements();
    let named = |at: usize, dice: &mut Dice| {
        let count = dice.below(4);
        let mut down = dice.some(&elements, count);
        down.sort_unstable();
        let count = dice.below(3);
        let mut derate: Vec<_> = dice
            .some(&elements, count)
            .into_iter()
            .map(|v| (v, dice.pick(&[0.25, 0.5, 0.9, 1.5, 0.0])))
            .collect();
        derate.sort_by_key(|d| d.0);
        let mut demand = Vec::new();
        for service in 0..system.services().len() {
            if dice.chance(40) {
                demand.push((service, dice.pick(&[0.0, 1.0, 40.0, 1e4])));
            }
        }
        NamedContingency {
            name: format!("contingency {at}"),
            down,
            derate,
            demand,
        }
    };
    (0..3).map(|at| named(at, dice)).collect()
}

/// Every named contingency of a sweep is the state by definition, and what the study says of the scenario
/// with it in place.
fn agrees(shape: Shape, seed: u64) -> Result<(), String> {
    let make = if seed % 3 == 2 { together } else { estate };
    let (system, mut scenario) = make(shape, seed);
    let mut dice = Dice::new(seed ^ 0x4A3E);
    scenario.contingencies = contingencies(&system, &mut dice);
    let study = Study::new(&system, &scenario);
    let swept = study.sweep(1, &NoWatch);
    let all = scenario.contingencies.len() * scenario.cases.len();
    if (swept.named.len(), swept.named_asked) != (all, all) {
        return Err(format!("{} of {all}", swept.named.len()));
    }
    for (got, want) in swept
        .named
        .iter()
        .zip(Oracle::new(&system, &scenario).named())
    {
        let named = &scenario.contingencies[want.contingency];
        let there: Scenario = in_place(&scenario, named);
        let oracle = Oracle::new(&system, &there);
        let judge = Judge {
            system: &system,
            oracle: &oracle,
        };
        let explain = |e: &str| {
            format!(
                "{shape:?} seed {seed} {named:?}: {e}\n{}",
                describe(&system, &scenario)
            )
        };
        if (got.contingency, got.case) != (want.contingency, want.case) {
            return Err(explain("not the same contingency"));
        }
        for (g, w) in got.services.iter().zip(&want.services) {
            judge
                .service(g, w, &[], want.case)
                .map_err(|e| explain(&e))?;
        }
        let under = scenario.under(named);
        let alone = Study::new(&system, &under).state(&[], got.case);
        if alone.services != got.services {
            return Err(explain("not what its own state says"));
        }
    }
    Ok(())
}

#[test]
fn named_contingencies_are_what_the_definitions_say() {
    for shape in SHAPES {
        let seeds = (30_000..30_120u64).into_par_iter();
        let wrong: Vec<String> = seeds.filter_map(|seed| agrees(shape, seed).err()).collect();
        assert!(wrong.is_empty(), "{} differ; {}", wrong.len(), wrong[0]);
    }
}

/// A service of a named contingency: status, delivered, limit, what it is shed from and to.
fn fares(result: &Value, name: &str, case: &str, service: &str) -> (String, f64, Value, Value) {
    let states = result["named"].as_array().expect("named contingencies");
    let state = states
        .iter()
        .find(|n| n["name"] == name && n["load_case"] == case)
        .expect("it is there");
    let services = state["services"].as_array().expect("services");
    let s = services.iter().find(|s| s["id"] == service).expect("there");
    (
        s["status"].as_str().expect("a word").to_owned(),
        s["delivered"].as_f64().expect("a number"),
        s["limit"].clone(),
        s["shed"].clone(),
    )
}

/// By hand: Hamburg has two web servers of 300. Both services ask 500 + 300 today and 560 + 300 at
/// quarter-end, so without shedding they get 600/800 and 600/860. With reporting shed, orders' 500 and 560 fit.
#[test]
fn the_loss_of_frankfurt_is_what_was_worked_out_by_hand() {
    let result = json(&["sweep", SHED]);
    let (lost, shed) = ("Frankfurt lost", "Frankfurt lost, reporting shed");
    for service in ["orders", "reporting"] {
        let (status, delivered, limit, none) = fares(&result, lost, "today", service);
        assert_eq!(
            (status.as_str(), delivered, limit),
            ("degraded", 0.75, "web-h1".into())
        );
        assert!(none.is_null());
        let (status, delivered, ..) = fares(&result, lost, "quarter-end", service);
        assert_eq!(status, "degraded");
        assert!((delivered - 600.0 / 860.0).abs() < 1e-12, "{delivered}");
    }
    for (case, ordered) in [("today", 500.0), ("quarter-end", 560.0)] {
        let (status, delivered, limit, none) = fares(&result, shed, case, "orders");
        // One more server lost leaves 300: it is at risk.
        assert_eq!((status.as_str(), delivered), ("at-risk", 1.0), "{case}");
        assert!(none.is_null());
        assert_eq!(limit, "web-h1");
        let states = result["named"].as_array().expect("there");
        let state = states
            .iter()
            .find(|n| n["name"] == shed && n["load_case"] == case);
        let orders = &state.expect("there")["services"][0];
        let headroom = orders["headroom"].as_f64().expect("limited");
        assert!(
            (headroom - (600.0 / ordered - 1.0)).abs() < 1e-12,
            "{headroom}"
        );
        let (_, _, _, from_to) = fares(&result, shed, case, "reporting");
        assert_eq!(from_to, serde_json::json!({ "from": 300.0, "to": 0.0 }));
    }
    // Everything in Frankfurt, nested or not, and nothing in Hamburg.
    let down = result["named"][0]["down"].as_array().expect("ids");
    assert_eq!(down.len(), 10);
    assert!(
        down.iter()
            .all(|id| id == "fra1" || id.as_str().expect("an id").contains("-f"))
    );
}

#[test]
fn policies_ask_for_named_contingencies_and_say_whether_shedding_keeps_a_service() {
    let result = json(&["assess", SHED, "--as-of", "2026-12-01"]);
    assert_eq!(result["verdict"]["result"], "breached");
    let policies = result["policies"].as_array().expect("policies");
    let holds: Vec<&Value> = policies.iter().map(|p| &p["holds"]).collect();
    assert_eq!(holds, [true, true, false]);
    let told = |list: &Value| -> Vec<(String, String, String, String)> {
        let text = |v: &Value| v.as_str().expect("a text").to_owned();
        let breaches = list.as_array().expect("a list").iter();
        breaches
            .map(|b| {
                (
                    text(&b["contingency"]),
                    text(&b["service"]),
                    text(&b["load_case"]),
                    text(&b["status"]),
                )
            })
            .collect()
    };
    let breach = |name: &str, service: &str, case: &str, status: &str| {
        [name, service, case, status].map(str::to_owned).into()
    };
    let (lost, shed) = ("Frankfurt lost", "Frankfurt lost, reporting shed");
    assert_eq!(
        told(&policies[2]["breaches"]),
        [
            breach(lost, "orders", "today", "degraded"),
            breach(lost, "orders", "quarter-end", "degraded"),
            breach(lost, "reporting", "today", "degraded"),
            breach(lost, "reporting", "quarter-end", "degraded"),
        ]
    );
    // Reporting is not kept where it is shed without leave; that is waived, by the name of the contingency.
    assert_eq!(
        told(&policies[2]["waived"]),
        [
            breach(shed, "reporting", "today", "at-risk"),
            breach(shed, "reporting", "quarter-end", "at-risk"),
        ]
    );
    let waived = &policies[2]["waived"][0];
    assert_eq!(
        waived["shed"],
        serde_json::json!({ "from": 300.0, "to": 0.0 })
    );
    assert_eq!(result["evidence"]["waivers"][0]["contingency"], shed);
    assert_eq!(result["evidence"]["waivers"][0]["covers"], 2);
    assert_eq!(
        result["evidence"]["completeness"]["named"],
        serde_json::json!({ "done": 4, "of": 4 })
    );
    assert_eq!(result["sweep"]["named"], json(&["sweep", SHED])["named"]);
}

/// The three ways to ask for one state.
#[test]
fn whatif_of_a_contingency_is_the_state_that_is_typed_and_that_the_sweep_lists() {
    let name = "Frankfurt lost, reporting shed";
    let swept = json(&["sweep", SHED]);
    for case in ["today", "quarter-end"] {
        let mut named = json(&["whatif", SHED, "--contingency", name, "--load", case]);
        let typed = [
            "whatif",
            SHED,
            "--load",
            case,
            "--down",
            "within=fra1",
            "--derate",
            "kind=wan site=ham1=0.9",
            "--demand",
            "reporting=0",
        ];
        let typed = json(&typed);
        assert_eq!(named["contingency"], name);
        for s in named["services"].as_array().expect("services") {
            let (status, delivered, limit, shed) =
                fares(&swept, name, case, s["id"].as_str().expect("an id"));
            assert_eq!(s["status"], status.as_str());
            assert_eq!(s["delivered"], delivered);
            assert_eq!(s["limit"], limit);
            assert_eq!(s["shed"], shed);
        }
        for s in named["services"].as_array_mut().expect("services") {
            s.as_object_mut().expect("an object").remove("shed");
        }
        if case == "quarter-end" {
            // Typed demands are of the load case that is typed; so is the peak.
            assert_eq!(named["services"], typed["services"]);
        }
        assert_eq!(named["down"], typed["down"]);
        assert_eq!(named["components"], typed["components"]);
    }
    // A typed demand wins over that of the contingency.
    let both = [
        "whatif",
        SHED,
        "--contingency",
        name,
        "--demand",
        "reporting=100",
    ];
    let both = json(&both);
    assert_eq!(both["services"][1]["demand"], 100.0);
    // What is typed is what the load case asks: nothing of it is lowered.
    assert!(both["services"][1]["shed"].is_null());
    let explained = json(&["explain", SHED, "reporting", "--contingency", name]);
    assert_eq!(explained["contingency"], name);
    assert_eq!(explained["service"]["shed"]["to"], 0.0);
}

#[test]
fn the_shipped_loop_is_found_and_each_of_its_breaks_is_one() {
    let estate = "examples/power-and-shards";
    let result = json(&["whatif", estate]);
    let cold: Vec<&str> = result["cold_start"]
        .as_array()
        .expect("ids")
        .iter()
        .map(|v| v.as_str().expect("an id"))
        .collect();
    let held = [
        "directory-f",
        "directory-h",
        "dns-f",
        "dns-h",
        "nas-f",
        "nas-h",
    ];
    let waiting = [
        "orders",
        "reporting",
        "web-f1",
        "web-f2",
        "web-h1",
        "web-h2",
    ];
    assert_eq!(cold, [&held[..], &waiting[..]].concat());
    let loops = result["cold_start_loops"].as_array().expect("loops");
    assert_eq!(loops.len(), 1);
    assert_eq!(loops[0]["members"], serde_json::json!(held));
    assert_eq!(loops[0]["waiting"], serde_json::json!(waiting));
    let breaks = loops[0]["breaks"].as_array().expect("ways");
    let who: Vec<&str> = breaks
        .iter()
        .map(|b| b["consumer"].as_str().expect("an id"))
        .collect();
    assert_eq!(who, held);
    for command in ["check", "assess"] {
        let found = json(&[command, estate]);
        let found = if command == "check" {
            &found["inventory"]
        } else {
            &found
        };
        assert_eq!(found["cold_start"], result["cold_start"], "{command}");
        assert_eq!(
            found["cold_start_loops"], result["cold_start_loops"],
            "{command}"
        );
        let all: &[&str] = if command == "check" { &[] } else { &["--full"] };
        let (_, text, _) = run(&[&[command, estate], all].concat());
        for part in [
            "Cold start",
            "directory-f needs dns-f",
            "each breaks it",
            "dependencies.csv",
        ] {
            assert!(text.contains(part), "{text}\nlacks {part}");
        }
    }
    let dark = json(&["whatif", estate, "--cold-start"]);
    assert_eq!(dark["from_dark"], true);
    assert_eq!(dark["down"], serde_json::json!([]));
    assert_eq!(dark["services"][0]["status"], "down");
    let stopped = dark["components"].as_array().expect("components").iter();
    let stopped: Vec<&str> = stopped
        .filter(|c| c["works"] == false)
        .map(|c| c["id"].as_str().expect("an id"))
        .collect();
    assert_eq!(stopped, [&held[..], &waiting[2..]].concat());
    let (_, table, _) = run(&["whatif", estate, "--format", "csv", "--table", "cold-start"]);
    assert_eq!(table.lines().count(), 1 + 6 + 6 + 6);
}

#[test]
fn every_form_of_a_result_tells_named_contingencies() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let (report, junit, sarif) = (path("report"), path("junit.xml"), path("s.sarif"));
    let day = ["--as-of", "2026-12-01"];
    let files = ["-o", &report, "--junit", &junit, "--sarif", &sarif];
    let (code, text, _) = run(&[&["assess", SHED, "--full"], &day[..], &files[..]].concat());
    assert_eq!(code, 1);
    let read = |path: PathBuf| {
        fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    };
    let inside = |name: &str| read(Path::new(&report).join(name));
    let (_, markdown, _) = run(&[&["assess", SHED, "--format", "markdown"], &day[..]].concat());
    for (what, said) in [("text", &text), ("markdown", &markdown)] {
        for part in ["degraded", "Frankfurt lost", "shed from 300 to 0"] {
            assert!(said.contains(part), "{what} lacks {part}: {said}");
        }
    }
    assert!(text.contains("Named contingencies"), "{text}");
    let page = inside("report.html");
    assert!(page.contains("Named contingencies") && page.contains("Cold start"));
    assert!(page.contains("shed from 300 to 0"));
    let table = inside("table-named.csv");
    assert_eq!(table.lines().count(), 1 + 2 * 2 * 2);
    assert!(
        table.contains("\"Frankfurt lost, reporting shed\",today,reporting,at-risk,"),
        "{table}"
    );
    assert!(table.lines().any(|l| l.ends_with(",300,0")), "{table}");
    assert!(inside("table-policies.csv").contains(",Frankfurt lost,degraded,0.75,"));
    assert!(read(PathBuf::from(&junit)).contains("in “Frankfurt lost”"));
    assert!(read(PathBuf::from(&sarif)).contains("in “Frankfurt lost”"));
    let (_, csv, _) = run(&["sweep", SHED, "--format", "csv", "--table", "named"]);
    assert_eq!(csv, table);
}

#[test]
fn a_comparison_tells_who_fares_otherwise_in_a_contingency_of_the_same_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = fs::read_to_string(project().join(SHED)).expect("it is there");
    let estate = project().join("examples/power-and-shards");
    let with = |name: &str, text: String| {
        let text = text.replace("../examples/power-and-shards", &estate.to_string_lossy());
        let (scenario, result) = (
            folder.path().join(format!("{name}.toml")),
            folder.path().join(format!("{name}.json")),
        );
        fs::write(&scenario, text).expect("written");
        let (_, out, faults) = run(&["sweep", &scenario.to_string_lossy(), "--format", "json"]);
        assert!(!out.is_empty(), "{faults}");
        fs::write(&result, out).expect("written");
        result.to_string_lossy().into_owned()
    };
    let old = with("old", text.clone());
    let new = with(
        "new",
        text.replace("demand = { reporting = 0 }", "demand = { reporting = 150 }"),
    );
    let found = json(&["diff", &old, &new]);
    let changes = found["changes"].as_array().expect("changes");
    // Today 650 of 600, at quarter-end 710: both services get less, orders were at risk, reporting too.
    let named: Vec<&Value> = changes
        .iter()
        .filter(|c| !c["contingency"].is_null())
        .collect();
    assert_eq!((changes.len(), named.len()), (4, 4));
    for change in &named {
        assert_eq!(change["contingency"], "Frankfurt lost, reporting shed");
        assert_eq!(
            (&change["direction"], &change["new"]["status"]),
            (&"worse".into(), &"degraded".into())
        );
    }
    let renamed = with(
        "renamed",
        text.replace("\"Frankfurt lost\"", "\"Frankfurt gone\""),
    );
    let found = json(&["diff", &old, &renamed]);
    assert_eq!(found["changes"], serde_json::json!([]));
    assert!(
        found["warnings"]
            .to_string()
            .contains("only one of the results has the contingency"),
        "{found}"
    );
}

#[test]
fn one_selector_grammar_for_outages_deratings_and_elements() {
    let down = |texts: &[&str]| {
        let overrides = Overrides {
            down: texts.iter().map(|t| (*t).to_owned()).collect(),
            ..Overrides::default()
        };
        let loaded = load(&project().join("examples/power-and-shards"), &overrides);
        let ids = |loaded: brownout::input::Loaded| -> Vec<String> {
            let down = loaded.scenario.down.iter();
            down.map(|&v| loaded.system.id(v).to_owned()).collect()
        };
        loaded.map(ids).map_err(|faults| faults.render(false, 200))
    };
    assert_eq!(down(&["kind=ups site=ham1"]).expect("one"), ["ups-h"]);
    assert_eq!(
        down(&["within=ups-h"]).expect("some"),
        [
            "directory-h",
            "dns-h",
            "nas-h",
            "rack-h1",
            "rack-h2",
            "ups-h",
            "web-h1",
            "web-h2",
        ]
    );
    assert_eq!(
        down(&["kind=server within=ham1", "wan-f"]).expect("some"),
        ["wan-f", "web-h1", "web-h2"]
    );
    assert_eq!(down(&["web-h*"]).expect("two"), ["web-h1", "web-h2"]);
    let wrong = |text: &str, parts: &[&str]| {
        let said = down(&[text]).expect_err("a fault");
        for part in parts {
            assert!(said.contains(part), "{text}: {said}");
        }
    };
    wrong(
        "kind=upps site=ham1",
        &["keeps nothing", "did you mean `kind=ups`?"],
    );
    wrong(
        "kind=ups sit=ham1",
        &["no file has a column `sit`", "did you mean `site`?"],
    );
    wrong(
        "kind=wan within=rack-h1",
        &["keeps nothing", "nothing fits all of them"],
    );
    wrong("orders", &["is a service"]);
    wrong("tier=1", &["keeps no component or link"]);
    wrong("wan-g", &["did you mean `wan-f`?"]);
    wrong("db-*", &["no id is like `db-*`", "`*` stands for any text"]);
}

#[test]
fn a_pattern_of_ids_stands_wherever_a_selector_may() {
    let text = "down = [\"web-f*\"]\n[derate]\n\"wan-*\" = 0.5\n[[contingency]]\nname = \"names\"\ndown = [\"dns-*\"]\n\
                [[work]]\nname = \"w\"\nelements = [\"nas-*\"]\nhours = 1\nearliest = \"2026-12-01\"\n\
                latest = \"2026-12-02\"\n";
    let loaded = scenario(text, &Overrides::default()).expect("sound");
    let ids = |nodes: &[brownout::model::NodeId]| -> Vec<String> {
        let ids = nodes.iter().map(|&v| loaded.system.id(v).to_owned());
        ids.collect()
    };
    assert_eq!(ids(&loaded.scenario.down), ["web-f1", "web-f2"]);
    assert_eq!(
        factors(&loaded),
        [("wan-f".to_owned(), 0.5), ("wan-h".to_owned(), 0.5)]
    );
    assert_eq!(
        ids(&loaded.scenario.contingencies[0].down),
        ["dns-f", "dns-h"]
    );
    assert_eq!(ids(&loaded.time.works[0].elements), ["nas-f", "nas-h"]);
    // Where hosts and members of a common cause are named, too.
    let folder = tempfile::tempdir().expect("a folder");
    let write =
        |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("written");
    write(
        "components.csv",
        "id,kind,capacity,unavailability\nhv-1,host,8,0.01\nhv-2,host,8,0.01\nx,server,,0.01\na,vm,4,\n",
    );
    write("dependencies.csv", "consumer,provider\ns,a\n");
    write("services.csv", "id,demand\ns,1\n");
    write("placements.csv", "instance,hosts,amount\na,hv-*,4\n");
    write("common_cause.csv", "group,members,beta\nboth,hv-*,0.1\n");
    let loaded = load(folder.path(), &Overrides::default());
    let loaded = loaded.unwrap_or_else(|faults| panic!("{}", faults.render(false, 200)));
    let a = loaded.system.find("a").expect("there");
    let placement = loaded.system.placements().of(a).expect("placed");
    let id = |v: &brownout::model::NodeId| loaded.system.id(*v).to_owned();
    let hosts: Vec<String> = placement.hosts.iter().map(id).collect();
    assert_eq!(hosts, ["hv-1", "hv-2"]);
    let members: Vec<String> = loaded.system.common_cause()[0].1.iter().map(id).collect();
    assert_eq!(members, ["hv-1", "hv-2"]);
}

/// A scenario beside the shipped estate, read with what is typed.
fn scenario(text: &str, overrides: &Overrides) -> Result<brownout::input::Loaded, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("s.toml");
    let estate = project().join("examples/power-and-shards");
    fs::write(
        &path,
        format!("inventory = \"{}\"\n{text}", estate.display()),
    )
    .expect("written");
    load(&path, overrides).map_err(|faults| faults.render(false, 300))
}

fn factors(loaded: &brownout::input::Loaded) -> Vec<(String, f64)> {
    let all = loaded.scenario.derate.iter();
    all.map(|&(v, f)| (loaded.system.id(v).to_owned(), f))
        .collect()
}

#[test]
fn deratings_that_meet_multiply_and_are_listed_and_options_win() {
    let text = "[derate]\n\"kind=wan\" = 0.5\nwan-h = 0.8\n";
    let loaded = scenario(text, &Overrides::default()).expect("sound");
    assert_eq!(
        factors(&loaded),
        [("wan-f".to_owned(), 0.5), ("wan-h".to_owned(), 0.4)]
    );
    let warnings: Vec<String> = loaded
        .warnings
        .iter()
        .map(brownout::input::Diagnostic::line)
        .collect();
    let told = warnings.iter().find(|w| w.contains("derated by 2 entries"));
    assert!(
        told.is_some_and(|w| w.contains("wan-h") && w.contains("0.5 × 0.8 = 0.4")),
        "{warnings:?}"
    );
    let typed = Overrides {
        derate: vec!["kind=wan site=ham1=0.25".to_owned()],
        ..Overrides::default()
    };
    let loaded = scenario(text, &typed).expect("sound");
    assert_eq!(
        factors(&loaded),
        [("wan-f".to_owned(), 0.5), ("wan-h".to_owned(), 0.25)]
    );
    let named = "[derate]\nwan-h = 0.5\n[[contingency]]\nname = \"x\"\nderate = { wan-h = 0.5 }\n";
    let typed = Overrides {
        contingency: Some("x".to_owned()),
        ..Overrides::default()
    };
    let loaded = scenario(named, &typed).expect("sound");
    assert_eq!(factors(&loaded), [("wan-h".to_owned(), 0.25)]);
}

#[test]
fn what_is_wrong_with_a_contingency_is_told_with_its_place() {
    let text = "[[contingency]]\nname = \"a\"\ndown = [\"kind=upss\"]\ndemand = { order = 3 }\n\
        [[contingency]]\nname = \"a\"\ndown = [\"ups-f\"]\n[[contingency]]\nname = \"nothing\"\n\
        [[policy]]\nname = \"p\"\ncontingencies = [\"b\"]\n\
        [[waiver]]\npolicy = \"p\"\ncontingency = \"c\"\nreason = \"r\"\nowner = \"o\"\nexpires = \"2027-01-01\"\n";
    let said = scenario(text, &Overrides::default()).expect_err("faults");
    for part in [
        "`kind=upss` keeps nothing",
        "no service has the id `order`",
        "two contingencies have the name `a`",
        "the contingency has no `down`",
        "there is no contingency `b`",
        "there is no contingency `c`",
    ] {
        assert!(said.contains(part), "{said}\nlacks {part}");
    }
    let typed = Overrides {
        contingency: Some("Frankfurt".to_owned()),
        ..Overrides::default()
    };
    let said = scenario("", &typed).expect_err("a fault");
    assert!(
        said.contains("there is no contingency `Frankfurt`") && said.contains("command line"),
        "{said}"
    );
}

/// One scenario on an estate of one server, with policies on a contingency.
fn judged(demand: &str, shed: bool) -> Value {
    assessed(&format!(
        "[[contingency]]\nname = \"x\"\ndown = [\"a\"]\ndemand = {{ shop = {demand} }}\n\
         [[policy]]\nname = \"p\"\ncontingencies = [\"x\"]\nshed = {shed}\n"
    ))
}

/// The assessment of a scenario on an estate of two servers, 100 and 50, that share a demand of 120.
fn assessed(text: &str) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    let write =
        |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("written");
    fs::create_dir(folder.path().join("e")).expect("made");
    write(
        "e/components.csv",
        "id,kind,capacity\na,server,100\nb,server,50\n",
    );
    write("e/services.csv", "id,demand\nshop,120\n");
    write(
        "e/dependencies.csv",
        "consumer,provider,group,need\nshop,a,g,any\nshop,b,g,\n",
    );
    write("s.toml", &format!("inventory = \"e\"\n{text}"));
    let path = folder.path().join("s.toml");
    json(&["assess", &path.to_string_lossy(), "--no-ledger"])
}

/// b alone carries 50: what is lowered is kept by leave, though 60 is more than it gets; what is not lowered
/// is judged as ever.
#[test]
fn leave_to_shed_keeps_a_service_whatever_its_status() {
    for (demand, shed, holds) in [
        ("40", true, true),
        ("40", false, false),
        ("60", true, true),
        ("60", false, false),
        ("0", true, true),
        ("0", false, false),
        ("120", true, false),
        ("130", false, false),
    ] {
        let result = judged(demand, shed);
        assert_eq!(result["policies"][0]["holds"], holds, "{demand} {shed}");
        let unfixed = result["fix_search"]["unfixed"].to_string();
        let is_lowered = !holds && !["120", "130"].contains(&demand);
        let only_leave = unfixed.contains("kept only with `shed = true`");
        assert_eq!(only_leave, is_lowered, "{unfixed}");
        // What is not lowered is a matter of capacity: b carries all of it while a is lost.
        let fixes = result["fixes"].to_string();
        let cure = match demand {
            "120" => "add 70 to b (to 120): removes 1 of 1 breach",
            "130" => "add 80 to b (to 130): removes 1 of 1 breach",
            _ => continue,
        };
        assert!(fixes.contains(cure), "{fixes}");
    }
}

/// A contingency fails a and derates b: shop gets 45 of its 120.
#[test]
fn a_waiver_covers_a_named_contingency_by_its_name_or_by_all_that_it_touches() {
    let with = |waiver: &str| {
        let result = assessed(&format!(
            "[[contingency]]\nname = \"x\"\ndown = [\"a\"]\nderate = {{ b = 0.9 }}\n\
             [[contingency]]\nname = \"y\"\ndown = [\"a\"]\n\
             [[policy]]\nname = \"p\"\ncontingencies = [\"x\"]\n\
             [[waiver]]\npolicy = \"p\"\n{waiver}\nreason = \"r\"\nowner = \"o\"\nexpires = \"2999-01-01\"\n"
        ));
        let policy = &result["policies"][0];
        let all = [&policy["breaches"], &policy["waived"]];
        let all: Vec<&Value> = all
            .iter()
            .flat_map(|l| l.as_array().expect("a list"))
            .collect();
        assert_eq!(all.len(), 1);
        let delivered = all[0]["delivered"].as_f64().expect("a number");
        assert!((delivered - 45.0 / 120.0).abs() < 1e-12, "{delivered}");
        assert_eq!(all[0]["elements"], serde_json::json!(["a"]));
        policy["holds"].as_bool().expect("judged")
    };
    assert!(with("") && with("contingency = \"x\"") && with("elements = [\"a\", \"b\"]"));
    assert!(with("contingency = \"x\"\nelements = [\"kind=server\"]"));
    // What it derates is touched as well; another name is another contingency.
    assert!(!with("elements = [\"a\"]") && !with("elements = [\"b\"]"));
    assert!(!with("contingency = \"y\"") && !with("contingency = \"x\"\nelements = [\"a\"]"));
}

/// Stops at once.
struct Stopped;

impl Watch for Stopped {
    fn advance(&self, _: u64) {}
    fn total(&self, _: u64) {}
    fn stop(&self) -> bool {
        true
    }
}

#[test]
fn what_was_not_looked_at_is_neither_kept_nor_breached() {
    let loaded = load(&project().join(SHED), &Overrides::default()).expect("sound");
    let study = Study::new(&loaded.system, &loaded.scenario);
    let swept = study.sweep(1, &Stopped);
    assert!(swept.named.is_empty() && !swept.is_complete());
    let none = |_, _, _| Err("no probabilities".to_owned());
    let judged = judge(
        loaded.system.placements(),
        &loaded.scenario,
        &swept,
        &none,
        jiff::civil::date(2026, 12, 1),
    );
    for policy in &judged.policies {
        assert_eq!((policy.holds, policy.breaches.len()), (None, 0));
        let why = policy.reason.as_deref().expect("a reason");
        assert!(
            why.contains("before every named contingency was looked at"),
            "{why}"
        );
    }
}
