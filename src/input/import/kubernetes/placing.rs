//! Which nodes may take a pod. In: pods, nodes, storage. Out: rows of placements.csv. Promises: the rules of
//! the scheduler that a node either meets or not: selectors, required affinity, taints, cordons, the place
//! of bound volumes, resources that a node does not have at all.

use super::super::super::write::{Hosts, Placement};
use super::super::assembly::Assembly;
use super::documents::Objects;
use super::machines::{Machine, Machines};
use super::objects::{PodSpec, Storage, Terms, each, get};
use super::requests::{self, Requests};
use super::selectors::{fits, fits_terms, tolerates};
use super::workloads::{Kept, Replica};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Nodes up to this many are listed one by one.
const LISTED: usize = 6;

/// Sets of nodes that pods may run on, each found once.
pub(super) struct Placing<'o> {
    objects: &'o Objects,
    machines: &'o Machines<'o>,
    by_name: HashMap<&'o str, usize>,
    known: HashMap<String, Vec<usize>>,
    /// Labels of sets that are too large to be listed.
    sets: BTreeMap<Vec<usize>, String>,
}

impl<'o> Placing<'o> {
    /// Nothing is found yet.
    pub fn new(objects: &'o Objects, machines: &'o Machines<'o>) -> Self {
        let by_name = machines.all.iter().enumerate().map(|(at, m)| (m.name, at));
        Self {
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
    pub fn eligible(&mut self, kept: &Kept, replica: &Replica, asked: &Requests) -> Vec<usize> {
        let runs = self.node_of(replica);
        if replica.stays {
            return runs.into_iter().collect();
        }
        let spec = replica.spec;
        let volumes = self.storages(&kept.key.1, spec);
        let places: Vec<&Terms> = volumes
            .iter()
            .filter_map(|s| s.spec.as_ref()?.node_affinity.as_ref()?.required.as_ref())
            .collect();
        let special: Vec<&String> = asked.keys().filter(|name| name.contains('/')).collect();
        let key = format!(
            "{:?}{:?}{:?}{places:?}{special:?}",
            spec.node_selector,
            spec.affinity.as_ref().map(|a| &a.node_affinity),
            spec.tolerations
        );
        let machines = self.machines;
        let found = self.known.entry(key).or_insert_with(|| {
            let all = machines.all.iter().enumerate();
            let may = all.filter(|(_, m)| takes(m, spec, &places, &special));
            may.map(|(at, _)| at).collect()
        });
        let mut found = found.clone();
        if let Some(runs) = runs
            && let Err(at) = found.binary_search(&runs)
        {
            found.insert(at, runs);
        }
        found
    }

    /// The storage that is bound to the claims of a pod.
    fn storages(&self, space: &str, spec: &PodSpec) -> Vec<&'o Storage> {
        let claims = claims(spec).filter_map(|name| {
            let claim = self
                .objects
                .claims
                .get(&(space.to_owned(), name.to_owned()))?;
            let volume = claim.spec.as_ref()?.volume_name.as_deref()?;
            self.objects
                .storages
                .get(&("default".to_owned(), volume.to_owned()))
        });
        claims.collect()
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

/// Names of the claims of a pod.
pub(super) fn claims(spec: &PodSpec) -> impl Iterator<Item = &str> {
    each(&spec.volumes).filter_map(|v| v.persistent_volume_claim.as_ref()?.claim_name.as_deref())
}

/// Whether a node takes a pod, as far as it is a matter of yes or no.
fn takes(machine: &Machine, spec: &PodSpec, places: &[&Terms], special: &[&String]) -> bool {
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
    let tolerations = spec.tolerations.as_deref().unwrap_or_default();
    !machine.cordoned
        && selected
        && required.is_none_or(at)
        && places.iter().all(|terms| at(terms))
        && tolerates(tolerations, machine.taints.iter().copied())
        && special
            .iter()
            .all(|name| machine.allocatable.contains_key(*name))
}

/// What keeps a replica apart from others of its sort: a word, and the kind of the domain if that is not
/// the node.
pub(super) fn apart(kept: &Kept, replica: &Replica) -> Option<(String, Option<&'static str>)> {
    let affinity = replica.spec.affinity.as_ref()?.pod_anti_affinity.as_ref()?;
    let terms = each(&affinity.required_during_scheduling_ignored_during_execution);
    let own = terms.filter(|t| {
        t.label_selector
            .as_ref()
            .is_some_and(|s| fits(s, replica.labels))
    });
    let kinds = own.filter_map(|t| match t.topology_key.as_deref()? {
        "kubernetes.io/hostname" => Some(None),
        key if key.ends_with("/zone") => Some(Some("zone")),
        _ => None,
    });
    // Who is apart by zone is apart by node as well.
    let widest = kinds.max()?;
    let (kind, space, name) = &kept.key;
    Some((format!("{}/{space}/{name}", kind.to_lowercase()), widest))
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
