//! Places of a network, and walks over them.

use super::row::Marks;

/// Where a walk has been. Kept between walks, so that none allocates.
#[derive(Clone, Debug, Default)]
pub struct Trail {
    seen: Marks,
    pub(super) todo: Vec<u32>,
}

impl Trail {
    pub(super) fn begin(&mut self, nodes: usize) {
        self.seen.fit(nodes);
        self.seen.clear();
        self.todo.clear();
    }

    pub(super) fn enter(&mut self, node: u32) {
        if self.seen.set(node) {
            self.todo.push(node);
        }
    }
}

/// A part of a network that load can change on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A direction of a link: `2 · link` from a to b, `2 · link + 1` back.
    Arc(u32),
    /// A node.
    Node(u32),
}
