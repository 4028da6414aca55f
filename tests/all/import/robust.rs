//! Whatever stands in a file: no reader panics, and a folder is written whole or not at all.

use super::{demands, import, lines};
use brownout::input::import::{Format, Options, gather, read};
use brownout::input::write::{WriteError, write_inventory};
use proptest::prelude::*;
use std::fs;

/// Pieces of every format, so that random texts get past the first check.
const PIECES: [&str; 40] = [
    "[",
    "]",
    "{",
    "}",
    "\"",
    ",",
    ":",
    "\n",
    " ",
    "<",
    ">",
    "/>",
    "&#",
    ";",
    "\u{feff}",
    "é",
    "{\"parent\":\"a\",\"child\":\"b\",\"callCount\":",
    "1",
    "-1",
    "1e999",
    "NaN",
    "0",
    "{\"nodes\":[{\"id\":0},{\"id\":1}],\"links\":[{\"source\":0,\"target\":1}",
    "\"capacity\":",
    "graph [",
    " node [ id 0 ]",
    " edge [ source 0 target 0 ]",
    " label \"x\"",
    " LinkSpeedRaw ",
    "<graphml><graph>",
    "<node id=\"a\"/>",
    "<edge source=\"a\" target=\"a\"/>",
    "</graph></graphml>",
    "<network><networkStructure><nodes>",
    "</nodes></networkStructure></network>",
    "NODES 1\nlabel x y\n",
    "EDGES 1\nlabel src dest weight bw delay\n",
    "a 0 0\n",
    "e 0 0 1 1 1\n",
    "DEMANDS 1\nlabel src dest bw\nd 0 0 5\n",
];

proptest! {
    #[test]
    fn no_text_makes_a_reader_panic(pieces in prop::collection::vec(0..PIECES.len(), 0..30)) {
        let text: String = pieces.iter().map(|&p| PIECES[p]).collect();
        for format in Format::ALL {
            let _ = import(format, &text);
        }
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let file = tempfile::NamedTempFile::new().expect("a file");
        fs::write(file.path(), &bytes).expect("written");
        for format in Format::ALL {
            let _ = read(format, &[file.path().to_owned()], Options::default());
        }
    }

    #[test]
    fn any_name_survives_the_way_through_the_folder(parent in "\\PC{1,12}", child in any::<String>()) {
        let names = [parent, child];
        let trace = serde_json::json!([{"parent": names[0], "child": names[1], "callCount": 1}]);
        if let Ok(imported) = import(Format::Jaeger, &trace.to_string()) {
            super::assert_round_trip(&imported.draft);
        }
    }
}

#[test]
fn hostile_names_are_data() {
    let names = [
        "../../etc/passwd",
        "=cmd()|x",
        "# not a comment",
        "a,\"b\"\nc;d",
        "--help",
    ];
    for name in names {
        let trace = serde_json::json!([{"parent": name, "child": "x", "callCount": 1}]);
        let imported = import(Format::Jaeger, &trace.to_string()).expect("a trace");
        super::assert_round_trip(&imported.draft);
        let root = tempfile::tempdir().expect("a folder");
        write_inventory(&root.path().join("new"), &imported.draft, &[]).expect("written");
        let files = fs::read_dir(root.path().join("new")).expect("a folder");
        let mut files: Vec<_> = files.map(|f| f.expect("an entry").file_name()).collect();
        files.sort();
        let expected = [
            "components.csv",
            "dependencies.csv",
            "inventory.toml",
            "services.csv",
        ];
        assert_eq!(files, expected);
    }
}

#[test]
fn bad_utf_8_is_a_fault_with_its_place_unless_declared() {
    let root = tempfile::tempdir().expect("a folder");
    let path = root.path().join("network.xml");
    let text = "<network><networkStructure><nodes><node id=\"K\u{f6}ln\"/></nodes></networkStructure></network>";
    let latin_1: Vec<u8> = text
        .chars()
        .map(|c| u8::try_from(c).expect("Latin-1"))
        .collect();
    fs::write(&path, &latin_1).expect("written");
    let faults = read(
        Format::Sndlib,
        std::slice::from_ref(&path),
        Options::default(),
    )
    .expect_err("a fault");
    assert!(
        lines(&faults)[0].contains("network.xml:1:46: this is not UTF-8"),
        "{faults}"
    );
    let declared = [
        b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>",
        &latin_1[..],
    ]
    .concat();
    fs::write(&path, declared).expect("written");
    let imported = read(Format::Sndlib, &[path], Options::default()).expect("a network");
    assert_eq!(&*imported.draft.nodes[0].node.id, "Köln");
    assert!(demands(&imported.draft).is_empty());
}

/// What a file is of is told in a time that its length sets, and not how deep it goes.
#[test]
fn a_deep_file_of_no_format_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("deep.json");
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let text = open.repeat(200_000) + "1" + &close.repeat(200_000);
        fs::write(&path, text).expect("written");
        let sources = gather(std::slice::from_ref(&path)).expect("text");
        assert!(Format::recognise(&sources).is_err(), "{open}");
    }
}

#[test]
fn a_folder_with_something_in_it_is_left_alone() {
    let trace = r#"[{"parent": "a", "child": "b", "callCount": 1}]"#;
    let draft = import(Format::Jaeger, trace).expect("a trace").draft;
    let root = tempfile::tempdir().expect("a folder");
    let dir = root.path().join("inventory");
    fs::create_dir(&dir).expect("made");
    write_inventory(&dir, &draft, &[]).expect("an empty folder is fine");
    let refused = write_inventory(&dir, &draft, &[]);
    assert!(matches!(refused, Err(WriteError::Occupied(_))));
    let file = root.path().join("file");
    fs::write(&file, "mine").expect("written");
    let refused = write_inventory(&file, &draft, &[]);
    assert!(matches!(refused, Err(WriteError::Occupied(_))));
    assert_eq!(fs::read_to_string(&file).expect("still there"), "mine");
    let under_file = write_inventory(&file.join("inventory"), &draft, &[]);
    assert!(matches!(under_file, Err(WriteError::Io { .. })));
    // Nothing temporary is left beside it.
    assert_eq!(fs::read_dir(root.path()).expect("a folder").count(), 2);
}
