//! Parts of a draft that importers, overlays and generated estates make alike.

use crate::model::{Expansion, Node, Role, Serves};

/// A node with an id and a role, and nothing else.
pub fn node(id: Box<str>, role: Role) -> Node {
    Node {
        id,
        name: None,
        kind: "".into(),
        unit: None,
        capacity: None,
        reliability: None,
        within: Box::default(),
        transit: None,
        trips_at: None,
        expansion: Expansion::default(),
        serves: Serves::Fair,
        logical: None,
        role,
        line: 0,
    }
}

/// Whether a load factor says more than a blank cell would.
#[allow(clippy::float_cmp, reason = "exactly the default")]
pub fn is_given(load: f64) -> bool {
    load != 1.0
}
