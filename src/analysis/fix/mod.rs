//! What would fix it: for every breached policy the smallest changes after which it holds, those that
//! only lessen its breaches, and for known outages the order in which to repair them.
//!
//! In: an estate, what is asked of it, the day of judgement, a watcher. Out: changes, each with its
//! account of breaches, and how far the search went. Promises: breaches left = before − removed +
//! new, for every change; what is said to hold a policy was verified by sweeping (and simulating,
//! where probabilities are asked for) and judging the changed estate anew; the search is greedy and
//! bounded, by counts and not by time, so that it is the same every time; why it ended is said.

mod account;
mod chance;
mod change;
#[cfg(test)]
mod change_tests;
mod draft_index;
mod found;
mod instances;
mod local_search;
mod making_room;
mod outages;
mod outcome;
mod plan;
mod repair;
pub(super) mod search;
mod second_path;
mod shortfall;

pub use change::{Altered, Change, FixContext, Member, Shrink};
pub use outcome::{End, Fix, FixOutcome, Unfixed};
pub use second_path::SecondPath;

pub(super) use account::Runs;
pub(super) use making_room::{Room, Stranded, moves_fit};
pub(super) use outages::outages;

use super::{Judgement, ServiceSweep, SweepOutcome, Watch};
use account::{Breach, Judged};
use found::Found;
use jiff::civil::Date;
use search::Search;
use std::collections::BTreeSet;

/// Looks for fixes of what was judged as `judgement` after `sweep`, on the day `as_of`.
#[must_use]
pub fn fixes(
    context: FixContext<'_>,
    sweep: &SweepOutcome,
    judgement: &Judgement,
    as_of: Date,
    watch: &dyn Watch,
) -> FixOutcome {
    let mut search = Search::new(context, as_of, watch);
    let mut before = Judged::of(context.scenario, judgement);
    let cut = |s: &ServiceSweep| (s.minimal.len() as u64) < s.minimal_count;
    if sweep.services.iter().any(cut) {
        // What a list leaves out cannot be counted: the estate as it is, with every breach.
        let full = if search.simulates() {
            search.judged_in_full(&[])
        } else {
            search.judged(&[])
        };
        before = full.unwrap_or(before);
    }
    let breached: Vec<usize> = (0..before.policies.len())
        .filter(|&p| !before.policies[p].breaches.is_empty())
        .collect();
    let mut out = FixOutcome::default();
    if !breached.is_empty() {
        Whole::new(&mut search, &before, sweep).look(&breached, &mut out);
    }
    out.end = search.end;
    out.runs = search.effort.runs;
    out.most_runs = search.effort.most_runs;
    out.states = search.effort.states;
    out.most_states = search.effort.most_states;
    out
}

/// The search over all policies.
struct Whole<'s, 'a> {
    search: &'s mut Search<'a>,
    before: &'s Judged,
    sweep: &'s SweepOutcome,
}

impl<'s, 'a> Whole<'s, 'a> {
    fn new(search: &'s mut Search<'a>, before: &'s Judged, sweep: &'s SweepOutcome) -> Self {
        Self {
            search,
            before,
            sweep,
        }
    }

    fn look(&mut self, breached: &[usize], out: &mut FixOutcome) {
        let repairs = repair::repairs(self.search, self.before);
        let all = self.all_repaired();
        let unlimited = self.search.judged_unlimited();
        for (changes, after) in repairs.ranking {
            let rank = changes.len() as u64;
            let found = Found {
                changes,
                after,
                in_full: false,
            };
            out.repairs.extend(self.in_full(found).map(|f| Fix {
                rank: Some(rank),
                ..fix(self.before, &f.after, None, f.changes)
            }));
        }
        let repaired = repairs.alone.into_iter().chain(repairs.together);
        let mut repaired: Vec<Found> = repaired
            .chain(all.clone())
            .map(|(changes, after)| Found {
                changes,
                after,
                in_full: false,
            })
            .collect();
        let mut seen: Vec<Vec<Change>> = Vec::new();
        repaired.retain(|f| {
            let new = !seen.contains(&f.changes);
            seen.push(f.changes.clone());
            new
        });
        let general = self.search.end.take();
        let mut gravest = general;
        for (at, &policy) in breached.iter().enumerate() {
            let left = (breached.len() - at) as u64;
            let tried = self.policy(policy, left, &repaired, out);
            let end = self.search.end.take();
            gravest = gravest.max(end);
            if !out.holds.iter().any(|f| f.policy == Some(policy)) {
                let harmless = |j: &Judged| j.policies[policy].breaches.iter().all(|b| b.chance);
                let (outages, repaired) = self.search.outages();
                let breaches = &self.before.policies[policy].breaches;
                out.unfixed.push(Unfixed {
                    policy,
                    tried,
                    outages,
                    repaired,
                    all_repaired_holds: all.as_ref().map(|(_, after)| harmless(after)),
                    unlimited_holds: unlimited.as_ref().map(harmless),
                    shed: breaches.iter().any(|b| b.shed),
                    planned: breaches.iter().any(Breach::is_for_plans),
                    end: end.max(general),
                });
            }
            if gravest == Some(End::Interrupted) {
                self.search.end = gravest;
            }
        }
        self.search.end = gravest;
    }

    /// The estate with everything repaired.
    fn all_repaired(&mut self) -> Option<(Vec<Change>, Judged)> {
        let all = outages(self.search.context.scenario);
        let changes: Vec<Change> = all.into_iter().map(Change::Restore).collect();
        if changes.is_empty() {
            return None;
        }
        let after = self.search.judged(&changes)?;
        Some((changes, after))
    }

    /// Looks for changes for one policy; how many were assessed.
    fn policy(
        &mut self,
        policy: usize,
        policies: u64,
        repaired: &[Found],
        out: &mut FixOutcome,
    ) -> u64 {
        let runs = self.search.effort.runs;
        let mut found: Vec<Found> = repaired.to_vec();
        self.search.share(policies);
        if !self.before.harm(Some(policy)).is_none() {
            let search = &mut *self.search;
            search.policy(policy, policies, self.before, repaired, &mut found);
            search.share(policies);
            search.instances(policy, self.before, &mut found);
        }
        self.search.share(policies);
        if self.search.simulates() {
            let cure = found.iter().find(|f| f.after.harm(Some(policy)).is_none());
            let start = cure.map_or(Vec::new(), |f| f.changes.clone());
            let search = &mut *self.search;
            let breaches = &self.before.policies[policy].breaches;
            if breaches.iter().any(|b| b.chance) {
                search.chances(policy, &start, self.before, self.sweep, &mut found);
            }
        }
        self.conclude(policy, found, out);
        self.search.effort.runs - runs + repaired.len() as u64
    }

    /// Puts what helps one policy into the two lists.
    fn conclude(&mut self, policy: usize, found: Vec<Found>, out: &mut FixOutcome) {
        let (mut holds, mut lessens) = (Vec::new(), Vec::new());
        for found in undominated(policy, found) {
            let helps = |after: &Judged| {
                let account = after.account(self.before, Some(policy));
                let (then, now) = (self.before.harm(Some(policy)), after.harm(Some(policy)));
                account.after < account.before || now.is_less(&then)
            };
            if !helps(&found.after) && !found.in_full {
                continue;
            }
            let Some(found) = self.in_full(found) else {
                continue;
            };
            if !helps(&found.after) {
                continue;
            }
            let fix = fix(self.before, &found.after, Some(policy), found.changes);
            let is_known = |f: &Fix| f.changes == fix.changes;
            if holds.iter().chain(&lessens).any(is_known) {
                continue;
            }
            if fix.holds {
                holds.push(fix);
            } else {
                lessens.push(fix);
            }
        }
        let much = |f: &Fix| (steps(&f.changes), f.changes.iter().map(burden).max());
        holds.sort_by_key(|f| (f.new_elsewhere.len(), much(f)));
        lessens.sort_by_key(|f| (f.remaining, much(f)));
        out.holds.append(&mut holds);
        out.lessens.append(&mut lessens);
    }

    /// Judges probabilities as well, where they are asked for. `None` at a limit.
    fn in_full(&mut self, found: Found) -> Option<Found> {
        if found.in_full || !self.search.simulates() {
            return Some(found);
        }
        let after = self.search.judged_in_full(&found.changes)?;
        Some(Found {
            after,
            in_full: true,
            ..found
        })
    }
}

/// What changes do.
fn fix(before: &Judged, after: &Judged, policy: Option<usize>, changes: Vec<Change>) -> Fix {
    let account = after.account(before, policy);
    let holds = after.holds(policy);
    let undecided = after.undecided(policy).filter(|_| account.after == 0);
    Fix {
        policy,
        rank: None,
        changes,
        removes: account.removed,
        of: account.before,
        new_breaches: account.new,
        remaining: account.after,
        new_elsewhere: policy.map_or(Vec::new(), |p| after.elsewhere(before, p)),
        holds,
        undecided: undecided.map(str::to_owned),
    }
}

/// Without what does no better than a part of it.
fn undominated(policy: usize, all: Vec<Found>) -> Vec<Found> {
    let harms: Vec<_> = all.iter().map(|f| f.after.harm(Some(policy))).collect();
    let beaten = |at: usize| {
        (0..all.len()).any(|other| {
            other != at
                && is_part(&all[other].changes, &all[at].changes)
                && all[other].in_full == all[at].in_full
                && !harms[at].beats(&harms[other])
                && (other < at || !is_part(&all[at].changes, &all[other].changes))
        })
    };
    let beaten: BTreeSet<usize> = (0..all.len()).filter(|&at| beaten(at)).collect();
    let kept = all.into_iter().enumerate();
    kept.filter(|(at, _)| !beaten.contains(at))
        .map(|(_, found)| found)
        .collect()
}

/// Whether every change of one list is in another, which may do more of it.
fn is_part(few: &[Change], many: &[Change]) -> bool {
    few.iter().all(|x| {
        many.iter().any(|y| match (x, y) {
            (Change::AddCapacity(a, x), Change::AddCapacity(b, y)) => a == b && x <= y,
            (Change::AddMember(x), Change::AddMember(y)) => {
                (x.like, &x.outside) == (y.like, &y.outside) && x.count <= y.count
            }
            (Change::Shrink(x), Change::Shrink(y)) => x.is_of(y) && x.to >= y.to,
            (x, y) => x == y,
        })
    })
}

/// What of equally many steps a person would rather do, the least first: use what is there, make it larger, buy more of
/// it, and take from somebody last, as in plans.
fn burden(change: &Change) -> u8 {
    match change {
        Change::Restore(_) => 0,
        Change::Move(..) => 1,
        Change::AddCapacity(..) => 2,
        Change::AddMember(_) | Change::Lay(_) => 3,
        Change::Shrink(_) => 4,
    }
}

/// How much there is to do: new things and places.
fn steps(changes: &[Change]) -> u64 {
    let each = changes.iter().map(|c| match c {
        Change::AddMember(m) => u64::from(m.count),
        Change::Lay(path) => u64::from(path.count),
        Change::Restore(_) | Change::AddCapacity(..) | Change::Shrink(_) | Change::Move(..) => 1,
    });
    each.sum()
}
