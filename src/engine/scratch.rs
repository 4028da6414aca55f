//! From one state to the next: what fails, and what that changes, with a way back.
//!
//! Every write is logged, so [`Scratch::undo`] goes back to any [`Mark`]: a contingency {a, b} is b
//! on top of a. Only changes travel: works by work-list, load by rank from the top, delivered by
//! level from the bottom. Nothing is allocated once the logs have grown.

use super::base::Base;
use super::compiled::{CompiledSystem, Requirement, Rule, TIERS};
use super::ix::{Ix, NONE};
use super::lanes::{Lanes, differs};
use super::network;
use super::network_parts::Part;
use super::overload::{COMMON, Over, Trip};
use super::placement::Placer;
use super::queue::Queue;
use super::slack::Slack;
use super::values::Values;
use super::waiting::Waiting;

/// Queued in the load pass because a term of its sum changed.
pub(super) const RESUM: u8 = 1;
/// Queued because it sends otherwise than before.
pub(super) const RESEND: u8 = 2;
/// Queued because some of its requirements send otherwise than before.
pub(super) const RESPLIT: u8 = 4;

/// A state on top of a [`Base`], to be changed and taken back. One per thread.
#[derive(Clone, Debug)]
pub struct Scratch<'b, const L: usize> {
    pub(super) base: &'b Base<'b, L>,
    pub(crate) values: Values<L>,
    pub(super) log: Log<L>,
    pub(super) resum: Queue,
    /// Per unit: why it is queued.
    pub(super) why: Vec<u8>,
    /// Per requirement: whether it sends otherwise than before.
    pub(super) resplit: Vec<bool>,
    pub(super) reserve: Queue,
    pub(super) waiting: Waiting,
    pub(super) slack: Slack<'b>,
    pub(super) examined: Vec<u32>,
    pub(super) steady: Vec<u32>,
    before: Vec<Lanes<L>>,
    /// What trips, or is placed nowhere; none if nothing may be.
    pub(super) trips: Option<Box<Trips<'b, L>>>,
    /// Works out what runs where; none if nothing is placed.
    pub(super) placer: Option<Box<Placer>>,
    /// Whether an instance is placed nowhere.
    pub(super) is_out: bool,
    /// What others go on top of, again and again; see [`Scratch::hold`].
    pub(super) held: Mark,
}

/// A state to go back to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mark {
    pub(super) dead: usize,
    pub(super) touched: usize,
    flow: usize,
    load: usize,
    delivered: usize,
    services: usize,
    endless: usize,
    networks: usize,
    pub(super) failed: usize,
    placed: usize,
    used: usize,
    is_out: bool,
    pub(super) is_split: bool,
}

impl Mark {
    /// Whether some lane had a state of its own there.
    #[must_use]
    pub fn is_split(&self) -> bool {
        self.is_split
    }
}

/// Old values, in order of writing.
#[derive(Clone, Debug)]
pub(super) struct Log<const L: usize> {
    pub(super) dead: Vec<u32>,
    pub(super) touched: Vec<u32>,
    pub(super) flow: Vec<(u32, Lanes<L>)>,
    pub(super) load: Vec<(u32, Lanes<L>)>,
    pub(super) delivered: Vec<(u32, Lanes<L>)>,
    pub(super) services: Vec<u32>,
    /// Nodes whose load is without bound in some lane and stayed so, though what sends to them
    /// changed.
    endless: Vec<u32>,
    /// Networks that took part, as they were before.
    pub(super) networks: Vec<(u32, network::Mark)>,
    /// Instances that have failed by themselves.
    pub(super) failed: Vec<u32>,
    pub(super) placed: Vec<(u32, u32)>,
    pub(super) used: Vec<(u32, f64)>,
}

/// What trips in the state of a scratch. One per scratch of a system in which something may trip;
/// nothing is allocated once it has grown.
#[derive(Clone, Debug)]
pub(super) struct Trips<'b, const L: usize> {
    /// States of load cases in which something trips, after all trips, and who tripped.
    pub alone: Vec<(Scratch<'b, L>, Vec<Trip>)>,
    pub held: Held,
    /// Per state in `alone`: which state it holds.
    pub holds: Vec<u64>,
    /// How many of them there are now.
    pub used: usize,
    /// Per lane: which of them, or [`COMMON`].
    pub of: [u8; L],
    /// Whether anything trips in any lane.
    pub is_any: bool,
    /// Whether `alone` is that of the state the scratch is in.
    pub is_settled: bool,
    pub over: Over,
    pub failing: Vec<Ix>,
    /// Instances among what has failed or tripped.
    pub struck: Vec<u32>,
    /// Services that do not work once instances that find no room have stopped, before anything trips.
    pub lost: Vec<u32>,
    /// Services that may be otherwise than in the base state, and whether each is among them.
    pub services: Vec<u32>,
    pub listed: Vec<bool>,
    pub every_service: Vec<u32>,
}

/// A state that others go on top of, as it is without trips: what they have of it is not worked out again.
#[derive(Clone, Debug, Default)]
pub(super) struct Held {
    /// Counts such states, from 1.
    pub number: u64,
    /// What carries more in it than trips it.
    pub over: Over,
    /// Services that are otherwise in it than in the base state, if something trips in it.
    pub services: Vec<u32>,
    pub is_split: bool,
}

impl<'b, const L: usize> Trips<'b, L> {
    /// For a scratch on top of a base; none if nothing may trip.
    pub fn new(base: &'b Base<'b, L>) -> Option<Box<Self>> {
        let services = base.sys.services.len();
        base.sys.may_split().then(|| {
            Box::new(Self {
                alone: Vec::new(),
                held: Held::default(),
                holds: Vec::new(),
                used: 0,
                of: [COMMON; L],
                is_any: false,
                is_settled: false,
                over: Vec::new(),
                failing: Vec::new(),
                struck: Vec::new(),
                lost: Vec::new(),
                services: Vec::new(),
                listed: vec![false; services],
                every_service: (0..).take(services).collect(),
            })
        })
    }
}

impl<'b, const L: usize> Scratch<'b, L> {
    /// The base state itself.
    #[must_use]
    pub fn new(base: &'b Base<'b, L>) -> Self {
        let mut new = Self::without_trips(base);
        new.trips = Trips::new(base);
        new.settle_trips();
        new
    }

    /// The same in which nothing trips.
    pub(super) fn without_trips(base: &'b Base<'b, L>) -> Self {
        let sys = base.sys;
        Self {
            base,
            values: base.values.clone(),
            log: Log {
                dead: Vec::new(),
                touched: Vec::new(),
                flow: Vec::new(),
                load: Vec::new(),
                delivered: Vec::new(),
                services: Vec::new(),
                endless: Vec::new(),
                networks: Vec::new(),
                failed: Vec::new(),
                placed: Vec::new(),
                used: Vec::new(),
            },
            resum: Queue::new(
                sys.terms.len() + sys.networks.len(),
                (sys.stages * TIERS) as usize,
            ),
            why: vec![0; sys.terms.len()],
            resplit: vec![false; sys.requirements.len()],
            reserve: Queue::new(sys.len() + sys.networks.len(), sys.levels as usize),
            waiting: Waiting::new(sys.networks.len()),
            slack: Slack::default(),
            examined: Vec::new(),
            steady: Vec::new(),
            before: Vec::new(),
            trips: None,
            placer: sys.placement.as_ref().map(|p| Box::new(Placer::new(p))),
            is_out: base.is_out(),
            held: Mark::default(),
        }
    }

    /// The base it stands on.
    #[must_use]
    pub fn base(&self) -> &'b Base<'b, L> {
        self.base
    }

    /// Where it is now, to come back to.
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark {
            dead: self.log.dead.len(),
            touched: self.log.touched.len(),
            flow: self.log.flow.len(),
            load: self.log.load.len(),
            delivered: self.log.delivered.len(),
            services: self.log.services.len(),
            endless: self.log.endless.len(),
            networks: self.log.networks.len(),
            failed: self.log.failed.len(),
            placed: self.log.placed.len(),
            used: self.log.used.len(),
            is_out: self.is_out,
            is_split: self.is_split(),
        }
    }

    /// `v` fails, on top of what has failed already.
    pub fn fail(&mut self, v: Ix) {
        self.fail_all(&[v]);
    }

    /// `v` fails, and delivered is worked out only so far as it matters: changes may be omitted up to
    /// a factor of `most` in all. Returns by what factor delivered, and the shortfall 1 − delivered,
    /// may be off, of every node that is not exact; 1 when all are exact. Works and loads are exact.
    pub(crate) fn fail_within(&mut self, v: Ix, most: f64) -> f64 {
        self.slack.begin(most);
        self.fail(v);
        self.slack.end()
    }

    /// Makes ready for [`Scratch::fail_within`]; see [`quiet`](super::quiet).
    pub(crate) fn allow_slack(&mut self, quiet: &'b [bool]) {
        self.slack = Slack::new(quiet);
    }

    /// What a service delivers is exact from now on.
    pub(crate) fn make_exact(&mut self, service: u32) {
        let sys = self.base.sys;
        self.slack.make_exact(sys, sys.services[service as usize]);
    }

    /// How many nodes have to be exact for that.
    pub(crate) fn exact_count(&self) -> usize {
        self.slack.exact_count()
    }

    /// Goes back to when there were `keep` of them.
    pub(crate) fn keep_exact(&mut self, keep: usize) {
        self.slack.keep_exact(keep);
    }

    /// Whether what a service delivers is exact in any case.
    pub(crate) fn is_exact(&self, service: u32) -> bool {
        self.slack
            .is_exact(self.base.sys.services[service as usize])
    }

    /// All of `failed` fail at once: the state is the same as one after the other, in one pass.
    pub fn fail_all(&mut self, failed: &[Ix]) {
        let mark = self.mark();
        self.examined.clear();
        self.steady.clear();
        let sys = self.base.sys;
        for Ix(v) in failed.iter().flat_map(|&v| sys.replicas(v)) {
            self.values
                .kill(sys, v, &mut self.log.dead, &mut self.log.touched);
        }
        let mut is_changed = self.log.dead.len() > mark.dead;
        if is_changed {
            self.fail_networks(mark);
        }
        if sys.placement.is_some() {
            is_changed |= self.place(failed, mark);
        }
        if is_changed {
            self.pass(mark);
        }
        self.trip(|_, _| ());
    }

    /// Passes 2 and 3 over what changed since `mark`.
    pub(super) fn pass(&mut self, mark: Mark) {
        self.seed(mark);
        self.load_pass();
        self.delivered_pass();
        self.close_networks();
    }

    /// Goes back to how things were at `mark`, which came from this scratch and was not gone back
    /// behind since.
    pub fn undo(&mut self, mark: Mark) {
        let values = &mut self.values;
        for (v, old) in self.log.delivered.drain(mark.delivered..).rev() {
            values.delivered[v as usize] = old;
        }
        for (v, old) in self.log.load.drain(mark.load..).rev() {
            values.load[v as usize] = old;
        }
        for (f, old) in self.log.flow.drain(mark.flow..).rev() {
            values.flow[f as usize] = old;
        }
        for r in self.log.touched.drain(mark.touched..) {
            values.live[r as usize] += 1;
        }
        for v in self.log.dead.drain(mark.dead..) {
            values.works[v as usize] = true;
        }
        self.log.services.truncate(mark.services);
        self.log.endless.truncate(mark.endless);
        for (net, mark) in self.log.networks.drain(mark.networks..).rev() {
            values.networks[net as usize].undo(mark);
        }
        if self.placer.is_some() {
            self.log.failed.truncate(mark.failed);
            for (i, old) in self.log.placed.drain(mark.placed..).rev() {
                values.placed.at[i as usize] = old;
            }
            for (slot, old) in self.log.used.drain(mark.used..).rev() {
                values.placed.used[slot as usize] = old;
            }
            let is_base = mark.dead == 0 && mark.failed == 0;
            self.is_out = if is_base {
                self.base.is_out()
            } else {
                mark.is_out
            };
        }
        if mark.dead < self.held.dead {
            self.held = Mark::default();
        }
        if let Some(trips) = &mut self.trips {
            trips.undo(mark.is_split);
        }
    }

    /// Queues what the deaths since `mark` change.
    fn seed(&mut self, mark: Mark) {
        let sys = self.base.sys;
        for i in mark.dead..self.log.dead.len() {
            let v = self.log.dead[i];
            self.queue_resend(v, RESEND);
            self.queue_delivered(v);
            let service = sys.service[v as usize];
            if service != NONE {
                self.log.services.push(service);
            }
            if sys.placement.is_some() {
                self.queue_taken(v);
            }
            if !sys.draws.is_empty() {
                for r in sys.requirements_of(v as usize) {
                    self.draw(r);
                }
            }
        }
        for i in mark.touched..self.log.touched.len() {
            let number = self.log.touched[i] as usize;
            let r = &sys.requirements[number];
            if r.draws {
                self.draw(number);
            }
            if self.values.works[r.consumer as usize] {
                if r.loads {
                    self.resplit[number] = true;
                    self.queue_resend(r.consumer, RESPLIT);
                }
                if r.delivers() {
                    self.queue_delivered(r.consumer);
                }
            }
        }
    }

    /// What a requirement draws whatever its consumer carries may be another.
    fn draw(&mut self, r: usize) {
        let sys = self.base.sys;
        let r = &sys.requirements[r];
        if !r.draws {
            return;
        }
        let mut flow = std::mem::take(&mut self.values.flow);
        let (log, queue, why) = (&mut self.log, &mut self.resum, &mut self.why);
        self.values.draw(sys, r, |leaf, value| {
            set_flow(sys, &mut flow, log, queue, why, leaf, value);
        });
        self.values.flow = flow;
    }

    /// What instances take of a place may be another amount.
    pub(super) fn queue_taken(&mut self, v: u32) {
        let sys = self.base.sys;
        if sys.takes(v) {
            self.why[v as usize] |= RESUM;
            let entry = sys.entry[v as usize];
            self.resum.push(sys.rank[entry as usize], entry);
        }
    }

    pub(super) fn queue_resend(&mut self, v: u32, why: u8) {
        let sys = self.base.sys;
        if sys.sends[v as usize] {
            self.why[v as usize] |= why;
            let entry = sys.entry[v as usize];
            self.resum.push(sys.rank[entry as usize], entry);
        }
    }

    #[inline]
    pub(super) fn queue_delivered(&mut self, v: u32) {
        let sys = self.base.sys;
        // What a constant gets matters to nobody.
        if let Some(layers) = &sys.layers
            && layers.is_constant(v as usize)
        {
            return;
        }
        let first = sys.cycle[v as usize];
        let v = if first == NONE { v } else { first };
        self.reserve.push(sys.levels - 1 - sys.level[v as usize], v);
    }

    /// What a node serves may be another in every tier.
    pub(super) fn queue_replicas(&mut self, v: u32) {
        if let Some(layers) = &self.base.sys.layers {
            for place in layers.tier_places(v as usize) {
                if self.values.works[place] {
                    self.queue_delivered(u32::try_from(place).unwrap_or(NONE));
                }
            }
        }
    }

    /// Pass 2 over what is queued, from the top.
    pub(super) fn load_pass(&mut self) {
        let sys = self.base.sys;
        while let Some(unit) = self.resum.pop() {
            let u = unit as usize;
            if u >= sys.terms.len() {
                self.load_network(u - sys.terms.len());
                continue;
            }
            if u < sys.len() && sys.loop_of[u] != NONE {
                self.load_loop(u);
                continue;
            }
            let why = std::mem::take(&mut self.why[u]);
            if u >= sys.len() {
                self.resum_partial(unit);
                continue;
            }
            let changed = why & RESUM != 0 && self.resum(unit);
            if changed || why & (RESEND | RESPLIT) != 0 {
                self.send(u, changed || why & RESEND != 0);
            }
        }
    }

    /// Adds up a part of what arrives at a hub.
    fn resum_partial(&mut self, unit: u32) {
        let sys = self.base.sys;
        let sum = self.values.sum(sys, unit as usize, [0.0; L]);
        let at = sys.flow_of_partial(unit as usize);
        let flow = &mut self.values.flow;
        if differs(&sum, &flow[at]) {
            set_flow(
                sys,
                flow,
                &mut self.log,
                &mut self.resum,
                &mut self.why,
                at,
                sum,
            );
        } else {
            self.stays_loaded(sys.hub_of_partial(unit));
        }
    }

    /// Adds up what arrives at a node; whether that changed.
    fn resum(&mut self, v: u32) -> bool {
        let u = v as usize;
        let start = self.base.start_of(u, &self.values);
        let sum = self.values.sum(self.base.sys, u, start);
        self.set_load(v, sum)
    }

    /// Other flows come to a node that add up to the same.
    fn stays_loaded(&mut self, v: u32) {
        self.steady.push(v);
        if self.values.load[v as usize].contains(&f64::INFINITY) {
            self.log.endless.push(v);
        }
        // What consumers ask of a link is in both directions, what flows bring may be in one.
        if matches!(self.base.sys.part(v), Part::Link(..)) {
            self.tell_load(v);
            if self.values.works[v as usize] && self.base.sys.is_uneven(v as usize) {
                self.queue_delivered(v);
            }
            self.queue_replicas(v);
        }
    }

    /// Sets the load of a node; whether that changed it.
    fn set_load(&mut self, v: u32, sum: Lanes<L>) -> bool {
        let u = v as usize;
        if !differs(&sum, &self.values.load[u]) {
            self.stays_loaded(v);
            return false;
        }
        let before = std::mem::replace(&mut self.values.load[u], sum);
        self.log.load.push((v, before));
        self.tell_load(v);
        let capacity = self.base.capacity[u];
        if let Some(layers) = &self.base.sys.layers {
            let is_link = matches!(self.base.sys.part(v), Part::Link(..));
            let over = || self.values.is_or_was_over(layers, capacity, u, &before);
            if is_link || over() {
                self.queue_replicas(v);
            }
            return true;
        }
        let over = |load: &Lanes<L>| load.iter().any(|&x| x > capacity);
        let uneven = || self.base.sys.is_uneven(u);
        if self.values.works[u] && (over(&before) || over(&sum) || uneven()) {
            self.queue_delivered(v);
        }
        true
    }

    /// Works out the loop for which `last` stands, and sends on what its members send otherwise.
    fn load_loop(&mut self, last: usize) {
        let (sys, base) = (self.base.sys, self.base);
        let Some(round) = sys.loop_at(last) else {
            return;
        };
        let mut solver = std::mem::take(&mut self.values.solver);
        self.values
            .solve(sys, round, |v| base.start_of(v, &self.values), &mut solver);
        for v in round.members() {
            let why = std::mem::take(&mut self.why[v]);
            let number = u32::try_from(v).unwrap_or(NONE);
            let changed = self.set_load(number, *solver.load(round, v));
            if changed || why & (RESEND | RESPLIT) != 0 {
                self.send(v, changed || why & RESEND != 0);
            }
        }
        self.values.solver = solver;
    }

    /// Sends what `v` sends: all of it, or what its changed splits do.
    fn send(&mut self, v: usize, all: bool) {
        let sys = self.base.sys;
        let mut flow = std::mem::take(&mut self.values.flow);
        for number in sys.requirements_of(v) {
            let r = &sys.requirements[number];
            let split = std::mem::take(&mut self.resplit[number]);
            if r.loads && (all || split) {
                let (log, queue, why) = (&mut self.log, &mut self.resum, &mut self.why);
                self.values.send(sys, r, |leaf, value| {
                    set_flow(sys, &mut flow, log, queue, why, leaf, value);
                });
            }
        }
        self.values.flow = flow;
    }

    /// Pass 3 over what is queued, from the bottom.
    pub(super) fn delivered_pass(&mut self) {
        let sys = self.base.sys;
        while let Some(v) = self.reserve.pop() {
            if v as usize >= sys.len() {
                self.deliver_network(v as usize - sys.len());
            } else if sys.cycle[v as usize] == NONE {
                self.examined.push(v);
                self.tell_needs(v);
                let value =
                    self.values
                        .served(sys, &self.base.networks, self.base.capacity, v as usize);
                let (level, old) = (sys.level[v as usize], &self.values.delivered[v as usize]);
                let omitted = self.slack.takes(v, level, old, &value);
                self.set_delivered(v, value, omitted);
            } else {
                self.settle(v);
            }
        }
    }

    fn settle(&mut self, first: u32) {
        let sys = self.base.sys;
        let members = sys.cycle_members(first);
        self.before.clear();
        self.before
            .extend_from_slice(&self.values.delivered[members.clone()]);
        self.values
            .settle(sys, &self.base.networks, self.base.capacity, first);
        for (i, v) in members.enumerate() {
            let value = self.values.delivered[v];
            self.values.delivered[v] = self.before[i];
            let v = first + u32::try_from(i).unwrap_or(0);
            self.examined.push(v);
            self.tell_needs(v);
            self.set_delivered(v, value, false);
        }
    }

    /// Only exact consumers hear of what is `omitted`.
    fn set_delivered(&mut self, v: u32, value: Lanes<L>, omitted: bool) {
        let sys = self.base.sys;
        let old = self.values.delivered[v as usize];
        if !differs(&value, &old) {
            return;
        }
        self.log.delivered.push((v, old));
        self.values.delivered[v as usize] = value;
        self.tell_delivered(v);
        let service = sys.service[v as usize];
        if service != NONE && self.values.works[v as usize] {
            self.log.services.push(service);
        }
        if omitted && self.slack.exact_count() == 0 {
            return;
        }
        let lazy = self.slack.is_on();
        for &r in sys.users_of(v as usize) {
            let r = &sys.requirements[r as usize];
            let consumer = r.consumer as usize;
            if (omitted && !self.slack.is_exact(r.consumer)) || !self.values.works[consumer] {
                continue;
            }
            let inside =
                sys.cycle[consumer] != NONE && sys.cycle[consumer] == sys.cycle[v as usize];
            if r.delivers() && !inside && !(lazy && self.stays(r, &old, &value)) {
                self.queue_delivered(r.consumer);
            }
        }
    }

    /// Whether the consumer of a provider that delivered `old` and delivers `new` has less from
    /// elsewhere, so that it stays as it is.
    fn stays(&self, r: &Requirement, old: &Lanes<L>, new: &Lanes<L>) -> bool {
        let consumer = r.consumer as usize;
        let now = &self.values.delivered[consumer];
        let less = |l: usize| old[l] > now[l] && new[l] >= now[l];
        // What a link needs matters to flows though it has less in one direction.
        let is_link = || matches!(self.base.sys.part(r.consumer), Part::Link(..));
        r.rule == Rule::All
            && self.base.sys.cycle[consumer] == NONE
            && (0..L).all(less)
            && !is_link()
    }

    /// Whether a node works.
    #[must_use]
    #[inline]
    pub fn works(&self, v: Ix) -> bool {
        self.values.works[v.index()]
    }

    /// What a node carries at each load case; of a link the larger of both directions.
    #[must_use]
    #[inline]
    pub fn load(&self, v: Ix) -> Lanes<L> {
        self.values.total(self.base.sys, v)
    }

    /// What a node uses by itself of what it can take: see [`Base::used_of_limit`].
    #[must_use]
    pub fn used_of_limit(&self, v: Ix) -> Lanes<L> {
        self.values
            .most_used_of_limit(self.base.sys, self.base.capacity, v)
    }

    /// The same in the layer of a place.
    pub(crate) fn used(&self, v: Ix) -> Lanes<L> {
        self.values
            .used_of_limit(self.base.sys, self.base.capacity, v)
    }

    /// Fraction of its load that a node serves, by itself and what it needs: see
    /// [`Base::delivered`].
    #[must_use]
    #[inline]
    pub fn delivered(&self, v: Ix) -> Lanes<L> {
        self.values.shown(self.base.sys, v)
    }

    /// Services whose works or delivered changed since `mark`, by number; each once if `mark` was
    /// one failure ago. Where something trips, now or at `mark`, some that did not change.
    #[must_use]
    pub fn changed_services(&self, mark: Mark) -> &[u32] {
        let by_trips = self.changed_by_trips(mark);
        by_trips.unwrap_or_else(|| self.changed_without_trips(mark))
    }

    /// The same in the state without trips.
    pub(super) fn changed_without_trips(&self, mark: Mark) -> &[u32] {
        &self.log.services[mark.services..]
    }

    /// Who stopped working since `mark`, in every layer.
    #[must_use]
    pub fn stopped(&self, mark: Mark) -> impl ExactSizeIterator<Item = Ix> + '_ {
        self.log.dead[mark.dead..].iter().map(|&v| Ix(v))
    }

    /// Whose load changed since `mark`, with the load before that, by layer.
    #[must_use]
    pub fn load_before(&self, mark: Mark) -> impl ExactSizeIterator<Item = (Ix, &Lanes<L>)> + '_ {
        self.log.load[mark.load..]
            .iter()
            .map(|(v, old)| (Ix(*v), old))
    }

    /// Whose delivered changed since `mark`, with the value before that, by layer.
    #[must_use]
    pub fn delivered_before(
        &self,
        mark: Mark,
    ) -> impl ExactSizeIterator<Item = (Ix, &Lanes<L>)> + '_ {
        self.log.delivered[mark.delivered..]
            .iter()
            .map(|(v, old)| (Ix(*v), old))
    }

    /// How many values changed since `mark`: what a failure costs.
    #[must_use]
    pub fn touched_since(&self, mark: Mark) -> u32 {
        let dead = self.log.dead.len() - mark.dead;
        let load = self.log.load.len() - mark.load;
        let delivered = self.log.delivered.len() - mark.delivered;
        u32::try_from(dead + load + delivered).unwrap_or(u32::MAX)
    }

    /// The requirements that lost a provider since `mark`, once per provider lost.
    pub(crate) fn touched(&self, mark: Mark) -> &[u32] {
        &self.log.touched[mark.touched..]
    }

    /// The networks that took part since `mark`.
    pub(crate) fn networks(&self, mark: Mark) -> impl Iterator<Item = usize> + '_ {
        self.log.networks[mark.networks..]
            .iter()
            .map(|&(net, _)| net as usize)
    }

    /// The nodes whose load was without bound before and after, though what sends to them changed
    /// since `mark`; some come more than once.
    pub(crate) fn endless(&self, mark: Mark) -> &[u32] {
        &self.log.endless[mark.endless..]
    }

    /// The nodes to which the last failure brought other flows that add up to the same load.
    pub(crate) fn steady(&self) -> &[u32] {
        &self.steady
    }

    /// The nodes that pass 3 of the last failure came to.
    pub(crate) fn examined(&self) -> &[u32] {
        &self.examined
    }
}

/// Writes one flow, and queues the unit that adds it up, if it changed and there is one.
#[inline]
pub(super) fn set_flow<const L: usize>(
    sys: &CompiledSystem,
    flow: &mut [Lanes<L>],
    log: &mut Log<L>,
    queue: &mut Queue,
    why: &mut [u8],
    at: usize,
    value: Lanes<L>,
) {
    if differs(&flow[at], &value) {
        log.flow.push((u32::try_from(at).unwrap_or(NONE), flow[at]));
        flow[at] = value;
        let adder = sys.adder[at];
        // Inside a loop no sum is waiting for it.
        if adder != NONE {
            why[adder as usize] |= RESUM;
            queue.push(sys.rank[adder as usize], adder);
        }
    }
}
