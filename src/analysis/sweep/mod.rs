//! All contingencies up to an order, at every load case.
//!
//! In: a study, an order, a search. Out: a [`SweepOutcome`] in which every contingency is accounted
//! for, or fewer when the search stopped it. The same for any number of threads.
//!
//! A list of minimal sets holds as many as the study asks for, per service and load case, the first in
//! order; `minimal_count` counts them all.

mod cascade;
pub(super) mod cost;
mod count;
mod effects;
mod exhaustive;
pub(super) mod further;
#[cfg(test)]
mod further_tests;
mod gathered;
mod grade;
mod index;
mod margin;
mod moves;
#[cfg(test)]
mod moves_tests;
mod pair_cache;
mod pair_counts;
mod pairs;
mod pruned;
mod relieved;
mod replays;
mod room;
mod search;
mod singles;
mod stranded;
mod tally;
#[cfg(test)]
mod tests;
mod triples;
mod utilization_bound;

use super::lanes::CaseLanes;
use super::status;
use super::study::Study;
use super::{NamedOutcome, ServiceSweep, SweepOutcome, Watch};
use crate::model::{CaseId, NodeId};
use moves::Kind;

pub use cascade::MOST_CASCADES;
pub use count::combinations;
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
    sweep_by(study, order, watch, way(study, order), Rules::ALL)
}

/// Sweeps at one load case, with nothing beside it.
pub(super) fn sweep_case(
    study: &Study<'_>,
    case: CaseId,
    order: u32,
    watch: &dyn Watch,
) -> SweepOutcome {
    let lanes = CaseLanes::alone(case);
    // One lane, always: a page that asks no more carries no more of the engine.
    let run: fn(&Task<'_>) -> Part = match way(study, order) {
        Way::Exhaustive => exhaustive::run::<1>,
        Way::Pruned => pruned::run::<1>,
    };
    sweep_runs(study, order, watch, &[lanes], Vec::new(), Rules::ALL, run)
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
    sweep_by(study, order, watch, Way::Exhaustive, Rules::ALL)
}

fn sweep_by(
    study: &Study<'_>,
    order: u32,
    watch: &dyn Watch,
    way: Way,
    rules: Rules,
) -> SweepOutcome {
    // What has a name is asked for by name: it comes before all that can end early.
    let named = study.named(watch);
    let runs = CaseLanes::all(study.scenario());
    let run = |task: &Task<'_>| run(task, way);
    let asked = study.scenario().contingencies.len() * study.scenario().cases.len();
    SweepOutcome {
        named_asked: asked,
        ..sweep_runs(study, order, watch, &runs, named, rules, run)
    }
}

/// Sweeps run by run over load cases.
fn sweep_runs(
    study: &Study<'_>,
    order: u32,
    watch: &dyn Watch,
    runs: &[CaseLanes],
    named: Vec<NamedOutcome>,
    rules: Rules,
    run: impl Fn(&Task<'_>) -> Part,
) -> SweepOutcome {
    let elements = status::further_elements(study, &study.scenario().down);
    let n = elements.len() as u64;
    let possible: Vec<u64> = (1..=order).map(|k| combinations(n, k)).collect();
    watch.total(
        possible
            .iter()
            .sum::<u64>()
            .saturating_mul(runs.len() as u64),
    );
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
        (Way::Pruned, 1) => pruned::run::<1>(task),
        (Way::Pruned, 2) => pruned::run::<2>(task),
        (Way::Pruned, 3 | 4) => pruned::run::<4>(task),
        (Way::Pruned, _) => pruned::run::<8>(task),
    }
}

/// The rules by which pairs interact, and the checks that keep exact what a pair omits about
/// delivered; each is needed, and tests leave one out to show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "rules, each on or off")]
struct Rules {
    dead: bool,
    product: bool,
    capacity: bool,
    requirement: bool,
    delivered: bool,
    network: bool,
    /// A host is chosen in one and gets worse in the other.
    chosen: bool,
    /// A host may be used in one and gets better in the other.
    usable: bool,
    /// An instance is placed in one that is kept apart from what moves in the other.
    apart: bool,
    /// What known outages displaced may go elsewhere.
    away: bool,
    /// What a failure does before its last trip counts, round by round.
    rounds: bool,
    /// A node that trips below its capacity counts from there.
    trips: bool,
    /// A pair may interact with a third failure though neither of the two does.
    joint: bool,
    /// A group may be touched by what rises above the bound of headroom below it.
    reached: bool,
    /// A group that lost a provider may be where headroom falls.
    switched: bool,
    /// Before a pair: how much may be omitted.
    margin: bool,
    /// After it: whether a result hangs on what was omitted.
    omitted: bool,
    /// What a single failure changes is laid over the state of its pairs.
    replay: bool,
    /// Headroom of such a pair looks at all loads where both touch a group.
    grouped: bool,
}

impl Rules {
    const ALL: Self = Self {
        dead: true,
        product: true,
        capacity: true,
        requirement: true,
        delivered: true,
        network: true,
        chosen: true,
        usable: true,
        apart: true,
        away: true,
        rounds: true,
        trips: true,
        joint: true,
        reached: true,
        switched: true,
        margin: true,
        omitted: true,
        replay: true,
        grouped: true,
    };

    /// Whether two failures interact that meet in this way.
    fn counts(&self, kind: Kind) -> bool {
        match kind {
            Kind::Chosen | Kind::Worse => self.chosen,
            Kind::Usable | Kind::Better => self.usable,
            Kind::Apart | Kind::Moved => self.apart,
        }
    }
}

/// What one run over some load cases is to do.
struct Task<'t> {
    study: &'t Study<'t>,
    lanes: &'t CaseLanes,
    /// What has failed before, besides known outages; a part of every contingency.
    failed: &'t [NodeId],
    /// Sorted.
    elements: &'t [NodeId],
    /// Of contingencies with an element before this one, only what others need to know is found out.
    first: u32,
    /// Elements of a contingency, besides those that have failed before.
    order: u32,
    /// In the first run over load cases: how many runs there are; later ones have been told of.
    runs: u64,
    watch: &'t dyn Watch,
    rules: Rules,
}

/// What it found.
struct Part {
    accounted: Vec<u64>,
    /// By service, then by lane.
    services: Vec<Vec<ServiceSweep>>,
    cascades: cascade::Found,
    stranded: stranded::Found,
}
