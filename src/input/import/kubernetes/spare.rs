//! How much more than it asks for a pod may use of the processors. In: limits of containers, what nodes have, what
//! runs there. Out: a factor for each pod. Promises: all pods on a node together get no more than it has, in parts
//! as they ask for them.

use super::machines::Machines;
use super::requests::{self, Requests};
use super::workloads::{Replica, Workloads};
use std::collections::BTreeMap;

/// What nodes have to spare.
pub(super) struct Spare<'o> {
    /// By node: what it has over what its pods ask for, at least 1; `None` where it does not say what it has.
    by_node: BTreeMap<&'o str, Option<f64>>,
    /// What would be left of it if all pods ran on the smallest node: what every pod is sure of wherever it moves.
    sure: f64,
}

impl<'o> Spare<'o> {
    /// Counts what is asked of each node; `asked` is by workload and pod.
    pub fn of(machines: &Machines<'o>, workloads: &Workloads<'o>, asked: &[Vec<Requests>]) -> Self {
        let mut on_node: BTreeMap<&str, f64> = BTreeMap::new();
        let mut together = 0.0;
        for (kept, asked) in workloads.all.iter().zip(asked) {
            for (replica, asked) in kept.replicas.iter().zip(asked) {
                together += cpu(asked);
                if let Some(node) = replica.node {
                    *on_node.entry(node).or_default() += cpu(asked);
                }
            }
        }
        let mut by_node = BTreeMap::new();
        let mut sure = f64::INFINITY;
        for machine in &machines.all {
            let has = machine.allocatable.get("cpu").map(|all| {
                let taken = workloads.taken.get(machine.name).map_or(0.0, cpu);
                (all - taken).max(0.0)
            });
            let asked = on_node.get(machine.name).copied().unwrap_or(0.0);
            by_node.insert(machine.name, has.map(|has| factor(has, asked)));
            if let Some(has) = has {
                sure = sure.min(factor(has, together));
            }
        }
        Self { by_node, sure }
    }

    /// How much more than it asks for a pod may use: as its limits let it, and its part of what its node has. What
    /// runs on no node yet is sure of what it asks for. `None` is without bound, and what asks for nothing.
    pub fn factor(&self, replica: &Replica, asked: &Requests) -> Option<f64> {
        let limit = requests::slack(replica.spec);
        if self.by_node.is_empty() || cpu(asked) <= 0.0 {
            return limit;
        }
        let on_node = match replica.node {
            Some(node) => self.by_node.get(node).copied().flatten(),
            None => Some(1.0),
        };
        match (limit, on_node) {
            (Some(limit), Some(on_node)) => Some(limit.min(on_node)),
            (limit, on_node) => limit.or(on_node),
        }
    }

    /// Whether a pod may get less of a node that it moves to, with all others there.
    pub fn may_shrink(&self, factor: Option<f64>) -> bool {
        factor.is_some_and(|factor| factor > self.sure * (1.0 + 1e-9))
    }
}

fn cpu(asked: &Requests) -> f64 {
    asked.get("cpu").copied().unwrap_or(0.0)
}

fn factor(has: f64, asked: f64) -> f64 {
    if asked > 0.0 {
        (has / asked).max(1.0)
    } else {
        1.0
    }
}
