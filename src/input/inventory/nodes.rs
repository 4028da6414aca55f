//! components.csv, links.csv, flows.csv, services.csv → nodes. First every file defines its ids,
//! then every file refers to them, so that the order of files and rows means nothing.

mod columns;
mod references;
mod reliability;
mod transit;

pub use references::{OfKinds, refer};
pub use transit::assume_transit;

use super::builder::{Builder, NOWHERE};
use super::defaults::{Assumed, KindDefaults};
use super::serves::{no_serves, serves_word};
use super::shapes::FileRole;
use crate::input::dialect::spreadsheet_error;
use crate::input::number::Range;
use crate::input::placed::Placed;
use crate::input::table::{Row, Table};
use crate::model::{DraftNode, Expansion, Flow, Link, Node, Role, Serves, Service};
use columns::{Columns, kind_of};
use reliability::{never_by_chance, reliability};
use transit::transit;

/// Defines every node of a file, without what it refers to.
pub fn define<'t>(b: &mut Builder<'t>, table: &'t Table, role: FileRole) {
    let columns = Columns::of(table, role, b);
    for row in table.rows() {
        let Some((at, id)) = b.define(row, columns.id) else {
            continue;
        };
        let node = if row.is_whole() {
            node(b, row, &columns, role, id)
        } else {
            bare(row, &columns, role, id)
        };
        b.nodes.push(DraftNode {
            node,
            within: Vec::new(),
        });
        if row.is_whole() {
            for &(column, label) in &columns.labels {
                b.set_label(label, at, row.cell(Some(column)));
            }
        }
    }
}

/// A node of a ragged row: its id, and nothing that might stand in the wrong column.
fn bare(row: Row, columns: &Columns, role: FileRole, id: &str) -> Node {
    Node {
        line: row.line(),
        ..Node::new(id, kind_of(row, columns, role), empty_role(role))
    }
}

fn empty_role(role: FileRole) -> Role {
    match role {
        FileRole::Component => Role::Component,
        FileRole::Link => Role::Link(Link::between(NOWHERE, NOWHERE)),
        FileRole::Flow => Role::Flow(Flow {
            from: NOWHERE,
            to: NOWHERE,
        }),
        FileRole::Service => Role::Service(Service {
            tier: None,
            demand: 0.0,
            slo: None,
        }),
    }
}

fn node<'t>(
    b: &mut Builder<'t>,
    row: Row<'t>,
    columns: &Columns,
    role: FileRole,
    id: &str,
) -> Node {
    let kind = kind_of(row, columns, role);
    if let Some(column) = columns.kind.filter(|_| kind.is_empty()) {
        let fault = row.error(column, format!("the kind of `{id}` is blank"));
        b.faults
            .push(fault.help("write what it is: server, rack, switch, database …"));
    }
    if let Some(column) = columns.kind {
        b.refuse_hidden(row, column, "kind");
    }
    let some = |column| {
        Some(row.cell(column))
            .filter(|t| !t.is_empty())
            .map(Box::from)
    };
    let mut node = bare(row, columns, role, id);
    node.name = some(columns.name);
    node.unit = some(columns.unit);
    match &mut node.role {
        Role::Link(link) => {
            metrics(b, row, columns, (kind, link));
            link.capacity_back = capacity_back(b, row, columns, kind);
        }
        Role::Service(service) => demand(b, row, columns, service),
        Role::Component => node.transit = transit(b, row, columns, kind),
        Role::Flow(_) => {}
    }
    if node.is_component_or_link() {
        node.capacity = capacity(b, row, columns, kind);
        node.trips_at = trips_at(b, row, columns, kind);
        node.serves = serves(b, row, columns, kind);
        node.expansion = expansion(b, row, columns, kind);
        node.logical = logical(b, kind);
        node.reliability = if node.is_logical() {
            never_by_chance(b, row, columns, id);
            None
        } else {
            reliability(b, row, columns, kind)
        };
        if node.unit.is_none()
            && let Some(unit) = b.defaults.of(kind).and_then(|k| k.unit.as_ref())
        {
            node.unit = Some(unit.value.as_str().into());
            b.assume(kind, Assumed::Unit);
        }
    }
    node
}

fn metrics<'t>(
    b: &mut Builder<'t>,
    row: Row<'t>,
    columns: &Columns,
    (kind, link): (&'t str, &mut Link),
) {
    if !row.cell(columns.metric).is_empty() {
        if let Some(metric) = b.number(row, columns.metric, Range::Positive) {
            link.metric = metric;
        }
    } else if let Some(metric) = b.of_kind(kind, Assumed::KindMetric, |k| k.metric.as_ref()) {
        link.metric = metric;
    } else {
        link.metric = b.defaults.metric;
        b.assume("", Assumed::Metric);
    }
    let back = if row.cell(columns.metric_back).is_empty() {
        b.of_kind(kind, Assumed::KindMetricBack, |k| k.metric_back.as_ref())
    } else {
        b.number(row, columns.metric_back, Range::Positive)
    };
    link.metric_back = back.unwrap_or(link.metric);
}

fn demand<'t>(b: &mut Builder<'t>, row: Row<'t>, columns: &Columns, service: &mut Service) {
    let tier = row.cell(columns.tier);
    if let Some(column) = columns.tier.filter(|_| !tier.is_empty()) {
        service.tier = tier.parse().ok().filter(|&t| t >= 1);
        if service.tier.is_none() && spreadsheet_error(tier).is_none() {
            let fault = row.error(column, format!("`{tier}` is no tier"));
            b.faults
                .push(fault.help("write 1 for the most important services, then 2, 3 …"));
        }
    }
    if row.cell(columns.demand).is_empty() {
        b.assume("", Assumed::NoDemand);
    }
    service.demand = b.number(row, columns.demand, Range::Count).unwrap_or(0.0);
    service.slo = b.number(row, columns.slo, Range::Percent);
}

fn capacity<'t>(
    b: &mut Builder<'t>,
    row: Row<'t>,
    columns: &Columns,
    kind: &'t str,
) -> Option<f64> {
    let text = row.cell(columns.capacity);
    if text == "unlimited" {
        return None;
    }
    if !text.is_empty() {
        return b.number(row, columns.capacity, Range::Count);
    }
    let default = b.defaults.of(kind).and_then(|k| k.capacity.as_ref());
    let value = default.map(|c| c.value);
    let assumed = value.map_or(Assumed::Unlimited, |_| Assumed::Capacity);
    let kind = if value.is_some() { kind } else { "" };
    b.assume(kind, assumed);
    value
}

/// What a link can carry from `b` to `a`, if it or its kind says so; infinite if that is unlimited.
fn capacity_back<'t>(
    b: &mut Builder<'t>,
    row: Row<'t>,
    columns: &Columns,
    kind: &'t str,
) -> Option<f64> {
    match row.cell(columns.capacity_back) {
        "unlimited" => return Some(f64::INFINITY),
        "" => return b.of_kind(kind, Assumed::CapacityBack, |k| k.capacity_back.as_ref()),
        _ => {}
    }
    b.number(row, columns.capacity_back, Range::Count)
}

/// How many times its capacity a node carries before it trips: its own word, else its kind's.
fn trips_at<'t>(
    b: &mut Builder<'t>,
    row: Row<'t>,
    columns: &Columns,
    kind: &'t str,
) -> Option<f64> {
    if !row.cell(columns.trips_at).is_empty() {
        return b.number(row, columns.trips_at, Range::Positive);
    }
    b.of_kind(kind, Assumed::TripsAt, |k| k.trips_at.as_ref())
}

/// What more of a node costs and how far it can be grown: its own words, else its kind's.
fn expansion<'t>(b: &mut Builder<'t>, row: Row<'t>, columns: &Columns, kind: &'t str) -> Expansion {
    let mut number = |column, assumed, pick: fn(&KindDefaults) -> Option<&Placed<f64>>| {
        if row.cell(column).is_empty() {
            return b.of_kind(kind, assumed, pick);
        }
        b.number(row, column, Range::Count)
    };
    Expansion {
        cost: number(columns.cost, Assumed::Cost, |k| k.cost.as_ref()),
        cost_per_unit: number(columns.cost_per_unit, Assumed::CostPerUnit, |k| {
            k.cost_per_unit.as_ref()
        }),
        max_capacity: number(columns.max_capacity, Assumed::MaxCapacity, |k| {
            k.max_capacity.as_ref()
        }),
    }
}

/// Whom a node serves first: its own word, else its kind's, else everybody alike.
fn serves<'t>(b: &mut Builder<'t>, row: Row<'t>, columns: &Columns, kind: &'t str) -> Serves {
    let text = row.cell(columns.serves);
    if let Some(column) = columns.serves.filter(|_| !text.is_empty()) {
        let found = serves_word(text);
        if found.is_none() && spreadsheet_error(text).is_none() {
            let (message, help) = no_serves(text);
            b.faults.push(row.error(column, message).help(help));
        }
        return found.unwrap_or_default();
    }
    b.of_kind(kind, Assumed::Serves, |k| k.serves.as_ref())
        .unwrap_or_default()
}

/// Whether nodes of a kind are names for groups, if inventory.toml says so.
fn logical<'t>(b: &mut Builder<'t>, kind: &'t str) -> Option<bool> {
    let value = b.of_kind(kind, Assumed::Logical, |k| k.logical.as_ref());
    if value.is_none() && Node::is_logical_kind(kind) {
        b.assume("", Assumed::LogicalKind);
    }
    value
}
