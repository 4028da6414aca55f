//! What a name stands for. In: Services, workloads and their pods, hosts of addresses. Out: the pods behind a Service,
//! and those that a host names. Promises: a name of some pods of a workload is not read as one of all of them.

use super::documents::Objects;
use super::objects::{Map, Service, get};
use super::routes::{Candidate, Named, candidates};
use super::selectors::all_of;
use super::workloads::{Kept, Replica, Workloads};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Pods of one workload.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Part {
    pub workload: usize,
    /// Numbers of the pods, in order; `None` for all of them.
    pub pods: Option<Vec<usize>>,
}

/// Pods of workloads, in order; any of them will do.
pub(super) type Target = Vec<Part>;

impl Part {
    /// All pods of a workload.
    pub fn all(workload: usize) -> Self {
        let pods = None;
        Self { workload, pods }
    }

    /// Some pods of a workload of so many.
    pub fn some(workload: usize, pods: BTreeSet<usize>, of: usize) -> Self {
        let pods = (pods.len() < of).then(|| pods.into_iter().collect());
        Self { workload, pods }
    }

    /// How many pods of a workload of so many these are.
    pub fn count(&self, of: usize) -> usize {
        self.pods.as_ref().map_or(of, Vec::len)
    }

    /// Whether a pod is one of them.
    pub fn has(&self, number: usize) -> bool {
        let listed = |pods: &Vec<usize>| pods.binary_search(&number).is_ok();
        self.pods.as_ref().is_none_or(listed)
    }
}

/// What is behind a Service.
pub(super) enum Backing {
    Pods(Target),
    /// No pod: what is asked of it is refused.
    Nothing,
    /// That is in no file; why.
    Unknown(&'static str),
}

/// What a host leads to.
pub(super) enum Reached<'n> {
    Service(&'n Target),
    /// One pod: the number of its workload and its own.
    Pod(usize, usize),
    /// No pod is called that; this is the Service that it is asked of.
    NoSuchPod(&'n Target),
    /// No pods; why.
    Nowhere(&'static str),
}

/// All names.
pub(super) struct Names<'o> {
    pub objects: &'o Objects,
    pub workloads: &'o Workloads<'o>,
    behind: BTreeMap<&'o Named, Target>,
    /// Namespaces with Services in the files.
    spaces: BTreeSet<&'o str>,
}

/// The label that each pod of a `StatefulSet` gets, which its template does not have.
const POD_NAME: &str = "statefulset.kubernetes.io/pod-name";

impl<'o> Names<'o> {
    /// Looks for the pods behind each Service.
    pub fn of(objects: &'o Objects, workloads: &'o Workloads<'o>) -> Self {
        let mut names = Self {
            objects,
            workloads,
            behind: BTreeMap::new(),
            spaces: objects.services.keys().map(|(s, _)| &**s).collect(),
        };
        let by_label = by_label(workloads);
        for (key, service) in &objects.services {
            let found = selected(&key.0, selector(service), workloads, &by_label);
            if !found.is_empty() {
                names.behind.insert(key, found);
            }
        }
        // A name for another name, as far as that is one of the cluster.
        for (key, service) in &objects.services {
            let other = service
                .spec
                .as_ref()
                .and_then(|s| s.external_name.as_deref());
            let Some(other) = other.filter(|name| name.contains(".svc")) else {
                continue;
            };
            if let Reached::Service(target) = names.host(other, &key.0) {
                let target = target.clone();
                names.behind.insert(key, target);
            }
        }
        names
    }

    /// What is behind a Service.
    pub fn service(&self, key: &Named) -> Backing {
        if let Some(target) = self.behind.get(key) {
            return Backing::Pods(target.clone());
        }
        match self.objects.services.get(key) {
            Some(service) if selector(service).iter().flatten().next().is_none() => {
                Backing::Unknown("it selects no pods, and what is behind it is not read")
            }
            Some(_) if !self.workloads.has_pods => {
                Backing::Unknown("no workload in the files has the pods that it selects")
            }
            Some(service) if self.is_beside(&key.0, selector(service)) => Backing::Unknown(
                "its pods are of a job, or are of the platform and nothing keeps them",
            ),
            None if !self.spaces.contains(&*key.0) => {
                Backing::Unknown("the files hold no Service of its namespace")
            }
            _ => Backing::Nothing,
        }
    }

    /// Whether a selector names pods that are part of no workload.
    fn is_beside(&self, space: &str, selector: &Map) -> bool {
        let mut beside = self.workloads.beside.iter();
        beside.any(|(of, pod)| {
            let labels = pod.metadata.as_ref().map_or(&None, |m| &m.labels);
            *of == space && all_of(selector, labels)
        })
    }

    /// What a host leads to, seen from a namespace.
    pub fn host(&self, host: &str, from: &str) -> Reached<'_> {
        let candidates = candidates(host, from);
        for (key, pod) in &candidates {
            if let Some(target) = self.behind.get(key) {
                return match pod {
                    None => Reached::Service(target),
                    Some(pod) => self.pod(target, pod),
                };
            }
        }
        let known = |(key, _): &Candidate| self.objects.services.contains_key(key);
        Reached::Nowhere(if candidates.iter().any(known) {
            "the Service that it names has no pods of a workload here"
        } else if candidates.len() == 1 || host.contains(".svc") {
            "no Service in the files is called that"
        } else {
            "it is outside of the cluster"
        })
    }

    fn pod<'n>(&self, target: &'n Target, name: &str) -> Reached<'n> {
        let found = target.iter().find_map(|part| {
            let mut replicas = self.workloads.all[part.workload].replicas.iter();
            let number = replicas.position(|r| r.name == name)?;
            part.has(number).then_some((part.workload, number))
        });
        match found {
            Some((workload, number)) => Reached::Pod(workload, number),
            None => Reached::NoSuchPod(target),
        }
    }
}

fn selector(service: &Service) -> &Map {
    service.spec.as_ref().map_or(&None, |s| &s.selector)
}

/// The value of a pod's label; where a pod has no labels at all, those of its template count.
fn label<'r>(kept: &'r Kept, replica: &'r Replica, key: &str) -> Option<&'r str> {
    let is_name = key == POD_NAME && kept.key.0 == "StatefulSet";
    get(labels(kept, replica), key).or(is_name.then_some(&*replica.name))
}

fn labels<'r>(kept: &'r Kept, replica: &'r Replica) -> &'r Map {
    if replica.labels.is_some() {
        replica.labels
    } else {
        kept.labels
    }
}

/// Pods by namespace, label and value, as numbers of their workload and of their own.
type ByLabel<'w> = HashMap<(&'w str, &'w str, &'w str), Vec<(usize, usize)>>;

fn by_label<'w>(workloads: &'w Workloads) -> ByLabel<'w> {
    let mut by_label = ByLabel::new();
    for (at, kept) in workloads.all.iter().enumerate() {
        for (number, replica) in kept.replicas.iter().enumerate() {
            let own = labels(kept, replica).iter().flatten();
            let mut own: BTreeMap<&str, &str> = own.map(|(k, v)| (&**k, &*v.0)).collect();
            if let Some(name) = label(kept, replica, POD_NAME) {
                own.insert(POD_NAME, name);
            }
            for (key, value) in own {
                let of_it = by_label.entry((&kept.key.1, key, value)).or_default();
                of_it.push((at, number));
            }
        }
    }
    by_label
}

/// The pods of a namespace that a selector names; none for an empty one.
fn selected(space: &str, selector: &Map, workloads: &Workloads, by_label: &ByLabel) -> Target {
    let wanted: Vec<(&str, &str)> = selector
        .iter()
        .flatten()
        .map(|(k, v)| (&**k, &*v.0))
        .collect();
    let some = wanted.iter().map(|(key, value)| {
        let found = by_label.get(&(space, *key, *value));
        found.map_or(&[][..], Vec::as_slice)
    });
    let fewest = some.min_by_key(|pods| pods.len()).unwrap_or_default();
    let mut by_workload: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for &(at, number) in fewest {
        let kept = &workloads.all[at];
        let replica = &kept.replicas[number];
        if wanted
            .iter()
            .all(|(key, value)| label(kept, replica, key) == Some(*value))
        {
            by_workload.entry(at).or_default().insert(number);
        }
    }
    let parts = by_workload.into_iter();
    parts
        .map(|(at, pods)| Part::some(at, pods, workloads.all[at].replicas.len()))
        .collect()
}
