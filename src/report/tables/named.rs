//! Tables of named contingencies, of what trips, of what runs elsewhere or nowhere, and of what could not be
//! started from dark.

use super::states::infinite;
use super::table::{CSV, Cell, HTML, TEXT, Table};
use crate::model::{Cause, Status};
use crate::report::document::{
    Cascade, ColdStart, Hold, Moved, NamedService, NamedState, State, Stranded, Sweep, Tripped,
    Unplaced,
};
use crate::report::layout::Align;
use crate::report::number::count;
use crate::report::sentences::named::who;

/// Named contingencies, one row per contingency and load case.
pub(in crate::report) fn named_states(sweep: &Sweep) -> Table<'_, &NamedState> {
    let mut t = Table::new(["row", "named contingencies"], &sweep.named)
        .most(HTML, 200)
        .instead("`sweep --format csv --table named` lists all")
        .file("table-named.csv");
    t.id("contingency", TEXT, |n| &n.name)
        .cell(HTML, |n| Cell::Prose((&n.name).into(), 120));
    t.id("load case", TEXT | HTML, |n| &n.load_case);
    t.number("fails", HTML, |n| n.down.len() as u64);
    t.number("✗/▲/!", TEXT, |n| {
        let all = [Status::Down, Status::Degraded, Status::AtRisk];
        all.map(|status| count(with(n, status))).join("/")
    });
    t.number("down", HTML, |n| with(n, Status::Down));
    t.number("degraded", HTML, |n| with(n, Status::Degraded));
    t.number("at risk", HTML, |n| with(n, Status::AtRisk));
    t.column(Align::Note, "who", TEXT | HTML, who);
    t
}

/// How many services have a status.
fn with(state: &NamedState, status: Status) -> u64 {
    let services = state.services.iter();
    services.filter(|s| s.status == status).count() as u64
}

/// A named contingency at a load case, and a service in it.
type OfNamed<'a> = (&'a NamedState, &'a NamedService);

/// Named contingencies, one row per contingency, load case and service.
#[must_use]
pub fn named(sweep: &Sweep) -> Table<'_, OfNamed<'_>> {
    let rows = sweep
        .named
        .iter()
        .flat_map(|n| n.services.iter().map(move |s| (n, s)));
    let mut t = Table::new(["service", "services"], rows);
    t.id("contingency", CSV, |(n, _)| &n.name);
    t.words("load case", CSV, |(n, _)| &n.load_case);
    t.id("service", CSV, |(_, s)| &s.id);
    t.short("status", CSV, |(_, s)| s.status);
    t.words("cause", CSV, |(_, s)| s.cause.map(Cause::word));
    t.id("witness", CSV, |(_, s)| s.witness.as_deref());
    t.number("demand", CSV, |(_, s)| s.demand);
    t.number("delivered", CSV, |(_, s)| s.delivered);
    t.number("headroom", CSV, |(_, s)| s.headroom);
    t.id("limit", CSV, |(_, s)| s.limit.as_deref());
    t.number("shed from", CSV, |(_, s)| s.shed.map(|shed| shed.from));
    t.number("shed to", CSV, |(_, s)| s.shed.map(|shed| shed.to));
    t
}

/// Contingencies of a sweep that set off a cascade, one row per contingency and load case.
#[must_use]
pub fn cascades(sweep: &Sweep) -> Table<'_, &Cascade> {
    let mut t = Table::new(["cascade", "cascades"], &sweep.cascades);
    t.words("elements", CSV, |c| Cell::Elements(&c.elements));
    t.words("load case", CSV, |c| &c.load_case);
    t.number("order", CSV, |c| c.elements.len() as u64);
    t.number("tripped", CSV, |c| c.tripped);
    t.number("rounds", CSV, |c| c.rounds);
    t.number("services", CSV, |c| c.services);
    // How many there are of this order, listed or not.
    t.number("cascades", CSV, |c| {
        let order = c.elements.len().to_string();
        sweep.cascade_count.get(&order).copied()
    });
    t
}

/// What was lost to overload in some states, one row per node and load case.
#[must_use]
pub fn tripped(states: &[State]) -> Table<'_, (&State, &Tripped)> {
    let rows = states
        .iter()
        .flat_map(|s| s.tripped.iter().map(move |t| (s, t)));
    let mut t = Table::new(["component", "components"], rows);
    t.id("component", CSV, |(_, t)| &t.id);
    t.words("load case", CSV, |(at, _)| &at.load_case);
    t.number("round", CSV, |(_, t)| t.round);
    t.number("load", CSV, |(_, t)| infinite(t.load));
    t.number("trips above", CSV, |(_, t)| t.trips_above);
    t
}

/// Something of a loop that could not be started: the number of the loop, of what sort it is, an id, and
/// what that is held by.
type OfLoop<'a> = (u64, &'static str, &'a str, Option<&'a Hold>);

/// What could not be started from dark: a row for each member of each loop, for who waits for it, and for
/// each way to break it.
#[must_use]
pub fn cold_start(found: &ColdStart) -> Table<'_, OfLoop<'_>> {
    let mut rows: Vec<OfLoop<'_>> = Vec::new();
    for (at, l) in (1..).zip(&found.cold_start_loops) {
        for (entry, ids) in [("member", &l.members), ("waiting", &l.waiting)] {
            rows.extend(ids.iter().map(|id| (at, entry, id.as_str(), None)));
        }
        for (entry, holds) in [("breaks", &l.breaks), ("breaks together", &l.together)] {
            let all = holds.iter();
            rows.extend(all.map(|hold| (at, entry, hold.consumer.as_str(), Some(hold))));
        }
    }
    let mut t = Table::new(["row", "rows"], rows);
    t.number("loop", CSV, |(at, ..)| at);
    t.words("entry", CSV, |(_, entry, ..)| entry);
    t.id("id", CSV, |(_, _, id, _)| id);
    t.words("providers", CSV, |(.., hold)| {
        hold.map_or(Cell::Nothing, |h| Cell::Elements(&h.providers))
    });
    t.words("group", CSV, |(.., hold)| {
        hold.and_then(|h| h.group.as_deref())
    });
    t.words("place", CSV, |(.., hold)| {
        hold.and_then(|h| h.place.as_deref())
    });
    t
}

/// An instance that runs elsewhere than at home, or nowhere.
type Shift<'a> = (&'a State, Result<&'a Moved, &'a Unplaced>);

/// Instances that run elsewhere than at home, or nowhere, one row per instance and load case.
#[must_use]
pub fn placements(states: &[State]) -> Table<'_, Shift<'_>> {
    let rows = states.iter().flat_map(|s| {
        let moved = s.moved.iter().flatten().map(move |m| (s, Ok(m)));
        moved.chain(s.lacks.iter().map(move |u| (s, Err(u))))
    });
    let mut t = Table::new(["instance", "instances"], rows);
    t.id("instance", CSV, |(_, row)| match row {
        Ok(moved) => &moved.instance,
        Err(out) => &out.id,
    });
    t.words("load case", CSV, |(at, _)| &at.load_case);
    t.id("from", CSV, |(_, row)| {
        row.ok().and_then(|m| m.from.as_deref())
    });
    t.id("to", CSV, |(_, row)| row.ok().map(|m| m.to.as_str()));
    t.words("reason", CSV, |(_, row)| {
        row.err().map(|u| u.reason.as_str())
    });
    t.words("resource", CSV, |(_, row)| {
        row.err().and_then(|u| u.resource.as_deref())
    });
    t.number("needs", CSV, |(_, row)| row.err().and_then(|u| u.needs));
    t.number("most free", CSV, |(_, row)| {
        row.err().and_then(|u| u.most_free)
    });
    t
}

/// Contingencies of a sweep after which an instance runs nowhere, one row per contingency and load case.
#[must_use]
pub fn stranded(sweep: &Sweep) -> Table<'_, &Stranded> {
    let mut t = Table::new(["contingency", "contingencies"], &sweep.stranded);
    t.words("elements", CSV, |s| Cell::Elements(&s.elements));
    t.words("load case", CSV, |s| &s.load_case);
    t.number("order", CSV, |s| s.elements.len() as u64);
    t.words("instances", CSV, |s| Cell::Elements(&s.instances));
    t
}
