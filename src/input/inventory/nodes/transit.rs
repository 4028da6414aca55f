//! Whether traffic of others may pass through a component: what its row says, what is assumed where that
//! matters.

use super::columns::Columns;
use crate::input::inventory::builder::Builder;
use crate::input::inventory::defaults::Assumed;
use crate::input::table::Row;
use crate::model::Role;
use std::collections::HashMap;

/// Whether traffic of others may pass through a component: its own word, else its kind's in
/// inventory.toml. The rest is the model's default.
pub(super) fn transit<'t>(
    b: &mut Builder<'t>,
    row: Row<'t>,
    columns: &Columns,
    kind: &'t str,
) -> Option<bool> {
    match row.cell(columns.transit) {
        "yes" => return Some(true),
        "no" => return Some(false),
        "" => {}
        text => {
            let column = columns.transit.unwrap_or(0);
            let fault = row.error(column, format!("`{text}` is neither `yes` nor `no`"));
            b.faults.push(fault.help(
                "write `yes` if traffic of others may pass through it, `no` if not, or nothing \
                 for what its kind does",
            ));
            return None;
        }
    }
    b.of_kind(kind, Assumed::Transit, |k| k.transit.as_ref())
}

/// Counts whose word on transit is missing, where it matters: there are flows, and links join it to
/// two others.
pub fn assume_transit(b: &mut Builder) {
    if !b.nodes.iter().any(|d| matches!(d.node.role, Role::Flow(_))) {
        return;
    }
    // By node: one that a link joins it to, and whether there is another.
    let mut joined: HashMap<u32, (u32, bool)> = HashMap::new();
    for draft in &b.nodes {
        let Role::Link(link) = draft.node.role else {
            continue;
        };
        for (end, other) in [(link.a.0, link.b.0), (link.b.0, link.a.0)] {
            let known = joined.entry(end).or_insert((other, false));
            known.1 |= known.0 != other;
        }
    }
    let between = joined.into_iter().filter(|(_, (_, more))| *more);
    for (at, _) in between {
        let Some(draft) = b.nodes.get(at as usize) else {
            continue;
        };
        if draft.node.transit.is_none() {
            let forwards = draft.node.is_transit();
            let assumed = if forwards {
                Assumed::Forwards
            } else {
                Assumed::EndsOnly
            };
            b.assume("", assumed);
        }
    }
}
