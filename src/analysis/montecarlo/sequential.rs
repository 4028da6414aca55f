//! Sequential simulation: histories of failure and repair over a horizon, against the load hour by
//! hour.
//!
//! In: a study and a [`Horizon`]. Out: per service the hours in each status, episodes, unserved
//! demand, and how likely harm is in each window. Promise: a pure function of inputs and seed. Hours
//! are looked at only where they ask for more than the [safe level](super::states) of the state.

use super::at_risk::{AtRiskCache, AtRiskSearch, Heights};
use super::history::{History, Laws};
use super::horizon::{Found, Horizon, HorizonError};
use super::ledger::{HistoryFrame, HistoryRecord, SequentialOutcome, Sums, TooGreat, Track};
use super::pool::Pool;
use super::restarts::Restarts;
use super::settings::Shard;
use super::states::{self, Levels, StateMap};
use super::stream::{Domain, Stream};
use crate::analysis::{Study, Watch};
use crate::engine::{Base, Ix, Scratch};
use crate::model::{NodeId, Status};
use rayon::prelude::*;

/// Blocks between two looks at whether to stop.
const ROUND: u64 = 64;
/// Hours evaluated together.
const LANES: usize = 8;
/// States a thread remembers.
const REMEMBERED: usize = 1 << 17;

/// A horizon that was found sound, with its laws.
pub struct Sequential<'s, 'a> {
    study: &'s Study<'a>,
    horizon: Horizon,
    laws: Laws,
    levels: Levels,
    frame: HistoryFrame,
}

struct Memory<'s> {
    history: History,
    /// Looks for what is at risk, if that is judged.
    at_risk_cache: Option<AtRiskCache<'s>>,
    top: Scratch<'s, 1>,
    /// The safe levels of states.
    safe: StateMap<f64>,
    tracks: Vec<Track>,
    restarts: Restarts,
    failed: Vec<Ix>,
    demand: Vec<[f64; LANES]>,
}

impl<'s, 'a> Sequential<'s, 'a> {
    /// Checks the horizon.
    ///
    /// # Errors
    /// Everything that makes no sense, at once.
    pub fn new(study: &'s Study<'a>, horizon: Horizon) -> Result<Self, Vec<HorizonError>> {
        let Found {
            laws,
            assumed_repair,
            risk,
        } = horizon.check(study)?;
        let hours = horizon.hours as f64;
        let total = |series: &Vec<f64>| match series.as_slice() {
            [always] => always * hours,
            all => all.iter().sum(),
        };
        let frame = HistoryFrame {
            hours: horizon.hours,
            trials: horizon.trials,
            services: study.system().services().to_vec(),
            demand: horizon.demand.iter().map(total).collect(),
            greatest: horizon
                .demand
                .iter()
                .map(|d| d.iter().copied().fold(0.0, f64::max))
                .collect(),
            of_peak: horizon.of_peak,
            windows: horizon.windows.iter().map(|w| w.0.clone()).collect(),
            assumed_repair,
            risk,
        };
        Ok(Self {
            study,
            levels: Levels::new(&horizon.demand),
            horizon,
            laws,
            frame,
        })
    }

    /// What its records are about.
    #[must_use]
    pub fn frame(&self) -> &HistoryFrame {
        &self.frame
    }

    /// What is played over.
    #[must_use]
    pub fn horizon(&self) -> &Horizon {
        &self.horizon
    }

    /// Plays all histories.
    ///
    /// # Errors
    /// Sums grew beyond what can be held.
    pub fn run(&self, watch: &dyn Watch) -> Result<SequentialOutcome, TooGreat> {
        let record = self.play(None, None, watch, &mut |_| ());
        self.frame.answer(&record)
    }

    /// Plays the histories of a shard that are not played yet: from the beginning, or on from a
    /// record of the same study and horizon. `save` sees what is done after every round.
    pub fn play(
        &self,
        before: Option<HistoryRecord>,
        shard: Option<Shard>,
        watch: &dyn Watch,
        save: &mut dyn FnMut(&HistoryRecord),
    ) -> HistoryRecord {
        let compiled = self.study.compiled();
        let greatest = |series: &Vec<f64>| [series.iter().copied().fold(0.0, f64::max)];
        let most: Vec<[f64; 1]> = self.horizon.demand.iter().map(greatest).collect();
        let top = Base::<1>::evaluate(compiled, self.study.capacity(), &most, &[]);
        let at_risk_search = AtRiskSearch::new(self.study, &self.horizon.demand);
        let heights = self
            .frame
            .risk
            .is_ok()
            .then(|| at_risk_search.heights(&top));
        let mut record = before.unwrap_or_else(|| self.frame.nothing());
        watch.total(self.frame.trials_of_shard(shard));
        watch.advance(record.done);
        let blocks = self.frame.blocks();
        let idle = Pool::new();
        while record.next < blocks && !watch.stop() {
            let end = (record.next + ROUND).min(blocks);
            let done: Vec<(u64, Vec<Sums>)> = (record.next..end)
                .into_par_iter()
                .filter(|b| shard.is_none_or(|s| s.has(*b)) && !record.beyond.contains(b))
                .map_init(
                    || idle.lend(|| self.memory(&top, heights.as_ref())),
                    |memory, b| {
                        let sums = self.block(b, &at_risk_search, memory, watch);
                        sums.map(|sums| (b, sums))
                    },
                )
                .flatten()
                .collect();
            for (block, sums) in &done {
                record.add(
                    self.frame.trials_of(*block),
                    self.frame.judged_of(*block),
                    sums,
                );
                record.beyond.push(*block);
            }
            if watch.stop() {
                record.beyond.sort_unstable();
            } else {
                record.next = end;
                record.beyond.retain(|&b| b >= end);
            }
            save(&record);
        }
        record
    }

    fn memory<'m>(&self, top: &'m Base<'m, 1>, heights: Option<&'m Heights<'m, 'm>>) -> Memory<'m> {
        let services = self.study.system().services().len();
        Memory {
            history: History::new(self.study.system().nodes().len()),
            at_risk_cache: heights.map(AtRiskCache::new),
            top: Scratch::new(top),
            safe: StateMap::default(),
            tracks: vec![Track::default(); services],
            restarts: Restarts::of(self.study),
            failed: Vec::new(),
            demand: vec![[0.0; LANES]; services],
        }
    }

    /// One block; `None` when it was stopped before its end.
    fn block(
        &self,
        block: u64,
        at_risk_search: &AtRiskSearch<'_, '_>,
        m: &mut Memory<'_>,
        watch: &dyn Watch,
    ) -> Option<Vec<Sums>> {
        let mut stream = Stream::new(self.horizon.seed, Domain::Sequential, block);
        let trials = self.frame.trials_of(block);
        let mut sums = vec![self.frame.empty(); m.tracks.len()];
        for trial in 0..trials {
            if watch.stop() {
                return None;
            }
            let judged = self.frame.is_judged(block, trial);
            self.trial(m, &mut stream, judged.then_some(at_risk_search));
            for (s, (sums, track)) in sums.iter_mut().zip(&m.tracks).enumerate() {
                sums.add(track, self.frame.unit(s));
                if judged {
                    sums.add_risk(track, self.laws.hours);
                }
            }
        }
        watch.advance(trials);
        Some(sums)
    }

    fn trial(
        &self,
        m: &mut Memory<'_>,
        stream: &mut Stream,
        at_risk_search: Option<&AtRiskSearch<'_, '_>>,
    ) {
        for track in &mut m.tracks {
            *track = Track {
                until: -1.0,
                windows: vec![false; self.horizon.windows.len()],
                ..Track::default()
            };
        }
        m.restarts.begin();
        let mut history = std::mem::take(&mut m.history);
        history.play(&self.laws, stream, |from, to, out| {
            if to > from {
                self.judged_interval(from, to, out, at_risk_search, m);
            }
        });
        m.history = history;
    }

    /// Harm in an interval, and at-risk if that is judged.
    fn judged_interval(
        &self,
        from: f64,
        to: f64,
        out: &[NodeId],
        at_risk_search: Option<&AtRiskSearch<'_, '_>>,
        m: &mut Memory<'_>,
    ) {
        let at_risk_cache = at_risk_search
            .and_then(|at_risk_search| Some((at_risk_search, m.at_risk_cache.take()?)));
        let Some((at_risk_search, mut at_risk_cache)) = at_risk_cache else {
            return self.stretch(from, to, out, m);
        };
        let at_risk_hours = at_risk_search.of(out, &mut at_risk_cache);
        for &s in &at_risk_hours.always {
            let track = &mut m.tracks[s as usize];
            track.at_risk += to - from + track.harmed();
        }
        self.stretch(from, to, out, m);
        for &s in &at_risk_hours.always {
            let track = &mut m.tracks[s as usize];
            track.at_risk -= track.harmed();
        }
        if !at_risk_hours.sometimes.is_empty() {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // In the horizon.
            let (first, end) = (from as usize, to.ceil() as usize);
            for hour in first..end {
                let lasts = to.min((hour + 1) as f64) - from.max(hour as f64);
                for s in at_risk_search.threatened(out, at_risk_hours, hour) {
                    m.tracks[s as usize].at_risk += lasts;
                }
            }
        }
        m.at_risk_cache = Some(at_risk_cache);
    }

    /// Harm in an interval, first while instances restart.
    fn stretch(&self, from: f64, to: f64, out: &[NodeId], m: &mut Memory<'_>) {
        let mut restarts = std::mem::take(&mut m.restarts);
        restarts.split(self.study, (from, to), out, |from, to, stopped| {
            self.interval(from, to, (out, stopped), m);
        });
        m.restarts = restarts;
    }

    fn interval(&self, from: f64, to: f64, (out, stopped): (&[NodeId], &[Ix]), m: &mut Memory<'_>) {
        let safe = if stopped.is_empty() {
            self.safe_level(out, m)
        } else {
            states::NEVER
        };
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Inside the horizon.
        let (first, end) = (from as usize, to.ceil() as usize);
        if self.levels.greatest(first, end) <= safe {
            return;
        }
        m.fail(self.study, out);
        let constant = self.horizon.demand.iter().all(|d| d.len() == 1);
        let mut state: Option<Base<'_, LANES>> = None;
        let mut hours = (first..end).filter(|&hour| self.levels.of(hour) > safe);
        loop {
            let (mut some, mut count) = ([end; LANES], 0);
            for hour in hours.by_ref().take(LANES) {
                some[count] = hour;
                count += 1;
            }
            if count == 0 {
                return;
            }
            self.fill_demand(&some, &mut m.demand);
            let state = match &mut state {
                Some(state) => {
                    if !constant {
                        state.set_demand(&m.demand);
                    }
                    state
                }
                None => state.insert(Base::evaluate_stopped(
                    self.study.compiled(),
                    self.study.capacity(),
                    &m.demand,
                    &m.failed,
                    stopped,
                )),
            };
            for (s, track) in m.tracks.iter_mut().enumerate() {
                for (lane, &hour) in some[..count].iter().enumerate() {
                    let piece = (from.max(hour as f64), to.min((hour + 1) as f64));
                    self.piece(state, s, lane, piece, track);
                }
            }
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
        let state = state.lane(lane);
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

    fn fill_demand(&self, hours: &[usize; LANES], demand: &mut [[f64; LANES]]) {
        for (lanes, series) in demand.iter_mut().zip(&self.horizon.demand) {
            let last = series.len() - 1;
            *lanes = hours.map(|hour| series[hour.min(last)]);
        }
    }

    /// The part of the greatest demands up to which a state certainly harms nobody.
    fn safe_level(&self, out: &[NodeId], m: &mut Memory<'_>) -> f64 {
        if let Some(&safe) = m.safe.get(out) {
            return safe;
        }
        m.fail(self.study, out);
        let mark = m.top.mark();
        m.top.fail_all(&m.failed);
        let safe = states::safe_level(&m.top);
        m.top.undo(mark);
        if m.safe.len() < REMEMBERED {
            m.safe.insert(out.to_vec(), safe);
        }
        safe
    }
}

impl Memory<'_> {
    /// Who is out, as the engine numbers them.
    fn fail(&mut self, study: &Study<'_>, out: &[NodeId]) {
        self.failed.clear();
        let ix = out.iter().map(|&v| study.compiled().ix(v));
        self.failed.extend(ix);
    }
}
