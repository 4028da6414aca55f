//! The base state in every hour: which services it harms, and which have too little headroom.

use super::blocks::{Block, LANES};
use super::outcome::{Impact, Span};
use super::task::Task;
use crate::analysis::status::{is_thin, own_delivered_of_base, own_status_of_base};
use crate::engine::{Base, Reach};
use rayon::prelude::*;

/// Lowest blocks that one thread takes at a time.
const RUN: usize = 16;

/// The base state over the horizon.
pub(super) struct BaseHours {
    /// Per service: hours in which it is harmed.
    pub impact: Vec<Vec<Span<Impact>>>,
    /// Per service: hours in which its headroom is less than was asked for.
    pub thin: Vec<Vec<Span<()>>>,
}

/// What one run of blocks found, in order of hours: service, hour, and what.
#[derive(Default)]
struct Found {
    impact: Vec<(u32, u32, Impact)>,
    thin: Vec<(u32, u32)>,
}

/// Evaluates every hour; `None` when stopped.
pub(super) fn every_hour(task: &Task<'_>) -> Option<BaseHours> {
    let lowest: Vec<Block> = task.blocks.lowest().collect();
    let runs: Vec<Option<Found>> = lowest
        .par_chunks(RUN)
        .map(|run| some_hours(task, run))
        .collect();
    let services = task.study.system().services().len();
    let mut all = BaseHours {
        impact: vec![Vec::new(); services],
        thin: vec![Vec::new(); services],
    };
    for found in runs {
        let found = found?;
        for (s, hour, impact) in found.impact {
            push_impact(&mut all.impact[s as usize], hour, impact);
        }
        for (s, hour) in found.thin {
            push(&mut all.thin[s as usize], hour, ());
        }
    }
    Some(all)
}

/// Adds an hour to spans in order of hours.
pub(super) fn push<T: PartialEq + Copy>(spans: &mut Vec<Span<T>>, hour: u32, value: T) {
    match spans.last_mut() {
        Some(last) if last.to == hour && last.value == value => last.to = hour + 1,
        _ => spans.push(Span {
            from: hour,
            to: hour + 1,
            value,
        }),
    }
}

fn push_impact(spans: &mut Vec<Span<Impact>>, hour: u32, value: Impact) {
    match spans.last_mut() {
        Some(last) if last.to == hour && last.value.status == value.status => {
            last.to = hour + 1;
            last.value.delivered = last.value.delivered.min(value.delivered);
        }
        _ => push(spans, hour, value),
    }
}

fn some_hours(task: &Task<'_>, run: &[Block]) -> Option<Found> {
    let asked = task.study.scenario().headroom;
    let mut found = Found::default();
    let mut reach = Reach::new();
    let mut base: Option<Base<'_, LANES>> = None;
    for &block in run {
        if task.watch.stop() {
            return None;
        }
        let demand = task.blocks.most(block);
        match &mut base {
            Some(base) => base.set_demand(&demand),
            None => base = Some(task.study.base(&[], &demand)),
        }
        let Some(base) = &base else { return None };
        let mut view = reach.at_base(base);
        for s in 0..demand.len() {
            let service = u32::try_from(s).unwrap_or(u32::MAX);
            let limits = asked.map(|_| view.limits(s));
            for l in 0..task.blocks.parts(block) {
                let (hour, status) = (task.blocks.hour(block, l), own_status_of_base(base, s, l));
                if status.is_harm() {
                    let delivered = own_delivered_of_base(base, s, l);
                    found
                        .impact
                        .push((service, hour, Impact { status, delivered }));
                }
                let headroom = limits.and_then(|limits| limits[l]).map(|x| x.headroom());
                if is_thin(headroom, asked) {
                    found.thin.push((service, hour));
                }
            }
        }
        task.watch.advance(1);
    }
    // By hour, then service, is how blocks come; spans of one service only need its own order.
    Some(found)
}
