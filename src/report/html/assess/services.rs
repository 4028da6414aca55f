//! Every service in one table, and the most urgent told one by one.

use super::{Report, service};
use crate::model::Status;
use crate::report::document::load::OutageTimes;
use crate::report::document::{ServiceState, State};
use crate::report::html::charts::Topic;
use crate::report::html::table::{Cell, Column, Table, numbers, words as column};
use crate::report::html::words::{self, contingency, id, instant, probability, status};
use crate::report::number::{count, growth, percent};
use maud::{Markup, html};

/// Load cases with a column; the peak always has one.
const CASES: usize = 3;
/// Services told one by one.
const TOLD: usize = 40;

pub(super) fn services(report: &Report<'_>) -> Markup {
    let urgent = report.urgent();
    if urgent.is_empty() {
        return words::absent("the inventory has no service");
    }
    let told: Vec<&&ServiceState> = urgent.iter().filter(|s| is_told(report, s)).collect();
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
            @if told.len() > TOLD {
                "The " (TOLD) " most urgent of " (count(told.len() as u64))
                " services that some contingency harms; the tables beside this page have all."
            } @else if told.is_empty() {
                "No contingency that was looked at harms any service."
            } @else {
                "Every service that is harmed, or that some contingency harms."
            }
        }
        @for (nth, s) in told.iter().take(TOLD).enumerate() {
            (service::told(report, s, nth < 3))
        }
    }
}

/// Whether there is more to say than the table does.
fn is_told(report: &Report<'_>, s: &ServiceState) -> bool {
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
    let cases = cases(report);
    let likely = report.doc.simulate.is_some();
    let dated = report
        .doc
        .timeline
        .as_ref()
        .is_some_and(|t| !t.outages.is_empty());
    let mut columns: Vec<Column> = vec![column("Service"), numbers("Tier")];
    columns.extend(cases.iter().map(|_| column("Status")));
    columns.extend([
        numbers("Headroom"),
        column("Limit"),
        column("Worst contingency"),
        numbers("Minimal sets"),
    ]);
    if likely {
        columns.push(numbers("Probability of harm"));
    }
    if dated {
        columns.push(column("Restore by"));
    }
    let mut table = Table::new("services", columns).with_file("table-services.csv");
    for (at, case) in cases.iter().enumerate() {
        table.title(2 + at, words::text(&case.load_case, 24));
    }
    for s in urgent {
        table.row(|| {
            let mut row = vec![
                Cell::new(html! { (id(&s.id)) @if let Some(name) = &s.name { br; span.soft { (words::text(name, 60)) } } }),
                Cell::by(html! { @if let Some(t) = s.tier { (t) } @else { "–" } }, s.tier.map(f64::from)),
            ];
            row.extend(cases.iter().map(|case| status_cell(report.at(case, &s.id))));
            row.extend(capacity_cells(report, s));
            if likely {
                row.push(likely_cell(report, &s.id));
            }
            if dated {
                row.push(restore_cell(report, &s.id));
            }
            row
        });
    }
    table.render()
}

fn status_cell(s: Option<&ServiceState>) -> Cell {
    let Some(s) = s else {
        return Cell::by(html! { "–" }, None);
    };
    // Worst first when sorted upwards.
    let key = 3.0 - f64::from(s.status as u8) + s.delivered / 2.0;
    let shown = html! {
        (status(s.status))
        @if s.status == Status::Degraded { br; span.soft { "gets " (percent(s.delivered)) } }
        @if let Some(cause) = s.cause { br; span.soft { (cause.word()) } }
    };
    Cell::by(shown, Some(key))
}

/// Headroom, limit, worst contingency, minimal sets: at the peak.
fn capacity_cells(report: &Report<'_>, s: &ServiceState) -> [Cell; 4] {
    let sweep = report.sweep(&s.id);
    let worst = sweep
        .and_then(|s| s.worst.as_ref())
        .filter(|w| w.status != Status::Ok);
    let sets = sweep.map(|s| s.minimal_count);
    let limit = html! { @if let Some(limit) = &s.limit { (id(limit)) } @else { "–" } };
    let headroom = match (s.status, s.headroom) {
        (Status::Down, None) => Cell::by(html! { "–" }, None),
        (_, None) => Cell::by(html! { "unlimited" }, Some(f64::MAX)),
        (_, Some(h)) => Cell::by(html! { (growth(Some(h))) br; (bar(h)) }, Some(h)),
    };
    let worst_shown = html! {
        @match worst {
            None => "none harms it",
            Some(w) => {
                (contingency(&w.elements)) br;
                (status(w.status))
                @if w.status == Status::Degraded { " " span.soft { "gets " (percent(w.delivered)) } }
            }
        }
    };
    [
        headroom,
        Cell::new(limit),
        Cell::by(
            worst_shown,
            Some(worst.map_or(9.0, |w| 3.0 - f64::from(w.status as u8) + w.delivered / 2.0)),
        ),
        Cell::by(
            html! { @if let Some(n) = sets { (count(n)) } @else { "–" } },
            sets.map(|n| n as f64),
        ),
    ]
}

fn likely_cell(report: &Report<'_>, service: &str) -> Cell {
    let Some(chance) = report.chance(service) else {
        return Cell::by(html! { "–" }, None);
    };
    let p = &chance.probability.degraded_or_down;
    let shown = html! { (probability(p.estimate)) (interval(p.low, p.high)) };
    Cell::by(shown, Some(p.estimate))
}

/// An interval that is narrower, relative to its end, allows for rounding only.
const ROUNDING: f64 = 1e-11;
/// One that is narrower than this is not worth its ends.
const NINE_DIGITS: f64 = 1e-9;

/// Both ends of an interval, or that there is none to speak of.
pub(super) fn interval(low: f64, high: f64) -> Markup {
    html! {
        br;
        span.soft {
            @if high - low <= ROUNDING * high { "exact" }
            @else if high - low <= NINE_DIGITS * high { "to nine digits" }
            @else if low == 0.0 { "at most " (probability(high)) }
            @else if probability(low) == probability(high) { "± " (format!("{:.1e}", (high - low) / 2.0)) }
            @else { (probability(low)) " – " (probability(high)) }
        }
    }
}

fn restore_cell(report: &Report<'_>, service: &str) -> Cell {
    let outages = report.outages.get(service).map_or(&[][..], Vec::as_slice);
    let due = |o: &&OutageTimes| o.restore_by.as_deref()?.parse::<jiff::Timestamp>().ok();
    let soonest = outages
        .iter()
        .filter(|o| due(o).is_some())
        .min_by_key(|o| due(o));
    match soonest {
        None => Cell::by(html! { "–" }, None),
        Some(o) => Cell::new(html! {
            (instant(o.restore_by.as_deref().unwrap_or("–"))) br; span.soft { (id(&o.element)) @if o.overdue { ", overdue" } }
        }),
    }
}

/// Headroom from −100 % to +100 %, zero in the middle.
pub(super) fn bar(headroom: f64) -> Markup {
    let part = (headroom.clamp(-1.0, 1.0) * 54.0).abs();
    let (x, class) = if headroom < 0.0 {
        (55.0 - part, "less")
    } else {
        (55.0, "more")
    };
    html! {
        svg.bar viewBox="0 0 110 10" aria-hidden="true" {
            rect.rail x="0" y="4" width="110" height="2" {}
            rect.(class) x=(format!("{x:.1}")) y="1" width=(format!("{:.1}", part.max(1.0))) height="8" {}
            rect.zero x="54.5" y="0" width="1" height="10" {}
        }
    }
}
