//! Known outages: the first hour in which one hurts.

use super::blocks::{Block, LANES};
use super::outcome::OutageTimeline;
use super::task::Task;
use crate::analysis::status::{own_delivered_of_base, own_status_of_base};
use crate::engine::{Base, Ix};
use crate::model::{HOUR, Millis, NodeId, Reliability};

/// Less is no difference in what is delivered.
const SAME: f64 = 1e-9;

/// Every known outage of the scenario; `None` when stopped.
pub(super) fn outages(task: &Task<'_>) -> Option<Vec<OutageTimeline>> {
    let down = &task.study.scenario().down;
    down.iter().map(|&element| outage(task, element)).collect()
}

fn outage(task: &Task<'_>, element: NodeId) -> Option<OutageTimeline> {
    let all = &task.study.scenario().down;
    let others: Vec<NodeId> = all.iter().copied().filter(|&v| v != element).collect();
    let mut first = first_impact(task, all, &others)?;
    if !others.is_empty() {
        let alone = first_impact(task, &[element], &[])?;
        first = match (first, alone) {
            (Some(a), Some(b)) if b.hour < a.hour => Some(b),
            (Some(a), Some(b)) if b.hour == a.hour => Some(a.with(b)),
            (a, b) => a.or(b),
        };
    }
    let repair_hours = repair_hours(task, element);
    let restore_by = first.as_ref().zip(repair_hours).map(|(first, hours)| {
        #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)] // saturates
        let repair = (hours * HOUR as f64).ceil() as Millis;
        task.horizon.at(first.hour as usize).saturating_sub(repair)
    });
    Some(OutageTimeline {
        element,
        first_impact: first.as_ref().map(|f| f.hour),
        services: first.map_or_else(Vec::new, |f| f.services),
        repair_hours,
        restore_by,
    })
}

/// What was declared, else the mean time to repair.
fn repair_hours(task: &Task<'_>, element: NodeId) -> Option<f64> {
    let declared = task.repair_hours.iter().find(|(node, _)| *node == element);
    let mean = || match task.study.system().node(element).reliability {
        Some(Reliability::Rates { mttr_hours, .. }) => Some(mttr_hours),
        _ => None,
    };
    declared.map(|(_, hours)| *hours).or_else(mean)
}

/// An hour and whom it hurts.
struct First {
    hour: u32,
    services: Vec<NodeId>,
}

impl First {
    fn with(mut self, other: Self) -> Self {
        self.services.extend(other.services);
        self.services.sort_unstable();
        self.services.dedup();
        self
    }
}

/// The first hour in which some service is harmed with `with` failed, and less so with `without`.
/// The outer `None`: stopped.
#[allow(clippy::option_option)] // outer: stopped; inner: in no hour
fn first_impact(task: &Task<'_>, with: &[NodeId], without: &[NodeId]) -> Option<Option<First>> {
    let mut open = vec![task.blocks.top()];
    while let Some(block) = open.pop() {
        if task.watch.stop() {
            return None;
        }
        let harmed = state(task, with, &task.blocks.most(block));
        let parts = 0..task.blocks.parts(block);
        let services = 0..harmed.demand().len();
        // What trips at the greatest demands may not at others, and harm there instead.
        let in_part = |l: usize| {
            !harmed.tripped(l).is_empty()
                || services
                    .clone()
                    .any(|s| own_status_of_base(&harmed, s, l).is_harm())
        };
        if block.level > 1 {
            let busy = parts.rev().filter(|&l| in_part(l));
            open.extend(busy.map(|l| task.blocks.part(block, l)));
        } else if parts.clone().any(in_part)
            && let Some(first) = in_hours(task, block, &harmed, without)
        {
            return Some(Some(first));
        }
    }
    Some(None)
}

fn state<'t>(task: &Task<'t>, failed: &[NodeId], demand: &[[f64; LANES]]) -> Base<'t, LANES> {
    let compiled = task.study.compiled();
    let failed: Vec<Ix> = failed.iter().map(|&v| compiled.ix(v)).collect();
    Base::evaluate(compiled, task.study.capacity(), demand, &failed)
}

/// The first hour of a lowest block in which `harmed` is worse than the state with `without` failed.
fn in_hours(
    task: &Task<'_>,
    block: Block,
    harmed: &Base<'_, LANES>,
    without: &[NodeId],
) -> Option<First> {
    let other = state(task, without, harmed.demand());
    let ids = task.study.system().services();
    (0..task.blocks.parts(block)).find_map(|l| {
        let worse = |s: &usize| {
            let (status, before) = (
                own_status_of_base(harmed, *s, l),
                own_status_of_base(&other, *s, l),
            );
            let delivered = |state| own_delivered_of_base(state, *s, l);
            let less = delivered(harmed) < delivered(&other) - SAME;
            status.is_harm() && (status > before || less)
        };
        let services: Vec<NodeId> = (0..ids.len()).filter(worse).map(|s| ids[s]).collect();
        (!services.is_empty()).then(|| First {
            hour: task.blocks.hour(block, l),
            services,
        })
    })
}
