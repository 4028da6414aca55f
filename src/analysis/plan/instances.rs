//! Conflicts where instances run nowhere. In: a state in which some do. Out: what may let them run: repairs,
//! more hosts, hosts that have more, instances that move or take less. Promises: what grows or shrinks does so
//! by the least that cures this state by itself; where nothing does, by the least that makes any difference.

use super::conflict::Conflict;
use super::found::Found;
use super::growth::Row;
use super::region::{Alternative, Item};
use super::search::Search;
use super::state::{Breached, State, demand_at};
use crate::analysis::Study;
use crate::analysis::fix::{Change, Room, Shrink, Stranded};
use crate::engine::Base;
use crate::model::{NodeId, Status, System};
use rayon::prelude::*;
use std::cmp::Reverse;

/// Conflicts of which it is tried what cures them.
const MOST_TRIED: usize = 2;
/// Moves of one conflict, those that are out first.
const MOST_MOVES: usize = 96;
/// Alternatives of one conflict, where there are too many to try all of them.
const MOST_ALTERNATIVES: usize = 240;
/// Differences that are tried in one place.
const MOST_STEPS: usize = 64;
/// Nodes of changed estates that are compiled for one question.
const MOST_NODES: usize = 200_000;

impl State<'_> {
    /// What may let instances run; `None` where all run that are to.
    pub fn make_room(&self, whole: &Base<'_, 1>) -> Option<Found> {
        let placements = self.system.placements();
        if placements.is_empty() {
            return None;
        }
        let wants = |v| {
            let runs = self.breached.runs;
            runs.is_none_or(|runs| runs.wants(placements, v))
        };
        let stranded = Stranded::of(self.study, &self.breached.elements, whole, wants);
        if stranded.out().is_empty() {
            return None;
        }
        let mut found = match self.breached.runs {
            Some(_) => self.revive(stranded.out()),
            None => self.revive(&[self.breached.service]),
        };
        for host in stranded.hosts() {
            self.offer(host, &mut found);
            self.repair(host, &mut found);
        }
        let known = |v: NodeId| v.index() < self.of.known.nodes;
        for (instance, host) in stranded.moves().into_iter().take(MOST_MOVES) {
            let is_sold = known(instance) && self.of.prices.relocation(instance).is_some();
            if is_sold && known(host) {
                found.items.insert(Item::Move(instance, host));
            }
        }
        for room in stranded.rooms() {
            self.make(room, &stranded, &mut found);
        }
        found.complete = false;
        Some(found)
    }

    fn make(&self, room: Room, stranded: &Stranded<'_>, found: &mut Found) {
        let is_known = |v: NodeId| v.index() < self.of.known.nodes;
        let Some(&next) = stranded.next(room).first() else {
            return;
        };
        match room {
            Room::More(v) if is_known(v) && self.of.prices.growth(v).is_some() => {
                let limit = |system: &System| system.node(v).least_limit().unwrap_or(0.0);
                let before = limit(self.system) - limit(self.of.known.context.system);
                found.rows.push(Row {
                    terms: vec![v],
                    least: before + next,
                });
            }
            Room::Less(v, _) if is_known(v) => {
                if let Change::Shrink(shrink) = room.change(next)
                    && self.of.prices.shrink(&shrink).is_some()
                {
                    found.shrinks.push(shrink);
                }
            }
            Room::More(_) | Room::Less(..) => {}
        }
    }
}

impl Search<'_> {
    /// Where instances run nowhere: puts first in each conflict what cures its state by itself, of what takes
    /// less or has more the least that does; and leaves out what does not where there is too much of it.
    pub fn put_cures_first(
        &self,
        conflicts: &mut Vec<Conflict>,
        breached: &[Option<Breached>],
        changes: &[Change],
    ) {
        let context = self.known.context;
        if context.system.placements().is_empty() {
            return;
        }
        // Each of them would do: what is left out is found again once these are cured.
        conflicts.truncate(MOST_TRIED);
        let most = (MOST_NODES / context.system.nodes().len().max(1)).clamp(8, 400);
        for conflict in conflicts {
            let mut states = breached.iter().flatten();
            let Some(state) = states.find(|b| b.breach == conflict.breach) else {
                continue;
            };
            let all = conflict.alternatives.par_iter().enumerate();
            let mut all: Vec<(bool, usize, Alternative)> = all
                .map(|(at, alternative)| {
                    let cure = || self.cure(state, changes, alternative);
                    match (at < most).then(cure).flatten() {
                        Some(cure) => (true, at, cure),
                        None => (false, at, alternative.clone()),
                    }
                })
                .collect();
            all.sort_by_key(|(cures, at, _)| (Reverse(*cures), *at));
            all.truncate(MOST_ALTERNATIVES);
            conflict.cures = all.iter().filter(|a| a.0).count();
            conflict.alternatives = all.into_iter().map(|a| a.2).collect();
        }
    }

    /// What of an alternative cures a state on top of changes; `None` if it does not.
    fn cure(
        &self,
        breached: &Breached,
        changes: &[Change],
        alternative: &Alternative,
    ) -> Option<Alternative> {
        let change = match alternative {
            // New nodes come after all others, so that elements keep their numbers.
            Alternative::Do(item) => item.change(1),
            Alternative::Shrink(s) => {
                let room = Room::Less(s.instance, s.resource);
                let to = self.least_cure(breached, changes, room)?;
                return Some(Alternative::Shrink(Shrink { to, ..*s }));
            }
            Alternative::Grow(row) => {
                let [v] = row.terms[..] else {
                    return None;
                };
                let grown = changes.iter().filter_map(|c| match c {
                    Change::AddCapacity(w, amount) if *w == v => Some(*amount),
                    _ => None,
                });
                let before: f64 = grown.sum();
                let more = self.least_cure(breached, changes, Room::More(v))?;
                return Some(Alternative::Grow(Row {
                    terms: vec![v],
                    least: before + more,
                }));
            }
        };
        let cured = self.looked_at(breached, &[changes, &[change]].concat(), |_| ());
        (cured == Some(Ok(()))).then(|| alternative.clone())
    }

    /// The least that cures a state if room is made in one place alone: what an instance takes then, how much
    /// larger a capacity is.
    fn least_cure(&self, breached: &Breached, changes: &[Change], room: Room) -> Option<f64> {
        let ask = |stranded: &Stranded<'_>| (stranded.next(room), stranded.first(room));
        let Err((next, first)) = self.looked_at(breached, changes, ask)? else {
            return None;
        };
        let mut todo: Vec<f64> = [first].into_iter().chain(next).rev().collect();
        let nodes = self.known.nodes.max(1);
        for _ in 0..(MOST_NODES / nodes / 8).clamp(6, MOST_STEPS) {
            let amount = todo.pop()?;
            let with = [changes, &[room.change(amount)]].concat();
            match self.looked_at(breached, &with, |s| s.next(room))? {
                Ok(()) => return Some(amount),
                Err(next) if todo.is_empty() => {
                    let more = |next: f64| match room {
                        Room::Less(..) => next,
                        Room::More(_) => amount + next,
                    };
                    todo = next.into_iter().map(more).rev().collect();
                }
                Err(_) => {}
            }
        }
        None
    }

    /// Whether a state is cured with changes in place; if not, what is asked of it. `None` where the changes make no
    /// estate, or it is breached though all instances run.
    fn looked_at<T>(
        &self,
        breached: &Breached,
        changes: &[Change],
        ask: impl Fn(&Stranded<'_>) -> T,
    ) -> Option<Result<(), T>> {
        let altered = self.known.context.alter_as_listed(changes)?;
        let scenario = &altered.scenario;
        let named = breached.named.map(|at| &scenario.contingencies[at]);
        let under = named.map(|named| scenario.under(named));
        let scenario = under.as_ref().unwrap_or(scenario);
        let study = Study::new(&altered.system, scenario);
        let demand = demand_at(scenario, breached.case);
        let whole = study.base(&breached.elements, &demand);
        let placements = altered.system.placements();
        let wants = |v| breached.runs.is_none_or(|r| r.wants(placements, v));
        let stranded = Stranded::of(&study, &breached.elements, &whole, wants);
        if breached.runs.is_none() {
            let at = altered.system.services().binary_search(&breached.service);
            let demand = at.map_or(0.0, |s| demand[s][0]);
            let ix = study.compiled().ix(breached.service);
            let end = whole.lane(0);
            let status = Status::of(end.works(ix), demand, end.delivered(ix)[0]);
            if !status.is_harm() {
                return Some(Ok(()));
            }
        }
        match stranded.out() {
            [] if breached.runs.is_some() => Some(Ok(())),
            [] => None,
            _ => Some(Err(ask(&stranded))),
        }
    }
}
