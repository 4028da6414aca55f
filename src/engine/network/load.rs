//! Load on one row: traffic to one destination over its shortest paths, split evenly at each node.
//!
//! A node's traffic is what starts at it plus the shares it is sent, summed in the order of its
//! incoming arcs; nodes are visited from far to near. So the result does not depend on what was
//! visited before, and visiting only what changed gives the bits of visiting everything.

use super::row::Row;
use super::topology::Topology;
use super::work::{Log, Seed, Values, Work};

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
    let slot = at.slot_for(topology, row, node);
    let old = at.cells[slot as usize];
    let retracted = work.retracted.has(node);
    let mut new = old;
    new.load = traffic(topology, at, values, node, old.source);
    if !retracted && same(&new.load, &old.load) {
        return;
    }
    next_hops(topology, at, values, work, node);
    new.next = super::topology::to_u32(work.next.len());
    let before = if retracted { [0.0; L] } else { old.share() };
    let after = new.share();
    for &(arc, head) in &work.next {
        values.sums.replace(&mut log.sums, arc, &before, &after);
        if work.seen.set(head) {
            work.far.push(at.distance[head as usize], head);
        }
    }
    let sum = values.node_sum(node);
    values
        .sums
        .replace(&mut log.sums, sum, &old.load, &new.load);
    log.cells.push((row, old));
    at.cells[slot as usize] = new;
    if retracted || (0..L).any(|l| (old.load[l] > 0.0) != (new.load[l] > 0.0)) {
        work.turned.push(node);
    }
}

/// What starts at a node and what it is sent.
#[inline]
fn traffic<const L: usize>(
    topology: &Topology,
    at: &Row<L>,
    values: &Values<L>,
    node: u32,
    source: u32,
) -> [f64; L] {
    let mut sum = [0.0; L];
    if source != super::topology::NONE {
        for &flow in topology.source_flows(source) {
            add(&mut sum, &values.flows[flow as usize]);
        }
    }
    for hop in topology.into(node) {
        if values.is_alive(hop.arc)
            && at.feeds(node, hop)
            && let Some(from) = at.cell(hop.node)
        {
            add(&mut sum, &from.share());
        }
    }
    sum
}

/// The next hops of a node, in the order of its arcs, into `work.next`.
#[inline]
fn next_hops<const L: usize>(
    topology: &Topology,
    at: &Row<L>,
    values: &Values<L>,
    work: &mut Work,
    node: u32,
) {
    work.next.clear();
    for hop in topology.out(node) {
        if values.is_alive(hop.arc) && at.leads(node, hop) {
            work.next.push((hop.arc, hop.node));
        }
    }
}

#[inline]
fn add<const L: usize>(sum: &mut [f64; L], term: &[f64; L]) {
    for l in 0..L {
        sum[l] += term[l];
    }
}

#[inline]
#[allow(clippy::float_cmp)] // a change is a change of bits; there are no NaNs
fn same<const L: usize>(x: &[f64; L], y: &[f64; L]) -> bool {
    x == y
}

/// Takes the shares of a node off its next hops as they were before this step, and asks for the
/// node and those hops to be visited. Does nothing for a node that carries nothing.
pub(super) fn retract<const L: usize>(
    topology: &Topology,
    at: &Row<L>,
    values: &mut Values<L>,
    log: &mut Log<L>,
    seeds: &mut Vec<Seed>,
    node: u32,
) {
    let Some(cell) = at.cell(node).filter(|c| c.is_active()) else {
        return;
    };
    let share = cell.share();
    for hop in topology.out(node) {
        if values.links[hop.arc as usize / 2] != super::row::DEAD && at.leads(node, hop) {
            values
                .sums
                .replace(&mut log.sums, hop.arc, &share, &[0.0; L]);
            seeds.push(Seed {
                node: hop.node,
                retracted: false,
            });
        }
    }
    seeds.push(Seed {
        node,
        retracted: true,
    });
}
