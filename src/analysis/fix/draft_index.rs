//! Where a node stands in a draft that grows. In: requirements as they are pushed. Out: those of a consumer and
//! those with a provider, in the order of the draft. Promises: looking takes as long as there is to find, however
//! large the estate.

use crate::model::{Draft, DraftRequirement, NodeId, Role, System};

/// Where nodes stand: by number, what each needs, where it provides, the links that end at it.
#[derive(Default)]
pub(super) struct DraftIndex {
    needs: Vec<Vec<u32>>,
    provides: Vec<Vec<u32>>,
    links: Vec<Vec<NodeId>>,
}

impl DraftIndex {
    /// Of a draft to which nothing was added yet.
    pub fn new(draft: &Draft, system: &System) -> Self {
        let mut all = Self::default();
        for (at, r) in draft.requirements.iter().enumerate() {
            all.pushed(at, r);
        }
        for (v, node) in system.iter() {
            if let Role::Link(link) = node.role {
                push(&mut all.links, link.a, v);
                push(&mut all.links, link.b, v);
            }
        }
        all
    }

    /// A requirement was pushed.
    pub fn pushed(&mut self, at: usize, r: &DraftRequirement) {
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        push(&mut self.needs, NodeId(r.consumer), at);
        for p in &r.providers {
            push(&mut self.provides, NodeId(p.node), at);
        }
    }

    /// A provider joined a requirement that is there.
    pub fn joined(&mut self, at: u32, provider: u32) {
        push(&mut self.provides, NodeId(provider), at);
    }

    /// Requirements of a consumer.
    pub fn needs(&self, consumer: NodeId) -> &[u32] {
        of(&self.needs, consumer)
    }

    /// Requirements that a provider stands in, or stood in.
    pub fn provides(&self, provider: NodeId) -> &[u32] {
        of(&self.provides, provider)
    }

    /// Links that end at a node, of those that were there from the start.
    pub fn links(&self, end: NodeId) -> &[NodeId] {
        of(&self.links, end)
    }
}

fn of<T>(all: &[Vec<T>], v: NodeId) -> &[T] {
    all.get(v.index()).map_or(&[], Vec::as_slice)
}

/// Once for each, though it may be named twice.
fn push<T: PartialEq>(all: &mut Vec<Vec<T>>, v: NodeId, more: T) {
    if all.len() <= v.index() {
        all.resize_with(v.index() + 1, Vec::new);
    }
    let all = &mut all[v.index()];
    if all.last() != Some(&more) {
        all.push(more);
    }
}
