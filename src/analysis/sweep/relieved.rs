//! Services that every single failure relieves: the bound of headroom starts at the base state, and says nothing
//! of a pair that leaves more headroom than that and less than any single failure.
//!
//! In: what the singles left. Out: the least headroom of these services over all pairs. A failure that a service
//! does not notice leaves it the headroom of the base state, so there are such services only where every element
//! takes load off what limits them: each pair is evaluated.

use super::context::SweepContext;
use super::tally::{SAME_HEADROOM, Tally};
use super::utilization_bound::UtilizationBound;
use crate::analysis::parallel::for_chunks;
use crate::engine::{Reach, Scratch};

/// One of them, at a load case.
type Relieved = (usize, usize);

/// Those of which the least headroom so far is more than that of the base state.
fn relieved<const L: usize>(
    context: &SweepContext<'_, L>,
    bound: &UtilizationBound<L>,
    tallies: &[Tally],
) -> Vec<Relieved> {
    let lanes = context.lanes();
    let all = (0..context.services()).flat_map(|s| (0..lanes).map(move |l| (s, l)));
    let is_relieved = |&(s, l): &Relieved| {
        let lowest = tallies[s * lanes + l].lowest_headroom();
        let base = bound.base_headroom(s, l);
        base.is_some_and(|base| lowest.is_none_or(|low| low > base + SAME_HEADROOM))
    };
    all.filter(is_relieved).collect()
}

/// Adds what pairs leave of them.
pub(super) fn pairs<const L: usize>(
    context: &SweepContext<'_, L>,
    bound: &UtilizationBound<L>,
    tallies: &mut [Tally],
) {
    let relieved = relieved(context, bound, tallies);
    if relieved.is_empty() {
        return;
    }
    let lanes = context.lanes();
    let places = &context.places;
    let worker = || (Scratch::new(context.base), Reach::new(), context.tallies());
    let watch = context.task.watch;
    let done = for_chunks(
        places.len(),
        1,
        watch,
        worker,
        |(scratch, reach, found), items| {
            for a in items {
                let start = scratch.mark();
                scratch.fail(places[a]);
                for b in a + 1..places.len() {
                    let mark = scratch.mark();
                    scratch.fail(places[b]);
                    let pair = [a, b].map(|e| u32::try_from(e).unwrap_or(u32::MAX));
                    let pair = context.contingency(&pair);
                    let mut view = reach.at(scratch);
                    for &(s, l) in &relieved {
                        if let Some(limit) = view.limits(s)[l] {
                            let tally: &mut Tally = &mut found[s * lanes + l];
                            tally.headroom(limit.headroom(), context.node(limit), &pair);
                        }
                    }
                    scratch.undo(mark);
                }
                scratch.undo(start);
            }
        },
    );
    for (_, _, found) in done.workers {
        for (mine, tally) in tallies.iter_mut().zip(found) {
            mine.merge(tally);
        }
    }
}
