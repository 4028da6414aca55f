//! A valid scenario: what is asked of a [`System`](super::System), with every name resolved.

use super::{CaseId, Horizon, LoadCase, NamedContingency, NodeId, PlacementSpec, Shed, Status};
use jiff::civil::Date;
use std::sync::Arc;

/// What is asked. Of one system: its node numbers mean nothing elsewhere.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Name for people.
    pub name: String,
    /// Known outages, sorted.
    pub down: Vec<NodeId>,
    /// Capacity factors (≥ 0), sorted by node.
    pub derate: Vec<(NodeId, f64)>,
    /// At-risk below this headroom (0.10 = 10 %), if asked for.
    pub headroom: Option<f64>,
    /// Never empty.
    pub cases: Vec<LoadCase>,
    /// How instances are placed.
    pub placement: PlacementSpec,
    /// Evaluated by themselves, on top of the known outages.
    pub contingencies: Vec<NamedContingency>,
    /// What a sweep covers.
    pub sweep: SweepSpec,
    /// What a Monte Carlo run covers, if one is asked for.
    pub simulate: Option<SimulateSpec>,
    /// The hours that policies with targets are held to: a year is like them. `None` where the first load case
    /// that is not a peak lasts all year.
    pub year: Option<Arc<Horizon>>,
    /// Judged by `assess`.
    pub policies: Vec<Policy>,
    /// Accepted breaches.
    pub waivers: Vec<Waiver>,
}

/// Scope of a sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepSpec {
    /// Highest order, ≥ 1.
    pub order: u32,
    /// What may fail, sorted; known outages are not in here, they have failed already.
    pub elements: Vec<NodeId>,
}

/// Scope of a Monte Carlo run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SimulateSpec {
    /// How many trials, ≥ 1.
    pub trials: u64,
    /// Seed of the random numbers.
    pub seed: u64,
    /// Nodes that the decision diagrams of one service may have at a time, ≥ 2; `None`: as usual.
    pub diagram_nodes: Option<u64>,
}

/// A rule that services must keep.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Unique in its scenario.
    pub name: String,
    /// For whom, sorted.
    pub services: Vec<NodeId>,
    /// At which load cases.
    pub cases: Vec<CaseId>,
    /// No contingency of at most this order leaves a service degraded or down.
    pub survives: Option<u32>,
    /// No contingency of at most that order loses anything to overload; of order 1 if none is said.
    pub no_cascade: bool,
    /// Nor does one of these: indices into [`Scenario::contingencies`], sorted.
    pub contingencies: Vec<usize>,
    /// Whether a service of which one of them lowers the demand counts as kept.
    pub shed: bool,
    /// After any contingency of at most this order every instance of that priority runs.
    pub restarts: Option<Restarts>,
    /// The availability that each of these services keeps, in percent.
    pub slo: Vec<(NodeId, f64)>,
    /// The probability of being at least this bad is at most that.
    pub max_probability: Vec<(Status, f64)>,
}

/// What a policy asks of instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restarts {
    /// The highest order of the contingencies.
    pub order: u32,
    /// Only instances of this priority or a better one; `None` is every one.
    pub priority: Option<u32>,
}

/// A breach that somebody has accepted until a date.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiver {
    /// Index into [`Scenario::policies`].
    pub policy: usize,
    /// For which services, sorted.
    pub services: Vec<NodeId>,
    /// Covers contingencies made of these elements only; `None` covers every contingency.
    pub elements: Option<Vec<NodeId>>,
    /// Covers this named contingency only: an index into [`Scenario::contingencies`].
    pub contingency: Option<usize>,
    /// Why it was accepted.
    pub reason: String,
    /// Who accepted it.
    pub owner: String,
    /// As written.
    pub expires: String,
    /// The last day it holds.
    pub last_day: Date,
}

impl Waiver {
    /// A waiver that holds for no more days than these is to be named: somebody has to act.
    pub const SOON: i64 = 30;

    /// Days from one day to the last on which the waiver holds; negative when it has expired.
    #[must_use]
    pub fn days_left(&self, as_of: Date) -> i64 {
        as_of.duration_until(self.last_day).as_hours() / 24
    }
}

impl Scenario {
    /// The case marked as peak, if one is.
    #[must_use]
    pub fn peak(&self) -> Option<CaseId> {
        (0..)
            .map(CaseId)
            .zip(&self.cases)
            .find(|(_, c)| c.peak)
            .map(|(id, _)| id)
    }

    /// The same with a contingency in place, as if it were known: what it fails is out and fails no
    /// more, factors multiply, demands replace those of every load case.
    #[must_use]
    pub fn under(&self, contingency: &NamedContingency) -> Self {
        let mut under = self.clone();
        under.down.extend(&contingency.down);
        under.down.sort_unstable();
        under.down.dedup();
        let down = &under.down;
        let elements = &mut under.sweep.elements;
        elements.retain(|e| down.binary_search(e).is_err());
        for &(node, factor) in &contingency.derate {
            match under.derate.binary_search_by_key(&node, |d| d.0) {
                Ok(at) => under.derate[at].1 *= factor,
                Err(at) => under.derate.insert(at, (node, factor)),
            }
        }
        for case in &mut under.cases {
            for &(service, demand) in &contingency.demand {
                case.demand[service] = demand;
            }
        }
        under
    }

    /// What a contingency lowers the demand of a service to at a load case; `None` where it does not.
    /// `service` is a position in [`System::services`](super::System::services).
    #[must_use]
    pub fn shed(
        &self,
        contingency: &NamedContingency,
        case: CaseId,
        service: usize,
    ) -> Option<Shed> {
        let at = contingency.demand.binary_search_by_key(&service, |d| d.0);
        let to = contingency.demand[at.ok()?].1;
        let from = self.cases[case.index()].demand[service];
        (to < from).then_some(Shed { from, to })
    }
}
