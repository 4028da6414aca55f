//! Fixes for limits of probabilities. In: the probabilities that breach a policy, the minimal sets of
//! a sweep, changes that cure the contingencies. Out: changes with which the limits hold as well.
//! Promises: the likeliest minimal sets are cured first, one, two, four and so on, until the policy
//! holds; each step is verified by sweeping and simulating the changed estate as the scenario asks.

use super::account::{Breach, Judged, Wish};
use super::change::Change;
use super::found::{Found, gathered};
use super::plan::Prefer;
use super::search::Search;
use crate::analysis::SweepOutcome;
use crate::model::NodeId;

/// Minimal sets that are cured at first, and then again as many.
const STEPS: [usize; 5] = [1, 2, 4, 8, 16];

impl Search<'_> {
    /// Looks for changes, on top of `start`, with which the probabilities of a policy keep their
    /// limits.
    pub(super) fn chances(
        &mut self,
        policy: usize,
        start: &[Change],
        before: &Judged,
        sweep: &SweepOutcome,
        found: &mut Vec<Found>,
    ) {
        let breaches = before.policies[policy].breaches.iter();
        let limits: Vec<&Breach> = breaches.filter(|b| b.chance).collect();
        let wishes = self.likeliest(&limits, sweep);
        for prefer in [Prefer::Capacity, Prefer::Members] {
            if self.chances_by(prefer, policy, (start, &wishes), found) || self.is_stopped() {
                return;
            }
        }
    }

    /// The same, of changes of one sort first and of members where these cure not all. Whether the policy holds with
    /// the last of them.
    fn chances_by(
        &mut self,
        prefer: Prefer,
        policy: usize,
        (start, wishes): (&[Change], &[Wish]),
        found: &mut Vec<Found>,
    ) -> bool {
        let mut last: Vec<Change> = Vec::new();
        for most in STEPS {
            let few = &wishes[..wishes.len().min(most)];
            let Some(changes) = self.plan(start, few, prefer) else {
                return false;
            };
            let changes = self.plan(&changes, few, Prefer::Members).unwrap_or(changes);
            let changes = gathered(&changes);
            if changes.is_empty() || changes == last {
                continue;
            }
            let Some(after) = self.judged_in_full(&changes) else {
                return false;
            };
            let holds = after.holds(Some(policy));
            found.push(Found {
                changes: changes.clone(),
                after,
                in_full: true,
            });
            if holds || few.len() == wishes.len() {
                return holds;
            }
            last = changes;
        }
        false
    }

    /// Minimal sets that harm as much as a limit speaks of, the likeliest first.
    fn likeliest(&self, limits: &[&Breach], sweep: &SweepOutcome) -> Vec<Wish> {
        let system = self.context.system;
        let out = |v: &NodeId| {
            let reliability = system.node(*v).reliability;
            reliability.map_or(0.0, crate::model::Reliability::unavailability)
        };
        let mut all: Vec<(f64, Wish)> = Vec::new();
        for limit in limits {
            let (service, at) = (limit.wish.service, limit.wish.case);
            let swept = sweep.services.iter();
            // Hours of a horizon may be like any load case.
            let counts = |case| limit.over_horizon || case == at;
            for s in swept.filter(|s| s.service == service && counts(s.case)) {
                let wish = |elements: &[NodeId]| Wish {
                    service,
                    case: s.case,
                    elements: elements.to_vec(),
                    named: None,
                    calm: false,
                    runs: None,
                };
                if s.base.status >= limit.status {
                    all.push((1.0, wish(&[])));
                }
                let sets = s.minimal.iter().filter(|m| m.status >= limit.status);
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
}
