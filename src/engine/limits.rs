//! The limits of many services in one state, at the cost of each node once.
//!
//! A [`Reach`] walks from one service at a time. Here overloaded nodes tell first whom they limit. For
//! the other services what is below a node is worked out once and serves all that come by: the
//! greatest utilization, and the node of the smallest id that has it. Where that cannot be told from
//! what is below alone, as below a flow over a network or among utilizations that are nearly but not
//! quite the same, the service is walked from after all, so the answers are always those of a
//! [`Reach`].

use super::base::Base;
use super::compiled::{Ix, NONE};
use super::overload::Overload;
use super::reach::{Limit, Reach, SAME};
use super::routed::Part;
use super::scratch::Scratch;

/// With fewer services it is cheaper to walk from each.
const FEW: usize = 4;

/// What limits whatever comes by a node, in one lane.
#[derive(Clone, Copy, Debug)]
struct Best {
    /// Greatest utilization at the node and below it; 0 if nothing is limited.
    most: f64,
    /// The node of the smallest id that has it, to [`SAME`].
    node: u32,
    /// Whether the node is certain, if there is nothing more below than is known.
    sure: bool,
    /// Whether there may be more below.
    open: bool,
}

const NOTHING: Best = Best {
    most: 0.0,
    node: NONE,
    sure: true,
    open: false,
};

/// Works out limits. One per thread, for one base state; nothing is allocated once it has grown.
#[derive(Clone, Debug)]
pub struct Limits<const L: usize> {
    overload: Overload,
    /// Where in what is asked those stand that are to be walked from.
    rest: Vec<usize>,
    reach: Reach,
    /// Per node, if this round came by.
    best: Vec<[Best; L]>,
    seen: Vec<u32>,
    round: u32,
    /// Nodes, and whether all below them is known.
    stack: Vec<(u32, bool)>,
}

impl<const L: usize> Limits<L> {
    /// For states on top of a base.
    #[must_use]
    pub fn new(base: &Base<'_, L>) -> Self {
        Self {
            overload: Overload::new(base),
            rest: Vec::new(),
            reach: Reach::new(),
            best: Vec::new(),
            seen: Vec::new(),
            round: 0,
            stack: Vec::new(),
        }
    }

    /// The limits of services in the state of `scratch`, each at each load case, into `out`, in
    /// order. See [`Reach::limits`].
    pub fn of(
        &mut self,
        scratch: &Scratch<'_, L>,
        services: &[u32],
        out: &mut Vec<[Option<Limit>; L]>,
    ) {
        out.clear();
        out.resize(services.len(), [None; L]);
        let mut rest = std::mem::take(&mut self.rest);
        self.overload.find(scratch, services, out, &mut rest);
        let mut lane = None;
        for &at in &rest {
            let s = services[at];
            let demand = &scratch.base().demand()[s as usize];
            let first = demand.iter().position(|&d| d > 0.0);
            if rest.len() < FEW {
                out[at] = self.reach.limits(scratch, s as usize);
            } else if let Some(first) = first {
                // Where load goes may differ between lanes of which some have none.
                if lane != Some(first) {
                    self.next(scratch.base().system().len());
                    lane = Some(first);
                }
                let v = scratch.base().system().services[s as usize];
                self.visit(scratch, v, first);
                out[at] = self.limits(scratch, s, v);
            }
        }
        self.rest = rest;
    }

    fn limits(&mut self, scratch: &Scratch<'_, L>, s: u32, v: u32) -> [Option<Limit>; L] {
        let demand = &scratch.base().demand()[s as usize];
        let best = &self.best[v as usize];
        let asked = |l: usize| demand[l] > 0.0;
        let known = |l: usize| best[l].sure && !best[l].open;
        if !(0..L).all(|l| known(l) || !asked(l)) {
            return self.reach.limits(scratch, s as usize);
        }
        std::array::from_fn(|l| {
            let Best { most, node, .. } = best[l];
            (asked(l) && node != NONE).then_some(Limit {
                node: Ix(node),
                utilization: most,
            })
        })
    }

    fn next(&mut self, nodes: usize) {
        self.best.resize(nodes, [NOTHING; L]);
        self.seen.resize(nodes, 0);
        self.round = self.round.wrapping_add(1);
        if self.round == 0 {
            self.seen.fill(0);
            self.round = 1;
        }
    }

    /// Works out `v` and all below it that load of `lane` comes to.
    fn visit(&mut self, scratch: &Scratch<'_, L>, v: u32, lane: usize) {
        self.stack.push((v, false));
        while let Some((v, known)) = self.stack.pop() {
            if known {
                self.best[v as usize] = self.combine(scratch, v, lane);
            } else if std::mem::replace(&mut self.seen[v as usize], self.round) != self.round {
                self.stack.push((v, true));
                let stack = &mut self.stack;
                each_below(scratch, v, lane, |p| stack.push((p, false)));
            }
        }
    }

    /// A node from what is below it.
    fn combine(&self, scratch: &Scratch<'_, L>, v: u32, lane: usize) -> [Best; L] {
        let base = scratch.base();
        // Below a member of a loop is the member itself.
        let round = base.system().loop_of[v as usize] != NONE;
        let routed = round || matches!(base.system().part(v), Part::Flow(..));
        let mut best = scratch.utilization(Ix(v)).map(|used| {
            if used > 0.0 {
                Best {
                    most: used,
                    node: v,
                    ..NOTHING
                }
            } else {
                NOTHING
            }
        });
        each_below(scratch, v, lane, |p| {
            for (best, below) in best.iter_mut().zip(&self.best[p as usize]) {
                *best = tighter(*best, *below, |v| base.system().node_of[v as usize]);
            }
        });
        best.map(|best| Best {
            open: best.open || routed,
            ..best
        })
    }
}

/// Gives `visit` every provider that load of a node goes to.
fn each_below<const L: usize>(
    scratch: &Scratch<'_, L>,
    v: u32,
    lane: usize,
    mut visit: impl FnMut(u32),
) {
    let sys = scratch.base().system();
    for r in sys.requirements[sys.requirements_of(v as usize)]
        .iter()
        .filter(|r| r.loads)
    {
        for e in &sys.edges[r.edges()] {
            if e.flow != NONE && scratch.values.flow[e.flow as usize][lane] > 0.0 {
                visit(e.provider);
            }
        }
    }
}

/// What limits where both come together.
fn tighter<T: Ord>(a: Best, b: Best, id: impl Fn(u32) -> T) -> Best {
    let open = a.open || b.open;
    let (low, high) = if a.most <= b.most { (a, b) } else { (b, a) };
    if low.node == NONE || low.most < high.most * (1.0 - SAME) {
        return Best { open, ..high };
    }
    let first = if id(low.node) < id(high.node) {
        low.node
    } else {
        high.node
    };
    Best {
        most: high.most,
        node: first,
        sure: low.sure && high.sure && low.most.to_bits() == high.most.to_bits(),
        open,
    }
}
