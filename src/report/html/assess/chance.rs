//! How likely: probabilities with their intervals, how they settled, what matters most.

use super::report::Report;
use crate::report::document::simulate::{Sequential, ServiceChance, Simulate};
use crate::report::html::charts::Topic;
use crate::report::html::words::{self, text};
use crate::report::number::{count, counted};
use crate::report::tables;
use maud::{Markup, html};
use std::collections::BTreeSet;

/// Nothing where none was asked for.
pub(super) fn chance(report: &Report<'_>) -> Option<Markup> {
    let Some(s) = &report.doc.simulate else {
        return report.doc.simulate_reason.as_deref().map(words::absent);
    };
    Some(html! {
        p { (scope(s)) }
        @if let Some(reason) = s.reason.as_deref().filter(|_| !s.complete) {
            p.absent { "Ended early: " (text(reason, 200)) }
        }
        (table(report, s))
        (methods(s))
        @if report.has(Topic::Convergence) { h3 { "Convergence" } (report.figures(Topic::Convergence, "Service")) }
        @else { (words::absent("nothing converges: what is told was worked out exactly, or too few trials were drawn")) }
        @if report.has(Topic::Importance) { h3 { "What matters most" } (report.figures(Topic::Importance, "Service")) }
        @else { (words::absent(nothing_matters(s))) }
        @if let Some(histories) = &s.sequential { (sequential(histories)) }
    })
}

fn scope(s: &Simulate) -> String {
    let exact = s.exact_order.map_or_else(String::new, |k| {
        format!(" States with at most {k} events out were worked out exactly.")
    });
    let drawn = if s.trials_done == 0 {
        "No trial was needed: everything is exact for what is known.".to_owned()
    } else {
        format!(
            "{} trials of {}, seed {}.",
            count(s.trials_done),
            count(s.trials),
            s.seed
        )
    };
    let of = &s.reliability;
    format!(
        "{drawn}{exact} Intervals are 95 %. A reliability is known of {} of {}; all others never fail \
         by chance.",
        count(of.known),
        counted(of.elements, "element")
    )
}

/// Why nothing matters to any service.
fn nothing_matters(s: &Simulate) -> &str {
    let mut reasons = s
        .services
        .iter()
        .filter_map(|c| c.importance_reason.as_deref());
    reasons
        .next()
        .unwrap_or("nothing was seen to matter to any harm")
}

fn table(report: &Report<'_>, s: &Simulate) -> Markup {
    let peak = report.peak.map(|p| p.load_case.as_str());
    let mut all: Vec<&ServiceChance> = s.services.iter().collect();
    all.sort_by(|a, b| {
        let key = |s: &ServiceChance| {
            (
                Some(s.load_case.as_str()) != peak,
                s.probability.degraded_or_down.estimate,
            )
        };
        let (a, b) = (key(a), key(b));
        a.0.cmp(&b.0).then(b.1.total_cmp(&a.1))
    });
    tables::chances(all).html()
}

/// By which methods the numbers were had.
fn methods(s: &Simulate) -> Markup {
    let estimates = s.services.iter().flat_map(|c| {
        let p = &c.probability;
        let rest = [p.at_risk.as_ref(), p.ok.as_ref()].into_iter().flatten();
        [&p.down, &p.degraded].into_iter().chain(rest)
    });
    let all: BTreeSet<&str> = estimates.map(|e| e.method.as_str()).collect();
    html! {
        p.cut {
            "Methods: "
            @for (i, method) in all.iter().take(8).enumerate() { @if i > 0 { "; " } (text(method, 120)) }
            (words::and_more(all.len(), 8)) "."
        }
    }
}

fn sequential(s: &Sequential) -> Markup {
    html! {
        h3 { "Histories of failure and repair" }
        p.soft { (count(s.trials_done)) " of " (count(s.trials)) " histories of " (count(s.hours)) " hours." }
        (tables::histories(s).html())
    }
}
