//! Distances and next hops of one row after links have died, from those before.
//!
//! A node is affected when no working arc supports its distance any more. Affected nodes are found
//! from near to far, then Dijkstra runs among them only. Next hops change at the affected, at those
//! that send to them, and at the tails of dead arcs: the nodes around.

use super::load::turn;
use super::row::{ALIVE, Row, chosen, next_hops, on_path};
use super::topology::{NONE, Topology, to_u32};
use super::work::{Log, Turn, Work};

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

/// Repairs the row, in which the links `dying` worked until now. Nodes that must pass on their
/// traffic in another way are left waiting in `work.far`; sources that can no longer reach the
/// destination go to `cut`.
#[allow(clippy::too_many_arguments, reason = "the parts of a pass")]
pub(super) fn repair_row<const L: usize>(
    topology: &Topology,
    row: u32,
    at: &mut Row<L>,
    links: &[u8],
    step: u64,
    log: &mut Log<L>,
    work: &mut Work,
    dying: &[u32],
    cut: &mut Vec<u32>,
) {
    work.marks.clear();
    work.affected.clear();
    work.around.clear();
    if topology.is_flat() {
        affect_all(topology, row, at, log, work);
    } else {
        find_affected(topology, row, at, links, log, work, dying);
    }
    settle_affected(topology, at, links, work);
    for i in 0..work.around.len() {
        let (node, is_affected) = work.around[i];
        let from = log.next.len();
        if choose(topology, row, at, links, log, node, is_affected) {
            turn(row, at, step, log, &mut work.far, node, to_u32(from));
        } else {
            log.next.truncate(from);
        }
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

/// Every node that has a path may be affected.
fn affect_all<const L: usize>(
    topology: &Topology,
    row: u32,
    at: &mut Row<L>,
    log: &mut Log<L>,
    work: &mut Work,
) {
    for node in 0..to_u32(topology.nodes()) {
        let distance = at.distance[node as usize];
        if distance > 0.0 && distance.is_finite() {
            work.around.push((node, true));
            set_affected(row, at, log, work, node, distance);
        }
    }
}

/// An affected node is infinitely far until it is known how far.
#[inline]
fn set_affected<const L: usize>(
    row: u32,
    at: &mut Row<L>,
    log: &mut Log<L>,
    work: &mut Work,
    node: u32,
    distance: f64,
) {
    work.affected.push(node);
    log.distances.push((row, node, distance));
    at.distance[node as usize] = f64::INFINITY;
}

/// Fills `work.affected`, and `work.around`: the nodes whose next hops may change.
fn find_affected<const L: usize>(
    topology: &Topology,
    row: u32,
    at: &mut Row<L>,
    links: &[u8],
    log: &mut Log<L>,
    work: &mut Work,
    dying: &[u32],
) {
    for &link in dying {
        for arc in [2 * link, 2 * link + 1] {
            if lies_on(topology, at, arc) {
                look_at(at, work, topology.ends(arc).0);
            }
        }
    }
    while let Some((distance, u, place)) = work.near.pop() {
        if is_supported(topology, at, links, u, distance) {
            continue;
        }
        work.around[place as usize].1 = true;
        set_affected(row, at, log, work, u, distance);
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
    if work.marks.set(node) {
        let place = to_u32(work.around.len());
        work.around.push((node, false));
        work.near.push(at.distance[node as usize], node, place);
    }
}

/// Whether a working arc explains this very distance; no affected node does, being infinitely far.
#[inline]
#[allow(clippy::float_cmp)] // distances are exact minima: the one that explains them is equal
fn is_supported<const L: usize>(
    topology: &Topology,
    at: &Row<L>,
    links: &[u8],
    node: u32,
    distance: f64,
) -> bool {
    next_hops(&at.next, topology, node).any(|hop| {
        hop.metric + at.distance[hop.node as usize] == distance
            && links[hop.arc as usize / 2] == ALIVE
    })
}

/// Dijkstra among the affected nodes, from the others. Distances of the others are still the least
/// there are, so none of them comes up here.
fn settle_affected<const L: usize>(
    topology: &Topology,
    at: &mut Row<L>,
    links: &[u8],
    work: &mut Work,
) {
    for &u in &work.affected {
        let mut best = f64::INFINITY;
        for hop in topology.out(u) {
            let through = hop.metric + at.distance[hop.node as usize];
            if through < best && links[hop.arc as usize / 2] == ALIVE {
                best = through;
            }
        }
        if let [_] = work.affected[..] {
            at.distance[u as usize] = best;
        } else if best.is_finite() {
            work.near.push(best, u, 0);
        }
    }
    while let Some((distance, u, _)) = work.near.pop() {
        if distance >= at.distance[u as usize] {
            continue;
        }
        at.distance[u as usize] = distance;
        for hop in topology.into(u) {
            let through = hop.metric + distance;
            if through < at.distance[hop.node as usize] && links[hop.arc as usize / 2] == ALIVE {
                work.near.push(through, hop.node, 0);
            }
        }
    }
}

/// Finds the next hops of a node anew and logs the old ones; whether they changed. A node that is
/// not affected can only lose some: what it could send to is no nearer than before.
#[inline]
fn choose<const L: usize>(
    topology: &Topology,
    row: u32,
    at: &mut Row<L>,
    links: &[u8],
    log: &mut Log<L>,
    node: u32,
    is_affected: bool,
) -> bool {
    let mut changed = false;
    for (k, word) in topology.words_of(node).enumerate() {
        let old = at.next[word];
        let new = if is_affected {
            at.find_next(topology, links, node, k)
        } else {
            let far = at.distance[node as usize];
            let hops = &topology.out(node)[64 * k..];
            chosen(old).fold(0, |new, bit| {
                let hop = &hops[bit];
                let near = at.distance[hop.node as usize];
                let stays = on_path(hop.metric, far, near) && links[hop.arc as usize / 2] == ALIVE;
                new | u64::from(stays) << bit
            })
        };
        let word32 = to_u32(word);
        log.next.push(Turn {
            row,
            node,
            word: word32,
            old,
        });
        at.next[word] = new;
        changed |= new != old;
    }
    changed
}
