//! What is legal in an inventory but worth a look. In: the finished system and the rows it came
//! from. Out: warnings, a few of each sort in full and the rest counted.

use super::builder::{Builder, SHOWN};
use super::folder::Tables;
use super::rows::{Found, about_node, at, find_rows};
use super::spelled::spelled;
use super::{carried, overload, room};
use crate::input::Diagnostic;
use crate::input::table::Row;
use crate::model::{Cycle, NodeId, Role, System};
use std::collections::BTreeSet;

/// Adds every warning.
pub fn add(b: &mut Builder, tables: &Tables, system: &System) {
    unused_kinds(b, system);
    if system.services().is_empty() {
        b.warnings.push(
            Diagnostic::warning("there is no service: nothing can be at risk")
                .help("write what users ask for into services.csv"),
        );
    }
    groups_of_one(b, tables, system);
    repeated_providers(b, tables, system);
    bare_services(b, system);
    carried::unlike_units(b, tables, system);
    if !system.services().is_empty() {
        let used = reached(system);
        unused(b, system, &used);
        carried::unloaded(b, system, &used);
    }
    overload::add(b, system);
    room::add(b, tables, system);
    carried::impossible_chances(b, system);
    nested_domains(b, system);
    cycles(b, tables, system);
    b.count_odd();
}

fn unused_kinds(b: &mut Builder, system: &System) {
    let kinds: BTreeSet<&str> = system.nodes().iter().map(|n| &*n.kind).collect();
    for warning in b.defaults.unused(&kinds) {
        b.odd("kinds in inventory.toml are not used", || warning);
    }
}

/// Adds a warning of one sort for each dependency of a list, at its row.
fn about_edges(
    b: &mut Builder,
    tables: &Tables,
    system: &System,
    edges: &[(NodeId, NodeId)],
    more: &'static str,
    warning: impl Fn(Option<Found>, (NodeId, NodeId)) -> Diagnostic,
) {
    let rows = find_rows(tables, system, &edges[..edges.len().min(SHOWN)]);
    for &edge in edges {
        b.odd(more, || warning(rows.get(&edge).copied(), edge));
    }
}

fn groups_of_one(b: &mut Builder, tables: &Tables, system: &System) {
    let single: Vec<_> = system
        .requirements()
        .iter()
        .filter(|r| r.group.is_some() && r.providers.len() == 1)
        .map(|r| (r.consumer, r.providers[0].node))
        .collect();
    let more = "groups have one provider each";
    about_edges(b, tables, system, &single, more, |row, edge| {
        let (consumer, provider) = (system.id(edge.0), system.id(edge.1));
        let group = row.map_or("", |f| f.row.cell(Some(f.group)));
        let message = format!("the group `{group}` of `{consumer}` has one provider, `{provider}`");
        let warning = at(row.map(|f| (f.row, f.group)), message);
        warning.help("add a second provider, or blank the group")
    });
}

fn repeated_providers(b: &mut Builder, tables: &Tables, system: &System) {
    let mut twice = Vec::new();
    for r in system.requirements() {
        let mut ids: Vec<NodeId> = r.providers.iter().map(|p| p.node).collect();
        ids.sort_unstable();
        let pairs = ids.windows(2).filter(|w| w[0] == w[1]);
        twice.extend(pairs.map(|w| (r.consumer, w[0])));
    }
    twice.dedup();
    let more = "providers stand twice in one group";
    about_edges(b, tables, system, &twice, more, |row, edge| {
        let (consumer, provider) = (system.id(edge.0), system.id(edge.1));
        let message = format!("`{provider}` stands twice in one group of `{consumer}`");
        at(row.map(|f| (f.row, f.provider)), message)
            .label("counts as two providers that fail together")
    });
}

fn bare_services(b: &mut Builder, system: &System) {
    for &service in system.services() {
        if system.requirements_of(service).is_empty() {
            about_node(
                b,
                system.id(service),
                "services depend on nothing",
                |id| format!("the service `{id}` depends on nothing"),
                "it can never be at risk; say in dependencies.csv what it needs",
            );
        }
    }
}

fn unused(b: &mut Builder, system: &System, used: &[bool]) {
    for (v, node) in system.iter() {
        // Part of a host that nothing draws on is no fault: it does not fail by itself.
        let part = &*node.kind == "resource";
        if !used[v.index()] && node.as_service().is_none() && !part {
            about_node(
                b,
                &node.id,
                "components, links or flows are unused",
                |id| format!("`{id}` is unused: no service depends on it"),
                "its failure harms nobody; say in dependencies.csv who needs it",
            );
        }
    }
}

/// Which nodes some service depends on, directly or not. A flow depends on its whole network.
fn reached(system: &System) -> Vec<bool> {
    let mut elements: Vec<Vec<NodeId>> = vec![Vec::new(); system.networks() as usize];
    for (v, _) in system.iter() {
        if let Some(network) = system.network(v) {
            elements[network as usize].push(v);
        }
    }
    let mut reached = vec![false; system.nodes().len()];
    let mut todo: Vec<NodeId> = system.services().to_vec();
    while let Some(v) = todo.pop() {
        if std::mem::replace(&mut reached[v.index()], true) {
            continue;
        }
        todo.extend(system.needs(v).filter(|n| !reached[n.index()]));
        if let Role::Flow(flow) = &system.node(v).role
            && let Some(network) = system.network_of_flow(flow)
        {
            todo.append(&mut elements[network as usize]);
        }
    }
    reached
}

/// Domains that sit within what needs them.
fn nested_domains(b: &mut Builder, system: &System) {
    for (v, node) in system.iter() {
        let around = |w: &&NodeId| system.block(v) == system.block(**w);
        if node.within.iter().any(|w| around(&w)) {
            about_node(
                b,
                &node.id,
                "domains lie in cycles",
                |_| {
                    format!(
                        "this domain lies in a cycle: {}",
                        way(system, &system.way_round(v))
                    )
                },
                "all of them stop together; `within` names what a node cannot work without",
            );
        }
    }
}

/// A way over nodes, spelled out.
fn way(system: &System, way: &[NodeId]) -> String {
    let ids: Vec<&str> = way.iter().map(|&v| system.id(v)).collect();
    spelled(&ids)
}

/// One warning per cycle, however many dependencies lie in it.
fn cycles(b: &mut Builder, tables: &Tables, system: &System) {
    let mut cycles = system.cycles();
    // Those of domains alone have a warning of their own.
    cycles.retain(|cycle| cycle.dependencies > 0);
    let shown = cycles.iter().take(SHOWN);
    let edges: Vec<(NodeId, NodeId)> = shown.map(|c| (c.path[0], c.path[1])).collect();
    let rows = find_rows(tables, system, &edges);
    for cycle in &cycles {
        b.odd("cycles of nodes that need each other", || {
            let row = rows.get(&(cycle.path[0], cycle.path[1]));
            about_cycle(system, cycle, row.map(|f| (f.row, f.provider)))
        });
    }
}

fn about_cycle(system: &System, cycle: &Cycle, place: Option<(Row, usize)>) -> Diagnostic {
    let way = way(system, &cycle.path);
    let members = cycle.members.len();
    let message = if members == 1 {
        format!("this needs itself: {way}")
    } else if members + 1 == cycle.path.len() {
        format!("these need each other: {way}")
    } else {
        format!("{members} nodes need each other, some of them like this: {way}")
    };
    let warning = at(place, message);
    match (cycle.blank_loads, cycle.dependencies) {
        (0, _) => warning,
        (blank, all) => warning.help(format!(
            "a blank `load` between them counts as 0 ({blank} of {all}): write how much load they pass on"
        )),
    }
}
