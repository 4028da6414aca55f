//! Assessing a proposal. In: changes. Out: the changed estate and its policies as judged. Promises: swept and
//! judged as `assess` does; probabilities are worked out only where contingencies breach nothing.

use super::super::asked::{Asked, asks_for_chances};
use super::super::fix::{Altered, Change, FixContext, moves_fit};
use super::super::outcome::Quiet;
use super::super::policy::{During, Judgement, Probability, judge, sweep_asked};
use super::super::{Study, SweepOutcome, Watch};
use crate::model::{NodeId, Status};
use jiff::civil::Date;
use std::collections::BTreeSet;

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

/// Assesses the estate with changes in place. `None` where they make no estate, an instance moves to where there is no
/// room for it, or it was ended early.
pub(super) fn assessed(
    context: FixContext<'_>,
    changes: &[Change],
    as_of: Date,
    watch: &dyn Watch,
) -> Option<Assessed> {
    let altered = context.alter_as_listed(changes)?;
    let (study, sweep) = swept(&altered, watch)?;
    if !moves_fit(&study, changes) {
        return None;
    }
    let judgement = judged(&study, &sweep, as_of, watch)?;
    drop(study);
    Some(Assessed {
        altered,
        sweep,
        judgement,
    })
}

/// The sweep that policies are judged by, with every contingency that harms. `None` if it was ended early.
fn swept<'a>(altered: &'a Altered, watch: &dyn Watch) -> Option<(Study<'a>, SweepOutcome)> {
    let study = Study::new(&altered.system, &altered.scenario).listing(usize::MAX);
    let sweep = sweep_asked(&study, &Quiet(watch));
    (!watch.stop() && sweep.is_complete()).then_some((study, sweep))
}

/// Whether some policy breaks with changes in place where only `elements` fail. Then it breaks
/// where others fail, too: every breach found stays one, and what leaves a service at risk there leaves it so. False
/// says nothing.
pub(super) fn breaks_within(
    context: FixContext<'_>,
    changes: &[Change],
    elements: &BTreeSet<NodeId>,
    as_of: Date,
    watch: &dyn Watch,
) -> bool {
    let Some(mut altered) = context.alter_as_listed(changes) else {
        return false;
    };
    let all = &mut altered.scenario.sweep.elements;
    all.retain(|e| elements.contains(e));
    let Some((study, sweep)) = swept(&altered, watch) else {
        return false;
    };
    let judgement = without_chances(&study, &sweep, as_of);
    judgement.policies.iter().any(|p| !p.breaches.is_empty())
}

/// Policies but for what they ask of probabilities.
fn without_chances(study: &Study<'_>, sweep: &SweepOutcome, as_of: Date) -> Judgement {
    let mut bare = study.scenario().clone();
    for policy in &mut bare.policies {
        policy.max_probability.clear();
        policy.slo.clear();
    }
    judge(study.system().placements(), &bare, sweep, &unknown, as_of)
}

fn unknown(_: NodeId, _: During, _: Status) -> Result<Probability, String> {
    Err("probabilities were not computed".to_owned())
}

fn judged(
    study: &Study<'_>,
    sweep: &SweepOutcome,
    as_of: Date,
    watch: &dyn Watch,
) -> Option<Judgement> {
    if asks_for_chances(study.scenario()) && study.scenario().simulate.is_some() {
        let first = without_chances(study, sweep, as_of);
        if first.policies.iter().any(|p| !p.breaches.is_empty()) {
            return Some(first);
        }
        let asked = Asked::of(study, &Quiet(watch))?;
        if watch.stop() {
            return None;
        }
        let found = |service, during, status| asked.probability(service, during, status);
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
        &unknown,
        as_of,
    ))
}

#[cfg(test)]
mod tests {
    use super::{assessed, breaks_within};
    use crate::analysis::NoWatch;
    use crate::analysis::estates::{self, Dice};
    use crate::analysis::fix::{Change, FixContext, Member};
    use crate::model::{NodeId, Policy, System};
    use jiff::civil::date;
    use std::collections::BTreeSet;

    fn policy(system: &System, dice: &mut Dice) -> Policy {
        Policy {
            name: "holds".to_owned(),
            services: vec![*dice.pick(system.services())],
            cases: vec![crate::model::CaseId(0)],
            survives: Some(if dice.chance(0.3) { 2 } else { 1 }),
            no_cascade: false,
            contingencies: Vec::new(),
            shed: false,
            restarts: None,
            slo: Vec::new(),
            max_probability: Vec::new(),
        }
    }

    fn change(system: &System, dice: &mut Dice) -> Change {
        let elements = system.elements();
        let like = *dice.pick(&elements);
        if dice.chance(0.5) {
            let outside = system.node(like).within.to_vec();
            Change::AddMember(Member {
                like,
                outside,
                count: 1,
            })
        } else {
            Change::AddCapacity(like, 40.0 * dice.unit())
        }
    }

    /// What breaks where few elements fail breaks where all may; with those that broke it before, that is seen of
    /// nearly everything that breaks.
    #[test]
    fn a_part_that_breaks_is_a_whole_that_breaks() {
        let (mut by_part, mut in_all, mut held) = (0, 0, 0);
        for seed in 0..400 {
            let mut dice = Dice(seed ^ 0x20);
            let system = estates::enterprise(seed, 2 + dice.below(5));
            let mut scenario = estates::scenario(&system, 1, &[0.3 + 0.4 * dice.unit()]);
            scenario.policies = vec![policy(&system, &mut dice)];
            let context = FixContext {
                system: &system,
                scenario: &scenario,
                returning: &[],
            };
            let as_of = date(2026, 11, 30);
            let assess = |changes: &[Change]| assessed(context, changes, as_of, &NoWatch);
            let before = assess(&[]).expect("it can be judged");
            let breaches = before.judgement.policies.iter().flat_map(|p| &p.breaches);
            let culprits: BTreeSet<NodeId> = breaches.flat_map(|b| b.elements.clone()).collect();
            for _ in 0..4 {
                let changes: Vec<Change> = (0..dice.below(4))
                    .map(|_| change(&system, &mut dice))
                    .collect();
                let Some(whole) = assess(&changes) else {
                    continue;
                };
                let mut some = culprits.clone();
                if dice.chance(0.5) {
                    some = system.elements().into_iter().collect();
                    some.retain(|_| dice.chance(0.4));
                }
                let part = breaks_within(context, &changes, &some, as_of, &NoWatch);
                assert!(!(part && whole.holds()), "seed {seed}: {changes:?}");
                by_part += u32::from(part);
                in_all += u32::from(!whole.holds());
                held += u32::from(whole.holds());
            }
        }
        assert!(
            by_part > 100 && by_part * 2 > in_all && held > 100,
            "{by_part} of {in_all}, {held}"
        );
    }
}
