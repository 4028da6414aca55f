//! All contingencies up to an order, at every load case.
//!
//! In: a study, an order, a search. Out: a [`SweepOutcome`] in which every contingency is accounted
//! for, or fewer when the search stopped it. The same for any number of threads.
//!
//! A list of minimal sets holds as many as the study asks for, per service and load case, the first in
//! order; `minimal_count` counts them all.

mod below;
mod blocks;
mod carried;
mod cascade;
mod climb;
mod context;
pub(super) mod cost;
mod count;
mod effects;
mod exhaustive;
mod flat;
pub(super) mod further;
#[cfg(test)]
mod further_tests;
mod gathered;
mod grade;
mod index;
mod interacting;
mod load_change;
mod margin;
mod moves;
#[cfg(test)]
mod moves_tests;
mod order;
mod pair_cache;
mod pair_counts;
mod pair_share;
mod pairs;
mod pruned;
mod record;
mod relieved;
mod replays;
mod room;
mod rules;
mod search;
mod share;
#[cfg(test)]
mod share_tests;
mod single_changes;
mod singles;
mod stranded;
pub(super) mod superposition;
#[cfg(test)]
mod superposition_tests;
mod tally;
mod task;
#[cfg(test)]
mod tests;
mod triples;
mod up_to_three;
mod utilization_bound;
mod ways;
#[cfg(test)]
mod ways_tests;
mod without;

use super::lanes::CaseLanes;
use super::montecarlo::Shard;
use super::status;
use super::study::Study;
use super::{NamedOutcome, ServiceSweep, SweepOutcome, Watch};
use crate::model::CaseId;
use record::Bounds;
use rules::Rules;
use share::{Dividing, Share};
use task::{Part, Task};

pub use cascade::MOST_CASCADES;
pub use count::combinations;
pub use record::SweepRecord;
pub use share::{Keep, KeepNothing};
pub use tally::MOST_LISTED;

/// How to sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Evaluate every contingency.
    Exhaustive,
    /// Evaluate the singles, and the pairs that interact; to order 3 the same after every single one.
    Pruned,
}

/// Sweeps.
pub(super) fn sweep(study: &Study<'_>, order: u32, watch: &dyn Watch) -> SweepOutcome {
    sweep_by(
        study,
        order,
        watch,
        way(study, order),
        Rules::ALL,
        Share::All,
    )
}

/// What is found of a part, or of all of it, which is then also answered; goes on from `before`, which is
/// of the same part.
///
/// # Errors
/// `before` is of something else.
pub(super) fn sweep_part(
    study: &Study<'_>,
    order: u32,
    (shard, before): (Option<Shard>, Option<&SweepRecord>),
    keep: &dyn Keep,
    watch: &dyn Watch,
) -> Result<(SweepRecord, Option<SweepOutcome>), Unfit> {
    let asked = (order, way(study, order));
    part_by(study, asked, (shard, before), keep, watch)
}

fn part_by(
    study: &Study<'_>,
    (order, way): (u32, Way),
    (shard, before): (Option<Shard>, Option<&SweepRecord>),
    keep: &dyn Keep,
    watch: &dyn Watch,
) -> Result<(SweepRecord, Option<SweepOutcome>), Unfit> {
    let bounds = bounds(study, order, way);
    if before.is_some_and(|record| !record.fits(&bounds)) {
        return Err(Unfit);
    }
    let alone = Shard { index: 0, count: 1 };
    let dividing = Dividing::new(shard.unwrap_or(alone), before, keep);
    let share = Share::Part(&dividing, 0);
    let outcome = if shard.is_some() {
        let runs = CaseLanes::all(study.scenario());
        let run = |task: &Task<'_>| run(task, way);
        sweep_runs(
            study,
            order,
            watch,
            (&runs, share),
            Vec::new(),
            Rules::ALL,
            run,
        );
        None
    } else {
        Some(sweep_by(study, order, watch, way, Rules::ALL, share))
    };
    // Without items there is nothing to wait for.
    let runs = bounds.iter().filter(|run| run.items > 0).count();
    Ok((dividing.finish(runs), outcome))
}

/// The answer of all parts together.
///
/// # Errors
/// They are of something else, or something is missing or there twice.
pub(super) fn sweep_joined(
    study: &Study<'_>,
    order: u32,
    parts: &[SweepRecord],
    watch: &dyn Watch,
) -> Result<SweepOutcome, Unfit> {
    joined_by(study, (order, way(study, order)), parts, watch)
}

fn joined_by(
    study: &Study<'_>,
    (order, way): (u32, Way),
    parts: &[SweepRecord],
    watch: &dyn Watch,
) -> Result<SweepOutcome, Unfit> {
    let bounds = bounds(study, order, way);
    let cover = |(run, bounds): (usize, &Bounds)| {
        let mut is_done = vec![false; bounds.items as usize];
        let all = parts.iter().filter_map(|part| part.run(run));
        let mut all = all.flat_map(record::RunRecord::items_done);
        let once = all.all(|i| !std::mem::replace(&mut is_done[i as usize], true));
        once && is_done.iter().all(|&done| done)
    };
    let fits = parts
        .iter()
        .all(|part| part.is_whole() && part.fits(&bounds));
    if !fits || !bounds.iter().enumerate().all(cover) {
        return Err(Unfit);
    }
    let share = Share::Done(parts, 0);
    Ok(sweep_by(study, order, watch, way, Rules::ALL, share))
}

/// What there is to find in each run over load cases.
fn bounds(study: &Study<'_>, order: u32, way: Way) -> Vec<Bounds> {
    let elements = status::further_elements(study, &study.scenario().down).len();
    let items = match way {
        Way::Exhaustive => blocks::Blocks::new(elements, order).len(),
        Way::Pruned if order < 2 => 0,
        Way::Pruned => u32::try_from(elements).unwrap_or(u32::MAX),
    };
    let services = study.system().services().len();
    let run = |lanes: &CaseLanes| Bounds {
        items,
        tallies: services * lanes.asked().len(),
        nodes: study.system().nodes().len(),
        cases: study.scenario().cases.len(),
        elements,
        order,
    };
    CaseLanes::all(study.scenario()).iter().map(run).collect()
}

/// Parts of a sweep that are not of this sweep, or not all of it once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is no part of this sweep, or not each of its parts is there once")]
pub struct Unfit;

/// Sweeps at one load case, with nothing beside it.
pub(super) fn sweep_case(
    study: &Study<'_>,
    case: CaseId,
    order: u32,
    watch: &dyn Watch,
) -> SweepOutcome {
    // One lane, always: a page that asks no more carries no more of the engine.
    let run: fn(&Task<'_>) -> Part = match way(study, order) {
        Way::Exhaustive => exhaustive::run::<1>,
        Way::Pruned => up_to_three::run::<1>,
    };
    let runs = CaseLanes::only(&[case]);
    let runs = (&runs[..], Share::All);
    sweep_runs(study, order, watch, runs, Vec::new(), Rules::ALL, run)
}

/// Sweeps at some load cases, with every named contingency. What single failures leave of headroom is not
/// worked out unless pairs need it.
pub(super) fn sweep_cases(
    study: &Study<'_>,
    cases: &[CaseId],
    order: u32,
    watch: &dyn Watch,
) -> SweepOutcome {
    let rules = Rules {
        headroom: order > 1,
        ..Rules::ALL
    };
    let runs = CaseLanes::only(cases);
    let way = way(study, order);
    sweep_at(study, order, watch, (way, rules), (&runs, Share::All))
}

/// The quickest way that is exact.
fn way(study: &Study<'_>, order: u32) -> Way {
    let few = study.scenario().sweep.elements.len() <= order as usize;
    let compiled = study.compiled();
    // What trips hangs on what all layers ask together, which no rule for pairs looks at; nor does any
    // look at what a third failure moves.
    let unruled =
        (compiled.is_layered() && compiled.may_trip()) || (compiled.has_placements() && order > 2);
    if order > 3 || few || unruled {
        Way::Exhaustive
    } else {
        Way::Pruned
    }
}

/// Sweeps by definition.
pub(super) fn exhaustively(study: &Study<'_>, order: u32, watch: &dyn Watch) -> SweepOutcome {
    sweep_by(study, order, watch, Way::Exhaustive, Rules::ALL, Share::All)
}

fn sweep_by(
    study: &Study<'_>,
    order: u32,
    watch: &dyn Watch,
    way: Way,
    rules: Rules,
    share: Share<'_>,
) -> SweepOutcome {
    let runs = CaseLanes::all(study.scenario());
    sweep_at(study, order, watch, (way, rules), (&runs, share))
}

fn sweep_at(
    study: &Study<'_>,
    order: u32,
    watch: &dyn Watch,
    (way, rules): (Way, Rules),
    runs: (&[CaseLanes], Share<'_>),
) -> SweepOutcome {
    // What has a name is asked for by name: it comes before all that can end early.
    let named = study.named(watch);
    let run = |task: &Task<'_>| run(task, way);
    let asked = study.scenario().contingencies.len() * study.scenario().cases.len();
    SweepOutcome {
        named_asked: asked,
        ..sweep_runs(study, order, watch, runs, named, rules, run)
    }
}

/// Sweeps run by run over load cases.
fn sweep_runs(
    study: &Study<'_>,
    order: u32,
    watch: &dyn Watch,
    (runs, share): (&[CaseLanes], Share<'_>),
    named: Vec<NamedOutcome>,
    rules: Rules,
    run: impl Fn(&Task<'_>) -> Part,
) -> SweepOutcome {
    let elements = status::further_elements(study, &study.scenario().down);
    let n = elements.len() as u64;
    let possible: Vec<u64> = (1..=order).map(|k| combinations(n, k)).collect();
    // Single failures are everybody's.
    let own = |(k, all): (usize, &u64)| if k == 0 { *all } else { all / share.parts() };
    let steps = possible.iter().enumerate().map(own);
    let steps = steps.fold(0u64, u64::saturating_add);
    watch.total(steps.saturating_mul(runs.len() as u64));
    let mut accounted = possible.clone();
    let mut services: Vec<Vec<ServiceSweep>> = Vec::new();
    let mut cascades = cascade::Found::new(order, MOST_CASCADES);
    let mut stranded = stranded::Found::new(order, 0, MOST_CASCADES);
    for (i, lanes) in runs.iter().enumerate() {
        let part = run(&Task {
            study,
            lanes,
            failed: &[],
            elements: &elements,
            first: 0,
            order,
            runs: if i == 0 { runs.len() as u64 } else { 0 },
            watch,
            rules,
            share: share.of_run(i),
        });
        for (all, part) in accounted.iter_mut().zip(&part.accounted) {
            *all = (*all).min(*part);
        }
        cascades.merge(part.cascades);
        stranded.merge(part.stranded);
        services.resize_with(part.services.len(), Vec::new);
        for (all, part) in services.iter_mut().zip(part.services) {
            all.extend(part);
        }
    }
    SweepOutcome {
        elements: n,
        possible,
        accounted,
        services: services.concat(),
        cascades: cascades.finish(),
        stranded: stranded.finish(),
        named_asked: named.len(),
        named,
    }
}

fn run(task: &Task<'_>, way: Way) -> Part {
    match (way, task.lanes.len()) {
        (Way::Exhaustive, 1) => exhaustive::run::<1>(task),
        (Way::Exhaustive, 2) => exhaustive::run::<2>(task),
        (Way::Exhaustive, 3 | 4) => exhaustive::run::<4>(task),
        (Way::Exhaustive, _) => exhaustive::run::<8>(task),
        (Way::Pruned, 1) => up_to_three::run::<1>(task),
        (Way::Pruned, 2) => up_to_three::run::<2>(task),
        (Way::Pruned, 3 | 4) => up_to_three::run::<4>(task),
        (Way::Pruned, _) => up_to_three::run::<8>(task),
    }
}
