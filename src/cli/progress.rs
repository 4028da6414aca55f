//! Progress of long work on stderr, and the way to end it early.

use super::interrupt;
use crate::analysis::{Estimating, Watch};
use crate::report::naming::SimulateNames;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar with rate and time to go; hidden when stderr is no terminal.
pub(super) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    pub(super) fn new(what: &'static str, quiet: bool) -> Self {
        interrupt::keep();
        let target = if quiet {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr_with_hz(10)
        };
        let bar = ProgressBar::with_draw_target(Some(0), target).with_message(what);
        let form =
            "{msg} {wide_bar} {percent:>3} %  {human_pos}/{human_len}  {per_sec}  {eta} to go";
        if let Ok(style) = ProgressStyle::with_template(form) {
            bar.set_style(style.progress_chars("━╸─"));
        }
        Self { bar }
    }

    /// Whether anybody sees it.
    fn is_hidden(&self) -> bool {
        self.bar.is_hidden()
    }

    /// The same, for a simulation, with the least certain estimate so far before the bar.
    pub(super) fn naming<'p>(&'p self, names: &'p SimulateNames) -> Estimates<'p> {
        Estimates {
            progress: self,
            names,
        }
    }

    /// Something is shown while the bar is out of the way.
    pub(super) fn aside(&self, tell: impl FnOnce()) {
        self.bar.suspend(tell);
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.finish();
    }
}

impl Watch for Progress {
    fn advance(&self, steps: u64) {
        self.bar.inc(steps);
    }

    fn total(&self, steps: u64) {
        self.bar.set_length(steps);
    }

    fn stop(&self) -> bool {
        interrupt::is_asked()
    }
}

/// Progress of a simulation.
pub(super) struct Estimates<'p> {
    progress: &'p Progress,
    names: &'p SimulateNames,
}

impl Watch for Estimates<'_> {
    fn advance(&self, steps: u64) {
        self.progress.advance(steps);
    }

    fn total(&self, steps: u64) {
        self.progress.total(steps);
    }

    fn estimate(&self, now: &Estimating) {
        if !self.progress.is_hidden() {
            self.progress.bar.set_message(self.names.estimating(now));
        }
    }

    fn stop(&self) -> bool {
        self.progress.stop()
    }
}
