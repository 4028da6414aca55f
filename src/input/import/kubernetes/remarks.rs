//! What is said about an inventory made of a cluster: two scenarios, and what to look at first.

use super::super::super::Diagnostic;
use super::super::super::write::{PolicyLine, Restart, ScenarioFile};
use super::super::ids;
use super::estate::{Estate, Found};
use std::collections::{BTreeMap, BTreeSet};

/// Nothing that could be lost was found.
pub(super) fn nothing_runs() -> Diagnostic {
    Diagnostic::error("there is neither a node nor a workload in the files")
        .help("export them: `kubectl get nodes,deployments,statefulsets,replicasets,pods,services,ingresses,pdb,hpa,pvc,pv -A -o json > dump.json`")
}

/// What the reader should know before anything is computed.
pub(super) fn warnings(estate: &Estate, found: &Found) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    let mut warn = |message: String, help: &str| {
        warnings.push(Diagnostic::warning(message).help(help));
    };
    if !found.workloads.has_pods && !found.workloads.all.is_empty() {
        warn(
            "the files hold no pods, so the replicas that workloads ask for are taken to run"
                .to_owned(),
            "export pods and nodes as well, to see where they run: `kubectl get pods,nodes -A -o json`",
        );
    }
    if found.machines.all.is_empty() {
        warn(
            "the files hold no nodes, so pods fail one by one, are placed nowhere and use all that their limits allow"
                .to_owned(),
            "export nodes as well: `kubectl get nodes -o json`",
        );
    } else if !estate.has_requests && !found.workloads.all.is_empty() {
        warn(
            "no pod says how much it asks for, so every node takes any number of them".to_owned(),
            "what is placed after a loss is then a guess; set requests, or write amounts into placements.csv",
        );
    }
    if let Some((zone, held, all)) = majority(found) {
        warn(
            format!(
                "the zone {zone} holds {held} of {all} nodes of the control plane: when it is lost, nothing is placed anew"
            ),
            "the scenario after rescheduling does not know that; the scenario as placed is what remains",
        );
    }
    let lost = estate.fleeting.union(&estate.volumes.fleeting);
    let lost: BTreeSet<&str> = lost.map(String::as_str).collect();
    if !lost.is_empty() {
        let some = ids::some_of(lost.iter().copied());
        warn(
            format!("these keep data on the node they run on, and lose it when they move: {some}"),
            "that they run elsewhere afterwards does not bring the data back",
        );
    }
    warnings.extend(of_places(estate, found));
    warnings.extend(of_needs(estate, found));
    warnings
}

/// What the files do not say of where pods run and may run.
fn of_places(estate: &Estate, found: &Found) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    let named = found.machines.all.iter().filter(|m| !m.is_described);
    let named: BTreeSet<&str> = named.map(|m| m.name).collect();
    if !named.is_empty() {
        let replicas = found.workloads.all.iter().flat_map(|k| &k.replicas);
        let on_named = replicas.filter(|r| r.node.is_some_and(|node| named.contains(node)));
        let message = format!(
            "{} pods run on nodes that are not in the files, which take no others here: {}",
            on_named.count(),
            ids::some_of(named.iter().copied())
        );
        let help =
            "export all nodes, to see their zones and what they have: `kubectl get nodes -o json`";
        warnings.push(Diagnostic::warning(message).help(help));
    }
    let unknown = &estate.volumes.unknown;
    if !unknown.is_empty() {
        let message = format!(
            "of {} claims the volume is lost or in no file, so their pods stay on the node that they run on, if they \
             run: {}",
            unknown.len(),
            ids::some_of(unknown.iter().map(String::as_str))
        );
        let help = "export claims and volumes as well: `kubectl get pvc,pv -A -o json`";
        warnings.push(Diagnostic::warning(message).help(help));
    }
    if estate.may_shrink > 0 {
        let message = format!(
            "{} pods carry more than they ask for, as their limits and their nodes let them now; nodes that take \
             pods of others have less to spare for each",
            estate.may_shrink
        );
        let help = "after a loss, growth that pods do not ask for is the most there may be; what they ask for is \
                    theirs on every node";
        warnings.push(Diagnostic::warning(message).help(help));
    }
    warnings
}

/// What the files do not say of what is needed.
fn of_needs(estate: &Estate, found: &Found) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    let alone = &found.ways.without_front;
    if !alone.is_empty() {
        let message = format!(
            "{} Ingresses and routes are taken to work without a controller, as the files do not say which pods stand \
             in front of them: {}",
            alone.len(),
            ids::some_of(alone.iter().map(String::as_str))
        );
        let help = "if it runs in this cluster, add its workload as a provider of each in dependencies.csv";
        warnings.push(Diagnostic::warning(message).help(help));
    }
    let unsure = &estate.unsure;
    if !unsure.is_empty() {
        let message = format!(
            "of {} workloads of three pods or more that are not all alike any one pod is taken to be enough: {}",
            unsure.len(),
            ids::some_of(unsure.iter().map(String::as_str))
        );
        let help = "where they keep a quorum or a part of the data each, write how many are needed (`need`) in \
                    dependencies.csv";
        warnings.push(Diagnostic::warning(message).help(help));
    }
    warnings
}

/// A zone with so many nodes of the control plane that the rest is no majority.
fn majority<'f>(found: &'f Found) -> Option<(&'f str, usize, usize)> {
    let mut by_zone: BTreeMap<&str, usize> = BTreeMap::new();
    let all = found.machines.all.iter().filter(|m| m.control_plane);
    let mut count = 0;
    for machine in all {
        count += 1;
        if let Some(zone) = &machine.zone {
            *by_zone.entry(zone).or_default() += 1;
        }
    }
    let mut zones = by_zone.into_iter();
    let (zone, held) = zones.find(|(_, held)| count - held <= count / 2)?;
    (found.machines.zones.len() > 1).then_some((zone, held, count))
}

/// The two readings: after rescheduling, and as placed. One where nothing is placed.
pub(super) fn scenarios(estate: &Estate, found: &Found) -> Vec<ScenarioFile> {
    let placed = !estate.placements.rows.is_empty();
    let after = ScenarioFile {
        name: if placed {
            "After rescheduling"
        } else {
            "Lost pods"
        }
        .to_owned(),
        about: about(
            placed,
            "Pods of a lost node start anew where they fit, by what they ask for.",
        ),
        restart: placed.then_some(Restart::Yes),
        ..base(estate, found)
    };
    if !placed {
        return vec![after];
    }
    let before = ScenarioFile {
        file: "as-placed.toml",
        name: "As placed: the first minutes".to_owned(),
        about: about(
            true,
            "Pods of a lost node are gone: nothing has started anew yet.",
        ),
        restart: Some(Restart::No),
        ..base(estate, found)
    };
    vec![after, before]
}

fn about(placed: bool, reading: &str) -> Vec<String> {
    let what = if placed {
        "What fails: each node, each zone and each fault domain by itself; not every pod."
    } else {
        "What fails: each pod by itself, since the files name no nodes."
    };
    let mut about = vec![
        "Made by `brownout import kubernetes`.".to_owned(),
        what.to_owned(),
    ];
    if placed {
        about.push(reading.to_owned());
    }
    about
}

fn base(estate: &Estate, found: &Found) -> ScenarioFile {
    let mut elements = Vec::new();
    if found.machines.all.is_empty() {
        elements.push("kind=pod".to_owned());
    } else {
        elements.push("kind=node".to_owned());
    }
    if !found.machines.zones.is_empty() {
        elements.push("kind=zone".to_owned());
    }
    if found.machines.has_fault_domains {
        elements.push("kind=fault-domain".to_owned());
    }
    let id = |at: u32| estate.assembly.id(at).to_owned();
    let policy = PolicyLine {
        name: "Every way in survives any single loss".to_owned(),
        services: vec!["kind=service".to_owned()],
        survives: 1,
        restarts: None,
    };
    let mut down: Vec<(String, String)> = estate
        .down
        .iter()
        .map(|&(at, why)| (id(at), why.to_owned()))
        .collect();
    down.sort();
    ScenarioFile {
        down,
        elements,
        policies: Some(policy)
            .filter(|_| !estate.entries.is_empty())
            .into_iter()
            .collect(),
        fill_in: [
            "how much is asked of each service; 1 is all that the pods' requests were sized for",
            "how much of a request goes on to each call (a trace or a mesh knows: Jaeger, Kiali)",
            "how important each service is (`tier`), and how often nodes and zones fail",
        ]
        .map(str::to_owned)
        .to_vec(),
        ..ScenarioFile::default()
    }
}
