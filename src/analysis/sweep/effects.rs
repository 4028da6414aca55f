//! What one failure does, in the terms that decide whether two failures interact.
//!
//! Two contingencies superpose (loads add up, whoever died in either is dead, whatever changed in
//! either has changed) unless they meet in one of these ways at some node or requirement:
//!
//! 1. *dead*: it dies in one, and dies, lost a provider, or changed its load in the other;
//! 2. *product*: it lost a provider of a split in one, and its load changed in the other;
//! 3. *capacity*: its load changed in both, and some sum of the changes passes its capacity;
//! 4. *requirement*: a group of it was touched in both, where one that counts only some of its
//!    providers is touched, too, by what rises above the bound of headroom below it;
//! 5. *delivered*: it is not at 1 in the base state, and examined in both, and in each not at 1 before
//!    or not after. One that is at 1 can only fall: in both together to the lower of both.
//!
//! *Proof that no other way is needed.* Let a and b be joined by none of these, and compare the state in
//! which both failed with the two in which one did.
//!
//! - *Works.* Take the first node, in the order in which nodes stop, that works after a and after b and
//!   not after both. Some requirement of it lacks providers, all of which stopped in one of the two.
//!   Had all of them stopped in the same one, the node would have stopped there. So each took some:
//!   the requirement is touched in both, which is rule 4. (Where every provider is needed, one that
//!   stopped is enough.) A flow is the network's. So a node works after both exactly if it does after
//!   each.
//! - *Load*, by levels from the top. What a consumer sends to a provider follows from whether it works,
//!   from how its requirement splits, and from its load, and is linear in the last. If only one of the
//!   two touches any of these, what is sent is as after that one. If both do, rules 1 and 2 leave three
//!   cases: it stopped in neither and only its load changed in both, so the changes add up; or splits
//!   changed in both, of different requirements by rule 4, while its load changed in none; or it
//!   stopped in one of them and the other does not touch it. So changes of what is sent add up, and so
//!   do changes of load.
//! - *What a node delivers by itself* is capacity/load, at most 1. If only one changed its load, it is
//!   as after that one. If both did, rule 3 has the load within capacity after a, after b and after
//!   both, where it is 1 each time.
//! - *Delivered*, by levels from below. A minimum of values each of which is the lower of what it is
//!   after a and after b is the lower of the two minima; a group is touched by one of them only, by rule
//!   4, and has its value there. So a node that is at 1 in the base state comes to the lower of both.
//!   One that is not may also rise: rule 5 has it examined to an end other than 1 in one of them only,
//!   or unchanged in one of them, and its value is that of the other.
//!
//! Every rule is needed: the tests of the sweep leave out one at a time and find an estate where the
//! counts are wrong.
//!
//! Where something trips, what a failure does after every round counts: its loads and who is dead may
//! be as before in the end. With capacity lowered to what trips first, two failures that meet in none of
//! these ways leave, round by round, what both leave together. *Proof.* The first round is that without
//! trips. If a round superposes: a node whose load only one of them changed trips in both together as it
//! does in that one; where both changed it, it trips in neither and not in both; where none did, it does
//! not trip in the base state. So the same nodes trip, and the next round superposes. Where the base
//! state trips, every pair is evaluated.
//!
//! Networks, and the flows over them, have rules of their own: see [`ways`](super::ways).
//!
//! Headroom needs rule 3 up to the bound and the second half of rule 4, and nothing more. *Proof.* Call
//! a node bad in a state when it uses more than T, at least what the service uses in the base state and
//! after either failure. If neither rule joins the two, a node that is bad after both is bad after one
//! of them; and if it is not bad after the one, the climb of the other comes to it. Both hold for what
//! a node uses by itself: only one of the two changed its load, or its load is not above the bound with
//! both changes. Where a group lost a provider in one of them, it counts after both whom it counts after
//! that one, and nothing below it rose in the other. Where it lost none, those that count are the same,
//! and in a copy group only one of the two climbs comes to it. Cycles as in a single failure. So a
//! service that is not bad after either is not after both.
//!
//! Where a system has layers (tiers that some node serves in order, and what is drawn whatever the
//! demand), loads add up in each of them, and rules 1 and 2 hold in each; rule 3 looks at what a node
//! serves, which hangs on all of its layers: see [`room`](super::room). A lost shard leaves what the
//! others carry as it is, so it splits nothing.
//!
//! Load without bound hides what else comes to a node. Where the base state has it, whatever changes
//! what is sent to the node counts as a change of load, and any two of them meet under rule 3.
//!
//! Where instances are placed on hosts, what each failure does to placements has rules of its own, which
//! come first: see [`moves`](super::moves). By them what is taken of hosts superposes, like any load.
//!
//! A requirement that needs all its providers needs no rule of its own: what it passes on is a
//! minimum, and its consumer is examined whenever that is below 1. The members of a cycle share one
//! fixed point, so they count as one node under rule 5, at 1 or not.

use super::load_change::{difference, endless};
use super::moves::{Kind, SeenMoves, moves};
use super::rules::Rules;
use super::search::Reached;
use super::ways::{self, SeenWays, is_flow, passes_load};
use crate::engine::{Base, LaneSet, Mark, NONE, Rule, Scratch};
use crate::model::Split;

/// One thing that a failure did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Effect<const L: usize> {
    /// A node that sends load, or a flow, died.
    Dead(u32),
    /// The split of a living node changed: it lost a provider.
    Split(u32),
    /// The load of a living node changed, by how much; where there are layers, of a node in the first
    /// of them, and by how much is not said.
    Load(u32, [f64; L]),
    /// A requirement group of a living node was touched.
    Group(u32),
    /// A living flow, or a living node that the base state has below 1, was examined, and is not at 1
    /// before or after.
    Delivered(u32),
    /// What happened to a network and the ways over it.
    Way(ways::Effect<L>),
    /// Something was placed elsewhere, or what it is placed on changed.
    Move(Kind, u32),
}

/// Which nodes and requirements were seen already. One per thread.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    split: Vec<u32>,
    endless: Vec<u32>,
    group: Vec<u32>,
    delivered: Vec<u32>,
    round: u32,
    ways: SeenWays,
    moves: SeenMoves,
}

impl Seen {
    pub fn new<const L: usize>(base: &Base<'_, L>, rules: &Rules) -> Self {
        let sys = base.system();
        let (nodes, requirements) = (sys.len(), sys.requirements.len());
        Self {
            split: vec![0; nodes],
            endless: vec![0; nodes],
            group: vec![0; requirements],
            delivered: vec![0; nodes],
            round: 0,
            ways: SeenWays::new(base),
            moves: SeenMoves::new(base, rules),
        }
    }

    fn next(&mut self) {
        self.round = self.round.wrapping_add(1);
        if self.round == 0 {
            self.split.fill(0);
            self.endless.fill(0);
            self.group.fill(0);
            self.delivered.fill(0);
            self.round = 1;
        }
    }
}

/// True the first time in a round.
fn first(stamps: &mut [u32], at: u32, round: u32) -> bool {
    std::mem::replace(&mut stamps[at as usize], round) != round
}

/// Every effect of the failures that a scratch holds, whose climb came to what is `reached`; some of those
/// on networks more than once. Loads of other lanes than `lanes` did not change.
pub(super) fn effects<const L: usize>(
    (scratch, lanes): (&Scratch<'_, L>, LaneSet),
    seen: &mut Seen,
    reached: &Reached,
    mut visit: impl FnMut(Effect<L>),
) {
    seen.next();
    let mark = Mark::default();
    let sys = scratch.base().system();
    for v in scratch.stopped(mark) {
        // In every layer it died: once is enough.
        if passes_load(sys, v.0) && sys.first_layer(v.0) == v.0 {
            visit(Effect::Dead(v.0));
        }
    }
    ways::effects((scratch, lanes), &mut seen.ways, reached, |way| {
        visit(Effect::Way(way));
    });
    for &r in scratch.touched(mark) {
        let requirement = &sys.requirements[r as usize];
        let Rule::Group(split) = requirement.rule else {
            continue;
        };
        if !scratch.values.works[requirement.consumer as usize] {
            continue;
        }
        if first(&mut seen.group, r, seen.round) {
            visit(Effect::Group(r));
        }
        // Copies and shards get what they got, whoever else is lost.
        let fixed = matches!(split, Split::Copy | Split::Shard);
        let splits = (requirement.loads || requirement.draws) && !fixed;
        let consumer = sys.first_layer(requirement.consumer);
        if splits && first(&mut seen.split, consumer, seen.round) {
            visit(Effect::Split(consumer));
        }
    }
    for (v, before) in scratch.load_before(mark).filter(|(v, _)| scratch.works(*v)) {
        if sys.is_layered() {
            // How much that fills, over all layers, the room says.
            let v = sys.first_layer(v.0);
            if first(&mut seen.endless, v, seen.round) {
                visit(Effect::Load(v, [0.0; L]));
            }
            continue;
        }
        let now = &scratch.values.load[v.index()];
        visit(Effect::Load(v.0, difference(lanes, now, before)));
        seen.endless[v.index()] = seen.round;
    }
    for &v in scratch.endless(mark) {
        let works = scratch.values.works[v as usize];
        let v = sys.first_layer(v);
        if works && first(&mut seen.endless, v, seen.round) {
            visit(Effect::Load(v, endless(lanes)));
        }
    }
    for &r in &reached.groups {
        if first(&mut seen.group, r, seen.round) {
            visit(Effect::Group(r));
        }
    }
    delivered(scratch, mark, seen, &mut visit);
    moves(scratch, &mut seen.moves, |kind, at| {
        visit(Effect::Move(kind, at));
    });
}

/// Rule 5, and what delivered does to groups.
fn delivered<const L: usize>(
    scratch: &Scratch<'_, L>,
    mark: Mark,
    seen: &mut Seen,
    visit: &mut impl FnMut(Effect<L>),
) {
    let sys = scratch.base().system();
    let whole = |v: u32| {
        scratch.values.delivered[v as usize]
            .iter()
            .all(|&d| d >= 1.0)
    };
    let one_of_cycle = |v: u32| {
        if sys.cycle[v as usize] < v {
            sys.cycle[v as usize]
        } else {
            v
        }
    };
    // Where the base state is at 1, each failure can only lower, and the lower of both is what holds. A
    // flow is a mean over its ways.
    let base = scratch.base();
    let may_rise = |v: u32| {
        let full = base.values.delivered[v as usize].iter().all(|&d| d >= 1.0);
        !full || sys.cycle[v as usize] != NONE || is_flow(sys, v)
    };
    for &v in scratch.examined().iter().filter(|&&v| may_rise(v)) {
        let counts = scratch.values.works[v as usize] && !whole(v);
        if counts && first(&mut seen.delivered, one_of_cycle(v), seen.round) {
            visit(Effect::Delivered(one_of_cycle(v)));
        }
    }
    for (v, _) in scratch
        .delivered_before(mark)
        .filter(|(v, _)| scratch.works(*v))
    {
        if may_rise(v.0) && first(&mut seen.delivered, one_of_cycle(v.0), seen.round) {
            visit(Effect::Delivered(one_of_cycle(v.0)));
        }
        for &r in sys.users_of(v.index()) {
            let requirement = &sys.requirements[r as usize];
            let matters = matches!(requirement.rule, Rule::Group(_)) && requirement.need > 0;
            let lives = scratch.values.works[requirement.consumer as usize];
            if matters && lives && first(&mut seen.group, r, seen.round) {
                visit(Effect::Group(r));
            }
        }
    }
}
