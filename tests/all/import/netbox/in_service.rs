//! What is not in service does no work, and neither does what hangs on it.

use super::{Imported, fatal, ids, import_rows, needs, within};
use brownout::model::{Role, Status};
use serde_json::{Value, json};

pub(super) fn row(model: &str, key: u32, fields: &Value) -> Value {
    json!({"model": model, "pk": key, "fields": fields})
}

pub(super) fn site() -> Value {
    row(
        "dcim.site",
        1,
        &json!({"name": "dc", "slug": "dc", "status": "active"}),
    )
}

pub(super) fn device(key: u32, name: &str, status: &str) -> Value {
    row(
        "dcim.device",
        key,
        &json!({"name": name, "site": 1, "status": status}),
    )
}

pub(super) fn down(imported: &Imported) -> Vec<(&str, &str)> {
    let down = imported.scenarios[0].down.iter();
    down.map(|(id, why)| (id.as_str(), why.as_str())).collect()
}

pub(super) fn skipped(imported: &Imported, what: &str) -> u64 {
    imported.report.skipped.get(what).map_or(0, |t| t.count)
}

pub(super) fn derived(imported: &Imported, what: &str) -> u64 {
    imported.report.derived.get(what).map_or(0, |t| t.count)
}

pub(super) fn warned(imported: &Imported, part: &str) -> bool {
    imported.warnings.iter().any(|w| w.message().contains(part))
}

/// Power port of a device, outlet of a PDU, and the cable between them.
pub(super) fn cord(
    rows: &mut Vec<Value>,
    key: u32,
    [device, pdu]: [u32; 2],
    cable: &str,
    outlet: &str,
) {
    let port =
        json!({"name": format!("psu{key}"), "device": device, "cable": key, "allocated_draw": 100});
    rows.push(row("dcim.powerport", key, &port));
    let outlet = json!({"name": format!("o{key}"), "device": pdu, "cable": key, "status": outlet});
    rows.push(row("dcim.poweroutlet", key, &outlet));
    rows.push(row("dcim.cable", key, &json!({"status": cable})));
}

#[test]
fn a_cord_that_is_not_in_service_supplies_nothing() {
    let mut rows = vec![
        site(),
        device(1, "pdu-a", "active"),
        device(2, "pdu-b", "active"),
    ];
    let states = [
        ("planned", "enabled"),
        ("decommissioning", "enabled"),
        ("connected", "disabled"),
        ("connected", "faulty"),
        ("connected", "enabled"),
        ("connected", "enabled"),
    ];
    for (n, (cable, outlet)) in (1..).zip(states) {
        rows.push(device(10 + n, &format!("srv{n}"), "active"));
        cord(&mut rows, 100 + n, [10 + n, 1], "connected", "enabled");
        cord(&mut rows, 200 + n, [10 + n, 2], cable, outlet);
    }
    // Of the fifth, the second power supply is a module that failed.
    rows.push(row(
        "dcim.module",
        1,
        &json!({"device": 15, "status": "failed"}),
    ));
    let port = rows
        .iter_mut()
        .find(|row| row["model"] == "dcim.powerport" && row["pk"] == 205);
    port.expect("a power port")["fields"]["module"] = json!(1);
    let imported = import_rows(&rows);
    for n in 1..=5 {
        let id = format!("srv{n}");
        assert_eq!(
            needs(&imported.draft, &id),
            ["All Share of pdu-a 200 W"],
            "{id}"
        );
    }
    assert_eq!(
        needs(&imported.draft, "srv6"),
        ["AtLeast(1) Share of pdu-a 200 W, pdu-b 200 W"]
    );
    assert!(down(&imported).is_empty());
    for why in [
        "its cable is of status planned",
        "its cable is of status decommissioning",
        "its outlet is of status disabled",
        "its outlet is of status faulty",
        "its module is of status failed",
    ] {
        assert_eq!(
            skipped(&imported, &format!("power cord: {why}")),
            1,
            "{why}"
        );
    }
}

#[test]
fn what_has_no_supply_left_is_a_known_outage() {
    let mut rows = vec![
        site(),
        device(1, "old-pdu", "decommissioning"),
        device(2, "srv", "active"),
        device(3, "pdu", "active"),
        device(4, "host-1", "active"),
        device(5, "host-2", "active"),
        row("dcim.powerpanel", 1, &json!({"name": "panel", "site": 1})),
    ];
    cord(&mut rows, 10, [2, 1], "connected", "enabled");
    // A PDU with two inlets, the second of which is not plugged in yet.
    for (n, cable) in [(1, "connected"), (2, "planned")] {
        let feed = json!({"name": format!("feed-{n}"), "power_panel": 1, "cable": 20 + n});
        rows.push(row("dcim.powerfeed", n, &feed));
        let inlet = json!({"name": format!("in-{n}"), "device": 3, "cable": 20 + n});
        rows.push(row("dcim.powerport", 20 + n, &inlet));
        rows.push(row("dcim.cable", 20 + n, &json!({"status": cable})));
        cord(&mut rows, 30 + n, [3 + n, 3], "connected", "enabled");
        let outlet = rows
            .iter_mut()
            .find(|row| row["model"] == "dcim.poweroutlet" && row["pk"] == 30 + n);
        outlet.expect("an outlet")["fields"]["power_port"] = json!(20 + n);
    }
    let imported = import_rows(&rows);
    let why = "no power cord of it is in service";
    assert_eq!(down(&imported), [("host-2", why), ("srv", why)]);
    assert_eq!(
        needs(&imported.draft, "host-1"),
        ["All Share of pdu:in-1 100 W"]
    );
    assert_eq!(needs(&imported.draft, "pdu"), ["All Share of feed-1"]);
    assert_eq!(derived(&imported, &format!("known outage: {why}")), 2);
    let cord = "power cord: its PDU is of status decommissioning";
    assert_eq!(skipped(&imported, cord), 1);
}

/// A rack whose only feed has gone, and nothing in it is plugged in.
#[test]
fn a_rack_whose_feeds_have_gone_is_a_known_outage() {
    let rows = [
        site(),
        row("dcim.rack", 1, &json!({"name": "rack", "site": 1})),
        row(
            "dcim.device",
            1,
            &json!({"name": "srv", "site": 1, "rack": 1}),
        ),
        row("dcim.powerpanel", 1, &json!({"name": "panel", "site": 1})),
        row(
            "dcim.powerfeed",
            1,
            &json!({"name": "feed", "power_panel": 1, "rack": 1, "status": "decommissioned"}),
        ),
    ];
    let imported = import_rows(&rows);
    assert_eq!(
        down(&imported),
        [("rack", "no power feed of its rack is in service")]
    );
}

#[test]
fn a_cluster_that_is_not_in_service_takes_its_machines_with_it() {
    let mut rows = vec![site()];
    let words = ["active", "offline", "planned", "staging", "decommissioning"];
    for (n, word) in (1..).zip(words) {
        let cluster = json!({"name": format!("clu-{word}"), "status": word});
        rows.push(row("virtualization.cluster", n, &cluster));
        let host =
            json!({"name": format!("host-{word}"), "site": 1, "status": "active", "cluster": n});
        rows.push(row("dcim.device", n, &host));
        let machine = json!({"name": format!("vm-{word}"), "cluster": n, "status": "active"});
        rows.push(row("virtualization.virtualmachine", n, &machine));
        let service = json!({"name": "app", "virtual_machine": n});
        rows.push(row("ipam.service", n, &service));
    }
    // One of which nothing hangs is left out.
    let empty = json!({"name": "clu-empty", "status": "decommissioning"});
    rows.push(row("virtualization.cluster", 9, &empty));
    let imported = import_rows(&rows);
    let expected = [
        ("clu-decommissioning", "status decommissioning"),
        ("clu-offline", "status offline"),
        ("clu-planned", "status planned"),
        ("clu-staging", "status staging"),
        (
            "vm-decommissioning",
            "its cluster is of status decommissioning",
        ),
        ("vm-offline", "its cluster is of status offline"),
        ("vm-planned", "its cluster is of status planned"),
        ("vm-staging", "its cluster is of status staging"),
    ];
    assert_eq!(down(&imported), expected);
    assert_eq!(
        within(&imported.draft, "vm-decommissioning"),
        ["clu-decommissioning"]
    );
    assert_eq!(
        ids(&imported.draft, |kind, _| kind == "cluster"),
        ["clu-active"]
    );
    assert_eq!(
        ids(&imported.draft, |kind, _| kind == "offline-cluster"),
        ["clu-offline"]
    );
    let kept = "virtualization.cluster of status decommissioning, kept as a known outage, since something hangs on it";
    assert_eq!(derived(&imported, kept), 1);
    assert!(
        imported.report.derived[kept]
            .examples
            .contains("clu-decommissioning: vm-decommissioning")
    );
    assert_eq!(
        skipped(&imported, "virtualization.cluster: status decommissioning"),
        1
    );
    assert!(warned(
        &imported,
        "kept as known outages: 1 (clu-decommissioning)"
    ));
    assert!(fatal(&imported, "svc:vm-active:app", Status::Down).contains("host-active"));
}

#[test]
fn what_is_gone_and_still_holds_something_is_kept_as_a_known_outage() {
    let rows = [
        site(),
        device(1, "old-host", "decommissioning"),
        device(2, "old-chassis", "decommissioning"),
        device(3, "blade", "active"),
        device(4, "old-spare", "decommissioning"),
        row(
            "dcim.devicebay",
            1,
            &json!({"name": "bay", "device": 2, "installed_device": 3}),
        ),
        row(
            "virtualization.virtualmachine",
            1,
            &json!({"name": "vm-1", "device": 1, "status": "active"}),
        ),
        // All hosts of a cluster have gone.
        row(
            "virtualization.cluster",
            1,
            &json!({"name": "clu", "status": "active"}),
        ),
        row(
            "dcim.device",
            5,
            &json!({"name": "old-esx", "site": 1, "status": "decommissioning", "cluster": 1}),
        ),
        row(
            "virtualization.virtualmachine",
            2,
            &json!({"name": "vm-2", "cluster": 1, "status": "active"}),
        ),
        // A machine that names a site alone.
        row(
            "dcim.site",
            2,
            &json!({"name": "old-dc", "slug": "old-dc", "status": "retired"}),
        ),
        row(
            "virtualization.virtualmachine",
            3,
            &json!({"name": "vm-3", "site": 2, "status": "active"}),
        ),
    ];
    let imported = import_rows(&rows);
    let expected = [
        ("old-chassis", "status decommissioning"),
        ("old-dc", "status retired"),
        ("old-esx", "status decommissioning"),
        ("old-host", "status decommissioning"),
    ];
    assert_eq!(down(&imported), expected);
    let draft = &imported.draft;
    assert_eq!(within(draft, "blade"), ["old-chassis"]);
    assert_eq!(within(draft, "vm-1"), ["old-host"]);
    assert_eq!(within(draft, "vm-3"), ["old-dc"]);
    assert_eq!(needs(draft, "clu"), ["All Share of old-esx"]);
    assert_eq!(skipped(&imported, "dcim.device: status decommissioning"), 1);
}

/// Two links through one panel, each from a switch to the core.
fn panel(status: &str, rear: &Value) -> Vec<Value> {
    let mut rows = vec![
        site(),
        device(1, "acc", "active"),
        device(2, "core", "active"),
        device(3, "pp", status),
    ];
    for n in [1, 2] {
        let end = |device: u32, cable: u32| json!({"name": format!("e{n}"), "device": device, "cable": cable});
        rows.push(row("dcim.interface", n, &end(1, n)));
        rows.push(row("dcim.interface", 10 + n, &end(2, 10 + n)));
        let front = json!({"name": format!("f{n}"), "device": 3, "rear_port": n, "rear_port_position": 1, "cable": n});
        rows.push(row("dcim.frontport", n, &front));
        let mut back =
            json!({"name": format!("r{n}"), "device": 3, "positions": 1, "cable": 10 + n});
        back["module"] = rear.clone();
        rows.push(row("dcim.rearport", n, &back));
    }
    rows
}

#[test]
fn links_through_a_panel_that_has_gone_are_out() {
    let imported = import_rows(&panel("decommissioning", &Value::Null));
    assert_eq!(down(&imported), [("pp", "status decommissioning")]);
    let links = ids(&imported.draft, |_, role| matches!(role, Role::Link(_)));
    assert_eq!(links.len(), 2, "{links:?}");
    for link in links {
        assert_eq!(within(&imported.draft, &link), ["pp"], "{link}");
    }
    // The cassette that they lead through has failed.
    let mut rows = panel("active", &json!(7));
    rows.push(row(
        "dcim.module",
        7,
        &json!({"device": 3, "status": "failed"}),
    ));
    let imported = import_rows(&rows);
    let why = "its module is of status failed";
    assert_eq!(
        down(&imported),
        [("acc:e1--core:e1", why), ("acc:e2--core:e2", why)]
    );
}

#[test]
fn places_that_are_not_in_service_are_known_outages() {
    let places = [
        ("dcim.site", "planned"),
        ("dcim.site", "retired"),
        ("dcim.site", "decommissioning"),
        ("dcim.location", "staging"),
        ("dcim.location", "retired"),
        ("dcim.location", "decommissioning"),
        ("dcim.rack", "planned"),
        ("dcim.rack", "deprecated"),
    ];
    for (model, word) in places {
        let status = |of: &str| if of == model { word } else { "active" };
        let rows = [
            row(
                "dcim.site",
                1,
                &json!({"name": "dc", "slug": "dc", "status": status("dcim.site")}),
            ),
            row(
                "dcim.location",
                1,
                &json!({"name": "room", "site": 1, "status": status("dcim.location")}),
            ),
            row(
                "dcim.rack",
                1,
                &json!({"name": "rack", "site": 1, "location": 1, "status": status("dcim.rack")}),
            ),
            row(
                "dcim.device",
                1,
                &json!({"name": "r", "site": 1, "location": 1, "rack": 1, "status": "active"}),
            ),
        ];
        let imported = import_rows(&rows);
        let id = match model {
            "dcim.site" => "dc",
            "dcim.location" => "room",
            _ => "rack",
        };
        let why = format!("status {word}");
        assert_eq!(down(&imported), [(id, why.as_str())]);
        assert_eq!(within(&imported.draft, "r"), ["rack"]);
        assert_eq!(within(&imported.draft, "rack"), ["room"]);
    }
}

#[test]
fn a_status_that_means_nothing_here_is_said() {
    let rows = [
        site(),
        device(1, "a", "burn-in"),
        device(2, "b", "6e0f9b0e-0000-4000-8000-000000000001"),
    ];
    let imported = import_rows(&rows);
    assert!(down(&imported).is_empty());
    assert_eq!(
        derived(
            &imported,
            "dcim.device of status burn-in, taken as in service"
        ),
        1
    );
    assert!(warned(
        &imported,
        "whose meaning is not known, taken as in service: 1 (burn-in)"
    ));
    let unread = "dcim.device whose status the export does not explain, taken as in service";
    assert_eq!(derived(&imported, unread), 1);
    assert!(warned(
        &imported,
        "whose status the export does not explain"
    ));
    // A site that things stand in, too.
    let mut rows = vec![site(), device(1, "a", "active")];
    rows[0]["fields"]["status"] = json!("mothballed");
    assert!(warned(&import_rows(&rows), "(mothballed)"));
}

/// Two devices, joined by an interface with more to say on one of them.
fn joined(more: &Value) -> Vec<Value> {
    let mut near = json!({"name": "e1", "device": 1, "cable": 1});
    for (field, value) in more.as_object().expect("fields") {
        near[field] = value.clone();
    }
    vec![
        site(),
        device(1, "acc", "active"),
        device(2, "core", "active"),
        row("dcim.interface", 1, &near),
        row(
            "dcim.interface",
            2,
            &json!({"name": "e1", "device": 2, "cable": 1}),
        ),
        row(
            "dcim.interface",
            3,
            &json!({"name": "po1", "device": 1, "type": "lag", "enabled": false}),
        ),
        row("dcim.module", 1, &json!({"device": 1, "status": "failed"})),
        row(
            "dcim.module",
            2,
            &json!({"device": 1, "module_bay": 2, "status": "active"}),
        ),
        row(
            "dcim.modulebay",
            2,
            &json!({"name": "slot", "device": 1, "module": 1}),
        ),
    ]
}

#[test]
fn a_port_works_only_with_all_that_it_is_a_part_of() {
    let cases = [
        (json!({}), None),
        (json!({"status": "Active"}), None),
        (json!({"enabled": false}), Some("its interface is disabled")),
        (
            json!({"status": "Failed"}),
            Some("its interface is of status failed"),
        ),
        (
            json!({"status": "Planned"}),
            Some("its interface is of status planned"),
        ),
        (
            json!({"status": "Maintenance"}),
            Some("its interface is of status maintenance"),
        ),
        (json!({"lag": 3}), Some("its LAG is disabled")),
        (json!({"module": 1}), Some("its module is of status failed")),
        // A module in a bay of the one that failed.
        (json!({"module": 2}), Some("its module is of status failed")),
    ];
    for (more, why) in cases {
        let imported = import_rows(&joined(&more));
        let expected: Vec<(&str, &str)> = why.map(|why| ("acc--core", why)).into_iter().collect();
        assert_eq!(down(&imported), expected, "{more}");
    }
    let imported = import_rows(&joined(&json!({"status": "Decommissioning"})));
    assert!(ids(&imported.draft, |_, role| matches!(role, Role::Link(_))).is_empty());
    let why = "cable path: a port or its module that is decommissioned";
    assert_eq!(skipped(&imported, why), 1);
}

#[test]
fn a_gateway_does_not_count_on_an_interface_that_is_off() {
    let gateway = |first: bool| {
        let interface = |key: u32, enabled: bool| {
            row(
                "dcim.interface",
                key,
                &json!({"name": "vlan10", "device": key, "type": "virtual", "enabled": enabled}),
            )
        };
        let member = |key: u32, priority: u32| {
            row(
                "ipam.fhrpgroupassignment",
                key,
                &json!({"group": 1, "interface_type": ["dcim", "interface"], "interface_id": key, "priority": priority}),
            )
        };
        import_rows(&[
            site(),
            device(1, "r1", "active"),
            device(2, "r2", "active"),
            interface(1, first),
            interface(2, false),
            row(
                "ipam.fhrpgroup",
                1,
                &json!({"name": "gw", "protocol": "hsrp", "group_id": 10}),
            ),
            member(1, 100),
            member(2, 200),
        ])
    };
    let imported = gateway(true);
    assert_eq!(needs(&imported.draft, "gw"), ["All Share of r1"]);
    let off = "ipam.fhrpgroupassignment: its interface is disabled";
    assert_eq!(skipped(&imported, off), 1);
    let imported = gateway(false);
    assert!(ids(&imported.draft, |kind, _| kind == "gateway").is_empty());
    let none = "ipam.fhrpgroup: no interface that works is assigned to it";
    assert_eq!(skipped(&imported, none), 1);
}
