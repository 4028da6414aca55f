//! What a node needs, as a tree of bounded size. In: a system, a state of it, a node. Out: a
//! [`Tree`] with trouble first. Promises: a shared subtree is opened once; depth, width and total
//! size keep to the bounds, and what is left out is counted.

use super::{Paths, StateOutcome};
use crate::model::{DEGRADED_BELOW, NodeId, Requirement, Role, Split, System};
use std::collections::{BTreeSet, HashSet};

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
    /// The links and components that a flow passes, in its order.
    Path,
    /// The host that an instance runs on, or ran on until it found no room on any.
    RunsOn,
}

/// What `root` needs in a state.
#[must_use]
pub fn tree<'a>(
    system: &'a System,
    state: &StateOutcome,
    root: NodeId,
    bounds: Bounds,
) -> Tree<'a> {
    let paths = Paths::new(system, &state.works);
    tree_with(system, state, (root, &paths), bounds, &BTreeSet::new())
}

/// The same with some nodes that are shown beyond the bounds: all of `keep` that are on a way from the root
/// over others of `keep`. `paths` are those of the state.
#[must_use]
pub fn tree_with<'a>(
    system: &'a System,
    state: &StateOutcome,
    (root, paths): (NodeId, &Paths),
    bounds: Bounds,
    keep: &BTreeSet<NodeId>,
) -> Tree<'a> {
    let mut grower = Grower {
        system,
        state,
        root,
        bounds,
        left: bounds.nodes,
        paths,
        keep,
        opened: HashSet::new(),
    };
    grower.grow(root, 0)
}

struct Grower<'a, 's> {
    system: &'a System,
    state: &'s StateOutcome,
    root: NodeId,
    bounds: Bounds,
    left: usize,
    paths: &'s Paths,
    keep: &'s BTreeSet<NodeId>,
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
        if self.state.down.binary_search(&node).is_ok() || self.state.trip_of(node).is_some() {
            return tree; // What a failed node needs no longer matters.
        }
        let groups = self.groups(node);
        if groups.is_empty() {
            return tree;
        }
        if self.opened.contains(&node) {
            tree.repeated = true;
            return tree;
        }
        let is_beyond = depth >= self.bounds.depth || self.left == 0;
        let kept = |members: &[NodeId]| members.iter().any(|m| self.keep.contains(m));
        if is_beyond && !groups.iter().any(|(_, members)| kept(members)) {
            tree.cut = groups.iter().map(|(_, members)| members.len()).sum();
            return tree;
        }
        self.opened.insert(node);
        for (relation, members) in groups {
            let works = |n: &&NodeId| self.state.works[n.index()];
            let (of, working) = (members.len(), members.iter().filter(works).count());
            let most = if is_beyond { 0 } else { self.bounds.width };
            let shown = of.min(most).min(self.left);
            let is_shown = |at: usize, m: &NodeId| at < shown || self.keep.contains(m);
            let all = members.iter().enumerate();
            let all: Vec<NodeId> = all
                .filter(|(at, m)| is_shown(*at, m))
                .map(|(_, m)| *m)
                .collect();
            if all.is_empty() && is_beyond {
                tree.cut += of;
                continue;
            }
            let members = all.into_iter().map(|m| self.grow(m, depth + 1)).collect();
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
            Role::Flow(f) => {
                groups.push((Relation::Ends, vec![f.from, f.to]));
                let mut passed = self.paths.of(&f);
                passed.retain(|&v| v != f.from && v != f.to);
                groups.push((Relation::Path, passed));
            }
            Role::Component | Role::Service(_) => {}
        }
        groups.push((Relation::RunsOn, self.host(node).into_iter().collect()));
        groups.retain(|(_, members)| !members.is_empty());
        for (relation, members) in &mut groups {
            let ordered = matches!(relation, Relation::Requirement(r) if r.split == Split::Standby)
                || matches!(relation, Relation::Ends | Relation::Path);
            if !ordered {
                members.sort_by_key(|&m| (self.trouble(m), !self.keep.contains(&m), m));
            }
        }
        groups.sort_by_key(|(_, members)| members.iter().map(|&m| self.trouble(m)).min());
        groups
    }

    fn host(&self, node: NodeId) -> Option<NodeId> {
        let all = &self.system.placements().instances;
        let at = all.binary_search_by_key(&node, |p| p.instance).ok()?;
        let now = self.state.runs.get(at).copied().flatten();
        now.or_else(|| self.state.lack_of(node)?.0)
    }

    /// 0 does not work, 1 delivers too little to the root, 2 is fine.
    fn trouble(&self, node: NodeId) -> u8 {
        if !self.state.works[node.index()] {
            0
        } else if self.state.delivered_to(self.root, node) < DEGRADED_BELOW {
            1
        } else {
            2
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::sample;

    const WIDE: Bounds = Bounds {
        depth: 9,
        width: 9,
        nodes: 99,
    };

    #[test]
    fn trouble_comes_first_and_shared_subtrees_are_opened_once() {
        let system = sample::system();
        let state = sample::one_lost(&system);
        let tree = tree(&system, &state, sample::id(&system, "orders"), WIDE);
        let app = &tree.groups[0];
        assert_eq!((app.of, app.working), (3, 2));
        let names: Vec<&str> = app.members.iter().map(|m| system.id(m.node)).collect();
        assert_eq!(names, ["app-3", "app-1", "app-2"]);
        // rack-a has nothing below it, so it is a leaf each time; db-1 stands in it once more.
        assert!(tree.groups[1].members.iter().all(|m| !m.repeated));
    }

    #[test]
    fn what_is_left_out_is_counted() {
        let system = sample::system();
        let state = sample::one_lost(&system);
        let orders = sample::id(&system, "orders");
        let narrow = tree(&system, &state, orders, Bounds { width: 1, ..WIDE });
        assert_eq!(
            (narrow.groups[0].members.len(), narrow.groups[0].of),
            (1, 3)
        );
        let flat = tree(&system, &state, orders, Bounds { depth: 0, ..WIDE });
        assert_eq!((flat.groups.len(), flat.cut), (0, 4));
    }

    #[test]
    fn what_is_kept_is_shown_beyond_the_bounds() {
        let system = sample::system();
        let state = sample::one_lost(&system);
        let paths = Paths::new(&system, &state.works);
        let orders = sample::id(&system, "orders");
        let keep = BTreeSet::from(["app-2", "rack-a"].map(|id| sample::id(&system, id)));
        let narrow = Bounds {
            depth: 0,
            width: 1,
            nodes: 1,
        };
        let tree = tree_with(&system, &state, (orders, &paths), narrow, &keep);
        let shown = |tree: &Tree<'_>| -> Vec<String> {
            let members = tree.groups.iter().flat_map(|g| &g.members);
            members.map(|m| system.id(m.node).to_owned()).collect()
        };
        assert!(
            shown(&tree).contains(&"app-2".to_owned()),
            "{:?}",
            shown(&tree)
        );
        let left_out: usize = tree.groups.iter().map(|g| g.of - g.members.len()).sum();
        let all = tree.groups.iter().map(|g| g.members.len()).sum::<usize>();
        assert_eq!(left_out + tree.cut + all, 4);
        let app = tree
            .groups
            .iter()
            .flat_map(|g| &g.members)
            .find(|m| system.id(m.node) == "app-2");
        assert_eq!(shown(app.expect("shown")), ["rack-a"]);
    }
}
