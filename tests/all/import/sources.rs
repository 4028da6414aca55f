//! Exports of other tools, small and faithful, in `docs/imports`: what each becomes is kept beside it.
//!
//! `UPDATE_EXPECTED=1 cargo test --test all sources` writes the folders anew; read the difference.

use assert_cmd::Command;
use brownout::input::import::{Format, Options, gather, read_sources};
use brownout::input::write::write_inventory;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A format, what is imported, and the folder that it becomes.
pub(super) const CASES: [(Format, &[&str], &str); 12] = [
    (Format::Rvtools, &["rvtools"], "rvtools-estate"),
    (Format::Kubernetes, &["kubernetes"], "kubernetes-estate"),
    (Format::Compose, &["compose"], "compose-estate"),
    (Format::Terraform, &["terraform"], "terraform-estate"),
    (Format::Aws, &["aws"], "aws-estate"),
    (Format::Kiali, &["kiali"], "kiali-estate"),
    (
        Format::ServiceGraph,
        &["service-graph"],
        "service-graph-estate",
    ),
    (Format::Backstage, &["backstage"], "backstage-estate"),
    (Format::Icinga, &["icinga/shop.conf"], "icinga-estate"),
    (
        Format::Layer1,
        &["layer1/neighbours.json", "--all-pairs", "1"],
        "layer1-estate",
    ),
    (
        Format::Containerlab,
        &["layer1/lab.clab.yml", "--all-pairs", "1"],
        "containerlab-estate",
    ),
    (
        Format::Rvtools,
        &["rvtools", "--overcommit", "4"],
        "rvtools-overcommit-estate",
    ),
];

pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs the program in the root of the repository.
pub(super) fn brownout(args: &[&str]) -> std::process::Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_brownout"));
    command
        .current_dir(root())
        .args(args)
        .output()
        .expect("output")
}

/// The text files of a folder by name.
pub(super) fn files(folder: &Path) -> BTreeMap<String, String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return BTreeMap::new();
    };
    let entries = entries.map(|entry| entry.expect("an entry").path());
    let name = |path: &PathBuf| {
        path.file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned()
    };
    entries
        .map(|path| (name(&path), fs::read_to_string(&path).expect("text")))
        .collect()
}

/// Imports into a new folder; what it holds, and what was said.
pub(super) fn imported(args: &[&str]) -> (BTreeMap<String, String>, String) {
    let to = tempfile::tempdir().expect("a folder");
    let estate = to.path().join("estate");
    let shown = estate.to_string_lossy().into_owned();
    let mut all = vec!["import"];
    all.extend(args);
    all.extend(["-o", &shown]);
    let done = brownout(&all);
    let said =
        String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{args:?}: {said}");
    (files(&estate), said)
}

fn paths<'a>(args: &'a [&'a str], store: &'a mut Vec<String>) -> Vec<&'a str> {
    let mut is_option = false;
    for arg in args {
        let option = arg.starts_with("--") || is_option;
        is_option = arg.starts_with("--");
        store.push(if option {
            (*arg).to_owned()
        } else {
            format!("docs/imports/{arg}")
        });
    }
    store.iter().map(String::as_str).collect()
}

#[test]
fn each_export_becomes_what_is_kept_beside_it_and_says_no_secret() {
    for (format, args, kept) in CASES {
        let mut store = Vec::new();
        let (found, said) = imported(&paths(args, &mut store));
        for text in found.values().chain([&said]) {
            assert!(!text.contains("SECRET"), "{}: {text}", format.word());
        }
        assert!(
            said.starts_with(&format!("Read as {}", format.title())),
            "{said}"
        );
        let folder = root().join("docs/imports").join(kept);
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            let _ = fs::remove_dir_all(&folder);
            fs::create_dir_all(&folder).expect("made");
            for (name, text) in &found {
                fs::write(folder.join(name), text).expect("written");
            }
        }
        assert_eq!(found, files(&folder), "{kept}");
    }
}

#[test]
fn each_import_can_be_checked_and_assessed_at_once() {
    for (_, _, kept) in CASES {
        let folder = format!("docs/imports/{kept}");
        let checked = brownout(&["check", &folder]);
        assert!(
            checked.status.success(),
            "{kept}: {}",
            String::from_utf8_lossy(&checked.stderr)
        );
        let assessed = brownout(&["assess", &folder, "--no-ledger"]);
        let code = assessed.status.code();
        assert!(
            matches!(code, Some(0 | 1)),
            "{kept}: {}",
            String::from_utf8_lossy(&assessed.stderr)
        );
    }
}

/// The inventory of texts in a given order.
fn inventory(format: Format, paths: &[PathBuf], turned: bool) -> BTreeMap<String, String> {
    let mut sources = gather(paths).expect("readable");
    if turned {
        sources.reverse();
    }
    let mut imported = read_sources(format, &sources, Options::default()).expect("an inventory");
    imported.draft.name = String::new();
    let to = tempfile::tempdir().expect("a folder");
    let folder = to.path().join("estate");
    write_inventory(&folder, &imported.draft, &[]).expect("written");
    let mut files = files(&folder);
    files.insert(
        "placements".to_owned(),
        format!("{:?}", imported.placements),
    );
    files
}

#[test]
fn the_order_of_files_and_their_repetition_change_nothing() {
    for (format, folder) in [
        (Format::Rvtools, "rvtools"),
        (Format::Kubernetes, "kubernetes"),
        (Format::Aws, "aws"),
        (Format::Backstage, "backstage"),
        (Format::Terraform, "terraform"),
        (Format::Kiali, "kiali"),
    ] {
        let path = root().join("docs/imports").join(folder);
        let once = inventory(format, std::slice::from_ref(&path), false);
        assert_eq!(
            once,
            inventory(format, std::slice::from_ref(&path), true),
            "{folder}"
        );
        assert_eq!(
            once,
            inventory(format, &[path.clone(), path], false),
            "{folder} twice"
        );
    }
}
