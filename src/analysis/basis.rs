//! What load cases were derived from, and what follows from that. In: the derivations of a case, the
//! hours of a horizon. Out: services of which nobody said what their peak is, and where a case and
//! the hours of the same days differ.

use super::StateOutcome;
use super::timeline::TimelineOutcome;
use crate::input::Time;
use crate::model::{CaseId, Derivation, Horizon, NodeId, Scenario, Status, Step, System, Window};
use std::ops::Range;

/// Figures that differ by less, relatively, are the same.
const SAME: f64 = 1e-9;

/// The services that stay at the demand column in a case that is marked as the peak while others
/// do not, or other cases are there: nobody said what their peak is, or that it grows by the factor 1.
/// Derivations are by service.
#[must_use]
pub fn as_today(
    system: &System,
    scenario: &Scenario,
    case: CaseId,
    derivations: &[Derivation],
) -> Vec<NodeId> {
    let is_peak = scenario.cases.get(case.index()).is_some_and(|c| c.peak);
    if !is_peak || scenario.cases.len() < 2 {
        return Vec::new();
    }
    let services = system.services().iter().zip(derivations);
    let bare = services.filter(|(_, d)| match &d.steps[..] {
        [Step::Column { .. }, rest @ ..] => rest.iter().all(changes_nothing),
        _ => false,
    });
    bare.map(|(&v, _)| v).collect()
}

/// Whether a step leaves the demand as it was.
fn changes_nothing(step: &Step) -> bool {
    match step {
        Step::Grown { factor, .. } => factor.to_bits() == 1_f64.to_bits(),
        Step::Event { multiplier, .. } => multiplier.to_bits() == 1_f64.to_bits(),
        _ => false,
    }
}

/// A load case and the hours of the same days. What it does not name, the two agree on.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseHours {
    /// The load case.
    pub case: CaseId,
    /// Those hours.
    pub hours: Range<usize>,
    /// Services for which the case asks for another demand than the greatest of these hours, or leaves
    /// the base state otherwise than the worst of them.
    pub differences: Vec<Difference>,
}

/// Where a load case and the hours of the same days differ for a service.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The position of the service among all.
    pub service: usize,
    /// Its demand in the case.
    pub demand: f64,
    /// The greatest in these hours.
    pub most: f64,
    /// The first hour of it.
    pub most_at: usize,
    /// Its status in the case by itself: down, degraded, or ok.
    pub status: Status,
    /// The worst of these hours, likewise.
    pub worst: Status,
    /// What is delivered in the case.
    pub delivered: f64,
    /// The least that is delivered in these hours.
    pub least_delivered: f64,
    /// Why they differ.
    pub why: Why,
}

/// Why a load case and the hours of the same days differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The demands of the service are not the same.
    Demand,
    /// The case asks all services for their greatest demand at once, and no one hour does.
    AllAtOnce,
    /// In some hour other services ask for more than in the case.
    Others,
}

/// Every case whose window lies within the horizon, held against its hours. `states` are the base
/// states of all cases.
#[must_use]
pub fn cases_over_hours(
    time: &Time,
    outcome: &TimelineOutcome,
    states: &[StateOutcome],
) -> Vec<CaseHours> {
    let Some(horizon) = &time.horizon else {
        return Vec::new();
    };
    let all = time.cases.iter().zip(states);
    all.filter_map(|(origin, state)| {
        let hours = hours(horizon, origin.window?)?;
        let of = |service| difference(service, horizon, &hours, state, outcome);
        Some(CaseHours {
            case: state.case,
            differences: (0..outcome.services.len()).filter_map(of).collect(),
            hours,
        })
    })
    .collect()
}

/// The hours of a window that lies within the horizon.
fn hours(horizon: &Horizon, window: Window) -> Option<Range<usize>> {
    let end = horizon.at(horizon.hours());
    if window.from < horizon.start || window.to > end {
        return None;
    }
    let first = (0..horizon.hours()).find(|&h| horizon.at(h) >= window.from)?;
    let inside = (first..horizon.hours()).take_while(|&h| horizon.at(h) < window.to);
    let count = inside.count();
    (count > 0).then_some(first..first + count)
}

fn difference(
    service: usize,
    horizon: &Horizon,
    hours: &Range<usize>,
    state: &StateOutcome,
    outcome: &TimelineOutcome,
) -> Option<Difference> {
    let in_case = state.services.get(service)?;
    let demand = &horizon.demand[service][hours.clone()];
    let (at, most) = (0..)
        .zip(demand.iter().copied())
        .reduce(|a, b| if b.1 > a.1 { b } else { a })?;
    let (mut worst, mut least) = (Status::Ok, 1.0_f64);
    for span in &outcome.services[service].impact {
        if (span.from as usize) < hours.end && hours.start < span.to as usize {
            worst = worst.max(span.value.status);
            least = least.min(span.value.delivered);
        }
    }
    let status = if in_case.status.is_harm() {
        in_case.status
    } else {
        Status::Ok
    };
    let same = |x: f64, y: f64| (x - y).abs() <= SAME * x.abs().max(y.abs());
    let demands_agree = same(in_case.demand, most);
    if demands_agree && status == worst {
        return None;
    }
    Some(Difference {
        service,
        demand: in_case.demand,
        most,
        most_at: hours.start + at,
        status,
        worst,
        delivered: in_case.delivered,
        least_delivered: least,
        why: match (demands_agree, status > worst) {
            (false, _) => Why::Demand,
            (true, true) => Why::AllAtOnce,
            (true, false) => Why::Others,
        },
    })
}
