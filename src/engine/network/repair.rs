//! Distances and next hops of one row after links have died, from those before.
//!
//! A node is affected when no working arc supports its distance any more. Affected nodes are found
//! from near to far, then Dijkstra runs among them only. Next hops change at the affected, at those
//! that send to them, and at the tails of dead arcs: the nodes around.

use super::load::{Here, Pass};
use super::queue::Near;
use super::row::{ALIVE, Marks, Row, WORD, Word, both, chosen, on_path};
use super::topology::{Hop, NONE, Topology, to_u32};
use super::work::Turn;

/// Whether any of `dying` is on a shortest path of the row.
pub(super) fn concerns<const L: usize>(topology: &Topology, at: &Row<L>, dying: &[u32]) -> bool {
    let used = |link: u32| lies_on(topology, at, 2 * link) || lies_on(topology, at, 2 * link + 1);
    !at.lost && (topology.is_flat() || dying.iter().any(|&link| used(link)))
}

/// Whether an arc is a next hop of its tail.
#[inline]
pub(super) fn lies_on<const L: usize>(topology: &Topology, at: &Row<L>, arc: u32) -> bool {
    let tail = topology.ends(arc).0;
    tail != NONE && at.has(topology, tail, topology.rank(arc))
}

/// Repairs one row at a time.
#[derive(Clone, Debug)]
pub(super) struct Repair {
    /// Nodes to look at, nearest first.
    near: Near,
    /// Nodes that have been queued.
    marks: Marks,
    /// Nodes whose distance changes.
    affected: Vec<u32>,
    /// Nodes whose next hops may change, and whether they are affected.
    around: Vec<(u32, bool)>,
}

impl Repair {
    pub fn new(topology: &Topology) -> Self {
        Self {
            near: Near::default(),
            marks: Marks::new(topology.places()),
            affected: Vec::new(),
            around: Vec::new(),
        }
    }

    /// Repairs a row, in which the links `dying` worked until now. Nodes that must send on their
    /// traffic in another way are left waiting in `pass`; sources that can no longer reach the
    /// destination go to `cut`.
    pub fn row<const L: usize>(
        &mut self,
        here: &mut Here<'_, L>,
        links: &[u8],
        dying: &[u32],
        pass: &mut Pass<L>,
        cut: &mut Vec<u32>,
    ) {
        self.marks.clear();
        self.affected.clear();
        self.around.clear();
        if here.topology.is_flat() {
            self.affect_all(here);
        } else {
            self.find_affected(here, links, dying);
        }
        self.settle(here, links);
        for &(node, is_affected) in &self.around {
            choose(here, links, pass, node, is_affected);
        }
        for &u in &self.affected {
            if here.at.distance(u).is_infinite() {
                let source = here.topology.source_at(here.row, u);
                if source != NONE {
                    cut.push(source);
                }
            }
        }
    }

    /// Every node that has a path may be affected.
    fn affect_all<const L: usize>(&mut self, here: &mut Here<'_, L>) {
        for node in here.at.spots.places() {
            let distance = here.at.distance(node);
            if distance > 0.0 && distance.is_finite() {
                self.around.push((node, true));
                self.set_affected(here, node, distance);
            }
        }
    }

    /// An affected node is infinitely far until it is known how far.
    #[inline]
    fn set_affected<const L: usize>(&mut self, here: &mut Here<'_, L>, node: u32, distance: f64) {
        self.affected.push(node);
        here.log.distances.push((here.row, node, distance));
        here.at.spots.at_mut(node).distance = f64::INFINITY;
    }

    /// Finds the affected, and the nodes whose next hops may change.
    fn find_affected<const L: usize>(
        &mut self,
        here: &mut Here<'_, L>,
        links: &[u8],
        dying: &[u32],
    ) {
        for &link in dying {
            for arc in [2 * link, 2 * link + 1] {
                if lies_on(here.topology, here.at, arc) {
                    self.look_at(here.at, here.topology.ends(arc).0);
                }
            }
        }
        while let Some((distance, u, place)) = self.near.pop() {
            if is_supported(here, links, u, distance) {
                continue;
            }
            self.around[place as usize].1 = true;
            self.set_affected(here, u, distance);
            for hop in here.topology.into(u) {
                if here.at.has(here.topology, hop.node, hop.rank) {
                    self.look_at(here.at, hop.node);
                }
            }
        }
    }

    /// A node that sends to an affected one is nearer than none of those, so it is queued once,
    /// before its turn comes.
    #[inline]
    fn look_at<const L: usize>(&mut self, at: &Row<L>, node: u32) {
        if self.marks.set(node) {
            let place = to_u32(self.around.len());
            self.around.push((node, false));
            self.near.push(at.distance(node), node, place);
        }
    }

    /// Dijkstra among the affected nodes, from the others. Distances of the others are still the
    /// least there are, so none of them comes up here.
    fn settle<const L: usize>(&mut self, here: &mut Here<'_, L>, links: &[u8]) {
        for &u in &self.affected {
            let hops = here.topology.out(u).iter();
            let best = hops.fold(f64::INFINITY, |best, hop| {
                let through = hop.metric + here.at.distance(hop.node);
                let works = links[hop.arc as usize / 2] == ALIVE;
                if both(works, through < best) {
                    through
                } else {
                    best
                }
            });
            if let [_] = self.affected[..] {
                here.at.spots.at_mut(u).distance = best;
            } else if best.is_finite() {
                self.near.push(best, u, 0);
            }
        }
        while let Some((distance, u, _)) = self.near.pop() {
            if distance >= here.at.distance(u) {
                continue;
            }
            here.at.spots.at_mut(u).distance = distance;
            for hop in here.topology.into(u) {
                let through = hop.metric + distance;
                if through < here.at.distance(hop.node) && links[hop.arc as usize / 2] == ALIVE {
                    self.near.push(through, hop.node, 0);
                }
            }
        }
    }
}

/// Whether a working arc explains this very distance; no affected node does, being infinitely far.
#[inline]
#[allow(clippy::float_cmp)] // distances are exact minima: the one that explains them is equal
fn is_supported<const L: usize>(
    here: &Here<'_, L>,
    links: &[u8],
    node: u32,
    distance: f64,
) -> bool {
    let mut is_supported = false;
    here.at.each_next(here.topology, node, |hop| {
        let works = links[hop.arc as usize / 2] == ALIVE;
        is_supported |= both(works, hop.metric + here.at.distance(hop.node) == distance);
    });
    is_supported
}

/// Finds the next hops of a node anew. One that is not affected can only lose some: what it could
/// send to is no nearer than before.
#[inline]
fn choose<const L: usize>(
    here: &mut Here<'_, L>,
    links: &[u8],
    pass: &mut Pass<L>,
    node: u32,
    is_affected: bool,
) {
    let hops = here.topology.out(node);
    if hops.len() > WORD {
        return choose_many(here, links, pass, node, is_affected);
    }
    let old = here.at.spots.at(node).next;
    let new = next_of(here.at, links, node, hops, old, is_affected);
    if new != old {
        let turn = to_u32(here.log.next.len());
        gain(here, hops, new & !old);
        here.log.next.push(Turn {
            row: here.row,
            node,
            word: Word::FIRST,
            old,
        });
        here.at.spots.at_mut(node).next = new;
        pass.turn(here.at, node, turn);
    }
}

/// The same for a node with more directions than a word has bits.
fn choose_many<const L: usize>(
    here: &mut Here<'_, L>,
    links: &[u8],
    pass: &mut Pass<L>,
    node: u32,
    is_affected: bool,
) {
    let (row, from) = (here.row, here.log.next.len());
    let mut is_same = true;
    for (k, hops) in here.topology.out(node).chunks(WORD).enumerate() {
        let word = Word::of(here.topology, node, k);
        let old = here.at.at_word(node, word);
        let new = next_of(here.at, links, node, hops, old, is_affected);
        is_same &= new == old;
        *here.at.word_at(node, word) = new;
        gain(here, hops, new & !old);
        here.log.next.push(Turn {
            row,
            node,
            word,
            old,
        });
    }
    if is_same {
        here.log.next.truncate(from);
    } else {
        pass.turn(here.at, node, to_u32(from));
    }
}

/// Notes the links by which traffic can go now.
#[inline]
fn gain<const L: usize>(here: &mut Here<'_, L>, hops: &[Hop], new: u32) {
    let row = here.row;
    let links = chosen(new).map(|bit| (hops[bit].arc / 2, row));
    here.log.gains.extend(links);
}

/// Which of some directions from a node are next hops; those in `old` were.
#[inline]
fn next_of<const L: usize>(
    at: &Row<L>,
    links: &[u8],
    node: u32,
    hops: &[Hop],
    old: u32,
    is_affected: bool,
) -> u32 {
    if is_affected {
        return at.find_next(links, node, hops);
    }
    let far = at.distance(node);
    chosen(old).fold(0, |new, bit| {
        let hop = &hops[bit];
        let works = links[hop.arc as usize / 2] == ALIVE;
        let stays = both(works, on_path(hop.metric, far, at.distance(hop.node)));
        new | u32::from(stays) << bit
    })
}
