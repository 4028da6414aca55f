//! Where each component stands. In: a system. Out: for each node the one component that it is drawn in.
//! Promises: following homes never comes back to where it began; the same for any order of rows.
//!
//! A component may sit within several domains: a rack, a power feed, a cluster. It is drawn in the
//! physical one. One that sits within none is drawn where it runs: on the host that it needs, or in the
//! place that all hosts it may run on have in common.

use crate::model::{NodeId, Role, System};
use std::collections::HashMap;

/// Steps up that are looked at to find a place in common. An estate that is nested deeper is drawn in part.
const DEEPEST: usize = 64;

/// Kinds of places, from the large to the small.
const PLACES: [&str; 25] = [
    "region",
    "country",
    "city",
    "campus",
    "site",
    "datacenter",
    "data-center",
    "dc",
    "availability-zone",
    "zone",
    "az",
    "building",
    "hall",
    "floor",
    "room",
    "cage",
    "row",
    "rack",
    "cabinet",
    "enclosure",
    "chassis",
    "blade",
    "host",
    "hypervisor",
    "server",
];

/// Words in the kind of a domain that supplies or joins what it holds, and is no place.
const SUPPLIES: [&str; 26] = [
    "power",
    "ups",
    "pdu",
    "feed",
    "psu",
    "generator",
    "breaker",
    "battery",
    "transformer",
    "cooling",
    "crac",
    "hvac",
    "chiller",
    "duct",
    "trench",
    "conduit",
    "riser",
    "cable",
    "fibre",
    "fiber",
    "lan",
    "vlan",
    "subnet",
    "network",
    "circuit",
    "carrier",
];

/// Kinds that things run on, and what runs on them: on each floor what stands on the floors below.
const STACK: [&[&str]; 4] = [
    &["server", "bare-metal", "physical-server", "blade"],
    &["hypervisor", "host", "node", "esxi"],
    &["vm", "virtual-machine", "instance"],
    &[
        "container",
        "pod",
        "application",
        "app",
        "process",
        "task",
        "function",
    ],
];
/// The lowest floor of what runs on something: hosts stand in places.
const GUESTS: usize = 2;

/// Labels whose value may be the id of a place, the closest first.
const LABELS: [&str; 10] = [
    "host",
    "hypervisor",
    "rack",
    "room",
    "site",
    "datacenter",
    "dc",
    "location",
    "zone",
    "region",
];

/// For each node the component that it is drawn in; `None` for one that stands in no other, and for links,
/// flows and services.
pub(super) fn homes(system: &System) -> Vec<Option<NodeId>> {
    let mut homes = Homes::new(system);
    let doubtful = homes.of_domains();
    homes.of_what_they_run_on(&doubtful);
    homes.of
}

/// The closest component that two nodes are drawn in, or one of them that the other is drawn in; `None` if
/// there is none, and where they are nested too deep.
pub(super) fn in_common(of: &[Option<NodeId>], a: NodeId, b: NodeId) -> Option<NodeId> {
    let above: Vec<NodeId> = way_up(of, a).collect();
    way_up(of, b).find(|v| above.contains(v))
}

/// A node and what it is drawn in, from the inside out.
fn way_up(of: &[Option<NodeId>], from: NodeId) -> impl Iterator<Item = NodeId> + '_ {
    std::iter::successors(Some(from), |v| of[v.index()]).take(DEEPEST)
}

struct Homes<'s> {
    system: &'s System,
    of: Vec<Option<NodeId>>,
    /// Towards the outermost component of each; shortened as it is followed.
    outermost: Vec<u32>,
}

impl<'s> Homes<'s> {
    fn new(system: &'s System) -> Self {
        let nodes = system.nodes().len();
        Self {
            system,
            of: vec![None; nodes],
            outermost: (0..).take(nodes).collect(),
        }
    }

    fn is_component(&self, v: NodeId) -> bool {
        self.system.node(v).role == Role::Component
    }

    fn outermost(&mut self, v: NodeId) -> NodeId {
        let mut at = v.0;
        while self.outermost[at as usize] != at {
            let next = self.outermost[at as usize];
            self.outermost[at as usize] = self.outermost[next as usize];
            at = self.outermost[at as usize];
        }
        NodeId(at)
    }

    /// Draws `v`, which stands in nothing yet, in `home`, unless that stands in `v`.
    fn put(&mut self, v: NodeId, home: NodeId) -> bool {
        let outermost = self.outermost(home);
        if outermost == v {
            return false;
        }
        self.of[v.index()] = Some(home);
        self.outermost[v.index()] = outermost.0;
        true
    }

    /// Draws what sits within places in them. What only sits within domains that are no places is
    /// answered, with the domain.
    fn of_domains(&mut self) -> HashMap<NodeId, NodeId> {
        let mut doubtful = HashMap::new();
        let mut depth = vec![0u32; self.of.len()];
        for v in self.outside_in() {
            if !self.is_component(v) {
                continue;
            }
            let domains = self.system.node(v).within.iter().copied();
            let domains = domains.filter(|&d| self.is_component(d));
            let key = |d: &NodeId| {
                let depth = depth[d.index()];
                (self.is_place(*d), depth, rank(&self.system.node(*d).kind))
            };
            // Of several that are alike, the first by id.
            let best = domains.rev().max_by_key(key);
            let Some(home) = best else { continue };
            depth[v.index()] = depth[home.index()] + 1;
            if self.is_place(home) {
                self.put(v, home);
            } else {
                doubtful.insert(v, home);
            }
        }
        doubtful
    }

    fn is_place(&self, domain: NodeId) -> bool {
        let node = self.system.node(domain);
        let kind = plain(&node.kind);
        let is_room = kind.rsplit('-').next().is_some_and(|last| rank(last) > 0);
        !node.is_logical() && (is_room || !kind.split('-').any(|w| SUPPLIES.contains(&w)))
    }

    /// All nodes, each after the domains that it sits within.
    fn outside_in(&self) -> Vec<NodeId> {
        let mut waits: Vec<usize> = Vec::with_capacity(self.of.len());
        let mut inside: Vec<Vec<NodeId>> = vec![Vec::new(); self.of.len()];
        let mut order = Vec::with_capacity(self.of.len());
        for (v, node) in self.system.iter() {
            waits.push(node.within.len());
            if node.within.is_empty() {
                order.push(v);
            }
            for domain in &node.within {
                inside[domain.index()].push(v);
            }
        }
        let mut next = 0;
        while let Some(&v) = order.get(next) {
            next += 1;
            for &w in &inside[v.index()] {
                waits[w.index()] -= 1;
                if waits[w.index()] == 0 {
                    order.push(w);
                }
            }
        }
        order
    }

    /// Draws what sits within no place where it runs, or where a label says that it is.
    fn of_what_they_run_on(&mut self, doubtful: &HashMap<NodeId, NodeId>) {
        let system = self.system;
        let hosts = system.placements().hosts.iter();
        let resources: HashMap<NodeId, NodeId> = hosts
            .flat_map(|h| h.children().map(|child| (child, h.node)))
            .collect();
        let is_left = |v: &NodeId| self.is_component(*v) && self.of[v.index()].is_none();
        let mut left: Vec<NodeId> = system.iter().map(|(v, _)| v).filter(is_left).collect();
        // What others run on comes first.
        left.sort_by_key(|&v| (system.block(v), v));
        for v in left {
            let may_be = [
                resources.get(&v).copied(),
                self.by_placement(v),
                self.by_requirement(v),
                self.by_label(v),
                doubtful.get(&v).copied(),
            ];
            let _ = may_be.into_iter().flatten().any(|home| self.put(v, home));
        }
    }

    fn by_placement(&self, v: NodeId) -> Option<NodeId> {
        let placement = self.system.placements().of(v)?;
        let all = || self.place_of_all(placement.hosts.iter().copied());
        placement.host.or_else(all)
    }

    /// The host among what it needs: of the highest floor below its own, for a virtual machine may also need
    /// servers that it does not run on.
    fn by_requirement(&self, v: NodeId) -> Option<NodeId> {
        let own = floor(&self.system.node(v).kind).filter(|f| *f >= GUESTS)?;
        let requirements = self.system.requirements_of(v).iter();
        let providers = requirements.flat_map(|r| r.providers.iter().map(|p| p.node));
        let below = |p: NodeId| {
            let floor = floor(&self.system.node(p).kind).filter(|f| *f < own)?;
            self.is_component(p).then_some((floor, p))
        };
        let hosts: Vec<(usize, NodeId)> = providers.filter_map(below).collect();
        let highest = hosts.iter().map(|(floor, _)| *floor).max()?;
        let nearest = hosts.into_iter().filter(|(floor, _)| *floor == highest);
        self.place_of_all(nearest.map(|(_, p)| p))
    }

    fn by_label(&self, v: NodeId) -> Option<NodeId> {
        let labels = self.system.labels();
        let values = LABELS.iter().filter_map(|column| labels.get(column, v));
        let mut places = values.filter_map(|id| self.system.find(id));
        places.find(|&p| self.is_component(p) && self.is_place(p))
    }

    /// The closest component that all of them are drawn in; of one, itself.
    fn place_of_all(&self, all: impl Iterator<Item = NodeId>) -> Option<NodeId> {
        let mut in_common: Option<Vec<NodeId>> = None;
        for v in all {
            match &mut in_common {
                None => in_common = Some(way_up(&self.of, v).collect()),
                Some(above) => {
                    let met = way_up(&self.of, v).find_map(|u| above.iter().position(|x| *x == u));
                    above.drain(..met.unwrap_or(above.len()));
                }
            }
        }
        in_common?.first().copied()
    }
}

/// How small a place of this kind is; 0 if it is not known as one.
fn rank(kind: &str) -> usize {
    let kind = plain(kind);
    let at = PLACES.iter().position(|k| *k == kind);
    at.map_or(0, |at| at + 1)
}

fn floor(kind: &str) -> Option<usize> {
    let kind = plain(kind);
    STACK
        .iter()
        .position(|kinds| kinds.contains(&kind.as_str()))
}

fn plain(kind: &str) -> String {
    kind.to_lowercase().replace(['_', ' '], "-")
}
