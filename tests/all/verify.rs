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
    assert_eq!(v["schema"], "brownout/verify/2");
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
            .starts_with("✓ the same: all 4 inputs are as recorded")
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
fn an_interrupted_run_is_called_one() {
    let dir = report(&[]);
    let early = dir.path().join("early.json");
    fs::copy(dir.path().join("r/result.json"), &early).unwrap();
    edit(early, |v| v["verdict"]["interrupted"] = json!(true));
    let ran = run(dir.path(), &["report", "early.json", "-o", "early"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let (code, v) = verify(dir.path(), &["early"]);
    assert_eq!(
        (code, &v["ran"], &v["report_same"]),
        (3, &json!(false), &json!(true)),
        "{v:#}"
    );
    let text = run(dir.path(), &["verify", "early"]).stdout;
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        flat.starts_with("? not verified: all 4 inputs are as recorded;"),
        "{text}"
    );
    assert!(flat.contains("the recorded run was interrupted"), "{text}");
}

#[test]
fn an_input_that_came_in_is_no_change_of_the_report() {
    let dir = report(&[]);
    fs::write(dir.path().join("e/links.csv"), "id,a,b\nl,a,b\n").unwrap();
    let (code, v) = verify(dir.path(), &["r"]);
    assert_eq!(code, 1);
    assert_eq!(v["inputs_same"], json!(false));
    assert_eq!(v["report_same"], json!(true));
    let text = run(dir.path(), &["verify", "r"]).stdout;
    assert!(
        text.contains("e/links.csv was not read when the report was written"),
        "{text}"
    );
    assert!(!text.contains("from the same inputs"), "{text}");
    assert!(!text.contains("as recorded"), "{text}");
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
    let path = dir.path().join("r/table-policies.csv");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("breach", "peach")).unwrap();
    let (code, v) = verify(dir.path(), &["r"]);
    assert_eq!((code, &v["result_same"]), (1, &json!(true)));
    let files = v["files"].as_array().unwrap().iter();
    let other: Vec<_> = files.filter(|f| f["state"] != "same").collect();
    assert_eq!(other.len(), 1);
    let found = json!({"name": "table-policies.csv", "state": "changed", "as_written": false});
    assert_eq!(*other[0], found);
    assert_eq!(
        (&v["inputs_same"], &v["report_same"]),
        (&json!(true), &json!(false))
    );
}

/// What is wrong with the files of a report: `name: state`.
fn wrong(v: &Value) -> Vec<String> {
    let files = v["files"].as_array().unwrap().iter();
    let all = files.filter(|f| f["state"] != "same");
    let told = all.map(|f| format!("{}: {}", f["name"], f["state"]).replace('"', ""));
    told.collect()
}

#[test]
fn what_is_missing_or_does_not_belong_is_a_difference() {
    let changes: [(&str, &dyn Fn(&Path), &str); 5] = [
        ("report.txt", &|p| fs::remove_file(p).unwrap(), "missing"),
        ("SHA256SUMS", &|p| fs::remove_file(p).unwrap(), "missing"),
        ("notes.txt", &|p| fs::write(p, "mine").unwrap(), "foreign"),
        ("plots/more", &|p| fs::create_dir(p).unwrap(), "foreign"),
        (
            "table-growth.csv",
            &|p| fs::write(p, "old").unwrap(),
            "foreign",
        ),
    ];
    for (name, change, state) in changes {
        let dir = report(&[]);
        change(&dir.path().join("r").join(name));
        let (code, v) = verify(dir.path(), &["r"]);
        assert_eq!(code, 1, "{name}");
        assert_eq!(wrong(&v), [format!("{name}: {state}")]);
        assert_eq!(
            (&v["result_same"], &v["inputs_same"]),
            (&json!(true), &json!(true))
        );
        let text = run(dir.path(), &["verify", "r"]).stdout;
        assert!(text.contains(name), "{text}");
    }
}

#[cfg(unix)]
#[test]
fn pipes_and_links_are_named_and_never_read() {
    let dir = report(&[]);
    let at = |name: &str| dir.path().join(name);
    let pipe = |path: PathBuf| {
        let made = std::process::Command::new("mkfifo").arg(path).status();
        assert!(made.unwrap().success());
    };
    fs::remove_file(at("r/report.txt")).unwrap();
    pipe(at("r/report.txt"));
    fs::rename(at("r/report.html"), at("page")).unwrap();
    std::os::unix::fs::symlink("../page", at("r/report.html")).unwrap();
    let (code, v) = verify(dir.path(), &["r"]);
    assert_eq!(code, 1);
    assert_eq!(wrong(&v), ["report.html: special", "report.txt: special"]);
    pipe(at("pipe"));
    for args in [
        &["verify", "pipe"][..],
        &["diff", "pipe", "pipe"],
        &["report", "pipe"],
        &["merge", "pipe"],
    ] {
        let ran = run(dir.path(), args);
        assert_eq!(ran.code, 2, "{args:?}");
        assert!(ran.stderr.contains("no regular file"), "{}", ran.stderr);
    }
}

#[test]
fn a_changed_input_is_no_changed_report() {
    let dir = report(&[]);
    fs::write(dir.path().join("e/services.csv"), "id,demand\nshop,80\n").unwrap();
    let (code, v) = verify(dir.path(), &["r"]);
    assert_eq!((code, &v["inputs_same"]), (1, &json!(false)));
    assert_eq!((&v["report_same"], wrong(&v).len()), (&json!(true), 0));
    // 80 fits on one of the two servers that are left: the policy holds.
    let change = &v["changes"];
    assert_eq!(
        change["verdict"],
        json!({"old": "breached", "new": "holds"})
    );
    assert_eq!(change["policies"][0]["new"], json!(true));
    let text = run(dir.path(), &["verify", "r"]).stdout;
    assert!(
        text.starts_with("✗ different: 1 of 4 inputs has changed"),
        "{text}"
    );
    for said in [
        "the report is as it was written",
        "Verdict: ✗ BREACHED → ✓ HOLDS",
        "e/services.csv has changed",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(
        !text.contains("base[0]"),
        "no paths where services differ: {text}"
    );
    // Both: the report is changed as well.
    fs::write(dir.path().join("r/report.txt"), "all is well").unwrap();
    let (_, v) = verify(dir.path(), &["r"]);
    assert_eq!(wrong(&v), ["report.txt: changed"]);
}

#[test]
fn the_list_of_digests_is_that_of_the_files() {
    use sha2::{Digest, Sha256};
    let dir = report(&[]);
    let r = dir.path().join("r");
    let list = fs::read_to_string(r.join("SHA256SUMS")).unwrap();
    let mut listed: Vec<&str> = Vec::new();
    for line in list.lines() {
        let (digest, name) = line.split_once("  ").unwrap();
        let found = Sha256::digest(fs::read(r.join(name)).unwrap());
        let found = brownout::model::hex(&found);
        assert_eq!(digest, found, "{name}");
        listed.push(name);
    }
    let count = |folder: PathBuf| fs::read_dir(folder).unwrap().count();
    // Everything but the list itself and the folder of the figures.
    assert_eq!(listed.len(), count(r.clone()) + count(r.join("plots")) - 2);
    assert!(listed.is_sorted() && listed.contains(&"result.json"));
}

/// A signal to `verify` or `diff` ends it: a comparison that was not finished is none.
#[cfg(unix)]
#[test]
fn signals_end_a_verification() {
    use std::process::Stdio;
    use std::time::{Duration, Instant};
    let dir = tempfile::tempdir().unwrap();
    let estate = ["generate", "-o", "e", "--components", "300"];
    assert_eq!(run(dir.path(), &estate).code, 0);
    let scenario = |more: &str| fs::write(dir.path().join("s.toml"), more).unwrap();
    scenario("inventory = \"e\"\n");
    let assess = ["assess", "s.toml", "-o", "r", "--no-fixes", "--no-ledger"];
    assert_eq!(run(dir.path(), &assess).code, 0);
    // Trials that would take days.
    scenario("inventory = \"e\"\n[simulate]\ntrials = 1000000000000\n");
    for (args, signal) in [
        (&["verify", "r"][..], "-INT"),
        (&["verify", "r"], "-TERM"),
        (&["diff", "s.toml", "s.toml"], "-TERM"),
    ] {
        let mut codes = Vec::new();
        for wait in [2, 8, 30] {
            let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_brownout"));
            command.args(args).current_dir(dir.path());
            let child = command
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            std::thread::sleep(Duration::from_secs(wait));
            let id = child.id().to_string();
            let sent = std::process::Command::new("kill")
                .args([signal, &id])
                .status();
            assert!(sent.unwrap().success(), "{args:?} had ended by itself");
            let start = Instant::now();
            let output = child.wait_with_output().unwrap();
            assert!(start.elapsed() < Duration::from_secs(5), "{args:?}");
            assert!(output.stdout.is_empty(), "{args:?}");
            // A signal that comes before the program listens for it ends it, too.
            if let Some(code) = output.status.code() {
                let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
                assert!(stderr.contains("interrupted"), "{args:?}: {stderr}");
                codes.push(code);
                break;
            }
        }
        assert_eq!(codes, [3], "{args:?}");
    }
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
        "{\"schema\":\"brownout/assess/2\"}".to_owned(),
        "{\"schema\":\"brownout/assess/2\",\"x\":1e999}".to_owned(),
        format!("{{\"schema\":\"brownout/assess/2\",\"x\":{deep}}}"),
        "{\"schema\":\"brownout/whatif/2\"}".to_owned(),
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
