//! Many states at once, each in a lane of its own.
//!
//! In: a [`Base`] at one of its load cases, and what fails in each of up to [`STATES`] states. Out:
//! which services work and what they deliver, per state. For states in which so much fails that one
//! at a time would touch most of the system anyway. Only what differs from the base in any lane is
//! visited. Promise: the same bits as [`Scratch`](super::Scratch), since every sum runs in the same
//! order. Systems with networks are not for this: see [`Many::can`].
//!
//! ```text
//! works      one mask per node, a bit per state        nodes upward
//! load       [f64; STATES] per flow and per node       nodes downward
//! delivered  [f64; STATES] per node                    nodes upward
//! ```

mod bits;
mod kernel;

use super::amplify::Solver;
use super::base::Base;
use super::compiled::{CompiledSystem, Requirement};
use super::ix::{Ix, NONE};
use super::rounds::Rounds;
use bits::Bits;
use kernel::{Mask, Row, differs};

/// How many states are evaluated together.
pub const STATES: usize = kernel::STATES;

/// Queued in the load pass because a term of its sum changed.
const RESUM: u8 = 1;
/// Queued because it sends otherwise than before: it stopped.
const RESEND: u8 = 2;
/// Queued because a requirement lost a provider.
const TORN: u8 = 4;

/// States on top of one base, evaluated together. One per thread.
pub struct Many<'b> {
    sys: &'b CompiledSystem,
    capacity: &'b [f64],
    /// Per service.
    demand: Vec<f64>,
    base: ManyBase,
    works: Vec<Mask>,
    flow: Vec<Row>,
    load: Vec<Row>,
    delivered: Vec<Row>,
    /// Per node: the lanes in which it has failed by itself.
    failed: Vec<Mask>,
    visit: Bits,
    serve: Bits,
    /// Per unit: why it is visited.
    why: Vec<u8>,
    /// Per requirement: it lost a provider and carries load.
    torn: Vec<bool>,
    changed: Changed,
    services: Vec<u32>,
    listed: Vec<bool>,
    /// Works out the loads of loops.
    solver: Solver<STATES, STATES>,
    /// Who is to be looked at as a cycle settles.
    rounds: Rounds,
    /// Members of a cycle that stop.
    stopping: Vec<u32>,
    /// What members of a cycle delivered before, and whether they worked.
    before: Vec<Row>,
    worked: Vec<Mask>,
}

/// The base state.
struct ManyBase {
    works: Vec<bool>,
    flow: Vec<f64>,
    load: Vec<f64>,
    delivered: Vec<f64>,
}

/// What was written since the base state.
#[derive(Default)]
struct Changed {
    failed: Vec<u32>,
    works: Vec<u32>,
    flow: Vec<u32>,
    load: Vec<u32>,
    delivered: Vec<u32>,
}

impl<'b> Many<'b> {
    /// Whether a base can be asked this way: nothing of it is a network, it is one layer, nothing may
    /// trip and nothing is placed.
    #[must_use]
    pub fn can<const L: usize>(base: &Base<'_, L>) -> bool {
        base.sys.networks.is_empty() && !base.sys.is_layered() && !base.sys.may_split()
    }

    /// States on top of `base` at the load case of lane `case`.
    #[must_use]
    pub fn new<const L: usize>(base: &'b Base<'_, L>, case: usize) -> Self {
        let sys = base.sys;
        let of = |rows: &[[f64; L]]| rows.iter().map(|row| row[case]).collect::<Vec<f64>>();
        let plain = ManyBase {
            works: base.values.works.clone(),
            flow: of(&base.values.flow),
            load: of(&base.values.load),
            delivered: of(&base.values.delivered),
        };
        let rows = |values: &[f64]| values.iter().map(|&x| [x; STATES]).collect();
        Self {
            sys,
            capacity: base.capacity,
            demand: of(&base.demand),
            works: plain.works.iter().map(|&w| kernel::mask(w)).collect(),
            flow: rows(&plain.flow),
            load: rows(&plain.load),
            delivered: rows(&plain.delivered),
            failed: vec![0; sys.len()],
            visit: Bits::new(sys.len()),
            serve: Bits::new(sys.len()),
            why: vec![0; sys.terms.len()],
            torn: vec![false; sys.requirements.len()],
            changed: Changed::default(),
            services: Vec::new(),
            listed: vec![false; sys.services.len()],
            solver: Solver::new(&sys.loops),
            rounds: Rounds::new(sys.longest_cycle()),
            stopping: Vec::new(),
            before: Vec::new(),
            worked: Vec::new(),
            base: plain,
        }
    }

    /// `v` fails in the state of one lane, before [`Many::evaluate`].
    pub fn fail(&mut self, lane: usize, v: Ix) {
        let failed = &mut self.failed[v.index()];
        if *failed == 0 {
            self.changed.failed.push(v.0);
        }
        *failed |= 1 << lane;
    }

    /// Evaluates all states.
    pub fn evaluate(&mut self) {
        self.works_pass();
        self.seed();
        self.load_pass();
        self.delivered_pass();
    }

    /// Goes back to the base state in every lane.
    pub fn clear(&mut self) {
        for v in self.changed.failed.drain(..) {
            self.failed[v as usize] = 0;
        }
        for v in self.changed.works.drain(..) {
            self.works[v as usize] = kernel::mask(self.base.works[v as usize]);
        }
        let back = |changed: &mut Vec<u32>, rows: &mut [Row], base: &[f64]| {
            for at in changed.drain(..) {
                rows[at as usize] = [base[at as usize]; STATES];
            }
        };
        back(&mut self.changed.flow, &mut self.flow, &self.base.flow);
        back(&mut self.changed.load, &mut self.load, &self.base.load);
        back(
            &mut self.changed.delivered,
            &mut self.delivered,
            &self.base.delivered,
        );
        for s in self.services.drain(..) {
            self.listed[s as usize] = false;
        }
    }

    /// Services that work or deliver differently than in the base state in any lane, by number.
    #[must_use]
    pub fn changed_services(&self) -> &[u32] {
        &self.services
    }

    /// Demand of a service, by number.
    #[must_use]
    pub fn demand(&self, s: usize) -> f64 {
        self.demand[s]
    }

    /// Whether a node works in the state of a lane.
    #[must_use]
    pub fn works(&self, v: Ix, lane: usize) -> bool {
        self.works[v.index()] >> lane & 1 == 1
    }

    /// What a node carries in the state of a lane.
    #[must_use]
    pub fn load(&self, v: Ix, lane: usize) -> f64 {
        self.load[v.index()][lane]
    }

    /// Fraction of its load that a node serves in the state of a lane.
    #[must_use]
    pub fn delivered(&self, v: Ix, lane: usize) -> f64 {
        self.delivered[v.index()][lane]
    }

    fn list(&mut self, v: u32) {
        let s = self.sys.service[v as usize];
        if s != NONE && !std::mem::replace(&mut self.listed[s as usize], true) {
            self.services.push(s);
        }
    }

    /// The node where a pass looks after `v`: the first member of its cycle, if it is in one.
    fn head(&self, v: u32) -> u32 {
        match self.sys.cycle[v as usize] {
            NONE => v,
            first => first,
        }
    }

    /// Pass 1. Masks only lose bits, so `failed` may collect who cannot work as that comes to light.
    fn works_pass(&mut self) {
        let mut visit = std::mem::take(&mut self.visit);
        for i in 0..self.changed.failed.len() {
            visit.set(self.head(self.changed.failed[i]));
        }
        visit.up(|visit, v| {
            if self.sys.cycle[v as usize] == NONE {
                if self.stop(v) {
                    self.tell_works(v, visit);
                }
            } else {
                self.settle_works(v, visit);
            }
        });
        self.visit = visit;
    }

    /// Takes the lanes in which a node failed off its mask; whether there were any.
    fn stop(&mut self, v: u32) -> bool {
        let (works, failed) = (&mut self.works[v as usize], self.failed[v as usize]);
        let stops = *works & failed != 0;
        *works &= !failed;
        stops
    }

    /// Finds in which lanes the consumers of a node that stopped cannot work any more.
    fn tell_works(&mut self, v: u32, visit: &mut Bits) {
        let sys = self.sys;
        self.changed.works.push(v);
        for &r in sys.users_of(v as usize) {
            let requirement = &sys.requirements[r as usize];
            let edges = &sys.edges[requirement.edges()];
            let fails = !kernel::enough(&self.works, edges, requirement.need);
            self.torn[r as usize] = requirement.loads;
            let consumer = requirement.consumer;
            if fails & self.works[consumer as usize] != 0 {
                let failed = &mut self.failed[consumer as usize];
                if *failed == 0 {
                    self.changed.failed.push(consumer);
                }
                *failed |= fails;
                if self.inside(v, consumer) {
                    self.stopping.push(consumer);
                } else {
                    visit.set(self.head(consumer));
                }
            }
        }
    }

    fn inside(&self, v: u32, consumer: u32) -> bool {
        let cycle = self.sys.cycle[v as usize];
        cycle != NONE && cycle == self.sys.cycle[consumer as usize]
    }

    /// The greatest fixed point of a cycle.
    fn settle_works(&mut self, first: u32, visit: &mut Bits) {
        let members = self.members(first);
        let mut worked = std::mem::take(&mut self.worked);
        worked.clear();
        worked.extend(members.clone().map(|v| self.works[v as usize]));
        let shown = self.changed.works.len();
        self.stopping
            .extend(members.clone().filter(|&v| self.failed[v as usize] != 0));
        while let Some(v) = self.stopping.pop() {
            if self.stop(v) {
                self.tell_works(v, visit);
            }
        }
        // Members may have stopped more than once: list each once.
        self.changed.works.truncate(shown);
        let stopped = members.zip(&worked);
        let stopped = stopped.filter(|(v, was)| self.works[*v as usize] != **was);
        self.changed.works.extend(stopped.map(|(v, _)| v));
        self.worked = worked;
    }

    fn members(&self, first: u32) -> std::ops::Range<u32> {
        let members = self.sys.cycle_members(first);
        first..first + u32::try_from(members.len()).unwrap_or(0)
    }

    /// Queues what pass 1 changed.
    fn seed(&mut self) {
        for i in 0..self.changed.works.len() {
            let v = self.changed.works[i];
            self.list(v);
            self.queue_resend(v, RESEND);
            self.queue_serve(v);
            for &r in self.sys.users_of(v as usize) {
                let r = &self.sys.requirements[r as usize];
                if r.loads {
                    self.queue_resend(r.consumer, TORN);
                }
                if r.delivers() {
                    self.queue_serve(r.consumer);
                }
            }
        }
    }

    fn queue_resend(&mut self, v: u32, why: u8) {
        if self.sys.sends[v as usize] {
            self.why[v as usize] |= why;
            self.visit.set(self.sys.entry[v as usize]);
        }
    }

    fn queue_serve(&mut self, v: u32) {
        self.serve.set(self.head(v));
    }

    /// Pass 2, from the top.
    fn load_pass(&mut self) {
        let mut visit = std::mem::take(&mut self.visit);
        visit.down(|visit, v| {
            let at = v as usize;
            if self.sys.loop_of[at] != NONE {
                self.load_loop(v, visit);
                return;
            }
            self.resum_partials(v);
            let why = std::mem::take(&mut self.why[at]);
            let all = (why & RESUM != 0 && self.resum(v)) || why & RESEND != 0;
            if all || why & TORN != 0 {
                self.send_on(v, all, visit);
            }
        });
        self.visit = visit;
    }

    /// Sends what a node sends: all of it, or what lost a provider.
    fn send_on(&mut self, v: u32, all: bool, visit: &mut Bits) {
        for r in self.sys.requirements_of(v as usize) {
            let torn = std::mem::take(&mut self.torn[r]);
            let r = &self.sys.requirements[r];
            if torn || (all && r.loads) {
                self.send(r, visit);
            }
        }
    }

    /// The loop for which `last` stands, all of it.
    fn load_loop(&mut self, last: u32, visit: &mut Bits) {
        let sys = self.sys;
        let Some(round) = sys.loop_at(last as usize) else {
            return;
        };
        let mut solver = std::mem::take(&mut self.solver);
        solver.clear(round);
        for v in round.members() {
            self.resum_partials(to_u32(v));
            solver.enter(round, v, self.arrives(v));
            let requirements = &sys.requirements[sys.requirements_of(v)];
            for r in requirements.iter().filter(|r| r.loads) {
                let (edges, works) = (&sys.edges[r.edges()], self.works[v]);
                kernel::send(
                    &self.works,
                    edges,
                    r,
                    works,
                    &[1.0; STATES],
                    |leaf, sent| {
                        if let Some(slot) = round.slot_of(leaf) {
                            solver.add(slot, sent);
                        }
                    },
                );
            }
        }
        solver.solve(round);
        for v in round.members() {
            let why = std::mem::take(&mut self.why[v]);
            let all = self.set_load(to_u32(v), *solver.load(round, v)) || why & RESEND != 0;
            if all || why & TORN != 0 {
                self.send_on(to_u32(v), all, visit);
            }
        }
        self.solver = solver;
    }

    fn resum_partials(&mut self, v: u32) {
        let sys = self.sys;
        let Ok(hub) = sys.hubs.binary_search_by_key(&v, |hub| hub.0) else {
            return;
        };
        let (_, first, last) = sys.hubs[hub];
        for unit in first as usize..last as usize {
            if std::mem::take(&mut self.why[unit]) & RESUM != 0 {
                let sum = kernel::sum(&self.flow[sys.terms_of(unit)], 0.0);
                let at = sys.flow_of_partial(unit);
                if differs(&sum, &self.flow[at]) {
                    self.flow[at] = sum;
                    self.changed.flow.push(to_u32(at));
                    self.why[sys.adder[at] as usize] |= RESUM;
                }
            }
        }
    }

    /// Adds up what arrives at a node; whether that changed.
    fn resum(&mut self, v: u32) -> bool {
        self.set_load(v, self.arrives(v as usize))
    }

    /// What comes to a node from users and consumers, those of its own loop left out.
    fn arrives(&self, at: usize) -> Row {
        let start = match self.demand.get(self.sys.service[at] as usize) {
            Some(demand) => *demand,
            None => 0.0,
        };
        kernel::sum(&self.flow[self.sys.terms_of(at)], start)
    }

    fn set_load(&mut self, v: u32, sum: Row) -> bool {
        let at = v as usize;
        if !differs(&sum, &self.load[at]) {
            return false;
        }
        // A node that had and has room serves all of its load.
        let full = kernel::any_above(&self.load[at], self.capacity[at]);
        if full || kernel::any_above(&sum, self.capacity[at]) {
            self.queue_serve(v);
        }
        self.load[at] = sum;
        self.changed.load.push(v);
        true
    }

    fn send(&mut self, r: &Requirement, visit: &mut Bits) {
        let sys = self.sys;
        let consumer = r.consumer as usize;
        let (works, load) = (self.works[consumer], self.load[consumer]);
        let (flow, changed, why) = (&mut self.flow, &mut self.changed.flow, &mut self.why);
        kernel::send(
            &self.works,
            &sys.edges[r.edges()],
            r,
            works,
            &load,
            |at, value| {
                if differs(&flow[at], value) {
                    flow[at] = *value;
                    changed.push(to_u32(at));
                    let adder = sys.adder[at];
                    if adder == NONE {
                        return;
                    }
                    why[adder as usize] |= RESUM;
                    let partial = adder as usize >= sys.len();
                    visit.set(if partial {
                        sys.entry[sys.hub_of_partial(adder) as usize]
                    } else {
                        adder
                    });
                }
            },
        );
    }

    /// Pass 3, from the bottom.
    fn delivered_pass(&mut self) {
        let mut serve = std::mem::take(&mut self.serve);
        serve.up(|serve, v| {
            if self.sys.cycle[v as usize] == NONE {
                let value = self.served(v);
                self.set_delivered(v, value, serve);
            } else {
                self.settle(v, serve);
            }
        });
        self.serve = serve;
    }

    fn served(&self, v: u32) -> Row {
        let at = v as usize;
        let mut least = kernel::own(self.capacity[at], &self.load[at]);
        for r in &self.sys.requirements[self.sys.requirements_of(at)] {
            if r.delivers() {
                let edges = &self.sys.edges[r.edges()];
                kernel::lower(&mut least, r, edges, &self.works, &self.delivered);
            }
        }
        kernel::only(self.works[at], least)
    }

    fn set_delivered(&mut self, v: u32, value: Row, serve: &mut Bits) {
        let at = v as usize;
        if !differs(&value, &self.delivered[at]) {
            return;
        }
        self.delivered[at] = value;
        self.changed.delivered.push(v);
        self.list(v);
        for &r in self.sys.users_of(at) {
            let r = &self.sys.requirements[r as usize];
            if r.delivers() && !self.inside(v, r.consumer) {
                serve.set(self.head(r.consumer));
            }
        }
    }

    /// The greatest fixed point of a cycle, lane by lane: a lane that has settled stays.
    fn settle(&mut self, first: u32, serve: &mut Bits) {
        let (sys, members) = (self.sys, self.members(first));
        let mut before = std::mem::take(&mut self.before);
        before.clear();
        before.extend(members.clone().map(|v| self.delivered[v as usize]));
        for v in members.clone() {
            self.delivered[v as usize] = kernel::only(self.works[v as usize], [1.0; STATES]);
        }
        let mut rounds = std::mem::take(&mut self.rounds);
        rounds.begin(members.len());
        let mut open = Mask::MAX;
        for _ in 0..super::values::MOST_ROUNDS {
            let mut moved = [0.0; STATES];
            while let Some(member) = rounds.pop() {
                let v = first + to_u32(member);
                let value = self.served(v);
                let delivered = &mut self.delivered[v as usize];
                if kernel::step(delivered, &value, open, &mut moved) {
                    sys.tell_cycle(v as usize, |member| rounds.push(member));
                }
            }
            open &= kernel::above(&moved, super::values::SETTLED);
            if !rounds.next() || open == 0 {
                break;
            }
        }
        self.rounds = rounds;
        for (v, before) in members.zip(&before) {
            let value = std::mem::replace(&mut self.delivered[v as usize], *before);
            self.set_delivered(v, value, serve);
        }
        self.before = before;
    }
}

fn to_u32(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(NONE)
}
