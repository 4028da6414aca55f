//! Tables of named contingencies and of loops that cannot be started.

use super::Cell::{Number, Text, Word};
use super::{Writer, joined, status};
use crate::report::document::{ColdStart, Sweep};

/// Named contingencies, one row per contingency, load case and service.
#[must_use]
pub fn named(sweep: &Sweep) -> String {
    let mut out = Writer::new(&[
        "contingency",
        "load_case",
        "service",
        "status",
        "cause",
        "witness",
        "demand",
        "delivered",
        "headroom",
        "limit",
        "shed_from",
        "shed_to",
    ]);
    for state in &sweep.named {
        for s in &state.services {
            out.row(&[
                Text(&state.name),
                Text(&state.load_case),
                Text(&s.id),
                status(s.status),
                Word(s.cause.map_or("", crate::model::Cause::word)),
                Text(s.witness.as_deref().unwrap_or("")),
                Number(Some(s.demand)),
                Number(Some(s.delivered)),
                Number(s.headroom),
                Text(s.limit.as_deref().unwrap_or("")),
                Number(s.shed.map(|shed| shed.from)),
                Number(s.shed.map(|shed| shed.to)),
            ]);
        }
    }
    out.finish()
}

/// What could not be started from dark: a row for each member of each loop, for who waits for it, and for
/// each way to break it.
#[must_use]
pub fn cold_start(found: &ColdStart) -> String {
    let mut out = Writer::new(&["loop", "entry", "id", "providers", "group", "place"]);
    for (at, l) in (1..).zip(&found.cold_start_loops) {
        let number = || Number(Some(f64::from(at)));
        let lists = [("member", &l.members), ("waiting", &l.waiting)];
        for (entry, ids) in lists {
            for id in ids {
                let blank = || Word("");
                out.row(&[number(), Word(entry), Text(id), blank(), blank(), blank()]);
            }
        }
        let ways = l.breaks.iter().map(|h| ("breaks", h));
        for (entry, hold) in ways.chain(l.together.iter().map(|h| ("breaks together", h))) {
            out.row(&[
                number(),
                Word(entry),
                Text(&hold.consumer),
                Text(&joined(&hold.providers)),
                Text(hold.group.as_deref().unwrap_or("")),
                Text(hold.place.as_deref().unwrap_or("")),
            ]);
        }
    }
    out.finish()
}
