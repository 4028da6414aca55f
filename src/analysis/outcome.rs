//! What the analyses answer, with node numbers: reports put the names on.

use super::{Elements, MinimalSets};
use crate::model::{CaseId, NodeId, ServiceOutcome, Status};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One state at one load case. Per-node values are indexed by [`NodeId`].
#[derive(Clone, Debug, PartialEq)]
pub struct StateOutcome {
    /// The load case.
    pub case: CaseId,
    /// Everything that has failed, known outages included, sorted.
    pub down: Vec<NodeId>,
    /// Whether each node works.
    pub works: Vec<bool>,
    /// What each node carries; on a link the larger of both directions.
    pub load: Vec<f64>,
    /// Fraction of its load that each node serves, by itself and what it needs.
    pub delivered: Vec<f64>,
    /// Capacity of each node after derating, infinite when unlimited; of a link that of the
    /// direction that is used more.
    pub capacity: Vec<f64>,
    /// What each node carries of that; of a link in the direction that is used more.
    pub carried: Vec<f64>,
    /// What was lost to overload, by round, then by id. All other values are after that.
    pub tripped: Vec<Tripped>,
    /// What would trip first as demand grows, of the smallest id on ties; headroom speaks only up to
    /// there. `None` if nothing ever would.
    pub first_trip: Option<FirstTrip>,
    /// Instances that run elsewhere than at home, by id.
    pub moved: Vec<Moved>,
    /// Instances that have not failed and found no room, by id.
    pub unplaced: Vec<NodeId>,
    /// Of each of them, the host that it lost, and why it found no other.
    pub lacks: Vec<(Option<NodeId>, Lack)>,
    /// Where each instance of the system runs; `None` for those that have failed or found no room.
    pub runs: Vec<Option<NodeId>>,
    /// What of that is drawn whatever the demand.
    pub constant: Vec<f64>,
    /// Of each link that is asked for more than it can carry in one direction at least, what each
    /// [`Direction`] carries.
    pub both_ways: BTreeMap<NodeId, [DirectionLoad; 2]>,
    /// What each tier gets, where some node serves better tiers first.
    pub tiers: Option<Tiers>,
    /// Every service, in order of id.
    pub services: Vec<ServiceOutcome>,
}

/// One way along a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// From a to b.
    There,
    /// From b to a.
    Back,
}

/// What one direction of a link is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DirectionLoad {
    /// Its load.
    pub load: f64,
    /// What it can carry, infinite if that is unlimited.
    pub capacity: f64,
    /// What of the load is drawn whatever the demand.
    pub constant: f64,
}

impl DirectionLoad {
    /// Fraction of the load that fits; 1 without load.
    #[must_use]
    pub fn served(&self) -> f64 {
        if self.load > self.capacity {
            self.capacity / self.load
        } else {
            1.0
        }
    }
}

/// A node that was lost to overload.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
#[schemars(rename = "Tripped")]
pub struct Tripped<N = NodeId> {
    /// Its id.
    pub id: N,
    /// In which round, from 1; all of one round trip at once.
    pub round: u32,
    /// What it carried then, of a link in the direction in which that was more too much; `null` if that
    /// was without bound.
    pub load: Option<f64>,
    /// What it can carry without tripping.
    pub trips_above: f64,
}

/// An instance that runs elsewhere than at home.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
#[schemars(rename = "Moved")]
pub struct Moved<N = NodeId> {
    /// Its id.
    pub instance: N,
    /// The host where it is at home; `null` if it runs nowhere with nothing failed.
    pub from: Option<N>,
    /// The host where it runs.
    pub to: N,
}

/// Why an instance finds no host.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Lack {
    /// Nothing is placed anew.
    NoRestart,
    /// None of its hosts works.
    NoHost,
    /// It takes more of a resource than is free on any one of its hosts that work.
    Room {
        /// The resource, by position.
        resource: usize,
        /// How much it takes.
        needs: f64,
        /// The most that is free on one host.
        most: f64,
    },
    /// Each amount is free on some host, but no host has room for all of them.
    Together,
    /// The hosts that have room are too close to those from whom it is kept apart.
    Apart,
}

/// The node that trips first as all demand grows.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
#[schemars(rename = "FirstTrip")]
pub struct FirstTrip<N = NodeId> {
    /// Its id.
    pub id: N,
    /// The growth of all demand at which it does: 0.15 is 15 %.
    pub growth: f64,
}

impl StateOutcome {
    /// Load over capacity of a node, of a link in the direction that is used more; `None` when
    /// unlimited and when load meets a capacity of zero.
    #[must_use]
    pub fn utilization(&self, v: NodeId) -> Option<f64> {
        let load = self.carried[v.index()];
        match finite(self.capacity[v.index()])? {
            0.0 if load == 0.0 => Some(0.0),
            capacity => finite(load / capacity),
        }
    }

    /// The host that an instance lost, and why it found no other, if it runs nowhere.
    #[must_use]
    pub fn lack_of(&self, node: NodeId) -> Option<(Option<NodeId>, Lack)> {
        let at = self.unplaced.binary_search(&node).ok()?;
        self.lacks.get(at).copied()
    }

    /// How a node was lost to overload, if it was.
    #[must_use]
    pub fn trip_of(&self, node: NodeId) -> Option<&Tripped> {
        self.tripped.iter().find(|t| t.id == node)
    }

    /// Fraction of its load that a node serves, by itself and what it needs, in the tier of a service.
    #[must_use]
    pub fn delivered_to(&self, service: NodeId, v: NodeId) -> f64 {
        match &self.tiers {
            Some(tiers) => tiers.delivered[tiers.of_node[service.index()]][v.index()],
            None => self.delivered[v.index()],
        }
    }

    /// What a link carries in a direction, if the link is asked for more than it can carry in one of both.
    #[must_use]
    pub fn towards(&self, link: NodeId, direction: Direction) -> Option<&DirectionLoad> {
        Some(&self.both_ways.get(&link)?[direction as usize])
    }

    /// Fraction of its load that a node serves by itself in the tier of a service; 1 without load.
    #[must_use]
    pub fn own_for(&self, service: NodeId, v: NodeId) -> f64 {
        if let Some(tiers) = &self.tiers {
            return tiers.own[tiers.of_node[service.index()]][v.index()];
        }
        let (load, capacity) = (self.carried[v.index()], self.capacity[v.index()]);
        if load > 0.0 { capacity / load } else { 1.0 }
    }
}

/// What each tier gets in one state. Tiers that reach no node where better ones come first count as
/// the first.
#[derive(Clone, Debug, PartialEq)]
pub struct Tiers {
    /// Per node: the position of the tier of a service, 0 of any other node.
    pub of_node: Vec<usize>,
    /// Per tier and node: the fraction of its load that the node serves, by itself and what it needs.
    pub delivered: Vec<Vec<f64>>,
    /// Per tier and node: the fraction that it serves by itself.
    pub own: Vec<Vec<f64>>,
    /// Per tier and node: what the tier asks of it.
    pub load: Vec<Vec<f64>>,
}

/// A number, unless it is infinite or none.
pub(crate) fn finite(x: f64) -> Option<f64> {
    Some(x).filter(|x| x.is_finite())
}

/// All contingencies up to an order, at every load case.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepOutcome {
    /// How many elements may fail.
    pub elements: u64,
    /// `possible[k - 1]`: how many contingencies of order k there are.
    pub possible: Vec<u64>,
    /// `accounted[k - 1]`: how many of them are in the counts.
    pub accounted: Vec<u64>,
    /// Every service at every case: services by id, cases in order.
    pub services: Vec<ServiceSweep>,
    /// Contingencies that set off a cascade.
    pub cascades: Cascades,
    /// Contingencies after which an instance runs nowhere.
    pub stranded: Strandings,
    /// The named contingencies of the scenario, at every load case; fewer when stopped.
    pub named: Vec<NamedOutcome>,
    /// How many of these there are.
    pub named_asked: usize,
}

/// Contingencies that do something that no part of them does, nor the base state.
#[derive(Clone, Debug, PartialEq)]
pub struct ByOrder<T> {
    /// Fewest elements first, then those that do most, then by elements and load case; as many as are
    /// kept.
    pub listed: Vec<T>,
    /// What the base state does, at each load case at which it does anything of the sort.
    pub base: Vec<T>,
    /// `count[k - 1]`: how many of order k there are, also when the list is cut; a contingency counts
    /// once for each load case at which it is one.
    pub count: Vec<u64>,
}

impl<T> Default for ByOrder<T> {
    fn default() -> Self {
        Self {
            listed: Vec::new(),
            base: Vec::new(),
            count: Vec::new(),
        }
    }
}

/// Contingencies that lose something to overload; what they do is counted in trips.
pub type Cascades = ByOrder<Cascade>;

/// A contingency that sets off a cascade at a load case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cascade {
    /// What fails, sorted.
    pub elements: Elements,
    /// The load case.
    pub case: CaseId,
    /// How many nodes trip.
    pub tripped: u32,
    /// In how many rounds.
    pub rounds: u32,
    /// How many services are degraded or down in the end.
    pub services: u32,
    /// The service that is worst off in the end, of the smallest id on ties, and its own status.
    pub worst: Option<(NodeId, Status)>,
}

/// Contingencies after which an instance runs nowhere; what they do is counted in instances.
pub type Strandings = ByOrder<Stranding>;

/// A contingency after which instances run nowhere, at a load case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stranding {
    /// What fails, sorted.
    pub elements: Elements,
    /// The load case.
    pub case: CaseId,
    /// Instances that run nowhere, but do after every part of it and in the base state. Sorted.
    pub instances: Vec<NodeId>,
    /// The service that is worst off, of the smallest id on ties, and its own status.
    pub worst: Option<(NodeId, Status)>,
}

impl SweepOutcome {
    /// Whether every contingency is accounted for.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.possible == self.accounted && self.named.len() == self.named_asked
    }
}

/// A named contingency at one load case.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedOutcome {
    /// Index into [`Scenario::contingencies`](crate::model::Scenario::contingencies).
    pub contingency: usize,
    /// The load case.
    pub case: CaseId,
    /// Every service, in order of id, as in the state in which the contingency is known.
    pub services: Vec<ServiceOutcome>,
}

/// One service at one load case over a sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceSweep {
    /// The service.
    pub service: NodeId,
    /// The load case.
    pub case: CaseId,
    /// The base state.
    pub base: ServiceOutcome,
    /// `orders[k - 1]`: how many contingencies of order k leave it how.
    pub orders: Vec<OrderCount>,
    /// Smallest order first, then by elements.
    pub minimal: MinimalSets,
    /// How many minimal sets there are, also when the list is cut.
    pub minimal_count: u64,
    /// The contingency that leaves least: worst status, least delivered, lowest order, elements.
    /// `None` when no contingency was evaluated.
    pub worst: Option<Worst>,
    /// The least headroom among contingencies in which the service works; lowest order, then
    /// elements, on ties. `None` when nothing ever limits it.
    pub least_headroom: Option<LeastHeadroom>,
}

/// How many contingencies of one order leave a service how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OrderCount {
    /// How many leave it down.
    pub down: u64,
    /// How many leave it degraded.
    pub degraded: u64,
    /// How many leave it at risk; `None` when the next order was not computed.
    pub at_risk: Option<u64>,
}

impl OrderCount {
    /// Adds contingencies of the same order; at risk is known where it is of either.
    pub(super) fn add(&mut self, more: Self) {
        self.down += more.down;
        self.degraded += more.degraded;
        if let Some(more) = more.at_risk {
            *self.at_risk.get_or_insert(0) += more;
        }
    }
}

/// The contingency that leaves a service worst off.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
#[schemars(rename = "WorstContingency")]
pub struct Worst<N = NodeId> {
    /// Ids, sorted.
    pub elements: Vec<N>,
    /// Status it leads to (never at-risk).
    pub status: Status,
    /// Fraction delivered.
    pub delivered: f64,
}

/// The contingency that leaves a working service the least headroom.
#[derive(Clone, Debug, PartialEq)]
pub struct LeastHeadroom {
    /// What fails, sorted.
    pub elements: Vec<NodeId>,
    /// Headroom in it.
    pub headroom: f64,
    /// What sets it.
    pub limit: NodeId,
}

/// Someone who watches long work and may end it early.
pub trait Watch: Sync {
    /// `steps` contingencies (or trials) of a total that was announced are done.
    fn advance(&self, steps: u64);
    /// How many steps there will be.
    fn total(&self, steps: u64);
    /// What is known of the least certain estimate so far; by default nobody cares.
    fn estimate(&self, _now: &Estimating) {}
    /// What the rest of a sweep will take; by default nobody cares.
    fn cost(&self, _rest: &SweepCost) {}
    /// Whether a sweep may take this much memory; if not it ends with what it has. Never a matter of
    /// time or of the machine, since results hang on it.
    fn allows(&self, _needs: Memory) -> bool {
        true
    }
    /// The most threads that a sweep may use.
    fn workers(&self) -> usize {
        usize::MAX
    }
    /// True once the work should end with what it has.
    fn stop(&self) -> bool;
}

/// Memory that a sweep takes, in bytes, near enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// The order for which it is taken.
    pub order: u32,
    /// All of it, with one thread.
    pub bytes: u64,
    /// What each further thread adds.
    pub per_thread: u64,
}

/// What the rest of a sweep will take, near enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SweepCost {
    /// How many elements may fail.
    pub elements: u64,
    /// The lowest order that is still to come.
    pub from: u32,
    /// The highest order that is asked for.
    pub to: u32,
    /// How many contingencies these orders have.
    pub contingencies: u64,
    /// How many of them will be evaluated, as often as there are runs over load cases.
    pub evaluations: u64,
    /// How many have been evaluated so far.
    pub done: u64,
    /// Memory for that.
    pub memory: Memory,
}

impl SweepCost {
    /// What it takes one of so many parts.
    pub(super) fn shared(self, parts: u64) -> Self {
        Self {
            evaluations: self.evaluations / parts.max(1),
            ..self
        }
    }
}

/// An estimate that is still being made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimating {
    /// Of the harm to this service …
    pub service: NodeId,
    /// … at this load case.
    pub case: CaseId,
    /// The best guess so far.
    pub estimate: f64,
    /// Lower end of its interval.
    pub low: f64,
    /// Upper end of its interval.
    pub high: f64,
}

/// Nobody watches: never stops.
pub struct NoWatch;

impl Watch for NoWatch {
    fn advance(&self, _: u64) {}
    fn total(&self, _: u64) {}
    fn stop(&self) -> bool {
        false
    }
}

/// Stops when the watcher says so, within its limits, and tells it nothing.
pub(super) struct Quiet<'a>(pub &'a dyn Watch);

impl Watch for Quiet<'_> {
    fn advance(&self, _: u64) {}
    fn total(&self, _: u64) {}
    fn allows(&self, needs: Memory) -> bool {
        self.0.allows(needs)
    }
    fn workers(&self) -> usize {
        self.0.workers()
    }
    fn stop(&self) -> bool {
        self.0.stop()
    }
}
