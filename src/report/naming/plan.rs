//! Plans with names on.

use super::Naming;
use crate::analysis::fix::Change;
use crate::analysis::plan::{Objective, PlanEnd, PlanOutcome, Refusal, Step};
use crate::report::document::{
    PlanChange, PlanKind, PlanObjective, PlanPolicy, PlanRefusal, PlanResult,
};
use crate::report::number::count;

impl Naming<'_> {
    /// A plan, or why there is none.
    #[must_use]
    pub fn plan(self, outcome: &PlanOutcome) -> PlanResult {
        let steps = outcome.plan.iter().flat_map(|p| &p.steps);
        let names = self.scenario.policies.iter().map(|p| p.name.clone());
        let policies = names.zip(&outcome.policies);
        PlanResult {
            objective: match outcome.objective {
                Objective::Cost => PlanObjective::Cost,
                Objective::Changes => PlanObjective::Changes,
            },
            breaches: outcome.breaches,
            changes: steps.map(|s| self.plan_change(s)).collect(),
            cost: outcome.plan.as_ref().map(|p| p.cost),
            lower_bound: outcome.lower_bound,
            gap: outcome.gap(),
            proved: outcome.end == PlanEnd::Proved,
            reason: ended(outcome),
            holds: outcome.plan.is_some(),
            policies: policies
                .map(|(name, &holds)| PlanPolicy { name, holds })
                .collect(),
            refusal: outcome.refusal.as_ref().map(|r| self.refusal(r)),
            runs: outcome.runs,
            most_runs: outcome.most_runs,
        }
    }

    fn plan_change(self, step: &Step) -> PlanChange {
        let bare = |kind, node| PlanChange {
            kind,
            component: self.id(node),
            amount: None,
            unit: None,
            capacity: None,
            new_capacity: None,
            outside: Vec::new(),
            cost: step.cost,
            breaches_left: step.breaches_left,
        };
        match &step.change {
            Change::Restore(node) => bare(PlanKind::Restore, *node),
            Change::AddCapacity(node, amount) => {
                let capacity = self.system.node(*node).least_limit();
                PlanChange {
                    amount: Some(*amount),
                    unit: self.unit(*node),
                    capacity,
                    new_capacity: capacity.map(|c| c + amount),
                    ..bare(PlanKind::Grow, *node)
                }
            }
            Change::AddMember(member) => PlanChange {
                amount: Some(f64::from(member.count)),
                outside: self.ids(&member.outside),
                ..bare(PlanKind::Add, member.like)
            },
        }
    }

    fn refusal(self, refusal: &Refusal) -> PlanRefusal {
        PlanRefusal {
            policy: self.scenario.policies[refusal.policy].name.clone(),
            breach: self.breach(&refusal.breach),
        }
    }
}

/// Why nothing was proved.
fn ended(outcome: &PlanOutcome) -> Option<String> {
    let runs = count(outcome.runs);
    match outcome.end {
        PlanEnd::Proved => None,
        PlanEnd::Exhausted => Some(
            "not everything that may help can be told from one state: a probability, or capacities that \
             weights follow"
                .to_owned(),
        ),
        PlanEnd::Runs => Some(format!("the estate was assessed {runs} times, its limit")),
        PlanEnd::Interrupted => Some("interrupted".to_owned()),
        PlanEnd::Unjudged => Some(
            outcome
                .undecided
                .clone()
                .unwrap_or_else(|| "the policies could not be judged".to_owned()),
        ),
    }
}
