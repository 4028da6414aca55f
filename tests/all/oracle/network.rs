//! Networks by the book: one flow at a time, distances by relaxing until nothing moves.

use super::{Oracle, Point};
use brownout::model::{Flow, Link, NodeId, Role, System};

/// How one unit of a flow travels, per node; of links per direction.
#[derive(Clone)]
pub struct Route {
    pub(super) from: NodeId,
    to: NodeId,
    node: Vec<f64>,
    forward: Vec<f64>,
    backward: Vec<f64>,
    pub(super) hops: Vec<Vec<Hop>>,
}

/// One next hop on a shortest path.
#[derive(Clone, Copy)]
pub(super) struct Hop {
    pub(super) link: NodeId,
    pub(super) next: NodeId,
    pub(super) is_forward: bool,
}

impl Route {
    /// What a node, or a link in its two directions, gets of one unit.
    pub fn passes(&self, v: usize) -> (f64, f64) {
        let node = self.node[v];
        (node + self.forward[v], node + self.backward[v])
    }
}

impl Oracle<'_> {
    /// Whether a path of working links and nodes joins two working components; what is between
    /// forwards.
    pub fn joined(&self, from: NodeId, to: NodeId, works: &[bool]) -> bool {
        let mut seen = vec![false; works.len()];
        seen[from.index()] = true;
        loop {
            let mut grew = false;
            for (v, l) in links(self.system) {
                if !works[v.index()] || !works[l.a.index()] || !works[l.b.index()] {
                    continue;
                }
                for (x, y) in [(l.a, l.b), (l.b, l.a)] {
                    let leads_on = x == from || forwards(self.system, x);
                    if seen[x.index()] && leads_on && !seen[y.index()] {
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

    /// The route of every working flow; `None` for every other node.
    pub fn routes(&self, works: &[bool]) -> Vec<Option<Route>> {
        self.system
            .iter()
            .map(|(v, node)| match node.role {
                Role::Flow(f) if works[v.index()] => Some(self.route(f, works)),
                _ => None,
            })
            .collect()
    }

    fn route(&self, flow: Flow, works: &[bool]) -> Route {
        let n = works.len();
        let ways: Vec<(NodeId, Hop, f64)> = links(self.system)
            .filter(|(v, l)| works[v.index()] && works[l.a.index()] && works[l.b.index()])
            .flat_map(|(v, l)| both_ways(v, l))
            .filter(|(_, hop, _)| hop.next == flow.to || forwards(self.system, hop.next))
            .collect();
        let distance = distances(flow.to, n, &ways);
        let mut hops = vec![Vec::new(); n];
        for &(u, hop, metric) in &ways {
            let (here, there) = (distance[u.index()], distance[hop.next.index()]);
            if metric + there <= here * (1.0 + 1e-12) && there < here {
                hops[u.index()].push(hop);
            }
        }
        let mut route = Route {
            from: flow.from,
            to: flow.to,
            node: vec![0.0; n],
            forward: vec![0.0; n],
            backward: vec![0.0; n],
            hops,
        };
        let mut far_first: Vec<usize> = (0..n).filter(|&v| distance[v].is_finite()).collect();
        far_first.sort_by(|&x, &y| distance[y].total_cmp(&distance[x]));
        route.node[flow.from.index()] = 1.0;
        for u in far_first {
            let each = route.node[u] / route.hops[u].len() as f64;
            for hop in route.hops[u].clone().into_iter().filter(|_| each > 0.0) {
                route.node[hop.next.index()] += each;
                if hop.is_forward {
                    route.forward[hop.link.index()] += each;
                } else {
                    route.backward[hop.link.index()] += each;
                }
            }
        }
        route
    }

    /// What of a flow arrives, given what every node delivers, or would if it had load.
    pub fn through(&self, route: &Route, point: &Point) -> f64 {
        self.arriving(route.from, route, point)
    }

    fn arriving(&self, u: NodeId, route: &Route, point: &Point) -> f64 {
        let here = point.delivered[u.index()];
        if u == route.to {
            return here;
        }
        let hops = &route.hops[u.index()];
        let sum: f64 = hops
            .iter()
            .map(|hop| {
                let own = self.own(hop.link, hop.is_forward, point);
                let needs = self.needs(hop.link, self.system.node(hop.link), point);
                needs
                    .fold(own, f64::min)
                    .min(self.arriving(hop.next, route, point))
            })
            .sum();
        here.min(sum / hops.len() as f64)
    }
}

fn links(system: &System) -> impl Iterator<Item = (NodeId, Link)> {
    system.iter().filter_map(|(v, node)| match node.role {
        Role::Link(l) => Some((v, l)),
        _ => None,
    })
}

/// Whether traffic of others may pass a component, by its word or its kind.
fn forwards(system: &System, v: NodeId) -> bool {
    let node = system.node(v);
    match (&*node.kind, node.transit) {
        (_, Some(said)) => said,
        ("server" | "host" | "hypervisor" | "vm" | "storage" | "database" | "application", _) => {
            false
        }
        _ => true,
    }
}

fn both_ways(link: NodeId, l: Link) -> [(NodeId, Hop, f64); 2] {
    let hop = |next, is_forward| Hop {
        link,
        next,
        is_forward,
    };
    [
        (l.a, hop(l.b, true), l.metric),
        (l.b, hop(l.a, false), l.metric_back),
    ]
}

fn distances(to: NodeId, n: usize, ways: &[(NodeId, Hop, f64)]) -> Vec<f64> {
    let mut distance = vec![f64::INFINITY; n];
    distance[to.index()] = 0.0;
    loop {
        let mut moved = false;
        for &(u, hop, metric) in ways {
            let over = metric + distance[hop.next.index()];
            if over < distance[u.index()] {
                distance[u.index()] = over;
                moved = true;
            }
        }
        if !moved {
            return distance;
        }
    }
}
