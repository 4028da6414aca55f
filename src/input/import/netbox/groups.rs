//! Clusters and virtual machines, gateways, groups of circuits, and the services that the source names.

use super::super::ids::some_of;
use super::cables::Port;
use super::estate::{Estate, Thing, Wants, joined, slug};
use super::model::Model;
use super::places::{kept, name_of, named, outage, place};
use super::ports::trouble;
use super::runs::device_of;
use super::status;
use super::table::{Key, Table};
use super::wire::{Fields, Value};
use crate::input::write::{Hosts, Placement, Placements};
use crate::model::{Role, Service, Split};
use std::collections::{BTreeMap, BTreeSet};

/// Clusters need any of their hosts; virtual machines sit within them.
pub(super) fn clusters(table: &Table, estate: &mut Estate) {
    let hosts = hosts(table, estate);
    let mut bare: Vec<String> = Vec::new();
    for (key, row) in table.rows(Model::Cluster) {
        let name = name_of(row).unwrap_or_default();
        if !kept(table, estate, Model::Cluster, (key, row), name) {
            continue;
        }
        let home = place(table, estate, row);
        let site = home
            .and_then(|at| estate.draft.nodes[at as usize].node.name.clone())
            .unwrap_or_default();
        let (short, at_site) = (slug(name), slug(&site));
        let names = vec![
            short.clone(),
            joined(&[&at_site, &short]),
            joined(&["cluster", &short, &key.to_string()]),
        ];
        // A cluster is logical, and what is logical is never out by itself: one that is not in service is of a
        // kind of its own.
        let status = status::not_in_service(table, Model::Cluster, row);
        let kind = match &status {
            Some(word) => format!("{}-cluster", slug(word)),
            None => "cluster".to_owned(),
        };
        let mut thing = Thing::new(&kind, Some(name), names)
            .label("site", &site)
            .label("owner", &named(table, Model::Cluster, row, "tenant"));
        let on = hosts.get(key).map_or(&[][..], Vec::as_slice);
        if on.is_empty() {
            bare.push(name.to_owned());
            thing = thing.within(home);
        }
        let at = estate.add_object(Model::Cluster, key, thing);
        outage(table, estate, Model::Cluster, row, at);
        if !on.is_empty() {
            estate.require(
                at,
                "hosts",
                Wants {
                    load: 1.0,
                    ..Wants::ANY
                },
                on,
            );
        }
    }
    if !bare.is_empty() {
        let some = some_of(bare.iter().map(String::as_str));
        let all = table.rows(Model::Cluster).len();
        estate.warnings.push(format!(
            "clusters without hosts, whose virtual machines no failure of a host reaches: {} of {all} ({some})",
            bare.len()
        ));
    }
    machines(table, estate);
}

/// What a virtual machine runs on: its cluster, else its device, whichever is in the export.
pub(super) fn home_of(table: &Table, row: &Fields) -> Option<(Model, Key)> {
    ["cluster", "device"].into_iter().find_map(|field| {
        let model = Model::VirtualMachine.target(field)?;
        let key = Key::of(row.get(field)?)?;
        table.row(model, &key).map(|_| (model, key))
    })
}

/// Devices of each cluster, whether they are made or not: each says its own, or an assignment says it (Nautobot
/// since 3.0, where a device may be in several).
pub(super) fn devices(table: &Table) -> BTreeMap<Key, BTreeSet<Key>> {
    let mut devices: BTreeMap<Key, BTreeSet<Key>> = BTreeMap::new();
    for (key, row) in table.rows(Model::Device) {
        let several = row.get("clusters").map_or(&[][..], Value::list);
        for cluster in row.get("cluster").into_iter().chain(several) {
            if let Some(cluster) = Key::of(cluster) {
                devices.entry(cluster).or_default().insert(key.clone());
            }
        }
    }
    for row in table.rows(Model::DeviceClusterAssignment).values() {
        let key = |field| row.get(field).and_then(Key::of);
        if let (Some(cluster), Some(device)) = (key("cluster"), key("device")) {
            devices.entry(cluster).or_default().insert(device);
        }
    }
    devices
}

/// Those of them that became components.
fn hosts(table: &Table, estate: &Estate) -> BTreeMap<Key, Vec<u32>> {
    let made = |device: &Key| estate.of(Model::Device, device);
    let devices = devices(table).into_iter();
    devices
        .map(|(cluster, devices)| (cluster, devices.iter().filter_map(made).collect()))
        .collect()
}

fn machines(table: &Table, estate: &mut Estate) {
    for (key, row) in table.rows(Model::VirtualMachine) {
        let name = name_of(row).unwrap_or_default();
        if !kept(table, estate, Model::VirtualMachine, (key, row), name) {
            continue;
        }
        let cluster = named(table, Model::VirtualMachine, row, "cluster");
        let (short, place) = (slug(name), slug(&cluster));
        let names = vec![
            short.clone(),
            joined(&[&place, &short]),
            joined(&[&place, &short, "vm", &key.to_string()]),
        ];
        let to = |field: &str| {
            let model = Model::VirtualMachine.target(field)?;
            estate.of(model, &Key::of(row.get(field)?)?)
        };
        let runs_on = home_of(table, row);
        let home = runs_on
            .as_ref()
            .and_then(|(model, key)| estate.of(*model, key))
            .or_else(|| place_of_machine(table, estate, row));
        let on_cluster = to("cluster").is_some();
        let device = to("device").filter(|_| on_cluster);
        let pinned = row.get("device").and_then(Key::of);
        if on_cluster && pinned.is_some_and(|key| status::is_gone(table, Model::Device, &key)) {
            let rule =
                "virtual machine on a device that is gone: its cluster decides where it runs";
            estate.report.derived(rule, &super::estate::clean(name));
        }
        let role = slug(&named(table, Model::VirtualMachine, row, "role"));
        let thing = Thing::new("vm", Some(name), names)
            .within(home)
            .label("role", &role)
            .label("cluster", &cluster)
            .label("device", device.map_or("", |at| estate.id(at)))
            .label("owner", &named(table, Model::VirtualMachine, row, "tenant"));
        let at = estate.add_object(Model::VirtualMachine, key, thing);
        if let Some((Model::Cluster, cluster)) = &runs_on
            && let row = table.fields(Model::Cluster, cluster)
            && let Some(word) = status::not_in_service(table, Model::Cluster, row)
        {
            let rule = "virtual machine of a cluster that is not in service: a known outage";
            estate.report.derived(rule, &super::estate::clean(name));
            let why = format!("its cluster is of status {word}");
            estate.down.insert(at, why);
        }
        outage(table, estate, Model::VirtualMachine, row, at);
    }
}

/// Where a virtual machine is that names neither a cluster nor a device.
fn place_of_machine(table: &Table, estate: &Estate, row: &Fields) -> Option<u32> {
    let alone = ["cluster", "device"].iter().all(|f| row.get(f).is_none());
    alone.then(|| place(table, estate, row)).flatten()
}

/// Rows for virtual machines of known size that may run on several hosts. All have their ids.
pub(super) fn placements(table: &Table, estate: &mut Estate) -> Placements {
    let hosts = hosts(table, estate);
    let mut rows = Vec::new();
    for (key, row) in table.rows(Model::VirtualMachine) {
        let cluster = row.get("cluster").and_then(Key::of);
        let on = cluster
            .and_then(|key| hosts.get(&key))
            .map_or(&[][..], Vec::as_slice);
        let amounts: BTreeMap<String, f64> = [("/memory", "memory"), ("/cpu", "vcpus")]
            .into_iter()
            .filter_map(|(resource, field)| {
                let amount = row.number(field).filter(|&x| x > 0.0)?;
                Some((resource.to_owned(), amount))
            })
            .collect();
        let Some(at) = estate
            .of(Model::VirtualMachine, key)
            .filter(|_| on.len() > 1 && !amounts.is_empty())
        else {
            continue;
        };
        let pin = row
            .get("device")
            .and_then(Key::of)
            .and_then(|key| estate.of(Model::Device, &key));
        let mut ids: Vec<String> = on.iter().map(|&at| estate.id(at).to_owned()).collect();
        ids.sort();
        let id = estate.id(at).to_owned();
        estate.report.mapped(
            "virtual machine → placement on any host of its cluster",
            &id,
        );
        rows.push(Placement {
            instance: id,
            hosts: Hosts::Ids(ids),
            host: pin
                .filter(|pin| on.contains(pin))
                .map(|pin| estate.id(pin).to_owned()),
            amounts,
            ..Placement::default()
        });
    }
    if rows.is_empty() {
        return Placements::default();
    }
    let used = |resource: &&str| rows.iter().any(|r| r.amounts.contains_key(*resource));
    let resources = ["/memory", "/cpu"]
        .into_iter()
        .filter(used)
        .map(str::to_owned)
        .collect();
    Placements { resources, rows }
}

/// Gateways that several devices stand for: the one of the highest priority that works carries it.
pub(super) fn gateways(table: &Table, estate: &mut Estate) {
    let mut members: BTreeMap<Key, Vec<(i64, Key, u32)>> = BTreeMap::new();
    for (key, row) in table.rows(Model::FhrpGroupAssignment) {
        let port = || {
            let model = table.content_type(row.get("interface_type")?)?;
            Some((model, Key::of(row.get("interface_id")?)?))
        };
        let member = |port: &Port| {
            if port.0 == Model::VmInterface {
                let machine = table.fields(port.0, &port.1).get("virtual_machine")?;
                return estate.of(Model::VirtualMachine, &Key::of(machine)?);
            }
            estate.of(Model::Device, &device_of(table, port)?)
        };
        let port = port();
        let at = port.as_ref().and_then(member);
        let group = row.get("group").and_then(Key::of);
        let trouble = port.as_ref().and_then(|port| trouble(table, port));
        if at.is_none() || trouble.is_some() {
            let missing = || "what it is assigned to is not here or left out".to_owned();
            let why = trouble.map_or_else(missing, |trouble| trouble.why);
            let id = at.map_or("", |at| estate.id(at)).to_owned();
            let sort = Model::FhrpGroupAssignment.name();
            estate.report.skipped(sort, &why, &id);
            continue;
        }
        if let (Some(group), Some(at)) = (group, at) {
            #[expect(clippy::cast_possible_truncation, reason = "clamped")]
            let priority = row.number("priority").unwrap_or(0.0).clamp(0.0, 1e6) as i64;
            members
                .entry(group)
                .or_default()
                .push((-priority, key.clone(), at));
        }
    }
    for (key, row) in table.rows(Model::FhrpGroup) {
        let number = row
            .number("group_id")
            .map_or(String::new(), |n| n.to_string());
        let protocol = row.text("protocol").unwrap_or_default();
        let short = match row.text("name") {
            Some(name) => slug(name),
            None => joined(&[&slug(protocol), &number]),
        };
        let names = vec![
            short.clone(),
            joined(&["gateway", &short]),
            joined(&["gateway", &short, &key.to_string()]),
        ];
        let mut thing = Thing::new("gateway", row.text("name"), names);
        thing.node.logical = Some(true);
        let mut on = members.remove(key).unwrap_or_default();
        on.sort();
        let mut nodes: Vec<u32> = Vec::new();
        for (_, _, at) in on {
            if !nodes.contains(&at) {
                nodes.push(at);
            }
        }
        if nodes.is_empty() {
            let why = "no interface that works is assigned to it";
            estate.report.skipped(Model::FhrpGroup.name(), why, &short);
            continue;
        }
        let at = estate.add_object(Model::FhrpGroup, key, thing);
        let wants = Wants {
            split: Split::Standby,
            load: 1.0,
            ..Wants::ANY
        };
        estate.require(at, "members", wants, &nodes);
    }
}

/// Groups of circuits: any of them will do. Links have been made.
pub(super) fn circuit_groups(table: &Table, estate: &mut Estate) {
    let mut members: BTreeMap<Key, Vec<u32>> = BTreeMap::new();
    for row in table.rows(Model::CircuitGroupAssignment).values() {
        let circuit = row.get("circuit").and_then(Key::of).or_else(|| {
            let model = table.content_type(row.get("member_type")?)?;
            let key = row.first(&["member_id", "member"]).and_then(Key::of);
            key.filter(|_| model == Model::Circuit)
        });
        let group = row.get("group").and_then(Key::of);
        let node = circuit.and_then(|key| estate.of(Model::Circuit, &key));
        if let (Some(group), Some(node)) = (group, node) {
            members.entry(group).or_default().push(node);
        }
    }
    for (key, row) in table.rows(Model::CircuitGroup) {
        let name = name_of(row).unwrap_or_default();
        let mut on = members.remove(key).unwrap_or_default();
        on.sort_unstable();
        on.dedup();
        if on.is_empty() {
            estate.report.skipped(
                Model::CircuitGroup.name(),
                "no circuit of it is on a link",
                name,
            );
            continue;
        }
        let short = slug(name);
        let names = vec![
            short.clone(),
            joined(&["circuit-group", &short]),
            joined(&["circuit-group", &short, &key.to_string()]),
        ];
        let mut thing = Thing::new("circuit-group", Some(name), names);
        thing.node.logical = Some(true);
        let at = estate.add_object(Model::CircuitGroup, key, thing);
        estate.require(at, "circuits", Wants::ANY, &on);
    }
}

/// Services that the source names: each needs the device or machine that it runs on.
pub(super) fn services(table: &Table, estate: &mut Estate) {
    for (key, row) in table.rows(Model::Service) {
        let name = name_of(row).unwrap_or_default();
        let Some(parent) = parent_of(table, row, estate) else {
            estate
                .report
                .skipped(Model::Service.name(), "what it runs on is not here", name);
            continue;
        };
        let short = slug(name);
        let on = estate.id(parent).to_owned();
        let names = vec![
            format!("svc:{on}:{short}"),
            format!("svc:{on}:{short}-{key}"),
        ];
        let mut thing = Thing::new("service", None, names);
        thing.node.name = Some(super::estate::clean(&format!("{name} on {on}")).into());
        thing.node.role = Role::Service(Service {
            tier: None,
            demand: 0.0,
            slo: None,
        });
        let at = estate.add_object(Model::Service, key, thing);
        estate.require(
            at,
            "",
            Wants {
                load: 1.0,
                ..Wants::ALL
            },
            &[parent],
        );
    }
}

fn parent_of(table: &Table, row: &Fields, estate: &Estate) -> Option<u32> {
    let by_field = |field: &str| {
        let model = Model::Service.target(field)?;
        estate.of(model, &Key::of(row.get(field)?)?)
    };
    let by_type = || {
        let model = table.content_type(row.get("parent_object_type")?)?;
        estate.of(model, &Key::of(row.get("parent_object_id")?)?)
    };
    by_field("device")
        .or_else(|| by_field("virtual_machine"))
        .or_else(by_type)
}
