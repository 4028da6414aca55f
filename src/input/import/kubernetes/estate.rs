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
use super::names::{Part, Target};
use super::needs;
use super::objects::each;
use super::placing::{self, Placing};
use super::ranks::Ranks;
use super::requests::{self, PODS, Requests};
use super::routes::Named;
use super::sized::Sized;
use super::spare::Spare;
use super::volumes::{self, Volumes};
use super::ways::{Entry, Ways};
use super::workloads::{Kept, Workloads};
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
    /// How many pods may use more than they ask for only while their node has it to spare.
    pub may_shrink: u64,
    /// Workloads of which nothing says how many of their pods are needed, though these may need each other.
    pub unsure: BTreeSet<String>,
    /// Workloads by their component, and how many of their pods they need.
    workloads: Vec<(u32, u32)>,
    /// Pods by their component, by workload.
    pods: Vec<Vec<u32>>,
    pub volumes: Volumes,
    /// Services that no pod is behind.
    dead: BTreeMap<Named, u32>,
    /// Consumers with single providers that they need.
    needed: BTreeSet<(u32, u32)>,
    /// How many groups of each name a consumer has.
    groups: BTreeMap<(u32, String), u32>,
}

/// Everything that was found.
pub(super) struct Found<'o> {
    pub objects: &'o Objects,
    pub machines: &'o Machines<'o>,
    pub workloads: &'o Workloads<'o>,
    pub ways: &'o Ways,
    pub sized: &'o Sized,
    pub spare: &'o Spare<'o>,
    /// What each pod asks for, by workload.
    pub asked: &'o [Vec<Requests>],
    pub ranks: Ranks,
}

impl Estate {
    /// Adds all that is not there yet. Nodes are.
    pub fn add(&mut self, found: &Found, report: &mut Report) {
        self.down.extend(&found.machines.down);
        let mut used = requests::used(found.asked.iter().flatten());
        self.has_requests = used.iter().any(|name| name != PODS);
        if found.machines.all.is_empty() {
            used.clear();
        }
        let taken = &found.workloads.taken;
        machines::add_resources(found.machines, &used, taken, &mut self.assembly, report);
        self.placements.resources = used.iter().map(|name| format!("/{name}")).collect();
        let mut placing = Placing::new(found.objects, found.machines, found.workloads);
        for at in 0..found.workloads.all.len() {
            self.add_workload(found, at, &used, &mut placing, report);
        }
        self.add_calls(found);
        self.add_entries(found, report);
        self.add_control_plane(found, report);
    }

    fn add_workload(
        &mut self,
        found: &Found,
        workload: usize,
        used: &BTreeSet<String>,
        placing: &mut Placing,
        report: &mut Report,
    ) {
        let kept = &found.workloads.all[workload];
        let (kind, space, name) = &kept.key;
        let id = format!("{space}/{name}");
        let mut pods = Vec::new();
        for (number, asked) in found.asked[workload].iter().enumerate() {
            let which = (workload, number);
            pods.push(self.add_pod(found, which, report));
            self.place(found, which, (pods[number], asked), used, placing, report);
        }
        let at = self.assembly.logical(&self.free(&id, kind), &sort_of(kind));
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
        if why == needs::ANY && needs::may_keep_a_quorum(kept) {
            self.unsure.insert(id.clone());
        }
        self.workloads.push((at, need));
        self.pods.push(pods.clone());
        let shares = self.in_equal_parts(pods);
        self.assembly
            .group(at, "pods", Need::AtLeast(need), Split::Share, shares);
        if volumes::loses_data(kind, kept.spec) {
            self.fleeting.insert(id);
        }
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
        let factor = found.spare.factor(replica, &found.asked[workload][number]);
        self.may_shrink += u64::from(found.spare.may_shrink(factor));
        let capacity = factor.map(|factor| found.sized.capacity((workload, number), factor));
        self.assembly.capacity(at, capacity, UNIT);
        let id = self.assembly.id(at).to_owned();
        report.derived(
            if capacity.is_some() {
                "capacity of a pod: its part of the load on its workload while all pods behind the same name run, \
                 times what it may use over what it asks for of processors: its limit, at most its part of its node"
            } else {
                "capacity of a pod: none where neither its limits nor its node bound its processors, or it asks for none"
            },
            &id,
        );
        if let Some(why) = replica.out {
            report.mapped("Pod that does not run → known outage", &id);
            self.down.push((at, why));
        }
        for claim in &replica.claims {
            let files = (found.objects, found.machines);
            let assembly = &mut self.assembly;
            let volume = self
                .volumes
                .component(files, (space, claim), assembly, report);
            if let Some(volume) = volume {
                self.assembly.needs(at, volume, 0.0);
            }
        }
        at
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
            priority: found.ranks.rank(found.objects, replica),
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

    fn add_calls(&mut self, found: &Found) {
        for (at, calls) in found.ways.calls.iter().enumerate() {
            let (consumer, _) = self.workloads[at];
            for (target, hard) in calls {
                let need = Need::AtLeast(u32::from(*hard));
                self.lead(consumer, target, need, 0.0, found);
            }
        }
    }

    /// A need of one of the pods behind a name; load goes to workloads by their pods.
    fn lead(&mut self, consumer: u32, target: &Target, need: Need, load: f64, found: &Found) {
        let shares = target
            .iter()
            .flat_map(|part| self.shares(part, load, found));
        let shares: Vec<Share> = shares.collect();
        let is_hard = need != Need::AtLeast(0);
        if let ([part], true) = (&target[..], is_hard) {
            self.need_the_rest(consumer, part);
        }
        match &shares[..] {
            [] => {}
            [one] if is_hard => self.need(consumer, one.provider, load),
            [one] => self.assembly.uses(consumer, one.provider, load),
            [first, ..] => {
                let first = self.assembly.id(first.provider);
                let name = format!("behind {first} and {} more", shares.len() - 1);
                let name = self.free_group(consumer, name);
                let split = Split::Share;
                self.assembly.group(consumer, &name, need, split, shares);
            }
        }
    }

    /// All pods of a workload are that workload; others are themselves.
    fn shares(&self, part: &Part, load: f64, found: &Found) -> Vec<Share> {
        let share = |provider, weight| Share {
            provider,
            load,
            weight: Some(weight),
        };
        match &part.pods {
            None => vec![share(
                self.workloads[part.workload].0,
                found.sized.pods(part),
            )],
            Some(pods) => {
                let of_it = &self.pods[part.workload];
                pods.iter().map(|&at| share(of_it[at], 1.0)).collect()
            }
        }
    }

    /// Pods that work only together with others of their workload are needed with those.
    fn need_the_rest(&mut self, consumer: u32, part: &Part) {
        let (workload, need) = self.workloads[part.workload];
        if part.pods.is_some() && need > 1 {
            self.need(consumer, workload, 0.0);
        }
    }

    /// One provider that must work; a second time only if it carries something.
    fn need(&mut self, consumer: u32, provider: u32, load: f64) {
        if self.needed.insert((consumer, provider)) || load > 0.0 {
            self.assembly.needs(consumer, provider, load);
        }
    }

    /// A name of a group that its consumer has no other of.
    fn free_group(&mut self, consumer: u32, name: String) -> String {
        let count = self.groups.entry((consumer, name.clone())).or_default();
        *count += 1;
        if *count == 1 {
            name
        } else {
            format!("{name} ({count})")
        }
    }

    fn add_entries(&mut self, found: &Found, report: &mut Report) {
        for (entry, leads) in found.ways.entries.iter().zip(&found.sized.leads) {
            let shown = format!("{}/{}", entry.key.0, entry.key.1);
            let service = self.add_entry(entry, &shown, report);
            for lead in leads {
                let need = Need::AtLeast(u32::from(lead.hard));
                self.lead(service, &lead.target, need, lead.load, found);
            }
            for name in &entry.dead {
                let at = self.add_dead(name, report);
                self.assembly.needs(service, at, 0.0);
            }
            if !leads.is_empty() {
                let rule = "load of a service on each workload that its calls reach: all that it is sized for, \
                            in equal parts for each service that reaches it";
                report.derived(rule, &shown);
            }
        }
        for (at, kept) in found.workloads.all.iter().enumerate() {
            if !found.sized.is_loaded(at) {
                let why = "in the inventory, but no service that is open to the outside reaches it";
                let shown = format!("{}/{}", kept.key.1, kept.key.2);
                report.skipped("load of a workload", why, &shown);
            }
        }
    }

    fn add_entry(&mut self, entry: &Entry, shown: &str, report: &mut Report) -> u32 {
        let id = if self.assembly.has(shown) {
            format!("svc:{shown}")
        } else {
            shown.to_owned()
        };
        let service = self.assembly.service(&id, 1.0, UNIT);
        let id = self.assembly.id(service).to_owned();
        if id != shown {
            let name = format!("{} {shown}", entry.kind);
            report.id_changed(&name, &id, "something else is called that");
        }
        self.assembly.label(service, "namespace", &entry.key.0);
        self.entries.push(service);
        service
    }

    /// What stands for a Service that no pod is behind: a known outage.
    fn add_dead(&mut self, name: &Named, report: &mut Report) -> u32 {
        if let Some(&at) = self.dead.get(name) {
            return at;
        }
        let id = format!("{}/{}/endpoints", name.0, name.1);
        let at = self.assembly.component(&id, "endpoints");
        self.assembly.label(at, "namespace", &name.0);
        let rule =
            "Service that something leads to and no pod is behind → component, a known outage";
        report.mapped(rule, &format!("{}/{}", name.0, name.1));
        self.down.push((at, "no pod is behind this Service"));
        self.dead.insert(name.clone(), at);
        at
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

/// What each pod asks for, by workload.
pub(super) fn asked(workloads: &Workloads) -> Vec<Vec<Requests>> {
    let of = |kept: &Kept| kept.replicas.iter().map(|r| requests::of(r.spec)).collect();
    workloads.all.iter().map(of).collect()
}
