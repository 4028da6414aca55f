//! One folder per diagnostic: an inventory (and perhaps a scenario) that is broken or odd in one
//! way, with the message it must bring beside it in `expected.txt`. Run with
//! `UPDATE_EXPECTED=1` to write the messages anew, then read the difference.

use brownout::input::{self, Overrides};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

fn folders(group: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/cases")
        .join(group);
    let mut all: Vec<PathBuf> = fs::read_dir(root)
        .expect("the cases are there")
        .map(|entry| entry.expect("a readable folder").path())
        .collect();
    all.sort();
    all
}

/// What a reader of the folder is told: faults if there are any, else warnings.
fn told(folder: &Path) -> (bool, String) {
    let scenario = folder.join("scenario.toml");
    let path = if scenario.exists() {
        scenario
    } else {
        folder.to_owned()
    };
    let (sound, text) = match input::load(&path, &Overrides::default()) {
        Ok(loaded) => {
            let mut text = String::new();
            for warning in &loaded.warnings {
                writeln!(text, "{}\n", warning.render(false, 100)).expect("a string grows");
            }
            (true, text)
        }
        Err(faults) => (false, faults.render(false, 100)),
    };
    let prefix = format!("{}/", folder.display());
    let here = folder.display().to_string();
    (sound, text.replace(&prefix, "").replace(&here, "."))
}

fn run(group: &str, sound: bool) {
    let update = std::env::var_os("UPDATE_EXPECTED").is_some();
    let mut wrong = String::new();
    let all = folders(group);
    assert!(all.len() > 10, "the cases are there");
    for folder in all {
        let name = folder
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let expected = folder.join("expected.txt");
        let (is_sound, text) = told(&folder);
        if update {
            fs::write(&expected, &text).expect("the case can be written");
        }
        let wanted = fs::read_to_string(&expected).unwrap_or_default();
        if text != wanted || is_sound != sound || text.is_empty() {
            let _ = writeln!(wrong, "--- {name}\nwanted:\n{wanted}\nfound:\n{text}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn broken_inventories_bring_the_message_beside_them() {
    run("broken", false);
}

#[test]
fn odd_inventories_bring_the_warning_beside_them() {
    run("odd", true);
}
