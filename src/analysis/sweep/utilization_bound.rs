//! Headroom over many states without asking every service in each of them.
//!
//! The utilization of a node, counting all that it needs, is the inverse of the growth that it can
//! take. For each node the bound holds the least utilization of all services above it, in the base
//! state. A service rises above what it stood at only if
//!
//! - some node below it carries another load and now stands by itself above its bound, or
//! - a group that counts only some of its providers (copy, standby, or a share of which some weights
//!   are 0) lost one, and by what its providers used before counts one above the bound now.
//!
//! From there the [climb](super::climb) goes on as long as it is above the bound, and brings along the greatest that it
//! met. *Proof.* Call a node bad when it uses more than T, where T is what the service stood at. The
//! service was not bad and is. So is it by itself, which is the first case; or a requirement of it is.
//! If that counts a provider that was bad before and did not count, it lost a provider: the second
//! case. If not, some provider that it counts was not bad and is: go on from there. In a cycle the
//! utilizations are the least that agree with each other, so not every member can be bad because of
//! another. A flow is bad where a link or node on its way is. Whatever is above the service's bound is
//! above the bound of all that is below it. What is not climbed to uses at most what it did before, or
//! its bound.
//!
//! The same in pairs that do not interact, as [`effects`](super::effects) says.
//!
//! What harms a service is another question: it uses more than all that there is, perhaps less than it did
//! in another contingency. Whoever asks for that gets the same bounds, but none above 1 ([`Wanted::Harm`]), and T
//! in the proof is the lesser of 1 and what the service stood at.

use super::tally::{SAME_HEADROOM, Tally};
use crate::analysis::status::is_thin;
use crate::engine::network::FlowPeaks;
use crate::engine::{
    Base, CompiledSystem, Ix, Limit, NONE, Part, Reach, Requirement, Rule, by_lane,
};
use crate::model::Split;
use std::sync::Arc;

/// Utilization must rise by more than this, relatively, to count as risen.
pub(super) const RISEN: f64 = 1.0 + 1e-12;
/// What is not above the bound by more than rounding is not looked into.
pub(super) const BELOW: f64 = 1.0 - 1e-11;

/// What a climb is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Services that stand higher than they did.
    Headroom,
    /// These, and services that use more than all, whatever they used before.
    Harm,
}

impl Wanted {
    /// What is asked of a contingency: why it harms services that neither the base state nor a part of it harms
    /// as much, if there are any.
    pub fn of(is_harm: bool) -> Self {
        if is_harm { Self::Harm } else { Self::Headroom }
    }

    /// No bound is above this.
    pub fn most(self) -> f64 {
        match self {
            Self::Headroom => f64::INFINITY,
            Self::Harm => 1.0,
        }
    }
}

/// A service whose headroom becomes thin, or stops being so.
#[derive(Clone, Copy, Debug)]
pub(super) struct Thin {
    pub element: u32,
    pub service: u32,
    /// One bit per lane: thin there.
    pub bits: u8,
}

/// What the base state says about headroom.
pub(super) struct UtilizationBound<const L: usize> {
    /// Per service: its utilization; 0 when nothing limits it, not a number when it does not work,
    /// which no comparison and no minimum sees.
    pub(super) top: Vec<[f64; L]>,
    /// Per node: its utilization in the base state.
    pub(super) used: Arc<Vec<[f64; L]>>,
    /// Per node: the least `top` among the services above it.
    pub(super) least: Vec<[f64; L]>,
    /// Per network: the same for flows over it.
    pub(super) over: Vec<[f64; L]>,
    pub(super) asked: Option<f64>,
    /// Whether groups that lost a provider are looked at.
    pub(super) switches: bool,
    /// Per service: one bit per lane, thin in the base state.
    thin: Vec<u8>,
    /// Node, service, and whether the node is its limit (or on the way to it), sorted; only for
    /// services that are thin in the base state.
    pub(super) ways: Vec<(u32, u32, bool)>,
    /// Services that are thin in the base state and have no way that could be kept.
    pub(super) anyway: Vec<u32>,
    /// Per network: the bound of every flow; none where something that a link or node needs may be a
    /// limit.
    pub(super) flow_peaks: Vec<Option<FlowPeaks<L>>>,
}

impl<const L: usize> UtilizationBound<L> {
    /// For a base state and the headroom that a scenario asks for; `switches` is a rule that tests
    /// leave out.
    pub fn new(base: &Base<'_, L>, asked: Option<f64>, switches: bool) -> Self {
        let sys = base.system();
        let mut reach = Reach::new();
        let mut view = reach.at_base(base);
        let mut used: Vec<[f64; L]> = Vec::with_capacity(sys.len());
        let common = view.without_trips();
        used.extend((0..).take(sys.len()).map(|v| common.most(Ix(v))));
        let mut bound = Self {
            top: Vec::new(),
            used: Arc::new(used),
            least: Vec::new(),
            over: Vec::new(),
            asked,
            switches,
            thin: Vec::new(),
            ways: Vec::new(),
            anyway: Vec::new(),
            flow_peaks: Vec::new(),
        };
        for s in 0..sys.services.len() {
            let limits = view.limits(s);
            bound.top.push(bound.top_of(base, s, &limits));
            bound.thin.push(bound.thin_bits(&limits));
            if base.is_split() {
                continue;
            }
            let thin = bound.thin[s];
            for l in (0..L).filter(|l| thin >> l & 1 == 1) {
                let way = view.without_trips().way(s, l);
                bound.keep_way(sys, s, &way);
            }
        }
        bound.ways.sort_unstable();
        bound.ways.dedup();
        bound.anyway.dedup();
        bound.fall(base);
        bound.fill(base);
        bound
    }

    /// Where a service stands in the base state, after all trips.
    fn top_of(&self, base: &Base<'_, L>, s: usize, limits: &[Option<Limit>; L]) -> [f64; L] {
        let v = Ix(base.system().services[s]);
        by_lane(|l| {
            if !base.lane(l).works(v) {
                f64::NAN
            } else if base.is_split() {
                limits[l].map_or(0.0, |limit| limit.utilization)
            } else {
                self.used[v.index()][l]
            }
        })
    }

    fn keep_way(&mut self, sys: &CompiledSystem, s: usize, way: &[u32]) {
        let service = u32::try_from(s).unwrap_or(NONE);
        // In a copy group others than those on the way decide which of them counts.
        let copies = |&v: &u32| {
            let mut all = sys.requirements[sys.requirements_of(v as usize)].iter();
            all.any(|r| r.rule == Rule::Group(Split::Copy))
        };
        let is_cyclic = |&v: &u32| sys.cycle[v as usize] != NONE;
        // A lost shard, which is a limit, is on no way.
        let is_unknown = way.is_empty() || !sys.networks.is_empty();
        if is_unknown || way.iter().any(|v| copies(v) || is_cyclic(v)) {
            self.anyway.push(service);
        } else {
            let limit = way.first().copied();
            self.ways
                .extend(way.iter().map(|&v| (v, service, Some(v) == limit)));
        }
    }

    /// The bounds of flows are the least of what is above them.
    fn fill(&mut self, base: &Base<'_, L>) {
        let sys = base.system();
        if sys.networks.is_empty() {
            return;
        }
        if sys.is_layered() {
            // What one layer carries there matters to flows of the others.
            self.flow_peaks = vec![None; sys.networks.len()];
            return;
        }
        let limits = may_limit(base);
        let ends = |v: &u32| {
            let mut all = sys.requirements[sys.requirements_of(*v as usize)].iter();
            let below = |r: &Requirement| {
                let mut edges = sys.edges[r.edges()].iter();
                r.delivers() && edges.any(|e| limits[e.provider as usize])
            };
            !all.any(below)
        };
        let flow_peaks = sys
            .networks
            .iter()
            .zip(&base.networks)
            .map(|(network, state)| {
                let mut parts = network.nodes.iter().chain(&network.links);
                let mark = |f: u32| {
                    let least = &self.least[network.flows[f as usize] as usize];
                    least.map(|u| u.min(Wanted::Harm.most()) * RISEN)
                };
                parts
                    .all(ends)
                    .then(|| FlowPeaks::new(&network.topology, state, mark))
            });
        self.flow_peaks = flow_peaks.collect();
    }

    /// Each provider is at most as high as its consumers; they come after it, or are in a cycle with
    /// it, of which all members are as low as the lowest.
    fn fall(&mut self, base: &Base<'_, L>) {
        let sys = base.system();
        self.least = vec![[f64::INFINITY; L]; sys.len()];
        self.over = vec![[f64::INFINITY; L]; sys.networks.len()];
        let mut next = sys.len();
        while let Some(last) = next.checked_sub(1) {
            let unit = match sys.cycle[last] {
                NONE => last..next,
                first => first as usize..next,
            };
            next = unit.start;
            let mut least = [f64::INFINITY; L];
            for v in unit.clone() {
                self.fall_to(sys, v);
                lower(&mut least, &self.least[v]);
            }
            for v in unit {
                self.least[v] = least;
                self.fall_from(sys, v);
            }
        }
    }

    /// The bound of a node, all of whose consumers outside of its cycle are done.
    fn fall_to(&mut self, sys: &CompiledSystem, v: usize) {
        if let Some(top) = self.top.get(sys.service[v] as usize) {
            lower(&mut self.least[v], top);
        }
        if let Part::Node(net, _) | Part::Link(net, _) = sys.part(index(v)) {
            lower(&mut self.least[v], &self.over[net as usize]);
        }
    }

    /// What a node needs is at most as high.
    fn fall_from(&mut self, sys: &CompiledSystem, v: usize) {
        let from = self.least[v];
        if let Part::Flow(net, _) = sys.part(index(v)) {
            lower(&mut self.over[net as usize], &from);
        }
        for r in sys.requirements_of(v).map(|r| &sys.requirements[r]) {
            for e in sys.edges[r.edges()].iter().filter(|_| r.delivers()) {
                lower(&mut self.least[e.provider as usize], &from);
            }
        }
    }

    /// The same bound after what some contingencies left: what leaves a service more than the least headroom
    /// so far cannot be the least, whatever else it is. As much as that counts, too.
    pub(super) fn raise(&mut self, base: &Base<'_, L>, tallies: &[Tally], lanes: usize) {
        for (s, at) in (0..).zip(tallies.chunks_exact(lanes)) {
            for (l, tally) in at
                .iter()
                .enumerate()
                .filter(|(_, t)| t.lowest_headroom().is_some())
            {
                let had = self.news(s, l, Some(tally)) * BELOW;
                self.top[s][l] = self.top[s][l].max(had);
            }
        }
        self.fall(base);
    }

    /// The same, to be raised by one thread.
    pub(super) fn copy(&self) -> Self {
        Self {
            top: self.top.clone(),
            used: Arc::clone(&self.used),
            least: Vec::new(),
            over: Vec::new(),
            asked: self.asked,
            switches: self.switches,
            thin: self.thin.clone(),
            ways: self.ways.clone(),
            anyway: self.anyway.clone(),
            flow_peaks: Vec::new(),
        }
    }

    /// Whether a utilization is more than the service stood at, where it is exact.
    pub fn is_above(&self, s: usize, l: usize, used: f64) -> bool {
        used > self.top[s][l] * RISEN
    }

    /// Headroom in the base state.
    pub fn base_headroom(&self, s: usize, l: usize) -> Option<f64> {
        Some(self.top[s][l])
            .filter(|&u| u > 0.0)
            .map(|u| 1.0 / u - 1.0)
    }

    /// One bit per lane: thin.
    pub fn thin_bits(&self, limits: &[Option<Limit>; L]) -> u8 {
        let thin = |l: &usize| is_thin(limits[*l].map(|x| x.headroom()), self.asked);
        (0..L).filter(thin).fold(0, |bits, l| bits | 1 << l)
    }

    /// The least utilization that service `s` has not had at a load case, as far as it matters.
    pub(super) fn news(&self, s: usize, l: usize, had: Option<&Tally>) -> f64 {
        let base = self.top[s][l] * RISEN;
        let Some(lowest) = had.and_then(Tally::lowest_headroom) else {
            return if base.is_nan() { f64::INFINITY } else { base };
        };
        // As much again counts, too: other elements may leave it.
        let had = base.max(1.0 / (1.0 + lowest + 2.0 * SAME_HEADROOM));
        match self.asked {
            Some(asked) => had.min(base.max(1.0 / (1.0 + asked) * (1.0 - 1e-6))),
            None => had,
        }
    }

    /// One bit per lane: thin in the base state.
    pub fn thin_in_base(&self, s: u32) -> u8 {
        self.thin[s as usize]
    }

    /// Whether a service that was not thin may be thin where utilization rises to `most`.
    pub fn may_be_thin(&self, most: &[f64; L]) -> bool {
        let asked = self.asked.map(|asked| 1.0 / (1.0 + asked) * (1.0 - 1e-6));
        asked.is_some_and(|bound| most.iter().any(|&m| m >= bound))
    }

    /// The same bound after every single failure: services stand at the greatest utilization that
    /// the base state or any single failure gives them.
    pub fn raised(&self, base: &Base<'_, L>, tallies: &[Tally], lanes: usize) -> Self {
        let mut top = self.top.clone();
        for (s, top) in top.iter_mut().enumerate() {
            for (l, top) in top.iter_mut().enumerate().take(lanes) {
                let least = tallies[s * lanes + l].lowest_headroom();
                *top = least.map_or(*top, |h| top.max(1.0 / (1.0 + h)));
            }
            top[lanes..].fill(f64::NAN);
        }
        let mut bound = Self {
            top,
            used: Arc::clone(&self.used),
            least: Vec::new(),
            over: Vec::new(),
            asked: None,
            switches: self.switches,
            thin: Vec::new(),
            ways: Vec::new(),
            anyway: Vec::new(),
            flow_peaks: Vec::new(),
        };
        bound.fall(base);
        bound.fill(base);
        bound
    }

    /// Per node: the bound, at most 1.
    pub fn at_nodes(&self) -> Vec<[f64; L]> {
        let most = Wanted::Harm.most();
        let least = self.least.iter();
        least.map(|least| least.map(|u| u.min(most))).collect()
    }
}

fn lower<const L: usize>(least: &mut [f64; L], by: &[f64; L]) {
    for l in 0..L {
        least[l] = least[l].min(by[l]);
    }
}

/// Whether a requirement counts only some of its providers, so that one that did not count may do so
/// once another is lost.
pub(super) fn is_switch(sys: &CompiledSystem, r: &Requirement) -> bool {
    match r.rule {
        Rule::Group(Split::Standby | Split::Copy | Split::Shard) => true,
        Rule::Group(Split::Share) => {
            let mut edges = sys.edges[r.edges()].iter();
            edges.any(|e| e.weight <= 0.0)
        }
        Rule::All | Rule::WorksOnly => false,
    }
}

/// Per node: whether it, or something that it needs, may ever be a limit.
fn may_limit<const L: usize>(base: &Base<'_, L>) -> Vec<bool> {
    let sys = base.system();
    let mut limits = vec![false; sys.len()];
    let is_limited = |v: usize| {
        let both = base.capacity_both_ways(Ix(index(v)));
        both.iter().any(|&capacity| capacity < f64::INFINITY)
    };
    for v in 0..sys.len() {
        let loads = !sys.terms_of(v).is_empty() || sys.service[v] != NONE;
        let below = |r: &Requirement| {
            let mut edges = sys.edges[r.edges()].iter();
            r.delivers() && edges.any(|e| limits[e.provider as usize])
        };
        let mut requirements = sys.requirements[sys.requirements_of(v)].iter();
        let crosses = matches!(sys.part(index(v)), Part::Flow(..));
        limits[v] =
            crosses || sys.cycle[v] != NONE || (loads && is_limited(v)) || requirements.any(below);
    }
    limits
}

fn index(v: usize) -> u32 {
    u32::try_from(v).unwrap_or(NONE)
}
