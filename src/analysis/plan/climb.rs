//! A plan to begin with. In: an estate in which nothing trips and nothing is placed. Out: changes after which
//! every policy holds, not the cheapest. Promises: takes whole cures where a service does not work; where nodes
//! carry too much, first what takes most of them away for its price; the same on any number of threads.

use super::breaches::{alike, breached};
use super::cure::Cures;
use super::found::Found;
use super::growth::{Grown, Row};
use super::price::Worth;
use super::region::{Alternative, Item, Region, price};
use super::relief::Relief;
use super::search::Search;
use super::short::Short;
use super::state::{Breached, CaseBases, CaseScratches, Proposal, State};
use super::verify::Assessed;
use crate::model::{Need, NodeId, Requirement, Split};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Rounds.
const MOST_ROUNDS: usize = 120;
/// Breaches that are mended in one round.
const MOST_BREACHES: usize = 4_000;
/// New members of one sort that are added in one round.
const MOST_AT_ONCE: u32 = 8;
/// How far up it is looked for what could spread load differently.
const HIGHEST: u32 = 4;
/// So often one item is added, at most.
const MOST_ALIKE: u32 = 64;

/// What may help a node that carries too much.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    /// These grow together.
    Grow(Vec<NodeId>),
    /// All of these are added.
    Do(Vec<Item>),
}

/// How much of it: what growth is needed, how many of each.
#[derive(Clone, Copy, Debug)]
enum Much {
    Least(f64),
    Count(u32),
}

/// What may help, any of it.
type Remedies = BTreeMap<Key, Much>;

/// What a round found out about states that are alike.
struct Seen {
    /// Services that do not work.
    down: Vec<Breached>,
    /// For each node that carries too much, what may help.
    over: Vec<Remedies>,
}

impl Search<'_> {
    /// Whether plans can be begun this way.
    pub fn climbs(&self) -> bool {
        !self.known.trips && self.known.context.system.placements().is_empty()
    }

    /// Goes on from a region until every policy holds.
    pub fn climb(&mut self, mut region: Region, until: u64) -> Option<Region> {
        for _ in 0..MOST_ROUNDS {
            if self.runs >= until || self.is_stopped() {
                return None;
            }
            let grown = region.growth(&self.prices)?;
            let changes = region.changes(&grown);
            let found = self.assess(&changes)?;
            if found.holds() {
                self.offer(changes, region.items_worth(&self.prices).plus(grown.worth));
                return Some(region);
            }
            if found.breaches() == 0 {
                return None;
            }
            let before = region.clone();
            self.mend(&found, &mut region, &grown)?;
            if region == before {
                return None;
            }
        }
        None
    }

    /// Takes something against every breach.
    fn mend(&self, found: &Assessed, region: &mut Region, grown: &Grown) -> Option<()> {
        let (states, _) = breached(found, MOST_BREACHES);
        let states: Option<Vec<Breached>> = states.into_iter().collect();
        let groups = alike(states?);
        let proposal = Proposal::of(&self.known, &self.prices, &found.altered);
        let bases = CaseBases::of(&proposal, &groups);
        let seen = groups.par_iter().map_init(
            || bases.scratches(),
            |scratches, group| self.look_at(&proposal, scratches, group),
        );
        let seen: Vec<Seen> = seen.collect();
        let mut scratches = bases.scratches();
        let mut planned: BTreeSet<Item> = BTreeSet::new();
        for group in seen.iter().map(|s| &s.down).filter(|d| !d.is_empty()) {
            let cures = proposal.asked(&mut scratches, group, |state| {
                self.revive(state, region, &mut planned)
            });
            cures.into_iter().collect::<Option<()>>()?;
        }
        for item in &planned {
            add(region, item, 1)?;
        }
        let over: Vec<Remedies> = seen.into_iter().flat_map(|s| s.over).collect();
        let over = over.into_iter().filter(|r| {
            // What is to come may do.
            !r.keys()
                .any(|k| matches!(k, Key::Do(all) if all.iter().all(|i| planned.contains(i))))
        });
        self.cover(over.collect(), region, grown)
    }

    fn look_at(
        &self,
        proposal: &Proposal<'_>,
        scratches: &mut CaseScratches<'_>,
        group: &[Breached],
    ) -> Seen {
        let mut seen = BTreeSet::new();
        let each = proposal.asked(scratches, group, |state| {
            if !state.works(state.breached.service) {
                return (Some(state.breached.clone()), Vec::new());
            }
            let mut all = state.short(state.breached.service, &mut BTreeSet::new());
            all.retain(|short| seen.insert(short.clone()));
            let over = all.iter().map(|short| state.remedies(short));
            (None, over.filter(|r| !r.is_empty()).collect())
        });
        let (down, over): (Vec<_>, Vec<_>) = each.into_iter().unzip();
        Seen {
            down: down.into_iter().flatten().collect(),
            over: over.into_iter().flatten().collect(),
        }
    }

    /// Plans what lets a service work.
    fn revive(
        &self,
        state: &State<'_>,
        region: &Region,
        planned: &mut BTreeSet<Item>,
    ) -> Option<()> {
        let service = state.breached.service;
        if let Some(cure) = Cures::of(state, planned).fix(service, 0)
            && !cure.items.is_empty()
        {
            planned.extend(cure.items);
            return Some(());
        }
        // What no walk down finds: whatever was taken least often, and of that what costs least.
        let items = state.revive(&[service]).items.into_iter();
        let best = items
            .filter_map(|item| {
                let worth = price(&item, &self.prices)?;
                let times = region.items.get(&item).copied().unwrap_or(0);
                (!planned.contains(&item)).then_some((times, worth, item))
            })
            .min_by(|x, y| x.0.cmp(&y.0).then(x.1.compare(&y.1)));
        planned.insert(best?.2);
        Some(())
    }

    /// Takes of each remedies one, the one first that is in most of them for its price.
    fn cover(&self, mut over: Vec<Remedies>, region: &mut Region, grown: &Grown) -> Option<()> {
        while !over.is_empty() {
            let mut all: BTreeMap<&Key, (u32, Much)> = BTreeMap::new();
            for (key, much) in over.iter().flatten() {
                let known = all.entry(key).or_insert((0, *much));
                known.0 += 1;
                known.1 = match (known.1, *much) {
                    (Much::Least(x), Much::Least(y)) => Much::Least(x.max(y)),
                    (Much::Count(x), Much::Count(y)) => Much::Count(x.max(y)),
                    (x, _) => x,
                };
            }
            let scored = all.into_iter().filter_map(|(key, (hits, much))| {
                let worth = self.extra_of(key, much, region, grown)?;
                let each = Worth(worth.0.map(|w| w / f64::from(hits)));
                Some((each, key, much))
            });
            let best = scored.reduce(|x, y| if y.0.is_less(&x.0) { y } else { x })?;
            let (key, much) = (best.1.clone(), best.2);
            match (&key, much) {
                (Key::Grow(terms), Much::Least(least)) => {
                    let terms = terms.clone();
                    *region = region.with(&Alternative::Grow(Row { terms, least }));
                }
                (Key::Do(items), Much::Count(count)) => {
                    for item in items {
                        add(region, item, count)?;
                    }
                }
                _ => return None,
            }
            over.retain(|remedies| !remedies.contains_key(&key));
        }
        Some(())
    }

    /// About what it adds to the cost of a region that grows so much now.
    fn extra_of(&self, key: &Key, much: Much, region: &Region, grown: &Grown) -> Option<Worth> {
        match (key, much) {
            (Key::Do(items), Much::Count(count)) => {
                let mut worth = Worth::default();
                for item in items {
                    let times = region.items.get(item).copied().unwrap_or(0);
                    if times + count > MOST_ALIKE {
                        return None;
                    }
                    let each = price(item, &self.prices)?;
                    worth = worth.plus(Worth(each.0.map(|x| x * f64::from(count))));
                }
                Some(worth)
            }
            (Key::Grow(terms), Much::Least(least)) => {
                let now = |v: &NodeId| grown.amounts.get(v).copied();
                let more = least - terms.iter().filter_map(now).sum::<f64>();
                let room: f64 = terms.iter().map(|&v| self.prices.room(v)).sum();
                if least > room * (1.0 + 1e-12) {
                    return None;
                }
                let more = more.max(0.0);
                let each = terms.iter().filter_map(|v| {
                    let [once, unit] = self.prices.growth(*v)?;
                    let once = if now(v).is_some() {
                        Worth::default()
                    } else {
                        once
                    };
                    Some(once.plus(Worth(unit.0.map(|u| u * more))))
                });
                each.reduce(|x, y| if y.is_less(&x) { y } else { x })
            }
            _ => None,
        }
    }

    /// A plan to begin with; then the same additions with no more growth than they leave to be done.
    pub fn climb_up(&mut self) {
        let until = self.until(self.most_runs / 2);
        let Some(region) = self.climb(Region::default(), until) else {
            return;
        };
        let bare = Region {
            rows: Vec::new(),
            ..region
        };
        if !bare.items.is_empty() {
            self.climb(bare, until);
        }
    }
}

/// More of an item; `None` where that is too much.
fn add(region: &mut Region, item: &Item, count: u32) -> Option<()> {
    let times = region.items.entry(item.clone()).or_insert(0);
    let most = match item {
        Item::Restore(_) | Item::Move(..) => 1,
        Item::Add(..) | Item::Lay(_) => MOST_ALIKE,
    };
    *times = if matches!(item, Item::Restore(_) | Item::Move(..)) {
        1
    } else {
        *times + count
    };
    (*times <= most).then_some(())
}

impl State<'_> {
    /// What may help a shortfall.
    fn remedies(&self, short: &Short) -> Remedies {
        let mut found = Remedies::new();
        match short {
            Short::Over(v, ways) => self.relieve(*v, *ways, &mut found),
            Short::Shard(v) => {
                let none = BTreeSet::new();
                let mut cures = Cures::of(self, &none);
                if let Some(cure) = cures.fix(*v, 0).filter(|c| !c.items.is_empty()) {
                    found.insert(Key::Do(cure.items), Much::Count(1));
                } else {
                    let seats = self.places(*v).into_iter();
                    found.extend(seats.map(|item| (Key::Do(vec![item]), Much::Count(1))));
                }
            }
            Short::AnyOf(all, _) => {
                for short in all {
                    found.extend(self.remedies(short));
                }
            }
        }
        if found.is_empty() {
            // Whatever may help at all.
            let Found { items, rows, .. } = self.help(short);
            found.extend(
                items
                    .into_iter()
                    .map(|i| (Key::Do(vec![i]), Much::Count(1))),
            );
            found.extend(
                rows.into_iter()
                    .map(|r| (Key::Grow(r.terms), Much::Least(r.least))),
            );
        }
        found
    }

    fn relieve(&self, v: NodeId, ways: [bool; 2], found: &mut Remedies) {
        let Some(excess) = self.excess(v, ways) else {
            return;
        };
        if self.scenario.derate.iter().any(|d| d.0 == v) {
            let mut repairs = Found::default();
            self.repair(v, &mut repairs);
            let all = repairs.items.into_iter();
            found.extend(all.map(|item| (Key::Do(vec![item]), Much::Count(1))));
        }
        let mut rows = Found::default();
        Relief::of(self, v).grow(excess.needed, &mut rows);
        let rows = rows.rows.into_iter();
        found.extend(rows.map(|r| (Key::Grow(r.terms), Much::Least(r.least))));
        // By how much its load has to fall, and which part of it comes over whom.
        let fall = if excess.ratio.is_finite() {
            1.0 - 1.0 / excess.ratio
        } else {
            1.0
        };
        let mut above = BTreeMap::from([(v, 1.0)]);
        for _ in 0..HIGHEST {
            let mut next: BTreeMap<NodeId, f64> = BTreeMap::new();
            for (&w, &part) in &above {
                self.spread(v, w, fall / part, found);
                let consumers: BTreeSet<NodeId> =
                    self.of.consumers[w.index()].iter().copied().collect();
                for u in consumers.into_iter().filter(|&u| self.works(u)) {
                    *next.entry(u).or_insert(0.0) += part * self.part_of(w, u);
                }
            }
            if !found.is_empty() {
                return;
            }
            next.retain(|_, part| *part > 0.0);
            above = next;
        }
    }

    /// Which part of what a node carries comes from a consumer.
    fn part_of(&self, v: NodeId, consumer: NodeId) -> f64 {
        let load = |v| self.base.load(self.study.compiled().ix(v));
        let all = load(v);
        if all <= 0.0 || !all.is_finite() {
            return 0.0;
        }
        let mut sent = 0.0;
        for r in self.system.requirements_of(consumer) {
            let working: Vec<_> = r.providers.iter().filter(|p| self.works(p.node)).collect();
            let Some(at) = working.iter().position(|p| p.node == v) else {
                continue;
            };
            let need = r.need_count().max(1) as usize;
            let sum: f64 = working.iter().map(|p| p.weight).sum();
            let share = match (r.need, r.split) {
                (Need::All, _) | (_, Split::Copy) => 1.0,
                (_, Split::Standby) if at < need => 1.0 / need as f64,
                (_, Split::Standby) => 0.0,
                (_, Split::Share | Split::Shard) if sum > 0.0 => working[at].weight / sum,
                (_, Split::Share | Split::Shard) => 1.0 / working.len() as f64,
            };
            sent += load(consumer) * working[at].load * share;
        }
        (sent / all).min(1.0)
    }

    /// More of those that share load with a node, where they work or can be made to: as many as let its load fall by
    /// a fraction, and none that stands on what carries too much.
    fn spread(&self, over: NodeId, v: NodeId, fall: f64, found: &mut Remedies) {
        let consumers: BTreeSet<NodeId> = self.of.consumers[v.index()].iter().copied().collect();
        let none = BTreeSet::new();
        let mut cures = Cures::of(self, &none);
        let shared = |r: &Requirement| {
            let shares = r.need != Need::All && r.split == Split::Share;
            shares && r.providers.iter().any(|p| p.node == v)
        };
        let mut consumers: Vec<NodeId> = consumers.into_iter().collect();
        consumers.retain(|&u| self.works(u) && self.system.requirements_of(u).iter().any(shared));
        // Those who share a provider share most of its siblings.
        let part: f64 = consumers.iter().map(|&u| self.part_of(v, u)).sum();
        let fall = fall / part.max(1e-9);
        if fall >= 1.0 - 1e-9 {
            // All of it would not be enough.
            return;
        }
        for u in consumers {
            for r in self.system.requirements_of(u).iter().filter(|r| shared(r)) {
                let works = r.providers.iter().filter(|p| self.works(p.node)).count();
                let more = (works as f64 * fall / (1.0 - fall) - 1e-9).ceil();
                #[allow(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "saturates"
                )]
                let count = (more.max(1.0) as u32).min(MOST_AT_ONCE);
                for p in r.providers.iter().map(|p| p.node) {
                    if self.stands_on(p, over) {
                        continue;
                    }
                    if self.works(p) {
                        let seats = self.places(p).into_iter();
                        found.extend(seats.map(|i| (Key::Do(vec![i]), Much::Count(count))));
                        if v != over {
                            found.extend(self.larger(r, p, fall));
                        }
                    } else if let Some(cure) = cures.fix(p, 0)
                        && !cure.items.is_empty()
                    {
                        found.insert(Key::Do(cure.items), Much::Count(1));
                    }
                }
            }
        }
    }

    /// Whether a node needs another directly, and is not it.
    fn stands_on(&self, p: NodeId, v: NodeId) -> bool {
        let all = self.system.requirements_of(p).iter();
        p != v && all.flat_map(|r| &r.providers).any(|q| q.node == v)
    }

    /// A provider that grows, and so takes more of a load that is split by capacity.
    fn larger(&self, r: &Requirement, p: NodeId, fall: f64) -> Option<(Key, Much)> {
        let capacity = |v: NodeId| self.system.node(v).capacity;
        let follows = r
            .providers
            .iter()
            .all(|q| !q.weight_given && capacity(q.node).is_some());
        let is_sold = p.index() < self.of.known.nodes && self.of.prices.growth(p).is_some();
        if !follows || !is_sold {
            return None;
        }
        let working = r.providers.iter().filter(|q| self.works(q.node));
        let all: f64 = working.filter_map(|q| capacity(q.node)).sum();
        let before = self.of.known.context.system.node(p).capacity.unwrap_or(0.0);
        let grown = capacity(p).unwrap_or(0.0) - before;
        let least = grown + all * fall / (1.0 - fall);
        Some((Key::Grow(vec![p]), Much::Least(least)))
    }
}
