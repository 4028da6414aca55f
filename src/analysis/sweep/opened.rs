//! Headroom where a failure opens a new way for load, as a standby that takes over does.
//!
//! Two failures that do not interact add up their loads, and room for that was reserved at every
//! node that a service reaches in the base state. A way that only one of them opens is looked at
//! here: whether the other failure loads it by more than any single failure would.

use super::beyond::Pairs;
use super::pairs::{Hands, Plan};
use crate::analysis::crew::crew;
use crate::engine::{NONE, Reach};

/// Elements that one worker takes at a time.
const CHUNK: usize = 8;

/// Adds to `pairs` the least headroom of pairs along opened ways.
pub(super) fn run<const L: usize>(plan: &Plan<'_, L>, pairs: &mut Pairs) {
    let n = plan.ground.places.len();
    let hands = || (Hands::new(plan), Reach::new(), Vec::new(), Vec::new());
    let work = |(hands, base, above, more): &mut (Hands<'_, L>, Reach, Vec<u32>, Vec<u32>),
                elements: std::ops::Range<usize>| {
        for e in elements {
            let mark = hands.scratch.mark();
            hands.scratch.fail(plan.ground.places[e]);
            services_above(hands, above);
            more.clear();
            for &s in &*above {
                partners(plan, hands, base, s as usize, more);
            }
            more.sort_unstable();
            more.dedup();
            for &rank in &*more {
                let b = plan.index.by_rank[rank as usize];
                if b as usize != e {
                    hands.headroom_of(plan, u32::try_from(e).unwrap_or(NONE), b);
                }
            }
            hands.scratch.undo(mark);
        }
    };
    let done = crew(n, CHUNK, plan.ground.task.watch, hands, work);
    for (hands, ..) in done.hands {
        for (mine, tally) in pairs.tallies.iter_mut().zip(hands.out.tallies) {
            mine.merge(tally);
        }
    }
}

/// Services whose load may take a way that the failure in the scratch opened.
fn services_above<const L: usize>(hands: &mut Hands<'_, L>, above: &mut Vec<u32>) {
    above.clear();
    let scratch = &hands.scratch;
    let sys = scratch.base().system();
    let opened = |r: &crate::engine::Requirement| {
        sys.edges[r.edges()]
            .iter()
            .filter(|e| e.flow != NONE)
            .any(|e| {
                let now = &scratch.values.flow[e.flow as usize];
                let before = &scratch.base().values.flow[e.flow as usize];
                now.iter()
                    .zip(before)
                    .any(|(now, before)| *now > 0.0 && *before <= 0.0)
            })
    };
    let consumers = scratch
        .touched(crate::engine::Mark::default())
        .iter()
        .map(|&r| &sys.requirements[r as usize])
        .filter(|r| r.loads && scratch.values.works[r.consumer as usize] && opened(r))
        .map(|r| r.consumer);
    hands.watcher.services_above(sys, consumers, above);
}

/// Ranks of failures that load what service `s` reaches now, and did not in the base state, above
/// the line of that service.
fn partners<const L: usize>(
    plan: &Plan<'_, L>,
    hands: &mut Hands<'_, L>,
    base: &mut Reach,
    s: usize,
    more: &mut Vec<u32>,
) {
    if hands
        .reach
        .limits(&hands.scratch, s)
        .iter()
        .all(Option::is_none)
    {
        return;
    }
    base.base_limits(plan.ground.base, s);
    for v in hands.reach.reached() {
        let capacity = plan.ground.base.capacity()[v.index()];
        if capacity == f64::INFINITY || base.has_reached(v) {
            continue;
        }
        let load = &hands.scratch.values.load[v.index()];
        let rises = |filled: f32| {
            let change = plan.room.change(v.0, filled);
            (0..L).any(|l| plan.line.is_above(s, l, (load[l] + change[l]) / capacity))
        };
        let fullest = plan
            .index
            .load(v.0)
            .iter()
            .take_while(|x| x.filled > 0.0 && rises(x.filled));
        more.extend(fullest.map(|x| x.rank));
    }
}
