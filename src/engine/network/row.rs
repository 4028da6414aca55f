//! One destination: how far every node is from it, and what the nodes that carry traffic to it
//! carry.
//!
//! The distance of a node is exactly min over its working arcs of (metric + distance of the head),
//! whatever the order of evaluation; a next hop is an arc on a path that is shortest up to a
//! relative 1e-12. Traffic values exist only for nodes that have carried some ([`Cell`]).

use super::topology::{Hop, NONE, Topology, to_u32};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Two path lengths that differ by less than this fraction are equal.
const TIE: f64 = 1.0 + 1e-12;

/// A link works.
pub(super) const ALIVE: u8 = 0;
/// A link fails in the step that is under way: it still carries the old paths.
pub(super) const DYING: u8 = 1;
/// A link does not work.
pub(super) const DEAD: u8 = 2;

/// What a node carries towards one destination.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell<const L: usize> {
    /// The node.
    pub node: u32,
    /// The source at this node, or [`NONE`].
    pub source: u32,
    /// Number of next hops; right while the node carries something.
    pub next: u32,
    /// Where the log has what the cell was before `step`.
    pub logged: u32,
    /// The last step that changed it.
    pub step: u64,
    /// Traffic through the node, on the grid.
    pub load: [i128; L],
    /// Fraction of it that arrives; 1 where there is none.
    pub delivered: [f64; L],
}

impl<const L: usize> Cell<L> {
    /// Whether it carries anything in any lane.
    #[inline]
    pub fn is_active(&self) -> bool {
        self.load.iter().any(|&x| x > 0)
    }

    /// What each next hop gets.
    #[inline]
    pub fn share(&self) -> [i128; L] {
        match self.next {
            0 => [0; L],
            1 => self.load,
            n => self.load.map(|x| x / i128::from(n)),
        }
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
    pub fn new(topology: &Topology, row: u32, works: bool, links: &[u8], heap: &mut Near) -> Self {
        let n = topology.nodes();
        let mut new = Self {
            distance: vec![f64::INFINITY; n],
            next: vec![0; topology.words()],
            slot: vec![NONE; n],
            cells: Vec::new(),
            lost: !works,
        };
        if works {
            let root = topology.root(row);
            new.distance[root as usize] = 0.0;
            heap.push(0.0, root);
            while let Some((d, v)) = heap.pop() {
                if d > new.distance[v as usize] {
                    continue;
                }
                for hop in topology.into(v) {
                    let through = hop.metric + d;
                    if links[hop.arc as usize / 2] == ALIVE
                        && through < new.distance[hop.node as usize]
                    {
                        new.distance[hop.node as usize] = through;
                        heap.push(through, hop.node);
                    }
                }
            }
            for node in 0..to_u32(n) {
                new.find_next(topology, links, node);
            }
        }
        new
    }

    /// Finds the next hops of a node.
    #[inline]
    pub fn find_next(&mut self, topology: &Topology, links: &[u8], node: u32) {
        self.next[topology.words_of(node)].fill(0);
        let far = self.distance[node as usize];
        for hop in topology.out(node) {
            let near = self.distance[hop.node as usize];
            if on_path(hop.metric, far, near) && links[hop.arc as usize / 2] == ALIVE {
                self.next[hop.word as usize] |= 1 << hop.bit;
            }
        }
    }

    /// Whether a direction is a next hop of its tail.
    #[inline]
    pub fn has(&self, hop: &Hop) -> bool {
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
    words.zip(hops).flat_map(|(&word, hops)| {
        let mut rest = word;
        std::iter::from_fn(move || {
            let bit = rest.trailing_zeros() as usize;
            rest &= rest.wrapping_sub(1);
            hops.get(bit)
        })
    })
}

/// The cell of a node in a row, made if there is none.
#[inline]
pub(super) fn cell_for<'c, const L: usize>(
    slots: &mut [u32],
    cells: &'c mut Vec<Cell<L>>,
    topology: &Topology,
    row: u32,
    node: u32,
) -> &'c mut Cell<L> {
    let slot = &mut slots[node as usize];
    if *slot == NONE {
        *slot = to_u32(cells.len());
        cells.push(Cell {
            node,
            source: topology.source_at(row, node),
            next: 0,
            logged: 0,
            step: 0,
            load: [0; L],
            delivered: [1.0; L],
        });
    }
    &mut cells[*slot as usize]
}

/// Nodes by distance, nearest first; ties by number.
#[derive(Clone, Debug, Default)]
pub(super) struct Near(BinaryHeap<Reverse<(u64, u32)>>);

impl Near {
    #[inline]
    pub fn push(&mut self, distance: f64, node: u32) {
        // Distances are never negative, so their bits sort as they do.
        self.0.push(Reverse((distance.to_bits(), node)));
    }

    #[inline]
    pub fn pop(&mut self) -> Option<(f64, u32)> {
        self.0.pop().map(|Reverse((d, v))| (f64::from_bits(d), v))
    }
}

/// Nodes by distance, farthest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Far(BinaryHeap<(u64, u32)>);

impl Far {
    #[inline]
    pub fn push(&mut self, distance: f64, node: u32) {
        self.0.push((distance.to_bits(), node));
    }

    #[inline]
    pub fn pop(&mut self) -> Option<u32> {
        self.0.pop().map(|(_, v)| v)
    }
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

    #[inline]
    pub fn has(&self, node: u32) -> bool {
        self.stamp[node as usize] == self.now
    }
}
