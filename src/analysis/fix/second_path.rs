//! A second path: a link between two places that so far a single way joins. In: the links of that way. Out: the
//! link that runs beside them. Promises: what it is like follows from these links alone.

use crate::model::{Expansion, Link, Node, NodeId, Reliability, Role, System};

/// New links from one place to another past all that stands between them. Each carries what the least of the
/// links that it runs beside carries, is as long as all of them together, costs as much, and is out as often as
/// the worst of them; it needs what they need, and sits within none of their domains.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SecondPath {
    /// Where it begins.
    pub from: NodeId,
    /// Where it ends.
    pub to: NodeId,
    /// The links of the way that there is, from its beginning to its end; at least two.
    pub beside: Vec<NodeId>,
    /// How many such links, ≥ 1.
    pub count: u32,
}

impl SecondPath {
    /// What one of them costs; `None` where one of the links that it runs beside has no cost.
    #[must_use]
    pub fn cost(&self, system: &System) -> Option<f64> {
        let costs = self.beside.iter().map(|&l| system.node(l).expansion.cost);
        costs.sum()
    }

    /// What each of them carries from its beginning to its end, and back; infinite if unlimited.
    #[must_use]
    pub fn capacities(&self, system: &System) -> [f64; 2] {
        let mut least = [f64::INFINITY; 2];
        for (link, there) in self.ways(system) {
            let [a, b] = link.capacities();
            let ways = if there { [a, b] } else { [b, a] };
            for (least, way) in least.iter_mut().zip(ways) {
                *least = least.min(way);
            }
        }
        least
    }

    /// The links, and whether each is passed from its first end to its second.
    fn ways<'s>(&self, system: &'s System) -> Vec<(&'s Node, bool)> {
        let mut at = self.from;
        let mut ways = Vec::new();
        for &link in &self.beside {
            let node = system.node(link);
            if let Role::Link(l) = node.role {
                let there = l.a == at;
                at = if there { l.b } else { l.a };
                ways.push((node, there));
            }
        }
        ways
    }

    /// What one of them is like.
    pub(super) fn node(&self, system: &System) -> Option<Node> {
        let ways = self.ways(system);
        let mut node = ways.first()?.0.clone();
        let mut metric = [0.0; 2];
        for (link, there) in &ways {
            let Role::Link(l) = link.role else {
                return None;
            };
            let [a, b] = if *there { [0, 1] } else { [1, 0] };
            metric[a] += l.metric;
            metric[b] += l.metric_back;
        }
        let [capacity, back] = self.capacities(system);
        let sum = |of: fn(&Expansion) -> Option<f64>| {
            let all = ways.iter().map(|(link, _)| of(&link.expansion));
            all.sum::<Option<f64>>()
        };
        let least = |of: fn(&Node) -> Option<f64>| {
            let all = ways.iter().filter_map(|(link, _)| of(link));
            all.min_by(f64::total_cmp)
        };
        let out = |n: &Node| n.reliability.map_or(0.0, Reliability::unavailability);
        let worst = ways.iter().map(|(link, _)| *link);
        let worst = worst.max_by(|x, y| out(x).total_cmp(&out(y)));
        node.name = None;
        node.capacity = capacity.is_finite().then_some(capacity);
        node.reliability = worst.and_then(|n| n.reliability);
        node.trips_at = least(|n| n.trips_at);
        node.expansion = Expansion {
            cost: sum(|e| e.cost),
            cost_per_unit: sum(|e| e.cost_per_unit),
            max_capacity: least(|n| n.expansion.max_capacity).map(|most| most.max(capacity)),
        };
        node.role = Role::Link(Link {
            a: self.from,
            b: self.to,
            metric: metric[0],
            metric_back: metric[1],
            capacity_back: (back.to_bits() != capacity.to_bits()).then_some(back),
        });
        Some(node)
    }
}
