//! Tables of load over time.

use super::Cell::{Count, Number, Text, Word};
use super::{Writer, joined, status, yes};
use crate::model::Cause;
use crate::report::document::load::{Load, Timeline};

/// Every demand of every load case, and where it comes from.
#[must_use]
pub fn load(load: &Load) -> String {
    let header = [
        "load_case",
        "service",
        "demand",
        "unit",
        "evidenced",
        "derivation",
    ];
    let mut out = Writer::new(&header);
    for case in &load.cases {
        for s in &case.services {
            let steps: Vec<&str> = s.steps.iter().map(|step| step.text.as_str()).collect();
            out.row(&[
                Text(&case.load_case),
                Text(&s.id),
                Number(Some(s.demand)),
                Text(s.unit.as_deref().unwrap_or_default()),
                yes(s.evidenced),
                Text(&steps.join("; ")),
            ]);
        }
    }
    out.finish()
}

/// Status of every service over the hours, a row per stretch.
#[must_use]
pub fn timeline(timeline: &Timeline) -> String {
    let mut out = Writer::new(&["service", "from", "to", "status", "cause"]);
    for s in &timeline.services {
        for span in &s.status {
            out.row(&[
                Text(&s.id),
                Text(&span.from),
                Text(&span.to),
                status(span.status),
                Word(span.cause.map_or("", Cause::word)),
            ]);
        }
    }
    out.finish()
}

/// Until when each service holds and how much growth is left, a row per service.
#[must_use]
pub fn growth(timeline: &Timeline) -> String {
    let mut out = Writer::new(&[
        "service",
        "n0_holds_until",
        "n1_holds_until",
        "n1_failure",
        "growth_n0",
        "growth_n1",
        "growth_n1_limit",
        "growth_n1_failure",
        "growth_n1_used_up",
        "reason",
    ]);
    let text = |t: &'_ Option<String>| t.clone().unwrap_or_default();
    for s in &timeline.services {
        let n1 = s.growth_n1.clone().unwrap_or_default();
        out.row(&[
            Text(&s.id),
            Text(&text(&s.n0_holds_until)),
            Text(&text(&s.n1_holds_until)),
            Text(&text(&s.n1_failure)),
            Number(s.growth_n0.as_ref().and_then(|g| g.growth)),
            Number(n1.growth),
            Text(&text(&n1.limit)),
            Text(&text(&n1.failure)),
            Text(&text(&n1.used_up)),
            Text(n1.reason.as_deref().unwrap_or(if s.growth_n1.is_none() {
                "unlimited"
            } else {
                ""
            })),
        ]);
    }
    out.finish()
}

/// Hours of harm of every failure and service.
#[must_use]
pub fn failures(timeline: &Timeline) -> String {
    let mut out = Writer::new(&[
        "element",
        "service",
        "hours_degraded",
        "hours_down",
        "least_delivered",
        "element_safe_hours",
    ]);
    for f in &timeline.failures {
        for h in &f.services {
            out.row(&[
                Text(&f.element),
                Text(&h.id),
                Count(Some(u64::from(h.hours_degraded))),
                Count(Some(u64::from(h.hours_down))),
                Number(Some(h.least_delivered)),
                Count(Some(u64::from(f.safe_hours))),
            ]);
        }
    }
    out.finish()
}

/// Restore-by times of the known outages.
#[must_use]
pub fn outages(timeline: &Timeline) -> String {
    let mut out = Writer::new(&[
        "element",
        "first_impact",
        "services",
        "repair_hours",
        "restore_by",
        "overdue",
        "reason",
    ]);
    for o in &timeline.outages {
        out.row(&[
            Text(&o.element),
            Text(o.first_impact.as_deref().unwrap_or_default()),
            Text(&joined(&o.services)),
            Number(o.repair_hours),
            Text(o.restore_by.as_deref().unwrap_or_default()),
            yes(o.overdue),
            Text(o.reason.as_deref().unwrap_or_default()),
        ]);
    }
    out.finish()
}
