//! What the columns of overload say without effect. In: the finished system. Out: warnings where a
//! node cannot trip, and where it serves tiers first that nobody has.

use super::builder::Builder;
use super::rows::about_node;
use crate::model::{Serves, System};

/// Adds every warning.
pub fn add(b: &mut Builder, system: &System) {
    let mut services = system.nodes().iter().filter_map(|n| n.as_service());
    let has_tiers = services.any(|s| s.tier.is_some());
    for (_, node) in system.iter() {
        if node.trips_at.is_some() && node.is_unlimited() {
            about_node(
                b,
                &node.id,
                "nodes that trip have no capacity",
                |id| format!("`{id}` never trips: it has no capacity to exceed"),
                "give it a capacity, or blank `trips_at`",
            );
        }
        let most = node.expansion.max_capacity;
        if most.is_some_and(|most| node.least_limit().is_some_and(|now| most < now)) {
            about_node(
                b,
                &node.id,
                "nodes have more capacity than they can be grown to",
                |id| format!("`{id}` has more capacity than its `max_capacity`"),
                "no plan will grow it: raise `max_capacity`, or leave it out",
            );
        }
        if node.serves == Serves::Priority && !has_tiers {
            about_node(
                b,
                &node.id,
                "nodes serve tiers first that no service has",
                |id| format!("`{id}` serves better tiers first, but no service has a tier"),
                "write tiers into services.csv: 1 for the most important, then 2, 3 …",
            );
        }
    }
}
