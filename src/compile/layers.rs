//! Layers: the same estate once per tier of services that some node serves first, and once for what is
//! drawn whatever the demand.
//!
//! Loads of different tiers, and constants, add up apart from each other, since who gets what hangs on
//! each of them. So every node has a place in each layer, with requirements of its own there; only
//! what a node serves by itself looks across. An estate without priorities and constants is one layer.

use crate::model::{NodeId, Role, Serves, System};

/// Which layers there are.
pub(super) struct Layers {
    /// Those of tiers of services; they come before that of what is drawn whatever the demand.
    pub tiers: u32,
    has_constants: bool,
    /// Per node: the layer of a service.
    of_service: Vec<u32>,
}

impl Layers {
    /// Of a system. Services that can reach no node that serves better tiers first are in the first
    /// layer, whatever their tier: nobody looks across the layers below them.
    pub fn of(system: &System) -> Self {
        let reaches = reaching_priority(system);
        let rank = |v: NodeId| {
            let tier = system.node(v).as_service().and_then(|s| s.tier);
            tier.unwrap_or(u32::MAX)
        };
        let reaching = || {
            let all = system.services().iter().copied();
            all.filter(|s| reaches[s.index()])
        };
        let mut tiers: Vec<u32> = reaching().map(rank).collect();
        if !tiers.is_empty() {
            // What a node that nobody loads would serve is that of the best tier there is.
            tiers.extend(system.services().iter().map(|&s| rank(s)).min());
        }
        tiers.sort_unstable();
        tiers.dedup();
        let mut of_service = vec![0; system.nodes().len()];
        for s in reaching() {
            let layer = tiers.partition_point(|&t| t < rank(s));
            of_service[s.index()] = u32::try_from(layer).unwrap_or(0);
        }
        Self {
            tiers: u32::try_from(tiers.len()).unwrap_or(u32::MAX).max(1),
            has_constants: system.has_constants(),
            of_service,
        }
    }

    /// How many there are.
    pub fn count(&self) -> u32 {
        self.tiers + u32::from(self.has_constants)
    }

    /// Whether a layer is that of what is drawn whatever the demand.
    pub fn is_constant(&self, layer: u32) -> bool {
        layer >= self.tiers
    }

    /// The layer of a service.
    pub fn of_service(&self, service: NodeId) -> u32 {
        self.of_service[service.index()]
    }
}

/// Per node: whether it needs, or loads, a node with a capacity that serves better tiers first,
/// directly or not.
fn reaching_priority(system: &System) -> Vec<bool> {
    let mut reaches = vec![false; system.nodes().len()];
    if !system.has_priority() {
        return reaches;
    }
    let mut users: Vec<Vec<NodeId>> = vec![Vec::new(); system.nodes().len()];
    let mut flows: Vec<Vec<NodeId>> = vec![Vec::new(); system.networks() as usize];
    for (v, node) in system.iter() {
        for p in system.needs(v) {
            users[p.index()].push(v);
        }
        if let Role::Flow(flow) = &node.role
            && let Some(network) = system.network_of_flow(flow)
        {
            flows[network as usize].push(v);
        }
    }
    let is_first = |n: &crate::model::Node| n.serves == Serves::Priority && !n.is_unlimited();
    let mut todo: Vec<NodeId> = system
        .iter()
        .filter(|(_, n)| is_first(n))
        .map(|(v, _)| v)
        .collect();
    while let Some(v) = todo.pop() {
        if std::mem::replace(&mut reaches[v.index()], true) {
            continue;
        }
        todo.append(&mut users[v.index()]);
        if let Some(network) = system.network(v) {
            // A flow may be routed over any part of its network.
            todo.extend(&flows[network as usize]);
        }
    }
    reaches
}
