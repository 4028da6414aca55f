//! Cycles that are allowed: nodes that need each other. In: a system. Out: every such block, with the shortest
//! way round.

use super::{NodeId, System};
use crate::model::node::to_u32;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};

/// Nodes that need each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle {
    /// All of them, sorted by id.
    pub members: Vec<NodeId>,
    /// The shortest way round from the first of them: first and last are the same node.
    pub path: Vec<NodeId>,
    /// Dependencies between them, with consumer and provider.
    pub dependencies: u32,
    /// Those of them whose load factor was left blank, so that it counts as 0.
    pub blank_loads: u32,
}

impl System {
    /// Every block of nodes that need each other, by its first member.
    #[must_use]
    pub fn cycles(&self) -> Vec<Cycle> {
        let mut size = vec![0u32; self.blocks as usize];
        let mut dependencies = vec![0u32; self.blocks as usize];
        let mut blank_loads = vec![0u32; self.blocks as usize];
        let mut loops = vec![false; self.blocks as usize];
        for (v, _) in self.iter() {
            let block = self.block(v) as usize;
            size[block] += 1;
            loops[block] |= self.needs(v).any(|p| p == v);
            let providers = self.requirements_of(v).iter().flat_map(|r| &*r.providers);
            for p in providers.filter(|p| self.block(p.node) as usize == block) {
                dependencies[block] += 1;
                blank_loads[block] += u32::from(!p.load_given);
            }
        }
        let mut members: Vec<Vec<NodeId>> = Vec::new();
        let mut at = vec![u32::MAX; self.blocks as usize];
        for (v, _) in self.iter() {
            let block = self.block(v) as usize;
            if size[block] > 1 || loops[block] {
                if at[block] == u32::MAX {
                    at[block] = to_u32(members.len());
                    members.push(Vec::new());
                }
                members[at[block] as usize].push(v);
            }
        }
        let cycle = |members: Vec<NodeId>| {
            let block = self.block(members[0]) as usize;
            Cycle {
                path: self.way_round(members[0]),
                members,
                dependencies: dependencies[block],
                blank_loads: blank_loads[block],
            }
        };
        members.into_iter().map(cycle).collect()
    }

    /// The shortest way from a node over what it needs back to it, inside its block; only the node
    /// if it is in no cycle.
    #[must_use]
    pub fn way_round(&self, start: NodeId) -> Vec<NodeId> {
        self.shortest_way(start, |v, visit| {
            self.needs(v)
                .filter(|p| self.block(*p) == self.block(start))
                .for_each(visit);
        })
    }

    /// The shortest way from a node back to it along `next`; only the node if there is none.
    pub(crate) fn shortest_way(
        &self,
        start: NodeId,
        next: impl Fn(NodeId, &mut dyn FnMut(NodeId)),
    ) -> Vec<NodeId> {
        let mut came_from = HashMap::new();
        let mut queue = VecDeque::from([start]);
        while let Some(v) = queue.pop_front() {
            next(v, &mut |p| {
                if let Entry::Vacant(e) = came_from.entry(p) {
                    e.insert(v);
                    queue.push_back(p);
                }
            });
            if came_from.contains_key(&start) {
                break;
            }
        }
        let mut path = vec![start];
        while let Some(&before) = came_from.get(&path[path.len() - 1]) {
            path.push(before);
            if before == start {
                break;
            }
        }
        path.reverse();
        path
    }
}
