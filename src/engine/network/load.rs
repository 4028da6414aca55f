//! Load on one row: traffic to one destination over its shortest paths, split evenly at each node.
//!
//! Loads are integers on a grid, so what a node carries is the sum of what starts there and what it
//! is sent, whatever came first: a node passes on the difference between what it sends now and what
//! it sent before. Nodes are visited from far to near, so each hardly more than once; a node that is
//! visited again passes on what has come since.

use super::exact::{Sums, add, difference, share};
use super::queue::Far;
use super::row::{Row, chosen};
use super::topology::{NONE, Topology};
use super::work::{Log, touch};

/// Passes on what waits in `work.far`, and all that follows from it.
pub(super) fn spread<const L: usize>(
    topology: &Topology,
    row: u32,
    at: &mut Row<L>,
    sums: &mut Sums<L>,
    log: &mut Log<L>,
    far: &mut Far,
) {
    while let Some((node, turn)) = far.pop() {
        let words = topology.words_of(node);
        let next = &at.next[words.clone()];
        let cell = &mut at.cells[at.slot[node as usize] as usize];
        cell.waits = false;
        let now = shares(&cell.load, next);
        let sent = std::mem::replace(&mut cell.sent, now);
        let more = difference(&now, &sent);
        if turn == NONE {
            if more == [0; L] {
                continue;
            }
            if let [word] = *next {
                for bit in chosen(word) {
                    let hop = topology.out(node)[bit];
                    sums.add(&mut log.sums, hop.arc, &more);
                    start(topology, row, at, sums.step(), log, far, hop.node, &more);
                }
                continue;
            }
        }
        let each = Each { now, sent, more };
        redirect(topology, row, at, sums, log, far, (node, turn), &each);
    }
}

/// What each next hop of a node gets.
#[inline]
fn shares<const L: usize>(load: &[i128; L], next: &[u64]) -> [i128; L] {
    match *next {
        [word] if word != 0 && word & (word - 1) == 0 => *load,
        ref words => {
            let count = words.iter().map(|w| w.count_ones()).sum();
            load.map(|x| share(x, count))
        }
    }
}

/// What a next hop of a node gets now, what it got before, the difference.
struct Each<const L: usize> {
    now: [i128; L],
    sent: [i128; L],
    more: [i128; L],
}

/// A node with other next hops than before, or with very many.
#[allow(clippy::too_many_arguments, reason = "the parts of a pass")]
fn redirect<const L: usize>(
    topology: &Topology,
    row: u32,
    at: &mut Row<L>,
    sums: &mut Sums<L>,
    log: &mut Log<L>,
    far: &mut Far,
    (node, turn): (u32, u32),
    each: &Each<L>,
) {
    for (k, word) in topology.words_of(node).enumerate() {
        let hops = &topology.out(node)[64 * k..];
        let new = at.next[word];
        let old = if turn == NONE {
            new
        } else {
            log.next[turn as usize + k].old
        };
        for bit in chosen(new | old) {
            let more = match (new >> bit & 1, old >> bit & 1) {
                (1, 1) => each.more,
                (1, _) => each.now,
                _ => each.sent.map(|x| -x),
            };
            if more != [0; L] {
                sums.add(&mut log.sums, hops[bit].arc, &more);
                let head = hops[bit].node;
                start(topology, row, at, sums.step(), log, far, head, &more);
            }
        }
    }
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
    far: &mut Far,
    node: u32,
    more: &[i128; L],
) {
    let slot = at.slot_for(topology, row, node);
    let cell = &mut at.cells[slot];
    touch(&mut log.traffic, row, slot, cell, step);
    add(&mut cell.load, more);
    if !cell.waits {
        cell.waits = true;
        far.push(at.distance[node as usize], node, NONE);
    }
}

/// The next hops of a node have changed; `turn` is where the log has the old ones.
#[inline]
pub(super) fn turn<const L: usize>(
    row: u32,
    at: &mut Row<L>,
    step: u64,
    log: &mut Log<L>,
    far: &mut Far,
    node: u32,
    turn: u32,
) {
    let slot = at.slot[node as usize] as usize;
    let Some(cell) = at.cells.get_mut(slot) else {
        return;
    };
    if cell.is_active() {
        touch(&mut log.traffic, row, slot, cell, step);
        cell.waits = true;
        far.push(at.distance[node as usize], node, turn);
    }
}
