//! How many pods of a workload must run. In: budgets, replicas, images. Out: a number, and what it rests
//! on.

use super::documents::Objects;
use super::objects::each;
use super::selectors::fits;
use super::workloads::Kept;

/// Parts of images of which more than half must run once there are three.
const QUORUM: [&str; 25] = [
    "etcd",
    "zookeeper",
    "consul",
    "cockroach",
    "mongo",
    "rqlite",
    "vault",
    "nats",
    "galera",
    "xtradb",
    "redpanda",
    "kafka",
    "rabbitmq",
    "tikv",
    "elasticsearch",
    "opensearch",
    "minio",
    "scylla",
    "cassandra",
    "dgraph",
    "arangodb",
    "yugabyte",
    "rethinkdb",
    "couchbase",
    "sentinel",
];
/// Parts of images that stand beside a store and are none.
const BESIDE: [&str; 6] = [
    "exporter",
    "operator",
    "dashboard",
    "connect",
    "proxy",
    "ui",
];
/// Kinds whose pods are all alike, so that none of them keeps a part of what is stored.
const ALIKE: [&str; 5] = [
    "Deployment",
    "ReplicaSet",
    "ReplicationController",
    "DaemonSet",
    "Pod",
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
    if !may_keep_a_quorum(kept) {
        return (1, ANY);
    }
    let names: Vec<&str> = each(&kept.spec.containers)
        .filter_map(|c| c.image.as_deref())
        .map(name_of)
        .collect();
    if names.iter().any(|name| name.contains("minio")) {
        // Of a stripe of many disks at most four may be gone.
        let most = (replicas / 2 + 1).max(replicas.saturating_sub(4));
        return (most, "as many as its image needs to write");
    }
    if names.into_iter().any(is_quorum) {
        return (
            replicas / 2 + 1,
            "more than half, as its image keeps a quorum",
        );
    }
    (1, ANY)
}

/// What a workload's need rests on where nothing is known of it.
pub(super) const ANY: &str = "any one of them";

/// Whether pods of a workload may need each other: three or more that are not all alike.
pub(super) fn may_keep_a_quorum(kept: &Kept) -> bool {
    kept.replicas.len() >= 3 && !ALIKE.contains(&&*kept.key.0)
}

/// The last part of an image's name, without tag and digest.
fn name_of(image: &str) -> &str {
    let name = image.rsplit('/').next().unwrap_or_default();
    name.split([':', '@']).next().unwrap_or_default()
}

/// Whether an image of this name is that of a store that keeps a quorum.
fn is_quorum(name: &str) -> bool {
    let beside = |word: &str| BESIDE.contains(&word);
    let known = name == "pd" || QUORUM.iter().any(|part| name.contains(part));
    known && !name.split(['-', '_', '.']).any(beside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_known_by_its_last_part() {
        let is_quorum = |image| is_quorum(name_of(image));
        for image in [
            "quay.io/coreos/etcd:v3.5",
            "bitnami/mariadb-galera:11",
            "pingcap/pd@sha256:0",
            "docker.elastic.co/elasticsearch/elasticsearch:8.1",
        ] {
            assert!(is_quorum(image), "{image}");
        }
        for image in [
            "etcd.example.com/shop/web:1",
            "percona/mongodb_exporter:0.40",
            "percona/percona-xtradb-cluster-operator:1.14-haproxy",
            "confluentinc/cp-kafka-connect:7",
            "pingcap/tidb:v7",
            "redis:7",
        ] {
            assert!(!is_quorum(image), "{image}");
        }
    }
}
