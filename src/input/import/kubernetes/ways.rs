//! Names, calls and ways in. In: Services, Ingresses, routes, environments. Out: for each workload what it
//! calls, and for each way in what it leads to. Promises: what leads nowhere is reported by the name of the
//! variable or of the object, never by a value.

use super::super::addresses;
use super::super::report::Report;
use super::documents::Objects;
use super::objects::{Backend, Balanced, Ingress, Reference, Service, each};
use super::selectors::all_of;
use super::workloads::{Kept, Workloads};
use std::collections::{BTreeMap, BTreeSet};

/// Numbers of workloads that one name stands for, in order; any of them will do.
pub(super) type Target = Vec<usize>;

/// A way in.
pub(super) struct Entry {
    /// Namespace and name.
    pub key: (String, String),
    /// What it is, as Kubernetes calls it.
    pub kind: &'static str,
    /// What it leads to; all are needed.
    pub targets: BTreeSet<Target>,
}

/// What a workload calls: whether a loss harms it.
pub(super) type Calls = BTreeMap<Target, bool>;

/// All ways.
pub(super) struct Ways {
    pub entries: Vec<Entry>,
    /// By workload.
    pub calls: Vec<Calls>,
}

/// Services by namespace and name, as the workloads behind them.
type Behind = BTreeMap<(String, String), Target>;

/// Finds every call and every way in.
pub(super) fn read(objects: &Objects, workloads: &Workloads, report: &mut Report) -> Ways {
    let behind = behind(objects, workloads);
    let calls = workloads.all.iter().enumerate();
    let calls = calls
        .map(|(at, kept)| calls_of(at, kept, objects, &behind, report))
        .collect();
    let mut ways = Ways {
        entries: Vec::new(),
        calls,
    };
    ways.add_services(objects, &behind, report);
    let controller = controller(objects, workloads, &behind);
    for (key, ingress) in &objects.ingresses {
        ways.add_ingress(key, ingress, &behind, &controller, report);
    }
    for (key, route) in &objects.http_routes {
        let spec = route.spec.as_ref();
        let rules = spec.map_or(&None, |s| &s.rules);
        let refs = each(rules).flat_map(|r| each(&r.backend_refs)).collect();
        ways.add_references("HTTPRoute", key, refs, &behind, report);
    }
    for (key, route) in &objects.routes {
        let spec = route.spec.as_ref();
        let mut refs: Vec<&Reference> = spec.iter().filter_map(|s| s.to.as_ref()).collect();
        refs.extend(each(spec.map_or(&None, |s| &s.alternate_backends)));
        ways.add_references("Route", key, refs, &behind, report);
    }
    ways.add_roots(workloads, report);
    ways
}

/// The workloads behind each Service.
fn behind(objects: &Objects, workloads: &Workloads) -> Behind {
    let mut behind = Behind::new();
    for (key, service) in &objects.services {
        let spec = service.spec.as_ref();
        let selector = spec.map_or(&None, |s| &s.selector);
        let fits = |kept: &Kept| {
            let by_pod = || {
                kept.replicas
                    .first()
                    .is_some_and(|r| all_of(selector, r.labels))
            };
            kept.key.1 == key.0 && (all_of(selector, kept.labels) || by_pod())
        };
        let found = (0..workloads.all.len()).filter(|&at| fits(&workloads.all[at]));
        let found: Target = found.collect();
        if !found.is_empty() {
            behind.insert(key.clone(), found);
        }
    }
    behind
}

/// What the containers of a workload call.
fn calls_of(
    at: usize,
    kept: &Kept,
    objects: &Objects,
    behind: &Behind,
    report: &mut Report,
) -> Calls {
    let mut calls = Calls::new();
    let (_, space, name) = &kept.key;
    let containers = each(&kept.spec.containers).chain(each(&kept.spec.init_containers));
    let variables: BTreeSet<(&str, &str)> = containers
        .flat_map(|c| each(&c.env))
        .filter_map(|v| Some((v.name.as_deref()?, v.value.as_ref()?.0.as_str())))
        .collect();
    for (variable, value) in variables {
        let harmless = addresses::is_telemetry(variable);
        for host in addresses::hosts(variable, value) {
            let candidates = candidates(&host.name, space);
            let found = candidates.iter().find_map(|c| behind.get(c));
            let shown = format!("{space}/{name}: {variable}");
            match found {
                Some(target) if target.contains(&at) => {}
                Some(target) => {
                    let hard = calls.entry(target.clone()).or_default();
                    *hard |= !harmless;
                    let sort = if harmless {
                        "a loss harms nobody"
                    } else {
                        "needed"
                    };
                    report.mapped(&format!("address in an environment → call, {sort}"), &shown);
                }
                None if !host.sure => {}
                None if candidates.iter().any(|c| objects.services.contains_key(c)) => {
                    let why = "the Service that it names has no pods of a workload here";
                    report.skipped("an address in an environment", why, &shown);
                }
                None if candidates.len() == 1 || host.name.contains(".svc") => {
                    let why = "no Service in the files is called that";
                    report.skipped("an address in an environment", why, &shown);
                }
                None => {
                    let why = "it is outside of the cluster";
                    report.skipped("an address in an environment", why, &shown);
                }
            }
        }
    }
    calls
}

/// The Services that a host may be, seen from a namespace: `cart`, `cart.shop`, `cart.shop.svc…`, or a pod
/// behind one, `db-0.db`, `db-0.db.shop.svc…`.
fn candidates(host: &str, from: &str) -> Vec<(String, String)> {
    let parts: Vec<&str> = host.split('.').collect();
    let key = |space: &str, name: &str| (space.to_owned(), name.to_owned());
    match parts[..] {
        [name] => vec![key(from, name)],
        [name, space] => vec![key(space, name), key(from, space)],
        [name, space, "svc", ..] | [_, name, space, ..] => vec![key(space, name)],
        [] => Vec::new(),
    }
}

/// Namespace and name.
type Named = (String, String);

/// What stands in front of every Ingress: by the address that both have, else by what it is made of.
struct Controller {
    by_address: BTreeMap<String, Target>,
    only: Option<Target>,
}

/// Parts of images that only controllers of Ingresses have.
const CONTROLLERS: [&str; 7] = [
    "ingress-nginx",
    "nginx-ingress",
    "traefik",
    "haproxy-ingress",
    "kong",
    "contour",
    "ingress-controller",
];

fn controller(objects: &Objects, workloads: &Workloads, behind: &Behind) -> Controller {
    let mut by_address = BTreeMap::new();
    for (key, service) in &objects.services {
        if let Some(target) = behind.get(key) {
            for address in addresses_of(service.status.as_ref()) {
                by_address.insert(address, target.clone());
            }
        }
    }
    let is_one = |kept: &Kept| {
        let mut images = each(&kept.spec.containers).filter_map(|c| c.image.as_deref());
        images.any(|image| CONTROLLERS.iter().any(|part| image.contains(part)))
    };
    let all = (0..workloads.all.len()).filter(|&at| is_one(&workloads.all[at]));
    let all: Target = all.collect();
    Controller {
        by_address,
        only: (all.len() == 1).then_some(all),
    }
}

fn addresses_of(status: Option<&Balanced>) -> Vec<String> {
    let balancer = status.and_then(|s| s.load_balancer.as_ref());
    let all = each(balancer.map_or(&None, |b| &b.ingress));
    let all = all.filter_map(|a| a.ip.clone().or_else(|| a.hostname.clone()));
    all.filter(|a| !a.is_empty()).collect()
}

impl Ways {
    fn add_services(&mut self, objects: &Objects, behind: &Behind, report: &mut Report) {
        for (key, service) in &objects.services {
            if super::workloads::is_platform(&key.0) || !is_open(service) {
                continue;
            }
            let shown = format!("{}/{}", key.0, key.1);
            match behind.get(key) {
                Some(target) => {
                    report.mapped("Service that is open to the outside → service", &shown);
                    self.add(key, "Service", [target.clone()].into());
                }
                None => report.skipped(
                    "Service",
                    "open to the outside, with no pods behind it",
                    &shown,
                ),
            }
        }
    }

    fn add(&mut self, key: &Named, kind: &'static str, targets: BTreeSet<Target>) {
        self.entries.push(Entry {
            key: key.clone(),
            kind,
            targets,
        });
    }

    fn add_ingress(
        &mut self,
        key: &Named,
        ingress: &Ingress,
        behind: &Behind,
        controller: &Controller,
        report: &mut Report,
    ) {
        let spec = ingress.spec.as_ref();
        let paths = each(spec.map_or(&None, |s| &s.rules)).filter_map(|r| r.http.as_ref());
        let backends = paths
            .flat_map(|p| each(&p.paths))
            .filter_map(|p| p.backend.as_ref());
        let defaults = spec
            .into_iter()
            .flat_map(|s| [&s.default_backend, &s.backend]);
        let names = backends.chain(defaults.flatten()).filter_map(backend);
        let names: BTreeSet<Named> = names.map(|name| (key.0.clone(), name)).collect();
        let shown = format!("{}/{}", key.0, key.1);
        let mut targets: BTreeSet<Target> = names
            .iter()
            .filter_map(|n| behind.get(n).cloned())
            .collect();
        if targets.is_empty() {
            return report.skipped("Ingress", "it leads to no pods of a workload here", &shown);
        }
        let own = addresses_of(ingress.status.as_ref());
        let same = own.iter().find_map(|a| controller.by_address.get(a));
        if let Some(front) = same {
            report.mapped(
                "Ingress → needs the controller that has its address",
                &shown,
            );
            targets.insert(front.clone());
        } else if let Some(front) = &controller.only {
            report.derived(
                "an Ingress needs the one controller in the files, by its image",
                &shown,
            );
            targets.insert(front.clone());
        }
        report.mapped("Ingress → service", &shown);
        self.add(key, "Ingress", targets);
    }

    fn add_references(
        &mut self,
        kind: &'static str,
        key: &Named,
        references: Vec<&Reference>,
        behind: &Behind,
        report: &mut Report,
    ) {
        let services = references
            .into_iter()
            .filter(|r| r.kind.as_deref().is_none_or(|k| k == "Service"));
        let named = services.filter_map(|r| {
            let space = r.namespace.clone().unwrap_or_else(|| key.0.clone());
            behind.get(&(space, r.name.clone()?)).cloned()
        });
        let targets: BTreeSet<Target> = named.collect();
        let shown = format!("{}/{}", key.0, key.1);
        if targets.is_empty() {
            return report.skipped(kind, "it leads to no pods of a workload here", &shown);
        }
        report.mapped(&format!("{kind} → service"), &shown);
        self.add(key, kind, targets);
    }

    /// Where nothing is open to the outside, what nobody calls is taken for what users ask for.
    fn add_roots(&mut self, workloads: &Workloads, report: &mut Report) {
        if !self.entries.is_empty() {
            return;
        }
        let called: BTreeSet<usize> = self
            .calls
            .iter()
            .flat_map(|c| c.keys().flatten())
            .copied()
            .collect();
        for (at, kept) in workloads.all.iter().enumerate() {
            if !called.contains(&at) {
                let key = (kept.key.1.clone(), kept.key.2.clone());
                let shown = format!("{}/{}", key.0, key.1);
                let rule = "a service for each workload that no other calls, since nothing is open to the outside";
                report.derived(rule, &shown);
                self.add(&key, "workload", [vec![at]].into());
            }
        }
    }
}

/// Whether a Service is reached from outside of the cluster.
fn is_open(service: &Service) -> bool {
    let sort = service.spec.as_ref().and_then(|s| s.r#type.as_deref());
    matches!(sort, Some("LoadBalancer" | "NodePort"))
}

fn backend(backend: &Backend) -> Option<String> {
    let newer = backend.service.as_ref().and_then(|s| s.name.clone());
    newer.or_else(|| backend.service_name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_service_by_the_rules_of_names() {
        let of = |host| candidates(host, "shop");
        let key = |space: &str, name: &str| (space.to_owned(), name.to_owned());
        assert_eq!(of("cart"), [key("shop", "cart")]);
        assert_eq!(of("cart.other")[0], key("other", "cart"));
        assert_eq!(of("db-0.db")[1], key("shop", "db"));
        assert_eq!(of("cart.other.svc.cluster.local"), [key("other", "cart")]);
        assert_eq!(of("db-0.db.other.svc.cluster.local"), [key("other", "db")]);
    }
}
