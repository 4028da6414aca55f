//! Orders of variables: which event a diagram asks about first.
//!
//! In: a [`Part`], one module of a formula. Out: its leaves in several orders, of which now one and now
//! another keeps the diagram small. Walks from the top take children as they come, or those with
//! fewest or most leaves first; another order goes by how much of the top each leaf carries. What
//! belongs together is then drawn together: every gate pulls its children to its middle, again and
//! again, and the round with the shortest gates counts (after FORCE; Aloul, Markov and Sakallah, 2003).

use super::formula::{Formula, Kind, Term};
use super::modules::Modules;
use std::collections::{HashMap, HashSet};

/// How often gates pull.
const PULLS: usize = 60;
/// The order by weight looks at all gates for each leaf: that much work at most.
const MOST_WEIGHING: usize = 4_000_000;

/// A module with the leaves that it stands on: events and other modules.
#[derive(Debug)]
pub struct Part {
    /// Its gate.
    pub top: Term,
    /// All its gates, children first but for cycles.
    pub gates: Vec<Term>,
    /// Its leaves, in the order in which a walk meets them.
    pub leaves: Vec<Term>,
}

/// How to walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As the children come.
    Given,
    /// Few leaves first, then drawn together.
    SmallFirst,
    /// Many leaves first, then drawn together.
    LargeFirst,
    /// The leaf that carries most of the top first.
    Heavy,
}

/// All of them, the most promising first.
pub const ORDERS: [Order; 4] = [
    Order::Given,
    Order::SmallFirst,
    Order::LargeFirst,
    Order::Heavy,
];

impl Part {
    /// The module below a gate.
    pub fn new(formula: &Formula, modules: &Modules, top: Term) -> Self {
        let is_leaf = |t: Term| t != top && (modules.is_module(t) || !formula.is_gate(t));
        let all = formula.below(&[top], is_leaf).into_iter();
        let (leaves, gates) = all
            .filter(|&t| *formula.kind(t) != Kind::Constant)
            .partition(|&t| is_leaf(t));
        Self { top, gates, leaves }
    }

    /// The leaves in an order; `None` if it would take too long to find.
    pub fn ordered(&self, formula: &Formula, order: Order) -> Option<Vec<Term>> {
        let few = |a: &f64, b: &f64| a.total_cmp(b);
        match order {
            Order::Given => Some(self.leaves.clone()),
            Order::SmallFirst => Some(self.drawn(formula, self.walk(formula, few))),
            Order::LargeFirst => Some(self.drawn(formula, self.walk(formula, |a, b| few(b, a)))),
            Order::Heavy => self.by_weight(formula),
        }
    }

    /// As a walk from the top meets them that takes children by their number of leaves.
    fn walk(&self, formula: &Formula, by: impl Fn(&f64, &f64) -> std::cmp::Ordering) -> Vec<Term> {
        let mut size: HashMap<Term, f64> = self.leaves.iter().map(|&t| (t, 1.0)).collect();
        for &g in &self.gates {
            let sizes = formula.children(g).iter();
            let sum = sizes.map(|c| size.get(c).copied().unwrap_or(1.0)).sum();
            size.insert(g, sum);
        }
        let leaves: HashSet<Term> = self.leaves.iter().copied().collect();
        let (mut seen, mut met, mut stack) = (HashSet::new(), Vec::new(), vec![self.top]);
        while let Some(t) = stack.pop() {
            if !seen.insert(t) {
                continue;
            }
            if leaves.contains(&t) {
                met.push(t);
                continue;
            }
            let mut children = formula.children(t).to_vec();
            let size = |t: &Term| size.get(t).copied().unwrap_or(1.0);
            children.sort_by(|a, b| by(&size(a), &size(b)));
            stack.extend(children.into_iter().rev());
        }
        met
    }

    /// Drawn together.
    fn drawn(&self, formula: &Formula, leaves: Vec<Term>) -> Vec<Term> {
        // Numbers for all terms: leaves, then gates.
        let terms: Vec<Term> = leaves.iter().chain(&self.gates).copied().collect();
        let number: HashMap<Term, usize> = terms.iter().copied().zip(0..).collect();
        let of = |t: &Term| number.get(t).copied();
        let pulls: Vec<Vec<usize>> = self
            .gates
            .iter()
            .map(|g| {
                formula
                    .children(*g)
                    .iter()
                    .chain([g])
                    .filter_map(of)
                    .collect()
            })
            .collect();
        let mut place: Vec<f64> = (0u32..).map(f64::from).take(leaves.len()).collect();
        place.resize(terms.len(), 0.0);
        for (pull, g) in pulls.iter().zip(&self.gates) {
            let children = &pull[..pull.len() - 1];
            let sum: f64 = children.iter().map(|&c| place[c]).sum();
            place[number[g]] = sum / children.len().max(1) as f64;
        }
        let (mut least, mut best) = (f64::INFINITY, leaves.clone());
        let mut ranked: Vec<usize> = (0..terms.len()).collect();
        for _ in 0..PULLS {
            let mut pulled = vec![(0.0, 0.0); terms.len()];
            for pull in &pulls {
                let middle = pull.iter().map(|&t| place[t]).sum::<f64>() / pull.len() as f64;
                for &t in pull {
                    pulled[t].0 += middle;
                    pulled[t].1 += 1.0;
                }
            }
            let to = |t: usize| pulled[t].0 / f64::max(pulled[t].1, 1.0);
            ranked.sort_by(|&a, &b| to(a).total_cmp(&to(b)).then(terms[a].cmp(&terms[b])));
            for (rank, &t) in (0u32..).zip(&ranked) {
                place[t] = f64::from(rank);
            }
            let length = |pull: &Vec<usize>| {
                let ends = pull.iter().fold((f64::INFINITY, 0.0), |(a, b), &t| {
                    (f64::min(a, place[t]), f64::max(b, place[t]))
                });
                ends.1 - ends.0
            };
            let all: f64 = pulls.iter().map(length).sum();
            if all < least {
                least = all;
                let leaves = ranked.iter().filter(|&&t| t < leaves.len());
                best = leaves.map(|&t| terms[t]).collect();
            }
        }
        best
    }

    /// The weight of the top is shared out evenly on the way down; the heaviest leaf is taken, and again
    /// without it (after Minato, Ishiura and Yajima, 1990).
    fn by_weight(&self, formula: &Formula) -> Option<Vec<Term>> {
        if self.leaves.len().saturating_mul(self.gates.len()) > MOST_WEIGHING {
            return None;
        }
        let terms: Vec<Term> = self.gates.iter().chain(&self.leaves).copied().collect();
        let number: HashMap<Term, usize> = terms.iter().copied().zip(0..).collect();
        let children: Vec<Vec<usize>> = self
            .gates
            .iter()
            .map(|g| {
                let children = formula.children(*g).iter();
                children.filter_map(|c| number.get(c).copied()).collect()
            })
            .collect();
        let gates = self.gates.len();
        let mut taken = vec![false; terms.len()];
        let mut order = Vec::with_capacity(self.leaves.len());
        while order.len() < self.leaves.len() {
            let mut weight = vec![0.0; terms.len()];
            weight[number[&self.top]] = 1.0;
            for g in (0..gates).rev() {
                let left = children[g].iter().filter(|&&c| !taken[c]);
                let share = weight[g] / left.clone().count().max(1) as f64;
                left.for_each(|&c| weight[c] += share);
            }
            let mut best: Option<usize> = None;
            for t in (gates..terms.len()).filter(|&t| !taken[t]) {
                // Sums are rounded: what is nearly as heavy comes in the order of the walk.
                if best.is_none_or(|b| weight[t] > weight[b] * (1.0 + 1e-9)) {
                    best = Some(t);
                }
            }
            let Some(next) = best else { break };
            taken[next] = true;
            order.push(terms[next]);
        }
        Some(order)
    }
}
