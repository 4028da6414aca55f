//! The sweep that evaluates only pairs that interact; to order 3, after each single failure.
//!
//! In: a task of an order up to 3. Out: the same as by evaluating every contingency.

use super::cascade;
use super::context::SweepContext;
use super::pruned::up_to_two;
use super::task::{Part, Task, part};
use super::triples;
use crate::analysis::status::services;
use crate::engine::Scratch;

/// Sweeps in the lanes of a task, whose order is at most 3.
pub(super) fn run<const L: usize>(task: &Task<'_>) -> Part {
    let study = task.study;
    let base = study.base::<L>(&[], &task.lanes.demand(study.scenario()));
    let context = SweepContext::new(task, &base);
    let mut swept = up_to_two(&context);
    let outcomes = services(study, &base, task.lanes, &swept.next);
    swept
        .cascades
        .add_base(cascade::of_base(&Scratch::new(&base), task.lanes.asked()));
    if task.order > 2 {
        if swept.is_complete(task.elements.len()) {
            triples::run(&context, &mut swept);
        } else {
            swept.lacks_an_order();
        }
    }
    for (tally, counted) in swept.tallies.iter_mut().zip(swept.counted) {
        tally.orders = counted;
    }
    Part {
        stranded: swept.stranded,
        ..part(
            task,
            swept.accounted,
            (swept.tallies, swept.cascades),
            &outcomes,
        )
    }
}
