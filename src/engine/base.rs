//! One state, evaluated in full, with what trips in it and what is placed.

use super::amplify::{Loop, Solver};
use super::compiled::CompiledSystem;
use super::ix::{Ix, NONE};
use super::lanes::Lanes;
use super::network;
use super::overload::{Over, Trip};
use super::values::Values;
use std::collections::VecDeque;
use std::iter::Peekable;

/// A node with partial sums, as in [`CompiledSystem`].
type Hub = (u32, u32, u32);

/// A state in which some nodes have failed, evaluated in full at up to `L` load cases at once.
///
/// It is what a [`Scratch`](super::Scratch) stands on.
#[derive(Clone, Debug)]
pub struct Base<'s, const L: usize> {
    pub(crate) sys: &'s CompiledSystem,
    pub(crate) capacity: &'s [f64],
    /// Per service.
    pub(crate) demand: Vec<Lanes<L>>,
    pub(crate) values: Values<L>,
    /// Per network of the system.
    pub(crate) networks: Vec<network::Base<L>>,
    /// Per network: the most that its flows can ever carry together.
    pub(super) bounds: Vec<Lanes<L>>,
    /// What trips; none if nothing may.
    pub(super) trips: Option<Box<BaseTrips<'s, L>>>,
    /// What was placed; none if nothing is.
    pub(super) placed: Option<Box<PlacedBase>>,
    /// What does not work besides, though it has not failed.
    pub(super) stopped: Vec<Ix>,
}

/// What trips in a base state.
#[derive(Clone, Debug)]
pub(super) struct BaseTrips<'s, const L: usize> {
    /// What has failed in it.
    pub failed: Vec<Ix>,
    /// What carries too much before anything has tripped.
    pub over: Over,
    /// The states after all trips, with who tripped.
    pub states: Vec<(Base<'s, L>, Vec<Trip>)>,
    /// Per lane: which of them, or [`COMMON`](super::overload::COMMON).
    pub of: [u8; L],
}

/// What is the same in all states on top of a base.
#[derive(Clone, Debug, Default)]
pub(super) struct PlacedBase {
    /// Instances that have failed by themselves.
    pub failed: Vec<u32>,
    /// Places of the hosts that do not work.
    pub dead: Vec<u32>,
    /// Slots of which another amount than at home is taken.
    pub slots: Vec<u32>,
    /// Instances that are placed nowhere.
    pub out: Vec<u32>,
}

impl<'s, const L: usize> Base<'s, L> {
    /// Evaluates the state in which `failed` have failed.
    ///
    /// `capacity` is as [`CompiledSystem::capacity`] has it, derating applied; `demand[s][l]` is the
    /// demand of the s-th service at the load case of lane l, and both have that length.
    ///
    /// # Panics
    /// When a length is wrong.
    #[must_use]
    pub fn evaluate(
        sys: &'s CompiledSystem,
        capacity: &'s [f64],
        demand: &[Lanes<L>],
        failed: &[Ix],
    ) -> Self {
        Self::evaluate_stopped(sys, capacity, demand, failed, &[])
    }

    /// The same when instances have `stopped` besides: they do not work, and keep their room.
    ///
    /// # Panics
    /// When a length is wrong.
    #[must_use]
    pub(crate) fn evaluate_stopped(
        sys: &'s CompiledSystem,
        capacity: &'s [f64],
        demand: &[Lanes<L>],
        failed: &[Ix],
        stopped: &[Ix],
    ) -> Self {
        let mut base = Self::without_trips(sys, capacity, demand, failed, stopped);
        base.stopped = stopped.to_vec();
        base.expect_trips(failed);
        base.trip();
        base
    }

    /// The same in which nothing trips. Instances that find no room work here, but take none.
    pub(super) fn without_trips(
        sys: &'s CompiledSystem,
        capacity: &'s [f64],
        demand: &[Lanes<L>],
        failed: &[Ix],
        stopped: &[Ix],
    ) -> Self {
        let mut base = if stopped.is_empty() {
            Self::working(sys, capacity, failed)
        } else {
            Self::working(sys, capacity, &[failed, stopped].concat())
        };
        base.place(failed);
        base.draw();
        base.set_demand(demand);
        base
    }

    /// What works when `failed` have failed, with nothing on it.
    pub(super) fn working(sys: &'s CompiledSystem, capacity: &'s [f64], failed: &[Ix]) -> Self {
        assert_eq!(
            capacity.len(),
            sys.capacity.len(),
            "one capacity per node, and those back"
        );
        let mut values = Values::idle(sys);
        let (mut dead, mut touched) = (Vec::new(), Vec::new());
        let failed = failed.iter().flat_map(|&v| sys.replicas(v));
        for v in sys.unjoined.iter().copied().chain(failed.map(|Ix(v)| v)) {
            values.kill(sys, v, &mut dead, &mut touched);
        }
        let mut base = Self {
            sys,
            capacity,
            demand: Vec::new(),
            values,
            networks: Vec::new(),
            bounds: Vec::new(),
            trips: None,
            stopped: Vec::new(),
            placed: None,
        };
        base.route();
        base
    }

    /// What is drawn whatever the demand: it hangs on works alone.
    pub(super) fn draw(&mut self) {
        let sys = self.sys;
        let mut flow = std::mem::take(&mut self.values.flow);
        for r in sys.requirements.iter().filter(|r| r.draws) {
            self.values.draw(sys, r, |leaf, value| flow[leaf] = value);
        }
        self.values.flow = flow;
    }

    /// The same state at other demands.
    ///
    /// # Panics
    /// When there are not as many demands as services.
    pub fn set_demand(&mut self, demand: &[Lanes<L>]) {
        assert_eq!(
            demand.len(),
            self.sys.services.len(),
            "one demand per service"
        );
        self.demand.clear();
        self.demand.extend_from_slice(demand);
        self.find_bounds();
        self.load_pass();
        self.delivered_pass();
        self.trip();
    }

    fn load_pass(&mut self) {
        let sys = self.sys;
        let mut hubs = sys.hubs.iter().rev().peekable();
        let mut networks = (0..sys.networks.len()).rev().peekable();
        for v in (0..sys.len()).rev() {
            while let Some(net) = networks.next_if(|&n| sys.level[v] < sys.networks[n].level) {
                self.load_network(net);
            }
            if sys.loop_of[v] != NONE {
                if let Some(round) = sys.loop_at(v) {
                    self.load_loop(round, &mut hubs);
                }
                continue;
            }
            self.add_partials(v, &mut hubs);
            self.values.load[v] = self.values.sum(sys, v, self.start(v));
            for r in sys
                .requirements_of(v)
                .filter(|&r| sys.requirements[r].loads)
            {
                self.send(r);
            }
        }
    }

    /// The partial sums of a node; `hubs` are those to come.
    fn add_partials<'h>(&mut self, v: usize, hubs: &mut Peekable<impl Iterator<Item = &'h Hub>>) {
        let sys = self.sys;
        if let Some(&(_, first, last)) = hubs.next_if(|hub| hub.0 as usize == v) {
            for unit in first as usize..last as usize {
                let sum = self.values.sum(sys, unit, [0.0; L]);
                self.values.flow[sys.flow_of_partial(unit)] = sum;
            }
        }
    }

    /// A loop, of which all that enters has come.
    fn load_loop<'h>(&mut self, round: &Loop, hubs: &mut Peekable<impl Iterator<Item = &'h Hub>>) {
        let sys = self.sys;
        for v in round.members().rev() {
            self.add_partials(v, hubs);
        }
        let mut solver = std::mem::take(&mut self.values.solver);
        self.values
            .solve(sys, round, |v| self.start(v), &mut solver);
        for v in round.members() {
            self.values.load[v] = *solver.load(round, v);
            for r in sys
                .requirements_of(v)
                .filter(|&r| sys.requirements[r].loads)
            {
                self.send(r);
            }
        }
        self.values.solver = solver;
    }

    fn send(&mut self, r: usize) {
        let requirement = &self.sys.requirements[r];
        let mut flow = std::mem::take(&mut self.values.flow);
        self.values
            .send(self.sys, requirement, |leaf, value| flow[leaf] = value);
        self.values.flow = flow;
    }

    fn delivered_pass(&mut self) {
        let sys = self.sys;
        let mut networks = (0..sys.networks.len()).peekable();
        for v in 0..sys.len() {
            while let Some(net) = networks.next_if(|&n| sys.level[v] > sys.networks[n].level) {
                self.deliver_network(net);
            }
            let cycle = sys.cycle[v];
            if cycle == NONE {
                self.values.delivered[v] =
                    self.values.served(sys, &self.networks, self.capacity, v);
            } else if cycle as usize == v {
                self.values
                    .settle(sys, &self.networks, self.capacity, cycle);
            }
        }
    }

    /// What arrives at a node from outside: the demand of a service, what instances take of a host.
    pub(crate) fn start(&self, v: usize) -> Lanes<L> {
        self.start_of(v, &self.values)
    }

    /// The same in a state on top of this one: also what instances take of a resource.
    #[inline]
    pub(super) fn start_of(&self, v: usize, values: &Values<L>) -> Lanes<L> {
        match self.demand.get(self.sys.service[v] as usize) {
            Some(demand) => *demand,
            None => values.taken(self.sys, v),
        }
    }

    /// For each loop of nodes that load each other and of which a unit of load comes back as one or
    /// more: the way that it takes, from a node over those that it loads and back to it.
    #[must_use]
    pub fn amplifying(&self) -> Vec<Vec<Ix>> {
        let sys = self.sys;
        let mut solver = Solver::new(&sys.loops);
        let mut found = Vec::new();
        for round in &sys.loops {
            self.values.solve(sys, round, |_| [0.0; L], &mut solver);
            if let Some(member) = solver.amplifies(round) {
                found.push(self.way_round(round, member));
            }
        }
        found
    }

    /// The shortest way of load from a member of a loop back to it, over members eliminated before.
    fn way_round(&self, round: &Loop, member: usize) -> Vec<Ix> {
        let (first, start) = (
            round.first,
            round.first + u32::try_from(member).unwrap_or(0),
        );
        let mut from = vec![NONE; round.step.len()];
        let mut queue = VecDeque::from([start]);
        while let Some(v) = queue.pop_front() {
            self.values.each_sent(self.sys, round, v, |p| {
                let p_from = &mut from[(p - first) as usize];
                if round.step[(p - first) as usize] <= round.step[member] && *p_from == NONE {
                    *p_from = v;
                    queue.push_back(p);
                }
            });
            if from[member] != NONE {
                break;
            }
        }
        let back = |&v: &u32| Some(from[(v - first) as usize]).filter(|&v| v != NONE);
        let mut way: Vec<Ix> = std::iter::successors(back(&start), back)
            .take_while(|&v| v != start)
            .map(Ix)
            .collect();
        way.push(Ix(start));
        way.reverse();
        way.push(Ix(start));
        way
    }

    /// The compiled system.
    #[must_use]
    pub fn system(&self) -> &'s CompiledSystem {
        self.sys
    }

    /// Capacity of each node, derating applied; of links the one from the first end to the second,
    /// and in the end those back. See [`CompiledSystem::capacity`].
    #[must_use]
    pub fn capacity(&self) -> &'s [f64] {
        self.capacity
    }

    /// Capacity of a link from its first end to its second, and back; of any other node its capacity,
    /// twice.
    #[must_use]
    pub fn capacity_both_ways(&self, v: Ix) -> [f64; 2] {
        self.sys.capacity_places(v).map(|at| self.capacity[at])
    }

    /// Load on a link from its first end to its second, and back; on any other node its load, twice.
    #[must_use]
    pub fn load_both_ways(&self, v: Ix) -> [Lanes<L>; 2] {
        self.values.total_both_ways(self.sys, v)
    }

    /// What of that is drawn whatever the demand.
    #[must_use]
    pub fn constant_both_ways(&self, v: Ix) -> [Lanes<L>; 2] {
        self.values.constant_both_ways(self.sys, v)
    }

    /// What a node uses by itself of what it can take, per lane: the inverse of how much all demand
    /// can grow until it serves less than all of it to some tier, or trips. Load over capacity where
    /// nothing is drawn whatever the demand and it does not trip below; of a link the greater of both
    /// directions. 0 without load, infinite where nothing is left for it.
    #[must_use]
    pub fn used_of_limit(&self, v: Ix) -> Lanes<L> {
        self.values.most_used_of_limit(self.sys, self.capacity, v)
    }

    /// Bytes that the networks of this state hold.
    #[must_use]
    pub fn network_bytes(&self) -> usize {
        let networks = self.networks.iter().zip(&self.sys.networks);
        networks
            .map(|(base, of)| base.bytes() + of.topology.bytes())
            .sum()
    }

    /// Bytes that what single failures do to networks can come to hold, which is kept once failures
    /// are evaluated on top of others.
    #[must_use]
    pub fn network_singles_bytes(&self) -> usize {
        self.networks.iter().map(network::Base::singles_bytes).sum()
    }

    /// Bytes that the networks of a [`Scratch`](super::Scratch) on this state can come to hold.
    #[must_use]
    pub fn network_scratch_bytes(&self) -> usize {
        let networks = self.networks.iter().zip(&self.sys.networks);
        networks
            .map(|(base, of)| base.scratch_bytes(&of.topology))
            .sum()
    }

    /// Demand of each service at each load case.
    #[must_use]
    pub fn demand(&self) -> &[Lanes<L>] {
        &self.demand
    }

    /// Whether a node works.
    #[must_use]
    #[inline]
    pub fn works(&self, v: Ix) -> bool {
        self.values.works[v.index()]
    }

    /// What a place serves by itself of its load; of a link in both directions.
    pub(crate) fn own_at(&self, v: Ix) -> Lanes<L> {
        match &self.sys.layers {
            Some(layers) => self
                .values
                .own_of_layers(self.sys, layers, self.capacity, v.index()),
            None => self
                .values
                .own_both_ways(self.sys, self.capacity, v.index()),
        }
    }

    /// What a node carries at each load case; of a link the larger of both directions.
    #[must_use]
    #[inline]
    pub fn load(&self, v: Ix) -> Lanes<L> {
        self.values.total(self.sys, v)
    }

    /// Fraction of its load that a node serves, by itself and what it needs: of a service in the tier
    /// that it is in, of another node the least that a tier gets which loads it.
    #[must_use]
    #[inline]
    pub fn delivered(&self, v: Ix) -> Lanes<L> {
        self.values.shown(self.sys, v)
    }
}
