//! Distances and next hops of one row after links have died, from those before.
//!
//! A node is affected when no working arc supports its distance any more. Affected nodes are found
//! from near to far, then Dijkstra runs among them only. Links that die in this step are marked
//! [`DYING`](super::row::DYING): they are still among the next hops while what nodes send is taken
//! off them.

use super::load::retract;
use super::row::{Row, next_hops};
use super::topology::{NONE, Topology, to_u32};
use super::work::{Log, Seed, Values, Work};

/// Whether any of `dying` is on a shortest path of the row.
pub(super) fn concerns<const L: usize>(topology: &Topology, at: &Row<L>, dying: &[u32]) -> bool {
    let used = |link: u32| lies_on(topology, at, 2 * link) || lies_on(topology, at, 2 * link + 1);
    !at.lost && (topology.is_flat() || dying.iter().any(|&link| used(link)))
}

/// Whether an arc is a next hop of its tail.
#[inline]
pub(super) fn lies_on<const L: usize>(topology: &Topology, at: &Row<L>, arc: u32) -> bool {
    let (word, bit) = topology.place(arc);
    at.next[word as usize] >> bit & 1 == 1
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
    work.around.clear();
    find_affected(topology, at, values, work, dying);
    for &u in &work.around {
        retract(topology, row, at, values, log, seeds, u);
    }
    for &u in &work.affected {
        log.distances.push((row, u, at.distance[u as usize]));
        at.distance[u as usize] = f64::INFINITY;
    }
    settle_affected(topology, at, values, work);
    for &u in &work.around {
        for word in topology.words_of(u) {
            log.next.push((row, to_u32(word), at.next[word]));
        }
        at.find_next(topology, &values.links, u);
    }
    for &u in &work.affected {
        if at.distance[u as usize].is_infinite() {
            let source = topology.source_at(row, u);
            if source != NONE {
                cut.push(source);
            }
        }
    }
}

/// Fills `work.affected`, marked in `work.seen`, and `work.around`: the nodes whose next hops may
/// change, which are the tails of dying arcs, the affected, and those that send to affected ones.
fn find_affected<const L: usize>(
    topology: &Topology,
    at: &Row<L>,
    values: &Values<L>,
    work: &mut Work,
    dying: &[u32],
) {
    if topology.is_flat() {
        work.around.extend(0..to_u32(topology.nodes()));
        let moves = |&u: &u32| {
            let distance = at.distance[u as usize];
            distance > 0.0 && distance.is_finite()
        };
        work.affected
            .extend(work.around.iter().copied().filter(moves));
        for &u in &work.affected {
            work.seen.set(u);
        }
        return;
    }
    for &link in dying {
        for arc in [2 * link, 2 * link + 1] {
            if lies_on(topology, at, arc) {
                look_at(at, work, topology.ends(arc).0);
            }
        }
    }
    while let Some((distance, u)) = work.near.pop() {
        if is_supported(topology, at, values, work, u, distance) {
            continue;
        }
        work.seen.set(u);
        work.affected.push(u);
        for hop in topology.into(u) {
            if at.has(hop) {
                look_at(at, work, hop.node);
            }
        }
    }
}

/// A node that sends to an affected one is nearer than none of those, so it is queued once, before
/// its turn comes.
#[inline]
fn look_at<const L: usize>(at: &Row<L>, work: &mut Work, node: u32) {
    if work.retracted.set(node) {
        work.around.push(node);
        work.near.push(at.distance[node as usize], node);
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
    next_hops(&at.next, topology, node).any(|hop| {
        hop.metric + at.distance[hop.node as usize] == distance
            && values.is_alive(hop.arc)
            && !work.seen.has(hop.node)
    })
}

/// Dijkstra among the affected nodes, from the others.
fn settle_affected<const L: usize>(
    topology: &Topology,
    at: &mut Row<L>,
    values: &Values<L>,
    work: &mut Work,
) {
    for &u in &work.affected {
        // The affected are infinitely far by now, so they do not lead anywhere yet.
        let mut best = f64::INFINITY;
        for hop in topology.out(u) {
            let through = hop.metric + at.distance[hop.node as usize];
            if through < best && values.is_alive(hop.arc) {
                best = through;
            }
        }
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
            if through < at.distance[hop.node as usize]
                && work.seen.has(hop.node)
                && values.is_alive(hop.arc)
            {
                work.near.push(through, hop.node);
            }
        }
    }
}
