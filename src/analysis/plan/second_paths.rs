//! Which second paths may be laid. In: an estate. Out: of each flow that one component or one domain cuts, a link
//! past what that takes of the flow's way. Promises: a list of the estate alone, whatever is asked of it and
//! whatever is out, so that a bound may rest on its being all.
//!
//! What takes only a link, or the end of a flow, has none: beside the link stands one more like it, and no path
//! gets round an end.

use crate::analysis::Paths;
use crate::analysis::fix::SecondPath;
use crate::model::{Flow, NodeId, Role, System};
use std::collections::{BTreeMap, BTreeSet};

/// All second paths, sorted. `domains` are those that each node sits within, directly or not.
pub(super) fn second_paths(system: &System, domains: &[Vec<NodeId>]) -> Vec<SecondPath> {
    let network = Network::of(system);
    if network.flows.is_empty() {
        return Vec::new();
    }
    let paths = Paths::new(system, &vec![true; system.nodes().len()]);
    let ways: Vec<Vec<NodeId>> = network
        .flows
        .iter()
        .map(|f| network.way(&paths, *f))
        .collect();
    // What may take something of a way: each node between its ends, and every domain of anything on it.
    let mut takes: BTreeMap<NodeId, BTreeSet<usize>> = BTreeMap::new();
    for (at, way) in ways.iter().enumerate() {
        for &v in way {
            takes.entry(v).or_default().insert(at);
            for &d in &domains[v.index()] {
                takes.entry(d).or_default().insert(at);
            }
        }
    }
    let mut found = BTreeSet::new();
    for (lost, crossed) in takes {
        let is_lost = |v: NodeId| v == lost || domains[v.index()].binary_search(&lost).is_ok();
        let mut reached: BTreeMap<NodeId, BTreeSet<NodeId>> = BTreeMap::new();
        for at in crossed {
            let flow = network.flows[at];
            let Some(path) = network.past(&ways[at], is_lost) else {
                continue;
            };
            let reach = reached.entry(flow.from);
            let reach = reach.or_insert_with(|| network.reach(flow.from, is_lost));
            if !reach.contains(&flow.to) {
                found.insert(path);
            }
        }
    }
    found.into_iter().collect()
}

/// Links by their ends, and flows.
struct Network<'a> {
    system: &'a System,
    links: BTreeMap<NodeId, Vec<(NodeId, NodeId)>>,
    flows: Vec<Flow>,
}

impl<'a> Network<'a> {
    fn of(system: &'a System) -> Self {
        let mut links: BTreeMap<NodeId, Vec<(NodeId, NodeId)>> = BTreeMap::new();
        let mut flows = Vec::new();
        for (v, node) in system.iter() {
            match node.role {
                Role::Link(l) => {
                    links.entry(l.a).or_default().push((v, l.b));
                    links.entry(l.b).or_default().push((v, l.a));
                }
                Role::Flow(f) if system.network_of_flow(&f).is_some() => flows.push(f),
                Role::Flow(_) | Role::Component | Role::Service(_) => {}
            }
        }
        Self {
            system,
            links,
            flows,
        }
    }

    fn around(&self, v: NodeId) -> &[(NodeId, NodeId)] {
        self.links.get(&v).map_or(&[], Vec::as_slice)
    }

    /// One shortest way of a flow: nodes and links in turn, with both ends; the first by number where there are
    /// several.
    fn way(&self, paths: &Paths, flow: Flow) -> Vec<NodeId> {
        let passed = paths.of(&flow);
        let place = |v: NodeId| passed.iter().position(|&w| w == v);
        let mut way = Vec::new();
        let mut at = flow.from;
        while let Some(here) = place(at) {
            way.push(at);
            if at == flow.to {
                return way;
            }
            // Farthest first: what comes later in the list is nearer to the end.
            let next = self.around(at).iter().filter(|(link, other)| {
                place(*link).is_some_and(|p| p > here) && place(*other).is_some_and(|p| p > here)
            });
            let Some(&(link, other)) = next.min() else {
                break;
            };
            way.push(link);
            at = other;
        }
        Vec::new()
    }

    /// The path past all that is lost of a way; `None` where that is an end, a link alone, or nothing.
    fn past(&self, way: &[NodeId], is_lost: impl Fn(NodeId) -> bool) -> Option<SecondPath> {
        let first = way.iter().position(|&v| is_lost(v))?;
        let last = way.iter().rposition(|&v| is_lost(v))?;
        // Nodes stand at even places, links at odd ones.
        let begin = if first % 2 == 1 {
            first - 1
        } else {
            first.checked_sub(2)?
        };
        let end = if last % 2 == 1 { last + 1 } else { last + 2 };
        let to = *way.get(end)?;
        if end - begin < 4 {
            return None;
        }
        let from = way[begin];
        let beside: Vec<NodeId> = (begin + 1..end).step_by(2).map(|at| way[at]).collect();
        // The same path, whichever way a flow takes it.
        let turned = to < from;
        Some(SecondPath {
            from: from.min(to),
            to: from.max(to),
            beside: if turned {
                beside.into_iter().rev().collect()
            } else {
                beside
            },
            count: 1,
        })
    }

    /// The nodes that traffic from one reaches past what is lost.
    fn reach(&self, from: NodeId, is_lost: impl Fn(NodeId) -> bool) -> BTreeSet<NodeId> {
        let mut reached = BTreeSet::from([from]);
        let mut todo = vec![from];
        while let Some(v) = todo.pop() {
            if v != from && !self.system.node(v).is_transit() {
                continue;
            }
            for &(link, other) in self.around(v) {
                if !is_lost(link) && !is_lost(other) && reached.insert(other) {
                    todo.push(other);
                }
            }
        }
        reached
    }
}
