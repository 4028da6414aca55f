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
//! From there the climb goes on as long as it is above the bound, and brings along the greatest that it
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

use super::search::{Reached, UpSearch};
use super::tally::{SAME_HEADROOM, Tally};
use crate::analysis::status::is_thin;
use crate::engine::network::{FlowPeaks, Place};
use crate::engine::{
    Base, CompiledSystem, Ix, Limit, Mark, NONE, Part, Reach, Requirement, Rule, Scratch, by_lane,
    nth_working, requirement, utilization,
};
use crate::model::Split;
use std::sync::Arc;

/// Utilization must rise by more than this, relatively, to count as risen.
const RISEN: f64 = 1.0 + 1e-12;
/// What is not above the bound by more than rounding is not looked into.
const BELOW: f64 = 1.0 - 1e-11;

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
    top: Vec<[f64; L]>,
    /// Per node: its utilization in the base state.
    used: Arc<Vec<[f64; L]>>,
    /// Per node: the least `top` among the services above it.
    least: Vec<[f64; L]>,
    /// Per network: the same for flows over it.
    over: Vec<[f64; L]>,
    asked: Option<f64>,
    /// Whether groups that lost a provider are looked at.
    switches: bool,
    /// Per service: one bit per lane, thin in the base state.
    thin: Vec<u8>,
    /// Node, service, and whether the node is its limit (or on the way to it), sorted; only for
    /// services that are thin in the base state.
    ways: Vec<(u32, u32, bool)>,
    /// Services that are thin in the base state and have no way that could be kept.
    anyway: Vec<u32>,
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
    fn raise(&mut self, base: &Base<'_, L>, tallies: &[Tally], lanes: usize) {
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
    fn copy(&self) -> Self {
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

    /// Appends to `out`, which is empty, every service whose headroom the last failure may have
    /// lowered, or made thin or no longer thin; each once. The search knows by how much at most. `mark` is
    /// before that failure, and before all loads that matter.
    pub fn affected(
        &self,
        wanted: Wanted,
        scratch: &Scratch<'_, L>,
        (mark, loads): (Mark, Mark),
        search: &mut UpSearch<L>,
        out: &mut Vec<u32>,
    ) {
        self.climb(wanted, scratch, (mark, loads), search, out);
        if !self.ways.is_empty() || !self.anyway.is_empty() {
            self.off_the_way(scratch, mark, out);
        }
    }

    /// Climbs from all that rose above the bound since `mark`, of loads since another; appends the services
    /// that may have risen to `out`.
    fn climb(
        &self,
        wanted: Wanted,
        scratch: &Scratch<'_, L>,
        (mark, loads): (Mark, Mark),
        search: &mut UpSearch<L>,
        out: &mut Vec<u32>,
    ) {
        let sys = scratch.base().system();
        let mut risen = std::mem::take(&mut search.risen);
        risen.clear();
        search.searched.clear();
        for (v, _) in scratch
            .load_before(loads)
            .filter(|(v, _)| scratch.works(*v))
        {
            search.note(scratch, v);
            for v in sys.replicas(v) {
                let used = scratch.used(v);
                if used.iter().any(|&used| used > 0.0) {
                    self.rise(wanted, v.0, used, &mut risen);
                }
            }
        }
        for v in scratch.steady().iter().map(|&v| Ix(v)) {
            // The directions of a link may carry other loads though the larger is the same.
            if matches!(sys.part(v.0), Part::Link(..)) && scratch.works(v) {
                search.note(scratch, v);
                for v in sys.replicas(v) {
                    self.rise(wanted, v.0, scratch.used(v), &mut risen);
                }
            }
        }
        if self.switches {
            for &r in scratch.touched(mark) {
                self.switch(wanted, scratch, r, search, &mut risen);
            }
        }
        for net in scratch.networks(mark) {
            if sys.has_uneven() || sys.is_layered() {
                self.rise_uneven(wanted, scratch, net, &mut risen);
            }
            if search.is_watched(net) {
                search.search(net);
            } else {
                self.rise_on(wanted, scratch, net, &mut risen);
            }
        }
        for i in 0..search.searched.len() {
            search.find_in(scratch, search.searched[i], &mut risen);
        }
        search.next();
        search.risen = risen;
        if !search.risen.is_empty() {
            self.rise_further(wanted, scratch, search, out);
        }
    }

    /// Climbs from all that the failures in a scratch changed; `reached` is what that comes to.
    pub fn reach(&self, scratch: &Scratch<'_, L>, search: &mut UpSearch<L>, reached: &mut Reached) {
        reached.clear();
        let mut services = std::mem::take(&mut reached.services);
        let start = Mark::default();
        self.climb(Wanted::Harm, scratch, (start, start), search, &mut services);
        reached.services = services;
        let sys = scratch.base().system();
        for (v, most) in search.climbed() {
            if let Part::Node(..) | Part::Link(..) = sys.part(v) {
                reached.parts.push(v);
            }
            for &r in sys.users_of(v as usize) {
                let requirement = &sys.requirements[r as usize];
                let consumer = requirement.consumer as usize;
                let counts = requirement.delivers() && scratch.values.works[consumer];
                let rises = || self.rises(Wanted::Harm, consumer, most);
                if counts && is_switch(sys, requirement) && rises() {
                    reached.groups.push(r);
                }
            }
        }
    }

    /// Whether a consumer need not ask a provider, in the state that the search climbed in: what that
    /// uses is not above the bound of the consumer.
    pub fn skips<'w>(
        &'w self,
        wanted: Wanted,
        search: &'w UpSearch<L>,
    ) -> impl Fn(u32, u32) -> bool + 'w {
        // Flows may have risen above the bound and not be new.
        let has_networks = !self.over.is_empty();
        move |consumer, provider| {
            let least = &self.least[consumer as usize];
            let most = self.at_most(provider, search);
            let now = search.most(Ix(provider));
            let fits = |l: usize| most[l].max(now[l]) <= least[l].min(wanted.most()) * BELOW;
            !has_networks && (0..L).all(|l| fits(l) || (most[l] <= 0.0 && now[l] <= 0.0))
        }
    }

    /// The most that a node used before the last step, or its bound.
    fn at_most(&self, v: u32, search: &UpSearch<L>) -> [f64; L] {
        let (base, before) = (&self.used[v as usize], search.before(Ix(v)));
        by_lane(|l| base[l].max(before[l]))
    }

    /// Adds a node to those that rose above the bound, if it did.
    fn rise(&self, wanted: Wanted, v: u32, used: [f64; L], risen: &mut Vec<(u32, [f64; L])>) {
        if self.rises(wanted, v as usize, &used) {
            risen.push((v, used));
        }
    }

    /// Whether a utilization is above the bound of a node.
    fn rises(&self, wanted: Wanted, v: usize, used: &[f64; L]) -> bool {
        is_over(used, &self.least[v], wanted.most())
    }

    /// A requirement that lost a provider, by what the others used before.
    fn switch(
        &self,
        wanted: Wanted,
        scratch: &Scratch<'_, L>,
        r: u32,
        search: &UpSearch<L>,
        risen: &mut Vec<(u32, [f64; L])>,
    ) {
        let base = scratch.base();
        let r = &base.system().requirements[r as usize];
        let lives = scratch.values.works[r.consumer as usize];
        if lives && r.delivers() && is_switch(base.system(), r) {
            let before = |p: u32| self.at_most(p, search);
            let used = requirement(base, &scratch.values, r, before);
            self.rise(wanted, r.consumer, used, risen);
        }
    }

    /// Directions of links that rose, and flows that took another way.
    fn rise_on(
        &self,
        wanted: Wanted,
        scratch: &Scratch<'_, L>,
        net: usize,
        risen: &mut Vec<(u32, [f64; L])>,
    ) {
        let sys = scratch.base().system();
        let network = &sys.networks[net];
        let state = &scratch.values.networks[net];
        if !state.rerouted().is_empty() {
            let works = |f: &&u32| scratch.values.works[**f as usize];
            let flows = network.flows.iter().filter(works);
            risen.extend(flows.map(|&f| (f, [f64::INFINITY; L])));
            return;
        }
        for other in sys.same_networks(net) {
            let state = &scratch.values.networks[other];
            for i in 0..state.changed_len() {
                let Place::Arc(arc) = state.changed_at(i) else {
                    continue;
                };
                let link = network.links[arc as usize / 2];
                let capacity = scratch.base().capacity();
                let used = scratch.values.arc_used_of_limit(sys, capacity, net, arc);
                if is_over(&used, &self.over[net], wanted.most()) {
                    risen.push((link, used));
                }
            }
        }
    }

    /// Links of which the direction that carries less may be the one that is used more: what asks of
    /// the link itself counts both.
    fn rise_uneven(
        &self,
        wanted: Wanted,
        scratch: &Scratch<'_, L>,
        net: usize,
        risen: &mut Vec<(u32, [f64; L])>,
    ) {
        let sys = scratch.base().system();
        let state = &scratch.values.networks[net];
        for i in 0..state.changed_len() {
            if let Place::Arc(arc) = state.changed_at(i) {
                let link = Ix(sys.networks[net].links[arc as usize / 2]);
                let counts = sys.is_uneven(link.index()) || sys.is_layered();
                for link in sys.replicas(link).filter(|_| counts && scratch.works(link)) {
                    self.rise(wanted, link.0, scratch.used(link), risen);
                }
            }
        }
    }

    /// From what rose up to the services that stood lower.
    fn rise_further(
        &self,
        wanted: Wanted,
        scratch: &Scratch<'_, L>,
        search: &mut UpSearch<L>,
        out: &mut Vec<u32>,
    ) {
        let sys = scratch.base().system();
        search.begin();
        while let Some((v, by)) = search.pop() {
            let service = sys.service[v as usize];
            if service != NONE && is_over(&by, &self.top[service as usize], f64::INFINITY) {
                search.list(service, out);
            }
            for &r in sys.users_of(v as usize) {
                let r = &sys.requirements[r as usize];
                let lives = scratch.values.works[r.consumer as usize];
                let rises = r.delivers() && self.rises(wanted, r.consumer as usize, &by);
                if !lives || !rises || !is_active(scratch, r, v) {
                    continue;
                }
                search.raise(r.consumer, &by);
            }
            for &f in search.unwatched_over(sys, v, &by) {
                if self.rises(wanted, f as usize, &by) {
                    search.raise(f, &by);
                }
            }
        }
    }

    /// Services that are thin in the base state, whose limit fell or whose way to it changed.
    fn off_the_way(&self, scratch: &Scratch<'_, L>, mark: Mark, out: &mut Vec<u32>) {
        let sys = scratch.base().system();
        out.extend(&self.anyway);
        let limit = 1.0 / (1.0 + self.asked.unwrap_or(0.0));
        let mut look = |v: u32, only_limit: bool| {
            let from = self.ways.partition_point(|w| w.0 < v);
            let same = self.ways[from..].iter().take_while(|w| w.0 == v);
            out.extend(same.filter(|w| w.2 || !only_limit).map(|w| w.1));
        };
        scratch.stopped(mark).for_each(|v| look(v.0, false));
        for &r in scratch.touched(mark) {
            look(sys.requirements[r as usize].consumer, false);
        }
        for (v, _) in scratch.load_before(mark).filter(|_| sys.is_layered()) {
            let fell = |used: &f64| *used <= limit * (1.0 + 1e-6);
            for v in sys.replicas(v) {
                if scratch.used(v).iter().any(fell) {
                    look(v.0, true);
                }
            }
        }
        for (v, _) in scratch.load_before(mark).filter(|_| !sys.is_layered()) {
            let capacity = scratch.base().capacity()[v.index()] * sys.lowered(v.index());
            // A little above the bound, so that rounding looks rather than misses.
            let fell = |load: &f64| utilization(*load, capacity) <= limit * (1.0 + 1e-6);
            if scratch.load(v).iter().any(fell) {
                look(v.0, true);
            }
        }
        out.sort_unstable();
        out.dedup();
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

/// A thread's own bound, which rises with the least headroom that it met: without that, every contingency that
/// leaves less than the first ones did would be climbed from, though others left less still.
pub(super) struct Rising<'b, const L: usize> {
    given: &'b UtilizationBound<L>,
    raised: Option<UtilizationBound<L>>,
    /// Nodes that were climbed to since it rose last.
    climbed: usize,
}

/// It rises once so many times as many nodes were climbed to as there are.
const RISE_AFTER: usize = 8;

impl<'b, const L: usize> Rising<'b, L> {
    pub fn new(given: &'b UtilizationBound<L>) -> Self {
        Self {
            given,
            raised: None,
            climbed: 0,
        }
    }

    /// As far as it has risen.
    pub fn bound(&self) -> &UtilizationBound<L> {
        self.raised.as_ref().unwrap_or(self.given)
    }

    /// After a climb: what services have had so far.
    pub fn climbed(
        &mut self,
        search: &UpSearch<L>,
        base: &Base<'_, L>,
        (tallies, lanes): (&[Tally], usize),
    ) {
        self.climbed += search.climbed().len();
        if self.climbed > RISE_AFTER * base.system().len() {
            self.climbed = 0;
            let raised = self.raised.get_or_insert_with(|| self.given.copy());
            raised.raise(base, tallies, lanes);
        }
    }
}

fn lower<const L: usize>(least: &mut [f64; L], by: &[f64; L]) {
    for l in 0..L {
        least[l] = least[l].min(by[l]);
    }
}

/// Whether a utilization is above a bound, or above `most`, in some lane. A bound that is not a number is none.
fn is_over<const L: usize>(used: &[f64; L], bound: &[f64; L], most: f64) -> bool {
    (0..L).any(|l| {
        let bound = if bound[l] > most { most } else { bound[l] };
        used[l] > bound * RISEN
    })
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

/// Whether a requirement counts a provider that works, if it is an active/passive one.
fn is_active<const L: usize>(scratch: &Scratch<'_, L>, r: &Requirement, provider: u32) -> bool {
    if r.rule != Rule::Group(Split::Standby) {
        return true;
    }
    let sys = scratch.base().system();
    let last = nth_working(&scratch.values.works, sys, r, r.need);
    let mut active = sys.edges[r.edges()][..last].iter();
    active.any(|e| e.provider == provider)
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
