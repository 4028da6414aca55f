//! The contingency that harms most services at once. In: a study, its sweep, a load case. Out: its elements
//! and the state that it leaves. Promises: it is one of those that the sweep found worst for some service;
//! the same for any number of threads.

use super::status::{own_delivered_of_base, own_status_of_base};
use super::study::Study;
use super::{ServiceSweep, StateOutcome, SweepOutcome};
use crate::engine::Base;
use crate::model::{CaseId, NodeId, Status};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// Contingencies that are compared, at most: those that are worst for the services that are worst off.
const MOST_COMPARED: usize = 64;

/// A contingency and what it leaves.
#[derive(Clone, Debug)]
pub struct WorstForAll {
    /// What fails beside the known outages, sorted.
    pub elements: Vec<NodeId>,
    /// The state in which all of that is out.
    pub state: StateOutcome,
}

/// Of the contingencies that are worst for some service at a load case, the one that leaves most services
/// down; then most degraded, then least delivered in sum over services, then the smallest, then the first by
/// ids. `None` where none of them harms a service.
#[must_use]
pub fn worst_for_all(study: &Study<'_>, sweep: &SweepOutcome, case: CaseId) -> Option<WorstForAll> {
    let mut services: Vec<&ServiceSweep> =
        sweep.services.iter().filter(|s| s.case == case).collect();
    let severity = |s: &ServiceSweep| {
        s.worst
            .as_ref()
            .map(|w| (w.status, Reverse(bits(w.delivered))))
    };
    // Stable: of those alike the first by id.
    services.sort_by_key(|s| Reverse(severity(s)));
    let worst = services.iter().filter_map(|s| s.worst.as_ref());
    let harms = worst.filter(|w| w.status.is_harm() && !w.elements.is_empty());
    let mut compared: BTreeSet<&[NodeId]> = BTreeSet::new();
    for elements in harms.map(|w| w.elements.as_slice()) {
        if compared.len() < MOST_COMPARED {
            compared.insert(elements);
        }
    }
    let most = compared.into_iter().min_by_key(|elements| {
        let (down, degraded, delivered) = harm(study, elements, case);
        let order = elements.len();
        (
            Reverse(down),
            Reverse(degraded),
            bits(delivered),
            order,
            *elements,
        )
    });
    most.map(|elements| WorstForAll {
        elements: elements.to_vec(),
        state: study.state(elements, case),
    })
}

/// A number that is not negative, as one that sorts alike.
fn bits(x: f64) -> u64 {
    x.max(0.0).to_bits()
}

/// How many services are down, how many degraded, and the sum of what they get.
fn harm(study: &Study<'_>, failed: &[NodeId], case: CaseId) -> (usize, usize, f64) {
    let demand = &study.scenario().cases[case.index()].demand;
    let demand: Vec<[f64; 1]> = demand.iter().map(|&d| [d]).collect();
    let base: Base<'_, 1> = study.base(failed, &demand);
    let services = 0..study.system().services().len();
    let with = |status| {
        let is = |s: &usize| own_status_of_base(&base, *s, 0) == status;
        services.clone().filter(is).count()
    };
    let delivered = services
        .clone()
        .map(|s| own_delivered_of_base(&base, s, 0))
        .sum();
    (with(Status::Down), with(Status::Degraded), delivered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{NoWatch, sample};

    /// Of every contingency, the one that harms most; by evaluating each of them.
    #[test]
    fn it_harms_as_much_as_any_that_is_worst_for_a_service() {
        let system = sample::system();
        let (app_3, db) = (sample::id(&system, "app-3"), sample::id(&system, "db-1"));
        for (down, case) in [(vec![], 0), (vec![], 1), (vec![app_3], 0), (vec![db], 0)] {
            let scenario = sample::scenario(&system, down);
            let study = Study::new(&system, &scenario);
            let sweep = study.sweep(2, &NoWatch);
            let found = worst_for_all(&study, &sweep, CaseId(case));
            let of_case = sweep.services.iter().filter(|s| s.case == CaseId(case));
            let worst: Vec<&[NodeId]> = of_case
                .filter_map(|s| s.worst.as_ref())
                .filter(|w| w.status.is_harm())
                .map(|w| w.elements.as_slice())
                .collect();
            let Some(found) = found else {
                assert!(worst.is_empty());
                continue;
            };
            assert!(worst.contains(&found.elements.as_slice()));
            let count = |elements: &[NodeId]| {
                let state = study.state(elements, CaseId(case));
                let with = |s| state.services.iter().filter(|o| o.status == s).count();
                (with(Status::Down), with(Status::Degraded))
            };
            let most = worst.iter().map(|e| count(e)).max();
            assert_eq!(most, Some(count(&found.elements)));
            let state = study.state(&found.elements, CaseId(case));
            assert_eq!(state.works, found.state.works);
        }
    }

    #[test]
    fn nothing_is_worst_where_nothing_harms() {
        let system = sample::system();
        let mut scenario = sample::scenario(&system, vec![]);
        scenario.cases[0].demand.iter_mut().for_each(|d| *d = 0.0);
        scenario.sweep.elements = Vec::new();
        let study = Study::new(&system, &scenario);
        let sweep = study.sweep(1, &NoWatch);
        assert!(worst_for_all(&study, &sweep, CaseId(0)).is_none());
    }
}
