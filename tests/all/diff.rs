//! `diff` from outside, on the shipped estate: order server 3 fails and comes back.

use crate::program;
use serde_json::Value;
use std::fs;
use std::path::Path;

fn run(args: &[&str]) -> (i32, String, String) {
    program::run(env!("CARGO_MANIFEST_DIR"), args)
}

fn result(folder: &Path, name: &str, scenario: &str) -> String {
    let (_, json, faults) = run(&["sweep", scenario, "--order", "1", "--format", "json"]);
    let path = folder.join(name);
    fs::write(&path, json).unwrap_or_else(|e| panic!("{e}: {faults}"));
    path.to_string_lossy().into_owned()
}

fn totals(diff: &Value) -> Vec<u64> {
    let of = |sort: &str| diff["totals"][sort].as_u64().expect("a count");
    ["new", "worse", "better", "fixed"].map(of).to_vec()
}

#[test]
fn a_lost_server_is_new_harm_and_its_repair_fixes_as_much() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = result(folder.path(), "whole.json", "scenarios/quarter-end.toml");
    let lost = result(
        folder.path(),
        "lost.json",
        "scenarios/quarter-end-one-down.toml",
    );
    let compared = |args: &[&str]| -> (i32, Value) {
        let (code, out, faults) = run(&[&["diff"], args, &["--format", "json"]].concat());
        let value = serde_json::from_str(&out);
        (code, value.unwrap_or_else(|e| panic!("{e}: {faults}")))
    };
    let (code, there) = compared(&[&whole, &lost]);
    assert_eq!(code, 0, "a change is no failure unless asked for");
    assert_eq!(there["schema"], "brownout/diff/2");
    let base = there["changes"]
        .as_array()
        .expect("changes")
        .iter()
        .find(|c| {
            c["service"] == "order-management"
                && c["load_case"] == "quarter-end"
                && c["elements"].as_array().is_some_and(Vec::is_empty)
        });
    let base = base.expect("the story's base state changes");
    assert_eq!(base["direction"], "worse", "from at-risk to degraded");
    assert_eq!(base["new"]["status"], "degraded");

    let (code, _) = compared(&[&whole, &lost, "--fail-on-worse"]);
    assert_eq!(code, 1);
    let (_, back) = compared(&[&lost, &whole]);
    let (there, back) = (totals(&there), totals(&back));
    assert_eq!(there.iter().rev().copied().collect::<Vec<_>>(), back);
    let (code, same) = compared(&[&lost, &lost, "--fail-on-worse"]);
    assert_eq!((code, totals(&same)), (0, vec![0; 4]));
    let (_, text, _) = run(&["diff", &whole, &lost]);
    assert!(text.lines().all(|l| l.chars().count() <= 100), "{text}");
}

#[test]
fn what_is_no_result_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in [
        ("empty", ""),
        ("list", "[]"),
        ("other", r#"{"schema":"brownout/check/2"}"#),
        ("simulate", r#"{"schema":"brownout/simulate/2"}"#),
        ("half", r#"{"schema":"brownout/sweep/2"}"#),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("written");
        let path = path.to_string_lossy().into_owned();
        let (code, out, faults) = run(&["diff", &path, &path]);
        assert_eq!((code, out.as_str()), (2, ""), "{name}");
        assert!(
            faults.contains("is no result to compare"),
            "{name}: {faults}"
        );
    }
    assert_eq!(run(&["diff", "nowhere", "nowhere"]).0, 2);
}

/// A copy of the shipped estate, changed line by line.
fn estate(folder: &Path, name: &str, change: impl Fn(&str, &str) -> String) -> String {
    let into = folder.join(name);
    fs::create_dir(&into).expect("a folder");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let from = fs::read_dir(root.join("examples/order-management")).expect("the estate");
    for file in from {
        let file = file.expect("a file");
        let name = file.file_name().to_string_lossy().into_owned();
        let Ok(text) = fs::read_to_string(file.path()) else {
            continue;
        };
        let lines = text.lines().map(|line| change(&name, line));
        let text: String = lines.filter(|l| !l.is_empty()).map(|l| l + "\n").collect();
        fs::write(into.join(name), text).expect("written");
    }
    into.to_string_lossy().into_owned()
}

fn written(folder: &Path, name: &str, args: &[&str]) -> String {
    let (_, json, faults) = run(&[args, &["--format", "json"]].concat());
    assert!(!json.is_empty(), "{faults}");
    let path = folder.join(name);
    fs::write(&path, json).expect("written");
    path.to_string_lossy().into_owned()
}

#[test]
fn a_changed_inventory_is_summed_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let same = |_: &str, line: &str| line.to_owned();
    let old = estate(folder.path(), "old", same);
    let new = estate(folder.path(), "new", |file, line| match file {
        "components.csv" if line.starts_with("app-1,") => {
            format!("app-9,server,,,,,,,\n{}", line.replacen("400", "600", 1))
        }
        "services.csv" if line.starts_with("reporting,") => {
            line.replacen("reporting", "figures", 1)
        }
        "dependencies.csv" => line.replace("reporting,", "figures,"),
        _ => line.to_owned(),
    });
    let header = fs::read_to_string(Path::new(&new).join("components.csv")).expect("a file");
    let columns = header
        .lines()
        .find(|l| l.starts_with("id,"))
        .expect("a header");
    let bare = format!(
        "app-9,server{}",
        ",".repeat(columns.matches(',').count() - 1)
    );
    let text = header.replace("app-9,server,,,,,,,", &bare);
    fs::write(Path::new(&new).join("components.csv"), text).expect("written");

    let whatif = |name: &str, estate: &str| written(folder.path(), name, &["whatif", estate]);
    let (old, new) = (whatif("old.json", &old), whatif("new.json", &new));
    let (_, json, faults) = run(&["diff", &old, &new, "--format", "json"]);
    let diff: Value = serde_json::from_str(&json).unwrap_or_else(|e| panic!("{e}: {faults}"));
    let inventory = &diff["inventory"];
    let ids = |list: &str| -> Vec<&str> {
        let all = inventory[list].as_array().expect("a list");
        all.iter()
            .map(|n| n["id"].as_str().expect("an id"))
            .collect()
    };
    assert_eq!(ids("added"), ["app-9", "figures"]);
    assert_eq!(ids("removed"), ["reporting"]);
    let resized = &inventory["resized"][0];
    assert_eq!(
        (resized["id"].as_str(), resized["what"].as_str()),
        (Some("app-1"), Some("capacity"))
    );
    assert_eq!(
        (resized["old"].as_f64(), resized["new"].as_f64()),
        (Some(400.0), Some(600.0))
    );
    assert_eq!(
        ids("resized").len(),
        1,
        "a default weight is no change of who needs it"
    );
    assert_eq!(
        diff["changed_inputs"].as_array().map(Vec::len),
        Some(6),
        "three files, twice"
    );
    let (_, text, _) = run(&["diff", &old, &new]);
    assert!(
        text.contains("1 resized: app-1\n400 → 600 orders/min"),
        "{text}"
    );
    let (_, csv, _) = run(&[
        "diff",
        &old,
        &new,
        "--format",
        "csv",
        "--table",
        "inventory",
    ]);
    assert!(csv.contains("resized,app-1,server,capacity"), "{csv}");
    let (_, json, _) = run(&["diff", &old, &old, "--format", "json"]);
    let same: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(
        same["inventory"]["resized"].as_array().map(Vec::len),
        Some(0)
    );
}

#[test]
fn another_seed_is_no_change_and_a_lost_server_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let of = |name: &str, scenario: &str, seed: &str| {
        let trials = ["--trials", "20000", "--no-at-risk", "--method", "plain"];
        let args = [&["simulate", scenario, "--seed", seed][..], &trials].concat();
        written(folder.path(), name, &args)
    };
    let whole = of("whole.json", "scenarios/quarter-end.toml", "1");
    let again = of("again.json", "scenarios/quarter-end.toml", "1");
    let lost = of("lost.json", "scenarios/quarter-end-one-down.toml", "1");
    let compared = |old: &str, new: &str| -> (i32, Value) {
        let (code, out, faults) = run(&["diff", old, new, "--fail-on-worse", "--format", "json"]);
        let value = serde_json::from_str(&out);
        (code, value.unwrap_or_else(|e| panic!("{e}: {faults}")))
    };
    let (code, same) = compared(&whole, &again);
    assert_eq!(
        (code, same["chances"].as_array().map(Vec::len)),
        (0, Some(0))
    );
    let (code, there) = compared(&whole, &lost);
    assert_eq!(code, 1);
    let orders = there["chances"]
        .as_array()
        .expect("changes")
        .iter()
        .find(|c| {
            c["service"] == "order-management"
                && c["load_case"] == "quarter-end"
                && c["measure"] == "degraded-or-down"
        });
    let orders = orders.expect("the story's probability changes");
    assert_eq!(orders["direction"], "worse");
    assert!(orders["new"]["low"].as_f64() > orders["old"]["high"].as_f64());
    let (_, text, _) = run(&["diff", &whole, &lost]);
    assert!(text.starts_with("Probabilities: "), "{text}");
    let sweep = result(folder.path(), "sweep.json", "scenarios/quarter-end.toml");
    let (code, out, faults) = run(&["diff", &sweep, &lost]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(faults.contains("nothing in common"), "{faults}");
}

/// Three servers of 100 and a policy; one scenario asks 150, the other 250, which two do not carry.
fn scenarios(folder: &Path) -> (String, String) {
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(&path, text).expect("written");
        path.to_string_lossy().into_owned()
    };
    write(
        "e/components.csv",
        "id,kind,capacity\na,server,100\nb,server,100\nc,server,100\n",
    );
    write(
        "e/dependencies.csv",
        "consumer,provider,group,need\nshop,a,g,any\nshop,b,g,\nshop,c,g,\n",
    );
    write("e/services.csv", "id,demand\nshop,150\n");
    let scenario = |demand: u32| {
        format!(
            "inventory = \"e\"\n[[load]]\nname = \"today\"\ndemand = {{ shop = {demand} }}\n\
             [[policy]]\nname = \"n-1\"\nsurvives = 1\n[[policy]]\nname = \"n-0\"\nsurvives = 0\n"
        )
    };
    let old = write("old.toml", &scenario(150));
    let new = write("new.toml", &scenario(250));
    (old, new)
}

#[test]
fn two_scenarios_are_assessed_and_compared_verdict_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let (old, new) = scenarios(folder.path());
    let (code, json, faults) = run(&["diff", &old, &new, "--fail-on-worse", "--format", "json"]);
    assert_eq!(code, 1, "{faults}");
    let diff: Value = serde_json::from_str(&json).expect("JSON");
    let expected = serde_json::json!({"old": "holds", "new": "breached"});
    assert_eq!(diff["verdict"], expected);
    let expected = serde_json::json!([{
        "name": "n-1", "old": true, "new": false, "old_breaches": 0, "new_breaches": 3
    }]);
    assert_eq!(diff["policies"], expected);
    // 300 for 150 and for 250.
    let headroom = &diff["headroom"][0];
    let of = |side: &str| headroom[side].as_f64().expect("a number");
    assert!((of("old") - 1.0).abs() < 1e-12 && (of("new") - 0.2).abs() < 1e-12);
    let counts = &diff["counts"][0];
    assert_eq!(
        (&counts["old"]["degraded"], &counts["new"]["degraded"]),
        (&0.into(), &3.into())
    );
    let (_, text, _) = run(&["diff", &old, &new]);
    let at = |what: &str| {
        text.find(what)
            .unwrap_or_else(|| panic!("no {what}: {text}"))
    };
    assert_eq!(at("Verdict: ✓ HOLDS → ✗ BREACHED."), 0);
    let order = [
        "✓ holds → ✗ breached (0 → 3 breaches): n-1",
        "HEADROOM",
        "+20 %",
        "✗/▲/! BEFORE",
        "4 new",
    ];
    assert!(order.map(at).is_sorted(), "{text}");
    // The same as of results that were written before.
    let written = |scenario: &str, name: &str| {
        let path = folder.path().join(name).to_string_lossy().into_owned();
        run(&["assess", scenario, "-o", &path]);
        path
    };
    let (old, new) = (written(&old, "old"), written(&new, "new"));
    let (_, json, _) = run(&["diff", &old, &new, "--format", "json"]);
    let results: Value = serde_json::from_str(&json).expect("JSON");
    for field in ["verdict", "policies", "headroom", "counts", "changes"] {
        assert_eq!(results[field], diff[field], "{field}");
    }
    let rows = |table: &str| {
        let (_, csv, _) = run(&["diff", &old, &new, "--format", "csv", "--table", table]);
        csv.lines().count()
    };
    assert_eq!(["policies", "headroom", "counts"].map(rows), [2, 2, 2]);
    for format in ["markdown", "html"] {
        let (_, told, _) = run(&["diff", &old, &new, "--format", format]);
        assert!(told.contains("HOLDS → ✗ BREACHED"), "{format}: {told}");
    }
    let (_, same, _) = run(&["diff", &old, &old]);
    assert!(same.starts_with("Verdict: ✓ HOLDS as before."), "{same}");
}

#[test]
fn a_minimal_set_that_is_gone_is_not_called_ok() {
    let folder = tempfile::tempdir().expect("a folder");
    let (old, new) = scenarios(folder.path());
    // At 250 any lost server harms; at 150 none does by itself, and the base state is at-risk with `c` out.
    let (old, new) = (new, old);
    let at_risk = fs::read_to_string(&new).expect("there");
    fs::write(
        &new,
        format!("down = [\"c\"]\n{at_risk}").replace("150", "80"),
    )
    .expect("written");
    let rows = |format: &[&str]| {
        let (code, out, faults) = run(&[&["diff", &old, &new], format].concat());
        assert_eq!(code, 0, "{faults}");
        out
    };
    let text = rows(&[]);
    let gone = text
        .lines()
        .find(|l| l.starts_with("  fixed") && l.contains(" a "));
    let gone = gone.unwrap_or_else(|| panic!("{text}"));
    assert!(
        gone.ends_with("no minimal set") && !gone.contains("✓ ok"),
        "{text}"
    );
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("the service is ok or at-risk then"), "{text}");
    let csv = rows(&["--format", "csv"]);
    let header: Vec<&str> = csv.lines().next().unwrap_or_default().split(',').collect();
    let at = |name: &str| header.iter().position(|h| *h == name).expect("a column");
    let fixed = csv.lines().find(|l| l.starts_with("fixed,shop,today,a,"));
    let fixed: Vec<&str> = fixed
        .unwrap_or_else(|| panic!("{csv}"))
        .split(',')
        .collect();
    assert_eq!(
        (
            fixed[at("old_status")],
            fixed[at("new_status")],
            fixed[at("new_delivered")]
        ),
        ("degraded", "no minimal set", "")
    );
    for format in ["markdown", "html"] {
        let said = rows(&["--format", format]);
        assert!(
            said.contains("no minimal set") && said.contains("at-risk then"),
            "{said}"
        );
    }
}

/// Every number that is no count is multiplied.
fn shake(value: &mut Value, by: f64) {
    match value {
        Value::Number(n) if n.is_f64() => *value = (n.as_f64().expect("a number") * by).into(),
        Value::Array(all) => all.iter_mut().for_each(|v| shake(v, by)),
        Value::Object(all) => all.values_mut().for_each(|v| shake(v, by)),
        _ => {}
    }
}

#[test]
fn what_differs_by_rounding_is_not_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let (old, _) = scenarios(folder.path());
    let path = folder.path().join("old").to_string_lossy().into_owned();
    run(&["assess", &old, "-o", &path]);
    let file = folder.path().join("old/result.json");
    let mut value: Value = serde_json::from_slice(&fs::read(&file).expect("read")).expect("JSON");
    let compared = |by: f64, value: &mut Value| -> Value {
        shake(value, by);
        let other = folder.path().join("other.json");
        fs::write(&other, value.to_string()).expect("written");
        let other = other.to_string_lossy().into_owned();
        let (_, json, faults) = run(&["diff", &path, &other, "--format", "json"]);
        serde_json::from_str(&json).unwrap_or_else(|e| panic!("{e}: {faults}"))
    };
    let rounded = compared(1.0 - 1e-12, &mut value.clone());
    for list in ["policies", "headroom", "counts", "changes", "chances"] {
        assert_eq!(rounded[list], Value::Array(Vec::new()), "{list}");
    }
    assert_eq!(rounded["inventory"]["resized"], Value::Array(Vec::new()));
    let other = compared(1.0 - 1e-6, &mut value);
    assert_ne!(other["headroom"], Value::Array(Vec::new()));
    assert_ne!(other["inventory"]["resized"], Value::Array(Vec::new()));
}

#[test]
fn another_inventory_fails_other_elements_without_a_note() {
    let dir = tempfile::tempdir().unwrap();
    let scenario = |name: &str, servers: u32, more: &str| {
        let folder = dir.path().join(name);
        fs::create_dir(&folder).unwrap();
        let (mut components, mut needs) = (
            "id,kind,capacity\n".to_owned(),
            "consumer,provider,group,need\n".to_owned(),
        );
        for i in 0..servers {
            components += &format!("s-{i},server,100\n");
            needs += &format!("web,s-{i},servers,any\n");
        }
        fs::write(folder.join("components.csv"), components).unwrap();
        fs::write(folder.join("services.csv"), "id,demand\nweb,150\n").unwrap();
        fs::write(folder.join("dependencies.csv"), needs).unwrap();
        let text = format!("inventory = \".\"\n{more}");
        fs::write(folder.join("scenario.toml"), text).unwrap();
        folder.join("scenario.toml").to_str().unwrap().to_owned()
    };
    let policy = "[[policy]]\nname = \"p\"\nsurvives = 1\n";
    let one = scenario("one", 2, policy);
    let other = scenario("other", 3, policy);
    let few = scenario(
        "few",
        3,
        &format!("[sweep]\nelements = [\"s-0\"]\n{policy}"),
    );
    let note = "different numbers of elements";
    let told = |args: &[&str]| {
        let (_, text, notes) = run(args);
        text + &notes
    };
    let text = told(&["diff", &one, &other]);
    assert!(!text.contains(note), "{text}");
    assert!(text.contains("(2 → 0 breaches)"), "{text}");
    let text = told(&["diff", &other, &few]);
    assert!(text.contains(note), "{text}");
    // Both servers break it; one of them alone is one breach.
    let half = scenario(
        "half",
        2,
        &format!("[sweep]\nelements = [\"s-0\"]\n{policy}"),
    );
    let text = told(&["diff", &other, &half]);
    assert!(text.contains("(0 → 1 breach)"), "{text}");
}
