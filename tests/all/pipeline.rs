//! What pipelines read: JUnit XML, SARIF, Markdown, and the schemas of the results. Hostile names pass
//! through all of them.

use assert_cmd::Command;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Names that would do harm where they are taken for more than text.
const HOSTILE: [&str; 6] = [
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>]]>&amp;\"'",
    "@org/team fixes #12 `code` **b** [x](http://evil.example) ![i](//e.example/i.png)",
    "\u{202e}gnp.exe\u{200b}\u{feff}\u{ffff}",
    "a | b {0} \\ ~~c~~ www.evil.example",
    "line\nbreak\r\tand\u{1b}[31m",
];

fn run(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_brownout"));
    let output = command.current_dir(folder).args(args).output();
    let output = output.expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    let code = output.status.code().expect("it ends by itself");
    (code, text(output.stdout), text(output.stderr))
}

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// JUnit and SARIF of an assessment.
fn files(folder: &Path, scenario: &str) -> (String, Value) {
    let out = tempfile::tempdir().expect("a folder");
    let path = |name: &str| out.path().join(name).to_string_lossy().into_owned();
    let (junit, sarif) = (path("junit.xml"), path("brownout.sarif"));
    let args = ["assess", scenario, "--as-of", "2026-12-01", "--quiet"];
    let (code, _, faults) = run(
        folder,
        &[&args[..], &["--junit", &junit, "--sarif", &sarif]].concat(),
    );
    assert!(code == 0 || code == 1 || code == 3, "{faults}");
    let read = |path: &str| fs::read_to_string(path).unwrap_or_else(|e| panic!("{e}: {faults}"));
    let sarif = serde_json::from_str(&read(&sarif)).expect("JSON");
    (read(&junit), sarif)
}

/// A cell of a CSV file.
fn cell(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// A string of a TOML file.
fn string(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// An estate whose every name is hostile, and a scenario that breaches and waives.
fn hostile() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let estate = folder.path().join("estate #1");
    fs::create_dir(&estate).expect("a folder");
    let long = "x@".repeat(5000);
    let mut components = String::from("id,kind,capacity\n");
    let mut services = String::from("id,tier,demand\n");
    let mut dependencies = String::from("consumer,provider,group,need\n");
    for (i, name) in HOSTILE.iter().chain([&long.as_str()]).enumerate() {
        let (server, spare) = (cell(&format!("{name} s")), cell(&format!("{name} t")));
        let (service, kind) = (cell(&format!("{name} v")), cell(name));
        components.push_str(&format!("{server},{kind},{}\n{spare},{kind},50\n", 60 + i));
        services.push_str(&format!("{service},1,100\n"));
        let group = cell(&format!("{name} g"));
        dependencies.push_str(&format!("{service},{server},{group},any\n"));
        dependencies.push_str(&format!("{service},{spare},{group},any\n"));
    }
    for (file, text) in [
        ("components.csv", components),
        ("services.csv", services),
        ("dependencies.csv", dependencies),
    ] {
        fs::write(estate.join(file), text).expect("written");
    }
    let (first, second) = (string(HOSTILE[1]), string(HOSTILE[2]));
    let scenario = format!(
        "name = {second}\ninventory = \"estate #1\"\n[[load]]\nname = {second}\npeak = true\n\
         [[policy]]\nname = {first}\nsurvives = 1\n[[policy]]\nname = {second}\nsurvives = 0\n\
         [[policy]]\nname = {third}\nmax_probability = {{ degraded = 0.1 }}\n\
         [[waiver]]\npolicy = {first}\nservice = {waived}\nreason = {second}\nowner = {second}\n\
         expires = \"2027-01-01\"\n",
        third = string(HOSTILE[5]),
        waived = string(&format!("{} v", HOSTILE[0])),
    );
    fs::write(folder.path().join("scenario.toml"), scenario).expect("written");
    (folder, "scenario.toml".to_owned())
}

/// Every scenario that ships.
fn scenarios() -> Vec<String> {
    let all = fs::read_dir(project().join("scenarios")).expect("the scenarios");
    let mut names: Vec<String> = all
        .map(|f| {
            f.expect("a file")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .filter(|name| Path::new(name).extension().is_some_and(|e| e == "toml"))
        .map(|name| format!("scenarios/{name}"))
        .collect();
    names.sort();
    assert!(names.len() >= 6);
    names
}

// --- SARIF --------------------------------------------------------------------------------------

/// The published schema of SARIF 2.1.0, as the crate `serde-sarif` ships it.
fn sarif_schema() -> Option<&'static jsonschema::Validator> {
    static SCHEMA: OnceLock<Option<jsonschema::Validator>> = OnceLock::new();
    SCHEMA
        .get_or_init(|| {
            let path = crate_folder("serde-sarif")?.join("src/schema.json");
            let text = fs::read_to_string(path).ok()?;
            let mut schema: Value = serde_json::from_str(&text).expect("JSON");
            // The pattern of a property that is not written; as published it is no regular
            // expression of JSON Schema: it closes a bracket that it never opened.
            for of in ["run", "toolComponent"] {
                let path = format!("/definitions/{of}/properties/language");
                let language = schema.pointer_mut(&path).and_then(Value::as_object_mut);
                language.expect("a property").remove("pattern");
            }
            let validator = jsonschema::options().should_validate_formats(true);
            Some(validator.build(&schema).expect("a schema"))
        })
        .as_ref()
}

/// Where the source of a dependency is.
fn crate_folder(name: &str) -> Option<PathBuf> {
    let output = std::process::Command::new(env!("CARGO"))
        .current_dir(project())
        .args(["metadata", "--format-version", "1", "--offline"])
        .output()
        .ok()?;
    let metadata: Value = serde_json::from_slice(&output.stdout).ok()?;
    let mut packages = metadata["packages"].as_array()?.iter();
    let package = packages.find(|p| p["name"] == name)?;
    let manifest = Path::new(package["manifest_path"].as_str()?);
    manifest.parent().map(Path::to_owned)
}

fn faults(validator: &jsonschema::Validator, value: &Value) -> Vec<String> {
    let all = validator.iter_errors(value);
    all.take(5)
        .map(|e| {
            format!("{}: {e}", e.instance_path())
                .chars()
                .take(300)
                .collect()
        })
        .collect()
}

/// Holds a log against the schema, and against the types made from it.
fn check_sarif(name: &str, log: &Value) {
    let Some(schema) = sarif_schema() else {
        println!("skipped: the source of serde-sarif, which has the schema, is not here");
        return;
    };
    assert_eq!(faults(schema, log), Vec::<String>::new(), "{name}");
    let typed: serde_sarif::sarif::Sarif = serde_json::from_value(log.clone()).expect("SARIF");
    assert_eq!(typed.runs.len(), 1);
}

#[test]
fn sarif_keeps_its_published_schema() {
    for scenario in scenarios() {
        let (_, log) = files(project(), &scenario);
        check_sarif(&scenario, &log);
    }
    let Some(schema) = sarif_schema() else { return };
    let (_, mut log) = files(project(), "scenarios/quarter-end-one-down.toml");
    log["runs"][0]["results"][0]["message"] = Value::Null;
    assert!(!schema.is_valid(&log), "the check can fail");
}

#[test]
fn a_result_stands_at_the_line_of_what_fails() {
    let (_, log) = files(project(), "scenarios/quarter-end-one-down.toml");
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

// --- JUnit --------------------------------------------------------------------------------------

/// What an element of the JUnit schema of Apache Ant's tasks (`JUnit.xsd` of Windy Road) must and may
/// have: required attributes, optional ones, children in their order.
type Rule = (
    &'static [&'static str],
    &'static [&'static str],
    &'static [&'static str],
);

fn rule(element: &str) -> Rule {
    match element {
        "testsuites" => (&[], &[], &["testsuite"]),
        "testsuite" => (
            &[
                "package",
                "id",
                "name",
                "timestamp",
                "hostname",
                "tests",
                "failures",
                "errors",
                "time",
            ],
            &["skipped"],
            &["properties", "testcase", "system-out", "system-err"],
        ),
        "properties" => (&[], &[], &["property"]),
        "property" => (&["name", "value"], &[], &[]),
        "testcase" => (
            &["name", "classname", "time"],
            &[],
            &["skipped", "error", "failure"],
        ),
        "error" | "failure" => (&["type"], &["message"], &[]),
        // Of any type in the schema.
        "skipped" => (&[], &["message"], &[]),
        "system-out" | "system-err" => (&[], &[], &[]),
        other => panic!("no element of JUnit: {other}"),
    }
}

/// The structure that the schema asks for. No library here reads XML Schema, so its rules are written
/// down again: attributes and their types, children and their order and number.
fn check_junit(node: roxmltree::Node<'_, '_>) {
    let name = node.tag_name().name();
    let (required, optional, children) = rule(name);
    for attribute in required {
        assert!(node.has_attribute(*attribute), "{name} lacks {attribute}");
    }
    for attribute in node.attributes() {
        let key = attribute.name();
        assert!(
            required.contains(&key) || optional.contains(&key),
            "{name} has {key}"
        );
        check_attribute(key, attribute.value());
    }
    let found: Vec<_> = node
        .children()
        .filter(roxmltree::Node::is_element)
        .collect();
    let place = |n: &roxmltree::Node<'_, '_>| {
        let name = n.tag_name().name();
        let place = children.iter().position(|c| *c == name);
        place.unwrap_or_else(|| panic!("{name} inside {}", node.tag_name().name()))
    };
    let places: Vec<usize> = found.iter().map(place).collect();
    assert!(places.is_sorted(), "children of {name} are out of order");
    let times = |child: &str| found.iter().filter(|n| n.has_tag_name(child)).count();
    match name {
        "testsuite" => {
            for once in ["properties", "system-out", "system-err"] {
                assert_eq!(times(once), 1, "{once}");
            }
            let cases: Vec<_> = found
                .iter()
                .filter(|n| n.has_tag_name("testcase"))
                .collect();
            let count = |child: &str| {
                let with =
                    |c: &&&roxmltree::Node<'_, '_>| c.children().any(|n| n.has_tag_name(child));
                cases.iter().filter(with).count().to_string()
            };
            assert_eq!(
                node.attribute("tests"),
                Some(cases.len().to_string().as_str())
            );
            let counted = [
                ("failures", "failure"),
                ("errors", "error"),
                ("skipped", "skipped"),
            ];
            for (attribute, child) in counted {
                assert_eq!(
                    node.attribute(attribute),
                    Some(count(child).as_str()),
                    "{attribute}"
                );
            }
        }
        "testcase" => assert!(found.len() <= 1, "one outcome"),
        _ => {}
    }
    found.into_iter().for_each(check_junit);
}

fn check_attribute(key: &str, value: &str) {
    match key {
        "id" | "tests" | "failures" | "errors" | "skipped" => {
            value
                .parse::<i32>()
                .unwrap_or_else(|e| panic!("{key}={value}: {e}"));
        }
        "time" => {
            let digits = value.chars().all(|c| c.is_ascii_digit() || c == '.');
            assert!(digits && !value.is_empty(), "{key}={value}");
        }
        "timestamp" => {
            let shape = "dddd-dd-ddTdd:dd:dd";
            let fits = |(c, s): (char, char)| if s == 'd' { c.is_ascii_digit() } else { c == s };
            assert!(
                value.len() == shape.len() && value.chars().zip(shape.chars()).all(fits),
                "{key}={value}"
            );
        }
        "name" | "hostname" | "package" | "classname" => {
            assert!(
                !value.trim().is_empty() && value.len() < 2000,
                "{key}={value}"
            );
        }
        _ => {}
    }
}

#[test]
fn junit_keeps_its_schema() {
    for scenario in scenarios() {
        let (xml, _) = files(project(), &scenario);
        let document = roxmltree::Document::parse(&xml).expect("XML");
        assert!(document.root_element().has_tag_name("testsuites"));
        check_junit(document.root_element());
    }
}

#[test]
fn a_case_per_policy_service_and_load_case() {
    let (xml, _) = files(project(), "scenarios/quarter-end-one-down.toml");
    let document = roxmltree::Document::parse(&xml).expect("XML");
    let failures: Vec<_> = document
        .descendants()
        .filter(|n| n.has_tag_name("failure"))
        .collect();
    assert_eq!(failures.len(), 2);
    let first = failures[0].attribute("message").expect("a message");
    let sentence = "order-management at quarter-end is degraded (gets 72.7 % of its demand) with \
                    app-3 out: app-1 must carry 550 and can carry 400 orders/min (137.5 %)";
    assert_eq!(first, sentence);
    let case = failures[1].parent().expect("a case");
    assert_eq!(case.attribute("name"), Some("order-management at today"));
    assert_eq!(
        failures[1].text().map(|t| t.lines().count()),
        Some(4),
        "every breach is told"
    );
    let (xml, _) = files(project(), "scenarios/maintenance-weekend.toml");
    let document = roxmltree::Document::parse(&xml).expect("XML");
    let skipped = document.descendants().find(|n| n.has_tag_name("skipped"));
    let why = skipped
        .and_then(|n| n.attribute("message"))
        .expect("a waiver");
    assert!(
        why.starts_with("accepted by ") && why.contains(" until "),
        "{why}"
    );
}

// --- Hostile names ------------------------------------------------------------------------------

#[test]
fn hostile_names_do_no_harm_in_junit_and_sarif() {
    let (folder, scenario) = hostile();
    let (xml, log) = files(folder.path(), &scenario);
    let document = roxmltree::Document::parse(&xml).expect("XML");
    check_junit(document.root_element());
    let cases = document
        .descendants()
        .filter(|n| n.has_tag_name("testcase"))
        .count();
    assert_eq!(cases, 3 * (HOSTILE.len() + 1), "no case is lost");
    let outcomes: BTreeMap<&str, usize> = ["failure", "error", "skipped"]
        .map(|o| {
            (
                o,
                document.descendants().filter(|n| n.has_tag_name(o)).count(),
            )
        })
        .into();
    assert!(outcomes.values().all(|&n| n > 0), "{outcomes:?}");
    assert!(
        visible(&xml.replace('\n', "")),
        "control characters in JUnit"
    );
    assert!(xml.len() < 100_000, "{} bytes", xml.len());

    check_sarif("hostile", &log);
    let text = log.to_string();
    assert!(visible(&text), "control characters in SARIF");
    let result = &log["runs"][0]["results"][0];
    let uri = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(uri, "estate%20%231/components.csv");
    let said = |r: &Value| r["message"]["text"].as_str().unwrap_or_default().to_owned();
    let all = log["runs"][0]["results"].as_array().expect("results");
    let linked = all.iter().map(said).find(|m| m.contains("evil.example"));
    let linked = linked.expect("a result of that service");
    assert!(linked.contains("\\[x\\]("), "no link: {linked}");
    let suppressed = all.iter().filter(|r| r["suppressions"].is_array()).count();
    assert!(suppressed > 0);
}

/// No control, direction-changing or zero-width character.
fn visible(text: &str) -> bool {
    text.chars().all(|c| {
        !c.is_control() && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{ffff}')
    })
}

#[test]
fn hostile_names_do_no_harm_in_markdown() {
    let (folder, scenario) = hostile();
    let args = [
        "assess",
        &scenario,
        "--as-of",
        "2026-12-01",
        "--quiet",
        "--format",
        "markdown",
    ];
    let (_, comment, faults) = run(folder.path(), &args);
    assert!(comment.starts_with("### ✗ BREACHED "), "{comment}{faults}");
    assert!(comment.chars().count() < 65_536, "fits into a comment");
    // Left after what the program itself writes is taken away: its tables, code and emphasis.
    for line in comment.lines() {
        assert!(visible(line), "{line}");
        let quiet = line.replace("<code>", "").replace("</code>", "");
        let quiet = quiet.replace("<sub>", "").replace("</sub>", "");
        for mark in ["<", "@", "](", "://", "~~", "www.", "{", " #12"] {
            assert!(!quiet.contains(mark), "{mark} in {line}");
        }
    }
    let rows: Vec<&str> = comment.lines().filter(|l| l.starts_with('|')).collect();
    assert_eq!(rows.len(), 2 + HOSTILE.len() + 1);
    let cells = |row: &str| row.matches('|').count();
    assert!(rows.iter().all(|r| cells(r) == cells(rows[0])), "{rows:#?}");
}

#[test]
fn hostile_names_do_no_harm_in_a_comparison() {
    let (folder, scenario) = hostile();
    let write = |name: &str, extra: &[&str]| {
        let args = [&["sweep", &scenario, "--format", "json", "--quiet"], extra].concat();
        let (_, json, faults) = run(folder.path(), &args);
        assert!(!json.is_empty(), "{faults}");
        fs::write(folder.path().join(name), json).expect("written");
    };
    write("old.json", &[]);
    // The peak of the new one is half of what it was.
    let path = folder.path().join("estate #1/services.csv");
    let text = fs::read_to_string(&path).expect("the services");
    fs::write(&path, text.replace(",1,100\n", ",1,20\n")).expect("written");
    write("new.json", &[]);
    for format in ["text", "markdown", "csv", "html"] {
        let (code, out, faults) = run(
            folder.path(),
            &["diff", "old.json", "new.json", "--format", format],
        );
        assert_eq!(code, 0, "{faults}");
        assert!(
            visible(&out.replace('\n', "")) || format == "csv",
            "{format}"
        );
        match format {
            "html" => {
                assert_eq!(out.matches("<script").count(), 1);
                assert!(!out.contains("alert(1)</script>"));
                assert!(!out.contains("src=\"") && !out.contains("href=\"http"));
            }
            "csv" => {
                let mut rows = csv::Reader::from_reader(out.as_bytes());
                for row in rows.records() {
                    for cell in &row.expect("a row") {
                        assert!(
                            !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
                            "{cell}"
                        );
                    }
                }
            }
            "markdown" => assert!(!out.contains('@') && !out.contains("://"), "{out}"),
            _ => {}
        }
    }
}

// --- Schemas of the results ---------------------------------------------------------------------

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
    let asked: [(&str, &[&str]); 7] = [
        ("check", &[]),
        ("whatif", &[]),
        ("sweep", &["--order", "1"]),
        ("simulate", &["--trials", "2000", "--no-at-risk"]),
        ("assess", &["--as-of", "2026-12-01"]),
        ("load", &[]),
        ("explain", &["email"]),
    ];
    for (command, extra) in asked {
        // A forecast takes long in all commands; once is enough.
        for scenario in &scenarios {
            if scenario.contains("forecast") && command != "load" && command != "check" {
                continue;
            }
            let args = [
                &[command, scenario],
                extra,
                &["--format", "json", "--quiet"],
            ]
            .concat();
            let (_, json, faults) = run(project(), &args);
            let value: Value =
                serde_json::from_str(&json).unwrap_or_else(|e| panic!("{e}: {faults}"));
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
    assert_eq!(seen.len(), 9, "every result has a schema");
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
