//! The kept files of the fuzz targets: every reader takes each of them without a panic. Inventories and what
//! is imported are what their names say; results and parts belong to the version that wrote them, so
//! that one of today must be taken too.

#[path = "../../fuzz/feed.rs"]
mod feed;

use assert_cmd::Command;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// What a target says of each of its files, by name.
fn replay(target: &str, feed: fn(&[u8]) -> bool) -> BTreeMap<String, bool> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = folder.join("fuzz/corpus").join(target);
    let files = std::fs::read_dir(folder).expect("a corpus").map(|file| {
        let file = file.expect("a file");
        let bytes = std::fs::read(file.path()).expect("bytes");
        let name = file.file_name().into_string().expect("a name");
        (name, feed(&bytes))
    });
    files.collect()
}

/// Names that begin with `valid` are those of what is valid, and there are both sorts.
fn are_as_named(said: &BTreeMap<String, bool>) {
    let named = |name: &String| (name.clone(), name.starts_with("valid"));
    assert_eq!(*said, said.keys().map(named).collect());
    assert!(said.values().any(|&v| v) && said.values().any(|&v| !v));
}

#[test]
fn readers_of_inventories_scenarios_and_profiles() {
    are_as_named(&replay("readers", feed::readers));
}

#[test]
fn importers() {
    are_as_named(&replay("imports", feed::imports));
}

/// What the program writes of the smallest shipped estate.
fn written(args: &[&str]) -> Vec<u8> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_brownout"));
    let command = command.current_dir(env!("CARGO_MANIFEST_DIR")).args(args);
    command.output().expect("output").stdout
}

#[test]
fn recorded_results() {
    let all = replay("results", feed::results);
    assert!(!all["cut"]);
    let scenario = "docs/first-estate/quarter-end.toml";
    let today = written(&["assess", scenario, "--no-ledger", "--format", "json"]);
    assert!(feed::results(&today));
    assert!(!feed::results(&today[..today.len() / 2]));
}

#[test]
fn parts_of_simulations() {
    let all = replay("parts", feed::parts);
    assert!(!all["no-slots"] && !all["too-far"]);
    let folder = tempfile::tempdir().expect("a folder");
    let files = [
        (
            "components.csv",
            "id,kind,unavailability\na-1,server,0.1\na-2,server,0.1\n",
        ),
        ("services.csv", "id,demand\norders,3\n"),
        (
            "dependencies.csv",
            "consumer,provider,group,need\norders,a-1,g,1\norders,a-2,g,\n",
        ),
    ];
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("written");
    }
    let part = folder.path().join("part.json");
    let [inventory, file] = [folder.path(), &part].map(|p| p.to_str().expect("a path"));
    let plain = ["simulate", inventory, "--trials", "40", "--method", "plain"];
    written(&[&plain[..], &["--shard", "1/2", "-o", file]].concat());
    let today = std::fs::read(part).expect("a part");
    assert!(feed::parts(&today));
    assert!(!feed::parts(&today[..today.len() / 2]));
}

/// A record belongs to the estate that it was made of, here that of the fuzz target.
#[test]
fn parts_of_sweeps() {
    assert!(
        replay("sweep-parts", feed::sweep_parts)
            .values()
            .all(|valid| !valid)
    );
    let today = json!({ "record": feed::swept() }).to_string();
    assert!(feed::sweep_parts(today.as_bytes()));
    assert!(!feed::sweep_parts(&today.as_bytes()[..today.len() / 2]));
}

/// Puts a number in the place of the `at`-th of a value; whether there is one.
fn replaced(value: &mut Value, at: &mut usize, number: &Value) -> bool {
    match value {
        Value::Number(_) if *at == 0 => {
            *value = number.clone();
            true
        }
        Value::Number(_) => {
            *at -= 1;
            false
        }
        Value::Array(all) => all.iter_mut().any(|v| replaced(v, at, number)),
        Value::Object(all) => all.values_mut().any(|v| replaced(v, at, number)),
        Value::Null | Value::Bool(_) | Value::String(_) => false,
    }
}

/// What is no record of this estate is refused or counted, never a panic: here every number of a record is one that
/// nobody counted.
#[test]
fn numbers_of_parts_of_sweeps_may_be_anything() {
    let today = json!({ "record": feed::swept() });
    let numbers = [
        json!(0),
        json!(1),
        json!(-1),
        json!(u32::MAX),
        json!(i64::MAX),
        json!(i64::MIN),
    ];
    let (mut tried, mut refused) = (0, 0);
    for number in &numbers {
        for at in 0.. {
            let mut part = today.clone();
            if !replaced(&mut part, &mut { at }, number) {
                break;
            }
            let is_valid = feed::sweep_parts(part.to_string().as_bytes());
            tried += 1;
            refused += usize::from(!is_valid);
        }
    }
    assert!(tried > 60 && refused * 2 > tried, "{refused} of {tried}");
}
