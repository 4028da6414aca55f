//! NetBox and Nautobot. The sample in tests/data is one estate in one form; it is turned here into the other
//! forms in which the same estate can be exported, and all must give the same inventory.

mod forms;
mod golden;
mod in_service;
mod large;
mod missing;
mod names;
mod paths;
mod safety;
mod supply;

use super::{assert_round_trip, lines, source};
use crate::import::sources::files;
use brownout::analysis::Study;
use brownout::input::import::{Format, Imported, Options, read_sources};
use brownout::input::write::{Hosts, write_placed};
use brownout::input::{Faults, Overrides, load};
use brownout::model::{CaseId, Draft, Role, Status};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

fn sample() -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/netbox-small.json");
    serde_json::from_str(&fs::read_to_string(path).expect("text")).expect("JSON")
}

fn import_all(texts: &[String]) -> Result<Imported, Faults> {
    let named = texts.iter().enumerate();
    let sources: Vec<_> = named
        .map(|(n, text)| source(&format!("export-{n}.json"), text))
        .collect();
    read_sources(Format::Netbox, &sources, Options::default())
}

fn import_rows(rows: &[Value]) -> Imported {
    import_all(&[json!(rows).to_string()]).unwrap_or_else(|f| panic!("{:?}", lines(&f)))
}

/// Every file of the folder that is written, but the report, which also says what was read.
fn folder(imported: &Imported) -> BTreeMap<String, String> {
    let root = tempfile::tempdir().expect("a folder");
    let dir = root.path().join("inventory");
    write_placed(&dir, &imported.draft, &imported.placements, &[]).expect("written");
    let mut files = files(&dir);
    files.insert("scenario.toml".to_owned(), imported.scenarios[0].text());
    // The name is that of the file.
    files.remove("inventory.toml");
    files
}

fn assert_same(one: &Imported, other: &Imported, what: &str) {
    let (one, other) = (folder(one), folder(other));
    assert_eq!(
        one.keys().collect::<Vec<_>>(),
        other.keys().collect::<Vec<_>>(),
        "{what}"
    );
    for (name, text) in &one {
        let (left, right): (BTreeSet<&str>, BTreeSet<&str>) =
            (text.lines().collect(), other[name].lines().collect());
        let only: Vec<_> = left.symmetric_difference(&right).collect();
        assert!(only.is_empty(), "{what}, {name}: {only:#?}");
        assert_eq!(text, &other[name], "{what}, {name}");
    }
}

fn ids(draft: &Draft, keep: impl Fn(&str, Role) -> bool) -> Vec<String> {
    let nodes = draft
        .nodes
        .iter()
        .filter(|d| keep(&d.node.kind, d.node.role));
    let mut ids: Vec<String> = nodes.map(|d| d.node.id.to_string()).collect();
    ids.sort();
    ids
}

fn index(draft: &Draft, id: &str) -> usize {
    let found = draft.nodes.iter().position(|d| &*d.node.id == id);
    found.unwrap_or_else(|| panic!("no {id}"))
}

fn within(draft: &Draft, id: &str) -> Vec<String> {
    let domains = &draft.nodes[index(draft, id)].within;
    let mut ids: Vec<String> = domains
        .iter()
        .map(|&w| draft.nodes[w as usize].node.id.to_string())
        .collect();
    ids.sort();
    ids
}

/// The providers of a requirement of a node, with its need.
fn needs(draft: &Draft, id: &str) -> Vec<String> {
    let at = index(draft, id);
    let of = draft
        .requirements
        .iter()
        .filter(|r| r.consumer as usize == at);
    let mut said: Vec<String> = of
        .map(|r| {
            let mut providers: Vec<String> = r
                .providers
                .iter()
                .map(|p| {
                    let id = &draft.nodes[p.node as usize].node.id;
                    if p.constant > 0.0 {
                        format!("{id} {} W", p.constant)
                    } else {
                        id.to_string()
                    }
                })
                .collect();
            if r.split != brownout::model::Split::Standby {
                providers.sort();
            }
            format!("{:?} {:?} of {}", r.need, r.split, providers.join(", "))
        })
        .collect();
    said.sort();
    said
}

/// Elements whose loss alone leaves a service so, each state evaluated by itself.
fn fatal(imported: &Imported, service: &str, status: Status) -> BTreeSet<String> {
    let root = tempfile::tempdir().expect("a folder");
    let dir = root.path().join("inventory");
    write_placed(&dir, &imported.draft, &imported.placements, &[]).expect("written");
    let loaded = load(&dir, &Overrides::default()).expect("readable");
    let system = &loaded.system;
    let study = Study::new(system, &loaded.scenario);
    let place = system
        .services()
        .iter()
        .position(|&s| system.id(s) == service);
    let place = place.unwrap_or_else(|| panic!("no {service}"));
    let elements = system.iter().filter(|(_, node)| node.can_fail());
    elements
        .filter(|&(v, _)| study.state(&[v], CaseId(0)).services[place].status == status)
        .map(|(v, _)| system.id(v).to_owned())
        .collect()
}

fn set<const N: usize>(ids: [&str; N]) -> BTreeSet<String> {
    ids.map(str::to_owned).into()
}

#[test]
fn places_devices_and_names() {
    let imported = import_rows(&sample());
    let draft = &imported.draft;
    let devices = ids(draft, |kind, role| {
        role == Role::Component
            && [
                "router",
                "switch",
                "patch-panel",
                "pdu",
                "server",
                "blade-chassis",
            ]
            .contains(&kind)
    });
    // Two panels and two stack members have no name, and the one called like its kind keeps it.
    let expected = [
        "br-a-rtr",
        "br-a-sw",
        "br-b-rtr",
        "br-b-stack-1",
        "br-b-stack-2",
        "branch-a-patch-panel",
        "hq-blade1",
        "hq-chassis",
        "hq-core1",
        "hq-core2",
        "hq-esx1",
        "hq-esx2",
        "hq-patch-panel",
        "hq-spare",
        "pdu",
        "pdu-a",
        "pdu-b",
    ];
    assert_eq!(devices, expected);
    assert_eq!(
        ids(draft, |kind, _| kind == "site"),
        ["branch-a", "branch-b", "hq"]
    );
    assert_eq!(
        ids(draft, |kind, _| kind == "rack"),
        ["branch-a-closet", "branch-b-closet", "r1", "r2"]
    );
    assert_eq!(within(draft, "r1"), ["room-1"]);
    assert_eq!(within(draft, "room-1"), ["hq"]);
    assert_eq!(within(draft, "hq-blade1"), ["hq-chassis"]);
    assert_eq!(within(draft, "br-b-stack-1"), ["branch-b-closet"]);
    let skipped: Vec<(&str, u64)> = imported
        .report
        .skipped
        .iter()
        .map(|(why, t)| (why.as_str(), t.count))
        .collect();
    let expected = [
        ("auth.group: not used", 1),
        ("cable path: ends at a device that is left out", 1),
        (
            "cable path: management only: no traffic of services passes",
            1,
        ),
        ("contenttypes.contenttype: not used", 2),
        ("dcim.device: status decommissioning", 1),
        ("dcim.site: status retired", 1),
        ("extras.configcontext: not used", 1),
        ("ipam.vlan: not used", 1),
        ("secrets.secret: not used", 1),
        ("users.token: not used", 1),
        ("virtualization.clustertype: not used", 1),
        ("virtualization.virtualmachine: status decommissioning", 1),
    ];
    assert_eq!(skipped, expected);
}

#[test]
fn a_path_is_one_link_within_all_that_it_shares() {
    let imported = import_rows(&sample());
    let draft = &imported.draft;
    let links = ids(draft, |_, role| matches!(role, Role::Link(_)));
    let expected = [
        "br-a-rtr:gi1-0--br-a-sw:gi1-0-1",
        "br-a-rtr:gi1-1--br-a-sw:gi1-0-2",
        "br-a-sw--hq-core1",
        "br-a-sw--hq-core2",
        "br-b-rtr--br-b-stack-1",
        "br-b-rtr--br-b-stack-2",
        "br-b-stack-1--br-b-stack-2",
        "circuit-ac-100",
        "circuit-ac-200",
        "circuit-ac-300",
        "circuit-ac-900",
        "circuit-bi-7",
        "hq-core1--hq-core2",
        "hq-core1--hq-esx1",
        "hq-core2--hq-esx1",
        "hq-core2--hq-esx2",
        "hq-core2--hq-spare",
    ];
    assert_eq!(links, expected);
    // Port 1 leads to port 1, port 3 to port 3, over one circuit and two cables between panels.
    let shared = [
        "branch-a-patch-panel",
        "cable:branch-a-patch-panel--circuit-df-1",
        "cable:circuit-df-1--hq-patch-panel",
        "circuit-df-1",
        "hq-patch-panel",
    ];
    assert_eq!(within(draft, "br-a-sw--hq-core1"), shared);
    assert_eq!(within(draft, "br-a-sw--hq-core2"), shared);
    assert_eq!(within(draft, "circuit-df-1"), ["acme-net"]);
    assert_eq!(within(draft, "circuit-ac-100"), ["acme-net"]);
    assert_eq!(within(draft, "acme-mpls"), ["acme-net"]);
    assert_eq!(within(draft, "far-side-beta-isp"), ["beta-isp"]);
    let capacity = |id: &str| draft.nodes[index(draft, id)].node.capacity;
    // The least of 1 Gbit/s ports, 100 Mbit/s at the provider, 50 Mbit/s agreed.
    assert_eq!(capacity("circuit-ac-100"), Some(50_000.0));
    assert_eq!(capacity("hq-core1--hq-core2"), Some(100e6));
    assert_eq!(capacity("hq-core2--hq-esx2"), Some(1e6));
    assert_eq!(capacity("hq-core2--hq-esx1"), Some(10e6));
    assert_eq!(capacity("br-b-stack-1--br-b-stack-2"), None);
}

#[test]
fn known_outages_go_to_the_scenario() {
    let imported = import_rows(&sample());
    let down = &imported.scenarios[0].down;
    let down: Vec<(&str, &str)> = down
        .iter()
        .map(|(id, why)| (id.as_str(), why.as_str()))
        .collect();
    let expected = [
        ("batch", "status paused"),
        ("circuit-ac-900", "status planned"),
        ("hq-core2--hq-spare", "its interface is disabled"),
        ("hq-spare", "status offline"),
    ];
    assert_eq!(down, expected);
}

#[test]
fn power_comes_from_any_source_and_draws_what_is_stated() {
    let imported = import_rows(&sample());
    let draft = &imported.draft;
    assert_eq!(
        needs(draft, "hq-core1"),
        ["AtLeast(1) Share of a-r1 300 W, b-r1 300 W"]
    );
    // Nothing in this rack is plugged in, and nothing in it is passive.
    assert_eq!(needs(draft, "r2"), ["AtLeast(1) Share of a-r2, b-r2"]);
    assert!(needs(draft, "r1").is_empty());
    assert_eq!(needs(draft, "br-a-rtr"), ["All Share of pdu 60 W"]);
    assert_eq!(needs(draft, "br-a-sw"), ["All Share of pdu 90 W"]);
    assert_eq!(
        needs(draft, "br-b-rtr"),
        ["AtLeast(1) Share of pdu-a, pdu-b"]
    );
    assert_eq!(needs(draft, "br-b-stack-2"), ["All Share of pdu-b"]);
    assert_eq!(within(draft, "a-r1"), ["panel-a"]);
    assert_eq!(within(draft, "panel-a"), ["room-1"]);
    let feed = &draft.nodes[index(draft, "a-r1")].node;
    assert_eq!(
        (feed.capacity, feed.unit.as_deref()),
        (Some(2944.0), Some("W"))
    );
}

#[test]
fn clusters_machines_gateways_and_groups() {
    let imported = import_rows(&sample());
    let draft = &imported.draft;
    assert_eq!(
        needs(draft, "prod"),
        ["AtLeast(1) Share of hq-esx1, hq-esx2"]
    );
    assert_eq!(
        ids(draft, |kind, _| kind == "vm"),
        ["batch", "cloud-app", "db", "prod-app"]
    );
    assert_eq!(within(draft, "db"), ["prod"]);
    assert_eq!(
        needs(draft, "gw-hq"),
        ["AtLeast(1) Standby of hq-core1, hq-core2"]
    );
    assert_eq!(
        needs(draft, "mpls-pair"),
        ["AtLeast(1) Share of circuit-ac-100, circuit-ac-200"]
    );
    assert_eq!(needs(draft, "svc:db:dns"), ["All Share of db"]);
    let rows: Vec<String> = imported
        .placements
        .rows
        .iter()
        .map(|row| {
            let Hosts::Ids(hosts) = &row.hosts else {
                panic!("a selector")
            };
            format!(
                "{} {hosts:?} {:?} {:?}",
                row.instance, row.host, row.amounts
            )
        })
        .collect();
    let expected = [
        r#"prod-app ["hq-esx1", "hq-esx2"] Some("hq-esx1") {"/cpu": 4.0, "/memory": 8192.0}"#,
        r#"db ["hq-esx1", "hq-esx2"] None {"/cpu": 8.0, "/memory": 16384.0}"#,
        r#"batch ["hq-esx1", "hq-esx2"] None {"/memory": 2048.0}"#,
    ];
    assert_eq!(rows, expected);
    let warnings: Vec<String> = imported
        .warnings
        .iter()
        .map(|w| w.message().to_owned())
        .collect();
    assert_eq!(warnings.len(), 1, "{warnings:#?}");
    assert!(
        warnings[0].ends_with("no failure of a host reaches: 1 of 2 (Cloud)"),
        "{warnings:#?}"
    );
}

/// Worked out by hand. Branch A has three ways out (a circuit, a line to another provider, fibre to the
/// core), but one switch on one PDU. Branch B has two switches and two PDUs behind one router and one circuit.
#[test]
fn what_takes_a_branch_down_alone() {
    let imported = import_rows(&sample());
    let down = |service| fatal(&imported, service, Status::Down);
    assert_eq!(
        down("svc:branch-a"),
        set(["branch-a", "branch-a-closet", "br-a-sw", "pdu"])
    );
    let of_b = [
        "branch-b",
        "branch-b-closet",
        "br-b-rtr",
        "circuit-ac-200",
        "acme-net",
        "acme-mpls",
    ];
    assert_eq!(down("svc:branch-b"), set(of_b));
    // Half of its switches: what hangs on them is cut off.
    let degraded = fatal(&imported, "svc:branch-b", Status::Degraded);
    assert_eq!(
        degraded,
        set(["br-b-stack-1", "br-b-stack-2", "pdu-a", "pdu-b"])
    );
    let services = ids(&imported.draft, |_, role| matches!(role, Role::Service(_)));
    assert_eq!(services, ["svc:branch-a", "svc:branch-b", "svc:db:dns"]);
}

#[test]
fn what_is_written_is_read_back() {
    assert_round_trip(&import_rows(&sample()).draft);
}
