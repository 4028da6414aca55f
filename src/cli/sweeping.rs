//! Progress of a sweep: what it will take is shown before it takes long, and what would take more
//! memory than it may is refused. In: estimates from the analysis, a clock, a limit. Promises: the
//! clock goes into what is shown on stderr, never into a decision.

use super::progress::Progress;
use super::stderr::note;
use crate::analysis::{Incomplete, Memory, SweepCost, Watch};
use crate::model::{Scenario, System};
use crate::report::naming::incomplete;
use crate::report::number::{bytes, count};
use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Shorter sweeps need no announcement.
const LONG: Duration = Duration::from_secs(60);
/// What evaluating a pair costs, beside a single failure with all that comes before the first.
const PAIR: f64 = 0.7;
/// Kinds that are named.
const KINDS: usize = 5;

/// A watch over a sweep.
pub(super) struct Sweeping<'s> {
    progress: Progress,
    /// Whose sweep it is, and whether it is to be announced.
    of: (&'s System, &'s Scenario),
    quiet: bool,
    most: Option<u64>,
    began: OnceLock<Instant>,
    refused: OnceLock<Memory>,
    workers: AtomicUsize,
}

impl<'s> Sweeping<'s> {
    /// At most so many bytes, if there is a limit.
    pub(super) fn new(
        progress: Progress,
        quiet: bool,
        of: (&'s System, &'s Scenario),
        most: Option<u64>,
    ) -> Self {
        Self {
            progress,
            of,
            quiet,
            most,
            began: OnceLock::new(),
            refused: OnceLock::new(),
            workers: AtomicUsize::new(usize::MAX),
        }
    }

    /// The same for sweeps that only help another analysis: nothing is announced.
    pub(super) fn silent(self) -> Self {
        Self {
            quiet: true,
            ..self
        }
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        self.progress.finish();
    }

    /// Why the sweep is incomplete, if it is.
    pub(super) fn reason(&self) -> String {
        let refused = self.refused.get().copied();
        let why = refused.map_or(Incomplete::Interrupted, Incomplete::Memory);
        incomplete(why, self.most)
    }

    /// How many elements there are of each kind, most first.
    fn kinds(&self) -> Vec<(&'s str, usize)> {
        let (system, scenario) = self.of;
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        for &e in &scenario.sweep.elements {
            *kinds.entry(&system.node(e).kind).or_default() += 1;
        }
        let mut kinds: Vec<_> = kinds.into_iter().collect();
        kinds.sort_by_key(|&(_, n)| std::cmp::Reverse(n));
        kinds
    }
}

impl Watch for Sweeping<'_> {
    fn advance(&self, steps: u64) {
        self.progress.advance(steps);
    }

    fn total(&self, steps: u64) {
        self.began.get_or_init(Instant::now);
        self.progress.total(steps);
    }

    fn cost(&self, rest: &SweepCost) {
        let so_far = self.began.get().map_or(Duration::ZERO, Instant::elapsed);
        if let Some(text) = announcement(rest, so_far, &self.kinds()).filter(|_| !self.quiet) {
            self.progress.aside(|| note(&text));
        }
    }

    fn allows(&self, needs: Memory) -> bool {
        let Some(most) = self.most else {
            return true;
        };
        if needs.bytes > most {
            if self.refused.set(needs).is_ok() && !self.quiet {
                self.progress
                    .aside(|| note(&incomplete(Incomplete::Memory(needs), Some(most))));
            }
            return false;
        }
        let more = (most - needs.bytes) / needs.per_thread.max(1);
        let workers = usize::try_from(more)
            .unwrap_or(usize::MAX)
            .saturating_add(1);
        self.workers.store(workers, Ordering::Relaxed);
        true
    }

    fn workers(&self) -> usize {
        self.workers.load(Ordering::Relaxed)
    }

    fn stop(&self) -> bool {
        self.progress.stop()
    }
}

/// What is shown of a sweep that will take long, given how long it took so far.
fn announcement(rest: &SweepCost, so_far: Duration, kinds: &[(&str, usize)]) -> Option<String> {
    let each = so_far.as_secs_f64() / rest.done.max(1) as f64;
    let seconds = PAIR * each * rest.evaluations as f64;
    if seconds < LONG.as_secs_f64() {
        return None;
    }
    let orders = if rest.from == rest.to {
        format!("order {}", rest.to)
    } else {
        format!("orders {} to {}", rest.from, rest.to)
    };
    let mut text = format!(
        "{orders} of {} elements will take about {} and {} of memory: {} contingencies, of which \
         about {} are to be evaluated. Quicker: `--order {}`",
        count(rest.elements),
        time(seconds),
        bytes(rest.memory.bytes),
        count(rest.contingencies),
        count(rounded(rest.evaluations)),
        rest.from - 1
    );
    let fewer = kinds.iter().filter(|(_, n)| *n as u64 * 2 <= rest.elements);
    let fewer: Vec<String> = fewer
        .take(KINDS)
        .map(|(kind, n)| format!("kind={kind} ({})", count(*n as u64)))
        .collect();
    if !fewer.is_empty() {
        text.push_str(&format!(
            ", or `--elements` with what matters, such as {}",
            fewer.join(", ")
        ));
    }
    Some(text)
}

/// To two digits.
fn rounded(n: u64) -> u64 {
    let unit = 10u64.pow(n.checked_ilog10().unwrap_or(0).saturating_sub(1));
    n / unit * unit
}

fn time(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => format!("{s:.0} s"),
        s if s < 5400.0 => format!("{:.0} min", s / 60.0),
        s if s < 48.0 * 3600.0 => format!("{:.0} h", s / 3600.0),
        s => format!("{:.0} days", s / 86400.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(evaluations: u64) -> SweepCost {
        SweepCost {
            elements: 100_000,
            from: 2,
            to: 2,
            contingencies: 4_999_950_000,
            evaluations,
            done: 100_000,
            memory: Memory {
                order: 2,
                bytes: 380_000_000,
                per_thread: 0,
            },
        }
    }

    #[test]
    fn only_long_sweeps_are_announced() {
        let kinds = [("vm", 60_000), ("server", 12_000), ("switch", 700)];
        let announced =
            |evaluations| announcement(&cost(evaluations), Duration::from_secs(2), &kinds);
        assert_eq!(announced(100_000), None);
        let text = announced(34_567_890).expect("it takes minutes");
        for part in [
            "order 2 of 100,000 elements will take about 8 min and 380 MB of memory",
            "4,999,950,000 contingencies, of which about 34,000,000 are",
            "`--order 1`",
            "kind=server (12,000), kind=switch (700)",
        ] {
            assert!(text.contains(part), "{text}\n lacks {part}");
        }
        assert!(!text.contains("kind=vm"), "it would hardly help");
    }
}
