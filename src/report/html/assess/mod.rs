//! The page of an assessment. In: its result and its figures. Out: one HTML document: the decisions
//! first, then every service, what would fix it, single failures, time, chance, evidence. Promises: a
//! part that was asked for and has nothing to show says why; one that was not asked for is not there.

mod chance;
mod evidence;
mod failures;
mod figure;
mod fixes;
mod lead;
mod map;
mod named;
mod report;
mod service;
mod services;
mod time;

pub(in crate::report) use figure::Drawn;
#[cfg(test)]
pub(in crate::report) use services::SERVICES_ON_PAPER;

use super::charts::Topic;
use super::page::{Page, Section};
use super::words::{self, folded};
use crate::report::document::Assess;
use crate::report::glossary::WORDS;
use crate::report::number::counted;
use crate::report::sentences::cascade::trips;
use maud::{Markup, html};
use report::Report;

/// The body of a part of the page; `None` where there is nothing to show.
type Body = fn(&Report<'_>, &[String]) -> Option<Markup>;

/// The parts of the page, in order: anchor, heading, body.
const SECTIONS: [(&str, &str, Body); 15] = [
    ("map", "The map", |r, _| map::map(r)),
    ("services", "Services", |r, _| Some(services::services(r))),
    ("fixes", "What would fix it", |r, _| fixes::fixes(r)),
    ("failures", "What single failures do", |r, _| {
        Some(failures::failures(r))
    }),
    ("named", "Named contingencies", |r, _| named::named(r)),
    ("overload", "Overload and hosts", |r, _| stories(r)),
    ("time", "Over time", |r, _| time::time(r)),
    ("chance", "How likely", |r, _| chance::chance(r)),
    ("cold-start", "Cold start", |r, _| named::cold_start(r)),
    ("network", "Networks", |r, _| failures::network(r)),
    ("needs", "What a service needs", |r, _| needs(r)),
    ("warnings", "Warnings", |r, _| warnings(r)),
    ("evidence", "Evidence", |r, _| Some(evidence::evidence(r))),
    ("words", "What the words mean", |_, _| Some(meanings())),
    ("files", "Files beside this page", |_, files| {
        (!files.is_empty()).then(|| listed(files))
    }),
];

/// The page.
pub(in crate::report) fn page(doc: &Assess, drawn: &[Drawn], files: &[String]) -> String {
    let report = Report::new(doc, drawn);
    let section = |anchor: &&'static str, title: &&'static str, body| Section {
        anchor,
        title,
        body,
    };
    let sections = SECTIONS.iter().filter_map(|(anchor, title, body)| {
        let body = body(&report, files)?;
        Some(section(anchor, title, body))
    });
    let page = Page {
        title: doc.scenario.clone(),
        kind: "Failure assessment",
        lead: lead::lead(&report),
        sections: sections.collect(),
        foot: html! {
            "Written by " (words::text(&doc.head.tool.name, 40)) " "
            (words::text(&doc.head.tool.version, 40))
            ". Same inputs, same page. Figures and tables are from " a href="result.json" { "result.json" } "."
        },
    };
    page.render()
}

fn needs(report: &Report<'_>) -> Option<Markup> {
    report
        .has(Topic::Needs)
        .then(|| report.figures(Topic::Needs, "Service"))
}

/// Round by round what trips, host by host what restarts.
fn stories(report: &Report<'_>) -> Option<Markup> {
    let lines = trips(report.doc);
    let body = html! { @for line in &lines { p { (words::text(line, 1000)) } } };
    (!lines.is_empty()).then_some(body)
}

fn warnings(report: &Report<'_>) -> Option<Markup> {
    let doc = report.doc;
    (!doc.head.warnings.is_empty()).then(|| lead::warnings(doc))
}

fn meanings() -> Markup {
    let body = html! { dl { @for w in WORDS { dt { (w.word) } dd { (w.meaning) } } } };
    folded(&counted(WORDS.len() as u64, "word"), &body)
}

fn listed(files: &[String]) -> Markup {
    let body = html! { ul.files { @for file in files { li { a href=(file) { (file) } } } } };
    html! {
        p { "Every table in full, for spreadsheets; every figure as SVG and PNG; the whole result as JSON." }
        (folded(&counted(files.len() as u64, "file"), &body))
    }
}
