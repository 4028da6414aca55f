//! What a network planner asks of a sweep: the load of every link in the base state and in its
//! worst contingency, and how much demand is cut off or squeezed by the network.
//!
//! In: a study with flows over networks, an order. Out: a [`NetworkSweep`], or nothing when no flow
//! crosses a network or would. Every contingency of order 1 is evaluated, and of order 2 when there
//! are at most [`MOST_PAIRS`]; how many were is part of the answer. The same for any number of
//! threads. What is lost is counted by unit: demands of unlike units are never added.

mod busy;
#[cfg(test)]
mod tests;

use self::busy::{Busy, ChangedLinks};
use super::Watch;
use super::attribution::{Attribution, Crossing};
use super::elements::by_size;
use super::lanes::CaseLanes;
use super::network::{
    LinkUse, LinkWorst, NetworkCase, NetworkDemand, NetworkLoss, NetworkSweep, NetworkWorst,
    NotFollowed,
};
use super::outcome::finite;
use super::parallel::for_chunks;
use super::status;
use super::study::Study;
use super::sweep::{combinations, cost};
use crate::engine::network::Place;
use crate::engine::{Base, Ix, Mark, Part, Scratch};
use crate::model::NodeId;
use std::cmp::Ordering;

/// More pairs than this are not evaluated.
pub const MOST_PAIRS: u64 = 1_000_000;
/// How many of the worst contingencies are shown.
pub const MOST_WORST: usize = 20;
/// First elements that one thread takes at a time.
const BLOCK: usize = 8;

/// Demand that a network does not serve.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct LostDemand {
    /// Of services that do not work because no path is left where they need one.
    disconnected: f64,
    /// Of services that work: what links and forwarding nodes do not let through.
    congested: f64,
}

impl LostDemand {
    /// Both together.
    fn total(self) -> f64 {
        self.disconnected + self.congested
    }
}

/// What one contingency does to a network.
#[derive(Clone, Debug, PartialEq)]
struct WorstForNetwork {
    /// Sorted.
    elements: Vec<NodeId>,
    /// By unit: what is lost in it.
    lost: Vec<LostDemand>,
    /// The parts of the units' demands that are lost, added up.
    share: f64,
    /// The busiest link with a capacity above 0, and its utilization.
    busiest: Option<(NodeId, f64)>,
}

/// Evaluates; `None` when no flow crosses a network or would.
pub(super) fn links(study: &Study<'_>, order: u32, watch: &dyn Watch) -> Option<NetworkSweep> {
    let sys = study.compiled();
    if !Crossing::is_any(sys) {
        return None;
    }
    let elements = status::further_elements(study, &study.scenario().down);
    let n = elements.len() as u64;
    let possible: Vec<u64> = (1..=order).map(|k| combinations(n, k)).collect();
    let mut evaluated = vec![0; possible.len()];
    let mut cases = Vec::new();
    let crossing = Crossing::new(sys);
    let (units, unit_of) = units(study, &crossing);
    for lanes in CaseLanes::all(study.scenario()) {
        let plan = Plan {
            study,
            lanes: &lanes,
            elements: &elements,
            crossing: &crossing,
            units: &units,
            unit_of: &unit_of,
            pairs: order > 1 && combinations(n, 2) <= MOST_PAIRS,
            watch,
        };
        let part = match lanes.len() {
            1 => plan.run::<1>(),
            2 => plan.run::<2>(),
            3 | 4 => plan.run::<4>(),
            _ => plan.run::<8>(),
        };
        for (all, part) in evaluated.iter_mut().zip(part.0) {
            *all = part;
        }
        cases.extend(part.1);
    }
    let counts = (1u32..).zip(evaluated.iter().copied());
    Some(NetworkSweep {
        evaluated: counts.map(|(k, n)| (k.to_string(), n)).collect(),
        reason: not_followed(&possible, &evaluated),
        cases,
    })
}

/// Why some of the possible contingencies of each order were not evaluated.
fn not_followed(possible: &[u64], evaluated: &[u64]) -> Option<NotFollowed> {
    let short = (0..possible.len()).find(|&k| evaluated[k] < possible[k])?;
    let pairs = possible.get(1).copied().unwrap_or(0);
    Some(match short {
        1 if pairs > MOST_PAIRS => NotFollowed::ManyPairs(pairs),
        0 | 1 => NotFollowed::Ended,
        _ => NotFollowed::BeyondPairs,
    })
}

/// Units of the services that use a network, in order, and which of them each service has.
fn units(study: &Study<'_>, crossing: &Crossing) -> (Vec<Option<Box<str>>>, Vec<Option<usize>>) {
    let services = || study.compiled().services().zip(study.system().services());
    let unit = |v: NodeId| study.system().node(v).unit.clone();
    let uses = |v: Ix| crossing.over[v.index()];
    let mut units: Vec<Option<Box<str>>> = services()
        .filter(|(v, _)| uses(*v))
        .map(|(_, &service)| unit(service))
        .collect();
    units.sort_unstable();
    units.dedup();
    let number = |service: NodeId| units.binary_search(&unit(service)).ok();
    let of = services().map(|(v, &service)| number(service).filter(|_| uses(v)));
    let of = of.collect();
    (units, of)
}

struct Plan<'p> {
    study: &'p Study<'p>,
    lanes: &'p CaseLanes,
    elements: &'p [NodeId],
    crossing: &'p Crossing,
    /// Units of the services that use a network, in order; those without one count as one unit.
    units: &'p [Option<Box<str>>],
    /// Per service: which unit its demand has, if it uses a network.
    unit_of: &'p [Option<usize>],
    pairs: bool,
    watch: &'p dyn Watch,
}

/// What does not change from one contingency to the next.
struct LinkContext<'g, const L: usize> {
    plan: &'g Plan<'g>,
    base: &'g Base<'g, L>,
    /// Every link of a routed network, by id.
    links: Vec<Ix>,
    /// Per node of the compiled system: its position in `links`.
    position: Vec<u32>,
    /// Services that use a network and lose something in the base state.
    lossy: Vec<u32>,
    /// By lane, then unit: demand of services that use a network.
    demand: Vec<Vec<f64>>,
    /// By lane: the base state.
    state: Vec<WorstForNetwork>,
    /// By lane and link: how much it is used in the base state.
    busy: Vec<Vec<Busy>>,
    /// By lane: positions of the links that have a capacity, the busiest in the base state first.
    busiest_first: Vec<Vec<u32>>,
}

/// A worker's own state: what it has found, per lane, and what it evaluates with.
struct Worker<'g, const L: usize> {
    scratch: Scratch<'g, L>,
    attribution: Attribution<L>,
    changed: ChangedLinks,
    found: Found,
}

struct Found {
    evaluated: [u64; 2],
    lanes: Vec<Lane>,
}

#[derive(Clone)]
struct Lane {
    worst_of_link: Vec<Option<(Vec<NodeId>, Busy)>>,
    worst: Vec<WorstForNetwork>,
}

impl Plan<'_> {
    fn run<const L: usize>(&self) -> ([u64; 2], Vec<NetworkCase>) {
        let demand = self.lanes.demand(self.study.scenario());
        let base = self.study.base::<L>(&[], &demand);
        let context = LinkContext::new(self, &base);
        let worker = || Worker {
            scratch: Scratch::new(&base),
            attribution: Attribution::new(base.system().len()),
            changed: ChangedLinks::new(context.links.len()),
            found: self.nothing(&context),
        };
        let work = |worker: &mut Worker<'_, L>, firsts| self.block(&context, worker, firsts);
        let mut all = self.nothing(&context);
        let needs = cost::links(self.study, &base, context.bytes());
        let most = if self.watch.allows(needs) {
            self.elements.len()
        } else {
            0
        };
        let done = for_chunks(most, BLOCK, self.watch, worker, work);
        for Worker { found, .. } in done.workers {
            for (all, more) in all.evaluated.iter_mut().zip(found.evaluated) {
                *all += more;
            }
            for (all, more) in all.lanes.iter_mut().zip(found.lanes) {
                all.merge(more);
            }
        }
        let cases = all.lanes.into_iter().enumerate();
        let cases = cases.map(|(l, lane)| self.case(&context, l, lane));
        (all.evaluated, cases.collect())
    }

    fn nothing<const L: usize>(&self, context: &LinkContext<'_, L>) -> Found {
        let lane = Lane {
            worst_of_link: vec![None; context.links.len()],
            worst: Vec::new(),
        };
        Found {
            evaluated: [0; 2],
            lanes: vec![lane; self.lanes.asked().len()],
        }
    }

    /// The contingencies that begin with one of `firsts`.
    fn block<const L: usize>(
        &self,
        context: &LinkContext<'_, L>,
        worker: &mut Worker<'_, L>,
        firsts: std::ops::Range<usize>,
    ) {
        let at = |i: usize| self.study.compiled().ix(self.elements[i]);
        for a in firsts {
            if self.watch.stop() {
                break;
            }
            let outer = worker.scratch.mark();
            worker.scratch.fail(at(a));
            context.look(worker, outer, &[self.elements[a]]);
            for b in (a + 1..self.elements.len()).filter(|_| self.pairs) {
                let mark = worker.scratch.mark();
                worker.scratch.fail(at(b));
                let both = [self.elements[a], self.elements[b]];
                context.look(worker, mark, &both);
                worker.scratch.undo(mark);
            }
            worker.scratch.undo(outer);
        }
    }

    fn case<const L: usize>(
        &self,
        context: &LinkContext<'_, L>,
        l: usize,
        lane: Lane,
    ) -> NetworkCase {
        let links = context.links.iter().zip(lane.worst_of_link);
        let base = self.lost(&context.state[l]);
        NetworkCase {
            load_case: self.lanes.asked()[l],
            demand: base
                .zip(&context.demand[l])
                .map(|(lost, &demand)| NetworkDemand {
                    unit: lost.unit,
                    demand,
                    disconnected: lost.disconnected,
                    congested: lost.congested,
                })
                .collect(),
            links: links
                .map(|(&v, worst)| context.link_use(v, l, worst))
                .collect(),
            worst: lane.worst.iter().map(|w| self.worst(w)).collect(),
        }
    }

    fn worst(&self, worst: &WorstForNetwork) -> NetworkWorst {
        NetworkWorst {
            elements: worst.elements.clone(),
            lost: self.lost(worst).collect(),
            busiest: worst.busiest.map(|(link, _)| link),
            utilization: worst.busiest.and_then(|(_, used)| finite(used)),
        }
    }

    /// What is lost, by unit.
    fn lost(&self, state: &WorstForNetwork) -> impl Iterator<Item = NetworkLoss> {
        let lost = self.units.iter().zip(&state.lost);
        lost.map(|(unit, lost)| NetworkLoss {
            unit: unit.as_deref().map(str::to_owned),
            disconnected: lost.disconnected,
            congested: lost.congested,
        })
    }
}

impl<'g, const L: usize> LinkContext<'g, L> {
    fn new(plan: &'g Plan<'g>, base: &'g Base<'g, L>) -> Self {
        let sys = base.system();
        let places = plan.study.system().iter().map(|(v, _)| sys.ix(v));
        let links: Vec<Ix> = places
            .filter(|v| matches!(sys.part(v.0), Part::Link(..)))
            .collect();
        let mut position = vec![u32::MAX; sys.len()];
        for (i, v) in (0u32..).zip(&links) {
            position[v.index()] = i;
        }
        let lossy = (0u32..)
            .zip(sys.services())
            .filter(|(s, _)| plan.unit_of[*s as usize].is_some())
            .filter(|(_, v)| base.delivered(*v).iter().any(|&d| d < 1.0))
            .map(|(s, _)| s)
            .collect();
        let lanes = plan.lanes.asked().len();
        let mut context = Self {
            plan,
            base,
            links,
            position,
            lossy,
            demand: vec![vec![0.0; plan.units.len()]; lanes],
            state: Vec::new(),
            busy: Vec::new(),
            busiest_first: Vec::new(),
        };
        for (unit, demand) in plan.unit_of.iter().zip(base.demand()) {
            for (l, of_lane) in context.demand.iter_mut().enumerate() {
                if let Some(unit) = unit {
                    of_lane[*unit] += demand[l];
                }
            }
        }
        let scratch = Scratch::new(base);
        let mut attribution = Attribution::new(sys.len());
        context.state = context.base_states(&scratch, &mut attribution, lanes);
        for l in 0..lanes {
            let (busy, order) = context.by_use(&scratch, l);
            context.busiest_first.push(order);
            context.busy.push(busy);
        }
        context
    }

    fn link_use(&self, v: Ix, l: usize, worst: Option<(Vec<NodeId>, Busy)>) -> LinkUse {
        let capacity = self.base.capacity_both_ways(v);
        let load = self.base.lane(l).load_both_ways(v).map(|load| load[l]);
        LinkUse {
            id: self.base.system().node(v),
            capacity: finite(capacity[0]),
            capacity_back: finite(capacity[1]),
            load: finite(load[0]),
            load_back: finite(load[1]),
            infinite: load.contains(&f64::INFINITY),
            utilization: Busy::busier(load, capacity).utilization(),
            worst: worst.map(|(elements, busy)| LinkWorst {
                elements,
                load: finite(busy.load),
                infinite: busy.load == f64::INFINITY,
                utilization: busy.utilization(),
            }),
        }
    }

    /// Bytes that a thread holds besides its state: the worst of every link, per lane, and who is
    /// looked at.
    fn bytes(&self) -> usize {
        let elements = 2 * size_of::<NodeId>() + 16;
        let link = size_of::<Option<(Vec<NodeId>, Busy)>>() + elements;
        let links = self.links.len() * (self.state.len() * link + 12);
        links + self.base.system().len() * (13 + 8 * L)
    }

    /// One contingency, the last failure of which came after `mark`. Links that it left alone
    /// carry what they carried before it, so a smaller contingency has told of them.
    fn look(&self, worker: &mut Worker<'_, L>, mark: Mark, elements: &[NodeId]) {
        let (scratch, found) = (&worker.scratch, &mut worker.found);
        found.evaluated[elements.len() - 1] += 1;
        if scratch.is_split() || mark.is_split() || self.base.is_split() {
            for &link in &self.links {
                self.look_at(scratch, found, link, elements);
            }
            return self.offer(worker, elements);
        }
        for net in scratch.networks(mark) {
            let state = &scratch.values.networks[net];
            for i in 0..state.changed_len() {
                if let Place::Arc(arc) = state.changed_at(i) {
                    let network = &self.base.system().networks[net];
                    let link = network.links[arc as usize / 2];
                    let link = Ix(self.base.system().first_layer(link));
                    self.look_at(scratch, found, link, elements);
                }
            }
        }
        for (v, _) in scratch.load_before(mark) {
            let v = Ix(self.base.system().first_layer(v.0));
            if self.position[v.index()] != u32::MAX {
                self.look_at(scratch, found, v, elements);
            }
        }
        if scratch.changed_services(mark).is_empty() && scratch.load_before(mark).len() == 0 {
            return;
        }
        self.offer(worker, elements);
    }

    /// Keeps a contingency where it is among the worst.
    fn offer(&self, worker: &mut Worker<'_, L>, elements: &[NodeId]) {
        let Worker {
            scratch,
            attribution,
            changed,
            found,
        } = worker;
        let is_plain = !scratch.is_split() && !self.base.is_split();
        if is_plain {
            changed.find(self, scratch);
        }
        scratch.each_end(|state, set| {
            self.attribution(state, attribution);
            for (l, lane) in found.lanes.iter_mut().enumerate() {
                if set >> l & 1 == 0 {
                    continue;
                }
                let (lost, share) = self.lost_in(state, attribution, l);
                if lane.is_beyond(share) {
                    continue;
                }
                let busiest = if is_plain {
                    self.busiest_now(state, changed, l)
                } else {
                    self.busiest(state, l)
                };
                let worst = WorstForNetwork {
                    elements: elements.to_vec(),
                    lost,
                    share,
                    busiest,
                };
                if worst.is_worse_than(&self.state[l]) {
                    lane.offer(worst);
                }
            }
        });
    }

    /// The base state in each lane, after all trips.
    fn base_states(
        &self,
        scratch: &Scratch<'_, L>,
        attribution: &mut Attribution<L>,
        lanes: usize,
    ) -> Vec<WorstForNetwork> {
        let mut states: Vec<(usize, WorstForNetwork)> = Vec::with_capacity(lanes);
        scratch.each_end(|state, set| {
            self.attribution(state, attribution);
            for l in (0..lanes).filter(|l| set >> l & 1 == 1) {
                let (lost, share) = self.lost_in(state, attribution, l);
                let of_lane = WorstForNetwork {
                    elements: Vec::new(),
                    lost,
                    share,
                    busiest: self.busiest(state, l),
                };
                states.push((l, of_lane));
            }
        });
        states.sort_unstable_by_key(|s| s.0);
        states.into_iter().map(|s| s.1).collect()
    }

    fn look_at(&self, scratch: &Scratch<'_, L>, found: &mut Found, v: Ix, elements: &[NodeId]) {
        let position = self.position[v.index()] as usize;
        for (l, lane) in found.lanes.iter_mut().enumerate() {
            let busy = Busy::of(scratch, v, l);
            if busy.order(&self.busy[l][position]).is_gt() {
                keep_larger(&mut lane.worst_of_link[position], busy, elements);
            }
        }
    }

    /// Services that lose some in the base state, or that changed since: only these can lose demand.
    fn candidates(&self, scratch: &Scratch<'_, L>) -> Vec<u32> {
        let changed = scratch.changed_services(Mark::default()).iter().copied();
        let changed = changed.filter(|&s| self.plan.unit_of[s as usize].is_some());
        let mut services: Vec<u32> = changed.chain(self.lossy.iter().copied()).collect();
        services.sort_unstable();
        services.dedup();
        services
    }

    /// Finds out what of the candidates' losses is the network's.
    fn attribution(&self, scratch: &Scratch<'_, L>, attribution: &mut Attribution<L>) {
        let services = &self.base.system().services;
        let all = self.candidates(scratch).into_iter();
        let nodes = all.map(|s| services[s as usize]);
        attribution.look(self.plan.crossing, scratch, nodes);
    }

    /// What the network loses, added up by unit in order of id; and the parts of the units' demands that are
    /// lost, added up.
    fn lost_in(
        &self,
        scratch: &Scratch<'_, L>,
        attribution: &Attribution<L>,
        l: usize,
    ) -> (Vec<LostDemand>, f64) {
        let mut lost = vec![LostDemand::default(); self.plan.units.len()];
        for s in self.candidates(scratch).into_iter().map(|s| s as usize) {
            let Some(unit) = self.plan.unit_of[s] else {
                continue;
            };
            let (v, demand) = (Ix(self.base.system().services[s]), self.base.demand()[s][l]);
            if scratch.works(v) {
                lost[unit].congested += demand * (1.0 - attribution.share(v)[l]);
            } else if !attribution.is_joined(v) {
                lost[unit].disconnected += demand;
            }
        }
        let shares = lost.iter().zip(&self.demand[l]);
        let share = shares
            .filter(|(lost, _)| lost.total() > 0.0)
            .map(|(lost, demand)| lost.total() / demand)
            .sum();
        (lost, share)
    }
}

fn keep_larger(worst: &mut Option<(Vec<NodeId>, Busy)>, busy: Busy, elements: &[NodeId]) {
    let wins = worst.as_ref().is_none_or(|(known, most)| {
        let order = busy.order(most).reverse();
        order.then_with(|| by_size(elements, known)).is_lt()
    });
    if wins {
        *worst = Some((elements.to_vec(), busy));
    }
}

impl WorstForNetwork {
    fn used(&self) -> f64 {
        self.busiest.map_or(0.0, |(_, used)| used)
    }

    /// Worst first.
    fn order(&self, other: &Self) -> Ordering {
        (other.share.total_cmp(&self.share))
            .then(other.used().total_cmp(&self.used()))
            .then_with(|| by_size(&self.elements, &other.elements))
    }

    /// Whether it loses more of any unit than another, or uses the busiest link more.
    fn is_worse_than(&self, other: &Self) -> bool {
        let mut lost = self.lost.iter().zip(&other.lost);
        lost.any(|(now, then)| now.total() > then.total()) || self.used() > other.used()
    }
}

impl Lane {
    /// Whether a contingency that loses this share is certainly not among the worst.
    fn is_beyond(&self, share: f64) -> bool {
        let last = self.worst.get(MOST_WORST - 1);
        last.is_some_and(|last| share.total_cmp(&last.share).is_lt())
    }

    fn offer(&mut self, worst: WorstForNetwork) {
        let at = self.worst.partition_point(|w| w.order(&worst).is_lt());
        if at < MOST_WORST {
            self.worst.insert(at, worst);
            self.worst.truncate(MOST_WORST);
        }
    }

    fn merge(&mut self, other: Self) {
        for (mine, other) in self.worst_of_link.iter_mut().zip(other.worst_of_link) {
            if let Some((elements, busy)) = other {
                keep_larger(mine, busy, &elements);
            }
        }
        for worst in other.worst {
            self.offer(worst);
        }
    }
}
