//! Fixes for instances that find no room. In: the breaches of a policy. Out: changes with which they run:
//! more hosts, instances that take less, hosts that have more, instances that move. Promises: of what takes less or has
//! more it is the least that is enough by itself, found from one difference to the next; every one that is
//! offered was swept and judged.

use super::account::{Breach, Judged, Wish};
use super::change::{Change, Member};
use super::found::{Found, gathered};
use super::making_room::{Room, Stranded};
use super::search::{Search, Under, lack, state};
use crate::model::NodeId;
use std::collections::BTreeSet;

/// Breached states that are cured together.
const MOST_WISHES: usize = 24;
/// Sorts of hosts of which more are tried.
const MOST_SORTS: usize = 6;
/// Hosts of one sort that are added at most.
const MOST_MORE: u32 = 64;
/// Places where room is made, one after the other.
const MOST_ROOMS: usize = 24;
/// Instances that are out, with more of which a place is asked first whether it can take them at all.
const MANY_OUT: usize = 8;
/// Differences that are tried in one place.
const MOST_STEPS: usize = 64;
/// Moves that are tried one by one.
const MOST_MOVES: usize = 96;
/// Instances that move together.
const MOST_TOGETHER: usize = 3;
/// Moves, and places, that are offered.
const MOST_OFFERED: usize = 4;
/// Times that more breached states are taken in.
const ROUNDS: usize = 3;

impl Search<'_> {
    /// Looks for what lets instances run of which the breaches of a policy say that they run nowhere.
    pub(super) fn instances(&mut self, policy: usize, before: &Judged, found: &mut Vec<Found>) {
        if self.context.system.placements().is_empty() {
            return;
        }
        let breaches = before.policies[policy].breaches.iter();
        let wishes = breaches.filter(|b| b.is_for_plans()).map(|b| &b.wish);
        let wishes: Vec<Wish> = wishes.take(MOST_WISHES).cloned().collect();
        let ask = |s: &Stranded<'_>| {
            let rooms = s.rooms().into_iter().take(MOST_ROOMS);
            let rooms: Vec<(Room, f64)> = rooms.map(|room| (room, s.last(room))).collect();
            (s.sorts_of_hosts(), rooms, s.moves(), s.out().len())
        };
        let Some((hosts, rooms, moves, out)) = self.first_stranded(&[], &wishes, ask) else {
            return;
        };
        let mut held = 0;
        for like in hosts.into_iter().take(MOST_SORTS) {
            if held < MOST_OFFERED && self.fewest_like(policy, like, &wishes, found) {
                held += 1;
            }
        }
        let mut offered = [0, 0];
        for (room, last) in rooms {
            let sort = usize::from(matches!(room, Room::More(_)));
            if offered[sort] >= MOST_OFFERED
                || (out > MANY_OUT && self.is_vain(room, last, &wishes))
            {
                continue;
            }
            if self.least_room(policy, room, &wishes, found) {
                offered[sort] += 1;
            }
        }
        self.moves(policy, &moves, &wishes, found);
    }

    /// Asks of the first state that is harmed, with changes in place, in which an instance runs nowhere.
    fn first_stranded<T>(
        &mut self,
        changes: &[Change],
        wishes: &[Wish],
        ask: impl Fn(&Stranded<'_>) -> T,
    ) -> Option<T> {
        let tried = self.altered(changes)?;
        let study = tried.study();
        let under = Under::of(study.scenario(), wishes);
        let studies = under.studies(&study);
        for wish in wishes {
            self.spend(1)?;
            let study = studies.of(wish);
            if lack(study, wish).is_none() {
                continue;
            }
            let base = state(study, wish);
            let placements = study.system().placements();
            let wants = |v| wish.runs.is_none_or(|runs| runs.wants(placements, v));
            let stranded = Stranded::of(study, &wish.elements, &base, wants);
            if !stranded.out().is_empty() {
                return Some(ask(&stranded));
            }
        }
        None
    }

    /// The fewest hosts like one that are enough; whether so many are.
    fn fewest_like(
        &mut self,
        policy: usize,
        like: NodeId,
        wishes: &[Wish],
        found: &mut Vec<Found>,
    ) -> bool {
        let mut wishes = wishes.to_vec();
        let mut are_enough = |search: &mut Self, count| {
            let more = Change::AddMember(Member {
                like,
                outside: Vec::new(),
                count,
            });
            search.cures(policy, &[more], &mut wishes, found)
        };
        // A service that needs several instances is no better off until there is room for all of them, so that no
        // count says how many more it takes: twice as many each time, then between the last two.
        let (mut few, mut count) = (0, 1);
        loop {
            match are_enough(self, count) {
                None => return false,
                Some(true) => break,
                Some(false) if count == MOST_MORE => return false,
                Some(false) => (few, count) = (count, (2 * count).min(MOST_MORE)),
            }
        }
        while few + 1 < count {
            let middle = few + (count - few) / 2;
            match are_enough(self, middle) {
                Some(true) => count = middle,
                Some(false) | None => few = middle,
            }
        }
        true
    }

    /// Whether states stay harmed though all the room that there could be is made in one place.
    ///
    /// Each step towards the least that is enough lets in an instance or two. Where many are out, so many steps are
    /// not taken for a place that cannot do it in the end. Less may do in theory what more does not, where instances
    /// that are drawn to the room take somebody else's; with few out all steps are taken.
    fn is_vain(&mut self, room: Room, last: f64, wishes: &[Wish]) -> bool {
        let score = self.score(&[room.change(last)], wishes);
        score.is_none_or(|score| score.harmed > 0)
    }

    /// The least that is enough if room is made in one place alone; whether there is such.
    fn least_room(
        &mut self,
        policy: usize,
        room: Room,
        wishes: &[Wish],
        found: &mut Vec<Found>,
    ) -> bool {
        let mut wishes = wishes.to_vec();
        let mut changes: Vec<Change> = Vec::new();
        let mut done = 0.0;
        for step in 0..MOST_STEPS {
            let next = self.first_stranded(&changes, &wishes, |s| {
                let mut all = s.next(room);
                if step == 0 && !all.is_empty() {
                    all.insert(0, s.first(room));
                }
                all
            });
            let Some(next) = next.filter(|next| !next.is_empty()) else {
                return false;
            };
            let before = done;
            for amount in next {
                done = match room {
                    Room::Less(..) => amount,
                    Room::More(_) => before + amount,
                };
                changes = vec![room.change(done)];
                match self.cures(policy, &changes, &mut wishes, found) {
                    None => return false,
                    Some(true) => return true,
                    Some(false) => {}
                }
            }
        }
        false
    }

    /// Whether the policy holds with changes, which are then kept. Where they cure the states at hand and others are
    /// breached, these are taken in; `None` where nothing more can come of it.
    fn cures(
        &mut self,
        policy: usize,
        changes: &[Change],
        wishes: &mut Vec<Wish>,
        found: &mut Vec<Found>,
    ) -> Option<bool> {
        if self.score(changes, wishes)?.harmed > 0 {
            return Some(false);
        }
        let left = self.offer_cure(policy, changes, found)?;
        if left.is_empty() {
            return Some(true);
        }
        let known = wishes.len();
        for wish in left {
            if !wishes.contains(&wish) {
                wishes.push(wish);
            }
        }
        (wishes.len() > known).then_some(false)
    }

    /// Sweeps the estate with changes in place, keeps them if the policy holds, and says what is left.
    fn offer_cure(
        &mut self,
        policy: usize,
        changes: &[Change],
        found: &mut Vec<Found>,
    ) -> Option<Vec<Wish>> {
        let changes = gathered(changes);
        let after = self.judged(&changes)?;
        let left = after.policies[policy].breaches.iter();
        let left = left.filter(|b| Breach::is_for_plans(b));
        let left: Vec<Wish> = left.map(|b| b.wish.clone()).collect();
        if left.is_empty() && !found.iter().any(|f| f.changes == changes) {
            found.push(Found {
                changes,
                after,
                in_full: false,
            });
        }
        Some(left)
    }

    /// Moves that are enough: one alone, each that is; else up to three, the best first.
    fn moves(
        &mut self,
        policy: usize,
        moves: &[(NodeId, NodeId)],
        wishes: &[Wish],
        found: &mut Vec<Found>,
    ) {
        let mut wishes = wishes.to_vec();
        for _ in 0..ROUNDS {
            let Some(cures) = self.curing_moves(moves, &wishes) else {
                return;
            };
            let (mut held, mut new) = (false, BTreeSet::new());
            for changes in cures.into_iter().take(MOST_OFFERED) {
                match self.offer_cure(policy, &changes, found) {
                    None => return,
                    Some(left) if left.is_empty() => held = true,
                    Some(left) => new.extend(left),
                }
            }
            new.retain(|w| !wishes.contains(w));
            if held || new.is_empty() {
                return;
            }
            wishes.extend(new);
        }
    }

    /// Sets of moves that cure some states, each of as few as one if one is enough.
    fn curing_moves(
        &mut self,
        moves: &[(NodeId, NodeId)],
        wishes: &[Wish],
    ) -> Option<Vec<Vec<Change>>> {
        let mut done: Vec<Change> = Vec::new();
        let mut moves = moves.to_vec();
        let mut best = self.score(&done, wishes)?;
        for _ in 0..MOST_TOGETHER {
            let mut cures = Vec::new();
            let mut first = None;
            for &(instance, host) in moves.iter().take(MOST_MOVES) {
                let moved = |c: &Change| matches!(c, Change::Move(v, _) if *v == instance);
                if done.iter().any(moved) {
                    continue;
                }
                let mut tried = done.clone();
                tried.push(Change::Move(instance, host));
                let score = self.score(&tried, wishes)?;
                if score.harmed == 0 {
                    cures.push(tried);
                } else if score.beats(&best) {
                    (best, first) = (score, Some(tried));
                }
            }
            if !cures.is_empty() {
                return Some(cures);
            }
            let Some(first) = first else {
                break;
            };
            done = first;
            moves = self.first_stranded(&done, wishes, |s| -> Vec<_> { s.moves() })?;
        }
        Some(Vec::new())
    }
}
