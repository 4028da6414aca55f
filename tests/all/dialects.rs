//! The same estate written in other ways is the same estate, and what could be read in two ways is
//! not read at all.

use assert_cmd::Command;
use brownout::input::{Loaded, Overrides, Severity, Texts, load_from};
use brownout::model::{Reliability, Role};
use proptest::prelude::*;
use std::path::Path;
use std::time::Duration;

/// A component: capacity, MTBF, MTTR.
type Row = (f64, f64, f64);

fn texts(files: &[(&str, String)]) -> Texts {
    let file = |(name, text): &(&str, String)| (format!("e/{name}"), text.clone().into_bytes());
    Texts(files.iter().map(file).collect())
}

/// An estate of these components in a dialect.
fn estate(rows: &[Row], demand: f64, mark: char, decimal: char) -> Texts {
    let number = |x: f64| {
        let text = x.to_string().replace('.', &decimal.to_string());
        if mark == decimal && text.contains(mark) {
            format!("\"{text}\"")
        } else {
            text
        }
    };
    let line = |cells: &[String]| cells.join(&mark.to_string()) + "\n";
    let words = |cells: &[&str]| line(&cells.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>());
    let header = [
        "id",
        "kind",
        "capacity",
        "mtbf_hours",
        "mttr_hours",
        "within",
    ];
    let mut components = words(&header);
    let mut dependencies = words(&["consumer", "provider", "group", "need"]);
    for (i, (capacity, up, down)) in rows.iter().enumerate() {
        let within = if mark == ';' {
            "\"rack;site\""
        } else {
            "rack;site"
        };
        components += &line(&[
            format!("app-{i}"),
            "server".to_owned(),
            number(*capacity),
            number(*up),
            number(*down),
            within.to_owned(),
        ]);
        dependencies += &words(&["orders", &format!("app-{i}"), "pool", "any"]);
    }
    components += &words(&["rack", "rack", "", "", "", ""]);
    components += &words(&["site", "site", "", "", "", ""]);
    let services = words(&["id", "demand"]) + &words(&["orders", &number(demand)]);
    texts(&[
        ("components.csv", components),
        ("services.csv", services),
        ("dependencies.csv", dependencies),
    ])
}

fn read(texts: &Texts) -> Loaded {
    let loaded = load_from(texts, Path::new("e"), &Overrides::default());
    loaded.unwrap_or_else(|faults| panic!("{faults}"))
}

/// Everything that the files say, as text.
fn said(loaded: &Loaded) -> Vec<String> {
    let system = &loaded.system;
    let node = |n: &brownout::model::Node| {
        let within: Vec<&str> = n.within.iter().map(|&w| system.id(w)).collect();
        let demand = match n.role {
            Role::Service(s) => s.demand,
            _ => 0.0,
        };
        let rates = match n.reliability {
            Some(Reliability::Rates {
                mtbf_hours,
                mttr_hours,
            }) => [mtbf_hours, mttr_hours],
            _ => [0.0; 2],
        };
        format!("{} {:?} {rates:?} {within:?} {demand}", n.id, n.capacity)
    };
    system.nodes().iter().map(node).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Whatever the numbers are: in another dialect they are the same, or there is a fault.
    #[test]
    fn a_dialect_changes_nothing(
        rows in prop::collection::vec((0u32..2_000_000, 1u32..3_000_000, 0u32..5_000), 1..5),
        demand in 0u32..3_000_000,
    ) {
        let scaled = |x: u32| f64::from(x) / 1000.0;
        let rows: Vec<Row> = rows
            .iter()
            .map(|&(c, up, down)| (scaled(c), scaled(up), scaled(down)))
            .collect();
        let demand = scaled(demand);
        let plain = said(&read(&estate(&rows, demand, ',', '.')));
        for (mark, decimal) in [(';', ','), ('\t', ','), (',', ','), (';', '.'), ('\t', '.')] {
            let written = estate(&rows, demand, mark, decimal);
            match load_from(&written, Path::new("e"), &Overrides::default()) {
                Ok(loaded) => prop_assert_eq!(&said(&loaded), &plain, "{} {}", mark, decimal),
                Err(faults) => {
                    // Only where every fraction looks like a thousand it cannot be told.
                    prop_assert_eq!(decimal, ',');
                    for fault in faults.iter() {
                        prop_assert!(fault.message().contains("may be"), "{}", fault.line());
                    }
                }
            }
        }
    }
}

#[test]
fn the_dialect_is_said_in_a_note() {
    let loaded = read(&estate(&[(100.5, 1000.0, 4.25)], 50.0, ';', ','));
    let notes: Vec<String> = loaded
        .warnings
        .iter()
        .filter(|w| w.severity() == Severity::Note)
        .map(brownout::input::Diagnostic::line)
        .collect();
    let expected = [
        "e/components.csv:1:1: note: cells are read as separated by `;`, fractions are read after a \
         decimal comma",
        "e/services.csv:1:1: note: cells are read as separated by `;`",
        "e/dependencies.csv:1:1: note: cells are read as separated by `;`",
    ];
    assert_eq!(notes, expected);
    let loaded = read(&estate(&[(100.5, 1000.0, 4.25)], 50.0, ',', '.'));
    assert!(
        loaded
            .warnings
            .iter()
            .all(|w| w.severity() == Severity::Warning)
    );
}

#[test]
fn a_line_that_names_the_mark_is_no_row() {
    let mut written = estate(&[(1.5, 10.0, 1.0)], 1.0, ';', ',');
    let plain = said(&read(&written));
    for text in written.0.values_mut() {
        let mut marked = b"sep=;\r\n".to_vec();
        marked.append(text);
        *text = marked;
    }
    let loaded = read(&written);
    assert_eq!(said(&loaded), plain);
    let app = loaded.system.find("app-0").expect("it is there");
    assert_eq!(loaded.system.node(app).line, 3);
}

#[test]
fn renamed_headers_are_the_columns_they_stand_for() {
    let plain = estate(&[(10.0, 5.0, 1.0), (20.0, 6.0, 2.0)], 8.0, ',', '.');
    let mut renamed = plain.clone();
    let toml = "[columns]\nCI = \"id\"\n\"Located in\" = \"within\"\nmax = \"capacity\"\n";
    renamed
        .0
        .insert("e/inventory.toml".to_owned(), toml.as_bytes().to_vec());
    let file = renamed.0.get_mut("e/components.csv").expect("a file");
    let text = String::from_utf8(file.clone()).expect("text");
    let header = "kind,CI,max,mtbf_hours,mttr_hours,Located in";
    let text = text.replacen("id,kind,capacity,mtbf_hours,mttr_hours,within", header, 1);
    // Columns move with their headers.
    let swapped: Vec<String> = text
        .lines()
        .enumerate()
        .map(|(i, line)| {
            let cells: Vec<&str> = line.split(',').collect();
            match i {
                0 => line.to_owned(),
                _ => format!("{},{},{}", cells[1], cells[0], cells[2..].join(",")),
            }
        })
        .collect();
    *file = (swapped.join("\n") + "\n").into_bytes();
    assert_eq!(said(&read(&renamed)), said(&read(&plain)));
    assert_eq!(read(&renamed).warnings, []);
}

#[test]
fn each_number_too_large_is_told_at_its_place() {
    for text in ["1e400", "1e308", "1e151"] {
        let files = texts(&[
            (
                "components.csv",
                format!("id,kind,capacity\na,server,{text}\n"),
            ),
            ("services.csv", format!("id,demand\ns,{text}\n")),
            (
                "dependencies.csv",
                format!("consumer,provider,load\ns,a,{text}\n"),
            ),
        ]);
        let faults = load_from(&files, Path::new("e"), &Overrides::default()).expect_err(text);
        let places: Vec<_> = faults
            .iter()
            .map(brownout::input::Diagnostic::place)
            .collect();
        assert_eq!(
            places,
            [
                Some(("e/components.csv", 2, 10)),
                Some(("e/dependencies.csv", 2, 5)),
                Some(("e/services.csv", 2, 3))
            ]
        );
    }
}

/// A pipe, a device or a folder in place of a file is refused at once by every command that reads.
#[cfg(unix)]
#[test]
fn only_regular_files_are_read() {
    let root = tempfile::tempdir().expect("a folder");
    let pipe = root.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.is_ok_and(|s| s.success()), "mkfifo");
    let estate = root.path().join("estate");
    std::fs::create_dir(&estate).expect("made");
    std::fs::rename(&pipe, estate.join("components.csv")).expect("moved");
    let pipe = estate.join("components.csv").display().to_string();
    let out = root.path().join("out").display().to_string();
    let folder = estate.display().to_string();
    let scenario = root.path().join("s.toml");
    let text =
        "inventory = \"estate\"\n[[load]]\nname = \"a\"\nprofile = \"estate/components.csv\"\n";
    std::fs::write(&scenario, text).expect("written");
    let scenario = scenario.display().to_string();
    let commands: [&[&str]; 9] = [
        &["check", &folder],
        &["check", &scenario],
        &["check", &pipe[..]],
        &["whatif", "/dev/zero"],
        &["diff", &pipe, &pipe],
        &["merge", &pipe],
        &["verify", &pipe],
        &["report", &pipe, "-o", &out],
        &["import", "gml", &pipe, "-o", &out],
    ];
    for arguments in commands {
        let mut command = Command::cargo_bin("brownout").expect("the program");
        let done = command
            .args(arguments)
            .timeout(Duration::from_secs(20))
            .assert();
        let done = done.code(2);
        let told = String::from_utf8_lossy(&done.get_output().stderr).into_owned();
        let refused = told.contains("no regular file") || told.contains("one file of an inventory");
        assert!(refused, "{arguments:?}: {told}");
    }
}
