//! All contingencies of one order, each evaluated and judged.
//!
//! In: a base state, and what the parts of contingencies do, or that this is to be found out. Out: a [`Found`] of
//! all of them, or of those that a caller gives a [`Worker`] one by one.

use super::below::Below;
use super::cascade;
use super::stranded;
use super::tally::Tally;
use super::task::Task;
use crate::analysis::status::{is_thin, own_delivered, own_status};
use crate::analysis::{Cascade, MinimalSet};
use crate::engine::{Base, Reach, Scratch};
use crate::model::{NodeId, ServiceOutcome, Status};
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};

/// Blocks of contingencies that one thread takes at a time, per order.
pub(super) const BLOCKS: usize = 64;

/// Harm done by the minimal sets found so far, per service and lane.
pub(super) type MinimalHarm = Vec<HashMap<Vec<NodeId>, Status>>;

/// What sets off a cascade, by lane.
pub(super) struct Tripping {
    /// Something trips in the base state.
    base: Vec<bool>,
    /// Contingencies of lower orders of which no part trips anything.
    sets: Vec<HashSet<Vec<NodeId>>>,
}

impl Tripping {
    pub fn of<const L: usize>(base: &Base<'_, L>, task: &Task<'_>, cascades: &[Cascade]) -> Self {
        let lanes = task.lanes.asked().iter();
        let sets = lanes.map(|&case| {
            let at_case = cascades.iter().filter(|c| c.case == case);
            at_case.map(|c| c.elements.to_vec()).collect()
        });
        Self {
            base: (0..task.lanes.asked().len())
                .map(|l| !base.tripped(l).is_empty())
                .collect(),
            sets: sets.collect(),
        }
    }

    /// Whether something trips at a lane in the base state or without a part of `set`.
    fn has_part(&self, set: &[NodeId], l: usize) -> bool {
        let part = |mask: u32| -> Vec<NodeId> {
            let kept = (0..set.len()).filter(|b| mask >> b & 1 == 1);
            kept.map(|b| set[b]).collect()
        };
        let mut parts = 1..(1u32 << set.len()) - 1;
        self.base[l] || parts.any(|mask| self.sets[l].contains(&part(mask)))
    }
}

/// All contingencies of one order.
pub(super) struct Order<'o, const L: usize> {
    pub task: &'o Task<'o>,
    pub k: usize,
    pub outcomes: &'o [Vec<ServiceOutcome>],
    pub lower: Lower<'o>,
    pub base: &'o Base<'o, L>,
}

/// What the parts of a contingency do.
#[derive(Clone, Copy)]
pub(super) enum Lower<'o> {
    /// All lower orders were evaluated before.
    Known {
        harm: &'o MinimalHarm,
        cascades: &'o Tripping,
        stranded: &'o stranded::Found,
    },
    /// It is found out where it matters.
    Evaluated,
}

/// What was found in some of them.
pub(super) struct Found {
    pub accounted: u64,
    pub tallies: Vec<Tally>,
    pub cascades: cascade::Found,
    pub stranded: stranded::Found,
}

impl Found {
    /// Nothing yet, of any order.
    pub fn nothing(task: &Task<'_>, services: usize) -> Self {
        let lanes = task.lanes.asked().len();
        let tally = Tally::new(task.order, task.study.listed());
        Self {
            accounted: 0,
            tallies: vec![tally; services * lanes],
            cascades: cascade::Found::new(task.order, cascade::MOST_CASCADES),
            stranded: stranded::Found::new(task.order, lanes, cascade::MOST_CASCADES),
        }
    }

    /// Adds what was found in others.
    pub fn merge(&mut self, other: Self) {
        self.accounted += other.accounted;
        self.cascades.merge(other.cascades);
        self.stranded.merge(other.stranded);
        for (mine, tally) in self.tallies.iter_mut().zip(other.tallies) {
            mine.merge(tally);
        }
    }
}

/// A worker's own state.
pub(super) struct Worker<'o, const L: usize> {
    pub scratch: Scratch<'o, L>,
    reach: Reach<L>,
    pub elements: Vec<NodeId>,
    pub found: Found,
    below: Below<'o, L>,
}

impl<'o, const L: usize> Worker<'o, L> {
    pub fn new(task: &Task<'_>, base: &'o Base<'o, L>, found: Found) -> Self {
        Self {
            scratch: Scratch::new(base),
            reach: Reach::new(),
            elements: Vec::new(),
            found,
            below: Below::new(task, base),
        }
    }
}

impl<const L: usize> Order<'_, L> {
    /// Evaluates every one of them.
    pub fn run(&self) -> Found {
        let n = self.task.elements.len();
        let size = n.div_ceil(BLOCKS).max(1);
        let starts: Vec<usize> = (0..n).step_by(size).collect();
        let blocks: Vec<Found> = starts
            .par_iter()
            .map_init(
                || Worker::new(self.task, self.base, self.nothing()),
                |worker, &start| self.block(worker, start..(start + size).min(n)),
            )
            .collect();
        let mut all = self.nothing();
        blocks.into_iter().for_each(|block| all.merge(block));
        all
    }

    /// At risk is counted only where a further order was asked for, or no element is left.
    pub fn knows_next(&self) -> bool {
        self.k < self.task.order as usize || self.k >= self.task.elements.len()
    }

    fn nothing(&self) -> Found {
        let lanes = self.task.lanes.asked().len();
        // Later orders look their parts up in the sets of this one, so all of those are kept.
        let last = self.k == self.task.order as usize;
        let listed = self.task.study.listed();
        let mut tally = Tally::new(self.task.order, if last { listed } else { usize::MAX });
        tally.orders[self.k - 1].at_risk = self.knows_next().then_some(0);
        Found {
            accounted: 0,
            cascades: cascade::Found::new(self.task.order, usize::MAX),
            stranded: stranded::Found::new(self.task.order, lanes, cascade::MOST_CASCADES),
            tallies: vec![tally; self.outcomes[0].len() * lanes],
        }
    }

    fn block(&self, worker: &mut Worker<'_, L>, firsts: std::ops::Range<usize>) -> Found {
        for first in firsts {
            if self.task.watch.stop() {
                break;
            }
            let before = worker.found.accounted;
            self.with(worker, first);
            self.task.watch.advance(worker.found.accounted - before);
        }
        std::mem::replace(&mut worker.found, self.nothing())
    }

    /// The contingencies that begin with what has failed and go on with element number `i`.
    fn with(&self, worker: &mut Worker<'_, L>, i: usize) {
        let elements = self.task.elements;
        let mark = worker.scratch.mark();
        worker.elements.push(elements[i]);
        worker
            .scratch
            .fail(self.task.study.compiled().ix(elements[i]));
        if worker.elements.len() == self.k {
            self.judge(worker);
            worker.found.accounted += 1;
        } else {
            for next in i + 1..elements.len() {
                self.with(worker, next);
            }
        }
        worker.scratch.undo(mark);
        worker.elements.pop();
    }

    /// Every service in the state of one contingency.
    pub fn judge(&self, worker: &mut Worker<'_, L>) {
        let lanes = self.task.lanes.asked().len();
        let next = if self.knows_next() {
            self.harmed_next(worker)
        } else {
            Vec::new()
        };
        worker.scratch.settle_trips();
        self.look_below(worker);
        self.trip(worker);
        self.strand(worker);
        let compiled = self.task.study.compiled();
        let mut view = worker.reach.at(&worker.scratch);
        for s in 0..self.outcomes[0].len() {
            let limits = view.limits(s);
            for (l, limit) in limits.iter().enumerate().take(lanes) {
                let i = s * lanes + l;
                let tally = &mut worker.found.tallies[i];
                let status = own_status(&worker.scratch, s, l);
                let delivered = own_delivered(&worker.scratch, s, l);
                tally.count(self.k, status);
                tally.worst(status, delivered, &worker.elements);
                let limited = limit.map(|x| compiled.node(x.node));
                if let (Some(limit), Some(node)) = (limit, limited) {
                    tally.headroom(limit.headroom(), node, &worker.elements);
                }
                if status.is_harm()
                    && self.is_minimal((&worker.below, &worker.elements), (s, l), status)
                {
                    tally.minimal(MinimalSet {
                        elements: worker.elements.as_slice().into(),
                        status,
                        delivered,
                        limit: limited,
                    });
                }
                let peak = || {
                    self.task
                        .lanes
                        .peak_from(l)
                        .is_some_and(|(lane, _)| own_status(&worker.scratch, s, lane).is_harm())
                };
                let thin = is_thin(
                    limit.map(|x| x.headroom()),
                    self.task.study.scenario().headroom,
                );
                if self.knows_next() && !status.is_harm() && (next[i] || thin || peak()) {
                    tally.count(self.k, Status::AtRisk);
                }
            }
        }
    }

    /// Finds out what the parts of the contingency do, where that is not known and may matter.
    fn look_below(&self, worker: &mut Worker<'_, L>) {
        let lanes = self.task.lanes.asked().len();
        let harms = |s: usize| {
            (0..lanes).any(|l| {
                let status = own_status(&worker.scratch, s, l);
                status.is_harm() && status > self.outcomes[l][s].status
            })
        };
        let may_matter = || worker.scratch.is_split() || (0..self.outcomes[0].len()).any(harms);
        if matches!(self.lower, Lower::Evaluated) && may_matter() {
            worker.below.evaluate(self.task, &worker.elements);
        }
    }

    /// Adds the contingency to those that set off a cascade, if it does and no part of it.
    fn trip(&self, worker: &mut Worker<'_, L>) {
        let cases = self.task.lanes.asked();
        let is_fresh = |l: &usize| {
            let before = match self.lower {
                Lower::Known { cascades, .. } => cascades.has_part(&worker.elements, *l),
                Lower::Evaluated => worker.below.trips >> l & 1 == 1,
            };
            !worker.scratch.tripped(*l).is_empty() && !before
        };
        let fresh = (0..cases.len()).filter(is_fresh);
        let fresh = fresh.fold(0, |set, l| set | 1 << l);
        if fresh != 0 {
            let elements = worker.elements.as_slice().into();
            worker
                .found
                .cascades
                .add(cascade::of(&worker.scratch, fresh, cases, &elements));
        }
    }

    /// Adds the contingency to those that leave an instance without a host, if it does.
    fn strand(&self, worker: &mut Worker<'_, L>) {
        if self.task.study.compiled().has_placements() && worker.scratch.is_split() {
            let (lower, remembers) = match self.lower {
                Lower::Known { stranded, .. } => (stranded, self.k < self.task.order as usize),
                Lower::Evaluated => (&worker.below.out, false),
            };
            worker.found.stranded.add(
                &worker.scratch,
                self.task.lanes.asked(),
                &worker.elements,
                lower,
                remembers,
            );
        }
    }

    /// Whether some further element harms: per service and lane.
    fn harmed_next(&self, worker: &mut Worker<'_, L>) -> Vec<bool> {
        let lanes = self.task.lanes.asked().len();
        let mut harmed = vec![false; self.outcomes[0].len() * lanes];
        for &element in self.task.elements {
            if worker.elements.contains(&element) {
                continue;
            }
            let mark = worker.scratch.mark();
            worker.scratch.fail(self.task.study.compiled().ix(element));
            for (i, harmed) in harmed.iter_mut().enumerate() {
                *harmed |= own_status(&worker.scratch, i / lanes, i % lanes).is_harm();
            }
            worker.scratch.undo(mark);
        }
        harmed
    }

    /// Whether no part of `elements`, nor the base state, does as much harm.
    fn is_minimal(
        &self,
        (below, set): (&Below<'_, L>, &[NodeId]),
        (s, l): (usize, usize),
        status: Status,
    ) -> bool {
        if self.outcomes[l][s].status >= status {
            return false;
        }
        let harm = match self.lower {
            Lower::Known { harm, .. } => &harm[s * self.task.lanes.asked().len() + l],
            Lower::Evaluated => return below.harm[s][l] < status,
        };
        let mut part = Vec::with_capacity(set.len());
        (1..(1u32 << set.len()) - 1).all(|mask| {
            part.clear();
            part.extend(
                (0..set.len())
                    .filter(|b| mask >> b & 1 == 1)
                    .map(|b| set[b]),
            );
            harm.get(&part).is_none_or(|&harm| harm < status)
        })
    }
}
