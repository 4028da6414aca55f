//! Delivered on one row: which fraction of its traffic arrives, node by node, from near to far.
//!
//! At the destination what the destination delivers; at another node the lesser of what the node
//! delivers and the mean over its next hops of the lesser of what the link delivers in that direction
//! and what the next node passes on. How much traffic there is plays no part in it.

use super::queue::Near;
use super::row::{Marks, Row};
use super::topology::{NONE, Topology};
use super::work::{Log, Values};

/// Settles one row at a time.
#[derive(Clone, Debug)]
pub(super) struct Settle {
    near: Near,
    /// Nodes that have been queued.
    marks: Marks,
}

impl Settle {
    pub fn new(topology: &Topology) -> Self {
        Self {
            near: Near::default(),
            marks: Marks::new(topology.places()),
        }
    }

    /// Visits `seeds` and all that follows from them; sources whose value changed go to `moved`.
    #[allow(clippy::too_many_arguments, reason = "what a row stands in")]
    pub fn row<const L: usize>(
        &mut self,
        topology: &Topology,
        row: u32,
        at: &mut Row<L>,
        values: &Values<L>,
        log: &mut Log<L>,
        seeds: impl Iterator<Item = u32>,
        moved: &mut Vec<u32>,
    ) {
        self.marks.clear();
        for node in seeds {
            self.queue(at, node);
        }
        while let Some((_, node, slot)) = self.near.pop() {
            let place = slot as usize;
            let new = value(topology, row, at, values, node);
            let old = at.delivered[place];
            #[allow(clippy::float_cmp)] // a change is a change of bits; there are no NaNs
            if new == old {
                continue;
            }
            log.delivered.push((row, slot, old));
            at.delivered[place] = new;
            let source = at.carriers[place].source;
            if source != NONE {
                moved.push(source);
            }
            for hop in topology.into(node) {
                if at.has(topology, hop.node, hop.rank) {
                    self.queue(at, hop.node);
                }
            }
        }
    }

    /// Nodes that no flow comes by have no say.
    fn queue<const L: usize>(&mut self, at: &Row<L>, node: u32) {
        let spot = at.spots.at(node);
        if spot.slot != NONE && self.marks.set(node) {
            self.near.push(spot.distance, node, spot.slot);
        }
    }
}

fn value<const L: usize>(
    topology: &Topology,
    row: u32,
    at: &Row<L>,
    values: &Values<L>,
    node: u32,
) -> [f64; L] {
    let by_itself = values.nodes[node as usize];
    let mut result = by_itself;
    if node != topology.root(row) {
        let mut sum = [0.0; L];
        let mut count = 0u32;
        at.each_next(topology, node, |hop| {
            let own = &values.own[hop.arc as usize];
            let next = at.slot(hop.node).map_or([1.0; L], |s| at.delivered[s]);
            for l in 0..L {
                sum[l] += own[l].min(next[l]);
            }
            count += 1;
        });
        for l in 0..L {
            let mean = if count == 0 {
                0.0
            } else {
                sum[l] / f64::from(count)
            };
            result[l] = by_itself[l].min(mean);
        }
    }
    result
}
