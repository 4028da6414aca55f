//! From a set of changes to a plan: without what is not needed, in the order in which to do them. In: changes
//! after which every policy holds. Out: the same or fewer, and what each leaves. Promises: every plan that is
//! kept was assessed and holds.

use super::objective::Objective;
use super::outcome::Step;
use super::search::Search;
use super::verify::{Assessed, breaks_within};
use crate::analysis::fix::{Change, Member};
use rayon::prelude::*;

/// Steps of which every order is weighed one by one.
const MOST_WEIGHED: usize = 12;
/// Steps after which the breaches that are left are counted.
const MOST_COUNTED: usize = 60;
/// Halvings of an amount: a tenth of a millionth of it is left.
const HALVINGS: usize = 24;
/// Changes of which it is tried at once whether each can be left out.
const AHEAD: usize = 8;
/// Assessments that go into saying where new members have to stand.
const MOST_PLACES: u64 = 24;

/// How bad a proposal is: breaches by order.
fn harm(found: &Assessed) -> Vec<u64> {
    let mut by_order = Vec::new();
    for b in found.judgement.policies.iter().flat_map(|p| &p.breaches) {
        let order = b.contingency.map_or(b.elements.len(), |_| 1);
        if by_order.len() <= order {
            by_order.resize(order + 1, 0);
        }
        by_order[order] += 1;
    }
    by_order
}

impl Search<'_> {
    /// Whether every policy holds with changes; false at a limit.
    fn holds_with(&mut self, changes: &[Change], until: u64) -> bool {
        if self.is_over(until) {
            return false;
        }
        if self.has_few_culprits() {
            self.count(1);
            if self.breaks(changes) {
                return false;
            }
        }
        self.holds_in_full(changes, until)
    }

    fn holds_in_full(&mut self, changes: &[Change], until: u64) -> bool {
        !self.is_over(until) && self.assess(changes).is_some_and(|found| found.holds())
    }

    fn is_over(&self, until: u64) -> bool {
        self.runs >= until || self.is_stopped()
    }

    /// Counts assessments, and shows them as progress.
    pub fn count(&mut self, runs: u64) {
        self.runs += runs;
        self.watch.advance(runs);
    }

    /// Whether failing only what broke a policy before takes a small part of a whole assessment.
    fn has_few_culprits(&self) -> bool {
        self.culprits.len() < self.known.context.scenario.sweep.elements.len() / 2
    }

    /// Whether some policy breaks with changes where what broke one before fails: it is seldom something else that
    /// breaks it.
    fn breaks(&self, changes: &[Change]) -> bool {
        breaks_within(
            self.known.context,
            changes,
            &self.culprits,
            self.options.as_of,
            self.watch,
        )
    }

    /// Leaves out of the best plan what is not needed, and grows no more than needed.
    pub fn polish(&mut self) {
        let Some(best) = self.best.clone() else {
            return;
        };
        let until = self.until(self.most_runs);
        let mut changes = self.leave_out_many(best.changes, until);
        let mut at = 0;
        let checks = self.has_few_culprits();
        while at < changes.len() && !self.is_over(until) {
            // Most are needed: that is found out of several at once.
            let most = if checks { AHEAD } else { 1 };
            let most = usize::try_from(until - self.runs).map_or(most, |left| left.min(most));
            let ahead = at..changes.len().min(at + most);
            let fewer: Vec<Vec<Change>> = ahead.map(|at| without(&changes, at)).collect();
            let mut breaks = vec![false; fewer.len()];
            if checks {
                breaks = fewer.par_iter().map(|fewer| self.breaks(fewer)).collect();
                self.count(fewer.len() as u64);
            }
            for (fewer, breaks) in fewer.into_iter().zip(breaks) {
                if !breaks && self.holds_in_full(&fewer, until) {
                    changes = fewer;
                    break;
                }
                at += 1;
            }
        }
        for at in 0..changes.len() {
            self.shrink(&mut changes, at, until);
        }
        let worth = self.prices.worth(&changes);
        self.offer(changes, worth);
    }

    /// Changes without large parts of them that are not needed: halves, then quarters, then eighths.
    fn leave_out_many(&mut self, mut changes: Vec<Change>, until: u64) -> Vec<Change> {
        for part in [2, 4, 8] {
            let size = changes.len() / part;
            // Of few it costs no more to ask one by one.
            if size < 2 {
                break;
            }
            // From the end: the last were taken when most was in place already.
            let mut end = changes.len();
            while end > 0 && !self.is_over(until) {
                let begin = end.saturating_sub(size);
                let mut fewer = changes.clone();
                fewer.drain(begin..end);
                if self.holds_with(&fewer, until) {
                    changes = fewer;
                }
                end = begin;
            }
        }
        changes
    }

    /// Assessments that are kept for saying where members stand and in which order to do what.
    pub fn reserve(&self) -> u64 {
        let orders = MOST_WEIGHED * (MOST_WEIGHED + 1) / 2;
        (self.most_runs / 4).min(MOST_PLACES + MOST_COUNTED.max(orders) as u64)
    }

    /// The run at which a part of the search ends that may take so many more.
    pub fn until(&self, more: u64) -> u64 {
        (self.runs + more).min(self.most_runs - self.reserve())
    }

    /// Halves what is too much of one growth.
    fn shrink(&mut self, changes: &mut [Change], at: usize, until: u64) {
        let Change::AddCapacity(v, most) = changes[at] else {
            return;
        };
        let (mut low, mut high) = (0.0, most);
        for _ in 0..HALVINGS {
            let middle = low + (high - low) / 2.0;
            changes[at] = Change::AddCapacity(v, middle);
            if self.is_over(until) {
                break;
            }
            if self.holds_with(changes, until) {
                high = middle;
            } else {
                low = middle;
            }
        }
        // Within a hair of all that was asked for, that is it.
        let high = if most - high < most * 1e-6 {
            most
        } else {
            high
        };
        changes[at] = Change::AddCapacity(v, high);
    }

    /// New members may stand wherever they need not be elsewhere.
    pub fn settle_places(&mut self) {
        let Some(best) = self.best.clone() else {
            return;
        };
        let until = self.most_runs.min(self.runs + MOST_PLACES);
        let mut changes = best.changes;
        for at in 0..changes.len() {
            let Change::AddMember(member) = changes[at].clone() else {
                continue;
            };
            for domain in member.outside.iter().rev() {
                let mut nearer = changes.clone();
                if let Change::AddMember(Member { outside, .. }) = &mut nearer[at] {
                    outside.retain(|d| d != domain);
                }
                if self.holds_with(&nearer, until) {
                    changes = nearer;
                }
            }
        }
        self.best = Some(super::search::Best { changes, ..best });
    }

    /// The steps in the order in which each leaves least, and how every policy stands in the end.
    pub fn steps(&mut self, changes: &[Change]) -> (Vec<Step>, Vec<Option<bool>>) {
        let mut left: Vec<Change> = changes.to_vec();
        let mut done: Vec<Change> = Vec::new();
        let mut steps = Vec::new();
        // As judged after the last step, if that was assessed.
        let mut policies = None;
        let weighs = left.len() <= MOST_WEIGHED;
        while !left.is_empty() {
            let tried = if weighs { left.len() } else { 1 };
            let mut first: Option<(usize, Vec<u64>, Assessed)> = None;
            let counts = weighs || steps.len() < MOST_COUNTED || left.len() == 1;
            for at in 0..tried {
                if !counts || self.is_over(self.most_runs) {
                    break;
                }
                let mut with = done.clone();
                with.push(left[at].clone());
                let Some(found) = self.assess(&with) else {
                    continue;
                };
                let harm = harm(&found);
                if first.as_ref().is_none_or(|f| is_less(&harm, &f.1)) {
                    first = Some((at, harm, found));
                }
            }
            let at = first.as_ref().map_or(0, |f| f.0);
            let change = left.remove(at);
            done.push(change.clone());
            policies = first.as_ref().map(|(_, _, found)| {
                let judged = found.judgement.policies.iter();
                judged.map(|p| p.holds).collect()
            });
            steps.push(Step {
                cost: self.cost_of(&change),
                change,
                breaches_left: first.map(|f| f.2.breaches()),
                needed_by: None,
            });
        }
        if let Some(last) = steps.last_mut() {
            last.breaches_left.get_or_insert(0);
        }
        // A plan was assessed before, and held.
        let held = vec![Some(true); self.known.context.scenario.policies.len()];
        (
            steps,
            policies.filter(|_| !self.is_stopped()).unwrap_or(held),
        )
    }

    fn cost_of(&self, change: &Change) -> f64 {
        match self.prices.objective {
            Objective::Cost | Objective::Changes => self.prices.worth_of(change).0[0],
        }
    }
}

/// Changes without one of them, or with one fewer of it.
fn without(changes: &[Change], at: usize) -> Vec<Change> {
    let mut fewer = changes.to_vec();
    match &mut fewer[at] {
        Change::AddMember(m) if m.count > 1 => m.count -= 1,
        Change::Lay(path) if path.count > 1 => path.count -= 1,
        _ => {
            fewer.remove(at);
        }
    }
    fewer
}

/// Whether there are fewer breaches at the lowest order at which they differ.
fn is_less(x: &[u64], y: &[u64]) -> bool {
    let at = |all: &[u64], order: usize| all.get(order).copied().unwrap_or(0);
    let orders = 0..x.len().max(y.len());
    let mut orders = orders.filter(|&o| at(x, o) != at(y, o));
    orders.next().is_some_and(|o| at(x, o) < at(y, o))
}
