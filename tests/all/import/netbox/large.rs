//! Real exports, from data beside the checkout, and one as large as those of large companies.

use super::{Status, fatal, ids, import_all, lines, needs, within};
use brownout::input::import::{Format, Imported, Options, gather, read};
use brownout::model::{Draft, Role};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/data/inventory")
        .join(name)
}

fn import(names: &[&str]) -> Imported {
    let paths: Vec<PathBuf> = names.iter().map(|name| data(name)).collect();
    read(Format::Netbox, &paths, Options::default()).unwrap_or_else(|f| panic!("{:?}", lines(&f)))
}

const DEMO: &str = "netbox-demo-v3.6.json";

fn demo_rows() -> BTreeMap<String, BTreeMap<u64, Value>> {
    let text = std::fs::read_to_string(data(DEMO)).expect("text");
    let all: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    let mut rows: BTreeMap<String, BTreeMap<u64, Value>> = BTreeMap::new();
    for mut row in all {
        if let Some(key) = row["pk"].as_u64() {
            let model = row["model"].as_str().expect("a name").to_owned();
            rows.entry(model)
                .or_default()
                .insert(key, row["fields"].take());
        }
    }
    rows
}

#[test]
#[ignore = "needs ../shared/data"]
fn the_large_demo_has_thirteen_branches_with_five_fatal_singles_each() {
    let imported = import(&[DEMO]);
    let branches = [
        "akron",
        "albany",
        "binghamton",
        "buffalo",
        "camden",
        "nashua",
        "pittsfield",
        "rochester",
        "scranton",
        "stamford",
        "syracuse",
        "utica",
        "yonkers",
    ];
    for branch in branches {
        // Its site, its rack, its PDU, and one router and one switch that two lines and two cables join.
        let switch = branch.replace("rochester", "rochster");
        let expected: BTreeSet<String> = [
            format!("dm-{branch}"),
            format!("dm-{branch}-comms-closet"),
            format!("dmi01-{branch}-pdu01"),
            format!("dmi01-{branch}-rtr01"),
            format!("dmi01-{switch}-sw01"),
        ]
        .into();
        assert_eq!(
            fatal(&imported, &format!("svc:dm-{branch}"), Status::Down),
            expected
        );
    }
    let services = ids(&imported.draft, |_, role| matches!(role, Role::Service(_)));
    assert_eq!(services.len(), 16, "{services:?}");
    // A building on two core switches: what it shares is its own, and the fibre to it.
    let expected = [
        "butler-communications",
        "butler-communications-pp:mdf",
        "circuit-319031",
        "mdf",
        "ncsu128-distswitch1",
        "pp:b128",
    ];
    let found = fatal(&imported, "svc:butler-communications", Status::Down);
    for id in expected {
        assert!(found.contains(id), "{id}: {found:?}");
    }
    assert!(
        !found.iter().any(|id| id.contains("coreswitch")),
        "{found:?}"
    );
}

#[test]
#[ignore = "needs ../shared/data"]
fn the_large_demo_is_mapped_whole() {
    let imported = import(&[DEMO]);
    let draft = &imported.draft;
    let count = |kind: &str| ids(draft, |k, role| k == kind && role == Role::Component).len();
    let kinds = [
        ("site", 24),
        ("location", 4),
        ("rack", 42),
        ("power-panel", 4),
        ("power-feed", 48),
        ("provider", 9),
        ("provider-network", 1),
        ("cluster", 32),
        ("vm", 180),
        ("router", 13),
        ("switch", 26),
        ("pdu", 13),
        ("patch-panel", 19),
        ("server", 1),
        ("circuit", 3),
        ("far-side", 1),
        ("cable", 6),
    ];
    for (kind, expected) in kinds {
        assert_eq!(count(kind), expected, "{kind}");
    }
    let links = |kind: &str| ids(draft, |k, role| k == kind && matches!(role, Role::Link(_))).len();
    assert_eq!(
        (links("cable"), links("circuit"), links("stack")),
        (38, 26, 4)
    );
    let derived = |rule: &str| {
        imported
            .report
            .derived
            .iter()
            .find(|(r, _)| r.starts_with(rule))
            .map(|(_, t)| t.count)
    };
    assert_eq!(derived("rack → its power feeds"), Some(24));
    assert_eq!(derived("stack cable"), Some(4));
    // 8 members of chassis, 13 panels, 1 server.
    assert_eq!(
        imported
            .report
            .ids
            .iter()
            .filter(|(name, _, _)| name.is_empty())
            .count(),
        22
    );
    assert!(ids(draft, |_, _| true).contains(&"r105-torsw-2".to_owned()));
    assert_eq!(needs(draft, "p1-1a").len(), 0);
    assert_eq!(within(draft, "p1-1a"), ["panel-1"]);
    let warned: Vec<&str> = imported
        .warnings
        .iter()
        .map(brownout::input::Diagnostic::message)
        .collect();
    assert!(
        warned.iter().any(|w| w.contains("reaches: 32 of 32")),
        "{warned:?}"
    );
    super::assert_round_trip(draft);
}

/// What NetBox itself found: both devices, how many panels, which circuits. Each complete path between
/// interfaces stands there from both ends.
#[test]
#[ignore = "needs ../shared/data"]
fn the_large_demo_has_the_links_that_netbox_traced() {
    let rows = demo_rows();
    let mut traced: BTreeMap<(BTreeSet<String>, usize, BTreeSet<String>), usize> = BTreeMap::new();
    let name = |model: &str, key: u64| {
        let device = rows[model][&key]["device"].as_u64().expect("a device");
        rows["dcim.device"][&device]["name"]
            .as_str()
            .expect("a name")
            .to_owned()
    };
    for path in rows["dcim.cablepath"]
        .values()
        .filter(|p| p["is_complete"] == true)
    {
        let hops: Vec<(u64, u64)> = path["path"]
            .as_array()
            .expect("a path")
            .iter()
            .map(|hop| {
                let (kind, key) = hop[0]
                    .as_str()
                    .expect("one port")
                    .split_once(':')
                    .expect("kind:key");
                (
                    kind.parse().expect("a number"),
                    key.parse().expect("a number"),
                )
            })
            .collect();
        // 32 interface, 30 front port, 47 rear port, 15 termination of a circuit, 18 network of a provider.
        let (first, last) = (hops[0], hops[hops.len() - 1]);
        if first.0 != 32 || !matches!(last.0, 32 | 18) {
            continue;
        }
        let mut ends = BTreeSet::from([name("dcim.interface", first.1)]);
        ends.insert(match last.0 {
            32 => name("dcim.interface", last.1),
            _ => rows["circuits.providernetwork"][&last.1]["name"]
                .as_str()
                .expect("a name")
                .to_owned(),
        });
        let panels: BTreeSet<u64> = hops
            .iter()
            .filter_map(|&(kind, key)| match kind {
                30 => rows["dcim.frontport"][&key]["device"].as_u64(),
                47 => rows["dcim.rearport"][&key]["device"].as_u64(),
                _ => None,
            })
            .collect();
        let sides = hops.iter().filter(|hop| hop.0 == 15);
        let circuits = sides.map(|&(_, side)| {
            let circuit = rows["circuits.circuittermination"][&side]["circuit"]
                .as_u64()
                .expect("a circuit");
            format!(
                "circuit-{}",
                rows["circuits.circuit"][&circuit]["cid"]
                    .as_str()
                    .expect("a cid")
                    .to_lowercase()
            )
        });
        // A path to a cloud stands there once.
        let weight = if last.0 == 32 { 1 } else { 2 };
        *traced
            .entry((ends, panels.len(), circuits.collect()))
            .or_default() += weight;
    }
    let imported = import(&[DEMO]);
    let mut found = BTreeMap::new();
    for link in &imported.draft.nodes {
        let Role::Link(ends) = link.node.role else {
            continue;
        };
        let node = |v: u32| &imported.draft.nodes[v as usize].node;
        let names =
            [ends.a, ends.b].map(|v| node(v.0).name.as_deref().unwrap_or_default().to_owned());
        // Neither stack cables nor what lies behind a circuit is traced there.
        if names.iter().any(String::is_empty) {
            continue;
        }
        let of = |kind: &str| -> Vec<String> {
            let domains = link
                .within
                .iter()
                .map(|&w| node(w))
                .filter(|n| &*n.kind == kind);
            domains.map(|n| n.id.to_string()).collect()
        };
        let mut circuits: BTreeSet<String> = of("circuit").into_iter().collect();
        if &*link.node.kind == "circuit" {
            circuits.insert(link.node.id.to_string());
        }
        *found
            .entry((BTreeSet::from(names), of("patch-panel").len(), circuits))
            .or_default() += 2;
    }
    assert_eq!(found, traced);
    assert_eq!(found.values().sum::<usize>(), 2 * (26 + 12 + 13));
}

#[test]
#[ignore = "needs ../shared/data"]
fn large_lists_of_old_versions_and_of_nautobot_are_read() {
    let old = import(&[
        "netbox/pynetbox-devices.json",
        "netbox/pynetbox-interface_connections.json",
        "netbox/pynetbox-power_ports.json",
        "netbox/pynetbox-power_outlets.json",
        "netbox/pynetbox-interfaces.json",
        "netbox/pynetbox-cables.json",
    ]);
    let draft = &old.draft;
    assert!(ids(draft, |kind, _| kind == "switch").contains(&"test1-core1".to_owned()));
    // Before there were cables, connections joined interfaces.
    let links = ids(draft, |_, role| matches!(role, Role::Link(_)));
    assert_eq!(links.len(), 17, "{links:?}");
    assert!(
        needs(draft, "test1-core1")
            .iter()
            .any(|n| n.contains("test1-pdu")),
        "{:?}",
        needs(draft, "test1-core1")
    );
    let warned: Vec<&str> = old
        .warnings
        .iter()
        .map(brownout::input::Diagnostic::message)
        .collect();
    assert!(
        warned
            .iter()
            .any(|w| w.contains("partial") && w.contains("of 221 rows of dcim.interface")),
        "{warned:?}"
    );

    let nornir = import(&[
        "netbox/nornir-devices.json",
        "netbox/nornir-devices-2.json",
        "netbox/nornir-virtual-machines.json",
        "netbox/nornir-virtual-machines-2.json",
    ]);
    let vms = ids(&nornir.draft, |kind, _| kind == "vm");
    assert!(vms.contains(&"tx-pa100-fw1".to_owned()), "{vms:?}");
    assert_eq!(within(&nornir.draft, "tx-pa100-fw1"), ["cluster-abc"]);

    let nautobot = import(&["nautobot/stack_devices.json"]);
    let routers = ids(&nautobot.draft, |kind, _| kind == "router");
    assert_eq!(routers, ["grb-rtr01", "msp-rtr01"]);
    let mapped = nautobot
        .report
        .mapped
        .iter()
        .filter(|(what, _)| what.starts_with("dcim.device "));
    assert_eq!(mapped.map(|(_, tally)| tally.count).sum::<u64>(), 5);
    assert_eq!(within(&nautobot.draft, "grb-rtr01"), ["grb"]);
    for name in ["netbox", "nautobot"] {
        let sources = gather(&[data(name)]).expect("files");
        let found = Format::recognise(&sources);
        assert_eq!(
            found.unwrap_or_else(|f| panic!("{:?}", lines(&f))),
            Format::Netbox
        );
    }
}

/// A chain of so many sites: each has a router on a circuit, three switches of 100 ports, and power.
fn estate(sites: u64) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut key = 0;
    let mut put = |rows: &mut Vec<Value>, model: &str, fields: Value| {
        key += 1;
        rows.push(json!({"model": model, "pk": key, "fields": fields}));
        key
    };
    let provider = put(&mut rows, "circuits.provider", json!({"name": "Net"}));
    let cloud = put(
        &mut rows,
        "circuits.providernetwork",
        json!({"name": "Cloud", "provider": provider}),
    );
    let roles = ["router", "access-switch", "pdu"].map(|role| {
        put(
            &mut rows,
            "dcim.devicerole",
            json!({"name": role, "slug": role}),
        )
    });
    for n in 0..sites {
        let site = put(
            &mut rows,
            "dcim.site",
            json!({"name": format!("Site {n}"), "status": "active"}),
        );
        let rack = put(
            &mut rows,
            "dcim.rack",
            json!({"name": "Closet", "site": site}),
        );
        let mut device = |rows: &mut Vec<Value>, role: usize, at: usize| {
            let fields = json!({"name": format!("{n}-{role}-{at}"), "role": roles[role], "site": site, "rack": rack});
            put(rows, "dcim.device", fields)
        };
        let router = device(&mut rows, 0, 0);
        let switches = [0, 1, 2].map(|at| device(&mut rows, 1, at));
        let pdu = device(&mut rows, 2, 0);
        let circuit = put(
            &mut rows,
            "circuits.circuit",
            json!({"cid": format!("C{n}"), "provider": provider}),
        );
        let side = json!({"circuit": circuit, "term_side": "A", "provider_network": cloud});
        put(&mut rows, "circuits.circuittermination", side);
        let side = put(
            &mut rows,
            "circuits.circuittermination",
            json!({"circuit": circuit, "term_side": "Z", "site": site}),
        );
        let mut port = |rows: &mut Vec<Value>, model: &str, device: u64, name: String| {
            put(
                rows,
                model,
                json!({"device": device, "name": name, "type": "1000base-t", "comments": "not read"}),
            )
        };
        let uplink = port(&mut rows, "dcim.interface", router, "wan".to_owned());
        let mut cables = vec![(
            ["circuits", "circuittermination"],
            side,
            ["dcim", "interface"],
            uplink,
        )];
        for switch in switches {
            let near = port(&mut rows, "dcim.interface", router, format!("lan {switch}"));
            let ports: Vec<u64> = (0..100)
                .map(|at| port(&mut rows, "dcim.interface", switch, format!("port {at}")))
                .collect();
            cables.push((["dcim", "interface"], near, ["dcim", "interface"], ports[0]));
            let cord = port(&mut rows, "dcim.powerport", switch, "psu".to_owned());
            let outlet = port(
                &mut rows,
                "dcim.poweroutlet",
                pdu,
                format!("outlet {switch}"),
            );
            cables.push((["dcim", "powerport"], cord, ["dcim", "poweroutlet"], outlet));
        }
        for (a_kind, a, b_kind, b) in cables {
            let cable = put(&mut rows, "dcim.cable", json!({"status": "connected"}));
            for (side, kind, port) in [("A", a_kind, a), ("B", b_kind, b)] {
                let fields = json!({"cable": cable, "cable_end": side, "termination_type": kind, "termination_id": port});
                put(&mut rows, "dcim.cabletermination", fields);
            }
        }
    }
    rows
}

#[test]
#[ignore = "takes long without optimisation"]
fn a_large_estate_of_200_000_objects_is_read_in_ten_seconds() {
    let rows = estate(590);
    assert!(rows.len() >= 200_000, "{}", rows.len());
    let text = json!(rows).to_string();
    drop(rows);
    let start = Instant::now();
    let imported = import_all(&[text]).unwrap_or_else(|f| panic!("{:?}", lines(&f)));
    let took = start.elapsed();
    println!("{took:?}");
    let services = ids(&imported.draft, |_, role| matches!(role, Role::Service(_)));
    assert_eq!(services.len(), 590);
    assert!(took < Duration::from_secs(10), "{took:?}");
}

#[test]
fn a_chain_of_sites_is_built_as_it_is_described() {
    let draft: Draft = import_all(&[json!(estate(3)).to_string()])
        .expect("read")
        .draft;
    let links = ids(&draft, |_, role| matches!(role, Role::Link(_)));
    assert_eq!(links.len(), 3 * 4);
    assert_eq!(needs(&draft, "2-1-0"), ["All Share of 2-2-0"]);
}
