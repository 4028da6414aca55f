//! The search for one policy. In: the breaches of a policy. Out: changes and what they leave.
//! Promises: goes on from the best state it has reached while there is something to try and the
//! budget lasts; what it ends with is made smaller as long as a sweep says that nothing is lost.

use super::account::{Breach, Judged, Wish};
use super::change::{Change, Member};
use super::found::{Found, gathered};
use super::plan::{Prefer, rounded_up};
use super::search::Search;
use crate::model::NodeId;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// States that one plan is made for.
const MOST_WISHES: usize = 60;
/// States that a plan may take for each state it is made for.
const STATES_PER_WISH: u64 = 200;
/// Of each contingency that breaches much, where there are too many breaches for one plan.
const WISHES_PER_LEVER: usize = 8;
/// Contingencies that also get a plan of their own there.
const MOST_LEVERS: usize = 8;
/// Times that a plan is made anew for what it did not know of.
const REPLANS: usize = 3;
/// Steps of a plan that are tried by themselves, and made smaller.
const MOST_ALONE: usize = 6;
/// Single repairs that plans are made on top of.
const MOST_STARTS: usize = 3;
/// Halvings of an amount.
const HALVINGS: usize = 12;

/// Changes so far, in the order in which they were made, and what they leave.
#[derive(Clone)]
struct Reached {
    changes: Vec<Change>,
    after: Judged,
}

impl Search<'_> {
    /// Plans for one policy: with and without repairs first, of capacity or of members.
    pub(super) fn policy(
        &mut self,
        policy: usize,
        policies: u64,
        before: &Judged,
        repaired: &[Found],
        found: &mut Vec<Found>,
    ) {
        let starts = starts(policy, before, repaired);
        let plans = 2 * starts.len() as u64;
        let preferences = [Prefer::Capacity, Prefer::Members];
        let all = starts.iter().flat_map(|s| preferences.map(|p| (s, p)));
        for (done, (start, prefer)) in (0..).zip(all) {
            self.share((policies - 1) * plans.max(1) + plans - done);
            if done == 0 && self.is_dear(&start.after.policies[policy].breaches) {
                self.levers(policy, start, found);
            }
            self.climb(policy, start, prefer, found);
            if self.is_stopped() {
                return;
            }
        }
    }

    /// Goes on from the best state while there is something to try.
    fn climb(&mut self, policy: usize, start: &Reached, prefer: Prefer, found: &mut Vec<Found>) {
        let mut now = start.clone();
        let mut stuck: BTreeSet<Wish> = BTreeSet::new();
        let mut lone = true;
        loop {
            let batch = self.batch(&now.after.policies[policy].breaches, &stuck);
            if batch.is_empty() {
                break;
            }
            match self.better(policy, &now, batch.clone(), prefer) {
                Some(next) => now = next,
                None => stuck.extend(batch),
            }
            if std::mem::take(&mut lone) {
                self.alone(policy, start, &now.changes, found);
            }
            if self.states_left() == 0 || self.effort.runs >= self.runs_until {
                break;
            }
        }
        if now.changes.len() > start.changes.len() || !same(&now.changes, &start.changes) {
            self.offer(&now, found);
            self.trim(policy, &mut now);
            self.offer(&now, found);
        }
    }

    /// A plan on top of what was reached that leaves less harm; made anew for what it caused.
    fn better(
        &mut self,
        policy: usize,
        now: &Reached,
        mut wishes: Vec<Wish>,
        prefer: Prefer,
    ) -> Option<Reached> {
        let harm = now.after.harm(Some(policy));
        let mut best: Option<Reached> = None;
        for _ in 0..REPLANS {
            let changes = self.planned(&now.changes, &wishes, prefer)?;
            if same(&changes, &now.changes) {
                break;
            }
            let Some(after) = self.judged(&changes) else {
                break;
            };
            // Nodes that this plan adds are none of the estate that the next one starts from.
            let nodes = self.context.system.nodes().len();
            let is_old = |w: &&Wish| w.elements.iter().all(|e| e.index() < nodes);
            let left = after.policies[policy].breaches.iter();
            let left = left.filter(|b| b.is_for_plans()).map(|b| &b.wish);
            let unknown = left.filter(is_old).filter(|w| !wishes.contains(w));
            let unknown: Vec<Wish> = unknown.take(MOST_WISHES).cloned().collect();
            let beaten = best.as_ref().map(|b| b.after.harm(Some(policy)));
            if after
                .harm(Some(policy))
                .beats(beaten.as_ref().unwrap_or(&harm))
            {
                best = Some(Reached { changes, after });
            }
            if unknown.is_empty() || self.is_dear_for(wishes.len() + unknown.len()) {
                break;
            }
            wishes.extend(unknown);
        }
        best
    }

    /// A plan for some states: one for all of them, or one on top of the other for each contingency
    /// where that would take too much.
    fn planned(
        &mut self,
        start: &[Change],
        wishes: &[Wish],
        prefer: Prefer,
    ) -> Option<Vec<Change>> {
        if !self.is_dear_for(wishes.len()) {
            return self.plan(start, wishes, prefer);
        }
        let mut changes = start.to_vec();
        for group in by_contingency(wishes.iter().collect()) {
            changes = self.plan(&changes, &group, prefer)?;
            if self.states_left() == 0 {
                break;
            }
        }
        Some(changes)
    }

    fn is_dear(&self, breaches: &[Breach]) -> bool {
        breaches.len() > MOST_WISHES || self.is_dear_for(breaches.len())
    }

    fn is_dear_for(&self, wishes: usize) -> bool {
        wishes as u64 * STATES_PER_WISH > self.states_left()
    }

    /// The states that the next plan is for: all that are left, or of the contingencies that breach
    /// most where these are too many.
    fn batch(&self, breaches: &[Breach], stuck: &BTreeSet<Wish>) -> Vec<Wish> {
        let left = breaches
            .iter()
            .filter(|b| b.is_for_plans())
            .map(|b| &b.wish);
        let left: Vec<&Wish> = left.filter(|w| !stuck.contains(w)).collect();
        if left.len() <= MOST_WISHES {
            return left.into_iter().cloned().collect();
        }
        let groups = by_contingency(left);
        let few = groups.into_iter().flat_map(|mut wishes| {
            wishes.truncate(WISHES_PER_LEVER);
            wishes
        });
        few.take(MOST_WISHES).collect()
    }

    /// A plan for each of the contingencies that breach most.
    fn levers(&mut self, policy: usize, start: &Reached, found: &mut Vec<Found>) {
        let left = start.after.policies[policy].breaches.iter();
        let groups = by_contingency(left.filter(|b| b.is_for_plans()).map(|b| &b.wish).collect());
        let until = self.until;
        for mut wishes in groups.into_iter().take(MOST_LEVERS) {
            wishes.truncate(WISHES_PER_LEVER);
            // A small part each: the whole comes after them.
            self.until =
                self.effort.states + (until - self.effort.states) / (2 * MOST_LEVERS) as u64;
            let changes = self.plan(&start.changes, &wishes, Prefer::Capacity);
            self.until = until;
            let Some(changes) = changes else {
                return;
            };
            self.verify(&changes, found);
        }
    }

    /// The steps of a plan by themselves, and one node that takes what several lack.
    fn alone(
        &mut self,
        policy: usize,
        start: &Reached,
        changes: &[Change],
        found: &mut Vec<Found>,
    ) {
        let new: Vec<&Change> = changes
            .iter()
            .filter(|c| !start.changes.contains(c))
            .collect();
        if new.len() > 1 || !start.changes.is_empty() {
            for change in new.iter().take(MOST_ALONE) {
                self.verify(&[(*change).clone()], found);
            }
        }
        let raised = new.iter().filter_map(|c| match c {
            Change::AddCapacity(node, amount) => Some((*node, *amount)),
            _ => None,
        });
        let raised: Vec<(NodeId, f64)> = raised.collect();
        if raised.len() > 1 {
            self.one_for_all(policy, start, &raised, found);
        }
    }

    /// Where load follows capacity, one node of a group may take what all of them lack: the least
    /// with which the states are cured, by halving.
    fn one_for_all(
        &mut self,
        policy: usize,
        start: &Reached,
        raised: &[(NodeId, f64)],
        found: &mut Vec<Found>,
    ) {
        let wishes = self.batch(&start.after.policies[policy].breaches, &BTreeSet::new());
        let all = rounded_up(raised.iter().map(|(_, amount)| amount).sum());
        for &(node, _) in raised.iter().take(MOST_ALONE) {
            let with = |amount: f64| {
                let mut changes = start.changes.clone();
                changes.push(Change::AddCapacity(node, amount));
                changes
            };
            let does = |search: &mut Self, amount: f64| {
                let score = search.score(&with(amount), &wishes)?;
                Some(score.harmed == 0)
            };
            let most = all.min(self.context.system.node(node).room_to_grow());
            if does(self, most) != Some(true) {
                continue;
            }
            let Some(least) = halved(most, |amount| does(self, amount)) else {
                return;
            };
            self.verify(&with(least), found);
        }
    }

    /// Makes changes smaller as long as a sweep says that nothing is lost: leaves out whole changes,
    /// then members, then capacity.
    fn trim(&mut self, policy: usize, now: &mut Reached) {
        now.changes = gathered(&now.changes);
        let mut at = now.changes.len();
        while at > 0 && now.changes.len() > 1 {
            at -= 1;
            let mut fewer = now.changes.clone();
            fewer.remove(at);
            if self.keeps(policy, &fewer, now).is_none() {
                return;
            }
        }
        for at in 0..now.changes.len().min(2 * MOST_ALONE) {
            let done = match now.changes[at].clone() {
                Change::Restore(_) | Change::Shrink(_) | Change::Move(..) | Change::Lay(_) => {
                    Some(())
                }
                Change::AddMember(member) => self.fewer_members(policy, now, at, &member),
                Change::AddCapacity(node, amount) => {
                    self.less_capacity(policy, now, at, (node, amount))
                }
            };
            if done.is_none() {
                return;
            }
        }
    }

    /// Takes the changes if they leave no more harm; `None` when nothing more can be tried.
    fn keeps(&mut self, policy: usize, changes: &[Change], now: &mut Reached) -> Option<bool> {
        let after = self.judged(changes)?;
        let worse = now
            .after
            .harm(Some(policy))
            .beats(&after.harm(Some(policy)));
        if !worse {
            *now = Reached {
                changes: changes.to_vec(),
                after,
            };
        }
        Some(!worse)
    }

    /// The fewest members that do as well, by halving.
    fn fewer_members(
        &mut self,
        policy: usize,
        now: &mut Reached,
        at: usize,
        member: &Member,
    ) -> Option<()> {
        let (mut low, mut high) = (1, member.count);
        while low < high {
            let count = low + (high - low) / 2;
            let mut tried = now.changes.clone();
            tried[at] = Change::AddMember(Member {
                count,
                ..member.clone()
            });
            if self.keeps(policy, &tried, now)? {
                high = count;
            } else {
                low = count + 1;
            }
        }
        Some(())
    }

    /// The least capacity that does as well, by halving.
    fn less_capacity(
        &mut self,
        policy: usize,
        now: &mut Reached,
        at: usize,
        (node, amount): (NodeId, f64),
    ) -> Option<()> {
        halved(amount, |amount| {
            let mut tried = now.changes.clone();
            tried[at] = Change::AddCapacity(node, amount);
            self.keeps(policy, &tried, now)
        })
        .map(|_| ())
    }

    /// Assesses the estate with changes.
    fn verify(&mut self, changes: &[Change], found: &mut Vec<Found>) {
        let changes = gathered(changes);
        if changes.is_empty() || found.iter().any(|f| f.changes == changes) {
            return;
        }
        if let Some(after) = self.judged(&changes) {
            found.push(Found {
                changes,
                after,
                in_full: false,
            });
        }
    }

    fn offer(&self, reached: &Reached, found: &mut Vec<Found>) {
        let changes = gathered(&reached.changes);
        if !found.iter().any(|f| f.changes == changes) {
            found.push(Found {
                changes,
                after: reached.after.clone(),
                in_full: false,
            });
        }
    }
}

/// Where plans start: as things are, after the best single repairs, after the best of the ranking.
fn starts(policy: usize, before: &Judged, repaired: &[Found]) -> Vec<Reached> {
    let harm = before.harm(Some(policy));
    let reached = |f: &Found| Reached {
        changes: f.changes.clone(),
        after: f.after.clone(),
    };
    let left = |f: &&Found| f.after.harm(Some(policy));
    let mut all = vec![Reached {
        changes: Vec::new(),
        after: before.clone(),
    }];
    let helps = |f: &&Found| left(f).beats(&harm) && !left(f).is_none();
    let mut single: Vec<&Found> = repaired.iter().filter(|f| f.changes.len() == 1).collect();
    single.retain(helps);
    // Fewest breaches first: insertion keeps the order of ids between equals.
    single.sort_by(
        |x, y| match (left(x).beats(&left(y)), left(y).beats(&left(x))) {
            (true, _) => std::cmp::Ordering::Less,
            (_, true) => std::cmp::Ordering::Greater,
            _ => std::cmp::Ordering::Equal,
        },
    );
    all.extend(single.into_iter().take(MOST_STARTS).map(reached));
    let several = repaired.iter().filter(|f| f.changes.len() > 1);
    let best = several.filter(helps).reduce(|best, f| {
        if left(&f).beats(&left(&best)) {
            f
        } else {
            best
        }
    });
    all.extend(best.map(reached));
    all
}

/// States by what fails in them, those with most states first.
fn by_contingency(wishes: Vec<&Wish>) -> Vec<Vec<Wish>> {
    let mut groups: BTreeMap<(Option<usize>, &[NodeId]), Vec<Wish>> = BTreeMap::new();
    for wish in wishes {
        let contingency = (wish.named, &*wish.elements);
        groups.entry(contingency).or_default().push(wish.clone());
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    groups.sort_by_key(|wishes| Reverse(wishes.len()));
    groups
}

fn same(x: &[Change], y: &[Change]) -> bool {
    gathered(x) == gathered(y)
}

/// The least amount of three digits that does, not more than `high`, which does. `None` when it
/// cannot be told any more.
fn halved(high: f64, mut does: impl FnMut(f64) -> Option<bool>) -> Option<f64> {
    let (mut low, mut high) = (0.0, high);
    for _ in 0..HALVINGS {
        let middle = rounded_up(low + (high - low) / 2.0);
        if middle >= high || middle <= low {
            break;
        }
        if does(middle)? {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(high)
}
