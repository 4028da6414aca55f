//! How much of what is asked for comes to each workload. In: ways in and what they reach over calls. Out: what
//! each way in loads and how much, and what a pod carries of that. Promises: a pod is sized for the load that
//! comes to it while all pods run, so that what others behind the same name carry is not its own.

use super::names::{Part, Target};
use super::ways::{Entry, Ways};
use super::workloads::Workloads;
use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};

/// What a way in leads to.
pub(super) struct Lead {
    /// Any of these workloads will do.
    pub target: Target,
    /// Whether the way in needs it.
    pub hard: bool,
    /// Load on all of it together, for each unit of the way in's demand.
    pub load: f64,
}

/// A name that loads a workload, or some of its pods.
struct Name {
    /// What all ways in together load it with.
    load: f64,
    /// How many pods stand behind it, of whatever workload.
    pods: usize,
    /// Those of this workload.
    part: Part,
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
        let pods: Vec<usize> = workloads.all.iter().map(|k| k.replicas.len()).collect();
        let behind = |target: &Target| {
            target
                .iter()
                .map(|p| p.count(pods[p.workload]))
                .sum::<usize>()
        };
        let mut leads = Vec::new();
        let mut loaded: BTreeMap<&Target, usize> = BTreeMap::new();
        for reached in &reached {
            let mut widest: Vec<(&Target, bool)> = reached.iter().map(|(t, h)| (t, *h)).collect();
            widest.sort_by_key(|(target, _)| Reverse((target.len(), behind(target))));
            let mut covered: Vec<&Part> = Vec::new();
            let mut each = Vec::new();
            for (target, hard) in widest {
                let known = target.iter().all(|part| is_covered(part, &covered));
                covered.extend(target);
                // A name for some of what is loaded already loads nothing more, and is needed all the same.
                if !known {
                    *loaded.entry(target).or_default() += 1;
                } else if !hard {
                    continue;
                }
                let of_each = 1.0 / entries_of[target] as f64;
                each.push(Lead {
                    target: target.clone(),
                    hard,
                    load: if known { 0.0 } else { of_each },
                });
            }
            leads.push(each);
        }
        let mut names: Vec<Vec<Name>> = pods.iter().map(|_| Vec::new()).collect();
        for (target, by) in loaded {
            for part in target {
                names[part.workload].push(Name {
                    load: by as f64 / entries_of[target] as f64,
                    pods: behind(target),
                    part: part.clone(),
                });
            }
        }
        Self { leads, names, pods }
    }

    /// Whether any way in loads a workload.
    pub fn is_loaded(&self, workload: usize) -> bool {
        !self.names[workload].is_empty()
    }

    /// How many pods of a workload these are: what the load on a name is divided by.
    pub fn pods(&self, part: &Part) -> f64 {
        part.count(self.pods[part.workload]) as f64
    }

    /// What a pod carries that may use `slack` times what it asks for: its part of what is behind each name. Where
    /// nothing loads it, its part of the workload.
    pub fn capacity(&self, (workload, number): (usize, usize), slack: f64) -> f64 {
        let names = self.names[workload].iter();
        let mut names = names.filter(|name| name.part.has(number)).peekable();
        if names.peek().is_none() {
            return slack / self.pods[workload] as f64;
        }
        names.map(|name| slack * name.load / name.pods as f64).sum()
    }
}

/// Whether other parts hold all pods of one.
fn is_covered(part: &Part, by: &[&Part]) -> bool {
    let mut of_it = by.iter().filter(|b| b.workload == part.workload);
    match &part.pods {
        None => of_it.any(|b| b.pods.is_none()),
        Some(pods) => pods.iter().all(|&at| of_it.clone().any(|b| b.has(at))),
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
        for part in &target {
            // Where any of several will do, none of them is needed.
            let calls = ways.calls[part.workload].iter();
            todo.extend(
                calls.map(|(next, needed)| (next.clone(), hard && *needed && target.len() == 1)),
            );
        }
        reached.insert(target, hard);
    }
    reached
}
