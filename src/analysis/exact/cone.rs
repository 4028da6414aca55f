//! What can bring one service down, cut into modules.
//!
//! In: a compiled system, who is out by which event. Out: a [`Cone`]: the nodes that the service
//! cannot do without, providers first, with their events, and for each node whether it is a module,
//! that is, whether all below it matters to the service through it alone.

use super::NotExact;
use crate::engine::{CompiledSystem, Ix, NONE};
use petgraph::algo::dominators::simple_fast;
use petgraph::graph::{DiGraph, NodeIndex};
use std::ops::Range;

/// More nodes than this are not looked at.
const MOST_NODES: usize = 10_000;

/// A node of the cone.
#[derive(Clone, Debug)]
pub struct Gate {
    /// Out for good.
    pub out: bool,
    /// Events that take it out by itself.
    pub events: Vec<u32>,
    /// Per requirement: how many of its providers may fail, and who they are.
    pub requirements: Vec<(u32, Vec<u32>)>,
    /// First member of its cycle, by number; its own number if it is in none.
    pub cycle: u32,
    /// The nearest module above it; itself if it is one.
    pub module: u32,
    /// How many nodes stand between the service and all ways to it.
    pub depth: u32,
}

/// A service with all it needs.
#[derive(Clone, Debug)]
pub struct Cone {
    /// Providers first, members of a cycle side by side; the service is last of the module it roots.
    pub gates: Vec<Gate>,
    /// Number of the service.
    pub top: u32,
    /// Rank of each event that can matter, in the order in which a walk from the service meets
    /// them, with the event.
    pub events: Vec<u32>,
}

/// Who is out by what.
pub struct Causes<'a> {
    /// Per node in compiled order: events that take it out.
    pub events: &'a [Vec<u32>],
    /// Per node in compiled order: out for good.
    pub out: &'a [bool],
    /// Per node in compiled order: it needs a way through a network.
    pub routed: &'a [bool],
    /// Per node in compiled order: it may trip in some state.
    pub trips: &'a [bool],
    /// Whether it is placed on one of several hosts.
    pub placed: &'a [bool],
}

impl Cone {
    /// Of the service that stands at `service`.
    ///
    /// # Errors
    /// It needs a network, or too much.
    pub fn new(sys: &CompiledSystem, causes: &Causes<'_>, service: Ix) -> Result<Self, NotExact> {
        let (mut nodes, events) = walk(sys, causes, service)?;
        nodes.sort_unstable();
        let number = |v: u32| {
            let at = nodes.binary_search(&v).unwrap_or(usize::MAX);
            u32::try_from(at).unwrap_or(NONE)
        };
        let gate = |(i, &v): (u32, &u32)| {
            let at = v as usize;
            let requirements = needed(sys, at).map(|(spare, providers)| {
                let providers = providers.map(|e| number(sys.edges[e].provider));
                (spare, providers.collect())
            });
            Gate {
                out: causes.out[at],
                events: causes.events[at].clone(),
                requirements: requirements.collect(),
                cycle: match sys.cycle[at] {
                    NONE => i,
                    first => cycle_of(&nodes, sys, first),
                },
                module: i,
                depth: 0,
            }
        };
        let gates: Vec<Gate> = (0..).zip(&nodes).map(gate).collect();
        let mut cone = Self {
            gates,
            top: number(service.0),
            events,
        };
        cone.find_modules();
        Ok(cone)
    }

    /// Finds which gates are modules: those that dominate all they reach, seen from the service.
    fn find_modules(&mut self) {
        let n = self.gates.len();
        let mut graph = DiGraph::<(), (), u32>::with_capacity(n + self.events.len(), 4 * n);
        for _ in 0..n + self.events.len() {
            graph.add_node(());
        }
        let mut rank = std::collections::HashMap::new();
        rank.extend((0u32..).zip(&self.events).map(|(r, &e)| (e, r)));
        for (i, gate) in (0u32..).zip(&self.gates) {
            let providers = gate.requirements.iter().flat_map(|r| &r.1).copied();
            let first = u32::try_from(n).unwrap_or(NONE);
            let events = gate.events.iter().map(|e| first + rank[e]);
            for child in providers.chain(events) {
                graph.add_edge(
                    NodeIndex::new(i as usize),
                    NodeIndex::new(child as usize),
                    (),
                );
            }
        }
        let dominators = simple_fast(&graph, NodeIndex::new(self.top as usize));
        let parent = |v: usize| {
            let above = dominators.immediate_dominator(NodeIndex::new(v));
            above.map(NodeIndex::index)
        };
        let tree = Tree::new(self.top as usize, graph.node_count(), parent);
        // The least depth of a node that dominates a child of anything at or below each node.
        let mut reach = tree.depth.clone();
        for &v in tree.order.iter().rev() {
            for child in graph.neighbors(NodeIndex::new(v)) {
                let above = parent(child.index()).map_or(0, |above| tree.depth[above]);
                reach[v] = reach[v].min(above);
            }
            if let Some(above) = parent(v) {
                reach[above] = reach[above].min(reach[v]);
            }
        }
        for &v in &tree.order {
            if v < n {
                let is_module = reach[v] >= tree.depth[v];
                let above = parent(v).map(|above| self.gates[above].module);
                let own = u32::try_from(v).unwrap_or(NONE);
                self.gates[v].module = above.filter(|_| !is_module).unwrap_or(own);
                self.gates[v].depth = tree.depth[v];
            }
        }
    }
}

/// The tree of who dominates whom.
struct Tree {
    depth: Vec<u32>,
    /// Parents before children.
    order: Vec<usize>,
}

impl Tree {
    fn new(top: usize, n: usize, parent: impl Fn(usize) -> Option<usize>) -> Self {
        let mut children = vec![Vec::new(); n];
        for v in 0..n {
            if let Some(above) = parent(v) {
                children[above].push(v);
            }
        }
        let (mut depth, mut order) = (vec![0; n], vec![top]);
        let mut next = 0;
        while next < order.len() {
            let v = order[next];
            for &child in &children[v] {
                depth[child] = depth[v] + 1;
                order.push(child);
            }
            next += 1;
        }
        Self { depth, order }
    }
}

/// The requirements of a node that matter: how many providers may fail, and the edges.
fn needed(sys: &CompiledSystem, v: usize) -> impl Iterator<Item = (u32, Range<usize>)> + '_ {
    let requirements = &sys.requirements[sys.requirements_of(v)];
    let hard = requirements.iter().filter(|r| r.need > 0);
    hard.map(|r| (r.last - r.first - r.need, r.edges()))
}

/// All that a service cannot do without, in any order, and the events of it in the order in which a
/// walk from the top meets them.
fn walk(
    sys: &CompiledSystem,
    causes: &Causes<'_>,
    service: Ix,
) -> Result<(Vec<u32>, Vec<u32>), NotExact> {
    let mut seen = std::collections::HashSet::from([service.0]);
    let mut met = std::collections::HashSet::new();
    let (mut nodes, mut events, mut stack) = (Vec::new(), Vec::new(), vec![service.0]);
    while let Some(v) = stack.pop() {
        if nodes.len() >= MOST_NODES {
            return Err(NotExact::TooLarge);
        }
        if causes.routed[v as usize] {
            return Err(NotExact::Network);
        }
        if causes.trips[v as usize] {
            return Err(NotExact::Trips);
        }
        if causes.placed[v as usize] {
            return Err(NotExact::Placement);
        }
        nodes.push(v);
        let own = causes.events[v as usize].iter().copied();
        events.extend(own.filter(|&e| met.insert(e)));
        let before = stack.len();
        for (_, edges) in needed(sys, v as usize) {
            let providers = sys.edges[edges].iter().map(|e| e.provider);
            stack.extend(providers.filter(|&p| seen.insert(p)));
        }
        stack[before..].reverse();
    }
    Ok((nodes, events))
}

/// The first member of a cycle that is in the cone.
fn cycle_of(nodes: &[u32], sys: &CompiledSystem, first: u32) -> u32 {
    let members = sys.cycle_members(first);
    let at = nodes.partition_point(|&v| (v as usize) < members.start);
    u32::try_from(at).unwrap_or(NONE)
}
