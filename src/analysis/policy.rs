//! Judging policies. In: a scenario, what a sweep found, probabilities if there are any, and the day
//! waivers are judged on. Out: for every policy whether it holds, its breaches, and which of them
//! somebody has accepted. Promises: a policy holds only when everything it asks for was computed; a
//! waived breach stays in the list; a waiver that has lapsed or says too little covers nothing.

mod gaps;
mod named;
mod outcome;
mod restarts;
mod slo;

pub(super) use slo::lasting;

pub use outcome::{During, Judgement, PolicyBreach, PolicyOutcome, Probability, ProbabilityOf};

use super::{Cascade, ServiceSweep, Study, SweepOutcome, Watch};
use crate::model::{CaseId, NodeId, Placements, Policy, Scenario, Status, Waiver};
use gaps::look_for_gaps;
use jiff::civil::Date;
use std::collections::BTreeSet;

/// Judges every policy of a scenario, of an estate with such placements. `as_of` is the day on which
/// waivers must still be valid.
#[must_use]
pub fn judge(
    placements: &Placements,
    scenario: &Scenario,
    sweep: &SweepOutcome,
    probability: ProbabilityOf<'_>,
    as_of: Date,
) -> Judgement {
    let mut used = vec![false; scenario.waivers.len()];
    let policies = (0..scenario.policies.len())
        .map(|at| {
            judge_one(
                (placements, scenario),
                at,
                sweep,
                probability,
                as_of,
                &mut used,
            )
        })
        .collect();
    let unmatched = (0..used.len())
        .filter(|&w| !used[w] && lapse(&scenario.waivers[w], as_of).is_none())
        .collect();
    Judgement {
        policies,
        unmatched,
    }
}

/// The order up to which some policy wants to survive, as far as the sweep goes; at least 1.
#[must_use]
pub(super) fn asked_order(scenario: &Scenario) -> u32 {
    let orders = |p: &Policy| p.survives.max(p.restarts.map(|r| r.order));
    let asked = scenario.policies.iter().filter_map(orders).max();
    asked.unwrap_or(1).clamp(1, scenario.sweep.order.max(1))
}

/// As much of a sweep as policies ask about: their orders and load cases. There may be no headroom in it, nor what
/// limits a service in a minimal set.
pub(super) fn sweep_asked(study: &Study<'_>, watch: &dyn Watch) -> SweepOutcome {
    let scenario = study.scenario();
    let policies = scenario.policies.iter();
    let cases: BTreeSet<CaseId> = policies.flat_map(|p| p.cases.iter().copied()).collect();
    let cases: Vec<CaseId> = cases.into_iter().collect();
    study.sweep_cases(&cases, asked_order(scenario), watch)
}

fn judge_one(
    (placements, scenario): (&Placements, &Scenario),
    at: usize,
    sweep: &SweepOutcome,
    probability: ProbabilityOf<'_>,
    as_of: Date,
    used: &mut [bool],
) -> PolicyOutcome {
    let policy = &scenario.policies[at];
    let mut gaps = Vec::new();
    let mut found = contingency_breaches(policy, sweep, &mut gaps);
    found.extend(named::breaches(scenario, policy, sweep, &mut gaps));
    found.extend(cascade_breaches(policy, sweep, &mut gaps));
    found.extend(restarts::breaches(placements, policy, sweep, &mut gaps));
    found.extend(probability_breaches(policy, probability, &mut gaps));
    found.extend(slo::breaches(scenario, policy, probability, &mut gaps));
    let asks = policy.survives.is_some()
        || policy.no_cascade
        || policy.restarts.is_some()
        || !policy.contingencies.is_empty();
    if !asks && policy.max_probability.is_empty() && policy.slo.is_empty() {
        gaps.push(
            "it asks for nothing: give `survives`, `contingencies`, `max_probability`, or `slo = true` \
             and services with a target"
                .to_owned(),
        );
    }
    found.sort_by(|x, y| order_of(x).cmp(&order_of(y)));
    let mine = || (0..).zip(&scenario.waivers).filter(|(_, w)| w.policy == at);
    let mut outcome = PolicyOutcome {
        lapsed: mine()
            .filter_map(|(w, waiver)| Some((w, lapse(waiver, as_of)?)))
            .collect(),
        ..PolicyOutcome::default()
    };
    for breach in found {
        let mut covering = mine()
            .filter(|(_, w)| lapse(w, as_of).is_none() && covers(w, &breach, scenario))
            .map(|(w, _)| w);
        let first = covering.next();
        for w in covering.chain(first) {
            used[w] = true;
        }
        match first {
            Some(w) => outcome.waived.push((breach, w)),
            None => outcome.breaches.push(breach),
        }
    }
    gaps.dedup();
    outcome.holds = match (outcome.breaches.is_empty(), gaps.is_empty()) {
        (false, _) => Some(false),
        (true, true) => Some(true),
        (true, false) => None,
    };
    outcome.reason = (!gaps.is_empty()).then(|| gaps.join("; "));
    outcome
}

/// What a breach is sorted by.
type Order<'b> = (
    bool,
    Option<usize>,
    usize,
    NodeId,
    CaseId,
    &'b [NodeId],
    Status,
);

fn order_of(b: &PolicyBreach) -> Order<'_> {
    (
        b.probability.is_some(),
        b.contingency,
        b.elements.len(),
        b.service,
        b.case,
        &b.elements,
        b.status,
    )
}

/// Base states and minimal sets of at most the order that the policy survives.
fn contingency_breaches(
    policy: &Policy,
    sweep: &SweepOutcome,
    gaps: &mut Vec<String>,
) -> Vec<PolicyBreach> {
    let Some(order) = policy.survives else {
        return Vec::new();
    };
    look_for_gaps(order, sweep, gaps);
    let mut found = Vec::new();
    for swept in sweep.services.iter().filter(|s| {
        policy.services.binary_search(&s.service).is_ok() && policy.cases.contains(&s.case)
    }) {
        breaches_of(swept, order as usize, &mut found, gaps);
    }
    found
}

/// The base state and the contingencies that lose something to overload, of at most the order that the
/// policy survives. Each is shown of the service that it leaves worst off, if the policy is for that, else
/// of the first that the policy is for.
fn cascade_breaches(
    policy: &Policy,
    sweep: &SweepOutcome,
    gaps: &mut Vec<String>,
) -> Vec<PolicyBreach> {
    let Some(&first) = policy.services.first().filter(|_| policy.no_cascade) else {
        return Vec::new();
    };
    let order = policy.survives.unwrap_or(1);
    if policy.survives.is_none() {
        look_for_gaps(order, sweep, gaps);
    }
    let cascades = &sweep.cascades;
    let base = cascades.base.iter();
    let found = base
        .chain(&cascades.listed)
        .filter(|c| c.elements.len() <= order as usize && policy.cases.contains(&c.case));
    let cut = |order: usize| {
        let listed = cascades.listed.iter().filter(|c| c.elements.len() == order);
        let all = cascades.count.get(order - 1).copied().unwrap_or(0);
        (listed.count() as u64) < all
    };
    if (1..=order as usize).any(cut) {
        gaps.push("there are more cascades than the sweep lists".to_owned());
    }
    let breach = |c: &Cascade| {
        let worst = c
            .worst
            .filter(|w| policy.services.binary_search(&w.0).is_ok());
        let (service, status) = worst.unwrap_or((first, Status::Ok));
        PolicyBreach {
            elements: c.elements.to_vec(),
            trips: Some(u64::from(c.tripped)),
            ..PolicyBreach::new(service, c.case, status)
        }
    };
    found.map(breach).collect()
}

fn breaches_of(
    swept: &ServiceSweep,
    order: usize,
    found: &mut Vec<PolicyBreach>,
    gaps: &mut Vec<String>,
) {
    let breach = |elements: &[NodeId], status, delivered| PolicyBreach {
        elements: elements.to_vec(),
        delivered: Some(delivered),
        ..PolicyBreach::new(swept.service, swept.case, status)
    };
    if swept.base.status.is_harm() {
        found.push(breach(&[], swept.base.status, swept.base.delivered));
    }
    let small = swept.minimal.iter().filter(|m| m.elements.len() <= order);
    found.extend(small.map(|m| breach(&m.elements, m.status, m.delivered)));
    let cut = (swept.minimal.len() as u64) < swept.minimal_count;
    if cut
        && swept
            .minimal
            .last()
            .is_none_or(|m| m.elements.len() <= order)
    {
        gaps.push("there are more minimal sets than the sweep lists".to_owned());
    }
}

fn probability_breaches(
    policy: &Policy,
    probability: ProbabilityOf<'_>,
    gaps: &mut Vec<String>,
) -> Vec<PolicyBreach> {
    let mut found = Vec::new();
    for &(status, allowed) in &policy.max_probability {
        for &service in &policy.services {
            for &case in &policy.cases {
                match probability(service, During::Case(case), status) {
                    Err(reason) => gaps.push(reason),
                    Ok(p) => match p.exceeds(allowed) {
                        Some(true) => found.push(PolicyBreach {
                            probability: Some(p.estimate),
                            allowed: Some(allowed),
                            ..PolicyBreach::new(service, case, status)
                        }),
                        Some(false) => {}
                        None => gaps.push(format!(
                            "the interval around the probability of {} holds the limit: more trials \
                             would decide",
                            status.word()
                        )),
                    },
                }
            }
        }
    }
    found
}

/// Why a waiver counts for nothing, if so.
pub(super) fn lapse(waiver: &Waiver, as_of: Date) -> Option<String> {
    let mut missing = Vec::new();
    if waiver.reason.trim().is_empty() {
        missing.push("no reason");
    }
    if waiver.owner.trim().is_empty() {
        missing.push("no owner");
    }
    if waiver.last_day < as_of {
        missing.push("expired");
    }
    (!missing.is_empty()).then(|| missing.join(", "))
}

/// A waiver for a named contingency covers that only. A waiver for named elements covers contingencies made
/// of those only, whatever they are called; it covers the base state only if that rests on known outages, all
/// of them named: nobody accepted harm with nothing failed.
pub(super) fn covers(waiver: &Waiver, breach: &PolicyBreach, scenario: &Scenario) -> bool {
    if waiver.services.binary_search(&breach.service).is_err() {
        return false;
    }
    if waiver.contingency.is_some() && waiver.contingency != breach.contingency {
        return false;
    }
    let Some(accepted) = &waiver.elements else {
        return true;
    };
    let touched = breach
        .contingency
        .map(|at| scenario.contingencies[at].touched());
    let failed = match (&touched, breach.elements.is_empty()) {
        (Some(touched), _) => touched,
        (None, true) => &scenario.down,
        (None, false) => &breach.elements,
    };
    let all = || failed.iter().all(|e| accepted.contains(e));
    breach.probability.is_none() && !failed.is_empty() && all()
}

#[cfg(test)]
mod tests;
