//! In which order things are shown. In: documents. Out: their policies and services in that order, and what belongs
//! together beside each other. Promises: what is worst comes first, and nothing is left out.

use super::document::{Assess, PolicyResult, ServiceState, State};
use std::collections::HashMap;

/// Policies in the order in which they are shown: those that do not hold first, then as in the scenario.
pub(in crate::report) fn in_order(result: &Assess) -> Vec<&PolicyResult> {
    let not_held = &result.decisions.not_held;
    let place = |p: &PolicyResult| not_held.iter().position(|n| n.policy == p.name);
    let mut all: Vec<&PolicyResult> = result.policies.iter().collect();
    all.sort_by_key(|p| place(p).unwrap_or(usize::MAX));
    all
}

/// Worst first, then by tier, then by id.
pub(in crate::report) fn by_urgency(state: &State) -> Vec<&ServiceState> {
    let mut all: Vec<&ServiceState> = state.services.iter().collect();
    all.sort_by(|x, y| {
        let tier = |s: &ServiceState| s.tier.unwrap_or(u32::MAX);
        y.status
            .cmp(&x.status)
            .then(tier(x).cmp(&tier(y)))
            .then(x.id.cmp(&y.id))
    });
    all
}

/// What has the same key stands together, in the order in which each key comes first.
pub(in crate::report) fn together<T, K: Eq + std::hash::Hash>(
    all: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> K,
) -> Vec<Vec<T>> {
    let mut at: HashMap<K, usize> = HashMap::new();
    let mut groups: Vec<Vec<T>> = Vec::new();
    for one in all {
        let group = *at.entry(key(&one)).or_insert(groups.len());
        if group == groups.len() {
            groups.push(Vec::new());
        }
        groups[group].push(one);
    }
    groups
}
