//! Nodes of the cluster → components. In: Node objects and what runs on them beside the workloads that are
//! read. Out: nodes in their zones, with what is left of them as resources. Promises: what the platform
//! asks for on a node is taken off before anything else is placed there.

use super::super::assembly::Assembly;
use super::super::report::Report;
use super::documents::Objects;
use super::objects::{Map, Node, Taint, each, get};
use super::requests::{Requests, is_of_a_node, shown};
use std::collections::{BTreeMap, BTreeSet};

/// Labels that say in which zone a node is; the first that is there and not blank.
pub(super) const ZONE: [&str; 2] = [
    "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/zone",
];
const REGION: [&str; 2] = [
    "topology.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/region",
];
const INSTANCE: [&str; 2] = [
    "node.kubernetes.io/instance-type",
    "beta.kubernetes.io/instance-type",
];
/// Labels of nodes that hold the control plane.
const CONTROL_PLANE: [&str; 2] = [
    "node-role.kubernetes.io/control-plane",
    "node-role.kubernetes.io/master",
];

/// A node, as others need to know it.
pub(super) struct Machine<'o> {
    pub name: &'o str,
    /// The component that stands for it, as a number of the draft.
    pub at: u32,
    pub labels: &'o Map,
    pub taints: Vec<&'o Taint>,
    pub cordoned: bool,
    pub control_plane: bool,
    /// Zone, if one is said.
    pub zone: Option<String>,
    /// What it has for pods, of each resource, before what runs on it is taken off.
    pub allocatable: Requests,
    /// Whether it is in the files itself, and not only named by pods.
    pub is_described: bool,
}

/// The nodes and the domains that they sit in.
#[derive(Default)]
pub(super) struct Machines<'o> {
    pub all: Vec<Machine<'o>>,
    /// Zones by their name.
    pub zones: BTreeMap<String, u32>,
    pub has_fault_domains: bool,
    /// Nodes that are not ready.
    pub down: Vec<(u32, &'static str)>,
}

impl<'o> Machines<'o> {
    /// Adds every node, without resources.
    pub fn add(objects: &'o Objects, assembly: &mut Assembly, report: &mut Report) -> Self {
        let mut machines = Self::default();
        let zones: BTreeSet<String> = objects.nodes.values().filter_map(zone).collect();
        for zone in zones {
            let at = assembly.component(&zone, "zone");
            report.mapped("zone of nodes → component", &zone);
            machines.zones.insert(zone, at);
        }
        let mut finer = BTreeMap::new();
        for ((_, name), node) in &objects.nodes {
            machines.add_one(name, node, &mut finer, assembly, report);
        }
        machines.has_fault_domains = !finer.is_empty();
        machines
    }

    fn add_one(
        &mut self,
        name: &'o str,
        node: &'o Node,
        finer: &mut BTreeMap<(Option<String>, String), u32>,
        assembly: &mut Assembly,
        report: &mut Report,
    ) {
        let labels = node.metadata.as_ref().map_or(&None, |m| &m.labels);
        let at = assembly.component(name, "node");
        report.mapped("Node → component", name);
        let zone = zone(node);
        let zone_at = zone.as_ref().and_then(|z| self.zones.get(z)).copied();
        if let Some(domain) = fault_domain(labels) {
            let key = (zone.clone(), domain.to_owned());
            let domain_at = *finer.entry(key).or_insert_with(|| {
                let id = zone
                    .as_ref()
                    .map_or(domain.to_owned(), |z| format!("{z}/{domain}"));
                let domain_at = assembly.component(&id, "fault-domain");
                if let Some(zone) = zone_at {
                    assembly.within(domain_at, zone);
                }
                report.mapped("fault domain of nodes → component", &id);
                domain_at
            });
            assembly.within(at, domain_at);
        } else if let Some(zone) = zone_at {
            assembly.within(at, zone);
        }
        let control_plane = CONTROL_PLANE.iter().any(|key| get(labels, key).is_some());
        assembly.label(
            at,
            "role",
            if control_plane {
                "control-plane"
            } else {
                "worker"
            },
        );
        assembly.label(at, "region", first(labels, &REGION).unwrap_or_default());
        assembly.label(
            at,
            "instance_type",
            first(labels, &INSTANCE).unwrap_or_default(),
        );
        let spec = node.spec.as_ref();
        let provider = spec.and_then(|s| s.provider_id.as_deref());
        assembly.label(at, "provider_id", provider.unwrap_or_default());
        if !is_ready(node) {
            report.mapped("Node that is not ready → known outage", name);
            self.down.push((at, "the node was not ready"));
        }
        let cordoned = spec.and_then(|s| s.unschedulable) == Some(true);
        if cordoned {
            report.mapped("cordoned Node → takes nothing new", name);
        }
        self.all.push(Machine {
            name,
            at,
            labels,
            taints: spec.map(|s| each(&s.taints).collect()).unwrap_or_default(),
            cordoned,
            control_plane,
            zone,
            allocatable: allocatable(node),
            is_described: true,
        });
    }

    /// Adds nodes that run pods and are not in the files: nothing is known of them, and they take nothing new.
    pub fn add_named(
        &mut self,
        names: BTreeSet<&'o str>,
        assembly: &mut Assembly,
        report: &mut Report,
    ) {
        let known: BTreeSet<&str> = self.all.iter().map(|m| m.name).collect();
        for name in names.into_iter().filter(|name| !known.contains(name)) {
            report.derived(
                "a node that only pods name: its zone and what it has are not known",
                name,
            );
            self.all.push(Machine {
                name,
                at: assembly.component(name, "node"),
                labels: &None,
                taints: Vec::new(),
                cordoned: true,
                control_plane: false,
                zone: None,
                allocatable: Requests::new(),
                is_described: false,
            });
        }
    }
}

/// The first of several labels that is there and not blank.
fn first<'m>(labels: &'m Map, keys: &[&str]) -> Option<&'m str> {
    let mut found = keys.iter().filter_map(|key| get(labels, key));
    found.find(|value| !value.trim().is_empty())
}

fn zone(node: &Node) -> Option<String> {
    let labels = &node.metadata.as_ref()?.labels;
    first(labels, &ZONE).map(str::to_owned)
}

/// A label of a provider that is finer than the zone, such as `oci.oraclecloud.com/fault-domain`.
fn fault_domain(labels: &Map) -> Option<&str> {
    let named = |key: &str| key.ends_with("/fault-domain") || key == "fault-domain";
    let mut all = labels.iter().flatten().filter(|(key, _)| named(key));
    all.find(|(_, value)| !value.0.trim().is_empty())
        .map(|(_, value)| &*value.0)
}

/// A node that says nothing of it is taken to be ready.
fn is_ready(node: &Node) -> bool {
    let conditions = node.status.as_ref().map_or(&None, |s| &s.conditions);
    let mut ready = each(conditions).filter(|c| c.r#type.as_deref() == Some("Ready"));
    ready.all(|c| {
        c.status
            .as_ref()
            .is_some_and(|s| s.0 == "True" || s.0 == "true")
    })
}

fn allocatable(node: &Node) -> Requests {
    let stated = node.status.as_ref().and_then(|s| s.allocatable.as_ref());
    stated.map(|amounts| amounts.0.clone()).unwrap_or_default()
}

/// Adds the resources of each node that some pod asks for: what it has less what the platform takes.
/// `taken` holds that by the node's name.
pub(super) fn add_resources(
    machines: &Machines,
    used: &BTreeSet<String>,
    taken: &BTreeMap<String, Requests>,
    assembly: &mut Assembly,
    report: &mut Report,
) {
    for machine in &machines.all {
        let none = Requests::new();
        let taken = taken.get(machine.name).unwrap_or(&none);
        for resource in used {
            let Some(all) = machine.allocatable.get(resource) else {
                // A node without such a resource takes no pod that asks for it.
                if !is_of_a_node(resource) && machine.is_described {
                    let what = format!("how much {resource} a Node has");
                    let why = "it does not say, so nothing limits it there";
                    report.skipped(&what, why, machine.name);
                }
                continue;
            };
            let left = (all - taken.get(resource).copied().unwrap_or(0.0)).max(0.0);
            let (left, unit) = shown(resource, left);
            let id = format!("{}/{resource}", assembly.id(machine.at));
            let child = assembly.component(&id, "resource");
            assembly.capacity(child, Some(left), unit);
            assembly.within(child, machine.at);
            let rule = format!(
                "NODE/{resource}: what is allocatable less what DaemonSets, jobs and the platform ask for there"
            );
            report.derived(&rule, machine.name);
        }
    }
}
