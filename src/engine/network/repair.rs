//! Distances of one row after links have died, from those before.
//!
//! A node is affected when no working arc supports its distance any more. Affected nodes are found
//! from near to far, then Dijkstra runs among them only. Links that die in this step are marked
//! [`DYING`](super::row::DYING): the old next hops of a node are still known while its shares are
//! taken off them.

use super::load::retract;
use super::row::{Row, on_path};
use super::topology::{NONE, Topology};
use super::work::{Log, Seed, Values, Work};

/// Whether any of `dying` is on a shortest path of the row.
pub(super) fn concerns<const L: usize>(topology: &Topology, at: &Row<L>, dying: &[u32]) -> bool {
    !at.lost
        && (topology.is_flat()
            || dying.iter().any(|&link| {
                lies_on(topology, at, 2 * link) || lies_on(topology, at, 2 * link + 1)
            }))
}

#[inline]
pub(super) fn lies_on<const L: usize>(topology: &Topology, at: &Row<L>, arc: u32) -> bool {
    let (tail, head) = topology.ends(arc);
    on_path(
        topology.metric(arc),
        at.distance[tail as usize],
        at.distance[head as usize],
    )
}

/// Repairs the row. Nodes whose traffic must be looked at again go to `seeds`, sources that can no
/// longer reach the destination to `cut`.
#[allow(clippy::too_many_arguments)]
pub(super) fn repair_row<const L: usize>(
    topology: &Topology,
    row: u32,
    at: &mut Row<L>,
    values: &mut Values<L>,
    log: &mut Log<L>,
    work: &mut Work,
    dying: &[u32],
    seeds: &mut Vec<Seed>,
    cut: &mut Vec<u32>,
) {
    work.seen.clear();
    work.retracted.clear();
    work.affected.clear();
    find_affected(topology, at, values, work, dying);
    retract_around(topology, at, values, log, work, dying, seeds);
    for &u in &work.affected {
        log.distances.push((row, u, at.distance[u as usize]));
        at.distance[u as usize] = f64::INFINITY;
    }
    settle_affected(topology, at, values, work);
    for &u in &work.affected {
        if at.distance[u as usize].is_infinite() {
            let source = topology.source_at(row, u);
            if source != NONE {
                cut.push(source);
            }
        }
    }
}

/// Fills `work.affected`, and marks it in `work.seen`.
fn find_affected<const L: usize>(
    topology: &Topology,
    at: &Row<L>,
    values: &Values<L>,
    work: &mut Work,
    dying: &[u32],
) {
    if topology.is_flat() {
        let root_free = (0..super::topology::to_u32(topology.nodes()))
            .filter(|&u| at.distance[u as usize] > 0.0 && at.distance[u as usize].is_finite());
        for u in root_free {
            work.seen.set(u);
            work.affected.push(u);
        }
        return;
    }
    for &link in dying {
        for arc in [2 * link, 2 * link + 1] {
            let tail = topology.ends(arc).0;
            if lies_on(topology, at, arc) {
                work.near.push(at.distance[tail as usize], tail);
            }
        }
    }
    while let Some((distance, u)) = work.near.pop() {
        if work.seen.has(u) || is_supported(topology, at, values, work, u, distance) {
            continue;
        }
        work.seen.set(u);
        work.affected.push(u);
        for hop in topology.into(u) {
            let p = at.distance[hop.node as usize];
            if values.is_alive(hop.arc) && on_path(hop.metric, p, distance) {
                work.near.push(p, hop.node);
            }
        }
    }
}

/// Whether a working arc to a node that is not affected explains this very distance.
#[inline]
#[allow(clippy::float_cmp)] // distances are exact minima: the one that explains them is equal
fn is_supported<const L: usize>(
    topology: &Topology,
    at: &Row<L>,
    values: &Values<L>,
    work: &Work,
    node: u32,
    distance: f64,
) -> bool {
    topology.out(node).iter().any(|hop| {
        hop.metric + at.distance[hop.node as usize] == distance
            && values.is_alive(hop.arc)
            && !work.seen.has(hop.node)
    })
}

/// Retracts the shares of every node whose next hops may change: tails of dying arcs, affected
/// nodes, and the nodes that send to affected ones.
fn retract_around<const L: usize>(
    topology: &Topology,
    at: &Row<L>,
    values: &mut Values<L>,
    log: &mut Log<L>,
    work: &mut Work,
    dying: &[u32],
    seeds: &mut Vec<Seed>,
) {
    let mut once = |node: u32, values: &mut Values<L>| {
        if work.retracted.set(node) {
            retract(topology, at, values, log, seeds, node);
        }
    };
    for &link in dying {
        for arc in [2 * link, 2 * link + 1] {
            let tail = topology.ends(arc).0;
            if lies_on(topology, at, arc) {
                once(tail, values);
            }
        }
    }
    for &u in &work.affected {
        once(u, values);
        for hop in topology.into(u) {
            if values.is_alive(hop.arc) && at.feeds(u, hop) {
                once(hop.node, values);
            }
        }
    }
}

/// Dijkstra among the affected nodes, from the others.
fn settle_affected<const L: usize>(
    topology: &Topology,
    at: &mut Row<L>,
    values: &Values<L>,
    work: &mut Work,
) {
    for &u in &work.affected {
        let best = topology
            .out(u)
            .iter()
            .filter(|hop| values.is_alive(hop.arc) && !work.seen.has(hop.node))
            .map(|hop| hop.metric + at.distance[hop.node as usize])
            .fold(f64::INFINITY, f64::min);
        if best.is_finite() {
            work.near.push(best, u);
        }
    }
    while let Some((distance, u)) = work.near.pop() {
        if distance >= at.distance[u as usize] {
            continue;
        }
        at.distance[u as usize] = distance;
        for hop in topology.into(u) {
            let through = hop.metric + distance;
            if work.seen.has(hop.node)
                && values.is_alive(hop.arc)
                && through < at.distance[hop.node as usize]
            {
                work.near.push(through, hop.node);
            }
        }
    }
}
