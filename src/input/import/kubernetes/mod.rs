//! Kubernetes: what `kubectl get -A -o json` or `-o yaml` prints, and manifests.
//!
//! In: Nodes, Pods, what keeps them running, Services and ways in, budgets, storage, in one file or many.
//! Out: nodes in their zones with what is left of them, pods as instances, workloads that need so many of
//! their pods, calls between them, a service for each way in; one inventory and two scenarios: as placed,
//! the first minutes, and after the scheduler has placed anew what it could. Promises: fields are an
//! allow-list; no annotation, no value of an environment, no Secret and no `ConfigMap` reaches an output or a
//! message.

#![allow(
    clippy::ref_option,
    reason = "what may be missing or null is passed as it was read"
)]

mod apart;
mod clashes;
mod documents;
mod estate;
mod fronts;
mod identity;
mod machines;
mod names;
mod needs;
mod objects;
mod placing;
mod quantity;
mod ranks;
mod remarks;
mod requests;
mod routes;
mod scalar;
mod selectors;
mod sized;
mod spare;
mod volumes;
mod ways;
mod workloads;

use super::super::{Faults, Source};
use super::report::Report;
use super::sniff;
use super::{Imported, Options};
use estate::{Estate, Found};
use machines::Machines;
use names::Names;
use ranks::Ranks;
use spare::Spare;
use std::sync::Arc;

/// Kinds by which a document is recognised, beside lists of them.
const KINDS: [&str; 20] = [
    "List",
    "Node",
    "Pod",
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ReplicaSet",
    "ReplicationController",
    "Service",
    "Ingress",
    "HTTPRoute",
    "PodDisruptionBudget",
    "HorizontalPodAutoscaler",
    "PersistentVolumeClaim",
    "PersistentVolume",
    "PriorityClass",
    "Job",
    "CronJob",
    "Namespace",
    "ServiceAccount",
];

/// Whether a text is of Kubernetes, by the kinds of its objects.
pub(super) fn looks_like(source: &Source) -> bool {
    let known =
        |kind: &str| KINDS.contains(&kind.strip_suffix("List").unwrap_or(kind)) || kind == "List";
    if let Some(outline) = sniff::json(source) {
        let api = outline.has("apiVersion") || outline.has("[].apiVersion");
        let kinds = ["kind", "items[].kind", "[].kind"];
        let named = kinds
            .iter()
            .filter_map(|path| outline.text(path))
            .any(known);
        let shaped = outline.has("items[].metadata.selfLink")
            || outline.has("items[].metadata.resourceVersion");
        return (api && named) || shaped;
    }
    let keys = sniff::yaml(source);
    let named = keys
        .get("kind")
        .is_some_and(|kinds| kinds.iter().any(|k| known(k)));
    let catalog = keys
        .get("apiVersion")
        .is_some_and(|v| v.iter().any(|v| v.starts_with("backstage.io/")));
    keys.contains_key("apiVersion") && named && !catalog
}

/// Reads the objects of one cluster.
///
/// # Errors
/// Texts that cannot be read, objects that hold what they cannot hold, nothing that runs.
pub(super) fn read(sources: &[Arc<Source>], _options: &Options) -> Result<Imported, Faults> {
    let mut report = Report::default();
    let objects = documents::read(sources, &mut report)?;
    let mut estate = Estate::default();
    let mut machines = Machines::add(&objects, &mut estate.assembly, &mut report);
    let workloads = workloads::read(&objects, &mut report);
    if workloads.all.is_empty() && machines.all.is_empty() {
        return Err(remarks::nothing_runs().into());
    }
    if !machines.all.is_empty() {
        machines.add_named(workloads.nodes(), &mut estate.assembly, &mut report);
    }
    let ways = ways::read(&Names::of(&objects, &workloads), &mut report);
    let asked = estate::asked(&workloads);
    let found = Found {
        objects: &objects,
        machines: &machines,
        workloads: &workloads,
        ways: &ways,
        sized: &sized::Sized::of(&ways, &workloads),
        spare: &Spare::of(&machines, &workloads, &asked),
        asked: &asked,
        ranks: Ranks::of(&objects, &workloads),
    };
    estate.add(&found, &mut report);
    let mut warnings = objects.warnings.clone();
    warnings.extend(remarks::warnings(&estate, &found));
    let scenarios = remarks::scenarios(&estate, &found);
    Ok(Imported {
        draft: estate.assembly.finish(),
        placements: estate.placements,
        scenarios,
        report,
        warnings,
    })
}
