//! Headroom over many states without a walk from every service in each of them.
//!
//! For each node the line holds the least "greatest utilization" of all services that may load it,
//! in the base state. A failure can lower a service's headroom only at a node that now stands above
//! that line, so all other failures need no walk. Rounding stays below the line.

use super::tally::{SAME_HEADROOM, Tally};
use super::watcher::Watcher;
use crate::analysis::status::{base_limits, is_thin};
use crate::engine::network::{HighWater, Place};
use crate::engine::{Base, CompiledSystem, Ix, Limit, Mark, NONE, Part, Reach, Scratch};
use std::ops::Range;

/// Utilization must rise by more than this, relatively, to count as risen.
const RISEN: f64 = 1.0 + 1e-12;

/// A service whose headroom becomes thin, or stops being so.
#[derive(Clone, Copy, Debug)]
pub(super) struct Thin {
    pub element: u32,
    pub service: u32,
    /// One bit per lane: thin there.
    pub bits: u8,
}

/// What the base state says about headroom.
pub(super) struct Line<const L: usize> {
    /// Per service: greatest utilization; 0 when nothing limits it, not a number when it does not
    /// count, which no comparison and no minimum sees.
    top: Vec<[f64; L]>,
    /// Per node: the least `top` among services that may load it.
    least: Vec<[f64; L]>,
    /// Per network: the same for flows over it.
    over: Vec<[f64; L]>,
    asked: Option<f64>,
    /// Per service: one bit per lane, thin in the base state.
    thin: Vec<u8>,
    /// Node, service, and whether the node is its limit (or on the way to it), sorted; only for
    /// services that are thin in the base state.
    ways: Vec<(u32, u32, bool)>,
    /// Per network: the line of every flow; none where load goes on from a link or node to what it
    /// needs.
    pub(super) waters: Vec<Option<HighWater<L>>>,
}

impl<const L: usize> Line<L> {
    /// For a base state and the headroom that a scenario asks for.
    pub fn new(base: &Base<'_, L>, asked: Option<f64>) -> Self {
        let services = base.demand().len();
        let mut line = Self {
            top: Vec::with_capacity(services),
            least: vec![[f64::INFINITY; L]; base.system().len()],
            over: vec![[f64::INFINITY; L]; base.system().networks.len()],
            asked,
            thin: Vec::with_capacity(services),
            ways: Vec::new(),
            waters: Vec::new(),
        };
        let mut reach = Reach::new();
        for (s, limits) in base_limits(base).into_iter().enumerate() {
            let works = base.works(Ix(base.system().services[s]));
            line.top.push(std::array::from_fn(|l| match limits[l] {
                Some(limit) => limit.utilization,
                None if works && base.demand()[s][l] > 0.0 => 0.0,
                None => f64::NAN,
            }));
            line.thin.push(line.thin_bits(&limits));
            if line.thin[s] != 0 {
                reach.base_limits(base, s);
                line.keep_ways(&reach, &limits, s);
            }
        }
        line.ways.sort_unstable();
        line.ways.dedup();
        line.fall(base);
        line.fill(base);
        line
    }

    /// The lines of flows are the least of what is above them.
    fn fill(&mut self, base: &Base<'_, L>) {
        let sys = base.system();
        let ends = |v: &u32| {
            let mut all = sys.requirements[sys.requirements_of(*v as usize)].iter();
            !all.any(|r| r.loads)
        };
        let waters = sys
            .networks
            .iter()
            .zip(&base.networks)
            .map(|(network, state)| {
                let mut parts = network.nodes.iter().chain(&network.links);
                let mark =
                    |f: u32| self.least[network.flows[f as usize] as usize].map(|u| u * RISEN);
                parts
                    .all(ends)
                    .then(|| HighWater::new(&network.topology, state, mark))
            });
        self.waters = waters.collect();
    }

    fn keep_ways(&mut self, reach: &Reach, limits: &[Option<Limit>; L], s: usize) {
        for (l, limit) in limits.iter().enumerate() {
            if let Some(limit) = limit.filter(|_| self.thin[s] >> l & 1 == 1) {
                let service = u32::try_from(s).unwrap_or(NONE);
                let way = reach.way_to(limit.node);
                self.ways
                    .extend(way.map(|v| (v, service, v == limit.node.0)));
            }
        }
    }

    /// Each provider is at most as high as its consumers; they come after it.
    fn fall(&mut self, base: &Base<'_, L>) {
        let sys = base.system();
        for v in (0..sys.len()).rev() {
            if let Some(top) = self.top.get(sys.service[v] as usize) {
                lower(&mut self.least[v], top);
            }
            match sys.part(u32::try_from(v).unwrap_or(NONE)) {
                Part::Node(net, _) | Part::Link(net, _) => {
                    lower(&mut self.least[v], &self.over[net as usize]);
                }
                Part::Flow(net, _) => lower(&mut self.over[net as usize], &self.least[v]),
                Part::Outside | Part::Still => {}
            }
            if let Some(members) = sys.loop_with_last(v) {
                self.level(base, members);
            }
            let from = self.least[v];
            for r in sys.requirements_of(v) {
                for e in &sys.edges[sys.requirements[r].edges()] {
                    if e.flow != NONE {
                        lower(&mut self.least[e.provider as usize], &from);
                    }
                }
            }
        }
    }

    /// Members of a loop load each other: each is as high as the lowest.
    fn level(&mut self, base: &Base<'_, L>, members: Range<usize>) {
        let sys = base.system();
        let mut least = [f64::INFINITY; L];
        for v in members.clone() {
            lower(&mut least, &self.least[v]);
            if let Some(top) = self.top.get(sys.service[v] as usize) {
                lower(&mut least, top);
            }
            if let Part::Node(net, _) | Part::Link(net, _) =
                sys.part(u32::try_from(v).unwrap_or(NONE))
            {
                lower(&mut least, &self.over[net as usize]);
            }
        }
        self.least[members].fill(least);
    }

    /// Whether a utilization is more than the service has had.
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
    /// lowered, or made thin or no longer thin; each once. The watcher knows by how much at most.
    pub fn affected(
        &self,
        scratch: &Scratch<'_, L>,
        mark: Mark,
        watcher: &mut Watcher<L>,
        out: &mut Vec<u32>,
    ) {
        let mut risen = std::mem::take(&mut watcher.risen);
        risen.clear();
        for &v in scratch.steady() {
            if scratch.values.works[v as usize] {
                self.rise(v, self.under(scratch, v, watcher), &mut risen);
            }
        }
        watcher.searched.clear();
        for (v, _) in scratch.load_before(mark).filter(|(v, _)| scratch.works(*v)) {
            watcher.note(scratch, v);
            let used = scratch.utilization(v);
            if used.iter().any(|&used| used > 0.0) {
                self.rise(v.0, used, &mut risen);
            }
        }
        for net in scratch.networks(mark) {
            if watcher.is_watched(net) {
                watcher.search(net);
            } else {
                self.rise_on(scratch, net, &mut risen);
            }
        }
        for i in 0..watcher.searched.len() {
            watcher.find_in(scratch, watcher.searched[i], &mut risen);
        }
        watcher.next();
        watcher.risen = risen;
        if !watcher.risen.is_empty() {
            self.climb(scratch.base().system(), watcher, out);
        }
        if !self.ways.is_empty() {
            self.off_the_way(scratch, mark, out);
        }
    }

    /// Adds a node to those that rose above the line, if it did.
    fn rise(&self, v: u32, used: [f64; L], risen: &mut Vec<(u32, [f64; L])>) {
        let least = self.least[v as usize].iter();
        if least.zip(&used).any(|(least, used)| *used > least * RISEN) {
            risen.push((v, used));
        }
    }

    /// Greatest utilization at a node and below it, where its load goes now: the most that a service
    /// can meet there whose load comes to it anew while the sum of its loads stays. Without bound
    /// where that leads into a network.
    fn under(&self, scratch: &Scratch<'_, L>, v: u32, watcher: &mut Watcher<L>) -> [f64; L] {
        let (sys, base) = (scratch.base().system(), scratch.base());
        let mut most = [0.0; L];
        watcher.next();
        watcher.stack.push(v);
        while let Some(v) = watcher.stack.pop() {
            if !watcher.first(v) {
                continue;
            }
            if !matches!(sys.part(v), Part::Outside | Part::Still) {
                watcher.stack.clear();
                return [f64::INFINITY; L];
            }
            let (load, capacity) = (scratch.load(Ix(v)), base.capacity()[v as usize]);
            most = std::array::from_fn(|l| f64::max(most[l], utilization(load[l], capacity)));
            for r in sys.requirements_of(v as usize) {
                for e in &sys.edges[sys.requirements[r].edges()] {
                    let carries = |f: u32| scratch.values.flow[f as usize].iter().any(|&x| x > 0.0);
                    if e.flow != NONE && carries(e.flow) {
                        watcher.stack.push(e.provider);
                    }
                }
            }
        }
        most
    }

    /// Directions of links that rose, and flows that took another way.
    fn rise_on(&self, scratch: &Scratch<'_, L>, net: usize, risen: &mut Vec<(u32, [f64; L])>) {
        let sys = scratch.base().system();
        let (network, state) = (&sys.networks[net], &scratch.values.networks[net]);
        if !state.rerouted().is_empty() {
            let works = |f: &&u32| scratch.values.works[**f as usize];
            let flows = network.flows.iter().filter(works);
            risen.extend(flows.map(|&f| (f, [f64::INFINITY; L])));
            return;
        }
        for i in 0..state.changed_len() {
            let Place::Arc(arc) = state.changed_at(i) else {
                continue;
            };
            let link = network.links[arc as usize / 2];
            let capacity = scratch.base().capacity()[sys.capacity_of_arc(net, arc)];
            let load = scratch.values.arc_load(sys, net, arc);
            let used = load.map(|load| utilization(load, capacity));
            let over = self.over[net].iter();
            if over.zip(&used).any(|(least, used)| *used > least * RISEN) {
                risen.push((link, used));
            }
        }
    }

    /// From what rose up to the services that stood lower.
    fn climb(&self, sys: &CompiledSystem, watcher: &mut Watcher<L>, out: &mut Vec<u32>) {
        let lower = |least: &[f64; L], by: &[f64; L]| {
            let mut both = least.iter().zip(by);
            both.any(|(least, by)| least * RISEN < *by)
        };
        watcher.begin();
        while let Some((v, by)) = watcher.pop() {
            let service = sys.service[v as usize];
            if service != NONE && lower(&self.top[service as usize], &by) {
                watcher.list(service, out);
            }
            for &r in sys.users_of(v as usize) {
                let r = &sys.requirements[r as usize];
                if r.loads && lower(&self.least[r.consumer as usize], &by) {
                    watcher.raise(r.consumer, &by);
                }
            }
            for &f in watcher.unwatched_over(sys, v, &by) {
                if lower(&self.least[f as usize], &by) {
                    watcher.raise(f, &by);
                }
            }
        }
    }

    /// Services that are thin in the base state, whose limit fell or whose way to it changed.
    fn off_the_way(&self, scratch: &Scratch<'_, L>, mark: Mark, out: &mut Vec<u32>) {
        let sys = scratch.base().system();
        if !sys.networks.is_empty() {
            // Ways over networks are not kept: look at every one.
            out.extend(self.ways.iter().map(|w| w.1));
            out.sort_unstable();
            out.dedup();
            return;
        }
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
        for (v, _) in scratch.load_before(mark) {
            let capacity = scratch.base().capacity()[v.index()];
            // A little above the line, so that rounding looks rather than misses.
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
        asked.is_some_and(|line| most.iter().any(|&m| m >= line))
    }

    /// The same line after every single failure: services stand at the greatest utilization that
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
        let mut line = Self {
            top,
            least: vec![[f64::INFINITY; L]; base.system().len()],
            over: vec![[f64::INFINITY; L]; base.system().networks.len()],
            asked: None,
            thin: Vec::new(),
            ways: Vec::new(),
            waters: Vec::new(),
        };
        line.fall(base);
        line.fill(base);
        line
    }

    /// Per node: the least `top` among the services whose load reaches it in the base state.
    pub fn at_nodes(&self, base: &Base<'_, L>) -> Vec<[f64; L]> {
        let mut least = vec![[f64::INFINITY; L]; base.system().len()];
        let mut reach = Reach::new();
        for (s, top) in self.top.iter().enumerate() {
            if reach.base_limits(base, s).iter().any(Option::is_some) {
                for v in reach.reached() {
                    lower(&mut least[v.index()], top);
                }
            }
        }
        least
    }
}

fn lower<const L: usize>(least: &mut [f64; L], by: &[f64; L]) {
    least
        .iter_mut()
        .zip(by)
        .for_each(|(least, by)| *least = least.min(*by));
}

/// Load over capacity; 0 without load, or without a limit.
pub(super) fn utilization(load: f64, capacity: f64) -> f64 {
    if load > 0.0 && capacity < f64::INFINITY {
        load / capacity
    } else {
        0.0
    }
}
