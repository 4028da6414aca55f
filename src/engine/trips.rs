//! Trips: what is lost to overload, round by round.
//!
//! In: a state without trips. Out: for each load case the state after all of them, and who tripped in
//! which round. Promise: every round of every state starts from the state in which nothing has tripped,
//! so that what fails later, or at once, is asked for as if no trip had been; both evaluations, in full
//! and on top of a base, agree to the last bit.
//!
//! Trips are not monotone: an element that fails at once may take load off a node that would have
//! tripped. So a failure goes on top of the state without trips, never on top of one after them.
//!
//! ```text
//! base ─► a ─► b          one state for all load cases, as without trips
//!         │    └─► round 1 ─► round 2 …   load cases that trip, those that trip alike together
//!         └─► round 1 ─► …
//! ```
//! Systems in which nothing may trip have none of this.

use super::base::{Base, BaseTrips};
use super::compiled::CompiledSystem;
use super::ix::Ix;
use super::lanes::{LaneSet, Lanes};
use super::overload::{COMMON, Over, Trip};
use super::scratch::{Mark, Scratch, Trips};
use super::utilization::utilization;
use super::values::Values;

/// A load may be more than what trips a node by this much, relatively, and not trip it.
const TOLERANCE: f64 = 1.0 + 1e-9;
/// Growths closer than this, relatively, count as equal, so that rounding names no node.
const SAME: f64 = 1e-12;
/// Every lane of a state.
fn every_lane<const L: usize>() -> LaneSet {
    (0..L).fold(0, |set, l| set | 1 << l)
}

/// Every lane.
const ALL: LaneSet = LaneSet::MAX;

impl CompiledSystem {
    /// Whether any node may trip.
    #[must_use]
    pub fn may_trip(&self) -> bool {
        !self.trips.is_empty()
    }

    /// The multiple of its capacity above which a node trips; infinite if it never does.
    pub(crate) fn trips_at(&self, v: usize) -> f64 {
        self.trips.get(v).copied().unwrap_or(f64::INFINITY)
    }

    /// The part of its capacity up to which a node serves all and does not trip.
    pub(crate) fn lowered(&self, v: usize) -> f64 {
        self.trips_at(v).min(1.0)
    }
}

impl<const L: usize> Values<L> {
    /// What a node carries in each load case that counts for its trip, in all layers: of a link from its
    /// first end to its second and back, of anything else the same twice.
    fn load_that_trips(&self, sys: &CompiledSystem, v: u32) -> [Lanes<L>; 2] {
        if sys.is_layered() {
            self.total_both_ways(sys, Ix(v))
        } else if sys.is_uneven(v as usize) {
            self.load_both_ways(sys, Ix(v))
        } else {
            [self.load[v as usize]; 2]
        }
    }

    /// The lanes in which a node carries more than what trips it.
    fn trips(&self, sys: &CompiledSystem, capacity: &[f64], v: u32) -> LaneSet {
        let at = sys.trips_at(v as usize);
        if at == f64::INFINITY || !self.works[v as usize] {
            return 0;
        }
        let most = sys
            .capacity_places(Ix(v))
            .map(|place| at * capacity[place] * TOLERANCE);
        let [there, back] = self.load_that_trips(sys, v);
        let over = |l: &usize| there[*l] > most[0] || back[*l] > most[1];
        (0..L).filter(over).fold(0, |set, l| set | 1 << l)
    }

    /// What a place uses by itself of what it can take, per lane: the inverse of how much all demand can
    /// grow until it serves less than all of it to its tier, or trips. Load over capacity, or over what
    /// trips it if that is less, where there is one layer; of a link the greater of both directions. 0
    /// without load, infinite where nothing is left for it.
    pub(crate) fn used_of_limit(&self, sys: &CompiledSystem, capacity: &[f64], v: Ix) -> Lanes<L> {
        if let Some(layers) = &sys.layers {
            return self.used_of_layers(sys, layers, capacity, v.index());
        }
        let used = self.utilization(sys, capacity, v);
        if sys.may_trip() {
            let lowered = sys.lowered(v.index());
            return used.map(|used| used / lowered);
        }
        used
    }

    /// A node that trips in a round of a lane.
    fn trip(
        &self,
        sys: &CompiledSystem,
        capacity: &[f64],
        (node, round): (Ix, u32),
        lane: usize,
    ) -> Trip {
        let most = sys
            .capacity_places(node)
            .map(|place| sys.trips_at(node.index()) * capacity[place]);
        let load = self.load_that_trips(sys, node.0).map(|load| load[lane]);
        let used = |i: usize| utilization(load[i], most[i]);
        let way = usize::from(used(1) > used(0));
        Trip {
            node,
            round,
            load: load[way],
            most: most[way],
        }
    }

    /// By how much all demand can grow until a node trips in a lane; infinite if it never does.
    fn growth_to_trip(&self, sys: &CompiledSystem, capacity: &[f64], v: u32, lane: usize) -> f64 {
        let at = sys.trips_at(v as usize);
        if at == f64::INFINITY || !self.works[v as usize] {
            return f64::INFINITY;
        }
        let loads = self.load_that_trips(sys, v).map(|load| load[lane]);
        let constants = self.constant_both_ways(sys, Ix(v)).map(|load| load[lane]);
        let places = sys.capacity_places(Ix(v));
        let used = |i: usize| {
            let room = at * capacity[places[i]] - constants[i];
            utilization(grows(loads[i], constants[i]), room.max(0.0))
        };
        (1.0 / used(0).max(used(1)) - 1.0).max(0.0)
    }
}

/// What of a load grows with demand; nothing if the load is all constant.
fn grows(load: f64, constant: f64) -> f64 {
    if load == f64::INFINITY {
        // What has no bound has none with more demand.
        return load;
    }
    load - constant
}

/// The lanes of `left` in which the same nodes trip as in `lane`.
fn alike(over: &Over, lane: usize, left: LaneSet) -> LaneSet {
    over.iter().fold(left, |set, &(_, lanes)| {
        set & if lanes >> lane & 1 == 1 {
            lanes
        } else {
            !lanes
        }
    })
}

/// Those that trip in a lane.
fn in_lane(over: &Over, lane: usize) -> impl Iterator<Item = Ix> + '_ {
    let trips = over.iter().filter(move |o| o.1 >> lane & 1 == 1);
    trips.map(|&(v, _)| Ix(v))
}

impl<'s, const L: usize> Base<'s, L> {
    /// Makes ready for trips, if anything may trip.
    pub(super) fn expect_trips(&mut self, failed: &[Ix]) {
        if self.sys.may_split() {
            self.trips = Some(Box::new(BaseTrips {
                failed: failed.to_vec(),
                over: Vec::new(),
                states: Vec::new(),
                of: [COMMON; L],
            }));
        }
    }

    /// Works out what trips, at the demands as they are.
    pub(super) fn trip(&mut self) {
        let Some(mut trips) = self.trips.take() else {
            return;
        };
        trips.states.clear();
        trips.of = [COMMON; L];
        trips.over = self.over();
        let mut left = trips.over.iter().fold(0, |all, o| all | o.1);
        if self.is_out() {
            left = every_lane::<L>();
        }
        while left != 0 {
            let lane = left.trailing_zeros() as usize;
            let (state, tripped, group) = self.after_trips(&trips, lane, left);
            let number = u8::try_from(trips.states.len()).unwrap_or(COMMON);
            for l in (0..L).filter(|l| group >> l & 1 == 1) {
                trips.of[l] = number;
            }
            trips.states.push((state, tripped));
            left &= !group;
        }
        self.trips = Some(trips);
    }

    /// The state of one lane after all trips, who tripped, and the lanes of `left` in which the same
    /// trips.
    fn after_trips(
        &self,
        trips: &BaseTrips<'s, L>,
        lane: usize,
        left: LaneSet,
    ) -> (Self, Vec<Trip>, LaneSet) {
        let mut failed = trips.failed.clone();
        let mut tripped = Vec::new();
        let mut before = self.is_out().then(|| self.after(&failed));
        let over = before.as_ref().map(Self::over);
        let over = over.as_ref().unwrap_or(&trips.over);
        let mut group = alike(over, lane, left);
        let mut now: Vec<Ix> = in_lane(over, lane).collect();
        let mut round = 1;
        if let Some(state) = before.take_if(|_| now.is_empty()) {
            return (state, tripped, group);
        }
        loop {
            failed.extend(&now);
            let values = before.as_ref().map_or(&self.values, |state| &state.values);
            let trip = |&node: &Ix| values.trip(self.sys, self.capacity, (node, round), lane);
            tripped.extend(now.iter().map(trip));
            let state = self.after(&failed);
            let over = state.over();
            group = alike(&over, lane, group);
            now = in_lane(&over, lane).collect();
            if now.is_empty() {
                return (state, tripped, group);
            }
            before = Some(state);
            round += 1;
        }
    }

    /// The same estate when `failed` have failed and nothing more trips, without those that find no room.
    fn after(&self, failed: &[Ix]) -> Self {
        let (sys, capacity, demand) = (self.sys, self.capacity, &self.demand);
        match self.sys.placement {
            Some(_) => Self::placed(sys, capacity, demand, failed, &self.stopped),
            None => Self::without_trips(sys, capacity, demand, failed, &self.stopped),
        }
    }

    /// What carries more than trips it, before anything has tripped.
    fn over(&self) -> Over {
        let nodes = (0u32..).take(self.sys.len());
        let nodes = nodes.filter(|&v| self.sys.first_layer(v) == v);
        let over = nodes.map(|v| (v, self.values.trips(self.sys, self.capacity, v)));
        over.filter(|o| o.1 != 0).collect()
    }

    /// Whether any lane has a state of its own: something trips in it, or is placed nowhere.
    #[must_use]
    pub fn is_split(&self) -> bool {
        self.trips.as_ref().is_some_and(|t| !t.states.is_empty())
    }

    /// The lanes that have.
    pub(crate) fn split_lanes(&self) -> LaneSet {
        let of = self.trips.as_ref().map_or([COMMON; L], |t| t.of);
        let split = (0..L).filter(|&l| of[l] != COMMON);
        split.fold(0, |set, l| set | 1 << l)
    }

    /// The state of a lane after all trips: this one where nothing trips in it. Works, loads and
    /// delivered of other lanes there mean nothing.
    #[must_use]
    pub fn lane(&self, lane: usize) -> &Self {
        let alone = self.trips.as_ref();
        let alone = alone.and_then(|t| t.states.get(t.of[lane] as usize));
        alone.map_or(self, |(state, _)| state)
    }

    /// The lanes in which something trips.
    pub(crate) fn tripped_lanes(&self) -> LaneSet {
        let lanes = (0..L).filter(|&l| !self.tripped(l).is_empty());
        lanes.fold(0, |set, l| set | 1 << l)
    }

    /// Who trips in a lane, round by round.
    #[must_use]
    pub fn tripped(&self, lane: usize) -> &[Trip] {
        let alone = self.trips.as_ref();
        let alone = alone.and_then(|t| t.states.get(t.of[lane] as usize));
        alone.map_or(&[], |(_, tripped)| tripped)
    }

    /// The node that trips first as all demand grows, after all trips at the demands as they are, and
    /// the growth at which it does: 0.15 is 15 %. `None` if none ever does. Works stays as it is.
    #[must_use]
    pub fn first_trip(&self, lane: usize) -> Option<(Ix, f64)> {
        let state = self.lane(lane);
        let growth = |&(v, _): &(u32, f64)| {
            state
                .values
                .growth_to_trip(self.sys, self.capacity, v, lane)
        };
        let may = (0u32..).zip(self.sys.trips.iter().copied());
        let may = may.filter(|&(v, _)| self.sys.first_layer(v) == v);
        let all = || may.clone().map(|m| (m.0, growth(&m)));
        let least = all().map(|m| m.1).fold(f64::INFINITY, f64::min);
        if least == f64::INFINITY {
            return None;
        }
        let same = all().filter(|m| m.1 + 1.0 <= (least + 1.0) * (1.0 + SAME));
        let first = same.min_by_key(|m| self.sys.node_of[m.0 as usize])?;
        Some((Ix(first.0), least))
    }

    /// The states after trips, and per lane which of them.
    pub(super) fn alone(&self) -> (impl Iterator<Item = &Self>, [u8; L]) {
        let trips = self.trips.as_ref();
        let states = trips.into_iter().flat_map(|t| &t.states);
        (states.map(|s| &s.0), trips.map_or([COMMON; L], |t| t.of))
    }
}

impl<'b, const L: usize> Trips<'b, L> {
    /// Works out what trips in the state of `main`; `visit` is given every state after a round, with
    /// the lanes of which it is one.
    fn settle(&mut self, main: &Scratch<'b, L>, mut visit: impl FnMut(&Scratch<'b, L>, LaneSet)) {
        self.is_settled = true;
        self.of = [COMMON; L];
        self.used = 0;
        self.unlist();
        find_over(main, &self.held.over, &mut self.over);
        let mut left = self.over.iter().fold(0, |all, o| all | o.1);
        if main.is_out {
            left = every_lane::<L>();
        }
        self.is_any = left != 0;
        while left != 0 {
            let lane = left.trailing_zeros() as usize;
            let group = self.go_alone(main, lane, left, &mut visit);
            let number = u8::try_from(self.used).unwrap_or(COMMON);
            for l in (0..L).filter(|l| group >> l & 1 == 1) {
                self.of[l] = number;
            }
            self.used += 1;
            left &= !group;
            if left != 0 {
                find_over(main, &self.held.over, &mut self.over);
            }
        }
        if self.is_any || (is_held(main) && self.held.is_split) {
            self.list(main);
        }
    }

    /// All rounds of one lane; the lanes of `left` in which the same trips.
    fn go_alone(
        &mut self,
        main: &Scratch<'b, L>,
        lane: usize,
        left: LaneSet,
        visit: &mut impl FnMut(&Scratch<'b, L>, LaneSet),
    ) -> LaneSet {
        if self.alone.len() == self.used {
            self.alone
                .push((Scratch::without_trips(main.base()), Vec::new()));
            self.holds.push(0);
        }
        let (state, tripped) = &mut self.alone[self.used];
        tripped.clear();
        self.failing.clear();
        if is_held(main) {
            if self.holds[self.used] != self.held.number {
                state.undo(Mark::default());
                let held = main.stopped(Mark::default()).take(main.held.dead);
                self.failing.extend(held);
                state.fail_all(&self.failing);
                state.held = state.mark();
                self.holds[self.used] = self.held.number;
                self.failing.clear();
            }
            state.undo(state.held);
        } else {
            state.undo(Mark::default());
            self.holds[self.used] = 0;
        }
        self.failing.extend(main.stopped(main.held));
        self.struck.clear();
        self.struck.extend(&main.log.failed);
        let mut group = left;
        let mut round = 1;
        let mut is_main = true;
        if main.is_out {
            state.fail_placed(&self.failing, &self.struck);
            let services = &main.base().sys.services;
            let lost = services
                .iter()
                .filter(|&&v| !state.values.works[v as usize]);
            self.lost.clear();
            self.lost.extend(lost);
            visit(state, group);
            find_over(state, &self.held.over, &mut self.over);
            is_main = false;
        }
        loop {
            group = alike(&self.over, lane, group);
            let now = self.failing.len();
            self.failing.extend(in_lane(&self.over, lane));
            if now == self.failing.len() {
                return group;
            }
            let values = if is_main { &main.values } else { &state.values };
            let (sys, capacity) = (main.base().sys, main.base().capacity);
            let trips = self.failing[now..].iter();
            tripped.extend(trips.map(|&node| values.trip(sys, capacity, (node, round), lane)));
            is_main = false;
            if main.placer.is_some() {
                // Who is placed nowhere in one round may be in the next.
                state.undo(Mark::default());
                let sys = main.base().sys;
                let tripped = self.failing[now..].iter();
                self.struck.extend(tripped.filter_map(|&v| sys.instance(v)));
                state.fail_placed(&self.failing, &self.struck);
            } else {
                state.fail_all(&self.failing);
                self.failing.clear();
            }
            visit(state, group);
            find_over(state, &self.held.over, &mut self.over);
            round += 1;
        }
    }

    fn unlist(&mut self) {
        for s in self.services.drain(..) {
            self.listed[s as usize] = false;
        }
    }

    /// Lists the services that changed since the state that is held, or else the base state, with trips or
    /// without; where something trips in the one that is held, since the base state, too.
    fn list(&mut self, main: &Scratch<'b, L>) {
        let states = self.alone[..self.used].iter().map(|a| &a.0);
        let since = states.chain([main]);
        let since = since.flat_map(|state| state.changed_without_trips(state.held));
        let held: &[u32] = if is_held(main) {
            &self.held.services
        } else {
            &[]
        };
        for &s in since.chain(held) {
            if !std::mem::replace(&mut self.listed[s as usize], true) {
                self.services.push(s);
            }
        }
    }

    /// The state of `main`, which is settled, is held.
    fn hold(&mut self, main: &Scratch<'b, L>) {
        self.held.number += 1;
        self.held.is_split = self.is_any;
        self.held.services.clear();
        if self.is_any {
            self.held.services.extend(&self.services);
        }
        find_over(main, &[], &mut self.held.over);
    }

    /// The scratch goes back to a state in which something trips, or nothing does.
    pub fn undo(&mut self, is_any: bool) {
        self.is_any = is_any;
        self.is_settled = !is_any;
        if !is_any {
            self.of = [COMMON; L];
            self.used = 0;
        }
    }
}

/// Whether a state stands on one that is held.
fn is_held<const L: usize>(state: &Scratch<'_, L>) -> bool {
    state.held.dead > 0
}

/// What carries more than trips it in a state on top of its base. `held` does in the state that is held, if one
/// is: what carries the same as there trips only if it is among them.
fn find_over<const L: usize>(state: &Scratch<'_, L>, held: &[(u32, LaneSet)], over: &mut Over) {
    over.clear();
    let base = state.base();
    let sys = base.sys;
    let mut look = |v: u32| {
        let v = sys.first_layer(v);
        let lanes = state.values.trips(sys, base.capacity, v);
        if lanes != 0 {
            over.push((v, lanes));
        }
    };
    let mark = state.held;
    let in_base = base.trips.iter().flat_map(|t| &t.over);
    in_base.for_each(|o| look(o.0));
    if is_held(state) {
        held.iter().for_each(|o| look(o.0));
    }
    state.load_before(mark).for_each(|(v, _)| look(v.0));
    if sys.has_uneven() || sys.is_layered() {
        // The direction that carries less may be the one that counts, or be it in another layer.
        let links = state
            .networks(mark)
            .flat_map(|net| &sys.networks[net].links);
        let uneven = links.filter(|&&v| sys.is_layered() || sys.is_uneven(v as usize));
        uneven.for_each(|&v| look(v));
    }
    over.sort_unstable();
    over.dedup();
}

impl<const L: usize> Scratch<'_, L> {
    /// Works out what trips now, if that is not known: a state that was gone back to.
    pub fn settle_trips(&mut self) {
        if self.trips.as_ref().is_some_and(|t| !t.is_settled) {
            self.trip(|_, _| ());
        }
    }

    /// Whether a service works as if nothing tripped.
    pub(crate) fn works_before_trips(&self, v: Ix) -> bool {
        let trips = self.trips.as_ref().filter(|_| self.is_out);
        self.works(v) && trips.is_none_or(|t| !t.lost.contains(&v.0))
    }

    /// Who works before anything trips, by place; an instance that finds no room does not.
    pub(crate) fn working_before_trips(&mut self) -> Vec<bool> {
        let is_out = self.is_out;
        let mut works = self.values.works.clone();
        let mut number = 0;
        self.each_round(|state, _| {
            // The first is the state in which all find room, the second that without those that do not.
            if is_out && number == 1 {
                works.clone_from(&state.values.works);
            }
            number += 1;
        });
        works
    }

    /// Holds the state as it is: what fails from here goes on top of it, again and again, and what trips then
    /// is worked out from here. Gone back before it, it is held no more. Nothing is placed in the system.
    pub(crate) fn hold(&mut self) {
        let Some(mut trips) = self.trips.take_if(|_| self.placer.is_none()) else {
            return;
        };
        // Found without what may be held already.
        self.held = Mark::default();
        trips.hold(self);
        self.held = self.mark();
        self.trips = Some(trips);
    }

    /// The state that is held; the start if none is.
    pub(crate) fn held(&self) -> Mark {
        self.held
    }

    /// Works out what trips now.
    pub(super) fn trip(&mut self, visit: impl FnMut(&Self, LaneSet)) {
        if let Some(mut trips) = self.trips.take() {
            trips.settle(self, visit);
            self.trips = Some(trips);
        }
    }

    /// Whether any lane has a state of its own, as it is: something trips in it, or is placed nowhere.
    #[must_use]
    pub fn is_split(&self) -> bool {
        self.trips.as_ref().is_some_and(|t| t.is_any)
    }

    /// The lanes that have.
    pub(crate) fn split_lanes(&self) -> LaneSet {
        let (_, of) = self.alone();
        let split = (0..L).filter(|&l| of[l] != COMMON);
        split.fold(0, |set, l| set | 1 << l)
    }

    /// The lanes in which anything trips.
    pub(crate) fn tripped_lanes(&self) -> LaneSet {
        let trips = (0..L).filter(|&l| !self.tripped(l).is_empty());
        trips.fold(0, |set, l| set | 1 << l)
    }

    /// The state of a lane after all trips: this one where nothing trips in it. Other lanes there mean
    /// nothing.
    #[must_use]
    #[inline]
    pub fn lane(&self, lane: usize) -> &Self {
        let Some(trips) = &self.trips else {
            return self;
        };
        debug_assert!(trips.is_settled, "a state gone back to is settled first");
        let alone = trips.alone.get(trips.of[lane] as usize);
        alone.map_or(self, |(state, _)| state)
    }

    /// Who trips in a lane, round by round.
    #[must_use]
    pub fn tripped(&self, lane: usize) -> &[Trip] {
        let Some(trips) = &self.trips else {
            return &[];
        };
        debug_assert!(trips.is_settled, "a state gone back to is settled first");
        let alone = trips.alone.get(trips.of[lane] as usize);
        alone.map_or(&[], |(_, tripped)| tripped)
    }

    /// Gives `visit` every state on the way: the one before anything trips, and the one after each
    /// round, with the lanes that go through it.
    pub(crate) fn each_round(&mut self, mut visit: impl FnMut(&Self, LaneSet)) {
        visit(self, ALL);
        if self.is_split() {
            self.trip(visit);
        }
    }

    /// Gives `visit` the states after all trips, with the lanes of which each is the state.
    pub(crate) fn each_end(&self, mut visit: impl FnMut(&Self, LaneSet)) {
        let common = !self.split_lanes();
        if (0..L).any(|l| common >> l & 1 == 1) {
            visit(self, common);
        }
        let (states, of) = self.alone();
        for (number, state) in (0u8..).zip(states) {
            let lanes = (0..L).filter(|&l| of[l] == number);
            visit(state, lanes.fold(0, |set, l| set | 1 << l));
        }
    }

    /// The states after trips, and per lane which of them.
    pub(super) fn alone(&self) -> (impl Iterator<Item = &Self>, [u8; L]) {
        let trips = self.trips.as_ref();
        debug_assert!(
            trips.is_none_or(|t| t.is_settled),
            "a state gone back to is settled first"
        );
        let states = trips.into_iter().flat_map(|t| &t.alone[..t.used]);
        (states.map(|s| &s.0), trips.map_or([COMMON; L], |t| t.of))
    }

    /// Services that may be otherwise than at `mark`, by number, where trips are part of it.
    pub(super) fn changed_by_trips(&self, mark: Mark) -> Option<&[u32]> {
        let trips = self.trips.as_ref()?;
        let is_listed = is_held(self) && mark.dead == self.held.dead;
        if is_listed && mark.is_split {
            Some(&trips.services)
        } else if mark.is_split || self.base().is_split() {
            Some(&trips.every_service)
        } else {
            trips.is_any.then_some(&trips.services)
        }
    }
}
