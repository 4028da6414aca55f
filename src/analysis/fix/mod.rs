//! What would fix it: for every breached policy the smallest capacity to add or the members that
//! are missing, and for known outages the order in which to repair them.
//!
//! In: an estate, what is asked of it, the day of judgement, a watcher. Out: fixes, each with the
//! breaches it removes, and how far the search went. Promises: every fix is verified by sweeping
//! and judging the changed estate anew; the search is greedy and bounded, by counts and not by
//! time, so that it is the same every time; a limit that was reached is told.
//!
//! A fix counts the breaches of a policy by contingencies, or those by probabilities, not both.

mod chance;
mod change;
mod lacks;
mod plan;
mod repair;
pub(super) mod search;

pub use change::{Change, Ground, Member};

use super::{Judgement, SweepOutcome, Watch};
use crate::model::NodeId;
use jiff::civil::Date;
use plan::Prefer;
use search::{Judged, Search, Wish};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// States that a plan is made for at first; those that it leaves harmed are added.
const MOST_WISHES: usize = 60;
/// States that a plan for all breaches takes, for each of them, more or less.
const STATES_PER_BREACH: u64 = 40;
/// Contingencies that get a plan of their own.
const MOST_LEVERS: usize = 8;
/// States of each of them that its plan is made for.
const WISHES_PER_LEVER: usize = 8;
/// Times that a plan is made, anew for what it left.
const REPLANS: usize = 4;
/// Steps of a plan that are tried by themselves.
const MOST_ALONE: usize = 6;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FixOutcome {
    /// The ranking of repairs first, then by policy: those that remove most first.
    pub fixes: Vec<Fix>,
    /// Policies with breaches for which nothing was found, by index, and why.
    pub unfixed: Vec<(usize, String)>,
    /// Why there may be more; `None` when the search came to its end.
    pub reason: Option<String>,
    /// How many times the estate was assessed anew.
    pub runs: u64,
    /// At most so many.
    pub most_runs: u64,
    /// How many single states were evaluated on the way.
    pub states: u64,
}

/// Changes and what they do.
#[derive(Clone, Debug, PartialEq)]
pub struct Fix {
    /// Index of the policy whose breaches are counted; `None` counts those of all.
    pub policy: Option<usize>,
    /// Position in the ranking of repairs, from 1.
    pub rank: Option<u64>,
    /// All of them are needed; in the ranking, the repairs so far.
    pub changes: Vec<Change>,
    /// How many breaches they remove.
    pub removes: u64,
    /// Of how many.
    pub of: u64,
    /// How many are left.
    pub remaining: u64,
    /// Breaches of any policy that were none before.
    pub new_breaches: u64,
}

impl Fix {
    /// Whether no breach is left of the sort that is counted.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.remaining == 0
    }
}

/// Looks for fixes of what was judged as `judgement` after `sweep`, on the day `as_of`.
#[must_use]
pub fn fixes(
    ground: Ground<'_>,
    sweep: &SweepOutcome,
    judgement: &Judgement,
    as_of: Date,
    watch: &dyn Watch,
) -> FixOutcome {
    let mut search = Search::new(ground, as_of, watch);
    let mut out = FixOutcome::default();
    let before = Judged::from(judgement);
    let judged = &judgement.policies;
    let breached: Vec<usize> = (0..judged.len())
        .filter(|&p| !judged[p].breaches.is_empty())
        .collect();
    if !breached.is_empty() {
        let mut repairs = repair::repairs(&mut search, &before);
        out.fixes.append(&mut repairs.ranking);
        for (at, &policy) in breached.iter().enumerate() {
            let left = (breached.len() - at) as u64;
            let mut found = repairs.of(&before, policy);
            if !before.policies[policy].is_empty() {
                search.policy(policy, left, &before, &mut found);
            }
            sort(&mut found);
            if judged[policy]
                .breaches
                .iter()
                .any(|b| b.probability.is_some())
            {
                search.share(left);
                search.chances(policy, &judged[policy], sweep, &mut found);
            }
            if found.is_empty() {
                out.unfixed.push((policy, search.why_not()));
            }
            out.fixes.append(&mut found);
        }
    }
    out.unfixed.sort();
    out.reason = search.reason();
    out.runs = search.effort.runs;
    out.most_runs = search.effort.most_runs;
    out.states = search.effort.states;
    out
}

/// What changes do; `None` when they remove nothing.
fn fix(
    before: &Judged,
    after: &Judged,
    policy: Option<usize>,
    changes: Vec<Change>,
) -> Option<Fix> {
    let (removes, new_breaches) = after.against(before, policy);
    (removes > 0).then(|| Fix {
        policy,
        rank: None,
        changes,
        removes,
        of: before.of(policy).count() as u64,
        remaining: after.of(policy).count() as u64,
        new_breaches,
    })
}

/// Keeps changes that remove a breach, once.
fn keep(policy: usize, before: &Judged, after: &Judged, changes: &[Change], found: &mut Vec<Fix>) {
    if !found.iter().any(|f| f.changes == changes) {
        found.extend(fix(before, after, Some(policy), changes.to_vec()));
    }
}

/// Those that remove most first, then those with least to do.
fn sort(fixes: &mut [Fix]) {
    fixes.sort_by_key(|f| {
        let members = f.changes.iter().map(|c| match c {
            Change::AddMember(m) => u64::from(m.count),
            Change::Restore(_) | Change::AddCapacity(..) => 1,
        });
        (
            Reverse(f.removes),
            f.remaining + f.new_breaches,
            members.sum::<u64>(),
        )
    });
}

impl Search<'_> {
    /// Why nothing was found.
    fn why_not(&self) -> String {
        self.reason().unwrap_or_else(|| {
            "neither more capacity nor one more of what is there removes a breach: what is missing \
             is of another kind (a second site, another path)"
                .to_owned()
        })
    }

    fn reason(&self) -> Option<String> {
        match (self.stopped, self.limited, self.cut) {
            (true, ..) => Some("interrupted".to_owned()),
            (_, true, _) => Some(format!(
                "the search ends after {} assessments and {} states",
                self.effort.most_runs, self.effort.most_states
            )),
            (.., true) => Some(format!(
                "only the {MOST_LEVERS} contingencies that breach a policy most, and {} outages, were \
                 looked at",
                repair::MOST_REPAIRS
            )),
            _ => None,
        }
    }

    /// Plans for one policy: for all of its breaches, or for the contingencies that breach most
    /// where there are too many. `policies` are left to be searched, this one included.
    fn policy(&mut self, policy: usize, policies: u64, before: &Judged, found: &mut Vec<Fix>) {
        let breaches = before.policies[policy].len();
        let dear = breaches as u64 * STATES_PER_BREACH > self.effort.most_states / policies;
        if breaches > MOST_WISHES || dear {
            self.levers(policy, policies, before, found);
        } else {
            self.whole(policy, policies, before, found);
        }
    }

    /// Plans for all breaches, and their steps by themselves.
    fn whole(&mut self, policy: usize, policies: u64, before: &Judged, found: &mut Vec<Fix>) {
        for (at, prefer) in (0..).zip([Prefer::Capacity, Prefer::Members]) {
            self.share(2 * policies - at);
            let Some((changes, after)) = self.complete_plan(policy, before, prefer) else {
                continue;
            };
            keep(policy, before, &after, &changes, found);
            if let [Change::AddCapacity(..), Change::AddCapacity(..), ..] = changes.as_slice() {
                self.one_for_all(policy, before, &changes, found);
            }
            if changes.len() > 1 {
                for change in changes.into_iter().take(MOST_ALONE) {
                    self.verify(policy, before, vec![change], found);
                }
            }
        }
    }

    /// A plan for each of the contingencies that breach most, and all of these together.
    fn levers(&mut self, policy: usize, policies: u64, before: &Judged, found: &mut Vec<Fix>) {
        let mut groups: BTreeMap<&[NodeId], Vec<Wish>> = BTreeMap::new();
        for (wish, _) in &before.policies[policy] {
            groups.entry(&wish.elements).or_default().push(wish.clone());
        }
        let mut groups: Vec<(&[NodeId], Vec<Wish>)> = groups.into_iter().collect();
        groups.sort_by_key(|(_, wishes)| Reverse(wishes.len()));
        self.cut |= groups.len() > MOST_LEVERS;
        groups.truncate(MOST_LEVERS);
        let mut together: Vec<Change> = Vec::new();
        let plans = groups.len() as u64;
        for (at, (_, mut wishes)) in (0..).zip(groups) {
            wishes.truncate(WISHES_PER_LEVER);
            self.share(policies * plans - at);
            let Some(changes) = self.plan(&wishes, Prefer::Capacity) else {
                return;
            };
            let loads = changes.iter().any(|c| matches!(c, Change::AddCapacity(..)));
            together.extend(changes.iter().cloned());
            self.verify(policy, before, changes, found);
            if loads && let Some(changes) = self.plan(&wishes, Prefer::Members) {
                self.verify(policy, before, changes, found);
            }
        }
        self.verify(policy, before, merged(together), found);
    }

    /// A plan for the breaches of a policy, and what it leaves; made anew when that holds breaches
    /// that the plan did not know of.
    fn complete_plan(
        &mut self,
        policy: usize,
        before: &Judged,
        prefer: Prefer,
    ) -> Option<(Vec<Change>, Judged)> {
        let breaches = before.policies[policy].iter().map(|(wish, _)| wish);
        let mut wishes: Vec<Wish> = breaches.take(MOST_WISHES).cloned().collect();
        let mut best = None;
        for _ in 0..REPLANS {
            let changes = self.plan(&wishes, prefer)?;
            if changes.is_empty() {
                break;
            }
            let Some(after) = self.judged(&changes) else {
                break;
            };
            // A state in which a new member fails is none where that member is missing.
            let nodes = self.ground.system.nodes().len();
            let is_old = |w: &&Wish| w.elements.iter().all(|e| e.index() < nodes);
            let left = after.policies[policy].iter().map(|(wish, _)| wish);
            let left = left.filter(is_old);
            let unknown = left.filter(|w| !wishes.contains(w)).take(MOST_WISHES);
            let unknown: Vec<Wish> = unknown.cloned().collect();
            best = Some((changes, after));
            if unknown.is_empty() {
                break;
            }
            wishes.extend(unknown);
        }
        best
    }

    /// Assesses the estate with changes, and keeps them if they remove a breach.
    fn verify(
        &mut self,
        policy: usize,
        before: &Judged,
        mut changes: Vec<Change>,
        found: &mut Vec<Fix>,
    ) {
        changes.sort_by(|x, y| order_of(x).cmp(&order_of(y)));
        if changes.is_empty() || found.iter().any(|f| f.changes == changes) {
            return;
        }
        if let Some(after) = self.judged(&changes) {
            keep(policy, before, &after, &changes, found);
        }
    }

    /// Where load follows capacity, one node of a group may take what all of them lack: the least
    /// that does as much as the whole plan, by halving.
    fn one_for_all(
        &mut self,
        policy: usize,
        before: &Judged,
        changes: &[Change],
        found: &mut Vec<Fix>,
    ) {
        let breaches = before.policies[policy].iter().map(|(wish, _)| wish);
        let wishes: Vec<Wish> = breaches.take(MOST_WISHES).cloned().collect();
        let Some(whole) = self.score(changes, &wishes) else {
            return;
        };
        let amounts = || {
            changes.iter().filter_map(|c| match c {
                Change::AddCapacity(node, amount) => Some((*node, *amount)),
                _ => None,
            })
        };
        let all: f64 = amounts().map(|(_, amount)| amount).sum();
        for (node, least) in amounts().take(MOST_ALONE) {
            let mut does = |amount: f64| {
                let tried = [Change::AddCapacity(node, amount)];
                let score = self.score(&tried, &wishes)?;
                Some(!whole.beats(&score))
            };
            let (mut low, mut high) = (least, plan::rounded_up(all));
            if does(high) != Some(true) {
                continue;
            }
            for _ in 0..12 {
                let middle = plan::rounded_up(low + (high - low) / 2.0);
                if middle >= high || middle <= low {
                    break;
                }
                match does(middle) {
                    Some(true) => high = middle,
                    Some(false) => low = middle,
                    None => return,
                }
            }
            let change = Change::AddCapacity(node, high);
            self.verify(policy, before, vec![change], found);
        }
    }
}

/// Changes of several plans as one: a node gets the most that any of them gives it.
fn merged(changes: Vec<Change>) -> Vec<Change> {
    let mut all: Vec<Change> = Vec::new();
    for change in changes {
        let same = all.iter_mut().find(|known| match (&**known, &change) {
            (Change::AddCapacity(x, _), Change::AddCapacity(y, _)) => x == y,
            (Change::AddMember(x), Change::AddMember(y)) => {
                (x.like, &x.outside) == (y.like, &y.outside)
            }
            (known, change) => known == change,
        });
        match (same, change) {
            (Some(Change::AddCapacity(_, most)), Change::AddCapacity(_, amount)) => {
                *most = most.max(amount);
            }
            (Some(Change::AddMember(most)), Change::AddMember(member)) => {
                most.count = most.count.max(member.count);
            }
            (Some(_), _) => {}
            (None, change) => all.push(change),
        }
    }
    all
}

/// A fixed order of changes: repairs, capacity, members.
fn order_of(change: &Change) -> (u8, Option<&Member>, u32) {
    match change {
        Change::Restore(node) => (0, None, node.0),
        Change::AddCapacity(node, _) => (1, None, node.0),
        Change::AddMember(member) => (2, Some(member), 0),
    }
}
