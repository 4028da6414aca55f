//! Ctrl-C and SIGTERM at various moments: every command ends within two seconds, with what was
//! computed where that is an answer, and with files that are whole or absent.

use serde_json::Value;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Two seconds are promised; the rest is for a machine that has other things to do.
const WITHIN: Duration = Duration::from_secs(3);
/// Moments at which signals come.
const MOMENTS: [(u64, &str); 3] = [(150, "-INT"), (700, "-TERM"), (2500, "-INT")];

/// A folder of large inputs.
struct Bench {
    dir: TempDir,
}

impl Bench {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A generated estate, and its scenario with more to do.
    fn estate(&self, name: &str, components: u32, network: bool, more: &str) -> String {
        let folder = self.path(name);
        let mut command = Command::new(env!("CARGO_BIN_EXE_brownout"));
        command.args(["generate", "-o"]).arg(&folder);
        command.args(["--components", &components.to_string()]);
        command.args(network.then_some("--network"));
        assert!(command.output().unwrap().status.success());
        let scenario = folder.join("scenario.toml");
        let mut text = fs::read_to_string(&scenario).unwrap();
        let at = text.find("[sweep]").expect("it has one");
        let end = text[at + 1..]
            .find("\n[")
            .map_or(text.len(), |n| at + 1 + n);
        text.replace_range(at..end, more);
        fs::write(&scenario, text).unwrap();
        scenario.to_str().unwrap().to_owned()
    }
}

struct Ended {
    /// Whether the signal found it at work.
    interrupted: bool,
    status: ExitStatus,
    took: Duration,
    stdout: Vec<u8>,
}

fn start(args: &[&str], stdout: &Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_brownout"));
    command
        .args(args)
        .stdin(Stdio::null())
        .stdout(File::create(stdout).unwrap())
        .stderr(Stdio::null());
    command.spawn().unwrap()
}

/// Runs a command and sends it a signal after so many milliseconds.
fn interrupt(args: &[&str], (after, signal): (u64, &str), stdout: &Path) -> Ended {
    let mut child = start(args, stdout);
    sleep(Duration::from_millis(after));
    let interrupted = child.try_wait().unwrap().is_none();
    let sent = Instant::now();
    if interrupted {
        let id = child.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status();
        assert!(sent.expect("kill").success());
    }
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if sent.elapsed() > Duration::from_secs(20) {
            child.kill().unwrap();
            let _ = child.wait();
            panic!("{args:?} goes on 20 s after {signal} at {after} ms");
        }
        sleep(Duration::from_millis(10));
    };
    Ended {
        interrupted,
        status,
        took: sent.elapsed(),
        stdout: fs::read(stdout).unwrap(),
    }
}

/// The same; a signal that comes before the program listens ends it in the way of the system, and is
/// sent again later.
fn heard(args: &[&str], (after, signal): (u64, &str), stdout: &Path) -> Ended {
    for more in [0, 300, 1500] {
        let ended = interrupt(args, (after + more, signal), stdout);
        if ended.status.code().is_some() {
            return ended;
        }
    }
    panic!("{args:?} never listens");
}

/// Sends signals to a command at every moment; how often it was interrupted by them. What was done in the very moment
/// of the signal ends with its own code, if it has one, as if there had been none.
fn at_every_moment(
    bench: &Bench,
    (args, own): (&[&str], Option<i32>),
    check: impl Fn(&Ended),
) -> usize {
    let mut interrupted = 0;
    for moment in MOMENTS {
        let ended = heard(args, moment, &bench.path("stdout"));
        if ended.interrupted {
            assert!(ended.took < WITHIN, "{args:?} {moment:?}: {:?}", ended.took);
            let code = ended.status.code();
            interrupted += usize::from(code == Some(3));
            let is_done = own.is_some() && code == own;
            assert!(code == Some(3) || is_done, "{args:?} {moment:?}: {code:?}");
        }
        check(&ended);
    }
    interrupted
}

fn whole_or_nothing(ended: &Ended) {
    let whole = ended.stdout.is_empty() || serde_json::from_slice::<Value>(&ended.stdout).is_ok();
    assert!(whole, "{}", String::from_utf8_lossy(&ended.stdout));
}

#[test]
fn analyses_end_with_what_was_computed() {
    let bench = Bench::new();
    let deep = bench.estate("deep", 400, false, "[sweep]\norder = 3\n");
    let network = bench.estate("network", 400, true, "[sweep]\norder = 2\n");
    let json = ["--format", "json"];
    let endless = "1000000000";
    let commands: [&[&str]; 4] = [
        &["sweep", &deep, "--order", "3"],
        &["sweep", &network, "--order", "2"],
        &["simulate", &deep, "--trials", endless, "--method", "plain"],
        &["assess", &deep],
    ];
    for command in commands {
        let args = [command, &json].concat();
        let some = std::cell::Cell::new(0);
        let interrupted = at_every_moment(&bench, (&args, None), |ended| {
            whole_or_nothing(ended);
            some.set(some.get() + usize::from(!ended.stdout.is_empty()));
        });
        assert!(interrupted > 0, "{args:?} is too quick to be interrupted");
        // What an assessment keeps begins with the base state, which may take longer than this waits.
        let keeps = some.get() > 0 || command[0] == "assess";
        assert!(keeps, "{args:?} kept nothing at any moment");
    }
}

#[test]
fn a_report_that_was_interrupted_is_whole_or_absent() {
    let bench = Bench::new();
    let scenario = bench.estate("estate", 300, false, "[sweep]\norder = 2\n");
    for moment in MOMENTS {
        let folder = bench.path(&format!("report-{}", moment.0));
        let args = ["assess", &scenario, "-o", folder.to_str().unwrap()];
        let ended = heard(&args, moment, &bench.path("stdout"));
        assert!(ended.took < WITHIN, "{moment:?}: {:?}", ended.took);
        let result = folder.join("result.json");
        if result.exists() {
            let value: Value = serde_json::from_slice(&fs::read(result).unwrap()).unwrap();
            assert!(value["verdict"].is_object());
            assert!(folder.join("report.html").exists());
        }
    }
}

#[test]
fn an_interrupted_run_leaves_a_whole_report_as_it_was() {
    let bench = Bench::new();
    let scenario = bench.estate("estate", 300, false, "[sweep]\norder = 1\n");
    let folder = bench.path("report");
    let shown = folder.to_str().unwrap();
    let quick = ["--no-fixes", "--no-ledger", "--no-explore"];
    let args = [&["assess", &scenario, "-o", shown], &quick[..]].concat();
    assert!(start(&args, &bench.path("stdout")).wait().unwrap().code() < Some(2));
    let result = || fs::read(folder.join("result.json")).unwrap();
    let (before, deep) = (result(), bench.path("estate/deep.toml"));
    let text = fs::read_to_string(&scenario).unwrap();
    fs::write(&deep, text.replace("order = 1", "order = 3")).unwrap();
    let deep = deep.to_str().unwrap();
    let early = bench.path("early");
    for (to, had) in [(shown, true), (early.to_str().unwrap(), false)] {
        let args = [&["assess", deep, "-o", to], &quick[..]].concat();
        let ended = heard(&args, (2500, "-INT"), &bench.path("stdout"));
        assert!(ended.interrupted, "{args:?} is too quick");
        assert_eq!(ended.status.code(), Some(3));
        if had {
            assert!(
                result() == before,
                "a whole report gave way to one that is not"
            );
            continue;
        }
        // Without one before, what was computed is kept, and is known for what it is.
        if early.join("result.json").exists() {
            let mut verify = Command::new(env!("CARGO_BIN_EXE_brownout"));
            let said = verify.args(["verify", to]).output().unwrap();
            let text = String::from_utf8(said.stdout).unwrap();
            let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(flat.contains("the recorded run was interrupted"), "{text}");
            assert!(!flat.contains("is not there"), "{text}");
        }
    }
}

#[test]
fn commands_that_have_nothing_to_keep_end_at_once() {
    let bench = Bench::new();
    let large = bench.estate("large", 20_000, false, "[sweep]\norder = 1\n");
    let small = bench.estate("small", 150, false, "[sweep]\norder = 2\n");
    let folder = bench.path("report");
    let folder = folder.to_str().unwrap();
    let assessed = start(&["assess", &small, "-o", folder], &bench.path("stdout")).wait();
    assert!(assessed.unwrap().code().is_some());
    let mut graph = String::from("graph [\n");
    for n in 0..60_000 {
        graph.push_str(&format!("node [ id {n} label \"n{n}\" ]\n"));
    }
    graph.push(']');
    fs::write(bench.path("net.gml"), graph).unwrap();
    let gml = bench.path("net.gml");
    let (imported, generated) = (bench.path("imported"), bench.path("generated"));
    let [gml, imported, generated] = [&gml, &imported, &generated].map(|p| p.to_str().unwrap());
    let commands: [(&[&str], i32); 6] = [
        (&["check", &large], 0),
        (&["whatif", &large], 0),
        (&["explain", &large, "no-such-service"], 2),
        (&["import", "gml", gml, "-o", imported], 0),
        (&["generate", "-o", generated, "--components", "200000"], 0),
        (&["verify", folder], 0),
    ];
    let mut interrupted = 0;
    for (args, own) in commands {
        interrupted += at_every_moment(&bench, (args, Some(own)), |_| {
            for made in [imported, generated] {
                let made = Path::new(made);
                if made.exists() {
                    assert!(
                        made.join("components.csv").exists() || made.join("scenario.toml").exists()
                    );
                    fs::remove_dir_all(made).unwrap();
                }
            }
        });
    }
    // Each has three moments, and most take longer than the first two.
    assert!(interrupted >= 6, "{interrupted}");
}
