//! Odd estates and odd places to write to: an answer or a helpful message, never a panic.

use assert_cmd::Command;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn brownout(dir: &Path, args: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = Command::cargo_bin("brownout").expect("the program is built");
    command.current_dir(dir).args(args).assert()
}

fn said(assert: &assert_cmd::assert::Assert) -> String {
    String::from_utf8_lossy(&assert.get_output().stderr).into_owned()
}

fn inventory(dir: &Path, components: &str, services: &str, dependencies: &str) {
    fs::create_dir_all(dir).expect("made");
    let write = |name: &str, text: &str| fs::write(dir.join(name), text).expect("written");
    write("components.csv", components);
    write("services.csv", services);
    write("dependencies.csv", dependencies);
}

const SCENARIO: &str = "inventory = \"estate\"\n[[load]]\nname = \"today\"\npeak = true\n[sweep]\n\
                        order = 2\n[simulate]\ntrials = 500\n[[policy]]\nname = \"p\"\n\
                        survives = 1\n[horizon]\nfrom = \"2026-01-01\"\nto = \"2026-01-02\"\n";

/// Estates that are hardly any.
fn odd() -> Vec<(&'static str, TempDir)> {
    let all: [(&str, [&str; 3]); 4] = [
        (
            "nothing at all",
            ["id,kind\n", "id,demand\n", "consumer,provider\n"],
        ),
        (
            "no component",
            ["id,kind\n", "id,demand\ns,1\n", "consumer,provider\n"],
        ),
        (
            "no demand and no capacity",
            [
                "id,kind,capacity\na,server,0\nb,server,-0\n",
                "id,demand\ns,0\nt,-0\n",
                "consumer,provider,group,need\ns,a,,\nt,b,g,any\nt,a,g,any\n",
            ],
        ),
        (
            "the greatest load that is computed with",
            [
                "id,kind,capacity,unavailability\na,server,1e150,0.5\n",
                "id,demand\ns,1e150\n",
                "consumer,provider,load\ns,a,1e140\n",
            ],
        ),
    ];
    let made = all
        .into_iter()
        .map(|(name, [components, services, dependencies])| {
            let dir = TempDir::new().expect("a folder");
            inventory(
                &dir.path().join("estate"),
                components,
                services,
                dependencies,
            );
            fs::write(dir.path().join("scenario.toml"), SCENARIO).expect("written");
            (name, dir)
        });
    made.collect()
}

#[test]
fn every_command_copes_with_hardly_any_estate() {
    for (name, dir) in odd() {
        for command in ["check", "whatif", "sweep", "simulate", "assess", "load"] {
            for format in ["text", "json", "csv"] {
                let done = brownout(dir.path(), &[command, "scenario.toml", "--format", format]);
                let code = done.get_output().status.code();
                let right = matches!(code, Some(0 | 1));
                assert!(
                    right,
                    "{name}: {command} --format {format}: {}",
                    said(&done)
                );
            }
        }
        brownout(dir.path(), &["assess", "scenario.toml", "-o", "report"]);
        assert!(dir.path().join("report/report.html").exists(), "{name}");
    }
}

#[test]
fn load_beyond_numbers_is_refused_where_it_is_written() {
    let (_, dir) = odd().pop().expect("the last");
    let path = dir.path().join("estate/dependencies.csv");
    fs::write(path, "consumer,provider,load\ns,a,1e141\n").expect("written");
    let done = brownout(dir.path(), &["whatif", "estate"]).code(2);
    let text = String::from_utf8_lossy(&done.get_output().stderr).into_owned();
    assert!(text.contains("estate/dependencies.csv:2:3"), "{text}");
    assert!(text.contains("multiply beyond 1e140"), "{text}");
}

#[test]
fn where_nothing_can_be_written_is_said_before_any_work() {
    let (_, dir) = odd().remove(2);
    fs::write(dir.path().join("file"), "mine").expect("written");
    let cases: [(&[&str], &str); 8] = [
        (
            &["assess", "scenario.toml", "-o", "file"],
            "file is a file, not a folder; name a folder",
        ),
        (
            &["assess", "scenario.toml", "-o", "file/x"],
            "file is a file, not a folder; name a folder",
        ),
        (
            &["assess", "scenario.toml", "--junit", "no/x.xml"],
            "no folder no",
        ),
        (
            &["assess", "scenario.toml", "--sarif", "estate"],
            "it is a folder",
        ),
        (&["simulate", "estate", "-o", "no/x.json"], "no folder no"),
        (
            &["simulate", "estate", "--checkpoint", "estate"],
            "it is a folder",
        ),
        (
            &["simulate", "estate", "--plot", "no/x.svg"],
            "no folder no",
        ),
        (&["merge", "file", "-o", "no/x.json"], "no folder no"),
    ];
    for (args, what) in cases {
        let refused = brownout(dir.path(), args).code(2).stdout("");
        assert!(
            said(&refused).contains(what),
            "{args:?}: {}",
            said(&refused)
        );
    }
    let kept = fs::read_to_string(dir.path().join("file")).expect("there");
    assert_eq!(kept, "mine");
}

#[test]
fn a_report_takes_the_place_of_another_as_a_whole() {
    let (_, dir) = odd().remove(2);
    let args = ["assess", "scenario.toml", "-o", "report"];
    brownout(dir.path(), &args);
    assert!(dir.path().join("report/table-growth.csv").exists());
    let without = SCENARIO.split("[horizon]").next().expect("the first part");
    fs::write(dir.path().join("scenario.toml"), without).expect("written");
    brownout(dir.path(), &args);
    for left in ["table-timeline.csv", "table-growth.csv"] {
        assert!(
            !dir.path().join("report").join(left).exists(),
            "{left} is left"
        );
    }
    assert!(dir.path().join("report/result.json").exists());
}
