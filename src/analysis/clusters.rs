//! What groups of hosts can lose, by trying: every set of hosts of a group fails, up to an order.
//!
//! In: a study. Out: for each group of hosts that share instances how many it can lose, whichever they
//! are; what is free on one host and on all after that; and the first loss that it does not take. At the
//! first load case, on top of the known outages. The same for any number of threads.

use super::study::Study;
use super::sweep::combinations;
use super::{Watch, finite};
use crate::engine::{Ix, Scratch};
use crate::model::{NodeId, Resource};
use petgraph::unionfind::UnionFind;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Sets of hosts of one group and size that are tried at most.
const MOST_SETS: u64 = 20_000;

/// Hosts that share instances, by what they can lose.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
#[schemars(rename = "Cluster")]
pub struct Cluster<N = NodeId, R = TooManySets> {
    /// Ids, sorted.
    pub hosts: Vec<N>,
    /// How many instances may run on them.
    pub instances: u64,
    /// How many hosts it can lose, whichever they are, so that every instance still runs: tried up to the
    /// order of the sweep. `null` if something runs nowhere already.
    pub can_lose: Option<u32>,
    /// The first hosts without which something runs nowhere, fewest first; `null` if none were found.
    pub first_loss: Option<ClusterLoss<N>>,
    /// What is free after the loss of none, any one, any two …
    pub after: Vec<ClusterAfter>,
    /// Why no more hosts were tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<R>,
}

/// More hosts at once were not tried, since there are too many ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManySets;

/// Hosts without which something runs nowhere.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
#[schemars(rename = "ClusterLoss")]
pub struct ClusterLoss<N = NodeId> {
    /// Ids of the hosts, sorted.
    pub hosts: Vec<N>,
    /// Ids of what then runs nowhere, sorted.
    pub unplaced: Vec<N>,
}

/// What is free on hosts after any so many of them are lost.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct ClusterAfter {
    /// How many are lost.
    pub lost: u32,
    /// By resource, in the order of the columns of placements.csv.
    pub resources: Vec<ClusterRoom>,
}

/// What is free of one resource.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct ClusterRoom {
    /// The column of placements.csv.
    pub resource: String,
    /// The largest amount that still fits on one host, whichever hosts are lost; `null` without limit.
    pub largest: Option<f64>,
    /// What is free on all hosts together, at least; `null` without limit.
    pub spare: Option<f64>,
}

/// Tries every group; fewer when the watcher stops it.
#[must_use]
pub fn clusters(study: &Study<'_>, order: u32, watch: &dyn Watch) -> Vec<Cluster> {
    let groups = groups(study);
    if groups.is_empty() {
        return Vec::new();
    }
    let case = study.scenario().cases[0].demand.iter();
    let demand: Vec<[f64; 1]> = case.map(|&d| [d]).collect();
    let base = study.base::<1>(&[], &demand);
    let found = groups.into_par_iter().map_init(
        || Scratch::new(&base),
        |scratch, (hosts, instances)| {
            if watch.stop() {
                return None;
            }
            let group = Group {
                study,
                hosts: &hosts,
                instances: &instances,
            };
            Some(group.cluster(scratch, order))
        },
    );
    found.flatten().collect()
}

/// Hosts that share instances, sorted, with these instances, sorted.
fn groups(study: &Study<'_>) -> Vec<(Vec<NodeId>, Vec<NodeId>)> {
    let system = study.system();
    let mut sets = UnionFind::<usize>::new(system.nodes().len());
    for p in &system.placements().instances {
        for pair in p.hosts.windows(2) {
            sets.union(pair[0].index(), pair[1].index());
        }
    }
    let mut groups: BTreeMap<usize, (Vec<NodeId>, Vec<NodeId>)> = BTreeMap::new();
    for host in &system.placements().hosts {
        let root = sets.find(host.node.index());
        groups.entry(root).or_default().0.push(host.node);
    }
    for p in &system.placements().instances {
        let root = sets.find(p.hosts[0].index());
        groups.entry(root).or_default().1.push(p.instance);
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    groups.sort();
    groups
}

struct Group<'g> {
    study: &'g Study<'g>,
    hosts: &'g [NodeId],
    instances: &'g [NodeId],
}

impl Group<'_> {
    fn cluster(&self, scratch: &mut Scratch<'_, 1>, order: u32) -> Cluster {
        let down = &self.study.scenario().down;
        let up: Vec<NodeId> = self
            .hosts
            .iter()
            .copied()
            .filter(|h| down.binary_search(h).is_err())
            .collect();
        let mut cluster = Cluster {
            hosts: self.hosts.to_vec(),
            instances: self.instances.len() as u64,
            can_lose: None,
            first_loss: None,
            after: Vec::new(),
            reason: None,
        };
        let most = order.min(u32::try_from(up.len()).unwrap_or(u32::MAX));
        for k in 0..=most {
            if combinations(up.len() as u64, k) > MOST_SETS {
                cluster.reason = Some(TooManySets);
                break;
            }
            let resources = &self.study.system().placements().resources;
            let mut tried = Tried {
                lost: Vec::new(),
                first: None,
                rooms: vec![(f64::INFINITY, f64::INFINITY); resources.len()],
            };
            self.lose(scratch, &up, k as usize, &mut tried);
            match tried.first {
                None if cluster.first_loss.is_none() => cluster.can_lose = Some(k),
                Some(loss) if k > 0 && cluster.first_loss.is_none() => {
                    cluster.first_loss = Some(loss);
                }
                _ => {}
            }
            cluster.after.push(ClusterAfter {
                lost: k,
                resources: resources.iter().zip(tried.rooms).map(room).collect(),
            });
            if k == 0 && cluster.can_lose.is_none() {
                break;
            }
        }
        cluster
    }

    /// Every set of `left` more hosts out of `from`.
    fn lose(&self, scratch: &mut Scratch<'_, 1>, from: &[NodeId], left: usize, tried: &mut Tried) {
        if left == 0 {
            return self.look(scratch, tried);
        }
        for (at, &host) in from.iter().enumerate() {
            let mark = scratch.mark();
            scratch.fail(self.study.compiled().ix(host));
            tried.lost.push(host);
            self.lose(scratch, &from[at + 1..], left - 1, tried);
            tried.lost.pop();
            scratch.undo(mark);
        }
    }

    /// One state.
    fn look(&self, scratch: &mut Scratch<'_, 1>, tried: &mut Tried) {
        scratch.settle_trips();
        let state = scratch.lane(0);
        let compiled = self.study.compiled();
        if tried.first.is_none() {
            let out = state.unplaced().map(|v| compiled.node(v));
            let mut out: Vec<NodeId> = out
                .filter(|v| self.instances.binary_search(v).is_ok())
                .collect();
            out.sort_unstable();
            if !out.is_empty() {
                tried.first = Some(ClusterLoss {
                    hosts: tried.lost.clone(),
                    unplaced: out,
                });
            }
        }
        let hosts = self.hosts.iter().map(|&h| compiled.ix(h));
        let working: Vec<Ix> = hosts.filter(|&h| state.works(h)).collect();
        for (r, room) in tried.rooms.iter_mut().enumerate() {
            let free = || working.iter().map(|&h| state.free_on(h, r));
            room.0 = room.0.min(free().fold(0.0, f64::max));
            room.1 = room.1.min(free().sum());
        }
    }
}

/// What was found of sets of one size.
struct Tried {
    lost: Vec<NodeId>,
    /// The first of them without which something runs nowhere, and what that is.
    first: Option<ClusterLoss>,
    /// By resource: the largest amount that still fits on one host, and what is free on all together;
    /// infinite without limit.
    rooms: Vec<(f64, f64)>,
}

/// What is free of a resource.
fn room((resource, (largest, spare)): (&Resource, (f64, f64))) -> ClusterRoom {
    ClusterRoom {
        resource: resource.column(),
        largest: finite(largest),
        spare: finite(spare),
    }
}
