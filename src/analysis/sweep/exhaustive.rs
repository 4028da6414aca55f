//! The sweep by definition: every contingency is evaluated, on top of its prefixes.
//!
//! It serves small estates and high orders, and it is what the faster sweep is held against.

use super::cascade;
use super::order::{Lower, MinimalHarm, Order, Tripping};
use super::share::Share;
use super::stranded;
use super::tally::Tally;
use super::task::{Part, Task, part};
use super::{blocks, cost};
use crate::analysis::alike::Alike;
use crate::analysis::status::{next_failures, services};
use crate::engine::{Base, Scratch};
use crate::model::ServiceOutcome;
use std::collections::HashMap;

/// Sweeps in the lanes of a task.
pub(super) fn run<const L: usize>(task: &Task<'_>) -> Part {
    let study = task.study;
    let base = study.base::<L>(&[], &task.lanes.demand(study.scenario()));
    let places = task.elements.iter().map(|&e| study.compiled().ix(e));
    let alike = Alike::each(&places.collect::<Vec<_>>());
    let next = next_failures(&base, task.lanes, (task.elements, &alike));
    let outcomes = services(study, &base, task.lanes, &next);
    let mut part = match task.share {
        Share::All => in_order(task, &base, &outcomes),
        Share::Part(..) | Share::Done(..) => in_blocks(task, &base, &outcomes),
    };
    let scratch = Scratch::new(&base);
    let in_base = cascade::of_base(&scratch, task.lanes.asked());
    part.cascades.add_base(in_base);
    if study.compiled().has_placements() {
        part.stranded.add_base(&scratch, task.lanes.asked());
    }
    part
}

/// Block by block: what another part finds out is not known here.
fn in_blocks<const L: usize>(
    task: &Task<'_>,
    base: &Base<'_, L>,
    outcomes: &[Vec<ServiceOutcome>],
) -> Part {
    let (accounted, found) = blocks::run(task, base, outcomes);
    Part {
        stranded: found.stranded,
        ..part(task, accounted, (found.tallies, found.cascades), outcomes)
    }
}

/// Order by order: what lower orders found is looked up.
fn in_order<const L: usize>(
    task: &Task<'_>,
    base: &Base<'_, L>,
    outcomes: &[Vec<ServiceOutcome>],
) -> Part {
    let lanes = task.lanes.asked().len();
    let listed = task.study.listed();
    let mut tallies = vec![Tally::new(task.order, listed); outcomes[0].len() * lanes];
    let mut harm: MinimalHarm = vec![HashMap::new(); tallies.len()];
    let mut cascades = cascade::Found::new(task.order, usize::MAX);
    let mut stranded = stranded::Found::new(task.order, lanes, cascade::MOST_CASCADES);
    if task.study.compiled().has_placements() {
        stranded.note(&Scratch::new(base), &[]);
    }
    let mut accounted: Vec<u64> = Vec::new();
    for k in 1..=task.order {
        if !may_go_on(task, base, &accounted) {
            accounted.push(0);
            continue;
        }
        let order = Order {
            task,
            k: k as usize,
            outcomes,
            lower: Lower::Known {
                harm: &harm,
                cascades: &Tripping::of(base, task, cascades.listed()),
                stranded: &stranded,
            },
            base,
        };
        let found = order.run();
        accounted.push(found.accounted);
        cascades.merge(found.cascades);
        stranded.merge(found.stranded);
        for (i, part) in found.tallies.into_iter().enumerate() {
            let sets = part.minimal.iter();
            let sets = sets.map(|m| (m.elements.to_vec(), m.status));
            harm[i].extend(sets);
            tallies[i].merge(part);
        }
    }
    Part {
        stranded,
        ..part(task, accounted, (tallies, cascades), outcomes)
    }
}

/// Whether another order may be evaluated; says what the orders to come will take once one is done.
fn may_go_on<const L: usize>(task: &Task<'_>, base: &Base<'_, L>, accounted: &[u64]) -> bool {
    let k = accounted.len() as u64 + 1;
    let rest = cost::exhaustive(task, base, [k, accounted.iter().sum()]);
    if k == 2 && task.runs > 0 {
        task.watch.cost(&rest.shared(task.share.parts()));
    }
    task.watch.allows(rest.memory)
}
