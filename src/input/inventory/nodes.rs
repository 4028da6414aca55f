//! components.csv, links.csv, flows.csv, services.csv → nodes. First every file defines its ids,
//! then every file refers to them, so that the order of files and rows means nothing.

mod references;
mod reliability;
mod transit;

pub use references::{OfKinds, refer};
pub use transit::assume_transit;

use super::builder::{Builder, NOWHERE};
use super::defaults::{Assumed, KindDefaults};
use crate::input::dialect::spreadsheet_error;
use crate::input::number::Range;
use crate::input::placed::Placed;
use crate::input::suggest;
use crate::input::table::{Row, Shape, Table};
use crate::model::{DraftNode, Expansion, Flow, Link, Node, Role, Serves, Service};
use reliability::{never_by_chance, reliability};
use transit::transit;

/// components.csv.
pub const COMPONENTS: Shape = Shape {
    required: &["id", "kind"],
    optional: &[
        "name",
        "capacity",
        "unit",
        "within",
        "transit",
        "trips_at",
        "serves",
        "mtbf_hours",
        "mttr_hours",
        "unavailability",
        "cost",
        "cost_per_unit",
        "max_capacity",
    ],
    foreign: &["demand", "metric", "metric_back", "capacity_back", "a", "b"],
    later: &[],
    numbers: &[
        "capacity",
        "trips_at",
        "mtbf_hours",
        "mttr_hours",
        "unavailability",
        "cost",
        "cost_per_unit",
        "max_capacity",
    ],
    labels: true,
    resources: false,
};

/// links.csv.
pub const LINKS: Shape = Shape {
    required: &["id", "a", "b"],
    optional: &[
        "kind",
        "name",
        "capacity",
        "capacity_back",
        "unit",
        "metric",
        "metric_back",
        "within",
        "trips_at",
        "serves",
        "mtbf_hours",
        "mttr_hours",
        "unavailability",
        "cost",
        "cost_per_unit",
        "max_capacity",
    ],
    foreign: &["demand", "transit", "from", "to"],
    later: &[],
    numbers: &[
        "capacity",
        "capacity_back",
        "metric",
        "metric_back",
        "trips_at",
        "mtbf_hours",
        "mttr_hours",
        "unavailability",
        "cost",
        "cost_per_unit",
        "max_capacity",
    ],
    labels: true,
    resources: false,
};

/// flows.csv.
pub const FLOWS: Shape = Shape {
    required: &["id", "from", "to"],
    optional: &["name", "unit"],
    foreign: &[
        "demand",
        "capacity",
        "capacity_back",
        "transit",
        "within",
        "metric",
        "trips_at",
        "serves",
        "mtbf_hours",
        "mttr_hours",
        "unavailability",
        "cost_per_unit",
        "max_capacity",
        "slo",
    ],
    later: &[],
    numbers: &[],
    labels: true,
    resources: false,
};

/// services.csv. The owner is kept as a label.
pub const SERVICES: Shape = Shape {
    required: &["id"],
    optional: &["name", "owner", "tier", "unit", "demand", "slo"],
    foreign: &[
        "capacity",
        "capacity_back",
        "transit",
        "within",
        "trips_at",
        "serves",
        "mtbf_hours",
        "mttr_hours",
        "unavailability",
        "cost_per_unit",
        "max_capacity",
    ],
    later: &[],
    numbers: &["demand", "slo"],
    labels: true,
    resources: false,
};

/// Which of the four a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileRole {
    /// components.csv.
    Component,
    /// links.csv.
    Link,
    /// flows.csv.
    Flow,
    /// services.csv.
    Service,
}

impl FileRole {
    /// The columns of the file.
    pub fn shape(self) -> &'static Shape {
        match self {
            Self::Component => &COMPONENTS,
            Self::Link => &LINKS,
            Self::Flow => &FLOWS,
            Self::Service => &SERVICES,
        }
    }
}

/// Positions of the columns of one file.
struct Columns {
    id: usize,
    kind: Option<usize>,
    name: Option<usize>,
    unit: Option<usize>,
    capacity: Option<usize>,
    capacity_back: Option<usize>,
    transit: Option<usize>,
    within: Option<usize>,
    trips_at: Option<usize>,
    serves: Option<usize>,
    mtbf_hours: Option<usize>,
    mttr_hours: Option<usize>,
    unavailability: Option<usize>,
    metric: Option<usize>,
    metric_back: Option<usize>,
    tier: Option<usize>,
    demand: Option<usize>,
    slo: Option<usize>,
    cost: Option<usize>,
    cost_per_unit: Option<usize>,
    max_capacity: Option<usize>,
    /// Both ends of a link or flow.
    ends: [Option<usize>; 2],
    /// Position in the file, number among all label columns.
    labels: Vec<(usize, usize)>,
}

impl Columns {
    fn of(table: &Table, role: FileRole, b: &mut Builder) -> Self {
        let can_fail = matches!(role, FileRole::Component | FileRole::Link);
        let only = |yes: bool, name: &str| table.column(name).filter(|_| yes);
        let ends = match role {
            FileRole::Link => ["a", "b"].map(|n| table.column(n)),
            FileRole::Flow => ["from", "to"].map(|n| table.column(n)),
            _ => [None; 2],
        };
        let service = role == FileRole::Service;
        let mut labels: Vec<(usize, &str)> = table.labels(role.shape()).collect();
        labels.extend(only(service, "owner").map(|at| (at, "owner")));
        labels.sort_unstable();
        Self {
            id: table.column("id").unwrap_or(0),
            kind: only(can_fail, "kind"),
            name: table.column("name"),
            unit: table.column("unit"),
            capacity: only(can_fail, "capacity"),
            capacity_back: only(role == FileRole::Link, "capacity_back"),
            transit: only(role == FileRole::Component, "transit"),
            within: only(can_fail, "within"),
            trips_at: only(can_fail, "trips_at"),
            serves: only(can_fail, "serves"),
            mtbf_hours: only(can_fail, "mtbf_hours"),
            mttr_hours: only(can_fail, "mttr_hours"),
            unavailability: only(can_fail, "unavailability"),
            metric: only(role == FileRole::Link, "metric"),
            metric_back: only(role == FileRole::Link, "metric_back"),
            tier: only(service, "tier"),
            demand: only(service, "demand"),
            slo: only(service, "slo"),
            cost: only(can_fail, "cost"),
            cost_per_unit: only(can_fail, "cost_per_unit"),
            max_capacity: only(can_fail, "max_capacity"),
            ends,
            labels: labels
                .into_iter()
                .map(|(at, name)| (at, b.label_column(name)))
                .collect(),
        }
    }
}

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

fn kind_of<'t>(row: Row<'t>, columns: &Columns, role: FileRole) -> &'t str {
    let kind = row.cell(columns.kind);
    match role {
        FileRole::Service => "service",
        FileRole::Flow => "flow",
        FileRole::Link if kind.is_empty() => "link",
        _ => kind,
    }
}

/// A node of a ragged row: its id, and nothing that might stand in the wrong column.
fn bare(row: Row, columns: &Columns, role: FileRole, id: &str) -> Node {
    Node {
        id: id.into(),
        name: None,
        kind: kind_of(row, columns, role).into(),
        unit: None,
        capacity: None,
        reliability: None,
        within: Box::default(),
        transit: None,
        trips_at: None,
        expansion: Expansion::default(),
        serves: Serves::Fair,
        logical: None,
        role: empty_role(role),
        line: row.line(),
    }
}

fn empty_role(role: FileRole) -> Role {
    match role {
        FileRole::Component => Role::Component,
        FileRole::Link => Role::Link(Link {
            a: NOWHERE,
            b: NOWHERE,
            metric: 1.0,
            metric_back: 1.0,
            capacity_back: None,
        }),
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
    } else if let Some(metric) = of_kind(b, kind, Assumed::KindMetric, |k| k.metric.as_ref()) {
        link.metric = metric;
    } else {
        link.metric = b.defaults.metric;
        b.assume("", Assumed::Metric);
    }
    let back = if row.cell(columns.metric_back).is_empty() {
        of_kind(b, kind, Assumed::KindMetricBack, |k| k.metric_back.as_ref())
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
        "" => return of_kind(b, kind, Assumed::CapacityBack, |k| k.capacity_back.as_ref()),
        _ => {}
    }
    b.number(row, columns.capacity_back, Range::Count)
}

/// What inventory.toml says of all nodes of a kind, if it says anything; that is then counted.
fn of_kind<'t, T: Copy>(
    b: &mut Builder<'t>,
    kind: &'t str,
    assumed: Assumed,
    pick: impl Fn(&KindDefaults) -> Option<&Placed<T>>,
) -> Option<T> {
    let value = b.defaults.of(kind).and_then(pick).map(|given| given.value);
    if value.is_some() {
        b.assume(kind, assumed);
    }
    value
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
    of_kind(b, kind, Assumed::TripsAt, |k| k.trips_at.as_ref())
}

/// What more of a node costs and how far it can be grown: its own words, else its kind's.
fn expansion<'t>(b: &mut Builder<'t>, row: Row<'t>, columns: &Columns, kind: &'t str) -> Expansion {
    let mut number = |column, assumed, pick: fn(&KindDefaults) -> Option<&Placed<f64>>| {
        if row.cell(column).is_empty() {
            return of_kind(b, kind, assumed, pick);
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
    of_kind(b, kind, Assumed::Serves, |k| k.serves.as_ref()).unwrap_or_default()
}

/// What a word in `serves` means.
pub fn serves_word(text: &str) -> Option<Serves> {
    [Serves::Fair, Serves::Priority]
        .into_iter()
        .find(|s| s.word() == text)
}

/// What is wrong with a word in `serves`, and what to write instead.
pub fn no_serves(text: &str) -> (String, String) {
    let help = match suggest::nearest(text, ["fair", "priority"].into_iter()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write `fair` if everybody gets the same fraction when it is not enough for all, \
                 `priority` if better tiers come first"
            .to_owned(),
    };
    (format!("`{text}` is no way to serve"), help)
}

/// Whether nodes of a kind are names for groups, if inventory.toml says so.
fn logical<'t>(b: &mut Builder<'t>, kind: &'t str) -> Option<bool> {
    let value = of_kind(b, kind, Assumed::Logical, |k| k.logical.as_ref());
    if value.is_none() && Node::is_logical_kind(kind) {
        b.assume("", Assumed::LogicalKind);
    }
    value
}
