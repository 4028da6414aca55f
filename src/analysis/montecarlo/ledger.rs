//! What histories add up to, and what that says.
//!
//! In: tracks of services through single histories. Out: sums in which the order of adding does not
//! matter, so that blocks, shards and resumed runs come to the same; and from them the answer, far
//! from the inventory if need be.

use super::answer::rounded_zero;
use super::interval::{self, Estimate};
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

/// All that histories have shown so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HistoryRecord {
    /// Every block of this run below this number is done.
    pub(super) next: u64,
    /// Blocks done at or above it, ascending: what was interrupted leaves gaps.
    pub(super) beyond: Vec<u64>,
    /// Histories done.
    pub(super) done: u64,
    /// By service.
    pub(super) sums: Vec<Sums>,
}

/// What a record is about: all that an answer needs besides.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
}

/// Sums over histories, of one service.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sums {
    down: Spread,
    degraded: Spread,
    harmed: Spread,
    episodes: Spread,
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
    /// Unserved demand.
    pub unserved: f64,
    /// Episodes of harm.
    pub episodes: f64,
    /// When harm was last seen.
    pub until: f64,
    /// Per window: whether there was harm in it.
    pub windows: Vec<bool>,
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
            down: of(&s.down, done, Some(hours)),
            degraded: of(&s.degraded, done, Some(hours)),
            harmed: of(&s.harmed, done, Some(hours)),
            episodes: of(&s.episodes, done, None),
            mean_duration: (s.episodes.sum() > 0.0).then(|| s.harmed.sum() / s.episodes.sum()),
            unserved: of(&s.unserved, done, Some(demand)),
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
        }
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
        self.add(other.done, &other.sums);
        self.next = self.next.min(other.next);
        self.beyond.clear();
        Ok(())
    }

    /// Adds so many histories.
    pub(super) fn add(&mut self, trials: u64, sums: &[Sums]) {
        self.done += trials;
        self.sums.iter_mut().zip(sums).for_each(|(s, p)| s.merge(p));
    }
}

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
    /// Adds one history.
    pub fn add(&mut self, track: &Track) {
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
