//! `simulate` and `merge` from outside.

use assert_cmd::Command;
use serde_json::Value;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn brownout(dir: &Path, args: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = Command::cargo_bin("brownout").expect("the program");
    command.current_dir(dir).args(args).assert()
}

fn json(dir: &Path, args: &[&str]) -> Value {
    let args = [args, &["--format", "json"]].concat();
    let out = brownout(dir, &args).get_output().stdout.clone();
    serde_json::from_slice(&out).expect("JSON")
}

/// Three servers; `demand` asked of them.
fn estate(demand: u32) -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let inventory = dir.path().join("inventory");
    fs::create_dir(&inventory).expect("a folder");
    let write = |name: &str, text: &str| fs::write(inventory.join(name), text).expect("written");
    write(
        "components.csv",
        "id,kind,capacity,mtbf_hours,mttr_hours\n\
         s1,server,100,990,10\ns2,server,100,990,10\ns3,server,100,990,10\n",
    );
    write("services.csv", &format!("id,demand\nweb,{demand}\n"));
    write(
        "dependencies.csv",
        "consumer,provider,group,need\nweb,s1,g,any\nweb,s2,g,any\nweb,s3,g,any\n",
    );
    dir
}

#[test]
fn the_contract_of_the_result() {
    let dir = estate(180);
    let result = json(
        dir.path(),
        &["simulate", "inventory", "--trials", "5000", "--seed", "3"],
    );
    assert_eq!(result["schema"], "brownout/simulate/2");
    assert_eq!(
        (result["trials"].as_u64(), result["seed"].as_u64()),
        (Some(5000), Some(3))
    );
    let service = &result["services"][0];
    assert_eq!(service["id"], "web");
    let truth = [
        ("ok", 0.970_299),
        ("at_risk", 0.029_403),
        ("degraded", 0.000_297),
        ("down", 1e-6),
    ];
    for (status, truth) in truth {
        let p = &service["probability"][status];
        let at = |key: &str| p[key].as_f64().expect("a number");
        assert!(at("low") <= truth && truth <= at("high"), "{status}: {p}");
        assert!((at("estimate") - truth).abs() < 1e-9);
        assert!(p["method"].as_str().is_some_and(|m| m.starts_with("exact")));
    }
    let unserved = service["unserved"]["estimate"].as_f64().expect("a number");
    assert!((unserved - (2.97e-4 * 80.0 + 1e-6 * 180.0)).abs() < 1e-9);
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let dir = estate(250);
    for method in ["plain", "stratified"] {
        let out = |threads| {
            let args = [
                "simulate",
                "inventory",
                "--trials",
                "30000",
                "--method",
                method,
                "--format",
                "json",
                "--horizon",
                "500",
                "--histories",
                "100",
                "--threads",
                threads,
            ];
            brownout(dir.path(), &args)
                .success()
                .get_output()
                .stdout
                .clone()
        };
        assert_eq!(out("1"), out("3"));
    }
}

#[test]
fn shards_merge_to_what_one_run_gives() {
    let dir = estate(250);
    let common = [
        "simulate",
        "inventory",
        "--trials",
        "20000",
        "--method",
        "plain",
    ];
    let whole = brownout(dir.path(), &[&common[..], &["--format", "json"]].concat());
    let whole = whole.success().get_output().stdout.clone();
    let mut merge = vec!["merge".to_owned()];
    for i in [3, 1, 2] {
        let (shard, file) = (format!("{i}/3"), format!("part-{i}.json"));
        let args = [&common[..], &["--shard", &shard, "-o", &file]].concat();
        brownout(dir.path(), &args).success().stdout("");
        merge.push(file);
    }
    let args: Vec<&str> = merge
        .iter()
        .map(String::as_str)
        .chain(["--format", "json"])
        .collect();
    let merged = brownout(dir.path(), &args)
        .success()
        .get_output()
        .stdout
        .clone();
    assert!(
        merged == whole,
        "merging three parts gives other bytes than one run"
    );

    // A part twice, a part missing, a part of another run, no part at all.
    let refused = |args: &[&str], what: &str| {
        let refused = brownout(dir.path(), args).code(2).stdout("");
        let text = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
        assert!(text.contains(what), "{text}");
    };
    refused(&["merge", "part-1.json", "part-1.json"], "already");
    refused(&["merge", "part-1.json", "part-2.json"], "missing: 3/3");
    let other = [
        "simulate",
        "inventory",
        "--trials",
        "20000",
        "--seed",
        "2",
        "--method",
        "plain",
    ];
    let args = [&other[..], &["--shard", "2/3", "-o", "other.json"]].concat();
    brownout(dir.path(), &args).success();
    refused(
        &["merge", "part-1.json", "other.json", "part-3.json"],
        "another run",
    );
    refused(&["merge", "inventory/services.csv"], "no part");
    // Another part of the run does not go where this one is.
    let args = [&common[..], &["--shard", "2/3", "-o", "part-1.json"]].concat();
    refused(&args, "no part 2/3");

    // One digit of one number, or a blank: whatever is changed is found.
    let sound = fs::read_to_string(dir.path().join("part-2.json")).expect("read");
    let digit = sound.rfind(|c: char| c.is_ascii_digit()).expect("a digit");
    let other = if sound[digit..].starts_with('1') {
        "2"
    } else {
        "1"
    };
    let mut changed = sound.clone();
    changed.replace_range(digit..=digit, other);
    for altered in [
        changed,
        sound.replacen("\"demand\":", "\"demand\": ", 1),
        sound.replacen("250", "251", 1),
    ] {
        assert_ne!(altered, sound);
        fs::write(dir.path().join("altered.json"), altered).expect("written");
        refused(
            &["merge", "part-1.json", "altered.json", "part-3.json"],
            "not as it was written",
        );
    }
}

/// Of a job array, jobs are lost and submitted again: the count is said, and the part is that of the
/// number of the job.
#[test]
fn lost_parts_are_submitted_again() {
    let dir = estate(250);
    let common = [
        "simulate",
        "inventory",
        "--trials",
        "9000",
        "--method",
        "plain",
    ];
    let whole = brownout(dir.path(), &[&common[..], &["--format", "json"]].concat());
    let whole = whole.success().get_output().stdout.clone();
    let job = |id: &str, count: &str, min: &str| {
        let file = format!("part-{id}.json");
        let args = [&common[..], &["--shard", "auto/4", "-o", &file]].concat();
        Command::new(assert_cmd::cargo::cargo_bin("brownout"))
            .current_dir(dir.path())
            .env("SLURM_ARRAY_TASK_ID", id)
            .env("SLURM_ARRAY_TASK_COUNT", count)
            .env("SLURM_ARRAY_TASK_MIN", min)
            .args(args)
            .assert()
            .success();
    };
    for id in ["1", "4"] {
        job(id, "4", "1");
    }
    for id in ["2", "3"] {
        job(id, "2", "2");
    }
    let merge = [
        "merge",
        "part-1.json",
        "part-2.json",
        "part-3.json",
        "part-4.json",
        "--format",
        "json",
    ];
    let merged = brownout(dir.path(), &merge)
        .success()
        .get_output()
        .stdout
        .clone();
    assert!(merged == whole, "the parts are not those of one run");
    let refused = brownout(
        dir.path(),
        &[&common[..], &["--shard", "auto", "-o", "x"]].concat(),
    );
    refused.code(2).stdout("");
}

/// A part as the program writes it, with the digest that its content has now.
fn seal(path: &Path, part: &Value) {
    use sha2::{Digest, Sha256};
    let mut part = part.clone();
    let zeros = "0".repeat(64);
    part["digest"] = zeros.clone().into();
    let text = part.to_string() + "\n";
    let digest = Sha256::digest(text.as_bytes());
    let digest = brownout::model::hex(&digest);
    fs::write(path, text.replacen(&zeros, &digest, 1)).expect("written");
}

#[test]
fn a_checkpoint_is_gone_on_from_and_belongs_to_its_run() {
    let dir = estate(250);
    let run = |extra: &[&str]| {
        let common = [
            "simulate",
            "inventory",
            "--trials",
            "30000",
            "--method",
            "plain",
        ];
        brownout(
            dir.path(),
            &[&common[..], extra, &["--format", "json"]].concat(),
        )
    };
    let straight = run(&[]).success().get_output().stdout.clone();
    run(&["--checkpoint", "run.json"]).success();

    // Take the last half of the blocks away, as if the run had been stopped there.
    let path = dir.path().join("run.json");
    let whole: Value = serde_json::from_slice(&fs::read(&path).expect("read")).expect("JSON");
    let again = run(&["--checkpoint", "run.json", "--resume"])
        .success()
        .get_output()
        .stdout
        .clone();
    assert!(
        again == straight,
        "a finished checkpoint answers as the run did"
    );

    let mut none = whole;
    none["record"]["progress"] = serde_json::json!({"next": 0, "beyond": [], "tally": {
        "trials": 0, "slots": [{"changed": 0, "down": 0, "degraded": 0, "at_risk": 0, "ok": 0,
        "hits": 0, "unserved": "0", "squares": "0", "most": "0", "noted": 0, "levels": {}}],
        "risk_trials": 0, "noted_trials": 0, "together": {}, "seen": [], "level_trials": {}}});
    fs::write(&path, none.to_string()).expect("written");
    run(&["--checkpoint", "run.json", "--resume"])
        .code(2)
        .stdout("");
    seal(&path, &none);
    let resumed = run(&["--checkpoint", "run.json", "--resume"]).success();
    assert!(
        resumed.get_output().stdout == straight,
        "resumed gives other bytes"
    );

    let other = [
        "simulate",
        "inventory",
        "--trials",
        "30001",
        "--method",
        "plain",
    ];
    let args = [&other[..], &["--checkpoint", "run.json", "--resume"]].concat();
    brownout(dir.path(), &args).code(2).stdout("");
    fs::write(&path, "{}").expect("written");
    run(&["--checkpoint", "run.json", "--resume"])
        .code(2)
        .stdout("");
}

#[test]
fn settings_that_make_no_sense_exit_with_2() {
    let dir = estate(180);
    let bad: [(&[&str], &str); 39] = [
        (&["--trials", "0"], "1 or more"),
        (&["--trials", "-5"], "-5"),
        (
            &["--trials", "99999999999999999999"],
            "99999999999999999999",
        ),
        (&["--trials", "9007199254740993"], "2^53"),
        (&["--seed", "-1"], "write a whole number from 0 to"),
        (&["--seed", "18446744073709551616"], "18446744073709551616"),
        (&["--precision", "0%"], "precision"),
        (&["--precision", "wide"], "5%"),
        (&["--demand-cv", "0"], "coefficient of variation"),
        (&["--demand-cv", "0.1", "--method", "stratified"], "plainly"),
        (&["--shard", "5/4", "-o", "x.json"], "5/4"),
        (&["--shard", "0/4", "-o", "x.json"], "counted from 1"),
        (&["--shard", "auto", "-o", "x.json"], "auto/16"),
        (&["--shard", "1/4"], "--output"),
        (
            &["--shard", "1/4", "-o", "x.json", "--precision", "5%"],
            "shard",
        ),
        (&["--horizon", "0"], "no hours"),
        (&["--horizon", "9999999"], "longer than"),
        (&["--horizon", "100", "--histories", "0"], "zero histories"),
        (&["--horizon", "100", "--window", "close=90..200"], "close"),
        (&["--horizon", "100", "--window", "close=9..9"], "close"),
        (
            &["--horizon", "100", "--maintenance", "nobody=1..2"],
            "nobody",
        ),
        (&["--horizon", "100", "--weibull-shape", "0"], "Weibull"),
        (&["--histories", "5"], "no horizon"),
        (&["--weibull-shape", "2"], "no horizon"),
        (&["--repair", "fixed"], "no horizon"),
        (&["--repair-cv", "0.5"], "--repair lognormal"),
        (&["--start", "long-run"], "no horizon"),
        (&["--horizon", "-5"], "write a whole number"),
        (&["--horizon", "10", "--back-in", "s1=5"], "known outages"),
        (
            &["--horizon", "10", "--maintenance", "s1=50..60"],
            "10 hours",
        ),
        (
            &[
                "--horizon",
                "10",
                "--repair",
                "lognormal",
                "--repair-cv",
                "0",
            ],
            "coefficient",
        ),
        (
            &["--horizon", "10", "--weibull-shape", "0.001"],
            "Weibull shape is too small",
        ),
        (
            &[
                "--horizon",
                "10",
                "--repair",
                "lognormal",
                "--repair-cv",
                "1e300",
            ],
            "repairs is too great",
        ),
        (&["--demand-cv", "1e300"], "coefficient of variation"),
        (
            &["--horizon", "10", "--histories", "18446744073709551615"],
            "more than can be held",
        ),
        (
            &["--horizon", "10", "--repair-cv", "nan"],
            "--repair lognormal",
        ),
        (&["--over-horizon"], "no horizon"),
        (&["--plot", "x.bmp"], ".svg"),
        (&["--plot", "x.svg", "--service", "nobody"], "nobody"),
    ];
    for (extra, what) in bad {
        let args = [&["simulate", "inventory"][..], extra].concat();
        let refused = brownout(dir.path(), &args).code(2).stdout("");
        let text = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
        assert!(text.contains(what), "{extra:?} says: {text}");
    }
    assert!(!dir.path().join("x.svg").exists());
    assert!(!dir.path().join("x.json").exists());
}

#[test]
fn a_checkpoint_of_another_model_is_refused() {
    let dir = estate(250);
    let run = [
        "simulate",
        "inventory",
        "--trials",
        "2000",
        "--method",
        "plain",
    ];
    let run = [&run[..], &["--checkpoint", "run.json", "--resume"]].concat();
    brownout(dir.path(), &run).success();
    brownout(dir.path(), &run).success();
    let services = dir.path().join("inventory/services.csv");
    fs::write(&services, "id,demand\nweb,251\n").expect("written");
    let refused = brownout(dir.path(), &run).code(2).stdout("");
    let text = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
    assert!(text.contains("other inputs or settings"), "{text}");
}

/// A run with histories.
const HISTORIES: [&str; 12] = [
    "simulate",
    "inventory",
    "--trials",
    "5000",
    "--method",
    "plain",
    "--horizon",
    "400",
    "--histories",
    "200",
    "--window",
    "end=390..400",
];

#[test]
fn histories_are_divided_checkpointed_and_resumed() {
    let dir = estate(250);
    let run = |extra: &[&str]| {
        let out = brownout(dir.path(), &[&HISTORIES[..], extra].concat()).success();
        out.get_output().stdout.clone()
    };
    let json = ["--format", "json"];
    let straight = run(&json);
    for (shard, file) in [("1/2", "part-1.json"), ("2/2", "part-2.json")] {
        run(&["--shard", shard, "-o", file]);
    }
    let args = [&["merge", "part-2.json", "part-1.json"][..], &json].concat();
    let merged = brownout(dir.path(), &args).success();
    assert!(
        merged.get_output().stdout == straight,
        "merged gives other bytes"
    );

    // Histories that are all still to be played.
    run(&["--checkpoint", "run.json"]);
    let path = dir.path().join("run.json");
    let mut part: Value = serde_json::from_slice(&fs::read(&path).expect("read")).expect("JSON");
    let record = &mut part["histories"]["record"];
    assert_eq!(record["done"], 200);
    let none =
        serde_json::json!({"hits": 0, "sum": "0", "squares": "0", "most": "0", "values": {}});
    record["next"] = 0.into();
    record["done"] = 0.into();
    record["judged"] = 0.into();
    for sum in [
        "down", "degraded", "harmed", "at_risk", "ok", "episodes", "unserved",
    ] {
        record["sums"][0][sum] = none.clone();
    }
    record["sums"][0]["cross"] = "0".into();
    record["sums"][0]["windows"][0] = 0.into();
    seal(&path, &part);
    let resumed = run(&[&["--checkpoint", "run.json", "--resume"][..], &json].concat());
    assert!(resumed == straight, "resumed gives other bytes");
}

#[test]
fn hours_over_a_horizon_are_in_the_result() {
    let dir = estate(250);
    let args = [
        "simulate",
        "inventory",
        "--horizon",
        "1000",
        "--histories",
        "10",
        "--over-horizon",
    ];
    let result = json(dir.path(), &args);
    let hours = &result["over_horizon"]["services"][0];
    // Exactly 1000 · 0.0297 degraded, 1000 · 1e-6 down.
    let of = |key: &str| hours[key]["estimate"].as_f64().expect("a number");
    let near = |x: f64, y: f64| assert!((x - y).abs() < 1e-3 * y + 1e-9, "{x} {y}");
    near(of("hours_degraded"), 29.7);
    near(
        of("unserved"),
        1000.0 * (0.029_403 * 50.0 + 0.000_297 * 150.0 + 1e-6 * 250.0),
    );
    assert_eq!(result["over_horizon"]["complete"], true);
    brownout(dir.path(), &args).success();
}

#[test]
fn convergence_is_drawn() {
    let dir = estate(250);
    let args = [
        "simulate",
        "inventory",
        "--trials",
        "20000",
        "--plot",
        "c.svg",
    ];
    brownout(dir.path(), &[&args[..], &["--method", "plain"]].concat()).success();
    let text = fs::read_to_string(dir.path().join("c.svg")).expect("drawn");
    let tree = roxmltree::Document::parse(&text).expect("well-formed");
    let words: String = tree.descendants().filter_map(|n| n.text()).collect();
    assert!(words.contains("web") && words.contains("trials"), "{words}");
    fs::remove_file(dir.path().join("c.svg")).expect("there");
    // All is exact: there is nothing to draw, and it says so.
    let told = brownout(dir.path(), &args).success();
    let text = String::from_utf8_lossy(&told.get_output().stderr).into_owned();
    assert!(text.contains("every probability is exact"), "{text}");
    assert!(!dir.path().join("c.svg").exists());
}

/// Starts a run that would take hours, interrupts it, and hands back what it said.
#[cfg(unix)]
fn interrupted(dir: &Path, extra: &[&str]) -> Value {
    use std::process::{Command, Stdio};
    let args = [
        "simulate",
        "inventory",
        "--trials",
        "1000000000000",
        "--method",
        "plain",
    ];
    let args = [&args[..], &["--format", "json"], extra].concat();
    // A signal that comes before the program listens for it ends it: then wait longer.
    for wait in [1, 4, 16, 60] {
        let child = Command::new(assert_cmd::cargo::cargo_bin("brownout"))
            .current_dir(dir)
            .args(&args)
            .stdout(Stdio::piped())
            .spawn()
            .expect("started");
        std::thread::sleep(std::time::Duration::from_secs(wait));
        let id = child.id().to_string();
        let sent = Command::new("kill").args(["-INT", &id]).status();
        assert!(sent.expect("kill").success());
        let out = child.wait_with_output().expect("ended");
        if let Some(code) = out.status.code() {
            assert_eq!(code, 3, "{}", String::from_utf8_lossy(&out.stdout));
            return serde_json::from_slice(&out.stdout).expect("JSON");
        }
    }
    panic!("it never listened");
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_what_was_computed() {
    let dir = estate(250);
    let done = |result: &Value| {
        assert_eq!(result["complete"], false);
        let reason = result["reason"].as_str().unwrap_or_default();
        assert!(reason.contains("interrupted"), "{reason}");
        let p = &result["services"][0]["probability"]["degraded"];
        let at = |key: &str| p[key].as_f64().expect("a number");
        // How many trials are done differs from run to run, so that no interval of 95 % will do: six standard errors.
        let off = (at("estimate") - 0.029_701).abs();
        assert!(off < 1.5 * (at("high") - at("low")), "{p}");
        result["trials_done"].as_u64().expect("a number")
    };
    let first = done(&interrupted(dir.path(), &["--checkpoint", "run.json"]));
    let resume = ["--checkpoint", "run.json", "--resume"];
    let second = done(&interrupted(dir.path(), &resume));
    assert!(0 < first && first < second, "{first} {second}");
}

#[test]
fn an_unavailability_of_one_is_refused() {
    let dir = estate(180);
    let path = dir.path().join("inventory/components.csv");
    fs::write(
        &path,
        "id,kind,capacity,unavailability\ns1,server,100,1\ns2,server,100,0.1\ns3,server,100,0.1\n",
    )
    .expect("written");
    let refused = brownout(dir.path(), &["simulate", "inventory"])
        .code(2)
        .stdout("");
    let text = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
    assert!(text.contains("s1") && text.contains("always out"), "{text}");
}

#[test]
fn a_precision_that_is_not_reached_is_incomplete() {
    let dir = estate(250);
    let args = [
        "simulate",
        "inventory",
        "--trials",
        "500",
        "--method",
        "plain",
        "--precision",
        "1%",
        "--format",
        "json",
    ];
    let out = brownout(dir.path(), &args).code(3);
    let result: Value = serde_json::from_slice(&out.get_output().stdout).expect("JSON");
    assert_eq!(result["precision"]["reached"], false);
}

#[test]
fn histories_and_windows_are_in_the_result() {
    let dir = estate(250);
    let args = [
        "simulate",
        "inventory",
        "--horizon",
        "1000",
        "--histories",
        "300",
        "--start",
        "long-run",
        "--window",
        "close=900..1000",
    ];
    let result = json(dir.path(), &args);
    let history = &result["sequential"]["services"][0];
    let hours = &history["hours_degraded"]["mean"];
    let at = |key: &str| hours[key].as_f64().expect("a number");
    assert!(at("low") <= 29.7 && 29.7 <= at("high"), "{hours}");
    // 0.970299 of the time one more failure would harm it, and never is it free of that.
    let risk = &history["hours_at_risk"]["mean"];
    let at = |key: &str| risk[key].as_f64().expect("a number");
    assert!(at("low") <= 970.299 && 970.299 <= at("high"), "{risk}");
    assert!(history["hours_ok"]["p99"].as_f64() == Some(0.0));
    assert!(history["duration"]["estimate"].as_f64().expect("a number") > 1.0);
    let close = &history["windows"][0];
    assert_eq!(close["name"], "close");
    let p = close["probability"]["estimate"].as_f64().expect("a number");
    assert!(p > 0.1 && p < 0.6, "{p}");
    brownout(dir.path(), &args).success();
}

#[test]
fn assess_judges_probabilities() {
    let dir = estate(250);
    let write = |limit: &str| {
        let text = format!(
            "name = \"limits\"\ninventory = \"inventory\"\n[simulate]\ntrials = 2000\nseed = 1\n\
             [[policy]]\nname = \"rarely degraded\"\nmax_probability = {{ degraded = {limit} }}\n"
        );
        fs::write(dir.path().join("scenario.toml"), text).expect("written");
    };
    write("0.05");
    brownout(dir.path(), &["assess", "scenario.toml"]).code(0);
    write("0.01");
    let result = json(dir.path(), &["assess", "scenario.toml"]);
    let breach = &result["policies"][0]["breaches"][0];
    let p = breach["probability"].as_f64().expect("a number");
    assert!((p - 0.029_701).abs() < 1e-9, "{breach}");
    assert!(result["simulate"]["services"].is_array());
}

#[test]
fn a_checkpoint_that_contradicts_itself_is_refused() {
    let dir = estate(250);
    let args = [&HISTORIES[..], &["--checkpoint", "run.json"]].concat();
    brownout(dir.path(), &args).success();
    let path = dir.path().join("run.json");
    let sound: Value = serde_json::from_slice(&fs::read(&path).expect("read")).expect("JSON");
    let resume = [&args[..], &["--resume"]].concat();
    brownout(dir.path(), &resume).success();
    let tally = "/record/progress/tally";
    let sums = "/histories/record/sums/0";
    let spoilt: [(String, Value); 18] = [
        (format!("{tally}/trials"), 4_999.into()),
        (format!("{tally}/risk_trials"), 1.into()),
        (format!("{tally}/noted_trials"), 1.into()),
        (format!("{tally}/slots/0/down"), 4_000.into()),
        (format!("{tally}/slots/0/changed"), 1.into()),
        (format!("{tally}/slots/0/unserved"), "1".into()),
        (format!("{tally}/slots/0/squares"), "1".into()),
        (
            format!("{tally}/slots/0/most"),
            u128::MAX.to_string().into(),
        ),
        ("/record/progress/next".into(), 2.into()),
        ("/record/plan/seed".into(), 7.into()),
        ("/record/plan/trials".into(), 6_000.into()),
        ("/histories/record/done".into(), 199.into()),
        ("/histories/record/judged".into(), 0.into()),
        ("/histories/record/beyond".into(), serde_json::json!([3])),
        (format!("{sums}/unserved/sum"), "1".into()),
        (format!("{sums}/harmed/squares"), "1".into()),
        (format!("{sums}/harmed/sum"), u128::MAX.to_string().into()),
        (format!("{sums}/windows/0"), 201.into()),
    ];
    for (pointer, value) in spoilt {
        let mut part = sound.clone();
        let place = part.pointer_mut(&pointer).expect(&pointer);
        assert_ne!(*place, value, "{pointer}");
        *place = value;
        fs::write(&path, part.to_string()).expect("written");
        let changed = brownout(dir.path(), &resume).code(2).stdout("");
        let text = String::from_utf8_lossy(&changed.get_output().stderr).into_owned();
        assert!(text.contains("not as it was written"), "{pointer}: {text}");
        // Even where somebody gave it a digest that fits.
        seal(&path, &part);
        let refused = brownout(dir.path(), &resume).code(2).stdout("");
        let text = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
        assert!(text.contains("contradicts itself"), "{pointer}: {text}");
    }
}

/// A scenario over three servers: two load cases, the peak of them at 250, and more as wanted.
fn scenario(dir: &Path, more: &str) {
    let text = format!(
        "name = \"year\"\ninventory = \"inventory\"\n[[load]]\nname = \"peak\"\npeak = true\n\
         demand = {{ web = 250 }}\n[[load]]\nname = \"today\"\n{more}"
    );
    fs::write(dir.join("scenario.toml"), text).expect("written");
}

fn number(value: &Value, pointer: &str) -> f64 {
    let found = value.pointer(pointer).and_then(Value::as_f64);
    found.unwrap_or_else(|| panic!("no number at {pointer} of {value}"))
}

#[test]
fn a_peak_does_not_last_all_year() {
    let dir = estate(180);
    scenario(dir.path(), "");
    let result = json(dir.path(), &["simulate", "scenario.toml"]);
    let [peak, today] = [0, 1].map(|i| result["services"][i].clone());
    assert_eq!(
        (&peak["load_case"], &today["load_case"]),
        (&"peak".into(), &"today".into())
    );
    assert_eq!(peak["harm_hours"]["per_year"], Value::Null);
    assert_eq!(peak["harm_hours"]["per_quarter"], Value::Null);
    let reason = peak["harm_hours"]["reason"].as_str().expect("said");
    assert!(reason.contains("does not last all year"), "{reason}");
    let p = number(&today, "/probability/degraded_or_down/estimate");
    let hours = number(&today, "/harm_hours/per_year/estimate");
    assert!(
        (hours - 8760.0 * p).abs() < 1e-9 && (p - 0.000_298).abs() < 1e-6,
        "{hours} {p}"
    );
    let told = brownout(dir.path(), &["simulate", "scenario.toml"]).success();
    let text = String::from_utf8_lossy(&told.get_output().stdout).into_owned();
    let first = text.lines().next().expect("a line");
    assert!(
        first.contains("at peak") && !first.contains("a year"),
        "{first}"
    );
    assert!(
        text.contains("hours/year: the load of the peak does not last all year"),
        "{text}"
    );
    // Histories of the peak's load say nothing of a year either.
    let args = [
        "simulate",
        "scenario.toml",
        "--horizon",
        "100",
        "--histories",
        "50",
    ];
    let result = json(dir.path(), &args);
    let history = &result["sequential"]["services"][0];
    assert_eq!(
        (&history["frequency"], &history["hours_per_year"]),
        (&Value::Null, &Value::Null)
    );
    assert!(history["per_year_reason"].is_string());
    let told = brownout(dir.path(), &args).success();
    let text = String::from_utf8_lossy(&told.get_output().stdout).into_owned();
    assert!(!text.contains("times a year"), "{text}");
}

#[test]
fn a_horizon_says_what_a_year_brings() {
    let dir = estate(180);
    scenario(
        dir.path(),
        "[simulate]\ntrials = 2000\n[horizon]\nfrom = \"2026-12-01\"\nto = \"2026-12-07\"\n",
    );
    let row = |result: &Value| result["services"][1].clone();
    let args = ["simulate", "scenario.toml", "--histories", "400"];
    let result = json(dir.path(), &args);
    let today = row(&result);
    assert_eq!(today["harm_hours"]["basis"], "histories");
    let hours = number(&result, "/sequential/hours");
    let of = |pointer: &str| number(&result, pointer);
    let year = number(&today, "/harm_hours/per_year/estimate");
    let harmed = of("/sequential/services/0/hours_harmed/mean/estimate");
    assert!(
        (year - harmed * 8760.0 / hours).abs() < 1e-9 * year && year > 0.0,
        "{year}"
    );
    let expected = json(dir.path(), &[&args[..], &["--over-horizon"]].concat());
    let today = row(&expected);
    assert_eq!(today["harm_hours"]["basis"], "horizon");
    let year = number(&today, "/harm_hours/per_year/estimate");
    let harmed = number(&expected, "/over_horizon/services/0/hours_harmed/estimate");
    assert!(
        (year - harmed * 8760.0 / hours).abs() < 1e-9 * year && year > 0.0,
        "{year}"
    );
    assert_eq!(
        expected["services"][0]["harm_hours"]["per_year"],
        Value::Null
    );
    // An assessment does not play the horizon, and says so.
    let result = json(dir.path(), &["assess", "scenario.toml"]);
    for row in result["simulate"]["services"].as_array().expect("rows") {
        assert_eq!(row["harm_hours"]["per_year"], Value::Null);
        assert!(row["harm_hours"]["reason"].is_string());
    }
}

#[test]
fn exact_says_of_how_many_elements_a_reliability_is_known() {
    let dir = estate(180);
    let path = dir.path().join("inventory/components.csv");
    let more = fs::read_to_string(&path).expect("read") + "s4,server,100,,\ns5,server,100,,\n";
    fs::write(&path, more).expect("written");
    let result = json(dir.path(), &["simulate", "inventory"]);
    let known = &result["reliability"];
    assert_eq!(
        (&known["known"], &known["elements"]),
        (&3.into(), &5.into())
    );
    assert!((known["share"].as_f64().expect("a number") - 0.6).abs() < 1e-12);
    let p = &result["services"][0]["probability"];
    for status in ["down", "degraded", "at_risk", "ok", "degraded_or_down"] {
        let method = p[status]["method"].as_str().expect("named");
        assert_eq!(
            method,
            "exact, all 8 states; reliability known of 3 of 5 elements"
        );
    }
    let told = brownout(dir.path(), &["simulate", "inventory"]).success();
    let text = String::from_utf8_lossy(&told.get_output().stdout).into_owned();
    assert!(text.contains("a reliability of 3 of 5 elements"), "{text}");
}

#[test]
fn tables_say_what_the_result_says_and_nothing_odd() {
    let dir = estate(250);
    for (demand, extra) in [
        (250, &[][..]),
        (320, &[]),
        (320, &["--method", "plain"]),
        (320, &["--method", "stratified"]),
        (180, &["--precision", "5%"]),
        (250, &["--demand-cv", "0.1"]),
    ] {
        let services = dir.path().join("inventory/services.csv");
        fs::write(services, format!("id,demand\nweb,{demand}\n")).expect("written");
        let args = [&["simulate", "inventory", "--trials", "20000"][..], extra].concat();
        let result = json(dir.path(), &args);
        let out = |args: &[&str]| {
            let out = brownout(dir.path(), args)
                .success()
                .get_output()
                .stdout
                .clone();
            String::from_utf8(out).expect("text")
        };
        let text = out(&args);
        for odd in [
            "1 times",
            "nothing more fails",
            "e-16",
            "e-17",
            "NaN",
            "null",
            "inf",
        ] {
            assert!(!text.contains(odd), "{args:?} says {odd}: {text}");
        }
        let table = out(&[&args[..], &["--format", "csv"]].concat());
        let mut lines = table.lines().map(|l| l.split(',').collect::<Vec<_>>());
        let (header, row) = (
            lines.next().expect("a header"),
            lines.next().expect("a row"),
        );
        let service = &result["services"][0];
        for (status, pointer) in [
            ("down", "/probability/down"),
            ("degraded", "/probability/degraded"),
            ("at_risk", "/probability/at_risk"),
            ("ok", "/probability/ok"),
            ("unserved", "/unserved"),
        ] {
            for (column, key) in [("", "estimate"), ("_low", "low"), ("_high", "high")] {
                let name = format!("{status}{column}");
                let at = header.iter().position(|h| *h == name).expect("a column");
                let truth = service.pointer(&format!("{pointer}/{key}"));
                assert_eq!(
                    row[at].parse::<f64>().ok(),
                    truth.and_then(Value::as_f64),
                    "{name}"
                );
            }
        }
    }
}

#[test]
fn a_page_shows_no_interval_that_is_only_rounding() {
    let dir = estate(180);
    scenario(dir.path(), "[simulate]\ntrials = 2000\n");
    for format in ["html", "markdown", "text"] {
        let told = brownout(dir.path(), &["assess", "scenario.toml", "--format", format]);
        let page = String::from_utf8_lossy(&told.get_output().stdout).into_owned();
        assert!(!page.is_empty());
        for (at, _) in page.match_indices("± ") {
            let shown: String = page[at..].chars().take(12).collect();
            assert!(!shown.contains("e-1"), "{format}: {shown}");
        }
    }
}
