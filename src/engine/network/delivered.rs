//! Delivered on one row: which fraction of its traffic arrives, node by node, from near to far.
//!
//! At the destination what the destination delivers; at another node the lesser of what the node
//! delivers and the mean over its next hops of the lesser of what the link carries and what the
//! next node passes on. 1 where there is no traffic.

use super::row::{Cell, Row, next_hops};
use super::topology::{NONE, Topology};
use super::work::{Log, Values, Work};

/// Visits `seeds` and all that follows from them; sources whose value changed go to `moved`.
#[allow(clippy::too_many_arguments)]
pub(super) fn settle_row<const L: usize>(
    topology: &Topology,
    row: u32,
    at: &mut Row<L>,
    values: &Values<L>,
    log: &mut Log<L>,
    work: &mut Work,
    seeds: impl Iterator<Item = u32>,
    moved: &mut Vec<u32>,
) {
    work.marks.clear();
    for node in seeds {
        if at.cell(node).is_some() && work.marks.set(node) {
            work.near.push(at.distance[node as usize], node, 0);
        }
    }
    while let Some((_, node, _)) = work.near.pop() {
        let slot = at.slot[node as usize] as usize;
        let old = at.cells[slot];
        let new = value(topology, row, at, values, &old);
        #[allow(clippy::float_cmp)] // a change is a change of bits; there are no NaNs
        if new == old.delivered {
            continue;
        }
        log.delivered
            .push((row, at.slot[node as usize], old.delivered));
        at.cells[slot].delivered = new;
        if old.source != NONE {
            moved.push(old.source);
        }
        for hop in topology.into(node) {
            if at.has(hop) && at.cell(hop.node).is_some() && work.marks.set(hop.node) {
                work.near.push(at.distance[hop.node as usize], hop.node, 0);
            }
        }
    }
}

fn value<const L: usize>(
    topology: &Topology,
    row: u32,
    at: &Row<L>,
    values: &Values<L>,
    cell: &Cell<L>,
) -> [f64; L] {
    if !cell.is_active() {
        return [1.0; L];
    }
    let node = values.nodes[cell.node as usize];
    let mut result = node;
    if cell.node != topology.root(row) {
        let mut sum = [0.0; L];
        let mut count = 0u32;
        for hop in next_hops(&at.next, topology, cell.node) {
            let own = &values.own[hop.arc as usize];
            let next = at.cell(hop.node).map_or([1.0; L], |c| c.delivered);
            for l in 0..L {
                sum[l] += own[l].min(next[l]);
            }
            count += 1;
        }
        for l in 0..L {
            let mean = if count == 0 {
                0.0
            } else {
                sum[l] / f64::from(count)
            };
            result[l] = node[l].min(mean);
        }
    }
    for l in 0..L {
        if cell.load[l] <= 0 {
            result[l] = 1.0;
        }
    }
    result
}
