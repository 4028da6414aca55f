//! Every service in one table, and the most urgent shown one by one.

use super::report::Report;
use super::service;
use crate::model::Status;
use crate::report::document::load::OutageTimes;
use crate::report::document::{ServiceState, State};
use crate::report::html::charts::Topic;
use crate::report::html::words;
use crate::report::html::words::{contingency, id, interval, probability};
use crate::report::layout::Align;
use crate::report::number::{count, instant};
use crate::report::tables::{self, Cell, HTML, last, marked, sorted};
use maud::{Markup, html};

/// Load cases with a column; the peak always has one.
const CASES: usize = 3;
/// Services shown one by one.
const MOST_SHOWN: usize = 40;
/// Of these, those that are printed: the style sheet leaves out the rest.
pub(in crate::report) const SERVICES_ON_PAPER: usize = 12;

pub(super) fn services(report: &Report<'_>) -> Markup {
    let urgent = report.urgent();
    if urgent.is_empty() {
        return words::absent("the inventory has no service");
    }
    let listed: Vec<&&ServiceState> = urgent.iter().filter(|s| is_shown(report, s)).collect();
    html! {
        (table(report, &urgent))
        @if cases(report).len() < report.doc.base.len() {
            p.cut {
                "Shown are " (cases(report).len()) " of " (report.doc.base.len())
                " load cases; " a href="table-services.csv" { "table-services.csv" } " has all."
            }
        }
        (report.figures(Topic::Headroom, ""))
        h3 { "One by one" }
        p.soft {
            @if listed.len() > MOST_SHOWN {
                "The " (MOST_SHOWN) " most urgent of " (count(listed.len() as u64))
                " services that some contingency harms; the tables beside this page have all."
            } @else if listed.is_empty() {
                "No contingency that was looked at harms any service."
            } @else {
                "Every service that is harmed, or that some contingency harms."
            }
        }
        div.ones {
            @for (nth, s) in listed.iter().take(MOST_SHOWN).enumerate() {
                (service::describe(report, s, nth < 3))
            }
        }
        @if listed.len() > SERVICES_ON_PAPER { p.cut.paper { "On paper the first " (SERVICES_ON_PAPER) " of " (count(listed.len() as u64)) "." } }
    }
}

/// Whether there is more to say than the table does.
fn is_shown(report: &Report<'_>, s: &ServiceState) -> bool {
    let sets = report.sweep(&s.id).is_some_and(|s| s.minimal_count > 0);
    sets || s.status != Status::Ok
}

/// Load cases with a column.
fn cases<'a>(report: &Report<'a>) -> Vec<&'a State> {
    let all = &report.doc.base;
    let mut shown: Vec<&State> = all.iter().take(CASES).collect();
    let peak = report.doc.peak();
    if peak >= CASES {
        shown.pop();
        shown.extend(all.get(peak));
    }
    shown
}

fn table(report: &Report<'_>, urgent: &[&ServiceState]) -> Markup {
    let Some(peak) = report.peak else {
        return html! {};
    };
    let rows = urgent.iter().map(|s| (report.place(&s.id), *s));
    let mut t = tables::base(rows, &cases(report), peak);
    t.column(Align::Left, "worst contingency", HTML, move |(_, s)| {
        worst(report, s)
    });
    t.column(Align::Right, "minimal sets", HTML, move |(_, s)| {
        report.sweep(&s.id).map(|s| s.minimal_count)
    });
    if report.doc.simulate.is_some() {
        t.column(Align::Right, "probability of harm", HTML, move |(_, s)| {
            likely(report, &s.id)
        });
    }
    let dated = report.doc.timeline.as_ref();
    if dated.is_some_and(|t| !t.outages.is_empty()) {
        t.column(Align::Left, "restore by", HTML, move |(_, s)| {
            restore(report, &s.id)
        });
    }
    t.html()
}

/// The worst contingency of a service.
fn worst<'a>(report: &Report<'_>, s: &ServiceState) -> Cell<'a> {
    let worst = report.sweep(&s.id).and_then(|s| s.worst.as_ref());
    match worst.filter(|w| w.status != Status::Ok) {
        None => sorted(html! { "none harms it" }, 9.0),
        Some(w) => sorted(
            html! { (contingency(&w.elements)) br; (tables::status_and_part(w.status, w.delivered)) },
            tables::severity(w.status, w.delivered),
        ),
    }
}

fn likely<'a>(report: &Report<'_>, service: &str) -> Cell<'a> {
    let Some(chance) = report.chance(service) else {
        return last(html! { "–" });
    };
    let p = &chance.probability.degraded_or_down;
    sorted(
        html! { (probability(p.estimate)) (interval(p.low, p.high)) },
        p.estimate,
    )
}

fn restore<'a>(report: &Report<'_>, service: &str) -> Cell<'a> {
    let outages = report.outages.get(service).map_or(&[][..], Vec::as_slice);
    let due = |o: &&OutageTimes| o.restore_by.as_deref()?.parse::<jiff::Timestamp>().ok();
    let soonest = outages
        .iter()
        .filter(|o| due(o).is_some())
        .min_by_key(|o| due(o));
    match soonest {
        None => last(html! { "–" }),
        Some(o) => marked(html! {
            (instant(o.restore_by.as_deref().unwrap_or("–"))) br; span.soft { (id(&o.element)) @if o.overdue { ", before the horizon begins" } }
        }),
    }
}
