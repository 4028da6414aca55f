//! Over time: the calendar, load against capacity, restore-by, safe hours.

use super::Report;
use crate::report::document::load::{GrowthLeft, Timeline};
use crate::report::html::charts::Topic;
use crate::report::html::table::{Cell, Table, numbers, words as column};
use crate::report::html::words::{self, id, ids, instant, text};
use crate::report::number::{count, growth, quantity};
use crate::report::text::{agreements, differences};
use maud::{Markup, html};

pub(super) fn time(report: &Report<'_>) -> Markup {
    let Some(t) = &report.doc.timeline else {
        let why = report.doc.timeline_reason.as_deref();
        return words::absent(why.unwrap_or(
            "the scenario has no horizon, so no hour but those of the load cases was looked at",
        ));
    };
    html! {
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
    }
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
    let columns = vec![
        column("Known outage"),
        column("First harm"),
        column("Services"),
        numbers("Repair takes"),
        column("Start the repair by"),
    ];
    let mut table = Table::new("known outages", columns)
        .with_file("table-outages.csv")
        .at_most(100);
    for o in &t.outages {
        table.row(|| vec![
            Cell::new(id(&o.element)),
            Cell::new(html! { (o.first_impact.as_deref().map_or_else(|| "–".to_owned(), instant)) }),
            Cell::new(html! { (ids(&o.services, 5)) }),
            Cell::by(html! { @if let Some(h) = o.repair_hours { (quantity(h)) " h" } @else { "–" } }, o.repair_hours),
            Cell::new(html! {
                @if let Some(at) = &o.restore_by { strong { (instant(at)) } @if o.overdue { " overdue" } }
                @else { (text(o.reason.as_deref().unwrap_or("–"), 120)) }
            }),
        ]);
    }
    html! { h3 { "Restore by" } (table.render()) }
}

fn policies(t: &Timeline) -> Markup {
    let columns = vec![
        column("Policy"),
        column("Holds until"),
        numbers("Growth left"),
        column("Set by"),
    ];
    let mut table = Table::new("policies", columns).at_most(100);
    for p in &t.policies {
        let until = until(t, p.holds_until.as_ref());
        table.row(|| {
            vec![
                Cell::new(html! { (text(&p.name, 120)) }),
                Cell::new(html! { (until) }),
                growth_cell(p.growth.as_ref()),
                Cell::new(set_by(p.growth.as_ref())),
            ]
        });
    }
    html! { @if table.total() > 0 { h3 { "How long policies hold" } (table.render()) } }
}

/// Until when something holds, in the cell of a table.
fn until(t: &Timeline, at: Option<&String>) -> String {
    match at {
        None => "the end".to_owned(),
        at if t.never_held(at) => "does not hold".to_owned(),
        Some(at) => instant(at),
    }
}

fn growth_cell(left: Option<&GrowthLeft>) -> Cell {
    let key = left.map_or(f64::MAX, |g| g.growth.unwrap_or(-1.0));
    let shown = match left {
        None => "unlimited".to_owned(),
        Some(g) => g
            .growth
            .map_or_else(|| "none".to_owned(), |x| growth(Some(x))),
    };
    Cell::by(html! { (shown) }, Some(key))
}

fn set_by(left: Option<&GrowthLeft>) -> Markup {
    html! {
        @if let Some(g) = left {
            @if let Some(reason) = &g.reason { (text(reason, 200)) }
            @if let Some(limit) = &g.limit { (id(limit)) }
            @if let Some(failure) = g.failure.as_ref().filter(|_| g.reason.is_none()) { " if " (id(failure)) " fails" }
            @if let Some(day) = &g.used_up { br; span.soft { "used up " (instant(day)) } }
        } @else { "–" }
    }
}

fn services(t: &Timeline) -> Markup {
    let columns = vec![
        column("Service"),
        column("In full until"),
        column("Survives one failure until"),
        numbers("Hours harmed"),
        numbers("Growth left, N-0"),
        numbers("Growth left, N-1"),
        column("Set by"),
    ];
    let mut table = Table::new("services", columns).with_file("table-growth.csv");
    let until = |at: &Option<String>| until(t, at.as_ref());
    let mut all: Vec<_> = t.services.iter().collect();
    let hours = |s: &crate::report::document::load::ServiceTimes| {
        ["down", "degraded"]
            .iter()
            .filter_map(|w| s.hours.get(*w))
            .sum::<u32>()
    };
    all.sort_by_key(|s| {
        (
            std::cmp::Reverse(hours(s)),
            s.n1_holds_until.is_none(),
            &s.id,
        )
    });
    for s in all {
        table.row(|| vec![
            Cell::new(id(&s.id)),
            Cell::new(html! { (until(&s.n0_holds_until)) }),
            Cell::new(html! { (until(&s.n1_holds_until)) @if let Some(f) = &s.n1_failure { br; span.soft { (id(f)) } } }),
            Cell::by(html! { (count(u64::from(hours(s)))) }, Some(f64::from(hours(s)))),
            growth_cell(s.growth_n0.as_ref()),
            growth_cell(s.growth_n1.as_ref()),
            Cell::new(set_by(s.growth_n1.as_ref())),
        ]);
    }
    html! { h3 { "Services over the horizon" } (table.render()) }
}

fn safe(t: &Timeline) -> Markup {
    let columns = vec![
        column("Element"),
        numbers("Safe hours"),
        column("Longest safe stretch"),
        column("Harms otherwise"),
    ];
    let mut table = Table::new("elements", columns)
        .with_file("table-failures.csv")
        .at_most(100);
    let mut all: Vec<_> = t.failures.iter().collect();
    all.sort_by_key(|f| (f.safe_hours, &f.element));
    for f in all {
        let services: Vec<String> = f.services.iter().map(|s| s.id.clone()).collect();
        table.row(|| vec![
            Cell::new(id(&f.element)),
            Cell::by(html! { (count(u64::from(f.safe_hours))) " of " (count(u64::from(t.hours))) }, Some(f64::from(f.safe_hours))),
            Cell::new(html! {
                @if let Some(s) = &f.longest_safe { (instant(&s.from)) " to " (instant(&s.to)) } @else { "none" }
            }),
            Cell::new(html! { (ids(&services, 5)) }),
        ]);
    }
    html! {
        @if table.total() > 0 {
            h3 { "When maintenance is safe" }
            p.soft { "Elements that can be taken out in some hours only, or in none. All others harm nobody in any hour." }
            (table.render())
        }
    }
}
