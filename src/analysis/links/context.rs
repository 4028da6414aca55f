//! One contingency after another, held against the base state: which links carry more than before, and what
//! the network loses. In: a state in which something failed. Out: what of it is worse than all so far.

use super::busy::{Busy, ChangedLinks};
use super::plan::Plan;
use super::worst::{Found, LostDemand, WorstForNetwork, keep_larger};
use crate::analysis::attribution::Attribution;
use crate::analysis::network::{LinkUse, LinkWorst};
use crate::analysis::outcome::finite;
use crate::engine::network::Place;
use crate::engine::{Base, Ix, Mark, Part, Scratch};
use crate::model::NodeId;
use std::cmp::Ordering;

/// What does not change from one contingency to the next.
pub(super) struct LinkContext<'g, const L: usize> {
    plan: &'g Plan<'g>,
    base: &'g Base<'g, L>,
    /// Every link of a routed network, by id.
    pub links: Vec<Ix>,
    /// Per node of the compiled system: its position in `links`.
    pub position: Vec<u32>,
    /// Services that use a network and lose something in the base state.
    lossy: Vec<u32>,
    /// By lane, then unit: demand of services that use a network.
    pub demand: Vec<Vec<f64>>,
    /// By lane: the base state.
    pub state: Vec<WorstForNetwork>,
    /// By lane and link: how much it is used in the base state.
    busy: Vec<Vec<Busy>>,
    /// By lane: positions of the links that have a capacity, the busiest in the base state first.
    busiest_first: Vec<Vec<u32>>,
}

/// A worker's own state: what it has found, per lane, and what it evaluates with.
pub(super) struct Worker<'g, const L: usize> {
    pub scratch: Scratch<'g, L>,
    pub attribution: Attribution<L>,
    pub changed: ChangedLinks,
    pub found: Found,
}

impl<'g, const L: usize> LinkContext<'g, L> {
    pub fn new(plan: &'g Plan<'g>, base: &'g Base<'g, L>) -> Self {
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

    pub fn link_use(&self, v: Ix, l: usize, worst: Option<(Vec<NodeId>, Busy)>) -> LinkUse {
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
    pub fn bytes(&self) -> usize {
        let elements = 2 * size_of::<NodeId>() + 16;
        let link = size_of::<Option<(Vec<NodeId>, Busy)>>() + elements;
        let links = self.links.len() * (self.state.len() * link + 12);
        links + self.base.system().len() * (13 + 8 * L)
    }

    /// One contingency, the last failure of which came after `mark`. Links that it left alone
    /// carry what they carried before it, so a smaller contingency has told of them.
    pub fn look(&self, worker: &mut Worker<'_, L>, mark: Mark, elements: &[NodeId]) {
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
            changed.find(&self.position, scratch);
        }
        scratch.each_end(|state, set| {
            self.attribution(state, attribution);
            for (l, lane) in found.lanes.iter_mut().enumerate() {
                if set >> l & 1 == 0 {
                    continue;
                }
                let lost = self.lost_in(state, attribution, l);
                if lane.is_beyond(lost.1) {
                    continue;
                }
                let changed = is_plain.then_some(&*changed);
                let worst = self.in_lane(state, l, elements, lost, changed);
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
                let lost = self.lost_in(state, attribution, l);
                states.push((l, self.in_lane(state, l, &[], lost, None)));
            }
        });
        states.sort_unstable_by_key(|s| s.0);
        states.into_iter().map(|s| s.1).collect()
    }

    /// What elements that fail do in a lane of a state, in which that is lost. Links but for those that `changed`
    /// are as busy as in the base state; without it every link is asked.
    pub fn in_lane(
        &self,
        state: &Scratch<'_, L>,
        l: usize,
        elements: &[NodeId],
        (lost, share): (Vec<LostDemand>, f64),
        changed: Option<&ChangedLinks>,
    ) -> WorstForNetwork {
        WorstForNetwork {
            elements: elements.to_vec(),
            lost,
            share,
            busiest: match changed {
                Some(changed) => self.busiest_now(state, changed, l),
                None => self.busiest(state, l),
            },
        }
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
    pub fn attribution(&self, scratch: &Scratch<'_, L>, attribution: &mut Attribution<L>) {
        let services = &self.base.system().services;
        let all = self.candidates(scratch).into_iter();
        let nodes = all.map(|s| services[s as usize]);
        attribution.look(self.plan.crossing, scratch, nodes);
    }

    /// What the network loses, added up by unit in order of id; and the parts of the units' demands that are
    /// lost, added up.
    pub fn lost_in(
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

    /// By position: how much links are used in a lane of what a scratch holds; and the positions of those that
    /// have a capacity, the busiest first, those that are used alike in order of id.
    fn by_use(&self, scratch: &Scratch<'_, L>, l: usize) -> (Vec<Busy>, Vec<u32>) {
        let all = self.links.iter();
        let busy: Vec<Busy> = all.map(|&v| Busy::of(scratch, v, l)).collect();
        let used = |&i: &u32| busy[i as usize].utilization();
        let limited = (0..).take(busy.len()).filter(|i| used(i).is_some());
        let mut order: Vec<u32> = limited.collect();
        order.sort_by(|a, b| used(b).partial_cmp(&used(a)).unwrap_or(Ordering::Equal));
        (busy, order)
    }

    /// The busiest link with a capacity above 0, the first by id of several, and its utilization: links that
    /// carry what they do in the base state are as busy as there.
    pub fn busiest_now(
        &self,
        scratch: &Scratch<'_, L>,
        changed: &ChangedLinks,
        l: usize,
    ) -> Option<(NodeId, f64)> {
        let mut kept = self.busiest_first[l].iter().copied();
        let kept = kept.find(|&i| !changed.has(i));
        let kept = kept.and_then(|i| Some((i, self.busy[l][i as usize].utilization()?)));
        let others = changed.positions.iter().filter_map(|&i| {
            let busy = Busy::of(scratch, self.links[i as usize], l);
            Some((i, busy.utilization()?))
        });
        let most = kept.into_iter().chain(others).reduce(|most, other| {
            let order = other.1.total_cmp(&most.1).then(most.0.cmp(&other.0));
            if order.is_gt() { other } else { most }
        });
        most.map(|(i, used)| (self.base.system().node(self.links[i as usize]), used))
    }

    /// The same by asking every link.
    pub fn busiest(&self, scratch: &Scratch<'_, L>, l: usize) -> Option<(NodeId, f64)> {
        let mut most: Option<(Ix, f64)> = None;
        for &v in &self.links {
            let used = Busy::of(scratch, v, l).utilization();
            if let Some(used) = used.filter(|&u| most.is_none_or(|(_, m)| u > m)) {
                most = Some((v, used));
            }
        }
        most.map(|(v, used)| (self.base.system().node(v), used))
    }
}
