//! Breaches by instances that run nowhere. In: a policy and what a sweep left without a host. Out:
//! breaches, and why some could not be shown.

use super::gaps::look_for_gaps;
use super::outcome::PolicyBreach;
use crate::analysis::{Stranding, SweepOutcome};
use crate::model::{NodeId, Placements, Policy, Status};

/// The base state and the contingencies after which an instance runs nowhere that a policy wants to run,
/// though it runs after every part of them. Each is shown of the service that it leaves worst off, if the
/// policy is for that, else of the first that the policy is for.
pub(super) fn breaches(
    placements: &Placements,
    policy: &Policy,
    sweep: &SweepOutcome,
    gaps: &mut Vec<String>,
) -> Vec<PolicyBreach> {
    let Some(asked) = policy.restarts else {
        return Vec::new();
    };
    let Some(&first) = policy.services.first() else {
        gaps.push("there is no service of which it could be told".to_owned());
        return Vec::new();
    };
    look_for_gaps(asked.order, sweep, gaps);
    let order = asked.order as usize;
    let all = &sweep.stranded;
    let cut = |order: usize| {
        let listed = all.listed.iter().filter(|s| s.elements.len() == order);
        let count = all.count.get(order - 1).copied().unwrap_or(0);
        (listed.count() as u64) < count
    };
    if (1..=order).any(cut) {
        gaps.push(
            "there are more contingencies that leave something out than are listed".to_owned(),
        );
    }
    let counts = |v: &NodeId| {
        let priority = placements.of(*v).and_then(|p| p.priority);
        asked
            .priority
            .is_none_or(|most| priority.is_some_and(|p| p <= most))
    };
    let breach = |s: &Stranding| {
        let unplaced: Vec<NodeId> = s.instances.iter().copied().filter(counts).collect();
        let worst = s
            .worst
            .filter(|w| policy.services.binary_search(&w.0).is_ok());
        let (service, status) = worst.unwrap_or((first, Status::Ok));
        (!unplaced.is_empty()).then(|| PolicyBreach {
            elements: s.elements.to_vec(),
            unplaced,
            ..PolicyBreach::new(service, s.case, status)
        })
    };
    let of_policy = |s: &&Stranding| s.elements.len() <= order && policy.cases.contains(&s.case);
    let found = all.base.iter().chain(&all.listed).filter(of_policy);
    found.filter_map(breach).collect()
}
