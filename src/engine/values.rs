//! The values of one state, and the arithmetic of the three passes for one node at a time.
//!
//! The full and the incremental evaluation both call these functions and nothing else computes, so
//! they agree to the last bit. Every sum runs in the compiled order.

use super::amplify::{Loop, Solver};
use super::compiled::{CompiledSystem, Edge, Requirement, Rule};
use super::ix::NONE;
use super::lanes::{Lanes, by_lane};
use super::network;
use super::placement::Placed;
use super::rounds::Rounds;
use crate::model::Split;

/// A cycle has settled when no member moves by more than this.
pub(super) const SETTLED: f64 = 1e-12;
/// Rounds after which a cycle is taken as settled, for cycles that close in on their fixed point
/// too slowly to matter.
pub(super) const MOST_ROUNDS: u32 = 100_000;

/// Everything that holds in one state.
#[derive(Clone, Debug)]
pub(crate) struct Values<const L: usize> {
    pub works: Vec<bool>,
    /// Per requirement: how many providers work.
    pub live: Vec<u32>,
    /// Leaves and partial sums.
    pub flow: Vec<Lanes<L>>,
    pub load: Vec<Lanes<L>>,
    pub delivered: Vec<Lanes<L>>,
    /// Per network of the system.
    pub networks: Vec<network::Scratch<L>>,
    /// Per network: what an element carries above this counts as without bound; see
    /// [`Base::find_bounds`](super::Base). Nothing does unless a loop of load may amplify above it.
    pub endless: Vec<Lanes<L>>,
    /// What runs where; empty if nothing is placed.
    pub placed: Placed,
    /// Works out the loads of loops.
    pub solver: Solver<1, L>,
    /// Who is to be looked at as a cycle settles.
    rounds: Rounds,
}

impl<const L: usize> Values<L> {
    /// Nothing has failed, nothing flows.
    pub fn idle(sys: &CompiledSystem) -> Self {
        Self {
            works: vec![true; sys.len()],
            live: sys.requirements.iter().map(|r| r.last - r.first).collect(),
            flow: vec![[0.0; L]; sys.adder.len()],
            load: vec![[0.0; L]; sys.len()],
            delivered: vec![[1.0; L]; sys.len()],
            networks: Vec::new(),
            endless: Vec::new(),
            placed: Placed::default(),
            solver: Solver::new(&sys.loops),
            rounds: Rounds::new(sys.longest_cycle()),
        }
    }

    /// Pass 1: `v` stops working, and with it all that cannot work without it. Appends who stopped
    /// to `dead` and the requirements that lost a provider to `touched`, once per provider.
    pub fn kill(
        &mut self,
        sys: &CompiledSystem,
        v: u32,
        dead: &mut Vec<u32>,
        touched: &mut Vec<u32>,
    ) {
        if !self.works[v as usize] {
            return;
        }
        self.works[v as usize] = false;
        let mut next = dead.len();
        dead.push(v);
        while next < dead.len() {
            for &r in sys.users_of(dead[next] as usize) {
                let requirement = &sys.requirements[r as usize];
                let consumer = requirement.consumer as usize;
                self.live[r as usize] -= 1;
                touched.push(r);
                if self.live[r as usize] < requirement.need && self.works[consumer] {
                    self.works[consumer] = false;
                    dead.push(requirement.consumer);
                }
            }
            next += 1;
        }
    }

    /// Pass 2, one requirement: what its consumer sends to each provider, through `set`, which is
    /// given the leaf and its value.
    pub fn send(&self, sys: &CompiledSystem, r: &Requirement, set: impl FnMut(usize, Lanes<L>)) {
        self.split(sys, r, self.load[r.consumer as usize], set);
    }

    /// The same of any load.
    fn split<const M: usize>(
        &self,
        sys: &CompiledSystem,
        r: &Requirement,
        load: Lanes<M>,
        mut set: impl FnMut(usize, Lanes<M>),
    ) {
        let edges = &sys.edges[r.edges()];
        if !self.works[r.consumer as usize] {
            return each(edges, &mut set, |_, _| [0.0; M]);
        }
        let works = |e: &Edge| self.works[e.provider as usize];
        match r.rule {
            Rule::All | Rule::WorksOnly | Rule::Group(Split::Copy) => {
                each(edges, &mut set, |_, e| {
                    keep(works(e), by_lane(|l| load[l] * e.factor))
                });
            }
            Rule::Group(Split::Share) => {
                let total = self.weight(edges);
                if total > 0.0 {
                    each(edges, &mut set, |_, e| {
                        // No part of any load, even of one without bound.
                        let gets = works(e) && e.weight > 0.0;
                        keep(gets, by_lane(|l| load[l] * e.factor * e.weight / total))
                    });
                } else {
                    let count = edges.iter().filter(|e| works(e)).fold(0.0, |n, _| n + 1.0);
                    each(edges, &mut set, |_, e| {
                        keep(works(e), by_lane(|l| load[l] * e.factor / count))
                    });
                }
            }
            Rule::Group(Split::Shard) => {
                let total = total_weight(edges);
                let over = shard_total(edges, total);
                each(edges, &mut set, |_, e| {
                    let weight = shard_weight(e, total);
                    let gets = works(e) && weight > 0.0;
                    keep(gets, by_lane(|l| load[l] * e.factor * weight / over))
                });
            }
            Rule::Group(Split::Standby) => {
                let k = r.need.max(1);
                let last = nth_working(&self.works, sys, r, k);
                each(edges, &mut set, |i, e| {
                    keep(
                        i < last && works(e),
                        by_lane(|l| load[l] * e.factor / f64::from(k)),
                    )
                });
            }
        }
    }

    /// Pass 2, what a requirement draws whatever its consumer carries: gives `set` each leaf and its
    /// value. It hangs on works alone.
    pub fn draw(
        &self,
        sys: &CompiledSystem,
        r: &Requirement,
        mut set: impl FnMut(usize, Lanes<L>),
    ) {
        let edges = &sys.edges[r.edges()];
        let part = self.parts(sys, r);
        for draw in sys.draws_of(r) {
            let at = (draw.edge - r.first) as usize;
            set(
                draw.flow as usize,
                [draw.constant * part(at, &edges[at]); L],
            );
        }
    }

    /// For each provider of a requirement: the part that it gets of what the consumer sends.
    fn parts<'r>(
        &'r self,
        sys: &'r CompiledSystem,
        r: &'r Requirement,
    ) -> impl Fn(usize, &Edge) -> f64 + 'r {
        let edges = &sys.edges[r.edges()];
        let sends = self.works[r.consumer as usize];
        let works = move |e: &Edge| sends && self.works[e.provider as usize];
        let total = match r.rule {
            Rule::Group(Split::Share) => self.weight(edges),
            Rule::Group(Split::Shard) => total_weight(edges),
            _ => 0.0,
        };
        let over = shard_total(edges, total);
        let working = edges.iter().filter(|e| works(e)).fold(0.0, |n, _| n + 1.0);
        let k = r.need.max(1);
        let last = nth_working(&self.works, sys, r, k);
        move |i, e| match r.rule {
            _ if !works(e) => 0.0,
            Rule::All | Rule::WorksOnly | Rule::Group(Split::Copy) => 1.0,
            Rule::Group(Split::Share) if total > 0.0 => e.weight / total,
            Rule::Group(Split::Share) => 1.0 / working,
            Rule::Group(Split::Standby) if i < last => 1.0 / f64::from(k),
            Rule::Group(Split::Standby) => 0.0,
            Rule::Group(Split::Shard) => shard_weight(e, total) / over,
        }
    }

    /// The weights of the providers that work, added up. Without a branch: who works is hard to
    /// guess where much has failed.
    fn weight(&self, edges: &[Edge]) -> f64 {
        edges.iter().fold(0.0, |total, e| {
            let [weight] = keep(self.works[e.provider as usize], [e.weight]);
            total + weight
        })
    }

    /// Pass 2, one unit: its terms added up, on top of `start`.
    pub fn sum(&self, sys: &CompiledSystem, unit: usize, start: Lanes<L>) -> Lanes<L> {
        self.flow[sys.terms_of(unit)]
            .iter()
            .fold(start, |mut sum, term| {
                for l in 0..L {
                    sum[l] += term[l];
                }
                sum
            })
    }

    /// Pass 2, one loop: what its members carry, into the solver, which the caller has taken out.
    /// `start` is what arrives from users.
    pub fn solve(
        &self,
        sys: &CompiledSystem,
        round: &Loop,
        start: impl Fn(usize) -> Lanes<L>,
        solver: &mut Solver<1, L>,
    ) {
        solver.clear(round);
        for v in round.members() {
            solver.enter(round, v, self.sum(sys, v, start(v)));
            for r in sys.requirements[sys.requirements_of(v)]
                .iter()
                .filter(|r| r.loads)
            {
                self.split(sys, r, [1.0], |leaf, sent| {
                    if let Some(slot) = round.slot_of(leaf) {
                        solver.add(slot, &sent);
                    }
                });
            }
        }
        solver.solve(round);
    }

    /// Gives `visit` the providers inside a loop to which a member sends something of its load.
    pub fn each_sent(
        &self,
        sys: &CompiledSystem,
        round: &Loop,
        v: u32,
        mut visit: impl FnMut(u32),
    ) {
        for r in &sys.requirements[sys.requirements_of(v as usize)] {
            let edges = &sys.edges[r.edges()];
            self.split(sys, r, [1.0], |leaf, [sent]| {
                if sent > 0.0
                    && round.slot_of(leaf).is_some()
                    && let Some(e) = edges.iter().find(|e| e.flow as usize == leaf)
                {
                    visit(e.provider);
                }
            });
        }
    }

    /// Pass 3, one node that is in no cycle.
    pub fn served(
        &self,
        sys: &CompiledSystem,
        bases: &[network::Base<L>],
        capacity: &[f64],
        v: usize,
    ) -> Lanes<L> {
        if !self.works[v] {
            return [0.0; L];
        }
        let mut least = match &sys.layers {
            None => own(capacity[v], &self.load[v]),
            Some(layers) => self.own_of_layers(sys, layers, capacity, v),
        };
        if sys.is_uneven(v) && !sys.is_layered() {
            least = self.own_both_ways(sys, capacity, v);
        }
        self.lower_to_needs(sys, v, &mut least);
        if !bases.is_empty() {
            lower(&mut least, &self.arrives(sys, bases, v));
        }
        least
    }

    /// Takes each lane down to what every requirement of a node delivers.
    pub(super) fn lower_to_needs(&self, sys: &CompiledSystem, v: usize, least: &mut Lanes<L>) {
        for r in &sys.requirements[sys.requirements_of(v)] {
            if r.delivers() {
                lower(least, &self.requirement(sys, r));
            }
        }
    }

    /// Pass 3, one requirement.
    fn requirement(&self, sys: &CompiledSystem, r: &Requirement) -> Lanes<L> {
        self.requirement_by(sys, r, |p| &self.delivered[p as usize])
    }

    /// What one requirement would deliver if every provider delivered what `of` says, 0 where it does
    /// not work.
    #[inline]
    pub(crate) fn requirement_by<'a>(
        &self,
        sys: &CompiledSystem,
        r: &Requirement,
        of: impl Fn(u32) -> &'a Lanes<L>,
    ) -> Lanes<L> {
        let edges = &sys.edges[r.edges()];
        let working = || edges.iter().filter(|e| self.works[e.provider as usize]);
        match r.rule {
            Rule::All | Rule::WorksOnly => {
                let mut least: Lanes<L> = [1.0; L];
                for e in edges {
                    lower(&mut least, of(e.provider));
                }
                least
            }
            Rule::Group(Split::Share) => {
                let total = self.weight(edges);
                if total > 0.0 {
                    // Who does not work delivers 0, which changes no sum.
                    mean(edges.iter().map(|e| (e.weight, of(e.provider))), total)
                } else {
                    let count = working().fold(0.0, |n, _| n + 1.0);
                    mean(working().map(|e| (1.0, of(e.provider))), count)
                }
            }
            Rule::Group(Split::Shard) => {
                let total = total_weight(edges);
                // Who does not work delivers 0.
                let terms = edges.iter();
                let terms = terms.map(|e| (shard_weight(e, total), of(e.provider)));
                mean(terms, shard_total(edges, total))
            }
            Rule::Group(Split::Standby) => {
                let active = working().take(r.need as usize);
                mean(active.map(|e| (1.0, of(e.provider))), f64::from(r.need))
            }
            Rule::Group(Split::Copy) => {
                let value = |l: usize| {
                    let values = edges.iter().map(|e| of(e.provider)[l]);
                    largest(values, r.need as usize)
                };
                by_lane(value)
            }
        }
    }

    /// Pass 3, the members of one cycle: the greatest fixed point, from 1 down. Writes `delivered`.
    /// A lane that has settled stays, whatever the others do.
    pub fn settle(
        &mut self,
        sys: &CompiledSystem,
        bases: &[network::Base<L>],
        capacity: &[f64],
        first: u32,
    ) {
        let members = sys.cycle_members(first);
        for v in members.clone() {
            self.delivered[v] = [if self.works[v] { 1.0 } else { 0.0 }; L];
        }
        let mut rounds = std::mem::take(&mut self.rounds);
        rounds.begin(members.len());
        let mut open = [true; L];
        for _ in 0..MOST_ROUNDS {
            let mut moved = [0.0; L];
            while let Some(member) = rounds.pop() {
                let v = members.start + member;
                let value = self.served(sys, bases, capacity, v);
                if step(&mut self.delivered[v], &value, &open, &mut moved) {
                    sys.tell_cycle(v, |member| rounds.push(member));
                }
            }
            for (open, moved) in open.iter_mut().zip(&moved) {
                *open &= *moved > SETTLED;
            }
            if !rounds.next() || open == [false; L] {
                break;
            }
        }
        self.rounds = rounds;
    }
}

/// Writes the value in the open lanes, and keeps the furthest that each lane moved; whether any
/// did.
fn step<const L: usize>(
    at: &mut Lanes<L>,
    value: &Lanes<L>,
    open: &[bool; L],
    moved: &mut Lanes<L>,
) -> bool {
    let mut changed = false;
    for l in (0..L).filter(|&l| open[l]) {
        changed |= at[l].to_bits() != value[l].to_bits();
        moved[l] = moved[l].max((at[l] - value[l]).abs());
        at[l] = value[l];
    }
    changed
}

/// The value, or 0, without a branch.
#[inline]
fn keep<const L: usize>(on: bool, x: Lanes<L>) -> Lanes<L> {
    let mask = u64::from(on).wrapping_neg();
    by_lane(|l| f64::from_bits(x[l].to_bits() & mask))
}

/// The weights of all providers, working or not, added up.
#[inline]
pub(crate) fn total_weight(edges: &[Edge]) -> f64 {
    edges.iter().fold(0.0, |total, e| total + e.weight)
}

/// What a shard weighs: all the same where none has a weight.
#[inline]
pub(crate) fn shard_weight(e: &Edge, total: f64) -> f64 {
    if total > 0.0 { e.weight } else { 1.0 }
}

/// What all shards weigh together.
#[inline]
pub(crate) fn shard_total(edges: &[Edge], total: f64) -> f64 {
    if total > 0.0 {
        total
    } else {
        edges.iter().fold(0.0, |n, _| n + 1.0)
    }
}

/// Gives `set` the leaf and the value of every edge that can carry load.
#[inline]
fn each<const L: usize>(
    edges: &[Edge],
    set: &mut impl FnMut(usize, Lanes<L>),
    value: impl Fn(usize, &Edge) -> Lanes<L>,
) {
    for (i, e) in edges.iter().enumerate().filter(|(_, e)| e.flow != NONE) {
        set(e.flow as usize, value(i, e));
    }
}

/// Position after the k-th working provider; the number of providers when fewer work.
pub(crate) fn nth_working(works: &[bool], sys: &CompiledSystem, r: &Requirement, k: u32) -> usize {
    let edges = &sys.edges[r.edges()];
    let mut left = k;
    for (i, e) in edges.iter().enumerate() {
        if left == 0 {
            return i;
        }
        left -= u32::from(works[e.provider as usize]);
    }
    edges.len()
}

/// Takes each lane down to the lesser of both.
#[inline]
pub(super) fn lower<const L: usize>(least: &mut Lanes<L>, value: &Lanes<L>) {
    for l in 0..L {
        least[l] = least[l].min(value[l]);
    }
}

/// What a node serves of its load by itself.
#[inline]
pub(crate) fn own<const L: usize>(capacity: f64, load: &Lanes<L>) -> Lanes<L> {
    by_lane(|l| {
        if load[l] > capacity {
            capacity / load[l]
        } else {
            1.0
        }
    })
}

/// Σ w·d / `total`.
#[inline]
fn mean<'a, const L: usize>(
    terms: impl Iterator<Item = (f64, &'a Lanes<L>)>,
    total: f64,
) -> Lanes<L> {
    let mut sum = [0.0; L];
    for (weight, value) in terms {
        for l in 0..L {
            sum[l] += weight * value[l];
        }
    }
    by_lane(|l| sum[l] / total)
}

/// The k-th largest of values that are not negative, k ≥ 1 and at most their number.
#[inline]
pub(super) fn largest(values: impl ExactSizeIterator<Item = f64>, k: usize) -> f64 {
    let from_below = values.len() + 1 - k;
    smallest(values, from_below)
}

/// The k-th smallest of values that are not negative, k ≥ 1 and at most their number.
#[inline]
pub(super) fn smallest(values: impl ExactSizeIterator<Item = f64>, k: usize) -> f64 {
    let n = values.len();
    if k == 1 {
        return values.fold(f64::INFINITY, f64::min);
    }
    if k == n {
        return values.fold(0.0, f64::max);
    }
    let mut short = [0.0; 32];
    let mut long = Vec::new();
    let all = if n <= short.len() {
        &mut short[..n]
    } else {
        long.resize(n, 0.0);
        &mut long[..]
    };
    all.iter_mut()
        .zip(values)
        .for_each(|(slot, value)| *slot = value);
    *all.select_nth_unstable_by(k - 1, f64::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_serves_what_its_capacity_allows() {
        let is = |x: &[f64], y: &[f64]| assert_eq!(x, y);
        is(
            &own(100.0, &[50.0, 100.0, 200.0, 0.0]),
            &[1.0, 1.0, 0.5, 1.0],
        );
        is(&own(0.0, &[0.0, 1.0]), &[1.0, 0.0]);
        is(&own(f64::INFINITY, &[1e300]), &[1.0]);
    }

    #[test]
    fn the_kth_largest_counts_from_the_top() {
        let kth = |k| largest([0.2, 0.9, 0.5].into_iter(), k);
        assert_eq!(
            [kth(1), kth(2), kth(3)].map(f64::to_bits),
            [0.9, 0.5, 0.2].map(f64::to_bits)
        );
    }
}
