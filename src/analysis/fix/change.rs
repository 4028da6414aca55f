//! Changes to an estate. In: a system, a scenario, changes. Out: the estate with the changes in
//! place, built and checked like any other. Promises: what is there keeps its number, so that
//! states of both estates can be compared; new nodes come after all others.

use super::draft_index::DraftIndex;
use super::second_path::SecondPath;
use crate::model::{
    Draft, DraftNode, DraftPlacement, DraftProvider, DraftRequirement, Need, Node, NodeId,
    Requirement, Role, Scenario, Serves, Split, System,
};

/// One change.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A known outage is repaired, or a derating ends.
    Restore(NodeId),
    /// A component or link can carry more: units of its capacity, before derating.
    AddCapacity(NodeId, f64),
    /// More components or links like one that is there.
    AddMember(Member),
    /// An instance takes less of its host, whatever the demand.
    Shrink(Shrink),
    /// An instance runs on another of its hosts from now on: the instance, the host.
    Move(NodeId, NodeId),
    /// New links between two places that a single way joins.
    Lay(SecondPath),
}

impl Change {
    /// Whether it adds nodes.
    fn adds(&self) -> bool {
        match self {
            Self::AddMember(_) | Self::Lay(_) => true,
            Self::Restore(_) | Self::AddCapacity(..) | Self::Shrink(_) | Self::Move(..) => false,
        }
    }
}

/// An instance takes less of one resource.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Shrink {
    /// Which instance takes less.
    pub instance: NodeId,
    /// Of what: an index into [`Placements::resources`](crate::model::Placements).
    pub resource: usize,
    /// What it takes then.
    pub to: f64,
}

impl Shrink {
    /// Whether both are of the same resource of the same instance.
    #[must_use]
    pub fn is_of(&self, other: &Self) -> bool {
        (self.instance, self.resource) == (other.instance, other.resource)
    }
}

/// New components or links like one that is there: of the same capacity and reliability, with the
/// same needs, links and labels, and providers wherever that one is a provider. Where that one is
/// needed by itself, the two become an active/passive group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    /// What they are like.
    pub like: NodeId,
    /// Domains they do not sit within, directly or not; sorted.
    pub outside: Vec<NodeId>,
    /// How many, ≥ 1.
    pub count: u32,
}

/// What the changes are made to.
#[derive(Clone, Copy)]
pub struct FixContext<'a> {
    /// The estate that is changed.
    pub system: &'a System,
    /// What is asked of it.
    pub scenario: &'a Scenario,
    /// Known outages that may fail again once they are repaired, sorted.
    pub returning: &'a [NodeId],
}

/// An estate with changes in place.
pub struct Altered {
    /// The estate after the changes.
    pub system: System,
    /// What is asked of it.
    pub scenario: Scenario,
    /// What each new node is like, in the order in which they were added.
    pub like: Vec<NodeId>,
}

impl<'a> FixContext<'a> {
    /// The estate with the changes in place; `None` where they make no estate, or something would grow to more than
    /// its `max_capacity`.
    pub(super) fn alter(&self, changes: &[Change]) -> Option<Altered> {
        let fits = |change: &Change| match change {
            // What is there and what comes are rounded.
            Change::AddCapacity(node, amount) => {
                *amount <= self.system.node(*node).room_to_grow() * (1.0 + 1e-9)
            }
            Change::Restore(_)
            | Change::AddMember(_)
            | Change::Shrink(_)
            | Change::Move(..)
            | Change::Lay(_) => true,
        };
        if !changes.iter().all(fits) {
            return None;
        }
        self.altered(changes, true)
    }

    /// The same where new members are like those that are listed: as they were before any growth.
    pub(in crate::analysis) fn alter_as_listed(&self, changes: &[Change]) -> Option<Altered> {
        self.altered(changes, false)
    }

    fn altered(&self, changes: &[Change], as_grown: bool) -> Option<Altered> {
        let mut scenario = self.scenario.clone();
        let mut work = Work {
            context: *self,
            draft: self.system.draft(),
            elements: Vec::new(),
            like: Vec::new(),
            outside: Vec::new(),
            index: DraftIndex::default(),
        };
        if changes.iter().any(Change::adds) {
            work.index = DraftIndex::new(&work.draft, self.system);
        }
        for change in changes {
            match change {
                Change::Restore(element) => self.restore(*element, &mut scenario),
                Change::AddCapacity(..)
                | Change::AddMember(_)
                | Change::Shrink(_)
                | Change::Move(..)
                | Change::Lay(_) => {}
            }
        }
        if as_grown {
            work.grow(changes);
        }
        for change in changes {
            if let Change::AddMember(member) = change {
                for _ in 0..member.count {
                    work.add(member);
                }
            }
        }
        for change in changes {
            if let Change::Lay(path) = change {
                work.lay(path);
            }
        }
        if !as_grown {
            work.grow(changes);
        }
        work.place(changes);
        // Whoever was needed by itself is one of a group now.
        let requirements = &mut work.draft.requirements;
        requirements.retain(|r| !r.providers.is_empty());
        scenario.sweep.elements.append(&mut work.elements);
        scenario.sweep.elements.sort_unstable();
        work.join_contingencies(&mut scenario);
        let system = if work.like.is_empty() {
            self.system.with_amounts(work.draft)
        } else {
            System::new(work.draft)
        };
        Some(Altered {
            system: system.ok()?,
            scenario,
            like: work.like,
        })
    }

    /// The estate with capacity without limit on everything that is not derated to nothing.
    pub(super) fn unlimited(&self) -> Option<Altered> {
        let mut draft = self.system.draft();
        let factors = &self.scenario.derate;
        for (v, _) in self.system.iter() {
            let at = factors.binary_search_by_key(&v, |f| f.0);
            if at.map_or(1.0, |at| factors[at].1) > 0.0 {
                draft.nodes[v.index()].node.lift_limits();
            }
        }
        Some(Altered {
            system: System::new(draft).ok()?,
            scenario: self.scenario.clone(),
            like: Vec::new(),
        })
    }

    fn restore(&self, element: NodeId, scenario: &mut Scenario) {
        scenario.down.retain(|&d| d != element);
        scenario.derate.retain(|&(d, _)| d != element);
        if self.returning.binary_search(&element).is_ok()
            && scenario.sweep.elements.binary_search(&element).is_err()
        {
            scenario.sweep.elements.push(element);
            scenario.sweep.elements.sort_unstable();
        }
    }

    /// Whether a node is one of some domains, or sits within one of them, directly or not.
    pub(super) fn is_inside(&self, node: NodeId, domains: &[NodeId]) -> bool {
        let mut seen = vec![node];
        let mut next = 0;
        while let Some(&v) = seen.get(next) {
            if domains.contains(&v) {
                return true;
            }
            for &domain in &self.system.node(v).within {
                if !seen.contains(&domain) {
                    seen.push(domain);
                }
            }
            next += 1;
        }
        false
    }

    /// The requirements that a new member like this one joins, by consumer.
    #[must_use]
    pub fn joined(&self, like: NodeId) -> Vec<&'a Requirement> {
        let stands = |r: &&Requirement| r.providers.iter().any(|p| p.node == like);
        self.system.requirements().iter().filter(stands).collect()
    }
}

/// A draft that grows.
struct Work<'a> {
    context: FixContext<'a>,
    draft: Draft,
    /// New nodes that may fail.
    elements: Vec<NodeId>,
    /// What each new node is like.
    like: Vec<NodeId>,
    /// The domains that each new node is outside of; `None` where it fails with none of those that it is like: a
    /// name that stands for a pair, a second path.
    outside: Vec<Option<Vec<NodeId>>>,
    /// Where nodes stand in the draft, if any are added.
    index: DraftIndex,
}

impl Work<'_> {
    fn grow(&mut self, changes: &[Change]) {
        for change in changes {
            if let Change::AddCapacity(node, amount) = change {
                self.draft.nodes[node.index()].node.grow(*amount);
            }
        }
    }

    /// Instances that take less, and those that run elsewhere.
    fn place(&mut self, changes: &[Change]) {
        for change in changes {
            let (instance, host, less) = match change {
                Change::Move(instance, host) => (*instance, Some(*host), None),
                Change::Shrink(shrink) => (shrink.instance, None, Some(shrink)),
                Change::Restore(_)
                | Change::AddCapacity(..)
                | Change::AddMember(_)
                | Change::Lay(_) => continue,
            };
            let mut placements = self.draft.placements.iter_mut();
            let Some(placement) = placements.find(|p| p.instance == instance.0) else {
                continue;
            };
            if let Some(host) = host {
                placement.host = Some(host.0);
            }
            if let Some(shrink) = less {
                placement.amounts[shrink.resource] = Some(shrink.to);
            }
        }
    }

    fn add(&mut self, member: &Member) {
        let context = self.context;
        let new = self.copy(member.like, |domain| {
            !context.is_inside(domain, &member.outside)
        });
        self.outside.push(Some(member.outside.clone()));
        self.needs_like(member.like, new);
        self.provide_like(member.like, new);
        self.place_like(member.like, new);
        if matches!(context.system.node(member.like).role, Role::Component) {
            self.links_like(member.like, new);
        }
        for (_, members, _) in &mut self.draft.common_cause {
            if members.contains(&member.like.0) {
                members.push(new);
            }
        }
    }

    /// What a named contingency does to a node it does to a new one like it as well, unless that is outside
    /// of a domain that the contingency takes.
    fn join_contingencies(&self, scenario: &mut Scenario) {
        let first = self.draft.nodes.len() - self.like.len();
        let new = (first..).zip(self.like.iter().zip(&self.outside));
        for (at, (like, outside)) in new {
            let Some(outside) = outside else {
                continue;
            };
            // Fewer than 2^32 nodes: input refuses more.
            let node = NodeId(u32::try_from(at).unwrap_or(u32::MAX));
            for contingency in &mut scenario.contingencies {
                let down = &mut contingency.down;
                let escapes = outside.iter().any(|d| down.binary_search(d).is_ok());
                if down.binary_search(like).is_ok() && !escapes {
                    down.push(node);
                }
                let derate = &mut contingency.derate;
                if let Ok(known) = derate.binary_search_by_key(like, |d| d.0) {
                    let factor = derate[known].1;
                    derate.push((node, factor));
                }
            }
        }
    }

    /// A node like another, in those of its domains that are kept: its index.
    fn copy(&mut self, like: NodeId, keep: impl Fn(NodeId) -> bool) -> u32 {
        let known = self.context.system.nodes();
        let new = self.draft.nodes.len();
        let last = known.last().map_or("", |n| &*n.id);
        let mut node = self.draft.nodes[like.index()].node.clone();
        node.id = format!("{last}\u{10ffff}{new:010}").into();
        let within = node.within.iter().filter(|&&d| keep(d)).map(|d| d.0);
        self.like.push(like);
        self.draft.nodes.push(DraftNode {
            within: within.collect(),
            node,
        });
        for values in &mut self.draft.labels.values {
            let label = values[like.index()].clone();
            values.push(label);
        }
        // Fewer than 2^32 nodes: input refuses more.
        let new = u32::try_from(new).unwrap_or(u32::MAX);
        if self.is_element(like) {
            self.elements.push(NodeId(new));
        }
        new
    }

    /// Whether one like a node may fail.
    fn is_element(&self, like: NodeId) -> bool {
        let elements = &self.context.scenario.sweep.elements;
        elements.binary_search(&like).is_ok() || self.context.returning.binary_search(&like).is_ok()
    }

    fn push(&mut self, r: DraftRequirement) {
        self.index.pushed(self.draft.requirements.len(), &r);
        self.draft.requirements.push(r);
    }

    fn needs_like(&mut self, like: NodeId, new: u32) {
        let needs = self.index.needs(like).iter();
        let requirements = needs.map(|&at| &self.draft.requirements[at as usize]);
        let there = requirements.filter(|r| !r.providers.is_empty());
        let more: Vec<DraftRequirement> = there
            .map(|r| DraftRequirement {
                consumer: new,
                ..r.clone()
            })
            .collect();
        for r in more {
            self.push(r);
        }
    }

    /// A name for a shard and its second, of which the first that works serves its part: its index.
    fn pair(&mut self, like: NodeId, new: u32) -> u32 {
        let pair = self.copy(like, |_| false);
        self.outside.push(None);
        self.elements.retain(|e| e.0 != pair);
        let node = &mut self.draft.nodes[pair as usize].node;
        node.kind = "group".into();
        node.role = Role::Component;
        (node.capacity, node.reliability, node.transit) = (None, None, None);
        (node.trips_at, node.serves, node.logical) = (None, Serves::Fair, Some(true));
        let provider = |node| DraftProvider {
            node,
            load: 1.0,
            load_given: true,
            constant: 0.0,
            weight: None,
        };
        self.push(DraftRequirement {
            consumer: pair,
            group: None,
            need: Need::AtLeast(1),
            split: Split::Standby,
            providers: vec![provider(like.0), provider(new)],
            line: 0,
        });
        pair
    }

    /// A second one of a shard serves the same part.
    fn double_shards(&mut self, like: NodeId, new: u32) {
        let is_shard = |r: &DraftRequirement| {
            let stands = r.providers.iter().any(|p| p.node == like.0);
            stands && r.split == Split::Shard && r.need != Need::All
        };
        let mut shards = self.index.provides(like).to_vec();
        shards.retain(|&at| is_shard(&self.draft.requirements[at as usize]));
        if shards.is_empty() {
            return;
        }
        let pair = self.pair(like, new);
        let nodes = &self.draft.nodes;
        for at in shards {
            let r = &mut self.draft.requirements[at as usize];
            // Weights stay what they were, though the pair has no capacity of its own.
            let capacity = |p: &DraftProvider| nodes[p.node as usize].node.capacity;
            let all_have_one = r.providers.iter().all(|p| capacity(p).is_some());
            for p in &mut r.providers {
                let by_capacity = capacity(p).filter(|_| all_have_one);
                p.weight = Some(p.weight.or(by_capacity).unwrap_or(1.0));
                if p.node == like.0 {
                    p.node = pair;
                }
            }
            self.index.joined(at, pair);
        }
    }

    fn provide_like(&mut self, like: NodeId, new: u32) {
        self.double_shards(like, new);
        let mut more = Vec::new();
        for at in self.index.provides(like).to_vec() {
            let r = &mut self.draft.requirements[at as usize];
            let stands = |p: &DraftProvider| p.node == like.0;
            // A pair of shards has it already.
            if r.providers.iter().any(|p| p.node == new) {
                continue;
            }
            let Some(&provider) = r.providers.iter().find(|p| stands(p)) else {
                continue;
            };
            let second = DraftProvider {
                node: new,
                ..provider
            };
            if r.need == Need::All {
                r.providers.retain(|p| !stands(p));
                more.push(DraftRequirement {
                    consumer: r.consumer,
                    group: None,
                    need: Need::AtLeast(1),
                    split: Split::Standby,
                    providers: vec![provider, second],
                    line: r.line,
                });
            } else {
                r.providers.push(second);
                self.index.joined(at, new);
            }
        }
        for r in more {
            self.push(r);
        }
    }

    /// A new instance lands where there is room; on a new host may run what may run on the one it is like.
    fn place_like(&mut self, like: NodeId, new: u32) {
        let system = self.context.system;
        let same = self.draft.placements.iter().find(|p| p.instance == like.0);
        let second = same.map(|p| DraftPlacement {
            instance: new,
            host: None,
            ..p.clone()
        });
        self.draft.placements.extend(second);
        let Some(host) = system.placements().host(like) else {
            return;
        };
        for p in &mut self.draft.placements {
            if p.hosts.contains(&like.0) {
                p.hosts.push(new);
            }
        }
        for (resource, child) in system.placements().resources.iter().zip(&host.resources) {
            let Some(child) = child.filter(|&child| child != like) else {
                continue;
            };
            let id = resource.id_at(&self.draft.nodes[new as usize].node.id);
            let copied = self.copy(child, |_| true);
            self.outside.push(Some(Vec::new()));
            self.needs_like(child, copied);
            let copied = &mut self.draft.nodes[copied as usize];
            copied.node.id = id.into();
            for domain in copied.within.iter_mut().filter(|d| **d == like.0) {
                *domain = new;
            }
        }
    }

    fn links_like(&mut self, like: NodeId, new: u32) {
        let links = self.index.links(like).to_vec();
        for link in links {
            let copied = self.copy(link, |_| true);
            self.outside.push(Some(Vec::new()));
            self.needs_like(link, copied);
            if let Role::Link(l) = &mut self.draft.nodes[copied as usize].node.role {
                for end in [&mut l.a, &mut l.b] {
                    if *end == like {
                        *end = NodeId(new);
                    }
                }
            }
        }
    }

    /// Lays second paths: new nodes come after all others.
    fn lay(&mut self, path: &SecondPath) {
        let Some(node) = path.node(self.context.system) else {
            return;
        };
        let like = path.beside[0];
        for _ in 0..path.count {
            let new = self.copy(like, |_| false);
            // No contingency that takes what it runs beside takes it.
            self.outside.push(None);
            let fails = path.beside.iter().any(|&l| self.is_element(l));
            self.elements.retain(|e| e.0 != new);
            self.elements.extend(fails.then_some(NodeId(new)));
            let id = self.draft.nodes[new as usize].node.id.clone();
            self.draft.nodes[new as usize].node = Node { id, ..node.clone() };
            for &link in &path.beside {
                self.needs_like(link, new);
            }
        }
    }
}
