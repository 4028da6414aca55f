//! Which failures do what where: the way from one failure to those it interacts with.
//!
//! One list of failures per effect and place. Failures go by rank: the one that touches most is
//! first, so that of a pair the lighter is evaluated on top of the heavier.

use super::context::SweepContext;
use super::effects::{Effect, Seen, effects};
use super::moves::Kind;
use super::replays::{Kept, Recorded, Replays, groups};
use super::rules::Rules;
use super::search::{Reached, UpSearch};
use super::utilization_bound::UtilizationBound;
use super::ways::{self, ArcPlaces, Way, passes_load};
use crate::analysis::NoWatch;
use crate::analysis::parallel::for_chunks;
use crate::engine::{Base, CompiledSystem, LaneSet, Part, Scratch, by_lane};

/// Elements that one worker takes at a time.
const CHUNK: usize = 64;
/// A load this close under capacity, relatively, may be over it by rounding.
pub(super) const ALMOST: f64 = 1.0 - 1e-13;

/// How much load each node can still take, per lane, before it matters.
pub(super) struct Room<const L: usize> {
    pub(super) nodes: Vec<[f64; L]>,
    /// The same per direction of links of networks, by its number in [`ArcPlaces`].
    pub(super) arcs: Vec<[f64; L]>,
    /// Per place: the bound, where there are layers.
    pub(super) bound: Vec<[f64; L]>,
}

impl<const L: usize> Room<L> {
    /// Load matters above capacity or what trips first, and above `bound` × capacity, where headroom
    /// would be less than in any single failure.
    pub fn new(context: &SweepContext<'_, L>, bound: &[[f64; L]]) -> Self {
        let base = context.base;
        let sys = base.system();
        if let Some(layers) = &sys.layers {
            return Self::of_layers(base, layers, bound);
        }
        let trips = context.task.rules.trips;
        let lowered = |v: usize| if trips { sys.lowered(v) } else { 1.0 };
        let places = base.capacity().iter().zip(bound).zip(&base.values.load);
        let room = (0..)
            .zip(places)
            .map(|(v, ((&capacity, bound), load))| left(capacity * lowered(v), bound, load));
        Self {
            nodes: room.collect(),
            arcs: arc_rooms(base, bound, lowered),
            bound: Vec::new(),
        }
    }

    /// By how much the changes in a scratch fill the room of a node, of which `change` is the change
    /// of load where there is one layer. See [`Room::filled`].
    pub fn filled_in(&self, scratch: &Scratch<'_, L>, v: u32, change: &[f64; L]) -> f32 {
        match &scratch.base().system().layers {
            None => self.filled(v, change),
            Some(layers) => self.filled_over(layers, scratch, v),
        }
    }

    /// By how much a change of load fills the room, in the lane where it fills most: two changes
    /// matter only if max(one, 0) + the other > 1. Rounded up.
    fn filled(&self, v: u32, change: &[f64; L]) -> f32 {
        short(self.fills(v as usize, change))
    }

    pub(super) fn fills(&self, v: usize, change: &[f64; L]) -> f64 {
        fills(&self.nodes[v], change)
    }

    /// The same as [`Room::filled`], of a direction of a link.
    pub(super) fn arc_filled(&self, arc: u32, change: &[f64; L]) -> f32 {
        short(fills(&self.arcs[arc as usize], change))
    }
}

/// What a place that can carry so much can still take.
fn left<const L: usize>(capacity: f64, bound: &[f64; L], load: &[f64; L]) -> [f64; L] {
    by_lane(|l| {
        if load[l] == f64::INFINITY {
            // What else comes shows once both failures bring it down.
            f64::NEG_INFINITY
        } else if capacity == f64::INFINITY {
            f64::INFINITY
        } else if load[l] > capacity * ALMOST || capacity <= 0.0 {
            f64::NEG_INFINITY
        } else {
            (capacity * ALMOST).min(capacity * bound[l] * (1.0 + 1e-12)) - load[l]
        }
    })
}

/// What the directions of links can still take; none where the link sends on what the larger of both is.
fn arc_rooms<const L: usize>(
    base: &Base<'_, L>,
    bound: &[[f64; L]],
    lowered: impl Fn(usize) -> f64,
) -> Vec<[f64; L]> {
    let sys = base.system();
    let room = |(net, arc): (usize, u32)| {
        let link = sys.networks[net].links[arc as usize / 2] as usize;
        if sys.sends[link] {
            return [f64::NEG_INFINITY; L];
        }
        let capacity = base.capacity()[sys.capacity_of_arc(net, arc)] * lowered(link);
        left(capacity, &bound[link], &base.values.arc_load(sys, net, arc))
    };
    ArcPlaces::new(sys).all().map(room).collect()
}

fn fills<const L: usize>(room: &[f64; L], change: &[f64; L]) -> f64 {
    let mut most = f64::NEG_INFINITY;
    for (room, change) in room.iter().zip(change) {
        let filled = match *room {
            f64::NEG_INFINITY => f64::INFINITY,
            f64::INFINITY => f64::NEG_INFINITY,
            room if room > 0.0 => change / room,
            _ if *change > 0.0 => f64::INFINITY,
            _ => 0.0,
        };
        most = most.max(filled);
    }
    most
}

/// Rounded up.
pub(super) fn short(most: f64) -> f32 {
    #[allow(
        clippy::cast_possible_truncation,
        reason = "rounded up by more than f32 loses"
    )]
    let short = |x: f64| x as f32;
    if most.is_finite() {
        short(most + most.abs() * 1e-6)
    } else {
        short(most)
    }
}

/// Lists by place, one after the other.
struct Lists<T> {
    first: Vec<u32>,
    all: Vec<T>,
}

impl<T: Copy> Lists<T> {
    /// From (place, entry), for places `0..places`.
    fn new(places: usize, entries: Vec<Vec<(u32, T)>>, blank: T) -> Self {
        let mut first = vec![0u32; places + 1];
        for (place, _) in entries.iter().flatten() {
            first[*place as usize + 1] += 1;
        }
        for i in 0..places {
            first[i + 1] += first[i];
        }
        let mut next = first.clone();
        let mut all = vec![blank; first[places] as usize];
        for part in entries {
            for (place, entry) in part {
                let at = &mut next[place as usize];
                all[*at as usize] = entry;
                *at += 1;
            }
        }
        Self { first, all }
    }

    fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    fn of(&self, place: u32) -> &[T] {
        let at = |i: usize| self.first[i] as usize;
        &self.all[at(place as usize)..at(place as usize + 1)]
    }

    fn sort(mut self, order: impl Fn(&T, &T) -> std::cmp::Ordering) -> Self {
        for i in 0..self.first.len() - 1 {
            let (from, to) = (self.first[i] as usize, self.first[i + 1] as usize);
            self.all[from..to].sort_unstable_by(&order);
        }
        self
    }
}

/// A failure that changes the load of a node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Loading {
    pub rank: u32,
    /// See [`Room::filled`].
    pub filled: f32,
}

/// Every effect of every failure.
pub(super) struct Index {
    /// Element of each rank.
    pub by_rank: Vec<u32>,
    dead: Lists<u32>,
    split: Lists<u32>,
    group: Lists<u32>,
    delivered: Lists<u32>,
    load: Lists<Loading>,
    /// Per kind.
    ways: [Lists<u32>; 6],
    arcs: Lists<Loading>,
    /// Per kind.
    moves: [Lists<u32>; 6],
}

#[derive(Default)]
struct Entries {
    dead: Vec<(u32, u32)>,
    split: Vec<(u32, u32)>,
    group: Vec<(u32, u32)>,
    delivered: Vec<(u32, u32)>,
    load: Vec<(u32, Loading)>,
    ways: [Vec<(u32, u32)>; 6],
    arcs: Vec<(u32, Loading)>,
    moves: [Vec<(u32, u32)>; 6],
}

impl Index {
    /// Evaluates every single failure once more and files what it does; keeps what some of them change. The one that
    /// weighs most has the first rank.
    pub fn new<const L: usize>(
        context: &SweepContext<'_, L>,
        (bound, room): (&UtilizationBound<L>, &Room<L>),
        (weight, kept): (&[u32], Kept),
    ) -> (Self, Replays<L>) {
        let n = weight.len();
        let mut by_rank: Vec<u32> = (0..).take(n).collect();
        by_rank.sort_unstable_by_key(|&e| (std::cmp::Reverse(weight[e as usize]), e));
        let kept = kept.ranks(context.base, by_rank.iter().map(|&e| weight[e as usize]));
        let mut order: Vec<(u32, u32)> = by_rank.iter().copied().zip(0..).collect();
        order.sort_unstable_by_key(|&(e, _)| context.places[e as usize]);
        let worker = || Worker {
            scratch: Scratch::new(context.base),
            seen: Seen::new(context.base, &context.task.rules),
            search: UpSearch::new(context.base, bound),
            reached: Reached::default(),
            entries: Entries::default(),
            groups: Vec::new(),
            reaches: false,
            recorded: Recorded::default(),
        };
        let done = for_chunks(n, CHUNK, &NoWatch, worker, |worker, items| {
            for &(e, rank) in &order[items] {
                let mark = worker.scratch.mark();
                worker.scratch.fail(context.places[e as usize]);
                worker.file(context, (bound, room), rank);
                if kept.contains(&(rank as usize)) {
                    let groups = (&worker.groups[..], worker.reaches);
                    worker.recorded.add(e, &worker.scratch, groups);
                }
                worker.scratch.undo(mark);
            }
        });
        let workers = done.workers.into_iter();
        let (parts, recorded): (Vec<_>, Vec<_>) = workers
            .map(|worker| (worker.entries, worker.recorded))
            .unzip();
        let index = Self::from_parts(by_rank, parts, context.base.system());
        (index, Replays::new(recorded, n))
    }

    fn from_parts(by_rank: Vec<u32>, mut parts: Vec<Entries>, sys: &CompiledSystem) -> Self {
        let (nodes, requirements) = (sys.len(), sys.requirements.len());
        let moves = Kind::ALL.map(|kind| {
            let entries = parts.iter_mut();
            let entries = entries.map(|part| std::mem::take(&mut part.moves[kind as usize]));
            let places = kind.places(sys.placement.as_deref());
            Lists::new(places, entries.collect(), 0).sort(u32::cmp)
        });
        let ways = Way::ALL.map(|way| {
            let entries = parts.iter_mut();
            let entries = entries.map(|part| std::mem::take(&mut part.ways[way as usize]));
            Lists::new(way.places(sys), entries.collect(), 0).sort(u32::cmp)
        });
        let mut take = |kind: fn(&mut Entries) -> &mut Vec<(u32, u32)>, places| {
            let entries = parts
                .iter_mut()
                .map(|part| std::mem::take(kind(part)))
                .collect();
            Lists::new(places, entries, 0).sort(u32::cmp)
        };
        let dead = take(|e| &mut e.dead, nodes);
        let split = take(|e| &mut e.split, nodes);
        let group = take(|e| &mut e.group, requirements);
        let delivered = take(|e| &mut e.delivered, nodes);
        let (load, arcs) = parts.into_iter().map(|part| (part.load, part.arcs)).unzip();
        Self {
            by_rank,
            dead,
            split,
            group,
            delivered,
            load: fullest_first(nodes, load),
            ways,
            arcs: fullest_first(ArcPlaces::new(sys).len(), arcs),
            moves,
        }
    }

    /// How many entries there are of networks and of the ways over them.
    pub fn on_networks(&self) -> u64 {
        let ways = self.ways.iter().map(|all| all.all.len());
        (ways.sum::<usize>() + self.arcs.all.len()) as u64
    }

    /// Gives `meet` the failures, by rank, that interact with what a scratch holds, whose climb came to
    /// what is `reached`; the lists that are
    /// sorted by rank only from `from` on. Some come more than once.
    pub fn meeting<const L: usize>(
        &self,
        (room, rules): (&Room<L>, &Rules),
        state: (&Scratch<'_, L>, LaneSet),
        (seen, reached): (&mut Seen, &Reached),
        from: u32,
        mut meet: impl FnMut(u32),
    ) {
        effects(state, seen, reached, |effect| match effect {
            Effect::Dead(v) if rules.dead => {
                self.dead(v, from).iter().for_each(|&other| meet(other));
                self.split(v, from).iter().for_each(|&other| meet(other));
                self.load(v).iter().for_each(|other| meet(other.rank));
                self.rerouted(v, rules, from)
                    .iter()
                    .for_each(|&other| meet(other));
            }
            Effect::Split(v) => {
                if rules.dead {
                    self.dead(v, from).iter().for_each(|&other| meet(other));
                }
                if rules.product {
                    self.load(v).iter().for_each(|other| meet(other.rank));
                }
            }
            Effect::Load(v, change) => {
                if rules.dead {
                    self.dead(v, from).iter().for_each(|&other| meet(other));
                }
                if rules.product {
                    self.split(v, from).iter().for_each(|&other| meet(other));
                }
                if rules.capacity {
                    let filled = room.filled_in(state.0, v, &change);
                    self.load_over(v, filled)
                        .iter()
                        .for_each(|other| meet(other.rank));
                }
                self.rerouted(v, rules, from)
                    .iter()
                    .for_each(|&other| meet(other));
            }
            Effect::Group(r) if rules.requirement => {
                self.group(r, from).iter().for_each(|&other| meet(other));
            }
            Effect::Delivered(v) if rules.delivered => {
                self.delivered(v, from)
                    .iter()
                    .for_each(|&other| meet(other));
                self.rerouted(v, rules, from)
                    .iter()
                    .for_each(|&other| meet(other));
            }
            Effect::Way(ways::Effect::At(way, at)) => {
                self.meeting_way((way, at), rules, from, &mut meet);
            }
            Effect::Way(ways::Effect::Arc(arc, change)) if rules.arcs => {
                let all = self.arcs.of(arc);
                let filled = room.arc_filled(arc, &change);
                over(all, filled).iter().for_each(|other| meet(other.rank));
            }
            Effect::Move(kind, at) if rules.counts(kind) => {
                let all = since(self.moves[kind.meets() as usize].of(at), from);
                all.iter().for_each(|&other| meet(other));
            }
            _ => {}
        });
    }

    /// Failures from a rank on that kill a node which sends load.
    fn dead(&self, v: u32, from: u32) -> &[u32] {
        since(self.dead.of(v), from)
    }

    /// Failures from a rank on that change the split of a node.
    fn split(&self, v: u32, from: u32) -> &[u32] {
        since(self.split.of(v), from)
    }

    /// Failures from a rank on that touch a group.
    fn group(&self, r: u32, from: u32) -> &[u32] {
        since(self.group.of(r), from)
    }

    /// Failures from a rank on for which a node is not at 1 before or after.
    fn delivered(&self, v: u32, from: u32) -> &[u32] {
        since(self.delivered.of(v), from)
    }

    /// Failures from a rank on in which a flow takes another way; none of what is no flow.
    fn rerouted(&self, v: u32, rules: &Rules, from: u32) -> &[u32] {
        let all = &self.ways[Way::Rerouted as usize];
        if rules.rerouted && !all.is_empty() {
            since(all.of(v), from)
        } else {
            &[]
        }
    }

    /// Gives `meet` the failures, by rank, that interact with one that does this to a network.
    fn meeting_way(
        &self,
        (way, at): (Way, u32),
        rules: &Rules,
        from: u32,
        meet: &mut impl FnMut(u32),
    ) {
        for &other in way.meets() {
            if rules.counts_way(way, other) {
                let all = since(self.ways[other as usize].of(at), from);
                all.iter().for_each(|&other| meet(other));
            }
        }
        if way == Way::Rerouted && rules.rerouted {
            self.dead(at, from).iter().for_each(|&other| meet(other));
            self.load(at).iter().for_each(|other| meet(other.rank));
            self.delivered(at, from)
                .iter()
                .for_each(|&other| meet(other));
        }
    }

    /// Failures of any rank that change the load of a node; those that fill most come first.
    pub fn load(&self, v: u32) -> &[Loading] {
        self.load.of(v)
    }

    /// Those of them whose change, on top of one that fills `filled`, matters.
    fn load_over(&self, v: u32, filled: f32) -> &[Loading] {
        over(self.load.of(v), filled)
    }
}

/// Those of a list whose change, on top of one that fills `filled`, matters.
fn over(all: &[Loading], filled: f32) -> &[Loading] {
    if filled > 1.0 {
        // It is too much by itself, and the other may be what relieves it.
        return all;
    }
    let room = 1.0 - f64::from(filled.max(0.0));
    &all[..all.partition_point(|x| f64::from(x.filled) > room)]
}

/// Lists by place of which those that fill most come first.
fn fullest_first(places: usize, entries: Vec<Vec<(u32, Loading)>>) -> Lists<Loading> {
    let blank = Loading {
        rank: 0,
        filled: 0.0,
    };
    Lists::new(places, entries, blank)
        .sort(|a, b| b.filled.total_cmp(&a.filled).then(a.rank.cmp(&b.rank)))
}

/// Gives `visit` every state after a round, or only those in the end.
pub(super) fn each_state<'b, const L: usize>(
    scratch: &mut Scratch<'b, L>,
    rounds: bool,
    visit: impl FnMut(&Scratch<'b, L>, LaneSet),
) {
    if rounds {
        scratch.each_round(visit);
    } else {
        scratch.each_end(visit);
    }
}

/// Whether anything hangs on how much load comes to a node.
pub(super) fn takes_load<const L: usize>(base: &Base<'_, L>, v: u32) -> bool {
    let sys = base.system();
    // Links of networks are asked for direction by direction, or with their whole network.
    let by_arcs = matches!(sys.part(v), Part::Link(..)) && !sys.is_layered();
    (base.capacity()[v as usize] < f64::INFINITY && !by_arcs) || passes_load(sys, v)
}

/// The part of a sorted list from a rank on.
fn since(list: &[u32], from: u32) -> &[u32] {
    &list[list.partition_point(|&other| other < from)..]
}

/// A worker's own state.
struct Worker<'g, const L: usize> {
    scratch: Scratch<'g, L>,
    seen: Seen,
    search: UpSearch<L>,
    reached: Reached,
    entries: Entries,
    /// See [`groups`], of the failure at hand before anything trips.
    groups: Vec<u32>,
    /// Whether what rose came to one of them.
    reaches: bool,
    recorded: Recorded<L>,
}

impl<const L: usize> Worker<'_, L> {
    /// What the failure in the scratch does, after every round.
    fn file(
        &mut self,
        context: &SweepContext<'_, L>,
        (bound, room): (&UtilizationBound<L>, &Room<L>),
        rank: u32,
    ) {
        let Self {
            scratch,
            seen,
            search,
            reached,
            entries,
            groups: in_groups,
            reaches,
            recorded: _,
        } = self;
        let base = scratch.base();
        let mut is_first = true;
        let file = |state: &Scratch<'_, L>, lanes| {
            if context.task.rules.reached {
                bound.reach(state, search, reached);
            }
            if std::mem::take(&mut is_first) {
                in_groups.clear();
                groups(state, reached, |r| in_groups.push(r));
                *reaches = !reached.groups.is_empty();
            }
            effects((state, lanes), seen, reached, |effect| match effect {
                Effect::Dead(v) => entries.dead.push((v, rank)),
                Effect::Split(v) => entries.split.push((v, rank)),
                Effect::Group(r) => entries.group.push((r, rank)),
                Effect::Delivered(v) => entries.delivered.push((v, rank)),
                Effect::Way(ways::Effect::At(way, at)) => {
                    entries.ways[way as usize].push((at, rank));
                }
                Effect::Way(ways::Effect::Arc(arc, change)) => {
                    if room.arcs[arc as usize].iter().any(|&r| r < f64::INFINITY) {
                        let filled = room.arc_filled(arc, &change);
                        entries.arcs.push((arc, Loading { rank, filled }));
                    }
                }
                Effect::Move(kind, at) => entries.moves[kind as usize].push((at, rank)),
                Effect::Load(v, change) => {
                    if takes_load(base, v) {
                        let filled = room.filled_in(state, v, &change);
                        entries.load.push((v, Loading { rank, filled }));
                    }
                }
            });
        };
        each_state(scratch, context.task.rules.rounds, file);
    }
}
