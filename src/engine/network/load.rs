//! Load on one row: traffic to one destination over its shortest paths, split evenly at each node.
//!
//! Loads are integers on a grid, so what a node carries is the sum of what starts there and what it
//! is sent, whatever came first: a node passes on the difference between what it sends now and what
//! it sent before. Nodes are visited from far to near, so each hardly more than once; a node that is
//! visited again passes on what has come since.
//!
//! What is on its way to a node waits in one place for all rows; when the node's turn comes, it joins
//! what the row has.

use super::super::lanes::{by_lane, is_all};
use super::exact::{Sums, add, difference, each_share, share};
use super::queue::Far;
use super::row::{Row, WORD, chosen, is_active};
use super::topology::{Hop, NONE, Topology};
use super::work::{Log, Traffic};

/// What is on its way to a node.
#[derive(Clone, Copy, Debug)]
struct Due<const L: usize> {
    /// How much more the node will carry than its row says.
    more: [i128; L],
    /// Where the log has the next hops that it passed on to before, if they changed since, or
    /// [`NONE`].
    turn: u32,
    /// In the queue.
    waits: bool,
}

/// Moves traffic on one row at a time.
#[derive(Clone, Debug)]
pub(super) struct Pass<const L: usize> {
    /// By node. Between passes, nothing.
    due: Vec<Due<L>>,
    /// Nodes with traffic to pass on.
    far: Far,
}

/// A row that a pass is at work on.
pub(super) struct Here<'p, const L: usize> {
    pub topology: &'p Topology,
    pub row: u32,
    pub at: &'p mut Row<L>,
    /// Where what was before is kept.
    pub log: &'p mut Log<L>,
}

impl<'p, const L: usize> Here<'p, L> {
    /// Flows come by a node, and by all that is below it. `todo` is room to work in, left empty.
    pub fn open(&mut self, node: u32, todo: &mut Vec<u32>) {
        if self.at.lost || self.at.distance(node).is_infinite() {
            return;
        }
        self.open_one(node, todo);
        while let Some(node) = todo.pop() {
            self.open_next(node, todo);
        }
    }

    /// The next hops of a node that flows come by may be others than before.
    pub fn open_below(&mut self, node: u32, todo: &mut Vec<u32>) {
        if self.at.slot(node).is_some() {
            self.open_next(node, todo);
            while let Some(node) = todo.pop() {
                self.open_next(node, todo);
            }
        }
    }

    fn open_next(&mut self, node: u32, todo: &mut Vec<u32>) {
        let hops = self.topology.out(node);
        for (k, hops) in hops.chunks(WORD).enumerate() {
            for bit in chosen(self.at.word(self.topology, node, k)) {
                self.open_one(hops[bit].node, todo);
            }
        }
    }

    fn open_one(&mut self, node: u32, todo: &mut Vec<u32>) {
        if self.at.slot(node).is_none() {
            let Here {
                topology, row, log, ..
            } = self;
            self.at.slot_for(topology, *row, node, &mut log.opened);
            todo.push(node);
        }
    }

    /// A row of which there is a copy.
    pub fn of(
        topology: &'p Topology,
        row: u32,
        rows: &'p mut [Option<Box<Row<L>>>],
        log: &'p mut Log<L>,
    ) -> Option<Self> {
        let at = rows[row as usize].as_deref_mut()?;
        Some(Self {
            topology,
            row,
            at,
            log,
        })
    }
}

impl<const L: usize> Pass<L> {
    /// For rows in which few nodes are farther than `most`.
    pub fn new(topology: &Topology, most: f64) -> Self {
        let nothing = Due {
            more: [0; L],
            turn: NONE,
            waits: false,
        };
        Self {
            due: vec![nothing; topology.places()],
            far: Far::new(topology.places(), most, topology.least_metric()),
        }
    }

    /// So much more load is at a node, which will pass it on; [`spread`](Self::spread) lets it.
    #[inline(never)]
    pub fn start(&mut self, at: &Row<L>, node: u32, more: &[i128; L]) {
        self.give(at, node, more);
    }

    #[allow(
        clippy::inline_always,
        reason = "few callers, of which one makes nearly all calls"
    )]
    #[inline(always)]
    fn give(&mut self, at: &Row<L>, node: u32, more: &[i128; L]) {
        let due = &mut self.due[node as usize];
        add(&mut due.more, more);
        if !due.waits {
            due.waits = true;
            self.far.push(at.distance(node), node);
        }
    }

    /// The next hops of a node, which has passed on all it has, have changed; `turn` is where the log
    /// has the old ones.
    #[inline]
    pub fn turn(&mut self, at: &Row<L>, node: u32, turn: u32) {
        let spot = at.spots.at(node);
        if spot.slot != NONE && is_active(&at.load[spot.slot as usize]) {
            let due = &mut self.due[node as usize];
            (due.waits, due.turn) = (true, turn);
            self.far.push(spot.distance, node);
        }
    }

    /// Passes on what waits, and all that follows from it.
    pub fn spread(&mut self, here: Here<'_, L>, sums: &mut Sums<L>) {
        let Here {
            topology,
            row,
            at,
            log,
        } = here;
        while let Some(node) = self.far.pop() {
            let due = &mut self.due[node as usize];
            due.waits = false;
            let turn = std::mem::replace(&mut due.turn, NONE);
            let more = std::mem::replace(&mut due.more, [0; L]);
            if more == [0; L] && turn == NONE {
                continue;
            }
            let slot = at.slot_for(topology, row, node, &mut log.opened);
            let next = at.spots.at(node).next;
            let place = &mut at.load[slot as usize];
            let passed = *place;
            add(place, &more);
            let load = *place;
            log.traffic.push(Traffic {
                row,
                slot,
                node,
                load: passed,
            });
            let hops = topology.out(node);
            if hops.len() > WORD {
                self.send_to_many(topology, at, log, sums, node, turn, &[load, passed]);
            } else if turn != NONE {
                let old = log.next[turn as usize].old;
                self.redirect(at, sums, hops, [next, old], &[load, passed]);
            } else {
                let more = match next & next.wrapping_sub(1) {
                    0 => more,
                    _ => added_share(&load, &passed, next.count_ones()),
                };
                for bit in chosen(next) {
                    let hop = &hops[bit];
                    sums.add(hop.arc, &more);
                    self.give(at, hop.node, &more);
                }
            }
        }
    }

    /// A node with other next hops than before: new and old ones; what it carries, and what of that
    /// it had passed on.
    fn redirect(
        &mut self,
        at: &Row<L>,
        sums: &mut Sums<L>,
        hops: &[Hop],
        [new, old]: [u32; 2],
        [load, passed]: &[[i128; L]; 2],
    ) {
        let now = each_share(load, new.count_ones());
        let sent = each_share(passed, old.count_ones());
        let more = difference(&now, &sent);
        let less = difference(&[0; L], &sent);
        let changed = if is_all(&more, 0) {
            new ^ old
        } else {
            new | old
        };
        for bit in chosen(changed) {
            let more = match (new >> bit & 1, old >> bit & 1) {
                (1, 1) => &more,
                (1, _) => &now,
                _ => &less,
            };
            sums.add(hops[bit].arc, more);
            self.give(at, hops[bit].node, more);
        }
    }

    /// A node with more next hops than a word has bits; in other respects the same.
    #[cold]
    #[allow(clippy::too_many_arguments, reason = "what a row stands in")]
    fn send_to_many(
        &mut self,
        topology: &Topology,
        at: &Row<L>,
        log: &Log<L>,
        sums: &mut Sums<L>,
        node: u32,
        turn: u32,
        [load, passed]: &[[i128; L]; 2],
    ) {
        let parts = topology.out(node).chunks(WORD);
        let words = |k: usize| {
            let new = at.word(topology, node, k);
            match turn {
                NONE => (new, new),
                turn => (new, log.next[turn as usize + k].old),
            }
        };
        let words: Vec<(u32, u32)> = (0..parts.len()).map(words).collect();
        let (new, old) = words.iter().fold((0, 0), |sum, (new, old)| {
            (sum.0 + new.count_ones(), sum.1 + old.count_ones())
        });
        let now = each_share(load, new);
        let sent = each_share(passed, old);
        let more = difference(&now, &sent);
        for (hops, (new, old)) in parts.zip(words) {
            for bit in chosen(new | old) {
                let more = match (new >> bit & 1, old >> bit & 1) {
                    (1, 1) => more,
                    (1, _) => now,
                    _ => difference(&[0; L], &sent),
                };
                if !is_all(&more, 0) {
                    sums.add(hops[bit].arc, &more);
                    self.start(at, hops[bit].node, &more);
                }
            }
        }
    }
}

/// What more each of `n` gets of a load than of another.
#[inline]
fn added_share<const L: usize>(load: &[i128; L], passed: &[i128; L], n: u32) -> [i128; L] {
    by_lane(|l| share(load[l], n) - share(passed[l], n))
}
