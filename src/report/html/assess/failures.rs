//! What single failures do, and what a sweep does to networks.

use super::report::Report;
use crate::report::document::{MinimalSet, NetworkCase};
use crate::report::html::charts::Topic;
use crate::report::html::words::{self, folded, id, status};
use crate::report::number::{count, counted, percent};
use crate::report::sentences::sweep::left_out;
use crate::report::tables::{self, Effect};
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
    let rows = rows.iter().map(|(element, e)| (*element, e));
    html! {
        h3 { "At " (words::text(&peak.load_case, 40)) }
        (tables::singles(rows, harmed).html())
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

pub(super) fn network(report: &Report<'_>) -> Option<Markup> {
    let network = report.doc.sweep.network.as_ref()?;
    Some(html! {
        @if let Some(reason) = &network.reason { p.absent { (words::text(reason, 200)) } }
        @if report.has(Topic::Links) { (report.figures(Topic::Links, "")) }
        @else { (words::absent("no link has both load and a capacity")) }
        @for case in network.cases.iter().take(4) { (worst(case)) }
        @if network.cases.len() > 4 { p.cut { (words::and_more(network.cases.len(), 4)) " load cases in result.json." } }
        p.soft { "Every link at every load case is in " a href="table-links.csv" { "table-links.csv" } "." }
    })
}

fn worst(case: &NetworkCase) -> Markup {
    let table = tables::network_worst(&case.worst);
    html! {
        @if !table.is_empty() {
            @let worst = counted(case.worst.len() as u64, "contingency");
            @let at = words::text(&case.load_case, 40);
            (folded(&format!("What hurts networks most at {at}: {worst}"), &table.html()))
        }
    }
}
