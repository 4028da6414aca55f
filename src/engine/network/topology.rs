//! What never changes about a network: who is joined to whom at which cost, and which flows cross
//! it.
//!
//! In: links and flows by local node number, and which nodes forward. Out: flat arrays. Promise: the
//! order of links and of flows given is the only thing that numbers and sums depend on.
//!
//! Routing knows places, not nodes. A node that does not forward is two: one where its own flows
//! start, to which no direction leads, and one where flows to it end, from which none leads on. So no
//! path goes through it:
//!
//! ```text
//!      ┌─► end of s
//! sw ──┤
//!      └◄─ start of s
//! ```
//! A node that no flow can ever come by has no place: neither end of a flow, nor on a path between two
//! others. What routing keeps grows with the places.
//!
//! A node that is joined to no two others is passed by nobody either, whatever it says, and is split likewise. Places
//! that traffic passes come first, then those where it only starts, then those where it only ends.

/// "None" for a `u32` index.
pub(super) const NONE: u32 = u32::MAX;

/// A link as the router sees it: two local nodes, a metric for each direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge {
    /// First end, a local node.
    pub a: u32,
    /// Second end, a local node.
    pub b: u32,
    /// Cost of going from `a` to `b`, > 0 and finite.
    pub metric: f64,
    /// Cost of going from `b` to `a`, > 0 and finite.
    pub metric_back: f64,
}

/// One direction of a link, seen from its tail.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hop {
    /// Cost of this direction.
    pub metric: f64,
    /// The direction: `2 · link` from a to b, `2 · link + 1` from b to a.
    pub arc: u32,
    /// The other end: its head.
    pub node: u32,
}

/// One direction of a link, seen from its head.
#[derive(Clone, Copy, Debug)]
pub(super) struct InHop {
    /// Cost of this direction.
    pub metric: f64,
    /// The direction.
    pub arc: u32,
    /// The other end: its tail.
    pub node: u32,
    /// Which of its tail's directions it is.
    pub rank: u32,
}

/// Where a place's share of the flat arrays begins; it ends where the next node's begins.
#[derive(Clone, Copy, Debug, Default)]
struct Start {
    out: u32,
    into: u32,
    word: u32,
}

/// Where a flow belongs.
#[derive(Clone, Copy, Debug)]
pub(super) struct FlowAt {
    /// The row (destination) it goes to.
    pub row: u32,
    /// Its source, an index into `sources`.
    pub source: u32,
}

/// A network in flat arrays.
///
/// ```text
/// place u ─ starts ─► out: Hop Hop Hop …        (by arc)      arc 2l: a → b of link l
///                 ─► into: InHop InHop InHop …  (by arc)      arc 2l + 1: b → a
///                 ─► words of a row: one bit for each Hop beyond the first 32
/// row r (one destination) ─ source_start ─► sources: node node …  (by node)
///        source s ─ flow_start ─► source_flows: flow flow …       (by flow)
/// ```
#[derive(Debug)]
pub struct Topology {
    /// Nodes as the caller numbers them.
    nodes: u32,
    /// By node: whether traffic of others may pass it.
    forwards: Vec<bool>,
    places: u32,
    inner: u32,
    first_end: u32,
    start_of: Vec<u32>,
    end_of: Vec<u32>,
    node_of: Vec<u32>,
    /// By arc: tail and head, as places; [`NONE`] where no flow can pass.
    ends: Vec<(u32, u32)>,
    /// By arc: the node it leads to.
    heads: Vec<u32>,
    ranks: Vec<u32>,
    starts: Vec<Start>,
    out: Vec<Hop>,
    into: Vec<InHop>,
    roots: Vec<u32>,
    row_of: Vec<u32>,
    flows: Vec<FlowAt>,
    source_start: Vec<u32>,
    sources: Vec<u32>,
    flow_start: Vec<u32>,
    source_flows: Vec<u32>,
    least_metric: f64,
    flat: bool,
}

impl Topology {
    /// Compiles `edges` between local nodes `0..nodes` and `flows` as (from, to), from ≠ to. Every
    /// node forwards.
    ///
    /// # Panics
    /// If an end is not below `nodes`: the caller numbers them.
    #[must_use]
    pub fn new(nodes: u32, edges: &[Edge], flows: &[(u32, u32)]) -> Self {
        Self::with_transit(nodes, edges, flows, |_| true)
    }

    /// The same where only nodes of which `forwards` says so may be inner nodes of a path.
    ///
    /// # Panics
    /// If an end is not below `nodes`: the caller numbers them.
    #[must_use]
    pub fn with_transit(
        nodes: u32,
        edges: &[Edge],
        flows: &[(u32, u32)],
        forwards: impl Fn(u32) -> bool,
    ) -> Self {
        let passes: Vec<bool> = (0..nodes).map(forwards).collect();
        let places = Places::new(nodes, edges, flows, |v| passes[v as usize]);
        let start = |v: u32| places.start_of[v as usize];
        let end = |v: u32| places.end_of[v as usize];
        let flows: Vec<(u32, u32)> = flows
            .iter()
            .map(|&(from, to)| (start(from), end(to)))
            .collect();
        let (outer, nodes) = (nodes, to_u32(places.node_of.len()));
        let ends: Vec<(u32, u32)> = edges
            .iter()
            .flat_map(|e| [(start(e.a), end(e.b)), (start(e.b), end(e.a))])
            .map(|(tail, head)| match (tail, head) {
                (NONE, _) | (_, NONE) => (NONE, NONE),
                both => both,
            })
            .collect();
        let metrics: Vec<f64> = edges
            .iter()
            .flat_map(|e| [e.metric, e.metric_back])
            .collect();
        let (out_start, out) = grouped(nodes, ends.iter().map(|e| e.0), |arc| Hop {
            metric: metrics[arc],
            arc: to_u32(arc),
            node: ends[arc].1,
        });
        let (word_start, ranks) = number_words(ends.len(), &out_start, &out);
        let (in_start, into) = grouped(nodes, ends.iter().map(|e| e.1), |arc| InHop {
            metric: metrics[arc],
            arc: to_u32(arc),
            node: ends[arc].0,
            rank: ranks[arc],
        });
        let starts = out_start.iter().zip(&in_start).zip(&word_start);
        let heads = edges.iter().flat_map(|e| [e.b, e.a]).collect();
        let mut topology = Self {
            nodes: outer,
            forwards: passes,
            places: nodes,
            inner: places.inner,
            first_end: places.first_end,
            start_of: places.start_of,
            end_of: places.end_of,
            node_of: places.node_of,
            heads,
            least_metric: metrics.iter().copied().fold(f64::INFINITY, f64::min),
            flat: is_flat(outer, &metrics),
            starts: starts
                .map(|((&out, &into), &word)| Start { out, into, word })
                .collect(),
            out,
            into,
            ends,
            ranks,
            roots: Vec::new(),
            row_of: vec![NONE; nodes as usize],
            flows: Vec::new(),
            source_start: vec![0],
            sources: Vec::new(),
            flow_start: vec![0],
            source_flows: Vec::new(),
        };
        topology.group_flows(&flows);
        topology
    }

    /// Rows by destination, sources by node, flows by number.
    fn group_flows(&mut self, flows: &[(u32, u32)]) {
        let mut order: Vec<u32> = (0..to_u32(flows.len())).collect();
        order.sort_by_key(|&f| (flows[f as usize].1, flows[f as usize].0, f));
        self.flows = vec![
            FlowAt {
                row: NONE,
                source: NONE
            };
            flows.len()
        ];
        let mut last = (NONE, NONE);
        for f in order {
            let (from, to) = flows[f as usize];
            if to != last.1 {
                self.row_of[to as usize] = to_u32(self.roots.len());
                self.roots.push(to);
                self.source_start.push(to_u32(self.sources.len()));
            }
            if (from, to) != last {
                self.sources.push(from);
                self.flow_start.push(to_u32(self.source_flows.len()));
            }
            last = (from, to);
            self.source_flows.push(f);
            if let Some(end) = self.source_start.last_mut() {
                *end = to_u32(self.sources.len());
            }
            if let Some(end) = self.flow_start.last_mut() {
                *end = to_u32(self.source_flows.len());
            }
            self.flows[f as usize] = FlowAt {
                row: to_u32(self.roots.len() - 1),
                source: to_u32(self.sources.len() - 1),
            };
        }
    }

    /// How many nodes.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.nodes as usize
    }

    /// How many places there are.
    #[inline]
    pub(super) fn places(&self) -> usize {
        self.places as usize
    }

    /// How many places traffic may pass: those numbered below.
    #[inline]
    pub(super) fn inner(&self) -> u32 {
        self.inner
    }

    /// The first place at which traffic ends and none starts.
    #[inline]
    pub(super) fn first_end(&self) -> u32 {
        self.first_end
    }

    /// Whether traffic of others may pass a node.
    #[must_use]
    pub fn forwards(&self, node: u32) -> bool {
        self.forwards[node as usize]
    }

    /// The node of a place.
    #[inline]
    pub(super) fn node_of(&self, place: u32) -> u32 {
        self.node_of[place as usize]
    }

    /// The places of a node: none, one or two.
    pub(super) fn places_of(&self, node: u32) -> impl Iterator<Item = u32> + use<> {
        let start = self.start_of[node as usize];
        let end = Some(self.end_of[node as usize]).filter(|&end| end != start);
        let both = [Some(start), end].into_iter().flatten();
        both.filter(|&place| place != NONE)
    }

    /// The node that an arc leads to.
    #[inline]
    pub(super) fn head(&self, arc: u32) -> u32 {
        self.heads[arc as usize]
    }

    /// Bytes that it holds, near enough.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let arcs = size_of::<Hop>() + size_of::<InHop>() + 16;
        self.ends.len() * arcs
            + self.nodes() * 8
            + self.places() * (size_of::<Start>() + 8)
            + self.flows() * (size_of::<FlowAt>() + 4)
            + self.sources.len() * 8
            + self.rows() * 8
    }

    /// How many links; there are twice as many arcs.
    #[must_use]
    pub fn links(&self) -> usize {
        self.ends.len() / 2
    }

    /// How many flows.
    #[must_use]
    pub fn flows(&self) -> usize {
        self.flows.len()
    }

    /// How many rows: distinct destinations of flows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.roots.len()
    }

    /// Tail and head of an arc, as places; [`NONE`] if no flow can pass it.
    #[inline]
    pub(super) fn ends(&self, arc: u32) -> (u32, u32) {
        self.ends[arc as usize]
    }

    /// Which of its tail's directions an arc is.
    #[inline]
    pub(super) fn rank(&self, arc: u32) -> u32 {
        self.ranks[arc as usize]
    }

    /// The row of the flows that end at a place, if there are any.
    pub(super) fn row_of(&self, place: u32) -> Option<u32> {
        Some(self.row_of[place as usize]).filter(|&r| r != NONE)
    }

    /// The row of the flows to a node, if there are any.
    pub(super) fn row_to(&self, node: u32) -> Option<u32> {
        match self.end_of[node as usize] {
            NONE => None,
            end => self.row_of(end),
        }
    }

    /// From and to of a flow.
    #[must_use]
    pub fn flow_ends(&self, flow: u32) -> (u32, u32) {
        let at = self.flow(flow);
        (
            self.node_of(self.source_place(at.source)),
            self.node_of(self.root(at.row)),
        )
    }

    #[inline]
    pub(super) fn flow(&self, flow: u32) -> FlowAt {
        self.flows[flow as usize]
    }

    #[inline]
    pub(super) fn root(&self, row: u32) -> u32 {
        self.roots[row as usize]
    }

    #[inline]
    pub(super) fn out(&self, node: u32) -> &[Hop] {
        &self.out[self.between(node, |s| s.out)]
    }

    #[inline]
    pub(super) fn into(&self, node: u32) -> &[InHop] {
        &self.into[self.between(node, |s| s.into)]
    }

    #[inline]
    fn between(&self, node: u32, of: impl Fn(&Start) -> u32) -> std::ops::Range<usize> {
        let starts = &self.starts[node as usize..node as usize + 2];
        of(&starts[0]) as usize..of(&starts[1]) as usize
    }

    /// Words that a row needs for the next hops of nodes with more than 32 links.
    pub(super) fn words(&self) -> usize {
        self.starts[self.places()].word as usize
    }

    /// The words of one node, if it has more than 32 links.
    #[inline]
    pub(super) fn words_of(&self, node: u32) -> std::ops::Range<usize> {
        self.between(node, |s| s.word)
    }

    /// Whether a node has more than 32 links.
    #[inline]
    pub(super) fn is_wide(&self, node: u32) -> bool {
        !self.words_of(node).is_empty()
    }

    /// The sources of a row, as indices.
    #[inline]
    pub(super) fn sources(&self, row: u32) -> std::ops::Range<u32> {
        self.source_start[row as usize]..self.source_start[row as usize + 1]
    }

    #[inline]
    pub(super) fn source_place(&self, source: u32) -> u32 {
        self.sources[source as usize]
    }

    /// The flows from one source to one destination.
    pub(super) fn source_flows(&self, source: u32) -> &[u32] {
        slice(&self.flow_start, &self.source_flows, source)
    }

    /// The source of a row at a node, or [`NONE`].
    pub(super) fn source_at(&self, row: u32, node: u32) -> u32 {
        let range = self.sources(row);
        let nodes = &self.sources[range.start as usize..range.end as usize];
        match nodes.binary_search(&node) {
            Ok(i) => range.start + to_u32(i),
            Err(_) => NONE,
        }
    }

    /// The least metric of all; infinite if there are no links.
    pub(super) fn least_metric(&self) -> f64 {
        self.least_metric
    }

    /// True if metrics differ so much that a sum can swallow one of them: two ends of a link may
    /// then be equally far from a destination, and a tree cannot be repaired by what supports it.
    #[inline]
    pub(crate) fn is_flat(&self) -> bool {
        self.flat
    }
}

/// What is a place for what.
#[allow(
    clippy::struct_field_names,
    reason = "each says what it is the place or node of"
)]
struct Places {
    /// By node: the place where its flows start; [`NONE`] if it has none.
    start_of: Vec<u32>,
    /// By node: the place where flows to it end; [`NONE`] if it has none.
    end_of: Vec<u32>,
    /// By place: its node.
    node_of: Vec<u32>,
    /// How many places traffic may pass.
    inner: u32,
    /// The first place at which traffic only ends.
    first_end: u32,
}

impl Places {
    fn new(
        nodes: u32,
        edges: &[Edge],
        flows: &[(u32, u32)],
        forwards: impl Fn(u32) -> bool,
    ) -> Self {
        let (mut starts, mut ends) = (vec![false; nodes as usize], vec![false; nodes as usize]);
        for &(from, to) in flows {
            starts[from as usize] = true;
            ends[to as usize] = true;
        }
        let joined = Joined::new(nodes, edges);
        let is_end = |v: u32| starts[v as usize] || ends[v as usize];
        let passed = passed(&joined, &forwards, is_end);
        let is_inner = |v: u32| forwards(v) && joined.count[v as usize] > 1;
        let mut places = Self {
            start_of: vec![NONE; nodes as usize],
            end_of: vec![NONE; nodes as usize],
            node_of: Vec::new(),
            inner: 0,
            first_end: 0,
        };
        for v in (0..nodes).filter(|&v| is_inner(v) && passed[v as usize]) {
            places.start_of[v as usize] = places.add(v);
            places.end_of[v as usize] = places.start_of[v as usize];
        }
        places.inner = to_u32(places.node_of.len());
        for v in (0..nodes).filter(|&v| !is_inner(v) && starts[v as usize]) {
            places.start_of[v as usize] = places.add(v);
        }
        places.first_end = to_u32(places.node_of.len());
        for v in (0..nodes).filter(|&v| !is_inner(v) && ends[v as usize]) {
            places.end_of[v as usize] = places.add(v);
        }
        places
    }

    fn add(&mut self, node: u32) -> u32 {
        self.node_of.push(node);
        to_u32(self.node_of.len() - 1)
    }
}

/// Which nodes are joined by a link or several.
struct Joined {
    /// Sorted, each way once.
    pairs: Vec<(u32, u32)>,
    /// By node: to how many others it is joined.
    count: Vec<u32>,
}

impl Joined {
    fn new(nodes: u32, edges: &[Edge]) -> Self {
        let both = edges.iter().flat_map(|e| [(e.a, e.b), (e.b, e.a)]);
        let mut pairs: Vec<(u32, u32)> = both.filter(|(a, b)| a != b).collect();
        pairs.sort_unstable();
        pairs.dedup();
        let mut count: Vec<u32> = vec![0; nodes as usize];
        for &(a, _) in &pairs {
            count[a as usize] += 1;
        }
        Self { pairs, count }
    }

    fn of(&self, v: u32) -> impl Iterator<Item = u32> + '_ {
        let from = self.pairs.partition_point(|&(a, _)| a < v);
        let own = self.pairs[from..]
            .iter()
            .take_while(move |pair| pair.0 == v);
        own.map(|&(_, other)| other)
    }
}

/// Which nodes some flow can come by: those left when one is taken away after another that is no end
/// of a flow and joined to no two others, or does not forward.
fn passed(
    joined: &Joined,
    forwards: &impl Fn(u32) -> bool,
    is_end: impl Fn(u32) -> bool,
) -> Vec<bool> {
    let mut count = joined.count.clone();
    let mut left = vec![true; count.len()];
    let goes = |v: u32, count: &[u32]| !is_end(v) && (!forwards(v) || count[v as usize] < 2);
    let mut todo: Vec<u32> = (0..to_u32(count.len()))
        .filter(|&v| goes(v, &count))
        .collect();
    while let Some(v) = todo.pop() {
        if !std::mem::replace(&mut left[v as usize], false) {
            continue;
        }
        for other in joined.of(v) {
            count[other as usize] -= 1;
            if left[other as usize] && goes(other, &count) {
                todo.push(other);
            }
        }
    }
    left
}

/// Ranks every direction among those of its tail, in their order; how many words of 32 bits nodes
/// need beyond one.
fn number_words(arcs: usize, out_start: &[u32], out: &[Hop]) -> (Vec<u32>, Vec<u32>) {
    let mut ranks = vec![0; arcs];
    let mut word_start = vec![0u32];
    for node in out_start.windows(2) {
        let hops = &out[node[0] as usize..node[1] as usize];
        for (rank, hop) in (0u32..).zip(hops) {
            ranks[hop.arc as usize] = rank;
        }
        let first = *word_start.last().unwrap_or(&0);
        word_start.push(first + to_u32(hops.len().div_ceil(32).saturating_sub(1)));
    }
    (word_start, ranks)
}

fn is_flat(nodes: u32, metrics: &[f64]) -> bool {
    let least = metrics.iter().copied().fold(f64::INFINITY, f64::min);
    let farthest = metrics.iter().copied().fold(0.0, f64::max) * f64::from(nodes);
    !farthest.is_finite() || least <= farthest * 4.0 * f64::EPSILON
}

#[inline]
fn slice<'a, T>(start: &[u32], values: &'a [T], at: u32) -> &'a [T] {
    &values[start[at as usize] as usize..start[at as usize + 1] as usize]
}

/// Counting sort of `0..len` by group, those without one left out: starts, and what `make` says of
/// each, in order.
fn grouped<T>(
    groups: u32,
    group: impl Iterator<Item = u32> + Clone,
    make: impl Fn(usize) -> T,
) -> (Vec<u32>, Vec<T>) {
    let mut start = vec![0u32; groups as usize + 1];
    for g in group.clone().filter(|&g| g != NONE) {
        start[g as usize + 1] += 1;
    }
    for g in 0..groups as usize {
        start[g + 1] += start[g];
    }
    let items = group.enumerate().map(|(i, g)| (g, i));
    let mut items: Vec<(u32, usize)> = items.filter(|item| item.0 != NONE).collect();
    items.sort_unstable();
    (start, items.into_iter().map(|(_, i)| make(i)).collect())
}

#[inline]
pub(super) fn to_u32(n: usize) -> u32 {
    u32::try_from(n).expect("fewer than 2^32 of anything: input refuses more")
}
