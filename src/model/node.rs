//! Nodes: everything with an id. Components, links, flows and services share one table and one
//! id namespace; the [`Role`] says which of the four a node is, the kind is only a tag.

/// A node of a [`System`](super::System): an index into its node table, in order of id.
///
/// Because the table is sorted by id, comparing two `NodeId`s compares their ids.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct NodeId(pub u32);

impl NodeId {
    /// The index as `usize`.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A number of nodes, or of what is counted like them.
///
/// # Panics
/// At 2^32 and more: input refuses as many nodes.
pub(super) fn to_u32(n: usize) -> u32 {
    u32::try_from(n).expect("fewer than 2^32 nodes: input refuses more")
}

/// One node: a component, a link, a flow or a service.
#[derive(Clone, Debug)]
pub struct Node {
    /// The id users gave it; unique over all four files.
    pub id: Box<str>,
    /// A longer name for people, if one was given.
    pub name: Option<Box<str>>,
    /// The tag from the `kind` column; `"service"` and `"flow"` for those two roles.
    pub kind: Box<str>,
    /// Unit of load and capacity, for display only.
    pub unit: Option<Box<str>>,
    /// The most it can carry, ≥ 0, before derating; `None` is unlimited.
    pub capacity: Option<f64>,
    /// How often it is out by chance; `None` means never.
    pub reliability: Option<Reliability>,
    /// Failure domains it sits in and cannot work without.
    pub within: Box<[NodeId]>,
    /// Whether traffic of others may pass through it, if the inventory says so; only of a
    /// component. [`Node::is_transit`] has the default of its kind.
    pub transit: Option<bool>,
    /// It trips when its load exceeds this many times its capacity, > 0; `None` means never. Only
    /// of a component or a link.
    pub trips_at: Option<f64>,
    /// What more of it costs, and how far it can be grown; only of a component or a link.
    pub expansion: Expansion,
    /// Who gets what it has when that is not enough for all.
    pub serves: Serves,
    /// Whether it is only a name for a group, if the inventory says so; only of a component or a
    /// link. [`Node::is_logical`] has the default of its kind.
    pub logical: Option<bool>,
    /// What it is, with what only that role has.
    pub role: Role,
    /// Line of its row in its file (1-based), 0 if it came from elsewhere.
    pub line: u32,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Role {
    /// Anything that can fail and is not a link.
    Component,
    /// A connection between two components; it can fail.
    Link(Link),
    /// Traffic from one component to another; it never fails by itself.
    Flow(Flow),
    /// What users ask for; it never fails by itself.
    Service(Service),
}

/// Who gets what a node has when that is not enough for all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Serves {
    /// Everybody gets the same fraction.
    #[default]
    Fair,
    /// Better tiers of services first.
    Priority,
}

impl Serves {
    /// The word in the column `serves`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Fair => "fair",
            Self::Priority => "priority",
        }
    }
}

/// What more of a component or link costs: for plans. Costs are in any one currency.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Expansion {
    /// One more like it, ≥ 0.
    pub cost: Option<f64>,
    /// One unit of capacity more, ≥ 0.
    pub cost_per_unit: Option<f64>,
    /// The most that its capacity can be grown to, ≥ 0, before derating; `None` is no limit.
    pub max_capacity: Option<f64>,
}

/// Ends and routing metrics of a link.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    /// First end.
    pub a: NodeId,
    /// Second end.
    pub b: NodeId,
    /// Cost of going from `a` to `b`, > 0.
    pub metric: f64,
    /// Cost of going from `b` to `a`, > 0.
    pub metric_back: f64,
    /// The most it can carry from `b` to `a`, ≥ 0, before derating, infinite if unlimited; `None`
    /// is the node's capacity, which is that from `a` to `b`.
    pub capacity_back: Option<f64>,
}

impl Link {
    /// A link between two ends that routes and carries the same both ways.
    #[must_use]
    pub fn between(a: NodeId, b: NodeId) -> Self {
        Self {
            a,
            b,
            metric: 1.0,
            metric_back: 1.0,
            capacity_back: None,
        }
    }
}

/// Ends of a flow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flow {
    /// Where the traffic enters the network.
    pub from: NodeId,
    /// Where it leaves.
    pub to: NodeId,
}

/// What only a service has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Service {
    /// Importance, 1 = most important.
    pub tier: Option<u32>,
    /// The demand column of services.csv, ≥ 0, in the service's unit.
    pub demand: f64,
    /// Target availability in percent, above 0 and below 100.
    pub slo: Option<f64>,
}

/// Long-run reliability of a component.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reliability {
    /// Mean time between failures (time up) and mean time to repair, both in hours, > 0.
    Rates {
        /// Mean time to failure while up, hours.
        mtbf_hours: f64,
        /// Mean time to repair, hours.
        mttr_hours: f64,
    },
    /// The long-run fraction of time out, 0..=1.
    Unavailability(f64),
}

impl Reliability {
    /// Unavailability q = MTTR / (MTBF + MTTR), 0..=1.
    #[must_use]
    pub fn unavailability(self) -> f64 {
        match self {
            Self::Rates {
                mtbf_hours,
                mttr_hours,
            } => mttr_hours / (mtbf_hours + mttr_hours),
            Self::Unavailability(q) => q,
        }
    }
}

/// Kinds through which no traffic of others passes unless the inventory says otherwise.
const NO_TRANSIT: [&str; 7] = [
    "server",
    "host",
    "hypervisor",
    "vm",
    "storage",
    "database",
    "application",
];

/// Kinds that are names for groups unless the inventory says otherwise.
const LOGICAL: [&str; 4] = ["group", "pool", "cluster", "resource"];

impl Node {
    /// A node of which nothing else is known: unlimited, never out, in no failure domain.
    #[must_use]
    pub fn new(id: impl Into<Box<str>>, kind: impl Into<Box<str>>, role: Role) -> Self {
        Self {
            id: id.into(),
            name: None,
            kind: kind.into(),
            unit: None,
            capacity: None,
            reliability: None,
            within: Box::default(),
            transit: None,
            trips_at: None,
            expansion: Expansion::default(),
            serves: Serves::default(),
            logical: None,
            role,
            line: 0,
        }
    }

    /// Whether things of this kind are logical unless the inventory says otherwise.
    #[must_use]
    pub fn is_logical_kind(kind: &str) -> bool {
        LOGICAL.contains(&kind)
    }

    /// Whether it is a name for a group, which has capacity and requirements like any other but
    /// does not fail by itself: as the inventory says, else by its kind.
    #[must_use]
    pub fn is_logical(&self) -> bool {
        let by_kind = || Self::is_logical_kind(&self.kind);
        self.is_component_or_link() && self.logical.unwrap_or_else(by_kind)
    }

    /// True for components and links: what has a capacity and sits in domains.
    #[must_use]
    pub fn is_component_or_link(&self) -> bool {
        matches!(self.role, Role::Component | Role::Link(_))
    }

    /// Whether it may be an inner node of a path: as the inventory says, else by its kind.
    #[must_use]
    pub fn is_transit(&self) -> bool {
        self.transit
            .unwrap_or_else(|| !NO_TRANSIT.contains(&&*self.kind))
    }

    /// The most it can carry from `a` to `b` and from `b` to `a`, before derating; infinite is
    /// unlimited. Both are the same for what is no link.
    #[must_use]
    pub fn capacities(&self) -> [f64; 2] {
        let capacity = self.capacity.unwrap_or(f64::INFINITY);
        let back = match self.role {
            Role::Link(link) => link.capacity_back,
            Role::Component | Role::Flow(_) | Role::Service(_) => None,
        };
        [capacity, back.unwrap_or(capacity)]
    }

    /// Whether it carries any load, in any direction.
    #[must_use]
    pub fn is_unlimited(&self) -> bool {
        self.capacities().iter().all(|c| c.is_infinite())
    }

    /// What growth is counted from: its capacity; of a link that has none that back, if there is one.
    #[must_use]
    pub fn least_limit(&self) -> Option<f64> {
        self.capacities().into_iter().find(|c| c.is_finite())
    }

    /// By how much it may grow: up to its `max_capacity`, without end where it has none, and not at all where it
    /// carries any load already.
    #[must_use]
    pub fn room_to_grow(&self) -> f64 {
        let Some(now) = self.least_limit() else {
            return 0.0;
        };
        let most = self.expansion.max_capacity;
        most.map_or(f64::INFINITY, |most| (most - now).max(0.0))
    }

    /// Lets it carry any load, a link in both directions.
    pub fn lift_limits(&mut self) {
        self.capacity = None;
        if let Role::Link(link) = &mut self.role {
            link.capacity_back = None;
        }
    }

    /// Lets it carry so much more, a link in both directions.
    pub fn grow(&mut self, amount: f64) {
        self.capacity = self.capacity.map(|c| c + amount);
        if let Role::Link(link) = &mut self.role {
            link.capacity_back = link.capacity_back.map(|c| c + amount);
        }
    }

    /// True for components and links that are not logical: what a sweep may fail.
    #[must_use]
    pub fn can_fail(&self) -> bool {
        self.is_component_or_link() && !self.is_logical()
    }

    /// File and line of its row, as `components.csv:12`; `None` if it came from elsewhere.
    #[must_use]
    pub fn place(&self) -> Option<String> {
        let file = match self.role {
            Role::Component => "components.csv",
            Role::Link(_) => "links.csv",
            Role::Flow(_) => "flows.csv",
            Role::Service(_) => "services.csv",
        };
        (self.line > 0).then(|| format!("{file}:{}", self.line))
    }

    /// The service part, if this is a service.
    #[must_use]
    pub fn as_service(&self) -> Option<&Service> {
        match &self.role {
            Role::Service(s) => Some(s),
            _ => None,
        }
    }
}

/// Columns that the model does not name: kept, shown, usable in selectors.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    /// Column names, in order of first appearance over the files.
    pub columns: Vec<Box<str>>,
    /// `values[column][node]`; `None` where the cell is blank or the file lacks the column.
    pub values: Vec<Vec<Option<Box<str>>>>,
}

impl Labels {
    /// The value of `column` for a node, if it has one.
    #[must_use]
    pub fn get(&self, column: &str, node: NodeId) -> Option<&str> {
        let c = self.columns.iter().position(|name| &**name == column)?;
        self.values[c][node.index()].as_deref()
    }
}
