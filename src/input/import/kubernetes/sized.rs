//! How much of what is asked for comes to each workload. In: ways in and what they reach over calls. Out: what
//! each way in loads and how much, and what a pod carries of that. Promises: a pod is sized for the load that
//! comes to it while all pods run, so that what others behind the same name carry is not its own.

use super::ways::{Entry, Target, Ways};
use super::workloads::Workloads;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What a way in leads to.
pub(super) struct Lead {
    /// Any of these workloads will do.
    pub target: Target,
    /// Whether the way in needs it.
    pub hard: bool,
    /// Load on all of it together, for each unit of the way in's demand.
    pub load: f64,
}

/// A name that loads a workload.
struct Name {
    /// What all ways in together load it with.
    load: f64,
    /// How many pods stand behind it, of whatever workload.
    pods: usize,
}

/// The loads of all ways in.
pub(super) struct Sized {
    /// By way in.
    pub leads: Vec<Vec<Lead>>,
    /// By workload.
    names: Vec<Vec<Name>>,
    /// How many pods each workload has.
    pods: Vec<usize>,
}

impl Sized {
    /// Follows every way in.
    pub fn of(ways: &Ways, workloads: &Workloads) -> Self {
        let reached: Vec<_> = ways
            .entries
            .iter()
            .map(|entry| reach(entry, ways))
            .collect();
        let mut entries_of: BTreeMap<&Target, usize> = BTreeMap::new();
        for target in reached.iter().flat_map(BTreeMap::keys) {
            *entries_of.entry(target).or_default() += 1;
        }
        let mut leads = Vec::new();
        let mut loaded: BTreeMap<&Target, usize> = BTreeMap::new();
        for reached in &reached {
            let mut widest: Vec<(&Target, bool)> = reached.iter().map(|(t, h)| (t, *h)).collect();
            widest.sort_by_key(|(target, _)| std::cmp::Reverse(target.len()));
            let mut covered = BTreeSet::new();
            widest.retain(|(target, _)| {
                let known = target.iter().all(|at| covered.contains(at));
                covered.extend(target.iter().copied());
                !known
            });
            let each = widest.into_iter().map(|(target, hard)| {
                *loaded.entry(target).or_default() += 1;
                Lead {
                    target: target.clone(),
                    hard,
                    load: 1.0 / entries_of[target] as f64,
                }
            });
            leads.push(each.collect());
        }
        let pods: Vec<usize> = workloads.all.iter().map(|k| k.replicas.len()).collect();
        let mut names: Vec<Vec<Name>> = pods.iter().map(|_| Vec::new()).collect();
        for (target, by) in loaded {
            let behind = target.iter().map(|&at| pods[at]).sum();
            for &at in target {
                names[at].push(Name {
                    load: by as f64 / entries_of[target] as f64,
                    pods: behind,
                });
            }
        }
        Self { leads, names, pods }
    }

    /// Whether any way in loads a workload.
    pub fn is_loaded(&self, workload: usize) -> bool {
        !self.names[workload].is_empty()
    }

    /// How many pods a workload has: what the load on a name is divided by.
    pub fn pods(&self, workload: usize) -> f64 {
        self.pods[workload] as f64
    }

    /// What a pod of a workload carries that may use `slack` times what it asks for: its part of what is
    /// behind each name. Where nothing loads the workload, its part of the workload.
    pub fn capacity(&self, workload: usize, slack: f64) -> f64 {
        if !self.is_loaded(workload) {
            return slack / self.pods(workload);
        }
        let names = self.names[workload].iter();
        names.map(|name| slack * name.load / name.pods as f64).sum()
    }
}

/// What a way in reaches over calls, and whether it needs all of it.
fn reach(entry: &Entry, ways: &Ways) -> BTreeMap<Target, bool> {
    let mut reached: BTreeMap<Target, bool> = BTreeMap::new();
    let mut todo: VecDeque<(Target, bool)> =
        entry.targets.iter().map(|t| (t.clone(), true)).collect();
    while let Some((target, hard)) = todo.pop_front() {
        // A target is looked at again only where it turns out to be needed.
        match reached.get(&target) {
            Some(known) if *known || !hard => continue,
            _ => {}
        }
        for &at in &target {
            // Where any of several will do, none of them is needed.
            let calls = ways.calls[at].iter();
            todo.extend(
                calls.map(|(next, needed)| (next.clone(), hard && *needed && target.len() == 1)),
            );
        }
        reached.insert(target, hard);
    }
    reached
}
