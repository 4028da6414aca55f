//! The columns of each file of an inventory: which must be there, which have a meaning, which hold numbers.

use crate::input::table::Shape;

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

/// dependencies.csv.
pub const DEPENDENCIES: Shape = Shape {
    required: &["consumer", "provider"],
    optional: &["group", "need", "split", "load", "constant", "weight"],
    foreign: &["capacity", "demand", "within"],
    later: &[],
    numbers: &["load", "constant", "weight"],
    labels: false,
    resources: false,
};

/// `common_cause.csv`.
pub const COMMON_CAUSE: Shape = Shape {
    required: &["group", "members", "beta"],
    optional: &[],
    foreign: &[],
    later: &[],
    numbers: &["beta"],
    labels: false,
    resources: false,
};

/// `placements.csv`; columns such as `/memory` beside these.
pub const PLACEMENTS: Shape = Shape {
    required: &["instance", "hosts"],
    optional: &["host", "priority", "apart", "apart_by", "amount"],
    foreign: &["capacity", "demand", "within", "unit", "kind"],
    later: &[],
    numbers: &["amount"],
    labels: false,
    resources: true,
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

/// The columns of a file of an inventory, by its name.
pub fn shape_of(file: &str) -> Option<&'static Shape> {
    match file {
        "components.csv" => Some(&COMPONENTS),
        "links.csv" => Some(&LINKS),
        "flows.csv" => Some(&FLOWS),
        "services.csv" => Some(&SERVICES),
        "dependencies.csv" => Some(&DEPENDENCIES),
        "common_cause.csv" => Some(&COMMON_CAUSE),
        "placements.csv" => Some(&PLACEMENTS),
        _ => None,
    }
}

/// Every column with a meaning in some file, now or later.
pub fn columns() -> Vec<&'static str> {
    let shapes = [
        COMPONENTS,
        LINKS,
        FLOWS,
        SERVICES,
        DEPENDENCIES,
        COMMON_CAUSE,
        PLACEMENTS,
    ];
    let lists = |s: Shape| [s.required, s.optional, s.later].concat();
    shapes.into_iter().flat_map(lists).collect()
}
