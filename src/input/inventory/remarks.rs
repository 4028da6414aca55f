//! What is legal in an inventory but worth a look. In: the finished system and the rows it came
//! from. Out: warnings, a few of each sort in full and the rest counted.

use super::Tables;
use super::builder::Builder;
use crate::input::Diagnostic;
use crate::model::{NodeId, Role, System};
use std::collections::{HashMap, HashSet};

/// Warnings of one sort that are shown in full.
const SHOWN: usize = 20;
/// Ids of a cycle that are spelled out.
const SPELLED: usize = 24;

/// `a → b → a`; very long ways are cut in the middle, and say so.
pub fn spelled(ids: &[&str]) -> String {
    if ids.len() <= SPELLED {
        return ids.join(" → ");
    }
    let half = SPELLED / 2;
    let hidden = ids.len() - 2 * half;
    format!(
        "{} → … {hidden} more … → {}",
        ids[..half].join(" → "),
        ids[ids.len() - half..].join(" → ")
    )
}

/// Adds every warning.
pub fn add(b: &mut Builder, tables: &Tables, system: &System) {
    let kinds = || system.nodes().iter().map(|n| &*n.kind);
    let few: HashSet<&str> = kinds().collect();
    let unused_kinds = b.defaults.unused(few.iter().copied());
    b.warnings.extend(unused_kinds);
    if system.services().is_empty() {
        b.warnings.push(
            Diagnostic::warning("there is no service: nothing can be at risk")
                .help("write what users ask for into services.csv"),
        );
    }
    groups_of_one(b, tables, system);
    repeated_providers(b, tables, system);
    bare_services(b, system);
    unused(b, system);
    cycles(b, tables, system);
}

/// Adds the first warnings of one sort and counts the rest.
fn add_some(
    b: &mut Builder,
    found: usize,
    warnings: impl Iterator<Item = Diagnostic>,
    more: impl Fn(usize) -> String,
) {
    b.warnings.extend(warnings.take(SHOWN));
    if found > SHOWN {
        b.warnings.push(Diagnostic::warning(more(found - SHOWN)));
    }
}

fn groups_of_one(b: &mut Builder, tables: &Tables, system: &System) {
    let single: Vec<_> = system
        .requirements()
        .iter()
        .filter(|r| r.group.is_some() && r.providers.len() == 1)
        .map(|r| (r.consumer, r.providers[0].node))
        .collect();
    let found = find_rows(tables, system, &single[..single.len().min(SHOWN)]);
    let warnings = single.iter().map(|edge| {
        let message = format!(
            "`{}` has a group with the one provider `{}`",
            system.id(edge.0),
            system.id(edge.1)
        );
        let warning = match found.get(edge) {
            Some((row, columns)) => row.warning(columns.group, message),
            None => Diagnostic::warning(message),
        };
        warning.help("add a second provider, or blank the group")
    });
    let warnings: Vec<Diagnostic> = warnings.take(SHOWN).collect();
    add_some(b, single.len(), warnings.into_iter(), |n| {
        format!("{n} more groups have one provider each")
    });
}

fn repeated_providers(b: &mut Builder, tables: &Tables, system: &System) {
    let mut twice = Vec::new();
    for r in system
        .requirements()
        .iter()
        .filter(|r| r.providers.len() > 1)
    {
        let mut ids: Vec<NodeId> = r.providers.iter().map(|p| p.node).collect();
        ids.sort_unstable();
        ids.dedup_by(|x, y| {
            let same = x == y;
            if same {
                twice.push((r.consumer, *y));
            }
            same
        });
    }
    let found = find_rows(tables, system, &twice[..twice.len().min(SHOWN)]);
    let warnings: Vec<Diagnostic> = twice
        .iter()
        .take(SHOWN)
        .map(|edge| {
            let message = format!(
                "`{}` stands twice in one group of `{}`",
                system.id(edge.1),
                system.id(edge.0)
            );
            let warning = match found.get(edge) {
                Some((row, columns)) => row.warning(columns.provider, message),
                None => Diagnostic::warning(message),
            };
            warning.label("counts as two providers that fail together")
        })
        .collect();
    add_some(b, twice.len(), warnings.into_iter(), |n| {
        format!("{n} more providers stand twice in one group")
    });
}

fn bare_services(b: &mut Builder, system: &System) {
    let bare: Vec<NodeId> = system
        .services()
        .iter()
        .copied()
        .filter(|&s| system.requirements_of(s).is_empty())
        .collect();
    about_nodes(
        b,
        system,
        &bare,
        |id| format!("the service `{id}` depends on nothing"),
        "it can never be at risk; say in dependencies.csv what it needs",
        |n| format!("{n} more services depend on nothing"),
    );
}

fn unused(b: &mut Builder, system: &System) {
    let used = reached(system);
    let unused: Vec<NodeId> = system
        .iter()
        .filter(|(v, n)| !used[v.index()] && n.as_service().is_none())
        .map(|(v, _)| v)
        .collect();
    about_nodes(
        b,
        system,
        &unused,
        |id| format!("no service depends on `{id}`"),
        "its failure harms nobody; say in dependencies.csv who needs it",
        |n| format!("no service depends on {n} more components, links or flows"),
    );
}

fn about_nodes(
    b: &mut Builder,
    system: &System,
    nodes: &[NodeId],
    message: impl Fn(&str) -> String,
    help: &str,
    more: impl Fn(usize) -> String,
) {
    let warnings: Vec<Diagnostic> = nodes
        .iter()
        .take(SHOWN)
        .map(|&v| {
            let id = system.id(v);
            let row = b.names.get(id).and_then(|&at| b.rows.get(at as usize));
            let warning = match row {
                Some(row) => row.id_warning(message(id)),
                None => Diagnostic::warning(message(id)),
            };
            warning.help(help)
        })
        .collect();
    add_some(b, nodes.len(), warnings.into_iter(), more);
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

fn cycles(b: &mut Builder, tables: &Tables, system: &System) {
    let edges: Vec<(NodeId, NodeId)> = system.cycle_edges().collect();
    let shown = &edges[..edges.len().min(SHOWN)];
    let found = find_rows(tables, system, shown);
    for edge in shown {
        let way = system.way_round(edge.0, edge.1);
        let ids: Vec<&str> = way.iter().map(|&v| system.id(v)).collect();
        let message = format!(
            "`{}` and `{}` depend on each other, so no load is carried here: {}",
            system.id(edge.0),
            system.id(edge.1),
            spelled(&ids)
        );
        b.warnings.push(match found.get(edge) {
            Some((row, columns)) => row.warning(columns.provider, message),
            None => Diagnostic::warning(message),
        });
    }
    if edges.len() > SHOWN {
        b.warnings.push(Diagnostic::warning(format!(
            "{} more dependencies lie in cycles and carry no load",
            edges.len() - SHOWN
        )));
    }
}

/// Positions of the columns of dependencies.csv.
#[derive(Clone, Copy)]
struct Columns {
    provider: usize,
    group: usize,
}

/// The last row of each dependency, for a few of them.
fn find_rows<'t>(
    tables: &'t Tables,
    system: &System,
    edges: &[(NodeId, NodeId)],
) -> HashMap<(NodeId, NodeId), (crate::input::table::Row<'t>, Columns)> {
    let mut found = HashMap::new();
    let Some(table) = tables.dependencies.as_ref().filter(|_| !edges.is_empty()) else {
        return found;
    };
    let columns = Columns {
        provider: table.column("provider").unwrap_or(0),
        group: table.column("group").unwrap_or(0),
    };
    let wanted: HashMap<(&str, &str), (NodeId, NodeId)> = edges
        .iter()
        .map(|&edge| ((system.id(edge.0), system.id(edge.1)), edge))
        .collect();
    let consumer = table.column("consumer");
    for row in table.rows().filter(|r| r.is_whole()) {
        let ids = (row.cell(consumer), row.cell(Some(columns.provider)));
        if let Some(&edge) = wanted.get(&ids) {
            found.insert(edge, (row, columns));
        }
    }
    found
}
