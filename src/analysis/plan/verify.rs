//! Assessing a proposal. In: changes. Out: the changed estate and its policies as judged. Promises: swept and
//! judged as `assess` does; probabilities are worked out only where contingencies breach nothing.

use super::super::fix::{Altered, Change, FixContext, moves_fit};
use super::super::montecarlo::Settings;
use super::super::outcome::Quiet;
use super::super::policy::{Judgement, asked_order, judge};
use super::super::{Study, SweepOutcome, Watch};
use crate::model::{CaseId, NodeId, Scenario, Status};
use jiff::civil::Date;

/// A proposal, assessed.
pub(super) struct Assessed {
    pub altered: Altered,
    pub sweep: SweepOutcome,
    pub judgement: Judgement,
}

impl Assessed {
    pub fn holds(&self) -> bool {
        let mut policies = self.judgement.policies.iter();
        policies.all(|p| p.holds == Some(true))
    }

    pub fn breaches(&self) -> u64 {
        let policies = self.judgement.policies.iter();
        policies.map(|p| p.breaches.len() as u64).sum()
    }
}

/// Whether some policy asks for a probability.
pub(super) fn asks_for_chances(scenario: &Scenario) -> bool {
    let asks = |p: &crate::model::Policy| !p.max_probability.is_empty() || !p.slo.is_empty();
    scenario.policies.iter().any(asks)
}

/// Assesses the estate with changes in place. `None` where they make no estate, an instance moves to where there is no
/// room for it, or it was ended early.
pub(super) fn assessed(
    context: FixContext<'_>,
    changes: &[Change],
    as_of: Date,
    watch: &dyn Watch,
) -> Option<Assessed> {
    let altered = context.alter_as_listed(changes)?;
    let study = Study::new(&altered.system, &altered.scenario).listing(usize::MAX);
    let sweep = study.sweep(asked_order(&altered.scenario), &Quiet(watch));
    if watch.stop() || !sweep.is_complete() || !moves_fit(&study, changes) {
        return None;
    }
    let judgement = judged(&study, &sweep, as_of, watch);
    let judgement = judgement?;
    drop(study);
    Some(Assessed {
        altered,
        sweep,
        judgement,
    })
}

fn judged(
    study: &Study<'_>,
    sweep: &SweepOutcome,
    as_of: Date,
    watch: &dyn Watch,
) -> Option<Judgement> {
    let none = |_: NodeId, _: CaseId, _: Status| Err("probabilities were not computed".to_owned());
    if asks_for_chances(study.scenario())
        && let Some(spec) = study.scenario().simulate
    {
        let mut bare = study.scenario().clone();
        for policy in &mut bare.policies {
            policy.max_probability.clear();
            policy.slo.clear();
        }
        let first = judge(study.system().placements(), &bare, sweep, &none, as_of);
        if first.policies.iter().any(|p| !p.breaches.is_empty()) {
            return Some(first);
        }
        let settings = Settings {
            at_risk: false,
            ..Settings::new(spec.trials, spec.seed)
        };
        let outcome = study.simulate(settings, &Quiet(watch)).ok()?;
        if watch.stop() {
            return None;
        }
        let found = |service, case, status| outcome.at_least(service, case, status);
        return Some(judge(
            study.system().placements(),
            study.scenario(),
            sweep,
            &found,
            as_of,
        ));
    }
    Some(judge(
        study.system().placements(),
        study.scenario(),
        sweep,
        &none,
        as_of,
    ))
}
