//! Sequential simulation: histories of failure and repair over a horizon, against the load hour by
//! hour.
//!
//! In: a study, hourly demand, laws of failure and repair, planned and known outages, windows. Out:
//! per service the hours in each status, episodes, unserved demand, and how likely harm is in each
//! window. Promise: a pure function of inputs and seed. A state that harms nobody at the greatest
//! demand of every service harms nobody at any hour (in one state, loads only grow with demand), so
//! hours are looked at only in states that fail this test.

use super::answer::rounded_zero;
use super::history::{Alternating, History, Laws, Repair, Start};
use super::interval::{self, Estimate};
use super::spread::Spread;
use super::stream::{Domain, Stream};
use super::{ChanceError, Chances};
use crate::analysis::status::own_status;
use crate::analysis::{Study, Watch};
use crate::engine::{Base, Ix, Scratch};
use crate::model::{NodeId, Reliability, Status};
use rayon::prelude::*;
use std::collections::HashMap;

/// Histories of one block.
const BLOCK: u64 = 16;
/// Blocks between two looks at whether to stop.
const ROUND: u64 = 64;
/// Hours evaluated together.
const LANES: usize = 8;
/// States a thread remembers.
const REMEMBERED: usize = 1 << 16;
/// Changes of state expected in one history, at most.
const MOST_TURNS: f64 = 1e7;
/// Mean repair time where only an unavailability is given.
pub const ASSUMED_REPAIR_HOURS: f64 = 24.0;

/// What to do.
#[derive(Clone, Debug)]
pub struct Horizon {
    /// Histories.
    pub trials: u64,
    /// Seed.
    pub seed: u64,
    /// `demand[service][hour]`, or one value for a demand that does not change.
    pub demand: Vec<Vec<f64>>,
    /// Length in hours.
    pub hours: u64,
    /// Shape of the Weibull distribution of times up; 1 is exponential.
    pub shape: f64,
    /// Law of repairs.
    pub repair: Repair,
    /// How histories begin.
    pub start: Start,
    /// Known outages whose expected time to repair is known otherwise than by MTTR, hours.
    pub back_in: Vec<(NodeId, f64)>,
    /// Planned outages: who, from and until which hour.
    pub planned: Vec<(NodeId, f64, f64)>,
    /// Named windows: from and until which hour.
    pub windows: Vec<(String, f64, f64)>,
}

/// A horizon that makes no sense.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum HorizonError {
    /// No histories.
    #[error("zero histories estimate nothing: ask for at least 1")]
    NoTrials,
    /// No time.
    #[error("the horizon has no hours")]
    Empty,
    /// A window that is empty or reaches beyond the horizon.
    #[error("the window `{0}` is empty or not inside the horizon")]
    Window(String),
    /// A planned outage that is empty or starts outside the horizon.
    #[error("the planned outage of `{0}` is empty or not inside the horizon")]
    Planned(String),
    /// A parameter of a distribution.
    #[error("{0} must be a number above 0")]
    Parameter(&'static str),
    /// Histories that would never end.
    #[error(
        "components change state {0:.0e} times in one history: the horizon is too long for them"
    )]
    Restless(f64),
    /// The inventory's numbers.
    #[error(transparent)]
    Chance(#[from] ChanceError),
}

/// What a sequential simulation answers.
#[derive(Clone, Debug, PartialEq)]
pub struct SequentialOutcome {
    /// Hours of the horizon.
    pub hours: u64,
    /// Histories asked for.
    pub trials: u64,
    /// Histories done.
    pub done: u64,
    /// Every service, by id.
    pub services: Vec<ServiceHistory>,
    /// Components of which only an unavailability is known.
    pub assumed_repair: u64,
}

/// One service over the horizon.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceHistory {
    /// The service.
    pub service: NodeId,
    /// Hours down.
    pub down: SpreadOf,
    /// Hours degraded.
    pub degraded: SpreadOf,
    /// Hours degraded or down.
    pub harmed: SpreadOf,
    /// Episodes of harm.
    pub episodes: SpreadOf,
    /// Mean hours of an episode, if there was one.
    pub mean_duration: Option<f64>,
    /// Unserved demand, unit times hours.
    pub unserved: SpreadOf,
    /// Probability of harm in each window, by name.
    pub windows: Vec<(String, Estimate)>,
}

/// Mean and percentiles.
#[derive(Clone, Debug, PartialEq)]
pub struct SpreadOf {
    /// Mean.
    pub mean: Estimate,
    /// Median.
    pub p50: f64,
    /// 95th percentile.
    pub p95: f64,
    /// 99th percentile.
    pub p99: f64,
}

/// A horizon that was found sound, with its laws.
pub struct Sequential<'s, 'a> {
    study: &'s Study<'a>,
    horizon: Horizon,
    laws: Laws,
    assumed_repair: u64,
}

#[derive(Clone, Default)]
struct Sums {
    down: Spread,
    degraded: Spread,
    harmed: Spread,
    episodes: Spread,
    unserved: Spread,
    windows: Vec<u64>,
}

/// One service in one history.
#[derive(Clone, Default)]
struct Track {
    down: f64,
    degraded: f64,
    unserved: f64,
    episodes: f64,
    until: f64,
    windows: Vec<bool>,
}

struct Memory<'s> {
    history: History,
    top: Scratch<'s, 1>,
    /// Whether a state harms nobody at the greatest demand.
    calm: HashMap<Vec<NodeId>, bool>,
    tracks: Vec<Track>,
    failed: Vec<Ix>,
    demand: Vec<[f64; LANES]>,
}

impl<'s, 'a> Sequential<'s, 'a> {
    /// Checks the horizon.
    ///
    /// # Errors
    /// Everything that makes no sense, at once.
    pub fn new(study: &'s Study<'a>, horizon: Horizon) -> Result<Self, Vec<HorizonError>> {
        let mut faults = horizon.faults(study);
        let chances = Chances::new(study.system(), &study.scenario().down).unwrap_or_else(|more| {
            faults.extend(more.into_iter().map(HorizonError::Chance));
            Chances::default()
        });
        if !faults.is_empty() {
            return Err(faults);
        }
        let (alternating, assumed_repair) = alternating(study, &chances, &horizon);
        let turns = alternating
            .iter()
            .map(|a| 2.0 * horizon.hours as f64 / (a.up + a.down));
        let turns: f64 = turns.sum();
        if turns > MOST_TURNS {
            return Err(vec![HorizonError::Restless(turns)]);
        }
        let laws = Laws {
            alternating,
            planned: horizon.planned.clone(),
            shape: horizon.shape,
            repair: horizon.repair,
            start: horizon.start,
            hours: horizon.hours as f64,
        };
        Ok(Self {
            study,
            horizon,
            laws,
            assumed_repair,
        })
    }

    /// Plays the histories.
    pub fn run(&self, watch: &dyn Watch) -> SequentialOutcome {
        let compiled = self.study.compiled();
        let greatest = |series: &Vec<f64>| [series.iter().copied().fold(0.0, f64::max)];
        let most: Vec<[f64; 1]> = self.horizon.demand.iter().map(greatest).collect();
        let top = Base::<1>::evaluate(compiled, self.study.capacity(), &most, &[]);
        let services = self.study.system().services().len();
        let mut sums = vec![self.empty(); services];
        let mut done = 0;
        watch.total(self.horizon.trials);
        let blocks = self.horizon.trials.div_ceil(BLOCK);
        for first in (0..blocks).step_by(usize::try_from(ROUND).unwrap_or(64)) {
            if watch.stop() {
                break;
            }
            let parts: Vec<(u64, Vec<Sums>)> = (first..(first + ROUND).min(blocks))
                .into_par_iter()
                .map_init(
                    || self.memory(&top),
                    |memory, b| self.block(b, memory, watch),
                )
                .flatten()
                .collect();
            for (trials, part) in parts {
                done += trials;
                sums.iter_mut().zip(&part).for_each(|(s, p)| s.merge(p));
            }
        }
        self.outcome(&sums, done)
    }

    fn empty(&self) -> Sums {
        Sums {
            windows: vec![0; self.horizon.windows.len()],
            ..Sums::default()
        }
    }

    fn memory<'m>(&self, top: &'m Base<'m, 1>) -> Memory<'m> {
        let services = self.study.system().services().len();
        Memory {
            history: History::new(self.study.system().nodes().len()),
            top: Scratch::new(top),
            calm: HashMap::new(),
            tracks: vec![Track::default(); services],
            failed: Vec::new(),
            demand: vec![[0.0; LANES]; services],
        }
    }

    fn block(&self, block: u64, m: &mut Memory<'_>, watch: &dyn Watch) -> Option<(u64, Vec<Sums>)> {
        let mut stream = Stream::new(self.horizon.seed, Domain::Sequential, block);
        let trials = (self.horizon.trials - block * BLOCK).min(BLOCK);
        let mut sums = vec![self.empty(); m.tracks.len()];
        for _ in 0..trials {
            if watch.stop() {
                return None;
            }
            self.trial(m, &mut stream);
            for (s, track) in sums.iter_mut().zip(&m.tracks) {
                s.add(track);
            }
        }
        watch.advance(trials);
        Some((trials, sums))
    }

    fn trial(&self, m: &mut Memory<'_>, stream: &mut Stream) {
        for track in &mut m.tracks {
            *track = Track {
                until: -1.0,
                windows: vec![false; self.horizon.windows.len()],
                ..Track::default()
            };
        }
        let mut history = std::mem::take(&mut m.history);
        history.play(&self.laws, stream, |from, to, out| {
            self.interval(from, to, out, m);
        });
        m.history = history;
    }

    fn interval(&self, from: f64, to: f64, out: &[NodeId], m: &mut Memory<'_>) {
        if to <= from || self.is_calm(out, m) {
            return;
        }
        let compiled = self.study.compiled();
        m.failed.clear();
        m.failed.extend(out.iter().map(|&v| compiled.ix(v)));
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Inside the horizon.
        let (first, end) = (from as usize, to.ceil() as usize);
        let constant = self.horizon.demand.iter().all(|d| d.len() == 1);
        let mut state: Option<Base<'_, LANES>> = None;
        let mut at = first;
        while at < end {
            self.fill_demand(at, &mut m.demand);
            let state = match &mut state {
                Some(state) => {
                    if !constant {
                        state.set_demand(&m.demand);
                    }
                    state
                }
                None => state.insert(Base::evaluate(
                    compiled,
                    self.study.capacity(),
                    &m.demand,
                    &m.failed,
                )),
            };
            let last = (at + LANES).min(end);
            for (s, track) in m.tracks.iter_mut().enumerate() {
                for hour in at..last {
                    let lane = hour - at;
                    let piece = (from.max(hour as f64), to.min((hour + 1) as f64));
                    self.piece(state, s, lane, piece, track);
                }
            }
            at = last;
        }
    }

    fn piece(
        &self,
        state: &Base<'_, LANES>,
        s: usize,
        lane: usize,
        (from, to): (f64, f64),
        track: &mut Track,
    ) {
        let v = Ix(self.study.compiled().services[s]);
        let (demand, delivered) = (state.demand()[s][lane], state.delivered(v)[lane]);
        let status = Status::of(state.works(v), demand, delivered);
        if !status.is_harm() || to <= from {
            return;
        }
        let lasts = to - from;
        match status {
            Status::Down => track.down += lasts,
            _ => track.degraded += lasts,
        }
        track.unserved += lasts * demand * (1.0 - delivered);
        if from > track.until + 1e-9 {
            track.episodes += 1.0;
        }
        track.until = to;
        for (hit, (_, start, end)) in track.windows.iter_mut().zip(&self.horizon.windows) {
            *hit |= from < *end && to > *start;
        }
    }

    fn fill_demand(&self, first: usize, demand: &mut [[f64; LANES]]) {
        for (lanes, series) in demand.iter_mut().zip(&self.horizon.demand) {
            for (lane, d) in lanes.iter_mut().enumerate() {
                let last = series.len() - 1;
                *d = series[(first + lane).min(last)];
            }
        }
    }

    fn is_calm(&self, out: &[NodeId], m: &mut Memory<'_>) -> bool {
        if let Some(&calm) = m.calm.get(out) {
            return calm;
        }
        let compiled = self.study.compiled();
        m.failed.clear();
        m.failed.extend(out.iter().map(|&v| compiled.ix(v)));
        let mark = m.top.mark();
        m.top.fail_all(&m.failed);
        let calm = (0..m.tracks.len()).all(|s| !own_status(&m.top, s, 0).is_harm());
        m.top.undo(mark);
        if m.calm.len() < REMEMBERED {
            m.calm.insert(out.to_vec(), calm);
        }
        calm
    }

    fn outcome(&self, sums: &[Sums], done: u64) -> SequentialOutcome {
        let services = self.study.system().services().iter().zip(sums);
        let hours = self.horizon.hours as f64;
        let services = services
            .zip(&self.horizon.demand)
            .map(|((&service, s), demand)| {
                let total = if demand.len() == 1 {
                    demand[0] * hours
                } else {
                    demand.iter().sum()
                };
                let windows = self.horizon.windows.iter().zip(&s.windows);
                ServiceHistory {
                    service,
                    down: of(&s.down, done, Some(hours)),
                    degraded: of(&s.degraded, done, Some(hours)),
                    harmed: of(&s.harmed, done, Some(hours)),
                    episodes: of(&s.episodes, done, None),
                    mean_duration: (s.episodes.sum() > 0.0)
                        .then(|| s.harmed.sum() / s.episodes.sum()),
                    unserved: of(&s.unserved, done, Some(total)),
                    windows: windows
                        .map(|(w, &hits)| {
                            let chance = match done {
                                0 => rounded_zero(),
                                n => interval::proportion(hits, n),
                            };
                            (w.0.clone(), chance.named(HOW))
                        })
                        .collect(),
                }
            });
        SequentialOutcome {
            hours: self.horizon.hours,
            trials: self.horizon.trials,
            done,
            services: services.collect(),
            assumed_repair: self.assumed_repair,
        }
    }
}

/// Opens the name of the method.
const HOW: &str = "sequential sampling";

fn of(spread: &Spread, done: u64, most: Option<f64>) -> SpreadOf {
    let mean = match done {
        0 => rounded_zero(),
        n => spread.mean(n, most),
    };
    SpreadOf {
        mean: mean.named(HOW),
        p50: spread.percentile(0.5),
        p95: spread.percentile(0.95),
        p99: spread.percentile(0.99),
    }
}

impl Sums {
    fn add(&mut self, track: &Track) {
        self.down.add(track.down);
        self.degraded.add(track.degraded);
        self.harmed.add(track.down + track.degraded);
        self.episodes.add(track.episodes);
        self.unserved.add(track.unserved);
        for (sum, &hit) in self.windows.iter_mut().zip(&track.windows) {
            *sum += u64::from(hit);
        }
    }

    fn merge(&mut self, other: &Self) {
        self.down.merge(&other.down);
        self.degraded.merge(&other.degraded);
        self.harmed.merge(&other.harmed);
        self.episodes.merge(&other.episodes);
        self.unserved.merge(&other.unserved);
        for (sum, more) in self.windows.iter_mut().zip(&other.windows) {
            *sum += more;
        }
    }
}

impl Horizon {
    fn faults(&self, study: &Study<'_>) -> Vec<HorizonError> {
        let mut faults = Vec::new();
        let hours = self.hours as f64;
        if self.trials == 0 {
            faults.push(HorizonError::NoTrials);
        }
        let fits = |d: &Vec<f64>| d.len() == 1 || d.len() as u64 == self.hours;
        if self.hours == 0 || !self.demand.iter().all(fits) {
            faults.push(HorizonError::Empty);
        }
        let inside = |from: f64, to: f64| from >= 0.0 && from < to && to <= hours;
        for (name, from, to) in &self.windows {
            if !inside(*from, *to) {
                faults.push(HorizonError::Window(name.clone()));
            }
        }
        for &(v, from, to) in &self.planned {
            if !inside(from, to.min(hours)) {
                faults.push(HorizonError::Planned(study.system().id(v).to_owned()));
            }
        }
        let positive = |x: f64| x > 0.0 && x.is_finite();
        if !positive(self.shape) {
            faults.push(HorizonError::Parameter("the Weibull shape"));
        }
        if matches!(self.repair, Repair::Lognormal(cv) if !positive(cv)) {
            faults.push(HorizonError::Parameter(
                "the coefficient of variation of repairs",
            ));
        }
        if !self.back_in.iter().all(|&(_, h)| positive(h)) {
            faults.push(HorizonError::Parameter(
                "the time to repair of a known outage",
            ));
        }
        faults
    }
}

/// Every basic event with its times, then the known outages; and how many repair times had to be
/// assumed.
fn alternating(study: &Study<'_>, chances: &Chances, horizon: &Horizon) -> (Vec<Alternating>, u64) {
    let mut assumed = 0;
    let mut mean_repair = |v: NodeId| {
        if let Some(Reliability::Rates { mttr_hours, .. }) = study.system().node(v).reliability {
            return mttr_hours;
        }
        assumed += 1;
        ASSUMED_REPAIR_HOURS
    };
    let mut all: Vec<Alternating> = chances
        .events()
        .iter()
        .map(|e| {
            let down = mean_repair(e.members[0]);
            Alternating {
                members: e.members.clone(),
                up: down * (1.0 - e.q) / e.q,
                down,
                back_in: None,
            }
        })
        .collect();
    for &v in &study.scenario().down {
        let down = mean_repair(v);
        let given = horizon.back_in.iter().find(|b| b.0 == v).map(|b| b.1);
        let q = study
            .system()
            .node(v)
            .reliability
            .map_or(0.0, Reliability::unavailability);
        all.push(Alternating {
            members: vec![v],
            up: if q > 0.0 {
                down * (1.0 - q) / q
            } else {
                f64::INFINITY
            },
            down,
            back_in: Some(given.unwrap_or(down)),
        });
    }
    (all, assumed)
}
