//! Plans with names on.

use super::Naming;
use super::instant::instant;
use crate::analysis::fix::Change;
use crate::analysis::montecarlo::YEAR;
use crate::analysis::plan::{self, NeededBy, Objective, PlanEnd, PlanOutcome, Refusal, Sort, Step};
use crate::model::Horizon;
use crate::report::document::{
    PlanAlternative, PlanChange, PlanKind, PlanMinutes, PlanObjective, PlanPolicy, PlanRefusal,
    PlanResult,
};
use crate::report::number::count;

impl Naming<'_> {
    /// A plan, or why there is none; its steps are dated where they were held against a horizon.
    #[must_use]
    pub fn plan(self, outcome: &PlanOutcome, horizon: Option<&Horizon>) -> PlanResult {
        let steps = outcome.plan.iter().flat_map(|p| &p.steps);
        let names = self.scenario.policies.iter().map(|p| p.name.clone());
        let policies = names.zip(&outcome.policies);
        PlanResult {
            objective: match outcome.objective {
                Objective::Cost => PlanObjective::Cost,
                Objective::Changes => PlanObjective::Changes,
            },
            breaches: outcome.breaches,
            changes: steps.map(|s| self.plan_change(s, horizon)).collect(),
            cost: outcome.plan.as_ref().map(|p| p.cost),
            lower_bound: outcome.lower_bound,
            gap: outcome.gap(),
            proved: outcome.is_proved(),
            reason: ended(outcome),
            holds: outcome.plan.is_some(),
            policies: policies
                .map(|(name, &holds)| PlanPolicy { name, holds })
                .collect(),
            refusal: outcome.refusal.as_ref().map(|r| self.refusal(r)),
            minutes: Vec::new(),
            alternatives: None,
            runs: outcome.runs,
            most_runs: outcome.most_runs,
        }
    }

    /// What the steps of a plan give back, service by service.
    #[must_use]
    pub fn plan_minutes(self, found: &plan::PlanMinutes) -> Vec<PlanMinutes> {
        let (Some(first), Some(last)) = (found.after.first(), found.after.last()) else {
            return Vec::new();
        };
        let of = |at: usize| {
            let (before, after) = (first[at], last[at]);
            let service = self.system.node(before.service).as_service();
            let target = service.and_then(|s| s.slo).unwrap_or(100.0);
            let steps = found.after.windows(2);
            PlanMinutes {
                service: self.id(before.service),
                load_case: found.case.map(|case| self.case(case)),
                target,
                budget: (1.0 - target / 100.0) * YEAR * 60.0,
                before: before.harmed,
                down_before: before.down,
                after: after.harmed,
                down_after: after.down,
                given_back: steps.map(|s| s[0][at].harmed - s[1][at].harmed).collect(),
            }
        };
        (0..first.len()).map(of).collect()
    }

    /// A plan that does without a sort of change.
    #[must_use]
    pub fn alternative(self, sort: Sort, outcome: &PlanOutcome) -> PlanAlternative {
        let plan = self.plan(outcome, None);
        PlanAlternative {
            without: match sort {
                Sort::Restore => PlanKind::Restore,
                Sort::Grow => PlanKind::Grow,
                Sort::Add => PlanKind::Add,
                Sort::Move => PlanKind::Move,
                Sort::Shrink => PlanKind::Shrink,
                Sort::Lay => PlanKind::Lay,
            },
            changes: plan.changes,
            cost: plan.cost,
            lower_bound: plan.lower_bound,
            proved: plan.proved,
            reason: plan.reason,
            runs: plan.runs,
        }
    }

    fn plan_change(self, step: &Step, horizon: Option<&Horizon>) -> PlanChange {
        let (needed_by, needed_by_reason) = needed_by(step, horizon);
        let bare = |kind, node| PlanChange {
            kind,
            component: self.id(node),
            amount: None,
            unit: None,
            capacity: None,
            new_capacity: None,
            outside: Vec::new(),
            laid: None,
            moved: None,
            takes: None,
            cost: step.cost,
            breaches_left: step.breaches_left,
            needed_by: needed_by.clone(),
            needed_by_reason: needed_by_reason.clone(),
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
            Change::Lay(path) => PlanChange {
                amount: Some(f64::from(path.count)),
                laid: Some(self.laid(path)),
                ..bare(PlanKind::Lay, path.from)
            },
            Change::Move(instance, host) => PlanChange {
                moved: Some(self.relocation(*instance, *host)),
                ..bare(PlanKind::Move, *instance)
            },
            Change::Shrink(shrink) => {
                let (takes, less, unit) = self.takes_less(shrink);
                PlanChange {
                    amount: Some(less),
                    unit,
                    takes: Some(takes),
                    ..bare(PlanKind::Shrink, shrink.instance)
                }
            }
        }
    }

    fn refusal(self, refusal: &Refusal) -> PlanRefusal {
        PlanRefusal {
            policy: self.scenario.policies[refusal.policy].name.clone(),
            breach: self.breach(&refusal.breach),
        }
    }
}

/// By when a step is needed, or why it has no date.
fn needed_by(step: &Step, horizon: Option<&Horizon>) -> (Option<String>, Option<String>) {
    let Some(horizon) = horizon else {
        return (None, None);
    };
    match step.needed_by {
        Some(NeededBy::Hour(hour)) => {
            let at = instant(horizon.at(hour as usize), &horizon.zone);
            (Some(at), None)
        }
        Some(NeededBy::Never) => {
            let reason =
                "no hour of the horizon asks for it, only a load case or another policy does";
            (None, Some(reason.to_owned()))
        }
        None => (None, Some("not looked at".to_owned())),
    }
}

/// Why nothing was proved.
fn ended(outcome: &PlanOutcome) -> Option<String> {
    let runs = count(outcome.runs);
    match outcome.end {
        _ if outcome.is_proved() => None,
        PlanEnd::Proved => None,
        PlanEnd::Exhausted => Some(
            "not everything that may help can be told from one state: a probability, capacities that \
             weights follow, or where instances run"
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
