//! Connections → links, with the panels, circuits and cables that several of them share.

use super::cables::Plant;
use super::estate::{Estate, Thing, joined, slug};
use super::model::Model;
use super::places::{self, kept, name_of, named, outage, place};
use super::runs::{Far, Run, Runs, device_of};
use super::status::{self, State};
use super::table::{Key, Table};
use super::trace::network_of;
use super::wire::{Fields, Value};
use crate::model::{Link, NodeId, Role};
use std::collections::{BTreeMap, BTreeSet};

/// The unit of the capacity of links.
pub(super) const UNIT: &str = "kbit/s";
/// The kind of a node that stands for what lies behind a circuit.
pub(super) const FAR_SIDE: &str = "far-side";

/// Providers and their networks: components that circuits sit within.
pub(super) fn providers(table: &Table, estate: &mut Estate) {
    for (key, row) in table.rows(Model::Provider) {
        let name = name_of(row).unwrap_or_default();
        let short = slug(name);
        let names = vec![
            short.clone(),
            joined(&["provider", &short]),
            joined(&["provider", &short, &key.to_string()]),
        ];
        estate.add_object(
            Model::Provider,
            key,
            Thing::new("provider", Some(name), names),
        );
    }
    for (key, row) in table.rows(Model::ProviderNetwork) {
        let name = name_of(row).unwrap_or_default();
        let short = slug(name);
        let provider = table.follow(Model::ProviderNetwork, row, "provider");
        let of = provider
            .as_ref()
            .and_then(|(_, p)| name_of(p))
            .unwrap_or_default();
        let names = vec![
            short.clone(),
            joined(&[&slug(of), &short]),
            joined(&["provider-network", &short, &key.to_string()]),
        ];
        let within = provider
            .as_ref()
            .and_then(|(key, _)| estate.of(Model::Provider, key));
        let thing = Thing::new("provider-network", Some(name), names).within(within);
        estate.add_object(Model::ProviderNetwork, key, thing);
    }
}

/// Makes links of runs. The devices have their ids; what is made here gets them.
pub(super) fn add(table: &Table, plant: &Plant, runs: &Runs, estate: &mut Estate) {
    for (why, near) in &runs.broken {
        let name = interface_name(table, estate, near);
        estate.report.skipped("cable path", why, &name);
    }
    let usable: Vec<usize> = (0..runs.list.len())
        .filter(|&at| usable(table, estate, &runs.list[at]))
        .collect();
    let shared = Shared::add(table, plant, runs, &usable, estate);
    unused_circuits(table, runs, estate);
    estate.name_all();
    let mut joined_pairs: BTreeSet<[u32; 2]> = BTreeSet::new();
    for &at in &usable {
        if let Some(ends) = link(table, &runs.list[at], &shared, estate) {
            joined_pairs.insert(ends);
        }
    }
    stacks(table, estate, &joined_pairs);
    estate.name_all();
}

/// Whether a run becomes a link; why not is reported.
fn usable(table: &Table, estate: &mut Estate, run: &Run) -> bool {
    let interfaces = || {
        let other = match &run.far {
            Far::Interface(key) => Some(key),
            _ => None,
        };
        [&run.near].into_iter().chain(other)
    };
    let devices: Vec<Option<Key>> = interfaces()
        .map(|key| device_of(table, &(Model::Interface, key.clone())))
        .collect();
    let made = |key: &Option<Key>| {
        key.as_ref()
            .is_some_and(|key| estate.of(Model::Device, key).is_some())
    };
    let gone =
        |model, key: &Key| status::of(table, model, table.fields(model, key)).1 == State::Gone;
    let why = if !devices.iter().all(made) {
        "ends at a device that is left out"
    } else if devices.len() == 2 && devices[0] == devices[1] {
        "both ends are on the same device"
    } else if interfaces().any(|key| table.fields(Model::Interface, key).is("mgmt_only")) {
        "management only: no traffic of services passes"
    } else if run.cables.iter().any(|key| gone(Model::Cable, key)) {
        "a cable that is decommissioned"
    } else if run.circuits.iter().any(|key| gone(Model::Circuit, key)) {
        "a circuit that is decommissioned"
    } else {
        return true;
    };
    let name = interface_name(table, estate, &run.near);
    estate.report.skipped("cable path", why, &name);
    false
}

/// `device interface`, for examples.
fn interface_name(table: &Table, estate: &Estate, key: &Key) -> String {
    let name = name_of(table.fields(Model::Interface, key)).unwrap_or_default();
    let device = device_of(table, &(Model::Interface, key.clone()));
    let device = device
        .and_then(|d| estate.of(Model::Device, &d))
        .map_or("", |at| estate.id(at));
    super::estate::clean(&format!("{device} {name}"))
}

/// What several runs share, and what lies behind circuits.
#[derive(Default)]
struct Shared {
    /// Circuits that are components, since a link of their own would not say all.
    circuits: BTreeMap<Key, u32>,
    /// Cables on several runs.
    cables: BTreeMap<Key, u32>,
    /// Behind sides of circuits: the other end of a run.
    behind: BTreeMap<Far, u32>,
}

impl Shared {
    fn add(
        table: &Table,
        plant: &Plant,
        runs: &Runs,
        usable: &[usize],
        estate: &mut Estate,
    ) -> Self {
        let mut shared = Self::default();
        let is_used = |at: &&usize| usable.binary_search(at).is_ok();
        for (key, on) in &runs.of_circuit {
            let on: Vec<&usize> = on.iter().filter(is_used).collect();
            let alone = on.len() == 1 && runs.list[*on[0]].circuits.len() == 1;
            if !on.is_empty() && !alone {
                shared
                    .circuits
                    .insert(key.clone(), circuit(table, key, estate));
            }
        }
        for (key, on) in &runs.of_cable {
            if on.iter().filter(is_used).count() > 1 {
                shared
                    .cables
                    .insert(key.clone(), trunk(table, plant, key, estate));
            }
        }
        let mut far_sides: BTreeMap<Option<Key>, u32> = BTreeMap::new();
        for &at in usable {
            let far = &runs.list[at].far;
            if !shared.behind.contains_key(far)
                && let Some(node) = behind(table, far, &mut far_sides, estate)
            {
                shared.behind.insert(far.clone(), node);
            }
        }
        shared
    }
}

/// The names that a circuit could have.
fn circuit_names(table: &Table, key: &Key) -> Vec<String> {
    let row = table.fields(Model::Circuit, key);
    let short = joined(&["circuit", &slug(row.text("cid").unwrap_or_default())]);
    let provider = slug(&named(table, Model::Circuit, row, "provider"));
    vec![
        short.clone(),
        joined(&[&short, &provider]),
        joined(&[&short, &provider, &key.to_string()]),
    ]
}

fn provider_of(table: &Table, circuit: &Key, estate: &Estate) -> Option<u32> {
    let row = table.row(Model::Circuit, circuit)?;
    estate.of(Model::Provider, &Key::of(row.get("provider")?)?)
}

fn describe_circuit(thing: Thing, table: &Table, key: &Key) -> Thing {
    let row = table.fields(Model::Circuit, key);
    thing
        .label("circuit_type", &named(table, Model::Circuit, row, "type"))
        .label("owner", &named(table, Model::Circuit, row, "tenant"))
}

/// A circuit that several links run over.
fn circuit(table: &Table, key: &Key, estate: &mut Estate) -> u32 {
    let row = table.fields(Model::Circuit, key);
    let mut thing = Thing::new("circuit", row.text("cid"), circuit_names(table, key))
        .within(provider_of(table, key, estate));
    thing.called = row.text("cid").map(|cid| format!("circuit {cid}"));
    let at = estate.add_object(Model::Circuit, key, describe_circuit(thing, table, key));
    outage(table, estate, Model::Circuit, row, at);
    at
}

/// A cable that several links run over: from panel to panel, or from a panel to a circuit.
fn trunk(table: &Table, plant: &Plant, key: &Key, estate: &mut Estate) -> u32 {
    let end = |side: usize| {
        let port = plant.cables.get(key).and_then(|ends| ends[side].first());
        let Some(port) = port else {
            return String::new();
        };
        if port.0 == Model::CircuitTermination {
            let row = table.fields(Model::CircuitTermination, &port.1);
            let circuit = row.get("circuit").and_then(Key::of);
            return circuit.map_or(String::new(), |c| circuit_names(table, &c).swap_remove(0));
        }
        let device = device_of(table, port).and_then(|d| estate.of(Model::Device, &d));
        device.map_or(String::new(), |at| estate.id(at).to_owned())
    };
    let mut ends = [end(0), end(1)];
    ends.sort();
    let short = format!("cable:{}--{}", ends[0], ends[1]);
    let names = vec![short.clone(), format!("{short}-{key}")];
    let at = estate.add_object(Model::Cable, key, Thing::new("cable", None, names));
    let what = "cable that several links run over → component";
    let id = short;
    estate.report.derived(what, &id);
    outage(
        table,
        estate,
        Model::Cable,
        table.fields(Model::Cable, key),
        at,
    );
    at
}

/// The node behind a side of a circuit; none behind an interface.
fn behind(
    table: &Table,
    far: &Far,
    far_sides: &mut BTreeMap<Option<Key>, u32>,
    estate: &mut Estate,
) -> Option<u32> {
    let circuit_of = |side: &Key| {
        let row = table.fields(Model::CircuitTermination, side);
        row.get("circuit").and_then(Key::of)
    };
    match far {
        Far::Interface(_) => None,
        Far::Network(side) => {
            let network = network_of(table, side)?;
            estate.of(Model::ProviderNetwork, &network)
        }
        Far::Uncabled(side) => {
            let cid =
                circuit_of(side).map_or(String::new(), |c| circuit_names(table, &c).swap_remove(0));
            let names = vec![format!("{cid}-end"), format!("{cid}-end-{side}")];
            let row = table.fields(Model::CircuitTermination, side);
            let site = place_at(table, side, estate).or_else(|| place(table, estate, row));
            let mut thing = Thing::new(FAR_SIDE, None, names).within(site);
            thing.node.transit = Some(false);
            thing.node.logical = Some(true);
            let what = "end of a circuit where no device is cabled → far side";
            estate.report.derived(what, &thing.names[0].clone());
            Some(estate.add(thing))
        }
        Far::Unknown(side) => {
            let provider = circuit_of(side).and_then(|c| {
                table
                    .row(Model::Circuit, &c)?
                    .get("provider")
                    .and_then(Key::of)
            });
            if let Some(&at) = far_sides.get(&provider) {
                return Some(at);
            }
            let row = provider
                .as_ref()
                .map(|key| table.fields(Model::Provider, key));
            let name = slug(row.and_then(name_of).unwrap_or_default());
            let names = vec![
                joined(&["far-side", &name]),
                joined(&[
                    "far-side",
                    &name,
                    &provider.as_ref().map_or(String::new(), Key::to_string),
                ]),
            ];
            let within = provider
                .as_ref()
                .and_then(|key| estate.of(Model::Provider, key));
            let mut thing = Thing::new(FAR_SIDE, None, names).within(within);
            // Circuits that leave for the unknown do not meet there.
            thing.node.transit = Some(false);
            thing.node.logical = Some(true);
            let what = "far side of circuits with one documented end";
            estate.report.derived(what, &thing.names[0].clone());
            let at = estate.add(thing);
            far_sides.insert(provider, at);
            Some(at)
        }
    }
}

/// The place at which a side of a circuit ends, by content type.
fn place_at(table: &Table, side: &Key, estate: &Estate) -> Option<u32> {
    let kinds: [(Model, &[&str]); 2] = [
        (Model::Location, &["location", "_location"]),
        (Model::Site, &["site", "_site"]),
    ];
    kinds.into_iter().find_map(|(model, fields)| {
        let key = super::trace::place_of(table, side, model, fields)?;
        estate.of(model, &key)
    })
}

/// The link that a run becomes; the nodes that it joins.
fn link(table: &Table, run: &Run, shared: &Shared, estate: &mut Estate) -> Option<[u32; 2]> {
    let device = |key: &Key| {
        let device = device_of(table, &(Model::Interface, key.clone()))?;
        estate.of(Model::Device, &device)
    };
    let a = device(&run.near)?;
    let other = match &run.far {
        Far::Interface(key) => Some(key),
        _ => None,
    };
    let b = match other {
        Some(key) => device(key)?,
        None => *shared.behind.get(&run.far)?,
    };
    let own = run
        .circuits
        .iter()
        .next()
        .filter(|c| !shared.circuits.contains_key(c));
    let stack = [Some(&run.near), other]
        .into_iter()
        .flatten()
        .all(|key| is_stack(table, key));
    let (kind, names) = match own {
        Some(circuit) => ("circuit", circuit_names(table, circuit)),
        None => (
            if stack { "stack" } else { "cable" },
            cable_names(table, estate, [(a, Some(&run.near)), (b, other)], run),
        ),
    };
    let called = own.and_then(|c| table.fields(Model::Circuit, c).text("cid"));
    let mut thing = Thing::new(kind, None, names)
        .within(
            run.panels
                .iter()
                .filter_map(|key| estate.of(Model::Device, key)),
        )
        .within(
            run.circuits
                .iter()
                .filter_map(|key| match shared.circuits.get(key) {
                    Some(&at) => Some(at),
                    None => provider_of(table, key, estate),
                }),
        )
        .within(
            run.cables
                .iter()
                .filter_map(|key| shared.cables.get(key).copied()),
        );
    thing.called = called.map(|cid| format!("circuit {cid}"));
    thing.within.retain(|&at| at != a && at != b);
    if let Some(circuit) = own {
        thing = describe_circuit(thing, table, circuit);
    }
    thing = thing.label("lag", &lag(table, run, other));
    thing.node.role = between(a, b);
    thing.node.capacity = capacity(table, run, other);
    thing.node.unit = thing.node.capacity.map(|_| UNIT.into());
    let example = thing.names[0].clone();
    let at = if let Some(circuit) = own {
        estate.add_object(Model::Circuit, circuit, thing)
    } else {
        estate.report.mapped("cable path → link", &example);
        estate.add(thing)
    };
    link_outage(table, run, other, at, estate);
    let mut ends = [a, b];
    ends.sort_unstable();
    Some(ends)
}

fn between(a: u32, b: u32) -> Role {
    Role::Link(Link::between(NodeId(a), NodeId(b)))
}

/// `a--b`; where several links join the two, with the interfaces.
fn cable_names(
    table: &Table,
    estate: &Estate,
    ends: [(u32, Option<&Key>); 2],
    run: &Run,
) -> Vec<String> {
    let mut ends = ends.map(|(at, interface)| {
        let row = interface.map(|key| table.fields(Model::Interface, key));
        (
            estate.id(at).to_owned(),
            slug(row.and_then(name_of).unwrap_or_default()),
        )
    });
    ends.sort();
    let [(a, x), (b, y)] = &ends;
    let full = format!("{a}:{x}--{b}:{y}");
    vec![
        format!("{a}--{b}"),
        full.clone(),
        format!("{full}-{}", run.near),
    ]
}

/// What takes a link out: a cable or circuit that is planned, an interface that is switched off.
fn link_outage(table: &Table, run: &Run, other: Option<&Key>, at: u32, estate: &mut Estate) {
    let off = |key: &Key| {
        let row = table.fields(Model::Interface, key);
        row.get("enabled") == Some(&Value::Bool(false))
    };
    if off(&run.near) || other.is_some_and(off) {
        estate
            .down
            .insert(at, "its interface is disabled".to_owned());
    }
    let parts = run.cables.iter().map(|key| (Model::Cable, key));
    for (model, key) in parts.chain(run.circuits.iter().map(|key| (Model::Circuit, key))) {
        let made = estate.of(model, key).is_some_and(|made| made != at);
        // A shared circuit or cable is out itself, and its links with it.
        if !made {
            outage(table, estate, model, table.fields(model, key), at);
        }
    }
}

/// The least of what interfaces, circuits and their ports let through, kbit/s.
fn capacity(table: &Table, run: &Run, other: Option<&Key>) -> Option<f64> {
    let interfaces = [Some(&run.near), other].into_iter().flatten();
    let speeds = interfaces.filter_map(|key| speed(table.fields(Model::Interface, key)));
    let rates = run
        .circuits
        .iter()
        .filter_map(|key| table.fields(Model::Circuit, key).number("commit_rate"));
    let ports = run.sides.iter().filter_map(|key| {
        table
            .fields(Model::CircuitTermination, key)
            .number("port_speed")
    });
    speeds
        .chain(rates)
        .chain(ports)
        .filter(|&x| x > 0.0)
        .min_by(f64::total_cmp)
}

fn type_of(row: &Fields) -> String {
    let value = row.first(&["type", "form_factor"]);
    let text = match value {
        Some(Value::Text(text)) => text.to_string(),
        Some(Value::Map(choice)) => match (choice.text("value"), choice.text("label")) {
            (Some(value), _) => value.to_owned(),
            // Old versions number the types; the label holds the speed.
            (None, label) => label.unwrap_or_default().to_owned(),
        },
        _ => String::new(),
    };
    text.to_lowercase()
}

fn is_stack(table: &Table, key: &Key) -> bool {
    let kind = type_of(table.fields(Model::Interface, key));
    kind.contains("stack")
}

/// What an interface lets through, kbit/s: as it says, else as its type says.
pub(super) fn speed(row: &Fields) -> Option<f64> {
    row.number("speed")
        .filter(|&x| x > 0.0)
        .or_else(|| speed_of_type(&type_of(row)))
}

/// The speed in the name of a type, kbit/s: `10gbase-x-sfpp`, `1000base-t`, `QSFP+ (40GE)`.
pub(super) fn speed_of_type(kind: &str) -> Option<f64> {
    let number = |text: &str| text.parse::<f64>().ok();
    let digits = |c: char| c.is_ascii_digit() || c == '.';
    if let Some((before, _)) = kind.split_once("gbase") {
        return Some(number(before)? * 1e6);
    }
    if let Some((before, _)) = kind.split_once("base") {
        return Some(number(before.trim())? * 1e3);
    }
    let (before, _) = kind.split_once("ge)")?;
    let start = before.rfind(|c| !digits(c)).map_or(0, |at| at + 1);
    Some(number(&before[start..])? * 1e6)
}

/// The bundle that an end of a run belongs to.
fn lag(table: &Table, run: &Run, other: Option<&Key>) -> String {
    let ends = [Some(&run.near), other].into_iter().flatten();
    let bundles = ends.filter_map(|key| {
        let row = table.fields(Model::Interface, key);
        let (_, bundle) = table.follow(Model::Interface, row, "lag")?;
        let device = places::named(table, Model::Interface, row, "device");
        Some(joined(&[&device, name_of(bundle)?]))
    });
    let bundles: BTreeSet<String> = bundles.collect();
    bundles.into_iter().next().unwrap_or_default()
}

/// Circuits that no cable leads to.
fn unused_circuits(table: &Table, runs: &Runs, estate: &mut Estate) {
    for (key, row) in table.rows(Model::Circuit) {
        let cid = row.text("cid").unwrap_or_default();
        if !runs.of_circuit.contains_key(key) && kept(table, estate, Model::Circuit, row, cid) {
            let why = "no cable leads from an interface to it";
            estate.report.skipped(Model::Circuit.name(), why, cid);
        }
    }
}

/// Members of a virtual chassis that no cable joins are joined in a ring: the stack cables that
/// nobody documents.
fn stacks(table: &Table, estate: &mut Estate, pairs: &BTreeSet<[u32; 2]>) {
    let mut members: BTreeMap<Key, Vec<(u64, Key, u32)>> = BTreeMap::new();
    for (key, row) in table.rows(Model::Device) {
        let chassis = row.get("virtual_chassis").and_then(Key::of);
        if let (Some(chassis), Some(at)) = (chassis, estate.of(Model::Device, key)) {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "clamped"
            )]
            let position = row.number("vc_position").unwrap_or(0.0).clamp(0.0, 1e6) as u64;
            members
                .entry(chassis)
                .or_default()
                .push((position, key.clone(), at));
        }
    }
    for mut members in members.into_values() {
        members.sort();
        let nodes: Vec<u32> = members.iter().map(|m| m.2).collect();
        if nodes.len() < 2 || are_joined(&nodes, pairs) {
            continue;
        }
        let ring = nodes.iter().zip(nodes.iter().cycle().skip(1));
        for (&a, &b) in ring.take(if nodes.len() == 2 { 1 } else { nodes.len() }) {
            let mut ends = [a, b];
            ends.sort_unstable_by(|x, y| estate.id(*x).cmp(estate.id(*y)));
            if pairs.contains(&sorted(a, b)) {
                continue;
            }
            let name = format!("{}--{}", estate.id(ends[0]), estate.id(ends[1]));
            let mut thing = Thing::new("stack", None, vec![name.clone(), format!("{name}:stack")]);
            thing.node.role = between(ends[0], ends[1]);
            estate
                .report
                .derived("stack cable between members of a virtual chassis", &name);
            estate.add(thing);
        }
    }
}

fn sorted(a: u32, b: u32) -> [u32; 2] {
    if a <= b { [a, b] } else { [b, a] }
}

/// Whether links among them join all of these nodes.
fn are_joined(nodes: &[u32], pairs: &BTreeSet<[u32; 2]>) -> bool {
    let mut reached = vec![nodes[0]];
    let mut at = 0;
    while at < reached.len() {
        let from = reached[at];
        for &to in nodes {
            if !reached.contains(&to) && pairs.contains(&sorted(from, to)) {
                reached.push(to);
            }
        }
        at += 1;
    }
    reached.len() == nodes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_says_its_speed() {
        let speeds = [
            ("1000base-t", Some(1e6)),
            ("100base-tx", Some(1e5)),
            ("2.5gbase-t", Some(2.5e6)),
            ("10gbase-x-sfpp", Some(1e7)),
            ("400gbase-x-qsfpdd", Some(4e8)),
            ("qsfp+ (40ge)", Some(4e7)),
            ("lag", None),
            ("virtual", None),
            ("cisco-stackwise", None),
            ("ieee802.11ac", None),
            ("32gfc-sfp28", None),
            ("", None),
        ];
        for (kind, speed) in speeds {
            assert_eq!(speed_of_type(kind), speed, "{kind}");
        }
    }
}
