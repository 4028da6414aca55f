//! The valid whole. In: a [`Draft`] whose references are already indices. Out: a [`System`] in
//! canonical order, or every invariant that the draft breaks.
//!
//! Canonical order is what makes the order of rows irrelevant: nodes are sorted by id,
//! requirements by consumer, providers by id (but standby keeps the order of the file, where it
//! has a meaning).

use super::{
    Apart, Flow, Host, Labels, Link, Need, Node, NodeId, Placement, Placements, Provider,
    Reliability, Requirement, Resource, Role, Serves, Service, Split,
};
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::unionfind::UnionFind;
use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// What a [`System`] is made from. References are indices into `nodes`.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// Name of the estate.
    pub name: String,
    /// All nodes, in any order.
    pub nodes: Vec<DraftNode>,
    /// All requirements, in any order.
    pub requirements: Vec<DraftRequirement>,
    /// Label columns; `values[column][index into nodes]`.
    pub labels: Labels,
    /// Common-cause groups: name, members, beta.
    pub common_cause: Vec<(String, Vec<u32>, f64)>,
    /// What instances take of their hosts, in the order of the columns.
    pub resources: Vec<Resource>,
    /// Instances that run on one of several hosts, in any order.
    pub placements: Vec<DraftPlacement>,
}

/// A node whose references are indices into [`Draft::nodes`].
#[derive(Clone, Debug)]
pub struct DraftNode {
    /// The node; its `within` is ignored, and the ends inside its role are draft indices.
    pub node: Node,
    /// Domains it sits in.
    pub within: Vec<u32>,
}

/// A [`Placement`] whose references are indices into [`Draft::nodes`].
#[derive(Clone, Debug)]
pub struct DraftPlacement {
    /// What runs.
    pub instance: u32,
    /// Where it may run.
    pub hosts: Vec<u32>,
    /// Where it runs now.
    pub host: Option<u32>,
    /// 1 is placed first.
    pub priority: Option<u32>,
    /// Whom it is kept apart from.
    pub apart: Option<Apart>,
    /// What it takes, one for each of [`Draft::resources`].
    pub amounts: Vec<Option<f64>>,
    /// Line of its row.
    pub line: u32,
}

/// A requirement whose references are indices into [`Draft::nodes`].
#[derive(Clone, Debug)]
pub struct DraftRequirement {
    /// Who needs it.
    pub consumer: u32,
    /// Group name, `None` for a row that stands alone.
    pub group: Option<Box<str>>,
    /// How many must work.
    pub need: Need,
    /// How load divides.
    pub split: Split,
    /// In file order.
    pub providers: Vec<DraftProvider>,
    /// Line of the first row.
    pub line: u32,
}

/// A provider whose reference is an index into [`Draft::nodes`].
#[derive(Clone, Copy, Debug)]
pub struct DraftProvider {
    /// Who provides.
    pub node: u32,
    /// Load factor, ≥ 0; where none was given, what that counts as outside of cycles.
    pub load: f64,
    /// Whether it was given. One that was not is 0 between nodes that need each other.
    pub load_given: bool,
    /// Load while the consumer works, whatever it carries, ≥ 0.
    pub constant: f64,
    /// Weight if one was given; else the capacity where every provider has one, else 1.
    pub weight: Option<f64>,
}

/// A rule that a draft breaks. Nodes are draft indices.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invariant {
    /// An id is empty.
    #[error("a node has an empty id")]
    EmptyId(u32),
    /// Two nodes share an id.
    #[error("the id of two nodes is the same")]
    DuplicateId(u32, u32),
    /// A number is negative, not finite, or out of its range.
    #[error("{what} is out of range")]
    Number {
        /// The node or consumer it belongs to.
        node: u32,
        /// Which number.
        what: &'static str,
    },
    /// A reference points nowhere or at a node that cannot stand there.
    #[error("{what} is not a node that can stand there")]
    Reference {
        /// The node or consumer that refers.
        node: u32,
        /// Which reference.
        what: &'static str,
    },
    /// More providers are needed than there are.
    #[error("more providers are needed than there are")]
    NeedTooLarge(u32),
    /// A link whose two ends are one component.
    #[error("a link joins a component with itself")]
    SelfLoop(u32),
    /// A component sits, over others, within itself: the way round, first and last the same.
    #[error("a component sits within itself")]
    CycleOfDomains(Vec<u32>),
    /// A network element needs, directly or not, a flow over its own network.
    #[error("a network element needs a flow over that network")]
    CycleThroughFlow(Vec<u32>),
    /// A host needs, directly or not, an instance that may run on it: the way round, first and last the
    /// same.
    #[error("a host needs an instance that may run on it")]
    CycleOfPlacement(Vec<u32>),
}

/// Nodes that need each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle {
    /// All of them, sorted by id.
    pub members: Vec<NodeId>,
    /// The shortest way round from the first of them: first and last are the same node.
    pub path: Vec<NodeId>,
    /// Dependencies between them, with consumer and provider.
    pub dependencies: u32,
    /// Those of them whose load factor was left blank, so that it counts as 0.
    pub blank_loads: u32,
}

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
}

const NO_NETWORK: u32 = u32::MAX;

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
        }
    }
}

impl System {
    /// Checks every invariant of a draft and puts it into canonical order.
    ///
    /// # Errors
    /// Every [`Invariant`] that the draft breaks; cycles through flows are looked for only when
    /// nothing else is wrong.
    pub fn new(draft: Draft) -> Result<Self, Vec<Invariant>> {
        let mut faults = Vec::new();
        check(&draft, &mut faults);
        if faults.is_empty() {
            let cycles = cycles_of_domains(&draft.nodes);
            faults.extend(cycles.into_iter().map(Invariant::CycleOfDomains));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let mut order: Vec<u32> = (0..to_u32(draft.nodes.len())).collect();
        order.sort_by(|&x, &y| {
            draft.nodes[x as usize]
                .node
                .id
                .cmp(&draft.nodes[y as usize].node.id)
        });
        let duplicates: Vec<_> = order
            .windows(2)
            .filter(|w| draft.nodes[w[0] as usize].node.id == draft.nodes[w[1] as usize].node.id)
            .map(|w| Invariant::DuplicateId(w[0], w[1]))
            .collect();
        if !duplicates.is_empty() {
            return Err(duplicates);
        }
        Self::ordered(draft, &order).map_err(|cycle| {
            let draft = |path: Vec<NodeId>| path.into_iter().map(|n| order[n.index()]).collect();
            vec![match cycle {
                Knot::ThroughFlow(path) => Invariant::CycleThroughFlow(draft(path)),
                Knot::OfPlacement(path) => Invariant::CycleOfPlacement(draft(path)),
            }]
        })
    }

    fn ordered(draft: Draft, order: &[u32]) -> Result<Self, Knot> {
        let mut rank = vec![0u32; order.len()];
        for (new, &old) in order.iter().enumerate() {
            rank[old as usize] = to_u32(new);
        }
        let id = |old: u32| NodeId(rank[old as usize]);
        let mut slots: Vec<Option<DraftNode>> = draft.nodes.into_iter().map(Some).collect();
        let nodes: Vec<Node> = order
            .iter()
            .filter_map(|&old| slots[old as usize].take())
            .map(|d| renumber_node(d, &id))
            .collect();
        let requirements = canonical_requirements(draft.requirements, &nodes, &id);
        let mut first_requirement = vec![0u32; nodes.len() + 1];
        for r in &requirements {
            first_requirement[r.consumer.index() + 1] += 1;
        }
        for v in 0..nodes.len() {
            first_requirement[v + 1] += first_requirement[v];
        }
        let labels = Labels {
            columns: draft.labels.columns,
            values: draft
                .labels
                .values
                .into_iter()
                .map(|c| permute(c, order))
                .collect(),
        };
        let mut common_cause: Vec<(String, Vec<NodeId>, f64)> = draft
            .common_cause
            .into_iter()
            .map(|(name, members, beta)| {
                let mut members: Vec<NodeId> = members.into_iter().map(id).collect();
                members.sort_unstable();
                members.dedup();
                (name, members, beta)
            })
            .collect();
        common_cause.sort_by(|x, y| x.0.cmp(&y.0).then_with(|| x.1.cmp(&y.1)));
        let placements = canonical_placements(draft.resources, draft.placements, &nodes, &id);
        let services = ids_where(&nodes, |n| n.as_service().is_some());
        let (network, networks) = networks(&nodes);
        let mut system = Self {
            name: draft.name,
            nodes,
            services,
            requirements,
            first_requirement,
            labels,
            common_cause,
            placements,
            network,
            networks,
            block: Vec::new(),
            blocks: 0,
        };
        system.find_blocks()?;
        system.silence_blank_loads();
        Ok(system)
    }

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

    /// Whether some node serves better tiers of services first.
    #[must_use]
    pub fn has_priority(&self) -> bool {
        self.nodes.iter().any(|n| n.serves == Serves::Priority)
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

    /// Every block of nodes that need each other, by its first member.
    #[must_use]
    pub fn cycles(&self) -> Vec<Cycle> {
        let mut size = vec![0u32; self.blocks as usize];
        let mut dependencies = vec![0u32; self.blocks as usize];
        let mut blank_loads = vec![0u32; self.blocks as usize];
        let mut loops = vec![false; self.blocks as usize];
        for (v, _) in self.iter() {
            let block = self.block(v) as usize;
            size[block] += 1;
            loops[block] |= self.needs(v).any(|p| p == v);
            let providers = self.requirements_of(v).iter().flat_map(|r| &*r.providers);
            for p in providers.filter(|p| self.block(p.node) as usize == block) {
                dependencies[block] += 1;
                blank_loads[block] += u32::from(!p.load_given);
            }
        }
        let mut members: Vec<Vec<NodeId>> = Vec::new();
        let mut at = vec![u32::MAX; self.blocks as usize];
        for (v, _) in self.iter() {
            let block = self.block(v) as usize;
            if size[block] > 1 || loops[block] {
                if at[block] == u32::MAX {
                    at[block] = to_u32(members.len());
                    members.push(Vec::new());
                }
                members[at[block] as usize].push(v);
            }
        }
        let cycle = |members: Vec<NodeId>| {
            let block = self.block(members[0]) as usize;
            Cycle {
                path: self.way_round(members[0]),
                members,
                dependencies: dependencies[block],
                blank_loads: blank_loads[block],
            }
        };
        members.into_iter().map(cycle).collect()
    }

    /// The shortest way from a node over what it needs back to it, inside its block; only the node
    /// if it is in no cycle.
    #[must_use]
    pub fn way_round(&self, start: NodeId) -> Vec<NodeId> {
        self.shortest_way(start, |v, visit| {
            self.needs(v)
                .filter(|p| self.block(*p) == self.block(start))
                .for_each(visit);
        })
    }

    /// The shortest way from a node back to it along `next`; only the node if there is none.
    pub(crate) fn shortest_way(
        &self,
        start: NodeId,
        next: impl Fn(NodeId, &mut dyn FnMut(NodeId)),
    ) -> Vec<NodeId> {
        let mut came_from = HashMap::new();
        let mut queue = VecDeque::from([start]);
        while let Some(v) = queue.pop_front() {
            next(v, &mut |p| {
                if let std::collections::hash_map::Entry::Vacant(e) = came_from.entry(p) {
                    e.insert(v);
                    queue.push_back(p);
                }
            });
            if came_from.contains_key(&start) {
                break;
            }
        }
        let mut path = vec![start];
        while let Some(&before) = came_from.get(&path[path.len() - 1]) {
            path.push(before);
            if before == start {
                break;
            }
        }
        path.reverse();
        path
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

    /// The network a flow crosses; `None` when its ends are one component or share none.
    #[must_use]
    pub fn network_of_flow(&self, flow: &Flow) -> Option<u32> {
        let from = self.network(flow.from)?;
        (flow.from != flow.to && self.network(flow.to) == Some(from)).then_some(from)
    }

    /// A load factor that was left blank between nodes that need each other is 0.
    fn silence_blank_loads(&mut self) {
        let block = std::mem::take(&mut self.block);
        for r in &mut self.requirements {
            let inside = |p: &&mut Provider| block[p.node.index()] == block[r.consumer.index()];
            for p in r
                .providers
                .iter_mut()
                .filter(|p| !p.load_given)
                .filter(inside)
            {
                p.load = 0.0;
            }
        }
        self.block = block;
    }

    /// Numbers the strongly connected blocks. A network stands in the graph as one hub: flows
    /// over it need the hub, the hub needs every element.
    fn find_blocks(&mut self) -> Result<(), Knot> {
        let n = self.nodes.len();
        let hub = |network: u32| NodeIndex::new(n + network as usize);
        let mut graph: DiGraph<(), ()> =
            DiGraph::with_capacity(n + self.networks as usize, self.requirements.len() * 2);
        for _ in 0..n + self.networks as usize {
            graph.add_node(());
        }
        for (v, node) in self.iter() {
            let at = NodeIndex::new(v.index());
            for p in self.needs(v) {
                graph.add_edge(at, NodeIndex::new(p.index()), ());
            }
            if let Some(network) = self.network(v) {
                graph.add_edge(hub(network), at, ());
            }
            if let Role::Flow(flow) = &node.role
                && let Some(network) = self.network_of_flow(flow)
            {
                graph.add_edge(at, hub(network), ());
            }
        }
        let blocks = petgraph::algo::kosaraju_scc(&graph);
        self.block = vec![0; n];
        let mut next = 0;
        for block in &blocks {
            let members = || block.iter().map(|v| v.index());
            if block.len() > 1
                && members().any(|v| v >= n || matches!(self.nodes[v].role, Role::Flow(_)))
            {
                return Err(Knot::ThroughFlow(self.cycle_through_flow(&graph, block)));
            }
            let path = self.cycle_of_placement(&graph, block);
            if !path.is_empty() {
                return Err(Knot::OfPlacement(path));
            }
            let mut any = false;
            for v in members().filter(|&v| v < n) {
                self.block[v] = next;
                any = true;
            }
            next += u32::from(any);
        }
        self.blocks = next;
        Ok(())
    }

    /// The shortest way from an instance of a block over one of its hosts in it back to it; nothing if no
    /// member is such an instance.
    fn cycle_of_placement(&self, graph: &DiGraph<(), ()>, block: &[NodeIndex]) -> Vec<NodeId> {
        if self.placements.is_empty() {
            return Vec::new();
        }
        let inside: std::collections::HashSet<NodeIndex> = block.iter().copied().collect();
        let mut members: Vec<NodeIndex> = block.to_vec();
        members.sort_unstable();
        for &start in members.iter().filter(|v| v.index() < self.nodes.len()) {
            let first: Vec<NodeIndex> = self
                .runs_on(NodeId(to_u32(start.index())))
                .map(|h| NodeIndex::new(h.index()))
                .filter(|h| inside.contains(h))
                .collect();
            if !first.is_empty() {
                let n = self.nodes.len();
                let path = way_back(graph, &inside, start, first).into_iter();
                let nodes = path.filter(|v| v.index() < n);
                return nodes.map(|v| NodeId(to_u32(v.index()))).collect();
            }
        }
        Vec::new()
    }

    /// The shortest cycle through the flow with the smallest id of a block; network hubs left out.
    fn cycle_through_flow(&self, graph: &DiGraph<(), ()>, block: &[NodeIndex]) -> Vec<NodeId> {
        let n = self.nodes.len();
        let inside: std::collections::HashSet<NodeIndex> = block.iter().copied().collect();
        let Some(&start) = block
            .iter()
            .filter(|v| v.index() < n && matches!(self.nodes[v.index()].role, Role::Flow(_)))
            .min()
        else {
            return Vec::new();
        };
        let first = graph.neighbors(start).filter(|w| inside.contains(w));
        let path = way_back(graph, &inside, start, first.collect());
        path.into_iter()
            .filter(|v| v.index() < n)
            .map(|v| NodeId(to_u32(v.index())))
            .collect()
    }
}

/// A cycle that is refused: the way round.
enum Knot {
    ThroughFlow(Vec<NodeId>),
    OfPlacement(Vec<NodeId>),
}

/// The shortest way from a member of a block over one of `first` back to it, all inside.
fn way_back(
    graph: &DiGraph<(), ()>,
    inside: &std::collections::HashSet<NodeIndex>,
    start: NodeIndex,
    mut first: Vec<NodeIndex>,
) -> Vec<NodeIndex> {
    let mut came_from = HashMap::new();
    first.sort_unstable();
    let mut queue: VecDeque<NodeIndex> = VecDeque::new();
    for w in first {
        if w == start {
            return vec![start, start];
        }
        if came_from.insert(w, start).is_none() {
            queue.push_back(w);
        }
    }
    let mut last = start;
    'search: while let Some(v) = queue.pop_front() {
        let mut next: Vec<NodeIndex> = graph.neighbors(v).collect();
        next.sort_unstable();
        for w in next.into_iter().filter(|w| inside.contains(w)) {
            if w == start {
                last = v;
                break 'search;
            }
            if let std::collections::hash_map::Entry::Vacant(e) = came_from.entry(w) {
                e.insert(v);
                queue.push_back(w);
            }
        }
    }
    round(&came_from, start, last)
}

/// The way round from a start back to it, over the last before it; each has the one it was come from.
fn round<T: Copy + Eq + Hash>(came_from: &HashMap<T, T>, start: T, last: T) -> Vec<T> {
    let mut path = vec![start];
    let mut at = last;
    while at != start {
        path.push(at);
        at = came_from[&at];
    }
    path.push(start);
    path.reverse();
    path
}

/// Every cycle of `within`: one way round for each knot of domains, over its first node in the
/// draft, shortest. What sits directly within itself is left out.
#[must_use]
pub fn cycles_of_domains(nodes: &[DraftNode]) -> Vec<Vec<u32>> {
    let mut graph: DiGraph<(), ()> = DiGraph::with_capacity(nodes.len(), nodes.len());
    for _ in nodes {
        graph.add_node(());
    }
    let mut any = false;
    for (v, draft) in nodes.iter().enumerate() {
        for &w in &draft.within {
            if (w as usize) < nodes.len() && w as usize != v {
                graph.add_edge(NodeIndex::new(v), NodeIndex::new(w as usize), ());
                any = true;
            }
        }
    }
    if !any {
        return Vec::new();
    }
    let mut found: Vec<Vec<u32>> = petgraph::algo::kosaraju_scc(&graph)
        .into_iter()
        .filter(|knot| knot.len() > 1)
        .map(|knot| way_round_domains(nodes, &knot))
        .collect();
    found.sort();
    found
}

/// The shortest way from the first node of a knot back to it, over what each sits within.
fn way_round_domains(nodes: &[DraftNode], knot: &[NodeIndex]) -> Vec<u32> {
    let inside: std::collections::HashSet<u32> = knot.iter().map(|v| to_u32(v.index())).collect();
    let Some(&start) = inside.iter().min() else {
        return Vec::new();
    };
    let mut came_from = HashMap::new();
    let mut queue = VecDeque::from([start]);
    let mut last = start;
    'search: while let Some(v) = queue.pop_front() {
        for &w in &nodes[v as usize].within {
            if w == start && v != start {
                last = v;
                break 'search;
            }
            if w != start && inside.contains(&w) && !came_from.contains_key(&w) {
                came_from.insert(w, v);
                queue.push_back(w);
            }
        }
    }
    round(&came_from, start, last)
}

fn to_u32(n: usize) -> u32 {
    u32::try_from(n).expect("fewer than 2^32 nodes: input refuses more")
}

fn ids_where(nodes: &[Node], keep: impl Fn(&Node) -> bool) -> Vec<NodeId> {
    (0..)
        .map(NodeId)
        .zip(nodes)
        .filter(|(_, n)| keep(n))
        .map(|(v, _)| v)
        .collect()
}

fn permute<T>(values: Vec<T>, order: &[u32]) -> Vec<T> {
    let mut slots: Vec<Option<T>> = values.into_iter().map(Some).collect();
    order
        .iter()
        .filter_map(|&old| slots[old as usize].take())
        .collect()
}

fn renumber_node(draft: DraftNode, id: &impl Fn(u32) -> NodeId) -> Node {
    let mut node = draft.node;
    let mut within: Vec<NodeId> = draft.within.into_iter().map(id).collect();
    within.sort_unstable();
    within.dedup();
    node.within = within.into();
    node.role = match node.role {
        Role::Link(l) => Role::Link(Link {
            a: id(l.a.0),
            b: id(l.b.0),
            ..l
        }),
        Role::Flow(f) => Role::Flow(Flow {
            from: id(f.from.0),
            to: id(f.to.0),
        }),
        other => other,
    };
    node
}

/// Placements by id of the instance; hosts keep the order of the file.
fn canonical_placements(
    resources: Vec<Resource>,
    drafts: Vec<DraftPlacement>,
    nodes: &[Node],
    id: &impl Fn(u32) -> NodeId,
) -> Placements {
    let placement = |d: DraftPlacement| Placement {
        instance: id(d.instance),
        hosts: d.hosts.into_iter().map(id).collect(),
        host: d.host.map(id),
        priority: d.priority,
        apart: d.apart,
        amounts: d.amounts.into(),
        line: d.line,
    };
    let mut instances: Vec<Placement> = drafts.into_iter().map(placement).collect();
    instances.sort_by_key(|p| p.instance);
    let mut hosts: Vec<NodeId> = instances.iter().flat_map(|p| p.hosts.to_vec()).collect();
    hosts.sort_unstable();
    hosts.dedup();
    let has = |host: NodeId, resource: &Resource| match resource {
        Resource::Own => Some(host),
        Resource::Child(_) => {
            let child = resource.id_at(&nodes[host.index()].id);
            let at = nodes.binary_search_by(|n| (*n.id).cmp(&child)).ok()?;
            let is_component = matches!(nodes[at].role, Role::Component);
            is_component.then(|| NodeId(to_u32(at)))
        }
    };
    let host = |node: NodeId| Host {
        node,
        resources: resources.iter().map(|r| has(node, r)).collect(),
    };
    Placements {
        hosts: hosts.into_iter().map(host).collect(),
        resources,
        instances,
    }
}

fn canonical_requirements(
    drafts: Vec<DraftRequirement>,
    nodes: &[Node],
    id: &impl Fn(u32) -> NodeId,
) -> Vec<Requirement> {
    let mut all: Vec<Requirement> = drafts
        .into_iter()
        .map(|d| {
            let capacity = |p: &DraftProvider| nodes[id(p.node).index()].capacity;
            let all_have_one = d.providers.iter().all(|p| capacity(p).is_some());
            let mut providers: Vec<Provider> = d
                .providers
                .iter()
                .map(|p| Provider {
                    node: id(p.node),
                    load: p.load,
                    load_given: p.load_given,
                    constant: p.constant,
                    weight: p
                        .weight
                        .or(capacity(p).filter(|_| all_have_one))
                        .unwrap_or(1.0),
                    weight_given: p.weight.is_some(),
                })
                .collect();
            if d.need == Need::All || d.split != Split::Standby {
                providers.sort_by(by_provider);
            }
            Requirement {
                consumer: id(d.consumer),
                group: d.group,
                need: d.need,
                split: d.split,
                providers: providers.into(),
                line: d.line,
            }
        })
        .collect();
    all.sort_by(|x, y| {
        x.consumer
            .cmp(&y.consumer)
            .then_with(|| x.group.is_none().cmp(&y.group.is_none()))
            .then_with(|| x.group.cmp(&y.group))
            .then_with(|| {
                let (x, y) = (x.providers.iter(), y.providers.iter());
                x.zip(y)
                    .map(|(p, q)| by_provider(p, q))
                    .find(|o| o.is_ne())
                    .unwrap_or(std::cmp::Ordering::Equal)
            })
            .then_with(|| (x.need_count(), x.split as u8).cmp(&(y.need_count(), y.split as u8)))
    });
    all
}

fn by_provider(x: &Provider, y: &Provider) -> std::cmp::Ordering {
    x.node
        .cmp(&y.node)
        .then_with(|| x.load.total_cmp(&y.load))
        .then_with(|| x.weight.total_cmp(&y.weight))
        .then_with(|| x.constant.total_cmp(&y.constant))
}

/// Numbers the connected parts that links make, by smallest id.
fn networks(nodes: &[Node]) -> (Vec<u32>, u32) {
    let mut sets = UnionFind::<u32>::new(nodes.len());
    let mut touched = vec![false; nodes.len()];
    for (v, node) in (0u32..).zip(nodes) {
        if let Role::Link(Link { a, b, .. }) = node.role {
            for end in [a.0, b.0] {
                sets.union(v, end);
                touched[end as usize] = true;
            }
            touched[v as usize] = true;
        }
    }
    let mut number = vec![NO_NETWORK; nodes.len()];
    let mut network = vec![NO_NETWORK; nodes.len()];
    let mut count = 0;
    for v in 0..to_u32(nodes.len()) {
        if touched[v as usize] {
            let root = sets.find(v) as usize;
            if number[root] == NO_NETWORK {
                number[root] = count;
                count += 1;
            }
            network[v as usize] = number[root];
        }
    }
    (network, count)
}

fn check(draft: &Draft, faults: &mut Vec<Invariant>) {
    check_numbers(draft, faults);
    check_references(draft, faults);
    check_requirements(draft, faults);
    check_common_cause(draft, faults);
    check_placements(draft, faults);
}

/// A number that is neither infinite nor negative.
fn is_count(x: f64) -> bool {
    x.is_finite() && x >= 0.0
}

/// Every number of every node is in its range.
fn check_numbers(draft: &Draft, faults: &mut Vec<Invariant>) {
    for (v, d) in (0u32..).zip(&draft.nodes) {
        let mut number = |fine: bool, what| {
            if !fine {
                faults.push(Invariant::Number { node: v, what });
            }
        };
        number(d.node.capacity.is_none_or(is_count), "capacity");
        let trips_at = d.node.trips_at;
        number(trips_at.is_none_or(|t| is_count(t) && t > 0.0), "trips_at");
        let more = d.node.expansion;
        let costs = [more.cost, more.cost_per_unit, more.max_capacity];
        let costs_fine = costs.into_iter().flatten().all(is_count);
        number(costs_fine, "cost, cost_per_unit or max_capacity");
        match d.node.reliability {
            Some(Reliability::Unavailability(q)) => {
                number((0.0..=1.0).contains(&q), "unavailability");
            }
            Some(Reliability::Rates {
                mtbf_hours: f,
                mttr_hours: r,
            }) => {
                number(
                    is_count(f) && is_count(r) && f + r > 0.0,
                    "mtbf_hours or mttr_hours",
                );
            }
            None => {}
        }
        if let Role::Link(l) = d.node.role {
            number(is_count(l.metric) && l.metric > 0.0, "metric");
            number(
                is_count(l.metric_back) && l.metric_back > 0.0,
                "metric_back",
            );
            // Unlimited is infinite here.
            let back = l.capacity_back.is_none_or(|c| c >= 0.0);
            number(back, "capacity_back");
        }
        if let Role::Service(Service { demand, slo, .. }) = d.node.role {
            number(is_count(demand), "demand");
            number(slo.is_none_or(|t| t > 0.0 && t < 100.0), "slo");
        }
    }
}

/// Every node has an id, and refers to nodes of the roles that it may.
fn check_references(draft: &Draft, faults: &mut Vec<Invariant>) {
    let role = |v: u32| draft.nodes.get(v as usize).map(|d| &d.node.role);
    let is_component = |v: u32| matches!(role(v), Some(Role::Component));
    let is_domain = |v: u32| matches!(role(v), Some(Role::Component | Role::Link(_)));
    for (v, d) in (0u32..).zip(&draft.nodes) {
        if d.node.id.is_empty() {
            faults.push(Invariant::EmptyId(v));
        }
        let mut reference = |fine: bool, what| {
            if !fine {
                faults.push(Invariant::Reference { node: v, what });
            }
        };
        reference(d.within.iter().all(|&w| is_domain(w) && w != v), "within");
        let is_inside = d.node.is_component_or_link();
        reference(d.within.is_empty() || is_inside, "within");
        let has_load_limits = d.node.trips_at.is_some() || d.node.serves == Serves::Priority;
        reference(is_inside || !has_load_limits, "trips_at or serves");
        match d.node.role {
            Role::Link(l) => reference(is_component(l.a.0) && is_component(l.b.0), "a or b"),
            Role::Flow(f) => {
                reference(is_component(f.from.0) && is_component(f.to.0), "from or to");
            }
            Role::Component | Role::Service(_) => {}
        }
        reference(
            d.node.transit.is_none() || matches!(d.node.role, Role::Component),
            "transit",
        );
        if matches!(d.node.role, Role::Link(l) if l.a == l.b) {
            faults.push(Invariant::SelfLoop(v));
        }
    }
}

/// Every requirement has providers, as many as it needs, and numbers in their ranges.
fn check_requirements(draft: &Draft, faults: &mut Vec<Invariant>) {
    let n = draft.nodes.len();
    for r in &draft.requirements {
        if r.consumer as usize >= n
            || r.providers.is_empty()
            || r.providers.iter().any(|p| p.node as usize >= n)
        {
            faults.push(Invariant::Reference {
                node: r.consumer,
                what: "dependency",
            });
        }
        if !r
            .providers
            .iter()
            .all(|p| is_count(p.load) && is_count(p.constant) && p.weight.is_none_or(is_count))
        {
            faults.push(Invariant::Number {
                node: r.consumer,
                what: "load, constant or weight",
            });
        }
        if matches!(r.need, Need::AtLeast(k) if k as usize > r.providers.len()) {
            faults.push(Invariant::NeedTooLarge(r.consumer));
        }
    }
}

/// Every common cause has members that can fail, and a share of their unavailability.
fn check_common_cause(draft: &Draft, faults: &mut Vec<Invariant>) {
    let can_fail = |v: u32| {
        draft
            .nodes
            .get(v as usize)
            .is_some_and(|d| d.node.can_fail())
    };
    for (_, members, beta) in &draft.common_cause {
        let node = members.first().copied().unwrap_or(0);
        if !(0.0..=1.0).contains(beta) {
            faults.push(Invariant::Number { node, what: "beta" });
        }
        if members.is_empty() || !members.iter().all(|&m| can_fail(m)) {
            faults.push(Invariant::Reference {
                node,
                what: "members",
            });
        }
    }
}

/// Every instance is a component that runs once, on components, and takes numbers.
fn check_placements(draft: &Draft, faults: &mut Vec<Invariant>) {
    let role = |v: u32| draft.nodes.get(v as usize).map(|d| &d.node.role);
    let is_component = |v: u32| matches!(role(v), Some(Role::Component));
    let mut seen = std::collections::HashSet::new();
    for p in &draft.placements {
        let mut reference = |fine: bool, what| {
            if !fine {
                let node = p.instance;
                faults.push(Invariant::Reference { node, what });
            }
        };
        reference(is_component(p.instance), "instance");
        reference(seen.insert(p.instance), "instance");
        let is_host = |h: &u32| is_component(*h) && *h != p.instance;
        let mut hosts = std::collections::HashSet::new();
        let all = p.hosts.iter().all(|h| is_host(h) && hosts.insert(*h));
        reference(!p.hosts.is_empty() && all, "hosts");
        reference(p.host.is_none_or(|h| hosts.contains(&h)), "host");
        let amounts = p.amounts.iter().flatten();
        let fits = p.amounts.len() == draft.resources.len();
        if !fits || !amounts.copied().all(is_count) {
            faults.push(Invariant::Number {
                node: p.instance,
                what: "an amount",
            });
        }
    }
}
