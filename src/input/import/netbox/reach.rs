//! `--service-per site`: one service for each site, which asks whether its access devices reach the
//! network of any provider, or, where there is none, a core device.

use super::estate::{Estate, Thing, Wants};
use super::links::{FAR_SIDE, UNIT};
use super::model::Model;
use super::places::{name_of, role_of, site_of};
use super::table::{Key, Table};
use super::wire::Fields;
use crate::model::{Flow, NodeId, Role, Service, Split};
use std::collections::{BTreeMap, BTreeSet};

/// Kinds that are no part of the network, whatever is plugged into them.
const NO_NETWORK: [&str; 6] = ["pdu", "ups", "patch-panel", "server", "storage", "vm"];

/// Links as neighbours, and which nodes traffic can pass between.
struct Graph {
    neighbours: BTreeMap<u32, BTreeSet<u32>>,
    /// Of each node that passes traffic on: the smallest number of those that it is joined with.
    group: BTreeMap<u32, u32>,
}

impl Graph {
    fn of(estate: &Estate) -> Self {
        let mut neighbours: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        for node in &estate.draft.nodes {
            if let Role::Link(link) = node.node.role {
                neighbours.entry(link.a.0).or_default().insert(link.b.0);
                neighbours.entry(link.b.0).or_default().insert(link.a.0);
            }
        }
        let passes = |at: u32| estate.draft.nodes[at as usize].node.is_transit();
        let mut group = BTreeMap::new();
        for &start in neighbours.keys() {
            let mut open = vec![start];
            while let Some(at) = open.pop() {
                if passes(at) && !group.contains_key(&at) {
                    group.insert(at, start);
                    open.extend(&neighbours[&at]);
                }
            }
        }
        Self { neighbours, group }
    }

    /// The groups that a node is in or next to.
    fn groups(&self, at: u32) -> BTreeSet<u32> {
        if let Some(&own) = self.group.get(&at) {
            return [own].into();
        }
        let next = self.neighbours.get(&at).into_iter().flatten();
        next.filter_map(|at| self.group.get(at).copied()).collect()
    }
}

/// A device of the network at a site.
struct Member<'t> {
    at: u32,
    role: String,
    kind: String,
    row: &'t Fields,
}

/// Makes the services. Everything else has its ids.
pub(super) fn add(table: &Table, estate: &mut Estate) {
    let graph = Graph::of(estate);
    let members = members(table, &graph, estate);
    let targets = Targets::of(&members, &graph, estate);
    let mut sites: BTreeMap<(Model, Key), Vec<&Member>> = BTreeMap::new();
    for member in &members {
        if let Some((model, key, _)) = site_of(table, Model::Device, member.row) {
            sites.entry((model, key)).or_default().push(member);
        }
    }
    let mut wanted: Vec<(u32, String, Vec<Uplink>)> = Vec::new();
    for ((model, key), members) in sites {
        let uplinks: Vec<Uplink> = access(&members)
            .into_iter()
            .filter_map(|member| uplink(member.at, &targets, &graph, estate))
            .collect();
        if let Some(site) = estate.of(model, &key).filter(|_| !uplinks.is_empty()) {
            let name = name_of(table.fields(model, &key)).unwrap_or_default();
            wanted.push((site, name.to_owned(), uplinks));
        }
    }
    for (site, name, uplinks) in wanted {
        service(site, &name, uplinks, estate);
    }
}

fn members<'t>(table: &'t Table, graph: &Graph, estate: &Estate) -> Vec<Member<'t>> {
    let all = table.rows(Model::Device).iter().filter_map(|(key, row)| {
        let at = estate.of(Model::Device, key)?;
        let kind = estate.kind(at).to_owned();
        let role = role_of(table, row);
        let fits = graph.neighbours.contains_key(&at) && !NO_NETWORK.contains(&&*kind);
        fits.then(|| Member {
            at,
            role: role.unwrap_or_default().to_lowercase(),
            kind,
            row,
        })
    });
    all.collect()
}

impl Member<'_> {
    fn has_word(&self, words: &[&str]) -> bool {
        let mut own = self.role.split(|c: char| !c.is_alphanumeric());
        own.any(|word| words.contains(&word))
    }

    fn is_core(&self) -> bool {
        self.has_word(&["core", "spine", "backbone"])
    }

    fn is_access(&self) -> bool {
        self.has_word(&["access", "leaf", "tor", "idf"]) && !self.has_word(&["point"])
    }
}

/// The devices of a site that its users hang on: those of an access role; else switches; else what
/// there is. Never the core.
fn access<'m, 't>(members: &[&'m Member<'t>]) -> Vec<&'m Member<'t>> {
    let pick = |fits: &dyn Fn(&Member) -> bool| -> Vec<&'m Member<'t>> {
        members
            .iter()
            .copied()
            .filter(|m| !m.is_core() && fits(m))
            .collect()
    };
    let by_role = pick(&|m| m.is_access());
    let switches = || pick(&|m| m.kind == "switch");
    let firewalls = || pick(&|m| matches!(&*m.kind, "router" | "firewall"));
    let rest = || pick(&|_| true);
    [by_role, switches(), firewalls(), rest()]
        .into_iter()
        .find(|found| !found.is_empty())
        .unwrap_or_default()
}

/// Where traffic wants to go, by the group of nodes that reaches it.
struct Targets {
    clouds: BTreeMap<u32, BTreeSet<u32>>,
    cores: BTreeMap<u32, BTreeSet<u32>>,
}

impl Targets {
    fn of(members: &[Member], graph: &Graph, estate: &Estate) -> Self {
        let cloud = |at: &u32| matches!(estate.kind(*at), "provider-network" | FAR_SIDE);
        let clouds = graph.neighbours.keys().copied().filter(cloud);
        let cores = members.iter().filter(|m| m.is_core()).map(|m| m.at);
        Self {
            clouds: by_group(clouds, graph),
            cores: by_group(cores, graph),
        }
    }
}

fn by_group(nodes: impl Iterator<Item = u32>, graph: &Graph) -> BTreeMap<u32, BTreeSet<u32>> {
    let mut all: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for at in nodes {
        for group in graph.groups(at) {
            all.entry(group).or_default().insert(at);
        }
    }
    all
}

/// An access device and where it wants to go.
struct Uplink {
    from: u32,
    to: Vec<u32>,
}

fn uplink(from: u32, targets: &Targets, graph: &Graph, estate: &mut Estate) -> Option<Uplink> {
    let reached = |of: &BTreeMap<u32, BTreeSet<u32>>| -> BTreeSet<u32> {
        let groups = graph.groups(from);
        groups
            .iter()
            .filter_map(|g| of.get(g))
            .flatten()
            .copied()
            .filter(|&to| to != from)
            .collect()
    };
    let clouds = reached(&targets.clouds);
    let to = if clouds.is_empty() {
        reached(&targets.cores)
    } else {
        clouds
    };
    if to.is_empty() {
        let id = estate.id(from).to_owned();
        let why = "no documented cable leads to the network of a provider or to a core device";
        estate.report.skipped("access device", why, &id);
        return None;
    }
    Some(Uplink {
        from,
        to: to.into_iter().collect(),
    })
}

/// One service: of several access devices each counts for its part.
fn service(site: u32, name: &str, uplinks: Vec<Uplink>, estate: &mut Estate) {
    let id = format!("svc:{}", estate.id(site));
    let mut thing = Thing::new(
        "service",
        Some(name),
        vec![id.clone(), format!("{id}:site")],
    );
    thing.called = None;
    thing.node.unit = Some(UNIT.into());
    // Nobody states it. A site with no path is down all the same.
    thing.node.role = Role::Service(Service {
        tier: None,
        demand: 0.0,
        slo: None,
    });
    let consumer = estate.add(thing);
    estate.report.derived(
        "site → service: do its access devices reach a provider, else the core?",
        &id,
    );
    let wants = Wants {
        load: 1.0,
        ..Wants::ANY
    };
    if let [only] = &uplinks[..] {
        let flows = flows(only, estate);
        return estate.require(consumer, "path", wants, &flows);
    }
    let parts: Vec<u32> = uplinks
        .iter()
        .map(|uplink| {
            let short = format!("{}:uplink", estate.id(uplink.from));
            let mut thing = Thing::new("group", None, vec![short.clone(), format!("{short}-")]);
            thing.node.unit = Some(UNIT.into());
            let at = estate.add(thing);
            let flows = flows(uplink, estate);
            estate.require(at, "path", wants, &flows);
            at
        })
        .collect();
    let wants = Wants {
        split: Split::Shard,
        ..wants
    };
    estate.require(consumer, "access", wants, &parts);
}

fn flows(uplink: &Uplink, estate: &mut Estate) -> Vec<u32> {
    let from = uplink.from;
    let flow = |to: &u32| {
        let name = format!("flow:{}--{}", estate.id(from), estate.id(*to));
        let mut thing = Thing::new("flow", None, vec![name]);
        thing.node.role = Role::Flow(Flow {
            from: NodeId(from),
            to: NodeId(*to),
        });
        estate.add(thing)
    };
    uplink.to.iter().map(flow).collect()
}
