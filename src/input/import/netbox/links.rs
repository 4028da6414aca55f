//! Connections → links, with the panels, circuits and cables that several of them share.

use super::cables::Plant;
use super::circuits::{behind, circuit, circuit_names, describe_circuit, provider_of};
use super::estate::{Estate, Thing, joined, slug};
use super::model::Model;
use super::places::{self, kept, name_of, outage};
use super::ports::trouble;
use super::runs::{Far, Run, Runs, device_of};
use super::speeds::{capacities, is_stack, unrated};
use super::stacks;
use super::status;
use super::table::{Key, Table};
use crate::model::{Link, NodeId, Role};
use std::collections::{BTreeMap, BTreeSet};

/// The unit of the capacity of links.
pub(super) const UNIT: &str = "kbit/s";

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
    let mut shared = Shared::add(table, plant, runs, &usable, estate);
    unused_circuits(table, runs, &usable, estate);
    estate.name_all();
    let mut joined_pairs: BTreeSet<[u32; 2]> = BTreeSet::new();
    for &at in &usable {
        if let Some(ends) = link(table, &runs.list[at], &mut shared, estate) {
            joined_pairs.insert(ends);
        }
    }
    for circuit in &shared.unrated {
        let cid = circuit_names(table, circuit).swap_remove(0);
        let rule = "circuit that states no rate: its link lets through what its interfaces do";
        estate.report.derived(rule, &cid);
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
    let known = |key: &Option<Key>| {
        let row = key.as_ref().and_then(|key| table.row(Model::Device, key));
        row.is_some()
    };
    let why = if !devices.iter().all(known) {
        "ends at an interface whose device is not in the export"
    } else if !devices.iter().all(made) {
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
    /// Circuits that state no rate, on links whose interfaces do.
    unrated: BTreeSet<Key>,
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

/// The link that a run becomes; the nodes that it joins.
fn link(table: &Table, run: &Run, shared: &mut Shared, estate: &mut Estate) -> Option<[u32; 2]> {
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
    let example = thing.names[0].clone();
    let rates = capacities(table, run, other);
    if rates[0].is_some() {
        shared.unrated.extend(unrated(table, run).cloned());
    }
    carry(&mut thing, [a, b], rates);
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

/// What a link joins, and what it lets through each way.
fn carry(thing: &mut Thing, [a, b]: [u32; 2], [there, back]: [Option<f64>; 2]) {
    thing.node.role = Role::Link(Link {
        capacity_back: back.filter(|_| back != there),
        ..Link::between(NodeId(a), NodeId(b))
    });
    thing.node.capacity = there;
    thing.node.unit = there.or(back).map(|_| UNIT.into());
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

/// Circuits that no link runs over.
fn unused_circuits(table: &Table, runs: &Runs, usable: &[usize], estate: &mut Estate) {
    for (key, row) in table.rows(Model::Circuit) {
        let cid = row.text("cid").unwrap_or_default();
        let on = runs.of_circuit.get(key).map_or(&[][..], Vec::as_slice);
        let used = on.iter().any(|at| usable.binary_search(at).is_ok());
        if !used && kept(table, estate, Model::Circuit, (key, row), cid) {
            let why = if on.is_empty() {
                "no cable leads from an interface to it"
            } else {
                "every cable path over it is left out"
            };
            estate.report.skipped(Model::Circuit.name(), why, cid);
        }
    }
}
