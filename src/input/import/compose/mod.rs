//! Docker Compose: services on one host.
//!
//! In: compose files (YAML or JSON); a later file adds to and replaces what an earlier one says, in order
//! of their paths. Out: an application for each service, all of them within `host` unless a swarm places
//! them, needs from `depends_on` and from addresses in the environment, a service for each that has a
//! port on the host. What runs to its end before others start is no part of what runs. Promises: `env_file`, secrets, labels and commands are not read; values of the
//! environment are looked at for addresses and never shown.

mod file;

use super::super::{Diagnostic, Faults, Source};
use super::assembly::{Assembly, Share};
use super::report::Report;
use super::{Imported, Options, addresses, ids};
use crate::input::invented::CONTAINER_HOST;
use crate::model::{Need, Split};
pub(super) use file::looks_like;
use file::{File, Service, is_published, merged, parse};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Copies of one service; nobody runs more on compose.
const MOST_REPLICAS: u64 = 10_000;

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
    project.check()?;
    let name = project.name.clone().unwrap_or_default();
    let mut draft = project.inventory(&mut report);
    draft.name = ids::clean(&name);
    Ok(Imported {
        draft,
        report,
        ..Imported::default()
    })
}

/// All files together.
#[derive(Default)]
struct Project {
    name: Option<String>,
    services: BTreeMap<String, Service>,
    /// The last file that names each service.
    sources: BTreeMap<String, Arc<Source>>,
}

/// Who needs whom: whether a loss harms, and where it stands.
type Edges = BTreeMap<(String, String), bool>;

impl Project {
    fn add(&mut self, source: &Arc<Source>, file: File, report: &mut Report) {
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
            self.sources.insert(name.clone(), Arc::clone(source));
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

    /// Every service that must be waited for must be there, and no more copies than anybody runs.
    fn check(&self) -> Result<(), Faults> {
        let mut faults = Faults::new();
        for (name, service) in &self.services {
            for awaited in service.awaits().into_iter().filter(|a| a.required) {
                let needed = awaited.name;
                if !self.services.contains_key(&needed) {
                    let message =
                        format!("the service `{name}` depends on `{needed}`, which is in no file");
                    let help = "name all files of the project, as for `docker compose -f`";
                    faults.push(self.fault(name, &needed, message).help(help));
                }
            }
            if service
                .replicas()
                .is_some_and(|count| count > MOST_REPLICAS)
            {
                let message = format!("the service `{name}` has more than {MOST_REPLICAS} copies");
                let help = "write how many there are in `deploy.replicas`";
                faults.push(self.fault(name, name, message).help(help));
            }
        }
        faults.or(())
    }

    /// A fault of a service, where a word stands in its file for the first time from the service on.
    fn fault(&self, service: &str, word: &str, message: String) -> Diagnostic {
        let fault = Diagnostic::error(message);
        let Some(source) = self.sources.get(service) else {
            return fault;
        };
        let from = source.text.find(&format!("{service}:")).unwrap_or(0);
        let rest = &source.text[from..];
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        let is_whole = |at: &usize| {
            let (before, after) = (&rest[..*at], &rest[at + word.len()..]);
            !before.ends_with(is_part) && !after.starts_with(is_part)
        };
        let mut found = rest.match_indices(word).map(|(at, _)| at);
        let at = from + found.find(is_whole).unwrap_or(0);
        fault.at(source, at..at + word.len())
    }

    /// Services that are no part of what runs, and why.
    fn idle(&self) -> BTreeMap<&str, &'static str> {
        let mut idle = BTreeMap::new();
        let awaits = self.services.values().flat_map(Service::awaits);
        let ended: BTreeSet<String> = awaits.filter(|a| a.to_its_end).map(|a| a.name).collect();
        for (name, service) in &self.services {
            if service.replicas() == Some(0) {
                idle.insert(name.as_str(), "scaled to no copy");
            } else if service.is_job() || ended.contains(name) && !service.runs_on() {
                idle.insert(name.as_str(), "a job that runs to its end");
            }
        }
        idle
    }

    fn inventory(&self, report: &mut Report) -> crate::model::Draft {
        let mut assembly = Assembly::default();
        let idle = self.idle();
        for (name, why) in &idle {
            let why = format!("{why}: neither it nor its needs are part of what runs");
            report.skipped("service", &why, name);
        }
        let edges = self.edges(&idle, report);
        let running: BTreeMap<&String, &Service> = self
            .services
            .iter()
            .filter(|(name, _)| !idle.contains_key(name.as_str()))
            .collect();
        let on_host = running.values().any(|s| !s.is_placed());
        let host = on_host.then(|| {
            let at = assembly.component(CONTAINER_HOST.id, "server");
            assembly.node(at).name = Some(CONTAINER_HOST.name.into());
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

    /// Who of what runs needs whom, from what is waited for and from addresses.
    fn edges(&self, idle: &BTreeMap<&str, &'static str>, report: &mut Report) -> Edges {
        let mut edges = Edges::new();
        let hosts = self.hosts();
        let running = self
            .services
            .iter()
            .filter(|(name, _)| !idle.contains_key(name.as_str()));
        for (name, service) in running {
            let mut add = |provider: &str, hard: bool| {
                if provider != name {
                    let known = edges
                        .entry((name.clone(), provider.to_owned()))
                        .or_insert(false);
                    *known |= hard;
                }
            };
            self.add_awaited(name, service, idle, &mut add, report);
            let own = addresses::is_telemetry(name);
            for (variable, value) in service.environment() {
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
                    if let Some(why) = idle.get(provider.as_str()) {
                        let why = format!("it leads to what is {why}");
                        report.skipped("an address in an environment", &why, &shown);
                        continue;
                    }
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

    /// Adds what a service waits for and needs while it runs.
    fn add_awaited(
        &self,
        name: &str,
        service: &Service,
        idle: &BTreeMap<&str, &'static str>,
        add: &mut impl FnMut(&str, bool),
        report: &mut Report,
    ) {
        let own = addresses::is_telemetry(name);
        for awaited in service.awaits() {
            let provider = awaited.name.as_str();
            let shown = format!("{name} → {provider}");
            let idle = idle.get(provider).map(|why| format!("on what is {why}"));
            let why = if awaited.to_its_end {
                Some("it waits for the end of the other, which it does not need while it runs")
            } else if !self.services.contains_key(provider) {
                Some("it is not required, and in no file")
            } else {
                idle.as_deref()
            };
            if let Some(why) = why {
                report.skipped("depends_on", why, &shown);
                continue;
            }
            let telemetry = addresses::is_telemetry(provider) && !own;
            let (rule, hard) = match (awaited.required, telemetry) {
                (_, true) => ("depends_on → uses: telemetry, a loss harms nobody", false),
                (false, _) => ("depends_on → uses: it is not required", false),
                _ => (
                    "depends_on → needs: the order of starting is taken for a need",
                    true,
                ),
            };
            report.mapped(rule, &shown);
            add(provider, hard);
        }
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

/// Adds a service: one application, or a group of its copies.
fn add(
    assembly: &mut Assembly,
    host: Option<u32>,
    name: &str,
    service: &Service,
    report: &mut Report,
) -> u32 {
    let host = host.filter(|_| !service.is_placed());
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
    let count = service.replicas().unwrap_or(1);
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
