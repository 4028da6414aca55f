//! Headroom: which nodes a service's own load reaches in a state, and which is nearest its limit.

use super::base::Base;
use super::compiled::{Ix, NONE};
use super::network::{Place, Trail};
use super::routed::Part;
use super::scratch::Scratch;
use super::values::Values;

/// Utilizations closer than this, relatively, count as equal, so that rounding names no limit.
pub(super) const SAME: f64 = 1e-12;

/// What limits a service in one state at one load case.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    /// The node: the greatest utilization among those the service's own load reaches, smallest id
    /// on ties.
    pub node: Ix,
    /// Its utilization, > 0; infinite when load meets a capacity of 0.
    pub utilization: f64,
}

impl Limit {
    /// By how much all demand can grow before the service is degraded: 0.15 is 15 %; negative when
    /// it is too much already.
    #[must_use]
    pub fn headroom(&self) -> f64 {
        1.0 / self.utilization - 1.0
    }
}

/// Walks from services down. One per thread; nothing is allocated once it has grown.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// Per node: the last walk that came by, and the last that brought load to all of it.
    seen: Vec<(u32, u32)>,
    walk: u32,
    nodes: Vec<u32>,
    /// Per collected node: which collected node it was reached from; the service where a network
    /// was crossed.
    from: Vec<u32>,
    /// Directions of links: network and arc.
    arcs: Vec<(u32, u32)>,
    /// Flows to be followed: network and flow.
    flows: Vec<(u32, u32)>,
    trail: Trail,
}

impl Reach {
    /// For systems of any size.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The limit of the s-th service at each load case, in the state of `scratch`. `None` where it
    /// does not work, has no demand, or reaches no limited node.
    pub fn limits<const L: usize>(
        &mut self,
        scratch: &Scratch<'_, L>,
        s: usize,
    ) -> [Option<Limit>; L] {
        self.limits_in(scratch.base(), &scratch.values, s)
    }

    /// The same in the state of `base`.
    pub fn base_limits<const L: usize>(
        &mut self,
        base: &Base<'_, L>,
        s: usize,
    ) -> [Option<Limit>; L] {
        self.limits_in(base, &base.values, s)
    }

    /// The nodes that load of the service asked about last came to; meaningful if it works and has
    /// demand.
    pub fn reached(&self) -> impl Iterator<Item = Ix> + '_ {
        self.nodes.iter().map(|&v| Ix(v))
    }

    /// Whether the last walk came to a node.
    pub(crate) fn has_reached(&self, v: Ix) -> bool {
        self.walk > 0 && self.seen[v.index()].0 == self.walk
    }

    /// The way that load took in the last walk, from a node up to the service, both included; what
    /// is above a network is left out.
    pub(crate) fn way_to(&self, node: Ix) -> impl Iterator<Item = u32> + '_ {
        let at = self.nodes.iter().position(|&v| v == node.0);
        let up = |&at: &usize| (at > 0).then(|| self.from[at] as usize);
        std::iter::successors(at, up).map(|at| self.nodes[at])
    }

    fn limits_in<const L: usize>(
        &mut self,
        base: &Base<'_, L>,
        values: &Values<L>,
        s: usize,
    ) -> [Option<Limit>; L] {
        let demand = &base.demand[s];
        let service = base.sys.services[s];
        let Some(lane) = demand.iter().position(|&d| d > 0.0) else {
            return [None; L];
        };
        if !values.works[service as usize] {
            return [None; L];
        }
        self.walk(base, values, service, lane);
        std::array::from_fn(|l| {
            if demand[l] > 0.0 {
                self.tightest(base, values, l)
            } else {
                None
            }
        })
    }

    /// Collects the nodes that load of `service` reaches. Where one lane's load goes, every lane's
    /// goes: splits do not depend on demand.
    fn walk<const L: usize>(
        &mut self,
        base: &Base<'_, L>,
        values: &Values<L>,
        service: u32,
        lane: usize,
    ) {
        let sys = base.sys;
        self.clear(sys.len());
        self.enter(service, true, 0);
        let mut next = 0;
        loop {
            while let Some(&v) = self.nodes.get(next) {
                next += 1;
                for r in &sys.requirements[sys.requirements_of(v as usize)] {
                    if !r.loads {
                        continue;
                    }
                    for e in &sys.edges[r.edges()] {
                        if e.flow != NONE && values.flow[e.flow as usize][lane] > 0.0 {
                            self.enter(e.provider, true, next - 1);
                        }
                    }
                }
                if let Part::Flow(net, flow) = sys.part(v) {
                    self.flows.push((net, flow));
                }
            }
            // Flows last, so that those to one destination are followed together.
            if self.flows.is_empty() {
                return;
            }
            self.follow(base, values);
        }
    }

    fn clear(&mut self, nodes: usize) {
        self.seen.resize(nodes, (0, 0));
        self.walk = self.walk.wrapping_add(1);
        if self.walk == 0 {
            self.seen.fill((0, 0));
            self.walk = 1;
        }
        self.nodes.clear();
        self.from.clear();
        self.arcs.clear();
        self.flows.clear();
    }

    /// Load of the service comes to a node: as a whole, or on a link in one direction only.
    fn enter(&mut self, v: u32, whole: bool, from: usize) {
        let (seen, seen_whole) = &mut self.seen[v as usize];
        if *seen != self.walk {
            *seen = self.walk;
            self.nodes.push(v);
            self.from.push(u32::try_from(from).unwrap_or(0));
        }
        if whole {
            *seen_whole = self.walk;
        }
    }

    /// Enters what the flows at hand pass.
    fn follow<const L: usize>(&mut self, base: &Base<'_, L>, values: &Values<L>) {
        let mut flows = std::mem::take(&mut self.flows);
        flows.sort_unstable_by_key(|&(net, flow)| {
            let topology = &base.sys.networks[net as usize].topology;
            (net, topology.flow_ends(flow).1, flow)
        });
        for to_one in flows.chunk_by(|a, b| {
            let to = |f: &(u32, u32)| base.sys.networks[f.0 as usize].topology.flow_ends(f.1).1;
            a.0 == b.0 && to(a) == to(b)
        }) {
            let net = to_one[0].0 as usize;
            let network = &base.sys.networks[net];
            let mut trail = std::mem::take(&mut self.trail);
            let numbers = to_one.iter().map(|f| f.1);
            values.networks[net].walk(
                &network.topology,
                &base.networks[net],
                numbers,
                &mut trail,
                |place| match place {
                    Place::Node(node) => self.enter(network.nodes[node as usize], true, 0),
                    Place::Arc(arc) => {
                        self.enter(network.links[arc as usize / 2], false, 0);
                        self.arcs.push((to_one[0].0, arc));
                    }
                },
            );
            self.trail = trail;
        }
        flows.clear();
        self.flows = flows;
        self.arcs.sort_unstable();
        self.arcs.dedup();
    }

    fn tightest<const L: usize>(
        &self,
        base: &Base<'_, L>,
        values: &Values<L>,
        lane: usize,
    ) -> Option<Limit> {
        let sys = base.sys;
        let used = |v: u32, used: f64| (used > 0.0).then_some((v, used));
        let whole = self.nodes.iter().filter_map(|&v| {
            let is_whole = self.seen[v as usize].1 == self.walk;
            let most = values.utilization(sys, base.capacity, Ix(v))[lane];
            used(v, most).filter(|_| is_whole)
        });
        let one_way = self.arcs.iter().filter_map(|&(net, arc)| {
            let net = net as usize;
            let link = sys.networks[net].links[arc as usize / 2];
            let load = values.arc_load(sys, net, arc)[lane];
            let capacity = base.capacity[sys.capacity_of_arc(net, arc)];
            let limited = load > 0.0 && capacity < f64::INFINITY;
            used(link, if limited { load / capacity } else { 0.0 })
        });
        let all = || whole.clone().chain(one_way.clone());
        let most = all().map(|(_, u)| u).reduce(f64::max)?;
        let enough = most * (1.0 - SAME);
        all()
            .filter(|&(_, u)| u >= enough)
            .min_by_key(|&(v, _)| sys.node_of[v as usize])
            .map(|(v, _)| Limit {
                node: Ix(v),
                utilization: most,
            })
    }
}
