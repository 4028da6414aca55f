//! Power where only a part of it is documented, and panels that feed panels.

use super::in_service::{cord, derived, device, down, row, site, warned};
use super::{Imported, fatal, import_rows, needs};
use brownout::model::Status;
use serde_json::{Value, json};

/// A rack with two feeds, the second of some type.
fn rack(second: &str) -> Vec<Value> {
    let mut rows = vec![
        site(),
        row("dcim.rack", 1, &json!({"name": "r1", "site": 1})),
        row(
            "dcim.devicerole",
            1,
            &json!({"name": "panel", "slug": "patch-panel"}),
        ),
    ];
    for (key, name, kind) in [(1, "fa", "primary"), (2, "fb", second)] {
        let panel = json!({"name": format!("panel-{name}"), "site": 1});
        rows.push(row("dcim.powerpanel", key, &panel));
        let feed =
            json!({"name": name, "power_panel": key, "rack": 1, "type": kind, "status": "active"});
        rows.push(row("dcim.powerfeed", key, &feed));
    }
    rows
}

/// A device that stands in the rack.
fn racked(key: u32, name: &str) -> Value {
    let mut row = device(key, name, "active");
    row["fields"]["rack"] = json!(1);
    row
}

/// A power port of a device; 0 is no cable.
fn power_port(key: u32, device: u32, cable: u32) -> Value {
    let cable = if cable == 0 {
        Value::Null
    } else {
        json!(cable)
    };
    row(
        "dcim.powerport",
        key,
        &json!({"name": "ps", "device": device, "cable": cable, "allocated_draw": 500}),
    )
}

/// One server is plugged into the first feed; of the others nothing is documented.
fn half_cabled(second: &str) -> Imported {
    let mut rows = rack(second);
    rows.extend([
        racked(1, "srv1"),
        racked(2, "srv2"),
        racked(3, "srv3"),
        racked(4, "pp"),
        racked(5, "blade"),
        racked(6, "pdu"),
        racked(7, "srv4"),
        racked(8, "srv5"),
        row(
            "dcim.devicebay",
            1,
            &json!({"name": "bay", "device": 2, "installed_device": 5}),
        ),
        power_port(1, 1, 9),
        power_port(2, 3, 0),
        power_port(3, 3, 0),
        // Of the PDU, it is not known what its inlet is plugged into.
        power_port(4, 6, 0),
    ]);
    rows.iter_mut()
        .filter(|row| row["model"] == "dcim.device" && row["pk"] == 4)
        .for_each(|row| row["fields"]["role"] = json!(1));
    rows.iter_mut()
        .filter(|row| row["model"] == "dcim.powerfeed" && row["pk"] == 1)
        .for_each(|row| row["fields"]["cable"] = json!(9));
    cord(&mut rows, 20, [7, 6], "connected", "enabled");
    cord(&mut rows, 21, [8, 6], "planned", "enabled");
    for (key, on) in [(1, 1), (2, 2), (3, 3), (4, 7)] {
        rows.push(row(
            "ipam.service",
            key,
            &json!({"name": "app", "device": on}),
        ));
    }
    import_rows(&rows)
}

#[test]
fn what_no_cord_supplies_in_a_rack_with_feeds_hangs_on_these() {
    let imported = half_cabled("primary");
    let draft = &imported.draft;
    assert_eq!(needs(draft, "srv1"), ["All Share of fa 500 W"]);
    for id in ["srv2", "srv3", "pdu"] {
        assert_eq!(needs(draft, id), ["All Share of fa, fb"], "{id}");
    }
    assert_eq!(needs(draft, "srv4"), ["All Share of pdu 100 W"]);
    for id in ["r1", "pp", "blade"] {
        assert!(needs(draft, id).is_empty(), "{id}");
    }
    // The cord that is planned is the only one of its server.
    assert_eq!(
        down(&imported),
        [("srv5", "no power cord of it is in service")]
    );
    let rule = "device → the power feeds of its rack, since no documented cord supplies it; its draw is on none";
    assert_eq!(derived(&imported, rule), 3);
    for (service, on_both) in [
        ("srv1", false),
        ("srv2", true),
        ("srv3", true),
        ("srv4", true),
    ] {
        let found = fatal(&imported, &format!("svc:{service}:app"), Status::Down);
        assert!(found.contains("fa"), "{service}");
        assert_eq!(found.contains("fb"), on_both, "{service}");
    }
    assert!(!warned(&imported, "power supply is not documented"));
    // A primary and a redundant feed: either will do.
    let imported = half_cabled("redundant");
    assert_eq!(
        needs(&imported.draft, "srv2"),
        ["AtLeast(1) Share of fa, fb"]
    );
}

#[test]
fn devices_whose_supply_nobody_knows_are_said() {
    let mut rows = vec![
        site(),
        row("dcim.rack", 1, &json!({"name": "r1", "site": 1})),
        racked(1, "pdu"),
        racked(2, "corded"),
        racked(3, "bare"),
        device(4, "elsewhere", "active"),
        device(5, "with-port", "active"),
        power_port(1, 5, 0),
        power_port(2, 1, 0),
    ];
    cord(&mut rows, 20, [2, 1], "connected", "enabled");
    let said = "devices whose power supply is not documented, which no loss of power reaches: 2 (bare, with-port)";
    assert!(warned(&import_rows(&rows), said));
}

/// Nautobot: a feed may lead from one panel to another.
#[test]
fn a_panel_lives_on_the_feeds_that_lead_to_it() {
    let panel =
        |key: u32, name: &str| row("dcim.powerpanel", key, &json!({"name": name, "site": 1}));
    let feed = |key: u32, from: u32, to: Value, rack: Value, kind: &str| {
        let fields = json!({"name": format!("f{key}"), "power_panel": from, "destination_panel": to, "rack": rack,
            "type": kind, "status": "active"});
        row("dcim.powerfeed", key, &fields)
    };
    let mut rows = vec![
        site(),
        row("dcim.rack", 1, &json!({"name": "r1", "site": 1})),
        racked(1, "srv"),
        row("ipam.service", 1, &json!({"name": "app", "device": 1})),
        panel(1, "main"),
        panel(2, "sub"),
        feed(1, 1, json!(2), Value::Null, "primary"),
        feed(2, 2, Value::Null, json!(1), "primary"),
    ];
    let imported = import_rows(&rows);
    assert_eq!(needs(&imported.draft, "sub"), ["All Share of f1"]);
    assert_eq!(needs(&imported.draft, "f2"), ["All Share of f1"]);
    let down_with = fatal(&imported, "svc:srv:app", Status::Down);
    for id in ["main", "f1", "sub", "f2", "r1"] {
        assert!(down_with.contains(id), "{id}: {down_with:?}");
    }
    // A second, redundant one from another panel.
    rows.extend([
        panel(3, "other"),
        feed(3, 3, json!(2), Value::Null, "redundant"),
    ]);
    let imported = import_rows(&rows);
    assert_eq!(
        needs(&imported.draft, "sub"),
        ["AtLeast(1) Share of f1, f3"]
    );
    let down_with = fatal(&imported, "svc:srv:app", Status::Down);
    assert!(!down_with.contains("main") && down_with.contains("sub"));
    // Panels that feed each other in a circle carry no load for ever.
    rows.push(feed(4, 2, json!(1), Value::Null, "primary"));
    super::assert_round_trip(&import_rows(&rows).draft);
    // A panel whose only feed has gone.
    let gone = [
        site(),
        panel(1, "main"),
        panel(2, "sub"),
        row(
            "dcim.powerfeed",
            1,
            &json!({"name": "f1", "power_panel": 1, "destination_panel": 2, "status": "decommissioned"}),
        ),
    ];
    let why = "no power feed of it is in service";
    assert_eq!(down(&import_rows(&gone)), [("sub", why)]);
}

/// Nautobot since 3.0: a device may be in several clusters, and rows of their own say which.
#[test]
fn hosts_of_a_cluster_are_known_in_every_way_in_which_they_are_stated() {
    let mut rows = vec![
        site(),
        device(1, "esx1", "active"),
        device(2, "esx2", "active"),
        device(3, "esx3", "active"),
        row("virtualization.cluster", 1, &json!({"name": "c1"})),
        row("virtualization.cluster", 2, &json!({"name": "c2"})),
        row(
            "virtualization.virtualmachine",
            1,
            &json!({"name": "vm1", "cluster": 1, "status": "active", "memory": 1024}),
        ),
        row(
            "dcim.deviceclusterassignment",
            1,
            &json!({"device": 3, "cluster": 1}),
        ),
        row(
            "dcim.deviceclusterassignment",
            2,
            &json!({"device": 3, "cluster": 2}),
        ),
    ];
    rows[1]["fields"]["cluster"] = json!(1);
    rows[2]["fields"]["clusters"] = json!([{"id": 1, "object_type": "virtualization.cluster"}]);
    let imported = import_rows(&rows);
    assert_eq!(
        needs(&imported.draft, "c1"),
        ["AtLeast(1) Share of esx1, esx2, esx3"]
    );
    assert_eq!(needs(&imported.draft, "c2"), ["All Share of esx3"]);
    assert!(!warned(&imported, "clusters without hosts"));
    assert_eq!(imported.placements.rows.len(), 1);
}
