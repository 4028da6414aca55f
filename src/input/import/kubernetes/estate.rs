//! Workloads, pods and ways in → an inventory. In: what the other files found. Out: nodes of the draft and
//! rows of placements.csv.
//!
//! A workload is a logical component that needs so many of its pods; a pod is a component that needs its
//! volumes; both are called `NAMESPACE/NAME`. A call is a need without load: what a request costs further
//! down is not in any object. A way in is a service; it loads every workload that its calls reach with
//! what their requests were sized for, so the demand of 1 is `all that it is sized for`.

use super::super::super::write::{Placement, Placements};
use super::super::assembly::{Assembly, Share};
use super::super::report::Report;
use super::documents::Objects;
use super::machines::{self, Machines};
use super::needs;
use super::objects::each;
use super::placing::{self, Placing};
use super::requests::{self, PODS, Requests};
use super::sized::Sized;
use super::ways::{Target, Ways};
use super::workloads::{Kept, Replica, Workloads};
use crate::model::{Need, Split};
use std::collections::{BTreeMap, BTreeSet};

/// What the demand of a service is counted in.
const UNIT: &str = "of what it is sized for";

/// The inventory in the making, and what is reported of it.
#[derive(Default)]
pub(super) struct Estate {
    pub assembly: Assembly,
    pub placements: Placements,
    /// Known outages, and why.
    pub down: Vec<(u32, &'static str)>,
    /// Every service of the inventory, as numbers of the draft.
    pub entries: Vec<u32>,
    /// Databases that keep what they hold on the node.
    pub fleeting: BTreeSet<String>,
    /// Whether any pod states what it asks for.
    pub has_requests: bool,
    /// Workloads by their component.
    workloads: Vec<u32>,
    volumes: BTreeMap<(String, String), u32>,
}

/// Everything that was found.
pub(super) struct Found<'o> {
    pub objects: &'o Objects,
    pub machines: &'o Machines<'o>,
    pub workloads: &'o Workloads<'o>,
    pub ways: &'o Ways,
    pub sized: &'o Sized,
    /// Priorities of pods, highest first.
    pub priorities: Vec<i64>,
}

impl Estate {
    /// Adds all that is not there yet. Nodes are.
    pub fn add(&mut self, found: &Found, report: &mut Report) {
        self.down.extend(&found.machines.down);
        let asked: Vec<Vec<Requests>> = found.workloads.all.iter().map(requests_of).collect();
        let mut used = requests::used(asked.iter().flatten());
        self.has_requests = used.iter().any(|name| name != PODS);
        if found.machines.all.is_empty() {
            used.clear();
        }
        let taken = &found.workloads.taken;
        machines::add_resources(found.machines, &used, taken, &mut self.assembly, report);
        self.placements.resources = used.iter().map(|name| format!("/{name}")).collect();
        let mut placing = Placing::new(found.objects, found.machines, found.workloads);
        for (at, asked) in asked.iter().enumerate() {
            self.add_workload(found, at, asked, &used, &mut placing, report);
        }
        self.add_calls(found);
        self.add_entries(found, report);
        self.add_control_plane(found, report);
    }

    fn add_workload(
        &mut self,
        found: &Found,
        workload: usize,
        asked: &[Requests],
        used: &BTreeSet<String>,
        placing: &mut Placing,
        report: &mut Report,
    ) {
        let kept = &found.workloads.all[workload];
        let (kind, space, name) = &kept.key;
        let id = format!("{space}/{name}");
        let mut pods = Vec::new();
        for (number, asked) in asked.iter().enumerate() {
            let which = (workload, number);
            pods.push(self.add_pod(found, which, report));
            self.place(found, which, (pods[number], asked), used, placing, report);
        }
        let at = self.assembly.logical(&self.free(&id, kind), &sort_of(kind));
        self.workloads.push(at);
        self.assembly.label(at, "namespace", space);
        if let Some((fewest, most)) = kept.scaled {
            self.assembly.label(at, "replicas_min", &fewest.to_string());
            self.assembly.label(at, "replicas_max", &most.to_string());
            report.mapped(
                "HorizontalPodAutoscaler → labels of its workload; it adds no pods",
                &id,
            );
        }
        let (need, why) = needs::need(kept, found.objects);
        report.derived(&format!("how many pods a workload needs: {why}"), &id);
        let shares = self.in_equal_parts(pods);
        self.assembly
            .group(at, "pods", Need::AtLeast(need), Split::Share, shares);
        self.note_what_is_lost(kept, &id);
    }

    /// Pods that get equal parts of what comes to their workload, however much each could carry.
    fn in_equal_parts(&mut self, pods: Vec<u32>) -> Vec<Share> {
        let capacities: BTreeSet<Option<u64>> = pods
            .iter()
            .map(|&at| self.assembly.node(at).capacity.map(f64::to_bits))
            .collect();
        // Without a weight, load goes by capacity.
        let weight = (capacities.len() > 1).then_some(1.0);
        let share = |at| Share {
            weight,
            ..Share::of(at)
        };
        pods.into_iter().map(share).collect()
    }

    /// The id of a workload: its own, or with its kind behind it where a pod has it.
    fn free(&self, id: &str, kind: &str) -> String {
        if self.assembly.has(id) {
            format!("{id}/{}", kind.to_lowercase())
        } else {
            id.to_owned()
        }
    }

    fn add_pod(
        &mut self,
        found: &Found,
        (workload, number): (usize, usize),
        report: &mut Report,
    ) -> u32 {
        let kept = &found.workloads.all[workload];
        let replica = &kept.replicas[number];
        let space = &kept.key.1;
        let at = self
            .assembly
            .component(&format!("{space}/{}", replica.name), "pod");
        self.assembly.label(at, "namespace", space);
        let slack = requests::slack(replica.spec);
        let capacity = slack.map(|slack| found.sized.capacity(workload, slack));
        self.assembly.capacity(at, capacity, UNIT);
        let id = self.assembly.id(at).to_owned();
        report.derived(
            if capacity.is_some() {
                "capacity of a pod: its part of the load on its workload while all pods behind the same name run, \
                 times its limit over its request of processors"
            } else {
                "capacity of a pod: none where it states no limit of processors for each container, or asks for none"
            },
            &id,
        );
        if let Some(why) = replica.out {
            report.mapped("Pod that does not run → known outage", &id);
            self.down.push((at, why));
        }
        for claim in placing::claims(replica.spec) {
            if let Some(volume) = self.volume(found, (space, claim), report) {
                self.assembly.needs(at, volume, 0.0);
            }
        }
        at
    }

    /// The component of a claim, within the zone or the node of what is bound to it.
    fn volume(
        &mut self,
        found: &Found,
        (space, name): (&str, &str),
        report: &mut Report,
    ) -> Option<u32> {
        let key = (space.to_owned(), name.to_owned());
        if let Some(&at) = self.volumes.get(&key) {
            return Some(at);
        }
        let claim = found.objects.claims.get(&key)?;
        let id = format!("{space}/{name}");
        let at = self.assembly.component(&self.free(&id, "volume"), "volume");
        report.mapped("PersistentVolumeClaim → component", &id);
        let spec = claim.spec.as_ref();
        let class = spec
            .and_then(|s| s.storage_class_name.as_deref())
            .unwrap_or_default();
        self.assembly.label(at, "storage_class", class);
        let bound = spec.and_then(|s| s.volume_name.clone());
        let bound = bound.and_then(|b| found.objects.storages.get(&("default".to_owned(), b)));
        let terms = bound.and_then(|s| s.spec.as_ref()?.node_affinity.as_ref()?.required.as_ref());
        if let Some(terms) = terms {
            let all = found.machines.all.iter();
            let reach: Vec<_> = all
                .filter(|m| super::selectors::fits_terms(terms, m.name, m.labels))
                .collect();
            let zones: BTreeSet<_> = reach.iter().map(|m| &m.zone).collect();
            match (&reach[..], zones.first()) {
                ([one], _) => self.assembly.within(at, one.at),
                ([_, _, ..], Some(Some(zone))) if zones.len() == 1 => {
                    self.assembly.within(at, found.machines.zones[zone]);
                }
                _ => {}
            }
        }
        self.volumes.insert(key, at);
        Some(at)
    }

    fn place(
        &mut self,
        found: &Found,
        (workload, number): (usize, usize),
        (pod, asked): (u32, &Requests),
        used: &BTreeSet<String>,
        placing: &mut Placing,
        report: &mut Report,
    ) {
        if found.machines.all.is_empty() {
            return;
        }
        let kept = &found.workloads.all[workload];
        let replica = &kept.replicas[number];
        let set = placing.eligible(kept, (workload, number), asked);
        let id = self.assembly.id(pod).to_owned();
        if set.is_empty() {
            report.skipped(
                "placement of a pod",
                "no node in the files may take it",
                &id,
            );
            if replica.out.is_none() {
                self.down.push((pod, "no node may take it"));
            }
            return;
        }
        let host = placing
            .node_of(replica)
            .map(|at| found.machines.all[at].name);
        let hosts = placing.hosts(&set, &mut self.assembly);
        let apart = placing.apart.word(workload, number);
        let row = Placement {
            priority: rank(found, replica),
            apart_by: apart.and_then(|(_, by)| by.map(str::to_owned)),
            apart: apart.map(|(word, _)| word.to_owned()),
            ..placing::row(&id, hosts, host, asked, used)
        };
        self.placements.rows.push(row);
        report.mapped("Pod → instance that may run on several nodes", &id);
        for (what, why) in placing.apart.unsaid(workload, number) {
            report.skipped(what, why, &id);
        }
        let spread = each(&replica.spec.topology_spread_constraints);
        let hard =
            |s: &&super::objects::Spread| s.when_unsatisfiable.as_deref() == Some("DoNotSchedule");
        if spread.into_iter().any(|s| hard(&s)) {
            report.skipped(
                "topology spread that must hold",
                "pods are placed without it",
                &id,
            );
        }
    }

    /// A database whose data is gone with its node.
    fn note_what_is_lost(&mut self, kept: &Kept, id: &str) {
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
        let mut images = each(&kept.spec.containers).filter_map(|c| c.image.as_deref());
        let store = images.any(|image| {
            let name = image.rsplit('/').next().unwrap_or_default();
            STORES.iter().any(|s| name.starts_with(s))
        });
        let mut volumes = each(&kept.spec.volumes);
        let fleeting = volumes.any(|v| v.empty_dir.is_some());
        let claimed = placing::claims(kept.spec).next().is_some();
        if store && fleeting && !claimed && kept.key.0 != "StatefulSet" {
            self.fleeting.insert(id.to_owned());
        }
    }

    fn add_calls(&mut self, found: &Found) {
        for (at, calls) in found.ways.calls.iter().enumerate() {
            let consumer = self.workloads[at];
            for (target, hard) in calls {
                let need = Need::AtLeast(u32::from(*hard));
                self.lead(consumer, target, need, 0.0, found);
            }
        }
    }

    /// A need of one of the workloads behind a name; load goes to them by their pods.
    fn lead(&mut self, consumer: u32, target: &Target, need: Need, load: f64, found: &Found) {
        if let [one] = target[..] {
            let provider = self.workloads[one];
            return match need {
                Need::AtLeast(0) => self.assembly.uses(consumer, provider, load),
                _ => self.assembly.needs(consumer, provider, load),
            };
        }
        let shares = target.iter().map(|&at| Share {
            provider: self.workloads[at],
            load,
            weight: Some(found.sized.pods(at)),
        });
        let shares: Vec<Share> = shares.collect();
        let first = &found.workloads.all[target[0]].key;
        let name = format!(
            "behind {}/{} and {} more",
            first.1,
            first.2,
            target.len() - 1
        );
        self.assembly
            .group(consumer, &name, need, Split::Share, shares);
    }

    fn add_entries(&mut self, found: &Found, report: &mut Report) {
        for (entry, leads) in found.ways.entries.iter().zip(&found.sized.leads) {
            let shown = format!("{}/{}", entry.key.0, entry.key.1);
            let id = if self.assembly.has(&shown) {
                format!("svc:{shown}")
            } else {
                shown.clone()
            };
            let service = self.assembly.service(&id, 1.0, UNIT);
            if *self.assembly.id(service) != shown {
                let name = format!("{} {shown}", entry.kind);
                let id = self.assembly.id(service).to_owned();
                report.id_changed(&name, &id, "something else is called that");
            }
            self.assembly.label(service, "namespace", &entry.key.0);
            self.entries.push(service);
            for lead in leads {
                let need = Need::AtLeast(u32::from(lead.hard));
                self.lead(service, &lead.target, need, lead.load, found);
            }
            let rule = "load of a service on each workload that its calls reach: all that it is sized for, \
                        in equal parts for each service that reaches it";
            report.derived(rule, &shown);
        }
        for (at, kept) in found.workloads.all.iter().enumerate() {
            if !found.sized.is_loaded(at) {
                let why = "in the inventory, but no service that is open to the outside reaches it";
                let shown = format!("{}/{}", kept.key.1, kept.key.2);
                report.skipped("load of a workload", why, &shown);
            }
        }
    }

    /// More than half of the control plane must run for anything to be placed anew.
    fn add_control_plane(&mut self, found: &Found, report: &mut Report) {
        let all = found.machines.all.iter().filter(|m| m.control_plane);
        let shares: Vec<Share> = all
            .map(|m| Share {
                load: 0.0,
                ..Share::of(m.at)
            })
            .collect();
        let count = u32::try_from(shares.len()).unwrap_or(u32::MAX);
        if count == 0 || self.entries.is_empty() {
            return;
        }
        let at = self.assembly.logical("control-plane", "group");
        report.derived(
            "the control plane: more than half of its nodes; running pods do not need it",
            "control-plane",
        );
        self.assembly.group(
            at,
            "nodes",
            Need::AtLeast(count / 2 + 1),
            Split::Share,
            shares,
        );
        for &entry in &self.entries.clone() {
            self.assembly.uses(entry, at, 0.0);
        }
    }
}

/// The kind of a workload's component. A pod of its own has a workload as well, and that is no pod.
fn sort_of(kind: &str) -> String {
    match kind {
        "Pod" | "Node" | "Zone" | "Volume" => format!("bare-{}", kind.to_lowercase()),
        kind => kind.to_lowercase(),
    }
}

fn requests_of(kept: &Kept) -> Vec<Requests> {
    kept.replicas.iter().map(|r| requests::of(r.spec)).collect()
}

/// Priorities of pods, highest first: the rank of one is its place.
pub(super) fn priorities(objects: &Objects, workloads: &Workloads) -> Vec<i64> {
    let all = workloads.all.iter().flat_map(|k| &k.replicas);
    let all: BTreeSet<i64> = all.filter_map(|r| priority(objects, r)).collect();
    all.into_iter().rev().collect()
}

/// The rank of a pod's priority, 1 for the highest.
fn rank(found: &Found, replica: &Replica) -> Option<u32> {
    let own = priority(found.objects, replica)?;
    let at = found.priorities.iter().position(|p| *p == own)?;
    u32::try_from(at + 1).ok()
}

fn priority(objects: &Objects, replica: &Replica) -> Option<i64> {
    let class = replica.spec.priority_class_name.clone();
    let class = class.and_then(|c| objects.priorities.get(&("default".to_owned(), c)));
    replica
        .spec
        .priority
        .or_else(|| class.and_then(|c| c.value))
}
