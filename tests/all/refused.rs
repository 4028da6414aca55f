//! What `check` refuses, names and lets pass, and files that are none.

use crate::program::run;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A service on two servers, and a scenario.
fn estate(unavailability: &str, scenario: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    write(
        "components.csv",
        &format!(
            "id,kind,capacity,unavailability\na,server,100,{unavailability}\nb,server,100,0.1\n"
        ),
    );
    write("services.csv", "id,demand\nweb,700\n");
    write(
        "dependencies.csv",
        "consumer,provider,group,need\nweb,a,servers,any\nweb,b,servers,any\n",
    );
    write("s.toml", &format!("inventory = \".\"\n{scenario}"));
    dir
}

#[cfg(target_os = "linux")]
#[test]
fn devices_and_logs_of_the_kernel_are_refused_at_once() {
    let dir = estate("0.1", "");
    for path in ["/proc/kmsg", "/dev/zero", "/dev/null", "/proc/1/mem"] {
        if !Path::new(path).exists() {
            continue;
        }
        let begin = std::time::Instant::now();
        let (code, stdout, stderr) = run(dir.path(), &["check", path]);
        assert_eq!((code, stdout.as_str()), (2, ""), "{path}: {stderr}");
        assert!(stderr.contains(path), "{stderr}");
        assert!(begin.elapsed().as_secs() < 5, "{path}");
    }
}

#[test]
fn check_refuses_what_the_simulation_of_the_scenario_does() {
    let simulate = "[simulate]\ntrials = 1000\n";
    let dir = estate("1", simulate);
    for command in ["check", "assess", "simulate"] {
        let (code, _, stderr) = run(dir.path(), &[command, "s.toml"]);
        assert_eq!(code, 2, "{command}: {stderr}");
        assert!(
            stderr.contains('a') && stderr.contains("always out"),
            "{command}: {stderr}"
        );
    }
    let (code, json, _) = run(dir.path(), &["check", "s.toml", "--format", "json"]);
    let check: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((code, &check["valid"]), (2, &false.into()));
    assert!(
        check["faults"][0]["message"]
            .as_str()
            .unwrap()
            .contains("always out")
    );
    // Without a simulation it can be swept, and is.
    let dir = estate("1", "");
    assert_eq!(run(dir.path(), &["check", "s.toml"]).0, 0);
    let dir = estate("0.5", simulate);
    assert_eq!(run(dir.path(), &["check", "s.toml"]).0, 0);
}

#[test]
fn notes_are_not_counted_as_warnings() {
    let dir = estate("0.1", "");
    fs::write(dir.path().join("services.csv"), "id;demand\nweb;150\n").unwrap();
    let (code, text, _) = run(dir.path(), &["check", "s.toml"]);
    assert_eq!(code, 0);
    assert!(text.contains("no fault, no warning, 1 note."), "{text}");
    assert!(
        text.contains("\nNotes\n") && !text.contains("\nWarnings\n"),
        "{text}"
    );
    fs::write(dir.path().join("services.csv"), "id,demand\nweb,150\n").unwrap();
    let (_, text, _) = run(dir.path(), &["check", "s.toml"]);
    assert!(text.contains("no fault, no warning."), "{text}");
}

#[test]
fn a_utilization_is_not_taken_for_demand_without_a_word() {
    let load = "[[load]]\nname = \"l\"\nprofile = \"p.csv\"\n";
    let dir = estate("0.1", load);
    let warned = |scale: f64| {
        let rows = (0..24).map(|h| {
            let value = scale * (0.3 + f64::from(h % 7) / 10.0);
            format!("2026-12-01T{h:02}:00:00Z,{value}\n")
        });
        let text = format!("time,web\n{}", rows.collect::<String>());
        fs::write(dir.path().join("p.csv"), text).unwrap();
        let (code, text, stderr) = run(dir.path(), &["check", "s.toml"]);
        assert_eq!(code, 0, "{stderr}");
        text.contains("is never above 1")
    };
    assert!(warned(1.0), "0.3 to 0.9 where 700 are asked for");
    assert!(!warned(700.0) && !warned(2.0));
    // Who asks for little may be asked for less.
    fs::write(dir.path().join("services.csv"), "id,demand\nweb,2\n").unwrap();
    assert!(!warned(1.0));
}

#[test]
fn one_lost_sample_is_a_gap_of_one_step() {
    let dir = estate("0.1", "[[load]]\nname = \"l\"\nprofile = \"p.csv\"\n");
    let hours = (0..24).filter(|&h| h != 9);
    let rows = hours.map(|h| format!("2026-12-01T{h:02}:00:00Z,{}\n", 70 + h % 5));
    let text = format!("time,web\n{}", rows.collect::<String>());
    fs::write(dir.path().join("p.csv"), text).unwrap();
    let (_, text, _) = run(dir.path(), &["check", "s.toml"]);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let said = "`web` has a gap: 1 h from 2026-12-01 09:00 UTC to 2026-12-01 10:00 UTC";
    let offset = said.replace("UTC", "+00:00");
    assert!(text.contains(said) || text.contains(&offset), "{text}");
}

#[test]
fn times_in_another_form_are_told_of_time_format() {
    let dir = estate("0.1", "[[load]]\nname = \"l\"\nprofile = \"p.csv\"\n");
    fs::write(dir.path().join("p.csv"), "time,web\n31.12.2026 10:00,5\n").unwrap();
    let (code, _, stderr) = run(dir.path(), &["check", "s.toml"]);
    assert_eq!(code, 2);
    assert!(
        stderr.contains("time_format = \"%d.%m.%Y %H:%M\""),
        "{stderr}"
    );
}

#[test]
fn names_of_load_cases_stay_as_they_are_written() {
    let scenario = "[[load]]\nname = \"Weekday\"\n[[load]]\nname = \"quarter-End\"\npeak = true\n";
    let dir = estate("0.1", scenario);
    let (_, text, _) = run(dir.path(), &["assess", "s.toml"]);
    let title = text
        .lines()
        .find(|l| l.starts_with("  SERVICE"))
        .expect("a table");
    assert!(
        title.contains("Weekday") && title.contains("quarter-End"),
        "{title}"
    );
    assert!(
        text.contains("HEADROOM at quarter-End") || text.contains("quarter-End"),
        "{text}"
    );
    assert!(
        !text.contains("WEEKDAY") && !text.contains("QUARTER-END"),
        "{text}"
    );
}

#[test]
fn raised_capacity_is_not_called_derated() {
    let dir = estate("0.1", "");
    let said =
        |derate: &[&str]| run(dir.path(), &[&["whatif", ".", "--derate"], derate].concat()).1;
    let text = said(&["a=2"]);
    assert!(
        text.contains("capacity of a × 2") && !text.contains("derated"),
        "{text}"
    );
    let text = said(&["a=0.5"]);
    assert!(
        text.contains("1 component derated") && !text.contains("capacity of"),
        "{text}"
    );
    let text = said(&["a=1"]);
    assert!(
        !text.contains("derated") && !text.contains("capacity of"),
        "{text}"
    );
}

#[test]
fn absurd_options_are_refused_in_few_words() {
    let dir = estate("0.1", "");
    let (code, _, stderr) = run(dir.path(), &["simulate", ".", "--demand-cv", "1e300"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("1e300") && stderr.len() < 300, "{stderr}");
    let (code, _, stderr) = run(dir.path(), &["sweep", ".", "--sets", "-1"]);
    assert_eq!(code, 2);
    assert!(
        stderr.contains("write a whole number of 0 or more, or all"),
        "{stderr}"
    );
    assert!(!stderr.contains("-- -1"), "{stderr}");
}
