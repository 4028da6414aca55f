//! The table of a plan.

use super::table::{CSV, Cell, TEXT, Table, shown};
use crate::report::document::{PlanChange, PlanResult};
use crate::report::number::quantity;
use crate::report::sentences::plan::change;

/// One row per change, in the order in which they are done.
#[must_use]
pub fn plan(plan: &PlanResult) -> Table<'_, (u64, &PlanChange)> {
    let rows = (1u64..).zip(&plan.changes);
    let mut t = Table::new(["change", "changes"], rows);
    t.number("step", CSV | TEXT, |(n, _)| n);
    t.words("change", TEXT, |(_, c)| change(c));
    t.short("kind", CSV, |(_, c)| c.kind.word());
    t.id("component", CSV, |(_, c)| &c.component);
    t.number("amount", CSV, |(_, c)| c.amount);
    t.words("unit", CSV, |(_, c)| c.unit.as_deref());
    t.words("outside", CSV, |(_, c)| c.outside.join(";"));
    t.id("to", CSV, |(_, c)| c.laid.as_ref().map(|l| l.to.as_str()));
    t.words("beside", CSV, |(_, c)| {
        let beside = c.laid.as_ref().map(|l| l.beside.join(";"));
        beside.unwrap_or_default()
    });
    t.id("host", CSV, |(_, c)| {
        c.moved.as_ref().map(|m| m.to.as_str())
    });
    t.words("resource", CSV, |(_, c)| {
        c.takes.as_ref().map(|t| t.resource.as_str())
    });
    t.number("cost", CSV, |(_, c)| c.cost)
        .cell(TEXT, |(_, c)| shown(c.cost, quantity));
    t.number("breaches left", CSV | TEXT, |(_, c)| c.breaches_left);
    let is_dated = |c: &PlanChange| c.needed_by.is_some() || c.needed_by_reason.is_some();
    if plan.changes.iter().any(is_dated) {
        t.short("needed by", CSV | TEXT, |(_, c)| {
            c.needed_by.as_deref().map_or(Cell::Nothing, Cell::Instant)
        });
    }
    t
}
