//! Headroom over many states without a walk from every service in each of them.
//!
//! For each node the line holds the least "greatest utilization" of all services that may load it,
//! in the base state. A failure can lower a service's headroom only at a node that now stands above
//! that line, so all other failures need no walk. Rounding stays below the line.

use super::tally::{SAME_HEADROOM, Tally};
use crate::analysis::status::is_thin;
use crate::engine::network::{HighWater, Place};
use crate::engine::{Base, CompiledSystem, Ix, Limit, Mark, NONE, Part, Reach, Scratch};

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
    waters: Vec<Option<HighWater<L>>>,
}

/// Which nodes a search has seen, and what flows have met. One per thread.
pub(super) struct Watcher<const L: usize> {
    seen: Vec<u32>,
    /// Per network.
    crossed: Vec<u32>,
    round: u32,
    stack: Vec<u32>,
    /// Nodes whose load stays the same sum of other loads.
    steady: Vec<u32>,
    /// Per network; none where load goes on from a link or node to what it needs.
    waters: Vec<Option<HighWater<L>>>,
    /// Networks searched for the last failure.
    searched: Vec<usize>,
    /// Per network: what the last failure changed.
    changes: Vec<Changes>,
}

/// What a failure changes about a network, as far as the network does not know itself.
#[derive(Clone, Debug, Default)]
struct Changes {
    /// Links and nodes that carry another load, whatever brought it.
    places: Vec<Place>,
    /// Flows that carry another load.
    flows: Vec<u32>,
}

impl<const L: usize> Watcher<L> {
    pub fn new(base: &Base<'_, L>, line: &Line<L>) -> Self {
        let sys = base.system();
        Self {
            seen: vec![0; sys.len()],
            crossed: vec![0; sys.networks.len()],
            round: 0,
            stack: Vec::new(),
            steady: Vec::new(),
            waters: line.waters.clone(),
            searched: Vec::new(),
            changes: vec![Changes::default(); sys.networks.len()],
        }
    }

    fn next(&mut self) {
        self.round = self.round.wrapping_add(1);
        if self.round == 0 {
            self.seen.fill(0);
            self.crossed.fill(0);
            self.round = 1;
        }
    }

    /// Every service whose load may come to one of `nodes`, into `out`.
    pub fn services_above(
        &mut self,
        sys: &CompiledSystem,
        nodes: impl Iterator<Item = u32>,
        out: &mut Vec<u32>,
    ) {
        self.next();
        self.stack.extend(nodes);
        while let Some(v) = self.stack.pop() {
            if !self.first(v) {
                continue;
            }
            if sys.service[v as usize] != NONE {
                out.push(sys.service[v as usize]);
            }
            for &r in sys.users_of(v as usize) {
                let r = &sys.requirements[r as usize];
                if r.loads {
                    self.stack.push(r.consumer);
                }
            }
            if let Some(net) = self.crosses(sys, v) {
                self.stack.extend_from_slice(&sys.networks[net].flows);
            }
        }
    }

    /// The network of an element, the first time in a round.
    fn crosses(&mut self, sys: &CompiledSystem, v: u32) -> Option<usize> {
        match sys.part(v) {
            Part::Node(net, _) | Part::Link(net, _) => {
                let crossed = &mut self.crossed[net as usize];
                let first = std::mem::replace(crossed, self.round) != self.round;
                first.then_some(net as usize)
            }
            Part::Outside | Part::Flow(..) | Part::Still => None,
        }
    }

    /// A network is to be searched.
    fn search(&mut self, net: usize) {
        if !self.searched.contains(&net) {
            self.searched.push(net);
        }
    }

    /// Another load on a node: its network is to be searched, if it is of one.
    fn note(&mut self, scratch: &Scratch<'_, L>, v: Ix) {
        let net = match scratch.base().system().part(v.0) {
            Part::Node(net, _) | Part::Link(net, _) | Part::Flow(net, _) => net as usize,
            Part::Outside | Part::Still => return,
        };
        if self.waters[net].is_none() {
            return;
        }
        self.search(net);
        let changes = &mut self.changes[net];
        match scratch.base().system().part(v.0) {
            Part::Node(_, node) => changes.places.push(Place::Node(node)),
            Part::Link(_, link) => {
                let both = [2 * link, 2 * link + 1];
                changes.places.extend(both.map(Place::Arc));
            }
            Part::Flow(_, flow) => changes.flows.push(flow),
            Part::Outside | Part::Still => {}
        }
    }

    /// Puts the flows of a network that may meet more than ever on the stack.
    fn find_in(&mut self, scratch: &Scratch<'_, L>, net: usize, most: &mut [f64; L]) {
        let Some(water) = &mut self.waters[net] else {
            return;
        };
        let base = scratch.base();
        let network = &base.system().networks[net];
        let used = |place: Place| {
            let (v, load) = match place {
                Place::Node(node) => {
                    let v = network.nodes[node as usize];
                    (v, *scratch.load(Ix(v)))
                }
                Place::Arc(arc) => {
                    let link = network.links[arc as usize / 2];
                    (link, scratch.values.arc_load(base.system(), net, arc))
                }
            };
            let capacity = base.capacity()[v as usize];
            load.map(|load| utilization(load, capacity))
        };
        let (stack, changes) = (&mut self.stack, &mut self.changes[net]);
        let state = &scratch.values.networks[net];
        let found = |flow: u32, used: &[f64; L]| {
            stack.push(network.flows[flow as usize]);
            for (most, used) in most.iter_mut().zip(used) {
                *most = f64::max(*most, *used);
            }
        };
        let (places, flows) = (&changes.places, &changes.flows);
        let (topology, base) = (&network.topology, &base.networks[net]);
        water.find(topology, base, state, places, flows, used, found);
        changes.places.clear();
        changes.flows.clear();
    }

    /// Once the services are looked at that the last search came to: what flows have met now.
    pub fn learn(&mut self, base: &Base<'_, L>, line: &Line<L>, tallies: &[Tally], lanes: usize) {
        let sys = base.system();
        let mut above = Vec::new();
        for i in 0..self.searched.len() {
            let net = self.searched[i];
            let Some(mut water) = self.waters[net].take() else {
                continue;
            };
            let network = &sys.networks[net];
            water.raise(&network.topology, &base.networks[net], |flow| {
                above.clear();
                let flow = network.flows[flow as usize];
                self.services_above(sys, std::iter::once(flow), &mut above);
                let mut least = [f64::INFINITY; L];
                for &s in &above {
                    let s = s as usize;
                    for (l, least) in least.iter_mut().enumerate() {
                        let had = (l < lanes).then(|| &tallies[s * lanes + l]);
                        *least = least.min(line.news(s, l, had));
                    }
                }
                least
            });
            self.waters[net] = Some(water);
        }
    }

    fn first(&mut self, v: u32) -> bool {
        std::mem::replace(&mut self.seen[v as usize], self.round) != self.round
    }
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
        for s in 0..services {
            let limits = reach.base_limits(base, s);
            let works = base.works(Ix(base.system().services[s]));
            line.top.push(std::array::from_fn(|l| match limits[l] {
                Some(limit) => limit.utilization,
                None if works && base.demand()[s][l] > 0.0 => 0.0,
                None => f64::NAN,
            }));
            line.thin.push(line.thin_bits(&limits));
            line.keep_ways(&reach, &limits, s);
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
    fn news(&self, s: usize, l: usize, had: Option<&Tally>) -> f64 {
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
    /// lowered, or made thin or no longer thin; each once. Returns the greatest utilization that
    /// rose above the line.
    pub fn affected(
        &self,
        scratch: &Scratch<'_, L>,
        mark: Mark,
        watcher: &mut Watcher<L>,
        out: &mut Vec<u32>,
    ) -> [f64; L] {
        let mut most = [0.0; L];
        debug_assert!(watcher.steady.is_empty());
        for &v in scratch.steady() {
            if scratch.values.works[v as usize] {
                let under = self.under(scratch, v, watcher);
                let least = self.least[v as usize].iter();
                if least.zip(&under).any(|(least, used)| *used > least * RISEN) {
                    most = std::array::from_fn(|l| f64::max(most[l], under[l]));
                    watcher.steady.push(v);
                }
            }
        }
        watcher.next();
        watcher.stack.append(&mut watcher.steady);
        watcher.searched.clear();
        for (v, _) in scratch.load_before(mark).filter(|(v, _)| scratch.works(*v)) {
            watcher.note(scratch, v);
            let capacity = scratch.base().capacity()[v.index()];
            if capacity < f64::INFINITY {
                let mut rises = false;
                for l in 0..L {
                    let used = utilization(scratch.load(v)[l], capacity);
                    if used > self.least[v.index()][l] * RISEN {
                        rises = true;
                        most[l] = most[l].max(used);
                    }
                }
                if rises {
                    watcher.stack.push(v.0);
                }
            }
        }
        for net in scratch.networks(mark) {
            match watcher.waters[net] {
                Some(_) => watcher.search(net),
                None => self.rise_on(scratch, net, watcher, &mut most),
            }
        }
        for i in 0..watcher.searched.len() {
            watcher.find_in(scratch, watcher.searched[i], &mut most);
        }
        self.climb(scratch, watcher, &most, out);
        if !self.ways.is_empty() {
            self.off_the_way(scratch, mark, out);
        }
        most
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
    fn rise_on(
        &self,
        scratch: &Scratch<'_, L>,
        net: usize,
        watcher: &mut Watcher<L>,
        most: &mut [f64; L],
    ) {
        let sys = scratch.base().system();
        let (network, state) = (&sys.networks[net], &scratch.values.networks[net]);
        let flows = network
            .flows
            .iter()
            .filter(|&&f| scratch.values.works[f as usize]);
        if !state.rerouted().is_empty() {
            *most = [f64::INFINITY; L];
            watcher.stack.extend(flows);
            return;
        }
        for i in 0..state.changed_len() {
            let Place::Arc(arc) = state.changed_at(i) else {
                continue;
            };
            let link = network.links[arc as usize / 2];
            let load = scratch.values.arc_load(sys, net, arc);
            for l in 0..L {
                let used = utilization(load[l], scratch.base().capacity()[link as usize]);
                if used > self.over[net][l] * RISEN {
                    most[l] = most[l].max(used);
                    watcher.stack.push(link);
                }
            }
        }
    }

    /// From what rose up to the services that stood lower.
    fn climb(
        &self,
        scratch: &Scratch<'_, L>,
        watcher: &mut Watcher<L>,
        most: &[f64; L],
        out: &mut Vec<u32>,
    ) {
        let sys = scratch.base().system();
        let lower = |least: &[f64; L]| least.iter().zip(most).any(|(l, m)| l * RISEN < *m);
        while let Some(v) = watcher.stack.pop() {
            if !watcher.first(v) {
                continue;
            }
            let service = sys.service[v as usize];
            if service != NONE && lower(&self.top[service as usize]) {
                out.push(service);
            }
            for &r in sys.users_of(v as usize) {
                let r = &sys.requirements[r as usize];
                if r.loads && lower(&self.least[r.consumer as usize]) {
                    watcher.stack.push(r.consumer);
                }
            }
            if let Some(net) = watcher.crosses(sys, v)
                && watcher.waters[net].is_none()
            {
                let flows = sys.networks[net].flows.iter();
                let low = flows.filter(|&&f| lower(&self.least[f as usize]));
                watcher.stack.extend(low);
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

/// Load over capacity; 0 without load.
fn utilization(load: f64, capacity: f64) -> f64 {
    if load > 0.0 { load / capacity } else { 0.0 }
}
