//! Placements: instances that run on one of several hosts, and restart on another when that is lost.

use super::NodeId;

/// Every instance of an estate, and what instances take of a host.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Placements {
    /// What instances take, in the order of the columns that say so.
    pub resources: Vec<Resource>,
    /// Every instance, sorted by its id.
    pub instances: Vec<Placement>,
    /// Everything that some instance may run on, sorted by its id.
    pub hosts: Vec<Host>,
}

/// Something that instances may run on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// The component that hosts them.
    pub node: NodeId,
    /// What it has of each resource: itself, or the component that stands for it, if there is one.
    pub resources: Box<[Option<NodeId>]>,
}

/// Something of a host that instances take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// The capacity of the host itself.
    Own,
    /// The capacity of the component `<host>/<name>`, where the host has that.
    Child(Box<str>),
}

impl Resource {
    /// The column that says how much of it an instance takes.
    #[must_use]
    pub fn column(&self) -> String {
        match self {
            Self::Own => "amount".to_owned(),
            Self::Child(name) => format!("/{name}"),
        }
    }

    /// What a column stands for, if it is one of amounts.
    #[must_use]
    pub fn of_column(column: &str) -> Option<Self> {
        if column == "amount" {
            return Some(Self::Own);
        }
        let name = column.strip_prefix('/').filter(|name| !name.is_empty())?;
        Some(Self::Child(name.into()))
    }

    /// The id of what a host has of it.
    #[must_use]
    pub fn id_at(&self, host: &str) -> String {
        match self {
            Self::Own => host.to_owned(),
            Self::Child(name) => format!("{host}/{name}"),
        }
    }
}

/// An instance, as a virtual machine or a pod: it runs on one of its hosts.
#[derive(Clone, Debug, PartialEq)]
pub struct Placement {
    /// The component that runs.
    pub instance: NodeId,
    /// Where it may run, in the order of the file.
    pub hosts: Box<[NodeId]>,
    /// Where it runs now; `None` is where it lands with nothing failed or derated.
    pub host: Option<NodeId>,
    /// 1 is placed first; `None` after all others.
    pub priority: Option<u32>,
    /// Two instances with the same word never share a host.
    pub apart: Option<Apart>,
    /// What it takes of each resource, ≥ 0, whatever the demand; `None` is nothing.
    pub amounts: Box<[Option<f64>]>,
    /// Line of its row in placements.csv (1-based), 0 if it came from elsewhere.
    pub line: u32,
}

/// Whom an instance is kept apart from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Apart {
    /// The word that they share.
    pub word: Box<str>,
    /// They never sit in one domain of this kind, directly or not; `None`: never on one host.
    pub by: Option<Box<str>>,
}

impl Placement {
    /// What it takes of a resource.
    #[must_use]
    pub fn amount(&self, resource: usize) -> f64 {
        self.amounts[resource].unwrap_or(0.0)
    }
}

impl Placements {
    /// Whether nothing runs anywhere.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.instances.is_empty()
    }

    /// The placement of a node, if it is an instance.
    #[must_use]
    pub fn of(&self, node: NodeId) -> Option<&Placement> {
        let at = self.instances.binary_search_by_key(&node, |p| p.instance);
        Some(&self.instances[at.ok()?])
    }

    /// A node as a host, if anything may run on it.
    #[must_use]
    pub fn host(&self, node: NodeId) -> Option<&Host> {
        let at = self.hosts.binary_search_by_key(&node, |h| h.node);
        Some(&self.hosts[at.ok()?])
    }
}

impl Host {
    /// The components beside it that stand for its resources: what a derating of it derates too.
    pub fn children(&self) -> impl Iterator<Item = NodeId> + '_ {
        let all = self.resources.iter().copied().flatten();
        all.filter(|&v| v != self.node)
    }
}

/// How instances are placed in the states of a scenario.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlacementSpec {
    /// Whether what lost its host is placed anew; else the first minutes are looked at.
    pub restart: bool,
    /// In histories: minutes from the loss of a host until its instances run elsewhere.
    pub minutes: f64,
    /// Whether both readings are asked for, side by side.
    pub both: bool,
}

impl Default for PlacementSpec {
    fn default() -> Self {
        Self {
            restart: true,
            minutes: 0.0,
            both: false,
        }
    }
}
