//! What keeps a node that works from delivering in full. In: a state, the node. Out: one shortfall for each thing
//! that has to change. Promises: names every one on the way down; what helps is another question.

use super::found::Found;
use super::relief::Relief;
use super::state::State;
use crate::analysis::Paths;
use crate::model::{DEGRADED_BELOW, Need, NodeId, Requirement, Role, Split};
use std::collections::BTreeSet;

/// One thing that keeps a node short.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Short {
    /// A node carries more than it can, in these directions of a link.
    Over(NodeId, [bool; 2]),
    /// A shard is lost, and its part with it.
    Shard(NodeId),
    /// One of these would do; and whether they are all.
    AnyOf(Vec<Self>, bool),
}

/// By how much a node carries more than it can.
#[derive(Clone, Copy, Debug)]
pub(super) struct Excess {
    /// What it lacks of capacity, before derating.
    pub needed: f64,
    /// Load over capacity; infinite where that is 0.
    pub ratio: f64,
}

impl State<'_> {
    /// One shortfall for each node that keeps a node that works from delivering in full.
    pub fn short(&self, v: NodeId, seen: &mut BTreeSet<NodeId>) -> Vec<Short> {
        if !seen.insert(v) || self.is_full(v) {
            return Vec::new();
        }
        let mut all = Vec::new();
        if self.excess(v, [true, true]).is_some() {
            all.push(Short::Over(v, [true, true]));
        }
        for r in self.system.requirements_of(v) {
            all.extend(self.short_of(r, seen));
        }
        if matches!(self.system.node(v).role, Role::Flow(_)) {
            all.extend(self.short_way(v, seen));
        }
        all
    }

    fn short_of(&self, r: &Requirement, seen: &mut BTreeSet<NodeId>) -> Vec<Short> {
        let working = r.providers.iter().filter(|p| self.works(p.node));
        let working: Vec<NodeId> = working.map(|p| p.node).collect();
        let need = r.need_count() as usize;
        match (r.need, r.split) {
            (Need::AtLeast(0), _) => Vec::new(),
            (Need::AtLeast(_), Split::Copy) => self.short_copies(&working, need, seen),
            (Need::AtLeast(_), Split::Standby) => {
                let active = working.iter().take(need);
                active.flat_map(|&p| self.short(p, seen)).collect()
            }
            (Need::AtLeast(_), Split::Shard) => {
                let lost = r.providers.iter().filter(|p| !self.works(p.node));
                let lost = lost.filter(|p| p.weight > 0.0);
                let mut all: Vec<Short> = lost.map(|p| Short::Shard(p.node)).collect();
                all.extend(working.iter().flat_map(|&p| self.short(p, seen)));
                all
            }
            (Need::AtLeast(_), Split::Share) => {
                let works = r.providers.iter().filter(|p| self.works(p.node));
                let even = works.clone().all(|p| p.weight <= 0.0);
                let carry = works.filter(|p| even || p.weight > 0.0);
                carry.flat_map(|p| self.short(p.node, seen)).collect()
            }
            (Need::All, _) => working.iter().flat_map(|&p| self.short(p, seen)).collect(),
        }
    }

    /// Of copies, one that is short has to become full, or a full one to be added.
    fn short_copies(&self, working: &[NodeId], need: usize, seen: &BTreeSet<NodeId>) -> Vec<Short> {
        let short: Vec<NodeId> = working
            .iter()
            .copied()
            .filter(|&p| !self.is_full(p))
            .collect();
        if working.len() - short.len() >= need {
            return Vec::new();
        }
        let (mut any, mut all) = (Vec::new(), true);
        for &p in &short {
            match self.short(p, &mut seen.clone()).into_iter().next() {
                Some(found) => any.push(found),
                None => all = false,
            }
        }
        vec![Short::AnyOf(any, all)]
    }

    /// Of a flow, everything on its way has to carry it.
    fn short_way(&self, flow: NodeId, seen: &mut BTreeSet<NodeId>) -> Vec<Short> {
        let Role::Flow(ends) = &self.system.node(flow).role else {
            return Vec::new();
        };
        let works: Vec<bool> = self.system.iter().map(|(v, _)| self.works(v)).collect();
        let way = Paths::new(self.system, &works).of(ends);
        let mut all = Vec::new();
        for &v in &way {
            if let Role::Link(l) = self.system.node(v).role {
                let at = |end| way.iter().position(|&w| w == end);
                let there = at(l.a) < at(l.b);
                let ways = [there, !there];
                if self.excess(v, ways).is_some() {
                    all.push(Short::Over(v, ways));
                }
                for r in self.system.requirements_of(v) {
                    all.extend(self.short_of(r, seen));
                }
            } else {
                all.extend(self.short(v, seen));
            }
        }
        all
    }

    /// By how much a node carries more than it can, in these directions of a link; `None` if it does not.
    pub fn excess(&self, v: NodeId, ways: [bool; 2]) -> Option<Excess> {
        let ix = self.study.compiled().ix(v);
        let loads = self.base.load_both_ways(ix);
        let capacities = self.base.capacity_both_ways(ix);
        let is_over = |&way: &usize| ways[way] && loads[way] * DEGRADED_BELOW > capacities[way];
        let over: Vec<usize> = (0..2).filter(is_over).collect();
        if over.is_empty() {
            return None;
        }
        let derated = self.scenario.derate.iter().find(|d| d.0 == v);
        let factor = derated.map_or(1.0, |d| d.1);
        let given = self.system.node(v).capacities();
        let needed = over.iter().map(|&way| loads[way] / factor - given[way]);
        let ratio = over.iter().map(|&way| loads[way] / capacities[way]);
        Some(Excess {
            needed: needed.fold(0.0, f64::max),
            ratio: ratio.fold(0.0, f64::max),
        })
    }

    /// Everything that may help a shortfall.
    pub fn help(&self, short: &Short) -> Found {
        match short {
            Short::Over(v, ways) => self.help_over(*v, *ways),
            Short::Shard(v) => {
                let mut found = self.revive(&[*v]);
                self.offer(*v, &mut found);
                found
            }
            Short::AnyOf(all, complete) => {
                let mut one = Found::default();
                for short in all {
                    one.join(self.help(short));
                }
                one.complete &= complete;
                one
            }
        }
    }

    /// What helps a node that carries more than it can.
    fn help_over(&self, v: NodeId, ways: [bool; 2]) -> Found {
        let mut found = Found::default();
        let Some(excess) = self.excess(v, ways) else {
            return found;
        };
        if self.scenario.derate.iter().any(|d| d.0 == v) {
            self.repair(v, &mut found);
        }
        let relief = Relief::of(self, v);
        relief.grow(excess.needed, &mut found);
        relief.relieve(&mut found);
        // Which tier a node leaves short is not told apart here.
        found.complete &= !self.system.has_priority();
        found
    }
}
