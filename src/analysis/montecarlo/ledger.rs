//! What histories add up to, and what that says.
//!
//! In: tracks of services through single histories. Out: sums in which the order of adding does not
//! matter, so that blocks, shards and resumed runs come to the same; and from them the answer, far
//! from the inventory if need be.

use super::answer::{PEAK_ALL_YEAR, YEAR};
use super::fixed::Fixed;
use super::interval::{self, Estimate, Interval, Range};
use super::run::are_blocks;
use super::settings::{Shard, Unfinished};
use super::snapshot::NotOneRun;
use super::spread::Spread;
use crate::model::NodeId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Histories of one block, the unit of randomness and of work.
pub const BLOCK: u64 = 16;
/// Opens the name of the method.
const HOW: &str = "sequential sampling";

/// Histories of failure and repair over a horizon.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
#[schemars(rename = "Sequential")]
pub struct SequentialOutcome<N = NodeId, R = Unfinished> {
    /// Length of the horizon, hours.
    pub hours: u64,
    /// Histories that were asked for.
    pub trials: u64,
    /// Histories that were done.
    pub trials_done: u64,
    /// Histories of these in which the hours at risk were judged.
    #[serde(default)]
    pub at_risk_judged: u64,
    /// False when it was ended early.
    pub complete: bool,
    /// Why it is incomplete.
    pub reason: Option<R>,
    /// Every service, by id; none if no history was done.
    pub services: Vec<ServiceHistory<N>>,
}

/// One service over the horizon.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
#[schemars(rename = "ServiceHistory")]
pub struct ServiceHistory<N = NodeId> {
    /// Its id.
    pub id: N,
    /// Hours down per history.
    pub hours_down: SpreadOf,
    /// Hours degraded (and not down) per history.
    pub hours_degraded: SpreadOf,
    /// Hours degraded or down per history.
    pub hours_harmed: SpreadOf,
    /// Hours at risk per history; `null` if they were not computed.
    #[serde(default)]
    pub hours_at_risk: Option<SpreadOf>,
    /// Hours ok per history; `null` if they were not computed.
    #[serde(default)]
    pub hours_ok: Option<SpreadOf>,
    /// Why the two are `null`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// Episodes of being degraded or down per history.
    pub episodes: SpreadOf,
    /// Episodes of being degraded or down in a year (8760 hours); `null` if the horizon is at the load of
    /// the peak throughout.
    pub frequency: Option<Estimate>,
    /// Hours degraded or down in a year; `null` likewise.
    pub hours_per_year: Option<Estimate>,
    /// Why the two are `null`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub per_year_reason: Option<String>,
    /// Hours of one episode, on average; `null` if none was seen.
    pub duration: Option<Range>,
    /// Unserved demand over the horizon, unit times hours.
    pub unserved: SpreadOf,
    /// For each named window, the probability of being degraded or down in it at any time.
    pub windows: Vec<WindowChance>,
}

/// A window and how likely harm in it is.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct WindowChance {
    /// Its name.
    pub name: String,
    /// Probability of being degraded or down in it at any time.
    pub probability: Estimate,
}

/// How a quantity is spread over histories.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
#[schemars(rename = "Spread")]
pub struct SpreadOf {
    /// Its mean, with its interval.
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
    /// What each asks for at most: unserved demand is added up in hours of it.
    pub greatest: Vec<f64>,
    /// Whether every hour asks for what the load case marked `peak` does.
    pub of_peak: bool,
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

    /// Whether a record can be one of this frame's: as many histories as its blocks have, and sums
    /// that so many histories can add up to.
    #[must_use]
    pub fn fits(&self, record: &HistoryRecord, shard: Option<Shard>) -> bool {
        let n = self.services.len();
        let sizes = [self.demand.len(), self.greatest.len(), record.sums.len()];
        let (blocks, count) = (self.blocks(), |f: fn(&Self, u64) -> u64| {
            record.blocks(shard).map(|b| f(self, b)).sum::<u64>()
        });
        sizes == [n, n, n]
            && are_blocks(record.next, &record.beyond, blocks, shard)
            && record.done == count(Self::trials_of)
            && record.judged == count(Self::judged_of)
            && (0..n).all(|s| self.are_sound(&record.sums[s], record, s))
    }

    /// Whether the sums of the s-th service can be those of a record.
    fn are_sound(&self, sums: &Sums, record: &HistoryRecord, s: usize) -> bool {
        let (done, judged, hours) = (record.done, record.judged, Some(self.hours as f64));
        let unit = self.unit(s);
        let total = sums.down.sum() + sums.degraded.sum();
        [&sums.down, &sums.degraded, &sums.harmed]
            .iter()
            .all(|x| x.is_sound(done, 1.0, hours))
            && sums.at_risk.is_sound(judged, 1.0, hours)
            && sums.ok.is_sound(judged, 1.0, hours)
            && sums.episodes.is_sound(done, 1.0, None)
            && sums.unserved.is_sound(done, unit, hours)
            && (total - sums.harmed.sum()).abs() <= 1e-9 * total + 1e-11 * done as f64
            && sums.episodes.hits() == sums.harmed.hits()
            && !sums.cross.is_full()
            && sums.windows.len() == self.windows.len()
            && sums.windows.iter().all(|&w| w <= sums.harmed.hits())
    }

    /// What unserved demand of the s-th service is added up in: hours of its greatest demand.
    pub(super) fn unit(&self, s: usize) -> f64 {
        let greatest = self.greatest[s];
        if greatest > 0.0 { greatest } else { 1.0 }
    }

    /// Whether all that a shard has to do is done.
    #[must_use]
    pub fn is_done(&self, record: &HistoryRecord) -> bool {
        record.next >= self.blocks()
    }

    /// The answer that a record holds.
    ///
    /// # Errors
    /// Sums grew beyond what can be held.
    pub fn answer(&self, record: &HistoryRecord) -> Result<SequentialOutcome, TooGreat> {
        if record.sums.iter().any(Sums::is_full) {
            return Err(TooGreat);
        }
        let all = (0..self.services.len()).filter(|_| record.done > 0);
        let complete = record.done == self.trials;
        Ok(SequentialOutcome {
            hours: self.hours,
            trials: self.trials,
            trials_done: record.done,
            at_risk_judged: record.judged,
            complete,
            reason: (!complete).then_some(Unfinished::Histories),
            services: all.map(|s| self.service(record, s)).collect(),
        })
    }

    /// The s-th service, of which there is at least one history.
    fn service(&self, record: &HistoryRecord, s: usize) -> ServiceHistory {
        let (sums, unit) = (&record.sums[s], self.unit(s));
        let (hours, done) = (self.hours as f64, record.done);
        let a_year = |spread: &Spread, most| {
            let mean = spread.mean(done, most).scaled(0.0, YEAR / hours).named(HOW);
            (!self.of_peak).then_some(mean)
        };
        let (at_risk, reason) = match self.fine(sums, record) {
            Ok(both) => (Some(both), None),
            Err(reason) => (None, Some(reason)),
        };
        let (hours_at_risk, hours_ok) = at_risk.unzip();
        let windows = self.windows.iter().zip(&sums.windows);
        ServiceHistory {
            id: self.services[s],
            hours_down: of(&sums.down, done, Some(hours), HOW),
            hours_degraded: of(&sums.degraded, done, Some(hours), HOW),
            hours_harmed: of(&sums.harmed, done, Some(hours), HOW),
            hours_at_risk,
            hours_ok,
            reason,
            episodes: of(&sums.episodes, done, None, HOW),
            frequency: a_year(&sums.episodes, None),
            hours_per_year: a_year(&sums.harmed, Some(hours)),
            per_year_reason: self.of_peak.then(|| PEAK_ALL_YEAR.to_owned()),
            duration: sums.duration(done).map(Range::from),
            unserved: in_units(&sums.unserved, done, Some(self.demand[s] / unit), unit),
            windows: windows
                .map(|(name, &hits)| WindowChance {
                    name: name.clone(),
                    probability: interval::proportion(hits, done).named(HOW),
                })
                .collect(),
        }
    }

    /// Hours at risk and hours ok.
    fn fine(&self, s: &Sums, record: &HistoryRecord) -> Result<(SpreadOf, SpreadOf), String> {
        self.risk.clone()?;
        if record.judged == 0 {
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

/// Sums over histories that cannot be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "hours and episodes of all histories add up to more than can be held: ask for fewer histories or hours"
)]
pub struct TooGreat;

impl HistoryRecord {
    /// The blocks that are done.
    fn blocks(&self, shard: Option<Shard>) -> impl Iterator<Item = u64> + '_ {
        let before = (0..self.next).filter(move |&b| shard.is_none_or(|s| s.has(b)));
        before.chain(self.beyond.iter().copied())
    }

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

/// Of at least one history.
fn of(spread: &Spread, done: u64, most: Option<f64>, how: &str) -> SpreadOf {
    SpreadOf {
        mean: spread.mean(done, most).named(how),
        p50: spread.percentile(0.5),
        p95: spread.percentile(0.95),
        p99: spread.percentile(0.99),
    }
}

/// The same of sums in a unit of their own; percentiles are counted as they are.
fn in_units(spread: &Spread, done: u64, most: Option<f64>, unit: f64) -> SpreadOf {
    let mean = spread.mean(done, most).scaled(0.0, unit).named(HOW);
    SpreadOf {
        mean,
        ..of(spread, done, most, HOW)
    }
}

impl Sums {
    /// Adds one history; `unit` is that of unserved demand.
    pub fn add(&mut self, track: &Track, unit: f64) {
        self.down.add(track.down, 1.0);
        self.degraded.add(track.degraded, 1.0);
        self.harmed.add(track.harmed(), 1.0);
        self.episodes.add(track.episodes, 1.0);
        self.cross.add(Fixed::of(track.harmed() * track.episodes));
        self.unserved.add(track.unserved, unit);
        for (sum, &hit) in self.windows.iter_mut().zip(&track.windows) {
            *sum += u64::from(hit);
        }
    }

    /// Adds what one history says of at-risk, over so many hours.
    pub fn add_risk(&mut self, track: &Track, hours: f64) {
        // What sums of hours leave over is no time.
        let time = |x: f64| if x < 1e-6 { 0.0 } else { x };
        self.at_risk.add(time(track.at_risk), 1.0);
        self.ok
            .add(time(hours - track.harmed() - track.at_risk), 1.0);
    }

    fn is_full(&self) -> bool {
        let spreads = [
            &self.down,
            &self.degraded,
            &self.harmed,
            &self.at_risk,
            &self.ok,
            &self.episodes,
            &self.unserved,
        ];
        self.cross.is_full() || spreads.into_iter().any(Spread::is_full)
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
