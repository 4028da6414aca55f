//! What nodes refer to: domains, and the ends of links and flows. In: a table whose nodes are defined. Out:
//! the references, as numbers of the draft, and every one that leads nowhere.

use super::columns::{Columns, kind_of};
use crate::input::inventory::builder::{Builder, Wanted};
use crate::input::inventory::defaults::Assumed;
use crate::input::inventory::shapes::FileRole;
use crate::input::table::{Row, Table};
use crate::model::{NodeId, Role};
use std::collections::HashMap;

/// The domains that nodes of each kind sit within where they name none themselves.
pub type OfKinds<'t> = HashMap<&'t str, Vec<u32>>;

/// Resolves what the nodes of a file refer to. Kinds that were met before are not looked up again.
pub fn refer<'t>(
    b: &mut Builder<'t>,
    table: &'t Table,
    role: FileRole,
    of_kinds: &mut OfKinds<'t>,
) {
    let columns = Columns::of(table, role, b);
    for row in table.rows().filter(|r| r.is_whole()) {
        let id = row.cell(Some(columns.id));
        let Some(&at) = b.names.get(id) else {
            continue;
        };
        // A duplicate id: this row did not define the node.
        if !b.rows[at as usize].is(row) {
            continue;
        }
        if let Some(column) = columns.within {
            within(b, row, column, at, id);
        }
        let can_fail = matches!(role, FileRole::Component | FileRole::Link);
        if can_fail && row.cell(columns.within).is_empty() {
            let kind = kind_of(row, &columns, role);
            let domains = of_kinds.entry(kind).or_insert_with(|| domains_of(b, kind));
            within_of_kind(b, kind, domains, at);
        }
        if columns.ends != [None; 2] {
            ends(b, row, columns.ends, at, id);
        }
    }
}

fn within<'t>(b: &mut Builder<'t>, row: Row<'t>, column: usize, at: u32, id: &str) {
    for domain in row.parts(Some(column)) {
        let Some(found) = b.refer(row, column, domain, Wanted::Element) else {
            continue;
        };
        if found == at {
            let fault = row.part_error(column, domain, format!("`{id}` sits within itself"));
            b.faults
                .push(fault.help("name the domain it sits in, or leave the cell blank"));
        } else {
            b.nodes[at as usize].within.push(found);
        }
    }
}

/// What inventory.toml says that everything of a kind sits within.
fn domains_of(b: &mut Builder, kind: &str) -> Vec<u32> {
    let given = b.defaults.of(kind).and_then(|k| k.within.clone());
    let Some(given) = given else {
        return Vec::new();
    };
    let ids = given.value.split(';').map(str::trim);
    let ids = ids.filter(|id| !id.is_empty());
    ids.filter_map(|id| b.refer_in(&given, id, Wanted::Element))
        .collect()
}

/// Puts a node within the domains of its kind; none sits within itself.
fn within_of_kind<'t>(b: &mut Builder<'t>, kind: &'t str, domains: &[u32], at: u32) {
    let others = domains.iter().copied().filter(|&domain| domain != at);
    let within = &mut b.nodes[at as usize].within;
    within.extend(others);
    if !within.is_empty() {
        b.assume(kind, Assumed::Within);
    }
}

fn ends<'t>(b: &mut Builder<'t>, row: Row<'t>, columns: [Option<usize>; 2], at: u32, id: &str) {
    let found = columns.map(|column| {
        let column = column.unwrap_or(0);
        let end = row.cell(Some(column));
        if end.is_empty() {
            let fault = row.error(column, format!("an end of `{id}` is blank"));
            b.faults.push(fault.help("write the id of a component"));
            return None;
        }
        b.refer(row, column, end, Wanted::Component)
    });
    let [Some(first), Some(second)] = found else {
        return;
    };
    match &mut b.nodes[at as usize].node.role {
        Role::Link(_) if first == second => {
            let fault = row.error(
                columns[1].unwrap_or(0),
                format!("`{id}` joins a component with itself"),
            );
            b.faults.push(fault.help("a link has two different ends"));
        }
        Role::Link(link) => (link.a, link.b) = (NodeId(first), NodeId(second)),
        Role::Flow(flow) => (flow.from, flow.to) = (NodeId(first), NodeId(second)),
        Role::Component | Role::Service(_) => {}
    }
}
