//! Every result keeps the schema that the program gives for it.

use super::*;

fn schema(kind: Option<&str>) -> (Value, jsonschema::Validator) {
    let args: Vec<&str> = std::iter::once("schema").chain(kind).collect();
    let (code, text, faults) = run(project(), &args);
    assert_eq!(code, 0, "{faults}");
    let schema: Value = serde_json::from_str(&text).expect("JSON");
    let meta = jsonschema::meta::validate(&schema);
    assert!(meta.is_ok(), "{kind:?} is no schema");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    (schema, validator)
}

/// A result of every command.
fn results(folder: &Path) -> Vec<(&'static str, Value)> {
    let mut all = Vec::new();
    let scenarios = scenarios();
    let assessed = shipped().values();
    all.extend(assessed.map(|written| ("assess", written.json.clone())));
    let asked: [(&str, &[&str]); 6] = [
        ("check", &[]),
        ("whatif", &[]),
        ("sweep", &["--order", "1"]),
        ("simulate", &["--trials", "2000", "--no-at-risk"]),
        ("load", &[]),
        ("explain", &[]),
    ];
    // What to explain in each scenario: its first service.
    let mut services: BTreeMap<&str, String> = BTreeMap::new();
    for (command, extra) in asked {
        // A forecast takes long in all commands; once is enough.
        for scenario in &scenarios {
            if scenario.contains("forecast") && command != "load" && command != "check" {
                continue;
            }
            let service = services
                .get(scenario.as_str())
                .filter(|_| command == "explain");
            let args = [
                &[command, scenario],
                extra,
                &service.map(String::as_str).into_iter().collect::<Vec<_>>(),
                &["--format", "json", "--quiet"],
            ]
            .concat();
            let (_, json, faults) = run(project(), &args);
            let value: Value =
                serde_json::from_str(&json).unwrap_or_else(|e| panic!("{e}: {faults}"));
            if command == "whatif" {
                let first = value["services"][0]["id"].as_str();
                services.insert(scenario, first.expect("a service").to_owned());
            }
            all.push((command, value));
        }
    }
    for (name, command) in [("old.json", "simulate"), ("new.json", "assess")] {
        let found = all
            .iter()
            .rev()
            .find(|(c, _)| *c == command)
            .expect("a result");
        fs::write(folder.join(name), found.1.to_string()).expect("written");
    }
    let (code, json, faults) = run(
        folder,
        &["diff", "new.json", "new.json", "--format", "json"],
    );
    assert_eq!(code, 0, "{faults}");
    all.push(("diff", serde_json::from_str(&json).expect("JSON")));
    let out = folder.join("report").to_string_lossy().into_owned();
    let args = [
        "assess",
        "scenarios/quarter-end.toml",
        "--as-of",
        "2026-12-01",
        "--quiet",
        "-o",
    ];
    run(project(), &[&args[..], &[&out]].concat());
    let (code, json, faults) = run(project(), &["verify", &out, "--format", "json", "--quiet"]);
    assert_eq!(code, 0, "{faults}");
    all.push(("verify", serde_json::from_str(&json).expect("JSON")));
    for (command, scenario) in [
        ("plan", "examples/plan/scenario.toml"),
        ("maintenance", "examples/maintenance/scenario.toml"),
    ] {
        let (_, json, faults) = run(
            project(),
            &[command, scenario, "--format", "json", "--quiet"],
        );
        let value = serde_json::from_str(&json).unwrap_or_else(|e| panic!("{e}: {faults}"));
        all.push((command, value));
    }
    let (_, json, _) = run(project(), &["check", "nowhere", "--format", "json"]);
    all.push((
        "check",
        serde_json::from_str(&json).expect("faults as JSON"),
    ));
    all
}

#[test]
fn every_result_keeps_its_schema() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_, any) = schema(None);
    let mut seen = BTreeMap::new();
    for (command, value) in results(folder.path()) {
        let (_, own) = seen.entry(command).or_insert_with(|| schema(Some(command)));
        assert_eq!(faults(own, &value), Vec::<String>::new(), "{command}");
        assert!(any.is_valid(&value), "{command}: the schema of any result");
        let mut broken = value.clone();
        broken["schema"] = Value::from("brownout/other/1");
        assert!(
            !own.is_valid(&broken) && !any.is_valid(&broken),
            "{command}"
        );
        let mut lacking = value;
        lacking
            .as_object_mut()
            .expect("an object")
            .remove("warnings");
        assert!(!own.is_valid(&lacking), "{command}: a field is missing");
    }
    assert_eq!(seen.len(), 11, "every result has a schema");
}

#[test]
fn a_format_that_a_command_lacks_is_refused_before_it_works() {
    for command in ["sweep", "whatif", "check"] {
        let args = [command, "nowhere", "--format", "html"];
        let (code, out, faults) = run(project(), &args);
        assert_eq!((code, out.as_str()), (2, ""));
        assert!(faults.contains("does not write html"), "{faults}");
    }
}
