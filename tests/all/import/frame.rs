//! What every importer shares: recognition by content, folders and workbooks, and what stands beside the
//! inventory.

use super::{Format, lines, source};
use assert_cmd::Command;
use brownout::input::import::gather;
use brownout::input::{Overrides, load};
use std::fs;
use std::path::{Path, PathBuf};

const GML: &str = "graph [\n  node [ id 0 label \"a\" ]\n  node [ id 1 label \"b\" ]\n  edge [ source 0 target 1 ]\n]\n";

fn brownout(folder: &Path, args: &[&str]) -> std::process::Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_brownout"));
    command
        .current_dir(folder)
        .args(args)
        .output()
        .expect("output")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

#[test]
fn each_format_is_recognised_by_its_content_alone() {
    let known = [
        (
            Format::Jaeger,
            r#"{"data": [{"parent": "a", "child": "b", "callCount": 1}]}"#,
        ),
        (
            Format::Jaeger,
            r#"[{"callCount": 1, "child": "b", "parent": "a"}]"#,
        ),
        (
            Format::Graphml,
            "<?xml version=\"1.0\"?><!-- <network> --><graphml><graph/></graphml>",
        ),
        (Format::Gml, GML),
        (
            Format::NodeLink,
            r#"{"nodes": [{"id": 1}], "links": [{"source": 1, "target": 1}]}"#,
        ),
        (Format::Sndlib, "<network><networkStructure/></network>"),
        (Format::Repetita, "NODES 2\nlabel x y\n"),
        (Format::Repetita, "\nDEMANDS 2\n"),
    ];
    for (format, text) in known {
        let found = Format::recognise(&[source("x.txt", text)]);
        assert_eq!(found.expect("recognised"), format, "{text}");
        assert_eq!(Format::of_word(format.word()), Some(format));
    }
}

#[test]
fn what_is_known_and_not_read_is_refused_by_its_name() {
    let known = [
        (
            r#"{"schema": "brownout/assess/2"}"#,
            "a result of this program",
        ),
        ("id,kind\na,server\n", "a file of an inventory"),
        (
            r#"{"_typeName": "RetrieveResult"}"#,
            "an object of the vSphere API",
        ),
        (
            r#"{"Items": [{"Spec": {}}]}"#,
            "a `kubectl cluster-info dump` of 2017 or before",
        ),
    ];
    for (text, title) in known {
        let faults = Format::recognise(&[source("x", text)]).expect_err("not read");
        assert!(lines(&faults)[0].contains(title), "{:?}", lines(&faults));
    }
    // What stands beside it is not shown, though it is one line.
    let secret = r#"{"_typeName": "VirtualMachine", "password": "hunter2"}"#;
    let faults = Format::recognise(&[source("x", secret)]).expect_err("not read");
    assert!(!faults.render(false, 200).contains("hunter2"));
    let faults = Format::recognise(&[source("x", "hello\n")]).expect_err("nothing");
    assert!(lines(&faults)[0].contains("no format that can be imported"));
    let two = [source("x", GML), source("y", "NODES 1\n")];
    let faults = Format::recognise(&two).expect_err("two formats");
    assert!(
        lines(&faults)[0].contains("several formats"),
        "{:?}",
        lines(&faults)
    );
}

#[test]
fn an_import_says_what_it_took_the_file_for_and_assess_runs_at_once() {
    let root = tempfile::tempdir().expect("a folder");
    fs::create_dir(root.path().join("exports")).expect("made");
    // The ending of the name is of no use.
    fs::write(root.path().join("exports/net.json"), GML).expect("written");
    fs::write(root.path().join("exports/.hidden.json"), "{").expect("written");
    let args = ["import", "exports", "--all-pairs", "1", "-o", "estate"];
    let done = brownout(root.path(), &args);
    assert!(done.status.success(), "{}", text(&done.stderr));
    let said = text(&done.stdout);
    assert!(said.starts_with("Read as a network in GML"), "{said}");
    let estate = root.path().join("estate");
    let report = fs::read_to_string(estate.join("import-report.txt")).expect("a report");
    assert!(report.contains("exports/net.json"), "{report}");
    assert!(report.contains("\n  2 components\n"), "{report}");
    let loaded = load(&estate.join("scenario.toml"), &Overrides::default()).expect("valid");
    assert_eq!(loaded.scenario.policies.len(), 1);
    let assessed = brownout(root.path(), &["assess", "estate", "--no-ledger"]);
    assert_eq!(
        assessed.status.code(),
        Some(1),
        "{}",
        text(&assessed.stderr)
    );
}

#[test]
fn the_sheets_of_a_workbook_are_texts() {
    let root = tempfile::tempdir().expect("a folder");
    let path = root.path().join("book.bin");
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet().set_name("Hosts").expect("a name");
    sheet.write(0, 0, "id").expect("written");
    sheet.write(0, 1, "note, or \"two\"").expect("written");
    sheet.write(2, 0, 12.345).expect("written");
    sheet.write(2, 1, true).expect("written");
    book.add_worksheet().set_name("Blank").expect("a name");
    book.save(&path).expect("saved");
    let sources = gather(std::slice::from_ref(&path)).expect("readable");
    let shown = path.to_string_lossy().into_owned();
    assert_eq!(sources[0].path, format!("{shown}:Hosts"));
    assert_eq!(
        sources[0].text,
        "id,\"note, or \"\"two\"\"\"\n\n12.3450,true\n"
    );
    assert_eq!(sources[1].text, "");
}

/// A cell that is merged over rows holds in each of them, as the sheet shows; headers and blank rows hold nothing.
#[test]
fn merged_cells_count_in_each_of_their_rows() {
    let root = tempfile::tempdir().expect("a folder");
    let path = root.path().join("book.xlsx");
    let mut book = rust_xlsxwriter::Workbook::new();
    let plain = rust_xlsxwriter::Format::new();
    let sheet = book.add_worksheet().set_name("Assets").expect("a name");
    for (column, name) in (0..).zip(["id", "rack", "cap", "room"]) {
        sheet.write(0, column, name).expect("written");
    }
    for row in [1, 2, 3, 5] {
        sheet.write(row, 0, format!("w{row}")).expect("written");
    }
    sheet.write(2, 2, 7).expect("written");
    let mut merge = |from: (u32, u16), to: (u32, u16), text: &str| {
        let merged = sheet.merge_range(from.0, from.1, to.0, to.1, text, &plain);
        merged.expect("merged");
    };
    merge((1, 1), (2, 1), "R1, left");
    merge((3, 1), (5, 1), "R2");
    merge((2, 3), (9, 3), "Hall");
    book.save(&path).expect("saved");
    let sources = gather(std::slice::from_ref(&path)).expect("readable");
    assert_eq!(
        sources[0].text,
        "id,rack,cap,room\nw1,\"R1, left\",,\nw2,\"R1, left\",7,Hall\nw3,R2,,Hall\n\nw5,R2,,Hall\n"
    );
}

/// A formula whose value was not saved is no blank cell, and a hidden sheet is not handed on.
#[test]
fn what_a_workbook_does_not_show_is_not_taken_for_blank_or_for_stock() {
    let root = tempfile::tempdir().expect("a folder");
    let path = root.path().join("book.xlsx");
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet().set_name("Hosts").expect("a name");
    for (column, name) in (0..).zip(["name", "kind", "capacity", "twice"]) {
        sheet.write(0, column, name).expect("written");
    }
    sheet.write(1, 0, "web").expect("written");
    sheet.write(1, 1, "server").expect("written");
    let saved = rust_xlsxwriter::Formula::new("=8*2").set_result("16");
    sheet.write_formula(1, 2, saved).expect("written");
    let unsaved = rust_xlsxwriter::Formula::new("=C2*2").set_result("77777");
    sheet.write_formula(1, 3, unsaved).expect("written");
    let old = book.add_worksheet().set_name("Old").expect("a name");
    old.set_hidden(true);
    old.write(0, 0, "name").expect("written");
    book.save(&path).expect("saved");
    without(&path, "<v>77777</v>");
    let sources = gather(std::slice::from_ref(&path)).expect("readable");
    assert_eq!(
        sources[0].text,
        "name,kind,capacity,twice\nweb,server,16,\"#NO SAVED VALUE\"\n"
    );
    assert!(
        sources[1].path.ends_with("book.xlsx:Old (hidden)"),
        "{}",
        sources[1].path
    );
    assert_eq!(sources[1].text, "");
    let map = |column: &str| {
        let text = format!(
            "[components]\nid = [\"name\"]\nname = \"name\"\nkind = \"kind\"\ncolumns = {{ capacity = \"{column}\" }}\n"
        );
        fs::write(root.path().join("m.toml"), text).expect("written");
        brownout(
            root.path(),
            &[
                "import",
                "csv",
                "book.xlsx",
                "--map",
                "m.toml",
                "-o",
                column,
            ],
        )
    };
    let good = map("capacity");
    assert!(good.status.success(), "{}", text(&good.stderr));
    assert!(
        text(&good.stderr).contains("Old (hidden)"),
        "{}",
        text(&good.stderr)
    );
    let bad = map("twice");
    assert_eq!(bad.status.code(), Some(2), "{}", text(&bad.stdout));
}

/// Takes a text out of the first sheet of a workbook.
fn without(path: &Path, what: &str) {
    let file = fs::File::open(path).expect("there");
    let mut from = zip::ZipArchive::new(file).expect("a workbook");
    let mut to = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for at in 0..from.len() {
        let mut part = from.by_index(at).expect("a part");
        let name = part.name().expect("a name").into_owned();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut part, &mut bytes).expect("readable");
        if name.ends_with("sheet1.xml") {
            let text = String::from_utf8(bytes).expect("text");
            assert!(text.contains(what), "{text}");
            bytes = text.replace(what, "").into_bytes();
        }
        let options = zip::write::SimpleFileOptions::default();
        to.start_file(name, options).expect("begun");
        std::io::Write::write_all(&mut to, &bytes).expect("written");
    }
    let whole = to.finish().expect("a workbook").into_inner();
    fs::write(path, whole).expect("written");
}

fn hostile(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/cases/hostile")
        .join(name)
}

#[test]
fn damaged_and_exploding_workbooks_are_refused() {
    let root = tempfile::tempdir().expect("a folder");
    let at = |name: &str| root.path().join(name);
    fs::write(at("bad.xlsx"), b"PKgarbage").expect("written");
    fs::write(at("cut.xlsx"), b"PK\x03\x04\x14\x00\x00\x00").expect("written");
    // A part of zeros packs a thousandfold.
    let file = fs::File::create(at("bomb.xlsx")).expect("made");
    let mut zip = zip::ZipWriter::new(file);
    let options = zip::write::SimpleFileOptions::default();
    zip.start_file("xl/workbook.xml", options).expect("a part");
    for _ in 0..200 {
        std::io::Write::write_all(&mut zip, &vec![b'0'; 1 << 20]).expect("written");
    }
    zip.finish().expect("whole");
    for (name, says) in [
        ("bad.xlsx", "is no workbook"),
        ("cut.xlsx", "is no workbook"),
        ("bomb.xlsx", "unpacks to more than"),
    ] {
        let faults = gather(&[at(name)]).expect_err("refused");
        assert!(lines(&faults)[0].contains(says), "{:?}", lines(&faults));
    }
}

#[test]
#[ignore = "needs hostile files beside the checkout"]
fn large_two_cells_far_apart_are_two_cells() {
    let sources = gather(&[hostile("bomb.xlsx")]).expect("a workbook");
    let text = &sources[0].text;
    assert!(text.starts_with("1\n\n"));
    assert!(text.ends_with(",2\n"));
    assert_eq!(text.lines().count(), 1_048_576);
    assert!(gather(&[hostile("bad.xlsx")]).is_err());
}

#[test]
fn texts_in_other_encodings_are_read() {
    let root = tempfile::tempdir().expect("a folder");
    let at = |name: &str| root.path().join(name);
    let wide: Vec<u8> = "\u{feff}a,é\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    fs::write(at("wide.json"), wide).expect("written");
    fs::write(at("old.csv"), b"name,\x80\xe9\n").expect("written");
    fs::write(at("old.json"), b"{\"\xe9\": 1}").expect("written");
    assert_eq!(gather(&[at("wide.json")]).expect("text")[0].text, "a,é\n");
    assert_eq!(gather(&[at("old.csv")]).expect("text")[0].text, "name,€é\n");
    let faults = gather(&[at("old.json")]).expect_err("no text");
    assert!(lines(&faults)[0].contains("not UTF-8"));
}
