//! Sequential simulation: histories of failure and repair over a horizon, against the load hour by
//! hour.
//!
//! In: a study and a [`Horizon`]. Out: per service the hours in each status, episodes, unserved
//! demand, and how likely harm is in each window. Promise: a pure function of inputs and seed. A
//! state that harms nobody at the greatest demand of every service harms nobody at any hour (in one
//! state, loads only grow with demand), so hours are looked at only in states that fail this test.

use super::history::{History, Laws};
use super::horizon::{Horizon, HorizonError};
use super::ledger::{HistoryFrame, HistoryRecord, SequentialOutcome, Sums, Track};
use super::pool::Pool;
use super::settings::Shard;
use super::stream::{Domain, Stream};
use crate::analysis::status::own_status;
use crate::analysis::{Study, Watch};
use crate::engine::{Base, Ix, Scratch};
use crate::model::{NodeId, Status};
use rayon::prelude::*;
use std::collections::HashMap;

/// Blocks between two looks at whether to stop.
const ROUND: u64 = 64;
/// Hours evaluated together.
const LANES: usize = 8;
/// States a thread remembers.
const REMEMBERED: usize = 1 << 16;

/// A horizon that was found sound, with its laws.
pub struct Sequential<'s, 'a> {
    study: &'s Study<'a>,
    horizon: Horizon,
    laws: Laws,
    frame: HistoryFrame,
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
        let (laws, assumed_repair) = horizon.laws(study)?;
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
            windows: horizon.windows.iter().map(|w| w.0.clone()).collect(),
            assumed_repair,
        };
        Ok(Self {
            study,
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
    pub fn run(&self, watch: &dyn Watch) -> SequentialOutcome {
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
                    || idle.lend(|| self.memory(&top)),
                    |memory, b| self.block(b, memory, watch).map(|sums| (b, sums)),
                )
                .flatten()
                .collect();
            for (block, sums) in &done {
                record.add(self.frame.trials_of(*block), sums);
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

    /// One block; `None` when it was stopped before its end.
    fn block(&self, block: u64, m: &mut Memory<'_>, watch: &dyn Watch) -> Option<Vec<Sums>> {
        let mut stream = Stream::new(self.horizon.seed, Domain::Sequential, block);
        let trials = self.frame.trials_of(block);
        let mut sums = vec![self.frame.empty(); m.tracks.len()];
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
        Some(sums)
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
}
