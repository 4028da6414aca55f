//! Where the volumes of pods are. In: claims and storage. Out: the nodes that a volume can be reached from, and a
//! component for each claim. Promises: of a volume whose place is in no file nothing is assumed but that the node
//! that runs its pod reaches it.

use super::super::assembly::Assembly;
use super::super::report::Report;
use super::documents::Objects;
use super::machines::{Machine, Machines, ZONE};
use super::objects::{Claim, PodSpec, Storage, Terms, Volume, each, get};
use super::selectors::fits_terms;
use std::collections::{BTreeMap, BTreeSet};

/// Where the volume of a claim is.
pub(super) enum Place<'o> {
    /// Nothing is bound to the claim yet.
    Open,
    /// As the storage says.
    Of(&'o Storage),
    /// In no file: the claim or its storage is missing, or the storage is lost.
    Unknown,
}

impl<'o> Place<'o> {
    /// The storage, where it is in the files.
    pub fn storage(&self) -> Option<&'o Storage> {
        match self {
            Self::Of(storage) => Some(storage),
            Self::Open | Self::Unknown => None,
        }
    }
}

/// Where the volume of a claim is, by namespace and name.
pub(super) fn place<'o>(objects: &'o Objects, space: &str, claim: &str) -> Place<'o> {
    let Some(claim) = objects.claims.get(&(space.to_owned(), claim.to_owned())) else {
        return Place::Unknown;
    };
    if is_lost(claim) {
        return Place::Unknown;
    }
    let bound = claim.spec.as_ref().and_then(|s| s.volume_name.as_deref());
    match bound.filter(|name| !name.is_empty()) {
        None => Place::Open,
        Some(name) => objects
            .storages
            .get(&("default".to_owned(), name.to_owned()))
            .map_or(Place::Unknown, Place::Of),
    }
}

fn is_lost(claim: &Claim) -> bool {
    let phase = claim.status.as_ref().and_then(|s| s.phase.as_deref());
    phase == Some("Lost")
}

/// Whether a node reaches a volume: by its affinity to nodes, and by its label of a zone.
pub(super) fn reaches(storage: &Storage, machine: &Machine) -> bool {
    // A volume of several zones names them with two underscores between them.
    let in_zone = |zones: &str| {
        let own = machine.zone.as_deref();
        own.is_none_or(|own| zones.split("__").any(|zone| zone == own))
    };
    terms(storage).is_none_or(|terms| fits_terms(terms, machine.name, machine.labels))
        && zones(storage).all(in_zone)
}

/// What storage says of its place: terms for nodes, and zones.
pub(super) fn stated(storage: &Storage) -> (Option<&Terms>, Vec<&str>) {
    (terms(storage), zones(storage).collect())
}

fn terms(storage: &Storage) -> Option<&Terms> {
    let affinity = storage.spec.as_ref()?.node_affinity.as_ref()?;
    affinity.required.as_ref()
}

fn zones(storage: &Storage) -> impl Iterator<Item = &str> {
    let labels = storage.metadata.as_ref().map_or(&None, |m| &m.labels);
    ZONE.iter().filter_map(move |key| get(labels, key))
}

/// Names of the claims of a pod.
pub(super) fn claims(spec: &PodSpec) -> impl Iterator<Item = &str> {
    each(&spec.volumes).filter_map(claim_of)
}

fn claim_of(volume: &Volume) -> Option<&str> {
    volume
        .persistent_volume_claim
        .as_ref()?
        .claim_name
        .as_deref()
}

/// Parts of images of databases.
const STORES: [&str; 9] = [
    "postgres",
    "mysql",
    "mariadb",
    "mongo",
    "redis",
    "cassandra",
    "elasticsearch",
    "etcd",
    "kafka",
];

/// Whether pods are of a database whose data is gone with its node.
pub(super) fn loses_data(kind: &str, spec: &PodSpec) -> bool {
    let mut images = each(&spec.containers).filter_map(|c| c.image.as_deref());
    let store = images.any(|image| {
        let name = image.rsplit('/').next().unwrap_or_default();
        STORES.iter().any(|s| name.starts_with(s))
    });
    let mut volumes = each(&spec.volumes);
    let fleeting = volumes.any(|v| v.empty_dir.is_some() || v.host_path.is_some());
    store && fleeting && claims(spec).next().is_none() && kind != "StatefulSet"
}

/// The components of claims.
#[derive(Default)]
pub(super) struct Volumes {
    by_claim: BTreeMap<(String, String), u32>,
    /// Claims of which the place is in no file.
    pub unknown: BTreeSet<String>,
    /// Claims of directories of a node, which stay behind when their pod moves.
    pub fleeting: BTreeSet<String>,
}

impl Volumes {
    /// The component of a claim, within the zone or the node of what is bound to it.
    pub fn component(
        &mut self,
        (objects, machines): (&Objects, &Machines),
        (space, name): (&str, &str),
        assembly: &mut Assembly,
        report: &mut Report,
    ) -> Option<u32> {
        let id = format!("{space}/{name}");
        let place = place(objects, space, name);
        if matches!(place, Place::Unknown) {
            self.unknown.insert(id.clone());
        }
        let key = (space.to_owned(), name.to_owned());
        if let Some(&at) = self.by_claim.get(&key) {
            return Some(at);
        }
        let claim = objects.claims.get(&key)?;
        let free = if assembly.has(&id) {
            format!("{id}/volume")
        } else {
            id.clone()
        };
        let at = assembly.component(&free, "volume");
        report.mapped("PersistentVolumeClaim → component", &id);
        let class = claim
            .spec
            .as_ref()
            .and_then(|s| s.storage_class_name.as_deref());
        assembly.label(at, "storage_class", class.unwrap_or_default());
        if let Place::Of(storage) = place {
            if storage.spec.as_ref().is_some_and(|s| s.host_path.is_some()) {
                self.fleeting.insert(id);
            }
            put(at, storage, machines, assembly);
        }
        self.by_claim.insert(key, at);
        Some(at)
    }
}

/// Puts a volume into the one node or the one zone that reaches it.
fn put(at: u32, storage: &Storage, machines: &Machines, assembly: &mut Assembly) {
    if terms(storage).is_none() && zones(storage).next().is_none() {
        return;
    }
    let described = machines.all.iter().filter(|m| m.is_described);
    let reach: Vec<&Machine> = described.filter(|m| reaches(storage, m)).collect();
    let zones: BTreeSet<_> = reach.iter().map(|m| &m.zone).collect();
    match (&reach[..], zones.first()) {
        ([one], _) => assembly.within(at, one.at),
        ([_, _, ..], Some(Some(zone))) if zones.len() == 1 => {
            assembly.within(at, machines.zones[zone]);
        }
        _ => {}
    }
}
