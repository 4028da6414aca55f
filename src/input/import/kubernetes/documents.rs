//! Sources → objects. In: lists of `kubectl get -o json|yaml`, manifests, several documents in one file.
//! Out: [`Objects`], each once however often it stands in the files. Promises: a kind that is not read
//! costs no more than finding its end; a fault names the object and the field's sort, never a value.

use super::super::super::{Diagnostic, Faults, Source};
use super::super::report::Report;
use super::super::{json, yaml};
use super::identity::Identities;
use super::objects::{
    Budget, Claim, Ingress, Node, Object, Pod, Priority, Route, Scaler, Service, Storage, Workload,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

/// Objects of one kind by namespace and name.
pub(super) type Table<T> = BTreeMap<(String, String), T>;

/// All that is read.
#[derive(Default)]
pub(super) struct Objects {
    pub nodes: Table<Node>,
    pub pods: Table<Pod>,
    /// By kind before namespace and name.
    pub workloads: BTreeMap<(String, String, String), Workload>,
    pub services: Table<Service>,
    pub ingresses: Table<Ingress>,
    pub http_routes: Table<Ingress>,
    pub routes: Table<Route>,
    pub budgets: Table<Budget>,
    pub scalers: Table<Scaler>,
    pub claims: Table<Claim>,
    pub storages: Table<Storage>,
    pub priorities: Table<Priority>,
    pub warnings: Vec<Diagnostic>,
    identities: Identities,
}

/// Kinds that keep pods running.
pub(super) const WORKLOADS: [&str; 4] = [
    "Deployment",
    "StatefulSet",
    "ReplicaSet",
    "ReplicationController",
];
/// Kinds of which not even the name is told.
const SECRET: [&str; 2] = ["Secret", "ConfigMap"];
/// Lists within each other.
const DEEP: u32 = 4;

/// An object that was not looked into yet.
enum Item<'s> {
    Json(&'s RawValue),
    Yaml(Value),
}

impl<'s> Item<'s> {
    fn read<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        match self {
            Self::Json(raw) => serde_json::from_str(raw.get()),
            Self::Yaml(value) => T::deserialize(value),
        }
    }

    /// The elements of a list of objects.
    fn items(&self) -> Result<Vec<Item<'s>>, serde_json::Error> {
        #[derive(Deserialize)]
        struct Listed<'a> {
            #[serde(borrow)]
            items: Option<Vec<&'a RawValue>>,
        }
        match self {
            Self::Json(raw) if raw.get().starts_with('[') => {
                let all: Vec<&'s RawValue> = serde_json::from_str(raw.get())?;
                Ok(all.into_iter().map(Item::Json).collect())
            }
            Self::Json(raw) => {
                let listed: Listed<'s> = serde_json::from_str(raw.get())?;
                Ok(listed
                    .items
                    .unwrap_or_default()
                    .into_iter()
                    .map(Item::Json)
                    .collect())
            }
            Self::Yaml(value) => {
                let list = value.get("items").unwrap_or(value);
                let all = list.as_array().cloned().unwrap_or_default();
                Ok(all.into_iter().map(Item::Yaml).collect())
            }
        }
    }
}

/// What says what an object is.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Head {
    kind: Option<String>,
    api_version: Option<String>,
    metadata: Option<HeadMeta>,
    items: Option<serde::de::IgnoredAny>,
    #[serde(rename = "Items")]
    flattened: Option<serde::de::IgnoredAny>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct HeadMeta {
    name: Option<String>,
    namespace: Option<String>,
    uid: Option<String>,
    self_link: Option<String>,
    r#continue: Option<String>,
    remaining_item_count: Option<u64>,
}

/// Reads every object of the sources.
///
/// # Errors
/// Every text that is neither JSON nor YAML, every object that holds what it cannot hold.
pub(super) fn read(sources: &[Arc<Source>], report: &mut Report) -> Result<Objects, Faults> {
    let mut objects = Objects::default();
    let mut faults = Faults::new();
    for source in sources {
        match items(source) {
            Ok(items) => {
                for item in items {
                    objects.take(source, &item, None, DEEP, report, &mut faults);
                }
            }
            Err(fault) => faults.push(fault),
        }
    }
    if let Some(fault) = objects.identities.fault() {
        faults.push(fault);
    }
    objects.warnings.extend(objects.identities.warning());
    faults.or(objects)
}

/// The documents of a source.
fn items(source: &Arc<Source>) -> Result<Vec<Item<'_>>, Diagnostic> {
    if source.text.trim_start().starts_with(['{', '[']) {
        let documents = serde_json::Deserializer::from_str(&source.text).into_iter::<&RawValue>();
        let all: Result<Vec<&RawValue>, _> = documents.collect();
        return match all {
            Ok(all) => Ok(all.into_iter().map(Item::Json).collect()),
            Err(why) if why.is_eof() => {
                let place = format!("line {}: it ends in the middle", why.line());
                Err(unreadable(source, "JSON", &place))
            }
            // YAML may begin with a bracket as well.
            Err(why) => match yaml::documents::<Value>(source) {
                Ok(all) => Ok(all.into_iter().map(Item::Yaml).collect()),
                Err(fault) if fault.is_explained() => {
                    Err(unreadable(source, "YAML", &fault.place()))
                }
                Err(_) => Err(unreadable(source, "JSON", &format!("line {}", why.line()))),
            },
        };
    }
    match yaml::documents::<Value>(source) {
        Ok(all) => Ok(all.into_iter().map(Item::Yaml).collect()),
        Err(fault) => Err(unreadable(source, "YAML", &fault.place())),
    }
}

/// A fault without the line's text, which may hold a secret.
fn unreadable(source: &Source, what: &str, place: &str) -> Diagnostic {
    let message = format!("`{}` stops being {what} at {place}", source.path);
    Diagnostic::error(message).help("export it again: `kubectl get all -A -o json > dump.json`")
}

impl Objects {
    fn take(
        &mut self,
        source: &Arc<Source>,
        item: &Item,
        kind_of_list: Option<&str>,
        deep: u32,
        report: &mut Report,
        faults: &mut Faults,
    ) {
        let in_list = |item: &Item| matches!(item, Item::Json(raw) if raw.get().starts_with('['));
        let is_list = in_list(item) || matches!(item, Item::Yaml(Value::Array(_)));
        let head = if is_list {
            Ok(Head::default())
        } else {
            item.read::<Head>()
        };
        let head = match head {
            Ok(head) => head,
            Err(why) => return faults.push(fault(source, item, "an object", "", &why)),
        };
        if head.flattened.is_some() && head.kind.is_none() {
            let message = format!(
                "`{}` is written by an old `cluster-info dump`, which leaves out who its objects are",
                source.path
            );
            return faults
                .push(Diagnostic::error(message).help("use `kubectl get all -A -o json`"));
        }
        let kind = kind_of(&head, item, kind_of_list);
        let listed = head.items.is_some() && kind.as_deref().is_none_or(|k| k.ends_with("List"));
        if !is_list && !listed {
            return self.take_one(source, item, kind.as_deref(), &head, report, faults);
        }
        self.warn_of_parts(source, &head);
        let of = kind
            .as_deref()
            .and_then(|k| k.strip_suffix("List"))
            .filter(|k| !k.is_empty());
        match item.items() {
            Ok(items) if deep > 0 => {
                for item in &items {
                    self.take(source, item, of.or(kind_of_list), deep - 1, report, faults);
                }
            }
            Ok(_) => faults.push(Diagnostic::error(format!(
                "`{}` holds lists within lists, more than {DEEP} deep",
                source.path
            ))),
            Err(why) => faults.push(fault(source, item, "a list", "", &why)),
        }
    }

    /// A list that the server gave in parts is not all there is.
    fn warn_of_parts(&mut self, source: &Source, head: &Head) {
        let meta = head.metadata.as_ref();
        let more = meta
            .and_then(|m| m.r#continue.as_deref())
            .unwrap_or_default();
        if more.is_empty() {
            return;
        }
        let left = meta.and_then(|m| m.remaining_item_count);
        let left = left.map_or("more".to_owned(), |n| format!("{n} more"));
        let message = format!(
            "`{}` is the first part of a list; there are {left} objects",
            source.path
        );
        let help = "what is missing is taken not to exist; export it whole, with `kubectl get`";
        self.warnings.push(Diagnostic::warning(message).help(help));
    }

    fn take_one(
        &mut self,
        source: &Arc<Source>,
        item: &Item,
        kind: Option<&str>,
        head: &Head,
        report: &mut Report,
        faults: &mut Faults,
    ) {
        let named = head.metadata.as_ref();
        let name = named.and_then(|m| m.name.clone()).unwrap_or_default();
        let space = named
            .and_then(|m| m.namespace.clone())
            .filter(|n| !n.is_empty());
        let shown = space.map_or(name.clone(), |space| format!("{space}/{name}"));
        let Some(kind) = kind else {
            return report.skipped("an object", "it does not say what it is", &shown);
        };
        if SECRET.contains(&kind) {
            return report.skipped(kind, "not read", "(not even the name)");
        }
        let group = head.api_version.as_deref().unwrap_or_default();
        let uid = named.and_then(|m| m.uid.as_deref()).unwrap_or_default();
        self.identities.note((group, kind, &shown), uid);
        let read = match kind {
            "Node" => put(&mut self.nodes, item),
            "Pod" => put(&mut self.pods, item),
            "Service" if !group.contains("knative") => put(&mut self.services, item),
            "Ingress" if !group.contains("config.openshift.io") => put(&mut self.ingresses, item),
            "HTTPRoute" | "GRPCRoute" | "TCPRoute" | "TLSRoute" => put(&mut self.http_routes, item),
            "Route" if group.starts_with("route.openshift.io") => put(&mut self.routes, item),
            "PodDisruptionBudget" => put(&mut self.budgets, item),
            "HorizontalPodAutoscaler" => put(&mut self.scalers, item),
            "PersistentVolumeClaim" => put(&mut self.claims, item),
            "PersistentVolume" => put(&mut self.storages, item),
            "PriorityClass" => put(&mut self.priorities, item),
            _ if WORKLOADS.contains(&kind) => self.put_workload(kind, item),
            _ => return report.skipped(kind, "not part of what can fail, or not known", &shown),
        };
        match read {
            Ok(true) if name.is_empty() => report.skipped(kind, "it has no name", ""),
            Ok(true) => report.read(kind, &shown),
            Ok(false) => report.skipped(kind, "it stands in the files more than once", &shown),
            Err(why) => faults.push(fault(source, item, kind, &shown, &why)),
        }
    }

    fn put_workload(&mut self, kind: &str, item: &Item) -> Result<bool, serde_json::Error> {
        let read: Workload = item.read()?;
        let (space, name) = read
            .meta()
            .map(super::objects::Meta::key)
            .unwrap_or_default();
        Ok(keep(
            self.workloads.entry((kind.to_owned(), space, name)),
            read,
        ))
    }
}

/// Reads an object into its table; whether it is new there.
fn put<T: DeserializeOwned + Object + std::fmt::Debug>(
    table: &mut Table<T>,
    item: &Item,
) -> Result<bool, serde_json::Error> {
    let read: T = item.read()?;
    let key = read
        .meta()
        .map(super::objects::Meta::key)
        .unwrap_or_default();
    Ok(keep(table.entry(key), read))
}

/// Of two readings of one object the later version stays, whatever the order of the files.
fn keep<K: Ord, T: Object + std::fmt::Debug>(entry: Entry<K, T>, read: T) -> bool {
    let age = |object: &T| {
        let version = object.meta().and_then(|m| m.resource_version.clone());
        let number = version.and_then(|v| v.0.parse::<u64>().ok());
        (number, format!("{object:?}"))
    };
    match entry {
        Entry::Vacant(entry) => {
            entry.insert(read);
            true
        }
        Entry::Occupied(mut entry) => {
            if age(&read) > age(entry.get()) {
                entry.insert(read);
            }
            false
        }
    }
}

/// What an object is: as it says, else as its list or its address says, else by what only it has.
fn kind_of(head: &Head, item: &Item, kind_of_list: Option<&str>) -> Option<String> {
    if let Some(kind) = head.kind.as_deref().or(kind_of_list) {
        return Some(kind.to_owned());
    }
    let link = head
        .metadata
        .as_ref()
        .and_then(|m| m.self_link.clone())
        .unwrap_or_default();
    let mut parts = link.rsplit('/');
    let by_link = if head.items.is_some() {
        parts.next()
    } else {
        parts.nth(1)
    };
    let known = [
        ("nodes", "Node"),
        ("pods", "Pod"),
        ("services", "Service"),
        ("deployments", "Deployment"),
        ("statefulsets", "StatefulSet"),
        ("replicasets", "ReplicaSet"),
        ("persistentvolumeclaims", "PersistentVolumeClaim"),
        ("persistentvolumes", "PersistentVolume"),
        ("poddisruptionbudgets", "PodDisruptionBudget"),
    ];
    if let Some((_, kind)) = known.iter().find(|(plural, _)| Some(*plural) == by_link) {
        let list = if head.items.is_some() { "List" } else { "" };
        return Some(format!("{kind}{list}"));
    }
    by_shape(item)
}

/// What an object is by fields that no other kind has.
fn by_shape(item: &Item) -> Option<String> {
    let object: Value = item.read().ok()?;
    let has = |path: &str| object.pointer(path).is_some();
    let kinds = [
        ("/status/nodeInfo", "Node"),
        ("/status/allocatable", "Node"),
        ("/spec/containers", "Pod"),
        ("/spec/clusterIP", "Service"),
        ("/spec/serviceName", "StatefulSet"),
        ("/spec/strategy", "Deployment"),
    ];
    let found = kinds.iter().find(|(path, _)| has(path));
    found.map(|(_, kind)| (*kind).to_owned())
}

/// A fault that says what is wrong without the value that is; in JSON at the place of the object.
fn fault(
    source: &Arc<Source>,
    item: &Item,
    kind: &str,
    name: &str,
    why: &serde_json::Error,
) -> Diagnostic {
    let who = if name.is_empty() {
        kind.to_owned()
    } else {
        format!("{kind} `{name}`")
    };
    let said = without_values(&why.to_string());
    let fault = match item {
        Item::Json(raw) => Diagnostic::error(format!("{who} cannot be read: {said}"))
            .at(source, json::span_of(source, raw)),
        Item::Yaml(_) => {
            Diagnostic::error(format!("`{}`: {who} cannot be read: {said}", source.path))
        }
    };
    fault.help("export it again with `kubectl get -o json`; what it holds is not shown here")
}

/// `invalid type: string "secret", expected u32` → `a value of another sort stands where u32 is expected`.
fn without_values(said: &str) -> String {
    let said = said.rsplit_once(" at line ").map_or(said, |(said, _)| said);
    match said.rsplit_once(", expected ") {
        Some((_, expected)) if said.starts_with("invalid value") => {
            format!("what stands where {expected} is expected is none")
        }
        Some((_, expected)) => {
            // Names of types of the program say nothing.
            let expected = match expected.split(' ').next() {
                Some("struct") => "an object",
                _ => expected,
            };
            format!("a value of another sort stands where {expected} is expected")
        }
        None if said.starts_with("missing field") || said.starts_with("duplicate field") => {
            said.to_owned()
        }
        None => "a value is not what it should be".to_owned(),
    }
}
