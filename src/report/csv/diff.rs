//! Tables of a comparison.

use super::Cell::{Count, Number, Text, Word};
use super::{Writer, joined, status};
use crate::report::document::diff::{Diff, InventoryChange};

/// Changes from one result to another, one row per service, load case and contingency.
#[must_use]
pub fn diff(diff: &Diff) -> String {
    let mut out = Writer::new(&[
        "change",
        "service",
        "load_case",
        "elements",
        "contingency",
        "old_status",
        "old_delivered",
        "new_status",
        "new_delivered",
    ]);
    for c in &diff.changes {
        out.row(&[
            Word(c.direction.word()),
            Text(&c.service),
            Text(&c.load_case),
            Text(&joined(&c.elements)),
            Text(c.contingency.as_deref().unwrap_or("")),
            c.old.map_or(Word(""), |h| status(h.status)),
            Number(c.old.and_then(|h| h.delivered)),
            c.new.map_or(Word(""), |h| status(h.status)),
            Number(c.new.and_then(|h| h.delivered)),
        ]);
    }
    out.finish()
}

/// Policies that are judged differently, one row each.
#[must_use]
pub fn diff_policies(diff: &Diff) -> String {
    let mut out = Writer::new(&["policy", "old", "new", "old_breaches", "new_breaches"]);
    let word = |holds: Option<bool>| {
        holds.map_or(Word(""), |h| Word(if h { "holds" } else { "breached" }))
    };
    for p in &diff.policies {
        out.row(&[
            Text(&p.name),
            word(p.old),
            word(p.new),
            Count(p.old_breaches),
            Count(p.new_breaches),
        ]);
    }
    out.finish()
}

/// Headroom that changed, one row per service and load case; blank is unlimited.
#[must_use]
pub fn diff_headroom(diff: &Diff) -> String {
    let mut out = Writer::new(&[
        "service",
        "load_case",
        "old",
        "new",
        "old_limit",
        "new_limit",
    ]);
    for c in &diff.headroom {
        out.row(&[
            Text(&c.service),
            Text(&c.load_case),
            Number(c.old),
            Number(c.new),
            Text(c.old_limit.as_deref().unwrap_or("")),
            Text(c.new_limit.as_deref().unwrap_or("")),
        ]);
    }
    out.finish()
}

/// Counts of contingencies that changed, one row per service, load case and order.
#[must_use]
pub fn diff_counts(diff: &Diff) -> String {
    let mut out = Writer::new(&[
        "service",
        "load_case",
        "order",
        "old_down",
        "old_degraded",
        "old_at_risk",
        "new_down",
        "new_degraded",
        "new_at_risk",
    ]);
    for c in &diff.counts {
        let mut row = vec![
            Text(&c.service),
            Text(&c.load_case),
            Count(Some(u64::from(c.order))),
        ];
        for side in [c.old, c.new] {
            row.extend([side.down, side.degraded, side.at_risk].map(Count));
        }
        out.row(&row);
    }
    out.finish()
}

/// Probabilities and expectations that changed, one row each.
#[must_use]
pub fn diff_chances(diff: &Diff) -> String {
    let mut out = Writer::new(&[
        "change",
        "service",
        "load_case",
        "measure",
        "old",
        "old_low",
        "old_high",
        "new",
        "new_low",
        "new_high",
    ]);
    for c in &diff.chances {
        let mut row = vec![
            Word(c.direction.word()),
            Text(&c.service),
            Text(c.load_case.as_deref().unwrap_or("")),
            Word(c.measure.words()),
        ];
        for side in [&c.old, &c.new] {
            row.extend([side.estimate, side.low, side.high].map(|x| Number(Some(x))));
        }
        out.row(&row);
    }
    out.finish()
}

/// What became of the inventory, one row per element and change.
#[must_use]
pub fn diff_inventory(diff: &Diff) -> String {
    let mut out = Writer::new(&["change", "element", "kind", "what", "unit", "old", "new"]);
    let nothing = InventoryChange::default();
    let change = diff.inventory.as_ref().unwrap_or(&nothing);
    let named = [("added", &change.added), ("removed", &change.removed)];
    for (word, names) in named {
        for n in names {
            out.row(&[
                Word(word),
                Text(&n.id),
                Text(&n.kind),
                Word(""),
                Word(""),
                Word(""),
                Word(""),
            ]);
        }
    }
    for r in &change.resized {
        out.row(&[
            Word("resized"),
            Text(&r.id),
            Text(&r.kind),
            Text(&r.what),
            Text(r.unit.as_deref().unwrap_or("")),
            r.old.map_or(Word("unlimited"), |x| Number(Some(x))),
            r.new.map_or(Word("unlimited"), |x| Number(Some(x))),
        ]);
    }
    for c in &change.changed {
        let what = c.what.join(";");
        out.row(&[
            Word("changed"),
            Text(&c.id),
            Text(&c.kind),
            Text(&what),
            Word(""),
            Word(""),
            Word(""),
        ]);
    }
    out.finish()
}
