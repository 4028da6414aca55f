//! A sweep that is divided: who does which part of the heavy work, and what is kept of it meanwhile.
//!
//! In: items of work (failures by rank, first elements, blocks of contingencies), what each is estimated to
//! cost, which part this is. Out: a [`RunRecord`] of the items that were done. Promises: which items are a
//! part's own hangs on the study and the number of parts alone; all parts together have each item once;
//! the clock decides when something is kept, never what.

use super::record::RunRecord;
use crate::analysis::montecarlo::Shard;
use crate::analysis::{Memory, SweepCost, SweepRecord, Watch};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// Blocks of items per part, about: with more of them parts come out more alike.
const BLOCKS: u128 = 32;

/// Who keeps what is done of a sweep, now and then.
pub trait Keep: Sync {
    /// Whether it is time to.
    fn is_due(&self) -> bool;
    /// Keeps what is done so far; it is made only if it is asked for.
    fn keep(&self, record: &dyn Fn() -> SweepRecord);
}

/// Nobody keeps anything.
pub struct KeepNothing;

impl Keep for KeepNothing {
    fn is_due(&self) -> bool {
        false
    }
    fn keep(&self, _: &dyn Fn() -> SweepRecord) {}
}

/// Who does the heavy work of a run over load cases.
#[derive(Clone, Copy)]
pub(super) enum Share<'s> {
    /// This run does all of it, and nothing is kept.
    All,
    /// This run does a part of it, which is kept.
    Part(&'s Dividing<'s>, usize),
    /// It has been done.
    Done(&'s [SweepRecord], usize),
}

impl<'s> Share<'s> {
    /// The same for the run of this number.
    pub fn of_run(self, run: usize) -> Self {
        match self {
            Self::All => Self::All,
            Self::Part(of, _) => Self::Part(of, run),
            Self::Done(of, _) => Self::Done(of, run),
        }
    }

    /// How many parts there are.
    pub fn parts(self) -> u64 {
        match self {
            Self::Part(of, _) => of.shard.count,
            Self::All | Self::Done(..) => 1,
        }
    }

    /// What all parts found in this run, if that is how it is done.
    pub fn records(self) -> Option<impl Iterator<Item = &'s RunRecord>> {
        match self {
            Self::Done(all, run) => Some(all.iter().filter_map(move |record| record.run(run))),
            Self::All | Self::Part(..) => None,
        }
    }
}

/// Work that can be done item by item and told in a record.
pub(super) trait Gather {
    /// Does some of these items, in order, until the watcher says stop; returns those that it did.
    fn work(&mut self, items: &[u32], watch: &dyn Watch) -> Vec<u32>;
    /// What it found so far.
    fn record(&self) -> RunRecord;
    /// Adds what a record holds.
    fn take(&mut self, record: &RunRecord);
}

/// A part of a sweep that is being done.
pub(super) struct Dividing<'d> {
    pub shard: Shard,
    before: Option<&'d SweepRecord>,
    keep: &'d dyn Keep,
    /// Runs that were begun, and whether the last of them is done.
    kept: Mutex<(Vec<RunRecord>, bool)>,
}

impl<'d> Dividing<'d> {
    /// Goes on from what is there already.
    pub fn new(shard: Shard, before: Option<&'d SweepRecord>, keep: &'d dyn Keep) -> Self {
        Self {
            shard,
            before,
            keep,
            kept: Mutex::new((Vec::new(), true)),
        }
    }

    /// Does this part's own of `items`, as far as the watcher lets it; returns all that are done, in
    /// order.
    pub fn work(
        &self,
        (run, items): (usize, u32),
        costs: impl FnOnce() -> Vec<u64>,
        gather: &mut dyn Gather,
        watch: &dyn Watch,
    ) -> Vec<u32> {
        let mut left: Vec<u32> = match self.shard.count {
            1 => (0..items).collect(),
            _ => cut(&costs(), self.shard),
        };
        let mut is_done = vec![false; items as usize];
        let before = self.before.and_then(|record| record.run(run));
        if let Some(record) = before {
            gather.take(record);
            record.items_done().for_each(|i| is_done[i as usize] = true);
            left.retain(|&i| !is_done[i as usize]);
        }
        let record =
            |gather: &dyn Gather, is_done: &[bool]| gather.record().with_items(items, is_done);
        while !left.is_empty() && !watch.stop() {
            let until = Until::new(watch, self.keep);
            for i in gather.work(&left, &until) {
                is_done[i as usize] = true;
            }
            left.retain(|&i| !is_done[i as usize]);
            if self.keep.is_due() {
                self.keep.keep(&|| self.with(record(gather, &is_done)));
            }
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.0.push(record(gather, &is_done));
        kept.1 &= left.is_empty();
        drop(kept);
        (0..items).filter(|&i| is_done[i as usize]).collect()
    }

    /// What is done before this run, and this of it.
    fn with(&self, run: RunRecord) -> SweepRecord {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let mut runs = kept.0.clone();
        runs.push(run);
        SweepRecord::new(runs, false)
    }

    /// All that is done, of so many runs that there is something to do in.
    pub fn finish(self, runs: usize) -> SweepRecord {
        let kept = self.kept.into_inner();
        let (done, is_whole) = kept.unwrap_or_else(PoisonError::into_inner);
        let is_whole = is_whole && done.len() >= runs;
        SweepRecord::new(done, is_whole)
    }
}

/// Stops when the watcher does, or when it is time to keep what is done.
struct Until<'u> {
    watch: &'u dyn Watch,
    keep: &'u dyn Keep,
    /// Whether anything was done: however long a step takes, there is one between two times.
    moved: AtomicBool,
}

impl<'u> Until<'u> {
    fn new(watch: &'u dyn Watch, keep: &'u dyn Keep) -> Self {
        Self {
            watch,
            keep,
            moved: AtomicBool::new(false),
        }
    }
}

impl Watch for Until<'_> {
    fn advance(&self, steps: u64) {
        self.moved.store(true, Ordering::Relaxed);
        self.watch.advance(steps);
    }
    fn total(&self, steps: u64) {
        self.watch.total(steps);
    }
    fn cost(&self, rest: &SweepCost) {
        self.watch.cost(rest);
    }
    fn allows(&self, needs: Memory) -> bool {
        self.watch.allows(needs)
    }
    fn workers(&self) -> usize {
        self.watch.workers()
    }
    fn stop(&self) -> bool {
        self.watch.stop() || (self.moved.load(Ordering::Relaxed) && self.keep.is_due())
    }
}

/// The items of a part, in order. Items go in blocks of neighbours that cost about the same; the dearest
/// block that is left goes to the part that has least so far.
fn cut(costs: &[u64], shard: Shard) -> Vec<u32> {
    let total: u128 = costs.iter().map(|&c| u128::from(c.max(1))).sum();
    let most = total / (BLOCKS * u128::from(shard.count)) + 1;
    let mut blocks: Vec<(u128, u32, u32)> = Vec::new();
    let (mut cost, mut start) = (0, 0);
    for (i, &c) in (1u32..).zip(costs) {
        cost += u128::from(c.max(1));
        if cost >= most || i as usize == costs.len() {
            blocks.push((cost, start, i));
            (cost, start) = (0, i);
        }
    }
    blocks.sort_unstable_by_key(|&(cost, start, _)| (Reverse(cost), start));
    // Beyond as many parts as blocks, parts have nothing to do.
    let parts = shard.count.min(blocks.len() as u64);
    let mut loads: BinaryHeap<Reverse<(u128, u64)>> = (0..parts).map(|p| Reverse((0, p))).collect();
    let mut own: Vec<(u32, u32)> = Vec::new();
    for (cost, start, end) in blocks {
        let Some(Reverse((load, part))) = loads.pop() else {
            break;
        };
        if part == shard.index {
            own.push((start, end));
        }
        loads.push(Reverse((load + cost, part)));
    }
    own.sort_unstable();
    own.into_iter()
        .flat_map(|(start, end)| start..end)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(costs: &[u64], count: u64) -> Vec<Vec<u32>> {
        let part = |index| cut(costs, Shard { index, count });
        (0..count).map(part).collect()
    }

    #[test]
    fn every_item_is_in_one_part() {
        for (items, count) in [(0, 3), (1, 1), (5, 8), (1000, 7), (4097, 8)] {
            let costs: Vec<u64> = (0..items).map(|i| (i * 7919) % 101).collect();
            let mut all: Vec<u32> = parts(&costs, count).concat();
            all.sort_unstable();
            let items = u32::try_from(items).expect("few");
            assert_eq!(all, (0..items).collect::<Vec<_>>());
        }
    }

    #[test]
    fn parts_cost_alike_where_items_do_not() {
        // As with failures by rank: the first have thousands of partners, most have none.
        let costs: Vec<u64> = (0..100_000u64).map(|i| 1 + 4_000_000 / (1 + i)).collect();
        let of = |items: &Vec<u32>| -> u64 { items.iter().map(|&i| costs[i as usize]).sum() };
        let each: Vec<u64> = parts(&costs, 6).iter().map(of).collect();
        let (least, most) = (
            each.iter().min().expect("parts"),
            each.iter().max().expect("parts"),
        );
        assert!(*most as f64 <= 1.05 * *least as f64, "{each:?}");
        // By count, the first part would have nearly all.
        let first: u64 = costs[..100_000 / 6].iter().sum();
        assert!(first > 3 * most, "{first} {each:?}");
    }

    #[test]
    fn more_parts_than_items_leave_some_without_work() {
        let parts = parts(&[5, 5, 5], 5);
        assert_eq!(parts.iter().filter(|p| p.is_empty()).count(), 2);
        let far = Shard {
            index: u64::MAX - 1,
            count: u64::MAX,
        };
        assert!(cut(&[1, 2, 3], far).is_empty());
    }
}
