//! Which of the outages and deratings of a state have a part in what it does to each service. In: a study, one of
//! its states. Out: per service, those without which it would be better off, or that would harm
//! it by themselves. Promises: what is at risk is asked about the failure or the load case that shows
//! the risk; nothing is guessed where too much has failed to try it.

use super::StateOutcome;
use super::status::own_status_of_base;
use super::study::Study;
use crate::engine::{Base, Ix};
use crate::model::{CaseId, Cause, NodeId, Scenario, ServiceOutcome, Witness};
use std::collections::BTreeMap;

/// States that are evaluated, at most.
const MOST_STATES: usize = 256;
/// Nodes of all these states together, at most.
const MOST_NODES: usize = 2_000_000;
/// Less is no difference in what is delivered.
const SAME: f64 = 1e-9;

/// What shows the status of a service: a further failure or none, at a load case.
type Shown = (CaseId, Option<NodeId>);

/// For every service, in order, the outages that have a part in its status, sorted; `None` when too
/// much has failed, or the estate is too large, to try each of them.
#[must_use]
pub fn parts(study: &Study<'_>, state: &StateOutcome) -> Option<Vec<Vec<NodeId>>> {
    let mut parts = vec![Vec::new(); state.services.len()];
    if state.down.is_empty() {
        return Some(parts);
    }
    let asked = asked(state);
    let states = asked.len() * (2 * state.down.len() + 2);
    if states > MOST_STATES || states * study.system().nodes().len() > MOST_NODES {
        return None;
    }
    for ((case, further), services) in asked {
        let tried = Tried {
            study,
            case,
            further,
        };
        let (all, none) = (tried.state(&state.down), tried.state(&[]));
        for &outage in &state.down {
            let others: Vec<NodeId> = state
                .down
                .iter()
                .copied()
                .filter(|&d| d != outage)
                .collect();
            let (without, alone) = (tried.state(&others), tried.state(&[outage]));
            for &s in &services {
                if is_worse(&all, &without, s) || is_worse(&alone, &none, s) {
                    parts[s].push(outage);
                }
            }
        }
    }
    Some(parts)
}

/// The same of the deratings of the scenario, in a state in which nothing else than its known outages has failed.
#[must_use]
pub fn derated_parts(study: &Study<'_>, state: &StateOutcome) -> Option<Vec<Vec<NodeId>>> {
    let derate = &study.scenario().derate;
    let mut parts = vec![Vec::new(); state.services.len()];
    if derate.is_empty() {
        return Some(parts);
    }
    let asked = asked(state);
    let states = asked.len() * (2 * derate.len() + 2);
    if states > MOST_STATES || states * study.system().nodes().len() > MOST_NODES {
        return None;
    }
    let scenario = |down: &[NodeId], derate: Vec<(NodeId, f64)>| Scenario {
        down: down.to_vec(),
        derate,
        ..study.scenario().clone()
    };
    let down = &study.scenario().down;
    let varied = derate.iter().map(|&(node, factor)| {
        let others = derate.iter().filter(|d| d.0 != node).copied().collect();
        let without = scenario(down, others);
        (node, without, scenario(&[], vec![(node, factor)]))
    });
    let varied: Vec<(NodeId, Scenario, Scenario)> = varied.collect();
    let neither = scenario(&[], Vec::new());
    for (shown, services) in asked {
        let (all, none) = (in_state(study, shown), study.of(&neither));
        let none = in_state(&none, shown);
        for (node, without, alone) in &varied {
            let (without, alone) = (study.of(without), study.of(alone));
            let (without, alone) = (in_state(&without, shown), in_state(&alone, shown));
            for &s in &services {
                if is_worse(&all, &without, s) || is_worse(&alone, &none, s) {
                    parts[s].push(*node);
                }
            }
        }
    }
    Some(parts)
}

/// By what shows it, the services whose status something may have a part in.
fn asked(state: &StateOutcome) -> BTreeMap<Shown, Vec<usize>> {
    let mut asked: BTreeMap<Shown, Vec<usize>> = BTreeMap::new();
    for (s, service) in state.services.iter().enumerate() {
        if let Some(shown) = shown(service, state.case) {
            asked.entry(shown).or_default().push(s);
        }
    }
    asked
}

/// The base state of a study, with what shows a status.
fn in_state<'t>(study: &'t Study<'_>, (case, further): Shown) -> Base<'t, 1> {
    let demand = &study.scenario().cases[case.index()].demand;
    let demand: Vec<[f64; 1]> = demand.iter().map(|&d| [d]).collect();
    study.base(further.as_slice(), &demand)
}

/// `None` for a service that nothing harms, and for a thin headroom, which no failure shows.
fn shown(service: &ServiceOutcome, case: CaseId) -> Option<Shown> {
    if service.status.is_harm() {
        return Some((case, None));
    }
    let finding = service.findings.first()?;
    match (finding.cause, finding.witness) {
        (Cause::Redundancy, Witness::Element(element)) => Some((case, Some(element))),
        (Cause::Peak, Witness::Case(peak)) => Some((peak, None)),
        _ => None,
    }
}

/// A state of which the outages vary.
struct Tried<'t> {
    study: &'t Study<'t>,
    case: CaseId,
    further: Option<NodeId>,
}

impl<'t> Tried<'t> {
    fn state(&self, outages: &[NodeId]) -> Base<'t, 1> {
        let compiled = self.study.compiled();
        let failed = outages.iter().chain(&self.further);
        let failed: Vec<Ix> = failed.map(|&v| compiled.ix(v)).collect();
        let demand = &self.study.scenario().cases[self.case.index()].demand;
        let demand: Vec<[f64; 1]> = demand.iter().map(|&d| [d]).collect();
        Base::evaluate(compiled, self.study.capacity(), &demand, &failed)
    }
}

/// Whether one state harms the s-th service, and more than another does.
fn is_worse(state: &Base<'_, 1>, other: &Base<'_, 1>, s: usize) -> bool {
    let v = Ix(state.system().services[s]);
    let [status, status_of_other] = [state, other].map(|b| own_status_of_base(b, s, 0));
    let [delivered, other] = [state, other].map(|b| b.lane(0).delivered(v)[0]);
    status.is_harm() && (status > status_of_other || delivered < other - SAME)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::sample;

    #[test]
    fn an_outage_has_a_part_in_what_it_makes_worse() {
        let system = sample::system();
        let (app_3, db) = (sample::id(&system, "app-3"), sample::id(&system, "db-1"));
        let scenario = sample::scenario(&system, vec![app_3]);
        let study = Study::new(&system, &scenario);
        let parts_of = |failed: &[NodeId], case| {
            let state = study.state(failed, CaseId(case));
            parts(&study, &state).expect("a small estate")
        };
        // 1,100 on two servers of 400, and no database: each is enough. Reports need the database alone.
        assert_eq!(parts_of(&[db], 1), [vec![app_3, db], vec![db]]);
        // 700 fit on two servers: the database takes both down.
        assert_eq!(parts_of(&[db], 0), [vec![db], vec![db]]);
        // At risk today because of the peak, in which the lost server has its part; the reports are at
        // risk by their database, whatever else has failed.
        assert_eq!(parts_of(&[], 0), [vec![app_3], vec![]]);
    }
}
