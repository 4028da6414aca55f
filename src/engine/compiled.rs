//! The compiled form: a system as flat arrays, immutable, shared by every thread.
//!
//! Nodes are renumbered ([`Ix`]) so that providers come before their consumers: by level, and
//! inside a level next to the provider they share with fewest others, which keeps what one failure
//! touches close together in memory. Members of a cycle stand side by side, and so do those of them
//! that load each other, which are one unit of the load pass; who loads others comes after them.
//!
//! ```text
//! node v ── requirements  first_requirement[v] .. first_requirement[v+1]
//! requirement r ── edges  requirements[r].edges
//! node p ── users         users[first_user[p] .. first_user[p+1]]   requirements that name p
//! flows:  | leaves: one per edge that can carry load, side by side per provider | partial sums |
//! unit u (a node, or a partial sum) ── children   terms[u]: a range of flows that it adds up
//! ```
//! A provider with many consumers is a tree of partial sums, so that one changed term costs a few
//! short sums. The full evaluation adds in the same tree: both get the same bits.

use super::amplify::Loop;
use super::ix::Ix;
use super::network_parts::{Network, Part};
use super::placement::Placement;
use crate::model::{NodeId, Split};
use std::ops::Range;

/// Tiers of partial sums below a node, its own included: a rank is level × `TIERS` + tier.
pub(crate) const TIERS: u32 = 8;

/// What a requirement is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Every provider; each carries the whole load.
    All,
    /// Every provider must work, nothing else: the ends of links and flows.
    WorksOnly,
    /// At least `need` providers.
    Group(Split),
}

/// One requirement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Requirement {
    pub consumer: u32,
    /// How many providers must work.
    pub need: u32,
    pub first: u32,
    pub last: u32,
    pub rule: Rule,
    /// Whether any edge of it can carry load.
    pub loads: bool,
    /// Whether its consumer draws something whatever it carries; only in the layer of that.
    pub draws: bool,
}

impl Requirement {
    /// Positions of its edges.
    pub fn edges(&self) -> Range<usize> {
        self.first as usize..self.last as usize
    }

    /// Whether what its providers deliver matters to the consumer.
    pub fn delivers(&self) -> bool {
        match self.rule {
            Rule::All => true,
            Rule::WorksOnly => false,
            Rule::Group(_) => self.need > 0,
        }
    }
}

/// One provider of a requirement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edge {
    pub provider: u32,
    /// Its leaf among the flows; [`NONE`](super::NONE) when it never carries load.
    pub flow: u32,
    pub factor: f64,
    pub weight: f64,
}

/// What a consumer draws of a provider whatever it carries.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draw {
    /// The edge that it goes along.
    pub edge: u32,
    pub provider: u32,
    /// Its leaf among the flows.
    pub flow: u32,
    pub constant: f64,
}

/// Layers of a system: the same nodes once per tier, and once for what is drawn whatever the demand,
/// which is the last layer if there is one more than tiers.
#[derive(Debug)]
pub(crate) struct Layered {
    pub count: u32,
    pub tiers: u32,
    /// Per place: that of the same node in the first layer.
    pub first: Vec<u32>,
    pub layer: Vec<u32>,
    /// Per place: how far apart the places of its node are in two layers.
    pub stride: Vec<u32>,
    /// Per place: where a service stands in the layer of its tier; of other nodes the first.
    pub home: Vec<u32>,
    /// Per place: whether better tiers come first.
    pub is_priority: Vec<bool>,
}

impl Layered {
    /// Whether a place is in the layer of what is drawn whatever the demand.
    pub fn is_constant(&self, v: usize) -> bool {
        self.layer[v] >= self.tiers
    }

    /// How many tiers, from the best, count against what the tier of a place gets: those up to its own
    /// where better ones come first, else all.
    pub fn counted(&self, v: usize) -> usize {
        if self.is_priority[v] {
            self.layer[v] as usize + 1
        } else {
            self.tiers as usize
        }
    }

    /// The place of the node of `v` in a layer.
    pub fn place(&self, v: usize, layer: usize) -> usize {
        self.first[v] as usize + layer * self.stride[v] as usize
    }

    /// The places of a node, layer by layer.
    pub fn places(&self, v: usize) -> impl DoubleEndedIterator<Item = usize> + Clone + '_ {
        (0..self.count as usize).map(move |layer| self.place(v, layer))
    }

    /// The places of a node in the layers of tiers.
    pub fn tier_places(&self, v: usize) -> impl DoubleEndedIterator<Item = usize> + Clone + '_ {
        (0..self.tiers as usize).map(move |layer| self.place(v, layer))
    }

    /// The same network in every layer.
    pub fn networks(&self, net: usize) -> std::ops::Range<usize> {
        let first = net - net % self.count as usize;
        first..first + self.count as usize
    }
}

/// A system as flat arrays.
#[derive(Debug)]
pub struct CompiledSystem {
    /// `None` where there is one layer: nobody comes first, and nothing is drawn whatever the demand.
    pub(crate) layers: Option<Layered>,
    /// What is drawn whatever the demand, by requirement.
    pub(crate) draws: Vec<Draw>,
    pub(crate) node_of: Vec<NodeId>,
    pub(crate) ix_of: Vec<u32>,
    /// Capacity of each node as the inventory says, infinite when unlimited; then those from the
    /// second end to the first of links that flows may cross, where that is another.
    pub(crate) capacity: Vec<f64>,
    /// Per node: where its capacity from the second end to the first stands; empty if that of no
    /// link is another.
    pub(crate) back: Vec<u32>,
    /// Per node: the multiple of its capacity above which it trips, infinite if it never does; empty
    /// if none ever does.
    pub(crate) trips: Vec<f64>,
    pub(crate) level: Vec<u32>,
    pub(crate) levels: u32,
    /// Stages of the load pass: as levels, but that a cycle may take several.
    pub(crate) stages: u32,
    pub(crate) first_requirement: Vec<u32>,
    pub(crate) requirements: Vec<Requirement>,
    pub(crate) edges: Vec<Edge>,
    pub(crate) first_user: Vec<u32>,
    pub(crate) users: Vec<u32>,
    /// Leaves among the flows; partial sums follow. The last of them are those inside loops.
    pub(crate) leaves: u32,
    /// Per unit: which flows it adds up.
    pub(crate) terms: Vec<(u32, u32)>,
    /// Per flow: the unit that adds it up, [`NONE`](super::NONE) inside a loop. A loop is one unit, for which its
    /// last member stands.
    pub(crate) adder: Vec<u32>,
    /// Per node: the unit that stands for it, itself unless it is in a loop.
    pub(crate) entry: Vec<u32>,
    /// Per node: the loop of load that it is in, or [`NONE`](super::NONE).
    pub(crate) loop_of: Vec<u32>,
    /// Nodes that load each other.
    pub(crate) loops: Vec<Loop>,
    /// Per unit: when the load pass comes to it.
    pub(crate) rank: Vec<u32>,
    /// Nodes with partial sums: node, first and one past the last unit, deepest tier first.
    pub(crate) hubs: Vec<(u32, u32, u32)>,
    /// Per node: whether any requirement of it can carry load.
    pub(crate) sends: Vec<bool>,
    /// Per node: first member of its cycle, [`NONE`](super::NONE) when it is in none.
    pub(crate) cycle: Vec<u32>,
    /// First member → one past the last, for each cycle, sorted.
    pub(crate) cycles: Vec<(u32, u32)>,
    /// Services in the order of the system.
    pub(crate) services: Vec<u32>,
    /// Per node: which service it is, or [`NONE`](super::NONE).
    pub(crate) service: Vec<u32>,
    /// Flows whose ends share no network: they never work.
    pub(crate) unjoined: Vec<u32>,
    /// Per node: the leaf that is kept for what a network adds to it, or [`NONE`](super::NONE).
    pub(crate) network_flow: Vec<u32>,
    /// Networks that flows cross, by level.
    pub(crate) networks: Vec<Network>,
    /// Per node: what it is to a network; empty when there are no flows.
    pub(crate) parts: Vec<Part>,
    /// What runs where; none if nothing is placed.
    pub(crate) placement: Option<Box<Placement>>,
}

impl CompiledSystem {
    /// How many nodes there are.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        self.node_of.len()
    }

    /// Whether there is no node.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.node_of.is_empty()
    }

    /// Where a node stands in the compiled order.
    #[must_use]
    #[inline]
    pub fn ix(&self, node: NodeId) -> Ix {
        Ix(self.ix_of[node.index()])
    }

    /// Which node stands there.
    #[must_use]
    pub fn node(&self, ix: Ix) -> NodeId {
        self.node_of[ix.index()]
    }

    /// All services, in the order of [`System::services`](crate::model::System::services).
    #[must_use]
    pub fn services(&self) -> impl ExactSizeIterator<Item = Ix> + '_ {
        self.services.iter().map(|&v| Ix(v))
    }

    /// Capacity of each node in compiled order, before derating, infinite when unlimited; then
    /// those of links that have another back. See [`Self::capacity_places`].
    #[must_use]
    pub fn capacity(&self) -> &[f64] {
        &self.capacity
    }

    /// Where the capacity of a node stands: of a link that from its first end to its second, and
    /// that back; of anything else the same twice.
    #[must_use]
    #[inline]
    pub fn capacity_places(&self, v: Ix) -> [usize; 2] {
        let there = v.index();
        [there, self.back.get(there).map_or(there, |&b| b as usize)]
    }

    /// The places of a node in all layers; itself where there is one.
    pub fn replicas(&self, v: Ix) -> impl Iterator<Item = Ix> + use<> {
        let (first, stride, count) = match &self.layers {
            Some(layers) => (
                layers.first[v.index()],
                layers.stride[v.index()],
                layers.count,
            ),
            None => (v.0, 1, 1),
        };
        (0..count).map(move |layer| Ix(first + layer * stride))
    }

    /// How many tiers there are.
    pub(crate) fn tiers(&self) -> usize {
        self.layers
            .as_ref()
            .map_or(1, |layers| layers.tiers as usize)
    }

    /// The place of a node in the layer of a tier.
    pub(crate) fn in_tier(&self, v: Ix, tier: usize) -> Ix {
        self.replicas(v).nth(tier).unwrap_or(v)
    }

    /// The tier of a service; the first of any other node.
    pub(crate) fn tier_of(&self, v: Ix) -> usize {
        let home = |layers: &Layered| layers.layer[layers.home[v.index()] as usize] as usize;
        self.layers.as_ref().map_or(0, home)
    }

    /// Whether there is more than one layer.
    pub(crate) fn is_layered(&self) -> bool {
        self.layers.is_some()
    }

    /// Where a node stands in the first layer.
    pub(crate) fn first_layer(&self, v: u32) -> u32 {
        match &self.layers {
            Some(layers) => layers.first[v as usize],
            None => v,
        }
    }

    /// The same network in every layer.
    pub(crate) fn same_networks(&self, net: usize) -> Range<usize> {
        match &self.layers {
            Some(layers) => layers.networks(net),
            None => net..net + 1,
        }
    }

    /// What a requirement draws whatever its consumer carries.
    pub(crate) fn draws_of(&self, r: &Requirement) -> &[Draw] {
        let from = self.draws.partition_point(|d| d.edge < r.first);
        let to = self.draws.partition_point(|d| d.edge < r.last);
        &self.draws[from..to]
    }

    /// Whether any link carries less or more in one direction than in the other.
    pub(crate) fn has_uneven(&self) -> bool {
        !self.back.is_empty()
    }

    /// Whether a node is a link that carries less or more in one direction than in the other.
    pub(crate) fn is_uneven(&self, v: usize) -> bool {
        self.back.get(v).is_some_and(|&back| back as usize != v)
    }

    /// Whether some load case may have a state of its own: something may trip, or be placed nowhere.
    #[must_use]
    pub fn may_split(&self) -> bool {
        self.may_trip() || self.placement.is_some()
    }

    /// Whether instances are placed on hosts.
    #[must_use]
    pub fn has_placements(&self) -> bool {
        self.placement.is_some()
    }

    /// Bytes that a [`Scratch`](super::Scratch) of `lanes` load cases takes, near enough.
    #[must_use]
    pub fn scratch_bytes(&self, lanes: usize) -> usize {
        let values = self.adder.len() + 2 * self.len();
        let square: usize = self.loops.iter().map(|l| l.column.len()).max().unwrap_or(0);
        square * 8
            + values * 8 * lanes
            + self.requirements.len() * 4
            + self.terms.len() * 2
            + self.len() * 2
    }

    /// Bytes that the compiled form takes, near enough.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.len() * 50
            + self.requirements.len() * size_of::<Requirement>()
            + self.edges.len() * (size_of::<Edge>() + 4)
            + self.adder.len() * 4
            + self.terms.len() * 12
            + self.loops.iter().map(|l| l.column.len() * 4).sum::<usize>()
    }

    #[inline]
    pub(crate) fn requirements_of(&self, v: usize) -> Range<usize> {
        self.first_requirement[v] as usize..self.first_requirement[v + 1] as usize
    }

    pub(crate) fn users_of(&self, p: usize) -> &[u32] {
        &self.users[self.first_user[p] as usize..self.first_user[p + 1] as usize]
    }

    pub(crate) fn terms_of(&self, unit: usize) -> Range<usize> {
        let (first, last) = self.terms[unit];
        first as usize..last as usize
    }

    /// The flow that a partial sum writes to.
    pub(crate) fn flow_of_partial(&self, unit: usize) -> usize {
        self.leaves as usize + unit - self.len()
    }

    /// The node that a partial sum belongs to.
    pub(crate) fn hub_of_partial(&self, unit: u32) -> u32 {
        let at = self.hubs.partition_point(|hub| hub.2 <= unit);
        self.hubs[at].0
    }

    /// The loop that a node stands for in the load pass.
    pub(crate) fn loop_at(&self, v: usize) -> Option<&Loop> {
        let round = self.loops.get(self.loop_of[v] as usize)?;
        (round.last as usize == v + 1).then_some(round)
    }

    /// The members of the loop of load of which a node is the last.
    pub(crate) fn loop_with_last(&self, v: usize) -> Option<Range<usize>> {
        self.loop_at(v).map(Loop::members)
    }

    /// How many members the longest cycle has.
    pub(crate) fn longest_cycle(&self) -> usize {
        let length = |&(first, last): &(u32, u32)| (last - first) as usize;
        self.cycles.iter().map(length).max().unwrap_or(0)
    }

    /// Gives `tell` the members of the cycle of `v` to which it matters what `v` delivers, counted
    /// from the first of the cycle.
    pub(crate) fn tell_cycle(&self, v: usize, mut tell: impl FnMut(usize)) {
        let first = self.cycle[v];
        for &r in self.users_of(v) {
            let r = &self.requirements[r as usize];
            if r.delivers() && self.cycle[r.consumer as usize] == first {
                tell((r.consumer - first) as usize);
            }
        }
    }

    /// The members of the cycle that starts at `first`.
    pub(crate) fn cycle_members(&self, first: u32) -> Range<usize> {
        let at = self.cycles.partition_point(|c| c.0 < first);
        self.cycles[at].0 as usize..self.cycles[at].1 as usize
    }
}
