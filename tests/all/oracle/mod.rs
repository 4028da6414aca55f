//! The definitions, written down as directly as they read: a second opinion on the engine.
//!
//! In: a system, a scenario, a set of failed elements, a load case. Out: the same outcomes that
//! the library gives. Promise: no line here is shared with the engine, no step is clever; every
//! state is worked out from nothing, by iteration from "all is well" downwards and by recursion
//! over who sends to whom.

mod cycles;
mod dark;
mod headroom;
pub mod named;
mod network;
pub mod placement;
mod status;
mod sweep;

use brownout::model::{
    CaseId, Need, Node, NodeId, Provider, Requirement, Role, Scenario, Serves, Split, Status,
    System,
};
pub use named::in_place;
use network::Route;

/// A load trips what is loaded above its limit by more than this.
const TRIPS_ABOVE: f64 = 1.0 + 1e-9;

/// One state at one load case: what the three passes say.
#[derive(Clone)]
pub struct Point {
    pub works: Vec<bool>,
    /// Of a link: the larger of both directions. While load is followed, that of one tier, or what is
    /// drawn whatever the demand; afterwards all of it.
    pub load: Vec<f64>,
    /// Of a link, from `a` to `b`; of anything else its load.
    pub forward: Vec<f64>,
    /// Of a link, from `b` to `a`; of anything else its load.
    pub backward: Vec<f64>,
    /// Of a service in its own tier; of other nodes the least of the tiers that load them.
    pub delivered: Vec<f64>,
    /// Who was lost to overload: round, node, what it carried then, what trips it.
    pub tripped: Vec<(u32, NodeId, f64, f64)>,
    /// By what factor all demand can grow before a node gets less than all, tier by tier.
    growth_of_tier: Vec<Vec<f64>>,
    /// The same in the tier at hand.
    growth: Vec<f64>,
    /// What of the load each tier asks, in the order of tiers; then what is drawn whatever the demand.
    parts: Vec<Part>,
    /// The part that is followed, or the tier that is asked about.
    at: usize,
    routes: Vec<Option<Route>>,
    /// Where instances run, in the order of the inventory.
    pub runs: placement::Runs,
    /// What has failed or tripped.
    pub failed: Vec<bool>,
}

/// Loads of one tier, or constants.
#[derive(Clone)]
pub struct Part {
    load: Vec<f64>,
    forward: Vec<f64>,
    backward: Vec<f64>,
}

/// A system and a scenario, to be asked about states.
pub struct Oracle<'a> {
    system: &'a System,
    scenario: &'a Scenario,
    /// From `a` to `b` of a link, and back; of anything else the same twice.
    capacity: Vec<[f64; 2]>,
    /// Where instances are at home.
    pub homes: placement::Runs,
    /// In which layer each instance is placed.
    layers: Vec<usize>,
    /// Whether states are those that come up when everything had stopped.
    dark: bool,
    /// Every tier of services, the most important first, if some node serves them in that order; else
    /// one for all.
    tiers: Vec<u32>,
}

impl<'a> Oracle<'a> {
    pub fn new(system: &'a System, scenario: &'a Scenario) -> Self {
        let mut capacity: Vec<[f64; 2]> = system
            .nodes()
            .iter()
            .map(|n| {
                let there = n.capacity.unwrap_or(f64::INFINITY);
                match n.role {
                    Role::Link(l) => [there, l.capacity_back.unwrap_or(there)],
                    _ => [there; 2],
                }
            })
            .collect();
        for &(node, factor) in &scenario.derate {
            for v in with_resources(system, node) {
                for capacity in capacity[v.index()].iter_mut().filter(|c| c.is_finite()) {
                    *capacity *= factor;
                }
            }
        }
        let mut tiers: Vec<u32> = (system.services().iter())
            .map(|&s| tier_of(system, s))
            .collect();
        tiers.sort_unstable();
        tiers.dedup();
        let is_first = |n: &Node| n.serves == Serves::Priority;
        if tiers.is_empty() || !system.nodes().iter().any(is_first) {
            tiers = vec![0];
        }
        let mut oracle = Self {
            system,
            scenario,
            capacity,
            homes: Vec::new(),
            layers: Vec::new(),
            dark: false,
            tiers,
        };
        let instances = 0..system.placements().instances.len();
        oracle.layers = instances.map(|i| oracle.layer(i)).collect();
        oracle.homes = oracle.homes();
        oracle
    }

    /// The tier of a service, by its place among all.
    fn tier(&self, service: NodeId) -> usize {
        let tier = tier_of(self.system, service);
        self.tiers.iter().position(|&t| t == tier).unwrap_or(0)
    }

    /// The three passes, with `failed` on top of the known outages: works and load again after every
    /// round of trips, delivered once nothing trips any more.
    pub fn point(&self, failed: &[NodeId], case: CaseId) -> Point {
        let mut down = self.out(failed);
        let mut tripped = Vec::new();
        for round in 1.. {
            let mut point = self.loaded(&down, case);
            let over = self.overloaded(&point);
            if over.is_empty() {
                self.finish(&mut point);
                point.tripped = tripped;
                return point;
            }
            for (v, load, most) in over {
                down[v.index()] = true;
                tripped.push((round, v, load, most));
            }
        }
        unreachable!("every round loses a node")
    }

    /// The same as if nothing tripped.
    pub fn before_trips(&self, failed: &[NodeId], case: CaseId) -> Point {
        let mut point = self.loaded(&self.out(failed), case);
        self.finish(&mut point);
        point
    }

    /// Where states come up from dark: all that has not started is out, before anything trips.
    fn out(&self, failed: &[NodeId]) -> Vec<bool> {
        let down = self.down(failed);
        if self.dark {
            return self.started(&down).into_iter().map(|s| !s).collect();
        }
        down
    }

    /// Everything that works and carries too much, with its load and what trips it: of a link those of the
    /// direction in which that is more too much.
    fn overloaded(&self, point: &Point) -> Vec<(NodeId, f64, f64)> {
        let mut over = Vec::new();
        for (v, node) in self.system.iter() {
            let (Some(at), true) = (node.trips_at, point.works[v.index()]) else {
                continue;
            };
            let ways = [point.forward[v.index()], point.backward[v.index()]];
            let ways = ways.into_iter().zip(self.capacity[v.index()]);
            let too_much = ways.filter(|&(load, c)| load > at * c * TRIPS_ABOVE);
            let most = too_much.reduce(|x, y| if y.0 * x.1 > x.0 * y.1 { y } else { x });
            over.extend(most.map(|(load, c)| (v, load, at * c)));
        }
        over
    }

    /// The first two passes, where `down` says what has failed or tripped.
    fn loaded(&self, down: &[bool], case: CaseId) -> Point {
        let (works, runs) = self.placed(down);
        let routes = self.routes(&works);
        let n = works.len();
        let mut point = Point {
            works,
            delivered: Vec::new(),
            load: Vec::new(),
            forward: Vec::new(),
            backward: Vec::new(),
            tripped: Vec::new(),
            growth_of_tier: Vec::new(),
            growth: Vec::new(),
            parts: Vec::new(),
            at: 0,
            routes,
            runs,
            failed: down.to_vec(),
        };
        for part in 0..=self.tiers.len() {
            point.at = part;
            point.load = vec![f64::NAN; n];
            point.forward = vec![0.0; n];
            point.backward = vec![0.0; n];
            for v in 0..n {
                self.load_of(v, case, &mut point);
            }
            point.parts.push(Part {
                load: point.load.clone(),
                forward: point.forward.clone(),
                backward: point.backward.clone(),
            });
        }
        let all = |of: fn(&Part) -> &Vec<f64>, parts: &[Part], v: usize| -> f64 {
            parts.iter().map(|part| of(part)[v]).sum()
        };
        for v in 0..n {
            point.forward[v] = all(|p| &p.forward, &point.parts, v);
            point.backward[v] = all(|p| &p.backward, &point.parts, v);
            point.load[v] = point.forward[v].max(point.backward[v]);
        }
        point
    }

    /// The third pass, and growth, tier by tier.
    fn finish(&self, point: &mut Point) {
        let n = point.works.len();
        let mut delivered = Vec::new();
        for tier in 0..self.tiers.len() {
            point.at = tier;
            point.delivered = vec![1.0; n];
            self.deliver(point);
            delivered.push(point.delivered.clone());
            point.growth = vec![f64::INFINITY; n];
            self.growths(point);
            point.growth_of_tier.push(point.growth.clone());
        }
        for (v, node) in self.system.iter() {
            let loads = |tier: &usize| point.parts[*tier].load[v.index()] > 0.0;
            let tiers = (0..self.tiers.len()).filter(loads);
            let least = tiers
                .map(|tier| delivered[tier][v.index()])
                .reduce(f64::min);
            point.delivered[v.index()] = match node.role {
                Role::Service(_) => delivered[self.tier(v)][v.index()],
                _ => least.unwrap_or(delivered[0][v.index()]),
            };
        }
    }

    /// What of a node's load is drawn whatever the demand; of a link in one of its directions.
    pub fn constant(&self, point: &Point, v: usize, is_forward: bool) -> f64 {
        let part = &point.parts[self.tiers.len()];
        if is_forward {
            part.forward[v]
        } else {
            part.backward[v]
        }
    }

    /// What a node serves by itself of what the tier at hand asks in one direction.
    fn own(&self, v: NodeId, is_forward: bool, point: &Point) -> f64 {
        let capacity = self.capacity[v.index()][usize::from(!is_forward)];
        let part = |part: &Part| {
            let of = if is_forward {
                &part.forward
            } else {
                &part.backward
            };
            of[v.index()]
        };
        let loads: Vec<f64> = point.parts.iter().map(part).collect();
        let (constant, tiers) = loads.split_last().expect("there is one part at least");
        if capacity == f64::INFINITY {
            return 1.0;
        }
        if self.system.node(v).serves == Serves::Fair {
            return own(capacity, tiers.iter().sum::<f64>() + constant);
        }
        let left = capacity - constant - tiers[..point.at].iter().sum::<f64>();
        match tiers[point.at] {
            load if load > 0.0 && load.is_finite() => (left / load).clamp(0.0, 1.0),
            load if load > 0.0 => 0.0,
            // Not for rounding.
            _ if left >= -1e-11 * capacity.max(1e-300) => 1.0,
            _ => 0.0,
        }
    }

    /// By what factor all demand can grow until a node has no more for the tier at hand, in one
    /// direction.
    fn own_growth_one_way(&self, v: NodeId, is_forward: bool, point: &Point) -> f64 {
        let capacity = self.capacity[v.index()][usize::from(!is_forward)];
        let part = |part: &Part| {
            let of = if is_forward {
                &part.forward
            } else {
                &part.backward
            };
            of[v.index()]
        };
        let loads: Vec<f64> = point.parts.iter().map(part).collect();
        let (constant, tiers) = loads.split_last().expect("there is one part at least");
        let last = match self.system.node(v).serves {
            Serves::Fair => tiers.len(),
            Serves::Priority => point.at + 1,
        };
        let grows: f64 = tiers[..last].iter().sum();
        let of_capacity = if capacity == f64::INFINITY {
            f64::INFINITY
        } else if grows > 0.0 {
            ((capacity - constant) / grows).max(0.0)
        } else if *constant > capacity * (1.0 + 1e-11) {
            0.0
        } else {
            f64::INFINITY
        };
        of_capacity.min(self.growth_to_trip(v, is_forward, point))
    }

    /// By what factor all demand can grow until a node trips by what all ask of it in one direction.
    fn growth_to_trip(&self, v: NodeId, is_forward: bool, point: &Point) -> f64 {
        let capacity = self.capacity[v.index()][usize::from(!is_forward)];
        let part = |part: &Part| {
            if is_forward {
                part.forward[v.index()]
            } else {
                part.backward[v.index()]
            }
        };
        let constant = part(&point.parts[self.tiers.len()]);
        let grows: f64 = point.parts[..self.tiers.len()].iter().map(part).sum();
        match self.system.node(v).trips_at {
            // What has no capacity trips at no load, not even at one without bound.
            Some(at) if grows > 0.0 && capacity < f64::INFINITY => {
                ((at * capacity - constant) / grows).max(0.0)
            }
            // Constants alone trip it, whatever the demand.
            Some(at) if constant > at * capacity * TRIPS_ABOVE => 0.0,
            _ => f64::INFINITY,
        }
    }

    /// The status of one service by itself: never at-risk.
    pub fn plain_status(&self, point: &Point, service: NodeId, case: CaseId) -> Status {
        let v = service.index();
        let demand = self.demand(service, case);
        if !point.works[v] || (demand > 0.0 && point.delivered[v] <= 1e-9) {
            Status::Down
        } else if point.delivered[v] < 1.0 - 1e-9 {
            Status::Degraded
        } else {
            Status::Ok
        }
    }

    pub fn demand(&self, service: NodeId, case: CaseId) -> f64 {
        let at = self.system.services().iter().position(|&s| s == service);
        self.scenario.cases[case.index()].demand[at.expect("a service")]
    }

    fn down(&self, failed: &[NodeId]) -> Vec<bool> {
        let mut down = vec![false; self.system.nodes().len()];
        let derated = self.scenario.derate.iter();
        let nothing = derated.filter(|(_, factor)| *factor == 0.0).map(|(v, _)| v);
        let nothing: Vec<NodeId> = nothing
            .flat_map(|&v| with_resources(self.system, v))
            .collect();
        for v in self.scenario.down.iter().chain(failed).chain(&nothing) {
            down[v.index()] = true;
        }
        down
    }

    // --- pass 1 -----------------------------------------------------------------------------

    fn works(&self, down: &[bool]) -> Vec<bool> {
        self.placed(down).0
    }

    /// The same if every instance had a host.
    fn works_of(&self, down: &[bool]) -> Vec<bool> {
        let mut works: Vec<bool> = down.iter().map(|d| !d).collect();
        loop {
            let next: Vec<bool> = self
                .system
                .iter()
                .map(|(v, node)| !down[v.index()] && self.is_served(v, node, &works))
                .collect();
            if next == works {
                return works;
            }
            works = next;
        }
    }

    fn is_served(&self, v: NodeId, node: &Node, works: &[bool]) -> bool {
        let up = |p: NodeId| works[p.index()];
        let holds = |r: &Requirement| {
            let working = r.providers.iter().filter(|p| up(p.node)).count();
            match r.need {
                Need::All => working == r.providers.len(),
                Need::AtLeast(k) => working >= k as usize,
            }
        };
        let in_place = match node.role {
            Role::Link(l) => up(l.a) && up(l.b),
            Role::Flow(f) => up(f.from) && up(f.to) && self.joined(f.from, f.to, works),
            Role::Component | Role::Service(_) => true,
        };
        in_place && node.within.iter().all(|&d| up(d)) && self.requirements(v).all(holds)
    }

    // --- pass 2 -----------------------------------------------------------------------------

    /// What `v` carries, by asking everyone who sends to it.
    fn load_of(&self, v: usize, case: CaseId, point: &mut Point) -> f64 {
        if !point.load[v].is_nan() {
            return point.load[v];
        }
        let node = NodeId(u32::try_from(v).expect("small"));
        let part = cycles::part(self, v, point);
        if !part.is_empty() {
            cycles::solve(self, &part, case, point);
            return point.load[v];
        }
        let direct = self.direct(node, &[], case, point);
        self.carry(v, direct, case, point)
    }

    /// What comes to `v` from users and consumers, those of `except` left out.
    fn direct(&self, node: NodeId, except: &[usize], case: CaseId, point: &mut Point) -> f64 {
        let is_constant = point.at == self.tiers.len();
        let mut direct = match self.system.node(node).role {
            Role::Service(_) if !is_constant && self.tier(node) == point.at => {
                self.demand(node, case)
            }
            _ => 0.0,
        };
        for r in self.system.requirements().iter().filter(|_| is_constant) {
            direct += self.drawn(r, node, point);
        }
        if is_constant && point.works[node.index()] {
            direct += self.taken_of(node, &point.runs);
        }
        for r in self.system.requirements() {
            let sent = self.sent(r, node, point);
            if sent > 0.0 && !except.contains(&r.consumer.index()) {
                direct += sent * self.load_of(r.consumer.index(), case, point);
            }
        }
        direct
    }

    /// Units that reach a node by a requirement per unit of the consumer's load.
    fn sent(&self, r: &Requirement, node: NodeId, point: &Point) -> f64 {
        self.reaches(r, node, point, |p| p.load)
    }

    /// Units that a requirement draws of a node whatever its consumer carries.
    fn drawn(&self, r: &Requirement, node: NodeId, point: &Point) -> f64 {
        self.reaches(r, node, point, |p| p.constant)
    }

    fn reaches(
        &self,
        r: &Requirement,
        node: NodeId,
        point: &Point,
        of: impl Fn(&Provider) -> f64,
    ) -> f64 {
        if !point.works[node.index()] || !point.works[r.consumer.index()] {
            return 0.0;
        }
        let fractions = self.fractions(r, &point.works);
        let to = fractions
            .iter()
            .zip(&r.providers)
            .filter(|(_, p)| p.node == node);
        to.map(|(fraction, p)| fraction * of(p)).sum()
    }

    /// Writes down what `v` carries: what consumers ask of it, and flows over it.
    fn carry(&self, v: usize, direct: f64, case: CaseId, point: &mut Point) -> f64 {
        let (mut forward, mut backward) = (direct, direct);
        for f in 0..point.routes.len() {
            let passes = point.routes[f].as_ref().map(|route| route.passes(v));
            if let Some((there, back)) = passes.filter(|&(there, back)| there + back > 0.0) {
                let load = self.load_of(f, case, point);
                forward += if there > 0.0 { there * load } else { 0.0 };
                backward += if back > 0.0 { back * load } else { 0.0 };
            }
        }
        point.forward[v] = forward;
        point.backward[v] = backward;
        point.load[v] = forward.max(backward);
        point.load[v]
    }

    /// For each provider of a requirement: its part of what the consumer sends.
    fn fractions(&self, r: &Requirement, works: &[bool]) -> Vec<f64> {
        let working: Vec<usize> = (0..r.providers.len())
            .filter(|&i| works[r.providers[i].node.index()])
            .collect();
        let mut fraction = vec![0.0; r.providers.len()];
        match (r.need, r.split) {
            (Need::All, _) | (_, Split::Copy) => {
                for &i in &working {
                    fraction[i] = 1.0;
                }
            }
            (Need::AtLeast(_), Split::Share) => {
                for (i, share) in shares(r, &working) {
                    fraction[i] = share;
                }
            }
            (Need::AtLeast(_), Split::Shard) => {
                let all: Vec<usize> = (0..r.providers.len()).collect();
                let own = shares(r, &all).into_iter();
                for (i, share) in own.filter(|(i, _)| working.contains(i)) {
                    fraction[i] = share;
                }
            }
            (Need::AtLeast(k), Split::Standby) => {
                let k = k.max(1);
                for &i in working.iter().take(k as usize) {
                    fraction[i] = 1.0 / f64::from(k);
                }
            }
        }
        fraction
    }

    // --- pass 3 -----------------------------------------------------------------------------

    fn deliver(&self, point: &mut Point) {
        loop {
            let next: Vec<f64> = self
                .system
                .iter()
                .map(|(v, node)| self.delivered_of(v, node, point))
                .collect();
            let moved = next
                .iter()
                .zip(&point.delivered)
                .map(|(x, y)| (x - y).abs())
                .fold(0.0, f64::max);
            point.delivered = next;
            if moved <= 1e-12 {
                return;
            }
        }
    }

    fn delivered_of(&self, v: NodeId, node: &Node, point: &Point) -> f64 {
        if !point.works[v.index()] {
            return 0.0;
        }
        let own = match &point.routes[v.index()] {
            Some(route) => self.through(route, point),
            None => self.own(v, true, point).min(self.own(v, false, point)),
        };
        self.needs(v, node, point).fold(own, f64::min)
    }

    /// What every requirement of a node delivers, its domains included.
    fn needs(&self, v: NodeId, node: &Node, point: &Point) -> impl Iterator<Item = f64> {
        let domains = node.within.iter().map(|d| point.delivered[d.index()]);
        self.requirements(v)
            .map(|r| served(r, point))
            .chain(domains)
    }

    // --- pieces -----------------------------------------------------------------------------

    fn requirements(&self, v: NodeId) -> impl Iterator<Item = &'a Requirement> {
        let all = self.system.requirements().iter();
        all.filter(move |r| r.consumer == v)
    }
}

/// What is derated with a node: a host's resources.
fn with_resources(system: &System, node: NodeId) -> Vec<NodeId> {
    let placements = system.placements();
    let mut all = vec![node];
    if placements.instances.iter().any(|p| p.hosts.contains(&node)) {
        for resource in &placements.resources {
            if let brownout::model::Resource::Child(name) = resource {
                let id = format!("{}/{name}", system.id(node));
                let is_one = |v: &NodeId| matches!(system.node(*v).role, Role::Component);
                all.extend(system.find(&id).filter(is_one));
            }
        }
    }
    all
}

fn tier_of(system: &System, service: NodeId) -> u32 {
    let tier = system.node(service).as_service().and_then(|s| s.tier);
    tier.unwrap_or(u32::MAX)
}

/// Weights over the working providers, summing to one.
fn shares(r: &Requirement, working: &[usize]) -> Vec<(usize, f64)> {
    let sum: f64 = working.iter().map(|&i| r.providers[i].weight).sum();
    let even = 1.0 / working.len() as f64;
    let share = |i: usize| {
        if sum > 0.0 {
            r.providers[i].weight / sum
        } else {
            even
        }
    };
    working.iter().map(|&i| (i, share(i))).collect()
}

/// The fraction of its load that a requirement of a working consumer serves.
fn served(r: &Requirement, point: &Point) -> f64 {
    let delivered = |i: usize| point.delivered[r.providers[i].node.index()];
    let working: Vec<usize> = (0..r.providers.len())
        .filter(|&i| point.works[r.providers[i].node.index()])
        .collect();
    match (r.need, r.split) {
        (Need::AtLeast(0), _) => 1.0,
        (Need::All, _) => (0..r.providers.len()).map(delivered).fold(1.0, f64::min),
        (Need::AtLeast(_), Split::Share) => {
            let parts = shares(r, &working);
            parts.iter().map(|&(i, share)| share * delivered(i)).sum()
        }
        (Need::AtLeast(_), Split::Shard) => {
            let all: Vec<usize> = (0..r.providers.len()).collect();
            let parts = shares(r, &all);
            parts.iter().map(|&(i, share)| share * delivered(i)).sum()
        }
        (Need::AtLeast(k), Split::Standby) => {
            let active = working.iter().take(k as usize);
            active.map(|&i| delivered(i)).sum::<f64>() / f64::from(k)
        }
        (Need::AtLeast(k), Split::Copy) => {
            let mut all: Vec<f64> = (0..r.providers.len()).map(delivered).collect();
            all.sort_by(|x, y| y.total_cmp(x));
            all[k as usize - 1]
        }
    }
}

fn own(capacity: f64, load: f64) -> f64 {
    if load > 0.0 {
        (capacity / load).min(1.0)
    } else {
        1.0
    }
}
