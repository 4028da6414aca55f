//! The sweep by definition, in blocks of contingencies that any machine may take.
//!
//! In: what an order of an exhaustive sweep needs, who does which part. Out: the same as order by order.
//! Nothing is known of lower orders: whether a contingency is minimal is found out by evaluating all its
//! parts.

use super::cost;
use super::count::combinations;
use super::order::{Found, Lower, Order, Worker};
use super::record::RunRecord;
use super::share::{Gather, Share};
use super::task::Task;
use crate::analysis::Watch;
use crate::analysis::parallel::for_chunks;
use crate::engine::{Base, Mark};
use crate::model::ServiceOutcome;

/// The most blocks of an order.
const MOST: u64 = 4096;
/// The fewest contingencies of a block, where there are as many.
const FEWEST: u64 = 16;

/// The contingencies of every order, numbered in order of their elements, in blocks.
pub(super) struct Blocks {
    elements: usize,
    /// Per order: how many contingencies it has, how many a block has, its first block.
    orders: Vec<(u64, u64, u32)>,
    len: u32,
}

impl Blocks {
    pub fn new(elements: usize, order: u32) -> Self {
        let (mut orders, mut len) = (Vec::new(), 0);
        for k in 1..=order {
            let all = combinations(elements as u64, k);
            let size = all.div_ceil(MOST).max(FEWEST);
            orders.push((all, size, len));
            len += u32::try_from(all.div_ceil(size)).unwrap_or(u32::MAX);
        }
        Self {
            elements,
            orders,
            len,
        }
    }

    /// How many blocks there are.
    pub fn len(&self) -> u32 {
        self.len
    }

    /// The order of a block, the first of its contingencies, and how many it has.
    fn block(&self, i: u32) -> (usize, u64, u64) {
        let k = self.orders.partition_point(|order| order.2 <= i);
        let (all, size, first) = self.orders[k - 1];
        let from = u64::from(i - first) * size;
        (k, from, size.min(all - from))
    }

    /// What each block costs: below the highest order every further failure is tried, too.
    fn costs(&self) -> Vec<u64> {
        let cost = |i| {
            let (k, _, count) = self.block(i);
            let each = if k < self.orders.len() {
                self.elements as u64 + 1
            } else {
                1
            };
            count.saturating_mul(each)
        };
        (0..self.len).map(cost).collect()
    }

    /// How many contingencies of each order these blocks have.
    fn accounted(&self, blocks: impl Iterator<Item = u32>) -> Vec<u64> {
        let mut all = vec![0; self.orders.len()];
        for (k, _, count) in blocks.map(|i| self.block(i)) {
            all[k - 1] += count;
        }
        all
    }
}

/// What was found, and how many contingencies of each order that is.
pub(super) fn run<const L: usize>(
    task: &Task<'_>,
    base: &Base<'_, L>,
    outcomes: &[Vec<ServiceOutcome>],
) -> (Vec<u64>, Found) {
    let blocks = Blocks::new(task.elements.len(), task.order);
    let mut gather = BlockGather {
        task,
        base,
        outcomes,
        blocks: &blocks,
        all: Found::nothing(task, outcomes[0].len()),
    };
    let done: Vec<u32> = match task.share {
        Share::Part(..)
            if !task
                .watch
                .allows(cost::exhaustive(task, base, [1, 0]).memory) =>
        {
            Vec::new()
        }
        Share::Part(dividing, run) => {
            let costs = || blocks.costs();
            dividing.work((run, blocks.len()), costs, &mut gather, task.watch)
        }
        _ => {
            let records = task.share.records().into_iter().flatten();
            records.for_each(|record| gather.take(record));
            (0..blocks.len()).collect()
        }
    };
    let accounted = blocks.accounted(done.into_iter());
    let mut all = gather.all;
    let is_begun = |k: usize| accounted[k - 1] > 0 || blocks.orders[k - 1].0 == 0;
    for k in (1..=accounted.len()).filter(|&k| is_begun(k)) {
        let is_known = order_of(task, base, outcomes, k).knows_next();
        for tally in &mut all.tallies {
            let at_risk = &mut tally.orders[k - 1].at_risk;
            *at_risk = is_known.then(|| at_risk.unwrap_or(0));
        }
    }
    (accounted, all)
}

fn order_of<'o, const L: usize>(
    task: &'o Task<'o>,
    base: &'o Base<'o, L>,
    outcomes: &'o [Vec<ServiceOutcome>],
    k: usize,
) -> Order<'o, L> {
    Order {
        task,
        k,
        outcomes,
        lower: Lower::Evaluated,
        base,
    }
}

struct BlockGather<'g, const L: usize> {
    task: &'g Task<'g>,
    base: &'g Base<'g, L>,
    outcomes: &'g [Vec<ServiceOutcome>],
    blocks: &'g Blocks,
    all: Found,
}

impl<const L: usize> Gather for BlockGather<'_, L> {
    fn work(&mut self, items: &[u32], watch: &dyn Watch) -> Vec<u32> {
        let services = self.outcomes[0].len();
        let worker = || {
            let nothing = Found::nothing(self.task, services);
            Worker::new(self.task, self.base, nothing)
        };
        let done = for_chunks(items.len(), 1, watch, worker, |worker, chosen| {
            for &i in &items[chosen] {
                watch.advance(self.block(worker, i));
            }
        });
        for worker in done.workers {
            self.all.merge(worker.found);
        }
        items[..done.items].to_vec()
    }

    fn record(&self) -> RunRecord {
        let Found {
            tallies,
            cascades,
            stranded,
            ..
        } = &self.all;
        (1..=self.task.order).fold(RunRecord::of(tallies, cascades, stranded), |record, k| {
            let counts = tallies.iter().map(|t| &t.orders[k as usize - 1]);
            record.with_order(k, counts)
        })
    }

    fn take(&mut self, record: &RunRecord) {
        let all = &mut self.all;
        record.add_to(&mut all.tallies, &mut all.cascades, &mut all.stranded);
        record.each_count(|i, k, more| all.tallies[i].orders[k as usize - 1].add(more));
    }
}

impl<const L: usize> BlockGather<'_, L> {
    /// Judges every contingency of a block; returns how many there are.
    fn block(&self, worker: &mut Worker<'_, L>, i: u32) -> u64 {
        let (k, from, count) = self.blocks.block(i);
        let order = order_of(self.task, self.base, self.outcomes, k);
        let n = self.task.elements.len();
        let start = worker.scratch.mark();
        let mut at = numbered(n, k, from);
        let mut marks: Vec<Mark> = Vec::with_capacity(k);
        let mut kept = 0;
        for step in 0..count {
            for &e in &at[kept..] {
                marks.push(worker.scratch.mark());
                let element = self.task.elements[e];
                worker.elements.push(element);
                worker.scratch.fail(self.task.study.compiled().ix(element));
            }
            order.judge(worker);
            if step + 1 == count {
                break;
            }
            kept = next(&mut at, n);
            worker.scratch.undo(marks[kept]);
            marks.truncate(kept);
            worker.elements.truncate(kept);
        }
        worker.scratch.undo(start);
        worker.elements.clear();
        count
    }
}

/// The k of n that have this number, in order.
fn numbered(n: usize, k: usize, mut number: u64) -> Vec<usize> {
    let mut all = Vec::with_capacity(k);
    let mut e = 0;
    while all.len() < k && e < n {
        let left = u32::try_from(k - all.len() - 1).unwrap_or(0);
        let with = combinations((n - 1 - e) as u64, left);
        if number < with {
            all.push(e);
        } else {
            number -= with;
        }
        e += 1;
    }
    all
}

/// Goes on to the next, which there is; returns how many of the first stay.
fn next(at: &mut [usize], n: usize) -> usize {
    let k = at.len();
    let moves = (0..k).rev().find(|&j| at[j] < n - (k - j)).unwrap_or(0);
    at[moves] += 1;
    for j in moves + 1..k {
        at[j] = at[j - 1] + 1;
    }
    moves
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contingencies_are_numbered_in_order() {
        for (n, k) in [(1, 1), (5, 1), (5, 2), (6, 3), (7, 7), (9, 4)] {
            let all = combinations(n as u64, u32::try_from(k).expect("small"));
            let mut at = numbered(n, k, 0);
            assert_eq!(at, (0..k).collect::<Vec<_>>());
            for number in 1..all {
                let before = at.clone();
                let kept = next(&mut at, n);
                assert_eq!(at, numbered(n, k, number), "{n} {k} {number}");
                assert!(before < at && before[..kept] == at[..kept]);
                assert!(at.windows(2).all(|w| w[0] < w[1]) && at[k - 1] < n);
            }
        }
    }

    #[test]
    fn blocks_hold_every_contingency_once() {
        for (n, order) in [(0, 2), (1, 3), (40, 3), (300, 2), (25, 6)] {
            let blocks = Blocks::new(n, order);
            let mut ends = vec![0; order as usize];
            for i in 0..blocks.len() {
                let (k, from, count) = blocks.block(i);
                assert_eq!(from, ends[k - 1], "{n} {order} {i}");
                assert!(count > 0);
                ends[k - 1] += count;
            }
            let all: Vec<u64> = (1..=order).map(|k| combinations(n as u64, k)).collect();
            assert_eq!(ends, all);
            assert_eq!(blocks.accounted(0..blocks.len()), all);
        }
    }
}
