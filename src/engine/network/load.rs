//! Load on one row: traffic to one destination over its shortest paths, split evenly at each node.
//!
//! Loads are integers on a grid, so what a node carries is the sum of what starts there and what it
//! is sent, whatever came first: a node passes on the difference between what it sends now and what
//! it sent before. Nodes are visited from far to near, each once.

use super::row::{Row, cell_for, next_hops};
use super::topology::{Topology, to_u32};
use super::work::{Log, Seed, Values, Work, touch};

/// Visits the seeds and all that follows from them. Nodes that started or stopped to carry, or
/// whose next hops changed, are left in `work.turned`.
pub(super) fn push_row<const L: usize>(
    topology: &Topology,
    row: u32,
    at: &mut Row<L>,
    values: &mut Values<L>,
    log: &mut Log<L>,
    work: &mut Work,
    seeds: &[Seed],
) {
    work.seen.clear();
    work.retracted.clear();
    work.turned.clear();
    for seed in seeds {
        if seed.retracted {
            work.retracted.set(seed.node);
        }
        if work.seen.set(seed.node) {
            work.far.push(at.distance[seed.node as usize], seed.node);
        }
    }
    while let Some(node) = work.far.pop() {
        visit(topology, row, at, values, log, work, node);
    }
}

fn visit<const L: usize>(
    topology: &Topology,
    row: u32,
    at: &mut Row<L>,
    values: &mut Values<L>,
    log: &mut Log<L>,
    work: &mut Work,
    node: u32,
) {
    let step = values.sums.step();
    let retracted = work.retracted.has(node);
    let cell = cell_for(&mut at.slot, &mut at.cells, topology, row, node);
    touch(&mut log.cells, row, cell, step);
    let old = log.cells[cell.logged as usize].1;
    let more = difference(&cell.load, &old.load);
    if !retracted && more == [0; L] {
        return;
    }
    cell.next = to_u32(next_hops(&at.next, topology, node).count());
    let (new, sent) = (*cell, if retracted { [0; L] } else { old.share() });
    let sum = values.node_sum(node);
    values.sums.add(&mut log.sums, sum, &more);
    send(
        topology,
        row,
        at,
        values,
        log,
        node,
        &difference(&new.share(), &sent),
        |head, far| {
            if work.seen.set(head) {
                work.far.push(far, head);
            }
        },
    );
    if retracted || (0..L).any(|l| (old.load[l] > 0) != (new.load[l] > 0)) {
        work.turned.push(node);
    }
}

/// Gives each next hop of a node so much more; tells of each, with its distance.
#[allow(clippy::too_many_arguments)]
#[inline]
fn send<const L: usize>(
    topology: &Topology,
    row: u32,
    at: &mut Row<L>,
    values: &mut Values<L>,
    log: &mut Log<L>,
    node: u32,
    more: &[i128; L],
    mut tell: impl FnMut(u32, f64),
) {
    if *more == [0; L] {
        return;
    }
    let step = values.sums.step();
    for hop in next_hops(&at.next, topology, node) {
        values.sums.add(&mut log.sums, hop.arc, more);
        let head = cell_for(&mut at.slot, &mut at.cells, topology, row, hop.node);
        touch(&mut log.cells, row, head, step);
        add(&mut head.load, more);
        tell(hop.node, at.distance[hop.node as usize]);
    }
}

/// Takes what a node sends off its next hops, as they were before this step, and asks for the node
/// and those hops to be visited. Does nothing for a node that carries nothing.
pub(super) fn retract<const L: usize>(
    topology: &Topology,
    row: u32,
    at: &mut Row<L>,
    values: &mut Values<L>,
    log: &mut Log<L>,
    seeds: &mut Vec<Seed>,
    node: u32,
) {
    let step = values.sums.step();
    let slot = at.slot[node as usize] as usize;
    let Some(cell) = at.cells.get_mut(slot) else {
        return;
    };
    // What it sent before this step: since then, others may have been retracted above it.
    let before = if cell.step == step {
        log.cells[cell.logged as usize].1
    } else {
        *cell
    };
    if !before.is_active() {
        return;
    }
    touch(&mut log.cells, row, cell, step);
    let less = before.share().map(|x| -x);
    send(topology, row, at, values, log, node, &less, |head, _| {
        seeds.push(Seed {
            node: head,
            retracted: false,
        });
    });
    seeds.push(Seed {
        node,
        retracted: true,
    });
}

/// Load starts at a node, or stops to.
pub(super) fn start<const L: usize>(
    topology: &Topology,
    row: u32,
    at: &mut Row<L>,
    values: &Values<L>,
    log: &mut Log<L>,
    node: u32,
    more: &[i128; L],
) {
    let cell = cell_for(&mut at.slot, &mut at.cells, topology, row, node);
    touch(&mut log.cells, row, cell, values.sums.step());
    add(&mut cell.load, more);
}

#[inline]
fn add<const L: usize>(sum: &mut [i128; L], more: &[i128; L]) {
    for (sum, more) in sum.iter_mut().zip(more) {
        *sum = sum.wrapping_add(*more);
    }
}

/// `new` − `old`.
#[inline]
pub(super) fn difference<const L: usize>(new: &[i128; L], old: &[i128; L]) -> [i128; L] {
    std::array::from_fn(|l| new[l].wrapping_sub(old[l]))
}
