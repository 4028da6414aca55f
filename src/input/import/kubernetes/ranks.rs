//! Which pods are placed first. In: priorities of pods and their classes. Out: a rank for each pod, 1 for the highest
//! priority.

use super::documents::Objects;
use super::workloads::{Replica, Workloads};
use std::collections::BTreeSet;

/// Priorities of pods, highest first: the rank of one is its place.
pub(super) struct Ranks(Vec<i64>);

impl Ranks {
    /// Collects the priorities of all pods.
    pub fn of(objects: &Objects, workloads: &Workloads) -> Self {
        let all = workloads.all.iter().flat_map(|k| &k.replicas);
        let all: BTreeSet<i64> = all.filter_map(|r| priority(objects, r)).collect();
        Self(all.into_iter().rev().collect())
    }

    /// The rank of a pod; `None` where it has no priority.
    pub fn rank(&self, objects: &Objects, replica: &Replica) -> Option<u32> {
        let own = priority(objects, replica)?;
        let at = self.0.iter().position(|p| *p == own)?;
        u32::try_from(at + 1).ok()
    }
}

fn priority(objects: &Objects, replica: &Replica) -> Option<i64> {
    let class = replica.spec.priority_class_name.clone();
    let class = class.and_then(|c| objects.priorities.get(&("default".to_owned(), c)));
    replica
        .spec
        .priority
        .or_else(|| class.and_then(|c| c.value))
}
