//! Every contingency of order 3: after each single failure, the pairs that interact then.
//!
//! What a pair does after a failure is found out as it is without: the state after the failure is
//! the base state of a sweep to order 2. Each contingency is counted after its first element.
//! Whether a pair leaves a service at risk depends on every third element, so pairs of which one
//! comes before the first element are evaluated too, pairs of which both do are not, nor those that
//! do what they do without the failure.

use super::cascade;
use super::context::{Before, SweepContext};
use super::count::combinations;
use super::pair_cache::PairCache;
use super::pruned::{Swept, up_to_two};
use super::record::RunRecord;
use super::share::{Gather, Share};
use super::tally::Tally;
use super::task::Task;
use crate::analysis::outcome::Quiet;
use crate::analysis::parallel::for_chunks;
use crate::analysis::{OrderCount, Watch};
use crate::model::NodeId;

/// Adds order 3, and who is at risk at order 2, to a complete sweep to order 2.
pub(super) fn run<const L: usize>(context: &SweepContext<'_, L>, swept: &mut Swept) {
    let n = context.places.len();
    let cache = swept.cache.take();
    let mut gather = TripleGather {
        context,
        cache: cache.as_ref(),
        all: Found::new(context),
    };
    let elements = u32::try_from(n).unwrap_or(u32::MAX);
    let watch = context.task.watch;
    let done: Vec<u32> = match context.task.share {
        Share::All => gather.work(&(0..elements).collect::<Vec<_>>(), watch),
        Share::Part(dividing, run) => {
            let costs = || costs(n, cache.as_ref());
            dividing.work((run, elements), costs, &mut gather, watch)
        }
        Share::Done(..) => {
            let records = context.task.share.records().into_iter().flatten();
            records.for_each(|record| gather.take(record));
            (0..elements).collect()
        }
    };
    let all = gather.all;
    let whole = done.len() == n;
    let after = |&e: &u32| combinations(u64::from(elements - 1 - e), 2);
    swept.cascades.merge(all.cascades);
    for (counted, triples) in swept.counted.iter_mut().zip(all.triples) {
        counted[1].at_risk = triples.at_risk.filter(|_| whole);
        counted.push(OrderCount {
            at_risk: None,
            ..triples
        });
    }
    for (mine, tally) in swept.tallies.iter_mut().zip(all.tallies) {
        mine.merge(tally);
    }
    swept.accounted.push(done.iter().map(after).sum());
}

/// What is found out after each element costs, in evaluations: every single failure anew, and the pairs
/// that are touched by it and count after it.
fn costs(elements: usize, cache: Option<&PairCache>) -> Vec<u64> {
    let n = elements as u64;
    let Some(cache) = cache else {
        // Every pair that interacts: of those after an element alike many.
        let after = |e| 2 * n + combinations(n - 1 - e, 2) / n.max(1);
        return (0..n).map(after).collect();
    };
    let partners: Vec<Vec<u32>> = (0..elements).map(|e| cache.partners(e)).collect();
    let pairs = |e: usize| -> u64 {
        let later = (elements - e) as u64;
        let of = |&a: &u32| match partners[a as usize].len() as u64 {
            all if a as usize > e => all,
            all => all * later / n,
        };
        partners[e].iter().map(of).sum()
    };
    (0..elements).map(|e| 2 * n + pairs(e)).collect()
}

/// What is found after elements.
struct TripleGather<'g, 'c, const L: usize> {
    context: &'g SweepContext<'c, L>,
    cache: Option<&'g PairCache>,
    all: Found,
}

impl<const L: usize> Gather for TripleGather<'_, '_, L> {
    fn work(&mut self, items: &[u32], watch: &dyn Watch) -> Vec<u32> {
        let (context, cache) = (self.context, self.cache);
        let worker = || Found::new(context);
        let done = for_chunks(items.len(), 1, watch, worker, |found, chosen| {
            for &e in &items[chosen] {
                found.after(context, cache, (e as usize, watch));
            }
        });
        for found in done.workers {
            self.all.merge(found);
        }
        std::mem::take(&mut self.all.elements)
    }

    fn record(&self) -> RunRecord {
        let nothing = self.context.stranded();
        // Who is at risk at order 2 is known once every element is done.
        RunRecord::of(&self.all.tallies, &self.all.cascades, &nothing)
            .with_order(3, self.all.triples.iter())
    }

    fn take(&mut self, record: &RunRecord) {
        let mut nothing = self.context.stranded();
        let all = &mut self.all;
        record.add_to(&mut all.tallies, &mut all.cascades, &mut nothing);
        record.each_count(|i, _, more| all.triples[i].add(more));
    }
}

/// What was found after some elements.
struct Found {
    /// Per service and lane: minimal sets of order 3, worst and least headroom.
    tallies: Vec<Tally>,
    /// Per service and lane: how many of order 3 harm it, and how many of order 2 leave it at risk.
    triples: Vec<OrderCount>,
    /// Those of order 3 that set off a cascade.
    cascades: cascade::Found,
    /// The elements that were looked at.
    elements: Vec<u32>,
}

impl Found {
    fn new<const L: usize>(context: &SweepContext<'_, L>) -> Self {
        let tallies = context.tallies();
        let nothing = OrderCount {
            at_risk: Some(0),
            ..OrderCount::default()
        };
        Self {
            triples: vec![nothing; tallies.len()],
            tallies,
            cascades: cascade::Found::new(3, cascade::MOST_CASCADES),
            elements: Vec::new(),
        }
    }

    /// Pairs after an element.
    fn after<const L: usize>(
        &mut self,
        context: &SweepContext<'_, L>,
        cache: Option<&PairCache>,
        (e, watch): (usize, &dyn Watch),
    ) {
        let task = context.task;
        let (failed, elements) = taken_out(task.elements, e);
        let before = Before {
            context,
            cache,
            element: u32::try_from(e).unwrap_or(u32::MAX),
        };
        let further = Task {
            failed: &[failed],
            elements: &elements,
            first: before.element,
            order: 2,
            watch: &Quiet(task.watch),
            share: Share::All,
            ..*task
        };
        let base = task.study.base(further.failed, context.base.demand());
        let swept = up_to_two(&SweepContext::after(&further, &base, before));
        let pairs = combinations((elements.len() - e) as u64, 2);
        if swept.is_complete(elements.len()) {
            self.add(swept, further.first);
            watch.advance(pairs);
        }
    }

    fn add(&mut self, swept: Swept, element: u32) {
        for (mine, counted) in self.triples.iter_mut().zip(&swept.counted) {
            add(
                mine,
                counted[1].down,
                counted[1].degraded,
                counted[0].at_risk,
            );
        }
        for (mine, tally) in self.tallies.iter_mut().zip(swept.tallies) {
            mine.merge(tally);
        }
        self.cascades.merge(swept.cascades);
        self.elements.push(element);
    }

    fn merge(&mut self, other: Self) {
        for (mine, other) in self.triples.iter_mut().zip(other.triples) {
            add(mine, other.down, other.degraded, other.at_risk);
        }
        for (mine, tally) in self.tallies.iter_mut().zip(other.tallies) {
            mine.merge(tally);
        }
        self.cascades.merge(other.cascades);
        self.elements.extend(other.elements);
    }
}

fn add(to: &mut OrderCount, down: u64, degraded: u64, at_risk: Option<u64>) {
    to.down += down;
    to.degraded += degraded;
    to.at_risk = to.at_risk.zip(at_risk).map(|(a, b)| a + b);
}

/// One of the elements, and the others.
fn taken_out(elements: &[NodeId], e: usize) -> (NodeId, Vec<NodeId>) {
    let others = elements[..e].iter().chain(&elements[e + 1..]);
    (elements[e], others.copied().collect())
}
