//! Load against the capacity that is left, over the horizon: for the services that are tightest, the
//! demand each could still be given, with nothing more failed and after the single failure that
//! leaves it least.
//!
//! The horizon is cut into stretches of whole local days; each is shown by the hour in which the
//! service asks most. The effort is bounded: a large estate gets fewer services and longer
//! stretches, a very large one nothing but the reason.

use super::Task;
use super::base::status_in;
use super::blocks::LANES;
use super::growth::Growth;
use super::outcome::{CapacityPoint, CapacityTimeline, Carried, GrowthLeft};
use crate::engine::{Base, Ix, Limit, Mark, Reach, Scratch};
use crate::model::{NodeId, Role, Status, System};
use jiff::Timestamp;
use rayon::prelude::*;
use std::ops::Range;

/// Services that are followed, at most.
pub const MOST_SERVICES: usize = 12;
/// Stretches, at most.
const MOST_STRETCHES: usize = 128;
/// Failures evaluated, at most (eight hours at a time).
const MOST_WORK: usize = 200_000;
/// Capacities that differ by less, relatively, are the same.
const SAME: f64 = 1e-12;

/// The tightest services, most urgent first; empty when the estate is too large for it. `None` when
/// stopped.
pub(super) fn capacity(task: &Task<'_>, growth: &Growth) -> Option<Vec<CapacityTimeline>> {
    let elements = task.elements.len().max(1);
    let batches = (MOST_WORK / elements).min(MOST_STRETCHES / LANES);
    if batches == 0 {
        return Some(Vec::new());
    }
    let stretches = stretches(task, batches * LANES);
    let per_service = stretches.len().div_ceil(LANES).max(1) * elements;
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

fn points(task: &Task<'_>, s: usize, stretches: &[Range<usize>]) -> Option<Vec<CapacityPoint>> {
    let demand = &task.horizon.demand[s];
    let busiest = |range: &Range<usize>| {
        let later = |a: usize, b: usize| if demand[b] > demand[a] { b } else { a };
        range.clone().reduce(later)
    };
    let hours: Vec<usize> = stretches.iter().filter_map(busiest).collect();
    let below = below(task.study.system(), s);
    let batches: Vec<Option<Vec<CapacityPoint>>> = hours
        .par_chunks(LANES)
        .map(|hours| batch(task, s, hours, &below))
        .collect();
    Some(batches.into_iter().collect::<Option<Vec<_>>>()?.concat())
}

/// Up to eight hours at once.
fn batch(task: &Task<'_>, s: usize, hours: &[usize], below: &[bool]) -> Option<Vec<CapacityPoint>> {
    let all = &task.horizon.demand;
    let lane = |d: &Vec<f64>| std::array::from_fn(|l| d[hours[l.min(hours.len() - 1)]]);
    let demand: Vec<[f64; LANES]> = all.iter().map(lane).collect();
    let base: Base<'_, LANES> = task.study.base(&[], &demand);
    let mut reach = Reach::new();
    let limits = reach.base_limits(&base, s);
    let of_base = |l: usize| {
        let stopped = status_in(&base, s, l) == Status::Down;
        carried(!stopped, demand[s][l], limits[l])
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
        if !touches(&scratch, start, below) {
            scratch.undo(start);
            continue;
        }
        let works = scratch.works(Ix(base.system().services[s]));
        let limits = if works {
            reach.limits(&scratch, s)
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

/// Whether a failure stopped, or changed the load of, a node that matters.
fn touches(scratch: &Scratch<'_, LANES>, start: Mark, below: &[bool]) -> bool {
    let system = scratch.base().system();
    let loads = scratch.load_before(start).map(|(v, _)| v);
    let mut changed = scratch.stopped(start).chain(loads);
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
