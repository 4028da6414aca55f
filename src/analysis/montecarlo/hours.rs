//! One state against all hours of a horizon.
//!
//! In: hourly demand. Out: per state the services that are harmed at any hour, with how long and
//! how badly. Hours are put in order of demand once, equal ones together: the load-duration curve.
//! Hours that ask for no more than the [safe level](super::states) of the state are passed over; and
//! where each hour of the curve asks no more of any service than the one before it, the first hours
//! without harm end the search.

use super::states::{self, Levels, StateMap};
use crate::analysis::Study;
use crate::engine::{Base, Ix, Scratch};
use crate::model::{NodeId, Status};

/// Hours evaluated together.
const LANES: usize = 8;
/// Values of states that a weigher remembers.
const REMEMBERED: usize = 1 << 20;

/// The hours of a horizon in order of demand.
#[derive(Clone, Debug)]
pub struct Hours {
    /// One hour of each kind, the greatest total demand first.
    rows: Vec<u32>,
    /// How many hours are like it.
    times: Vec<f64>,
    /// By so many rows as are evaluated together, the greatest [level](Levels) of any.
    levels: Vec<f64>,
    /// No hour asks more of any service than the one before it.
    falling: bool,
    /// The greatest demand of each service.
    greatest: Vec<f64>,
    length: u64,
}

/// What a state does to one service over the horizon.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Part {
    /// Hours down.
    pub down: f64,
    /// Hours degraded.
    pub degraded: f64,
    /// Unserved demand, in hours of the service's greatest demand.
    pub unserved: f64,
}

impl Hours {
    /// Of `demand[service][hour]`, or one value where it does not change.
    #[must_use]
    pub fn new(demand: &[Vec<f64>], hours: u64) -> Self {
        let constant = demand.iter().all(|d| d.len() == 1);
        let count = if constant { 1 } else { hours };
        let mut rows: Vec<u32> = (0..u32::try_from(count).unwrap_or(u32::MAX)).collect();
        let total = |h: u32| demand.iter().map(|d| at(d, h)).sum::<f64>();
        let totals: Vec<f64> = rows.iter().map(|&h| total(h)).collect();
        let by_service = |a: u32, b: u32| {
            let pairs = demand.iter().map(|d| at(d, b).total_cmp(&at(d, a)));
            pairs.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
        };
        rows.sort_by(|&a, &b| {
            let totals = totals[b as usize].total_cmp(&totals[a as usize]);
            totals.then_with(|| by_service(a, b))
        });
        let mut times = vec![if constant { hours as f64 } else { 1.0 }; rows.len()];
        let mut kept = 0;
        for i in 1..rows.len() {
            if by_service(rows[kept], rows[i]).is_eq() {
                times[kept] += 1.0;
            } else {
                kept += 1;
                rows[kept] = rows[i];
                times[kept] = 1.0;
            }
        }
        rows.truncate(kept + 1);
        times.truncate(kept + 1);
        let all = Levels::new(demand);
        let most = |rows: &[u32]| {
            let levels = rows.iter().map(|&h| all.of(h as usize));
            levels.fold(0.0, f64::max)
        };
        let falls = |w: &[u32]| demand.iter().all(|d| at(d, w[1]) <= at(d, w[0]));
        Self {
            levels: rows.chunks(LANES).map(most).collect(),
            falling: rows.windows(2).all(falls),
            greatest: demand
                .iter()
                .map(|d| d.iter().copied().fold(0.0, f64::max))
                .collect(),
            rows,
            times,
            length: hours,
        }
    }

    /// The greatest demand of each service.
    #[must_use]
    pub fn greatest(&self) -> &[f64] {
        &self.greatest
    }

    /// The hours of a series, equal ones together: demand, and how many hours are like it.
    pub fn each<'d>(&'d self, series: &'d [f64]) -> impl Iterator<Item = (f64, f64)> + 'd {
        let rows = self.rows.iter().zip(&self.times);
        rows.map(|(&row, &times)| (at(series, row), times))
    }

    /// What a series asks for in all, unit times hours.
    #[must_use]
    pub fn total(&self, series: &[f64]) -> f64 {
        match series {
            [always] => always * self.length as f64,
            _ => series.iter().sum(),
        }
    }
}

fn at(series: &[f64], hour: u32) -> f64 {
    let last = series.len().saturating_sub(1);
    series
        .get((hour as usize).min(last))
        .copied()
        .unwrap_or(0.0)
}

/// Holds states against the hours. One per thread.
pub struct Weigher<'m> {
    study: &'m Study<'m>,
    hours: &'m Hours,
    demand: &'m [Vec<f64>],
    top: Scratch<'m, 1>,
    lanes: Vec<[f64; LANES]>,
    known: StateMap<Box<[(u32, Part)]>>,
    kept: usize,
    failed: Vec<Ix>,
    parts: Vec<Part>,
    harmed: Vec<(u32, Part)>,
}

impl<'m> Weigher<'m> {
    /// `top` is the base state at the greatest demand of every service.
    pub fn new(
        study: &'m Study<'m>,
        hours: &'m Hours,
        demand: &'m [Vec<f64>],
        top: &'m Base<'m, 1>,
    ) -> Self {
        Self {
            study,
            hours,
            demand,
            top: Scratch::new(top),
            lanes: vec![[0.0; LANES]; demand.len()],
            known: StateMap::default(),
            kept: 0,
            failed: Vec::new(),
            parts: vec![Part::default(); demand.len()],
            harmed: Vec::new(),
        }
    }

    /// The services that are harmed at any hour when `failed` have failed, by number.
    pub fn weigh(&mut self, failed: &[NodeId]) -> &[(u32, Part)] {
        if !self.known.contains_key(failed) {
            self.harmed.clear();
            let safe = self.safe_level(failed);
            if safe < 1.0 {
                self.all_hours(failed, safe);
                let parts = (0u32..).zip(&self.parts);
                let harmed = parts.filter(|(_, p)| **p != Part::default());
                self.harmed.extend(harmed.map(|(s, p)| (s, *p)));
            }
            if self.kept + 1 + self.harmed.len() >= REMEMBERED {
                return &self.harmed;
            }
            self.kept += 1 + self.harmed.len();
            self.known
                .insert(failed.to_vec(), self.harmed.as_slice().into());
        }
        &self.known[failed]
    }

    fn safe_level(&mut self, failed: &[NodeId]) -> f64 {
        let compiled = self.study.compiled();
        self.failed.clear();
        self.failed.extend(failed.iter().map(|&v| compiled.ix(v)));
        let mark = self.top.mark();
        self.top.fail_all(&self.failed);
        let safe = states::safe_level(&self.top);
        self.top.undo(mark);
        safe
    }

    /// Goes down the load-duration curve, past what is safe.
    fn all_hours(&mut self, failed: &[NodeId], safe: f64) {
        self.parts.fill(Part::default());
        let hours = self.hours;
        let mut state: Option<Base<'_, LANES>> = None;
        for (chunk, (rows, times)) in
            (0..).zip(hours.rows.chunks(LANES).zip(hours.times.chunks(LANES)))
        {
            if hours.levels[chunk] <= safe {
                if hours.falling {
                    break;
                }
                continue;
            }
            for (lanes, series) in self.lanes.iter_mut().zip(self.demand) {
                *lanes = std::array::from_fn(|l| at(series, rows[l.min(rows.len() - 1)]));
            }
            let state = match &mut state {
                Some(state) => {
                    state.set_demand(&self.lanes);
                    state
                }
                None => state.insert(self.study.base(failed, &self.lanes)),
            };
            let mut harm = false;
            for s in 0..self.parts.len() {
                harm |= self.count(state, s, times);
            }
            // What trips at a greater demand may harm at a lesser one instead.
            if hours.falling && !harm && !self.study.compiled().may_trip() {
                break;
            }
        }
    }

    /// Adds some hours to one service; whether any of them harmed it.
    fn count(&mut self, state: &Base<'_, LANES>, s: usize, times: &[f64]) -> bool {
        let v = Ix(self.study.compiled().services[s]);
        let demand = state.demand()[s];
        let mut harm = false;
        for (l, &lasts) in times.iter().enumerate() {
            let end = state.lane(l);
            let delivered = end.delivered(v);
            let status = Status::of(end.works(v), demand[l], delivered[l]);
            if !status.is_harm() {
                continue;
            }
            harm = true;
            let part = &mut self.parts[s];
            match status {
                Status::Down => part.down += lasts,
                _ => part.degraded += lasts,
            }
            if demand[l] > 0.0 {
                let short = demand[l] * (1.0 - delivered[l]);
                part.unserved += lasts * short / self.hours.greatest[s];
            }
        }
        harm
    }
}
