//! Headroom by the book: how much all demand can grow before a node gets less than all.

use super::network::Hop;
use super::{Oracle, Point, Route, shares};
use brownout::model::{Need, Node, NodeId, Requirement, Role, Split};

/// Growths closer than this, relatively, are equal.
const SAME: f64 = 1e-12;

impl Point {
    /// The same with the growths of one tier at hand.
    fn seen_from(&self, tier: usize) -> Self {
        Self {
            at: tier,
            growth: self.growth_of_tier[tier].clone(),
            ..self.clone()
        }
    }
}

impl Oracle<'_> {
    /// Headroom of a service, and what sets it; nothing where nothing does.
    pub fn headroom(&self, service: NodeId, point: &Point) -> Option<(f64, NodeId)> {
        let growth = point.growth_of_tier[self.tier(service)][service.index()];
        if !point.works[service.index()] || growth == f64::INFINITY {
            return None;
        }
        let limit = self.limits(service, point, SAME).into_iter().min();
        Some((growth - 1.0, limit.expect("a growth comes from some node")))
    }

    /// Every node that the growth of a service comes from.
    pub fn limits(&self, service: NodeId, point: &Point, same: f64) -> Vec<NodeId> {
        let point = &point.seen_from(self.tier(service));
        let growth = point.growth[service.index()];
        let is = |x: f64| x >= growth * (1.0 - same) && x <= growth * (1.0 + same);
        let mut seen = vec![service];
        let mut found = Vec::new();
        let mut at = 0;
        while at < seen.len() {
            let v = seen[at];
            at += 1;
            if is(self.own_growth(v, point)) {
                found.push(v);
            }
            let mut next = self.needs_that(v, point, &is);
            if let Some(route) = &point.routes[v.index()] {
                for u in passed(route) {
                    next.push(u);
                    for hop in &route.hops[u.index()] {
                        if is(self.growth_of_hop(hop, point)) {
                            found.push(hop.link);
                        }
                        next.extend(self.needs_that(hop.link, point, &is));
                    }
                }
            }
            // Lost shards, of the node itself and of the links on its way.
            found.extend(next.iter().filter(|p| !point.works[p.index()]));
            for p in next {
                if is(point.growth[p.index()]) && !seen.contains(&p) {
                    seen.push(p);
                }
            }
        }
        found
    }

    /// The providers of all requirements whose growth is as wanted.
    fn needs_that(&self, v: NodeId, point: &Point, is: &impl Fn(f64) -> bool) -> Vec<NodeId> {
        let mut found = self.system.node(v).within.to_vec();
        for r in self.requirements(v).filter(|r| is(growth_of(r, point))) {
            let counted = counted(r, point).into_iter();
            found.extend(counted.map(|i| r.providers[i].node));
        }
        found
    }

    /// The growth of every node: from no limit down, until nothing moves.
    pub fn growths(&self, point: &mut Point) {
        loop {
            let next: Vec<f64> = self
                .system
                .iter()
                .map(|(v, node)| self.growth(v, node, point))
                .collect();
            if next == point.growth {
                return;
            }
            point.growth = next;
        }
    }

    fn growth(&self, v: NodeId, node: &Node, point: &Point) -> f64 {
        if !point.works[v.index()] {
            return 0.0;
        }
        let on_the_way = match (&point.routes[v.index()], &node.role) {
            (Some(route), Role::Flow(_)) => self.growth_along(route, point),
            _ => f64::INFINITY,
        };
        self.own_growth(v, point)
            .min(self.growth_of_needs(v, point))
            .min(on_the_way)
    }

    fn growth_of_needs(&self, v: NodeId, point: &Point) -> f64 {
        let domains = self.system.node(v).within.iter();
        let domains = domains.map(|d| point.growth[d.index()]);
        let needs = self.requirements(v).map(|r| growth_of(r, point));
        needs.chain(domains).fold(f64::INFINITY, f64::min)
    }

    /// What a node takes by itself, of a link in both directions.
    fn own_growth(&self, v: NodeId, point: &Point) -> f64 {
        let one_way = |is_forward| self.own_growth_one_way(v, is_forward, point);
        one_way(true).min(one_way(false))
    }

    /// What trips first as all demand grows, and by how much it can until then.
    pub fn first_trip(&self, point: &Point) -> Option<(NodeId, f64)> {
        let growth = |v: NodeId| {
            let one_way = |is_forward| self.growth_to_trip(v, is_forward, point);
            let least = one_way(true).min(one_way(false));
            (point.works[v.index()] && least.is_finite()).then_some((v, least))
        };
        let all: Vec<(NodeId, f64)> = self.system.iter().filter_map(|(v, _)| growth(v)).collect();
        let least = all.iter().map(|x| x.1).fold(f64::INFINITY, f64::min);
        let mut same = all.into_iter().filter(|x| x.1 <= least * (1.0 + SAME));
        same.next().map(|(v, x)| (v, (x - 1.0).max(0.0)))
    }

    /// What a link takes by itself in one direction.
    fn growth_of_hop(&self, hop: &Hop, point: &Point) -> f64 {
        self.own_growth_one_way(hop.link, hop.is_forward, point)
    }

    fn growth_along(&self, route: &Route, point: &Point) -> f64 {
        let mut least = f64::INFINITY;
        for u in passed(route) {
            least = least.min(point.growth[u.index()]);
            for hop in &route.hops[u.index()] {
                least = least
                    .min(self.growth_of_hop(hop, point))
                    .min(self.growth_of_needs(hop.link, point));
            }
        }
        least
    }
}

/// The nodes that a flow passes, both ends included.
fn passed(route: &Route) -> Vec<NodeId> {
    let mut seen = vec![route.from];
    let mut at = 0;
    while at < seen.len() {
        for hop in &route.hops[seen[at].index()] {
            if !seen.contains(&hop.next) {
                seen.push(hop.next);
            }
        }
        at += 1;
    }
    seen
}

fn growth_of(r: &Requirement, point: &Point) -> f64 {
    let of = |i: usize| point.growth[r.providers[i].node.index()];
    match (r.need, r.split) {
        (Need::AtLeast(0), _) => f64::INFINITY,
        (Need::AtLeast(k), Split::Copy) => {
            let mut all: Vec<f64> = (0..r.providers.len()).map(of).collect();
            all.sort_by(|x, y| y.total_cmp(x));
            all[k as usize - 1]
        }
        _ => counted(r, point)
            .into_iter()
            .map(of)
            .fold(f64::INFINITY, f64::min),
    }
}

/// The providers that a requirement of a working consumer gets something from.
fn counted(r: &Requirement, point: &Point) -> Vec<usize> {
    let working: Vec<usize> = (0..r.providers.len())
        .filter(|&i| point.works[r.providers[i].node.index()])
        .collect();
    match (r.need, r.split) {
        (Need::AtLeast(0), _) => Vec::new(),
        (Need::All, _) | (_, Split::Copy) => working,
        (Need::AtLeast(k), Split::Standby) => working.into_iter().take(k as usize).collect(),
        // A lost one that had a part of its own takes no growth at all.
        (Need::AtLeast(_), Split::Shard) => {
            let all: Vec<usize> = (0..r.providers.len()).collect();
            let parts = shares(r, &all).into_iter();
            parts.filter(|p| p.1 > 0.0).map(|p| p.0).collect()
        }
        (Need::AtLeast(_), Split::Share) => {
            let parts = shares(r, &working).into_iter();
            parts.filter(|p| p.1 > 0.0).map(|p| p.0).collect()
        }
    }
}
