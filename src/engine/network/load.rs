//! Load on one row: traffic to one destination over its shortest paths, split evenly at each node.
//!
//! Loads are integers on a grid, so what a node carries is the sum of what starts there and what it
//! is sent, whatever came first: a node passes on the difference between what it sends now and what
//! it sent before. Nodes are visited from far to near, so each hardly more than once; a node that is
//! visited again passes on what has come since.
//!
//! A pass works on copies of the nodes it meets, in one place for all rows: a row's own memory is
//! read and written once.

use super::exact::{Sums, add, difference, share};
use super::queue::Far;
use super::row::{Row, WORD, chosen, is_active};
use super::topology::{Hop, NONE, Topology};
use super::work::{Log, Traffic};

/// What a node carries, while a pass is at work.
#[derive(Clone, Copy, Debug)]
struct Visit<const L: usize> {
    load: [i128; L],
    /// The load of which it has passed on its share.
    passed: [i128; L],
    /// The pass that this is of.
    pass: u32,
    /// Where the log has the next hops that it passed on to before, if they changed since, or
    /// [`NONE`].
    turn: u32,
    /// The first of its next hops now.
    next: u32,
    /// Its bucket in the queue.
    bucket: u32,
    /// In the queue.
    waits: bool,
}

/// Moves traffic on one row at a time.
#[derive(Clone, Debug)]
pub(super) struct Pass<const L: usize> {
    /// By node.
    visits: Vec<Visit<L>>,
    number: u32,
    /// Where the log has the nodes met in this pass.
    began: usize,
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

impl<const L: usize> Pass<L> {
    /// For rows in which few nodes are farther than `most`.
    pub fn new(topology: &Topology, most: f64) -> Self {
        let visit = Visit {
            load: [0; L],
            passed: [0; L],
            pass: 0,
            turn: NONE,
            next: 0,
            bucket: 0,
            waits: false,
        };
        Self {
            visits: vec![visit; topology.nodes()],
            number: 0,
            began: 0,
            far: Far::new(topology.nodes(), most),
        }
    }

    /// Begins with a row; [`spread`](Self::spread) ends.
    pub fn begin(&mut self, log: &Log<L>) {
        if self.number == u32::MAX {
            self.visits.iter_mut().for_each(|v| v.pass = 0);
            self.number = 0;
        }
        self.number += 1;
        self.began = log.traffic.len();
    }

    /// So much more load is at a node, which will pass it on.
    #[inline(never)]
    pub fn start(&mut self, here: &mut Here<'_, L>, node: u32, more: &[i128; L]) {
        self.give(here, node, more);
    }

    #[allow(
        clippy::inline_always,
        reason = "few callers, of which one makes nearly all calls"
    )]
    #[inline(always)]
    fn give(&mut self, here: &mut Here<'_, L>, node: u32, more: &[i128; L]) {
        let visit = &mut self.visits[node as usize];
        if visit.pass != self.number {
            here.at.slot_for(here.topology, here.row, node);
            meet(visit, here, node, self.number, &self.far);
        }
        add(&mut visit.load, more);
        if !visit.waits {
            visit.waits = true;
            self.far.push(visit.bucket, node);
        }
    }

    /// The next hops of a node have changed; `turn` is where the log has the old ones.
    #[inline]
    pub fn turn(&mut self, here: &mut Here<'_, L>, node: u32, turn: u32) {
        if let Some(slot) = here.at.slot(node)
            && is_active(&here.at.load[slot])
        {
            let visit = &mut self.visits[node as usize];
            meet(visit, here, node, self.number, &self.far);
            (visit.waits, visit.turn) = (true, turn);
            self.far.push(visit.bucket, node);
        }
    }

    /// Passes on what waits, and all that follows from it.
    pub fn spread(&mut self, mut here: Here<'_, L>, sums: &mut Sums<L>) {
        while let Some(node) = self.far.pop() {
            let visit = &mut self.visits[node as usize];
            visit.waits = false;
            let (load, next) = (visit.load, visit.next);
            let turn = std::mem::replace(&mut visit.turn, NONE);
            let passed = std::mem::replace(&mut visit.passed, load);
            let hops = here.topology.out(node);
            if hops.len() > WORD {
                self.send_to_many(&mut here, sums, node, turn, &[load, passed]);
            } else if turn != NONE {
                let old = here.log.next[turn as usize].old;
                self.redirect(&mut here, sums, hops, [next, old], &[load, passed]);
            } else if load != passed {
                let more = match next & next.wrapping_sub(1) {
                    0 => difference(&load, &passed),
                    _ => added_share(&load, &passed, next.count_ones()),
                };
                for bit in chosen(next) {
                    let hop = &hops[bit];
                    sums.add(&mut here.log.sums, hop.arc, &more);
                    self.give(&mut here, hop.node, &more);
                }
            }
        }
        for met in &here.log.traffic[self.began..] {
            here.at.load[met.slot as usize] = self.visits[met.node as usize].load;
        }
    }

    /// A node with other next hops than before: new and old ones; what it carries, and what of that
    /// it had passed on.
    fn redirect(
        &mut self,
        here: &mut Here<'_, L>,
        sums: &mut Sums<L>,
        hops: &[Hop],
        [new, old]: [u32; 2],
        [load, passed]: &[[i128; L]; 2],
    ) {
        let now = load.map(|x| share(x, new.count_ones()));
        let sent = passed.map(|x| share(x, old.count_ones()));
        let more = difference(&now, &sent);
        let less = difference(&[0; L], &sent);
        let changed = if more == [0; L] { new ^ old } else { new | old };
        for bit in chosen(changed) {
            let more = match (new >> bit & 1, old >> bit & 1) {
                (1, 1) => &more,
                (1, _) => &now,
                _ => &less,
            };
            sums.add(&mut here.log.sums, hops[bit].arc, more);
            self.give(here, hops[bit].node, more);
        }
    }

    /// A node with more next hops than a word has bits; in other respects the same.
    #[cold]
    fn send_to_many(
        &mut self,
        here: &mut Here<'_, L>,
        sums: &mut Sums<L>,
        node: u32,
        turn: u32,
        [load, passed]: &[[i128; L]; 2],
    ) {
        let parts = here.topology.out(node).chunks(WORD);
        let words = |here: &Here<'_, L>, k: usize| {
            let new = here.at.word(here.topology, node, k);
            match turn {
                NONE => (new, new),
                turn => (new, here.log.next[turn as usize + k].old),
            }
        };
        let counts = (0..parts.len()).map(|k| words(here, k));
        let (new, old) = counts.fold((0, 0), |sum, (new, old)| {
            (sum.0 + new.count_ones(), sum.1 + old.count_ones())
        });
        let now = load.map(|x| share(x, new));
        let sent = passed.map(|x| share(x, old));
        let more = difference(&now, &sent);
        for (k, hops) in parts.enumerate() {
            let (new, old) = words(here, k);
            for bit in chosen(new | old) {
                let more = match (new >> bit & 1, old >> bit & 1) {
                    (1, 1) => more,
                    (1, _) => now,
                    _ => difference(&[0; L], &sent),
                };
                if more != [0; L] {
                    sums.add(&mut here.log.sums, hops[bit].arc, &more);
                    self.start(here, hops[bit].node, &more);
                }
            }
        }
    }
}

/// Takes a node's traffic in hand, and logs it. It must have a slot.
#[inline]
fn meet<const L: usize>(
    visit: &mut Visit<L>,
    here: &mut Here<'_, L>,
    node: u32,
    pass: u32,
    far: &Far,
) {
    let spot = here.at.spots[node as usize];
    let load = here.at.load[spot.slot as usize];
    here.log.traffic.push(Traffic {
        row: here.row,
        slot: spot.slot,
        node,
        load,
    });
    *visit = Visit {
        load,
        passed: load,
        pass,
        turn: NONE,
        next: spot.next,
        bucket: far.bucket(spot.distance),
        waits: false,
    };
}

/// What more each of `n` gets of a load than of another.
#[inline]
fn added_share<const L: usize>(load: &[i128; L], passed: &[i128; L], n: u32) -> [i128; L] {
    std::array::from_fn(|l| share(load[l], n) - share(passed[l], n))
}
