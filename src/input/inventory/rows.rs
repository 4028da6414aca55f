//! Back from the finished system to the rows that it came from, for whatever is said about it. In: nodes and
//! dependencies. Out: their rows, and warnings that stand there.

use super::builder::Builder;
use super::folder::Tables;
use crate::input::Diagnostic;
use crate::input::table::Row;
use crate::model::{NodeId, System};
use std::collections::HashMap;

/// A warning at a cell, if there is a row to point at.
pub fn at(place: Option<(Row, usize)>, message: String) -> Diagnostic {
    match place {
        Some((row, column)) => row.warning(column, message),
        None => Diagnostic::warning(message),
    }
}

/// Adds a warning of one sort about a node, at its id.
pub fn about_node(
    b: &mut Builder,
    id: &str,
    more: &'static str,
    message: impl Fn(&str) -> String,
    help: &str,
) {
    let row = b
        .names
        .get(id)
        .and_then(|&at| b.rows.get(at as usize))
        .copied();
    b.odd(more, || {
        let warning = match row {
            Some(row) => row.id_warning(message(id)),
            None => Diagnostic::warning(message(id)),
        };
        warning.help(help)
    });
}

/// A row of dependencies.csv and where its cells stand.
#[derive(Clone, Copy)]
pub struct Found<'t> {
    /// The row, with the table that it is of.
    pub row: Row<'t>,
    /// Position of `provider`.
    pub provider: usize,
    /// Position of `group`.
    pub group: usize,
}

/// The last row of each of some dependencies.
pub fn find_rows<'t>(
    tables: &'t Tables,
    system: &System,
    edges: &[(NodeId, NodeId)],
) -> HashMap<(NodeId, NodeId), Found<'t>> {
    let ids = |edge: &(NodeId, NodeId)| (system.id(edge.0), system.id(edge.1));
    let wanted: HashMap<(&str, &str), (NodeId, NodeId)> =
        edges.iter().map(|edge| (ids(edge), *edge)).collect();
    let found = rows_of(tables, |pair| wanted.contains_key(pair));
    found
        .into_iter()
        .filter_map(|(pair, found)| Some((*wanted.get(&pair)?, found)))
        .collect()
}

/// The last row of each wanted pair of consumer and provider.
pub fn rows_of(
    tables: &Tables,
    wanted: impl Fn(&(&str, &str)) -> bool,
) -> HashMap<(&str, &str), Found<'_>> {
    let Some(table) = &tables.dependencies else {
        return HashMap::new();
    };
    let consumer = table.column("consumer");
    let provider = table.column("provider").unwrap_or(0);
    let group = table.column("group").unwrap_or(0);
    table
        .rows()
        .filter(|r| r.is_whole())
        .map(|row| ((row.cell(consumer), row.cell(Some(provider))), row))
        .filter(|(pair, _)| wanted(pair))
        .map(|(pair, row)| {
            (
                pair,
                Found {
                    row,
                    provider,
                    group,
                },
            )
        })
        .collect()
}
