//! Finding changes that cure a list of states. In: a search, changes to go on from, the states. Out:
//! those changes and more, none of the new ones to be left out. Promises: greedy and the same every
//! time; what was there stays in its place, so that new nodes keep their numbers; whether it does
//! more harm elsewhere is for the search to judge.

use super::account::Wish;
use super::change::{Change, Member};
use super::search::{Score, Search, Under};
use super::shortfall::Shortfall;
use crate::model::NodeId;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Times that capacities are raised: raising one can move load to others.
const ROUNDS: usize = 5;
/// Sorts of members that are added one after the other.
const MOST_SORTS: usize = 8;
/// New members of all sorts in one plan.
const MOST_MEMBERS: u32 = 16;
/// Candidates that are tried for each of them.
const MOST_TRIED: usize = 24;

/// What overloaded groups get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prefer {
    /// Capacity where it lacks.
    Capacity,
    /// More members, and capacity only where that does not help.
    Members,
}

/// How many new members there are.
fn members(changes: &[Change]) -> u32 {
    let counts = changes.iter().map(|c| match c {
        Change::AddMember(member) => member.count,
        Change::Restore(_)
        | Change::AddCapacity(..)
        | Change::Shrink(_)
        | Change::Move(..)
        | Change::Lay(_) => 0,
    });
    counts.sum()
}

/// A number that a person would order, and not less: three digits.
pub(super) fn rounded_up(amount: f64) -> f64 {
    if amount <= 0.0 || !amount.is_finite() {
        return amount;
    }
    // A hair less, so that noise in the last digits buys nothing.
    let amount = amount * (1.0 - 1e-10);
    let step = 10f64.powf(amount.log10().floor() - 2.0);
    let steps = (amount / step).ceil();
    // Division by a power of ten is exact where multiplication by its inverse is not.
    if step < 1.0 {
        steps / (1.0 / step).round()
    } else {
        steps * step
    }
}

impl Search<'_> {
    /// The changes of `start` and those after which none of the states is harmed, or as few as can
    /// be had. `None` when stopped.
    pub fn plan(
        &mut self,
        start: &[Change],
        wishes: &[Wish],
        prefer: Prefer,
    ) -> Option<Vec<Change>> {
        let mut changes = start.to_vec();
        let whole = self
            .add_members(&mut changes, wishes, prefer)
            .and_then(|()| self.add_capacity(&mut changes, wishes))
            .and_then(|()| self.shrink(&mut changes, start.len(), wishes));
        // At a limit, what was found so far may still do something.
        (whole.is_some() || !self.is_stopped()).then_some(changes)
    }

    /// Adds the member that helps most, again and again.
    fn add_members(
        &mut self,
        changes: &mut Vec<Change>,
        wishes: &[Wish],
        prefer: Prefer,
    ) -> Option<()> {
        let mut score = self.score(changes, wishes)?;
        let most = members(changes) + MOST_MEMBERS;
        for _ in 0..MOST_SORTS {
            if score.harmed == 0 {
                break;
            }
            let room = most.saturating_sub(members(changes));
            let mut candidates = self.candidates(changes, wishes, prefer)?;
            candidates.retain(|member| member.count <= room);
            let mut best: Option<(Score, Member)> = None;
            for mut member in candidates.into_iter().take(MOST_TRIED) {
                if let Some((_, cure)) = best.as_ref().filter(|(tried, _)| tried.harmed == 0) {
                    // Only fewer would be better.
                    if cure.count == 1 {
                        break;
                    }
                    member.count = member.count.min(cure.count - 1);
                }
                let Some(tried) = self.score_with(changes, &member, wishes) else {
                    if self.states_left() == 0 || self.is_stopped() {
                        return None;
                    }
                    continue;
                };
                let cures = tried.harmed == 0;
                let beaten = best.as_ref().map_or(&score, |b| &b.0);
                if cures {
                    self.fewer(changes, &mut member, wishes);
                }
                if cures || tried.beats(beaten) {
                    best = Some((tried, member));
                }
            }
            let Some((tried, member)) = best else {
                break;
            };
            score = tried;
            changes.push(Change::AddMember(member));
        }
        Some(())
    }

    fn score_with(
        &mut self,
        changes: &mut Vec<Change>,
        member: &Member,
        wishes: &[Wish],
    ) -> Option<Score> {
        changes.push(Change::AddMember(member.clone()));
        let tried = self.score(changes, wishes);
        changes.pop();
        tried
    }

    /// Leaves out members as long as those that are left still cure all of the states.
    fn fewer(&mut self, changes: &mut Vec<Change>, member: &mut Member, wishes: &[Wish]) {
        while member.count > 1 {
            let few = Member {
                count: member.count - 1,
                ..member.clone()
            };
            match self.score_with(changes, &few, wishes) {
                Some(tried) if tried.harmed == 0 => *member = few,
                _ => break,
            }
        }
    }

    /// Members that may help some state that is still harmed: those outside of fewest domains
    /// first, and of those the ones like what fails.
    fn candidates(
        &mut self,
        changes: &[Change],
        wishes: &[Wish],
        prefer: Prefer,
    ) -> Option<Vec<Member>> {
        let tried = self.altered(changes)?;
        self.spend(wishes.len())?;
        let context = self.context;
        let study = tried.study();
        let under = Under::of(study.scenario(), wishes);
        let studies = under.studies(&study);
        let found: Vec<Vec<Member>> = wishes
            .par_iter()
            .map(|wish| {
                let lacks = Shortfall::of(context, studies.of(wish), wish);
                if !lacks.service_works() {
                    lacks.cures()
                } else if prefer == Prefer::Members {
                    lacks.sharers()
                } else {
                    Vec::new()
                }
            })
            .collect();
        let mut most: BTreeMap<(NodeId, Vec<NodeId>), u32> = BTreeMap::new();
        for m in found.into_iter().flatten() {
            let count = most.entry((m.like, m.outside)).or_insert(0);
            *count = m.count.max(*count);
        }
        // One that is outside of everything that one like it should be outside of may do for all.
        let mut everywhere: BTreeMap<NodeId, (BTreeSet<NodeId>, u32)> = BTreeMap::new();
        for ((like, outside), count) in &most {
            let all = everywhere.entry(*like).or_default();
            all.0.extend(outside);
            all.1 = all.1.max(*count);
        }
        for (like, (outside, count)) in everywhere {
            most.entry((like, outside.into_iter().collect()))
                .or_insert(count);
        }
        let members = most.into_iter().map(|((like, outside), count)| Member {
            like,
            outside,
            count,
        });
        let mut members: Vec<Member> = members.collect();
        let contingencies = &tried.altered.scenario.contingencies;
        let fails = |m: &Member| {
            wishes.iter().any(|w| {
                let named = w.named.map_or(&[][..], |at| &contingencies[at].down);
                w.elements.contains(&m.like) || named.binary_search(&m.like).is_ok()
            })
        };
        members.sort_by_key(|m| (m.outside.len(), !fails(m)));
        Some(members)
    }

    /// Raises everything that is overloaded in some state to what it must carry at most.
    fn add_capacity(&mut self, changes: &mut Vec<Change>, wishes: &[Wish]) -> Option<()> {
        for _ in 0..ROUNDS {
            let tried = self.altered(changes)?;
            self.spend(wishes.len())?;
            let context = self.context;
            let study = tried.study();
            let under = Under::of(study.scenario(), wishes);
            let studies = under.studies(&study);
            let needed = wishes.par_iter().map(|wish| {
                let lacks = Shortfall::of(context, studies.of(wish), wish);
                if wish.calm || (wish.runs.is_none() && lacks.service_works()) {
                    lacks.overloads()
                } else {
                    BTreeMap::new()
                }
            });
            let needed: Vec<BTreeMap<NodeId, f64>> = needed.collect();
            let mut most: BTreeMap<NodeId, f64> = BTreeMap::new();
            for (v, capacity) in needed.into_iter().flatten() {
                let known = most.entry(v).or_insert(0.0);
                *known = known.max(capacity);
            }
            if most.is_empty() {
                break;
            }
            let nodes = context.system.nodes().len();
            for (v, capacity) in most {
                // A new member is like another: that one grows.
                let like = v.index().checked_sub(nodes);
                let v = like.map_or(v, |new| tried.altered.like.get(new).copied().unwrap_or(v));
                self.raise(changes, v, capacity);
            }
        }
        Some(())
    }

    /// Sees to it that a node can carry so much.
    fn raise(&self, changes: &mut Vec<Change>, v: NodeId, capacity: f64) {
        let nodes = self.context.system.nodes();
        // A new member is like another: that one grows.
        let Some((now, room)) = nodes
            .get(v.index())
            .and_then(|node| Some((node.least_limit()?, node.room_to_grow())))
        else {
            return;
        };
        let least = capacity - now;
        // Rounding is no reason to ask for more than there can be.
        let most = if least <= room { room } else { f64::INFINITY };
        let amount = rounded_up(least).min(most);
        let known = changes.iter_mut().find_map(|c| match c {
            Change::AddCapacity(at, amount) if *at == v => Some(amount),
            _ => None,
        });
        match known {
            Some(known) => *known = known.max(amount),
            None => changes.push(Change::AddCapacity(v, amount)),
        }
    }

    /// Leaves out what is not needed of the changes from `first` on: whole changes, and members of
    /// several.
    fn shrink(&mut self, changes: &mut Vec<Change>, first: usize, wishes: &[Wish]) -> Option<()> {
        let score = self.score(changes, wishes)?;
        let mut at = first;
        while at < changes.len() {
            let mut fewer = changes.clone();
            fewer.remove(at);
            match self.score(&fewer, wishes) {
                Some(s) if !score.beats(&s) => *changes = fewer,
                Some(_) => at += 1,
                None => return None,
            }
        }
        for at in first..changes.len() {
            self.fewest(changes, at, score, wishes)?;
        }
        Some(())
    }

    /// The smallest count of a member that does as well, by halving.
    fn fewest(
        &mut self,
        changes: &mut [Change],
        at: usize,
        score: Score,
        wishes: &[Wish],
    ) -> Option<()> {
        let Change::AddMember(Member { count: most, .. }) = changes[at] else {
            return Some(());
        };
        let (mut low, mut high) = (1, most);
        let set = |changes: &mut [Change], n| {
            if let Change::AddMember(m) = &mut changes[at] {
                m.count = n;
            }
        };
        while low < high {
            let middle = low + (high - low) / 2;
            set(changes, middle);
            if score.beats(&self.score(changes, wishes)?) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        set(changes, high);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::rounded_up;

    #[test]
    fn amounts_are_rounded_up_to_three_digits() {
        for (amount, wanted) in [
            (150.0, 150.0),
            (150.000_000_000_001, 150.0),
            (233.333, 234.0),
            (1234.5, 1240.0),
            (0.012_341, 0.0124),
            (99.91, 100.0),
            (9.999, 10.0),
            (0.1 + 0.2, 0.3),
            (1.001e12, 1.01e12),
            (0.0, 0.0),
        ] {
            assert_eq!(
                rounded_up(amount).to_bits(),
                f64::to_bits(wanted),
                "{amount}"
            );
        }
    }
}
