//! Every hour of a horizon: what the base state does to each service, and what every single
//! failure would. Risk and impact, hour by hour, and what follows from them.
//!
//! In: a study, the demand of every hour, repair times. Out: a [`TimelineOutcome`]: per service
//! its status, the hours of impact, the hours of risk and the growth left; per failure the hours
//! in which it harms, and so those in which maintenance is safe; per known outage the first hour
//! in which it harms, and so the time by which to restore it.
//!
//! Every hour counts, few are evaluated: hours stand in blocks of eight, eight of them are the
//! lanes of one evaluation, and a block whose greatest demands harm nobody is not opened. The
//! outcome is that of evaluating every hour and every failure by itself, and the same for any
//! number of threads.

mod base;
mod blocks;
mod capacity;
mod growth;
mod holds;
mod outcome;
mod restore;
mod singles;
mod task;

pub(super) use blocks::{Block, Blocks, LANES};
pub use capacity::MOST_SERVICES;
pub use outcome::{
    CapacityPoint, CapacityTimeline, Carried, FailureTimeline, GrowthLeft, Harm, Impact,
    MOST_SPANS, OutageTimeline, Risk, ServiceTimeline, Span, Tightest, TimelineOutcome,
};

use super::Watch;
use super::status::further_elements;
use super::study::Study;
use crate::model::{Cause, Horizon, NodeId, Status};
use base::{BaseHours, push};
use singles::Singles;
use task::Task;

/// Every hour of a horizon. `repair_hours` are declared repair times of known outages; they win
/// over the mean time to repair. `None` when the watcher stopped it.
#[must_use]
pub fn timeline(
    study: &Study<'_>,
    horizon: &Horizon,
    repair_hours: &[(NodeId, f64)],
    watch: &dyn Watch,
) -> Option<TimelineOutcome> {
    let blocks = Blocks::new(horizon);
    let elements = further_elements(study, &study.scenario().down);
    let task = Task {
        study,
        horizon,
        blocks: &blocks,
        elements: &elements,
        repair_hours,
        watch,
    };
    watch.total((blocks.lowest().len() + elements.len()) as u64);
    let base = base::every_hour(&task)?;
    let singles = singles::every_failure(&task, &base)?;
    let growth = growth::growth(&task, &singles.stopped_by)?;
    let outages = restore::outages(&task)?;
    let capacity = capacity::capacity(&task, &growth)?;
    Some(TimelineOutcome {
        hours: u32::try_from(blocks.hours()).unwrap_or(u32::MAX),
        elements: elements.len() as u64,
        services: services(&task, &base, &singles, &growth),
        failures: singles.failures,
        outages,
        capacity,
    })
}

fn services(
    task: &Task<'_>,
    base: &BaseHours,
    singles: &Singles,
    growth: &growth::Growth,
) -> Vec<ServiceTimeline> {
    let ids = task.study.system().services().iter().enumerate();
    ids.map(|(s, &service)| ServiceTimeline {
        service,
        status: statuses(task, base, &singles.risk[s], s),
        impact: base.impact[s].clone(),
        risk: singles.risk[s].clone(),
        first_risk: singles.first_risk[s],
        growth_n0: growth.n0[s],
        growth_n1: growth.n1[s],
    })
    .collect()
}

/// Status and cause hour by hour: impact first, then the most urgent cause of risk.
fn statuses(
    task: &Task<'_>,
    base: &BaseHours,
    risk: &[Span<u32>],
    service: usize,
) -> Vec<Span<(Status, Option<Cause>)>> {
    let mut hours = vec![(Status::Ok, None); task.blocks.hours()];
    let mut fill = |from: u32, to: u32, value| hours[from as usize..to as usize].fill(value);
    for span in &base.thin[service] {
        fill(span.from, span.to, (Status::AtRisk, Some(Cause::Headroom)));
    }
    for span in risk {
        fill(
            span.from,
            span.to,
            (Status::AtRisk, Some(Cause::Redundancy)),
        );
    }
    if let Some(last) = base.impact[service].last() {
        fill(0, last.from, (Status::AtRisk, Some(Cause::Peak)));
    }
    for span in &base.impact[service] {
        fill(span.from, span.to, (span.value.status, None));
    }
    let mut spans = Vec::new();
    for (hour, value) in (0..).zip(hours) {
        push(&mut spans, hour, value);
    }
    spans
}
