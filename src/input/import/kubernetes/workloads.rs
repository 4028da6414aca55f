//! Pods by what keeps them running. In: objects. Out: workloads with their replicas, and what everything
//! else that runs takes from the nodes. Promises: a replica that should be there and is not is there, and
//! out.

use super::super::report::Report;
use super::documents::Objects;
use super::objects::{Map, Meta, Pod, PodSpec, Workload, each};
use super::requests::{self, Requests};
use super::routes;
use super::selectors::all_of;
use super::volumes::claims;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// What keeps pods running: kind, namespace, name.
pub(super) type Key = (String, String, String);

/// A workload.
pub(super) struct Kept<'o> {
    pub key: Key,
    /// How many replicas there should be.
    pub wanted: u32,
    /// Labels of its pods.
    pub labels: &'o Map,
    pub spec: &'o PodSpec,
    pub replicas: Vec<Replica<'o>>,
    /// Fewest and most replicas, if something scales it.
    pub scaled: Option<(u32, u32)>,
}

/// One of its pods.
pub(super) struct Replica<'o> {
    pub name: String,
    pub labels: &'o Map,
    pub spec: &'o PodSpec,
    /// The node that runs it.
    pub node: Option<&'o str>,
    /// Names of the claims that it uses.
    pub claims: Vec<String>,
    /// Why it is out.
    pub out: Option<&'static str>,
    /// Whether nothing starts it anew elsewhere.
    pub stays: bool,
}

/// Workloads, and what the rest takes.
pub(super) struct Workloads<'o> {
    pub all: Vec<Kept<'o>>,
    /// By node: what runs there and is not part of a workload.
    pub taken: BTreeMap<String, Requests>,
    /// What that is: namespaces and pods, each of which stays on its node.
    pub beside: Vec<(&'o str, &'o Pod)>,
    /// Whether the files hold pods; else replicas are made of what workloads say.
    pub has_pods: bool,
    /// Workloads that are scaled to nothing.
    pub stopped: BTreeSet<(String, String)>,
    /// By namespace: what selects the pods behind Services that something leads to.
    led_to: BTreeMap<&'o str, Vec<&'o Map>>,
}

/// Namespaces of the platform itself.
pub(super) fn is_platform(namespace: &str) -> bool {
    let known = ["kube-system", "kube-public", "kube-node-lease", "openshift"];
    known.contains(&namespace) || namespace.starts_with("openshift-")
}

/// Owners whose pods stand for nothing that users ask for.
const ASIDE: [(&str, &str); 4] = [
    (
        "DaemonSet",
        "one of a DaemonSet; what it asks for is taken off its node",
    ),
    (
        "Job",
        "one of a Job; what it asks for is taken off its node",
    ),
    (
        "CronJob",
        "one of a CronJob; what it asks for is taken off its node",
    ),
    (
        "Node",
        "a static pod; what it asks for is taken off its node",
    ),
];

/// Sorts every pod and every workload.
pub(super) fn read<'o>(objects: &'o Objects, report: &mut Report) -> Workloads<'o> {
    let mut workloads = Workloads {
        all: Vec::new(),
        taken: BTreeMap::new(),
        beside: Vec::new(),
        has_pods: !objects.pods.is_empty(),
        stopped: BTreeSet::new(),
        led_to: led_to(objects),
    };
    let mut pods: BTreeMap<Key, Vec<(&'o str, &'o Pod)>> = BTreeMap::new();
    for ((space, name), pod) in &objects.pods {
        if let Some(owner) = workloads.owner_of_running(objects, (space, name), pod, report) {
            pods.entry(owner).or_default().push((name, pod));
        }
    }
    let owned = |key: &Key| {
        let meta = objects.workloads.get(key).and_then(|w| w.metadata.as_ref());
        let part = IS_PART.contains(&&*key.0) && meta.is_some_and(|m| m.controller().is_some());
        part || is_platform(&key.1) && objects.pods.is_empty()
    };
    let stated = objects.workloads.keys().filter(|key| !owned(key));
    let keys: BTreeSet<Key> = stated.chain(pods.keys()).cloned().collect();
    for key in keys {
        let of_it = pods.remove(&key).unwrap_or_default();
        workloads.add(objects, key, of_it, report);
    }
    workloads
}

impl<'o> Workloads<'o> {
    /// Names of the nodes that run their pods.
    pub fn nodes(&self) -> BTreeSet<&'o str> {
        let replicas = self.all.iter().flat_map(|kept| &kept.replicas);
        replicas.filter_map(|replica| replica.node).collect()
    }
}

static NO_SPEC: OnceLock<PodSpec> = OnceLock::new();

/// Kinds that others make, one for each version of themselves.
const IS_PART: [&str; 2] = ["ReplicaSet", "ReplicationController"];

impl<'o> Workloads<'o> {
    /// The workload of a pod that is part of one; what others ask for is noted.
    fn owner_of_running(
        &mut self,
        objects: &'o Objects,
        (space, name): (&'o str, &str),
        pod: &'o Pod,
        report: &mut Report,
    ) -> Option<Key> {
        let shown = format!("{space}/{name}");
        let phase = pod.status.as_ref().and_then(|s| s.phase.as_deref());
        let meta = pod.metadata.as_ref();
        if matches!(phase, Some("Succeeded" | "Failed")) {
            report.skipped("Pod", "it has run to its end", &shown);
            return None;
        }
        if meta.is_some_and(|m| {
            m.deletion_timestamp
                .as_ref()
                .is_some_and(|t| !t.0.is_empty())
        }) {
            report.skipped("Pod", "it is being deleted", &shown);
            return None;
        }
        let owner = owner(objects, space, pod);
        let kind = owner.as_ref().map(|o| &*o.0);
        let aside = ASIDE.iter().find(|(aside, _)| kind == Some(*aside));
        let aside = aside.filter(|_| kind != Some("DaemonSet") || !self.is_led_to(space, pod));
        let platform = "of the platform; what it asks for is taken off its node";
        let alone = is_platform(space) && owner.is_none();
        let why = aside.map(|(_, why)| *why).or(alone.then_some(platform));
        if let Some(why) = why {
            report.skipped("Pod", why, &shown);
            let spec = pod.spec.as_ref();
            if let Some((spec, node)) = spec.and_then(|s| Some((s, s.node_name.clone()?))) {
                self.beside.push((space, pod));
                let taken = self.taken.entry(node).or_default();
                for (resource, amount) in requests::of(spec) {
                    *taken.entry(resource).or_default() += amount;
                }
            }
            return None;
        }
        let own = || ("Pod".to_owned(), space.to_owned(), name.to_owned());
        Some(owner.unwrap_or_else(own))
    }

    /// Whether a pod is behind a Service that something leads to, or stands in front of Ingresses.
    fn is_led_to(&self, space: &str, pod: &Pod) -> bool {
        let mut selectors = self.led_to.get(space).into_iter().flatten();
        selectors.any(|selector| all_of(selector, labels(pod)))
            || pod.spec.as_ref().is_some_and(routes::runs_controller)
    }

    fn add(
        &mut self,
        objects: &'o Objects,
        key: Key,
        pods: Vec<(&'o str, &'o Pod)>,
        report: &mut Report,
    ) {
        let stated = objects.workloads.get(&key);
        let spec = stated.and_then(|w| w.spec.as_ref());
        let scaled = scaled(objects, &key);
        let default = scaled.map_or(1, |(fewest, _)| fewest.max(1));
        let running = u32::try_from(pods.len()).unwrap_or(u32::MAX);
        let wanted = match stated {
            Some(_) => spec.and_then(|s| s.replicas).map_or(default, |r| r.0),
            None => running,
        };
        let (_, space, name) = &key;
        let shown = format!("{space}/{name}");
        if wanted == 0 && pods.is_empty() {
            if key.0 != "ReplicaSet" {
                report.skipped(&key.0, "scaled to no replica", &shown);
                self.stopped.insert((space.clone(), name.clone()));
            }
            return;
        }
        let template = spec.and_then(|s| s.template.as_ref());
        let first = pods.first().map(|(_, pod)| *pod);
        let own_spec = template.and_then(|t| t.spec.as_ref());
        let own_labels = template
            .and_then(|t| t.metadata.as_ref())
            .map(|m| &m.labels);
        let mut kept = Kept {
            wanted: wanted.max(running),
            labels: own_labels.unwrap_or_else(|| first.map_or(&None, labels)),
            spec: own_spec
                .or(first.and_then(|p| p.spec.as_ref()))
                .unwrap_or(no_spec()),
            replicas: Vec::new(),
            scaled,
            key,
        };
        for (name, pod) in pods {
            kept.replicas.push(replica(name, pod, &kept));
        }
        kept.make_missing(self.has_pods, stated, report);
        let what = if kept.key.0 == "Pod" {
            "Pod of its own"
        } else {
            &kept.key.0
        };
        report.mapped(&format!("{what} → component of its pods"), &shown);
        self.all.push(kept);
    }
}

fn no_spec() -> &'static PodSpec {
    NO_SPEC.get_or_init(PodSpec::default)
}

fn labels(pod: &Pod) -> &Map {
    pod.metadata.as_ref().map_or(&None, |m| &m.labels)
}

fn replica<'o>(name: &str, pod: &'o Pod, kept: &Kept<'o>) -> Replica<'o> {
    let status = pod.status.as_ref();
    let phase = status.and_then(|s| s.phase.as_deref());
    let conditions = status.map_or(&None, |s| &s.conditions);
    let mut ready = each(conditions).filter(|c| c.r#type.as_deref() == Some("Ready"));
    let unready = ready.any(|c| c.status.as_ref().is_some_and(|s| s.0 == "False"));
    let spec = pod.spec.as_ref().unwrap_or(no_spec());
    let node = spec.node_name.as_deref().filter(|n| !n.is_empty());
    Replica {
        name: name.to_owned(),
        labels: labels(pod),
        spec,
        node,
        claims: claims(spec).map(str::to_owned).collect(),
        out: match phase {
            Some("Pending") if node.is_none() => Some("no node had taken it"),
            Some("Pending") => Some("it had not started"),
            _ if unready => Some("it was not ready"),
            _ => None,
        },
        stays: matches!(&*kept.key.0, "Pod" | "DaemonSet"),
    }
}

impl Kept<'_> {
    /// Adds what should be there and is not: out where pods were read, else as the workload says.
    fn make_missing(&mut self, has_pods: bool, stated: Option<&Workload>, report: &mut Report) {
        let (kind, space, name) = self.key.clone();
        let taken: BTreeSet<String> = self.replicas.iter().map(|r| r.name.clone()).collect();
        let ready = if has_pods { Some(0) } else { ready(stated) };
        let first = u32::from(kind != "StatefulSet");
        let mut next = first;
        while self.replicas.len() < self.wanted as usize {
            let mut candidate = format!("{name}-{next}");
            if has_pods && kind != "StatefulSet" {
                candidate = format!("{name}-missing-{next}");
            }
            next += 1;
            if taken.contains(&candidate) {
                continue;
            }
            let runs = ready.is_none_or(|ready| self.replicas.len() < ready as usize);
            let (rule, out) = match (has_pods, runs) {
                (true, _) => (
                    "a replica that should run and does not: a known outage",
                    Some("the replica was missing"),
                ),
                (false, false) => (
                    "a replica that its workload does not count as ready: a known outage",
                    Some("its workload did not count it as ready"),
                ),
                (false, true) => ("replicas of workloads, since the files hold no pods", None),
            };
            report.derived(rule, &format!("{space}/{candidate}"));
            self.replicas.push(Replica {
                labels: self.labels,
                spec: self.spec,
                node: None,
                claims: claims_of(stated, &candidate, self.spec),
                name: candidate,
                out,
                stays: false,
            });
        }
    }
}

/// How many replicas a workload counts as ready; `None` where it counts none of any sort, as in a manifest.
fn ready(stated: Option<&Workload>) -> Option<u32> {
    let status = stated?.status.as_ref()?;
    status.replicas.or(status.unavailable_replicas)?;
    Some(status.ready_replicas.map_or(0, |ready| ready.0))
}

/// The claims of a pod that is not there: those of its template, and one of its own for each template of a claim.
fn claims_of(stated: Option<&Workload>, pod: &str, spec: &PodSpec) -> Vec<String> {
    let spec_of = stated.and_then(|w| w.spec.as_ref());
    let own = each(spec_of.map_or(&None, |s| &s.volume_claim_templates));
    let own = own.filter_map(|t| t.metadata.as_ref()?.name.as_ref());
    let own = own.map(|name| format!("{name}-{pod}"));
    claims(spec).map(str::to_owned).chain(own).collect()
}

/// By namespace: what selects pods behind Services that something leads to. Empty where all pods count anyway.
fn led_to(objects: &Objects) -> BTreeMap<&str, Vec<&Map>> {
    let kept_by = |pod: &Pod| pod.metadata.as_ref()?.controller()?.kind.clone();
    let mut kinds = objects.pods.values().filter_map(kept_by);
    let mut selectors: BTreeMap<&str, Vec<&Map>> = BTreeMap::new();
    if !kinds.any(|kind| kind == "DaemonSet") {
        return selectors;
    }
    let led = routes::led_to(objects);
    for (key, service) in objects
        .services
        .iter()
        .filter(|(key, _)| led.contains(*key))
    {
        if let Some(spec) = &service.spec {
            selectors.entry(&key.0).or_default().push(&spec.selector);
        }
    }
    selectors
}

/// What keeps a pod running. A `ReplicaSet` stands for its Deployment, whether or not it is in the files.
fn owner(objects: &Objects, space: &str, pod: &Pod) -> Option<Key> {
    let meta = pod.metadata.as_ref()?;
    let owner = meta.controller()?;
    let (kind, name) = (owner.kind.clone()?, owner.name.clone()?);
    let key = (kind, space.to_owned(), name);
    if !IS_PART.contains(&&*key.0) {
        return Some(key);
    }
    let Some(part) = objects.workloads.get(&key) else {
        let hash = super::objects::get(&meta.labels, "pod-template-hash");
        let stem = hash.and_then(|hash| key.2.strip_suffix(hash)?.strip_suffix('-'));
        let above = stem.map(|stem| ("Deployment".to_owned(), key.1.clone(), stem.to_owned()));
        return Some(above.unwrap_or(key));
    };
    let above = part.metadata.as_ref().and_then(Meta::controller);
    let above = above.and_then(|o| Some((o.kind.clone()?, key.1.clone(), o.name.clone()?)));
    Some(above.unwrap_or(key))
}

/// The bounds that something scales a workload within.
fn scaled(objects: &Objects, (kind, space, name): &Key) -> Option<(u32, u32)> {
    let of_it = |(at, scaler): &(&(String, String), &super::objects::Scaler)| {
        let target = scaler
            .spec
            .as_ref()
            .and_then(|s| s.scale_target_ref.as_ref());
        at.0 == *space
            && target
                .is_some_and(|t| t.kind.as_ref() == Some(kind) && t.name.as_ref() == Some(name))
    };
    let (_, scaler) = objects.scalers.iter().find(of_it)?;
    let spec = scaler.spec.as_ref()?;
    Some((spec.min_replicas.map_or(1, |r| r.0), spec.max_replicas?.0))
}
