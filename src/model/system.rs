//! The valid whole: an estate that keeps every invariant, and what it is asked. `build.rs` makes it from a
//! draft.
//!
//! Canonical order is what makes the order of rows irrelevant: nodes are sorted by id,
//! requirements by consumer, providers by id (but standby keeps the order of the file, where it
//! has a meaning).

mod blocks;
mod build;
mod canonical;
mod cycles;
mod draft;

pub use cycles::Cycle;

use super::node::to_u32;
use super::{Flow, Host, Labels, Link, Node, NodeId, Placements, Requirement, Role};
use canonical::{NO_NETWORK, ids_where};

/// An estate that keeps every invariant. Immutable. The default is an estate of nothing.
#[derive(Clone, Debug)]
pub struct System {
    name: String,
    nodes: Vec<Node>,
    services: Vec<NodeId>,
    requirements: Vec<Requirement>,
    first_requirement: Vec<u32>,
    labels: Labels,
    common_cause: Vec<(String, Vec<NodeId>, f64)>,
    placements: Placements,
    network: Vec<u32>,
    networks: u32,
    block: Vec<u32>,
    blocks: u32,
    priority: bool,
}

impl Default for System {
    fn default() -> Self {
        Self {
            name: String::new(),
            nodes: Vec::new(),
            services: Vec::new(),
            requirements: Vec::new(),
            first_requirement: vec![0],
            labels: Labels::default(),
            common_cause: Vec::new(),
            placements: Placements::default(),
            network: Vec::new(),
            networks: 0,
            block: Vec::new(),
            blocks: 0,
            priority: false,
        }
    }
}

impl System {
    /// Name of the estate; may be empty.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// All nodes, sorted by id; a [`NodeId`] indexes it.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// One node.
    #[must_use]
    pub fn node(&self, node: NodeId) -> &Node {
        &self.nodes[node.index()]
    }

    /// The id of a node.
    #[must_use]
    pub fn id(&self, node: NodeId) -> &str {
        &self.nodes[node.index()].id
    }

    /// The node with this id.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<NodeId> {
        let at = self.nodes.binary_search_by(|n| (*n.id).cmp(id)).ok()?;
        Some(NodeId(to_u32(at)))
    }

    /// Every node with its number.
    pub fn iter(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        (0..).map(NodeId).zip(&self.nodes)
    }

    /// All services, sorted by id.
    #[must_use]
    pub fn services(&self) -> &[NodeId] {
        &self.services
    }

    /// The target availability of a service, in percent, if it has one.
    #[must_use]
    pub fn target(&self, service: NodeId) -> Option<f64> {
        self.node(service).as_service()?.slo
    }

    /// Whether some node serves better tiers of services first.
    #[must_use]
    pub fn has_priority(&self) -> bool {
        self.priority
    }

    /// Whether some consumer draws load whatever the demand, or an instance takes room of its host.
    #[must_use]
    pub fn has_constants(&self) -> bool {
        if !self.placements.is_empty() {
            return true;
        }
        let mut providers = self.requirements.iter().flat_map(|r| &*r.providers);
        providers.any(|p| p.constant > 0.0)
    }

    /// Everything that can fail, sorted by id. What is logical cannot.
    #[must_use]
    pub fn elements(&self) -> Vec<NodeId> {
        ids_where(&self.nodes, Node::can_fail)
    }

    /// All requirements from dependencies.csv, sorted by consumer. Domains (`within`) and link
    /// ends are not in here.
    #[must_use]
    pub fn requirements(&self) -> &[Requirement] {
        &self.requirements
    }

    /// The requirements of one consumer.
    #[must_use]
    pub fn requirements_of(&self, consumer: NodeId) -> &[Requirement] {
        let v = consumer.index();
        &self.requirements
            [self.first_requirement[v] as usize..self.first_requirement[v + 1] as usize]
    }

    /// The label columns.
    #[must_use]
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// Common-cause groups: name, members sorted by id, beta.
    #[must_use]
    pub fn common_cause(&self) -> &[(String, Vec<NodeId>, f64)] {
        &self.common_cause
    }

    /// Instances that run on one of several hosts.
    #[must_use]
    pub fn placements(&self) -> &Placements {
        &self.placements
    }

    /// The network a component or link is part of: links and the components they join, directly
    /// or over others. `None` for what no link touches.
    #[must_use]
    pub fn network(&self, node: NodeId) -> Option<u32> {
        Some(self.network[node.index()]).filter(|&n| n != NO_NETWORK)
    }

    /// How many networks there are.
    #[must_use]
    pub fn networks(&self) -> u32 {
        self.networks
    }

    /// The strongly connected block of a node. Providers have smaller numbers than their
    /// consumers, unless both are in one cycle, which is one block.
    #[must_use]
    pub fn block(&self, node: NodeId) -> u32 {
        self.block[node.index()]
    }

    /// How many blocks there are.
    #[must_use]
    pub fn blocks(&self) -> u32 {
        self.blocks
    }

    /// Everything a node directly cannot work without, or sends load to: providers, domains, link
    /// ends, flow ends, hosts with their resources. Not the network that a flow crosses.
    pub fn needs(&self, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let ends = match self.node(node).role {
            Role::Link(Link { a, b, .. }) => [Some(a), Some(b)],
            Role::Flow(Flow { from, to }) => [Some(from), Some(to)],
            Role::Component | Role::Service(_) => [None, None],
        };
        let providers = self
            .requirements_of(node)
            .iter()
            .flat_map(|r| r.providers.iter().map(|p| p.node));
        providers
            .chain(self.node(node).within.iter().copied())
            .chain(ends.into_iter().flatten())
            .chain(self.runs_on(node))
    }

    /// The hosts that an instance may run on, and what they have of resources.
    fn runs_on(&self, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let placement = self.placements.of(node);
        let hosts = placement.into_iter().flat_map(|p| p.hosts.iter().copied());
        hosts.flat_map(|host| {
            let resources = self.placements.host(host);
            let children = resources.into_iter().flat_map(Host::children);
            std::iter::once(host).chain(children)
        })
    }

    /// Everything that a derating of a node derates: itself, and if it is a host its resources.
    #[must_use]
    pub fn derated_with(&self, node: NodeId) -> Vec<NodeId> {
        let host = self.placements().host(node);
        let children = host.into_iter().flat_map(Host::children);
        std::iter::once(node).chain(children).collect()
    }

    /// The network a flow crosses; `None` when its ends are one component or share none.
    #[must_use]
    pub fn network_of_flow(&self, flow: &Flow) -> Option<u32> {
        let from = self.network(flow.from)?;
        (flow.from != flow.to && self.network(flow.to) == Some(from)).then_some(from)
    }
}
