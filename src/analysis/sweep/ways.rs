//! What failures do to networks and to the ways of flows over them, and when two of them interact there.
//!
//! Call D the links and network nodes that failures take out, and the way of a flow everything on its
//! shortest paths. Two contingencies a and b superpose on a network, if in addition to what
//! [`effects`](super::effects) asks of its nodes they do not meet in one of these:
//!
//! 1. *rerouted*: a flow takes another way in one, and in the other it does so too, or it dies, its load
//!    changes, or it is not at 1;
//! 2. *used*: something on the new way of such a flow dies in the other, delivers another fraction there
//!    (*altered*), or rises there above the bound of headroom (*rising*);
//! 3. *arcs*: the load of one direction of a link changed in both, and some sum of the changes passes what
//!    it can take: rule 3 of nodes, for each direction, since of both only the larger is the load of the
//!    link. Of a link that sends load on, any two changes meet.
//!
//! *Proof.*
//!
//! - *Ways.* Take a flow that takes another way in neither. Nothing on its way in the base state is in D(a)
//!   or D(b), so after both the same paths are there, and no others are shorter, since failures only take
//!   paths away. Take one whose way is another in a only. By rule 2 nothing on its way after a is in D(b):
//!   those paths are there after both, and as before none is shorter. So the flow has its way after a. A flow
//!   that is cut in one is cut in both.
//! - *Load.* What a flow puts on its way is linear in its load, split the same at every node. A flow the way
//!   of which changes in one has its load of the base state in the other, by rule 1; so its differences on all
//!   arcs are those of the one. A flow that keeps its way in both has the sum of the changes of its load on
//!   it, where it dies in at most one of them, by the first rule of nodes, for which flows count as nodes that
//!   send load. So loads of arcs and nodes add up. The load of a link is the larger of its directions and
//!   does not; rule 3 asks for its directions one by one, and where the link sends it on, any two changes meet.
//! - *What a flow delivers* is a mean, over the shares of its paths, of minima of what arcs and nodes deliver.
//!   By rule 3, here and of nodes, and by the rules of groups, every arc and node delivers after both the
//!   lower of what it does after each. Flows of networks in which some flow is not at 1 in the base state are
//!   left to the whole network (below), so all are at 1 there. A flow that keeps its way and is at 1 after b
//!   has nothing below 1 on it after b, so after both it is what it is after a. One that is below 1 after each
//!   is examined in each: rule 5 of nodes, which counts flows in whatever they deliver in the base state. One
//!   whose way is another after a is at 1 after b by rule 1, and what lies on its new way delivers after b
//!   what it does in the base state by rule 2; so after both it is what it is after a.
//! - *Headroom.* A flow is bad where something on its way is bad. That is bad after one of the two. If the
//!   flow has the same way after that one, it was bad there. If not, the other leads it over the part, which
//!   rises in the one: rule 2. ∎
//!
//! The whole network counts, as one place at which any two meet that have anything to do with it, where
//! metrics differ so much that sums of them swallow some, where there are layers, and where some flow is not
//! at 1 in the base state at some load case. Where something trips, all this holds round by round.

use super::load_change::difference;
use super::rules::Rules;
use super::search::Reached;
use crate::engine::network::{Place, Reroute, Reroutes};
use crate::engine::{Base, CompiledSystem, LaneSet, Mark, NONE, Network, Part, Scratch, differs};

/// What a failure does to a network, or to a part or a flow of it, besides what it does to any node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// A network took part that is one place as a whole: its number.
    Whole,
    /// A flow takes another way than in the base state.
    Rerouted,
    /// A link or node lies on the new way of such a flow.
    Used,
    /// A link or node died.
    Gone,
    /// A link or node delivers another fraction.
    Altered,
    /// A link or node rose above the bound of headroom.
    Rising,
}

impl Way {
    pub const ALL: [Self; 6] = [
        Self::Whole,
        Self::Rerouted,
        Self::Used,
        Self::Gone,
        Self::Altered,
        Self::Rising,
    ];

    /// What of another failure, at the same place, makes the two interact by rules of this page.
    pub fn meets(self) -> &'static [Self] {
        match self {
            Self::Whole => &[Self::Whole],
            Self::Rerouted => &[Self::Rerouted],
            Self::Used => &[Self::Gone, Self::Altered, Self::Rising],
            Self::Gone | Self::Altered | Self::Rising => &[Self::Used],
        }
    }

    /// How many places of this kind there are.
    pub fn places(self, sys: &CompiledSystem) -> usize {
        match self {
            Self::Whole => sys.networks.len(),
            _ if sys.networks.is_empty() => 0,
            _ => sys.len(),
        }
    }
}

impl Rules {
    /// Whether two failures interact of which one does this to a network and the other that.
    pub(super) fn counts_way(&self, one: Way, other: Way) -> bool {
        match (one, other) {
            (Way::Whole, _) => self.network,
            (Way::Rerouted, _) => self.rerouted,
            (Way::Gone, _) | (_, Way::Gone) => self.used,
            (Way::Altered, _) | (_, Way::Altered) => self.altered,
            (Way::Rising | Way::Used, _) => self.rising,
        }
    }
}

/// Whether a node is a flow over a network.
pub(super) fn is_flow(sys: &CompiledSystem, v: u32) -> bool {
    matches!(sys.part(v), Part::Flow(..))
}

/// Whether load that comes to a node goes on to others: it sends load, or is a flow.
pub(super) fn passes_load(sys: &CompiledSystem, v: u32) -> bool {
    sys.sends[v as usize] || is_flow(sys, v)
}

/// A number for each direction of each link of all networks; one for both where a link sends on what it
/// carries.
#[derive(Clone, Debug)]
pub(super) struct ArcPlaces {
    /// Per network: the first number; then how many there are.
    first: Vec<u32>,
}

impl ArcPlaces {
    pub fn new(sys: &CompiledSystem) -> Self {
        let mut first = vec![0];
        let mut all = 0;
        for network in &sys.networks {
            all += 2 * u32::try_from(network.links.len()).unwrap_or(NONE);
            first.push(all);
        }
        Self { first }
    }

    /// How many numbers there are.
    pub fn len(&self) -> usize {
        self.first.last().map_or(0, |&all| all as usize)
    }

    /// Network and direction of every number, in order.
    pub fn all(&self) -> impl Iterator<Item = (usize, u32)> + '_ {
        let networks = self.first.windows(2).enumerate();
        networks.flat_map(|(net, of)| (0..of[1] - of[0]).map(move |arc| (net, arc)))
    }

    fn of(&self, sys: &CompiledSystem, net: usize, arc: u32) -> u32 {
        let link = sys.networks[net].links[arc as usize / 2];
        let arc = if sys.sends[link as usize] {
            arc & !1
        } else {
            arc
        };
        self.first[net] + arc
    }
}

/// What was seen already of a state, and what does not change from state to state. One per thread.
#[derive(Clone, Debug)]
pub(super) struct SeenWays {
    /// Per network: whether it is one place as a whole.
    whole: Vec<bool>,
    arcs: ArcPlaces,
    /// Rounds in which networks, directions, and parts on new ways were seen last.
    network: Vec<u32>,
    arc: Vec<u32>,
    used: Vec<u32>,
    round: u32,
    work: Reroutes,
}

impl SeenWays {
    /// For states on top of a base.
    pub fn new<const L: usize>(base: &Base<'_, L>) -> Self {
        let sys = base.system();
        let networks = sys.networks.iter();
        let arcs = ArcPlaces::new(sys);
        Self {
            whole: networks.map(|network| is_whole(base, network)).collect(),
            network: vec![0; sys.networks.len()],
            arc: vec![0; arcs.len()],
            used: vec![0; Way::Used.places(sys)],
            arcs,
            round: 0,
            work: Reroutes::default(),
        }
    }

    fn next(&mut self) {
        self.round = self.round.wrapping_add(1);
        if self.round == 0 {
            let all = [&mut self.network, &mut self.arc, &mut self.used];
            all.into_iter().for_each(|seen| seen.fill(0));
            self.round = 1;
        }
    }
}

fn is_whole<const L: usize>(base: &Base<'_, L>, network: &Network) -> bool {
    let sys = base.system();
    let is_below = |&v: &u32| {
        let delivered = &base.values.delivered[v as usize];
        base.values.works[v as usize] && delivered.iter().any(|&d| d < 1.0)
    };
    sys.is_layered() || network.topology.is_flat() || network.flows.iter().any(is_below)
}

/// One thing that a failure did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Effect<const L: usize> {
    /// To a network, or to a node of the compiled order.
    At(Way, u32),
    /// The load of one direction of a living link changed, by how much: its number in [`ArcPlaces`].
    Arc(u32, [f64; L]),
}

/// True the first time in a round.
fn first(stamps: &mut [u32], at: usize, round: u32) -> bool {
    std::mem::replace(&mut stamps[at], round) != round
}

/// Every effect on networks of the failures that a scratch holds, whose climb came to what is `reached`;
/// some more than once. Loads of other lanes than `lanes` did not change.
pub(super) fn effects<const L: usize>(
    (scratch, lanes): (&Scratch<'_, L>, LaneSet),
    seen: &mut SeenWays,
    reached: &Reached,
    mut visit: impl FnMut(Effect<L>),
) {
    let sys = scratch.base().system();
    if sys.networks.is_empty() {
        return;
    }
    seen.next();
    let mark = Mark::default();
    for v in scratch.stopped(mark) {
        if let Part::Node(net, _) | Part::Link(net, _) = sys.part(v.0)
            && !seen.whole[net as usize]
        {
            visit(Effect::At(Way::Gone, v.0));
        }
    }
    // What dependencies put on a link it carries in both directions.
    for (v, _) in scratch.load_before(mark) {
        if let Part::Link(net, link) = sys.part(v.0)
            && !seen.whole[net as usize]
        {
            for arc in [2 * link, 2 * link + 1] {
                arc_effect((scratch, lanes), seen, (net as usize, arc), &mut visit);
            }
        }
    }
    for net in scratch.networks(mark) {
        if first(&mut seen.network, net, seen.round) {
            if seen.whole[net] {
                visit(Effect::At(Way::Whole, number(net)));
            } else {
                on_network((scratch, lanes), seen, net, &mut visit);
            }
        }
    }
    for &v in &reached.parts {
        if let Part::Node(net, _) | Part::Link(net, _) = sys.part(v) {
            if !seen.whole[net as usize] {
                visit(Effect::At(Way::Rising, v));
            } else if first(&mut seen.network, net as usize, seen.round) {
                visit(Effect::At(Way::Whole, net));
            }
        }
    }
}

/// What happened on a network that is not one place as a whole.
fn on_network<const L: usize>(
    (scratch, lanes): (&Scratch<'_, L>, LaneSet),
    seen: &mut SeenWays,
    net: usize,
    visit: &mut impl FnMut(Effect<L>),
) {
    let base = scratch.base();
    let network = &base.system().networks[net];
    let (topology, state) = (&network.topology, &scratch.values.networks[net]);
    let part = |place| match place {
        Place::Node(node) => network.nodes[node as usize],
        Place::Arc(arc) => network.links[arc as usize / 2],
    };
    let SeenWays {
        used, round, work, ..
    } = seen;
    state.reroutes(topology, &base.networks[net], work, |found| match found {
        Reroute::Flow(flow) => {
            visit(Effect::At(Way::Rerouted, network.flows[flow as usize]));
        }
        Reroute::By(place) => {
            let v = part(place);
            if first(used, v as usize, *round) {
                visit(Effect::At(Way::Used, v));
            }
        }
    });
    state.altered(topology, |place| {
        visit(Effect::At(Way::Altered, part(place)));
    });
    for arc in state.loaded_arcs() {
        arc_effect((scratch, lanes), seen, (net, arc), visit);
    }
}

/// The change of load of one direction of a link that works.
fn arc_effect<const L: usize>(
    (scratch, lanes): (&Scratch<'_, L>, LaneSet),
    seen: &mut SeenWays,
    (net, arc): (usize, u32),
    visit: &mut impl FnMut(Effect<L>),
) {
    let base = scratch.base();
    let sys = base.system();
    let link = sys.networks[net].links[arc as usize / 2];
    let place = seen.arcs.of(sys, net, arc);
    let own = seen.arcs.first[net] + arc;
    if !scratch.values.works[link as usize] || !first(&mut seen.arc, own as usize, seen.round) {
        return;
    }
    let now = scratch.values.arc_load(sys, net, arc);
    let before = base.values.arc_load(sys, net, arc);
    if differs(&now, &before) {
        visit(Effect::Arc(place, difference(lanes, &now, &before)));
    }
}

fn number(net: usize) -> u32 {
    u32::try_from(net).unwrap_or(NONE)
}
