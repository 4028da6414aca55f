//! Load on one row: traffic to one destination over its shortest paths, split evenly at each node.
//!
//! Loads are integers on a grid, so what a node carries is the sum of what starts there and what it
//! is sent, whatever came first: a node passes on the difference between what it sends now and what
//! it sent before. Nodes are visited from far to near, so each hardly more than once; a node that is
//! visited again passes on what has come since.

use super::exact::{Sums, add, difference, share};
use super::row::{Row, chosen};
use super::topology::{Hop, NONE, Topology};
use super::work::{Log, Work, touch};

/// Passes on what waits in `work.far`, and all that follows from it. Nodes that start or stop to
/// carry are added to `work.turned`.
pub(super) fn spread<const L: usize>(
    topology: &Topology,
    row: u32,
    at: &mut Row<L>,
    sums: &mut Sums<L>,
    log: &mut Log<L>,
    work: &mut Work,
) {
    while let Some((node, turn)) = work.far.pop() {
        let slot = at.slot[node as usize] as usize;
        let words = topology.words_of(node);
        let count: u32 = at.next[words.clone()].iter().map(|w| w.count_ones()).sum();
        let cell = &mut at.cells[slot];
        cell.waits = false;
        let sent = cell.sent;
        let now = cell.load.map(|x| share(x, count));
        let more = difference(&now, &sent);
        if turn == NONE && more == [0; L] {
            continue;
        }
        touch(log, row, slot, cell, sums.step());
        cell.sent = now;
        for (k, word) in words.enumerate() {
            let hops = &topology.out(node)[64 * k..];
            let new = at.next[word];
            let old = if turn == NONE {
                new
            } else {
                log.next[turn as usize + k].2
            };
            if more != [0; L] {
                for bit in chosen(new & old) {
                    give(topology, row, at, sums, log, work, &hops[bit], &more);
                }
            }
            for bit in chosen(new & !old) {
                give(topology, row, at, sums, log, work, &hops[bit], &now);
            }
            for bit in chosen(old & !new) {
                let less = sent.map(|x| -x);
                give(topology, row, at, sums, log, work, &hops[bit], &less);
            }
        }
    }
}

/// Sends so much more over an arc.
#[allow(clippy::too_many_arguments, reason = "the parts of a pass")]
#[inline]
fn give<const L: usize>(
    topology: &Topology,
    row: u32,
    at: &mut Row<L>,
    sums: &mut Sums<L>,
    log: &mut Log<L>,
    work: &mut Work,
    hop: &Hop,
    more: &[i128; L],
) {
    sums.add(&mut log.sums, hop.arc, more);
    start(topology, row, at, sums.step(), log, work, hop.node, more);
}

/// So much more load is at a node, which will pass it on.
#[allow(clippy::too_many_arguments, reason = "the parts of a pass")]
#[inline]
pub(super) fn start<const L: usize>(
    topology: &Topology,
    row: u32,
    at: &mut Row<L>,
    step: u64,
    log: &mut Log<L>,
    work: &mut Work,
    node: u32,
    more: &[i128; L],
) {
    let slot = at.slot_for(topology, row, node);
    let cell = &mut at.cells[slot];
    touch(log, row, slot, cell, step);
    let old = cell.load;
    add(&mut cell.load, more);
    if (0..L).any(|l| (old[l] > 0) != (cell.load[l] > 0)) {
        work.turned.push(node);
    }
    if !cell.waits {
        cell.waits = true;
        work.far.push(at.distance[node as usize], node, NONE);
    }
}

/// The next hops of a node have changed; `turn` is where the log has the old ones.
#[inline]
pub(super) fn turn<const L: usize>(at: &mut Row<L>, work: &mut Work, node: u32, turn: u32) {
    let slot = at.slot[node as usize] as usize;
    let Some(cell) = at.cells.get_mut(slot) else {
        return;
    };
    if cell.is_active() {
        work.turned.push(node);
        cell.waits = true;
        work.far.push(at.distance[node as usize], node, turn);
    }
}
