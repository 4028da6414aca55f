//! Blocks of nodes that need each other. In: a system that is being made. Out: the number of every node's
//! block, or the way round through what must not need itself: a flow over its own network, an instance on its
//! own host.

use super::{NodeId, Role, System};
use crate::model::node::to_u32;
use crate::model::way::round;
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};

/// A cycle that is refused: the way round.
pub(super) enum Knot {
    ThroughFlow(Vec<NodeId>),
    OfPlacement(Vec<NodeId>),
}

impl System {
    /// Numbers the strongly connected blocks. A network stands in the graph as one hub: flows
    /// over it need the hub, the hub needs every element.
    pub(super) fn find_blocks(&mut self) -> Result<(), Knot> {
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
        let inside: HashSet<NodeIndex> = block.iter().copied().collect();
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
        let inside: HashSet<NodeIndex> = block.iter().copied().collect();
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

/// The shortest way from a member of a block over one of `first` back to it, all inside.
fn way_back(
    graph: &DiGraph<(), ()>,
    inside: &HashSet<NodeIndex>,
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
            if let Entry::Vacant(e) = came_from.entry(w) {
                e.insert(v);
                queue.push_back(w);
            }
        }
    }
    round(&came_from, start, last)
}
