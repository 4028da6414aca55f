//! A tree with names on.

use super::Naming;
use crate::analysis::finite;
use crate::analysis::{Bounds, Group, Paths, Relation, StateOutcome, Tree, culprits, tree_with};
use crate::model::{Cause, Need, NodeId, Serves, ServiceOutcome, Split};
use crate::report::document::{Explain, ExplainGroup, ExplainNode, Head, Picture};

/// Services of which a picture is kept.
const PICTURES: usize = 8;
/// How much of what they need is in it.
const PICTURE: Bounds = Bounds {
    depth: 5,
    width: 8,
    nodes: 48,
};

impl Naming<'_> {
    /// One service in one state, and what it needs.
    #[must_use]
    pub fn explain(
        self,
        head: Head,
        state: &StateOutcome,
        service: &ServiceOutcome,
        tree: &Tree<'_>,
    ) -> Explain {
        let paths = Paths::new(self.system, &state.works);
        let named = self.service(state, &paths, service);
        let next = named.findings.iter();
        Explain {
            head,
            load_case: self.case(state.case),
            contingency: None,
            down: self.ids(&state.down),
            derate: self.derate(),
            selection: self.selection(),
            next: next
                .filter(|f| f.cause == Cause::Redundancy)
                .min_by_key(|f| std::cmp::Reverse(f.leads_to))
                .cloned(),
            service: named,
            tree: self.node(state, tree, service.service),
        }
    }

    /// What the most urgent services of a state need: worst status first, then tier, then id.
    #[must_use]
    pub fn pictures(self, state: &StateOutcome) -> Vec<Picture> {
        let tier = |s: &ServiceOutcome| {
            let service = self.system.node(s.service).as_service();
            service.and_then(|s| s.tier).unwrap_or(u32::MAX)
        };
        let mut urgent: Vec<&ServiceOutcome> = state.services.iter().collect();
        urgent.sort_by_key(|s| (std::cmp::Reverse(s.status), tier(s), s.service));
        let paths = Paths::new(self.system, &state.works);
        let picture = |s: &&ServiceOutcome| {
            let keep = culprits(self.system, state, &paths, s);
            let root = (s.service, &paths);
            let tree = tree_with(self.system, state, root, PICTURE, &keep);
            Picture {
                load_case: self.case(state.case),
                tree: self.node(state, &tree, s.service),
            }
        };
        urgent.iter().take(PICTURES).map(picture).collect()
    }

    /// A node as a service sees it.
    fn node(self, state: &StateOutcome, tree: &Tree<'_>, service: NodeId) -> ExplainNode {
        let v = tree.node.index();
        let node = self.system.node(tree.node);
        let asked = state.tiers.as_ref().map(|tiers| {
            let tier = tiers.of_node[service.index()];
            let better: f64 = tiers.load[..tier].iter().map(|load| load[v]).sum();
            (tiers.load[tier][v], better)
        });
        let asked = asked.filter(|_| node.serves == Serves::Priority);
        let (load, capacity) = (state.carried[v], state.capacity[v]);
        ExplainNode {
            id: self.id(tree.node),
            kind: self.system.node(tree.node).kind.to_string(),
            failed: state.down.binary_search(&tree.node).is_ok(),
            tripped: state.trip_of(tree.node).map(|t| t.round),
            unplaced: state
                .lack_of(tree.node)
                .map(|(_, lack)| self.lack(tree.node, lack)),
            works: state.works[v],
            load: finite(load),
            infinite: load == f64::INFINITY,
            capacity: finite(capacity),
            constant: Some(state.constant[v]).filter(|&c| c > 0.0 && c.is_finite()),
            serves: (node.serves == Serves::Priority).then(|| node.serves.word().to_owned()),
            tier_load: asked.and_then(|a| finite(a.0)),
            better_load: asked.and_then(|a| finite(a.1)),
            unit: self.unit(tree.node),
            utilization: state.utilization(tree.node),
            delivered: state.delivered_to(service, tree.node),
            repeated: tree.repeated,
            cut: tree.cut as u64,
            needs: tree
                .groups
                .iter()
                .map(|g| self.group(state, g, service))
                .collect(),
        }
    }

    fn group(self, state: &StateOutcome, group: &Group<'_>, service: NodeId) -> ExplainGroup {
        let of = group.of as u64;
        let (relation, name, need, split) = match group.relation {
            Relation::Within => ("within", None, of, None),
            Relation::Ends => ("ends", None, of, None),
            Relation::Path => ("path", None, of, None),
            Relation::RunsOn => ("runs-on", None, of, None),
            Relation::Requirement(r) => {
                let split = match (r.need, r.split) {
                    (Need::All, _) => None,
                    (_, Split::Share) => Some("share"),
                    (_, Split::Standby) => Some("standby"),
                    (_, Split::Copy) => Some("copy"),
                    (_, Split::Shard) => Some("shard"),
                };
                let name = r.group.as_deref().map(str::to_owned);
                ("requirement", name, u64::from(r.need_count()), split)
            }
        };
        ExplainGroup {
            relation: relation.to_owned(),
            group: name,
            need,
            of,
            working: group.working as u64,
            split: split.map(str::to_owned),
            members: group
                .members
                .iter()
                .map(|m| self.node(state, m, service))
                .collect(),
            hidden: (group.of - group.members.len()) as u64,
        }
    }
}
