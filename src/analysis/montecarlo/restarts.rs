//! Instances that lost their host and do not run again yet, along a history.
//!
//! In: who is out, stretch by stretch. Out: pieces of each stretch, with the instances that still restart
//! in them: those whose host stopped, until so many minutes have passed. Where an instance runs is a
//! function of who is out; that nothing trips counts as given.

use super::states::StateMap;
use crate::analysis::Study;
use crate::engine::{Base, Ix, Running};
use crate::model::NodeId;

/// States that a thread remembers before it forgets them all.
const REMEMBERED: usize = 1 << 14;

/// A thread's memory of one history.
#[derive(Debug, Default)]
pub struct Restarts {
    /// From loss to restart.
    hours: f64,
    /// Per instance: its host before, if any.
    before: Vec<Option<Ix>>,
    /// Per instance: when it runs again.
    until: Vec<f64>,
    /// By who is out: where everything runs.
    known: StateMap<Running>,
}

impl Restarts {
    /// For the estate of a study; nothing ever restarts where that takes no time.
    pub fn of(study: &Study<'_>) -> Self {
        let minutes = study.scenario().placement.minutes;
        let takes_time = minutes > 0.0 && study.compiled().has_placements();
        Self {
            hours: if takes_time { minutes / 60.0 } else { 0.0 },
            ..Self::default()
        }
    }

    /// A history begins.
    pub fn begin(&mut self) {
        self.before.clear();
        self.until.clear();
    }

    /// Gives `visit` the pieces of a stretch in which exactly `out` is out, in order, with the instances
    /// that restart in each.
    pub fn split(
        &mut self,
        study: &Study<'_>,
        (from, to): (f64, f64),
        out: &[NodeId],
        mut visit: impl FnMut(f64, f64, &[Ix]),
    ) {
        if self.hours <= 0.0 {
            return visit(from, to, &[]);
        }
        let nodes = self.look(study, from, out);
        let mut at = from;
        while at < to {
            let all = nodes.iter().copied().enumerate();
            let waiting: Vec<(usize, Ix)> = all.filter(|w| self.until[w.0] > at).collect();
            let next = waiting.iter().map(|&(i, _)| self.until[i]);
            let end = next.fold(to, f64::min);
            let stopped: Vec<Ix> = waiting.iter().map(|w| w.1).collect();
            visit(at, end, &stopped);
            at = end;
        }
    }

    /// Notes whose host stopped at the beginning of a stretch; every instance.
    fn look(&mut self, study: &Study<'_>, from: f64, out: &[NodeId]) -> Vec<Ix> {
        if !self.known.contains_key(out) {
            if self.known.len() >= REMEMBERED {
                self.known.clear();
            }
            let failed: Vec<Ix> = out.iter().map(|&v| study.compiled().ix(v)).collect();
            let running = Base::<1>::running(study.compiled(), study.capacity(), &failed);
            self.known.insert(out.to_vec(), running);
        }
        let running = &self.known[out];
        if self.before.is_empty() {
            self.before = vec![None; running.on.len()];
            self.until = vec![f64::NEG_INFINITY; running.on.len()];
        }
        for (i, &(_, at)) in running.on.iter().enumerate() {
            // From a host that works it moves without a stop.
            let is_lost = self.before[i].is_some_and(|host| running.dead.contains(&host));
            if at.is_none() {
                self.until[i] = f64::NEG_INFINITY;
            } else if is_lost {
                self.until[i] = from + self.hours;
            }
            self.before[i] = at;
        }
        running.on.iter().map(|r| r.0).collect()
    }
}
