//! The estate of docs/netbox.md: what the program writes for its dump, byte for byte, and what it says.
//! `UPDATE_EXPECTED=1` writes both anew.

use crate::import::sources::files;
use assert_cmd::Command;
use std::fs;
use std::path::Path;

#[test]
fn the_estate_of_the_manual_is_what_its_dump_becomes() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let root = tempfile::tempdir().expect("a folder");
    fs::copy(docs.join("netbox/dump.json"), root.path().join("dump.json")).expect("copied");
    let mut command = Command::new(env!("CARGO_BIN_EXE_brownout"));
    let output = command
        .current_dir(root.path())
        .args(["import", "dump.json", "-o", "estate"])
        .output()
        .expect("output");
    let said = String::from_utf8(output.stdout).expect("text");
    assert_eq!(output.status.code(), Some(0), "{said}");
    let found = files(&root.path().join("estate"));
    let (kept, page) = (docs.join("netbox/estate"), docs.join("netbox.md"));
    let text = fs::read_to_string(&page).expect("text");
    let (before, rest) = text.split_once("<!-- import -->\n").expect("a mark");
    let (_, after) = rest.split_once("<!-- imported -->\n").expect("a mark");
    let renewed =
        format!("{before}<!-- import -->\n```text\n{said}```\n<!-- imported -->\n{after}");
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        fs::create_dir_all(&kept).expect("a folder");
        for (name, text) in &found {
            fs::write(kept.join(name), text).expect("written");
        }
        fs::write(&page, &renewed).expect("written");
    }
    let expected = files(&kept);
    assert_eq!(
        found.keys().collect::<Vec<_>>(),
        expected.keys().collect::<Vec<_>>()
    );
    for (name, text) in &expected {
        assert_eq!(&found[name], text, "{name}");
    }
    assert_eq!(text, renewed, "UPDATE_EXPECTED=1 writes it anew");
}
