//! Links and network demand of a sweep, for a terminal.

use crate::analysis::MOST_WORST;
use crate::model::short;
use crate::report::document::{LinkUse, NetworkCase, NetworkSweep};
use crate::report::number::{count, counted, quantity, unit};
use crate::report::shape::Shape;
use crate::report::style::wrap;
use crate::report::tables;

/// Worst contingencies shown per load case.
const WORST: usize = 8;

/// A section per load case: links by their worst utilization, then the worst contingencies.
pub(super) fn network(sweep: &NetworkSweep, shape: Shape) -> String {
    let width = shape.width;
    let mut out = String::new();
    for case in &sweep.cases {
        out.push_str(&wrap(&headline(case), 0, width));
        out.push_str(&links(case, shape));
        out.push_str(&worst(sweep, case, shape));
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

/// The worst contingencies, and of how many.
fn worst(sweep: &NetworkSweep, case: &NetworkCase, shape: Shape) -> String {
    let shown = case.worst.len().min(shape.most(WORST));
    let mut out = tables::network_worst(&case.worst[..shown]).text_in(shape);
    let evaluated: u64 = sweep.evaluated.values().sum();
    if shown < case.worst.len() || case.worst.len() == MOST_WORST {
        let more = match case.worst.len() - shown {
            0 => String::new(),
            _ => format!("; `--format json` has the worst {}", case.worst.len()),
        };
        let said = format!(
            "… the {shown} worst of {} evaluated{more}",
            counted(evaluated, "contingency")
        );
        out.push_str(&wrap(&said, 2, shape.width));
    }
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

/// The larger of both utilizations; unlimited links last.
fn urgency(link: &LinkUse) -> f64 {
    let worst = link.worst.as_ref().and_then(|w| w.utilization);
    worst.unwrap_or(0.0).max(link.utilization.unwrap_or(0.0))
}

fn links(case: &NetworkCase, shape: Shape) -> String {
    let mut all: Vec<&LinkUse> = case.links.iter().collect();
    all.sort_by(|a, b| {
        urgency(b)
            .total_cmp(&urgency(a))
            .then_with(|| a.id.cmp(&b.id))
    });
    tables::links_of(all.into_iter().map(|link| (case, link))).text_in(shape)
}
