//! Reports: the folder that `assess -o` writes, the page, its figures.

#[cfg(unix)]
mod axe;
mod browser;
#[cfg(unix)]
mod driver;
#[cfg(unix)]
mod explore;
mod labels;
mod large;
mod map;

use assert_cmd::Command;
use brownout::report::document::Assess;
use brownout::report::folder;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tempfile::TempDir;

/// Names that try to do harm.
const HOSTILE: [&str; 6] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "=cmd|' /C calc'!A0",
    "\u{202e}evil\u{202c}\u{0}\u{7}\u{1b}[2J",
    "a\nb\r\n\tc]]>&amp;&#x3c;",
    "'--></style></svg>{{x}}${y}`z`",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn brownout(args: &[&str]) -> std::process::Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_brownout"));
    command.current_dir(root()).args(args).output().unwrap()
}

/// The reports of two scenarios, written once: one over time with an outage, one with policies
/// breached.
struct Reports {
    _dir: TempDir,
    forecast: PathBuf,
    one_down: PathBuf,
}

fn reports() -> &'static Reports {
    static REPORTS: OnceLock<Reports> = OnceLock::new();
    REPORTS.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str| {
            let folder = dir.path().join(name);
            let scenario = format!("scenarios/{name}.toml");
            let out = folder.to_str().unwrap();
            let ran = brownout(&[
                "assess",
                &scenario,
                "-q",
                "--as-of",
                "2026-11-01",
                "-o",
                out,
            ]);
            assert!(ran.status.code().unwrap() < 2, "{ran:?}");
            folder
        };
        Reports {
            forecast: write("quarter-end-forecast"),
            one_down: write("quarter-end-one-down"),
            _dir: dir,
        }
    })
}

/// Every file of a folder, by name.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for inside in [folder.to_owned(), folder.join("plots")] {
        for entry in fs::read_dir(&inside).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let name = path
                    .strip_prefix(folder)
                    .unwrap()
                    .to_string_lossy()
                    .into_owned();
                all.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    all
}

fn result(folder: &Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join("result.json")).unwrap()).unwrap()
}

fn page(folder: &Path) -> String {
    fs::read_to_string(folder.join("report.html")).unwrap()
}

/// Renders a document and gives its files back.
fn rendered(value: Value) -> BTreeMap<String, Vec<u8>> {
    let document: Assess = serde_json::from_value(value).unwrap();
    folder::files(&document).unwrap().into_iter().collect()
}

#[test]
fn a_report_without_time_for_figures_has_all_else() {
    let folder = &reports().one_down;
    let document: Assess = serde_json::from_value(result(folder)).unwrap();
    let of = |stop: bool| -> BTreeMap<String, Vec<u8>> {
        let all = folder::files_until(&document, &|| stop).unwrap();
        all.into_iter().collect()
    };
    let (whole, short) = (of(false), of(true));
    let is_figure = |name: &String| name.starts_with("plots/");
    assert!(whole.keys().any(is_figure) && !short.keys().any(is_figure));
    for (name, bytes) in whole.iter().filter(|(name, _)| !is_figure(name)) {
        assert!(name == "report.html" || short[name] == *bytes, "{name}");
    }
    let html = std::str::from_utf8(&short["report.html"]).unwrap();
    assert!(html.contains("interrupted before the figures") && !html.contains("href=\"plots/"));
    assert!(
        !std::str::from_utf8(&whole["report.html"])
            .unwrap()
            .contains("interrupted")
    );
}

#[test]
fn a_recorded_result_renders_to_the_same_bytes() {
    for folder in [&reports().forecast, &reports().one_down] {
        let again = tempfile::tempdir().unwrap();
        let out = again.path().join("again");
        let ran = brownout(&[
            "report",
            folder.to_str().unwrap(),
            "-q",
            "-o",
            out.to_str().unwrap(),
        ]);
        assert_eq!(ran.status.code(), Some(0), "{ran:?}");
        let (old, new) = (files(folder), files(&out));
        assert_eq!(
            old.keys().collect::<Vec<_>>(),
            new.keys().collect::<Vec<_>>()
        );
        for (name, bytes) in &old {
            assert!(new[name] == *bytes, "{name} differs");
        }
        for name in [
            "report.html",
            "result.json",
            "plots/headroom.svg",
            "plots/singles-1.png",
        ] {
            assert!(old.contains_key(name), "{name} is missing");
        }
    }
}

#[test]
fn what_is_no_assessment_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    for (name, text, said) in [
        ("a.json", "{}", "no schema"),
        (
            "b.json",
            "{\"schema\": \"brownout/whatif/2\"}",
            "brownout/whatif/2",
        ),
        ("c.json", "[[[", "no assessment"),
        (
            "d.json",
            "{\"schema\": \"brownout/assess/2\"}",
            "no assessment",
        ),
    ] {
        let path = dir.path().join(name);
        fs::write(&path, text).unwrap();
        let ran = brownout(&[
            "report",
            path.to_str().unwrap(),
            "-o",
            out.to_str().unwrap(),
        ]);
        let stderr = String::from_utf8(ran.stderr).unwrap();
        assert_eq!(ran.status.code(), Some(2), "{name}: {stderr}");
        assert!(stderr.contains(said), "{name}: {stderr}");
        assert!(!out.exists(), "{name} wrote something");
    }
}

#[test]
fn the_page_needs_nothing_else() {
    for folder in [&reports().forecast, &reports().one_down] {
        let html = page(folder);
        assert!(html.contains("Content-Security-Policy"));
        assert!(html.contains("default-src 'none'"));
        assert_eq!(html.matches("<script").count(), 1);
        for foreign in [
            "src=\"http",
            "href=\"http",
            "url(",
            "@import",
            "<iframe",
            "<object",
            "<link rel=\"stylesheet",
        ] {
            assert!(!html.contains(foreign), "{foreign}");
        }
        // Links lead inside the page or to a file beside it.
        let links = html
            .split("href=\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap());
        for link in links.filter(|l| *l != "data:,") {
            match link.strip_prefix('#') {
                Some(anchor) => assert!(html.contains(&format!("id=\"{anchor}\"")), "#{anchor}"),
                None => assert!(folder.join(link).is_file(), "{link} is not there"),
            }
        }
    }
}

#[test]
fn a_part_without_data_says_why() {
    let html = page(&reports().one_down);
    assert!(html.contains("the scenario has no horizon"));
    assert!(html.contains("the scenario asks for no simulation"));
    let mut bare = result(&reports().one_down);
    for field in ["policies", "pictures", "fixes", "base"] {
        bare[field] = Value::Array(Vec::new());
    }
    bare["sweep"]["services"] = Value::Array(Vec::new());
    bare["sweep"]["network"] = Value::Null;
    for field in ["evidence", "fix_search"] {
        bare[field] = Value::Null;
    }
    let html = String::from_utf8(rendered(bare).remove("report.html").unwrap()).unwrap();
    for said in [
        "the scenario has no load case",
        "The scenario has no policy",
        "no service",
    ] {
        assert!(html.contains(said), "{said}");
    }
    // What was not asked for, or holds nothing, has no part of its own.
    for gone in ["needs", "time", "chance", "network", "named", "warnings"] {
        assert!(!html.contains(&format!("id=\"{gone}\"")), "#{gone}");
        assert!(!html.contains(&format!("href=\"#{gone}\"")), "#{gone}");
    }
}

/// Replaces every string that is one of the keys.
fn rename(value: &mut Value, names: &BTreeMap<String, String>) {
    match value {
        Value::String(text) => {
            if let Some(new) = names.get(text) {
                text.clone_from(new);
            }
        }
        Value::Array(all) => all.iter_mut().for_each(|v| rename(v, names)),
        Value::Object(all) => all.values_mut().for_each(|v| rename(v, names)),
        _ => {}
    }
}

/// A result in which services, elements, load cases, policies and reasons have hostile names.
fn hostile(mut value: Value) -> Value {
    let long = "x\u{1f525}".repeat(5_000);
    let mut evil = HOSTILE
        .iter()
        .map(|s| (*s).to_owned())
        .chain([long])
        .cycle();
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let mut add = |v: &Value| {
        if let Some(old) = v.as_str() {
            let nth = names.len();
            let new = evil.next().unwrap();
            names.entry(old.to_owned()).or_insert(format!("{new}{nth}"));
        }
    };
    for state in value["base"].as_array().unwrap() {
        add(&state["load_case"]);
        for s in state["services"].as_array().unwrap() {
            add(&s["id"]);
            add(&s["name"]);
            add(&s["unit"]);
            s["because"].as_array().unwrap().iter().for_each(&mut add);
        }
        for c in state["components"].as_array().unwrap() {
            add(&c["id"]);
            add(&c["kind"]);
        }
    }
    for p in value["policies"].as_array().unwrap() {
        add(&p["name"]);
    }
    add(&value["scenario"]);
    rename(&mut value, &names);
    value["verdict"]["summary"] = HOSTILE.concat().into();
    value["head_warning"] = Value::Null;
    value["warnings"] = HOSTILE.iter().map(|s| Value::from(*s)).collect();
    value
}

#[test]
fn hostile_names_do_no_harm() {
    for folder in [&reports().forecast, &reports().one_down] {
        let all = rendered(hostile(result(folder)));
        let html = std::str::from_utf8(&all["report.html"]).unwrap();
        assert_eq!(html.matches("<script").count(), 1);
        assert_eq!(html.matches("<style").count(), 1);
        assert!(!html.contains("<img"), "markup came through");
        assert!(html.contains("&lt;script&gt;alert(1)"));
        assert!(html.len() < 4_000_000, "{} bytes", html.len());
        let hidden =
            |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(
            !html.contains(hidden),
            "an invisible character came through"
        );
        for (name, bytes) in &all {
            match name.rsplit('.').next() {
                Some("svg") => harmless_svg(name, std::str::from_utf8(bytes).unwrap()),
                Some("csv") => harmless_csv(name, bytes),
                _ => {}
            }
        }
    }
}

fn harmless_svg(name: &str, text: &str) {
    let tree = roxmltree::Document::parse(text).unwrap_or_else(|e| panic!("{name}: {e}"));
    for node in tree.descendants().filter(roxmltree::Node::is_element) {
        let tag = node.tag_name().name();
        let drawn = [
            "svg", "rect", "text", "polyline", "polygon", "line", "circle",
        ];
        assert!(drawn.contains(&tag), "{name}: <{tag}>");
        for a in node.attributes() {
            assert!(
                !a.name().starts_with("on") && a.name() != "href",
                "{name}: {}",
                a.name()
            );
        }
    }
}

fn harmless_csv(name: &str, bytes: &[u8]) {
    let mut reader = csv::Reader::from_reader(bytes);
    for row in reader.records() {
        let row = row.unwrap_or_else(|e| panic!("{name}: {e}"));
        for cell in &row {
            let formula = cell.starts_with(['=', '+', '@', '\t', '\r'])
                || (cell.starts_with('-') && cell.parse::<f64>().is_err());
            assert!(!formula, "{name}: {cell:?}");
        }
    }
}

#[test]
fn the_page_tells_the_figures_of_the_result() {
    let value = result(&reports().one_down);
    let html = page(&reports().one_down);
    assert!(html.contains(value["verdict"]["summary"].as_str().unwrap()));
    for (status, n) in value["verdict"]["services"].as_object().unwrap() {
        let tile = format!("<li class=\"{status}\"><b>{n}</b>");
        assert!(html.contains(&tile), "{tile}");
    }
    for input in value["inputs"].as_array().unwrap() {
        assert!(html.contains(input["sha256"].as_str().unwrap()));
    }
    for policy in value["policies"].as_array().unwrap() {
        assert!(html.contains(policy["name"].as_str().unwrap()));
    }
}

#[test]
fn capacity_left_is_what_one_state_says() {
    let value = result(&reports().forecast);
    let capacity = value["timeline"]["capacity"].as_array().unwrap();
    let orders = capacity
        .iter()
        .find(|c| c["id"] == "order-management")
        .unwrap();
    // Two of three servers of 400 are left; one more may go.
    for point in orders["points"].as_array().unwrap() {
        assert!(
            (point["n0"].as_f64().unwrap() - 800.0).abs() < 1e-6,
            "{point}"
        );
        assert!(
            (point["n1"].as_f64().unwrap() - 400.0).abs() < 1e-6,
            "{point}"
        );
        assert_eq!(point["failure"], "app-1");
    }
    assert_eq!(orders["points"].as_array().unwrap().len(), 31);
    let web = capacity.iter().find(|c| c["id"] == "web-shop").unwrap();
    // fra1-feed-b takes it down whatever the load.
    assert!(
        web["points"]
            .as_array()
            .unwrap()
            .iter()
            .all(|p| p["n1"] == 0.0)
    );
}
