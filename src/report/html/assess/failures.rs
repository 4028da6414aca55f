//! What single failures do, and what a sweep does to networks.

use super::Report;
use crate::report::document::{MinimalSet, NetworkCase, NetworkLoss};
use crate::report::html::charts::Topic;
use crate::report::html::table::{Cell, Table, numbers, words as column};
use crate::report::html::words::{self, contingency, id, status};
use crate::report::number::{count, counted, percent, quantity, unit};
use crate::report::text::left_out;
use maud::{Markup, html};
use std::collections::BTreeMap;

pub(super) fn failures(report: &Report<'_>) -> Markup {
    let sweep = &report.doc.sweep;
    html! {
        p { (scope(report)) (left_out(sweep)) }
        @if !sweep.complete {
            p.absent { "Not complete: " (words::text(sweep.reason.as_deref().unwrap_or("ended early"), 200)) }
        }
        @if report.has(Topic::Singles) { (report.figures(Topic::Singles, "Load case")) (table(report)) }
        @else { (words::absent("no single failure leaves any service in a worse status than the base state")) }
    }
}

/// What was looked at.
fn scope(report: &Report<'_>) -> String {
    let sweep = &report.doc.sweep;
    let orders: Vec<String> = sweep
        .contingencies
        .iter()
        .map(|(order, n)| {
            let done = sweep.accounted.get(order).copied().unwrap_or(0);
            let of = if done < *n {
                format!("{} of ", count(done))
            } else {
                String::new()
            };
            format!("{of}{} of order {order}", counted(*n, "contingency"))
        })
        .collect();
    format!(
        "{} may fail: {}, each at {}.",
        counted(sweep.elements, "element"),
        orders.join(", "),
        counted(report.doc.base.len() as u64, "load case")
    )
}

/// What one element does at the peak.
#[derive(Default)]
struct Effect<'a> {
    down: Vec<&'a str>,
    degraded: Vec<(&'a str, f64)>,
}

fn table(report: &Report<'_>) -> Markup {
    let Some(peak) = report.peak else {
        return html! {};
    };
    let mut effects: BTreeMap<&str, Effect<'_>> = BTreeMap::new();
    for s in report
        .doc
        .sweep
        .services
        .iter()
        .filter(|s| s.load_case == peak.load_case)
    {
        for m in s.minimal.iter().filter(|m| m.elements.len() == 1) {
            add(effects.entry(m.elements[0].as_str()).or_default(), &s.id, m);
        }
    }
    let mut rows: Vec<(&str, Effect<'_>)> = effects.into_iter().collect();
    rows.sort_by_key(|(_, e)| std::cmp::Reverse((e.down.len(), e.degraded.len())));
    let columns = vec![
        column("If this fails"),
        numbers("Down"),
        numbers("Degraded"),
        column("Services"),
    ];
    let mut table = Table::new("single failures", columns)
        .with_file("table-minimal.csv")
        .at_most(200);
    for (element, e) in &rows {
        table.row(|| {
            vec![
                Cell::new(id(element)),
                Cell::by(html! { (e.down.len()) }, Some(e.down.len() as f64)),
                Cell::by(html! { (e.degraded.len()) }, Some(e.degraded.len() as f64)),
                Cell::new(harmed(e)),
            ]
        });
    }
    html! {
        h3 { "At " (words::text(&peak.load_case, 40)) }
        (table.render())
    }
}

fn add<'a>(effect: &mut Effect<'a>, service: &'a str, m: &MinimalSet) {
    match m.status {
        crate::model::Status::Down => effect.down.push(service),
        _ => effect.degraded.push((service, m.delivered)),
    }
}

fn harmed(e: &Effect<'_>) -> Markup {
    const MOST: usize = 6;
    let hidden = (e.down.len() + e.degraded.len()).saturating_sub(MOST);
    let degraded = MOST.saturating_sub(e.down.len());
    html! {
        @for s in e.down.iter().take(MOST) { (status(crate::model::Status::Down)) " " (id(s)) " " }
        @for (s, gets) in e.degraded.iter().take(degraded) {
            (status(crate::model::Status::Degraded)) " " (id(s)) " " span.soft { "gets " (percent(*gets)) } " "
        }
        @if hidden > 0 { span.soft { "and " (count(hidden as u64)) " more" } }
    }
}

pub(super) fn network(report: &Report<'_>) -> Markup {
    let Some(network) = &report.doc.sweep.network else {
        return html! {};
    };
    html! {
        @if let Some(reason) = &network.reason { p.absent { (words::text(reason, 200)) } }
        @if report.has(Topic::Links) { (report.figures(Topic::Links, "")) }
        @else { (words::absent("no link has both load and a capacity")) }
        @for case in network.cases.iter().take(4) { (worst(case)) }
        @if network.cases.len() > 4 { p.cut { (words::and_more(network.cases.len(), 4)) " load cases in result.json." } }
        p.soft { "Every link at every load case is in " a href="table-links.csv" { "table-links.csv" } "." }
    }
}

/// What is lost, by unit; sorted by the first.
fn lost(all: &[NetworkLoss], of: impl Fn(&NetworkLoss) -> f64) -> Cell {
    let some: Vec<&NetworkLoss> = all.iter().filter(|lost| of(lost) > 0.0).collect();
    let said = some
        .iter()
        .map(|lost| format!("{}{}", quantity(of(lost)), unit(lost.unit.as_deref())));
    let said = said.collect::<Vec<_>>().join(" + ");
    let by = some.first().map_or(0.0, |lost| of(lost));
    let said = if some.is_empty() { quantity(0.0) } else { said };
    Cell::by(html! { (said) }, Some(by))
}

fn worst(case: &NetworkCase) -> Markup {
    let columns = vec![
        column("Contingency"),
        numbers("Cut off"),
        numbers("Squeezed"),
        column("Busiest link"),
        numbers("Utilization"),
    ];
    let mut table = Table::new("contingencies", columns).at_most(10);
    for w in &case.worst {
        table.row(|| {
            vec![
                Cell::new(contingency(&w.elements)),
                lost(&w.lost, |lost| lost.disconnected),
                lost(&w.lost, |lost| lost.congested),
                Cell::new(html! { @if let Some(l) = &w.busiest { (id(l)) } @else { "–" } }),
                Cell::by(
                    html! { (w.utilization.map_or_else(|| "–".to_owned(), percent)) },
                    w.utilization,
                ),
            ]
        });
    }
    html! {
        @if table.total() > 0 {
            h3 { "What hurts networks most at " (words::text(&case.load_case, 40)) }
            (table.render())
        }
    }
}
