//! One destination: how far every node is from it, and what the nodes that carry traffic to it
//! carry.
//!
//! The distance of a node is exactly min over its working arcs of (metric + distance of the head),
//! whatever the order of evaluation; a next hop is an arc on a path that is shortest up to a
//! relative 1e-12. Traffic values exist only for nodes that have carried some ([`Cell`]).

use super::queue::Near;
use super::topology::{Hop, InHop, NONE, Topology, to_u32};

/// Two path lengths that differ by less than this fraction are equal.
const TIE: f64 = 1.0 + 1e-12;

/// A link works.
pub(super) const ALIVE: u8 = 0;
/// A link does not work.
pub(super) const DEAD: u8 = 1;

/// What a node carries towards one destination.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell<const L: usize> {
    /// The node.
    pub node: u32,
    /// The source at this node, or [`NONE`].
    pub source: u32,
    /// The last step that changed `load` or `sent`.
    pub step: u64,
    /// Whether it waits to pass on what it carries.
    pub waits: bool,
    /// Traffic through the node, on the grid.
    pub load: [i128; L],
    /// What each of its next hops has been given.
    pub sent: [i128; L],
    /// Fraction of its traffic that arrives; 1 where there is none.
    pub delivered: [f64; L],
}

impl<const L: usize> Cell<L> {
    /// Whether it carries anything in any lane.
    #[inline]
    pub fn is_active(&self) -> bool {
        self.load.iter().any(|&x| x > 0)
    }
}

/// One destination in one state.
#[derive(Clone, Debug)]
pub(super) struct Row<const L: usize> {
    /// By node; infinite where no path is left. Stale in a row that is `lost`.
    pub distance: Vec<f64>,
    /// One bit per direction of a link: it works and is a next hop of its tail.
    pub next: Vec<u64>,
    /// By node: where its cell is, or [`NONE`].
    pub slot: Vec<u32>,
    /// In order of first use.
    pub cells: Vec<Cell<L>>,
    /// The destination itself does not work: nothing reaches it.
    pub lost: bool,
}

/// Whether the arc from a node at `near + …` is on a shortest path: `far` and `near` are the
/// distances of its tail and head.
#[inline]
pub(super) fn on_path(metric: f64, far: f64, near: f64) -> bool {
    metric + near <= far * TIE && near < far
}

impl<const L: usize> Row<L> {
    /// Distances over working links, no traffic.
    pub fn new(topology: &Topology, row: u32, works: bool, links: &[u8], near: &mut Near) -> Self {
        let n = topology.nodes();
        let mut new = Self {
            distance: vec![f64::INFINITY; n],
            next: vec![0; topology.words()],
            slot: vec![NONE; n],
            cells: Vec::new(),
            lost: !works,
        };
        if works {
            new.measure(topology, row, links, near);
            for node in 0..to_u32(n) {
                for (word, k) in topology.words_of(node).zip(0..) {
                    new.next[word] = new.find_next(topology, links, node, k);
                }
            }
        }
        new
    }

    /// Dijkstra from the destination.
    fn measure(&mut self, topology: &Topology, row: u32, links: &[u8], near: &mut Near) {
        let root = topology.root(row);
        self.distance[root as usize] = 0.0;
        near.push(0.0, root, 0);
        while let Some((d, v, _)) = near.pop() {
            if d > self.distance[v as usize] {
                continue;
            }
            for hop in topology.into(v) {
                let through = hop.metric + d;
                if links[hop.arc as usize / 2] == ALIVE
                    && through < self.distance[hop.node as usize]
                {
                    self.distance[hop.node as usize] = through;
                    near.push(through, hop.node, 0);
                }
            }
        }
    }

    /// Word number `k` of the next hops of a node, by the distances.
    #[inline]
    pub fn find_next(&self, topology: &Topology, links: &[u8], node: u32, k: usize) -> u64 {
        let far = self.distance[node as usize];
        let hops = &topology.out(node)[64 * k..];
        hops.iter().take(64).zip(0..).fold(0, |word, (hop, bit)| {
            let near = self.distance[hop.node as usize];
            let is_next = on_path(hop.metric, far, near) && links[hop.arc as usize / 2] == ALIVE;
            word | u64::from(is_next) << bit
        })
    }

    /// Whether a direction is a next hop of its tail.
    #[inline]
    pub fn has(&self, hop: &InHop) -> bool {
        self.next[hop.word as usize] >> hop.bit & 1 == 1
    }

    /// Takes all traffic off.
    pub fn idle(&mut self) {
        for cell in self.cells.drain(..) {
            self.slot[cell.node as usize] = NONE;
        }
    }

    /// The cell of a node, if it has carried something.
    #[inline]
    pub fn cell(&self, node: u32) -> Option<&Cell<L>> {
        self.cells.get(self.slot[node as usize] as usize)
    }

    /// The place of a node's cell, made if there is none.
    #[inline]
    pub fn slot_for(&mut self, topology: &Topology, row: u32, node: u32) -> usize {
        if self.slot[node as usize] == NONE {
            self.open(topology, row, node);
        }
        self.slot[node as usize] as usize
    }

    #[cold]
    fn open(&mut self, topology: &Topology, row: u32, node: u32) {
        self.slot[node as usize] = to_u32(self.cells.len());
        self.cells.push(Cell {
            node,
            source: topology.source_at(row, node),
            step: 0,
            waits: false,
            load: [0; L],
            sent: [0; L],
            delivered: [1.0; L],
        });
    }

    /// Bytes it holds, about.
    pub fn bytes(&self) -> usize {
        self.distance.len() * 12 + self.next.len() * 8 + self.cells.len() * size_of::<Cell<L>>()
    }
}

/// The next hops of a node, in the order of its arcs; `next` is that of a row.
#[inline]
pub(super) fn next_hops<'t>(
    next: &'t [u64],
    topology: &'t Topology,
    node: u32,
) -> impl Iterator<Item = &'t Hop> + 't {
    let words = next[topology.words_of(node)].iter();
    let hops = topology.out(node).chunks(64);
    words
        .zip(hops)
        .flat_map(|(&word, hops)| chosen(word).filter_map(move |bit| hops.get(bit)))
}

/// The bits that are set in a word, from the lowest.
#[inline]
pub(super) fn chosen(word: u64) -> impl Iterator<Item = usize> {
    let mut rest = word;
    std::iter::from_fn(move || {
        (rest != 0).then(|| {
            let bit = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            bit
        })
    })
}

/// Marks on nodes that are all cleared at once.
#[derive(Clone, Debug, Default)]
pub(super) struct Marks {
    stamp: Vec<u32>,
    now: u32,
}

impl Marks {
    pub fn new(nodes: usize) -> Self {
        Self {
            stamp: vec![0; nodes],
            now: 0,
        }
    }

    /// Makes room for this many nodes.
    pub fn fit(&mut self, nodes: usize) {
        if self.stamp.len() < nodes {
            self.stamp.resize(nodes, 0);
        }
    }

    /// Clears every mark.
    pub fn clear(&mut self) {
        if self.now == u32::MAX {
            self.stamp.fill(0);
            self.now = 0;
        }
        self.now += 1;
    }

    /// Marks a node; false if it was marked already.
    #[inline]
    pub fn set(&mut self, node: u32) -> bool {
        let new = self.stamp[node as usize] != self.now;
        self.stamp[node as usize] = self.now;
        new
    }
}
