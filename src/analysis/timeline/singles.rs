//! Every single failure in every hour, as far as it matters.
//!
//! First each failure is evaluated once, at the greatest demand of each service. What stops there
//! stops in every hour; whom load alone does not harm there, it harms in no hour. The others go
//! down the blocks: a failure is evaluated in a block's parts only where it could leave some
//! service worse off than the base state does. Where the base state itself harms at the greatest
//! demands, that can hide what a failure does at smaller ones: there [`hazards`] decides.

use super::base::{BaseHours, push};
use super::blocks::{Block, LANES};
use super::outcome::{FailureTimeline, Harm, MOST_SPANS, Risk, Span};
use super::task::Task;
use crate::analysis::alike::Alike;
use crate::analysis::status::{
    own_delivered, own_delivered_of_base, own_status, own_status_of_base,
};
use crate::engine::{Base, Ix, Mark, Rule, Scratch};
use crate::model::{NodeId, Split, Status};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Blocks that are evaluated before what they found is put together.
const BATCH: usize = 64;

/// What the failures do.
pub(super) struct Singles {
    pub failures: Vec<FailureTimeline>,
    /// Per service: hours with how many failures harm it.
    pub risk: Vec<Vec<Span<u32>>>,
    pub first_risk: Vec<Option<Risk>>,
    /// Per service: the first element whose failure stops it, if one does.
    pub stopped_by: Vec<Option<NodeId>>,
}

/// One element at the greatest demands.
#[derive(Clone)]
struct Survey {
    /// Services that stop working because of it.
    stopped: Vec<u32>,
    /// Whether its load may harm others.
    harms: bool,
}

/// One service that is worse off.
#[derive(Clone, Copy)]
struct Found {
    element: u32,
    service: u32,
    hour: u32,
    status: Status,
    delivered: f64,
    /// Whether its status is worse than that of the base state; else it only gets less.
    worsens: bool,
}

/// One service under one failure.
struct Pair {
    degraded: u32,
    down: u32,
    least: f64,
    spans: Vec<Span<Status>>,
    count: u64,
    /// Where the last span ends and its status, also when it is not kept.
    last: (u32, Status),
}

impl Pair {
    fn new() -> Self {
        Self {
            last: (0, Status::Ok),
            degraded: 0,
            down: 0,
            least: 1.0,
            spans: Vec::new(),
            count: 0,
        }
    }

    /// A stretch of hours, later than those before.
    fn add(&mut self, from: u32, to: u32, status: Status, delivered: f64) {
        self.least = self.least.min(delivered);
        match status {
            Status::Down => self.down += to - from,
            _ => self.degraded += to - from,
        }
        let kept = self.spans.len() as u64 == self.count;
        if self.last != (from, status) {
            self.count += 1;
            if self.spans.len() < MOST_SPANS {
                self.spans.push(Span {
                    from,
                    to,
                    value: status,
                });
            }
        } else if let Some(span) = self.spans.last_mut().filter(|_| kept) {
            span.to = to;
        }
        self.last = (to, status);
    }
}

/// Everything that is put together from what the blocks find.
struct Sums {
    hours: u32,
    /// By element, then service.
    pairs: BTreeMap<(u32, u32), Pair>,
    /// By element: a bit for each hour in which it harms.
    unsafe_hours: BTreeMap<u32, Vec<u64>>,
    /// By service: by how much the number of those that harm it changes, hour by hour.
    counts: BTreeMap<u32, Vec<i64>>,
    first: Vec<Option<Risk>>,
}

/// Evaluates; `None` when stopped.
pub(super) fn every_failure(task: &Task<'_>, base: &BaseHours) -> Option<Singles> {
    let surveys = survey(task)?;
    let services = task.study.system().services().len();
    let mut sums = Sums {
        hours: u32::try_from(task.blocks.hours()).unwrap_or(u32::MAX),
        pairs: BTreeMap::new(),
        unsafe_hours: BTreeMap::new(),
        counts: BTreeMap::new(),
        first: vec![None; services],
    };
    let mut stopped_by = vec![None; services];
    for (element, survey) in (0u32..).zip(&surveys) {
        for &service in &survey.stopped {
            stopped_by[service as usize].get_or_insert(task.elements[element as usize]);
            sums.add_always(task, element, service, base);
        }
    }
    let candidates = (0u32..)
        .zip(&surveys)
        .filter(|(_, s)| s.harms)
        .map(|(e, _)| e)
        .collect();
    descend(task, &surveys, candidates, &mut sums)?;
    Some(sums.finish(task, stopped_by))
}

/// Each element once, at the greatest demands.
fn survey(task: &Task<'_>) -> Option<Vec<Survey>> {
    let base = task.study.base::<1>(&[], &task.blocks.envelope());
    let harmed = (0..base.demand().len()).any(|s| own_status_of_base(&base, s, 0).is_harm());
    let places = task.elements.iter().map(|&e| task.study.compiled().ix(e));
    let alike = Alike::of(&base, &places.collect::<Vec<_>>());
    let one = |scratch: &mut Scratch<'_, 1>, class: usize| {
        if task.watch.stop() {
            return None;
        }
        let mark = scratch.mark();
        let (place, members) = alike.class(class);
        scratch.fail(place);
        let trips = scratch.is_split() || base.is_split();
        let mut harms = trips || (harmed && hazards(task, scratch, mark)[0]);
        let mut stopped = Vec::new();
        for &s in scratch.changed_services(mark) {
            if scratch.works_before_trips(Ix(scratch.base().system().services[s as usize])) {
                harms |= own_status(scratch, s as usize, 0).is_harm();
            } else {
                stopped.push(s);
            }
        }
        stopped.sort_unstable();
        scratch.undo(mark);
        task.watch.advance(members.len() as u64);
        Some(Survey { stopped, harms })
    };
    let classes = (0..alike.len()).into_par_iter().with_min_len(32);
    let classes = classes.map_init(|| Scratch::new(&base), one);
    let surveys: Vec<Survey> = classes.collect::<Option<_>>()?;
    let mut class_of = vec![0; task.elements.len()];
    for class in 0..alike.len() {
        for &e in alike.class(class).1 {
            class_of[e as usize] = class;
        }
    }
    Some(
        class_of
            .into_iter()
            .map(|class| surveys[class].clone())
            .collect(),
    )
}

/// Goes down the blocks, level by level.
fn descend(
    task: &Task<'_>,
    surveys: &[Survey],
    candidates: Vec<u32>,
    sums: &mut Sums,
) -> Option<()> {
    let mut open = vec![(task.blocks.top(), candidates)];
    while !open.is_empty() {
        let mut next = Vec::new();
        for batch in open.chunks(BATCH) {
            let results: Vec<Option<Opened>> = batch
                .par_iter()
                .map(|(block, candidates)| visit(task, surveys, *block, candidates))
                .collect();
            for opened in results {
                let opened = opened?;
                for found in opened.found {
                    sums.add(task, found);
                }
                next.extend(opened.parts);
            }
        }
        open = next;
    }
    Some(())
}

/// What a block held.
struct Opened {
    /// In the hours of a lowest block, by hour, then element.
    found: Vec<Found>,
    /// Parts to open, with the elements that matter in them.
    parts: Vec<(Block, Vec<u32>)>,
}

fn visit(task: &Task<'_>, surveys: &[Survey], block: Block, candidates: &[u32]) -> Option<Opened> {
    let mut opened = Opened {
        found: Vec::new(),
        parts: Vec::new(),
    };
    if candidates.is_empty() {
        return Some(opened);
    }
    let base: Base<'_, LANES> = task.study.base(&[], &task.blocks.most(block));
    let best = best_statuses(task, &base, block);
    let parts = task.blocks.parts(block);
    let mut matter: Vec<Vec<u32>> = vec![Vec::new(); parts];
    let mut scratch = Scratch::new(&base);
    let mark = scratch.mark();
    for &element in candidates {
        if task.watch.stop() {
            return None;
        }
        scratch.fail(task.study.compiled().ix(task.elements[element as usize]));
        let trips = scratch.split_lanes() | base.split_lanes();
        let trips = if block.level > 1 { trips } else { 0 };
        for (l, matter) in matter.iter_mut().enumerate() {
            if trips >> l & 1 == 1 {
                matter.push(element);
            }
        }
        if best.may_hide(block) {
            let hazards = hazards(task, &scratch, mark);
            for (l, matter) in matter.iter_mut().enumerate() {
                if hazards[l] && best.harmed[l] && trips >> l & 1 == 0 {
                    matter.push(element);
                }
            }
        }
        for &service in scratch.changed_services(mark) {
            let s = service as usize;
            if surveys[element as usize]
                .stopped
                .binary_search(&service)
                .is_ok()
            {
                continue;
            }
            for (l, matter) in matter.iter_mut().enumerate() {
                let status = own_status(&scratch, s, l);
                let delivered = own_delivered(&scratch, s, l);
                let worsens = status > best.get(l, s);
                let lessens = delivered < own_delivered_of_base(&base, s, l) - LEAST_LOSS;
                if !status.is_harm() || !(worsens || lessens) {
                    continue;
                }
                if trips >> l & 1 == 1 {
                    continue;
                }
                if block.level > 1 {
                    if matter.last() != Some(&element) {
                        matter.push(element);
                    }
                } else {
                    opened.found.push(Found {
                        element,
                        service,
                        hour: task.blocks.hour(block, l),
                        status,
                        delivered,
                        worsens,
                    });
                }
            }
        }
        scratch.undo(mark);
    }
    opened.found.sort_by_key(|f| (f.hour, f.element, f.service));
    let inner = |(part, elements)| (task.blocks.part(block, part), elements);
    if block.level > 1 {
        let busy = matter
            .into_iter()
            .enumerate()
            .filter(|(_, m)| !m.is_empty());
        opened.parts = busy.map(inner).collect();
    }
    Some(opened)
}

/// The best status of each service that the base state has in some hour of each part.
struct Best {
    /// Empty when all are fine.
    statuses: Vec<[Status; LANES]>,
    /// Per part: whether the base state harms some service in some of its hours. What a failure does there may not show
    /// at the greatest demands.
    harmed: [bool; LANES],
}

impl Best {
    fn get(&self, lane: usize, service: usize) -> Status {
        self.statuses.get(service).map_or(Status::Ok, |s| s[lane])
    }

    fn may_hide(&self, block: Block) -> bool {
        block.level > 1 && self.harmed.contains(&true)
    }
}

fn best_statuses(task: &Task<'_>, base: &Base<'_, LANES>, block: Block) -> Best {
    let all = |base: &Base<'_, LANES>| -> Vec<[Status; LANES]> {
        let lanes = |s| std::array::from_fn(|l| own_status_of_base(base, s, l));
        (0..base.demand().len()).map(lanes).collect()
    };
    let worst = all(base);
    let statuses = if !worst.iter().flatten().any(|s| s.is_harm()) {
        Vec::new()
    } else if block.level == 1 {
        worst.clone()
    } else {
        all(&task.study.base(&[], &task.blocks.least(block)))
    };
    Best {
        harmed: std::array::from_fn(|l| worst.iter().any(|s| s[l].is_harm())),
        statuses,
    }
}

/// Loads that differ by less, relatively, are the same.
const SAME: f64 = 1e-11;
/// A failure leaves a service worse off if it gets less by more than this fraction of its demand.
const LEAST_LOSS: f64 = 1e-9;

/// Per lane: whether what failed since `mark` could leave some service worse off at these or
/// smaller demands, though it may not show at these, where the base state harms already.
///
/// What is delivered can fall only where load changes on a node that is too small for it, where a
/// requirement lost a provider while another delivers too little, where a shard is lost, or along a network.
fn hazards<const L: usize>(task: &Task<'_>, scratch: &Scratch<'_, L>, mark: Mark) -> [bool; L] {
    let (compiled, system) = (task.study.compiled(), task.study.system());
    let mut found = [false; L];
    if scratch
        .stopped(mark)
        .any(|v| system.network(compiled.node(v)).is_some())
    {
        return [true; L];
    }
    // The direction of a link that carries less may be the one that is too small; and load without
    // bound at the greatest demands hides what changes at others.
    if scratch.networks(mark).next().is_some() || !scratch.endless(mark).is_empty() {
        return [true; L];
    }
    for (v, old) in scratch.load_before(mark) {
        let capacity = scratch.base().capacity()[v.index()];
        let (load, is_layered) = (scratch.load(v), compiled.is_layered());
        for (l, found) in found.iter_mut().enumerate() {
            let same = (load[l] - old[l]).abs() <= SAME * load[l] && load[l].is_finite();
            // Tiers may take each other's place, and the load be the same.
            let moved = !same || is_layered;
            *found |= moved && load[l] > capacity * (1.0 - SAME);
        }
    }
    for lost in scratch.touched(mark) {
        let requirement = &compiled.requirements[*lost as usize];
        if !scratch.works(Ix(requirement.consumer)) {
            continue;
        }
        // What a lost shard served is lost at any demand, however well the others do.
        if requirement.rule == Rule::Group(Split::Shard) {
            return [true; L];
        }
        for edge in &compiled.edges[requirement.edges()] {
            let delivered = &scratch.values.delivered[edge.provider as usize];
            if scratch.works(Ix(edge.provider)) {
                found
                    .iter_mut()
                    .zip(delivered)
                    .for_each(|(f, d)| *f |= *d < 1.0 - SAME);
            }
        }
    }
    found
}

impl Sums {
    /// A failure that stops a service: in every hour in which the base state has not done so.
    fn add_always(&mut self, task: &Task<'_>, element: u32, service: u32, base: &BaseHours) {
        let mut from = 0;
        let downs = base.impact[service as usize].iter();
        let downs = downs.filter(|span| span.value.status == Status::Down);
        for (start, end) in downs
            .map(|d| (d.from, d.to))
            .chain([(self.hours, self.hours)])
        {
            if start > from {
                self.add_stretch(element, service, (from, start), (Status::Down, 0.0));
                self.add_risk(task, element, service, (from, start), Status::Down);
            }
            from = end;
        }
    }

    fn add(&mut self, task: &Task<'_>, f: Found) {
        let hours = (f.hour, f.hour + 1);
        self.add_stretch(f.element, f.service, hours, (f.status, f.delivered));
        if f.worsens {
            self.add_risk(task, f.element, f.service, hours, f.status);
        }
    }

    /// Hours in which a failure leaves a service worse off: in a worse status, or with less.
    fn add_stretch(
        &mut self,
        element: u32,
        service: u32,
        (from, to): (u32, u32),
        (status, delivered): (Status, f64),
    ) {
        let pair = self
            .pairs
            .entry((element, service))
            .or_insert_with(Pair::new);
        pair.add(from, to, status, delivered);
        let words = (self.hours as usize).div_ceil(64);
        let bits = self
            .unsafe_hours
            .entry(element)
            .or_insert_with(|| vec![0; words]);
        if (from, to) == (0, self.hours) {
            bits.fill(!0);
        } else {
            for hour in from..to {
                bits[hour as usize / 64] |= 1 << (hour % 64);
            }
        }
    }

    /// Hours in which a failure leaves a service in a worse status.
    fn add_risk(
        &mut self,
        task: &Task<'_>,
        element: u32,
        service: u32,
        (from, to): (u32, u32),
        status: Status,
    ) {
        let places = self.hours as usize + 1;
        let counts = self
            .counts
            .entry(service)
            .or_insert_with(|| vec![0; places]);
        counts[from as usize] += 1;
        counts[to as usize] -= 1;
        let risk = Risk {
            hour: from,
            element: task.elements[element as usize],
            leads_to: status,
        };
        let first = &mut self.first[service as usize];
        let order = |r: &Risk| (r.hour, std::cmp::Reverse(r.leads_to), r.element);
        if first.is_none_or(|known| order(&risk) < order(&known)) {
            *first = Some(risk);
        }
    }

    fn finish(self, task: &Task<'_>, stopped_by: Vec<Option<NodeId>>) -> Singles {
        let services = task.study.system().services();
        let mut failures: Vec<FailureTimeline> = Vec::new();
        for ((element, service), pair) in self.pairs {
            let id = task.elements[element as usize];
            if failures.last().is_none_or(|f| f.element != id) {
                let bits = self
                    .unsafe_hours
                    .get(&element)
                    .map_or(&[][..], Vec::as_slice);
                let (safe_hours, longest_safe) = safe(bits, self.hours);
                failures.push(FailureTimeline {
                    element: id,
                    services: Vec::new(),
                    safe_hours,
                    longest_safe,
                });
            }
            if let Some(failure) = failures.last_mut() {
                failure.services.push(Harm {
                    service: services[service as usize],
                    hours_degraded: pair.degraded,
                    hours_down: pair.down,
                    least_delivered: pair.least,
                    spans: pair.spans,
                    span_count: pair.count,
                });
            }
        }
        let mut risk = vec![Vec::new(); services.len()];
        for (service, counts) in self.counts {
            let mut count = 0;
            for (hour, change) in (0..self.hours).zip(counts) {
                count += change;
                if count > 0 {
                    let count = u32::try_from(count).unwrap_or(u32::MAX);
                    push(&mut risk[service as usize], hour, count);
                }
            }
        }
        Singles {
            failures,
            risk,
            first_risk: self.first,
            stopped_by,
        }
    }
}

/// How many hours are safe, and the longest stretch of them.
fn safe(bits: &[u64], hours: u32) -> (u32, Option<Span<()>>) {
    let mut spans = Vec::new();
    for hour in 0..hours {
        if bits[hour as usize / 64] >> (hour % 64) & 1 == 0 {
            push(&mut spans, hour, ());
        }
    }
    let total = spans.iter().map(|s| s.to - s.from).sum();
    let longest = spans
        .into_iter()
        .reduce(|a, b| if b.to - b.from > a.to - a.from { b } else { a });
    (total, longest)
}
