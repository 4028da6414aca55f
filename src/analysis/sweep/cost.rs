//! What a sweep will take, before it takes it: memory, and how many pairs are to be evaluated.
//!
//! In: the context, what the singles touched, the index. Out: numbers, near enough. They depend on
//! the study alone and not on time, threads or the machine: a sweep that is refused because of them
//! is a result, too.

use super::context::SweepContext;
use super::count::combinations;
use super::order::BLOCKS;
use super::pair_cache;
use super::pairs::{Plan, Worker};
use super::replays;
use super::search::Reached;
use super::single_changes::Singles;
use super::task::Task;
use super::ways::{self, SeenWays};
use crate::analysis::{Memory, Study, SweepCost};
use crate::engine::network::FlowPeaks;
use crate::engine::{Base, LaneSet, Scratch};
use crate::model::System;

/// Ranks that are looked at one by one: the heaviest have most partners.
const HEAVIEST: usize = 64;
/// How many of the others are looked at.
const SAMPLED: usize = 256;
/// What a failure costs by itself, beside a pair.
const RANK: u64 = 2;
/// With no more pairs than this each might as well interact.
const FEW: u64 = 100_000;

/// The program itself.
const PROGRAM: u64 = 16 << 20;
/// A node, a requirement and a provider of an inventory, names included.
const NODE: u64 = 400;
const REQUIREMENT: u64 = 128;
const PROVIDER: u64 = 40;
/// What is gathered about a service at a load case.
const TALLY: u64 = 300;
/// What a single failure leaves behind.
const SINGLE: u64 = 300;
/// A value in a list of effects, while the index is made and once it is.
const ENTRY_MADE: u64 = 12;
const ENTRY: u64 = 8;
/// What an evaluated pair leaves behind: minimal sets, and elements with more partners.
const PAIR: u64 = 32;

/// Memory of order 1, beyond what was loaded.
pub(super) fn singles<const L: usize>(context: &SweepContext<'_, L>) -> Memory {
    let worker = worker(context.base, tallies(context.task));
    let sys = context.base.system();
    let before = if sys.networks.is_empty() {
        0
    } else {
        PROGRAM + loaded(context.task.study.system())
    };
    Memory {
        order: 1,
        bytes: before
            + state(context.base, tallies(context.task))
            + worker
            + SINGLE * context.places.len() as u64,
        per_thread: worker,
    }
}

/// What it takes to follow links through all contingencies of order 1: `each` is a thread's own,
/// besides its state.
pub(in crate::analysis) fn links<const L: usize>(
    study: &Study<'_>,
    base: &Base<'_, L>,
    each: usize,
) -> Memory {
    let scratch = base.system().scratch_bytes(L) + base.network_scratch_bytes();
    let state = base.system().bytes() + base.network_bytes() + scratch;
    let per_thread = (scratch + each) as u64;
    Memory {
        order: 1,
        bytes: PROGRAM + loaded(study.system()) + state as u64 + per_thread,
        per_thread,
    }
}

/// The rest of a sweep whose singles are known.
pub(super) fn pairs<const L: usize>(plan: &Plan<'_, L>) -> SweepCost {
    let (context, task) = (plan.context, plan.context.task);
    let n = context.places.len() as u64;
    let evaluated = evaluated(plan);
    let again = if task.order > 2 { n } else { 0 };
    let evaluations = evaluated + again.saturating_mul(n + evaluated);
    let orders = 2..=task.order;
    SweepCost {
        elements: n,
        from: 2,
        to: task.order,
        contingencies: orders.fold(0, |all, k| combinations(n, k).saturating_add(all)),
        evaluations: evaluations.saturating_mul(task.runs),
        done: n,
        memory: with_pairs(context, plan.singles, (evaluated, plan.index.on_networks())),
    }
}

/// All memory of a sweep to order 2 whose index has so many entries of networks; `evaluated` pairs are
/// evaluated.
pub(super) fn with_pairs<const L: usize>(
    context: &SweepContext<'_, L>,
    singles: &Singles,
    (evaluated, on_networks): (u64, u64),
) -> Memory {
    let task = context.task;
    let entries: u64 = singles.weight.iter().map(|&w| u64::from(w)).sum();
    let entries = entries + on_networks;
    let records = if task.order > 2 {
        0
    } else {
        replays::bytes(context.base, &singles.weight)
    };
    let index = ENTRY * entries + (ENTRY_MADE * entries).max(PAIR * evaluated) + records;
    let (state, worker) = (
        state(context.base, tallies(task)),
        worker(context.base, tallies(task)),
    );
    // After every single failure the pairs have a state of their own, and what they do before is kept.
    let (again, cache) = if task.order > 2 {
        let cache = pair_cache::bytes(singles.weight.len()) + PAIR * evaluated;
        (worker + state + index, cache)
    } else {
        (0, 0)
    };
    let changes = 12 * singles.changes.len() as u64 + SINGLE * singles.weight.len() as u64;
    Memory {
        order: 2,
        bytes: PROGRAM
            + loaded(task.study.system())
            + state
            + changes
            + index
            + worker
            + cache
            + again
            + context.base.network_singles_bytes() as u64,
        per_thread: worker + again,
    }
}

/// The orders from `from` up of a sweep that evaluates every contingency, of which `done` were
/// evaluated already. How many minimal sets it will find is not cache, and not counted.
pub(super) fn exhaustive<const L: usize>(
    task: &Task<'_>,
    base: &Base<'_, L>,
    [from, done]: [u64; 2],
) -> SweepCost {
    let (n, tallies) = (task.elements.len() as u64, tallies(task));
    let from = u32::try_from(from).unwrap_or(u32::MAX);
    let contingencies =
        (from..=task.order).fold(0, |all, k| combinations(n, k).saturating_add(all));
    let blocks = BLOCKS as u64 * TALLY * tallies;
    let bytes = state(base, tallies) + worker(base, tallies) + blocks;
    let before = PROGRAM + loaded(task.study.system());
    SweepCost {
        elements: n,
        from,
        to: task.order,
        contingencies,
        evaluations: contingencies.saturating_mul(task.runs),
        done,
        memory: Memory {
            order: from,
            bytes: if from > 1 { before + bytes } else { bytes },
            per_thread: worker(base, 0),
        },
    }
}

/// How many entries the index will have of flows that take other ways and of what lies on these, from a
/// sample.
pub(super) fn on_networks<const L: usize>(context: &SweepContext<'_, L>) -> u64 {
    let (base, places) = (context.base, &context.places);
    if base.system().networks.is_empty() || places.is_empty() {
        return 0;
    }
    let (mut seen, mut scratch) = (SeenWays::new(base), Scratch::new(base));
    let step = places.len().div_ceil(SAMPLED);
    let mut found = 0;
    for &place in places.iter().step_by(step) {
        let mark = scratch.mark();
        scratch.fail(place);
        let state = (&scratch, LaneSet::MAX);
        ways::effects(state, &mut seen, &Reached::default(), |_| found += 1);
        scratch.undo(mark);
    }
    found * step as u64
}

/// How many pairs interact, from the heaviest and a sample of the others.
fn evaluated<const L: usize>(plan: &Plan<'_, L>) -> u64 {
    let n = plan.index.by_rank.len();
    let all = combinations(n as u64, 2);
    if all <= FEW {
        return all;
    }
    let mut worker = Worker::new(plan);
    let heaviest: u64 = (0..n.min(HEAVIEST))
        .map(|rank| worker.partners_of(plan, rank))
        .sum();
    let rest = n.saturating_sub(HEAVIEST);
    let step = rest.div_ceil(SAMPLED).max(1);
    let sampled = (HEAVIEST..n).step_by(step);
    let of_sample: u64 = sampled.map(|rank| worker.partners_of(plan, rank)).sum();
    heaviest + of_sample * step as u64
}

/// What the pairs of each rank are estimated to cost, in evaluations: the heaviest are looked at one by one,
/// the others are each like the one before it that was.
pub(super) fn of_ranks<const L: usize>(plan: &Plan<'_, L>) -> Vec<u64> {
    let n = plan.index.by_rank.len();
    let step = n.saturating_sub(HEAVIEST).div_ceil(SAMPLED).max(1);
    let mut worker = Worker::new(plan);
    let mut costs: Vec<u64> = Vec::with_capacity(n);
    for rank in 0..n {
        let is_sampled = rank < HEAVIEST || (rank - HEAVIEST).is_multiple_of(step);
        let cost = match costs.last() {
            Some(&last) if !is_sampled => last,
            // Beside the pairs, the failure itself and the search for its partners.
            _ => RANK + worker.partners_of(plan, rank),
        };
        costs.push(cost);
    }
    costs
}

/// What was read.
fn loaded(system: &System) -> u64 {
    let requirements = system.requirements();
    let providers: usize = requirements.iter().map(|r| r.providers.len()).sum();
    let [nodes, requirements, providers] =
        [system.nodes().len(), requirements.len(), providers].map(|n| n as u64);
    NODE * nodes + REQUIREMENT * requirements + PROVIDER * providers
}

/// The compiled system, its base state and the bound of headroom.
fn state<const L: usize>(base: &Base<'_, L>, tallies: u64) -> u64 {
    let sys = base.system();
    let bounds = 3 * 8 * L * sys.len();
    // The values of the base state hold the networks once more, as any scratch does.
    let networks = base.network_bytes() + base.network_scratch_bytes() + 2 * flow_peaks(base);
    (sys.bytes() + sys.scratch_bytes(L) + bounds + networks) as u64 + TALLY * tallies
}

/// What flows have met, over all networks.
fn flow_peaks<const L: usize>(base: &Base<'_, L>) -> usize {
    let networks = base.system().networks.iter();
    networks
        .map(|network| FlowPeaks::<L>::bytes(&network.topology))
        .sum()
}

/// A thread's own.
fn worker<const L: usize>(base: &Base<'_, L>, tallies: u64) -> u64 {
    let sys = base.system();
    let marks = (48 + 24 * L) * sys.len() + 4 * sys.requirements.len();
    let networks = base.network_scratch_bytes() + flow_peaks(base);
    // A load case in which something trips has a state of its own.
    let states = if sys.may_trip() { 1 + L } else { 1 };
    (states * sys.scratch_bytes(L) + marks + states * networks) as u64 + TALLY * tallies
}

/// One for each service and load case.
fn tallies(task: &Task<'_>) -> u64 {
    (task.study.system().services().len() * task.lanes.asked().len()) as u64
}
