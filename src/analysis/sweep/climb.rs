//! Climbs from what rose above a bound of utilization to the services that may stand higher than they did.
//!
//! In: a bound, the state after a failure. Out: services whose headroom has to be looked at, and what else the climb
//! came to; see [`utilization_bound`](super::utilization_bound) for the proof that no other service is concerned.

use super::search::{Reached, UpSearch};
use super::tally::Tally;
use super::utilization_bound::{BELOW, RISEN, UtilizationBound, Wanted, is_switch};
use crate::engine::network::Place;
use crate::engine::{
    Base, Ix, Mark, NONE, Part, Requirement, Rule, Scratch, by_lane, nth_working, requirement,
    utilization,
};
use crate::model::Split;

impl<const L: usize> UtilizationBound<L> {
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

/// Whether a utilization is above a bound, or above `most`, in some lane. A bound that is not a number is none.
fn is_over<const L: usize>(used: &[f64; L], bound: &[f64; L], most: f64) -> bool {
    (0..L).any(|l| {
        let bound = if bound[l] > most { most } else { bound[l] };
        used[l] > bound * RISEN
    })
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
