//! How many pods of a workload must run. In: budgets, replicas, images. Out: a number, and what it rests
//! on.

use super::documents::Objects;
use super::objects::each;
use super::selectors::fits;
use super::workloads::Kept;

/// Parts of images of which more than half must run once there are three.
const QUORUM: [&str; 8] = [
    "etcd",
    "zookeeper",
    "consul",
    "cockroach",
    "mongo",
    "rqlite",
    "vault",
    "nats",
];

/// How many pods are needed, at least 1, and why.
pub(super) fn need(kept: &Kept, objects: &Objects) -> (u32, &'static str) {
    let replicas = u32::try_from(kept.replicas.len()).unwrap_or(u32::MAX);
    let of_it = objects.budgets.iter().filter(|((space, _), budget)| {
        let selector = budget.spec.as_ref().and_then(|s| s.selector.as_ref());
        let pods = kept.replicas.first().map_or(kept.labels, |r| r.labels);
        *space == kept.key.1 && selector.is_some_and(|s| fits(s, pods))
    });
    let budgets = of_it.filter_map(|(_, budget)| {
        let spec = budget.spec.as_ref()?;
        match (&spec.min_available, &spec.max_unavailable) {
            (Some(least), _) => Some(least.of(replicas)),
            (None, Some(most)) => Some(replicas.saturating_sub(most.of(replicas))),
            (None, None) => None,
        }
    });
    if let Some(most) = budgets.max() {
        return match most {
            0 => (1, "its budget lets every pod go; at least one is needed"),
            n if n > replicas => (
                replicas,
                "its budget asks for more pods than there are; all are needed",
            ),
            n => (
                n,
                "as its PodDisruptionBudget keeps running in planned work",
            ),
        };
    }
    let mut images = each(&kept.spec.containers).filter_map(|c| c.image.as_deref());
    if kept.key.0 == "StatefulSet" && replicas >= 3 && images.any(is_quorum) {
        return (
            replicas / 2 + 1,
            "more than half, as its image keeps a quorum",
        );
    }
    (1, "any one of them")
}

/// Whether the last part of an image's name is that of a store that keeps a quorum.
fn is_quorum(image: &str) -> bool {
    let name = image.rsplit('/').next().unwrap_or_default();
    let name = name.split([':', '@']).next().unwrap_or_default();
    QUORUM.iter().any(|part| name.contains(part)) && !name.contains("exporter")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_known_by_its_last_part() {
        assert!(is_quorum("quay.io/coreos/etcd:v3.5"));
        assert!(!is_quorum("etcd.example.com/shop/web:1"));
        assert!(!is_quorum("percona/mongodb_exporter:0.40"));
    }
}
