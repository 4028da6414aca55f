//! What nodes refer to: domains, and the ends of links and flows. In: a table whose nodes are defined. Out:
//! the references, as numbers of the draft, and every one that leads nowhere.

use super::{Columns, FileRole};
use crate::input::inventory::builder::{Builder, Wanted};
use crate::input::table::{Row, Table};
use crate::model::{NodeId, Role};

/// Resolves what the nodes of a file refer to.
pub fn refer<'t>(b: &mut Builder<'t>, table: &'t Table, role: FileRole) {
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
