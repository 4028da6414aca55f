//! The least that is known to make policies hold. In: the cheapest plan, repairs, fixes. Out: one remedy for
//! all policies where there is one, else one for each that has any. Promises: only what was verified by
//! assessing the changed estate anew is said to hold something.

use super::known::Known;
use super::outcome::{Remedies, Remedy, RemedySource};
use crate::analysis::plan::{NeededBy, PlanEnd, PlanOutcome, Step};

pub(super) fn remedies(known: Known<'_>) -> Remedies {
    let found = known.found;
    let policies = &found.judgement.policies;
    let breached: Vec<usize> = (0..policies.len())
        .filter(|&p| policies[p].holds == Some(false))
        .collect();
    let plan = found.plan.as_ref();
    let mut out = Remedies {
        looked: found.fixes.is_some(),
        priced: plan.is_some(),
        no_plan: plan.is_some_and(|p| p.plan.is_none() && p.end == PlanEnd::Proved),
        ..Remedies::default()
    };
    if breached.is_empty() {
        return out;
    }
    let for_all = plan.and_then(planned).or_else(|| repairs(known));
    if let Some(remedy) = for_all {
        out.found.push(remedy);
        return out;
    }
    for policy in breached {
        match fix(known, policy) {
            Some(remedy) => add(&mut out.found, remedy),
            None if out.looked => out.unfixed.push(policy),
            None => {}
        }
    }
    out
}

fn planned(outcome: &PlanOutcome) -> Option<Remedy> {
    let plan = outcome.plan.as_ref()?;
    let after = (0..).zip(&outcome.policies);
    Some(Remedy {
        source: RemedySource::Plan,
        changes: plan.steps.iter().map(|s| s.change.clone()).collect(),
        cost: Some(plan.cost),
        is_cheapest: outcome.end == PlanEnd::Proved,
        holds: after
            .filter_map(|(p, h)| (*h == Some(true)).then_some(p))
            .collect(),
        needed_by: plan.steps.iter().filter_map(hour_of).min(),
    })
}

fn hour_of(step: &Step) -> Option<u32> {
    match step.needed_by? {
        NeededBy::Hour(hour) => Some(hour),
        NeededBy::Never => None,
    }
}

/// The fewest repairs after which every policy holds.
fn repairs(known: Known<'_>) -> Option<Remedy> {
    let mut repairs = known.found.fixes.iter().flat_map(|f| &f.repairs);
    let fix = repairs.find(|f| f.holds)?;
    Some(Remedy {
        source: RemedySource::Repairs,
        changes: fix.changes.clone(),
        cost: None,
        is_cheapest: false,
        holds: (0..known.scenario.policies.len()).collect(),
        needed_by: None,
    })
}

/// The first of the changes that hold a policy: those with least to do come first. One that breaches
/// another policy is the last choice.
fn fix(known: Known<'_>, policy: usize) -> Option<Remedy> {
    let holds = known.found.fixes.iter().flat_map(|f| &f.holds);
    let mine = holds.filter(|f| f.policy == Some(policy) && f.holds);
    let fix = mine.min_by_key(|f| !f.new_elsewhere.is_empty())?;
    Some(Remedy {
        source: RemedySource::Fixes,
        changes: fix.changes.clone(),
        cost: None,
        is_cheapest: false,
        holds: vec![policy],
        needed_by: None,
    })
}

/// Adds a remedy; what holds several policies is listed once.
fn add(all: &mut Vec<Remedy>, remedy: Remedy) {
    match all.iter_mut().find(|r| r.changes == remedy.changes) {
        Some(same) => same.holds.extend(remedy.holds),
        None => all.push(remedy),
    }
}
