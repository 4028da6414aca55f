//! One estate in every form in which it can be exported: all give the same inventory.

use super::{assert_same, ids, import_all, import_rows, sample, within};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

pub(super) fn fields(row: &mut Value) -> &mut Map<String, Value> {
    row["fields"].as_object_mut().expect("fields")
}

/// Each row's model and fields, changed.
pub(super) fn changed(
    mut rows: Vec<Value>,
    change: impl Fn(&str, &mut Map<String, Value>),
) -> Vec<Value> {
    for row in &mut rows {
        let model = text(&row["model"]);
        change(&model, fields(row));
    }
    rows
}

pub(super) fn without(rows: Vec<Value>, model: &str) -> Vec<Value> {
    rows.into_iter()
        .filter(|row| row["model"] != model)
        .collect()
}

/// Up to 3.2 the cable says where it ends, and a port does not say which end it is.
pub(super) fn before_3_3(rows: &[Value]) -> Vec<Value> {
    let ends: Vec<Value> = rows
        .iter()
        .filter(|r| r["model"] == "dcim.cabletermination")
        .cloned()
        .collect();
    let mut rows = changed(
        without(rows.to_vec(), "dcim.cabletermination"),
        |model, fields| {
            if model == "dcim.device" {
                let role = fields.remove("role").expect("a role");
                fields.insert("device_role".to_owned(), role);
            }
            fields.remove("cable_end");
        },
    );
    for row in rows.iter_mut().filter(|r| r["model"] == "dcim.cable") {
        let key = row["pk"].clone();
        for end in ends.iter().filter(|end| end["fields"]["cable"] == key) {
            let side = text(&end["fields"]["cable_end"]).to_lowercase();
            row["fields"][format!("termination_{side}_type")] =
                end["fields"]["termination_type"].clone();
            row["fields"][format!("termination_{side}_id")] =
                end["fields"]["termination_id"].clone();
        }
    }
    rows
}

/// From 4.2 on places are named by content type; from 4.5 on ports of a panel are mapped in rows of their own.
pub(super) fn since_4_5(rows: &[Value]) -> Vec<Value> {
    let mut mappings = Vec::new();
    for row in rows.iter().filter(|r| r["model"] == "dcim.frontport") {
        let key = mappings.len();
        mappings.push(json!({"model": "dcim.portmapping", "pk": key, "fields": {
            "device": row["fields"]["device"], "front_port": row["pk"], "front_port_position": 1,
            "rear_port": row["fields"]["rear_port"], "rear_port_position": row["fields"]["rear_port_position"],
        }}));
    }
    let mut rows = changed(rows.to_vec(), |model, fields| {
        let mut turn = |field: &str, kind: &str, id: &str, to: [&str; 2]| {
            let Some(key) = fields.remove(field).filter(|key| !key.is_null()) else {
                return;
            };
            fields.insert(kind.to_owned(), json!(to));
            fields.insert(id.to_owned(), key);
        };
        match model {
            "circuits.circuittermination" => {
                turn(
                    "site",
                    "termination_type",
                    "termination_id",
                    ["dcim", "site"],
                );
                turn(
                    "provider_network",
                    "termination_type",
                    "termination_id",
                    ["circuits", "providernetwork"],
                );
            }
            "virtualization.cluster" => turn("site", "scope_type", "scope_id", ["dcim", "site"]),
            "circuits.circuitgroupassignment" => turn(
                "circuit",
                "member_type",
                "member_id",
                ["circuits", "circuit"],
            ),
            "ipam.service" => {
                let to = ["virtualization", "virtualmachine"];
                turn(
                    "virtual_machine",
                    "parent_object_type",
                    "parent_object_id",
                    to,
                );
            }
            "dcim.frontport" => {
                fields.remove("rear_port");
                fields.remove("rear_port_position");
            }
            _ => {}
        }
    });
    rows.extend(mappings);
    rows
}

/// Content types as numbers, as a dump without natural keys has them.
fn numbered(rows: &[Value]) -> Vec<Value> {
    let mut names: Vec<Value> = Vec::new();
    let mut rows = changed(
        without(rows.to_vec(), "contenttypes.contenttype"),
        |_, _| {},
    );
    for row in &mut rows {
        for kind in ["termination_type", "interface_type"] {
            if let Some(name) = fields(row).get_mut(kind) {
                let at = names.iter().position(|n| n == name).unwrap_or_else(|| {
                    names.push(name.clone());
                    names.len() - 1
                });
                *name = json!(at + 40);
            }
        }
    }
    rows.extend(names.iter().enumerate().map(|(at, name)| {
        json!({"model": "contenttypes.contenttype", "pk": at + 40, "fields": {"app_label": name[0], "model": name[1]}})
    }));
    rows
}

pub(super) fn target(model: &str, field: &str) -> Option<&'static str> {
    Some(match (field, model) {
        ("site", _) => "dcim.site",
        ("location", _) => "dcim.location",
        ("rack", _) => "dcim.rack",
        ("region", _) => "dcim.region",
        ("tenant", _) => "tenancy.tenant",
        ("role", _) => "dcim.devicerole",
        ("device_type", _) => "dcim.devicetype",
        ("device" | "installed_device", _) => "dcim.device",
        ("virtual_chassis", _) => "dcim.virtualchassis",
        ("cluster", _) => "virtualization.cluster",
        ("virtual_machine", _) => "virtualization.virtualmachine",
        ("provider", _) => "circuits.provider",
        ("provider_network", _) => "circuits.providernetwork",
        ("circuit", _) => "circuits.circuit",
        ("power_panel", _) => "dcim.powerpanel",
        ("power_port", _) => "dcim.powerport",
        ("rear_port", _) => "dcim.rearport",
        ("lag", _) => "dcim.interface",
        ("cable", _) => "dcim.cable",
        ("group", "dcim.site") => "dcim.sitegroup",
        ("group", "ipam.fhrpgroupassignment") => "ipam.fhrpgroup",
        ("group", "circuits.circuitgroupassignment") => "circuits.circuitgroup",
        ("type", "circuits.circuit") => "circuits.circuittype",
        _ => return None,
    })
}

fn endpoint(model: &str) -> &'static str {
    match model {
        "dcim.region" => "dcim/regions",
        "dcim.site" => "dcim/sites",
        "dcim.sitegroup" => "dcim/site-groups",
        "dcim.location" => "dcim/locations",
        "dcim.rack" => "dcim/racks",
        "dcim.devicerole" => "dcim/device-roles",
        "dcim.devicetype" => "dcim/device-types",
        "dcim.virtualchassis" => "dcim/virtual-chassis",
        "dcim.device" => "dcim/devices",
        "dcim.devicebay" => "dcim/device-bays",
        "dcim.interface" => "dcim/interfaces",
        "dcim.frontport" => "dcim/front-ports",
        "dcim.rearport" => "dcim/rear-ports",
        "dcim.powerport" => "dcim/power-ports",
        "dcim.poweroutlet" => "dcim/power-outlets",
        "dcim.powerpanel" => "dcim/power-panels",
        "dcim.powerfeed" => "dcim/power-feeds",
        "dcim.cable" => "dcim/cables",
        "tenancy.tenant" => "tenancy/tenants",
        "circuits.provider" => "circuits/providers",
        "circuits.providernetwork" => "circuits/provider-networks",
        "circuits.circuittype" => "circuits/circuit-types",
        "circuits.circuit" => "circuits/circuits",
        "circuits.circuittermination" => "circuits/circuit-terminations",
        "circuits.circuitgroup" => "circuits/circuit-groups",
        "circuits.circuitgroupassignment" => "circuits/circuit-group-assignments",
        "virtualization.cluster" => "virtualization/clusters",
        "virtualization.virtualmachine" => "virtualization/virtual-machines",
        "ipam.fhrpgroup" => "ipam/fhrp-groups",
        "ipam.fhrpgroupassignment" => "ipam/fhrp-group-assignments",
        "ipam.service" => "ipam/services",
        "users.token" => "users/tokens",
        _ => "plugins/others",
    }
}

const HOST: &str = "https://netbox.example.com/api";

/// An object as the API nests it in others: no more than its name.
fn nested(rows: &[Value], model: &str, key: &Value) -> Value {
    let row = rows.iter().find(|r| r["model"] == model && r["pk"] == *key);
    let row = row.unwrap_or_else(|| panic!("no {model} {key}"));
    let mut out = json!({"id": key, "url": format!("{HOST}/{}/{key}/", endpoint(model)), "display": "as shown"});
    for field in ["name", "slug", "cid", "model"] {
        if let Some(value) = row["fields"].get(field) {
            out[field] = value.clone();
        }
    }
    out
}

/// Lists of the API, in pages: kind → pages.
pub(super) fn served(rows: &[Value], size: usize) -> BTreeMap<&'static str, Vec<Value>> {
    let mut lists: BTreeMap<&'static str, Vec<Value>> = BTreeMap::new();
    for row in rows {
        let model = text(&row["model"]);
        if matches!(
            &*model,
            "dcim.cabletermination" | "contenttypes.contenttype"
        ) {
            continue;
        }
        let mut out = json!({
            "id": row["pk"],
            "url": format!("{HOST}/{}/{}/", endpoint(&model), row["pk"]),
            "config_context": {"name": "MARKED-SECRET-CONTEXT", "vlan": {"id": 7, "name": "MARKED-SECRET-VLAN"}},
            "tags": [{"id": 1, "name": "MARKED-SECRET-TAG", "slug": "t"}],
        });
        for (field, value) in row["fields"].as_object().expect("fields") {
            out[field] = match target(&model, field) {
                Some(to) if !value.is_null() => nested(rows, to, value),
                _ if field == "status" || field == "type" || field == "face" => {
                    json!({"value": value, "label": "As Shown"})
                }
                _ if field.ends_with("_type") && value.is_array() => {
                    json!(format!("{}.{}", text(&value[0]), text(&value[1])))
                }
                _ => value.clone(),
            };
        }
        if model == "dcim.cable" {
            for (side, list) in [("A", "a_terminations"), ("B", "b_terminations")] {
                out[list] = rows
                    .iter()
                    .filter(|r| r["model"] == "dcim.cabletermination")
                    .map(|r| &r["fields"])
                    .filter(|f| f["cable"] == row["pk"] && f["cable_end"] == side)
                    .map(|f| {
                        let kind = format!("{}.{}", text(&f["termination_type"][0]), text(&f["termination_type"][1]));
                        let object = nested(rows, &kind, &f["termination_id"]);
                        json!({"object_type": kind, "object_id": f["termination_id"], "object": object})
                    })
                    .collect();
            }
        }
        lists.entry(endpoint(&model)).or_default().push(out);
    }
    let pages = lists.into_iter().map(|(end, list)| {
        let count = list.len();
        let chunks = list.chunks(size).enumerate().map(|(at, rows)| {
            let next = (at + 1) * size;
            let next = (next < count).then(|| format!("{HOST}/{end}/?limit={size}&offset={next}"));
            json!({"count": count, "next": next, "previous": null, "results": rows})
        });
        (end, chunks.collect())
    });
    pages.collect()
}

pub(super) fn texts(pages: &BTreeMap<&'static str, Vec<Value>>) -> Vec<String> {
    pages.values().flatten().map(Value::to_string).collect()
}

fn uuid(model: &str, key: &Value) -> Value {
    let kind: u32 = model.bytes().map(u32::from).sum();
    json!(format!(
        "{kind:08x}-0000-4000-8000-{:012x}",
        key.as_u64().expect("a number")
    ))
}

/// Nautobot since 2.0: UUIDs, statuses and roles in tables of their own, locations of types in place of
/// regions and sites, cables that say where they end.
pub(super) fn nautobot(rows: &[Value]) -> Vec<Value> {
    let rows = before_3_3(rows);
    let statuses = [
        "active",
        "connected",
        "planned",
        "offline",
        "decommissioning",
        "paused",
        "retired",
    ];
    let types = ["Region", "Site", "Location"];
    let id = |name: &str, of: &str| json!(format!("{of}-{name}"));
    let mut out: Vec<Value> = statuses
        .iter()
        .map(|s| json!({"model": "extras.status", "pk": uuid("extras.status", &json!(s.len())), "fields": {"name": s}}))
        .collect();
    out.iter_mut()
        .zip(statuses)
        .for_each(|(row, s)| row["pk"] = id(s, "status"));
    out.extend(types.map(
        |t| json!({"model": "dcim.locationtype", "pk": id(t, "type"), "fields": {"name": t}}),
    ));
    for row in &rows {
        let model = text(&row["model"]);
        let mut fields = row["fields"].as_object().expect("fields").clone();
        for (field, value) in &mut fields {
            let to = if field == "device_role" {
                Some("dcim.devicerole")
            } else {
                target(&model, field)
            };
            if let (Some(to), false) = (to, value.is_null()) {
                *value = uuid(to, value);
            } else if field == "status" {
                *value = id(&text(value), "status");
            }
        }
        for end in ["termination_a", "termination_b", "interface"] {
            if let Some(kind) = fields.get(&format!("{end}_type")).cloned() {
                let kind = format!("{}.{}", text(&kind[0]), text(&kind[1]));
                let key = fields[&format!("{end}_id")].clone();
                fields.insert(format!("{end}_id"), uuid(&kind, &key));
            }
        }
        let site = fields.remove("site").unwrap_or_default();
        if fields.get("location").is_none_or(Value::is_null) && !site.is_null() {
            fields.insert("location".to_owned(), site.clone());
        }
        if let Some(role) = fields.remove("device_role") {
            fields.insert("role".to_owned(), role);
        }
        let of_type = |fields: &mut Map<String, Value>, kind: &str, parent: Value| {
            fields.insert("location_type".to_owned(), id(kind, "type"));
            fields.insert("parent".to_owned(), parent);
        };
        let key = row["pk"]
            .as_u64()
            .map_or(Value::Null, |_| uuid(&model, &row["pk"]));
        let (model, fields) = match &*model {
            "contenttypes.contenttype" => continue,
            "dcim.region" => {
                of_type(&mut fields, "Region", Value::Null);
                ("dcim.location", fields)
            }
            "dcim.site" => {
                let region = fields.remove("region").unwrap_or_default();
                of_type(&mut fields, "Site", region);
                ("dcim.location", fields)
            }
            "dcim.location" => {
                of_type(&mut fields, "Location", site);
                ("dcim.location", fields)
            }
            "dcim.devicerole" => ("extras.role", fields),
            other => (other, fields),
        };
        out.push(json!({"model": model, "pk": key, "fields": fields}));
    }
    out
}

#[test]
fn the_same_estate_in_other_forms_is_the_same_inventory() {
    let rows = sample();
    let one = import_rows(&rows);
    assert_same(&one, &import_rows(&before_3_3(&rows)), "up to 3.2");
    assert_same(&one, &import_rows(&since_4_5(&rows)), "4.5");
    assert_same(
        &one,
        &import_rows(&numbered(&rows)),
        "content types as numbers",
    );
    let by_ports = without(rows.clone(), "dcim.cabletermination");
    assert_same(&one, &import_rows(&by_ports), "ends on ports alone");
    let lines: Vec<String> = rows.iter().map(Value::to_string).collect();
    assert_same(
        &one,
        &import_all(&[lines.join("\n")]).expect("lines"),
        "lines",
    );
    let lists = import_all(&texts(&served(&rows, 1000))).expect("lists");
    assert_same(&one, &lists, "lists of the API");
    let pages = import_all(&texts(&served(&rows, 3))).expect("pages");
    assert_same(&one, &pages, "pages of the API");
    assert!(
        pages
            .warnings
            .iter()
            .all(|w| !w.message().contains("partial")),
        "{:?}",
        pages.warnings
    );
    let bundle: Map<String, Value> = served(&rows, 1000)
        .into_iter()
        .map(|(end, mut pages)| (end.to_owned(), pages.remove(0)["results"].take()))
        .collect();
    assert_same(
        &one,
        &import_all(&[json!(bundle).to_string()]).expect("a bundle"),
        "a bundle",
    );
}

#[test]
fn nautobot_gives_the_same_inventory() {
    let rows = changed(sample(), |model, fields| {
        if model == "dcim.site" {
            fields.insert("group".to_owned(), Value::Null);
        }
        // There are no types of circuit groups and the like in it.
        fields.remove("physical_address");
    });
    assert_same(
        &import_rows(&rows),
        &import_rows(&nautobot(&rows)),
        "Nautobot",
    );
}

#[test]
fn order_of_rows_and_files_changes_nothing() {
    let rows = sample();
    let one = import_rows(&rows);
    let mut turned = rows.clone();
    turned.reverse();
    assert_same(&one, &import_rows(&turned), "reversed");
    let mut state = 1_u64;
    for round in 0..4 {
        let mut mixed = rows.clone();
        for at in (1..mixed.len()).rev() {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let other = usize::try_from((state >> 33) % (at as u64 + 1)).expect("small");
            mixed.swap(at, other);
        }
        let files: Vec<String> = mixed
            .chunks(50)
            .map(|rows| json!(rows).to_string())
            .collect();
        assert_same(
            &one,
            &import_all(&files).expect("files"),
            &format!("mixed {round}"),
        );
        // The same rows twice are the same rows.
        let twice = [files.clone(), files].concat();
        assert_same(&one, &import_all(&twice).expect("files"), "twice");
    }
    let mut pages = texts(&served(&rows, 4));
    pages.reverse();
    assert_same(
        &one,
        &import_all(&pages).expect("pages"),
        "pages in another order",
    );
}

#[test]
fn missing_lists_leave_what_other_rows_say() {
    let mut pages = served(&sample(), 1000);
    for end in [
        "dcim/sites",
        "dcim/racks",
        "dcim/device-roles",
        "dcim/cables",
        "circuits/providers",
    ] {
        pages.remove(end).expect("a list");
    }
    let imported = import_all(&texts(&pages)).expect("lists");
    let draft = &imported.draft;
    // Sites and racks by the names that devices give them; cables by the ports.
    assert_eq!(within(draft, "br-a-rtr"), ["branch-a", "closet-rack-3"]);
    assert_eq!(within(draft, "circuit-ac-100"), ["acme-net"]);
    assert!(ids(draft, |kind, _| kind == "switch").contains(&"hq-core1".to_owned()));
}

#[test]
fn a_partial_export_is_told_loudly() {
    let mut pages = served(&sample(), 10);
    pages.get_mut("dcim/interfaces").expect("pages").truncate(1);
    let imported = import_all(&texts(&pages)).expect("pages");
    let warnings: Vec<&str> = imported
        .warnings
        .iter()
        .map(brownout::input::Diagnostic::message)
        .collect();
    let partial = "the export is partial: 10 of 33 rows of dcim.interface are here";
    assert!(
        warnings.iter().any(|w| w.starts_with(partial)),
        "{warnings:#?}"
    );
}
