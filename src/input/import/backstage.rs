//! Backstage: entities of a software catalog.
//!
//! In: YAML of Components, Resources, APIs and Systems. Out: applications and what they depend on, a
//! service for each system, or for each component that no other needs where there is none. Promises: an
//! API is what provides it; annotations, links and people are not read; a Location names files and is
//! followed by naming the folder, never outside of it.

use super::super::{Diagnostic, Faults, Source};
use super::assembly::{Assembly, Share};
use super::report::Report;
use super::{Imported, Options, sniff, yaml};
use crate::model::{Draft, Need, Split};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Whether a text is of a catalog.
pub(super) fn looks_like(source: &Source) -> bool {
    let keys = sniff::yaml(source);
    keys.get("apiVersion")
        .is_some_and(|v| v.iter().any(|v| v.starts_with("backstage.io/")))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Entity {
    api_version: Option<String>,
    kind: Option<String>,
    metadata: Option<Meta>,
    spec: Option<Spec>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Meta {
    name: Option<String>,
    namespace: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Spec {
    r#type: Option<String>,
    lifecycle: Option<String>,
    owner: Option<String>,
    system: Option<String>,
    depends_on: Option<Vec<String>>,
    dependency_of: Option<Vec<String>>,
    consumes_apis: Option<Vec<String>>,
    provides_apis: Option<Vec<String>>,
}

/// Kind, namespace, name; in lower case, since references are compared so.
type Ref = (String, String, String);

/// `[kind:][namespace/]name`, with what stands where nothing is said.
fn reference(text: &str, kind: &str, namespace: &str) -> Ref {
    let text = text.trim().to_lowercase();
    let (kind, rest) = match text.split_once(':') {
        Some((kind, rest)) => (kind.to_owned(), rest),
        None => (kind.to_owned(), text.as_str()),
    };
    let (namespace, name) = match rest.split_once('/') {
        Some((namespace, name)) => (namespace.to_owned(), name),
        None => (namespace.to_lowercase(), rest),
    };
    (kind, namespace, name.to_owned())
}

/// Reads the entities of one catalog.
///
/// # Errors
/// Files that are no YAML, entities without a name, nothing that can fail.
pub(super) fn read(sources: &[Arc<Source>], _options: &Options) -> Result<Imported, Faults> {
    let mut faults = Faults::new();
    let mut report = Report::default();
    let mut catalog = Catalog::default();
    for source in sources {
        match yaml::documents::<Entity>(source) {
            Ok(entities) => {
                for entity in entities {
                    catalog.add(entity, &source.path, &mut report);
                }
            }
            Err(fault) => {
                let message = format!(
                    "`{}` is no catalog: it cannot be read at {}",
                    source.path,
                    fault.place()
                );
                faults.push(
                    Diagnostic::error(message)
                        .help("`backstage-cli` and the catalog's own page say what is wrong"),
                );
            }
        }
    }
    faults.or(())?;
    if catalog.parts.is_empty() {
        let fault = Diagnostic::error("there is neither a Component nor a Resource in the files");
        return Err(fault
            .help("name the folder that the catalog's Location points to")
            .into());
    }
    let draft = catalog.inventory(&mut report);
    Ok(Imported {
        draft,
        report,
        ..Imported::default()
    })
}

#[derive(Default)]
struct Catalog {
    /// Components and Resources.
    parts: BTreeMap<Ref, Spec>,
    systems: BTreeSet<Ref>,
}

impl Catalog {
    fn add(&mut self, entity: Entity, path: &str, report: &mut Report) {
        let version = entity.api_version.unwrap_or_default();
        let kind = entity.kind.unwrap_or_default();
        let meta = entity.metadata.unwrap_or_default();
        let name = meta.name.unwrap_or_default();
        if !version.starts_with("backstage.io/") || name.is_empty() {
            return report.skipped("an entity", "not of the catalog, or without a name", path);
        }
        report.read(&kind, &name);
        let namespace = meta.namespace.unwrap_or_else(|| "default".to_owned());
        let own = reference(&name, &kind.to_lowercase(), &namespace);
        match &*kind {
            "Component" | "Resource" => {
                self.parts.insert(own, entity.spec.unwrap_or_default());
            }
            "System" => {
                self.systems.insert(own);
            }
            "API" => report.mapped("API → what provides it", &name),
            "Location" => report.skipped(
                "Location",
                "its targets are read where they are in the folder",
                &name,
            ),
            other => report.skipped(other, "nothing that can fail", &name),
        }
    }

    /// Who needs whom: a set of providers, any of which will do.
    fn needs(&self, report: &mut Report) -> BTreeSet<(Ref, Vec<Ref>)> {
        let mut needs = BTreeSet::new();
        let mut providers: BTreeMap<Ref, Vec<Ref>> = BTreeMap::new();
        for (own, spec) in &self.parts {
            for api in spec.provides_apis.iter().flatten() {
                providers
                    .entry(reference(api, "api", &own.1))
                    .or_default()
                    .push(own.clone());
            }
        }
        for (own, spec) in &self.parts {
            let shown = |other: &str| format!("{} → {other}", own.2);
            for other in spec.depends_on.iter().flatten() {
                let other_ref = reference(other, "component", &own.1);
                if other_ref.0 == "api" {
                    let of_it = providers.get(&other_ref).cloned().unwrap_or_default();
                    needs.insert((own.clone(), of_it));
                } else if self.parts.contains_key(&other_ref) {
                    report.mapped("dependsOn → need", &shown(&other_ref.2));
                    needs.insert((own.clone(), vec![other_ref]));
                } else {
                    report.skipped(
                        "dependsOn",
                        "what it names is in no file",
                        &shown(&other_ref.2),
                    );
                }
            }
            for other in spec.dependency_of.iter().flatten() {
                let other = reference(other, "component", &own.1);
                if self.parts.contains_key(&other) {
                    report.mapped("dependencyOf → need", &format!("{} → {}", other.2, own.2));
                    needs.insert((other, vec![own.clone()]));
                }
            }
            for api in spec.consumes_apis.iter().flatten() {
                let api = reference(api, "api", &own.1);
                match providers.get(&api) {
                    Some(of_it) => {
                        report.mapped("consumesApis → need of what provides it", &shown(&api.2));
                        needs.insert((own.clone(), of_it.clone()));
                    }
                    None => report.skipped(
                        "consumesApis",
                        "no file says who provides it",
                        &shown(&api.2),
                    ),
                }
            }
        }
        needs.retain(|(own, of)| !of.is_empty() && !of.contains(own));
        needs
    }

    fn inventory(&self, report: &mut Report) -> Draft {
        let mut assembly = Assembly::default();
        let mut names: BTreeMap<&String, usize> = BTreeMap::new();
        self.parts
            .keys()
            .for_each(|own| *names.entry(&own.2).or_default() += 1);
        let mut at = BTreeMap::new();
        for (own, spec) in &self.parts {
            let id = if names[&own.2] > 1 {
                let id = format!("{}:{}/{}", own.0, own.1, own.2);
                report.id_changed(&own.2, &id, "another entity has this name");
                id
            } else {
                own.2.clone()
            };
            let sort = spec.r#type.clone().unwrap_or_default().to_lowercase();
            let kind = if own.0 == "component" || sort.is_empty() {
                "application"
            } else {
                &sort
            };
            let node = assembly.component(&id, kind);
            report.mapped(&format!("{} → component", own.0), &id);
            for (column, value) in [
                ("owner", &spec.owner),
                ("system", &spec.system),
                ("lifecycle", &spec.lifecycle),
            ] {
                assembly.label(node, column, value.as_deref().unwrap_or_default());
            }
            at.insert(own, node);
        }
        let needs = self.needs(report);
        for (own, providers) in &needs {
            let shares: Vec<Share> = providers
                .iter()
                .map(|p| Share {
                    load: 0.0,
                    ..Share::of(at[p])
                })
                .collect();
            let group = format!("provides what {} needs: {}", own.2, providers[0].2);
            assembly.group(at[own], &group, Need::AtLeast(1), Split::Share, shares);
        }
        self.add_services(&mut assembly, &at, &needs, report);
        assembly.finish()
    }

    /// A service for each system: what in it no other part of it needs.
    fn add_services(
        &self,
        assembly: &mut Assembly,
        at: &BTreeMap<&Ref, u32>,
        needs: &BTreeSet<(Ref, Vec<Ref>)>,
        report: &mut Report,
    ) {
        let needed: BTreeSet<&Ref> = needs.iter().flat_map(|(_, of)| of).collect();
        let mut systems: BTreeMap<String, Vec<&Ref>> = BTreeMap::new();
        for (own, spec) in self.parts.iter().filter(|(own, _)| own.0 == "component") {
            let system = spec
                .system
                .as_ref()
                .map(|s| reference(s, "system", &own.1).2);
            let name = system.unwrap_or_else(|| own.2.clone());
            if !needed.contains(own) {
                systems.entry(name).or_default().push(own);
            }
        }
        for (name, roots) in systems {
            let service = assembly.service(&format!("svc:{name}"), 1.0, "of what it is sized for");
            let rule =
                "a service for each system: it needs each of its components that no other needs";
            report.derived(rule, &name);
            roots
                .into_iter()
                .for_each(|root| assembly.needs(service, at[root], 1.0));
        }
    }
}
