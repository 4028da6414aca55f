//! Nothing that somebody else made is written over, and a report is the old one or the new one at any
//! moment: outputs of every command, onto every sort of thing.

use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// What a run comes to: exit code and what it says on stderr.
fn run(folder: &Path, args: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_brownout"));
    let output = command
        .args(args)
        .current_dir(folder)
        .output()
        .expect("it runs");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code().expect("it ends by itself"), stderr)
}

const SCENARIO: &str = "inventory = \"e\"\n[[load]]\nname = \"today\"\ndemand = { shop = 150 }\n\
                        [[policy]]\nname = \"p\"\nsurvives = 1\n";

fn estate() -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    };
    write(
        "e/components.csv",
        "id,kind,capacity,unavailability\na,server,100,.01\nb,server,100,.01\nc,server,100,.01\n",
    );
    write(
        "e/dependencies.csv",
        "consumer,provider,group,need\nshop,a,g,any\nshop,b,g,\nshop,c,g,\n",
    );
    write("e/services.csv", "id,demand\nshop,150\n");
    write("s.toml", SCENARIO);
    dir
}

/// Every file below a folder (links as where they lead), by path.
fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder)
        .expect("there")
        .map(|e| e.expect("an entry"))
    {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type().expect("a kind");
        if kind.is_dir() {
            let inside = tree(&path).into_iter();
            all.extend(inside.map(|(below, bytes)| (format!("{name}/{below}"), bytes)));
        } else if kind.is_symlink() {
            let to = fs::read_link(&path).expect("a link");
            all.insert(name, to.to_string_lossy().into_owned().into_bytes());
        } else {
            all.insert(name, fs::read(&path).expect("read"));
        }
    }
    all
}

/// The result in a folder that holds a whole report and nothing else; why it does not.
fn whole(folder: &Path) -> Result<String, String> {
    let mut there = tree(folder);
    there.retain(|name, _| !name.starts_with(".brownout-"));
    let list = there.remove("SHA256SUMS").ok_or("it has no list")?;
    let list = String::from_utf8(list).map_err(|e| e.to_string())?;
    for line in list.lines() {
        let (digest, name) = line.split_once("  ").ok_or("no line of a list")?;
        let bytes = there
            .get(name)
            .ok_or_else(|| format!("{name} is missing"))?;
        let found = brownout::model::hex(&Sha256::digest(bytes));
        if digest != found {
            return Err(format!("{name} is of another report"));
        }
    }
    if there.len() != list.lines().count() {
        return Err(format!("{:?} is not {list}", there.keys()));
    }
    Ok(String::from_utf8_lossy(&there["result.json"]).into_owned())
}

#[test]
#[allow(clippy::too_many_lines, reason = "one table of commands and targets")]
fn nothing_is_written_over_what_somebody_else_made() {
    let dir = estate();
    let at = |name: &str| dir.path().join(name);
    let sound = |args: &[&str]| {
        let (code, said) = run(dir.path(), args);
        assert!(code < 2, "{args:?}: {said}");
    };
    let simulate = [
        "simulate", "s.toml", "--trials", "1000", "--method", "plain",
    ];
    let simulate_to = |more: &[&'static str]| [&simulate[..], more].concat();
    sound(&["assess", "s.toml", "-o", "report"]);
    sound(&simulate_to(&["--shard", "1/2", "-o", "part-1.json"]));
    sound(&simulate_to(&["--shard", "2/2", "-o", "part-2.json"]));
    fs::create_dir(at("mixed")).expect("made");
    fs::write(at("mixed/notes.txt"), "mine").expect("written");
    fs::create_dir(at("edited")).expect("made");
    sound(&["assess", "s.toml", "-o", "edited"]);
    fs::write(at("edited/report.txt"), "my words").expect("written");
    sound(&["assess", "s.toml", "-o", "added"]);
    fs::write(at("added/plots/mine.svg"), "<svg/>").expect("written");
    fs::write(at("mine.svg"), "<svg/>").expect("written");
    fs::write(at("mine.json"), "{\"schema\": \"mine\"}").expect("written");
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        symlink("e", at("link")).expect("linked");
        symlink("e/services.csv", at("link.svg")).expect("linked");
        symlink("nowhere", at("dangling")).expect("linked");
        fs::hard_link(at("e/services.csv"), at("hard.json")).expect("linked");
    }
    let before = tree(dir.path());
    let mut refused: Vec<Vec<&str>> = Vec::new();
    let folders = [
        "e",
        ".",
        "./e",
        "e/../e",
        "report/../e",
        "mixed",
        "edited",
        "added",
        "s.toml",
        "report/new",
        "e/components.csv",
        #[cfg(unix)]
        "link",
        #[cfg(unix)]
        "dangling",
    ];
    for folder in folders {
        refused.push(vec!["assess", "s.toml", "-o", folder]);
        refused.push(vec!["report", "report/result.json", "-o", folder]);
        // These make a folder that is not there, wherever it is.
        if folder != "report/new" {
            refused.push(vec!["generate", "-o", folder]);
            refused.push(vec!["init", folder]);
            refused.push(vec!["import", "jaeger", "mine.json", "-o", folder]);
        }
    }
    let files = [
        "s.toml",
        "e",
        "e/services.csv",
        "report/result.json",
        "report/report.html",
        "report/new.xml",
        "mine.svg",
        "mine.json",
        "part-1.json",
        #[cfg(unix)]
        "link.svg",
        #[cfg(unix)]
        "dangling",
        #[cfg(unix)]
        "hard.json",
    ];
    for file in files {
        refused.push(vec!["assess", "s.toml", "--junit", file]);
        refused.push(vec!["assess", "s.toml", "--sarif", file]);
        refused.push(vec!["report", "report", "--junit", file]);
        refused.push(simulate_to(&[]).into_iter().chain(["-o", file]).collect());
        refused.push(
            simulate_to(&[])
                .into_iter()
                .chain(["--checkpoint", file])
                .collect(),
        );
        refused.push(
            simulate_to(&["--shard", "2/2"])
                .into_iter()
                .chain(["-o", file])
                .collect(),
        );
        refused.push(vec!["merge", "part-1.json", "part-2.json", "-o", file]);
        refused.push(
            simulate_to(&[])
                .into_iter()
                .chain(["--plot", file])
                .collect(),
        );
        refused.push(vec!["load", "s.toml", "--plot", file]);
    }
    refused.push(vec!["assess", "s.toml", "--junit", "x", "--sarif", "./x"]);
    refused.push(simulate_to(&["--checkpoint", "x", "-o", "e/../x"]));
    for args in refused {
        let (code, said) = run(dir.path(), &args);
        assert_eq!(code, 2, "{args:?}: {said}");
        assert!(said.starts_with("error"), "{args:?}: {said}");
        let after = tree(dir.path());
        let names = |t: &BTreeMap<String, Vec<u8>>| t.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&after), names(&before), "{args:?}");
        assert!(after == before, "{args:?} changed a file");
    }
}

#[test]
fn its_own_files_are_written_again() {
    let dir = estate();
    let simulate = [
        "simulate", "s.toml", "--trials", "1000", "--method", "plain",
    ];
    let asked: [&[&str]; 6] = [
        &[
            "assess", "s.toml", "-o", "e/report", "--junit", "j.xml", "--sarif", "s.sarif",
        ],
        &["report", "e/report/result.json", "-o", "e/report"],
        &[&simulate[..], &["-o", "r.json", "--plot", "p.svg"]].concat(),
        &[
            &simulate[..],
            &["--checkpoint", "c.json", "--plot", "p.png"],
        ]
        .concat(),
        &[&simulate[..], &["--shard", "1/1", "-o", "part.json"]].concat(),
        &["merge", "part.json", "-o", "m.json"],
    ];
    for args in asked {
        let (code, said) = run(dir.path(), args);
        assert!(code < 2, "{args:?}: {said}");
        let first = tree(dir.path());
        let (code, said) = run(dir.path(), args);
        assert!(code < 2, "{args:?} again: {said}");
        assert!(tree(dir.path()) == first, "{args:?} gives other bytes");
    }
    whole(&dir.path().join("e/report")).expect("a report");
    // What the estate held is there still.
    assert_eq!(
        fs::read_to_string(dir.path().join("s.toml")).expect("there"),
        SCENARIO
    );
    // An empty file holds nothing to lose, and `report` mends a report that lost its list.
    fs::write(dir.path().join("empty.xml"), "").expect("written");
    assert!(run(dir.path(), &["assess", "s.toml", "--junit", "empty.xml"]).0 < 2);
    fs::remove_file(dir.path().join("e/report/SHA256SUMS")).expect("there");
    assert_eq!(
        run(dir.path(), &["assess", "s.toml", "-o", "e/report"]).0,
        2
    );
    assert_eq!(
        run(dir.path(), &["report", "e/report", "-o", "e/report"]).0,
        0
    );
    whole(&dir.path().join("e/report")).expect("a report");
}

#[test]
fn an_input_among_the_files_of_a_report_is_not_written_over() {
    let dir = estate();
    assert!(run(dir.path(), &["assess", "s.toml", "-o", "report"]).0 < 2);
    // The report's own table, read as a profile: whatever it says, it must stay.
    let profile = "[[load]]\nname = \"peak\"\nprofile = \"report/table-services.csv\"\n";
    fs::write(dir.path().join("t.toml"), format!("{SCENARIO}{profile}")).expect("written");
    let before = tree(dir.path());
    assert_eq!(run(dir.path(), &["assess", "t.toml", "-o", "report"]).0, 2);
    fs::create_dir(dir.path().join("report2")).expect("made");
    fs::rename(dir.path().join("s.toml"), dir.path().join("report2/s.toml")).expect("moved");
    let (code, said) = run(dir.path(), &["assess", "report2/s.toml", "-o", "report2"]);
    assert_eq!(code, 2, "{said}");
    fs::rename(dir.path().join("report2/s.toml"), dir.path().join("s.toml")).expect("moved");
    fs::remove_dir(dir.path().join("report2")).expect("empty");
    assert!(tree(dir.path()) == before);
}

/// Where the folder is the one the program runs in, it stays the one it is.
#[test]
fn a_report_can_be_written_where_the_program_runs() {
    let dir = estate();
    let here = dir.path().join("here");
    fs::create_dir(&here).expect("made");
    for _ in 0..2 {
        let (code, said) = run(&here, &["assess", "../s.toml", "-o", "."]);
        assert_eq!(code, 0, "{said}");
        whole(&here).expect("a report");
    }
    let there = dir.path().join("there");
    fs::create_dir(&there).expect("made");
    assert_eq!(run(&there, &["init", "."]).0, 0);
    assert!(there.join("scenario.toml").exists());
}

/// What is inside a report is told by where a path leads, not by its letters: from a report one may write beside it,
/// and into it on no way.
#[cfg(unix)]
#[test]
fn a_path_leads_where_the_system_follows_it() {
    let dir = estate();
    let report = ["assess", "s.toml", "-o", "r"];
    assert_eq!(run(dir.path(), &report).0, 0);
    let before = tree(&dir.path().join("r"));
    fs::create_dir_all(dir.path().join("other/deep")).expect("made");
    std::os::unix::fs::symlink("r/plots", dir.path().join("plots")).expect("a link");
    let inside = dir.path().join("r");
    for (from, to) in [
        (inside.as_path(), "../beside"),
        (inside.as_path(), "../other/../beside-too"),
        (inside.as_path(), "plots/../../new/folder"),
        (dir.path(), "r/../one-more"),
    ] {
        let result = inside.join("result.json");
        let result = result.to_str().expect("text");
        let (code, said) = run(from, &["report", result, "-o", to]);
        assert_eq!(code, 0, "{to}: {said}");
        assert_eq!(whole(&from.join(to)).map(|_| ()), Ok(()), "{to}");
        let part = format!("{to}-part.json");
        let sweep = dir.path().join("s.toml");
        let sweep = ["sweep", sweep.to_str().expect("text"), "-o", &part];
        let (code, said) = run(from, &sweep);
        assert_eq!(code, 0, "{part}: {said}");
    }
    for to in [
        "r/new",
        "r/plots/new",
        "plots/new",
        "plots/../new",
        "not-there/../r/new",
        "other/deep/../../r/new",
        "r/new/deep/../deeper",
    ] {
        let (code, said) = run(dir.path(), &["report", "r/result.json", "-o", to]);
        assert_eq!(code, 2, "{to}");
        assert!(
            said.contains("is a report and holds nothing else"),
            "{said}"
        );
        let file = format!("{to}.json");
        let (code, said) = run(dir.path(), &["sweep", "s.toml", "-o", &file]);
        assert_eq!(code, 2, "{file}");
        let refused = ["is a report and holds nothing else", "there is no folder"];
        assert!(refused.iter().any(|why| said.contains(why)), "{said}");
    }
    assert!(tree(&inside) == before, "the report is as it was");
}

/// Runs that are killed at many moments: what is there is the report before or the one after, and the
/// next run takes away what they left.
#[cfg(unix)]
#[test]
fn a_run_that_is_killed_leaves_the_old_report_or_the_new_one() {
    use std::process::Stdio;
    use std::time::{Duration, Instant};
    let dir = estate();
    let report = dir.path().join("report");
    let scenario = |demand: u32| {
        let text = SCENARIO.replace("150", &demand.to_string());
        fs::write(dir.path().join("s.toml"), text).expect("written");
    };
    let start = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_brownout"));
        command
            .args(["assess", "s.toml", "-q", "-o", "report"])
            .current_dir(dir.path());
        command.stdout(Stdio::null()).spawn().expect("started")
    };
    let begin = Instant::now();
    assert_eq!(start().wait().expect("ended").code(), Some(0));
    let takes = begin.elapsed();
    let mut seen = [0; 2];
    for moment in 0..40u32 {
        let demand = 150 + moment % 2;
        scenario(demand);
        let mut child = start();
        std::thread::sleep(takes * (moment + 5) / 30);
        let _ = child.kill();
        child.wait().expect("ended");
        // In the moment between two renames the old report is aside, whole: the next run puts it back.
        if !report.exists() {
            assert!(start().wait().expect("ended").success() || report.exists());
        }
        let result = whole(&report).unwrap_or_else(|e| panic!("killed at {moment}: {e}"));
        let is_new = result.contains(&format!("\"demand\": {demand}.0"));
        seen[usize::from(is_new)] += 1;
    }
    assert!(
        seen[0] > 0 && seen[1] > 0,
        "too early or too late: {seen:?}"
    );
    scenario(150);
    start().wait().expect("ended");
    std::thread::sleep(Duration::from_millis(10));
    let mut left: Vec<String> = tree(dir.path()).into_keys().collect();
    left.retain(|name| name.contains(".brownout-"));
    assert!(left.is_empty(), "{left:?}");
    whole(&report).expect("a report");
}

#[test]
fn a_report_and_a_file_cannot_have_one_name() {
    let dir = estate();
    for option in ["--junit", "--sarif"] {
        let before = tree(dir.path());
        let (code, stderr) = run(
            dir.path(),
            &["assess", "s.toml", "-o", "new", option, "./new"],
        );
        assert_eq!(code, 2, "{stderr}");
        assert!(stderr.contains("two files would be written"), "{stderr}");
        assert_eq!(tree(dir.path()), before, "nothing was written");
    }
}
