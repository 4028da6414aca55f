//! Named contingencies, and what could not be started from dark.

use super::Report;
use crate::model::Status;
use crate::report::html::table::{Cell, Table, numbers, words as column};
use crate::report::html::words::{self, id};
use crate::report::number::count;
use crate::report::text::{cold_start_lines, named_who};
use maud::{Markup, html};

/// Every named contingency at every load case.
pub(super) fn named(report: &Report<'_>) -> Markup {
    let columns = vec![
        column("Contingency"),
        column("Load case"),
        numbers("Fails"),
        numbers("Down"),
        numbers("Degraded"),
        numbers("At risk"),
        column("Who"),
    ];
    let mut table = Table::new("named contingencies", columns)
        .with_file("table-named.csv")
        .at_most(200);
    for state in &report.doc.sweep.named {
        let of = |status| {
            let n = state.services.iter().filter(|s| s.status == status).count();
            Cell::by(html! { (count(n as u64)) }, Some(n as f64))
        };
        let fails = state.down.len();
        table.row(|| {
            vec![
                Cell::new(html! { (words::text(&state.name, 120)) }),
                Cell::new(id(&state.load_case)),
                Cell::by(html! { (count(fails as u64)) }, Some(fails as f64)),
                of(Status::Down),
                of(Status::Degraded),
                of(Status::AtRisk),
                Cell::new(html! { (named_who(state)) }),
            ]
        });
    }
    html! {
        p { "Contingencies that the scenario names, on top of the known outages, with the response that is part of them." }
        (table.render())
    }
}

/// Loops that hold each other when everything has stopped.
pub(super) fn cold_start(report: &Report<'_>) -> Markup {
    html! {
        @for line in cold_start_lines(&report.doc.cold_start) {
            p.soft[line.indent > 2] { (line.text) }
        }
        p.soft { "Every member and every way to break a loop is in " a href="table-cold-start.csv" { "table-cold-start.csv" } "." }
    }
}
