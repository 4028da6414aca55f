//! What stands in front of Ingresses and routes. In: workloads, Services, addresses, classes. Out: for a way in the
//! pods that all of its traffic passes. Promises: where several may be it, none is taken.

use super::names::{Backing, Names, Part, Target};
use super::routes::{self, Named, WayIn};
use super::workloads::Kept;
use std::collections::{BTreeMap, BTreeSet};

/// The pods in front of a way in.
pub(super) struct Front<'f> {
    pub target: &'f Target,
    /// Whether the files say so themselves.
    pub is_stated: bool,
    /// How it was found.
    pub rule: &'static str,
}

/// A workload that may be a controller.
struct Controller {
    /// Its namespace, name and images, in which a class may be found.
    called: String,
    target: Target,
}

/// What may stand in front of a way in.
pub(super) struct Fronts {
    by_address: BTreeMap<String, Target>,
    by_gateway: BTreeMap<Named, Target>,
    by_image: Vec<Controller>,
    by_name: Vec<Controller>,
    routers: Vec<Controller>,
}

impl Fronts {
    /// Looks for everything that may stand in front of something.
    pub fn of(names: &Names) -> Self {
        let mut by_address = BTreeMap::new();
        let mut by_gateway = BTreeMap::new();
        let mut open = BTreeSet::new();
        for (key, service) in &names.objects.services {
            let Backing::Pods(target) = names.service(key) else {
                continue;
            };
            for address in routes::addresses_of(service.status.as_ref()) {
                by_address.insert(address, target.clone());
            }
            if routes::is_open(service) {
                open.extend(target.iter().map(|part| part.workload));
            }
            if let Some(gateway) = routes::gateway_of(key, service) {
                by_gateway.insert(gateway, target);
            }
        }
        let by_image = |_, kept: &Kept| routes::runs_controller(kept.spec);
        let by_name = |at: usize, kept: &Kept| {
            let called = format!("{}/{}", kept.key.1, kept.key.2);
            open.contains(&at) && routes::is_controller(&called)
        };
        let router =
            |_, kept: &Kept| kept.key.1 == "openshift-ingress" && kept.key.2.starts_with("router-");
        Self {
            by_address,
            by_gateway,
            by_image: controllers(names, by_image),
            by_name: controllers(names, by_name),
            routers: controllers(names, router),
        }
    }

    /// The pods that all traffic of a way in passes.
    pub fn before(&self, way: &WayIn) -> Option<Front<'_>> {
        let front = |is_stated, rule, target| Front {
            target,
            is_stated,
            rule,
        };
        let address = way.addresses.iter().find_map(|a| self.by_address.get(a));
        let gateway = way.gateways.iter().find_map(|g| self.by_gateway.get(g));
        if let Some(target) = address {
            let rule = "needs the controller that has its address";
            return Some(front(true, rule, target));
        }
        if let Some(target) = gateway {
            return Some(front(true, "needs the pods of its Gateway", target));
        }
        let (rule, among) = if way.kind == "Route" {
            ("needs the one router of the platform", &self.routers)
        } else if self.by_image.is_empty() {
            let rule = "needs the one controller in the files, by its name and its open Service";
            (rule, &self.by_name)
        } else {
            let rule = "needs the one controller in the files, by its image";
            (rule, &self.by_image)
        };
        Some(front(false, rule, only(among, way.class)?))
    }
}

fn controllers(names: &Names, is_one: impl Fn(usize, &Kept) -> bool) -> Vec<Controller> {
    let all = names.workloads.all.iter().enumerate();
    let found = all.filter(|(at, kept)| is_one(*at, kept));
    let found = found.map(|(at, kept)| {
        let images = super::objects::each(&kept.spec.containers);
        let images = images.filter_map(|c| c.image.as_deref());
        let mut called = format!("{}/{}", kept.key.1, kept.key.2);
        images.for_each(|image| called.push_str(&format!(" {image}")));
        Controller {
            called,
            target: vec![Part::all(at)],
        }
    });
    found.collect()
}

/// The only controller, or the only one in whose names the class is.
fn only<'c>(among: &'c [Controller], class: Option<&str>) -> Option<&'c Target> {
    if let [one] = among {
        return Some(&one.target);
    }
    let class = class.filter(|class| !class.is_empty())?;
    let mut of_class = among.iter().filter(|c| c.called.contains(class));
    match (of_class.next(), of_class.next()) {
        (Some(one), None) => Some(&one.target),
        _ => None,
    }
}
