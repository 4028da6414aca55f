//! What is read of each object: an allow-list. In: one object as JSON or YAML. Out: its fields. Promises:
//! annotations, Secrets and `ConfigMaps` are not in it; values of the environment are, to find calls in
//! them, and never leave this folder.

use super::quantity::{Amounts, Portion, Replicas};
pub(super) use super::scalar::Scalar;
use serde::Deserialize;
use serde::de::{self, Deserializer};
use std::collections::BTreeMap;

/// A list that may be missing or null.
pub(super) type List<T> = Option<Vec<T>>;
/// Names with values; may be missing or null.
pub(super) type Map = Option<BTreeMap<String, Scalar>>;

/// The elements of a list.
pub(super) fn each<T>(list: &List<T>) -> impl Iterator<Item = &T> {
    list.iter().flatten()
}

/// The value of a name.
pub(super) fn get<'m>(map: &'m Map, key: &str) -> Option<&'m str> {
    Some(map.as_ref()?.get(key)?.0.as_str())
}

macro_rules! objects {
    ($($(#[$doc:meta])* $name:ident { $($(#[$how:meta])* $field:ident: $kind:ty),* $(,)? })*) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, Deserialize)]
        #[serde(default, rename_all = "camelCase")]
        #[allow(clippy::struct_field_names, reason = "fields are called as Kubernetes calls them")]
        pub(super) struct $name { $($(#[$how])* pub $field: Option<$kind>),* }
    )* };
}

objects! {
    /// Who an object is and whose.
    Meta {
        name: String, namespace: String, resource_version: Scalar, deletion_timestamp: Scalar,
        labels: BTreeMap<String, Scalar>, owner_references: Vec<Owner>,
    }
    Owner { kind: String, name: String, controller: bool }

    /// A machine that runs pods.
    Node { metadata: Meta, spec: NodeSpec, status: NodeStatus }
    NodeSpec {
        #[serde(rename = "providerID")] provider_id: String,
        unschedulable: bool, taints: Vec<Taint>,
    }
    Taint { key: String, value: Scalar, effect: String }
    NodeStatus { allocatable: Amounts, conditions: Vec<Condition> }
    Condition { r#type: String, status: Scalar }

    /// What runs on a machine.
    Pod { metadata: Meta, spec: PodSpec, status: PodStatus }
    PodStatus { phase: String, conditions: Vec<Condition> }
    PodSpec {
        node_name: String, containers: Vec<Container>, init_containers: Vec<Container>,
        node_selector: BTreeMap<String, Scalar>, affinity: Affinity, tolerations: Vec<Toleration>,
        topology_spread_constraints: Vec<Spread>, volumes: Vec<Volume>, priority: i64,
        priority_class_name: String, overhead: Amounts, host_network: bool, resources: Resources,
    }
    Container {
        image: String, env: Vec<Variable>, resources: Resources, restart_policy: String, ports: Vec<Port>,
    }
    Port {
        container_port: Scalar, host_port: Scalar, protocol: String,
        #[serde(rename = "hostIP")] host_ip: String,
    }
    Variable { name: String, value: Scalar }
    Resources { requests: Amounts, limits: Amounts }
    Toleration { key: String, operator: String, value: Scalar, effect: String }
    Spread { when_unsatisfiable: String }
    Volume { persistent_volume_claim: ClaimName, empty_dir: Present, host_path: Present }
    ClaimName { claim_name: String }
    Affinity { node_affinity: NodeAffinity, pod_affinity: PodAffinity, pod_anti_affinity: PodAffinity }
    NodeAffinity { required_during_scheduling_ignored_during_execution: Terms }
    Terms { node_selector_terms: Vec<Term> }
    Term { match_expressions: Vec<Expression>, match_fields: Vec<Expression> }
    Expression { key: String, operator: String, values: Vec<Scalar> }
    PodAffinity { required_during_scheduling_ignored_during_execution: Vec<PodTerm> }
    PodTerm {
        topology_key: String, label_selector: Selector, namespaces: Vec<String>,
        namespace_selector: Selector, match_label_keys: Vec<String>, mismatch_label_keys: Vec<String>,
    }
    Selector { match_labels: BTreeMap<String, Scalar>, match_expressions: Vec<Expression> }

    /// Deployment, `StatefulSet`, `ReplicaSet`, and what is built like them.
    Workload { metadata: Meta, spec: WorkloadSpec, status: WorkloadStatus }
    WorkloadSpec { replicas: Replicas, template: Template, volume_claim_templates: Vec<ClaimTemplate> }
    WorkloadStatus { replicas: Replicas, ready_replicas: Replicas, unavailable_replicas: Replicas }
    Template { metadata: Meta, spec: PodSpec }
    ClaimTemplate { metadata: Meta }

    /// A name for pods.
    Service { metadata: Meta, spec: ServiceSpec, status: Balanced }
    ServiceSpec { r#type: String, selector: BTreeMap<String, Scalar>, external_name: String }
    Balanced { load_balancer: Balancer }
    Balancer { ingress: Vec<Address> }
    Address { ip: String, hostname: String }

    /// A way in by name and path.
    Ingress { metadata: Meta, spec: IngressSpec, status: Balanced }
    IngressSpec {
        default_backend: Backend, backend: Backend, rules: Vec<IngressRule>, ingress_class_name: String,
        parent_refs: Vec<Reference>,
    }
    IngressRule { http: Paths, backend_refs: Vec<Reference> }
    Paths { paths: Vec<IngressPath> }
    IngressPath { backend: Backend }
    Backend { service: Reference, service_name: String }
    Reference { kind: String, name: String, namespace: String, weight: Scalar }
    /// A way in of `OpenShift`.
    Route { metadata: Meta, spec: RouteSpec }
    RouteSpec { to: Reference, alternate_backends: Vec<Reference> }

    /// How many pods must stay.
    Budget { metadata: Meta, spec: BudgetSpec }
    BudgetSpec { min_available: Portion, max_unavailable: Portion, selector: Selector }
    /// How many pods there may be.
    Scaler { metadata: Meta, spec: ScalerSpec }
    ScalerSpec { scale_target_ref: Reference, min_replicas: Replicas, max_replicas: Replicas }

    /// A claim for storage, and the storage.
    Claim { metadata: Meta, spec: ClaimSpec, status: ClaimStatus }
    ClaimStatus { phase: String }
    ClaimSpec { volume_name: String, storage_class_name: String }
    Storage { metadata: Meta, spec: StorageSpec }
    StorageSpec { node_affinity: StorageAffinity, host_path: Present }
    StorageAffinity { required: Terms }
    /// How important pods are.
    Priority { metadata: Meta, value: i64 }
}

/// Whether something is there, whatever it holds.
#[derive(Clone, Debug, Default)]
pub(super) struct Present;

impl<'de> Deserialize<'de> for Present {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        de::IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

impl Meta {
    /// Namespace and name; `default` where no namespace is said.
    pub fn key(&self) -> (String, String) {
        let namespace = self.namespace.clone().filter(|n| !n.is_empty());
        (
            namespace.unwrap_or_else(|| "default".to_owned()),
            self.name.clone().unwrap_or_default(),
        )
    }

    /// The owner that keeps it as it is.
    pub fn controller(&self) -> Option<&Owner> {
        let mut owners = each(&self.owner_references);
        owners
            .find(|o| o.controller == Some(true))
            .or_else(|| each(&self.owner_references).next())
    }
}

/// What every object has.
pub(super) trait Object {
    /// Who it is.
    fn meta(&self) -> Option<&Meta>;
}

macro_rules! with_meta {
    ($($name:ident),*) => { $(
        impl Object for $name {
            fn meta(&self) -> Option<&Meta> {
                self.metadata.as_ref()
            }
        }
    )* };
}

with_meta!(
    Node, Pod, Workload, Service, Ingress, Route, Budget, Scaler, Claim, Storage, Priority
);
