//! `verify` from outside: the same, changed inputs, changed results, hostile results.

use assert_cmd::Command;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
}

fn run(folder: &Path, args: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_brownout"));
    let output = command.args(args).current_dir(folder).output().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

const SCENARIO: &str = "inventory = \"e\"\ndown = [\"a\"]\n\
     [[policy]]\nname = \"p\"\nservices = [\"shop\"]\nsurvives = 1\n\
     [[waiver]]\npolicy = \"p\"\nservice = \"shop\"\nelements = [\"b\"]\nreason = \"r\"\n\
     owner = \"o\"\nexpires = \"2031-01-01\"\n";

/// A folder with an estate, a scenario, and the report of an assessment.
fn report(extra: &[&str]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::create_dir(at("e")).unwrap();
    fs::write(
        at("e/components.csv"),
        "id,kind,capacity\na,server,100\nb,server,100\nc,server,100\n",
    )
    .unwrap();
    fs::write(
        at("e/dependencies.csv"),
        "consumer,provider,group,need\nshop,a,g,any\nshop,b,g,\nshop,c,g,\n",
    )
    .unwrap();
    fs::write(at("e/services.csv"), "id,demand\nshop,150\n").unwrap();
    fs::write(at("s.toml"), SCENARIO).unwrap();
    let args = [&["assess", "s.toml", "-o", "r"], extra].concat();
    let ran = run(dir.path(), &args);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    dir
}

fn verify(folder: &Path, args: &[&str]) -> (i32, Value) {
    let ran = run(folder, &[&["verify", "--format", "json"], args].concat());
    let value = serde_json::from_str(&ran.stdout);
    (
        ran.code,
        value.unwrap_or_else(|e| panic!("{e}: {}", ran.stderr)),
    )
}

fn edit(path: PathBuf, change: impl FnOnce(&mut Value)) {
    let mut value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut value);
    let mut text = serde_json::to_string_pretty(&value).unwrap();
    text.push('\n');
    fs::write(path, text).unwrap();
}

#[test]
fn a_report_comes_out_the_same_from_anywhere() {
    let dir = report(&["--threads", "1", "--quiet"]);
    let (code, v) = verify(dir.path(), &["r"]);
    assert_eq!((code, &v["same"]), (0, &json!(true)), "{v:#}");
    assert_eq!(v["schema"], "brownout/verify/1");
    assert_eq!(v["command"], json!(["brownout", "assess", "s.toml"]));
    assert_eq!(v["input_checks"].as_array().unwrap().len(), 4);
    assert!(v["files"].as_array().unwrap().len() > 5);
    let elsewhere = tempfile::tempdir().unwrap();
    let (base, result) = (dir.path(), dir.path().join("r/result.json"));
    let (code, v) = verify(
        elsewhere.path(),
        &[result.to_str().unwrap(), "--base", base.to_str().unwrap()],
    );
    assert_eq!((code, &v["result_same"]), (0, &json!(true)));
    let text = run(base, &["verify", "r"]);
    assert!(
        text.stdout
            .starts_with("✓ the same: 4 of 4 inputs are as recorded")
    );
}

#[test]
fn the_result_is_the_same_for_any_threads_folder_and_form() {
    let one = report(&["--threads", "1"]);
    let two = report(&["--threads", "4", "--format", "json"]);
    let bytes = |dir: &TempDir| fs::read(dir.path().join("r/result.json")).unwrap();
    assert_eq!(bytes(&one), bytes(&two));
    let ran = run(one.path(), &["assess", "s.toml", "--format", "json"]);
    assert_eq!(ran.stdout.as_bytes(), bytes(&one));
}

#[test]
fn a_stamp_is_kept_and_still_verifies() {
    let dir = report(&["--stamp"]);
    let bytes = fs::read(dir.path().join("r/result.json")).unwrap();
    let result: Value = serde_json::from_slice(&bytes).unwrap();
    let stamp = result["evidence"]["stamp"].as_str().unwrap();
    assert!(stamp.ends_with('Z') && stamp.len() == 20, "{stamp}");
    assert_eq!(verify(dir.path(), &["r"]).0, 0);
    let plain = report(&[]);
    let bytes = fs::read(plain.path().join("r/result.json")).unwrap();
    let result: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(result["evidence"]["stamp"], Value::Null);
}

#[test]
fn a_changed_input_is_named_and_what_it_changes() {
    let dir = report(&[]);
    fs::write(dir.path().join("e/services.csv"), "id,demand\nshop,160\n").unwrap();
    let (code, v) = verify(dir.path(), &["r"]);
    assert_eq!(code, 1);
    let changed = v["input_checks"].as_array().unwrap().iter();
    let changed: Vec<_> = changed.filter(|i| i["same"] == json!(false)).collect();
    assert_eq!(changed.len(), 1);
    assert_eq!(changed[0]["path"], "e/services.csv");
    let fields = v["differences"].as_array().unwrap().iter();
    let fields: Vec<_> = fields.map(|d| d["field"].as_str().unwrap()).collect();
    assert!(fields.contains(&"base[0].services[0].demand"), "{fields:?}");
    let text = run(dir.path(), &["verify", "r"]).stdout;
    assert!(text.contains("e/services.csv has changed"), "{text}");
}

#[test]
fn inputs_that_are_gone_or_broken_are_different() {
    let dir = report(&[]);
    fs::write(dir.path().join("e/services.csv"), "id,demand\nshop,-1\n").unwrap();
    let (code, v) = verify(dir.path(), &["r"]);
    assert_eq!((code, &v["ran"]), (1, &json!(false)));
    assert!(v["reason"].as_str().unwrap().contains("not valid now"));
    fs::remove_file(dir.path().join("e/services.csv")).unwrap();
    let (code, v) = verify(dir.path(), &["r"]);
    assert_eq!((code, &v["input_checks"][2]["found"]), (1, &Value::Null));
    let nowhere = tempfile::tempdir().unwrap();
    let result = dir.path().join("r");
    let ran = run(nowhere.path(), &["verify", result.to_str().unwrap()]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("--base"), "{}", ran.stderr);
}

#[test]
fn an_edited_result_is_found_out() {
    let dir = report(&[]);
    edit(dir.path().join("r/result.json"), |v| {
        v["policies"][0]["holds"] = json!(true);
        v["policies"][0]["breaches"][0]["delivered"] = json!(0.99);
    });
    let (code, v) = verify(dir.path(), &["r"]);
    assert_eq!(code, 1);
    assert_eq!(
        v["differences"][0],
        json!({"field": "policies[0].holds", "recorded": "true", "now": "false"})
    );
    assert_eq!(
        v["differences"][1]["field"],
        "policies[0].breaches[0].delivered"
    );
}

#[test]
fn an_edited_page_is_found_out() {
    let dir = report(&[]);
    let path = dir.path().join("r/policies.csv");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("breach", "peach")).unwrap();
    let (code, v) = verify(dir.path(), &["r"]);
    assert_eq!((code, &v["result_same"]), (1, &json!(true)));
    let files = v["files"].as_array().unwrap().iter();
    let other: Vec<_> = files.filter(|f| f["same"] == json!(false)).collect();
    assert_eq!(other.len(), 1);
    assert_eq!(other[0]["name"], "policies.csv");
}

#[test]
fn hostile_results_are_refused_and_nothing_is_written() {
    let dir = report(&[]);
    let path = dir.path().join("r/result.json");
    let sound: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let mut texts = vec![
        String::new(),
        "null".to_owned(),
        "[]".to_owned(),
        "{\"schema\":\"brownout/assess/1\"}".to_owned(),
        "{\"schema\":\"brownout/assess/1\",\"x\":1e999}".to_owned(),
        format!("{{\"schema\":\"brownout/assess/1\",\"x\":{deep}}}"),
        "{\"schema\":\"brownout/whatif/1\"}".to_owned(),
        "{\"schema\":7}".to_owned(),
        "\u{feff}{}".to_owned(),
    ];
    let mut with = |change: &dyn Fn(&mut Value)| {
        let mut value = sound.clone();
        change(&mut value);
        texts.push(value.to_string());
    };
    with(&|v| v["evidence"] = Value::Null);
    with(&|v| v["policies"] = json!("all of them"));
    with(&|v| v["evidence"]["command"] = json!([]));
    with(&|v| v["evidence"]["command"] = json!(["brownout", "init", "x"]));
    with(&|v| v["evidence"]["command"] = json!(["rm", "-rf", "r"]));
    with(&|v| v["evidence"]["command"] = json!(["brownout", "assess"]));
    with(&|v| v["evidence"]["command"] = json!(["brownout", "--help"]));
    with(&|v| v["inputs"] = json!([]));
    with(&|v| v["inputs"][0]["path"] = json!(17));
    for text in texts {
        fs::write(&path, &text).unwrap();
        let ran = run(dir.path(), &["verify", "r"]);
        let start: String = text.chars().take(60).collect();
        assert_eq!(ran.code, 2, "{start}: {}{}", ran.stdout, ran.stderr);
        assert!(
            ran.stdout.is_empty() && ran.stderr.starts_with("error"),
            "{}",
            ran.stderr
        );
        assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
    }
}

#[test]
fn a_result_that_names_other_files_writes_none_and_reads_no_devices() {
    let dir = report(&[]);
    let path = dir.path().join("r/result.json");
    edit(path.clone(), |v| {
        v["evidence"]["command"] = json!(["brownout", "assess", "s.toml", "-o", "out"]);
    });
    let (code, _) = verify(dir.path(), &["r"]);
    assert_eq!(code, 1);
    assert!(!dir.path().join("out").exists());
    edit(path, |v| {
        v["evidence"]["command"] = json!(["brownout", "assess", "/dev/zero"]);
        v["inputs"][0]["path"] = json!("/dev/zero");
    });
    let (code, v) = verify(dir.path(), &["r"]);
    assert_eq!((code, &v["input_checks"][0]["found"]), (1, &Value::Null));
}
