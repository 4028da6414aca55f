//! Placement by the book: who runs where, worked out from nothing for every state.

use super::Oracle;
use brownout::model::{NodeId, Placement, Resource, Role, System};
use std::collections::BTreeSet;

/// Who runs where: per instance of the inventory, its host.
pub type Runs = Vec<Option<NodeId>>;

impl Oracle<'_> {
    /// What works when exactly `down` has failed, and who runs where.
    pub fn placed(&self, down: &[bool]) -> (Vec<bool>, Runs) {
        let restart = self.scenario.placement.restart;
        self.placed_as(down, &self.capacity, &self.homes, restart)
    }

    /// Where everything is at home: as the inventory says, else where it lands with nothing failed or
    /// derated.
    pub fn homes(&self) -> Runs {
        let all = &self.system.placements().instances;
        let given: Runs = all.iter().map(|p| p.host).collect();
        if given.iter().all(Option::is_some) {
            return given;
        }
        let nodes = self.system.nodes().iter();
        let capacity: Vec<[f64; 2]> = nodes.map(brownout::model::Node::capacities).collect();
        let nothing = vec![false; capacity.len()];
        let (_, landed) = self.placed_as(&nothing, &capacity, &given, true);
        given
            .into_iter()
            .zip(landed)
            .map(|(g, l)| g.or(l))
            .collect()
    }

    fn placed_as(
        &self,
        down: &[bool],
        capacity: &[[f64; 2]],
        homes: &Runs,
        restart: bool,
    ) -> (Vec<bool>, Runs) {
        let all = &self.system.placements().instances;
        let mut out = down.to_vec();
        let mut runs: Runs = vec![None; all.len()];
        let last = self.layers.iter().copied().max().unwrap_or(0);
        for layer in 0..=last {
            let works = self.works_of(&out);
            let here = |i: &usize| self.layers[*i] == layer && !down[all[*i].instance.index()];
            // Whoever can stay, stays.
            for i in (0..all.len()).filter(|i| self.layers[*i] >= layer) {
                let stays = homes[i].filter(|h| works[h.index()]);
                runs[i] = stays.filter(|_| !down[all[i].instance.index()]);
            }
            let mut rest: Vec<usize> = (0..all.len()).filter(here).collect();
            rest.retain(|&i| runs[i].is_none());
            rest.sort_by(|&x, &y| {
                let (x, y) = (&all[x], &all[y]);
                let priority = |p: &Placement| p.priority.unwrap_or(u32::MAX);
                let amounts = |p: &Placement| -> Vec<f64> {
                    p.amounts.iter().map(|a| -a.unwrap_or(0.0)).collect()
                };
                let larger = amounts(x).partial_cmp(&amounts(y)).expect("numbers");
                let id = self.system.id(x.instance).cmp(self.system.id(y.instance));
                priority(x).cmp(&priority(y)).then(larger).then(id)
            });
            for i in rest {
                if restart {
                    runs[i] = self.best_host(&all[i], &works, capacity, &runs);
                }
                if runs[i].is_none() {
                    out[all[i].instance.index()] = true;
                }
            }
        }
        (self.works_of(&out), runs)
    }

    /// The working host with room on which the most is left, the first of them.
    fn best_host(
        &self,
        p: &Placement,
        works: &[bool],
        capacity: &[[f64; 2]],
        runs: &Runs,
    ) -> Option<NodeId> {
        let mut best: Option<(f64, NodeId)> = None;
        for &host in p.hosts.iter().filter(|h| works[h.index()]) {
            let left = self.left(p, host, works, capacity, runs);
            let left = left.map(|left| (left * 1e9).round());
            let Some(left) = left.filter(|_| !self.is_kept_from(p, host, runs)) else {
                continue;
            };
            if best.is_none_or(|(most, _)| left > most) {
                best = Some((left, host));
            }
        }
        best.map(|(_, host)| host)
    }

    /// The least part that would be left of any resource of a host.
    fn left(
        &self,
        p: &Placement,
        host: NodeId,
        works: &[bool],
        capacity: &[[f64; 2]],
        runs: &Runs,
    ) -> Option<f64> {
        let mut least = 1.0f64;
        for (r, resource) in self.system.placements().resources.iter().enumerate() {
            let Some(at) = has(self.system, host, resource) else {
                continue;
            };
            let (amount, c) = (p.amounts[r], capacity[at.index()][0]);
            if !works[at.index()] {
                if amount.is_some() {
                    return None;
                }
                least = least.min(0.0);
                continue;
            }
            let needs = self.taken_of(at, runs) + amount.unwrap_or(0.0);
            if amount.is_some() && needs > c * (1.0 + 1e-9) {
                return None;
            }
            least = least.min(match c {
                f64::INFINITY => 1.0,
                0.0 => 0.0,
                _ => (c - needs) / c,
            });
        }
        Some(least)
    }

    /// What all that run take of a component.
    pub fn taken_of(&self, v: NodeId, runs: &Runs) -> f64 {
        let placements = self.system.placements();
        let mut taken = 0.0;
        for (p, host) in placements.instances.iter().zip(runs) {
            for (r, resource) in placements.resources.iter().enumerate() {
                if host.and_then(|h| has(self.system, h, resource)) == Some(v) {
                    taken += p.amounts[r].unwrap_or(0.0);
                }
            }
        }
        taken
    }

    /// Whether somebody runs too close to a host from whom an instance is kept apart.
    fn is_kept_from(&self, p: &Placement, host: NodeId, runs: &Runs) -> bool {
        let Some(apart) = &p.apart else {
            return false;
        };
        let all = self.system.placements().instances.iter().zip(runs);
        let others = all.filter(|(q, _)| q.instance != p.instance);
        let mut others =
            others.filter(|(q, _)| q.apart.as_ref().is_some_and(|a| a.word == apart.word));
        others.any(|(_, at)| match (at, &apart.by) {
            (None, _) => false,
            (Some(at), None) => *at == host,
            (Some(at), Some(kind)) => {
                let here = self.domains(host, kind, runs);
                let there = self.domains(*at, kind, runs);
                here.intersection(&there).next().is_some()
            }
        })
    }

    /// What a node is or sits in of a kind, also what it runs on.
    fn domains(&self, v: NodeId, kind: &str, runs: &Runs) -> BTreeSet<NodeId> {
        let node = self.system.node(v);
        let mut all = BTreeSet::new();
        if &*node.kind == kind {
            all.insert(v);
        }
        let placements = self.system.placements().instances.iter().zip(runs);
        let mut on = placements.filter(|(p, _)| p.instance == v);
        let on = on.find_map(|(_, host)| *host);
        for &around in node.within.iter().chain(&on) {
            all.extend(self.domains(around, kind, runs));
        }
        all
    }

    /// How many layers of instances there are below the hosts of one.
    pub fn layer(&self, i: usize) -> usize {
        let all = &self.system.placements().instances;
        let mut below = BTreeSet::new();
        for &host in &all[i].hosts {
            let resources = self.system.placements().resources.iter();
            let has = resources.filter_map(|r| has(self.system, host, r));
            has.chain([host]).for_each(|v| self.need(v, &mut below));
        }
        let instances = (0..all.len()).filter(|&j| below.contains(&all[j].instance));
        instances.map(|j| self.layer(j) + 1).max().unwrap_or(0)
    }

    /// All that a node needs to work, itself included.
    fn need(&self, v: NodeId, seen: &mut BTreeSet<NodeId>) {
        if !seen.insert(v) {
            return;
        }
        let node = self.system.node(v);
        node.within.iter().for_each(|&w| self.need(w, seen));
        for r in self.requirements(v) {
            r.providers.iter().for_each(|p| self.need(p.node, seen));
        }
        let placements = self.system.placements();
        for p in placements.instances.iter().filter(|p| p.instance == v) {
            for &host in &p.hosts {
                let resources = placements.resources.iter();
                let has = resources.filter_map(|r| has(self.system, host, r));
                has.chain([host]).for_each(|w| self.need(w, seen));
            }
        }
        match node.role {
            Role::Link(l) => [l.a, l.b].iter().for_each(|&w| self.need(w, seen)),
            Role::Flow(f) => {
                self.need(f.from, seen);
                self.need(f.to, seen);
                let network = self.system.network_of_flow(&f);
                let all = self.system.iter().map(|(w, _)| w);
                let part = all.filter(|&w| network.is_some() && self.system.network(w) == network);
                part.for_each(|w| self.need(w, seen));
            }
            Role::Component | Role::Service(_) => {}
        }
    }
}

/// What a host has of a resource.
fn has(system: &System, host: NodeId, resource: &Resource) -> Option<NodeId> {
    let found = match resource {
        Resource::Own => host,
        Resource::Child(name) => system.find(&format!("{}/{name}", system.id(host)))?,
    };
    matches!(system.node(found).role, Role::Component).then_some(found)
}
