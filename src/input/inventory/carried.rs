//! What load does on its way through an inventory, before any state is computed. In: the finished
//! system. Out: warnings where units do not fit, where nothing can load a capacity and where chance
//! makes no sense; a fault where load factors multiply beyond any number.

use super::builder::Builder;
use super::folder::Tables;
use super::rows::{about_node, at, find_rows, rows_of};
use crate::input::Faults;
use crate::input::number::MOST;
use crate::model::{Need, NodeId, Reliability, Requirement, Role, Split, System};
use std::collections::BTreeMap;

/// Load on a node for each unit of every demand, at most: times the largest demand it is still a
/// number, with room for what failures move.
const MOST_GAIN: f64 = 1e140;

/// Consumers and providers that count different things, joined as if they were the same: told once for
/// each two units, since whoever mends one row mends the others with it.
pub fn unlike_units(b: &mut Builder, tables: &Tables, system: &System) {
    let units = network_units(system);
    let unlike = taken_for_another(system, &units);
    let edges: Vec<(NodeId, NodeId)> = unlike.values().flatten().copied().collect();
    let rows = find_rows(tables, system, &edges);
    let mut told: Vec<_> = unlike
        .iter()
        .filter_map(|(units, edges)| {
            let line = |edge: &&(NodeId, NodeId)| rows.get(*edge).map(|found| found.row.line());
            let first = edges.iter().min_by_key(line)?;
            Some((rows.get(first), *first, *units, edges.len()))
        })
        .collect();
    told.sort_by_key(|(found, ..)| found.map(|f| f.row.line()));
    for (found, (consumer, provider), (given, mine, its), count) in told {
        b.odd("pairs of unlike units are joined with a load of 1", || {
            let why = if given {
                "a load of 1 takes one for the other"
            } else {
                "no load says how many"
            };
            let others = match count - 1 {
                0 => String::new(),
                1 => "; another row does the same".to_owned(),
                n => format!("; {n} more rows do the same"),
            };
            let message = format!(
                "`{}` counts `{mine}`, its provider `{}` counts `{its}`, and {why}{others}",
                system.id(consumer),
                system.id(provider)
            );
            at(found.map(|f| (f.row, f.provider)), message)
                .label(format!("1 {mine} is taken for 1 {its}"))
                .help(format!(
                    "write in `load` how many {its} come with 1 {mine} (`0` if only a constant \
                     is drawn), or give both the same unit"
                ))
        });
    }
}

/// Whether the load of 1 was written, what the consumer counts, and what its provider counts.
type Taken<'s> = (bool, &'s str, &'s str);

/// Every dependency that takes one unit for another, by what it takes for what.
fn taken_for_another<'s>(
    system: &'s System,
    networks: &[Option<&'s str>],
) -> BTreeMap<Taken<'s>, Vec<(NodeId, NodeId)>> {
    let unit = |v: NodeId| -> Option<&'s str> {
        let node = system.node(v);
        let own = node.unit.as_deref();
        let unit = match &node.role {
            Role::Flow(flow) if own.is_none() => networks[system.network_of_flow(flow)? as usize],
            _ => own,
        };
        unit.map(str::trim)
    };
    let mut unlike = BTreeMap::<_, Vec<_>>::new();
    for r in system.requirements() {
        for p in &r.providers {
            #[allow(clippy::float_cmp, reason = "exactly the default")]
            let one = p.load == 1.0;
            if let (true, Some(mine), Some(its)) = (one, unit(r.consumer), unit(p.node))
                && mine != its
            {
                let same = unlike.entry((p.load_given, mine, its)).or_default();
                same.push((r.consumer, p.node));
            }
        }
    }
    unlike
}

/// The unit of each network's links, where all that have one have the same.
fn network_units(system: &System) -> Vec<Option<&str>> {
    let mut found: Vec<Option<&str>> = vec![None; system.networks() as usize];
    let mut mixed = vec![false; found.len()];
    for (v, node) in system.iter() {
        let (Role::Link(_), Some(network), Some(unit)) =
            (&node.role, system.network(v), node.unit.as_deref())
        else {
            continue;
        };
        let at = network as usize;
        let known = *found[at].get_or_insert(unit);
        mixed[at] |= known != unit;
    }
    for (unit, mixed) in found.iter_mut().zip(mixed) {
        *unit = unit.filter(|_| !mixed);
    }
    found
}

/// Capacities that no demand can ever load. What nobody depends on is shown elsewhere.
pub fn unloaded(b: &mut Builder, system: &System, used: &[bool]) {
    let loadable = loadable(system);
    for (v, node) in system.iter() {
        if node.capacity.is_some() && used[v.index()] && !loadable[v.index()] {
            about_node(
                b,
                &node.id,
                "capacities can be loaded by nothing",
                |id| format!("nothing can load `{id}`: its capacity changes nothing"),
                "say in dependencies.csv who loads it and how much, or blank the capacity",
            );
        }
    }
}

/// Which nodes the demand of some service can reach as load.
fn loadable(system: &System) -> Vec<bool> {
    let mut elements: Vec<Vec<NodeId>> = vec![Vec::new(); system.networks() as usize];
    for (v, _) in system.iter() {
        if let Some(network) = system.network(v) {
            elements[network as usize].push(v);
        }
    }
    let mut loadable = vec![false; system.nodes().len()];
    let mut todo: Vec<NodeId> = system.services().to_vec();
    // A constant is drawn whatever its consumer carries.
    todo.extend(constants(system));
    while let Some(v) = todo.pop() {
        if std::mem::replace(&mut loadable[v.index()], true) {
            continue;
        }
        let providers = system.requirements_of(v).iter();
        let providers = providers.flat_map(|r| r.providers.iter());
        todo.extend(providers.filter(|p| p.load > 0.0).map(|p| p.node));
        if let Role::Flow(flow) = &system.node(v).role {
            todo.extend([flow.from, flow.to]);
            if let Some(network) = system.network_of_flow(flow) {
                todo.append(&mut elements[network as usize]);
            }
        }
    }
    loadable
}

/// The providers of every constant, some of them more than once.
fn constants(system: &System) -> impl Iterator<Item = NodeId> + '_ {
    let providers = system.requirements().iter().flat_map(|r| &*r.providers);
    let drawn = providers.filter(|p| p.constant > 0.0).map(|p| p.node);
    drawn.chain(taken(system))
}

/// What has room that some instance takes.
fn taken(system: &System) -> Vec<NodeId> {
    let placements = system.placements();
    let mut taken = Vec::new();
    for p in &placements.instances {
        for host in p.hosts.iter().filter_map(|&h| placements.host(h)) {
            let has = (0..p.amounts.len()).filter(|&r| p.amount(r) > 0.0);
            taken.extend(has.filter_map(|r| host.resources[r]));
        }
    }
    taken
}

/// What a simulation refuses: who is always out, and who shares more than it has.
pub fn impossible_chances(b: &mut Builder, system: &System) {
    let q = |v: NodeId| {
        let reliability = system.node(v).reliability;
        reliability.map_or(0.0, Reliability::unavailability)
    };
    for (v, node) in system.iter() {
        if q(v) >= 1.0 {
            about_node(
                b,
                &node.id,
                "components are always out",
                |id| format!("`{id}` is always out: its unavailability is 1"),
                "list it under `down` in the scenario instead: no simulation takes a chance of 1",
            );
        }
    }
    let mut own: Vec<f64> = system.iter().map(|(v, _)| q(v)).collect();
    for (_, members, beta) in system.common_cause() {
        let can_fail = || members.iter().copied().filter(|&m| q(m) > 0.0);
        let least = can_fail().map(q).fold(1.0, f64::min);
        for m in can_fail() {
            own[m.index()] -= beta * least;
        }
    }
    for (v, node) in system.iter() {
        if own[v.index()] < -1e-12 * q(v) {
            about_node(
                b,
                &node.id,
                "components share more than their unavailability",
                |id| {
                    format!("the common-cause groups of `{id}` share more than its unavailability")
                },
                "lower beta of a group in common_cause.csv, or leave it out of one: no simulation \
                 takes them together",
            );
        }
    }
}

/// A fault where load factors multiply beyond any number on the way down.
pub fn refuse_overflow(b: &mut Builder, tables: &Tables, system: &System, faults: &mut Faults) {
    let Some((consumer, provider)) = first_overflow(system) else {
        return;
    };
    let found = rows_of(tables, |pair| {
        *pair == (system.id(consumer), system.id(provider))
    });
    let message = format!(
        "the load factors on the way to `{}` multiply beyond {MOST_GAIN:e}",
        system.id(provider)
    );
    let fault = match found.into_values().next() {
        Some(found) => found.row.error(found.provider, message),
        None => crate::input::Diagnostic::error(message),
    };
    b.complete = false;
    faults.push(fault.help(format!(
        "write smaller numbers in `load`, in other units: no load may reach {MOST:e}"
    )));
}

/// The first dependency that carries more than [`MOST_GAIN`] for one unit of every demand.
fn first_overflow(system: &System) -> Option<(NodeId, NodeId)> {
    let mut order: Vec<NodeId> = system.iter().map(|(v, _)| v).collect();
    order.sort_by_key(|&v| std::cmp::Reverse(system.block(v)));
    let mut gain = vec![0.0_f64; order.len()];
    let mut crossing = vec![0.0_f64; system.networks() as usize];
    // No constant is larger than a demand may be.
    for p in constants(system) {
        gain[p.index()] += 1.0;
    }
    for v in order {
        let node = system.node(v);
        if node.as_service().is_some() {
            gain[v.index()] += 1.0;
        }
        if let Some(network) = system.network(v) {
            gain[v.index()] += crossing[network as usize];
        }
        if let Role::Flow(flow) = &node.role
            && let Some(network) = system.network_of_flow(flow)
        {
            crossing[network as usize] += gain[v.index()];
        }
        for r in system.requirements_of(v) {
            let weights: f64 = r.providers.iter().map(|p| p.weight).sum();
            for (place, p) in r.providers.iter().enumerate() {
                if system.block(v) != system.block(p.node) {
                    gain[p.node.index()] += gain[v.index()] * p.load * share(r, place, weights);
                    if gain[p.node.index()] > MOST_GAIN {
                        return Some((v, p.node));
                    }
                }
            }
        }
    }
    None
}

/// The fraction of the load that the provider at `place` carries while all work.
fn share(r: &Requirement, place: usize, weights: f64) -> f64 {
    let count = f64::from(u32::try_from(r.providers.len()).unwrap_or(u32::MAX));
    match (r.need, r.split) {
        (Need::All, _) | (_, Split::Copy) => 1.0,
        (_, Split::Share | Split::Shard) if weights > 0.0 => r.providers[place].weight / weights,
        (_, Split::Share | Split::Shard) => 1.0 / count,
        (Need::AtLeast(k), Split::Standby) => {
            let k = k.max(1);
            if place < k as usize {
                1.0 / f64::from(k)
            } else {
                0.0
            }
        }
    }
}
