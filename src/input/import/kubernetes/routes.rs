//! Which Services are led to, by name. In: open Services, Ingresses, routes, environments. Out: ways in with the
//! Services that they name, and what hosts in addresses may be. Promises: no value of an environment leaves it but
//! as names to look for.

use super::super::addresses;
use super::documents::Objects;
use super::objects::{
    Backend, Balanced, Ingress, List, PodSpec, Reference, Route, Service, each, get,
};
use std::collections::BTreeSet;

/// Namespace and name.
pub(super) type Named = (String, String);

/// An Ingress or a route.
pub(super) struct WayIn<'o> {
    pub key: &'o Named,
    /// What it is, as Kubernetes calls it.
    pub kind: &'static str,
    /// The Services that it leads to.
    pub services: BTreeSet<Named>,
    /// The class of its controller.
    pub class: Option<&'o str>,
    /// The Gateways that it hangs on.
    pub gateways: BTreeSet<Named>,
    /// The addresses that it is reached by.
    pub addresses: Vec<String>,
}

/// Every Ingress and route.
pub(super) fn ways_in(objects: &Objects) -> Vec<WayIn<'_>> {
    let ingresses = objects.ingresses.iter().map(|(key, i)| of_ingress(key, i));
    let http = objects.http_routes.iter().map(|(key, r)| of_http(key, r));
    let routes = objects.routes.iter().map(|(key, r)| of_route(key, r));
    ingresses.chain(http).chain(routes).collect()
}

fn of_ingress<'o>(key: &'o Named, ingress: &'o Ingress) -> WayIn<'o> {
    let spec = ingress.spec.as_ref();
    let paths = each(spec.map_or(&None, |s| &s.rules)).filter_map(|r| r.http.as_ref());
    let backends = paths
        .flat_map(|p| each(&p.paths))
        .filter_map(|p| p.backend.as_ref());
    let defaults = spec
        .into_iter()
        .flat_map(|s| [&s.default_backend, &s.backend]);
    let names = backends.chain(defaults.flatten()).filter_map(backend);
    WayIn {
        key,
        kind: "Ingress",
        services: names.map(|name| (key.0.clone(), name)).collect(),
        class: spec.and_then(|s| s.ingress_class_name.as_deref()),
        gateways: BTreeSet::new(),
        addresses: addresses_of(ingress.status.as_ref()),
    }
}

fn of_http<'o>(key: &'o Named, route: &'o Ingress) -> WayIn<'o> {
    let spec = route.spec.as_ref();
    let rules = each(spec.map_or(&None, |s| &s.rules));
    WayIn {
        key,
        kind: "HTTPRoute",
        services: rules
            .flat_map(|r| named(key, &r.backend_refs, "Service"))
            .collect(),
        class: None,
        gateways: named(key, spec.map_or(&None, |s| &s.parent_refs), "Gateway").collect(),
        addresses: Vec::new(),
    }
}

fn of_route<'o>(key: &'o Named, route: &'o Route) -> WayIn<'o> {
    let spec = route.spec.as_ref();
    let to: List<Reference> = spec.and_then(|s| Some(vec![s.to.clone()?]));
    let others = spec.map_or(&None, |s| &s.alternate_backends);
    WayIn {
        key,
        kind: "Route",
        services: named(key, &to, "Service")
            .chain(named(key, others, "Service"))
            .collect(),
        class: None,
        gateways: BTreeSet::new(),
        addresses: Vec::new(),
    }
}

/// What references of a kind name, seen from a namespace. One with a weight of 0 gets nothing.
fn named<'r>(
    from: &'r Named,
    references: &'r List<Reference>,
    kind: &'r str,
) -> impl Iterator<Item = Named> + 'r {
    let of_kind = each(references).filter(move |r| r.kind.as_deref().is_none_or(|k| k == kind));
    let used = of_kind.filter(|r| r.weight.as_ref().is_none_or(|w| w.0 != "0"));
    used.filter_map(move |r| {
        let space = r.namespace.clone().unwrap_or_else(|| from.0.clone());
        Some((space, r.name.clone()?))
    })
}

fn backend(backend: &Backend) -> Option<String> {
    let newer = backend.service.as_ref().and_then(|s| s.name.clone());
    newer.or_else(|| backend.service_name.clone())
}

/// Addresses that something is reached by.
pub(super) fn addresses_of(status: Option<&Balanced>) -> Vec<String> {
    let balancer = status.and_then(|s| s.load_balancer.as_ref());
    let all = each(balancer.map_or(&None, |b| &b.ingress));
    let all = all.filter_map(|a| a.ip.clone().or_else(|| a.hostname.clone()));
    all.filter(|a| !a.is_empty()).collect()
}

/// Whether a Service is reached from outside of the cluster.
pub(super) fn is_open(service: &Service) -> bool {
    let sort = service.spec.as_ref().and_then(|s| s.r#type.as_deref());
    matches!(sort, Some("LoadBalancer" | "NodePort"))
}

/// Labels of a Service by which controllers say for which Gateway they made it.
const OF_GATEWAY: [&str; 3] = [
    "gateway.networking.k8s.io/gateway-name",
    "gateway.envoyproxy.io/owning-gateway-name",
    "istio.io/gateway-name",
];

/// The Gateway that a Service was made for.
pub(super) fn gateway_of((space, _): &Named, service: &Service) -> Option<Named> {
    let labels = &service.metadata.as_ref()?.labels;
    let name = OF_GATEWAY.iter().find_map(|key| get(labels, key))?;
    Some((space.clone(), name.to_owned()))
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

/// Whether the name of an image or of a workload is that of a controller of Ingresses.
pub(super) fn is_controller(name: &str) -> bool {
    CONTROLLERS.iter().any(|part| name.contains(part))
}

/// Whether a pod is of a controller of Ingresses, by its images.
pub(super) fn runs_controller(spec: &PodSpec) -> bool {
    let mut images = each(&spec.containers).filter_map(|c| c.image.as_deref());
    images.any(is_controller)
}

/// The variables of all containers of a pod, with their values.
pub(super) fn variables(spec: &PodSpec) -> BTreeSet<(&str, &str)> {
    let containers = each(&spec.containers).chain(each(&spec.init_containers));
    let all = containers.flat_map(|c| each(&c.env));
    all.filter_map(|v| Some((v.name.as_deref()?, v.value.as_ref()?.0.as_str())))
        .collect()
}

/// What a host may be: a Service, or one pod behind it.
pub(super) type Candidate = (Named, Option<String>);

/// What a host may be, seen from a namespace: the Service `cart`, `cart.shop`, `cart.shop.svc…`, or a pod behind
/// one, `db-0.db`, `db-0.db.shop.svc…`.
pub(super) fn candidates(host: &str, from: &str) -> Vec<Candidate> {
    let parts: Vec<&str> = host.split('.').collect();
    let service = |space: &str, name: &str| ((space.to_owned(), name.to_owned()), None);
    let pod = |pod: &str, name: &str, space: &str| {
        ((space.to_owned(), name.to_owned()), Some(pod.to_owned()))
    };
    match parts[..] {
        [name] => vec![service(from, name)],
        [name, space] => vec![service(space, name), pod(name, space, from)],
        [name, space, "svc", ..] => vec![service(space, name)],
        [name, service, space, ..] => vec![pod(name, service, space)],
        [] => Vec::new(),
    }
}

/// Services that are open, or that a way in or an address leads to.
pub(super) fn led_to(objects: &Objects) -> BTreeSet<Named> {
    let open = objects.services.iter().filter(|(_, s)| is_open(s));
    let mut led: BTreeSet<Named> = open.map(|(key, _)| key.clone()).collect();
    led.extend(ways_in(objects).into_iter().flat_map(|way| way.services));
    let templates = objects.workloads.iter().filter_map(|(key, workload)| {
        let template = workload.spec.as_ref()?.template.as_ref()?;
        Some((&*key.1, template.spec.as_ref()?))
    });
    let pods = objects.pods.iter();
    let pods = pods.filter_map(|((space, _), pod)| Some((&**space, pod.spec.as_ref()?)));
    let values: BTreeSet<(&str, &str, &str)> = templates
        .chain(pods)
        .flat_map(|(space, spec)| variables(spec).into_iter().map(move |(n, v)| (space, n, v)))
        .collect();
    for (space, variable, value) in values {
        for host in addresses::hosts(variable, value) {
            led.extend(
                candidates(&host.name, space)
                    .into_iter()
                    .map(|(key, _)| key),
            );
        }
    }
    led
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_service_by_the_rules_of_names() {
        let of = |host| candidates(host, "shop");
        let key = |space: &str, name: &str| (space.to_owned(), name.to_owned());
        let pod = Some("db-0".to_owned());
        assert_eq!(of("cart"), [(key("shop", "cart"), None)]);
        assert_eq!(of("cart.other")[0], (key("other", "cart"), None));
        assert_eq!(of("db-0.db")[1], (key("shop", "db"), pod.clone()));
        assert_eq!(
            of("cart.other.svc.cluster.local"),
            [(key("other", "cart"), None)]
        );
        assert_eq!(
            of("db-0.db.other.svc.cluster.local"),
            [(key("other", "db"), pod)]
        );
    }
}
