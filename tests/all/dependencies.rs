//! What brownout is built from: licences that were read, nothing that no source uses, no second version
//! of a crate that nobody noticed, and a minimum version of Rust that is true.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What cargo knows of the packages for the machine that the tests run on. Those of other systems need not have been
/// downloaded here.
pub fn metadata() -> Value {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("-vV").output().expect("rustc");
    let version = String::from_utf8(version.stdout).expect("UTF-8");
    let host = version.lines().find_map(|l| l.strip_prefix("host: "));
    let output = Command::new(env!("CARGO"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .args(["--filter-platform", host.expect("a host")])
        .output()
        .expect("cargo metadata");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// The packages that are built for the machine that the tests run on, along some kinds of edges: name, version,
/// licence.
fn built(edges: &str) -> BTreeSet<[String; 3]> {
    let output = Command::new(env!("CARGO"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["tree", "--locked", "--prefix", "none"])
        .args(["--format", "{p}|{l}", "--edges", edges])
        .output()
        .expect("cargo tree");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let package = |line: &str| {
        let (package, licence) = line.trim_end_matches(" (*)").split_once('|')?;
        let mut words = package.split(' ');
        let (name, version) = (words.next()?, words.next()?);
        Some([name, version.trim_start_matches('v'), licence].map(str::to_owned))
    };
    text.lines().filter_map(package).collect()
}

/// What the program contains: not what tests, build scripts and the compiler run.
const CONTAINED: &str = "normal,no-proc-macro";

/// A choice of these, or all of some of them, may be linked into a program under MIT OR Apache-2.0.
const PERMISSIVE: [&str; 12] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

#[test]
fn every_licence_lets_the_program_be_handed_on() {
    for [name, _, licence] in built("all") {
        let plain = licence.replace(['(', ')'], "").replace('/', " OR ");
        // Every word of every expression is permissive, so that it does not matter how they are combined.
        let mut words = plain.split(" OR ").flat_map(|w| w.split(" AND "));
        let fine = words.all(|w| PERMISSIVE.contains(&w.trim()));
        assert!(fine, "{name}: {licence:?}");
    }
}

/// Crates of which the program contains two versions, because others ask for both.
const TWICE: [&str; 4] = ["bitflags", "foldhash", "hashbrown", "miniz_oxide"];

#[test]
fn no_second_version_of_a_crate_comes_in_unnoticed() {
    let mut versions: BTreeMap<String, usize> = BTreeMap::new();
    for [name, ..] in built(CONTAINED) {
        *versions.entry(name).or_default() += 1;
    }
    let twice: Vec<_> = versions.iter().filter(|v| *v.1 > 1).map(|v| v.0).collect();
    assert_eq!(twice, TWICE);
}

#[test]
fn the_oldest_rust_that_is_promised_is_enough_for_every_dependency() {
    let metadata = metadata();
    let number = |text: &str| -> Vec<u32> { text.split('.').map(|n| n.parse().unwrap()).collect() };
    let ours = number(env!("CARGO_PKG_RUST_VERSION"));
    let packages = metadata["packages"].as_array().expect("packages");
    let asked: BTreeMap<_, _> = packages
        .iter()
        .map(|p| {
            (
                (p["name"].as_str(), p["version"].as_str()),
                p["rust_version"].as_str(),
            )
        })
        .collect();
    for [name, version, _] in built(CONTAINED) {
        if let Some(asked) = asked[&(Some(name.as_str()), Some(version.as_str()))] {
            let asked = number(asked);
            assert!(
                asked[..2] <= ours[..2],
                "{name} asks for {asked:?}, we promise {ours:?}"
            );
        }
    }
}

/// Every source under some folders.
fn sources(folders: &[&str]) -> String {
    fn read(path: &Path, into: &mut String) {
        if path.is_dir() {
            let mut entries: Vec<PathBuf> = fs::read_dir(path)
                .expect("a folder")
                .map(|e| e.unwrap().path())
                .collect();
            entries.sort();
            entries.iter().for_each(|e| read(e, into));
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push_str(&fs::read_to_string(path).expect("UTF-8"));
        }
    }
    let mut text = String::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    folders.iter().for_each(|f| read(&root.join(f), &mut text));
    text
}

#[test]
fn every_dependency_is_used() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = fs::read_to_string(root.join("Cargo.toml")).expect("a manifest");
    let manifest: toml::Table = manifest.parse().expect("TOML");
    let (program, tests) = (sources(&["src"]), sources(&["src", "tests", "benches"]));
    let table = |name: &str| manifest[name].as_table().expect("a table").clone();
    let uses = |text: &str, name: &str| {
        let name = name.replace('-', "_");
        text.contains(&format!("{name}::")) || text.contains(&format!("use {name}"))
    };
    for name in table("dependencies").keys() {
        assert!(uses(&program, name), "no source uses {name}");
    }
    // `serde-sarif` gives the published schema too, by its folder.
    for name in table("dev-dependencies").keys() {
        assert!(uses(&tests, name), "no test uses {name}");
    }
}
