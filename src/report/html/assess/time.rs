//! Over time: the calendar, load against capacity, restore-by, safe hours.

use super::report::Report;
use crate::report::document::load::Timeline;
use crate::report::html::charts::Topic;
use crate::report::html::words::{self, text};
use crate::report::number::{count, instant};
use crate::report::sentences::load::{agreements, differences};
use crate::report::tables;
use maud::{Markup, html};
use std::cmp::Reverse;

/// Nothing where the scenario has no horizon.
pub(super) fn time(report: &Report<'_>) -> Option<Markup> {
    let Some(t) = &report.doc.timeline else {
        return report.doc.timeline_reason.as_deref().map(words::absent);
    };
    Some(html! {
        p {
            "Every hour from " (instant(&t.from)) " to " (instant(&t.to)) " (" (text(&t.timezone, 40)) "), "
            (count(u64::from(t.hours))) " hours, and every single failure of " (count(t.elements)) " elements in each."
        }
        (outages(t))
        (report.figures(Topic::Days, ""))
        @if report.has(Topic::Capacity) {
            (report.figures(Topic::Capacity, "Service"))
            @if let Some(reason) = &t.capacity_reason { p.cut { "Shown: " (text(reason, 200)) "." } }
        } @else {
            (words::absent(t.capacity_reason.as_deref().unwrap_or("no capacity limits any service, so load is not drawn against it")))
        }
        (cases(t))
        (policies(t))
        (services(t))
        (safe(t))
    })
}

/// Load cases against the hours of the same days.
fn cases(t: &Timeline) -> Markup {
    let (same, other) = (agreements(t), differences(t));
    html! {
        @if !t.cases.is_empty() {
            h3 { "Load cases and their hours" }
            ul { @for line in same.iter().chain(&other) { li { (text(line, 900)) } } }
        }
    }
}

fn outages(t: &Timeline) -> Markup {
    if t.outages.is_empty() {
        return html! { p.soft { "There is no known outage, so there is nothing to restore." } };
    }
    html! { h3 { "Restore by" } (tables::outages(t).html()) }
}

fn policies(t: &Timeline) -> Markup {
    let table = tables::policy_times(t);
    html! { @if !table.is_empty() { h3 { "How long policies hold" } (table.html()) } }
}

fn services(t: &Timeline) -> Markup {
    let mut all: Vec<_> = t.services.iter().collect();
    all.sort_by_key(|s| {
        (
            Reverse(tables::harmed_hours(s)),
            s.n1_holds_until.is_none(),
            &s.id,
        )
    });
    html! { h3 { "Services over the horizon" } (tables::growth_of(t, all.into_iter()).html()) }
}

fn safe(t: &Timeline) -> Markup {
    let mut all: Vec<_> = t.failures.iter().collect();
    all.sort_by_key(|f| (f.safe_hours, &f.element));
    let table = tables::failures_of(t, all.into_iter().map(|f| (f, None)));
    html! {
        @if !table.is_empty() {
            h3 { "When maintenance is safe" }
            p.soft { "Elements that can be taken out in some hours only, or in none. All others harm nobody in any hour." }
            (table.html())
        }
    }
}
