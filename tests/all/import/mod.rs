//! Importers: small files made by hand, and real ones where they are at hand.

mod clouds;
mod clusters;
mod cmdb;
mod containers;
mod frame;
mod graphs;
mod kubernetes;
mod mesh;
mod netbox;
mod networks;
mod robust;
mod rvtools;
mod servicenow;
mod sources;
mod tables;

use brownout::analysis::Study;
use brownout::input::import::{Format, Imported, Options, read, read_sources};
use brownout::input::{Faults, Source};
use brownout::input::{Overrides, load, write};
use brownout::model::{CaseId, Draft, Role, System};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn source(path: &str, text: &str) -> Arc<Source> {
    Arc::new(Source {
        path: path.to_owned(),
        text: text.to_owned(),
    })
}

fn import(format: Format, text: &str) -> Result<Imported, Faults> {
    read_sources(format, &[source("file", text)], Options::default())
}

fn lines(faults: &Faults) -> Vec<String> {
    faults
        .iter()
        .map(brownout::input::Diagnostic::line)
        .collect()
}

/// What is written is read back as the same system.
pub fn assert_round_trip(draft: &Draft) {
    let root = tempfile::tempdir().expect("a folder");
    let dir = root.path().join("inventory");
    write::write_inventory(&dir, draft, &[]).expect("written");
    let loaded = load(&dir, &Overrides::default()).expect("readable");
    let system = System::new(draft.clone()).expect("valid");
    let rows = |system: &System| {
        let id = |v| system.id(v);
        let nodes = system.iter().map(|(v, n)| {
            let within: Vec<&str> = n.within.iter().map(|&w| id(w)).collect();
            let labels = system.labels();
            let mut labels: Vec<String> = labels
                .columns
                .iter()
                .filter_map(|c| Some(format!("{c}={}", labels.get(c, v)?)))
                .collect();
            labels.sort();
            format!(
                "{} {:?} {} {:?} {:?} {:?} {within:?} {:?} {labels:?}",
                n.id, n.name, n.kind, n.unit, n.capacity, n.reliability, n.role
            )
        });
        let requirements = system.requirements().iter().map(|r| {
            let providers: Vec<String> = r
                .providers
                .iter()
                .map(|p| format!("{} {} {}", id(p.node), p.load, p.weight))
                .collect();
            let group = &r.group;
            format!(
                "{} {group:?} {:?} {:?} {providers:?}",
                id(r.consumer),
                r.need,
                r.split
            )
        });
        nodes.chain(requirements).collect::<Vec<String>>()
    };
    assert_eq!(loaded.system.name(), system.name());
    pretty_equal(&rows(&loaded.system), &rows(&system));
}

fn pretty_equal(found: &[String], expected: &[String]) {
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(found, expected);
    }
    assert_eq!(found.len(), expected.len());
}

/// Consumer, provider → load factor.
fn loads(draft: &Draft) -> BTreeMap<(String, String), f64> {
    let id = |v: u32| draft.nodes[v as usize].node.id.to_string();
    draft
        .requirements
        .iter()
        .flat_map(|r| {
            r.providers
                .iter()
                .map(move |p| ((r.consumer, p.node), p.load))
        })
        .map(|((consumer, provider), load)| ((id(consumer), id(provider)), load))
        .collect()
}

fn demands(draft: &Draft) -> BTreeMap<String, f64> {
    draft
        .nodes
        .iter()
        .filter_map(|d| match d.node.role {
            Role::Service(s) => Some((d.node.id.to_string(), s.demand)),
            _ => None,
        })
        .collect()
}

fn key(consumer: &str, provider: &str) -> (String, String) {
    (consumer.to_owned(), provider.to_owned())
}

#[test]
fn a_trace_becomes_applications_calls_per_call_and_roots() {
    let text = r#"[
        {"parent": "web", "child": "cart", "callCount": 30},
        {"parent": "web", "child": "cart", "callCount": 10},
        {"parent": "app", "child": "cart", "callCount": 60},
        {"parent": "cart", "child": "db", "callCount": 250, "source": "x"},
        {"parent": "cart", "child": "cart", "callCount": 900}
    ]"#;
    let imported = import(Format::Jaeger, text).expect("a trace");
    let warnings: Vec<String> = imported
        .warnings
        .iter()
        .map(brownout::input::Diagnostic::line)
        .collect();
    assert_eq!(
        warnings,
        [
            "file:6:10: calls of a service to itself are left out: cart",
            "file:3:10: the same pair stands here more than once, added up: web → cart",
        ]
    );
    let expected = [
        (key("app", "cart"), 1.0),
        (key("cart", "db"), 2.5),
        (key("svc:app", "app"), 1.0),
        (key("svc:web", "web"), 1.0),
        (key("web", "cart"), 1.0),
    ];
    assert_eq!(loads(&imported.draft), BTreeMap::from(expected));
    let expected = [("svc:app".to_owned(), 60.0), ("svc:web".to_owned(), 40.0)];
    assert_eq!(demands(&imported.draft), BTreeMap::from(expected));
    assert_round_trip(&imported.draft);
}

#[test]
fn the_answer_of_the_api_is_read_too_and_order_does_not_matter() {
    let list =
        r#"{"parent":"b","child":"c","callCount":2},{"parent":"a","child":"b","callCount":4}"#;
    let turned =
        r#"{"parent":"a","child":"b","callCount":4},{"parent":"b","child":"c","callCount":2}"#;
    let answer = format!(r#"{{"data": [{list}], "errors": null}}"#);
    let one = import(Format::Jaeger, &answer).expect("a trace").draft;
    let two = import(Format::Jaeger, &format!("[{turned}]"))
        .expect("a trace")
        .draft;
    assert_eq!(loads(&one), loads(&two));
    assert!((loads(&one)[&key("b", "c")] - 0.5).abs() < 1e-15);
}

#[test]
fn a_trace_without_a_root_warns() {
    let text =
        r#"[{"parent":"a","child":"b","callCount":1},{"parent":"b","child":"a","callCount":1}]"#;
    let imported = import(Format::Jaeger, text).expect("a trace");
    assert!(demands(&imported.draft).is_empty());
    assert!(
        imported.warnings[0]
            .message()
            .ends_with("no demand reaches them: a, b")
    );
    assert!(
        imported.warnings[1]
            .message()
            .ends_with("each call comes back as one: a, b")
    );
}

/// What every component carries, once what was imported has been written and read again.
fn carried(draft: &Draft) -> HashMap<String, f64> {
    let root = tempfile::tempdir().expect("a folder");
    let dir = root.path().join("inventory");
    write::write_inventory(&dir, draft, &[]).expect("written");
    let loaded = load(&dir, &Overrides::default()).expect("readable");
    let study = Study::new(&loaded.system, &loaded.scenario);
    let state = study.state(&[], CaseId(0));
    let nodes = loaded.system.iter();
    nodes
        .map(|(v, node)| (node.id.to_string(), state.load[v.index()]))
        .collect()
}

/// Calls that were traced to each service, from the text alone; of one that none came to, those it
/// made.
fn traced(text: &str) -> HashMap<String, f64> {
    let calls: serde_json::Value = serde_json::from_str(text).expect("JSON");
    let calls = calls.get("data").unwrap_or(&calls);
    let (mut received, mut made) = (HashMap::new(), HashMap::new());
    for call in calls.as_array().expect("a list") {
        let name = |key: &str| call[key].as_str().expect("a name").to_owned();
        let count = call["callCount"].as_f64().expect("a number");
        *made.entry(name("parent")).or_insert(0.0) += count;
        *received.entry(name("child")).or_insert(0.0) += count;
    }
    for (parent, count) in made {
        received.entry(parent).or_insert(count);
    }
    received
}

fn carries_what_was_traced(text: &str) {
    let draft = import(Format::Jaeger, text).expect("a trace").draft;
    let carried = carried(&draft);
    for (id, calls) in traced(text) {
        let load = carried[&id];
        assert!(
            (load - calls).abs() <= 1e-9 * calls,
            "{id}: {load}, traced {calls}"
        );
    }
}

/// cart and stock call each other, and stock calls audit more often than it is called.
#[test]
fn services_that_call_each_other_carry_what_was_traced() {
    carries_what_was_traced(
        r#"[
        {"parent": "web", "child": "cart", "callCount": 40},
        {"parent": "cart", "child": "stock", "callCount": 900},
        {"parent": "stock", "child": "cart", "callCount": 850},
        {"parent": "stock", "child": "audit", "callCount": 5000},
        {"parent": "audit", "child": "stock", "callCount": 30}
    ]"#,
    );
}

#[test]
#[ignore = "needs ../shared/data"]
fn the_large_real_trace_carries_what_was_traced() {
    carries_what_was_traced(&std::fs::read_to_string(large_trace()).expect("text"));
}

#[test]
fn every_fault_of_a_trace_has_its_place() {
    let text = "[\n  {\"parent\": \"a\", \"child\": \"b\", \"callCount\": -3},\n  {\"parent\": \"a\"},\n  {\"parent\": \" \", \"child\": \"b\", \"callCount\": 1},\n  7\n]";
    let faults = import(Format::Jaeger, text).expect_err("faults");
    let lines = lines(&faults);
    assert_eq!(lines.len(), 4, "{lines:#?}");
    assert!(
        lines[0].starts_with("file:2:33: -3 is no number of calls"),
        "{}",
        lines[0]
    );
    assert!(
        lines[1].starts_with("file:3:17: this is no Jaeger dependency: missing field `child`"),
        "{}",
        lines[1]
    );
    assert!(
        lines[2].starts_with("file:4:4: the parent has no name"),
        "{}",
        lines[2]
    );
    assert!(
        lines[3].starts_with("file:5:3: this is no Jaeger dependency: invalid type"),
        "{}",
        lines[3]
    );
}

#[test]
fn a_cut_or_empty_trace_is_refused() {
    for text in ["", "[", "{}", "[]", "{\"data\": []}", "nonsense"] {
        let faults = import(Format::Jaeger, text).expect_err("faults");
        assert_eq!(faults.iter().count(), 1, "{text}");
    }
}

/// Where nothing goes round, what a component carries is what was traced: every dependency is
/// loaded with its observed calls.
#[test]
fn the_load_of_a_trace_is_what_was_observed() {
    let text = r#"[
        {"parent": "web", "child": "cart", "callCount": 40},
        {"parent": "app", "child": "cart", "callCount": 60},
        {"parent": "app", "child": "db", "callCount": 7},
        {"parent": "cart", "child": "db", "callCount": 250}
    ]"#;
    let draft = import(Format::Jaeger, text).expect("a trace").draft;
    let root = tempfile::tempdir().expect("a folder");
    let dir = root.path().join("inventory");
    write::write_inventory(&dir, &draft, &[]).expect("written");
    let loaded = load(&dir, &Overrides::default()).expect("readable");
    let study = Study::new(&loaded.system, &loaded.scenario);
    let state = study.state(&[], CaseId(0));
    for (id, calls) in [("web", 40.0), ("app", 67.0), ("cart", 100.0), ("db", 257.0)] {
        let node = loaded.system.find(id).expect("a component");
        assert!((state.load[node.index()] - calls).abs() < 1e-9, "{id}");
    }
}

/// The calls of a large real system, from data beside the checkout.
fn large_trace() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/inventory");
    folder.join("jaeger-dependencies-large.json")
}

#[test]
#[ignore = "needs ../shared/data"]
fn the_large_real_trace_is_read_whole() {
    let imported = read(Format::Jaeger, &[large_trace()], Options::default()).expect("a trace");
    let draft = &imported.draft;
    let services = demands(draft).len();
    assert_eq!(draft.nodes.len() - services, 1_238);
    let system = System::new(draft.clone()).expect("valid");
    assert_eq!(system.services().len(), services);
    println!(
        "{services} roots, {} requirements, {:?}",
        draft.requirements.len(),
        imported.warnings
    );
    assert_eq!(draft.requirements.len() - services, 4_271);
    assert_round_trip(draft);
}
