//! How much all demand can grow before a service gets less than all, and which node says so.
//!
//! In: a state. Out: a [`Limit`] per service and load case. The growth of a node is the least of what
//! it can take by itself and of what each of its requirements can take; it follows the edges along
//! which delivered goes, whether or not they carry load. All values here are its inverse, the
//! *utilization* of a node counting all that it needs: load over capacity is what a node uses by
//! itself, a minimum of growths is a maximum of utilizations, and 0 stands for no limit at all. What
//! is added up never is: the utilization of a node is always that of some node by itself.
//!
//! A [`View`] works each node out once, from what is below it, and only where it is asked for.

use super::base::Base;
use super::compiled::Rule;
use super::ix::{Ix, NONE};
use super::lanes::{Lanes, by_lane, differs};
use super::network::{Place, Trail};
use super::network_parts::Part;
use super::scratch::Scratch;
use super::utilization::{Counts, lost_shards, raise, requirement};
use super::values::Values;
use crate::model::Split;

/// Utilizations closer than this, relatively, count as equal, so that rounding names no limit.
const SAME: f64 = 1e-12;

/// What limits a service in one state at one load case.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    /// The node that the growth of the service comes from, smallest id on ties.
    pub node: Ix,
    /// Its utilization, > 0; infinite when load meets a capacity of 0.
    pub utilization: f64,
}

impl Limit {
    /// By how much all demand can grow before the service is degraded: 0.15 is 15 %; negative when
    /// it is too much already.
    #[must_use]
    pub fn headroom(&self) -> f64 {
        1.0 / self.utilization - 1.0
    }
}

/// Memory for views. One per thread; nothing is allocated once it has grown.
#[derive(Clone, Debug, Default)]
pub struct Reach<const L: usize> {
    memory: Memory<L>,
    /// For the states of load cases in which something trips.
    alone: Vec<Memory<L>>,
}

/// Memory for the view of one state.
#[derive(Clone, Debug, Default)]
struct Memory<const L: usize> {
    /// Per node, if this round came by: its utilization, counting what it needs.
    most: Vec<Lanes<L>>,
    /// Per node, if this round came by: its limit, or [`NONE`] if that is not known.
    limit: Vec<[u32; L]>,
    /// Per node: the last round that began it, and the last walk to a limit that came by.
    seen: Vec<(u32, u32)>,
    round: u32,
    walk: u32,
    /// Nodes, and whether all below them is known.
    stack: Vec<(u32, bool)>,
    /// Nodes of a walk to a limit, and which of them each was entered from.
    way: Vec<(u32, u32)>,
    /// Members of a cycle whose providers changed.
    moved: Vec<u32>,
    waits: Vec<bool>,
    trail: Trail,
}

/// One state, asked for limits. What is above a floor is exact; without a floor everything is.
pub struct View<'v, const L: usize, S = fn(u32, u32) -> bool> {
    reach: &'v mut Memory<L>,
    base: &'v Base<'v, L>,
    values: &'v Values<L>,
    /// Whether a consumer need not ask a provider.
    skips: S,
}

/// One state, with what trips in each load case, asked for limits.
pub struct Limits<'v, const L: usize> {
    common: View<'v, L>,
    alone: [Option<View<'v, L>>; L],
    /// Per lane: which of `alone`; none of them where nothing trips.
    of: [u8; L],
    /// Whether an instance is placed nowhere before anything trips.
    has_unplaced: bool,
}

impl<'v, const L: usize> Limits<'v, L> {
    /// The limit of the s-th service at each load case. `None` where it does not work, or nothing
    /// limits it.
    pub fn limits(&mut self, s: usize) -> [Option<Limit>; L] {
        let mut limits = self.common.limits(s);
        for (l, limit) in limits.iter_mut().enumerate() {
            if let Some(Some(view)) = self.alone.get_mut(self.of[l] as usize) {
                *limit = view.limits(s)[l];
            }
        }
        limits
    }

    /// The same as if nothing tripped; where an instance is placed nowhere, with what trips.
    pub(crate) fn limits_before_trips(&mut self, s: usize) -> [Option<Limit>; L] {
        if self.has_unplaced {
            return self.limits(s);
        }
        self.common.limits(s)
    }

    /// The state as if nothing tripped.
    pub(crate) fn without_trips(&mut self) -> &mut View<'v, L> {
        &mut self.common
    }
}

impl<const L: usize> Reach<L> {
    /// For systems of any size.
    #[must_use]
    pub fn new() -> Self {
        Self {
            memory: Memory::default(),
            alone: Vec::new(),
        }
    }

    /// The state of a scratch.
    pub fn at<'v>(&'v mut self, scratch: &'v Scratch<'v, L>) -> Limits<'v, L> {
        let (states, of) = scratch.alone();
        let states = states.map(|state| (state.base(), &state.values));
        let all = self.limits((scratch.base(), &scratch.values), states, of);
        Limits {
            has_unplaced: scratch.has_unplaced(),
            ..all
        }
    }

    /// The state of a base.
    pub fn at_base<'v>(&'v mut self, base: &'v Base<'v, L>) -> Limits<'v, L> {
        let (states, of) = base.alone();
        let states = states.map(|state| (state, &state.values));
        let all = self.limits((base, &base.values), states, of);
        Limits {
            has_unplaced: base.is_out(),
            ..all
        }
    }

    fn limits<'v>(
        &'v mut self,
        (base, values): (&'v Base<'v, L>, &'v Values<L>),
        mut states: impl Iterator<Item = (&'v Base<'v, L>, &'v Values<L>)>,
        of: [u8; L],
    ) -> Limits<'v, L> {
        let count = of.iter().map(|&of| usize::from(of) + 1);
        let count = count.filter(|&count| count <= L).max().unwrap_or(0);
        if self.alone.len() < count {
            self.alone.resize_with(count, Memory::default);
        }
        let mut memory = self.alone.iter_mut();
        let every: fn(u32, u32) -> bool = nothing;
        Limits {
            common: self.memory.view(base, values, every),
            alone: std::array::from_fn(|_| {
                let (base, values) = states.next()?;
                Some(memory.next()?.view(base, values, every))
            }),
            of,
            has_unplaced: false,
        }
    }

    /// The state of a scratch, in which a consumer and a provider that `skips` holds for are not
    /// followed, since what is below that provider does not matter there. What trips is left out.
    pub(crate) fn above<'v, S: Fn(u32, u32) -> bool>(
        &'v mut self,
        scratch: &'v Scratch<'v, L>,
        skips: S,
    ) -> View<'v, L, S> {
        self.memory.view(scratch.base(), &scratch.values, skips)
    }
}

impl<const L: usize> Memory<L> {
    fn view<'v, S>(
        &'v mut self,
        base: &'v Base<'v, L>,
        values: &'v Values<L>,
        skips: S,
    ) -> View<'v, L, S> {
        let nodes = base.sys.len();
        self.most.resize(nodes, [0.0; L]);
        self.limit.resize(nodes, [NONE; L]);
        self.seen.resize(nodes, (0, 0));
        self.waits.resize(nodes, false);
        self.round = self.round.wrapping_add(1);
        if self.round == 0 {
            self.seen.fill((0, self.walk));
            self.round = 1;
        }
        View {
            reach: self,
            base,
            values,
            skips,
        }
    }

    fn next_walk(&mut self) {
        self.walk = self.walk.wrapping_add(1);
        if self.walk == 0 {
            let round = |seen: &mut (u32, u32)| seen.1 = 0;
            self.seen.iter_mut().for_each(round);
            self.walk = 1;
        }
        self.way.clear();
    }
}

impl<const L: usize, S: Fn(u32, u32) -> bool> View<'_, L, S> {
    /// The limit of the s-th service at each load case. `None` where it does not work, or nothing
    /// limits it.
    pub fn limits(&mut self, s: usize) -> [Option<Limit>; L] {
        let service = self.base.sys.services[s];
        if !self.values.works[service as usize] {
            return [None; L];
        }
        let most = self.most(Ix(service));
        by_lane(|l| {
            let node = (most[l] > 0.0).then(|| self.limit(service, l)).flatten();
            node.map(|node| Limit {
                node: Ix(node),
                utilization: most[l],
            })
        })
    }

    /// The utilization of a node at each load case, counting what it needs; 0 if it does not work.
    pub fn most(&mut self, v: Ix) -> Lanes<L> {
        if !self.values.works[v.index()] {
            return [0.0; L];
        }
        self.visit(v.0);
        self.reach.most[v.index()]
    }

    /// The way from the limit of a service at a load case up to the service, both included; what is
    /// above a network is left out.
    pub(crate) fn way(&mut self, s: usize, lane: usize) -> Vec<u32> {
        let Some(node) = self.limits(s)[lane].map(|limit| limit.node.0) else {
            return Vec::new();
        };
        // Limits that are known would end the walk early.
        self.walk_to_limit(self.base.sys.services[s], lane, |_| None);
        let way = &self.reach.way;
        let at = way.iter().position(|w| w.0 == node);
        let up = |&at: &usize| (way[at].1 != NONE).then(|| way[at].1 as usize);
        std::iter::successors(at, up).map(|at| way[at].0).collect()
    }

    /// Works out `v` and all below it that is not known yet.
    fn visit(&mut self, v: u32) {
        let mut stack = std::mem::take(&mut self.reach.stack);
        stack.push((self.unit(v), false));
        while let Some((v, known)) = stack.pop() {
            if known {
                self.close(v);
            } else if self.begins(v) {
                stack.push((v, true));
                self.open(v, &mut stack);
            }
        }
        self.reach.stack = stack;
    }

    /// A node, or the first member of its cycle, which is worked out as a whole.
    fn unit(&self, v: u32) -> u32 {
        match self.base.sys.cycle[v as usize] {
            NONE => v,
            first => first,
        }
    }

    fn begins(&mut self, v: u32) -> bool {
        let round = self.reach.round;
        std::mem::replace(&mut self.reach.seen[v as usize].0, round) != round
    }

    /// Puts what a node, or the members of a cycle, need on the stack.
    fn open(&mut self, v: u32, stack: &mut Vec<(u32, bool)>) {
        let sys = self.base.sys;
        if sys.cycle[v as usize] == NONE {
            self.needs(v, stack);
        } else {
            for v in sys.cycle_members(v) {
                self.needs(index(v), stack);
            }
        }
    }

    fn needs(&mut self, v: u32, stack: &mut Vec<(u32, bool)>) {
        let sys = self.base.sys;
        self.reach.most[v as usize] = [0.0; L];
        self.reach.limit[v as usize] = [NONE; L];
        if !self.values.works[v as usize] {
            return;
        }
        self.push(v, v, stack);
        if let Part::Flow(net, flow) = sys.part(v) {
            let network = &sys.networks[net as usize];
            let mut trail = std::mem::take(&mut self.reach.trail);
            self.walk_flow(net, flow, &mut trail, |place| match place {
                Place::Node(node) => stack.push((self.unit(network.nodes[node as usize]), false)),
                Place::Arc(arc) => self.push(v, network.links[arc as usize / 2], stack),
            });
            self.reach.trail = trail;
        }
    }

    /// Puts the providers of a node on the stack, for a consumer that may be another.
    fn push(&self, consumer: u32, v: u32, stack: &mut Vec<(u32, bool)>) {
        let sys = self.base.sys;
        let cycle = sys.cycle[v as usize];
        for r in &sys.requirements[sys.requirements_of(v as usize)] {
            if !r.delivers() {
                continue;
            }
            for e in &sys.edges[r.edges()] {
                let p = e.provider;
                let inside = cycle != NONE && sys.cycle[p as usize] == cycle;
                let known = self.reach.seen[self.unit(p) as usize].0 == self.reach.round;
                let asks = !inside && !known && self.values.works[p as usize];
                if asks && !(self.skips)(consumer, p) {
                    stack.push((self.unit(p), false));
                }
            }
        }
    }

    /// All below a node, or below a cycle, is known.
    fn close(&mut self, v: u32) {
        if self.base.sys.cycle[v as usize] == NONE {
            self.reach.most[v as usize] = self.node(v);
        } else {
            self.settle(v);
        }
    }

    /// The members of a cycle: from no limit up, until no member moves.
    fn settle(&mut self, first: u32) {
        let sys = self.base.sys;
        let mut moved = std::mem::take(&mut self.reach.moved);
        moved.extend(sys.cycle_members(first).rev().map(index));
        for &v in &moved {
            self.reach.waits[v as usize] = true;
        }
        while let Some(v) = moved.pop() {
            self.reach.waits[v as usize] = false;
            let most = self.node(v);
            if !differs(&most, &self.reach.most[v as usize]) {
                continue;
            }
            self.reach.most[v as usize] = most;
            for &r in sys.users_of(v as usize) {
                let user = sys.requirements[r as usize].consumer;
                let inside = sys.cycle[user as usize] == first;
                if inside && !std::mem::replace(&mut self.reach.waits[user as usize], true) {
                    moved.push(user);
                }
            }
        }
        self.reach.moved = moved;
    }

    /// A node from what is below it.
    fn node(&mut self, v: u32) -> Lanes<L> {
        if !self.values.works[v as usize] {
            return [0.0; L];
        }
        let sys = self.base.sys;
        let mut most = self.own(v);
        raise(&mut most, &self.required(v));
        if let Part::Flow(net, flow) = sys.part(v) {
            let network = &sys.networks[net as usize];
            let mut trail = std::mem::take(&mut self.reach.trail);
            self.walk_flow(net, flow, &mut trail, |place| match place {
                Place::Node(node) => raise(&mut most, &self.known(network.nodes[node as usize])),
                Place::Arc(arc) => {
                    raise(&mut most, &self.arc(net, arc));
                    raise(&mut most, &self.required(network.links[arc as usize / 2]));
                }
            });
            self.reach.trail = trail;
        }
        most
    }

    /// What a node uses by itself; of a link in the direction that is used more.
    fn own(&self, v: u32) -> Lanes<L> {
        self.values
            .used_of_limit(self.base.sys, self.base.capacity, Ix(v))
    }

    /// What a link uses by itself in one direction.
    fn arc(&self, net: u32, arc: u32) -> Lanes<L> {
        self.values
            .arc_used_of_limit(self.base.sys, self.base.capacity, net as usize, arc)
    }

    /// What the requirements of a node use.
    fn required(&self, v: u32) -> Lanes<L> {
        let sys = self.base.sys;
        let mut most = [0.0; L];
        for r in &sys.requirements[sys.requirements_of(v as usize)] {
            if r.delivers() {
                raise(
                    &mut most,
                    &requirement(self.base, self.values, r, |p| self.known(p)),
                );
            }
        }
        most
    }

    /// A node that was worked out; those that were not do not matter.
    fn known(&self, v: u32) -> Lanes<L> {
        let is_known = self.reach.seen[self.unit(v) as usize].0 == self.reach.round;
        if is_known {
            self.reach.most[v as usize]
        } else {
            [0.0; L]
        }
    }

    fn walk_flow(&self, net: u32, flow: u32, trail: &mut Trail, visit: impl FnMut(Place)) {
        let net = net as usize;
        let topology = &self.base.sys.networks[net].topology;
        let flows = std::iter::once(flow);
        self.values.networks[net].walk(topology, &self.base.networks[net], flows, trail, visit);
    }

    /// The node of the smallest id that the utilization of `v`, which is worked out, comes from.
    fn limit(&mut self, v: u32, lane: usize) -> Option<u32> {
        self.walk_to_limit(v, lane, |known| (known != NONE).then_some(known))
    }

    /// The same; `trusts` says which of the limits that are known are used.
    fn walk_to_limit(
        &mut self,
        v: u32,
        lane: usize,
        trusts: impl Fn(u32) -> Option<u32>,
    ) -> Option<u32> {
        let most = self.reach.most[v as usize][lane];
        let is_same = |u: f64| u.to_bits() == most.to_bits();
        self.reach.next_walk();
        self.enter(v, NONE);
        let mut least: Option<u32> = None;
        // The last of those at the beginning that all of the walk hangs on.
        let (mut next, mut trunk) = (0, 0);
        while let Some(&(v, _)) = self.reach.way.get(next) {
            let u = v as usize;
            let known = is_same(self.reach.most[u][lane]).then_some(self.reach.limit[u][lane]);
            match known.and_then(&trusts) {
                Some(known) => self.found(known, &mut least),
                None => self.limit_at(next, lane, most, &mut least),
            }
            if next == trunk && least.is_none() && self.reach.way.len() == next + 2 {
                trunk += 1;
            }
            next += 1;
        }
        for i in 0..=trunk {
            let v = self.reach.way[i].0 as usize;
            if is_same(self.reach.most[v][lane]) {
                self.reach.limit[v][lane] = least.unwrap_or(NONE);
            }
        }
        least
    }

    fn found(&self, v: u32, least: &mut Option<u32>) {
        let id = |v: u32| self.base.sys.node_of[v as usize];
        if least.is_none_or(|known| id(v) < id(known)) {
            *least = Some(v);
        }
    }

    /// A node of a walk: whether it is what limits, and where to go on.
    fn limit_at(&mut self, at: usize, lane: usize, most: f64, least: &mut Option<u32>) {
        let sys = self.base.sys;
        let (low, high) = (most * (1.0 - SAME), most * (1.0 + SAME));
        let same = |u: Lanes<L>| (low..=high).contains(&u[lane]);
        let v = self.reach.way[at].0;
        if same(self.own(v)) {
            self.found(v, least);
        }
        self.enter_needs(v, index(at), &same, least);
        let Part::Flow(net, flow) = sys.part(v) else {
            return;
        };
        let network = &sys.networks[net as usize];
        let mut places = Vec::new();
        let mut trail = std::mem::take(&mut self.reach.trail);
        self.walk_flow(net, flow, &mut trail, |place| places.push(place));
        self.reach.trail = trail;
        for place in places {
            match place {
                Place::Node(node) => {
                    let v = network.nodes[node as usize];
                    if same(self.known(v)) {
                        self.enter(v, NONE);
                    }
                }
                Place::Arc(arc) => {
                    let link = network.links[arc as usize / 2];
                    if same(self.arc(net, arc)) {
                        self.found(link, least);
                    }
                    self.enter_needs(link, NONE, &same, least);
                }
            }
        }
    }

    /// Enters the providers that the utilization of a node's requirements comes from.
    fn enter_needs(
        &mut self,
        v: u32,
        from: u32,
        same: &impl Fn(Lanes<L>) -> bool,
        least: &mut Option<u32>,
    ) {
        let (sys, values) = (self.base.sys, self.values);
        for r in &sys.requirements[sys.requirements_of(v as usize)] {
            // A k-th smallest may be another than that of the providers at this value. Of the others
            // the greatest counts, and no provider that counts is above it.
            let picks = r.rule == Rule::Group(Split::Copy);
            let uses = || requirement(self.base, values, r, |p| self.known(p));
            if !r.delivers() || picks && !same(uses()) {
                continue;
            }
            for lost in lost_shards(self.base, values, r) {
                self.found(lost, least);
            }
            let mut counts = Counts::of(self.base, values, r);
            for e in &sys.edges[r.edges()] {
                let works = values.works[e.provider as usize];
                if counts.next(works, e.weight) && same(self.known(e.provider)) {
                    self.enter(e.provider, from);
                }
            }
        }
    }

    fn enter(&mut self, v: u32, from: u32) {
        let walk = self.reach.walk;
        if std::mem::replace(&mut self.reach.seen[v as usize].1, walk) != walk {
            self.reach.way.push((v, from));
        }
    }
}

/// Every provider is asked.
fn nothing(_: u32, _: u32) -> bool {
    false
}

fn index(v: usize) -> u32 {
    u32::try_from(v).unwrap_or(NONE)
}
