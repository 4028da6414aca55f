//! Breaches by named contingencies. In: a policy and what a sweep says of the contingencies that it names.
//! Out: breaches, and why some could not be shown.

use super::outcome::PolicyBreach;
use crate::analysis::{NamedOutcome, SweepOutcome};
use crate::model::{NodeId, Policy, Scenario, ServiceOutcome, Shed};

/// Every service that one of the contingencies of a policy does not leave as the policy asks.
pub(super) fn breaches(
    scenario: &Scenario,
    policy: &Policy,
    sweep: &SweepOutcome,
    gaps: &mut Vec<String>,
) -> Vec<PolicyBreach> {
    let asked = policy.contingencies.len() * policy.cases.len();
    let of_policy = |n: &&NamedOutcome| {
        policy.contingencies.contains(&n.contingency) && policy.cases.contains(&n.case)
    };
    let there: Vec<&NamedOutcome> = sweep.named.iter().filter(of_policy).collect();
    if there.len() < asked {
        gaps.push("the run ended before every named contingency was looked at".to_owned());
    }
    let mut found = Vec::new();
    for outcome in there {
        for (at, service) in outcome.services.iter().enumerate() {
            if policy.services.binary_search(&service.service).is_ok() {
                let contingency = &scenario.contingencies[outcome.contingency];
                let shed = scenario.shed(contingency, outcome.case, at);
                if !is_kept(service, shed, policy.shed) {
                    found.push(breach(outcome, service, shed, &contingency.down));
                }
            }
        }
    }
    found
}

/// Whether a service is kept: where its demand is lowered, whatever is left of it, if that is allowed;
/// elsewhere if it is neither degraded nor down.
fn is_kept(service: &ServiceOutcome, shed: Option<Shed>, allowed: bool) -> bool {
    match shed {
        None => !service.status.is_harm(),
        Some(_) => allowed,
    }
}

fn breach(
    outcome: &NamedOutcome,
    service: &ServiceOutcome,
    shed: Option<Shed>,
    down: &[NodeId],
) -> PolicyBreach {
    PolicyBreach {
        elements: down.to_vec(),
        contingency: Some(outcome.contingency),
        shed,
        delivered: Some(service.delivered),
        ..PolicyBreach::new(service.service, outcome.case, service.status)
    }
}
