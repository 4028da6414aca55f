//! `--max-memory` holds for networks: the program's greatest memory, as the system tells it, against
//! the limit it was given.

#![cfg(target_os = "linux")]

use std::fmt::Write;
use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

const MB: u64 = 1_000_000;

/// A hub and leaves around it; from every so many leaves one flow to the next but one of them.
fn star(leaves: usize, every: usize, kind: &str) -> [(&'static str, String); 5] {
    let mut components = "id,kind\nhub,switch\n".to_owned();
    let mut links = "id,a,b,capacity\n".to_owned();
    for i in 0..leaves {
        let _ = writeln!(components, "leaf-{i},{kind}");
        let _ = writeln!(links, "link-{i},hub,leaf-{i},10");
    }
    let ends: Vec<usize> = (0..leaves).step_by(every).collect();
    let pairs = ends.iter().zip(ends.iter().cycle().skip(2));
    tables(components, links, pairs.map(|(a, b)| (*a, *b)), "leaf")
}

/// Every node joined to every other, and a flow from each to each.
fn mesh(nodes: usize) -> [(&'static str, String); 5] {
    let mut components = "id,kind\n".to_owned();
    let mut links = "id,a,b,capacity\n".to_owned();
    for i in 0..nodes {
        let _ = writeln!(components, "leaf-{i},router");
        for j in 0..i {
            let _ = writeln!(links, "link-{j}-{i},leaf-{j},leaf-{i},10");
        }
    }
    let pairs = (0..nodes).flat_map(|i| (0..nodes).map(move |j| (i, j)));
    tables(components, links, pairs.filter(|(i, j)| i != j), "leaf")
}

fn tables(
    components: String,
    links: String,
    pairs: impl Iterator<Item = (usize, usize)>,
    node: &str,
) -> [(&'static str, String); 5] {
    let mut flows = "id,from,to\n".to_owned();
    let mut services = "id,demand\n".to_owned();
    let mut dependencies = "consumer,provider\n".to_owned();
    for (i, (a, b)) in pairs.enumerate() {
        let _ = writeln!(flows, "flow-{i},{node}-{a},{node}-{b}");
        let _ = writeln!(services, "service-{i},1");
        let _ = writeln!(dependencies, "service-{i},flow-{i}");
    }
    [
        ("components.csv", components),
        ("links.csv", links),
        ("flows.csv", flows),
        ("services.csv", services),
        ("dependencies.csv", dependencies),
    ]
}

/// Exit code, and the greatest memory of the program, bytes; what it says.
fn sweep(tables: &[(&str, String)], limit: u64, threads: &str) -> (i32, u64, String) {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in tables {
        fs::write(folder.path().join(name), text).expect("can be written");
    }
    let limit = limit.to_string();
    let said = folder.path().join("said");
    let mut child = Command::new(env!("CARGO_BIN_EXE_brownout"))
        .args(["sweep", "--order", "1", "--threads", threads, "--quiet"])
        .args(["--format", "json", "--max-memory", &limit])
        .arg(folder.path())
        .stdout(fs::File::create(&said).expect("can be made"))
        .stderr(Stdio::null())
        .spawn()
        .expect("starts");
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    loop {
        let now = fs::read_to_string(&status).unwrap_or_default();
        let line = now.lines().find(|line| line.starts_with("VmHWM:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
        most = most.max(kilobytes.unwrap_or(0) * 1024);
        if let Some(done) = child.try_wait().expect("can be asked") {
            let said = fs::read_to_string(said).expect("was written");
            return (done.code().expect("not killed"), most, said);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// The program itself as it was built for this test, bytes. It is over so soon that some runs are looked
/// at too early.
fn program() -> u64 {
    let run = |_| sweep(&star(3, 1, "server"), 1_000 * MB, "1").1;
    (0..12).map(run).max().expect("some run")
}

/// Bytes that the program says it would take.
#[allow(
    clippy::cast_sign_loss,
    clippy::cast_possible_truncation,
    reason = "a count of bytes that was printed"
)]
fn said(text: &str) -> u64 {
    let words = text
        .split_once("would take about ")
        .expect("it is refused")
        .1;
    let mut words = words.split(' ');
    let number: f64 = words.next().and_then(|n| n.parse().ok()).expect("a number");
    let unit = match words.next() {
        Some("kB") => 1e3,
        Some("MB") => 1e6,
        Some("GB") => 1e9,
        other => panic!("{other:?} is no unit"),
    };
    (number * unit) as u64
}

#[test]
fn a_star_of_many_leaves_stays_under_its_limit() {
    for kind in ["server", "router"] {
        let limit = 80 * MB;
        let (code, most, _) = sweep(&star(3_000, 1, kind), limit, "2");
        assert_eq!(code, 0, "{kind}: {most}");
        assert!(most < limit, "{kind}: {most}");
    }
}

/// What is said beforehand is what is taken, to a factor; the program itself counts as it is.
#[test]
fn what_a_network_takes_is_known_beforehand() {
    let program = program();
    for tables in [
        mesh(24),
        mesh(40),
        star(400, 1, "server"),
        star(2_000, 20, "router"),
    ] {
        let (code, _, refused) = sweep(&tables, MB, "1");
        assert_eq!(code, 3);
        // The estimate counts 16 MiB for the program.
        let said = said(&refused).saturating_sub(16 << 20);
        let (code, most, _) = sweep(&tables, 4_000 * MB, "1");
        assert_eq!(code, 0);
        let taken = most.saturating_sub(program);
        let rows = tables[2].1.lines().count();
        assert!(
            taken < 2 * said + 4 * MB && said < 4 * taken + 4 * MB,
            "{rows} flows: {said} said, {taken} taken"
        );
    }
}
