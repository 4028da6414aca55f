//! Bounds where a diagram would be too large.
//!
//! In: a formula whose diagrams do not fit. Out: two probabilities, and the true one lies between
//! them. Functions are put together as always, but each is kept small: nodes that hardly
//! matter are taken out. For the lower bound such a node is as if its event could not happen, for the upper
//! one as if it had; everything is monotone, so what is built of lower functions is lower, and of upper
//! ones upper.

use super::bdd::{Bdd, Limits, TooLarge};
use super::build::Build;
use super::formula::{Formula, Kind, Term};
use super::modules::Modules;
use super::node::{ALWAYS, Handle, NEVER};
use super::order::{Order, Part};
use std::collections::HashMap;

/// Nodes that a function may keep, at the lower and the upper bound: the lower one is near early, and
/// dear.
const KEPT: [usize; 2] = [300, 2_000];
/// The orders that are tried for each.
const TRIED: [&[Order]; 2] = [
    &[Order::LargeFirst],
    &[Order::Given, Order::SmallFirst, Order::LargeFirst],
];
/// What one try may take.
const LIMITS: Limits = Limits {
    nodes: 1_000_000,
    steps: 4_000_000,
};

/// The lower and the upper bound of a formula, of which one may say nothing; `None` if both do. Takes what
/// it took off the steps that are left.
pub fn between(
    formula: &Formula,
    top: Term,
    q: impl Fn(u32) -> f64 + Copy,
    left: &mut u64,
) -> Option<(f64, f64)> {
    let modules = Modules::new(formula, &[top]);
    let gates = formula.below(&[top], |_| false).into_iter();
    let parts: Vec<Part> = gates
        .filter(|&t| modules.is_module(t))
        .map(|t| Part::new(formula, &modules, t))
        .collect();
    let mut bounds = (0.0, 1.0);
    // What a cycle takes round and round may not settle when nodes are taken out.
    if parts.iter().any(|part| formula.has_members(&part.gates)) {
        return None;
    }
    for up in [false, true] {
        for &order in TRIED[usize::from(up)] {
            if let Some(p) = bound(formula, &parts, q, (order, up), left) {
                bounds = if up {
                    (bounds.0, p.min(bounds.1))
                } else {
                    (p.max(bounds.0), bounds.1)
                };
            }
        }
    }
    Some(bounds).filter(|b| *b != (0.0, 1.0))
}

/// One bound in one order.
fn bound(
    formula: &Formula,
    parts: &[Part],
    q: impl Fn(u32) -> f64,
    (order, up): (Order, bool),
    left: &mut u64,
) -> Option<f64> {
    let mut known: HashMap<Term, f64> = HashMap::new();
    let mut last = None;
    for part in parts {
        let leaves = part.ordered(formula, order)?;
        let chance = |t: &Term| match formula.kind(*t) {
            Kind::Event(e) => q(*e),
            _ => known[t],
        };
        let q: Vec<f64> = leaves.iter().map(chance).collect();
        let limits = Limits {
            steps: LIMITS.steps.min(*left),
            ..LIMITS
        };
        let mut build = Build::new(formula, part, &leaves, limits);
        let keep = KEPT[usize::from(up)];
        let top = build.top(part.top, |bdd, f| bdd.shrink(f, &q, up, keep));
        *left = left.saturating_sub(build.bdd.steps());
        let p = build.bdd.cut(top.ok()?).probability(|v| q[v as usize]);
        known.insert(part.top, p);
        last = Some(p);
    }
    last
}

impl Bdd {
    /// A function with at most `keep` nodes that is never above another, or never below it (`up`).
    fn shrink(&mut self, f: Handle, q: &[f64], up: bool, keep: usize) -> Result<Handle, TooLarge> {
        let first = ALWAYS as usize + 1;
        let mut used = vec![false; (f as usize + 1).max(first)];
        used[f as usize] = true;
        let mut order = Vec::new();
        for at in (first..used.len()).rev() {
            if used[at] {
                order.push(at);
                used[self.nodes()[at].low as usize] = true;
                used[self.nodes()[at].high as usize] = true;
            }
        }
        let Some(out) = order.len().checked_sub(keep).filter(|&out| out > 0) else {
            return Ok(f);
        };
        let cost = self.costs(f, &order, q, up);
        let mut cheapest: Vec<(f64, usize)> = cost.into_iter().zip(order.iter().copied()).collect();
        cheapest.select_nth_unstable_by(out, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut goes = vec![false; used.len()];
        for (_, at) in &cheapest[..out] {
            goes[*at] = true;
        }
        let mut new = vec![NEVER; used.len()];
        new[ALWAYS as usize] = ALWAYS;
        for &at in order.iter().rev() {
            let n = self.nodes()[at];
            let (low, high) = (new[n.low as usize], new[n.high as usize]);
            new[at] = match (goes[at], up) {
                (true, true) => high,
                (true, false) => low,
                (false, _) => self.node(n.variable, low, high)?,
            };
        }
        Ok(new[f as usize])
    }

    /// What taking out each node changes of the probability of `f`.
    fn costs(&self, f: Handle, order: &[usize], q: &[f64], up: bool) -> Vec<f64> {
        let n = (f as usize + 1).max(ALWAYS as usize + 1);
        let mut p = vec![0.0; n];
        p[ALWAYS as usize] = 1.0;
        for &at in order.iter().rev() {
            let n = self.nodes()[at];
            let q = q[n.variable as usize];
            p[at] = q * p[n.high as usize] + (1.0 - q) * p[n.low as usize];
        }
        let mut weight = vec![0.0; n];
        weight[f as usize] = 1.0;
        let cost = |&at: &usize| {
            let n = self.nodes()[at];
            let (q, w) = (q[n.variable as usize], weight[at]);
            weight[n.high as usize] += w * q;
            weight[n.low as usize] += w * (1.0 - q);
            let lift = f64::max(p[n.high as usize] - p[n.low as usize], 0.0);
            w * lift * if up { 1.0 - q } else { q }
        };
        order.iter().map(cost).collect()
    }
}
