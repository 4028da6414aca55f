//! Which part of a service's loss is the network's own.
//!
//! In: a state. Out: per service whether the network joins what it needs, and what of its demand links
//! and forwarding nodes let through. Whatever stands at the ends of flows or beside them counts as
//! perfect here; who works, and so where load goes, is as in the state.

use crate::engine::{CompiledSystem, Ix, NONE, Part, Rule, Scratch};

/// A cycle has settled when nothing moves by more than this.
const SETTLED: f64 = 1e-12;
/// Rounds after which it is taken as settled.
const MOST_ROUNDS: usize = 10_000;

/// What stays the same over all states: what flows stand below which nodes.
pub(super) struct Crossing {
    /// Per node: it is a flow, or some flow stands below it.
    pub over: Vec<bool>,
    /// Per node: a flow whose ends no network joins.
    unjoined: Vec<bool>,
    /// Per network: nothing but its links and forwarding nodes can hold its flows back.
    plain: Vec<bool>,
}

impl Crossing {
    /// Of a system.
    pub fn new(sys: &CompiledSystem) -> Self {
        let mut unjoined = vec![false; sys.len()];
        for &v in &sys.unjoined {
            unjoined[v as usize] = true;
        }
        // Providers come before consumers, but for cycles, in which no flow is.
        let mut over = unjoined.clone();
        for v in 0..sys.len() {
            let flow = matches!(sys.parts.get(v), Some(Part::Flow(..) | Part::Still));
            let below = sys.requirements[sys.requirements_of(v)]
                .iter()
                .flat_map(|r| &sys.edges[r.edges()]);
            over[v] |= flow || below.into_iter().any(|e| over[e.provider as usize]);
        }
        for &(first, end) in &sys.cycles {
            let members = first as usize..end as usize;
            let any = over[members.clone()].iter().any(|&over| over);
            over[members].fill(any);
        }
        Self {
            over,
            unjoined,
            plain: plain(sys),
        }
    }

    /// Whether any flow crosses a network or would if one joined its ends.
    pub fn is_any(sys: &CompiledSystem) -> bool {
        !sys.networks.is_empty() || !sys.unjoined.is_empty()
    }
}

/// See [`Crossing::plain`].
fn plain(sys: &CompiledSystem) -> Vec<bool> {
    let mut full = vec![false; sys.len()];
    let needs_full = |full: &[bool], v: usize| {
        let mut needs = sys.requirements[sys.requirements_of(v)].iter();
        needs.all(|r| {
            let all = || sys.edges[r.edges()].iter();
            !r.delivers() || (r.rule == Rule::All && all().all(|e| full[e.provider as usize]))
        })
    };
    for v in 0..sys.len() {
        let unlimited = sys.capacity[v] == f64::INFINITY && !sys.is_uneven(v);
        let part = sys.parts.get(v).copied().unwrap_or(Part::Outside);
        let crosses = matches!(part, Part::Flow(..) | Part::Still);
        full[v] = unlimited && !crosses && sys.cycle[v] == NONE && needs_full(&full, v);
    }
    let mut plain = Vec::new();
    for network in &sys.networks {
        let mut parts = network.nodes.iter().chain(&network.links);
        let ends = (0u32..).zip(&network.nodes);
        let mut limited = ends.filter(|&(_, &v)| sys.capacity[v as usize] < f64::INFINITY);
        plain.push(
            parts.all(|&v| needs_full(&full, v as usize))
                && limited.all(|(node, _)| network.topology.forwards(node)),
        );
    }
    plain
}

/// Finds out. One per thread; nothing is allocated once it has grown.
pub(super) struct Attribution<const L: usize> {
    seen: Vec<u32>,
    round: u32,
    /// What is looked at, providers first.
    order: Vec<u32>,
    stack: Vec<u32>,
    joined: Vec<bool>,
    share: Vec<[f64; L]>,
}

impl<const L: usize> Attribution<L> {
    /// For systems of so many nodes.
    pub fn new(nodes: usize) -> Self {
        Self {
            seen: vec![0; nodes],
            round: 0,
            order: Vec::new(),
            stack: Vec::new(),
            joined: vec![true; nodes],
            share: vec![[1.0; L]; nodes],
        }
    }

    /// Looks at some nodes; what is said of them afterwards holds until the next look.
    pub fn look(
        &mut self,
        crossing: &Crossing,
        scratch: &Scratch<'_, L>,
        nodes: impl Iterator<Item = u32>,
    ) {
        self.gather(crossing, scratch.base().system(), nodes);
        let sys = scratch.base().system();
        let mut at = 0;
        while at < self.order.len() {
            let cycle = sys.cycle[self.order[at] as usize];
            let same = |&&v: &&u32| cycle != NONE && sys.cycle[v as usize] == cycle;
            let end = at + self.order[at..].iter().take_while(same).count().max(1);
            self.settle(crossing, scratch, at..end);
            at = end;
        }
    }

    /// Whether the network joins all that a node needs.
    pub fn is_joined(&self, v: Ix) -> bool {
        self.joined[v.index()]
    }

    /// What links and forwarding nodes let through of a working node's load.
    pub fn share(&self, v: Ix) -> &[f64; L] {
        &self.share[v.index()]
    }

    fn gather(
        &mut self,
        crossing: &Crossing,
        sys: &CompiledSystem,
        nodes: impl Iterator<Item = u32>,
    ) {
        self.round = self.round.wrapping_add(1);
        if self.round == 0 {
            self.seen.fill(0);
            self.round = 1;
        }
        self.order.clear();
        self.stack.extend(nodes);
        while let Some(v) = self.stack.pop() {
            let seen = &mut self.seen[v as usize];
            if !crossing.over[v as usize] || std::mem::replace(seen, self.round) == self.round {
                continue;
            }
            self.order.push(v);
            for r in &sys.requirements[sys.requirements_of(v as usize)] {
                let providers = sys.edges[r.edges()].iter().map(|e| e.provider);
                self.stack.extend(providers);
            }
        }
        self.order.sort_unstable();
    }

    /// One node, or the members of a cycle: the greatest fixed point.
    fn settle(
        &mut self,
        crossing: &Crossing,
        scratch: &Scratch<'_, L>,
        members: std::ops::Range<usize>,
    ) {
        for at in members.clone() {
            let v = self.order[at] as usize;
            self.joined[v] = true;
            self.share[v] = [1.0; L];
        }
        for _ in 0..MOST_ROUNDS {
            let mut moved = 0.0f64;
            for at in members.clone() {
                let v = self.order[at];
                let joined = self.joins(crossing, scratch, v);
                let share = self.shares(crossing, scratch, v);
                if joined != self.joined[v as usize] {
                    moved = 1.0;
                }
                for (old, new) in self.share[v as usize].iter().zip(&share) {
                    moved = moved.max((old - new).abs());
                }
                self.joined[v as usize] = joined;
                self.share[v as usize] = share;
            }
            if moved <= SETTLED || members.len() == 1 {
                return;
            }
        }
    }

    fn joins(&self, crossing: &Crossing, scratch: &Scratch<'_, L>, v: u32) -> bool {
        let sys = scratch.base().system();
        let met = |r: &crate::engine::Requirement| {
            let providers = sys.edges[r.edges()].iter().map(|e| e.provider as usize);
            let joined = providers.filter(|&p| !crossing.over[p] || self.joined[p]);
            joined.take(r.need as usize).count() == r.need as usize
        };
        !crossing.unjoined[v as usize]
            && scratch.is_joined(v)
            && sys.requirements[sys.requirements_of(v as usize)]
                .iter()
                .all(met)
    }

    fn shares(&self, crossing: &Crossing, scratch: &Scratch<'_, L>, v: u32) -> [f64; L] {
        if !scratch.works(Ix(v)) {
            return [0.0; L];
        }
        let sys = scratch.base().system();
        let mut least = match sys.part(v) {
            Part::Flow(net, _) => {
                let arrived = scratch.arrived(v);
                let whole = arrived.iter().all(|&x| x >= 1.0);
                if whole || crossing.plain[net as usize] {
                    arrived
                } else {
                    scratch.let_through(v)
                }
            }
            _ => scratch.let_through(v),
        };
        for r in &sys.requirements[sys.requirements_of(v as usize)] {
            if !r.delivers() {
                continue;
            }
            let share = scratch.values.requirement_by(sys, r, |p| {
                let p = p as usize;
                match (scratch.values.works[p], crossing.over[p]) {
                    (false, _) => &const { [0.0; L] },
                    (true, true) => &self.share[p],
                    (true, false) => &const { [1.0; L] },
                }
            });
            for (least, share) in least.iter_mut().zip(share) {
                *least = least.min(share);
            }
        }
        least
    }
}
