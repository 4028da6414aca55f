//! Fixes for limits of probabilities. In: the probabilities that breach a policy, the minimal sets of
//! a sweep. Out: changes with which they do not. Promises: the likeliest minimal sets are cured
//! first, one, two, four and so on, until the limits hold; each step is verified by simulating the
//! changed estate as the scenario asks.

use super::change::Change;
use super::plan::Prefer;
use super::search::{Search, Wish};
use super::{Fix, merged, order_of};
use crate::analysis::montecarlo::{Settings, Snapshot};
use crate::analysis::outcome::Quiet;
use crate::analysis::policy::{PolicyBreach, PolicyOutcome, asked_order, judge};
use crate::analysis::{Study, SweepOutcome};
use crate::model::{CaseId, NodeId, Status};

/// Minimal sets that are cured at first, and then again as many.
const STEPS: [usize; 5] = [1, 2, 4, 8, 16];

/// A limit that is breached.
type Limit = (NodeId, CaseId, Status);

impl Search<'_> {
    /// Looks for changes with which the probabilities of a policy keep their limits.
    pub(super) fn chances(
        &mut self,
        policy: usize,
        judged: &PolicyOutcome,
        sweep: &SweepOutcome,
        found: &mut Vec<Fix>,
    ) {
        let limits: Vec<Limit> = broken(judged);
        let wishes = self.likeliest(&limits, sweep);
        let mut last: Vec<Change> = Vec::new();
        for most in STEPS {
            let few = &wishes[..wishes.len().min(most)];
            let Some(mut changes) = self.plan(few, Prefer::Capacity) else {
                return;
            };
            changes.extend(self.plan(few, Prefer::Members).unwrap_or_default());
            let mut changes = merged(changes);
            changes.sort_by(|x, y| order_of(x).cmp(&order_of(y)));
            if changes.is_empty() || changes == last {
                continue;
            }
            let Some(after) = self.simulated(policy, &changes) else {
                return;
            };
            let removed = limits.iter().filter(|l| !after.contains(l)).count() as u64;
            if removed > 0 {
                found.push(Fix {
                    policy: Some(policy),
                    rank: None,
                    changes: changes.clone(),
                    removes: removed,
                    of: limits.len() as u64,
                    remaining: after.len() as u64,
                    new_breaches: after.iter().filter(|l| !limits.contains(l)).count() as u64,
                });
            }
            if after.is_empty() || few.len() == wishes.len() {
                return;
            }
            last = changes;
        }
    }

    /// Minimal sets that harm as much as a limit speaks of, the likeliest first.
    fn likeliest(&self, limits: &[Limit], sweep: &SweepOutcome) -> Vec<Wish> {
        let system = self.ground.system;
        let out = |v: &NodeId| {
            let reliability = system.node(*v).reliability;
            reliability.map_or(0.0, crate::model::Reliability::unavailability)
        };
        let mut all: Vec<(f64, Wish)> = Vec::new();
        for &(service, case, status) in limits {
            let swept = sweep.services.iter();
            for s in swept.filter(|s| (s.service, s.case) == (service, case)) {
                let wish = |elements: &[NodeId]| Wish {
                    service,
                    case,
                    elements: elements.to_vec(),
                };
                if s.base.status >= status {
                    all.push((1.0, wish(&[])));
                }
                let sets = s.minimal.iter().filter(|m| m.status >= status);
                all.extend(sets.map(|m| {
                    let likely: f64 = m.elements.iter().map(out).product();
                    (likely, wish(&m.elements))
                }));
            }
        }
        all.retain(|(likely, _)| *likely > 0.0);
        all.sort_by(|x, y| y.0.total_cmp(&x.0).then_with(|| x.1.cmp(&y.1)));
        all.dedup_by(|x, y| x.1 == y.1);
        all.into_iter().map(|(_, wish)| wish).collect()
    }

    /// The limits of a policy that are breached with changes in place.
    fn simulated(&mut self, policy: usize, changes: &[Change]) -> Option<Vec<Limit>> {
        if self.effort.runs >= self.effort.most_runs {
            self.limited = true;
            return None;
        }
        self.effort.runs += 1;
        let altered = self.ground.alter(changes)?;
        let spec = altered.scenario.simulate?;
        let study = Study::new(&altered.system, &altered.scenario);
        let sweep = study.sweep(asked_order(&altered.scenario), &Quiet(self.watch));
        let settings = Settings {
            at_risk: false,
            ..Settings::new(spec.trials, spec.seed)
        };
        let snapshot = Snapshot::new(&study, settings).ok()?;
        let record = snapshot.run(None, &Quiet(self.watch), &mut |_| ());
        let outcome = snapshot.answer(&record);
        if self.watch.stop() {
            self.stopped = true;
            return None;
        }
        let probability = |service, case, status| outcome.at_least(service, case, status);
        let judgement = judge(&altered.scenario, &sweep, &probability, self.as_of);
        let judged = judgement.policies.get(policy)?;
        // What could not be decided is not removed.
        judged.holds?;
        Some(broken(judged))
    }
}

/// The limits that are breached.
fn broken(judged: &PolicyOutcome) -> Vec<Limit> {
    let limits = judged.breaches.iter().filter(|b| b.probability.is_some());
    let limit = |b: &PolicyBreach| (b.service, b.case, b.status);
    limits.map(limit).collect()
}
