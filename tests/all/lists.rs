//! Lists that are cut say so with the full count, in every format.

use assert_cmd::Command;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs;
use tempfile::TempDir;

/// A service that may lose one of 150 servers: it is down with any two of them, which are
/// 150 · 149 / 2 minimal sets.
const PAIRS: usize = 11_175;

fn estate() -> (TempDir, String) {
    estate_of(150)
}

/// The same with so many servers.
fn estate_of(servers: usize) -> (TempDir, String) {
    let dir = tempfile::tempdir().unwrap();
    let mut components = String::from("id,kind\n");
    let mut dependencies = String::from("consumer,provider,group,need\n");
    let need = servers - 1;
    for n in 0..servers {
        writeln!(components, "s-{n:03},server").unwrap();
        writeln!(dependencies, "shop,s-{n:03},g,{need}").unwrap();
    }
    fs::create_dir(dir.path().join("e")).unwrap();
    let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    write("e/components.csv", &components);
    write("e/dependencies.csv", &dependencies);
    write("e/services.csv", "id,demand\nshop,10\n");
    write(
        "s.toml",
        "inventory = \"e\"\n[sweep]\norder = 2\n[[policy]]\nname = \"p\"\nsurvives = 2\n",
    );
    let scenario = dir.path().join("s.toml").to_str().unwrap().to_owned();
    (dir, scenario)
}

fn stdout(args: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_brownout"));
    let output = command.args(args).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn json(args: &[&str]) -> Value {
    serde_json::from_str(&stdout(&[args, &["--format", "json"]].concat())).unwrap()
}

#[test]
fn minimal_sets_are_all_there_or_counted() {
    let (_dir, scenario) = estate();
    let listed = |more: &[&str]| {
        let result = json(&[&["sweep", &scenario], more].concat());
        let service = &result["services"][0];
        assert_eq!(service["minimal_count"], PAIRS);
        service["minimal"].as_array().unwrap().len()
    };
    assert_eq!(listed(&[]), 10_000);
    assert_eq!(listed(&["--sets", "all"]), PAIRS);
    assert_eq!(listed(&["--sets", "7"]), 7);
    let csv = ["sweep", &scenario, "--format", "csv", "--table", "minimal"];
    let table = stdout(&csv);
    assert_eq!(table.lines().count(), PAIRS + 1);
    let table = stdout(&[&csv[..], &["--sets", "7"]].concat());
    assert_eq!(table.lines().count(), 7 + 1);
    assert!(
        table.lines().skip(1).all(|l| l.ends_with(",11175,7")),
        "{table}"
    );
    let table = stdout(&[&csv[..], &["--sets", "0"]].concat());
    let rows: Vec<&str> = table.lines().skip(1).collect();
    assert_eq!(
        rows.len(),
        1,
        "a table without rows would say that nothing harms it"
    );
    assert!(rows[0].ends_with(",,,,,,11175,0"), "{table}");
    let text = stdout(&["sweep", &scenario]);
    assert!(text.contains("11,175 minimal sets"), "{text}");
    let shown = text.matches("    ✗ down: s-000 + ").count();
    let hidden = format!("… and {} more", 11_175 - shown);
    assert!(
        shown > 0 && text.replace(',', "").contains(&hidden),
        "{hidden}: {text}"
    );
}

#[test]
fn a_policy_counts_every_breach_in_every_format() {
    let (dir, scenario) = estate();
    let folder = dir.path().join("report");
    let quick = ["assess", &scenario, "--no-fixes", "--no-ledger"];
    let result = json(&[&quick[..], &["-o", folder.to_str().unwrap()]].concat());
    let breaches = result["policies"][0]["breaches"].as_array().unwrap();
    assert_eq!(breaches.len(), PAIRS);
    assert!(result["policies"][0]["reason"].is_null());
    let csv = fs::read_to_string(folder.join("table-policies.csv")).unwrap();
    assert_eq!(csv.matches("s-000;s-").count(), 149);
    let minimal = fs::read_to_string(folder.join("table-minimal.csv")).unwrap();
    assert!(minimal.lines().skip(1).all(|l| l.ends_with(",11175,11175")));
    assert_eq!(minimal.lines().count(), PAIRS + 1, "a table is not cut");
    let listed = &result["sweep"]["services"][0]["minimal"];
    assert_eq!(listed.as_array().unwrap().len(), PAIRS);
    let few = dir.path().join("few");
    json(&[&quick[..], &["--sets", "9", "-o", few.to_str().unwrap()]].concat());
    let minimal = fs::read_to_string(few.join("table-minimal.csv")).unwrap();
    assert_eq!(minimal.lines().count(), 9 + 1);
    assert!(minimal.lines().skip(1).all(|l| l.ends_with(",11175,9")));
    let html = fs::read_to_string(folder.join("report.html")).unwrap();
    assert!(html.contains("11,175"));
    for format in ["text", "markdown"] {
        let said = stdout(&[&quick[..], &["--format", format]].concat());
        // All of them harm the same service, so they share a line, which names three.
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        let said = said.replace('\\', "");
        assert!(
            said.contains("s-000 + s-003 or any of 11,172 more fail"),
            "{said}"
        );
    }
}

#[test]
fn a_full_text_cuts_breaches_and_minimal_sets_alone_and_counts_them() {
    let (_dir, scenario) = estate();
    let text = stdout(&["assess", &scenario, "--full", "--no-fixes", "--no-ledger"]);
    assert_eq!(text.matches("… and 11,075 more").count(), 1, "{text}");
    assert_eq!(text.matches("… and").count(), 1, "{text}");
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("or any of 11,172 more fail"), "{text}");
    let short = stdout(&["sweep", &scenario]);
    assert!(short.contains("… and 11,169 more"), "{short}");
}

#[test]
fn a_full_text_of_a_large_estate_can_be_read() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let (estate, report) = (at("estate"), at("report"));
    stdout(&["generate", "-o", &estate, "--components", "1500"]);
    let scenario = format!("{estate}/scenario.toml");
    let text = fs::read_to_string(&scenario).unwrap();
    fs::write(&scenario, text + "\n[simulate]\ntrials = 2000\n").unwrap();
    let quick = [
        "assess",
        &scenario,
        "--no-ledger",
        "--no-explore",
        "--no-fixes",
    ];
    stdout(&[&quick[..], &["-o", &report]].concat());
    let text = fs::read_to_string(format!("{report}/report.txt")).unwrap();
    let lines = text.lines().count();
    assert!(lines < 6000, "{lines} lines");
    let result: Value =
        serde_json::from_slice(&fs::read(format!("{report}/result.json")).unwrap()).unwrap();
    let services = result["base"][0]["services"].as_array().unwrap().len();
    let rows = result["sweep"]["services"].as_array().unwrap().len();
    assert!(services > 100 && rows > 200, "{services} {rows}");
    // Each part says how many it leaves out, and in which file of the report all of them are.
    let hidden = |n: usize, noun: &str, file: &str| {
        let line = format!("… and {} {noun} more; {file}", n - 50);
        assert!(text.contains(&line), "{line}");
    };
    hidden(rows, "rows", "table-sweep.csv of `-o DIR` lists all");
    hidden(rows, "rows", "table-simulate.csv of `-o DIR` lists all");
    hidden(
        services,
        "services",
        "table-services.csv of `-o DIR` lists all",
    );
    let harmed = result["sweep"]["services"].as_array().unwrap().iter();
    let harmed = harmed
        .filter(|s| s["minimal_count"].as_u64() > Some(0))
        .count();
    hidden(harmed, "lists", "table-minimal.csv of `-o DIR` has all");
    for file in ["sweep", "simulate", "services", "minimal"] {
        let table = fs::read_to_string(format!("{report}/table-{file}.csv")).unwrap();
        assert!(table.lines().count() > services, "{file}");
    }
    // A first look is shorter still.
    for command in [
        &["sweep", &scenario][..],
        &["simulate", &scenario, "--trials", "2000"][..],
        &quick[..],
    ] {
        let lines = stdout(command).lines().count();
        assert!(lines < 250, "{command:?}: {lines} lines");
    }
}

#[test]
fn no_table_of_a_narrow_terminal_cuts_an_id() {
    let ids = ["order-management", "fra1-san-ctl-a", "quarter-end"];
    let commands: [&[&str]; 5] = [
        &[
            "simulate",
            "scenarios/quarter-end.toml",
            "--trials",
            "500",
            "--no-at-risk",
        ],
        &["whatif", "scenarios/quarter-end-one-down.toml"],
        &["load", "scenarios/quarter-end-forecast.toml"],
        &[
            "diff",
            "scenarios/quarter-end-one-down.toml",
            "scenarios/quarter-end.toml",
        ],
        &[
            "assess",
            "scenarios/quarter-end-forecast.toml",
            "--full",
            "--no-ledger",
        ],
    ];
    for columns in ["60", "80", "120"] {
        for args in commands {
            let mut command = Command::new(env!("CARGO_BIN_EXE_brownout"));
            let output = command.env("COLUMNS", columns).args(args).output().unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            let wide = text.lines().map(|l| l.chars().count()).max();
            let most = columns.parse().map(|n: usize| n.max(80)).ok();
            assert!(wide <= most, "{args:?} {columns}: {text}");
            let cut = |line: &&str| {
                let mut around = line
                    .split('…')
                    .map(|part| !part.ends_with(' ') && !part.is_empty());
                line.contains('…') && around.next() == Some(true) && !line.trim().starts_with('…')
            };
            assert_eq!(text.lines().find(cut), None, "{args:?} {columns}");
            assert!(ids.iter().any(|id| text.contains(id)), "{text}");
        }
    }
}

#[test]
fn the_worst_for_the_network_say_of_how_many() {
    let scenario = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/scenarios/quarter-end-one-down.toml"
    );
    let result = json(&["sweep", scenario]);
    let network = &result["network"];
    let evaluated = network["evaluated"].as_object().unwrap().values();
    let evaluated: u64 = evaluated.map(|n| n.as_u64().unwrap()).sum();
    let listed = network["cases"][0]["worst"].as_array().unwrap().len();
    let of = format!("{},{:03}", evaluated / 1000, evaluated % 1000);
    let said = format!("… the 8 worst of {of} contingencies evaluated");
    for (args, shown) in [
        (vec!["sweep", scenario], 8),
        (
            vec!["assess", scenario, "--full", "--no-fixes", "--no-ledger"],
            listed,
        ),
    ] {
        let text = stdout(&args);
        let said = said.replace("the 8 worst", &format!("the {shown} worst"));
        assert!(text.contains(&said), "{said}\n{text}");
        let (_, table) = text.split_once("WORST FOR THE NETWORK").unwrap();
        let rows = table.lines().skip(1).take_while(|l| !l.starts_with("  …"));
        // What does not fit into a cell goes on below it.
        let rows = rows.filter(|l| !l.starts_with("   "));
        assert_eq!(rows.count(), shown, "{text}");
    }
}

/// Where there are more minimal sets than a result lists, the table has them all; the result says which table,
/// and nothing takes another for it.
#[test]
fn a_table_has_the_minimal_sets_that_are_too_many_for_a_result() {
    // 330 · 329 / 2; a result lists 50,000.
    let (dir, scenario) = estate_of(330);
    let (sets, listed) = (54_285, 50_000);
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let (folder, again) = (path("r"), path("again"));
    let run = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_brownout"));
        command.args(args).output().unwrap()
    };
    let quick = [
        "assess",
        &scenario,
        "--no-fixes",
        "--no-ledger",
        "--as-of",
        "2026-01-01",
    ];
    run(&[&quick[..], &["-o", &folder]].concat());
    let read = |folder: &str, name: &str| fs::read(format!("{folder}/{name}")).unwrap_or_default();
    let result: Value = serde_json::from_slice(&read(&folder, "result.json")).unwrap();
    let service = &result["sweep"]["services"][0];
    assert_eq!(service["minimal_count"], sets);
    assert_eq!(service["minimal"].as_array().unwrap().len(), listed);
    assert_eq!(result["minimal_table"]["sets"], sets);
    let table = read(&folder, "table-minimal.csv");
    let digest = brownout::model::hex(&Sha256::digest(&table));
    assert_eq!(result["minimal_table"]["sha256"], digest);
    let rows = String::from_utf8(table.clone()).unwrap();
    assert_eq!(rows.lines().count(), sets + 1);
    assert!(
        rows.lines()
            .skip(1)
            .all(|l| l.ends_with(&format!(",{sets},{sets}")))
    );
    // What is read back is rendered as it was.
    let verified = |folder: &str| run(&["verify", folder]).status.code();
    assert_eq!(verified(&folder), Some(0));
    run(&["report", &folder, "-o", &again]);
    assert_eq!(read(&again, "table-minimal.csv"), table);
    assert_eq!(read(&again, "SHA256SUMS"), read(&folder, "SHA256SUMS"));
    // Without the table, or with another, none is made up.
    let mut other = table.clone();
    other.truncate(table.len() / 2);
    for bytes in [Some(other), None] {
        let file = format!("{folder}/table-minimal.csv");
        match bytes {
            Some(bytes) => fs::write(file, bytes).unwrap(),
            None => fs::remove_file(file).unwrap(),
        }
        assert_eq!(verified(&folder), Some(1));
        let bare = path("bare");
        let said = run(&["report", &format!("{folder}/result.json"), "-o", &bare]);
        let said = String::from_utf8(said.stderr).unwrap();
        assert!(said.contains("table-minimal.csv is not written"), "{said}");
        assert!(
            !std::path::Path::new(&bare)
                .join("table-minimal.csv")
                .exists()
        );
    }
    // Asked for so many, it lists so many, and the table is of these.
    let few = path("few");
    run(&[&quick[..], &["--sets", "9", "-o", &few]].concat());
    let result: Value = serde_json::from_slice(&read(&few, "result.json")).unwrap();
    assert_eq!(result["minimal_table"], Value::Null);
    assert_eq!(
        read(&few, "table-minimal.csv")
            .split(|&b| b == b'\n')
            .count(),
        9 + 2
    );
}
