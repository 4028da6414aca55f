//! Files of long and divided runs: what comes of them, and what is kept meanwhile.

use super::answer::{Answer, Exit, Failure};
use super::files::{self, Kind};
use super::shard::shard;
use super::{interrupt, sealed};
use crate::analysis::montecarlo::Shard;
use crate::analysis::{Keep, SweepRecord};
use anyhow::{Result, anyhow};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Time between two checkpoints, at least.
pub(super) const EVERY: Duration = Duration::from_secs(10);
/// The most of the time that goes into writing them: one part in so many.
const SHARE: u32 = 10;
/// More parts than this are no use to a sweep.
const MOST_PARTS: u64 = 1_000_000;

/// Files of long and divided runs, as typed.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Long runs")]
pub(super) struct LongArgs {
    /// Write what is done to this file now and then
    #[arg(long, value_name = "FILE")]
    pub(super) checkpoint: Option<PathBuf>,
    /// Go on from the checkpoint, if it is there
    #[arg(long, requires = "checkpoint")]
    pub(super) resume: bool,
    /// Only part I of N, `1/4` to `4/4`; `auto/4` takes I from the job array, never N
    #[arg(long, value_name = "I/N", requires = "output", value_parser = shard)]
    pub(super) shard: Option<Shard>,
    /// File for the result as JSON, or for the part of a shard
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

impl LongArgs {
    /// Looks before any work whether what comes of it can be kept: a result of one kind, or a part of
    /// another; beside other files.
    pub(super) fn can_be_written(
        &self,
        (result, part): (Kind, impl Fn(Option<Shard>) -> Kind),
        others: &[&PathBuf],
    ) -> Result<(), Failure> {
        let output = self.shard.map_or(result, |_| part(self.shard));
        let both = [(&self.checkpoint, part(self.shard)), (&self.output, output)];
        for (path, kind) in both {
            if let Some(path) = path {
                files::can_write(path, kind)?;
            }
        }
        let paths = both.iter().filter_map(|(path, _)| path.as_ref());
        let paths: Vec<_> = paths.chain(others.iter().copied()).collect();
        Ok(files::are_distinct(&paths)?)
    }
}

/// Whether a sweep can be cut into so many parts.
///
/// # Errors
/// It cannot.
pub(super) fn is_sensible(shard: Option<Shard>) -> Result<(), Failure> {
    match shard {
        Some(shard) if shard.count > MOST_PARTS => {
            let asked = sealed::part_name(shard);
            Err(anyhow!("--shard {asked}: a sweep has at most {MOST_PARTS} parts").into())
        }
        _ => Ok(()),
    }
}

/// What a part that is written says: nothing but how it ended, which is what `parts` says of it, also where a
/// signal came while it was written.
pub(super) fn part_answer(warnings: Vec<String>, is_whole: bool) -> Answer {
    if is_whole {
        interrupt::done();
    }
    Answer {
        data: String::new(),
        warnings,
        exit: if is_whole {
            Exit::Done
        } else {
            Exit::Incomplete
        },
    }
}

/// A file that a run is kept in now and then.
pub(super) struct Kept<'k, R> {
    path: Option<&'k Path>,
    write: &'k (dyn Fn(&Path, R) -> Result<()> + Sync),
    /// When it was written last, and how long to wait from then on.
    last: Mutex<(Instant, Duration)>,
}

impl<'k, R> Kept<'k, R> {
    /// Nothing is kept without a path.
    pub(super) fn new(
        path: Option<&'k Path>,
        write: &'k (dyn Fn(&Path, R) -> Result<()> + Sync),
    ) -> Self {
        Self {
            path,
            write,
            last: Mutex::new((Instant::now(), EVERY)),
        }
    }
}

impl<R> Kept<'_, R> {
    /// Whether it is time to.
    pub(super) fn is_time(&self) -> bool {
        self.path.is_some() && {
            let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            last.0.elapsed() >= last.1
        }
    }

    /// Writes it. Trouble shows at the latest when it is written for the last time.
    pub(super) fn write(&self, record: impl FnOnce() -> R) {
        let Some(path) = self.path else { return };
        let began = Instant::now();
        let _ = (self.write)(path, record());
        let now = Instant::now();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = (now, EVERY.max((now - began) * SHARE));
    }
}

impl Keep for Kept<'_, SweepRecord> {
    fn is_due(&self) -> bool {
        self.is_time()
    }
    fn keep(&self, record: &dyn Fn() -> SweepRecord) {
        self.write(record);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checkpoints_do_not_take_more_than_their_share() {
        let slow = |_: &Path, _: SweepRecord| {
            std::thread::sleep(Duration::from_millis(1200));
            Ok(())
        };
        let kept = Kept::new(Some(Path::new("x")), &slow);
        assert!(!kept.is_due(), "it has just begun");
        kept.last.lock().expect("nobody panicked").1 = Duration::ZERO;
        assert!(kept.is_due());
        kept.keep(&SweepRecord::default);
        let wait = kept.last.lock().expect("nobody panicked").1;
        assert!(
            wait >= Duration::from_secs(12) && !kept.is_due(),
            "{wait:?}"
        );
        assert!(!Kept::new(None, &slow).is_due());
    }
}
