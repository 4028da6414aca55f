//! Breaches of targets. In: a policy with the targets of its services, probabilities. Out: services that are
//! degraded or down for more of a year than their target leaves, and why that could not be told.

use super::outcome::{During, PolicyBreach, ProbabilityOf};
use crate::model::{CaseId, Policy, Scenario, Status};

/// The load case that lasts all year: the first that is not marked `peak`.
pub(in crate::analysis) fn lasting(scenario: &Scenario) -> Option<CaseId> {
    let mut cases = (0..).map(CaseId).zip(&scenario.cases);
    cases.find(|(_, case)| !case.peak).map(|(id, _)| id)
}

/// Every service that does not keep its target.
pub(super) fn breaches(
    scenario: &Scenario,
    policy: &Policy,
    probability: ProbabilityOf<'_>,
    gaps: &mut Vec<String>,
) -> Vec<PolicyBreach> {
    if policy.slo.is_empty() {
        return Vec::new();
    }
    // A breach over the horizon is shown of the load case that would count without one.
    let (case, during) = match (lasting(scenario), &scenario.year) {
        (case, Some(_)) => (case.unwrap_or(CaseId(0)), During::Horizon),
        (Some(case), None) => (case, During::Case(case)),
        (None, None) => {
            gaps.push("every load case is a peak, and a peak does not last all year".to_owned());
            return Vec::new();
        }
    };
    let mut found = Vec::new();
    for &(service, target) in &policy.slo {
        let allowed = 1.0 - target / 100.0;
        match probability(service, during, Status::Degraded) {
            Err(reason) => gaps.push(reason),
            Ok(p) => match p.exceeds(allowed) {
                Some(true) => found.push(PolicyBreach {
                    probability: Some(p.estimate),
                    allowed: Some(allowed),
                    over_horizon: during == During::Horizon,
                    ..PolicyBreach::new(service, case, Status::Degraded)
                }),
                Some(false) => {}
                None => gaps.push(
                    "the interval around the minutes of a year holds the budget: more trials would \
                     decide"
                        .to_owned(),
                ),
            },
        }
    }
    found
}
