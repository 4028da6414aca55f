//! What a pod asks for. In: its containers. Out: amounts by resource, in the units that an inventory
//! shows. Promises: as the scheduler counts: containers and side cars together, or the greatest of the
//! containers that run before them, or what the pod states as a whole, and the overhead; a limit without a request
//! is the request.

use super::objects::{PodSpec, Resources, each};
use std::collections::{BTreeMap, BTreeSet};

/// Amounts in cores, bytes or pieces, by the resource's name.
pub(super) type Requests = BTreeMap<String, f64>;

/// Every pod takes one of these.
pub(super) const PODS: &str = "pods";

/// What a pod asks for, one of the node's pods included.
pub(super) fn of(spec: &PodSpec) -> Requests {
    let mut together = Requests::new();
    let mut before = Requests::new();
    for container in each(&spec.containers) {
        add(&mut together, &asked_by(&container.resources));
    }
    // Side cars start in their order and stay: one that runs before them needs room beside them.
    let mut side = Requests::new();
    for container in each(&spec.init_containers) {
        let asked = asked_by(&container.resources);
        if container.restart_policy.as_deref() == Some("Always") {
            add(&mut side, &asked);
            add(&mut together, &asked);
            continue;
        }
        for (name, amount) in asked {
            let beside = amount + side.get(&name).copied().unwrap_or(0.0);
            let most = before.entry(name).or_default();
            *most = most.max(beside);
        }
    }
    for (name, amount) in before {
        let all = together.entry(name).or_default();
        *all = all.max(amount);
    }
    add_whole(&mut together, &spec.resources);
    if let Some(overhead) = &spec.overhead {
        add(&mut together, &overhead.0);
    }
    together.insert(PODS.to_owned(), 1.0);
    together
}

fn add(sum: &mut Requests, more: &Requests) {
    for (name, amount) in more {
        *sum.entry(name.clone()).or_default() += amount;
    }
}

/// What is stated for a pod as a whole stands instead of what its containers ask for; a limit does where they ask for
/// nothing.
fn add_whole(together: &mut Requests, resources: &Option<Resources>) {
    let stated = resources.as_ref().and_then(|r| r.requests.as_ref());
    for (name, amount) in asked_by(resources) {
        if stated.is_some_and(|stated| stated.0.contains_key(&name)) {
            together.insert(name, amount);
        } else {
            together.entry(name).or_insert(amount);
        }
    }
}

fn asked_by(resources: &Option<Resources>) -> Requests {
    let resources = resources.clone().unwrap_or_default();
    let mut asked = resources.limits.unwrap_or_default().0;
    asked.extend(resources.requests.unwrap_or_default().0);
    let counted =
        |name: &str| matches!(name, "cpu" | "memory" | "ephemeral-storage") || is_of_a_node(name);
    asked.retain(|name, _| counted(name));
    asked
}

/// Whether a resource is one that only some nodes have: devices, and pages of memory of a larger size.
pub(super) fn is_of_a_node(name: &str) -> bool {
    name.contains('/') || name.starts_with("hugepages-")
}

/// How much more than it asks for the limits of a pod let it use of the processors: limit over request. `None` where
/// neither the pod nor each container has a limit, or nothing is asked for.
pub(super) fn slack(spec: &PodSpec) -> Option<f64> {
    let cpu_of = |resources: &Option<Resources>| {
        let limits = resources.as_ref().and_then(|r| r.limits.as_ref());
        limits.and_then(|limits| limits.0.get("cpu").copied())
    };
    let each_limit = each(&spec.containers).map(|c| cpu_of(&c.resources));
    let most = cpu_of(&spec.resources).or_else(|| each_limit.sum::<Option<f64>>())?;
    let mut asked = Requests::new();
    for container in each(&spec.containers) {
        add(&mut asked, &asked_by(&container.resources));
    }
    add_whole(&mut asked, &spec.resources);
    let asked = asked.get("cpu").copied().unwrap_or(0.0);
    (asked > 0.0).then(|| most / asked)
}

/// An amount as it stands in an inventory: cores, MiB, or pieces. Whole thousandths stay what they are.
pub(super) fn shown(resource: &str, amount: f64) -> (f64, &'static str) {
    match resource {
        "cpu" => ((amount * 1e6).round() / 1e6, "cores"),
        "memory" | "ephemeral-storage" => (amount / 1_048_576.0, "MiB"),
        _ if resource.starts_with("hugepages-") => (amount / 1_048_576.0, "MiB"),
        PODS => (amount, "pods"),
        _ => (amount, "pieces"),
    }
}

/// The resources that some pod asks for.
pub(super) fn used<'r>(all: impl Iterator<Item = &'r Requests>) -> BTreeSet<String> {
    let asked = all.flat_map(|r| r.iter().filter(|(_, amount)| **amount > 0.0));
    asked.map(|(name, _)| name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::float_cmp, reason = "sums of binary fractions")]
    fn requests_are_counted_as_the_scheduler_does() {
        let spec: PodSpec = serde_json::from_str(
            r#"{"containers": [
                    {"resources": {"requests": {"cpu": "500m"}, "limits": {"cpu": 1, "memory": "64Mi"}}},
                    {"resources": {"requests": {"cpu": "250m", "memory": "32Mi"}, "limits": {"cpu": "500m"}}}],
                "initContainers": [
                    {"restartPolicy": "Always", "resources": {"requests": {"cpu": "250m"}}},
                    {"resources": {"requests": {"cpu": 2, "example.com/x": 1}}}],
                "overhead": {"cpu": "250m"}}"#,
        )
        .expect("JSON");
        let asked = of(&spec);
        assert_eq!(asked["cpu"], 2.5, "2 beside the side car, and the overhead");
        assert_eq!(asked["memory"], 96.0 * 1_048_576.0);
        assert_eq!(asked["example.com/x"], 1.0);
        assert_eq!(asked[PODS], 1.0);
        assert_eq!(slack(&spec), Some(2.0));
        assert_eq!(shown("memory", 1_048_576.0), (1.0, "MiB"));
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "sums of binary fractions")]
    fn what_a_pod_states_as_a_whole_stands_instead_of_its_containers() {
        let spec: PodSpec = serde_json::from_str(
            r#"{"resources": {"requests": {"cpu": 2}, "limits": {"cpu": 4, "memory": "3Gi", "hugepages-2Mi": "1Gi"}},
                "containers": [{"resources": {"requests": {"cpu": "500m", "memory": "1Gi"}}}, {}],
                "overhead": {"cpu": "250m"}}"#,
        )
        .expect("JSON");
        let asked = of(&spec);
        assert_eq!(asked["cpu"], 2.25);
        assert_eq!(
            asked["memory"], 1_073_741_824.0,
            "the containers ask for memory, so the limit is none"
        );
        assert_eq!(
            shown("hugepages-2Mi", asked["hugepages-2Mi"]),
            (1024.0, "MiB")
        );
        assert_eq!(slack(&spec), Some(2.0));
    }
}
