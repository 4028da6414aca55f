//! Named contingencies, and what could not be started from dark.

use super::report::Report;
use crate::report::sentences::cold_start::lines;
use crate::report::tables;
use maud::{Markup, html};

/// Every named contingency at every load case.
pub(super) fn named(report: &Report<'_>) -> Option<Markup> {
    let body = html! {
        p { "Contingencies that the scenario names, on top of the known outages, with the response that is part of them." }
        (tables::named_states(&report.doc.sweep).html())
    };
    (!report.doc.sweep.named.is_empty()).then_some(body)
}

/// Loops that hold each other when everything has stopped.
pub(super) fn cold_start(report: &Report<'_>) -> Option<Markup> {
    let found = &report.doc.cold_start;
    let body = html! {
        @for line in lines(found) {
            p.soft[line.indent > 2] { (line.text) }
        }
        p.soft { "Every member and every way to break a loop is in " a href="table-cold-start.csv" { "table-cold-start.csv" } "." }
    };
    (!found.cold_start.is_empty()).then_some(body)
}
