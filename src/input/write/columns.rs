//! Which columns stand in which table.

use crate::model::{DraftNode, Role};

/// Column names that have a meaning in one of the files: no label may take one.
#[cfg(feature = "import")]
const NAMED_COLUMNS: [&str; 36] = [
    "id",
    "kind",
    "name",
    "capacity",
    "unit",
    "within",
    "mtbf_hours",
    "mttr_hours",
    "unavailability",
    "a",
    "b",
    "metric",
    "metric_back",
    "capacity_back",
    "transit",
    "trips_at",
    "serves",
    "from",
    "to",
    "owner",
    "tier",
    "demand",
    "consumer",
    "provider",
    "group",
    "need",
    "split",
    "load",
    "constant",
    "weight",
    "members",
    "beta",
    "cost",
    "cost_per_unit",
    "max_capacity",
    "slo",
];

/// Whether a label column may have this name.
#[cfg(feature = "import")]
pub(in crate::input) fn is_free_column(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('#') && !NAMED_COLUMNS.contains(&name)
}

/// Which of the four files a node goes to.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Table {
    Components,
    Links,
    Flows,
    Services,
}

/// The file of a node.
pub(super) fn table_of(node: &DraftNode) -> Table {
    match node.node.role {
        Role::Component => Table::Components,
        Role::Link(_) => Table::Links,
        Role::Flow(_) => Table::Flows,
        Role::Service(_) => Table::Services,
    }
}

/// A column and the files it stands in.
#[derive(Clone, Copy)]
pub(super) struct Column {
    pub name: &'static str,
    pub tables: &'static [Table],
    pub required: bool,
}

const ALL: &[Table] = &[
    Table::Components,
    Table::Links,
    Table::Flows,
    Table::Services,
];
const FALLIBLE: &[Table] = &[Table::Components, Table::Links];
const LINKS: &[Table] = &[Table::Links];
const COMPONENTS: &[Table] = &[Table::Components];
const FLOWS: &[Table] = &[Table::Flows];
const SERVICES: &[Table] = &[Table::Services];
/// `name` and `unit` have a meaning only here.
const NAMED: &[Table] = &[Table::Components, Table::Services];

/// Every column of the node tables, in the order they are written.
pub(super) const COLUMNS: [Column; 25] = [
    column("id", ALL, true),
    column("a", LINKS, true),
    column("b", LINKS, true),
    column("from", FLOWS, true),
    column("to", FLOWS, true),
    column("kind", FALLIBLE, true),
    column("name", NAMED, false),
    column("tier", SERVICES, false),
    column("demand", SERVICES, true),
    column("capacity", FALLIBLE, false),
    column("capacity_back", LINKS, false),
    column(
        "unit",
        &[Table::Components, Table::Links, Table::Services],
        false,
    ),
    column("metric", LINKS, false),
    column("metric_back", LINKS, false),
    column("within", FALLIBLE, false),
    column("transit", COMPONENTS, false),
    column("trips_at", FALLIBLE, false),
    column("serves", FALLIBLE, false),
    column("mtbf_hours", FALLIBLE, false),
    column("mttr_hours", FALLIBLE, false),
    column("unavailability", FALLIBLE, false),
    column("cost", FALLIBLE, false),
    column("cost_per_unit", FALLIBLE, false),
    column("max_capacity", FALLIBLE, false),
    column("slo", SERVICES, false),
];

const fn column(name: &'static str, tables: &'static [Table], required: bool) -> Column {
    Column {
        name,
        tables,
        required,
    }
}
