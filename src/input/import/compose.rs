//! Docker Compose: services on one host.
//!
//! In: compose files (YAML or JSON); a later file adds to and replaces what an earlier one says, in order
//! of their paths. Out: an application for each service, all of them within `host` unless a swarm places
//! them, needs from `depends_on` and from addresses in the environment, a service for each that has a
//! port on the host. Promises: `env_file`, secrets, labels and commands are not read; values of the
//! environment are looked at for addresses and never shown.

use super::super::{Diagnostic, Faults, Source};
use super::assembly::{Assembly, Share};
use super::report::Report;
use super::{Imported, Options, addresses, ids, sniff, yaml};
use crate::model::{Need, Split};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Copies of one service; nobody runs more on compose.
const MOST_REPLICAS: u64 = 10_000;

/// Whether a text is a compose file: it has services and is of no other tool that has them.
pub(super) fn looks_like(source: &Source) -> bool {
    let of_service = [
        "image",
        "build",
        "extends",
        "depends_on",
        "environment",
        "ports",
    ];
    if let Some(outline) = sniff::json(source) {
        let inside = ["\"image\"", "\"build\""]
            .iter()
            .any(|key| source.text.contains(key));
        return outline.has("services") && !outline.has("kind") && inside;
    }
    let keys = sniff::yaml(source);
    let mut lines = source.text.lines().map(str::trim_start);
    let mut inside = || {
        lines.any(|line| {
            of_service
                .iter()
                .any(|key| line.strip_prefix(key).is_some_and(|r| r.starts_with(':')))
        })
    };
    keys.contains_key("services") && !keys.contains_key("kind") && inside()
}

/// What is read of a file.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct File {
    name: Option<String>,
    services: Option<BTreeMap<String, Option<Service>>>,
    include: Option<Vec<Value>>,
}

/// What is read of a service.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Service {
    container_name: Option<String>,
    hostname: Option<String>,
    depends_on: Option<Value>,
    environment: Option<Value>,
    links: Option<Vec<String>>,
    network_mode: Option<String>,
    networks: Option<Value>,
    ports: Option<Vec<Value>>,
    scale: Option<u64>,
    deploy: Option<Deploy>,
    profiles: Option<Vec<String>>,
    extends: Option<Value>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Deploy {
    replicas: Option<u64>,
    mode: Option<String>,
    placement: Option<Value>,
}

/// Reads compose files as one project.
///
/// # Errors
/// Files that cannot be read, services that need one that is not there, nothing that runs.
pub(super) fn read(sources: &[Arc<Source>], _options: &Options) -> Result<Imported, Faults> {
    let mut report = Report::default();
    let mut faults = Faults::new();
    let mut project = Project::default();
    for source in sources {
        match parse(source) {
            Ok(file) => project.add(source, file, &mut report),
            Err(fault) => faults.push(fault),
        }
    }
    faults.or(())?;
    project.extend_all(&mut report);
    if project.services.is_empty() {
        let fault = Diagnostic::error("there is no service in the files");
        return Err(fault.help("name the compose file, or its folder").into());
    }
    project.check_needs()?;
    let name = project.name.clone().unwrap_or_default();
    let mut draft = project.inventory(&mut report);
    draft.name = ids::clean(&name);
    Ok(Imported {
        draft,
        report,
        ..Imported::default()
    })
}

/// Parses a file without ever showing what stands in it.
fn parse(source: &Arc<Source>) -> Result<File, Diagnostic> {
    let broken = |place: String| {
        let message = format!(
            "`{}` is no compose file: it cannot be read at {place}",
            source.path
        );
        Diagnostic::error(message)
            .help("`docker compose config` says what is wrong, or writes it out in full")
    };
    if source.text.trim_start().starts_with('{') {
        return serde_json::from_str(&source.text)
            .map_err(|why| broken(format!("line {}", why.line())));
    }
    let documents = yaml::documents::<File>(source);
    let documents = documents.map_err(|fault| broken(fault.place()))?;
    let mut file = File::default();
    for document in documents {
        file.name = document.name.or(file.name);
        let services = document.services.into_iter().flatten();
        file.services.get_or_insert_default().extend(services);
        file.include
            .get_or_insert_default()
            .extend(document.include.into_iter().flatten());
    }
    Ok(file)
}

/// All files together.
#[derive(Default)]
struct Project {
    name: Option<String>,
    services: BTreeMap<String, Service>,
}

/// Who needs whom: whether a loss harms, and where it stands.
type Edges = BTreeMap<(String, String), bool>;

impl Project {
    fn add(&mut self, source: &Source, file: File, report: &mut Report) {
        self.name = file.name.or(self.name.take());
        for _ in file.include.into_iter().flatten() {
            report.skipped(
                "include",
                "name the files it includes beside this one",
                &source.path,
            );
        }
        for (name, service) in file.services.into_iter().flatten() {
            report.read("service", &name);
            let service = service.unwrap_or_default();
            match self.services.remove(&name) {
                Some(earlier) => self.services.insert(name, merged(earlier, service)),
                None => self.services.insert(name, service),
            };
        }
    }

    /// Fills in what services take from others of the same project.
    fn extend_all(&mut self, report: &mut Report) {
        let all = self.services.clone();
        for (name, service) in &mut self.services {
            let mut seen = BTreeSet::from([name.clone()]);
            let mut next = service.extends.take();
            while let Some(extends) = next {
                let of = extends
                    .as_str()
                    .or_else(|| extends.get("service")?.as_str());
                let elsewhere = extends.get("file").is_some();
                let of = of.filter(|of| !elsewhere && seen.insert((*of).to_owned()));
                let Some(base) = of.and_then(|of| all.get(of)) else {
                    report.skipped(
                        "extends",
                        "what it takes from another file is not known here",
                        name,
                    );
                    break;
                };
                *service = merged(base.clone(), std::mem::take(service));
                let further = base.extends.clone();
                next = further;
                service.extends = None;
            }
        }
    }

    /// Every service that is waited for must be there.
    fn check_needs(&self) -> Result<(), Faults> {
        let mut faults = Faults::new();
        for (name, service) in &self.services {
            for (needed, _) in waited_for(service) {
                if !self.services.contains_key(&needed) {
                    let message =
                        format!("the service `{name}` depends on `{needed}`, which is in no file");
                    faults.push(
                        Diagnostic::error(message)
                            .help("name all files of the project, as for `docker compose -f`"),
                    );
                }
            }
        }
        faults.or(())
    }

    fn inventory(&self, report: &mut Report) -> crate::model::Draft {
        let mut assembly = Assembly::default();
        let edges = self.edges(report);
        let running: BTreeMap<&String, &Service> = self
            .services
            .iter()
            .filter(|(_, s)| replicas(s) != Some(0))
            .collect();
        for name in self.services.keys().filter(|n| !running.contains_key(n)) {
            report.skipped("service", "scaled to no copy", name);
        }
        let on_host = running.values().any(|s| !is_placed(s));
        let host = on_host.then(|| {
            let at = assembly.component("host", "server");
            report.derived("host: the machine that runs the containers", "host");
            at
        });
        let mut at = BTreeMap::new();
        for (name, service) in &running {
            at.insert(*name, add(&mut assembly, host, name, service, report));
        }
        for ((consumer, provider), hard) in &edges {
            if let (Some(&consumer), Some(&provider)) = (at.get(consumer), at.get(provider)) {
                if *hard {
                    assembly.needs(consumer, provider, 0.0);
                } else {
                    assembly.uses(consumer, provider, 0.0);
                }
            }
        }
        let entries = entries(&running, &edges, report);
        for name in entries {
            let wanted = format!("svc:{name}");
            let service = assembly.service(&wanted, 1.0, "of what it is sized for");
            assembly.node(service).name = Some(name.as_str().into());
            assembly.needs(service, at[name], 1.0);
        }
        assembly.finish()
    }

    /// Who needs whom, from what is waited for and from addresses.
    fn edges(&self, report: &mut Report) -> Edges {
        let mut edges = Edges::new();
        let hosts = self.hosts();
        for (name, service) in &self.services {
            let own = addresses::is_telemetry(name);
            let mut add = |provider: &str, hard: bool| {
                if provider != name {
                    let known = edges
                        .entry((name.clone(), provider.to_owned()))
                        .or_insert(false);
                    *known |= hard;
                }
            };
            for (provider, required) in waited_for(service) {
                let telemetry = addresses::is_telemetry(&provider) && !own;
                let (rule, hard) = match (required, telemetry) {
                    (_, true) => ("depends_on → uses: telemetry, a loss harms nobody", false),
                    (false, _) => ("depends_on → uses: it is not required", false),
                    _ => (
                        "depends_on → needs: the order of starting is taken for a need",
                        true,
                    ),
                };
                report.mapped(rule, &format!("{name} → {provider}"));
                add(&provider, hard);
            }
            for (variable, value) in environment(service) {
                let shown = format!("{name}: {variable}");
                for host in addresses::hosts(&variable, &value) {
                    let Some(provider) = hosts.get(&host.name) else {
                        if host.sure {
                            report.skipped(
                                "an address in an environment",
                                "no service is called that",
                                &shown,
                            );
                        }
                        continue;
                    };
                    let telemetry = addresses::is_telemetry(&variable)
                        || (addresses::is_telemetry(provider) && !own);
                    let rule = if telemetry {
                        "address in an environment → uses: telemetry, a loss harms nobody"
                    } else {
                        "address in an environment → needs"
                    };
                    report.mapped(rule, &format!("{name} → {provider}"));
                    add(provider, !telemetry);
                }
                if value.contains("${") || value.starts_with('$') {
                    report.skipped(
                        "a variable",
                        "its value is not in the files (`docker compose config` fills it in)",
                        &shown,
                    );
                }
            }
        }
        edges
    }

    /// Services by every name that others may call them.
    fn hosts(&self) -> BTreeMap<String, String> {
        let mut hosts = BTreeMap::new();
        for (name, service) in &self.services {
            let aliases = service
                .networks
                .iter()
                .filter_map(Value::as_object)
                .flat_map(|n| n.values());
            let aliases = aliases
                .filter_map(|n| n.get("aliases")?.as_array())
                .flatten();
            let aliases = aliases.filter_map(Value::as_str).map(str::to_owned);
            let own = [service.container_name.clone(), service.hostname.clone()];
            for host in own.into_iter().flatten().chain(aliases) {
                hosts
                    .entry(host.to_lowercase())
                    .or_insert_with(|| name.clone());
            }
        }
        // The name of a service wins over what another is called besides.
        hosts.extend(
            self.services
                .keys()
                .map(|name| (name.to_lowercase(), name.clone())),
        );
        hosts
    }
}

/// A service as two files say it together: lists and maps grow, the later one wins elsewhere.
fn merged(earlier: Service, later: Service) -> Service {
    let grown = |one: Option<Value>, other: Option<Value>| match (one, other) {
        (Some(Value::Object(mut one)), Some(Value::Object(other))) => {
            one.extend(other);
            Some(Value::Object(one))
        }
        (Some(Value::Array(mut one)), Some(Value::Array(other))) => {
            one.extend(other);
            Some(Value::Array(one))
        }
        (one, other) => other.or(one),
    };
    Service {
        container_name: later.container_name.or(earlier.container_name),
        hostname: later.hostname.or(earlier.hostname),
        depends_on: grown(earlier.depends_on, later.depends_on),
        environment: grown(earlier.environment, later.environment),
        links: later.links.or(earlier.links),
        network_mode: later.network_mode.or(earlier.network_mode),
        networks: grown(earlier.networks, later.networks),
        ports: later.ports.or(earlier.ports),
        scale: later.scale.or(earlier.scale),
        deploy: later.deploy.or(earlier.deploy),
        profiles: later.profiles.or(earlier.profiles),
        extends: later.extends.or(earlier.extends),
    }
}

/// Services that one waits for, and whether it cannot do without.
fn waited_for(service: &Service) -> Vec<(String, bool)> {
    let mut all = Vec::new();
    match &service.depends_on {
        Some(Value::Array(names)) => {
            all.extend(
                names
                    .iter()
                    .filter_map(Value::as_str)
                    .map(|n| (n.to_owned(), true)),
            );
        }
        Some(Value::Object(names)) => {
            let required =
                |how: &Value| how.get("required").and_then(Value::as_bool) != Some(false);
            all.extend(
                names
                    .iter()
                    .map(|(name, how)| (name.clone(), required(how))),
            );
        }
        _ => {}
    }
    let links = service.links.iter().flatten();
    all.extend(links.filter_map(|l| Some((l.split(':').next()?.to_owned(), true))));
    let shared = service
        .network_mode
        .as_deref()
        .and_then(|m| m.strip_prefix("service:"));
    all.extend(shared.map(|name| (name.to_owned(), true)));
    all
}

/// Names and values of the environment, whether it is a list or a map.
fn environment(service: &Service) -> Vec<(String, String)> {
    let text = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    match &service.environment {
        Some(Value::Array(lines)) => {
            let lines = lines.iter().filter_map(Value::as_str);
            let pairs = lines.filter_map(|line| line.split_once('='));
            pairs
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect()
        }
        Some(Value::Object(map)) => {
            let given = map.iter().filter(|(_, value)| !value.is_null());
            given
                .map(|(name, value)| (name.clone(), text(value)))
                .collect()
        }
        _ => Vec::new(),
    }
}

fn replicas(service: &Service) -> Option<u64> {
    service
        .deploy
        .as_ref()
        .and_then(|d| d.replicas)
        .or(service.scale)
}

/// Whether a swarm decides where it runs.
fn is_placed(service: &Service) -> bool {
    let deploy = service.deploy.as_ref();
    deploy.is_some_and(|d| d.placement.is_some() || d.mode.is_some())
}

/// Adds a service: one application, or a group of its copies.
fn add(
    assembly: &mut Assembly,
    host: Option<u32>,
    name: &str,
    service: &Service,
    report: &mut Report,
) -> u32 {
    let host = host.filter(|_| !is_placed(service));
    if host.is_none() {
        report.skipped(
            "the host of a service",
            "a swarm places it, and no file says where",
            name,
        );
    }
    let mut one = |id: &str| {
        let at = assembly.component(id, "application");
        host.into_iter().for_each(|host| assembly.within(at, host));
        let profiles = service.profiles.iter().flatten();
        let profiles: Vec<&str> = profiles.map(String::as_str).collect();
        assembly.label(at, "profiles", &profiles.join(" "));
        at
    };
    let count = replicas(service).unwrap_or(1).min(MOST_REPLICAS);
    if count == 1 {
        report.mapped("service → application", name);
        return one(name);
    }
    let members: Vec<Share> = (1..=count)
        .map(|n| Share::of(one(&format!("{name}-{n}"))))
        .collect();
    report.mapped(
        "service of several copies → group of applications, any of which will do",
        name,
    );
    let group = assembly.component(name, "group");
    assembly.group(group, "copies", Need::AtLeast(1), Split::Share, members);
    group
}

/// What users reach: what has a port on the host, else what no other needs.
fn entries<'p>(
    running: &BTreeMap<&'p String, &'p Service>,
    edges: &Edges,
    report: &mut Report,
) -> Vec<&'p String> {
    let users_ask = |name: &&&String| !addresses::is_telemetry(name);
    let open = running
        .iter()
        .filter(|(_, s)| s.ports.iter().flatten().any(is_published));
    let open: Vec<&String> = open
        .map(|(name, _)| *name)
        .filter(|n| users_ask(&n))
        .collect();
    if !open.is_empty() {
        open.iter()
            .for_each(|n| report.mapped("service with a port on the host → service", n));
        return open;
    }
    let needed: BTreeSet<&String> = edges.keys().map(|(_, provider)| provider).collect();
    let roots: Vec<&String> = running
        .keys()
        .copied()
        .filter(|n| !needed.contains(n) && users_ask(&n))
        .collect();
    let rule = "a service for each that no other needs, since none has a port on the host";
    roots.iter().for_each(|n| report.derived(rule, n));
    roots
}

/// Whether a port of a container is one of the host that is known: `80:80`, or `published: 80`.
fn is_published(port: &Value) -> bool {
    if let Some(text) = port.as_str() {
        let mut deep = 0;
        return text.chars().any(|c| {
            match c {
                '{' => deep += 1,
                '}' => deep -= 1,
                _ => {}
            }
            c == ':' && deep == 0
        });
    }
    port.get("published").is_some()
}
