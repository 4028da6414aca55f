//! One destination: how far every node is from it, and what the nodes that carry traffic to it
//! carry.
//!
//! The distance of a node is exactly min over its working arcs of (metric + distance of the head),
//! whatever the order of evaluation; a next hop is an arc on a path that is shortest up to a
//! relative 1e-12. Traffic values exist only for nodes that flows come by, whether or not those carry
//! any ([`Carrier`]): with a node that has them, all its next hops have them.

use super::exact::each_share;
use super::queue::Near;
use super::spots::Spots;
use super::topology::{Hop, NONE, Topology, to_u32};

/// Two path lengths that differ by less than this fraction are equal.
const TIE: f64 = 1.0 + 1e-12;

/// Directions in a word of next hops.
pub(super) const WORD: usize = u32::BITS as usize;

/// A link works.
pub(super) const ALIVE: u8 = 0;
/// A link does not work.
pub(super) const DEAD: u8 = 1;

/// A node that traffic comes to, if the flows from its sources carry any.
#[derive(Clone, Copy, Debug)]
pub(super) struct Carrier {
    /// The node.
    pub node: u32,
    /// The source at this node, or [`NONE`].
    pub source: u32,
}

/// One destination in one state.
///
/// ```text
/// node ─ spots ─► distance, next hops, slot ─► carriers, load, delivered
///      ─ words_of ─► more: next hops beyond the first 32
/// ```
#[derive(Clone, Debug)]
pub(super) struct Row<const L: usize> {
    /// By place, as far as it matters here.
    pub spots: Spots,
    /// Next hops of nodes with more than 32 directions.
    pub more: Vec<u32>,
    /// By slot, in order of first use: whose traffic it is.
    pub carriers: Vec<Carrier>,
    /// By slot: traffic through the node, on the grid.
    pub load: Vec<[i128; L]>,
    /// By slot: fraction of its traffic that arrives, or would if there were some.
    pub delivered: Vec<[f64; L]>,
    /// The destination itself does not work: nothing reaches it.
    pub lost: bool,
}

/// Where a row keeps 32 of a node's next hops: at its spot, or in `more`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word(u32);

impl Word {
    /// Of the first directions.
    pub const FIRST: Self = Self(NONE);

    /// Of the directions from number `32 · k` on.
    #[inline]
    pub fn of(topology: &Topology, node: u32, k: usize) -> Self {
        match k {
            0 => Self::FIRST,
            k => Self(to_u32(topology.words_of(node).start + k - 1)),
        }
    }
}

/// Whether the arc from a node at `near + …` is on a shortest path: `far` and `near` are the
/// distances of its tail and head.
#[inline]
pub(super) fn on_path(metric: f64, far: f64, near: f64) -> bool {
    both(metric + near <= far * TIE, near < far)
}

/// Both, without a branch: for what is as likely as not, so that no processor foretells it.
#[inline]
#[allow(clippy::needless_bitwise_bool, reason = "see above")]
pub(super) fn both(a: bool, b: bool) -> bool {
    a & b
}

/// Whether there is anything in any lane.
#[inline]
pub(super) fn is_active<const L: usize>(load: &[i128; L]) -> bool {
    load.iter().any(|&x| x > 0)
}

impl<const L: usize> Row<L> {
    /// Distances over working links, no traffic.
    pub fn new(topology: &Topology, row: u32, works: bool, links: &[u8], near: &mut Near) -> Self {
        let mut new = Self {
            spots: Spots::new(topology, row),
            more: vec![0; topology.words()],
            carriers: Vec::new(),
            load: Vec::new(),
            delivered: Vec::new(),
            lost: !works,
        };
        if works {
            new.measure(topology, row, links, near);
            for node in new.spots.places() {
                for (k, hops) in topology.out(node).chunks(WORD).enumerate() {
                    let word = new.find_next(links, node, hops);
                    *new.word_at(node, Word::of(topology, node, k)) = word;
                }
            }
        }
        new
    }

    /// Dijkstra from the destination over inner places, which alone lead on; then the places at the edge
    /// where its flows start.
    fn measure(&mut self, topology: &Topology, row: u32, links: &[u8], near: &mut Near) {
        let root = topology.root(row);
        let works = |arc: u32| links[arc as usize / 2] == ALIVE;
        self.spots.at_mut(root).distance = 0.0;
        near.push(0.0, root, 0);
        while let Some((d, v, _)) = near.pop() {
            if d > self.distance(v) {
                continue;
            }
            for hop in topology
                .into(v)
                .iter()
                .filter(|h| h.node < topology.inner())
            {
                let through = hop.metric + d;
                if through < self.distance(hop.node) && works(hop.arc) {
                    self.spots.at_mut(hop.node).distance = through;
                    near.push(through, hop.node, 0);
                }
            }
        }
        for place in self.spots.starts() {
            let hops = topology.out(place).iter().filter(|h| works(h.arc));
            let ways = hops.map(|h| h.metric + self.distance(h.node));
            self.spots.at_mut(place).distance = ways.fold(f64::INFINITY, f64::min);
        }
    }

    /// How far a node is.
    #[inline]
    pub fn distance(&self, node: u32) -> f64 {
        self.spots.at(node).distance
    }

    /// Which of up to 32 directions from a node are next hops, by the distances.
    #[inline]
    pub fn find_next(&self, links: &[u8], node: u32, hops: &[Hop]) -> u32 {
        let far = self.distance(node);
        hops.iter().zip(0..).fold(0, |word, (hop, bit)| {
            let near = self.distance(hop.node);
            let works = links[hop.arc as usize / 2] == ALIVE;
            let is_next = both(works, on_path(hop.metric, far, near));
            word | u32::from(is_next) << bit
        })
    }

    /// Which of a node's directions from number `32 · k` on are next hops.
    #[inline]
    pub fn word(&self, topology: &Topology, node: u32, k: usize) -> u32 {
        self.at_word(node, Word::of(topology, node, k))
    }

    /// What the word of a node at a place is.
    #[inline]
    pub fn at_word(&self, node: u32, word: Word) -> u32 {
        match word {
            Word(NONE) => self.spots.at(node).next,
            Word(more) => self.more[more as usize],
        }
    }

    /// The word of a node at a place.
    #[inline]
    pub fn word_at(&mut self, node: u32, word: Word) -> &mut u32 {
        match word {
            Word(NONE) => &mut self.spots.at_mut(node).next,
            Word(more) => &mut self.more[more as usize],
        }
    }

    /// Whether the direction of this rank is a next hop of its tail.
    #[inline]
    pub fn has(&self, topology: &Topology, tail: u32, rank: u32) -> bool {
        self.word(topology, tail, rank as usize / 32) >> (rank % 32) & 1 == 1
    }

    /// Calls `visit` with the next hops of a node, in the order of its arcs.
    #[inline]
    pub fn each_next(&self, topology: &Topology, node: u32, mut visit: impl FnMut(&Hop)) {
        let hops = topology.out(node);
        for bit in chosen(self.spots.at(node).next) {
            visit(&hops[bit]);
        }
        if hops.len() > WORD {
            for (hops, &word) in hops[WORD..].chunks(WORD).zip(self.words(topology, node)) {
                for bit in chosen(word) {
                    visit(&hops[bit]);
                }
            }
        }
    }

    /// What each next hop of a node gets of a load.
    #[inline]
    pub fn shares(&self, topology: &Topology, node: u32, load: &[i128; L]) -> [i128; L] {
        let first = self.spots.at(node).next;
        let is_one = first.is_power_of_two();
        if is_one && !topology.is_wide(node) {
            return *load;
        }
        let more = self.words(topology, node).iter();
        let count = more.fold(first.count_ones(), |n, w| n + w.count_ones());
        each_share(load, count)
    }

    /// Next hops of a node beyond the first directions.
    fn words(&self, topology: &Topology, node: u32) -> &[u32] {
        &self.more[topology.words_of(node)]
    }

    /// Takes all traffic off.
    pub fn idle(&mut self) {
        for carrier in self.carriers.drain(..) {
            self.spots.at_mut(carrier.node).slot = NONE;
        }
        self.load.clear();
        self.delivered.clear();
    }

    /// Where the traffic of a node is, if flows come by.
    #[inline]
    pub fn slot(&self, node: u32) -> Option<usize> {
        let slot = self.spots.at(node).slot;
        (slot != NONE).then_some(slot as usize)
    }

    /// Where the traffic of a node is; makes a place if there is none, and notes that.
    #[inline]
    pub fn slot_for(
        &mut self,
        topology: &Topology,
        row: u32,
        node: u32,
        opened: &mut Vec<(u32, u32)>,
    ) -> u32 {
        let slot = self.spots.at(node).slot;
        if slot == NONE {
            opened.push((row, node));
            self.open(topology, row, node)
        } else {
            slot
        }
    }

    /// Takes back the last place that was made.
    pub fn close(&mut self) {
        if let Some(carrier) = self.carriers.pop() {
            self.spots.at_mut(carrier.node).slot = NONE;
            self.load.pop();
            self.delivered.pop();
        }
    }

    #[cold]
    #[inline(never)]
    fn open(&mut self, topology: &Topology, row: u32, node: u32) -> u32 {
        let slot = to_u32(self.carriers.len());
        self.spots.at_mut(node).slot = slot;
        self.carriers.push(Carrier {
            node,
            source: topology.source_at(row, node),
        });
        self.load.push([0; L]);
        self.delivered.push([1.0; L]);
        slot
    }

    /// Bytes it holds.
    pub fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.spots.bytes()
            + size_of_val(&self.more[..])
            + self.carriers.capacity() * size_of::<Carrier>()
            + self.load.capacity() * size_of::<[i128; L]>()
            + self.delivered.capacity() * size_of::<[f64; L]>()
    }
}

/// The bits that are set in a word, from the lowest.
#[inline]
pub(super) fn chosen(word: u32) -> impl Iterator<Item = usize> {
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
