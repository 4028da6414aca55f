//! What pipelines read: JUnit XML, SARIF, Markdown, and the schemas of the results. Hostile names pass
//! through all of them.

mod hostile;
mod junit;
mod sarif;
mod schema;

use crate::program::run;
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

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What an assessment writes for pipelines.
struct Written {
    junit: String,
    sarif: Value,
    /// The result itself.
    json: Value,
}

fn written(folder: &Path, scenario: &str) -> Written {
    let out = tempfile::tempdir().expect("a folder");
    let path = |name: &str| out.path().join(name).to_string_lossy().into_owned();
    let (junit, sarif) = (path("junit.xml"), path("brownout.sarif"));
    let args = ["assess", scenario, "--as-of", "2026-12-01", "--quiet"];
    let files = ["--junit", &junit, "--sarif", &sarif, "--format", "json"];
    let (code, json, faults) = run(folder, &[&args[..], &files].concat());
    assert!(code == 0 || code == 1 || code == 3, "{faults}");
    let read = |path: &str| fs::read_to_string(path).unwrap_or_else(|e| panic!("{e}: {faults}"));
    let parsed = |text: &str| serde_json::from_str(text).expect("JSON");
    Written {
        junit: read(&junit),
        sarif: parsed(&read(&sarif)),
        json: parsed(&json),
    }
}

/// The same of every scenario that ships, by its path: some take long, so it is done once for all tests.
fn shipped() -> &'static BTreeMap<String, Written> {
    static ALL: OnceLock<BTreeMap<String, Written>> = OnceLock::new();
    ALL.get_or_init(|| {
        let all = scenarios().into_iter();
        all.map(|scenario| {
            let written = written(project(), &scenario);
            (scenario, written)
        })
        .collect()
    })
}

/// A cell of a CSV file.
fn cell(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// A string of a TOML file.
fn string(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A name without the characters that nobody sees: no id may hold one.
fn seen(name: &str) -> String {
    let hidden =
        |c: char| c.is_control() || matches!(c, '\u{200b}'..='\u{202e}' | '\u{feff}' | '\u{ffff}');
    name.replace(hidden, "_")
}

/// An estate whose every name is hostile, and a scenario that breaches and waives.
fn hostile() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let estate = folder.path().join("estate #1");
    fs::create_dir(&estate).expect("a folder");
    let long = "x@".repeat(5000);
    let mut components = String::from("id,kind,capacity\n");
    let mut services = String::from("id,name,tier,demand\n");
    let mut dependencies = String::from("consumer,provider,group,need\n");
    for (i, name) in HOSTILE.iter().chain([&long.as_str()]).enumerate() {
        // Ids show every character; a name for people may hold what nobody sees.
        let raw = cell(name);
        let name = &seen(name);
        let (server, spare) = (cell(&format!("{name} s")), cell(&format!("{name} t")));
        let (service, kind) = (cell(&format!("{name} v")), cell(name));
        components.push_str(&format!("{server},{kind},{}\n{spare},{kind},50\n", 60 + i));
        services.push_str(&format!("{service},{raw},1,100\n"));
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
        third = string(&seen(HOSTILE[5])),
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

/// The first faults that a schema finds.
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
