//! Which nodes may take a pod. In: pods, nodes, storage. Out: rows of placements.csv. Promises: the rules of
//! the scheduler that a node either meets or not: selectors, required affinity to nodes, taints, cordons, the place
//! of bound volumes, resources that a node does not have at all, pods that stay there and bar others. A pod with a
//! volume whose place is in no file stays where it runs.

use super::super::super::write::{Hosts, Placement};
use super::super::assembly::Assembly;
use super::apart::Apart;
use super::documents::Objects;
use super::machines::{Machine, Machines};
use super::objects::{PodSpec, Storage, Terms, get};
use super::requests::{self, Requests};
use super::selectors::{fits_terms, tolerates};
use super::volumes::{self, Place};
use super::workloads::{Kept, Replica, Workloads};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Nodes up to this many are listed one by one.
const LISTED: usize = 6;

/// Sets of nodes that pods may run on, each found once.
pub(super) struct Placing<'o> {
    pub apart: Apart<'o>,
    objects: &'o Objects,
    machines: &'o Machines<'o>,
    by_name: HashMap<&'o str, usize>,
    known: HashMap<String, Vec<usize>>,
    /// Labels of sets that are too large to be listed.
    sets: BTreeMap<Vec<usize>, String>,
}

impl<'o> Placing<'o> {
    /// Nothing is found yet.
    pub fn new(
        objects: &'o Objects,
        machines: &'o Machines<'o>,
        workloads: &'o Workloads<'o>,
    ) -> Self {
        let by_name = machines.all.iter().enumerate().map(|(at, m)| (m.name, at));
        Self {
            apart: Apart::find(workloads, machines),
            objects,
            machines,
            by_name: by_name.collect(),
            known: HashMap::new(),
            sets: BTreeMap::new(),
        }
    }

    /// The node of a replica.
    pub fn node_of(&self, replica: &Replica) -> Option<usize> {
        self.by_name.get(replica.node?).copied()
    }

    /// Numbers of the nodes that may take a replica; the one that runs it may.
    pub fn eligible(
        &mut self,
        kept: &Kept,
        (workload, number): (usize, usize),
        asked: &Requests,
    ) -> Vec<usize> {
        let replica = &kept.replicas[number];
        let runs = self.node_of(replica);
        if replica.stays {
            return runs.into_iter().collect();
        }
        let spec = replica.spec;
        let places = replica.claims.iter();
        let places = places.map(|claim| volumes::place(self.objects, &kept.key.1, claim));
        let places: Vec<Place> = places.collect();
        if runs.is_some() && places.iter().any(|p| matches!(p, Place::Unknown)) {
            return runs.into_iter().collect();
        }
        let storages = places.iter().filter_map(Place::storage).collect::<Vec<_>>();
        let special = asked.iter().filter(|(_, amount)| **amount > 0.0);
        let special = special.map(|(name, _)| name);
        let special: Vec<&String> = special
            .filter(|name| requests::is_of_a_node(name))
            .collect();
        let stated: Vec<_> = storages.iter().map(|s| volumes::stated(s)).collect();
        let key = format!(
            "{:?}{:?}{:?}{stated:?}{special:?}",
            spec.node_selector,
            spec.affinity.as_ref().map(|a| &a.node_affinity),
            spec.tolerations
        );
        let machines = self.machines;
        let found = self.known.entry(key).or_insert_with(|| {
            let all = machines.all.iter().enumerate();
            let may = all.filter(|(_, m)| takes(m, spec, &storages, &special));
            may.map(|(at, _)| at).collect()
        });
        let mut found = found.clone();
        if let Some(barred) = self.apart.barred(workload, number) {
            found.retain(|&at| !barred.contains(machines.all[at].name));
        }
        if let Some(runs) = runs
            && let Err(at) = found.binary_search(&runs)
        {
            found.insert(at, runs);
        }
        found
    }

    /// How a set of nodes is written: all, a few by id, or a label that those get.
    pub fn hosts(&mut self, set: &[usize], assembly: &mut Assembly) -> Hosts {
        if set.len() == self.machines.all.len() && set.len() > LISTED {
            return Hosts::Selector("kind=node".to_owned());
        }
        if set.len() <= LISTED {
            let ids = set
                .iter()
                .map(|&at| assembly.id(self.machines.all[at].at).to_owned());
            return Hosts::Ids(ids.collect());
        }
        let next = self.sets.len() + 1;
        let machines = self.machines;
        let label = self.sets.entry(set.to_vec()).or_insert_with(|| {
            let label = format!("pods_{next}");
            for &at in set {
                assembly.label(machines.all[at].at, &label, "yes");
            }
            label
        });
        Hosts::Selector(format!("{label}=yes"))
    }
}

/// Whether a node takes a pod, as far as it is a matter of yes or no.
fn takes(machine: &Machine, spec: &PodSpec, storages: &[&Storage], special: &[&String]) -> bool {
    let selected = spec.node_selector.iter().flatten();
    let selected = selected
        .into_iter()
        .all(|(key, value)| get(machine.labels, key) == Some(&value.0));
    let affinity = spec
        .affinity
        .as_ref()
        .and_then(|a| a.node_affinity.as_ref());
    let required = affinity.and_then(|a| {
        a.required_during_scheduling_ignored_during_execution
            .as_ref()
    });
    let at = |terms: &Terms| fits_terms(terms, machine.name, machine.labels);
    let has = |name: &&String| machine.allocatable.get(*name).is_some_and(|all| *all > 0.0);
    let tolerations = spec.tolerations.as_deref().unwrap_or_default();
    !machine.cordoned
        && selected
        && required.is_none_or(at)
        && storages
            .iter()
            .all(|storage| volumes::reaches(storage, machine))
        && tolerates(tolerations, machine.taints.iter().copied())
        && special.iter().all(has)
}

/// A row of placements.csv.
pub(super) fn row(
    instance: &str,
    hosts: Hosts,
    host: Option<&str>,
    asked: &Requests,
    used: &BTreeSet<String>,
) -> Placement {
    let amounts = asked
        .iter()
        .filter(|(name, amount)| **amount > 0.0 && used.contains(*name));
    let amounts =
        amounts.map(|(name, amount)| (format!("/{name}"), requests::shown(name, *amount).0));
    Placement {
        instance: instance.to_owned(),
        hosts,
        host: host.map(str::to_owned),
        amounts: amounts.collect(),
        ..Placement::default()
    }
}
