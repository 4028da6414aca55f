//! Connections → links, with the panels, circuits and cables that several of them share.

use super::cables::Plant;
use super::estate::{Estate, Thing, between, joined, slug};
use super::model::Model;
use super::places::{self, kept, name_of, named, outage, place};
use super::ports::trouble;
use super::runs::{Far, Run, Runs, device_of};
use super::speeds::{capacity, is_stack};
use super::stacks;
use super::status;
use super::table::{Key, Table};
use super::trace::network_of;
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
    stacks::add(table, estate, &joined_pairs);
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
    let gone = |model, key: &Key| status::is_gone(table, model, key);
    let ports = || {
        let ends = interfaces().map(|key| (Model::Interface, key.clone()));
        ends.chain(run.passed.iter().cloned())
    };
    let why = if !devices.iter().all(made) {
        "ends at a device that is left out"
    } else if devices.len() == 2 && devices[0] == devices[1] {
        "both ends are on the same device"
    } else if interfaces().any(|key| table.fields(Model::Interface, key).is("mgmt_only")) {
        "management only: no traffic of services passes"
    } else if ports().any(|port| trouble(table, &port).is_some_and(|t| t.gone)) {
        "a port or its module that is decommissioned"
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

/// The place at which a side of a circuit ends.
fn place_at(table: &Table, side: &Key, estate: &Estate) -> Option<u32> {
    let places = places::termination(table, side);
    places
        .iter()
        .find_map(|(model, key)| estate.of(*model, key))
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

/// What takes a link out: a cable or circuit that is planned, a port that does not work.
fn link_outage(table: &Table, run: &Run, other: Option<&Key>, at: u32, estate: &mut Estate) {
    let ends = [Some(&run.near), other].into_iter().flatten();
    let ends = ends.map(|key| (Model::Interface, key.clone()));
    let mut ports = ends.chain(run.passed.iter().cloned());
    if let Some(trouble) = ports.find_map(|port| trouble(table, &port)) {
        estate.down.insert(at, trouble.why);
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
        if !runs.of_circuit.contains_key(key)
            && kept(table, estate, Model::Circuit, (key, row), cid)
        {
            let why = "no cable leads from an interface to it";
            estate.report.skipped(Model::Circuit.name(), why, cid);
        }
    }
}
