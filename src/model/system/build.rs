//! How a system comes about. In: a [`Draft`] whose references are already indices. Out: a [`System`] in
//! canonical order, or every invariant that the draft breaks.

use super::System;
use super::blocks::Knot;
use super::canonical::{
    canonical_placements, canonical_requirements, ids_where, networks, permute, renumber_node,
};
use crate::model::invariant::{check, cycles_of_domains};
use crate::model::node::to_u32;
use crate::model::{Draft, DraftNode, Invariant, Labels, Node, NodeId, Provider, Serves};

impl System {
    /// Checks every invariant of a draft and puts it into canonical order.
    ///
    /// # Errors
    /// Every [`Invariant`] that the draft breaks; cycles through flows are looked for only when
    /// nothing else is wrong.
    pub fn new(draft: Draft) -> Result<Self, Vec<Invariant>> {
        Self::checked(draft, None)
    }

    /// The same estate with other amounts, as [`System::new`] would make it of `draft`. That must be
    /// [`System::draft`] of this one, changed in nothing but how much there is: capacities, what instances take,
    /// where each of them runs now. Who needs whom is then as it was, so cycles and networks, which take
    /// longest to find, are those of this estate.
    ///
    /// # Errors
    /// Every [`Invariant`] of amounts and references that the draft breaks.
    pub fn with_amounts(&self, draft: Draft) -> Result<Self, Vec<Invariant>> {
        Self::checked(draft, Some(self))
    }

    /// Checks a draft and orders it; `alike` is an estate in which the same nodes need the same ones.
    fn checked(draft: Draft, alike: Option<&Self>) -> Result<Self, Vec<Invariant>> {
        let mut faults = Vec::new();
        check(&draft, &mut faults);
        if faults.is_empty() && alike.is_none() {
            let cycles = cycles_of_domains(&draft.nodes);
            faults.extend(cycles.into_iter().map(Invariant::CycleOfDomains));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let mut order: Vec<u32> = (0..to_u32(draft.nodes.len())).collect();
        order.sort_by(|&x, &y| {
            draft.nodes[x as usize]
                .node
                .id
                .cmp(&draft.nodes[y as usize].node.id)
        });
        let duplicates: Vec<_> = order
            .windows(2)
            .filter(|w| draft.nodes[w[0] as usize].node.id == draft.nodes[w[1] as usize].node.id)
            .map(|w| Invariant::DuplicateId(w[0], w[1]))
            .collect();
        if !duplicates.is_empty() {
            return Err(duplicates);
        }
        Self::ordered(draft, &order, alike).map_err(|cycle| {
            let draft = |path: Vec<NodeId>| path.into_iter().map(|n| order[n.index()]).collect();
            vec![match cycle {
                Knot::ThroughFlow(path) => Invariant::CycleThroughFlow(draft(path)),
                Knot::OfPlacement(path) => Invariant::CycleOfPlacement(draft(path)),
            }]
        })
    }

    fn ordered(draft: Draft, order: &[u32], alike: Option<&Self>) -> Result<Self, Knot> {
        let mut rank = vec![0u32; order.len()];
        for (new, &old) in order.iter().enumerate() {
            rank[old as usize] = to_u32(new);
        }
        let id = |old: u32| NodeId(rank[old as usize]);
        let mut slots: Vec<Option<DraftNode>> = draft.nodes.into_iter().map(Some).collect();
        let nodes: Vec<Node> = order
            .iter()
            .filter_map(|&old| slots[old as usize].take())
            .map(|d| renumber_node(d, &id))
            .collect();
        let requirements = canonical_requirements(draft.requirements, &nodes, &id);
        let mut first_requirement = vec![0u32; nodes.len() + 1];
        for r in &requirements {
            first_requirement[r.consumer.index() + 1] += 1;
        }
        for v in 0..nodes.len() {
            first_requirement[v + 1] += first_requirement[v];
        }
        let labels = Labels {
            columns: draft.labels.columns,
            values: draft
                .labels
                .values
                .into_iter()
                .map(|c| permute(c, order))
                .collect(),
        };
        let mut common_cause: Vec<(String, Vec<NodeId>, f64)> = draft
            .common_cause
            .into_iter()
            .map(|(name, members, beta)| {
                let mut members: Vec<NodeId> = members.into_iter().map(id).collect();
                members.sort_unstable();
                members.dedup();
                (name, members, beta)
            })
            .collect();
        common_cause.sort_by(|x, y| x.0.cmp(&y.0).then_with(|| x.1.cmp(&y.1)));
        let placements = canonical_placements(draft.resources, draft.placements, &nodes, &id);
        let services = ids_where(&nodes, |n| n.as_service().is_some());
        let known = alike.map(|s| (s.network.clone(), s.networks));
        let (network, networks) = known.unwrap_or_else(|| networks(&nodes));
        let mut system = Self {
            name: draft.name,
            priority: nodes.iter().any(|n| n.serves == Serves::Priority),
            nodes,
            services,
            requirements,
            first_requirement,
            labels,
            common_cause,
            placements,
            network,
            networks,
            block: Vec::new(),
            blocks: 0,
        };
        match alike {
            Some(alike) => {
                system.block.clone_from(&alike.block);
                system.blocks = alike.blocks;
            }
            None => system.find_blocks()?,
        }
        system.silence_blank_loads();
        Ok(system)
    }

    /// A load factor that was left blank between nodes that need each other is 0.
    fn silence_blank_loads(&mut self) {
        let block = std::mem::take(&mut self.block);
        for r in &mut self.requirements {
            let inside = |p: &&mut Provider| block[p.node.index()] == block[r.consumer.index()];
            for p in r
                .providers
                .iter_mut()
                .filter(|p| !p.load_given)
                .filter(inside)
            {
                p.load = 0.0;
            }
        }
        self.block = block;
    }
}
