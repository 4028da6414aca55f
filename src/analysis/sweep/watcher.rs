//! A search from nodes whose utilization rose up to the services above them.
//!
//! On the way it keeps, for every node it comes to, the greatest utilization that rose below it.

use crate::engine::{Base, CompiledSystem, Ix, NONE, Part};

/// What a search has seen. One per thread.
pub(super) struct Watcher<const L: usize> {
    /// Where the search begins: nodes that rose, and to what.
    pub risen: Vec<(u32, [f64; L])>,
    pub(super) stack: Vec<u32>,
    /// Per node, network, service: the last round that came by.
    seen: Vec<u32>,
    crossed: Vec<u32>,
    listed: Vec<u32>,
    round: u32,
    /// Per node and network: the greatest that rose below it, if this round came by.
    most: Vec<[f64; L]>,
    over: Vec<[f64; L]>,
}

impl<const L: usize> Watcher<L> {
    pub fn new(base: &Base<'_, L>) -> Self {
        let sys = base.system();
        let (nodes, networks) = (sys.len(), sys.networks.len());
        Self {
            risen: Vec::new(),
            stack: Vec::new(),
            seen: vec![0; nodes],
            crossed: vec![0; networks],
            listed: vec![0; base.demand().len()],
            round: 0,
            most: vec![[0.0; L]; nodes],
            over: vec![[0.0; L]; networks],
        }
    }

    /// Begins a round.
    pub fn next(&mut self) {
        self.round = self.round.wrapping_add(1);
        if self.round == 0 {
            self.seen.fill(0);
            self.crossed.fill(0);
            self.listed.fill(0);
            self.round = 1;
        }
    }

    /// The greatest utilization that rose below a node.
    pub fn most(&self, v: Ix) -> [f64; L] {
        if self.seen[v.index()] == self.round {
            self.most[v.index()]
        } else {
            [0.0; L]
        }
    }

    /// True the first time that a round comes to a node.
    pub fn first(&mut self, v: u32) -> bool {
        std::mem::replace(&mut self.seen[v as usize], self.round) != self.round
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
        Some((v, self.most[v as usize]))
    }

    /// Comes to a node from one below which `by` rose.
    pub fn raise(&mut self, v: u32, by: &[f64; L]) {
        let seen = self.seen[v as usize] == self.round;
        self.seen[v as usize] = self.round;
        if raised(&mut self.most[v as usize], by, seen) {
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
        let net = net as usize;
        let crossed = self.crossed[net] == self.round;
        self.crossed[net] = self.round;
        if raised(&mut self.over[net], by, crossed) {
            &sys.networks[net].flows
        } else {
            &[]
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
                if r.loads {
                    self.raise(r.consumer, &any);
                }
            }
            for &f in self.flows_over(sys, v, &any) {
                self.raise(f, &any);
            }
        }
    }
}

/// Raises `most`, which holds nothing unless `seen`; whether that changed it.
fn raised<const L: usize>(most: &mut [f64; L], by: &[f64; L], seen: bool) -> bool {
    if !seen {
        *most = *by;
        return true;
    }
    let higher = most.iter().zip(by).any(|(most, by)| by > most);
    most.iter_mut()
        .zip(by)
        .for_each(|(most, by)| *most = most.max(*by));
    higher
}
