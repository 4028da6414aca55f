//! Calls and ways in. In: Services, Ingresses, routes, environments. Out: for each workload what it calls, and for
//! each way in what it leads to. Promises: what leads nowhere is reported by the name of the variable or of the
//! object, never by a value; a way in whose pods are gone is not taken for one without pods.

use super::super::addresses;
use super::super::report::Report;
use super::fronts::Fronts;
use super::names::{Backing, Names, Part, Reached, Target};
use super::routes::{self, Named, WayIn, variables};
use super::workloads::is_platform;
use std::collections::{BTreeMap, BTreeSet};

/// A way in.
pub(super) struct Entry {
    /// Namespace and name.
    pub key: Named,
    /// What it is, as Kubernetes calls it.
    pub kind: &'static str,
    /// What it leads to; all are needed.
    pub targets: BTreeSet<Target>,
    /// Services that it leads to and that no pod is behind.
    pub dead: BTreeSet<Named>,
}

/// What a workload calls: whether a loss harms it.
pub(super) type Calls = BTreeMap<Target, bool>;

/// All ways.
pub(super) struct Ways {
    pub entries: Vec<Entry>,
    /// By workload.
    pub calls: Vec<Calls>,
    /// Ingresses and routes of which the files do not say what stands in front of them.
    pub without_front: BTreeSet<String>,
}

/// Finds every call and every way in.
pub(super) fn read(names: &Names, report: &mut Report) -> Ways {
    let calls = 0..names.workloads.all.len();
    let calls = calls.map(|at| calls_of(at, names, report)).collect();
    let mut ways = Ways {
        entries: Vec::new(),
        calls,
        without_front: BTreeSet::new(),
    };
    ways.add_services(names, report);
    let fronts = Fronts::of(names);
    for way in routes::ways_in(names.objects) {
        ways.add_way_in(&way, names, &fronts, report);
    }
    ways.add_roots(names, report);
    ways
}

/// What the containers of a workload call.
fn calls_of(at: usize, names: &Names, report: &mut Report) -> Calls {
    let kept = &names.workloads.all[at];
    let (_, space, name) = &kept.key;
    let mut calls = Calls::new();
    for (variable, value) in variables(kept.spec) {
        let needed = !addresses::is_telemetry(variable);
        let rule = if needed {
            "address in an environment → call, needed"
        } else {
            "address in an environment → call, a loss harms nobody"
        };
        let shown = format!("{space}/{name}: {variable}");
        let mut found = Found::default();
        for host in addresses::hosts(variable, value) {
            let reached = names.host(&host.name, space);
            match reached {
                Reached::Nowhere(why) if host.sure => {
                    report.skipped("an address in an environment", why, &shown);
                }
                Reached::NoSuchPod(_) => {
                    let why = "no pod is called that; any pod behind its Service is taken";
                    report.skipped("the name of a pod in an address", why, &shown);
                }
                _ => {}
            }
            if found.add(at, reached) {
                report.mapped(rule, &shown);
            }
        }
        for target in found.targets(names) {
            *calls.entry(target).or_default() |= needed;
        }
    }
    calls
}

/// What the addresses in one value lead to.
#[derive(Default)]
struct Found {
    services: BTreeSet<Target>,
    /// Pods that are named by themselves, by workload.
    pods: BTreeMap<usize, BTreeSet<usize>>,
}

impl Found {
    /// Adds what a host leads to, if that is another workload than the one that calls.
    fn add(&mut self, from: usize, reached: Reached) -> bool {
        match reached {
            Reached::Pod(workload, number) if workload != from => {
                self.pods.entry(workload).or_default().insert(number);
                true
            }
            Reached::Service(target) | Reached::NoSuchPod(target)
                if target.iter().all(|part| part.workload != from) =>
            {
                self.services.insert(target.clone());
                true
            }
            _ => false,
        }
    }

    /// All of it. Pods of one workload that one value names stand for each other, as the members of a store do.
    fn targets(self, names: &Names) -> BTreeSet<Target> {
        let mut targets = self.services;
        targets.extend(self.pods.into_iter().map(|(at, pods)| {
            let of = names.workloads.all[at].replicas.len();
            vec![Part::some(at, pods, of)]
        }));
        targets
    }
}

impl Ways {
    fn add_services(&mut self, names: &Names, report: &mut Report) {
        let open = names.objects.services.iter();
        for (key, _) in open.filter(|(_, service)| routes::is_open(service)) {
            let shown = format!("{}/{}", key.0, key.1);
            let (targets, dead) = match names.service(key) {
                Backing::Pods(target) => (BTreeSet::from([target]), BTreeSet::new()),
                Backing::Nothing => (BTreeSet::new(), BTreeSet::from([key.clone()])),
                Backing::Unknown(why) => {
                    report.skipped("Service that is open to the outside", why, &shown);
                    continue;
                }
            };
            report.mapped("Service that is open to the outside → service", &shown);
            self.add(key, "Service", targets, dead);
        }
    }

    fn add(
        &mut self,
        key: &Named,
        kind: &'static str,
        targets: BTreeSet<Target>,
        dead: BTreeSet<Named>,
    ) {
        self.entries.push(Entry {
            key: key.clone(),
            kind,
            targets,
            dead,
        });
    }

    fn add_way_in(&mut self, way: &WayIn, names: &Names, fronts: &Fronts, report: &mut Report) {
        let shown = format!("{}/{}", way.key.0, way.key.1);
        let mut targets = BTreeSet::new();
        let mut dead = BTreeSet::new();
        for name in &way.services {
            match names.service(name) {
                Backing::Pods(target) => {
                    targets.insert(target);
                }
                Backing::Nothing => {
                    dead.insert(name.clone());
                }
                Backing::Unknown(why) => {
                    let what = format!("{}: a Service that it leads to", way.kind);
                    report.skipped(&what, why, &format!("{shown}: {}/{}", name.0, name.1));
                }
            }
        }
        if targets.is_empty() && dead.is_empty() {
            return report.skipped(way.kind, "it leads to no pods of a workload here", &shown);
        }
        match fronts.before(way) {
            Some(front) if front.is_stated => {
                report.mapped(&format!("{} → {}", way.kind, front.rule), &shown);
                targets.insert(front.target.clone());
            }
            Some(front) => {
                report.derived(&format!("{}: it {}", way.kind, front.rule), &shown);
                targets.insert(front.target.clone());
            }
            None => {
                self.without_front.insert(shown.clone());
            }
        }
        report.mapped(&format!("{} → service", way.kind), &shown);
        self.add(way.key, way.kind, targets, dead);
    }

    /// Where nothing is open to the outside, what nobody calls is taken for what users ask for, bar what the platform
    /// runs for itself.
    fn add_roots(&mut self, names: &Names, report: &mut Report) {
        if !self.entries.is_empty() {
            return;
        }
        let targets = self.calls.iter().flat_map(|calls| calls.keys().flatten());
        let called: BTreeSet<usize> = targets.map(|part| part.workload).collect();
        for (at, kept) in names.workloads.all.iter().enumerate() {
            if called.contains(&at) || is_platform(&kept.key.1) {
                continue;
            }
            let key = (kept.key.1.clone(), kept.key.2.clone());
            let shown = format!("{}/{}", key.0, key.1);
            let rule = "a service for each workload that no other calls, since nothing is open to the outside";
            report.derived(rule, &shown);
            let targets = BTreeSet::from([vec![Part::all(at)]]);
            self.add(&key, "workload", targets, BTreeSet::new());
        }
    }
}
