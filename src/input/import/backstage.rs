//! Backstage: entities of a software catalog.
//!
//! In: YAML of Components, Resources, APIs and Systems. Out: applications and what they depend on, a
//! service for each system, or for each component that no other needs where there is none. Promises: an
//! API is what provides it, a whole needs its parts; a reference without a namespace is in that of the entity
//! that states it; what a reference names and no file has is told; annotations, links and people are not
//! read; a Location names files and is followed by naming the folder, never outside of it.

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
    relations: Option<Vec<Relation>>,
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
    subcomponent_of: Option<String>,
}

/// What the catalog itself writes beside what an entity states.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Relation {
    r#type: Option<String>,
    target_ref: Option<String>,
}

/// Kind, namespace, name; in lower case, since references are compared so.
type Ref = (String, String, String);

/// What provides each API.
type Providers = BTreeMap<Ref, BTreeSet<Ref>>;

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

/// A reference for people: the namespace stands before the name where it is not the usual one.
fn shown((_, namespace, name): &Ref) -> String {
    if namespace == "default" {
        name.clone()
    } else {
        format!("{namespace}/{name}")
    }
}

/// A Component or a Resource: what it says of itself, and whom it names, by what for.
#[derive(Default)]
struct Part {
    sort: String,
    lifecycle: String,
    owner: String,
    /// As written.
    system_label: String,
    system: Option<Ref>,
    depends_on: BTreeSet<Ref>,
    dependency_of: BTreeSet<Ref>,
    consumes: BTreeSet<Ref>,
    provides: BTreeSet<Ref>,
    wholes: BTreeSet<Ref>,
    pieces: BTreeSet<Ref>,
}

impl Part {
    fn new(spec: Spec, relations: Vec<Relation>, namespace: &str) -> Self {
        let all = |refs: Option<Vec<String>>, kind: &str| -> BTreeSet<Ref> {
            let refs = refs.into_iter().flatten();
            refs.map(|text| reference(&text, kind, namespace)).collect()
        };
        let system = spec.system.as_deref();
        let mut part = Self {
            system: system.map(|s| reference(s, "system", namespace)),
            sort: spec.r#type.unwrap_or_default().to_lowercase(),
            lifecycle: spec.lifecycle.unwrap_or_default(),
            owner: spec.owner.unwrap_or_default(),
            system_label: spec.system.unwrap_or_default(),
            depends_on: all(spec.depends_on, "component"),
            dependency_of: all(spec.dependency_of, "component"),
            consumes: all(spec.consumes_apis, "api"),
            provides: all(spec.provides_apis, "api"),
            wholes: all(spec.subcomponent_of.map(|whole| vec![whole]), "component"),
            pieces: BTreeSet::new(),
        };
        for relation in relations {
            let target = relation.target_ref.unwrap_or_default();
            let to = match relation.r#type.as_deref() {
                Some("dependsOn") => &mut part.depends_on,
                Some("dependencyOf") => &mut part.dependency_of,
                Some("consumesApi") => &mut part.consumes,
                Some("providesApi") => &mut part.provides,
                Some("partOf") => &mut part.wholes,
                Some("hasPart") => &mut part.pieces,
                _ => continue,
            };
            to.insert(reference(&target, "component", namespace));
        }
        // Of a system it is a part in another sense.
        let of = part.wholes.iter().find(|whole| whole.0 == "system");
        part.system = part.system.take().or(of.cloned());
        part.wholes.retain(|whole| whole.0 != "system");
        part
    }
}

#[derive(Default)]
struct Catalog {
    /// Components and Resources.
    parts: BTreeMap<Ref, Part>,
    systems: BTreeSet<Ref>,
    apis: BTreeSet<Ref>,
}

/// Who needs whom: a set of providers, any of which will do.
type Needs = BTreeSet<(Ref, Vec<Ref>)>;

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
                let spec = entity.spec.unwrap_or_default();
                let part = Part::new(spec, entity.relations.unwrap_or_default(), &own.1);
                self.parts.insert(own, part);
            }
            "System" => {
                self.systems.insert(own);
            }
            "API" => {
                self.apis.insert(own);
            }
            "Location" => report.skipped(
                "Location",
                "its targets are read where they are in the folder",
                &name,
            ),
            other => report.skipped(other, "nothing that can fail", &name),
        }
    }

    /// What a reference means: what it names, or what provides the API that it names. Else why it means
    /// nothing.
    fn meant(&self, named: &Ref, providers: &Providers) -> Result<Vec<Ref>, &'static str> {
        if self.parts.contains_key(named) {
            return Ok(vec![named.clone()]);
        }
        match &*named.0 {
            "api" => match providers.get(named) {
                Some(of_it) => Ok(of_it.iter().cloned().collect()),
                None => Err("no file says who provides it"),
            },
            "component" | "resource" => {
                let mut all = self.parts.keys();
                if all.any(|other| (&other.0, &other.2) == (&named.0, &named.2)) {
                    Err("what it names is in no file, only one of that name in another namespace")
                } else {
                    Err("what it names is in no file")
                }
            }
            _ => Err("it names no Component, Resource or API"),
        }
    }

    /// Who needs whom, by what each states of itself and of others.
    fn needs(&self, report: &mut Report) -> Needs {
        let mut needs = Needs::new();
        let mut providers = Providers::new();
        for (own, part) in &self.parts {
            for api in &part.provides {
                let of_it = providers.entry(api.clone()).or_default();
                of_it.insert(own.clone());
            }
        }
        for (own, part) in &self.parts {
            // What it needs, then what needs it.
            for (word, others, is_consumer) in [
                ("dependsOn", &part.depends_on, true),
                ("consumesApis", &part.consumes, true),
                ("hasPart", &part.pieces, true),
                ("dependencyOf", &part.dependency_of, false),
                ("subcomponentOf", &part.wholes, false),
            ] {
                for other in others {
                    let (from, to) = if is_consumer {
                        (own, other)
                    } else {
                        (other, own)
                    };
                    let example = format!("{} → {}", shown(from), shown(to));
                    match self.meant(other, &providers) {
                        Ok(all) if all.contains(own) => {
                            report.skipped(word, "it names itself, or what it provides", &example);
                        }
                        Ok(all) => {
                            let what = if is_consumer && other.0 == "api" {
                                "need of what provides it"
                            } else {
                                "need"
                            };
                            report.mapped(&format!("{word} → {what}"), &example);
                            if is_consumer {
                                needs.insert((own.clone(), all));
                            } else {
                                needs.extend(all.into_iter().map(|one| (one, vec![own.clone()])));
                            }
                        }
                        Err(why) => report.skipped(word, why, &example),
                    }
                }
            }
        }
        self.tell_apis(&providers, report);
        needs
    }

    /// Tells what became of each API.
    fn tell_apis(&self, providers: &Providers, report: &mut Report) {
        for api in &self.apis {
            if providers.contains_key(api) {
                report.mapped("API → what provides it", &shown(api));
            } else {
                report.skipped("API", "no file says who provides it", &shown(api));
            }
        }
        for (api, of_it) in providers {
            let mut parts = self.parts.values();
            let is_named = |part: &Part| {
                let all = [&part.consumes, &part.depends_on, &part.dependency_of];
                all.iter().any(|refs| refs.contains(api))
            };
            if !self.apis.contains(api) && !parts.any(is_named) {
                let why = "the API is in no file, and nothing needs it";
                for own in of_it {
                    let example = format!("{} → {}", shown(own), shown(api));
                    report.skipped("providesApis", why, &example);
                }
            }
        }
    }

    fn inventory(&self, report: &mut Report) -> Draft {
        let mut assembly = Assembly::default();
        let mut names: BTreeMap<&String, usize> = BTreeMap::new();
        self.parts
            .keys()
            .for_each(|own| *names.entry(&own.2).or_default() += 1);
        let mut at = BTreeMap::new();
        for (own, part) in &self.parts {
            let id = if names[&own.2] > 1 {
                let id = format!("{}:{}/{}", own.0, own.1, own.2);
                report.id_changed(&own.2, &id, "another entity has this name");
                id
            } else {
                own.2.clone()
            };
            let kind = if own.0 == "component" || part.sort.is_empty() {
                "application"
            } else {
                &part.sort
            };
            let node = assembly.component(&id, kind);
            report.mapped(&format!("{} → component", own.0), &id);
            for (column, value) in [
                ("owner", &part.owner),
                ("system", &part.system_label),
                ("lifecycle", &part.lifecycle),
            ] {
                assembly.label(node, column, value);
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

    /// A service for each system: it needs what in it no other needs. One for each component that is of no
    /// system and that no other needs.
    fn add_services(
        &self,
        assembly: &mut Assembly,
        at: &BTreeMap<&Ref, u32>,
        needs: &Needs,
        report: &mut Report,
    ) {
        let needed: BTreeSet<&Ref> = needs.iter().flat_map(|(_, of)| of).collect();
        let of_systems = self.systems.iter().map(|system| (system, Vec::new()));
        let mut systems: BTreeMap<&Ref, Vec<&Ref>> = of_systems.collect();
        let components = || self.parts.iter().filter(|(own, _)| own.0 == "component");
        for (own, part) in components().filter(|(own, _)| !needed.contains(own)) {
            let of = part.system.as_ref().unwrap_or(own);
            systems.entry(of).or_default().push(own);
        }
        let mut names: BTreeMap<&str, usize> = BTreeMap::new();
        for (system, _) in systems.iter().filter(|(_, roots)| !roots.is_empty()) {
            *names.entry(&system.2).or_default() += 1;
        }
        for (system, roots) in systems {
            if roots.is_empty() {
                let mut all = components();
                let why = if all.any(|(_, part)| part.system.as_ref() == Some(system)) {
                    "others need each of its components, so it is no service of its own"
                } else {
                    "no Component is of it"
                };
                report.skipped("System", why, &shown(system));
                continue;
            }
            let (kind, namespace, name) = system;
            let id = if names[&**name] > 1 {
                let id = format!("svc:{kind}:{namespace}/{name}");
                report.id_changed(name, &id, "another service has this name");
                id
            } else {
                format!("svc:{name}")
            };
            let service = assembly.service(&id, 1.0, "of what it is sized for");
            let rule = if kind == "system" && !self.systems.contains(system) {
                "a service for a system that components name and no file has"
            } else {
                "a service for each system: it needs each of its components that no other needs"
            };
            report.derived(rule, name);
            roots
                .into_iter()
                .for_each(|root| assembly.needs(service, at[root], 1.0));
        }
    }
}
