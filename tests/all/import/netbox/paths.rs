//! Who passes traffic on, what is a way out, what has none, and how much circuits let through each way.

use super::in_service::{derived, device, row, site, skipped, warned};
use super::{Imported, fatal, ids, import_rows, index, needs, set, within};
use brownout::model::{Draft, Role, Status};
use serde_json::{Value, json};

/// Sites, the network of a provider, and roles by their slugs: the first has the key 1.
fn start(sites: &[&str], roles: &[&str]) -> Vec<Value> {
    let mut rows = vec![
        row("circuits.provider", 1, &json!({"name": "Acme"})),
        row(
            "circuits.providernetwork",
            1,
            &json!({"name": "Internet", "provider": 1}),
        ),
    ];
    for (key, name) in (1..).zip(sites) {
        rows.push(row("dcim.site", key, &json!({"name": name, "slug": name})));
    }
    for (key, role) in (1..).zip(roles) {
        rows.push(row(
            "dcim.devicerole",
            key,
            &json!({"name": role, "slug": role}),
        ));
    }
    rows
}

/// A device of a role at a site.
fn at(key: u32, name: &str, role: u32, site: u32) -> Value {
    row(
        "dcim.device",
        key,
        &json!({"name": name, "role": role, "site": site, "status": "active"}),
    )
}

/// An interface of a device, with the cable that is plugged in there. Its key is that of the device and the cable.
fn port(device: u32, cable: u32) -> Value {
    row(
        "dcim.interface",
        device * 1000 + cable,
        &json!({"name": format!("e{cable}"), "device": device, "cable": cable, "type": "1000base-t"}),
    )
}

fn join(rows: &mut Vec<Value>, cable: u32, ends: [u32; 2]) {
    rows.extend(ends.map(|device| port(device, cable)));
}

/// A circuit of one provider, the key of which is that of the cables at its ends; each side is given by its fields.
fn circuit(rows: &mut Vec<Value>, key: u32, cid: &str, status: &str, sides: [Value; 2]) {
    rows.push(row(
        "circuits.circuit",
        key,
        &json!({"cid": cid, "provider": 1, "status": status}),
    ));
    for (n, mut side) in (1..).zip(sides) {
        side["circuit"] = json!(key);
        rows.push(row("circuits.circuittermination", key * 10 + n, &side));
    }
}

/// A circuit from a device at a site to the network of the provider.
fn internet(rows: &mut Vec<Value>, key: u32, status: &str, device: u32, site: u32) {
    let sides = [
        json!({"site": site, "cable": key}),
        json!({"provider_network": 1}),
    ];
    circuit(rows, key, &format!("I{key}"), status, sides);
    rows.push(port(device, key));
}

/// A core, two access switches, and a device of some role that is plugged into both.
fn dual_homed(role: &str) -> Imported {
    let mut rows = start(&["hq"], &["core-router", "access-switch", role]);
    rows.extend([
        at(1, "core", 1, 1),
        at(2, "swa", 2, 1),
        at(3, "swb", 2, 1),
        at(4, "h1", 3, 1),
    ]);
    internet(&mut rows, 10, "active", 1, 1);
    for (cable, ends) in [(1, [1, 2]), (2, [1, 3]), (3, [4, 2]), (4, [4, 3])] {
        join(&mut rows, cable, ends);
    }
    import_rows(&rows)
}

/// Worked out by hand: each switch is half of the site, and hangs on its own cable to the core, unless the device
/// that is plugged into both leads round it.
#[test]
fn an_end_device_on_two_switches_passes_nothing_on_between_them() {
    let unknown = "devices that are joined to several others and whose role is not known to be of the network";
    let halves = set(["swa", "swb", "core--swa", "core--swb"]);
    for role in [
        "esxi",
        "compute-node",
        "vmware-host",
        "blade",
        "nas",
        "backup",
        "camera",
        "workload",
        "kvm-switch",
        "core-banking",
    ] {
        let imported = dual_homed(role);
        let degraded = fatal(&imported, "svc:hq", Status::Degraded);
        assert_eq!(degraded, halves, "{role}");
        assert!(warned(&imported, unknown), "{role}");
    }
    for role in ["server", "hypervisor", "pdu"] {
        let imported = dual_homed(role);
        let degraded = fatal(&imported, "svc:hq", Status::Degraded);
        assert_eq!(degraded, halves, "{role}");
        assert!(!warned(&imported, unknown), "{role}");
    }
    for role in ["distribution", "wan-edge", "firewall"] {
        let imported = dual_homed(role);
        let degraded = fatal(&imported, "svc:hq", Status::Degraded);
        assert_eq!(degraded, set(["swa", "swb"]), "{role}");
        assert!(!warned(&imported, unknown), "{role}");
    }
    let said = "and whose role is not known to be of the network, so that no traffic of others passes there: 1 (nas)";
    assert!(warned(&dual_homed("nas"), said));
}

#[test]
fn the_end_of_a_line_at_a_place_of_ours_is_no_way_out() {
    let mut rows = start(&["hq", "br"], &["core-router", "access-switch"]);
    rows.extend([at(1, "core", 1, 1), at(2, "sw", 2, 1)]);
    join(&mut rows, 1, [1, 2]);
    internet(&mut rows, 10, "active", 1, 1);
    // At the branch nothing is cabled to it.
    let sides = [json!({"site": 1, "cable": 11}), json!({"site": 2})];
    circuit(&mut rows, 11, "LEASED", "active", sides);
    rows.push(port(1, 11));
    let imported = import_rows(&rows);
    let draft = &imported.draft;
    assert_eq!(needs(draft, "svc:hq"), ["All Share of flow:sw--internet"]);
    assert_eq!(
        ids(draft, |kind, _| kind == "circuit-end"),
        ["circuit-leased-end"]
    );
    assert_eq!(within(draft, "circuit-leased-end"), ["br"]);
    let down = fatal(&imported, "svc:hq", Status::Down);
    assert!(down.contains("circuit-i10"), "{down:?}");
    let what = "end of a circuit where no device is cabled: no way out";
    assert_eq!(derived(&imported, what), 1);
}

/// A branch on one circuit, headquarters on two; and a switch there that nothing is plugged into.
fn branch(status: &str) -> Imported {
    let mut rows = start(&["hq", "br", "depot"], &["core-router", "access-switch"]);
    rows.extend([
        at(1, "core", 1, 1),
        at(2, "sw", 2, 1),
        at(3, "lonely", 2, 1),
        at(4, "bsw", 2, 2),
    ]);
    join(&mut rows, 1, [1, 2]);
    internet(&mut rows, 10, "active", 1, 1);
    internet(&mut rows, 11, "active", 2, 1);
    internet(&mut rows, 12, status, 4, 2);
    import_rows(&rows)
}

#[test]
fn a_site_without_a_documented_path_out_is_said() {
    let without = "and no documented path out, which are in no service: 1 (br)";
    let bare = "access devices with no documented path out, which the service of their site leaves out: 1 (lonely)";
    let policy = |imported: &Imported| imported.scenarios[0].policies[0].name.clone();
    let services =
        |imported: &Imported| ids(&imported.draft, |_, role| matches!(role, Role::Service(_)));
    for status in ["active", "offline"] {
        let imported = branch(status);
        assert_eq!(services(&imported), ["svc:br", "svc:hq"], "{status}");
        assert!(!warned(&imported, without) && warned(&imported, bare));
        assert_eq!(
            policy(&imported),
            "Every site keeps a path out through any single failure"
        );
    }
    let imported = branch("decommissioned");
    assert_eq!(services(&imported), ["svc:hq"]);
    assert!(warned(&imported, without) && warned(&imported, bare));
    assert_eq!(
        policy(&imported),
        "Every site with a documented path out keeps one through any single failure"
    );
    assert!(
        imported.scenarios[0].fill_in[0].contains("what leads out of br"),
        "{:?}",
        imported.scenarios[0].fill_in
    );
    let what = "circuits.circuit: status decommissioned";
    assert_eq!(skipped(&imported, what), 1);
    // Of the circuit, no cable at all is documented; and switches that are joined to each other alone.
    let mut rows = start(&["hq"], &["router", "access-switch"]);
    rows.extend([at(1, "r", 1, 1), at(2, "sw", 2, 1)]);
    join(&mut rows, 1, [1, 2]);
    let alone = "and no documented path out, which are in no service: 1 (hq)";
    assert!(warned(&import_rows(&rows), alone));
    // What is known to be out needs no path.
    for row in rows.iter_mut().filter(|row| row["model"] == "dcim.device") {
        row["fields"]["status"] = json!("planned");
    }
    assert!(!warned(&import_rows(&rows), alone));
    let quiet = [site(), device(1, "camera", "active")];
    assert!(!warned(&import_rows(&quiet), "no documented path out"));
}

/// What a link lets through, from its first end to the other and back.
fn rates(draft: &Draft, id: &str) -> [Option<f64>; 2] {
    let node = &draft.nodes[index(draft, id)].node;
    let Role::Link(link) = node.role else {
        panic!("{id} is no link")
    };
    [node.capacity, link.capacity_back]
}

fn ends(draft: &Draft, id: &str) -> [String; 2] {
    let Role::Link(link) = draft.nodes[index(draft, id)].node.role else {
        panic!("{id} is no link")
    };
    [link.a, link.b].map(|v| draft.nodes[v.0 as usize].node.id.to_string())
}

/// A line is read from the device with the lower key: from the branch, then from the core.
#[test]
fn a_circuit_lets_less_through_to_the_provider_than_from_it() {
    let sides = || {
        [
            json!({"site": 2, "cable": 10, "port_speed": 250_000, "upstream_speed": 40_000}),
            json!({"provider_network": 1}),
        ]
    };
    let mut rows = start(&["hq", "br"], &["router"]);
    rows.extend([
        at(1, "br-1", 1, 2),
        at(2, "core", 1, 1),
        at(3, "br-2", 1, 2),
    ]);
    circuit(&mut rows, 10, "DSL", "active", sides());
    rows.push(port(1, 10));
    // Cables of a line: 20 and 21 at the branch whose key is lower than that of the core, 30 and 31 at the other.
    for (key, branch) in [(20, 1), (30, 3)] {
        let sides = [
            json!({"site": 1, "cable": key, "port_speed": 100_000}),
            json!({"site": 2, "cable": key + 1, "port_speed": 100_000, "upstream_speed": 20_000}),
        ];
        circuit(&mut rows, key, &format!("V{key}"), "active", sides);
        rows.extend([port(2, key), port(branch, key + 1)]);
    }
    // One that states nothing takes the speed of the interfaces.
    internet(&mut rows, 40, "active", 2, 1);
    let imported = import_rows(&rows);
    let draft = &imported.draft;
    assert_eq!(ends(draft, "circuit-dsl"), ["br-1", "internet"]);
    assert_eq!(rates(draft, "circuit-dsl"), [Some(40e3), Some(250e3)]);
    assert_eq!(ends(draft, "circuit-v20"), ["br-1", "core"]);
    assert_eq!(rates(draft, "circuit-v20"), [Some(20e3), Some(100e3)]);
    assert_eq!(ends(draft, "circuit-v30"), ["core", "br-2"]);
    assert_eq!(rates(draft, "circuit-v30"), [Some(100e3), Some(20e3)]);
    assert_eq!(rates(draft, "circuit-i40"), [Some(1e6), None]);
    let unrated = "circuit that states no rate: its link lets through what its interfaces do";
    assert_eq!(derived(&imported, unrated), 1);
    assert!(
        imported.report.derived[unrated]
            .examples
            .contains("circuit-i40")
    );
    // An agreed rate below both is the same both ways.
    let agreed = rows
        .iter_mut()
        .find(|row| row["model"] == "circuits.circuit" && row["pk"] == 10);
    agreed.expect("a circuit")["fields"]["commit_rate"] = json!(30_000);
    let imported = import_rows(&rows);
    assert_eq!(rates(&imported.draft, "circuit-dsl"), [Some(30e3), None]);
}
