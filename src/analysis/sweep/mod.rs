//! All contingencies up to an order, at every load case.
//!
//! In: a study, an order, a watcher. Out: a [`SweepOutcome`] in which every contingency is accounted
//! for, or fewer when the watcher stopped it. The same for any number of threads.
//!
//! A list of minimal sets holds at most [`MOST_LISTED`] per service and load case, the first in
//! order; `minimal_count` counts them all.

mod count;
mod exhaustive;
mod tally;

use super::lanes::CaseLanes;
use super::status;
use super::study::Study;
use super::{ServiceSweep, SweepOutcome, Watch};

pub use count::combinations;
pub use tally::MOST_LISTED;

/// Sweeps.
pub(super) fn sweep(study: &Study<'_>, order: u32, watch: &dyn Watch) -> SweepOutcome {
    let elements = status::further_elements(study, &study.scenario().down);
    let n = elements.len() as u64;
    let possible: Vec<u64> = (1..=order).map(|k| combinations(n, k)).collect();
    let runs = CaseLanes::all(study.scenario());
    watch.total(
        possible
            .iter()
            .sum::<u64>()
            .saturating_mul(runs.len() as u64),
    );
    let mut accounted = possible.clone();
    let mut services: Vec<Vec<ServiceSweep>> = Vec::new();
    for lanes in &runs {
        let task = Task {
            study,
            lanes,
            elements: &elements,
            order,
            watch,
        };
        let part = match lanes.len() {
            1 => exhaustive::run::<1>(&task),
            2 => exhaustive::run::<2>(&task),
            3 | 4 => exhaustive::run::<4>(&task),
            _ => exhaustive::run::<8>(&task),
        };
        for (all, part) in accounted.iter_mut().zip(&part.accounted) {
            *all = (*all).min(*part);
        }
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
    }
}

/// What one run over some load cases is to do.
struct Task<'t> {
    study: &'t Study<'t>,
    lanes: &'t CaseLanes,
    /// Sorted.
    elements: &'t [crate::model::NodeId],
    order: u32,
    watch: &'t dyn Watch,
}

/// What it found.
struct Part {
    accounted: Vec<u64>,
    /// By service, then by lane.
    services: Vec<Vec<ServiceSweep>>,
}
