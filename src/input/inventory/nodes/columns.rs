//! Where the columns of a file of nodes stand. In: its table and which of the four it is. Out: positions, `None`
//! for what it lacks or what means nothing in it; its label columns are made known on the way.

use crate::input::inventory::builder::Builder;
use crate::input::inventory::shapes::FileRole;
use crate::input::table::{Row, Table};

/// Positions of the columns of one file.
pub(super) struct Columns {
    pub id: usize,
    pub kind: Option<usize>,
    pub name: Option<usize>,
    pub unit: Option<usize>,
    pub capacity: Option<usize>,
    pub capacity_back: Option<usize>,
    pub transit: Option<usize>,
    pub within: Option<usize>,
    pub trips_at: Option<usize>,
    pub serves: Option<usize>,
    pub mtbf_hours: Option<usize>,
    pub mttr_hours: Option<usize>,
    pub unavailability: Option<usize>,
    pub metric: Option<usize>,
    pub metric_back: Option<usize>,
    pub tier: Option<usize>,
    pub demand: Option<usize>,
    pub slo: Option<usize>,
    pub cost: Option<usize>,
    pub cost_per_unit: Option<usize>,
    pub max_capacity: Option<usize>,
    /// Both ends of a link or flow.
    pub ends: [Option<usize>; 2],
    /// Position in the file, number among all label columns.
    pub labels: Vec<(usize, usize)>,
}

impl Columns {
    pub fn of(table: &Table, role: FileRole, b: &mut Builder) -> Self {
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

pub(super) fn kind_of<'t>(row: Row<'t>, columns: &Columns, role: FileRole) -> &'t str {
    let kind = row.cell(columns.kind);
    match role {
        FileRole::Service => "service",
        FileRole::Flow => "flow",
        FileRole::Link if kind.is_empty() => "link",
        _ => kind,
    }
}
