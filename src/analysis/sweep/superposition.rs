//! Which failures of a set interact: the set falls apart into clusters that superpose.
//!
//! In: a base state, and the [`Traces`] of contingencies on top of it. Out: which of several contingencies
//! are to be evaluated together. Promise: those that are in different clusters leave together what each
//! leaves by itself: whoever stopped in one of them has stopped, and a service delivers the least of what
//! it does after each of them that changes it.
//!
//! *Proof.* By induction over contingencies c₁, c₂, … no two of which meet in a way of
//! [`effects`](super::effects) other than rule 3, and of which at every place the positive changes of load
//! add up to no more than the room. Let F be the superposition of the first ones, and c the next.
//!
//! - Whatever F does to a place by a rule other than the third, one of its parts does: it is dead, lost a
//!   provider, or is touched or examined if it is in one of them. So none of these rules joins F and c,
//!   as none joins c and a part.
//! - The change of load in F is the sum of the changes in its parts. Rule 3 asks whether the positive
//!   part of this and that of c pass the room together, or one of them by itself. Neither is more than the sum of
//!   the positive changes of all. Where one contingency alone passes the room, or the room is none from the
//!   beginning, this sum passes it too, and then all that change the load there are joined.
//!
//! So F and c superpose. A cluster of several contingencies may do what none of them does; it is evaluated,
//! and its own traces are compared with those of the others. ∎
//!
//! Rules for headroom are left out, as nothing but delivered is asked for; see also where
//! [`further`](super::further) failures are looked up, which is by the same rules.

use super::context::SweepContext;
use super::effects::{Effect, Seen, effects};
use super::further;
use super::index::{Room, each_state, takes_load};
use super::rules::Rules;
use super::search::Reached;
use super::task::Task;
use super::ways::{self, ArcPlaces, Way};
use crate::analysis::lanes::CaseLanes;
use crate::analysis::{NoWatch, Study};
use crate::engine::{Base, CompiledSystem, Scratch};

/// What a contingency does to a place: a bit for each.
type Roles = u8;

const DEAD: Roles = 1;
const SPLIT: Roles = 1 << 1;
const LOAD: Roles = 1 << 2;
const DELIVERED: Roles = 1 << 3;
const REROUTED: Roles = 1 << 4;
const USED: Roles = 1 << 5;
/// Dead, or delivering another fraction, for those who use it on a new way.
const ALTERED: Roles = 1 << 6;
/// Any two contingencies meet that do this.
const TOUCHED: Roles = 1 << 7;

/// Changes of load that fill more than this, all together, interact. Each was rounded up; this leaves
/// for what sums of many round.
const FULL: f32 = 0.999;

/// One thing that a contingency does.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Trace {
    place: u32,
    roles: Roles,
    /// How far its change of load fills the room there; not below 0.
    filled: f32,
}

/// All that one contingency does that others may meet, by place, each place once.
#[derive(Clone, Debug, Default)]
pub(in crate::analysis) struct Traces(Box<[Trace]>);

impl Traces {
    /// How many places it touches.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// Numbers for all places at which contingencies may meet.
#[derive(Clone, Copy, Debug)]
struct Places {
    nodes: u32,
    requirements: u32,
    arcs: u32,
    networks: u32,
}

impl Places {
    fn new(sys: &CompiledSystem) -> Self {
        let count = |n: usize| u32::try_from(n).expect("places are numbered in 32 bits");
        Self {
            nodes: count(sys.len()),
            requirements: count(sys.requirements.len()),
            arcs: count(ArcPlaces::new(sys).len()),
            networks: count(sys.networks.len()),
        }
    }

    fn group(self, r: u32) -> u32 {
        self.nodes + r
    }

    fn arc(self, arc: u32) -> u32 {
        self.nodes + self.requirements + arc
    }

    fn network(self, net: u32) -> u32 {
        self.nodes + self.requirements + self.arcs + net
    }

    fn len(self) -> usize {
        (self.nodes + self.requirements + self.arcs + self.networks) as usize
    }
}

/// What decides on top of one base state whether contingencies interact.
pub(in crate::analysis) struct Superposition<const L: usize> {
    room: Room<L>,
    rules: Rules,
    places: Places,
    /// Per set of roles: the roles that meet one of them.
    meets: [Roles; 256],
}

/// A thread's memory to record traces with.
pub(in crate::analysis) struct Tracing {
    seen: Seen,
    found: Vec<Trace>,
}

impl<const L: usize> Superposition<L> {
    /// Nothing where a base state trips or instances are placed, or where what trips hangs on several layers:
    /// the rules say nothing there.
    pub fn new(study: &Study<'_>, base: &Base<'_, L>, lanes: &CaseLanes) -> Option<Self> {
        Self::by(study, base, lanes, further::RULES)
    }

    pub(super) fn by(
        study: &Study<'_>,
        base: &Base<'_, L>,
        lanes: &CaseLanes,
        rules: Rules,
    ) -> Option<Self> {
        if !further::has_rules(base) {
            return None;
        }
        let task = Task::of_singles(study, lanes, &[], (rules, &NoWatch));
        let sys = base.system();
        let context = SweepContext::new(&task, base);
        let mut meets = [0; 256];
        for (roles, meets) in (0..=u8::MAX).zip(&mut meets) {
            *meets = meeting(&rules, roles);
        }
        Some(Self {
            room: Room::new(&context, &vec![[1.0; L]; sys.len()]),
            rules,
            places: Places::new(sys),
            meets,
        })
    }

    /// Whether a cluster of several contingencies is compared with the others once more, as it must be.
    pub fn is_joint(&self) -> bool {
        self.rules.joint
    }

    /// Memory for one thread to record traces with.
    pub fn tracing(&self, base: &Base<'_, L>) -> Tracing {
        Tracing {
            seen: Seen::new(base, &self.rules),
            found: Vec::new(),
        }
    }

    /// Memory for one thread to find clusters with.
    pub fn marks(&self) -> Marks {
        Marks {
            round: 0,
            at: vec![At::default(); self.places.len()],
        }
    }

    /// The traces of what a scratch holds.
    pub fn traces(&self, scratch: &mut Scratch<'_, L>, tracing: &mut Tracing) -> Traces {
        let Tracing { seen, found } = tracing;
        found.clear();
        let nothing = Reached::default();
        each_state(scratch, self.rules.rounds, |state, lanes| {
            effects((state, lanes), seen, &nothing, |effect| {
                found.extend(self.trace(state, effect));
            });
        });
        found.sort_unstable_by_key(|trace| trace.place);
        found.dedup_by(|next, kept| {
            let is_same = next.place == kept.place;
            if is_same {
                kept.roles |= next.roles;
                kept.filled = kept.filled.max(next.filled);
            }
            is_same
        });
        Traces(found.as_slice().into())
    }

    /// What others may meet of an effect; of what hangs on a rule that is left out, nothing.
    fn trace(&self, state: &Scratch<'_, L>, effect: Effect<L>) -> Option<Trace> {
        let (places, rules) = (self.places, &self.rules);
        let (place, roles, filled) = match effect {
            Effect::Dead(v) => (v, DEAD, 0.0),
            Effect::Split(v) => (v, SPLIT, 0.0),
            Effect::Load(v, _) if !takes_load(state.base(), v) => return None,
            Effect::Load(v, change) => (v, LOAD, self.room.filled_in(state, v, &change)),
            Effect::Group(r) if rules.requirement => (places.group(r), TOUCHED, 0.0),
            Effect::Delivered(v) => (v, DELIVERED, 0.0),
            Effect::Way(ways::Effect::Arc(arc, change)) if rules.arcs => {
                (places.arc(arc), LOAD, self.room.arc_filled(arc, &change))
            }
            Effect::Way(ways::Effect::At(way, at)) => match way {
                Way::Whole if rules.network => (places.network(at), TOUCHED, 0.0),
                Way::Rerouted => (at, REROUTED, 0.0),
                Way::Used => (at, USED, 0.0),
                Way::Gone if rules.used => (at, ALTERED, 0.0),
                Way::Altered if rules.altered => (at, ALTERED, 0.0),
                // What rises matters to headroom alone.
                Way::Whole | Way::Gone | Way::Altered | Way::Rising => return None,
            },
            Effect::Group(_) | Effect::Way(ways::Effect::Arc(..)) | Effect::Move(..) => {
                return None;
            }
        };
        Some(Trace {
            place,
            roles,
            filled: filled.max(0.0),
        })
    }

    /// Finds out which of some contingencies interact, and gives `join` pairs of their numbers so that all
    /// which do are connected by such pairs.
    pub fn each_meeting<'t>(
        &self,
        all: impl Iterator<Item = &'t Traces> + Clone,
        marks: &mut Marks,
        mut join: impl FnMut(usize, usize),
    ) {
        marks.next();
        let Marks { round, at } = marks;
        let mut is_any = false;
        for trace in all.clone().flat_map(|traces| &traces.0) {
            let at = &mut at[trace.place as usize];
            if at.round != *round {
                *at = At {
                    round: *round,
                    filled: trace.filled,
                    roles: trace.roles,
                    meet: false,
                    first: u32::MAX,
                };
                continue;
            }
            let load = at.roles & trace.roles & LOAD != 0;
            at.filled += trace.filled;
            at.meet |= self.meets[at.roles as usize] & trace.roles != 0
                || (load && self.rules.capacity && at.filled > FULL);
            at.roles |= trace.roles;
            is_any |= at.meet;
        }
        if !is_any {
            return;
        }
        for (number, traces) in all.enumerate() {
            for trace in &traces.0 {
                let at = &mut at[trace.place as usize];
                let takes_part = self.meets[at.roles as usize] & trace.roles != 0
                    || (trace.roles & LOAD != 0 && at.filled > FULL);
                if !at.meet || !takes_part {
                    continue;
                }
                if at.first == u32::MAX {
                    at.first = u32::try_from(number).unwrap_or(u32::MAX);
                } else {
                    join(at.first as usize, number);
                }
            }
        }
    }
}

/// The roles that interact with one of these.
fn meeting(rules: &Rules, roles: Roles) -> Roles {
    let table = [
        (rules.dead, DEAD, DEAD | SPLIT | LOAD),
        (rules.product, SPLIT, LOAD),
        (rules.delivered, DELIVERED, DELIVERED),
        (rules.rerouted, REROUTED, REROUTED | DEAD | LOAD | DELIVERED),
        (true, USED, ALTERED),
        (true, TOUCHED, TOUCHED),
    ];
    let mut all = 0;
    for (_, one, others) in table.into_iter().filter(|(counts, ..)| *counts) {
        if roles & one != 0 {
            all |= others;
        }
        if roles & others != 0 {
            all |= one;
        }
    }
    all
}

/// What several contingencies do to one place.
#[derive(Clone, Copy, Debug)]
struct At {
    round: u32,
    filled: f32,
    roles: Roles,
    /// Some of them interact here.
    meet: bool,
    /// The first of those that do.
    first: u32,
}

impl Default for At {
    fn default() -> Self {
        Self {
            round: 0,
            filled: 0.0,
            roles: 0,
            meet: false,
            first: u32::MAX,
        }
    }
}

/// What was seen at every place. One per thread.
#[derive(Clone, Debug)]
pub(in crate::analysis) struct Marks {
    round: u32,
    at: Vec<At>,
}

impl Marks {
    fn next(&mut self) {
        self.round = self.round.wrapping_add(1);
        if self.round == 0 {
            self.at.fill(At::default());
            self.round = 1;
        }
    }
}
