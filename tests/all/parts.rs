//! Sweeps and assessments in parts: merged they are one run, whatever the estate, the number and the order
//! of the parts; what does not belong together is refused by name; what was interrupted goes on.

use crate::placement::{placed, placed_with_all};
use crate::random::{Dice, SHAPES, Shape};
use crate::trips::{together, tripping};
use assert_cmd::Command;
use brownout::analysis::montecarlo::Shard;
use brownout::analysis::{KeepNothing, NoWatch, Study, SweepRecord};
use brownout::model::{Scenario, System};
use rayon::prelude::*;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A sweep in parts that were written and read again, in any order, against the same in one run.
fn divided((system, mut scenario): (System, Scenario), shape: Shape, seed: u64) {
    let mut dice = Dice::new(seed ^ 0x9A87);
    let order = 1 + u32::try_from(dice.below(3)).expect("few");
    // To order 3 the way by definition is as slow as it is long.
    let most = if order > 2 { 9 } else { 40 };
    let kept = dice.some(&scenario.sweep.elements, most);
    scenario.sweep.elements.retain(|e| kept.contains(e));
    let study = Study::new(&system, &scenario).listing(dice.pick(&[usize::MAX, 10_000, 2]));
    let one = study.sweep(order, &NoWatch);
    let count = 1 + seed % 8;
    let part = |index| {
        let shard = Some(Shard { index, count });
        let part = study.sweep_part(order, (shard, None), &KeepNothing, &NoWatch);
        let text = serde_json::to_string(&part.expect("a part").0).expect("JSON");
        serde_json::from_str::<SweepRecord>(&text).expect("a part")
    };
    let all: Vec<SweepRecord> = (0..count).map(part).collect();
    let all = dice
        .some(&(0..all.len()).collect::<Vec<_>>(), all.len())
        .into_iter()
        .map(|i| all[i].clone());
    let all: Vec<SweepRecord> = all.collect();
    let joined = study
        .sweep_joined(order, &all, &NoWatch)
        .expect("all parts");
    assert_eq!(
        joined, one,
        "{shape:?}, seed {seed}, order {order}, {count} parts"
    );
}

#[test]
fn random_estates_in_parts_are_one_run() {
    for shape in SHAPES {
        let seeds = || (80_000..80_016u64).into_par_iter();
        seeds().for_each(|seed| divided(crate::random::estate(shape, seed), shape, seed));
        seeds().for_each(|seed| divided(placed(shape, seed), shape, seed));
        seeds().for_each(|seed| divided(placed_with_all(shape, seed), shape, seed));
        seeds().for_each(|seed| divided(together(shape, seed), shape, seed));
        seeds().for_each(|seed| {
            let (system, scenario) = crate::random::estate(shape, seed);
            divided((tripping(&system, seed), scenario), shape, seed);
        });
    }
}

fn brownout(dir: &Path, args: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = Command::cargo_bin("brownout").expect("the program");
    command.current_dir(dir).args(args).assert()
}

fn out(dir: &Path, args: &[&str]) -> Vec<u8> {
    brownout(dir, args).get_output().stdout.clone()
}

fn refused(dir: &Path, args: &[&str], says: &str) {
    let refused = brownout(dir, args).code(2).stdout("");
    let text = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
    assert!(text.contains(says), "{args:?}: {text}");
}

/// An estate with two load cases, a network, placements, trips, policies and probabilities.
const SCENARIO: &str = r#"
name = "in parts"
inventory = "inventory"
headroom = 0.05
[[load]]
name = "today"
[[load]]
name = "peak"
peak = true
growth = 1.4
[placement]
both = true
[sweep]
order = 2
[simulate]
trials = 20000
seed = 5
[[contingency]]
name = "both switches"
down = ["sw1", "sw2"]
[[policy]]
name = "any one"
survives = 1
[[policy]]
name = "seldom"
max_probability = { degraded = 1e-3 }
"#;

fn estate() -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let inventory = dir.path().join("inventory");
    fs::create_dir(&inventory).expect("a folder");
    let write = |name: &str, text: &str| fs::write(inventory.join(name), text).expect("written");
    write(
        "components.csv",
        "id,kind,capacity,within,mtbf_hours,mttr_hours,trips_at\n\
         site,site,,,,,\nh1,host,100,site,990,10,\nh2,host,100,site,990,10,\nh3,host,80,site,990,10,\n\
         sw1,switch,,site,9990,10,\nsw2,switch,,site,9990,10,\nclient,site,,,,,\n\
         m1,vm,90,,,,1.3\nm2,vm,90,,,,1.3\nm3,vm,60,,,,\ndb,database,300,site,4990,10,\n",
    );
    write(
        "links.csv",
        "id,a,b,capacity,mtbf_hours,mttr_hours\nc1,client,sw1,100,9990,10\nc2,client,sw2,100,9990,10\n\
         d1,sw1,db,120,,\nd2,sw2,db,120,,\n",
    );
    write("flows.csv", "id,from,to\nf,client,db\n");
    write(
        "services.csv",
        "id,demand,tier\nweb,100,1\nreports,40,2\nbatch,10,\n",
    );
    write(
        "dependencies.csv",
        "consumer,provider,group,need\nweb,m1,vms,any\nweb,m2,vms,any\nweb,m3,vms,any\nweb,f,,\n\
         reports,m3,,\nreports,f,,\nbatch,m1,g,any\nbatch,m2,g,any\n",
    );
    write(
        "placements.csv",
        "instance,hosts,host,amount\nm1,h1;h2;h3,h1,60\nm2,h1;h2;h3,h2,60\nm3,h1;h2;h3,h3,40\n",
    );
    fs::write(dir.path().join("s.toml"), SCENARIO).expect("written");
    dir
}

/// Makes all parts of a command, and returns their names in another order.
fn made(dir: &Path, command: &[&str], count: usize) -> Vec<String> {
    let name = |i: usize| format!("part-{i}.json");
    for i in (1..=count).rev() {
        let (shard, file) = (format!("{i}/{count}"), name(i));
        // That of another run would stay.
        let _ = fs::remove_file(dir.join(&file));
        let args = [command, &["--shard", &shard, "-o", &file]].concat();
        brownout(dir, &args).success().stdout("");
    }
    let mut all: Vec<String> = (1..=count).map(name).collect();
    all.rotate_left(count / 2);
    all
}

fn with<'a>(words: &[&'a str], parts: &'a [String], more: &[&'a str]) -> Vec<&'a str> {
    let parts = parts.iter().map(String::as_str);
    let words = words.iter().copied().chain(parts);
    words.chain(more.iter().copied()).collect()
}

#[test]
fn a_sweep_in_parts_is_one_run_in_every_format() {
    let dir = estate();
    for (order, count) in [("1", 2), ("2", 5), ("3", 3)] {
        let sweep = ["sweep", "s.toml", "--order", order];
        let parts = made(dir.path(), &sweep, count);
        let formats: [&[&str]; 9] = [
            &[],
            &["--format", "json"],
            &["--format", "json", "--sets", "2"],
            &["--format", "csv"],
            &["--format", "csv", "--table", "minimal"],
            &["--format", "csv", "--table", "links"],
            &["--format", "csv", "--table", "cascades"],
            &["--format", "csv", "--table", "stranded"],
            &["--format", "csv", "--table", "named"],
        ];
        for format in formats {
            let one = out(dir.path(), &[&sweep[..], format].concat());
            let merged = out(dir.path(), &with(&["merge"], &parts, format));
            assert!(
                !one.is_empty() && merged == one,
                "order {order}, {format:?}"
            );
        }
        let to_file = |args: &[&str]| {
            brownout(dir.path(), args).success();
            fs::read(dir.path().join("result.json")).expect("written")
        };
        let one = to_file(&[&sweep[..], &["-o", "result.json"]].concat());
        let merged = to_file(&with(&["merge"], &parts, &["-o", "result.json"]));
        assert!(one == merged, "order {order}, as a file");
        let json = out(dir.path(), &[&sweep[..], &["--format", "json"]].concat());
        assert!(one == json, "the file is what stdout has");
    }
}

#[test]
fn lists_that_the_parts_have_cut_are_not_made_longer() {
    let dir = estate();
    let sweep = ["sweep", "s.toml", "--sets", "1"];
    let parts = made(dir.path(), &sweep, 2);
    refused(
        dir.path(),
        &with(&["merge"], &parts, &["--format", "json"]),
        "--sets all",
    );
    let one = out(dir.path(), &[&sweep[..], &["--format", "json"]].concat());
    let merged = out(
        dir.path(),
        &with(&["merge"], &parts, &["--format", "json", "--sets", "1"]),
    );
    assert!(one == merged);
}

#[test]
fn parts_that_do_not_belong_together_are_refused_by_name() {
    let dir = estate();
    for sweep in [
        vec!["sweep", "s.toml"],
        vec!["assess", "s.toml", "--no-ledger"],
    ] {
        made(dir.path(), &sweep, 3);
        let merge = |parts: [&'static str; 3]| [&["merge"][..], &parts].concat();
        let [one, two, three] = ["part-1.json", "part-2.json", "part-3.json"];
        refused(dir.path(), &["merge", one, three], "missing: 2/3");
        refused(
            dir.path(),
            &merge([one, two, two]),
            "part-2.json is part 2/3, which was given already",
        );
        let other = [&sweep[..], &["--shard", "2/4", "-o", "other.json"]].concat();
        brownout(dir.path(), &other).success();
        refused(
            dir.path(),
            &merge([one, "other.json", three]),
            "other.json belongs to another run",
        );
        let text = fs::read_to_string(dir.path().join(two)).expect("read");
        let cut = &text[..text.len() / 2];
        fs::write(dir.path().join("cut.json"), cut).expect("written");
        refused(
            dir.path(),
            &merge([one, "cut.json", three]),
            "cut.json is no part",
        );
        // Another number, still JSON, still plausible.
        let at = text.find("\"done\":[[").expect("ranges") + 9;
        let digit = if &text[at..=at] == "0" { "1" } else { "0" };
        let altered = format!("{}{digit}{}", &text[..at], &text[at + 1..]);
        fs::write(dir.path().join("altered.json"), altered).expect("written");
        refused(
            dir.path(),
            &merge([one, "altered.json", three]),
            "altered.json is not as it was written",
        );
        refused(
            dir.path(),
            &["merge", one, two, "inventory/services.csv"],
            "services.csv is no part",
        );
        // The inputs are changed, and changed back.
        let services = dir.path().join("inventory/services.csv");
        let before = fs::read_to_string(&services).expect("read");
        fs::write(&services, before.replace("100", "101")).expect("written");
        refused(
            dir.path(),
            &merge([one, two, three]),
            "other inputs than those that are there now: inventory/services.csv",
        );
        fs::write(&services, before).expect("written");
        brownout(dir.path(), &merge([one, two, three]));
        for file in ["other.json", one, two, three] {
            fs::remove_file(dir.path().join(file)).expect("there");
        }
    }
}

fn files_of(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path
                    .strip_prefix(folder)
                    .expect("inside")
                    .to_string_lossy()
                    .into_owned();
                all.push((name, fs::read(&path).expect("read")));
            }
        }
    }
    all.sort();
    all
}

#[test]
fn an_assessment_in_parts_is_the_same_folder() {
    let dir = estate();
    let assess = ["assess", "s.toml", "--as-of", "2026-11-01"];
    let code = |args: &[&str]| brownout(dir.path(), args).get_output().status.code();
    let whole = code(&[&assess[..], &["-o", "whole"]].concat());
    let parts = made(dir.path(), &assess, 4);
    assert_eq!(code(&with(&["merge"], &parts, &["-o", "merged"])), whole);
    let (one, merged) = (
        files_of(&dir.path().join("whole")),
        files_of(&dir.path().join("merged")),
    );
    let names = |all: &[(String, Vec<u8>)]| all.iter().map(|f| f.0.clone()).collect::<Vec<_>>();
    assert_eq!(names(&one), names(&merged));
    assert!(one.len() > 10 && names(&one).contains(&"result.json".to_owned()));
    for (one, merged) in one.iter().zip(&merged) {
        assert!(one == merged, "{} differs", one.0);
    }
    for format in [
        &["--full"][..],
        &["--format", "csv"],
        &["--format", "markdown"],
    ] {
        let one = out(dir.path(), &[&assess[..], format].concat());
        assert!(
            one == out(dir.path(), &with(&["merge"], &parts, format)),
            "{format:?}"
        );
    }
    // The inputs may be elsewhere by then.
    fs::create_dir(dir.path().join("moved")).expect("made");
    for name in ["inventory", "s.toml"] {
        fs::rename(dir.path().join(name), dir.path().join("moved").join(name)).expect("moved");
    }
    refused(dir.path(), &with(&["merge"], &parts, &[]), "s.toml");
    let moved = out(
        dir.path(),
        &with(
            &["merge"],
            &parts,
            &["--source", "moved/s.toml", "--format", "csv"],
        ),
    );
    let one = out(
        &dir.path().join("moved"),
        &[&assess[..], &["--format", "csv"]].concat(),
    );
    assert!(moved == one);
}

#[test]
fn options_of_one_kind_of_run_are_refused_for_another() {
    let dir = estate();
    let parts = made(dir.path(), &["sweep", "s.toml"], 1);
    refused(
        dir.path(),
        &with(&["merge"], &parts, &["--junit", "x.xml"]),
        "--junit",
    );
    refused(
        dir.path(),
        &with(&["merge"], &parts, &["--format", "html"]),
        "html",
    );
    let parts = made(dir.path(), &["simulate", "s.toml"], 1);
    refused(
        dir.path(),
        &with(&["merge"], &parts, &["--table", "links"]),
        "--table",
    );
    refused(
        dir.path(),
        &with(&["merge"], &parts, &["--source", "s.toml"]),
        "--source",
    );
    refused(
        dir.path(),
        &["sweep", "s.toml", "--shard", "1/4"],
        "--output",
    );
    refused(
        dir.path(),
        &["sweep", "s.toml", "--shard", "1/1000001", "-o", "x"],
        "parts",
    );
    refused(
        dir.path(),
        &[
            "assess", "s.toml", "--shard", "1/4", "-o", "x", "--junit", "y",
        ],
        "--junit",
    );
    refused(
        dir.path(),
        &["sweep", "s.toml", "--shard", "1/4", "-o", "s.toml"],
        "no part 1/4 of a sweep",
    );
}

#[test]
fn parts_says_what_is_done_and_how_to_make_the_rest() {
    let dir = estate();
    let run = |args: &[&str]| brownout(dir.path(), args);
    let sweep = [
        "sweep",
        "s.toml",
        "--elements",
        "kind=host",
        "kind=switch",
        "--quiet",
    ];
    let parts = made(dir.path(), &sweep, 4);
    let all = run(&with(&["parts"], &parts, &["--format", "json"])).code(0);
    let result: Value = serde_json::from_slice(&all.get_output().stdout).expect("JSON");
    assert_eq!(result["schema"], "brownout/parts/2");
    assert_eq!(
        (result["run"].as_str(), result["done"].as_u64()),
        (Some("sweep"), Some(4))
    );
    let one = out(dir.path(), &with(&["merge"], &parts, &[]));
    // One is gone, one is cut, one is of another run, one is there twice.
    fs::remove_file(dir.path().join("part-2.json")).expect("there");
    let text = fs::read(dir.path().join("part-3.json")).expect("read");
    fs::write(dir.path().join("part-3.json"), &text[..text.len() - 40]).expect("written");
    fs::copy(
        dir.path().join("part-4.json"),
        dir.path().join("again.json"),
    )
    .expect("copied");
    run(&["sweep", "s.toml", "--shard", "2/4", "-o", "foreign.json"]).success();
    let there = [
        "part-1.json",
        "part-3.json",
        "part-4.json",
        "foreign.json",
        "again.json",
    ];
    let said = run(&[&["parts"][..], &there, &["--format", "json"]].concat()).code(3);
    let result: Value = serde_json::from_slice(&said.get_output().stdout).expect("JSON");
    let states = result["parts"].as_array().expect("parts").iter();
    let states: Vec<_> = states
        .map(|p| (p["part"].as_str().unwrap(), p["state"].as_str().unwrap()))
        .collect();
    assert_eq!(
        states,
        [
            ("1/4", "done"),
            ("2/4", "missing"),
            ("3/4", "missing"),
            ("4/4", "done")
        ]
    );
    let others = result["others"].as_array().expect("others").iter();
    let mut others: Vec<_> = others
        .map(|o| (o["file"].as_str().unwrap(), o["why"].as_str().unwrap()))
        .collect();
    others.sort_unstable();
    assert_eq!(
        others,
        [
            ("again.json", "twice"),
            ("foreign.json", "other-run"),
            ("part-3.json", "torn")
        ]
    );
    let text =
        String::from_utf8(out(dir.path(), &[&["parts"][..], &there].concat())).expect("text");
    assert!(
        text.starts_with("2 of 4 parts of the sweep done; 2 missing."),
        "{text}"
    );
    // What it says makes what is missing, once the torn file is gone.
    fs::remove_file(dir.path().join("part-3.json")).expect("there");
    let missing = result["parts"].as_array().expect("parts").iter();
    for command in missing.filter_map(|p| p["command"].as_str()) {
        let words: Vec<&str> = command.split(' ').collect();
        assert_eq!(words[0], "brownout", "{command}");
        run(&words[1..]).success();
    }
    assert!(one == out(dir.path(), &with(&["merge"], &parts, &[])));
    run(&with(&["parts"], &parts, &[])).code(0);
    refused(
        dir.path(),
        &["parts", "s.toml"],
        "no file is a part of a run",
    );
    // Parts of the other kinds are known, too.
    for command in ["simulate", "assess"] {
        fs::remove_file(dir.path().join("part-1.json")).expect("there");
        run(&[command, "s.toml", "--shard", "1/2", "-o", "part-1.json"]).success();
        let said = out(dir.path(), &["parts", "part-1.json"]);
        let said = String::from_utf8(said).expect("text");
        let makes = format!("brownout {command} s.toml --shard 2/2 -o part-2.json");
        assert!(said.contains(&makes), "{said}");
    }
}

/// Names of all that is in a folder, sorted.
#[cfg(unix)]
fn names_in(dir: &Path) -> Vec<String> {
    let all = fs::read_dir(dir).expect("a folder");
    let name = |e: std::io::Result<fs::DirEntry>| {
        let name = e.expect("an entry").file_name();
        name.to_string_lossy().into_owned()
    };
    let mut all: Vec<String> = all.map(name).collect();
    all.sort();
    all
}

/// An estate of which a sweep takes a while.
fn large(dir: &Path) {
    let args = [
        "generate",
        "--components",
        "100",
        "--network",
        "-o",
        "large",
    ];
    brownout(dir, &args).success();
}

#[cfg(unix)]
#[test]
fn a_part_that_is_interrupted_goes_on_and_one_that_is_killed_leaves_nothing() {
    use std::process::{Command, Stdio};
    let dir = tempfile::tempdir().expect("a folder");
    large(dir.path());
    let sweep = ["sweep", "large", "--order", "3", "--quiet"];
    let spawn = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_brownout"));
        let command = command.current_dir(dir.path()).args(sweep).args(more);
        command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("started")
    };
    let names = || names_in(dir.path());
    let part = [
        "--shard",
        "2/2",
        "-o",
        "part-2.json",
        "--checkpoint",
        "ck-2.json",
        "--resume",
    ];
    let mut killed = spawn(&part);
    std::thread::sleep(Duration::from_millis(60));
    killed.kill().expect("killed");
    killed.wait().expect("ended");
    assert!(
        !names().contains(&"part-2.json".to_owned()),
        "{:?}",
        names()
    );
    // Ended again and again, it comes to an end.
    let (mut ends, began) = (0, Instant::now());
    loop {
        let mut child = spawn(&part);
        std::thread::sleep(Duration::from_millis(900));
        let id = child.id().to_string();
        Command::new("kill")
            .args(["-TERM", &id])
            .status()
            .expect("kill");
        let code = child.wait().expect("ended").code();
        if code == Some(0) {
            break;
        }
        if code == Some(3) {
            ends += 1;
            let said = brownout(dir.path(), &["parts", "part-2.json"]).code(3);
            let said = String::from_utf8_lossy(&said.get_output().stdout).into_owned();
            assert!(said.contains("1 ended early, 1 missing"), "{said}");
            assert!(said.contains("--checkpoint ck-2.json --resume"), "{said}");
            refused(dir.path(), &["merge", "part-2.json"], "missing: 1/2");
        }
        if began.elapsed() > Duration::from_secs(60) || ends == 4 {
            assert_eq!(spawn(&part).wait().expect("ended").code(), Some(0));
            break;
        }
    }
    let first = ["--shard", "1/2", "-o", "part-1.json"];
    assert_eq!(spawn(&first).wait().expect("ended").code(), Some(0));
    let json = ["--format", "json"];
    let one = out(dir.path(), &[&sweep[..], &json].concat());
    let merged = out(
        dir.path(),
        &[&["merge", "part-2.json", "part-1.json"][..], &json].concat(),
    );
    assert!(one == merged, "ended {ends} times");
    assert!(
        !names().iter().any(|n| n.starts_with(".brownout")),
        "{:?}",
        names()
    );
    // All of it in the same way.
    let whole = ["--checkpoint", "ck.json", "--resume"];
    let mut child = spawn(&whole);
    std::thread::sleep(Duration::from_millis(1500));
    let id = child.id().to_string();
    Command::new("kill")
        .args(["-INT", &id])
        .status()
        .expect("kill");
    child.wait().expect("ended");
    let resumed = out(dir.path(), &[&sweep[..], &whole, &json].concat());
    assert!(one == resumed, "what goes on gives other bytes");
    // A checkpoint of something else is refused.
    let other = [
        "sweep",
        "large",
        "--order",
        "2",
        "--checkpoint",
        "ck.json",
        "--resume",
    ];
    refused(dir.path(), &other, "other inputs or settings");
}

/// Gives two things of an estate units that nobody relates: a warning to tell.
fn unlike_units(dir: &Path) {
    for (name, unlike) in [("components.csv", "m1"), ("services.csv", "web")] {
        let file = dir.join("inventory").join(name);
        let text = fs::read_to_string(&file).expect("read");
        let unit = |row: &str| match row.split(',').next() {
            Some("id") => format!("{row},unit\n"),
            Some(id) if id == unlike => format!("{row},{id}/s\n"),
            _ => format!("{row},\n"),
        };
        let text: String = text.lines().map(unit).collect();
        fs::write(&file, text).expect("written");
    }
}

/// A pipe that nobody reads and that is full: our end, and the end that is written to.
#[cfg(unix)]
fn full_pipe() -> (std::os::unix::net::UnixStream, std::os::fd::OwnedFd) {
    use std::io::Write as _;
    let (ours, mut theirs) = std::os::unix::net::UnixStream::pair().expect("a pipe");
    theirs.set_nonblocking(true).expect("set");
    while theirs.write(&[b'.'; 1024]).is_ok() {}
    while theirs.write(b".").is_ok() {}
    theirs.set_nonblocking(false).expect("set");
    (ours, theirs.into())
}

/// A part is done once it is written: a signal that comes while it is told of, to somebody who reads that late or
/// never, leaves the exit code that goes with what `parts` says of it.
#[cfg(unix)]
#[test]
fn a_signal_after_a_part_is_written_changes_nothing() {
    use std::process::{Command, Stdio};
    let dir = estate();
    unlike_units(dir.path());
    let parts = [
        ("sweep", true),
        ("sweep", false),
        ("simulate", true),
        ("assess", true),
    ];
    for (command, reads) in parts {
        let file = dir.path().join("part-2.json");
        let _ = fs::remove_file(&file);
        let (mut ours, theirs) = full_pipe();
        let mut child = Command::new(env!("CARGO_BIN_EXE_brownout"))
            .current_dir(dir.path())
            .args([command, "s.toml", "--shard", "2/2", "-o", "part-2.json"])
            .stdout(Stdio::null())
            .stderr(theirs)
            .spawn()
            .expect("started");
        let began = Instant::now();
        while !file.exists() {
            assert!(began.elapsed() < Duration::from_secs(60), "{command}");
            std::thread::sleep(Duration::from_millis(10));
        }
        std::thread::sleep(Duration::from_millis(300));
        assert!(
            child.try_wait().expect("asked").is_none(),
            "it has a warning to tell"
        );
        let id = child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status();
        assert!(sent.expect("kill").success());
        std::thread::sleep(Duration::from_millis(100));
        if reads {
            std::io::copy(&mut ours, &mut std::io::sink()).expect("read");
        }
        assert_eq!(child.wait().expect("ended").code(), Some(0), "{command}");
        let said = brownout(dir.path(), &["parts", "part-2.json"]).code(3);
        let said = String::from_utf8_lossy(&said.get_output().stdout).into_owned();
        assert!(said.contains("1 of 2 parts"), "{said}");
    }
}

/// The job files say what they should, as far as that can be told without their engines.
#[test]
fn job_files_are_well_formed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/batch");
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect("read");
    for script in ["slurm.sh", "parallel.sh"] {
        let bash = std::process::Command::new("bash")
            .arg("-n")
            .arg(folder.join(script))
            .status();
        assert!(bash.is_ok_and(|s| s.success()), "{script}");
    }
    let python = std::process::Command::new("python3")
        .args(["-c", "import ast, sys; ast.parse(open(sys.argv[1]).read())"])
        .arg(folder.join("dask_parts.py"))
        .status();
    // Where there is no Python there is nobody to ask.
    assert!(python.map_or(true, |s| s.success()), "dask_parts.py");
    let all: Vec<Value> = serde_saphyr::from_multiple(&read("kubernetes.yaml")).expect("YAML");
    let kinds: Vec<_> = all
        .iter()
        .map(|d| d["kind"].as_str().expect("a kind"))
        .collect();
    assert_eq!(kinds, ["PersistentVolumeClaim", "Job"]);
    assert_eq!(
        all[0]["spec"]["accessModes"],
        serde_json::json!(["ReadWriteMany"])
    );
    let spec = &all[1]["spec"];
    assert_eq!(spec["completionMode"], "Indexed");
    assert!(spec["backoffLimitPerIndex"].as_u64().is_some_and(|n| n > 0));
    let rules = spec["podFailurePolicy"]["rules"].as_array().expect("rules");
    let fails = rules
        .iter()
        .find(|r| r["action"] == "FailJob")
        .expect("a rule");
    assert_eq!(fails["onExitCodes"]["values"], serde_json::json!([2]));
    let pod = &spec["template"]["spec"];
    // Only so may a failure policy look at exit codes.
    assert_eq!(pod["restartPolicy"], "Never");
    let container = &pod["containers"][0];
    let env = container["env"].as_array().expect("env");
    let parts = env.iter().find(|e| e["name"] == "PARTS").expect("PARTS");
    assert_eq!(
        parts["value"].as_str(),
        Some(spec["completions"].to_string().as_str())
    );
    let context = &container["securityContext"];
    assert_eq!(context["readOnlyRootFilesystem"], true);
    assert_eq!(context["allowPrivilegeEscalation"], false);
    assert_eq!(context["capabilities"]["drop"], serde_json::json!(["ALL"]));
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    let claim = &pod["volumes"][0]["persistentVolumeClaim"]["claimName"];
    assert_eq!(claim, &all[0]["metadata"]["name"]);
    assert!(read("Dockerfile").lines().any(|l| l.starts_with("USER ")));
    // Every option that a job file uses is one.
    let help = String::from_utf8(out(&folder, &["sweep", "--help"])).expect("text");
    for file in [
        "slurm.sh",
        "parallel.sh",
        "dask_parts.py",
        "kubernetes.yaml",
    ] {
        let text = read(file);
        let words = text.split(|c: char| c.is_whitespace() || "\"'[],()".contains(c));
        let options = words.filter(|w| {
            [
                "--shard",
                "--checkpoint",
                "--resume",
                "--threads",
                "--quiet",
            ]
            .contains(w)
        });
        let mut count = 0;
        for option in options {
            assert!(help.contains(option), "{file}: {option}");
            count += 1;
        }
        assert!(count >= 3, "{file} does a part");
    }
}
