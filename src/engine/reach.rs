//! Headroom: which nodes a service's own load reaches in a state, and which is nearest its limit.

use super::base::Base;
use super::compiled::{Ix, NONE};
use super::scratch::Scratch;
use super::values::Values;

/// Utilizations closer than this, relatively, count as equal, so that rounding names no limit.
const SAME: f64 = 1e-12;

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
    seen: Vec<u32>,
    walk: u32,
    nodes: Vec<u32>,
    /// Per collected node: which collected node it was reached from.
    from: Vec<u32>,
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

    /// The nodes that the last walk came to, the service first. Empty or of an older walk when the
    /// last service does not work or has no demand.
    pub(crate) fn reached(&self) -> &[u32] {
        &self.nodes
    }

    /// Whether the last walk came to a node.
    pub(crate) fn has_reached(&self, v: u32) -> bool {
        self.walk > 0 && self.seen[v as usize] == self.walk
    }

    /// The way that load took in the last walk, from a node up to the service, both included.
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
        self.seen.resize(sys.len(), 0);
        self.walk = self.walk.wrapping_add(1);
        if self.walk == 0 {
            self.seen.fill(0);
            self.walk = 1;
        }
        self.nodes.clear();
        self.nodes.push(service);
        self.from.clear();
        self.from.push(0);
        self.seen[service as usize] = self.walk;
        let mut next = 0;
        while let Some(&v) = self.nodes.get(next) {
            next += 1;
            for r in &sys.requirements[sys.requirements_of(v as usize)] {
                if !r.loads {
                    continue;
                }
                for e in &sys.edges[r.edges()] {
                    let p = e.provider as usize;
                    let carries = e.flow != NONE && values.flow[e.flow as usize][lane] > 0.0;
                    if carries && self.seen[p] != self.walk {
                        self.seen[p] = self.walk;
                        self.nodes.push(e.provider);
                        self.from.push(u32::try_from(next - 1).unwrap_or(NONE));
                    }
                }
            }
        }
    }

    fn tightest<const L: usize>(
        &self,
        base: &Base<'_, L>,
        values: &Values<L>,
        lane: usize,
    ) -> Option<Limit> {
        let used = |v: u32| {
            let (load, capacity) = (values.load[v as usize][lane], base.capacity[v as usize]);
            (load > 0.0 && capacity < f64::INFINITY).then(|| load / capacity)
        };
        let most = self
            .nodes
            .iter()
            .filter_map(|&v| used(v))
            .reduce(f64::max)?;
        let enough = most * (1.0 - SAME);
        self.nodes
            .iter()
            .filter(|&&v| used(v).is_some_and(|u| u >= enough))
            .min_by_key(|&&v| base.sys.node_of[v as usize])
            .map(|&v| Limit {
                node: Ix(v),
                utilization: most,
            })
    }
}
