//! A state that comes up from nothing: who waits for whom, loop after loop.

use super::breaking::Breaking;
use super::holds::Holds;
use super::outcome::{ColdLoop, ColdStart};
use crate::model::{NodeId, Role, System};
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::HashMap;

/// What runs before everything stops.
pub(super) struct Runs<'r> {
    /// Whether a node works.
    pub works: &'r dyn Fn(NodeId) -> bool,
    /// The host of each instance that has one.
    pub hosts: HashMap<NodeId, NodeId>,
}

/// A state that comes up.
pub(super) struct Dark<'a> {
    system: &'a System,
    holds: Holds,
    /// What works and has not started, sorted.
    open: Vec<NodeId>,
    /// Links by network, as far as they were asked for.
    links: HashMap<u32, Vec<NodeId>>,
}

impl<'a> Dark<'a> {
    pub fn new(system: &'a System, runs: &Runs<'_>, started: Vec<bool>) -> Self {
        let nodes = system.iter().map(|(v, _)| v);
        let is_open = |v: &NodeId| (runs.works)(*v) && !started[v.index()];
        let open: Vec<NodeId> = nodes.filter(is_open).collect();
        Self {
            system,
            holds: Holds::new(system, (&open, &runs.hosts), started),
            open,
            links: HashMap::new(),
        }
    }

    pub fn cold_start(mut self) -> ColdStart {
        let nodes = self.open.clone();
        let mut loops = Vec::new();
        while !self.open.is_empty() {
            let found = self.loops();
            if found.is_empty() {
                break;
            }
            for round in &found {
                self.start(&round.members);
            }
            loops.extend(found);
        }
        ColdStart { nodes, loops }
    }

    /// The loops that wait for nothing else.
    fn loops(&mut self) -> Vec<ColdLoop> {
        let open = self.open.clone();
        let place = |v: NodeId| open.binary_search(&v).ok();
        let mut graph: DiGraph<NodeId, ()> = DiGraph::new();
        for &v in &open {
            graph.add_node(v);
        }
        for (at, &v) in open.iter().enumerate() {
            for p in self.waits_for(v) {
                if let Some(p) = place(p) {
                    graph.add_edge(NodeIndex::new(at), NodeIndex::new(p), ());
                }
            }
        }
        let mut found = Vec::new();
        let parts = petgraph::algo::kosaraju_scc(&graph);
        let mut part_of = vec![0; open.len()];
        for (at, part) in parts.iter().enumerate() {
            for v in part {
                part_of[v.index()] = at;
            }
        }
        for (at, part) in parts.iter().enumerate() {
            let leaves = |v: &NodeIndex| graph.neighbors(*v).any(|p| part_of[p.index()] != at);
            if part.iter().any(leaves) {
                continue;
            }
            let mut members: Vec<NodeId> = part.iter().map(|&v| graph[v]).collect();
            members.sort_unstable();
            let waiting = waiting(&graph, part);
            found.push(self.describe(members, waiting));
        }
        found.sort_by(|x, y| x.members.cmp(&y.members));
        found
    }

    fn describe(&mut self, members: Vec<NodeId>, waiting: Vec<NodeId>) -> ColdLoop {
        let waits: HashMap<NodeId, Vec<NodeId>> =
            members.iter().map(|&v| (v, self.waits_for(v))).collect();
        let way = self.system.shortest_way(members[0], |v, visit| {
            waits.get(&v).into_iter().flatten().for_each(|&p| visit(p));
        });
        let nodes = self.system.nodes().len();
        let mut breaking = Breaking::new(&mut self.holds, &members, nodes);
        let (breaks, untried) = breaking.alone();
        let together = if breaks.is_empty() {
            breaking.together()
        } else {
            Vec::new()
        };
        ColdLoop {
            members,
            way,
            waiting,
            breaks,
            together,
            untried,
        }
    }

    /// Starts some nodes, and all that then can.
    fn start(&mut self, first: &[NodeId]) {
        let system = self.system;
        let none = vec![false; self.holds.len()];
        let mut ready = first.to_vec();
        // Flows that no hold keeps, until a path joins their ends.
        let mut flows: Vec<NodeId> = self.open.clone();
        flows.retain(|&v| matches!(system.node(v).role, Role::Flow(_)));
        loop {
            while let Some(v) = ready.pop() {
                if self.holds.has_started(v) {
                    continue;
                }
                let is_flow = |v: NodeId| matches!(system.node(v).role, Role::Flow(_));
                self.holds.start(v, &none, |next| {
                    if !is_flow(next) {
                        ready.push(next);
                    }
                });
            }
            self.holds.keep();
            flows.retain(|&v| !self.holds.has_started(v));
            for &v in &flows {
                if self.holds.unmet(v) == 0 && !self.is_cut(v) {
                    ready.push(v);
                }
            }
            if ready.is_empty() {
                break;
            }
        }
        let holds = &self.holds;
        self.open.retain(|&v| !holds.has_started(v));
    }

    /// Whom a node that has not started waits for, sorted; nobody if it can start.
    fn waits_for(&mut self, v: NodeId) -> Vec<NodeId> {
        let mut all: Vec<NodeId> = self.holds.waits_for(v).collect();
        if all.is_empty() && self.is_cut(v) {
            all = self.on_the_way(v);
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Whether it is a flow whose ends no path joins that has started.
    fn is_cut(&mut self, v: NodeId) -> bool {
        let Role::Flow(flow) = self.system.node(v).role else {
            return false;
        };
        let network = self.system.network_of_flow(&flow);
        network.is_some_and(|network| !self.joins(network, flow.from, flow.to))
    }

    /// What a flow may come by and has not started.
    fn on_the_way(&self, v: NodeId) -> Vec<NodeId> {
        let network = match &self.system.node(v).role {
            Role::Flow(flow) => self.system.network_of_flow(flow),
            _ => None,
        };
        let part = |p: &NodeId| !self.holds.has_started(*p) && self.system.network(*p) == network;
        let open = self.open.iter().copied();
        open.filter(|p| network.is_some() && part(p)).collect()
    }

    /// Whether a path of started links and nodes joins two nodes of a network; what is between lets
    /// traffic of others pass.
    fn joins(&mut self, network: u32, from: NodeId, to: NodeId) -> bool {
        let system = self.system;
        let links = self.links.entry(network).or_insert_with(|| {
            let all = system
                .iter()
                .filter(|(_, n)| matches!(n.role, Role::Link(_)));
            let all = all.map(|(v, _)| v);
            all.filter(|&v| system.network(v) == Some(network))
                .collect()
        });
        let up = |v: NodeId| self.holds.has_started(v);
        let mut seen = vec![false; system.nodes().len()];
        seen[from.index()] = up(from);
        loop {
            let mut grew = false;
            for &link in links.iter().filter(|&&l| up(l)) {
                let Role::Link(l) = system.node(link).role else {
                    continue;
                };
                for (x, y) in [(l.a, l.b), (l.b, l.a)] {
                    let leads_on = x == from || system.node(x).is_transit();
                    if seen[x.index()] && leads_on && up(y) && !seen[y.index()] {
                        seen[y.index()] = true;
                        grew = true;
                    }
                }
            }
            if !grew {
                return seen[to.index()];
            }
        }
    }
}

/// Who waits for a part of a graph, directly or not, without the part itself; sorted.
fn waiting(graph: &DiGraph<NodeId, ()>, part: &[NodeIndex]) -> Vec<NodeId> {
    let mut seen = vec![false; graph.node_count()];
    let mut stack = part.to_vec();
    while let Some(v) = stack.pop() {
        if !std::mem::replace(&mut seen[v.index()], true) {
            stack.extend(graph.neighbors_directed(v, petgraph::Direction::Incoming));
        }
    }
    for v in part {
        seen[v.index()] = false;
    }
    let found = graph.node_indices().filter(|v| seen[v.index()]);
    let mut found: Vec<NodeId> = found.map(|v| graph[v]).collect();
    found.sort_unstable();
    found
}
