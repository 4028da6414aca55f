//! Backstage: entities of a software catalog.
//!
//! In: YAML of Components, Resources, APIs and Systems. Out: applications and what they depend on, a
//! service for each system, or for each component that no other needs where there is none. Promises: an
//! API is what provides it, a whole needs its parts; a reference without a namespace is in that of the entity
//! that states it; what a reference names and no file has is said, and so is what a Location names and is not
//! among the files; no component of a system is without a service that needs it; annotations, links and people are not
//! read; a Location names files and is followed by naming the folder, never outside of it.

use super::super::{Diagnostic, Faults, Source};
use super::assembly::{Assembly, Share};
use super::report::Report;
use super::tops::{Below, tops_of, visit};
use super::{Imported, Options, ids, locations, sniff, yaml};
use crate::model::{Draft, Need, Split};
use serde::Deserialize;
use serde_json::Value;
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
    /// Of a Location; what others call so may be anything.
    target: Option<Value>,
    targets: Option<Value>,
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
    // In whatever order they were named: of what stands twice the first counts.
    let mut sources = sources.to_vec();
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    for source in &sources {
        match yaml::documents::<Entity>(source) {
            Ok(entities) => {
                for (nth, entity) in (1..).zip(entities) {
                    catalog.add(entity, &source.path, nth, &mut report);
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
        warnings: catalog.warnings(&sources),
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
#[derive(Default, PartialEq, Eq)]
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

    /// Adds whom another statement of the same names, and what only that says.
    fn join(&mut self, other: Self) {
        for (own, others) in [
            (&mut self.sort, other.sort),
            (&mut self.lifecycle, other.lifecycle),
            (&mut self.owner, other.owner),
            (&mut self.system_label, other.system_label),
        ] {
            if own.is_empty() {
                *own = others;
            }
        }
        self.system = self.system.take().or(other.system);
        self.depends_on.extend(other.depends_on);
        self.dependency_of.extend(other.dependency_of);
        self.consumes.extend(other.consumes);
        self.provides.extend(other.provides);
        self.wholes.extend(other.wholes);
        self.pieces.extend(other.pieces);
    }
}

#[derive(Default)]
struct Catalog {
    /// Components and Resources.
    parts: BTreeMap<Ref, Part>,
    systems: BTreeSet<Ref>,
    apis: BTreeSet<Ref>,
    /// Where each part is stated first.
    stated: BTreeMap<Ref, String>,
    /// Parts that are stated again in another way, with both places.
    again: BTreeSet<String>,
    /// What Locations name: the file of the Location, and the target.
    targets: BTreeSet<(String, String)>,
}

/// Who needs whom: a set of providers, any of which will do.
type Needs = BTreeSet<(Ref, Vec<Ref>)>;

impl Catalog {
    /// Notes an entity, with where it stands.
    fn add(&mut self, entity: Entity, path: &str, nth: usize, report: &mut Report) {
        let version = entity.api_version.unwrap_or_default();
        let kind = entity.kind.unwrap_or_default();
        let meta = entity.metadata.unwrap_or_default();
        let name = meta.name.unwrap_or_default();
        if !version.starts_with("backstage.io/") || name.is_empty() {
            let which = ids::clean(&format!("{path}, document {nth}: {kind} {name}"));
            return report.skipped("an entity", "not of the catalog, or without a name", &which);
        }
        report.read(&kind, &name);
        let namespace = meta.namespace.unwrap_or_else(|| "default".to_owned());
        let own = reference(&name, &kind.to_lowercase(), &namespace);
        match &*kind {
            "Component" | "Resource" => {
                let spec = entity.spec.unwrap_or_default();
                let part = Part::new(spec, entity.relations.unwrap_or_default(), &own.1);
                self.add_part(own, part, format!("{path}, document {nth}"));
            }
            "System" => {
                self.systems.insert(own);
            }
            "API" => {
                self.apis.insert(own);
            }
            "Location" => {
                let spec = entity.spec.unwrap_or_default();
                let several = spec.targets.as_ref().and_then(Value::as_array);
                let all = several.into_iter().flatten().chain(&spec.target);
                let all = all.filter_map(Value::as_str);
                self.targets
                    .extend(all.map(|target| (path.to_owned(), target.to_owned())));
                let why = "its targets are read where they are among the files";
                report.skipped("Location", why, &name);
            }
            other => report.skipped(other, "nothing that can fail", &name),
        }
    }

    /// Notes a Component or a Resource; of one that is stated twice, all that either statement names.
    fn add_part(&mut self, own: Ref, part: Part, place: String) {
        let Some(known) = self.parts.get_mut(&own) else {
            self.stated.insert(own.clone(), place);
            self.parts.insert(own, part);
            return;
        };
        if *known != part {
            let first = self.stated.get(&own).map_or("", String::as_str);
            let again = format!("{} ({first}; {place})", shown(&own));
            self.again.insert(again);
            known.join(part);
        }
    }

    /// Warnings of entities that are stated twice, and of targets that are in no file here.
    fn warnings(&self, sources: &[Arc<Source>]) -> Vec<Diagnostic> {
        let unread = locations::unread(&self.targets, sources);
        let warning = |all: &BTreeSet<String>, message: &str, help: &str| {
            let some = ids::some_of(all.iter().map(String::as_str));
            (!all.is_empty()).then(|| Diagnostic::warning(format!("{message}: {some}")).help(help))
        };
        let again = warning(
            &self.again,
            "an entity is stated twice, which a catalog refuses; it needs all that either of the two names",
            "leave out the one that does not count",
        );
        let unread = warning(
            &unread,
            "Locations name what is not among the files; what stands there, and what it needs, is missing",
            "name these files or their folder as well",
        );
        again.into_iter().chain(unread).collect()
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

    /// A service for each system, which needs each of its components that no other of it needs, directly or not;
    /// of those that need each other it needs the first. One likewise for each component that is of no system and
    /// that no other needs.
    fn add_services(
        &self,
        assembly: &mut Assembly,
        at: &BTreeMap<&Ref, u32>,
        needs: &Needs,
        report: &mut Report,
    ) {
        let mut names: BTreeMap<&str, usize> = BTreeMap::new();
        let systems = self.tops(needs);
        for system in systems.keys() {
            *names.entry(&system.2).or_default() += 1;
        }
        for system in self.systems.iter().filter(|s| !systems.contains_key(s)) {
            report.skipped("System", "no Component is of it", &shown(system));
        }
        for (system, tops) in systems {
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
                "a service for each system: it needs each of its components that no other of it needs"
            };
            report.derived(rule, name);
            tops.into_iter()
                .for_each(|top| assembly.needs(service, at[top], 1.0));
        }
    }

    /// What a service of each system needs, and of each component that is of no system and that no other needs.
    fn tops<'c>(&'c self, needs: &'c Needs) -> BTreeMap<&'c Ref, Vec<&'c Ref>> {
        let mut below: Below<Ref> = BTreeMap::new();
        for (own, providers) in needs {
            below.entry(own).or_default().extend(providers);
        }
        let mut systems: BTreeMap<&Ref, Vec<&Ref>> = BTreeMap::new();
        let (mut of_none, mut needed) = (Vec::new(), BTreeSet::new());
        for (own, part) in self.parts.iter().filter(|(own, _)| own.0 == "component") {
            match &part.system {
                Some(system) => {
                    systems.entry(system).or_default().push(own);
                    visit(own, &below, &mut needed);
                }
                None => of_none.push(own),
            }
        }
        for members in systems.values_mut() {
            *members = tops_of(members, &below, &BTreeSet::new());
        }
        let alone = tops_of(&of_none, &below, &needed);
        systems.extend(alone.into_iter().map(|own| (own, vec![own])));
        systems
    }
}
