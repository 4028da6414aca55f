//! What the passes over a network share: the values of one state, the log that undoes them, and
//! buffers that are kept between states so that none is allocated per state.

use super::super::lanes::{differs, is_all};
use super::exact::Sums;
use super::row::Word;
use super::topology::{Topology, to_u32};

/// The values of one state, apart from its rows.
#[derive(Clone, Debug)]
pub(super) struct Values<const L: usize> {
    /// By link: [`ALIVE`] and so on.
    pub links: Vec<u8>,
    /// Loads of arcs, then of nodes.
    pub sums: Sums<L>,
    /// Load of each flow.
    pub flows: Vec<[f64; L]>,
    /// By arc: what it delivers of its load, by itself and what its link needs.
    pub own: Vec<[f64; L]>,
    /// By place: the fraction of its load that its node delivers, by itself and what it needs.
    pub nodes: Vec<[f64; L]>,
    /// How many entries of `own` and `nodes` are not all 1.
    pub imperfect: u32,
}

impl<const L: usize> Values<L> {
    /// Every flow without load, every part perfect.
    pub fn new(topology: &Topology, links: Vec<u8>) -> Self {
        let arcs = 2 * topology.links();
        Self {
            links,
            sums: Sums::new(arcs + topology.nodes(), [0.0; L]),
            flows: vec![[0.0; L]; topology.flows()],
            own: vec![[1.0; L]; arcs],
            nodes: vec![[1.0; L]; topology.places()],
            // Where traffic can run into a dead end without a fault, nothing may be skipped.
            imperfect: u32::from(topology.is_flat()),
        }
    }

    /// Back to no load and perfect parts; `bound` is the most that flows will carry.
    pub fn idle(&mut self, topology: &Topology, bound: [f64; L]) {
        self.sums.clear(bound);
        self.flows.fill([0.0; L]);
        self.own.fill([1.0; L]);
        self.nodes.fill([1.0; L]);
        self.imperfect = u32::from(topology.is_flat());
    }

    /// Bytes it holds.
    pub fn bytes(&self) -> usize {
        let lanes = size_of::<[f64; L]>();
        self.links.len()
            + self.sums.bytes()
            + (self.flows.len() + self.own.len() + self.nodes.len()) * lanes
    }

    /// The sum that holds a node's load.
    #[inline]
    pub fn node_sum(&self, node: u32) -> u32 {
        to_u32(self.own.len()) + node
    }

    /// Sets an entry of `own`; the old one if it changed.
    #[inline]
    pub fn set_own(&mut self, arc: u32, new: [f64; L]) -> Option<[f64; L]> {
        replace(&mut self.own[arc as usize], new, &mut self.imperfect)
    }

    /// Sets an entry of `nodes`; the old one if it changed.
    pub fn set_place(&mut self, place: u32, new: [f64; L]) -> Option<[f64; L]> {
        replace(&mut self.nodes[place as usize], new, &mut self.imperfect)
    }
}

#[allow(clippy::float_cmp)] // a change is a change of bits; there are no NaNs
#[inline]
fn replace<const L: usize>(
    at: &mut [f64; L],
    new: [f64; L],
    imperfect: &mut u32,
) -> Option<[f64; L]> {
    let old = *at;
    *at = new;
    *imperfect += u32::from(!is_all(&new, 1.0));
    *imperfect -= u32::from(!is_all(&old, 1.0));
    differs(&old, &new).then_some(old)
}

/// What a node of a row carried before a pass.
#[derive(Clone, Copy, Debug)]
pub(super) struct Traffic<const L: usize> {
    pub row: u32,
    /// Where the row has it.
    pub slot: u32,
    pub node: u32,
    pub load: [i128; L],
}

/// Some of a node's next hops before a step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    pub row: u32,
    pub node: u32,
    /// Which word of the row has them.
    pub word: Word,
    pub old: u32,
}

/// What must be put back, in order of change.
#[derive(Clone, Debug)]
pub(super) struct Log<const L: usize> {
    /// (row, node, distance)
    pub distances: Vec<(u32, u32, f64)>,
    /// Next hops.
    pub next: Vec<Turn>,
    /// What nodes of rows carried.
    pub traffic: Vec<Traffic<L>>,
    /// (row, slot, delivered)
    pub delivered: Vec<(u32, u32, [f64; L])>,
    /// (row, node) that came to have a slot; of a row the last is the last of its slots.
    pub opened: Vec<(u32, u32)>,
    /// (link, row) where a direction of it came to be a next hop.
    pub gains: Vec<(u32, u32)>,
    /// Links that died.
    pub links: Vec<u32>,
    /// Rows that were lost.
    pub lost: Vec<u32>,
    /// Rows that became different from the base state.
    pub dirty: Vec<u32>,
    /// (flow, load)
    pub flows: Vec<(u32, [f64; L])>,
    /// (arc, own)
    pub own: Vec<(u32, [f64; L])>,
    /// (place, delivered)
    pub nodes: Vec<(u32, [f64; L])>,
}

impl<const L: usize> Default for Log<L> {
    fn default() -> Self {
        Self {
            distances: Vec::new(),
            next: Vec::new(),
            traffic: Vec::new(),
            delivered: Vec::new(),
            opened: Vec::new(),
            gains: Vec::new(),
            links: Vec::new(),
            lost: Vec::new(),
            dirty: Vec::new(),
            flows: Vec::new(),
            own: Vec::new(),
            nodes: Vec::new(),
        }
    }
}

impl<const L: usize> Log<L> {
    /// Where it is now.
    pub fn mark(&self, sums: &Sums<L>) -> Mark {
        Mark {
            distances: self.distances.len(),
            next: self.next.len(),
            traffic: self.traffic.len(),
            delivered: self.delivered.len(),
            opened: self.opened.len(),
            sums: sums.logged(),
            gains: self.gains.len(),
            links: self.links.len(),
            lost: self.lost.len(),
            dirty: self.dirty.len(),
            flows: self.flows.len(),
            own: self.own.len(),
            nodes: self.nodes.len(),
        }
    }

    /// Forgets everything: what was logged becomes the state to return to.
    pub fn clear(&mut self) {
        self.distances.clear();
        self.next.clear();
        self.traffic.clear();
        self.delivered.clear();
        self.opened.clear();
        self.gains.clear();
        self.links.clear();
        self.lost.clear();
        self.dirty.clear();
        self.flows.clear();
        self.own.clear();
        self.nodes.clear();
    }
}

/// A point that a [`Scratch`](super::Scratch) can return to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    pub(super) distances: usize,
    pub(super) next: usize,
    pub(super) traffic: usize,
    pub(super) delivered: usize,
    pub(super) opened: usize,
    pub(super) sums: usize,
    pub(super) gains: usize,
    pub(super) links: usize,
    pub(super) lost: usize,
    pub(super) dirty: usize,
    pub(super) flows: usize,
    pub(super) own: usize,
    pub(super) nodes: usize,
}
