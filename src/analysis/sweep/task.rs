//! What a run of a sweep over some load cases is to do, and what it found.

use super::rules::Rules;
use super::share::Share;
use super::tally::Tally;
use super::{cascade, stranded};
use crate::analysis::lanes::CaseLanes;
use crate::analysis::{ServiceSweep, Study, Watch};
use crate::model::{NodeId, ServiceOutcome};

/// What one run over some load cases is to do.
pub(super) struct Task<'t> {
    pub study: &'t Study<'t>,
    pub lanes: &'t CaseLanes,
    /// What has failed before, besides known outages; a part of every contingency.
    pub failed: &'t [NodeId],
    /// Sorted.
    pub elements: &'t [NodeId],
    /// Of contingencies with an element before this one, only what others need to know is found out.
    pub first: u32,
    /// Elements of a contingency, besides those that have failed before.
    pub order: u32,
    /// In the first run over load cases: how many runs there are; later ones have been told of.
    pub runs: u64,
    pub watch: &'t dyn Watch,
    pub rules: Rules,
    /// Who does the heavy work.
    pub share: Share<'t>,
}

impl<'t> Task<'t> {
    /// Single failures of these elements, by which other contingencies are judged: nothing is counted.
    pub fn of_singles(
        study: &'t Study<'t>,
        lanes: &'t CaseLanes,
        elements: &'t [NodeId],
        (rules, watch): (Rules, &'t dyn Watch),
    ) -> Self {
        Self {
            study,
            lanes,
            failed: &[],
            elements,
            first: 0,
            order: 1,
            runs: 0,
            watch,
            rules,
            share: Share::All,
        }
    }
}

/// What it found.
pub(super) struct Part {
    pub accounted: Vec<u64>,
    /// By service, then by lane.
    pub services: Vec<Vec<ServiceSweep>>,
    pub cascades: cascade::Found,
    pub stranded: stranded::Found,
}

/// The answer from what was counted, by service, then by lane; `outcomes` are the base state, by
/// lane, then by service.
pub(super) fn part(
    task: &Task<'_>,
    accounted: Vec<u64>,
    (tallies, cascades): (Vec<Tally>, cascade::Found),
    outcomes: &[Vec<ServiceOutcome>],
) -> Part {
    let lanes = task.lanes.asked().len();
    let mut tallies = tallies.into_iter();
    let services = (0..outcomes[0].len())
        .map(|s| {
            let each = tallies.by_ref().take(lanes).enumerate();
            each.map(|(l, tally)| finish(task, tally, &outcomes[l][s], l))
                .collect()
        })
        .collect();
    Part {
        accounted,
        services,
        cascades,
        stranded: stranded::Found::new(task.order, 0, 0),
    }
}

/// What is harm about one service in one lane, once all is counted.
fn finish(task: &Task<'_>, mut tally: Tally, base: &ServiceOutcome, lane: usize) -> ServiceSweep {
    tally.sort();
    let least_headroom = tally.least_headroom().cloned();
    ServiceSweep {
        service: base.service,
        case: task.lanes.asked()[lane],
        base: base.clone(),
        orders: tally.orders,
        minimal: tally.minimal,
        minimal_count: tally.minimal_count,
        worst: tally.worst,
        least_headroom,
    }
}
