//! An assessment in parts: what of it is divided, and what is found of that.
//!
//! In: a study, which part. Out: an [`AssessRecord`] with a part of the sweep, of the sweep of the first minutes
//! where both readings are asked for, and of the trials where the scenario simulates. Promises: everything
//! else of an assessment is worked out by whoever puts the parts together, and is the same as in one run.

use super::first_minutes::FirstSweep;
use super::montecarlo::{Frame, Record, Settings, SettingsError, Shard, SimulateOutcome, Snapshot};
use super::stages::{Stage, Stages};
use super::{Keep, Study, SweepRecord, Unfit, Watch};
use serde::{Deserialize, Serialize};

/// What was found of an assessment in a part of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AssessRecord {
    /// Of the sweep.
    sweep: SweepRecord,
    /// Of the sweep before anything has restarted, where that is asked for; nothing before it is begun.
    first: Option<SweepRecord>,
    /// Of the trials, where the scenario simulates; nothing before they are begun.
    simulate: Option<Trials>,
    /// Whether all that belongs to it is done.
    whole: bool,
}

/// Trials of a part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Trials {
    frame: Frame,
    record: Record,
}

impl AssessRecord {
    /// Whether all that belongs to it is done.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.whole
    }
}

/// Why there is no part.
#[derive(Debug, thiserror::Error)]
pub enum NoPart {
    /// The scenario cannot be simulated as it asks.
    #[error("the scenario cannot be simulated as it asks")]
    Settings(Vec<SettingsError>),
    /// What is gone on from is of something else.
    #[error(transparent)]
    Unfit(#[from] Unfit),
}

/// Does a part of an assessment; goes on from `before`, which is of the same part. `keep` says when what is
/// done is to be kept, and `kept` is given it.
///
/// # Errors
/// Every reason why the scenario cannot be simulated as it asks, or `before` is of something else.
pub fn assess_part(
    study: &Study<'_>,
    (shard, before): (Shard, Option<AssessRecord>),
    (due, kept): (&(dyn Fn() -> bool + Sync), &(dyn Fn(AssessRecord) + Sync)),
    stages: &dyn Stages,
) -> Result<AssessRecord, NoPart> {
    let snapshot = study
        .scenario()
        .simulate
        .map(|spec| {
            let settings = Settings {
                shard: Some(shard),
                ..Settings::new(spec.trials, spec.seed)
            };
            Snapshot::new(study, settings).map_err(NoPart::Settings)
        })
        .transpose()?;
    let mut all = before.unwrap_or_default();
    all.whole = false;
    let order = study.scenario().sweep.order;
    {
        let watch = stages.begin(Stage::Sweep);
        let so_far = all.clone();
        let with = |sweep| AssessRecord {
            sweep,
            ..so_far.clone()
        };
        let keep = Keeping {
            due,
            kept,
            with: &with,
        };
        let before = Some(&so_far.sweep);
        all.sweep = study
            .sweep_part(order, (Some(shard), before), &keep, &*watch)?
            .0;
    }
    let first = FirstSweep::of(study);
    if let Some(first) = first.as_ref().filter(|_| all.sweep.is_whole()) {
        let study = first.study(study);
        let watch = stages.begin(Stage::Sweep);
        let so_far = all.clone();
        let with = |first| AssessRecord {
            first: Some(first),
            ..so_far.clone()
        };
        let keep = Keeping {
            due,
            kept,
            with: &with,
        };
        let before = so_far.first.as_ref();
        let part = study
            .sweep_part(order, (Some(shard), before), &keep, &*watch)?
            .0;
        all.first = Some(part);
    }
    let swept = all.sweep.is_whole()
        && (first.is_none() || all.first.as_ref().is_some_and(SweepRecord::is_whole));
    let mut drawn = snapshot.is_none();
    if let Some(snapshot) = snapshot.filter(|_| swept) {
        let watch = stages.begin(Stage::Simulate);
        drawn = trials(&snapshot, &mut all, (due, kept), &*watch)?;
    }
    all.whole = swept && drawn;
    Ok(all)
}

/// Draws the trials of a part; returns whether that is all of them.
fn trials(
    snapshot: &Snapshot<'_, '_>,
    all: &mut AssessRecord,
    (due, kept): (&(dyn Fn() -> bool + Sync), &(dyn Fn(AssessRecord) + Sync)),
    watch: &dyn Watch,
) -> Result<bool, Unfit> {
    let before = all.simulate.take().map(|trials| trials.record);
    let frame = snapshot.frame();
    if before.as_ref().is_some_and(|record| !frame.fits(record)) {
        return Err(Unfit);
    }
    // What is worked out before the first trial takes its time.
    if watch.stop() {
        return Ok(false);
    }
    let of = |record| AssessRecord {
        simulate: Some(Trials {
            frame: frame.clone(),
            record,
        }),
        ..all.clone()
    };
    let record = snapshot.run(before, watch, &mut |record| {
        if due() {
            kept(of(record()));
        }
    });
    let is_whole = frame.answer(&record).complete;
    *all = of(record);
    Ok(is_whole)
}

/// Keeps a sweep as a part of something larger.
struct Keeping<'k> {
    due: &'k (dyn Fn() -> bool + Sync),
    kept: &'k (dyn Fn(AssessRecord) + Sync),
    with: &'k (dyn Fn(SweepRecord) -> AssessRecord + Sync),
}

impl Keep for Keeping<'_> {
    fn is_due(&self) -> bool {
        (self.due)()
    }
    fn keep(&self, record: &dyn Fn() -> SweepRecord) {
        (self.kept)((self.with)(record()));
    }
}

/// All parts of an assessment, put together: what is not worked out again.
#[derive(Debug)]
pub struct Joined {
    /// Of the sweep.
    pub(super) sweep: Vec<SweepRecord>,
    /// Of the sweep before anything has restarted.
    pub(super) first: Vec<SweepRecord>,
    /// What all trials show.
    pub(super) simulate: Option<SimulateOutcome>,
}

impl Joined {
    /// From all parts of one run, in order.
    ///
    /// # Errors
    /// They are not all whole, or not of one run.
    pub fn new(parts: Vec<AssessRecord>) -> Result<Self, Unfit> {
        let mut trials: Option<Trials> = None;
        let mut all = Self {
            sweep: Vec::new(),
            first: Vec::new(),
            simulate: None,
        };
        for part in parts {
            if !part.is_whole() {
                return Err(Unfit);
            }
            all.sweep.push(part.sweep);
            all.first.extend(part.first);
            match (&mut trials, part.simulate) {
                (Some(mine), Some(more)) if more.frame.fits(&more.record) => {
                    mine.record.merge(&more.record).map_err(|_| Unfit)?;
                }
                (None, Some(first)) if first.frame.fits(&first.record) => trials = Some(first),
                (None, None) => {}
                _ => return Err(Unfit),
            }
        }
        all.simulate = trials.map(|all| all.frame.answer(&all.record));
        Ok(all)
    }
}
