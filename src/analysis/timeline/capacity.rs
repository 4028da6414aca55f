//! Load against the capacity that is left, over the horizon: for the services that are tightest, the
//! demand each could still be given, with nothing more failed and after the single failure that
//! leaves it least.
//!
//! The horizon is cut into stretches of whole local days; each is shown by the hour in which the load
//! is the greatest part of what could be carried: after the single failure that leaves least, and, if
//! that is another hour, with nothing more failed. So a curve of the load crosses a curve of capacity
//! on every day on which the service is harmed, also where what it shares is busiest in an hour in
//! which it asks for little. The effort is bounded: a large estate gets fewer services and longer
//! stretches, a very large one nothing but the reason.

use super::blocks::LANES;
use super::growth::Growth;
use super::outcome::{CapacityPoint, CapacityTimeline, Carried, GrowthLeft};
use super::task::Task;
use crate::engine::{Base, Ix, Limit, Mark, Reach, Scratch};
use crate::model::{NodeId, Role, System};
use jiff::Timestamp;
use rayon::prelude::*;
use std::ops::Range;

/// Services that are followed, at most.
pub const MOST_SERVICES: usize = 12;
/// Stretches, at most.
const MOST_STRETCHES: usize = 128;
/// Failures evaluated, at most (eight hours at a time).
const MOST_WORK: usize = 200_000;
/// Passes over all failures for each stretch: at its hours in the base state, at its greatest demands,
/// at its hours after a failure.
const PASSES: usize = 3;
/// Capacities that differ by less, relatively, are the same.
const SAME: f64 = 1e-12;
/// Growths whose difference is rounding, when one bounds the other.
const NEAR: f64 = 1e-9;

/// The tightest services, most urgent first; empty when the estate is too large for it. `None` when
/// stopped.
pub(super) fn capacity(task: &Task<'_>, growth: &Growth) -> Option<Vec<CapacityTimeline>> {
    let elements = task.elements.len().max(1);
    let batches = (MOST_WORK / (PASSES * elements)).min(MOST_STRETCHES / LANES);
    if batches == 0 {
        return Some(Vec::new());
    }
    let stretches = stretches(task, batches * LANES);
    let per_service = stretches.len().div_ceil(LANES).max(1) * elements * PASSES;
    let services = (MOST_WORK / per_service).min(MOST_SERVICES);
    let mut tightest = tightest(growth);
    tightest.truncate(services);
    let one = |s: usize| {
        Some(CapacityTimeline {
            service: task.study.system().services()[s],
            points: points(task, s, &stretches)?,
        })
    };
    tightest.into_iter().map(one).collect()
}

/// Services that something limits, those with least growth left first.
fn tightest(growth: &Growth) -> Vec<usize> {
    let key = |left: GrowthLeft| match left {
        GrowthLeft::Unlimited => f64::INFINITY,
        GrowthLeft::Never(_) => -1.0,
        GrowthLeft::Left(t) => t.growth,
    };
    let limited = |s: &usize| matches!(growth.n0[*s], GrowthLeft::Left(_));
    let mut all: Vec<usize> = (0..growth.n0.len()).filter(limited).collect();
    let keys = |s: usize| (key(growth.n0[s]).min(0.0), key(growth.n1[s]));
    all.sort_by(|&a, &b| {
        let (a, b) = (keys(a), keys(b));
        a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
    });
    all
}

/// Whole local days, several together if there are more than `most`.
fn stretches(task: &Task<'_>, most: usize) -> Vec<Range<usize>> {
    let horizon = task.horizon;
    let day = |hour: usize| {
        let at = Timestamp::from_millisecond(horizon.at(hour)).unwrap_or_default();
        horizon.zone.to_datetime(at).date()
    };
    let mut days: Vec<Range<usize>> = Vec::new();
    let mut last = None;
    for hour in 0..horizon.hours() {
        let today = Some(day(hour));
        match days.last_mut() {
            Some(range) if last == today => range.end = hour + 1,
            _ => days.push(hour..hour + 1),
        }
        last = today;
    }
    let together = days.len().div_ceil(most).max(1);
    let merge = |run: &[Range<usize>]| run[0].start..run[run.len() - 1].end;
    days.chunks(together).map(merge).collect()
}

/// The tightest hours of every stretch, by time.
fn points(task: &Task<'_>, s: usize, stretches: &[Range<usize>]) -> Option<Vec<CapacityPoint>> {
    let below = below(task.study.system(), s);
    let of = OfService { task, s, below };
    let of_base: Option<Vec<usize>> = stretches.par_iter().map(|r| of.base_hour(r)).collect();
    let of_base = of_base?;
    let mut points = of.at(&of_base)?;
    let runs: Vec<Option<Vec<usize>>> = stretches
        .par_chunks(LANES)
        .zip(points.par_chunks(LANES))
        .map(|(stretches, known)| of.failure_hours(stretches, known))
        .collect();
    let of_failures = runs.into_iter().collect::<Option<Vec<_>>>()?.concat();
    let others = of_failures.into_iter().zip(of_base);
    let others: Vec<usize> = others.filter(|(a, b)| a != b).map(|(a, _)| a).collect();
    points.extend(of.at(&others)?);
    points.sort_by_key(|p| p.hour);
    Some(points)
}

/// How tight an hour is: growth left, least first; then the greatest demand, then the first hour.
#[derive(Clone, Copy)]
struct Tight {
    growth: f64,
    demand: f64,
    hour: usize,
}

impl Tight {
    fn is_before(&self, other: &Self) -> bool {
        let growth = if same(self.growth, other.growth) {
            std::cmp::Ordering::Equal
        } else {
            self.growth.total_cmp(&other.growth)
        };
        growth
            .then(other.demand.total_cmp(&self.demand))
            .then(self.hour.cmp(&other.hour))
            .is_lt()
    }

    fn first(a: Self, b: Self) -> Self {
        if b.is_before(&a) { b } else { a }
    }
}

fn same(a: f64, b: f64) -> bool {
    // Without end is the same as itself only: its distance to anything is within any part of it.
    let near = || (a - b).abs() <= SAME * (1.0 + a.abs().max(b.abs()));
    a.total_cmp(&b).is_eq() || (a.is_finite() && b.is_finite() && near())
}

/// Whether the s-th service works in lane l of a base, before anything trips. One that works and gets
/// nothing, since better tiers take all, still carries less demand than it has.
fn works_before_trips<const L: usize>(base: &Base<'_, L>, s: usize, l: usize) -> bool {
    let v = Ix(base.system().services[s]);
    base.before_trips(l).works(v)
}

/// Growth left in a state: without end where nothing limits, less than any where it does not work.
fn growth_left(works: bool, limit: Option<Limit>) -> f64 {
    match limit {
        _ if !works => f64::NEG_INFINITY,
        Some(limit) => limit.headroom(),
        None => f64::INFINITY,
    }
}

/// One service, looked at hour by hour.
struct OfService<'t> {
    task: &'t Task<'t>,
    /// Its position among the services.
    s: usize,
    /// Nodes whose load or failure matters to it.
    below: Vec<bool>,
}

impl OfService<'_> {
    fn demand<const L: usize>(&self, hours: [usize; L]) -> Vec<[f64; L]> {
        let all = &self.task.horizon.demand;
        all.iter().map(|d| hours.map(|h| d[h])).collect()
    }

    /// Points for the given hours.
    fn at(&self, hours: &[usize]) -> Option<Vec<CapacityPoint>> {
        let batches: Vec<Option<Vec<CapacityPoint>>> = hours
            .par_chunks(LANES)
            .map(|hours| batch(self.task, self.s, hours, &self.below))
            .collect();
        Some(batches.into_iter().collect::<Option<Vec<_>>>()?.concat())
    }

    /// The hours of a stretch, eight at a time; the last ones fill up the lanes.
    fn lanes(stretch: &Range<usize>) -> impl Iterator<Item = [usize; LANES]> + use<> {
        let (start, end) = (stretch.start, stretch.end);
        let first = (start..end).step_by(LANES);
        first.map(move |first| std::array::from_fn(|l| (first + l).min(end - 1)))
    }

    /// The tightest hour of a stretch in the base state; `None` when stopped.
    fn base_hour(&self, stretch: &Range<usize>) -> Option<usize> {
        let mut best: Option<Tight> = None;
        let mut reach = Reach::new();
        for hours in Self::lanes(stretch) {
            if self.task.watch.stop() {
                return None;
            }
            let base = self.task.study.base(&[], &self.demand(hours));
            let limits = reach.at_base(&base).limits_before_trips(self.s);
            for (l, &hour) in hours.iter().enumerate() {
                let works = works_before_trips(&base, self.s, l);
                let tight = Tight {
                    growth: growth_left(works, limits[l]),
                    demand: base.demand()[self.s][l],
                    hour,
                };
                best = Some(best.map_or(tight, |b| Tight::first(b, tight)));
            }
        }
        best.map(|b| b.hour)
    }

    /// The tightest hour of up to eight stretches after any single failure; `known` is the point of
    /// the tightest hour of each in the base state. `None` when stopped.
    ///
    /// Growth left falls with every demand, so that left at the greatest demands of a stretch is at
    /// most that of each of its hours: only failures that leave less there than what is known are
    /// tried hour by hour.
    fn failure_hours(
        &self,
        stretches: &[Range<usize>],
        known: &[CapacityPoint],
    ) -> Option<Vec<usize>> {
        let bounds = self.bounds(stretches)?;
        let each = stretches.iter().zip(known).zip(bounds);
        each.map(|((stretch, known), bounds)| self.failure_hour(stretch, known, bounds))
            .collect()
    }

    fn failure_hour(
        &self,
        stretch: &Range<usize>,
        known: &CapacityPoint,
        mut bounds: Vec<(f64, NodeId)>,
    ) -> Option<usize> {
        let left = match known.n1 {
            Carried::Nothing => f64::NEG_INFINITY,
            Carried::Unlimited => f64::INFINITY,
            Carried::UpTo(_) if known.demand <= 0.0 => f64::INFINITY,
            Carried::UpTo(x) => x / known.demand - 1.0,
        };
        let mut best = Tight {
            growth: left,
            demand: known.demand,
            hour: known.hour as usize,
        };
        if best.growth == f64::NEG_INFINITY {
            // It takes the service down in every hour: the base state says which is tightest.
            return Some(best.hour);
        }
        let matters =
            |bound: f64, best: &Tight| bound <= best.growth + NEAR * (1.0 + best.growth.abs());
        bounds.retain(|&(bound, _)| matters(bound, &best));
        if bounds.is_empty() {
            return Some(best.hour);
        }
        bounds.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let hours: Vec<[usize; LANES]> = Self::lanes(stretch).collect();
        let bases: Vec<Base<'_, LANES>> = hours
            .iter()
            .map(|&hours| self.task.study.base(&[], &self.demand(hours)))
            .collect();
        let mut scratches: Vec<_> = bases.iter().map(Scratch::new).collect();
        let mut reach = Reach::new();
        for (bound, element) in bounds {
            if !matters(bound, &best) {
                break;
            }
            if self.task.watch.stop() {
                return None;
            }
            for (scratch, hours) in scratches.iter_mut().zip(&hours) {
                let left = self.after(scratch, &mut reach, element);
                for (l, &hour) in hours.iter().enumerate() {
                    let tight = Tight {
                        growth: left[l],
                        demand: self.task.horizon.demand[self.s][hour],
                        hour,
                    };
                    best = Tight::first(best, tight);
                }
            }
        }
        Some(best.hour)
    }

    /// Growth left after one failure, by lane.
    fn after(
        &self,
        scratch: &mut Scratch<'_, LANES>,
        reach: &mut Reach<LANES>,
        element: NodeId,
    ) -> [f64; LANES] {
        let start = scratch.mark();
        scratch.fail(self.task.study.compiled().ix(element));
        let works = scratch.works_before_trips(Ix(scratch.base().system().services[self.s]));
        let left = if works {
            let mut view = reach.at(scratch);
            view.limits_before_trips(self.s)
                .map(|l| growth_left(true, l))
        } else {
            [f64::NEG_INFINITY; LANES]
        };
        scratch.undo(start);
        left
    }

    /// Growth left at the greatest demands of each stretch after every failure that matters.
    fn bounds(&self, stretches: &[Range<usize>]) -> Option<Vec<Vec<(f64, NodeId)>>> {
        let task = self.task;
        let greatest = |d: &Vec<f64>| {
            std::array::from_fn(|l| {
                let stretch = stretches[l.min(stretches.len() - 1)].clone();
                d[stretch].iter().copied().fold(0.0, f64::max)
            })
        };
        let demand: Vec<[f64; LANES]> = task.horizon.demand.iter().map(greatest).collect();
        let base: Base<'_, LANES> = task.study.base(&[], &demand);
        let mut scratch = Scratch::new(&base);
        let mut reach = Reach::new();
        let mut bounds = vec![Vec::new(); stretches.len()];
        let start = scratch.mark();
        for &element in task.elements {
            if task.watch.stop() {
                return None;
            }
            scratch.fail(task.study.compiled().ix(element));
            let matters = scratch.has_unplaced() || touches(&scratch, start, &self.below);
            scratch.undo(start);
            if matters {
                let left = self.after(&mut scratch, &mut reach, element);
                for (bounds, left) in bounds.iter_mut().zip(left) {
                    bounds.push((left, element));
                }
            }
        }
        Some(bounds)
    }
}

/// Up to eight hours at once.
fn batch(task: &Task<'_>, s: usize, hours: &[usize], below: &[bool]) -> Option<Vec<CapacityPoint>> {
    let all = &task.horizon.demand;
    let lane = |d: &Vec<f64>| std::array::from_fn(|l| d[hours[l.min(hours.len() - 1)]]);
    let demand: Vec<[f64; LANES]> = all.iter().map(lane).collect();
    let base: Base<'_, LANES> = task.study.base(&[], &demand);
    let mut reach = Reach::new();
    let limits = reach.at_base(&base).limits_before_trips(s);
    let of_base = |l: usize| {
        let works = works_before_trips(&base, s, l);
        carried(works, demand[s][l], limits[l])
    };
    let n0: [Carried; LANES] = std::array::from_fn(of_base);
    let mut n1: [(Carried, Option<NodeId>); LANES] = n0.map(|c| (c, None));
    let compiled = task.study.compiled();
    let mut scratch = Scratch::new(&base);
    let start = scratch.mark();
    for &element in task.elements {
        if task.watch.stop() {
            return None;
        }
        scratch.fail(compiled.ix(element));
        if !scratch.has_unplaced() && !touches(&scratch, start, below) {
            scratch.undo(start);
            continue;
        }
        let works = scratch.works_before_trips(Ix(base.system().services[s]));
        let limits = if works {
            reach.at(&scratch).limits_before_trips(s)
        } else {
            [None; LANES]
        };
        for l in 0..hours.len() {
            let left = carried(works, demand[s][l], limits[l]);
            if less(left, n1[l].0) {
                n1[l] = (left, Some(element));
            }
        }
        scratch.undo(start);
    }
    let point = |(l, &hour): (usize, &usize)| CapacityPoint {
        hour: u32::try_from(hour).unwrap_or(u32::MAX),
        demand: demand[s][l],
        n0: n0[l],
        n1: n1[l].0,
        failure: n1[l].1,
    };
    Some(hours.iter().enumerate().map(point).collect())
}

/// Whether a failure stopped, or changed the load of, a node that matters; or brought it other loads that
/// add up to the same, which at other demands they may not.
fn touches(scratch: &Scratch<'_, LANES>, start: Mark, below: &[bool]) -> bool {
    let system = scratch.base().system();
    let loads = scratch.load_before(start).map(|(v, _)| v);
    let steady = scratch.steady().iter().map(|&v| Ix(v));
    let mut changed = scratch.stopped(start).chain(loads).chain(steady);
    changed.any(|v| below[system.node(v).index()])
}

/// Per node: whether the load of a service could come to it in some state, or take other ways when
/// it stops.
fn below(system: &System, s: usize) -> Vec<bool> {
    let mut below = vec![false; system.nodes().len()];
    let mut crossed = vec![false; system.networks() as usize];
    let mut open = vec![system.services()[s]];
    while let Some(v) = open.pop() {
        if std::mem::replace(&mut below[v.index()], true) {
            continue;
        }
        open.extend(system.needs(v));
        let Role::Flow(flow) = &system.node(v).role else {
            continue;
        };
        let Some(network) = system.network_of_flow(flow) else {
            continue;
        };
        if !std::mem::replace(&mut crossed[network as usize], true) {
            let inside = |v: &NodeId| system.network(*v) == Some(network);
            open.extend(system.iter().map(|(v, _)| v).filter(inside));
        }
    }
    below
}

fn carried(works: bool, demand: f64, limit: Option<Limit>) -> Carried {
    match limit {
        _ if !works => Carried::Nothing,
        _ if demand <= 0.0 => Carried::Unlimited,
        Some(limit) => Carried::UpTo(demand * (1.0 + limit.headroom())),
        None => Carried::Unlimited,
    }
}

fn less(a: Carried, b: Carried) -> bool {
    match (a, b) {
        (Carried::UpTo(a), Carried::UpTo(b)) => a < b * (1.0 - SAME),
        (Carried::Nothing, b) => b != Carried::Nothing,
        (Carried::UpTo(_), Carried::Unlimited) => true,
        _ => false,
    }
}
