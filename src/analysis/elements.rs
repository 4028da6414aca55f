//! Elements that fail together, kept small: results may hold millions of them.

use crate::model::NodeId;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cmp::Ordering;
use std::fmt;
use std::ops::Deref;

/// The most elements that are kept in place.
const FEW: usize = 3;

/// Elements that fail together, sorted: a slice of nodes that takes 16 bytes up to three of them.
#[derive(Clone)]
pub struct Elements(Kept);

#[derive(Clone)]
#[allow(
    clippy::box_collection,
    reason = "a thin pointer keeps the common case small"
)]
enum Kept {
    Few(u8, [NodeId; FEW]),
    Many(Box<Vec<NodeId>>),
}

impl Deref for Elements {
    type Target = [NodeId];

    fn deref(&self) -> &[NodeId] {
        match &self.0 {
            Kept::Few(n, nodes) => &nodes[..usize::from(*n)],
            Kept::Many(nodes) => nodes,
        }
    }
}

impl From<&[NodeId]> for Elements {
    fn from(nodes: &[NodeId]) -> Self {
        if nodes.len() > FEW {
            return Self(Kept::Many(Box::new(nodes.to_vec())));
        }
        let mut few = [NodeId(0); FEW];
        few[..nodes.len()].copy_from_slice(nodes);
        Self(Kept::Few(u8::try_from(nodes.len()).unwrap_or(0), few))
    }
}

impl From<Vec<NodeId>> for Elements {
    fn from(nodes: Vec<NodeId>) -> Self {
        nodes.as_slice().into()
    }
}

impl PartialEq for Elements {
    fn eq(&self, other: &Self) -> bool {
        self[..] == other[..]
    }
}

impl fmt::Debug for Elements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self[..].fmt(f)
    }
}

impl Serialize for Elements {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self[..].serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Elements {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::<NodeId>::deserialize(deserializer).map(Self::from)
    }
}

/// Fewer elements first, then by elements.
pub(super) fn by_size(a: &[NodeId], b: &[NodeId]) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_elements_is_kept() {
        for n in 0..6 {
            let nodes: Vec<NodeId> = (0..n).map(NodeId).collect();
            assert_eq!(Elements::from(nodes.clone())[..], nodes[..]);
        }
        assert_eq!(size_of::<Elements>(), 16);
    }
}
