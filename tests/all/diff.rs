//! `diff` from outside, on the shipped estate: order server 3 fails and comes back.

use assert_cmd::Command;
use serde_json::Value;
use std::fs;
use std::path::Path;

fn run(args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_brownout"));
    let output = command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(args)
        .output()
        .expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    let code = output.status.code().expect("it ends by itself");
    (code, text(output.stdout), text(output.stderr))
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
    assert_eq!(there["schema"], "brownout/diff/1");
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
        ("other", r#"{"schema":"brownout/check/1"}"#),
        ("half", r#"{"schema":"brownout/sweep/1"}"#),
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
