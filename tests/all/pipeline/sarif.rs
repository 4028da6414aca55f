//! SARIF keeps its published schema, and points at the right lines.

use super::*;

/// The published schema of SARIF 2.1.0, as the crate `serde-sarif` ships it.
fn sarif_schema() -> &'static jsonschema::Validator {
    static SCHEMA: OnceLock<jsonschema::Validator> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let path = crate_folder("serde-sarif").join("src/schema.json");
        let text = fs::read_to_string(path).expect("the schema of serde-sarif");
        let mut schema: Value = serde_json::from_str(&text).expect("JSON");
        // The pattern of a property that is not written; as published it is no regular
        // expression of JSON Schema: it closes a bracket that it never opened.
        for of in ["run", "toolComponent"] {
            let path = format!("/definitions/{of}/properties/language");
            let language = schema.pointer_mut(&path).and_then(Value::as_object_mut);
            language.expect("a property").remove("pattern");
        }
        let validator = jsonschema::options().should_validate_formats(true);
        validator.build(&schema).expect("a schema")
    })
}

/// Where the source of a dependency is.
fn crate_folder(name: &str) -> PathBuf {
    let metadata = crate::dependencies::metadata();
    let mut packages = metadata["packages"].as_array().expect("packages").iter();
    let package = packages.find(|p| p["name"] == name).expect("a dependency");
    let manifest = Path::new(package["manifest_path"].as_str().expect("a path"));
    manifest.parent().expect("a folder").to_owned()
}

/// Holds a log against the schema, and against the types made from it.
pub(super) fn check_sarif(name: &str, log: &Value) {
    let schema = sarif_schema();
    assert_eq!(faults(schema, log), Vec::<String>::new(), "{name}");
    let typed: serde_sarif::sarif::Sarif = serde_json::from_value(log.clone()).expect("SARIF");
    assert_eq!(typed.runs.len(), 1);
}

#[test]
fn sarif_keeps_its_published_schema() {
    for (scenario, written) in shipped() {
        check_sarif(scenario, &written.sarif);
    }
    let schema = sarif_schema();
    let mut log = shipped()["scenarios/quarter-end-one-down.toml"]
        .sarif
        .clone();
    log["runs"][0]["results"][0]["message"] = Value::Null;
    assert!(!schema.is_valid(&log), "the check can fail");
}

#[test]
fn every_breach_is_a_result_of_its_policy() {
    let Written {
        sarif: log,
        json: assessed,
        ..
    } = &shipped()["scenarios/quarter-end-one-down.toml"];
    let results = log["runs"][0]["results"].as_array().expect("results");
    let rules = log["runs"][0]["tool"]["driver"]["rules"]
        .as_array()
        .expect("rules");
    let mut breaches = 0;
    for policy in assessed["policies"].as_array().expect("policies") {
        let name = policy["name"].as_str().expect("a name");
        let rule = rules.iter().find(|r| r["shortDescription"]["text"] == name);
        let rule = &rule.unwrap_or_else(|| panic!("no rule for {name}"))["id"];
        let all = results.iter().filter(|r| r["ruleId"] == *rule);
        let (waived, open): (Vec<&Value>, Vec<&Value>) = all.partition(|r| {
            let suppressions = r["suppressions"].as_array();
            suppressions.is_some_and(|s| !s.is_empty())
        });
        let count = |key: &str| policy[key].as_array().map_or(0, Vec::len);
        assert_eq!(open.len(), count("breaches"), "{name}");
        assert_eq!(waived.len(), count("waived"), "{name}");
        breaches += open.len();
    }
    assert!(breaches > 0, "the scenario is breached");
}

#[test]
fn a_result_stands_at_the_line_of_what_fails() {
    let log = &shipped()["scenarios/quarter-end-one-down.toml"].sarif;
    let results = log["runs"][0]["results"].as_array().expect("results");
    let mut seen = 0;
    for result in results {
        assert!(
            !result["locations"]
                .as_array()
                .expect("locations")
                .is_empty()
        );
        let rule = result["ruleIndex"].as_u64().expect("an index");
        let rules = &log["runs"][0]["tool"]["driver"]["rules"];
        assert_eq!(
            rules[usize::try_from(rule).expect("small")]["id"],
            result["ruleId"]
        );
        let related = result["relatedLocations"].as_array();
        let all = result["locations"]
            .as_array()
            .into_iter()
            .chain(related)
            .flatten();
        for location in all {
            let id = location["logicalLocations"][0]["name"]
                .as_str()
                .expect("an id");
            let place = &location["physicalLocation"];
            let uri = place["artifactLocation"]["uri"].as_str().expect("a path");
            let line = place["region"]["startLine"].as_u64().expect("a line");
            let text = fs::read_to_string(project().join(uri)).expect("the file");
            let at = usize::try_from(line).expect("small") - 1;
            let row = text.lines().nth(at).expect("the line");
            assert!(
                row.starts_with(&format!("{id},")),
                "{id} at {uri}:{line}: {row}"
            );
            seen += 1;
        }
    }
    assert!(seen > 10);
    let breach = &results[1];
    assert_eq!(
        breach["locations"][0]["logicalLocations"][0]["name"],
        "app-1"
    );
    let said = breach["message"]["text"].as_str().expect("text");
    assert!(
        said.contains("order-management at today is degraded (gets 57.1 %"),
        "{said}"
    );
}
