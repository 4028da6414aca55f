//! What a node needs, as a tree of bounded size. In: a system, a state of it, a node. Out: a
//! [`Tree`] with trouble first. Promises: a shared subtree is opened once; depth, width and total
//! size keep to the bounds, and what is left out is counted.

use super::StateOutcome;
use crate::model::{DEGRADED_BELOW, NodeId, Requirement, Role, Split, System};
use std::collections::HashSet;

/// How large a tree may get.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Levels below the root.
    pub depth: usize,
    /// Providers shown per group.
    pub width: usize,
    /// Nodes in all.
    pub nodes: usize,
}

/// One node and what it needs.
#[derive(Clone, Debug)]
pub struct Tree<'a> {
    /// The node.
    pub node: NodeId,
    /// What it needs; empty also when the next fields say why.
    pub groups: Vec<Group<'a>>,
    /// True if it needs something that is shown where it stands first.
    pub repeated: bool,
    /// How many nodes it needs directly that are left out for depth or size.
    pub cut: usize,
}

/// Some of the nodes that a consumer needs together.
#[derive(Clone, Debug)]
pub struct Group<'a> {
    /// Why it needs them.
    pub relation: Relation<'a>,
    /// How many there are.
    pub of: usize,
    /// How many of them work.
    pub working: usize,
    /// The first of them: trouble first, then by id; standby providers in their order.
    pub members: Vec<Tree<'a>>,
}

/// Why a consumer needs something.
#[derive(Clone, Copy, Debug)]
pub enum Relation<'a> {
    /// A requirement.
    Requirement(&'a Requirement),
    /// The domains it sits within.
    Within,
    /// The ends it joins.
    Ends,
}

/// What `root` needs in a state.
#[must_use]
pub fn tree<'a>(
    system: &'a System,
    state: &StateOutcome,
    root: NodeId,
    bounds: Bounds,
) -> Tree<'a> {
    let mut grower = Grower {
        system,
        state,
        bounds,
        left: bounds.nodes,
        opened: HashSet::new(),
    };
    grower.grow(root, 0)
}

struct Grower<'a, 's> {
    system: &'a System,
    state: &'s StateOutcome,
    bounds: Bounds,
    left: usize,
    opened: HashSet<NodeId>,
}

impl<'a> Grower<'a, '_> {
    fn grow(&mut self, node: NodeId, depth: usize) -> Tree<'a> {
        self.left = self.left.saturating_sub(1);
        let mut tree = Tree {
            node,
            groups: Vec::new(),
            repeated: false,
            cut: 0,
        };
        let groups = self.groups(node);
        if groups.is_empty() {
            return tree;
        }
        if self.opened.contains(&node) {
            tree.repeated = true;
            return tree;
        }
        if depth >= self.bounds.depth || self.left == 0 {
            tree.cut = groups.iter().map(|(_, members)| members.len()).sum();
            return tree;
        }
        self.opened.insert(node);
        for (relation, members) in groups {
            let works = |n: &&NodeId| self.state.works[n.index()];
            let (of, working) = (members.len(), members.iter().filter(works).count());
            let shown = of.min(self.bounds.width).min(self.left);
            let members = members[..shown]
                .iter()
                .map(|&m| self.grow(m, depth + 1))
                .collect();
            tree.groups.push(Group {
                relation,
                of,
                working,
                members,
            });
        }
        tree
    }

    /// Everything a node needs, group by group, trouble first.
    fn groups(&self, node: NodeId) -> Vec<(Relation<'a>, Vec<NodeId>)> {
        let mut groups: Vec<(Relation<'a>, Vec<NodeId>)> = Vec::new();
        for r in self.system.requirements_of(node) {
            let members = r.providers.iter().map(|p| p.node).collect();
            groups.push((Relation::Requirement(r), members));
        }
        let this = self.system.node(node);
        groups.push((Relation::Within, this.within.to_vec()));
        match this.role {
            Role::Link(l) => groups.push((Relation::Ends, vec![l.a, l.b])),
            Role::Flow(f) => groups.push((Relation::Ends, vec![f.from, f.to])),
            Role::Component | Role::Service(_) => {}
        }
        groups.retain(|(_, members)| !members.is_empty());
        for (relation, members) in &mut groups {
            let ordered = matches!(relation, Relation::Requirement(r) if r.split == Split::Standby)
                || matches!(relation, Relation::Ends);
            if !ordered {
                members.sort_by_key(|&m| (self.trouble(m), m));
            }
        }
        groups.sort_by_key(|(_, members)| members.iter().map(|&m| self.trouble(m)).min());
        groups
    }

    /// 0 does not work, 1 delivers too little, 2 is fine.
    fn trouble(&self, node: NodeId) -> u8 {
        if !self.state.works[node.index()] {
            0
        } else if self.state.delivered[node.index()] < DEGRADED_BELOW {
            1
        } else {
            2
        }
    }
}
