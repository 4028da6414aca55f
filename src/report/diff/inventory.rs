//! Two inventories against each other. In: what two results carry of theirs. Out: added, removed,
//! resized, of another cost or target, otherwise changed. Promises: what a list leaves out is not taken for missing.

use super::super::document::diff::{InventoryChange, NodeChange, NodeName, Resized};
use super::super::document::{Estate, EstateNode};
use super::rounding::same;
use std::cmp::Ordering;

/// From the old inventory to the new one.
#[must_use]
pub fn inventory(old: &Estate, new: &Estate) -> InventoryChange {
    let mut change = InventoryChange::default();
    // Beyond the last id of a list that is cut, nothing is known.
    let known = |estate: &Estate, id: &str| {
        let last = estate.listed.last().map_or("", |n| n.id.as_str());
        estate.listed.len() as u64 == estate.nodes || id <= last
    };
    let (mut was, mut is) = (old.listed.iter().peekable(), new.listed.iter().peekable());
    loop {
        let order = match (was.peek(), is.peek()) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(x), Some(y)) => x.id.cmp(&y.id),
        };
        let before = was.next_if(|_| order.is_le());
        let after = is.next_if(|_| order.is_ge());
        match (before, after) {
            (Some(x), Some(y)) => compare(x, y, &mut change),
            (Some(x), None) if known(new, &x.id) => change.removed.push(name(x)),
            (None, Some(y)) if known(old, &y.id) => change.added.push(name(y)),
            _ => {}
        }
    }
    let cut = [old, new].into_iter().any(|e| e.reason.is_some());
    change.reason = cut.then(|| {
        format!(
            "the results list {} of {} and {} of {} elements of their inventories: only those are \
             compared",
            old.listed.len(),
            old.nodes,
            new.listed.len(),
            new.nodes
        )
    });
    change
}

fn name(node: &EstateNode) -> NodeName {
    NodeName {
        id: node.id.clone(),
        kind: node.kind.clone(),
    }
}

fn compare(old: &EstateNode, new: &EstateNode, change: &mut InventoryChange) {
    let unit = new.unit.as_deref();
    let other = |what: &str, sizes: (Option<f64>, Option<f64>), unit: Option<&str>| {
        (!same(sizes.0, sizes.1)).then(|| Resized {
            id: new.id.clone(),
            kind: new.kind.clone(),
            what: what.to_owned(),
            unit: unit.map(str::to_owned),
            old: sizes.0,
            new: sizes.1,
        })
    };
    let sizes = [
        other("capacity", (old.capacity, new.capacity), unit),
        other("demand", (old.demand, new.demand), unit),
    ];
    change.resized.extend(sizes.into_iter().flatten());
    // Costs have no unit that a file says; a target is in percent.
    let figures = [
        other("slo", (old.slo, new.slo), Some("%")),
        other("cost", (old.cost, new.cost), None),
        other(
            "cost_per_unit",
            (old.cost_per_unit, new.cost_per_unit),
            None,
        ),
        other("max_capacity", (old.max_capacity, new.max_capacity), unit),
    ];
    change.figures.extend(figures.into_iter().flatten());
    let others = [
        ("file", old.file != new.file),
        ("kind", old.kind != new.kind),
        ("unit", old.unit != new.unit),
        (
            "unavailability",
            !same(old.unavailability, new.unavailability),
        ),
        ("trips_at", !same(old.trips_at, new.trips_at)),
        ("serves", old.serves != new.serves),
        ("logical", old.logical != new.logical),
        ("needs", old.needs != new.needs),
    ];
    let what: Vec<String> = others
        .into_iter()
        .filter(|o| o.1)
        .map(|o| o.0.to_owned())
        .collect();
    if !what.is_empty() {
        change.changed.push(NodeChange {
            id: new.id.clone(),
            kind: new.kind.clone(),
            what,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: &str, capacity: f64) -> EstateNode {
        EstateNode {
            id: id.to_owned(),
            kind: "server".to_owned(),
            file: "components.csv".to_owned(),
            line: Some(2),
            capacity: Some(capacity),
            demand: None,
            trips_at: None,
            serves: None,
            logical: false,
            unit: None,
            unavailability: Some(0.01),
            slo: None,
            cost: None,
            cost_per_unit: None,
            max_capacity: None,
            needs: None,
        }
    }

    fn estate(listed: Vec<EstateNode>, nodes: u64) -> Estate {
        Estate {
            reason: (listed.len() as u64 != nodes).then(|| "cut".to_owned()),
            listed,
            nodes,
            ..Estate::default()
        }
    }

    #[test]
    fn each_change_is_of_one_sort() {
        let old = estate(vec![node("a", 1.0), node("b", 1.0), node("d", 1.0)], 3);
        let mut rewired = node("d", 1.0);
        rewired.needs = Some("00".to_owned());
        let new = estate(vec![node("a", 2.0), node("c", 1.0), rewired], 3);
        let change = inventory(&old, &new);
        assert_eq!((change.added[0].id.as_str(), change.added.len()), ("c", 1));
        assert_eq!(change.removed[0].id, "b");
        let resized = &change.resized[0];
        assert_eq!((resized.old, resized.new), (Some(1.0), Some(2.0)));
        assert_eq!(change.changed[0].what, ["needs"]);
        assert!(inventory(&old, &old).is_empty());
        let rounded = estate(vec![node("a", 0.1 + 0.2)], 1);
        assert!(inventory(&estate(vec![node("a", 0.3)], 1), &rounded).is_empty());
    }

    #[test]
    fn costs_targets_and_limits_of_growth_are_compared() {
        let mut priced = node("a", 1.0);
        (priced.cost, priced.max_capacity) = (Some(100.0), Some(4.0));
        let mut dearer = priced.clone();
        (dearer.cost, dearer.cost_per_unit) = (Some(120.0), Some(7.0));
        (dearer.max_capacity, dearer.slo) = (None, Some(99.9));
        let of = |n: &EstateNode| estate(vec![n.clone()], 1);
        let change = inventory(&of(&priced), &of(&dearer));
        let told: Vec<_> = change
            .figures
            .iter()
            .map(|f| (&*f.what, f.old, f.new))
            .collect();
        assert_eq!(
            told,
            [
                ("slo", None, Some(99.9)),
                ("cost", Some(100.0), Some(120.0)),
                ("cost_per_unit", None, Some(7.0)),
                ("max_capacity", Some(4.0), None),
            ]
        );
        assert!(change.resized.is_empty() && change.changed.is_empty() && !change.is_empty());
    }

    #[test]
    fn beyond_a_cut_nothing_is_added_or_removed() {
        let whole = estate(vec![node("a", 1.0), node("b", 1.0), node("c", 1.0)], 3);
        let cut = estate(vec![node("b", 1.0)], 9);
        let change = inventory(&whole, &cut);
        assert_eq!(
            change.removed.len(),
            1,
            "a comes before the cut, c after it"
        );
        assert_eq!(change.removed[0].id, "a");
        assert!(change.reason.is_some());
        assert_eq!(inventory(&cut, &whole).added.len(), 1);
    }
}
