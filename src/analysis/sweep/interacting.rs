//! Which elements interact, two by two, for a sweep to order 3.
//!
//! In: a plan for the pairs. Out: a [`PairSet`] of all that meet in it, whoever is the heavier.

use super::effects::Seen;
use super::pair_cache::{MOST, PairSet};
use super::pairs::{From, Plan};
use super::search::{Reached, UpSearch};
use crate::analysis::NoWatch;
use crate::analysis::parallel::for_chunks;
use crate::engine::Scratch;

/// Elements that one worker takes at a time.
const CHUNK: usize = 64;

impl PairSet {
    /// The elements that interact, two by two; none where there are too many elements.
    pub fn interacting<const L: usize>(plan: &Plan<'_, L>) -> Option<Self> {
        let n = plan.index.by_rank.len();
        if n > MOST {
            return None;
        }
        let worker = || Worker {
            scratch: Scratch::new(plan.context.base),
            search: UpSearch::new(plan.context.base, plan.bound),
            reached: Reached::default(),
            seen: plan.seen(),
            met: Vec::new(),
            found: Vec::new(),
        };
        let work = |worker: &mut Worker<'_, L>, ranks| {
            for rank in ranks {
                worker.partners_of(plan, rank);
            }
        };
        let done = for_chunks(n, CHUNK, &NoWatch, worker, work);
        let mut all = Self::new(n);
        for worker in done.workers {
            for (a, b) in worker.found {
                all.insert(a, b);
            }
        }
        Some(all)
    }
}

/// A worker's state while it finds out which elements interact.
struct Worker<'h, const L: usize> {
    scratch: Scratch<'h, L>,
    search: UpSearch<L>,
    reached: Reached,
    seen: Seen,
    met: Vec<u32>,
    /// Elements that interact.
    found: Vec<(u32, u32)>,
}

impl<const L: usize> Worker<'_, L> {
    fn partners_of(&mut self, plan: &Plan<'_, L>, rank: usize) {
        let (e, mark) = (plan.index.by_rank[rank], self.scratch.mark());
        self.scratch.fail(plan.context.places[e as usize]);
        let met = &mut self.met;
        let climb = (&mut self.search, &mut self.seen, &mut self.reached);
        plan.meeting(&mut self.scratch, climb, From::All, |other| met.push(other));
        self.scratch.undo(mark);
        self.met.sort_unstable();
        self.met.dedup();
        let other = |rank: u32| plan.index.by_rank[rank as usize];
        let found = self.met.drain(..).map(|rank| (e, other(rank)));
        self.found.extend(found);
    }
}
