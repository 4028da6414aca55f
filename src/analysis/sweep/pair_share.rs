//! Pairs done in parts: those of some ranks of the heavier element.
//!
//! In: a plan, who does which part. Out: what pairs do, of this part, or of all parts put together.

use super::context::SweepContext;
use super::cost;
use super::pair_counts::{Pairs, compact};
use super::pairs::{self, Plan};
use super::record::RunRecord;
use super::share::{Dividing, Gather};
use crate::analysis::Watch;

/// What the pairs of a part do; nothing where there are other parts, which this one says nothing without.
pub(super) fn part<const L: usize>(
    plan: &Plan<'_, L>,
    dividing: &Dividing<'_>,
    run: usize,
) -> Option<Pairs> {
    let mut gather = PairGather {
        plan,
        all: plan.context.pairs(),
        partners: Vec::new(),
    };
    let ranks = u32::try_from(plan.index.by_rank.len()).unwrap_or(u32::MAX);
    let costs = || cost::of_ranks(plan);
    let watch = plan.context.task.watch;
    let done = dividing.work((run, ranks), costs, &mut gather, watch);
    if dividing.shard.count > 1 {
        return None;
    }
    let PairGather {
        mut all, partners, ..
    } = gather;
    all.partners = vec![partners];
    // Alone, a part goes through the ranks from the first on.
    all.ranks = done.len();
    all.by_rank.clone_from(&plan.index.by_rank);
    Some(all)
}

/// What all parts found, put together.
pub(super) fn joined<'r, const L: usize>(
    context: &SweepContext<'_, L>,
    records: impl Iterator<Item = &'r RunRecord>,
) -> Pairs {
    let mut all = context.pairs();
    let mut partners = Vec::new();
    for record in records {
        record.add_to_pairs(&mut all, &mut partners);
        compact(&mut partners);
    }
    all.partners = vec![partners];
    all.ranks = context.places.len();
    // No rank is left over: whose each is does not matter.
    all.by_rank = (0..).take(all.ranks).collect();
    all
}

/// Pairs of a part.
struct PairGather<'p, 'c, const L: usize> {
    plan: &'p Plan<'c, L>,
    all: Pairs,
    /// Sorted, each once.
    partners: Vec<(u32, u32, i32)>,
}

impl<const L: usize> Gather for PairGather<'_, '_, L> {
    fn work(&mut self, items: &[u32], watch: &dyn Watch) -> Vec<u32> {
        let rank = |i: usize| items[i] as usize;
        let mut found = pairs::run_over(self.plan, items.len(), rank, watch);
        for partners in std::mem::take(&mut found.partners) {
            self.partners.extend(partners);
        }
        compact(&mut self.partners);
        let done = items[..found.ranks].to_vec();
        self.all.merge(found);
        done
    }

    fn record(&self) -> RunRecord {
        RunRecord::of_pairs(&self.all, &self.partners)
    }

    fn take(&mut self, record: &RunRecord) {
        record.add_to_pairs(&mut self.all, &mut self.partners);
        compact(&mut self.partners);
    }
}
