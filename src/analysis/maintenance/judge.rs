//! What may not be out in which hours. In: elements, hours. Out: the hours in which their being out
//! breaches a policy, and why. Promises: as evaluating every hour and every further failure by itself.
//!
//! Hours stand in blocks of eight (see `timeline::blocks`): what breaches nothing at the greatest demands of
//! a block does so in none of its hours, unless something trips there. In the hours themselves the breach
//! is held against the state without the work: it counts only if that is better.

use super::clock::Clock;
use super::outcome::Blocked;
use crate::analysis::Watch;
use crate::analysis::alike::Alike;
use crate::analysis::policy::{PolicyBreach, covers, lapse};
use crate::analysis::status::{
    further_elements, own_delivered, own_delivered_of_base, own_status, own_status_of_base,
};
use crate::analysis::study::Study;
use crate::analysis::timeline::{Block, Blocks, LANES};
use crate::engine::{Base, Ix, Scratch};
use crate::model::{CaseId, NodeId, Scenario, Status, Work};
use jiff::civil::Date;
use rayon::prelude::*;
use std::cell::LazyCell;
use std::cmp::Reverse;

/// Blocks that are evaluated before what they found is put together.
const BATCH: usize = 64;
/// So many hours are evaluated one by one, without looking at greater blocks first.
const FEW: usize = 64;
/// What is delivered differs if it does by more than this.
const SAME: f64 = 1e-9;

/// Lanes, as bits.
type Lanes = u32;
/// Demands of every service, by lane.
type Demand = [[f64; LANES]];

/// Everything that hours are judged by.
pub(super) struct Judge<'a> {
    study: &'a Study<'a>,
    clock: &'a Clock<'a>,
    /// Per service of the system: what is asked of it.
    rules: Vec<Vec<Rule>>,
    /// Whether breaches count that are there without what is out too.
    counts_all: bool,
    watch: &'a dyn Watch,
}

/// A policy that asks for survival.
#[derive(Clone, Copy)]
struct Rule {
    policy: usize,
    /// Of so many further failures at most: 0 or 1.
    order: u32,
}

/// Where a lane stands.
#[derive(Clone, Copy)]
struct At {
    case: Option<CaseId>,
    day: Date,
}

/// The estate with some elements out, and without that.
struct Out<'o> {
    scenario: &'o Scenario,
    with: &'o Study<'o>,
    without: &'o Study<'o>,
    /// What may fail besides, sorted, and where it stands.
    further: Vec<NodeId>,
    places: Vec<Ix>,
}

/// A breach that is there because of what is out.
#[derive(Clone, Copy)]
struct Found {
    lane: usize,
    policy: usize,
    service: usize,
    failure: Option<NodeId>,
    status: Status,
    delivered: f64,
}

/// What a failure does to a service in a lane.
struct Harm {
    service: usize,
    lane: usize,
    status: Status,
    delivered: f64,
}

/// The elements of some works, sorted, each once.
pub(super) fn union(works: &[Work], of: &[usize]) -> Vec<NodeId> {
    let all = of.iter().flat_map(|&w| works[w].elements.iter().copied());
    let mut all: Vec<NodeId> = all.collect();
    all.sort_unstable();
    all.dedup();
    all
}

impl<'a> Judge<'a> {
    pub fn new(study: &'a Study<'a>, clock: &'a Clock<'a>, watch: &'a dyn Watch) -> Self {
        let services = study.system().services();
        let mut rules = vec![Vec::new(); services.len()];
        for (policy, rule) in study.scenario().policies.iter().enumerate() {
            let Some(order) = rule.survives.map(|order| order.min(1)) else {
                continue;
            };
            for service in &rule.services {
                if let Ok(at) = services.binary_search(service) {
                    rules[at].push(Rule { policy, order });
                }
            }
        }
        Self {
            study,
            clock,
            rules,
            counts_all: false,
            watch,
        }
    }

    /// The same where every breach counts, also those that are there without what is out.
    pub fn of_everything(self) -> Self {
        Self {
            counts_all: true,
            ..self
        }
    }

    /// The policies that are judged, and after how many further failures.
    pub fn policies(&self) -> impl Iterator<Item = (usize, u32)> {
        let all = self.study.scenario().policies.iter().enumerate();
        all.filter_map(|(at, p)| Some((at, p.survives?.min(1))))
    }

    pub fn hours(&self) -> usize {
        self.clock.hours() as usize
    }

    pub fn advance(&self) {
        self.watch.advance(1);
    }

    /// The wanted hours in which a policy breaks because these are out; `None` when stopped.
    pub fn harmful(&self, elements: &[NodeId], wanted: &[bool]) -> Option<Vec<bool>> {
        self.out(elements, |out| match &self.clock.blocks {
            Some(blocks) => self.in_hours(out, blocks, wanted),
            None => self.at_cases(out, wanted),
        })
    }

    /// Why an hour is not allowed: by policy, the work alone before further failures, what is worst, then by
    /// id. `None` if it is allowed, or when stopped.
    pub fn reason(&self, elements: &[NodeId], hour: u32) -> Option<Blocked> {
        let mut all: Vec<(Found, Option<CaseId>)> = Vec::new();
        let day = self.clock.day(hour);
        self.out(elements, |out| {
            let mut look =
                |demand: &Demand, lanes: Lanes, case: &dyn Fn(usize) -> Option<CaseId>| {
                    let at = |lane: usize| At {
                        case: case(lane),
                        day,
                    };
                    self.breaches(out, demand, (lanes, None), &at, &mut |found| {
                        all.push((found, case(found.lane)));
                        lanes
                    })
                };
            if let Some(blocks) = &self.clock.blocks {
                let block = blocks.of(hour as usize);
                look(&blocks.most(block), 1 << (hour as usize % LANES), &|_| None)
            } else {
                for (cases, demand) in self.cases() {
                    look(&demand, full(cases.len()), &|l| Some(cases[l]))?;
                }
                Some(())
            }
        })?;
        let order = |(f, case): &(Found, Option<CaseId>)| {
            let alone = f.failure.is_some();
            (
                f.policy,
                alone,
                Reverse(f.status),
                f.service,
                f.failure,
                *case,
            )
        };
        let (found, case) = all.into_iter().min_by_key(order)?;
        Some(Blocked {
            hour,
            policy: found.policy,
            service: self.study.system().services()[found.service],
            failure: found.failure,
            status: found.status,
            delivered: found.delivered,
            case,
        })
    }

    /// With some elements out.
    fn out<R>(&self, elements: &[NodeId], then: impl FnOnce(&Out<'_>) -> R) -> R {
        let mut scenario = self.study.scenario().clone();
        scenario.down.extend(elements);
        scenario.down.sort_unstable();
        scenario.down.dedup();
        let with = self.study.of(&scenario);
        let further = further_elements(&with, &scenario.down);
        let places = further.iter().map(|&e| with.compiled().ix(e)).collect();
        then(&Out {
            scenario: &scenario,
            with: &with,
            without: self.study,
            further,
            places,
        })
    }

    /// Hours that have a demand of their own.
    fn in_hours(&self, out: &Out<'_>, blocks: &Blocks<'_>, wanted: &[bool]) -> Option<Vec<bool>> {
        let asked = Asked::new(wanted);
        let mut harmful = vec![false; wanted.len()];
        let mut open: Vec<(Block, Option<Ix>)> = if asked.count(0, wanted.len()) > FEW {
            vec![(blocks.top(), None)]
        } else {
            let of = |b: &Block| asked.lanes(blocks, *b) != 0;
            blocks.lowest().filter(of).map(|b| (b, None)).collect()
        };
        while !open.is_empty() {
            let mut next = Vec::new();
            for batch in open.chunks(BATCH) {
                let visits: Vec<Option<(Lanes, Option<Ix>)>> = batch
                    .par_iter()
                    .map(|&(block, hint)| {
                        let lanes = asked.lanes(blocks, block);
                        self.visit(out, blocks, block, (lanes, hint))
                    })
                    .collect();
                for (&(block, _), visit) in batch.iter().zip(visits) {
                    let (lanes, hint) = visit?;
                    for part in (0..blocks.parts(block)).filter(|l| lanes >> l & 1 == 1) {
                        if block.level > 1 {
                            next.push((blocks.part(block, part), hint));
                        } else {
                            harmful[blocks.hour(block, part) as usize] = true;
                        }
                    }
                }
            }
            open = next;
        }
        Some(harmful)
    }

    /// The lanes of a block that hold harm, or may; and a failure that does it, which is likely to do it
    /// nearby too.
    fn visit(
        &self,
        out: &Out<'_>,
        blocks: &Blocks<'_>,
        block: Block,
        (lanes, hint): (Lanes, Option<Ix>),
    ) -> Option<(Lanes, Option<Ix>)> {
        let demand = blocks.most(block);
        if block.level > 1 {
            return self.suspects(out, &demand, (lanes, hint));
        }
        let at = |lane: usize| At {
            case: None,
            day: self.clock.day(blocks.hour(block, lane)),
        };
        let (mut left, mut by) = (lanes, hint);
        self.breaches(out, &demand, (lanes, hint), &at, &mut |found| {
            left &= !(1 << found.lane);
            by = found.failure.map(|e| out.with.compiled().ix(e)).or(by);
            left
        })?;
        Some((lanes & !left, by))
    }

    /// Hours that have no demand of their own: every one is judged at the load cases, with the waivers that
    /// hold on its day.
    fn at_cases(&self, out: &Out<'_>, wanted: &[bool]) -> Option<Vec<bool>> {
        let mut harmful = vec![false; wanted.len()];
        let mut known: Vec<(Vec<bool>, bool)> = Vec::new();
        let mut last: Option<(Date, bool)> = None;
        for (hour, _) in (0u32..).zip(wanted).filter(|(_, w)| **w) {
            let day = self.clock.day(hour);
            if let Some((_, harms)) = last.filter(|l| l.0 == day) {
                harmful[hour as usize] = harms;
                continue;
            }
            let waivers = out.scenario.waivers.iter();
            let valid: Vec<bool> = waivers.map(|w| lapse(w, day).is_none()).collect();
            let harms = if let Some(k) = known.iter().find(|k| k.0 == valid) {
                k.1
            } else {
                let harms = self.harms_at_cases(out, day)?;
                known.push((valid, harms));
                harms
            };
            last = Some((day, harms));
            harmful[hour as usize] = harms;
        }
        Some(harmful)
    }

    fn harms_at_cases(&self, out: &Out<'_>, day: Date) -> Option<bool> {
        let mut harms = false;
        for (cases, demand) in self.cases() {
            let at = |lane: usize| At {
                case: Some(cases[lane]),
                day,
            };
            self.breaches(out, &demand, (full(cases.len()), None), &at, &mut |_| {
                harms = true;
                0
            })?;
        }
        Some(harms)
    }

    /// The load cases, as many as there are lanes at a time.
    fn cases(&self) -> impl Iterator<Item = (Vec<CaseId>, Vec<[f64; LANES]>)> {
        let cases = &self.study.scenario().cases;
        let all: Vec<CaseId> = (0u32..).take(cases.len()).map(CaseId).collect();
        let chunks: Vec<Vec<CaseId>> = all.chunks(LANES).map(<[_]>::to_vec).collect();
        let services = self.study.system().services().len();
        chunks.into_iter().map(move |ids| {
            let lane = |s: usize, l: usize| cases[ids.get(l).unwrap_or(&ids[0]).index()].demand[s];
            let demand = (0..services).map(|s| std::array::from_fn(|l| lane(s, l)));
            let demand = demand.collect();
            (ids, demand)
        })
    }

    /// Whether something is asked of a service after so many further failures.
    fn is_judged(&self, service: usize, order: u32) -> bool {
        self.rules[service].iter().any(|r| r.order >= order)
    }

    fn is_any_judged(&self, order: u32) -> bool {
        (0..self.rules.len()).any(|s| self.is_judged(s, order))
    }

    /// The lanes in which a policy may break somewhere, at demands that no hour of them exceeds.
    fn suspects(
        &self,
        out: &Out<'_>,
        demand: &Demand,
        (lanes, hint): (Lanes, Option<Ix>),
    ) -> Option<(Lanes, Option<Ix>)> {
        let base = out.with.base(&[], demand);
        // Where something trips, less demand may do more harm.
        let mut found = base.split_lanes() & lanes;
        for s in (0..self.rules.len()).filter(|&s| self.is_judged(s, 0)) {
            for l in each(lanes & !found) {
                found |= Lanes::from(own_status_of_base(&base, s, l).is_harm()) << l;
            }
        }
        let mut by = hint;
        if !self.is_any_judged(1) || found == lanes {
            return Some((found, by));
        }
        let alike = Alike::of(&base, &out.places);
        let mut scratch = Scratch::new(&base);
        let mark = scratch.mark();
        for (place, _) in from_hint(&alike, hint) {
            if self.watch.stop() {
                return None;
            }
            let before = found;
            scratch.fail(place);
            found |= scratch.split_lanes() & lanes;
            for &s in scratch.changed_services(mark) {
                for l in each(lanes & !found).filter(|_| self.is_judged(s as usize, 1)) {
                    found |= Lanes::from(own_status(&scratch, s as usize, l).is_harm()) << l;
                }
            }
            scratch.undo(mark);
            if found != before {
                by = Some(place);
            }
            if found == lanes {
                break;
            }
        }
        Some((found, by))
    }

    /// Goes through every breach that is there because of what is out, in the lanes that are left: each
    /// answer says which are. `None` when stopped.
    fn breaches(
        &self,
        out: &Out<'_>,
        demand: &Demand,
        (lanes, hint): (Lanes, Option<Ix>),
        at: &dyn Fn(usize) -> At,
        tell: &mut dyn FnMut(Found) -> Lanes,
    ) -> Option<()> {
        let base = out.with.base(&[], demand);
        let without = LazyCell::new(|| out.without.base(&[], demand));
        let mut left = lanes;
        for service in (0..self.rules.len()).filter(|&s| self.is_judged(s, 0)) {
            for lane in each(lanes) {
                let harm = harm_of_base(&base, service, lane);
                if !harm.status.is_harm() || left >> lane & 1 == 0 {
                    continue;
                }
                let is_new = || {
                    self.counts_all || harm.is_worse_than(&harm_of_base(&without, service, lane))
                };
                if let Some(policy) = self.breached(out, &harm, &[], at(lane))
                    && is_new()
                {
                    left = tell(harm.found(policy, None));
                }
            }
        }
        if left == 0 || !self.is_any_judged(1) {
            return Some(());
        }
        let alike = Alike::of(&base, &out.places);
        let mut scratch = Scratch::new(&base);
        let mut other: Option<Scratch<'_, LANES>> = None;
        let mark = scratch.mark();
        for (place, members) in from_hint(&alike, hint) {
            if self.watch.stop() {
                return None;
            }
            scratch.fail(place);
            let harms = self.harms(&base, &scratch, scratch.changed_services(mark), left);
            scratch.undo(mark);
            for &member in members.iter().filter(|_| !harms.is_empty()) {
                let failure = out.further[member as usize];
                let new = self.breached_by(out, &harms, failure, at, || {
                    other.get_or_insert_with(|| Scratch::new(&without))
                });
                for found in new {
                    if left >> found.lane & 1 == 1 {
                        left = tell(found);
                    }
                }
            }
            if left == 0 {
                break;
            }
        }
        Some(())
    }

    /// Services that a further failure leaves worse off than what is out does, and harmed.
    fn harms(
        &self,
        base: &Base<'_, LANES>,
        scratch: &Scratch<'_, LANES>,
        changed: &[u32],
        lanes: Lanes,
    ) -> Vec<Harm> {
        let judged = changed.iter().map(|&s| s as usize);
        let judged = judged.filter(|&s| self.is_judged(s, 1));
        let all = judged.flat_map(|s| each(lanes).map(move |l| (s, l)));
        all.filter_map(|(service, lane)| {
            let status = own_status(scratch, service, lane);
            let worse = status > own_status_of_base(base, service, lane);
            (worse && status.is_harm()).then(|| harm_of(scratch, service, lane))
        })
        .collect()
    }

    /// Those of some harms that breach a policy, and that the same failure does not do without what is out.
    fn breached_by<'s, 'b: 's>(
        &self,
        out: &Out<'_>,
        harms: &[Harm],
        failure: NodeId,
        at: &dyn Fn(usize) -> At,
        other: impl FnOnce() -> &'s mut Scratch<'b, LANES>,
    ) -> Vec<Found> {
        let breach = |harm| Some((self.breached(out, harm, &[failure], at(harm.lane))?, harm));
        let breaches: Vec<(usize, &Harm)> = harms.iter().filter_map(breach).collect();
        if breaches.is_empty() {
            return Vec::new();
        }
        let scratch = other();
        let mark = scratch.mark();
        scratch.fail(out.without.compiled().ix(failure));
        let mut found = Vec::new();
        for (policy, harm) in breaches {
            let without = harm_of(scratch, harm.service, harm.lane);
            if self.counts_all || harm.is_worse_than(&without) {
                found.push(harm.found(policy, Some(failure)));
            }
        }
        scratch.undo(mark);
        found
    }

    /// The first policy that does not allow a harm, unless somebody has accepted that.
    fn breached(&self, out: &Out<'_>, harm: &Harm, failed: &[NodeId], at: At) -> Option<usize> {
        let scenario = out.scenario;
        let asks = |r: &&Rule| {
            let named = |case| scenario.policies[r.policy].cases.contains(&case);
            r.order as usize >= failed.len() && at.case.is_none_or(named)
        };
        let waived = |r: &&Rule| {
            let mine = scenario.waivers.iter().filter(|w| w.policy == r.policy);
            let mut valid = mine.filter(|w| lapse(w, at.day).is_none()).peekable();
            if valid.peek().is_none() {
                return false;
            }
            let service = self.study.system().services()[harm.service];
            let case = at.case.unwrap_or(CaseId(0));
            let breach = PolicyBreach {
                elements: failed.to_vec(),
                ..PolicyBreach::new(service, case, harm.status)
            };
            valid.any(|w| covers(w, &breach, scenario))
        };
        let mut rules = self.rules[harm.service].iter();
        rules.find(|r| asks(r) && !waived(r)).map(|r| r.policy)
    }
}

impl Harm {
    fn is_worse_than(&self, other: &Self) -> bool {
        self.status > other.status || self.delivered < other.delivered - SAME
    }

    fn found(&self, policy: usize, failure: Option<NodeId>) -> Found {
        Found {
            lane: self.lane,
            policy,
            service: self.service,
            failure,
            status: self.status,
            delivered: self.delivered,
        }
    }
}

fn harm_of_base(base: &Base<'_, LANES>, service: usize, lane: usize) -> Harm {
    Harm {
        service,
        lane,
        status: own_status_of_base(base, service, lane),
        delivered: own_delivered_of_base(base, service, lane),
    }
}

fn harm_of(scratch: &Scratch<'_, LANES>, service: usize, lane: usize) -> Harm {
    Harm {
        service,
        lane,
        status: own_status(scratch, service, lane),
        delivered: own_delivered(scratch, service, lane),
    }
}

/// So many lanes.
fn full(lanes: usize) -> Lanes {
    (1 << lanes) - 1
}

/// The lanes of a set.
fn each(lanes: Lanes) -> impl Iterator<Item = usize> + Clone {
    (0..LANES).filter(move |l| lanes >> l & 1 == 1)
}

/// The classes of elements, that of a hint first.
fn from_hint(alike: &Alike, hint: Option<Ix>) -> impl Iterator<Item = (Ix, &[u32])> {
    let first = (0..alike.len()).find(|&c| Some(alike.class(c).0) == hint);
    let others = (0..alike.len()).filter(move |&c| Some(c) != first);
    first.into_iter().chain(others).map(move |c| alike.class(c))
}

/// Hours that are asked for, counted.
struct Asked {
    /// `before[h]`: those before hour h.
    before: Vec<usize>,
}

impl Asked {
    fn new(wanted: &[bool]) -> Self {
        let mut before = vec![0];
        for (at, &is) in wanted.iter().enumerate() {
            before.push(before[at] + usize::from(is));
        }
        Self { before }
    }

    fn count(&self, from: usize, to: usize) -> usize {
        let last = self.before.len() - 1;
        self.before[to.min(last)] - self.before[from.min(last)]
    }

    /// The lanes of a block that hold some of them.
    fn lanes(&self, blocks: &Blocks<'_>, block: Block) -> Lanes {
        let level = u32::try_from(block.level).unwrap_or(u32::MAX);
        let size = LANES.saturating_pow(level - 1);
        let parts = 0..blocks.parts(block);
        let holds = |&part: &usize| {
            let from = (block.at * LANES + part).saturating_mul(size);
            self.count(from, from.saturating_add(size)) > 0
        };
        parts.filter(holds).fold(0, |set, part| set | 1 << part)
    }
}
