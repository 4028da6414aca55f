//! The base state of a network, evaluated from nothing.

use super::delivered::Settle;
use super::load::{Here, Pass};
use super::queue::Near;
use super::row::{ALIVE, DEAD, Row};
use super::single::Singles;
use super::topology::{NONE, Topology, to_u32};
use super::work::{Log, Values};

/// One state of a network in full: what a [`Scratch`](super::Scratch) stands on.
///
/// Made in three steps, between which the caller can work out what each next step needs:
/// [`Base::route`] with what works, [`Base::load`] with the load of every flow,
/// [`Base::deliver`] with what every part delivers. The last two can be repeated.
#[derive(Clone, Debug)]
pub struct Base<const L: usize> {
    pub(super) rows: Vec<Row<L>>,
    pub(super) values: Values<L>,
    /// By arc, one bit per row: the arc is on a shortest path of that row.
    uses: Vec<u64>,
    words: usize,
    /// The farthest that a node is from a destination it reaches.
    pub(super) farthest: f64,
    /// What single failures do, as far as it was asked.
    pub(super) singles: Singles<L>,
}

/// What a scratch holds whatever its size: buckets of a queue, short lists.
const FIXED: usize = 64 << 10;

impl<const L: usize> Base<L> {
    /// Routes over what works; a link must not work unless both its ends do.
    #[must_use]
    pub fn route(topology: &Topology, node_works: &[bool], link_works: &[bool]) -> Self {
        let links: Vec<u8> = link_works
            .iter()
            .map(|&w| if w { ALIVE } else { DEAD })
            .collect();
        let mut near = Near::default();
        let rows: Vec<Row<L>> = (0..to_u32(topology.rows()))
            .map(|r| {
                let works = node_works[topology.node_of(topology.root(r)) as usize];
                Row::new(topology, r, works, &links, &mut near)
            })
            .collect();
        let values = Values::new(topology, links);
        let (uses, words) = uses(topology, &rows);
        let distances = rows.iter().flat_map(|row| row.spots.distances());
        let farthest = distances.filter(|d| d.is_finite()).fold(0.0, f64::max);
        Self {
            rows,
            values,
            uses,
            words,
            farthest,
            singles: Singles::new(topology.links()),
        }
    }

    /// Puts the load of every flow on its paths. A flow that does not work has none. `bound` is,
    /// per lane, the most that all flows together can ever carry, in this state or any other that
    /// is evaluated on top of it; sums are exact up to it.
    pub fn load(&mut self, topology: &Topology, bound: [f64; L], load: impl Fn(u32) -> [f64; L]) {
        self.singles = Singles::new(topology.links());
        self.values.idle(topology, bound);
        self.rows.iter_mut().for_each(Row::idle);
        for f in 0..to_u32(topology.flows()) {
            self.values.flows[f as usize] = load(f);
        }
        let (mut log, mut pass) = (Log::default(), Pass::new(topology, self.farthest));
        let Values { sums, flows, .. } = &mut self.values;
        let mut todo = Vec::new();
        for (row, at) in (0u32..).zip(&mut self.rows) {
            let mut here = Here {
                topology,
                row,
                at,
                log: &mut log,
            };
            for source in topology.sources(row) {
                let node = topology.source_place(source);
                here.open(node, &mut todo);
                for &f in topology.source_flows(source) {
                    let load = sums.cut(&flows[f as usize]);
                    if load != [0; L] {
                        pass.start(here.at, node, &load);
                    }
                }
            }
            pass.spread(here, sums);
            log.clear();
        }
        self.sum_nodes(topology);
    }

    /// A node carries what starts there and what comes in.
    fn sum_nodes(&mut self, topology: &Topology) {
        let values = &mut self.values;
        for arc in 0..2 * to_u32(topology.links()) {
            let sum = values.node_sum(topology.head(arc));
            let more = values.sums.exact(arc);
            values.sums.add(sum, &more);
        }
        for f in 0..to_u32(topology.flows()) {
            let sum = values.node_sum(topology.flow_ends(f).0);
            let more = values.sums.cut(&values.flows[f as usize]);
            values.sums.add(sum, &more);
        }
        values.sums.forget();
    }

    /// Works out what arrives. `own`: by arc, what it delivers of its load, by itself and what its
    /// link needs; `node`: by node, the same (1 for a node that does not work).
    pub fn deliver(
        &mut self,
        topology: &Topology,
        own: impl Fn(u32) -> [f64; L],
        node: impl Fn(u32) -> [f64; L],
    ) {
        for arc in 0..2 * to_u32(topology.links()) {
            self.values.set_own(arc, own(arc));
        }
        for v in 0..to_u32(topology.nodes()) {
            let delivered = node(v);
            for place in topology.places_of(v) {
                self.values.set_place(place, delivered);
            }
        }
        if self.values.imperfect == 0 {
            return;
        }
        let (mut log, mut settle) = (Log::default(), Settle::new(topology));
        let mut moved = Vec::new();
        for (r, at) in (0u32..).zip(&mut self.rows) {
            let carriers = at.carriers.clone();
            let seeds = carriers.iter().map(|c| c.node);
            settle.row(topology, r, at, &self.values, &mut log, seeds, &mut moved);
            log.clear();
            moved.clear();
        }
    }

    /// Adds the rows that have an arc on a shortest path to a set of bits.
    pub(super) fn add_rows_using(&self, arc: u32, set: &mut [u64]) {
        let from = arc as usize * self.words;
        for (word, &uses) in set.iter_mut().zip(&self.uses[from..from + self.words]) {
            *word |= uses;
        }
    }

    /// The rows that have an arc on a shortest path.
    pub(super) fn rows_using(&self, arc: u32) -> impl Iterator<Item = u32> + '_ {
        let from = arc as usize * self.words;
        members(&self.uses[from..from + self.words])
    }

    /// Whether a path joins the ends of a flow.
    #[must_use]
    pub fn reaches(&self, topology: &Topology, flow: u32) -> bool {
        let at = topology.flow(flow);
        let row = &self.rows[at.row as usize];
        !row.lost && row.distance(topology.source_place(at.source)).is_finite()
    }

    /// Load that flows put on an arc, per lane.
    #[must_use]
    pub fn arc_load(&self, arc: u32) -> [f64; L] {
        self.values.sums.value(arc)
    }

    /// Load that flows put on a node, per lane.
    #[must_use]
    pub fn node_load(&self, node: u32) -> [f64; L] {
        self.values.sums.value(self.values.node_sum(node))
    }

    /// Fraction of a flow's load that arrives, or would if it had some; only of one that works.
    #[must_use]
    pub fn delivered(&self, topology: &Topology, flow: u32) -> [f64; L] {
        delivered(topology, &self.rows[topology.flow(flow).row as usize], flow)
    }

    /// Bytes that it holds.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.row_bytes() + size_of_val(&self.uses[..]) + self.singles.bytes() + self.values.bytes()
    }

    /// Bytes that one [`Scratch`](super::Scratch) on it can come to hold, near enough: values, and a
    /// copy of every row. What single failures do is kept for all of them together, and is not in here.
    #[must_use]
    pub fn scratch_bytes(&self, topology: &Topology) -> usize {
        let place = size_of::<[i128; L]>() + 32;
        self.values.bytes() + self.row_bytes() + topology.places() * place + FIXED
    }

    /// Bytes that what single failures do can come to hold.
    #[must_use]
    pub fn singles_bytes(&self) -> usize {
        let all = self.values.links.len().saturating_mul(self.row_bytes());
        all.min(super::single::MOST)
    }

    fn row_bytes(&self) -> usize {
        self.rows.iter().map(Row::bytes).sum()
    }
}

pub(super) fn delivered<const L: usize>(topology: &Topology, row: &Row<L>, flow: u32) -> [f64; L] {
    let source = topology.flow(flow).source;
    debug_assert!(source != NONE);
    let node = topology.source_place(source);
    row.slot(node).map_or([1.0; L], |s| row.delivered[s])
}

/// The members of a set of bits, in order.
pub(super) fn members(set: &[u64]) -> impl Iterator<Item = u32> + '_ {
    (0u32..).zip(set).flat_map(|(w, &word)| {
        let mut rest = word;
        std::iter::from_fn(move || {
            (rest != 0).then(|| {
                let bit = rest.trailing_zeros();
                rest &= rest - 1;
                w * 64 + bit
            })
        })
    })
}

fn uses<const L: usize>(topology: &Topology, rows: &[Row<L>]) -> (Vec<u64>, usize) {
    let words = rows.len().div_ceil(64);
    let arcs = 2 * topology.links();
    let mut uses = vec![0u64; arcs * words];
    for (r, row) in rows.iter().enumerate() {
        for place in row.spots.places() {
            row.each_next(topology, place, |hop| {
                uses[hop.arc as usize * words + r / 64] |= 1 << (r % 64);
            });
        }
    }
    (uses, words)
}
