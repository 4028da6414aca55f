//! What histories add up to, and what that says.
//!
//! In: tracks of services through single histories. Out: sums in which the order of adding does not
//! matter, so that blocks, shards and resumed runs come to the same; and from them the answer, far
//! from the inventory if need be.

use super::answer::{YEAR, rounded_zero};
use super::fixed::Fixed;
use super::interval::{self, Estimate, Interval};
use super::settings::Shard;
use super::snapshot::NotOneRun;
use super::spread::Spread;
use crate::model::NodeId;
use serde::{Deserialize, Serialize};

/// Histories of one block, the unit of randomness and of work.
pub const BLOCK: u64 = 16;
/// Opens the name of the method.
const HOW: &str = "sequential sampling";

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
    /// Histories in which at-risk was judged.
    pub judged: u64,
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
    /// Hours at risk and hours ok, or why they are not known.
    pub fine: Result<(SpreadOf, SpreadOf), String>,
    /// Episodes of harm.
    pub episodes: SpreadOf,
    /// Episodes of harm in a year.
    pub frequency: Estimate,
    /// Mean hours of an episode, if there was one.
    pub duration: Option<Estimate>,
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

/// All that histories have shown so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HistoryRecord {
    /// Every block of this run below this number is done.
    pub(super) next: u64,
    /// Blocks done at or above it, ascending: what was interrupted leaves gaps.
    pub(super) beyond: Vec<u64>,
    /// Histories done.
    pub(super) done: u64,
    /// Histories of these in which at-risk was judged.
    pub(super) judged: u64,
    /// By service.
    pub(super) sums: Vec<Sums>,
}

/// What a record is about: all that an answer needs besides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HistoryFrame {
    /// Hours of the horizon.
    pub hours: u64,
    /// Histories asked for.
    pub trials: u64,
    /// Every service, by id.
    pub services: Vec<NodeId>,
    /// What each asks for in all, unit times hours.
    pub demand: Vec<f64>,
    /// Names of the windows.
    pub windows: Vec<String>,
    /// Components of which only an unavailability is known.
    pub assumed_repair: u64,
    /// At-risk is judged in every so many histories; or why in none.
    pub risk: Result<u64, String>,
}

/// Sums over histories, of one service.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sums {
    down: Spread,
    degraded: Spread,
    harmed: Spread,
    at_risk: Spread,
    ok: Spread,
    episodes: Spread,
    /// Hours of harm times episodes.
    cross: Fixed,
    unserved: Spread,
    windows: Vec<u64>,
}

/// One service in one history.
#[derive(Clone, Default)]
pub struct Track {
    /// Hours down.
    pub down: f64,
    /// Hours degraded.
    pub degraded: f64,
    /// Hours at risk, if that is judged.
    pub at_risk: f64,
    /// Unserved demand.
    pub unserved: f64,
    /// Episodes of harm.
    pub episodes: f64,
    /// When harm was last seen.
    pub until: f64,
    /// Per window: whether there was harm in it.
    pub windows: Vec<bool>,
}

impl Track {
    /// Hours degraded or down.
    #[must_use]
    pub fn harmed(&self) -> f64 {
        self.down + self.degraded
    }
}

impl HistoryFrame {
    /// How many blocks there are.
    #[must_use]
    pub fn blocks(&self) -> u64 {
        self.trials.div_ceil(BLOCK)
    }

    /// How many histories a block has: the last one may be short.
    #[must_use]
    pub fn trials_of(&self, block: u64) -> u64 {
        (self.trials - block * BLOCK).min(BLOCK)
    }

    /// Whether at-risk is judged in a history of a block.
    #[must_use]
    pub fn is_judged(&self, block: u64, trial: u64) -> bool {
        let every = self.risk.as_ref().copied().unwrap_or(0);
        every > 0 && (block * BLOCK + trial).is_multiple_of(every)
    }

    /// In how many histories of a block at-risk is judged.
    #[must_use]
    pub fn judged_of(&self, block: u64) -> u64 {
        let all = 0..self.trials_of(block);
        all.filter(|&t| self.is_judged(block, t)).count() as u64
    }

    /// How many histories a shard has.
    #[must_use]
    pub fn trials_of_shard(&self, shard: Option<Shard>) -> u64 {
        let mine = (0..self.blocks()).filter(|b| shard.is_none_or(|s| s.has(*b)));
        mine.map(|b| self.trials_of(b)).sum()
    }

    /// Nothing yet.
    #[must_use]
    pub fn nothing(&self) -> HistoryRecord {
        HistoryRecord {
            sums: vec![self.empty(); self.services.len()],
            ..HistoryRecord::default()
        }
    }

    /// No history of one service.
    #[must_use]
    pub fn empty(&self) -> Sums {
        Sums {
            windows: vec![0; self.windows.len()],
            ..Sums::default()
        }
    }

    /// Whether a record can be one of this frame's.
    #[must_use]
    pub fn fits(&self, record: &HistoryRecord) -> bool {
        let sound = |s: &Sums| {
            s.windows.len() == self.windows.len() && s.windows.iter().all(|&w| w <= record.done)
        };
        self.demand.len() == self.services.len()
            && record.sums.len() == self.services.len()
            && record.done <= self.trials
            && record.judged <= record.done
            && record.sums.iter().all(sound)
    }

    /// Whether all that a shard has to do is done.
    #[must_use]
    pub fn is_done(&self, record: &HistoryRecord) -> bool {
        record.next >= self.blocks()
    }

    /// The answer that a record holds.
    #[must_use]
    pub fn answer(&self, record: &HistoryRecord) -> SequentialOutcome {
        let services = self.services.iter().zip(&self.demand).zip(&record.sums);
        let (hours, done) = (self.hours as f64, record.done);
        let services = services.map(|((&service, &demand), s)| ServiceHistory {
            service,
            down: of(&s.down, done, Some(hours), HOW),
            degraded: of(&s.degraded, done, Some(hours), HOW),
            harmed: of(&s.harmed, done, Some(hours), HOW),
            fine: self.fine(s, record),
            episodes: of(&s.episodes, done, None, HOW),
            frequency: mean(&s.episodes, done, None)
                .scaled(0.0, YEAR / hours)
                .named(HOW),
            duration: s.duration(done).map(|d| d.named(HOW)),
            unserved: of(&s.unserved, done, Some(demand), HOW),
            windows: self
                .windows
                .iter()
                .zip(&s.windows)
                .map(|(name, &hits)| {
                    let chance = match done {
                        0 => rounded_zero(),
                        n => interval::proportion(hits, n),
                    };
                    (name.clone(), chance.named(HOW))
                })
                .collect(),
        });
        SequentialOutcome {
            hours: self.hours,
            trials: self.trials,
            done,
            services: services.collect(),
            assumed_repair: self.assumed_repair,
            judged: record.judged,
        }
    }

    /// Hours at risk and hours ok.
    fn fine(&self, s: &Sums, record: &HistoryRecord) -> Result<(SpreadOf, SpreadOf), String> {
        self.risk.clone()?;
        if record.judged == 0 && record.done > 0 {
            return Err("interrupted before a history in which it is judged".to_owned());
        }
        let some = format!("{HOW} of every history in {}", self.risk.clone()?);
        let how = if record.judged == record.done {
            HOW
        } else {
            &some
        };
        let hours = Some(self.hours as f64);
        Ok((
            of(&s.at_risk, record.judged, hours, how),
            of(&s.ok, record.judged, hours, how),
        ))
    }
}

impl HistoryRecord {
    /// Adds the histories of another part of the same run.
    ///
    /// # Errors
    /// The two do not belong together.
    pub fn merge(&mut self, other: &Self) -> Result<(), NotOneRun> {
        if self.sums.len() != other.sums.len() {
            return Err(NotOneRun);
        }
        self.add(other.done, other.judged, &other.sums);
        self.next = self.next.min(other.next);
        self.beyond.clear();
        Ok(())
    }

    /// Adds so many histories, with at-risk judged in so many of them.
    pub(super) fn add(&mut self, trials: u64, judged: u64, sums: &[Sums]) {
        self.done += trials;
        self.judged += judged;
        self.sums.iter_mut().zip(sums).for_each(|(s, p)| s.merge(p));
    }
}

fn mean(spread: &Spread, done: u64, most: Option<f64>) -> Interval {
    match done {
        0 => rounded_zero(),
        n => spread.mean(n, most),
    }
}

fn of(spread: &Spread, done: u64, most: Option<f64>, how: &str) -> SpreadOf {
    SpreadOf {
        mean: mean(spread, done, most).named(how),
        p50: spread.percentile(0.5),
        p95: spread.percentile(0.95),
        p99: spread.percentile(0.99),
    }
}

impl Sums {
    /// Adds one history.
    pub fn add(&mut self, track: &Track) {
        self.down.add(track.down);
        self.degraded.add(track.degraded);
        self.harmed.add(track.harmed());
        self.episodes.add(track.episodes);
        self.cross.add(Fixed::of(track.harmed() * track.episodes));
        self.unserved.add(track.unserved);
        for (sum, &hit) in self.windows.iter_mut().zip(&track.windows) {
            *sum += u64::from(hit);
        }
    }

    /// Adds what one history says of at-risk, over so many hours.
    pub fn add_risk(&mut self, track: &Track, hours: f64) {
        // What sums of hours leave over is no time.
        let time = |x: f64| if x < 1e-6 { 0.0 } else { x };
        self.at_risk.add(time(track.at_risk));
        self.ok.add(time(hours - track.harmed() - track.at_risk));
    }

    /// Mean hours of an episode.
    fn duration(&self, done: u64) -> Option<Interval> {
        let (hours, episodes) = (self.harmed.sum(), self.episodes.sum());
        if done == 0 || episodes <= 0.0 {
            return None;
        }
        let (n, ratio) = (done as f64, hours / episodes);
        let off = self.harmed.squares() - 2.0 * ratio * self.cross.get()
            + ratio * ratio * self.episodes.squares();
        let square = off / n / (episodes / n * (episodes / n));
        Some(interval::ratio(ratio, square, self.harmed.hits(), done))
    }

    fn merge(&mut self, other: &Self) {
        self.at_risk.merge(&other.at_risk);
        self.ok.merge(&other.ok);
        self.cross.add(other.cross);
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
