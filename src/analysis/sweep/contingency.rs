//! Elements that fail together, on top of what has failed before.

use super::Task;
use crate::model::NodeId;
use std::ops::Deref;

/// The most elements of a contingency that is evaluated because its parts interact.
const MOST: usize = 3;

/// Up to three nodes, sorted: a slice without an allocation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Contingency {
    nodes: [NodeId; MOST],
    len: usize,
}

impl Contingency {
    /// From numbers of elements of a task.
    pub fn new(task: &Task<'_>, elements: &[u32]) -> Self {
        let mut nodes = [NodeId(0); MOST];
        let more = elements.iter().map(|&e| task.elements[e as usize]);
        let all = task.failed.iter().copied().chain(more);
        let mut len = 0;
        for (place, node) in nodes.iter_mut().zip(all) {
            *place = node;
            len += 1;
        }
        nodes[..len].sort_unstable();
        Self { nodes, len }
    }
}

impl Deref for Contingency {
    type Target = [NodeId];

    fn deref(&self) -> &[NodeId] {
        &self.nodes[..self.len]
    }
}
