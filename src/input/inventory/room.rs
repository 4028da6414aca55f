//! Whether there is room for what runs: what placements say that no state can keep. In: the finished
//! system. Out: warnings, with figures.

use super::builder::Builder;
use super::folder::Tables;
use super::placements::row_of;
use super::rows::at;
use crate::model::{NodeId, Placement, System};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Amounts may exceed a capacity by this much, relatively.
const TOLERANCE: f64 = 1.0 + 1e-9;

/// Adds every warning.
pub fn add(b: &mut Builder, tables: &Tables, system: &System) {
    if system.placements().is_empty() {
        return;
    }
    unlimited(b, tables, system);
    too_large(b, tables, system);
    overfull(b, tables, system);
    without_spare(b, tables, system);
    not_apart(b, tables, system);
    network_ends(b, tables, system);
}

/// What a host has of a resource; infinite if nothing limits it.
fn capacity(system: &System, host: NodeId, resource: usize) -> f64 {
    let host = system.placements().host(host);
    let found = host.and_then(|h| h.resources[resource]);
    found.map_or(f64::INFINITY, |v| {
        system.node(v).capacity.unwrap_or(f64::INFINITY)
    })
}

fn about(
    b: &mut Builder,
    (tables, system): (&Tables, &System),
    instance: NodeId,
    more: &'static str,
    message: String,
    help: impl Into<String>,
) {
    let row = row_of(tables, system.id(instance));
    b.odd(more, || at(row, message).help(help));
}

/// Amounts of which no host has a capacity.
fn unlimited(b: &mut Builder, tables: &Tables, system: &System) {
    let placements = system.placements();
    let hosts: Vec<NodeId> = placements.hosts.iter().map(|h| h.node).collect();
    for (r, resource) in placements.resources.iter().enumerate() {
        let takes = placements.instances.iter().find(|p| p.amount(r) > 0.0);
        let limits = |&h: &NodeId| capacity(system, h, r) < f64::INFINITY;
        let Some(first) = takes.filter(|_| !hosts.iter().any(limits)) else {
            continue;
        };
        let column = resource.column();
        let host = system.id(hosts[0]);
        let what = resource.id_at(host);
        let message = format!("`{column}` limits nothing: no host has a capacity of it");
        let help = format!("give `{what}` a capacity in components.csv, and so the other hosts");
        let row = row_of(tables, system.id(first.instance)).map(|(row, _)| row);
        let table = tables.placements.as_ref();
        let place = row.zip(table.and_then(|t| t.column(&column)));
        b.odd("columns of amounts limit nothing", || {
            let warning = match place {
                Some((row, column)) => row.header_warning(column, message),
                None => crate::input::Diagnostic::warning(message),
            };
            warning.help(help)
        });
    }
}

/// Instances that fit on no host, even an empty one.
fn too_large(b: &mut Builder, tables: &Tables, system: &System) {
    let placements = system.placements();
    for p in &placements.instances {
        let fits = |&h: &NodeId| {
            (0..placements.resources.len())
                .all(|r| p.amount(r) <= capacity(system, h, r) * TOLERANCE)
        };
        if p.hosts.iter().any(fits) {
            continue;
        }
        let id = system.id(p.instance);
        let lacking = (0..placements.resources.len()).find_map(|r| {
            let most = p.hosts.iter().map(|&h| capacity(system, h, r));
            let most = most.fold(0.0, f64::max);
            (p.amount(r) > most * TOLERANCE).then(|| {
                let column = placements.resources[r].column();
                format!(
                    "it takes {} of `{column}`, the largest has {most}",
                    p.amount(r)
                )
            })
        });
        let why = lacking.unwrap_or_else(|| "no host has room for all that it takes".to_owned());
        let message = format!("`{id}` fits on none of its hosts: {why}");
        let help = "it is out whenever it has to restart; give it a larger host, or take less";
        let more = "instances fit on none of their hosts";
        about(b, (tables, system), p.instance, more, message, help);
    }
}

/// Hosts that are asked for more than they have by what runs there now.
fn overfull(b: &mut Builder, tables: &Tables, system: &System) {
    let placements = system.placements();
    for r in 0..placements.resources.len() {
        let mut used: BTreeMap<NodeId, (f64, &Placement)> = BTreeMap::new();
        for p in &placements.instances {
            if let Some(host) = p.host {
                used.entry(host).or_insert((0.0, p)).0 += p.amount(r);
            }
        }
        for (host, (used, first)) in used {
            let has = capacity(system, host, r);
            if used > has * TOLERANCE {
                let column = placements.resources[r].column();
                let message = format!(
                    "what runs on `{}` takes {used} of `{column}`, it has {has}",
                    system.id(host)
                );
                let help = "it is shown as overloaded; move an instance, or correct the amounts";
                let more = "hosts are asked for more than they have";
                about(b, (tables, system), first.instance, more, message, help);
            }
        }
    }
}

/// Clusters whose instances together take more than the hosts have without the largest of them.
fn without_spare(b: &mut Builder, tables: &Tables, system: &System) {
    let placements = system.placements();
    let mut clusters: BTreeMap<Vec<NodeId>, Vec<&Placement>> = BTreeMap::new();
    for p in &placements.instances {
        let mut hosts = p.hosts.to_vec();
        hosts.sort_unstable();
        clusters.entry(hosts).or_default().push(p);
    }
    for (hosts, instances) in clusters {
        for r in 0..placements.resources.len() {
            let takes: f64 = instances.iter().map(|p| p.amount(r)).sum();
            let has: Vec<f64> = hosts.iter().map(|&h| capacity(system, h, r)).collect();
            let largest = has.iter().copied().fold(0.0, f64::max);
            let left: f64 = has.iter().sum::<f64>() - largest;
            if !largest.is_finite() || takes <= left * TOLERANCE {
                continue;
            }
            let column = placements.resources[r].column();
            let message = format!(
                "what may run on {} hosts takes {takes} of `{column}`; without the largest they have \
                 {left}",
                hosts.len()
            );
            let help = "not all of them can restart when it is lost; add a host, or take less";
            let more = "clusters cannot lose their largest host";
            let first = instances[0].instance;
            about(b, (tables, system), first, more, message, help);
        }
    }
}

/// Words that keep more instances apart than there are hosts or domains, or that what runs now breaks.
fn not_apart(b: &mut Builder, tables: &Tables, system: &System) {
    let mut words: BTreeMap<&str, Vec<&Placement>> = BTreeMap::new();
    for p in &system.placements().instances {
        if let Some(apart) = &p.apart {
            words.entry(&apart.word).or_default().push(p);
        }
    }
    for (word, instances) in words {
        let by = instances[0].apart.as_ref().and_then(|a| a.by.as_deref());
        let places = |h: NodeId| -> Vec<NodeId> {
            match by {
                None => vec![h],
                Some(kind) => domains(system, h, kind),
            }
        };
        let of = by.map_or_else(|| "host".to_owned(), |kind| format!("`{kind}`"));
        let hosts: BTreeSet<NodeId> = instances.iter().flat_map(|p| p.hosts.to_vec()).collect();
        let all: BTreeSet<NodeId> = hosts.iter().flat_map(|&h| places(h)).collect();
        let first = instances[0].instance;
        if all.is_empty() {
            let message = format!("`{word}` keeps nothing apart: no host sits in a {of}");
            let help = "write a kind that the hosts sit within, or blank `apart_by`";
            let more = "words keep nothing apart";
            about(b, (tables, system), first, more, message, help);
            continue;
        }
        let is_loose = hosts.iter().any(|&h| places(h).is_empty());
        if all.len() < instances.len() && !is_loose {
            let message = format!(
                "`{word}` cannot be kept: {} instances, and one {of} each, but there are {}",
                instances.len(),
                all.len()
            );
            let help = "some of them are out whenever they have to restart";
            let more = "words keep more apart than there is room for";
            about(b, (tables, system), first, more, message, help);
        }
        let mut runs: HashMap<NodeId, &Placement> = HashMap::new();
        for p in &instances {
            for place in p.host.map(places).unwrap_or_default() {
                if let Some(other) = runs.insert(place, p) {
                    let message = format!(
                        "`{}` and `{}` are kept apart by `{word}`, but both run on `{}`",
                        system.id(other.instance),
                        system.id(p.instance),
                        system.id(place)
                    );
                    let help =
                        "they stay there until it is lost; move one, or give it another word";
                    let more = "instances run together that are kept apart";
                    about(b, (tables, system), p.instance, more, message, help);
                }
            }
        }
    }
}

/// The domains of a kind that a host sits in, directly or not, itself among them.
fn domains(system: &System, host: NodeId, kind: &str) -> Vec<NodeId> {
    let mut seen = BTreeSet::new();
    let mut stack = vec![host];
    while let Some(v) = stack.pop() {
        if seen.insert(v) {
            stack.extend(system.node(v).within.iter().copied());
        }
    }
    let is_of_kind = |v: &NodeId| &*system.node(*v).kind == kind;
    seen.into_iter().filter(is_of_kind).collect()
}

/// Links and flows that end at an instance: the network does not follow it to another host.
fn network_ends(b: &mut Builder, tables: &Tables, system: &System) {
    use crate::model::{Flow, Link, Role};
    for (_, node) in system.iter() {
        let (what, ends) = match node.role {
            Role::Link(Link { a, b, .. }) => ("link", [a, b]),
            Role::Flow(Flow { from, to }) => ("flow", [from, to]),
            Role::Component | Role::Service(_) => continue,
        };
        for end in ends {
            if system.placements().of(end).is_some() {
                let message = format!(
                    "the {what} `{}` ends at `{}`, which may move: the network does not follow it",
                    node.id,
                    system.id(end)
                );
                let help = "let it end at what stays, such as a switch or the hosts";
                let more = "links and flows end at an instance";
                about(b, (tables, system), end, more, message, help);
            }
        }
    }
}
