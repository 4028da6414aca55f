//! Links and network demand of a sweep, for a terminal.

use super::{ROWS, contingency, more};
use crate::model::short;
use crate::report::document::{
    LinkUse, NetworkCase, NetworkLoss, NetworkSweep, NetworkWorst, carried,
};
use crate::report::number::{brief, count, load, percent, quantity, unit};
use crate::report::style::{Align, table, wrap};

/// Worst contingencies told per load case.
const WORST: usize = 8;

/// A section per load case: links by their worst utilization, then the worst contingencies.
pub(super) fn network(sweep: &NetworkSweep, width: u16) -> String {
    let mut out = String::new();
    for case in &sweep.cases {
        out.push_str(&wrap(&headline(case), 0, width));
        out.push_str(&links(case, width));
        out.push_str(&worst(case, width));
    }
    let evaluated: Vec<String> = sweep
        .evaluated
        .iter()
        .map(|(order, n)| format!("{} of order {order}", count(*n)))
        .collect();
    let reason = sweep
        .reason
        .as_ref()
        .map_or(String::new(), |r| format!(" ({r})"));
    let said = format!(
        "Contingencies evaluated for links: {}{reason}.",
        evaluated.join(", ")
    );
    out.push_str(&wrap(&said, 2, width));
    out
}

fn headline(case: &NetworkCase) -> String {
    let said: Vec<String> = case
        .demand
        .iter()
        .map(|of| {
            format!(
                "of a network demand of {}{}, {} is disconnected and {} congested",
                quantity(of.demand),
                unit(of.unit.as_deref()),
                quantity(of.disconnected),
                quantity(of.congested),
            )
        })
        .collect();
    format!(
        "\nLinks at {}: {} before anything fails",
        short(&case.load_case, 28),
        said.join("; ")
    )
}

/// One number for each unit of which something is lost; 0 if nothing is.
fn lost(all: &[NetworkLoss], of: impl Fn(&NetworkLoss) -> f64) -> String {
    let some = || all.iter().filter(|lost| of(lost) > 0.0);
    // One unit needs no name: the line above has it.
    let named = all.len() > 1;
    let said: Vec<String> = some()
        .map(|lost| {
            let unit = unit(lost.unit.as_deref().filter(|_| named));
            format!("{}{unit}", brief(of(lost)))
        })
        .collect();
    if said.is_empty() {
        brief(0.0)
    } else {
        said.join(" + ")
    }
}

/// The larger of both utilizations; unlimited links last.
fn urgency(link: &LinkUse) -> f64 {
    let worst = link.worst.as_ref().and_then(|w| w.utilization);
    worst.unwrap_or(0.0).max(link.utilization.unwrap_or(0.0))
}

fn links(case: &NetworkCase, width: u16) -> String {
    let mut all: Vec<&LinkUse> = case.links.iter().collect();
    all.sort_by(|a, b| {
        urgency(b)
            .total_cmp(&urgency(a))
            .then_with(|| a.id.cmp(&b.id))
    });
    let used = |u: Option<f64>| u.map_or_else(|| "–".to_owned(), percent);
    let rows = all.iter().take(ROWS).map(|link| {
        let (worst, by) = match &link.worst {
            Some(w) => (used(w.utilization), contingency(&w.elements)),
            None => ("–".to_owned(), "none adds to it".to_owned()),
        };
        vec![
            short(&link.id, 28),
            capacity(link),
            load(carried(link.load), brief),
            load(carried(link.load_back), brief),
            used(link.utilization),
            worst,
            by,
        ]
    });
    let header = [
        ("link", Align::Keep),
        ("capacity", Align::Right),
        ("load →", Align::Right),
        ("load ←", Align::Right),
        ("used", Align::Right),
        ("worst", Align::Right),
        ("when", Align::Left),
    ];
    let mut out = table(&header, rows.collect(), width);
    let hidden = all.len().saturating_sub(ROWS);
    out.push_str(&more(
        hidden,
        "link",
        "`--format csv --table links` lists all",
    ));
    out
}

/// One number, or one for each direction.
fn capacity(link: &LinkUse) -> String {
    let said = |c: Option<f64>| c.map_or_else(|| "unlimited".to_owned(), brief);
    if link.capacity == link.capacity_back {
        said(link.capacity)
    } else {
        format!("{} → {} ←", said(link.capacity), said(link.capacity_back))
    }
}

fn worst(case: &NetworkCase, width: u16) -> String {
    let rows: Vec<Vec<String>> = case.worst.iter().take(WORST).map(row).collect();
    if rows.is_empty() {
        return String::new();
    }
    let header = [
        ("worst for the network", Align::Keep),
        ("disconnected", Align::Right),
        ("congested", Align::Right),
        ("busiest", Align::Left),
        ("used", Align::Right),
    ];
    table(&header, rows, width)
}

fn row(w: &NetworkWorst) -> Vec<String> {
    // Where nothing is left to carry, no link is the busiest.
    let is_idle = w.utilization == Some(0.0);
    let busiest = w.busiest.as_ref().filter(|_| !is_idle);
    let used = w.utilization.filter(|_| !is_idle);
    vec![
        contingency(&w.elements),
        lost(&w.lost, |lost| lost.disconnected),
        lost(&w.lost, |lost| lost.congested),
        busiest.map_or_else(|| "–".to_owned(), |id| short(id, 28)),
        used.map_or_else(|| "–".to_owned(), percent),
    ]
}
