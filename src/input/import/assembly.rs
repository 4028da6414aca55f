//! A draft put together by number: nodes with labels, requirements, instances. In: calls of an importer.
//! Out: a [`Draft`]. Promises: an id that is asked for twice gets a number behind it, a label that is
//! blank is none, and a group of one provider is written without a group.

use super::ids::{self, Ids};
use super::requirement::needs;
use crate::input::parts::is_given;
use crate::model::{
    Draft, DraftNode, DraftProvider, DraftRequirement, Labels, Need, Node, Role, Service, Split,
};
use std::collections::{BTreeMap, BTreeSet};

/// A draft in the making. Nodes are called by their index.
#[derive(Default)]
pub(super) struct Assembly {
    draft: Draft,
    ids: Ids,
    labels: BTreeMap<Box<str>, BTreeMap<u32, Box<str>>>,
}

/// A provider in a group: who, how much of the consumer's load comes to it, and its weight.
pub(super) struct Share {
    pub provider: u32,
    pub load: f64,
    pub weight: Option<f64>,
}

impl Share {
    /// A provider that carries the consumer's load, weighed by capacity or like the others.
    pub fn of(provider: u32) -> Self {
        Self {
            provider,
            load: 1.0,
            weight: None,
        }
    }
}

impl Assembly {
    /// Adds a component; `id` is cleaned, and numbered if it is taken.
    pub fn component(&mut self, id: &str, kind: &str) -> u32 {
        self.add(id, kind, Role::Component)
    }

    /// Adds a component that is only a name for a group, whatever its kind.
    pub fn logical(&mut self, id: &str, kind: &str) -> u32 {
        let at = self.component(id, kind);
        if !Node::is_logical_kind(kind) {
            self.node(at).logical = Some(true);
        }
        at
    }

    /// Adds a service with its demand.
    pub fn service(&mut self, id: &str, demand: f64, unit: &str) -> u32 {
        let role = Role::Service(Service {
            tier: None,
            demand,
            slo: None,
        });
        let at = self.add(id, "service", role);
        self.node(at).unit = Some(unit.into());
        at
    }

    fn add(&mut self, id: &str, kind: &str, role: Role) -> u32 {
        let clean = ids::clean(id);
        let wanted = if clean.is_empty() {
            "unnamed".to_owned()
        } else {
            clean
        };
        let id = self.ids.fresh(wanted);
        let at = u32::try_from(self.draft.nodes.len()).unwrap_or(u32::MAX);
        let node = Node::new(id, kind, role);
        self.draft.nodes.push(DraftNode {
            node,
            within: Vec::new(),
        });
        at
    }

    /// Whether an id is taken.
    pub fn has(&self, id: &str) -> bool {
        self.ids.is_taken(id)
    }

    /// A node that was added.
    pub fn node(&mut self, at: u32) -> &mut Node {
        &mut self.draft.nodes[at as usize].node
    }

    /// The id that a node got.
    pub fn id(&self, at: u32) -> &str {
        &self.draft.nodes[at as usize].node.id
    }

    /// Puts a node into a domain, once.
    pub fn within(&mut self, at: u32, domain: u32) {
        let within = &mut self.draft.nodes[at as usize].within;
        if !within.contains(&domain) {
            within.push(domain);
        }
    }

    /// Gives a node a label; a blank one is none.
    pub fn label(&mut self, at: u32, column: &str, value: &str) {
        let value = ids::clean(value);
        if !value.is_empty() {
            let column = self.labels.entry(column.into()).or_default();
            column.insert(at, value.into());
        }
    }

    /// A capacity in a unit; `None` is unlimited.
    pub fn capacity(&mut self, at: u32, capacity: Option<f64>, unit: &str) {
        let node = self.node(at);
        node.capacity = capacity;
        node.unit = Some(unit.into());
    }

    /// One provider that must work.
    pub fn needs(&mut self, consumer: u32, provider: u32, load: f64) {
        let requirement = needs(consumer as usize, provider as usize, load);
        self.draft.requirements.push(requirement);
    }

    /// One provider whose loss harms nobody.
    pub fn uses(&mut self, consumer: u32, provider: u32, load: f64) {
        let mut requirement = needs(consumer as usize, provider as usize, load);
        requirement.need = Need::AtLeast(0);
        self.draft.requirements.push(requirement);
    }

    /// A group of providers; of one provider that must work it is a plain requirement, of none it is
    /// left out.
    pub fn group(&mut self, consumer: u32, name: &str, need: Need, split: Split, of: Vec<Share>) {
        match &of[..] {
            [] => return,
            [one] if need != Need::AtLeast(0) => {
                return self.needs(consumer, one.provider, one.load);
            }
            _ => {}
        }
        let providers = of.into_iter().map(|share| DraftProvider {
            node: share.provider,
            load: share.load,
            load_given: is_given(share.load),
            constant: 0.0,
            weight: share.weight,
        });
        self.draft.requirements.push(DraftRequirement {
            consumer,
            group: Some(name.into()),
            need,
            split,
            providers: providers.collect(),
            line: 0,
        });
    }

    /// Everybody that somebody needs or uses.
    pub fn needed(&self) -> BTreeSet<u32> {
        let providers = self.draft.requirements.iter().flat_map(|r| &r.providers);
        providers.map(|p| p.node).collect()
    }

    /// Takes nodes out again, with what they need. Nobody may need them, and nothing may sit in them.
    /// Other nodes have other numbers from then on.
    pub fn remove(&mut self, gone: &BTreeSet<u32>) {
        let mut kept = 0;
        let mut moved = Vec::with_capacity(self.draft.nodes.len());
        for at in (0..).take(self.draft.nodes.len()) {
            moved.push(kept);
            kept += u32::from(!gone.contains(&at));
        }
        let mut old = 0..;
        self.draft
            .nodes
            .retain(|_| old.next().is_none_or(|at| !gone.contains(&at)));
        let moved = |at: u32| moved.get(at as usize).copied().unwrap_or(at);
        for node in &mut self.draft.nodes {
            node.within.iter_mut().for_each(|w| *w = moved(*w));
        }
        let requirements = &mut self.draft.requirements;
        requirements.retain(|r| !gone.contains(&r.consumer));
        for requirement in requirements {
            requirement.consumer = moved(requirement.consumer);
            let providers = requirement.providers.iter_mut();
            providers.for_each(|p| p.node = moved(p.node));
        }
        for cells in self.labels.values_mut() {
            let kept = std::mem::take(cells).into_iter();
            let kept = kept.filter(|(at, _)| !gone.contains(at));
            *cells = kept.map(|(at, value)| (moved(at), value)).collect();
        }
    }

    /// The draft, with its labels in columns.
    pub fn finish(mut self) -> Draft {
        let count = self.draft.nodes.len();
        let mut labels = Labels::default();
        for (column, cells) in self.labels {
            let mut values = vec![None; count];
            for (at, value) in cells {
                values[at as usize] = Some(value);
            }
            labels.columns.push(column);
            labels.values.push(values);
        }
        self.draft.labels = labels;
        self.draft
    }
}
