//! `--service-per site`: one service for each site, which asks whether its access devices reach the
//! network of any provider, or, where there is none, a core device.
//!
//! In: the table, and the estate with its links. Out: the services, their flows, and what has no path out.

use super::circuits::FAR_SIDE;
use super::estate::{Estate, Thing, Wants};
use super::graph::{Graph, warn_of_ends};
use super::links::UNIT;
use super::members::{Member, NO_PATH, access, members};
use super::model::Model;
use super::pathless;
use super::places::{name_of, site_of};
use super::table::{Key, Table};
use crate::model::{Flow, NodeId, Role, Service, Split};
use std::collections::{BTreeMap, BTreeSet};

/// Makes the services. Everything else has its ids.
pub(super) fn add(table: &Table, estate: &mut Estate) {
    let graph = Graph::of(estate);
    warn_of_ends(table, &graph, estate);
    let members = members(table, &graph, estate);
    let targets = Targets::of(&members, &graph, estate);
    let mut sites: BTreeMap<(Model, Key), Vec<&Member>> = BTreeMap::new();
    for member in &members {
        if let Some((model, key, _)) = site_of(table, Model::Device, member.row) {
            sites.entry((model, key)).or_default().push(member);
        }
    }
    let mut wanted: Vec<(u32, String, Vec<Uplink>)> = Vec::new();
    let mut missing: Vec<pathless::Site> = Vec::new();
    for ((model, key), members) in sites {
        let Some(site) = estate.of(model, &key) else {
            continue;
        };
        let chosen = access(&members);
        let uplinks: Vec<Uplink> = chosen
            .iter()
            .filter_map(|member| uplink(member.at, &targets, &graph, estate))
            .collect();
        let served: BTreeSet<u32> = uplinks.iter().map(|uplink| uplink.from).collect();
        missing.push(pathless::Site::of(site, &members, &chosen, &served));
        if !uplinks.is_empty() {
            let name = name_of(table.fields(model, &key)).unwrap_or_default();
            wanted.push((site, name.to_owned(), uplinks));
        }
    }
    pathless::warn(&missing, estate);
    for (site, name, uplinks) in wanted {
        service(site, &name, uplinks, estate);
    }
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
        let cores = members.iter().filter(|m| m.linked && m.is_core());
        let cores = cores.map(|m| m.at);
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
        estate.report.skipped("access device", NO_PATH, &id);
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
