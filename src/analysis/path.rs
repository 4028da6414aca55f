//! The way a flow takes in one state, for people to look at. In: a system, which nodes work, a
//! flow. Out: the links and components on its shortest paths, in order from where it starts.

use super::outcome::Direction;
use crate::model::{Flow, Node, NodeId, Role, System};
use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};
use std::rc::Rc;

/// Path lengths that differ by less than this fraction are equal.
const TIE: f64 = 1.0 + 1e-12;

/// The ways through the networks of one state. Remembers distances, so that flows to one
/// destination share them.
#[derive(Debug)]
pub struct Paths {
    /// Links that work, by the end they lead from.
    hops: HashMap<NodeId, Vec<Hop>>,
    /// The same by the end they lead to.
    back: HashMap<NodeId, Vec<Hop>>,
    /// Components that traffic of others may pass.
    transit: Vec<bool>,
    distances: RefCell<HashMap<NodeId, Rc<HashMap<NodeId, f64>>>>,
}

/// One direction of a link, seen from one end.
#[derive(Clone, Copy, Debug)]
struct Hop {
    link: NodeId,
    direction: Direction,
    other: NodeId,
    metric: f64,
}

impl Paths {
    /// Of the state in which `works` says what works, by node.
    #[must_use]
    pub fn new(system: &System, works: &[bool]) -> Self {
        let mut paths = Self {
            hops: HashMap::new(),
            back: HashMap::new(),
            transit: system.nodes().iter().map(Node::is_transit).collect(),
            distances: RefCell::default(),
        };
        for (link, node) in system.iter().filter(|(v, _)| works[v.index()]) {
            if let Role::Link(l) = node.role {
                for (direction, from, to, metric) in [
                    (Direction::There, l.a, l.b, l.metric),
                    (Direction::Back, l.b, l.a, l.metric_back),
                ] {
                    let hop = |other| Hop {
                        link,
                        direction,
                        other,
                        metric,
                    };
                    paths.hops.entry(from).or_default().push(hop(to));
                    paths.back.entry(to).or_default().push(hop(from));
                }
            }
        }
        paths
    }

    /// Links and components that a flow passes, its ends included: by distance from its
    /// destination, farthest first. Empty when there is no path.
    #[must_use]
    pub fn of(&self, flow: &Flow) -> Vec<NodeId> {
        self.passed(*flow).into_iter().map(|(v, _)| v).collect()
    }

    /// The same, of each link with the direction in which the flow passes it.
    pub(super) fn passed(&self, flow: Flow) -> Vec<(NodeId, Option<Direction>)> {
        let distance = self.distances(flow.to);
        let mut passed = BTreeSet::new();
        let mut todo = BTreeSet::new();
        todo.extend(distance.get(&flow.from).map(|_| flow.from));
        while let Some(u) = todo.pop_first() {
            let far = distance[&u];
            if !passed.insert((Reverse(far.to_bits()), 0, u, None)) {
                continue;
            }
            for hop in self.hops.get(&u).into_iter().flatten() {
                let Some(&near) = distance.get(&hop.other) else {
                    continue;
                };
                let leads_on = hop.other == flow.to || self.transit[hop.other.index()];
                if leads_on && hop.metric + near <= far * TIE && near < far {
                    let way = Some(hop.direction);
                    passed.insert((Reverse(far.to_bits()), 1, hop.link, way));
                    todo.insert(hop.other);
                }
            }
        }
        passed.into_iter().map(|(_, _, v, way)| (v, way)).collect()
    }

    /// Distance to `to` of every component that reaches it.
    fn distances(&self, to: NodeId) -> Rc<HashMap<NodeId, f64>> {
        if let Some(known) = self.distances.borrow().get(&to) {
            return Rc::clone(known);
        }
        let mut distance = HashMap::from([(to, 0.0f64)]);
        let mut queue = BinaryHeap::from([Reverse((0u64, to))]);
        while let Some(Reverse((bits, v))) = queue.pop() {
            let here = f64::from_bits(bits);
            if here > distance[&v] || (v != to && !self.transit[v.index()]) {
                continue;
            }
            for hop in self.back.get(&v).into_iter().flatten() {
                let through = hop.metric + here;
                if distance.get(&hop.other).is_none_or(|&d| through < d) {
                    distance.insert(hop.other, through);
                    queue.push(Reverse((through.to_bits(), hop.other)));
                }
            }
        }
        let distance = Rc::new(distance);
        self.distances.borrow_mut().insert(to, Rc::clone(&distance));
        distance
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Draft, DraftNode, Link};

    fn node(id: &str, role: Role) -> DraftNode {
        DraftNode {
            node: Node::new(id, "node", role),
            within: Vec::new(),
        }
    }

    /// a ═ b ═ c by two ways: a–b–c and a–d–c, and a long link a–c.
    #[test]
    fn every_shortest_path_is_on_it_and_nothing_else() {
        let link = |id: &str, a, b, metric| {
            let (a, b) = (NodeId(a), NodeId(b));
            let role = Link {
                a,
                b,
                metric,
                metric_back: metric,
                capacity_back: None,
            };
            node(id, Role::Link(role))
        };
        let mut nodes: Vec<DraftNode> = ["a", "b", "c", "d"]
            .map(|id| node(id, Role::Component))
            .into();
        nodes.extend([
            link("l-ab", 0, 1, 1.0),
            link("l-bc", 1, 2, 1.0),
            link("l-ad", 0, 3, 1.0),
            link("l-dc", 3, 2, 1.0),
            link("l-long", 0, 2, 5.0),
        ]);
        let flow = Flow {
            from: NodeId(0),
            to: NodeId(2),
        };
        nodes.push(node("z-flow", Role::Flow(flow)));
        let draft = Draft {
            nodes,
            ..Draft::default()
        };
        let system = System::new(draft).expect("valid");
        let mut works = vec![true; system.nodes().len()];
        let on_it = |works: &[bool]| {
            let path = Paths::new(&system, works).of(&flow);
            path.iter()
                .map(|&v| system.id(v).to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            on_it(&works),
            ["a", "l-ab", "l-ad", "b", "d", "l-bc", "l-dc", "c"]
        );
        for down in ["l-ab", "l-dc"] {
            works[system.find(down).expect("is there").index()] = false;
        }
        assert_eq!(on_it(&works), ["a", "l-long", "c"]);
        works[system.find("l-long").expect("is there").index()] = false;
        assert!(on_it(&works).is_empty());
    }
}
