//! A search from nodes whose utilization rose up to the services above them.
//!
//! On the way it keeps, for every node it comes to, the greatest utilization that rose below it.
//! Networks know themselves which of their flows may meet more than ever, if load ends there.

use super::tally::Tally;
use super::utilization_bound::UtilizationBound;
use crate::engine::network::{FlowPeaks, Place};
use crate::engine::{Base, CompiledSystem, Ix, NONE, Part, Scratch, utilization};

/// What a search has seen. One per thread.
pub(super) struct UpSearch<const L: usize> {
    /// Where the search begins: nodes that rose, and to what.
    pub risen: Vec<(u32, [f64; L])>,
    stack: Vec<u32>,
    now: Climb<L>,
    /// The search before that is kept; see [`UpSearch::keep`].
    before: Climb<L>,
    /// Per service: the last round that listed it.
    listed: Vec<u32>,
    round: u32,
    /// Per network: what flows have met; none where something that a link or node needs may be a
    /// limit.
    flow_peaks: Vec<Option<FlowPeaks<L>>>,
    /// Networks searched for the last failure.
    pub(super) searched: Vec<usize>,
    /// Per network: what the last failure changed.
    changes: Vec<Changes>,
}

/// Where a search came to, and the greatest that rose below.
#[derive(Clone)]
struct Climb<const L: usize> {
    /// Per node, and per network: the last round that came by, and what that found.
    seen: Vec<u32>,
    most: Vec<[f64; L]>,
    crossed: Vec<u32>,
    over: Vec<[f64; L]>,
    /// Nodes that this round came to, each once.
    nodes: Vec<u32>,
    round: u32,
}

impl<const L: usize> Climb<L> {
    fn new(nodes: usize, networks: usize) -> Self {
        Self {
            seen: vec![0; nodes],
            most: vec![[0.0; L]; nodes],
            crossed: vec![0; networks],
            over: vec![[0.0; L]; networks],
            nodes: Vec::new(),
            round: 1,
        }
    }

    fn next(&mut self) {
        self.nodes.clear();
        self.round = self.round.wrapping_add(1);
        if self.round == 0 {
            self.seen.fill(0);
            self.crossed.fill(0);
            self.round = 1;
        }
    }

    fn most(&self, v: Ix) -> [f64; L] {
        if self.seen.get(v.index()) == Some(&self.round) {
            self.most[v.index()]
        } else {
            [0.0; L]
        }
    }
}

/// What a search came to that decides whether failures interact. One per thread.
#[derive(Clone, Debug, Default)]
pub(super) struct Reached {
    /// Groups that may lose a provider, and count one that rose.
    pub groups: Vec<u32>,
    /// Links and nodes of networks that rose; flows may be led over them.
    pub parts: Vec<u32>,
    pub(super) services: Vec<u32>,
}

impl Reached {
    pub fn clear(&mut self) {
        self.groups.clear();
        self.parts.clear();
        self.services.clear();
    }
}

/// What a failure changes about a network, as far as the network does not know itself.
#[derive(Clone, Debug, Default)]
struct Changes {
    /// Links and nodes that carry another load, whatever brought it.
    places: Vec<Place>,
    /// Flows that carry another load.
    flows: Vec<u32>,
}

impl<const L: usize> UpSearch<L> {
    pub fn new(base: &Base<'_, L>, bound: &UtilizationBound<L>) -> Self {
        let sys = base.system();
        let (nodes, networks) = (sys.len(), sys.networks.len());
        Self {
            risen: Vec::new(),
            stack: Vec::new(),
            now: Climb::new(nodes, networks),
            before: Climb::new(0, 0),
            listed: vec![0; base.demand().len()],
            round: 0,
            flow_peaks: bound.flow_peaks.clone(),
            searched: Vec::new(),
            changes: vec![Changes::default(); networks],
        }
    }

    /// Begins a round.
    pub fn next(&mut self) {
        self.now.next();
        self.round = self.round.wrapping_add(1);
        if self.round == 0 {
            self.listed.fill(0);
            self.round = 1;
        }
    }

    /// Keeps the last search as the one before all that follow.
    pub fn keep(&mut self) {
        if self.before.seen.is_empty() {
            self.before = Climb::new(self.now.seen.len(), self.now.crossed.len());
        }
        std::mem::swap(&mut self.now, &mut self.before);
        self.now.next();
    }

    /// The greatest utilization that rose below a node.
    pub fn most(&self, v: Ix) -> [f64; L] {
        self.now.most(v)
    }

    /// The same in the search that was kept.
    pub fn before(&self, v: Ix) -> [f64; L] {
        self.before.most(v)
    }

    /// The nodes that the last search came to, with the greatest that rose below them.
    pub fn climbed(&self) -> impl ExactSizeIterator<Item = (u32, &[f64; L])> {
        let nodes = self.now.nodes.iter();
        nodes.map(|&v| (v, &self.now.most[v as usize]))
    }

    /// Goes to all that rose, the highest first, so that a node is seldom seen twice.
    pub fn begin(&mut self) {
        let highest = |used: &[f64; L]| used.iter().copied().fold(0.0, f64::max);
        self.risen
            .sort_unstable_by(|a, b| highest(&a.1).total_cmp(&highest(&b.1)).then(a.0.cmp(&b.0)));
        for i in 0..self.risen.len() {
            let (v, used) = self.risen[i];
            self.raise(v, &used);
        }
    }

    /// The next node to go on from, and the greatest that rose below it.
    pub fn pop(&mut self) -> Option<(u32, [f64; L])> {
        let v = self.stack.pop()?;
        Some((v, self.now.most[v as usize]))
    }

    /// Comes to a node from one below which `by` rose.
    pub fn raise(&mut self, v: u32, by: &[f64; L]) {
        let now = &mut self.now;
        let seen = now.seen[v as usize] == now.round;
        if !seen {
            now.seen[v as usize] = now.round;
            now.nodes.push(v);
        }
        if raised(&mut now.most[v as usize], by, seen) {
            self.stack.push(v);
        }
    }

    /// Appends a service the first time in a round.
    pub fn list(&mut self, service: u32, out: &mut Vec<u32>) {
        let listed = &mut self.listed[service as usize];
        if std::mem::replace(listed, self.round) != self.round {
            out.push(service);
        }
    }

    /// The flows over the network of an element, unless this round came over it with as much.
    pub fn flows_over<'s>(&mut self, sys: &'s CompiledSystem, v: u32, by: &[f64; L]) -> &'s [u32] {
        let (Part::Node(net, _) | Part::Link(net, _)) = sys.part(v) else {
            return &[];
        };
        let (net, now) = (net as usize, &mut self.now);
        let crossed = std::mem::replace(&mut now.crossed[net], now.round) == now.round;
        if raised(&mut now.over[net], by, crossed) {
            &sys.networks[net].flows
        } else {
            &[]
        }
    }

    /// The same, but none over a network that is watched.
    pub fn unwatched_over<'s>(
        &mut self,
        sys: &'s CompiledSystem,
        v: u32,
        by: &[f64; L],
    ) -> &'s [u32] {
        match sys.part(v) {
            Part::Node(net, _) | Part::Link(net, _) if self.is_watched(net as usize) => &[],
            _ => self.flows_over(sys, v, by),
        }
    }

    /// Every service that may need one of `nodes`, into `out`.
    pub fn services_above(
        &mut self,
        sys: &CompiledSystem,
        nodes: impl Iterator<Item = u32>,
        out: &mut Vec<u32>,
    ) {
        self.next();
        let any = [f64::INFINITY; L];
        for v in nodes {
            self.raise(v, &any);
        }
        while let Some((v, _)) = self.pop() {
            if sys.service[v as usize] != NONE {
                out.push(sys.service[v as usize]);
            }
            for &r in sys.users_of(v as usize) {
                let r = &sys.requirements[r as usize];
                if r.delivers() {
                    self.raise(r.consumer, &any);
                }
            }
            for &f in self.flows_over(sys, v, &any) {
                self.raise(f, &any);
            }
        }
    }

    /// Whether a network knows which of its flows may meet more than ever.
    pub(super) fn is_watched(&self, net: usize) -> bool {
        self.flow_peaks[net].is_some()
    }

    /// A network is to be searched.
    pub(super) fn search(&mut self, net: usize) {
        if !self.searched.contains(&net) {
            self.searched.push(net);
        }
    }

    /// Another load on a node: its network is to be searched, if it is of one.
    pub(super) fn note(&mut self, scratch: &Scratch<'_, L>, v: Ix) {
        let net = match scratch.base().system().part(v.0) {
            Part::Node(net, _) | Part::Link(net, _) | Part::Flow(net, _) => net as usize,
            Part::Outside | Part::Still => return,
        };
        if self.flow_peaks[net].is_none() {
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

    /// Adds the flows of a network that may meet more than ever to those that rose.
    pub(super) fn find_in(
        &mut self,
        scratch: &Scratch<'_, L>,
        net: usize,
        risen: &mut Vec<(u32, [f64; L])>,
    ) {
        let Some(water) = &mut self.flow_peaks[net] else {
            return;
        };
        let base = scratch.base();
        let network = &base.system().networks[net];
        let used = |place: Place| {
            let (v, at, load) = match place {
                Place::Node(node) => {
                    let v = network.nodes[node as usize];
                    (v, v as usize, scratch.values.load[v as usize])
                }
                Place::Arc(arc) => {
                    let at = base.system().capacity_of_arc(net, arc);
                    let link = network.links[arc as usize / 2];
                    (link, at, scratch.values.arc_load(base.system(), net, arc))
                }
            };
            let capacity = base.capacity()[at] * base.system().lowered(v as usize);
            load.map(|load| utilization(load, capacity))
        };
        let changes = &mut self.changes[net];
        let state = &scratch.values.networks[net];
        let found = |flow: u32, used: &[f64; L]| risen.push((network.flows[flow as usize], *used));
        let (places, flows) = (&changes.places, &changes.flows);
        let (topology, base) = (&network.topology, &base.networks[net]);
        water.find(topology, base, state, places, flows, used, found);
        changes.places.clear();
        changes.flows.clear();
    }

    /// Once the services are looked at that the last search came to: what flows have met now.
    pub fn learn(
        &mut self,
        base: &Base<'_, L>,
        bound: &UtilizationBound<L>,
        tallies: &[Tally],
        lanes: usize,
    ) {
        let sys = base.system();
        let mut above = Vec::new();
        for i in 0..self.searched.len() {
            let net = self.searched[i];
            let Some(mut water) = self.flow_peaks[net].take() else {
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
                        *least = least.min(bound.news(s, l, had));
                    }
                }
                least
            });
            self.flow_peaks[net] = Some(water);
        }
    }
}

/// Raises `most`, which holds nothing unless `seen`; whether that changed it.
fn raised<const L: usize>(most: &mut [f64; L], by: &[f64; L], seen: bool) -> bool {
    if !seen {
        *most = *by;
        return true;
    }
    let mut higher = false;
    for l in 0..L {
        higher |= by[l] > most[l];
        most[l] = most[l].max(by[l]);
    }
    higher
}
