//! Relief of a node that carries too much. In: a state, the node. Out: rows that let it grow to what it
//! carries, and all that could bring less to it.
//!
//! Whose load reaches the node stands *above* it. While nothing trips, more that is there or comes back only
//! ever means that more works; so less comes to the node only where a requirement above it spreads its load
//! differently: over one more provider, or over one that comes back, or over another way of a flow. And where
//! weights follow capacities, over providers that grow: of a pool that is loaded only as one, what all of it
//! can carry together counts.

use super::found::Found;
use super::growth::Row;
use super::state::State;
use crate::model::{Need, NodeId, Requirement, Role, Split};
use std::collections::BTreeSet;

/// What stands above a node.
pub(super) struct Relief<'s, 'a> {
    state: &'s State<'a>,
    v: NodeId,
    /// Itself, and all whose load reaches it.
    above: BTreeSet<NodeId>,
}

impl<'s, 'a> Relief<'s, 'a> {
    pub fn of(state: &'s State<'a>, v: NodeId) -> Self {
        let mut above = BTreeSet::from([v]);
        let mut todo = vec![v];
        while let Some(w) = todo.pop() {
            for u in state.loaders(w) {
                if state.works(u) && above.insert(u) {
                    todo.push(u);
                }
            }
        }
        Self { state, v, above }
    }

    /// The requirements above the node that send load towards it.
    fn requirements(&self) -> impl Iterator<Item = &'s Requirement> + '_ {
        let system = self.state.system;
        let all = self.above.iter();
        let all = all.flat_map(move |&u| system.requirements_of(u));
        all.filter(|r| r.providers.iter().any(|p| self.above.contains(&p.node)))
    }

    /// Whether weights of a requirement are capacities that can be grown.
    fn follows(&self, r: &Requirement) -> bool {
        let splits = r.need != Need::All && matches!(r.split, Split::Share | Split::Shard);
        let limited = |v: NodeId| self.state.system.node(v).capacity.is_some();
        splits
            && r.providers.len() > 1
            && r.providers.iter().all(|p| limited(p.node))
            && r.providers.iter().any(|p| !p.weight_given)
            && r.providers.iter().any(|p| self.is_for_sale(p.node))
    }

    fn is_for_sale(&self, v: NodeId) -> bool {
        v.index() < self.state.of.known.nodes && self.state.of.prices.growth(v).is_some()
    }

    /// By how much nodes have grown in this proposal: rows are counted from the estate as it is.
    fn grown(&self, terms: &[NodeId]) -> f64 {
        let now = |v: NodeId| self.state.system.node(v).least_limit().unwrap_or(0.0);
        let before = self.state.of.known.context.system;
        let was = |v: NodeId| before.node(v).least_limit().unwrap_or(0.0);
        terms.iter().map(|&v| now(v) - was(v)).sum()
    }

    /// The row that lets the node itself grow by so much.
    fn row_alone(&self, needed: f64) -> Option<Row> {
        if !self.is_for_sale(self.v) {
            return None;
        }
        let terms = vec![self.v];
        let least = needed + self.grown(&terms);
        Some(Row { terms, least })
    }

    /// Lets the node grow by what it lacks.
    pub fn grow(&self, needed: f64, found: &mut Found) {
        if !needed.is_finite() {
            // A loop that returns as much as enters it: no capacity is enough.
            found.complete &= self.requirements().all(|r| !self.follows(r));
            return;
        }
        let mut pools = self.requirements().filter(|r| self.follows(r)).peekable();
        if pools.peek().is_none() {
            found.rows.extend(self.row_alone(needed));
            return;
        }
        let pool = pools.find(|r| r.providers.iter().any(|p| p.node == self.v));
        if let Some(r) = pool {
            found.complete &= self.is_pure(r);
            found.rows.extend(self.row_of(r, needed));
        } else {
            found.complete = false;
            found.rows.extend(self.row_alone(needed));
        }
    }

    /// Whether the node is loaded by this pool alone, and what loads that follows no capacities.
    fn is_pure(&self, pool: &Requirement) -> bool {
        let same = |r: &Requirement| {
            let theirs = r.providers.iter().map(|p| p.node);
            theirs.eq(pool.providers.iter().map(|p| p.node)) && r.split == pool.split
        };
        let at_node = |r: &&Requirement| r.providers.iter().any(|p| p.node == self.v);
        let all_follow = |r: &Requirement| r.providers.iter().all(|p| !p.weight_given);
        let in_network = self.state.system.network(self.v).is_some();
        let in_loop = self.requirements().any(|r| r.consumer == self.v);
        let fine = |r: &Requirement| {
            if at_node(&r) {
                same(r) && all_follow(r)
            } else {
                !self.follows(r)
            }
        };
        !in_network && !in_loop && self.requirements().all(fine)
    }

    /// What the pool has to grow by together, so that the node carries no more than it can.
    fn row_of(&self, pool: &Requirement, needed: f64) -> Option<Row> {
        let capacity = |v: NodeId| self.state.system.node(v).capacity.unwrap_or(0.0);
        let all = pool.providers.iter().map(|p| p.node);
        let counts = |&p: &NodeId| pool.split == Split::Shard || self.state.works(p);
        let all: Vec<NodeId> = all.filter(counts).collect();
        let own = capacity(self.v);
        let sum: f64 = all.iter().map(|&p| capacity(p)).sum();
        let least = if own > 0.0 {
            needed / own * sum
        } else {
            needed
        };
        let mut terms: Vec<NodeId> = all.into_iter().filter(|&p| self.is_for_sale(p)).collect();
        terms.sort_unstable();
        terms.dedup();
        let least = least + self.grown(&terms);
        (!terms.is_empty()).then_some(Row { terms, least })
    }

    /// Everything that could bring less to the node.
    pub fn relieve(&self, found: &mut Found) {
        let state = self.state;
        let mut lost: Vec<NodeId> = Vec::new();
        for r in self.requirements() {
            let spreads = match (r.need, r.split) {
                (Need::All, _) => continue,
                (_, Split::Share | Split::Copy) => true,
                (_, Split::Standby | Split::Shard) => false,
            };
            for p in r.providers.iter().map(|p| p.node) {
                // One that can carry nothing takes nothing off the others.
                let capacity = state.system.node(state.origin(p)).capacity;
                let carries = capacity.is_none_or(|c| c > 0.0);
                if spreads && carries {
                    state.offer(p, found);
                }
                if !state.works(p) {
                    lost.push(p);
                }
            }
        }
        for &u in &self.above {
            if matches!(state.system.node(u).role, Role::Flow(_)) {
                lost.extend(state.network_of(u, found));
            }
        }
        lost.sort_unstable();
        lost.dedup();
        found.join(state.revive(&lost));
    }
}

impl State<'_> {
    /// Whose load reaches a node directly: consumers, flows that end at it and flows over its network.
    fn loaders(&self, v: NodeId) -> Vec<NodeId> {
        let network = self.system.network(v);
        let mut all = self.of.consumers[v.index()].clone();
        all.extend(self.of.flows.iter().filter(|&&u| {
            let Role::Flow(f) = &self.system.node(u).role else {
                return false;
            };
            let over = network.is_some() && self.system.network_of_flow(f) == network;
            f.from == v || f.to == v || over
        }));
        all
    }
}
