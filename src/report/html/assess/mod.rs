//! The page of an assessment. In: its result and its figures. Out: one HTML document: the decisions
//! first, then every service, what would fix it, single failures, time, chance, evidence. Promises: a
//! part that was asked for and has nothing to show says why; one that was not asked for is not there.

mod chance;
mod evidence;
mod failures;
mod fixes;
mod lead;
mod map;
mod named;
mod service;
mod services;
mod time;

#[cfg(test)]
pub(in crate::report) use services::SERVICES_ON_PAPER;
pub(in crate::report) use services::bar;

use super::charts::{Chart, Topic};
use super::page::{Page, Section};
use super::words;
use crate::model::Status;
use crate::report::document::load::{OutageTimes, ServiceTimes};
use crate::report::document::simulate::ServiceChance;
use crate::report::document::{Assess, ServiceState, ServiceSweep, State};
use crate::report::glossary::WORDS;
use crate::report::number::counted;
use crate::report::plot::NoPicture;
use crate::report::text::trips;
use maud::{Markup, PreEscaped, html};
use std::collections::HashMap;

/// A figure and its SVG.
pub(in crate::report) struct Drawn {
    /// What is drawn.
    pub chart: Chart,
    /// Its SVG, or why there is none.
    pub svg: Result<String, NoPicture>,
}

/// A result with ways to find what belongs together.
struct Report<'a> {
    doc: &'a Assess,
    /// The state that counts for the services.
    peak: Option<&'a State>,
    drawn: &'a [Drawn],
    /// By service and load case.
    sweeps: HashMap<(&'a str, &'a str), &'a ServiceSweep>,
    chances: HashMap<(&'a str, &'a str), &'a ServiceChance>,
    times: HashMap<&'a str, &'a ServiceTimes>,
    /// Position of a service in every state.
    places: HashMap<&'a str, usize>,
    /// By service: the outages that harm it.
    outages: HashMap<&'a str, Vec<&'a OutageTimes>>,
}

impl<'a> Report<'a> {
    fn new(doc: &'a Assess, drawn: &'a [Drawn]) -> Self {
        let peak = doc.base.get(doc.peak());
        let chances = doc.simulate.iter().flat_map(|s| &s.services);
        let times = doc.timeline.iter().flat_map(|t| &t.services);
        let mut outages: HashMap<&str, Vec<&OutageTimes>> = HashMap::new();
        for outage in doc.timeline.iter().flat_map(|t| &t.outages) {
            for service in &outage.services {
                outages.entry(service).or_default().push(outage);
            }
        }
        let services = peak.iter().flat_map(|p| &p.services).enumerate();
        Self {
            doc,
            peak,
            drawn,
            sweeps: doc
                .sweep
                .services
                .iter()
                .map(|s| ((s.id.as_str(), s.load_case.as_str()), s))
                .collect(),
            chances: chances
                .map(|s| ((s.id.as_str(), s.load_case.as_str()), s))
                .collect(),
            times: times.map(|s| (s.id.as_str(), s)).collect(),
            places: services.map(|(at, s)| (s.id.as_str(), at)).collect(),
            outages,
        }
    }

    /// The place of a service in every state.
    fn place(&self, id: &str) -> usize {
        self.places.get(id).copied().unwrap_or(usize::MAX)
    }

    /// A service at a load case.
    fn at<'s>(&self, state: &'s State, id: &str) -> Option<&'s ServiceState> {
        let place = self.place(id);
        let there = state.services.get(place).filter(|s| s.id == id);
        there.or_else(|| state.services.iter().find(|s| s.id == id))
    }

    /// The sweep of a service at the case that counts.
    fn sweep(&self, id: &str) -> Option<&'a ServiceSweep> {
        self.sweeps
            .get(&(id, self.peak?.load_case.as_str()))
            .copied()
    }

    /// The chances of a service at the case that counts.
    fn chance(&self, id: &str) -> Option<&'a ServiceChance> {
        self.chances
            .get(&(id, self.peak?.load_case.as_str()))
            .copied()
    }

    /// Every service at the case that counts, most urgent over all cases first.
    fn urgent(&self) -> Vec<&'a ServiceState> {
        let Some(peak) = self.peak else {
            return Vec::new();
        };
        let worst = |at: usize, id: &str| {
            let all = self
                .doc
                .base
                .iter()
                .filter_map(|b| b.services.get(at).filter(|s| s.id == id));
            all.map(|s| s.status).max().unwrap_or(Status::Ok)
        };
        let mut all: Vec<(Status, &ServiceState)> = peak
            .services
            .iter()
            .enumerate()
            .map(|(at, s)| (worst(at, &s.id), s))
            .collect();
        all.sort_by(|(a, x), (b, y)| {
            let key = |s: &ServiceState| s.tier.unwrap_or(u32::MAX);
            y.status
                .cmp(&x.status)
                .then(b.cmp(a))
                .then(key(x).cmp(&key(y)))
                .then(x.id.cmp(&y.id))
        });
        all.into_iter().map(|(_, s)| s).collect()
    }

    /// The figures of a topic; several can be chosen from.
    fn figures(&self, topic: Topic, choose: &'static str) -> Markup {
        let all: Vec<&Drawn> = self
            .drawn
            .iter()
            .filter(|d| d.chart.topic == topic)
            .collect();
        html! {
            @if !all.is_empty() {
                div.choice.many[all.len() > 1] data-label=(choose) { @for d in all { (figure(d)) } }
            }
        }
    }

    fn has(&self, topic: Topic) -> bool {
        self.drawn.iter().any(|d| d.chart.topic == topic)
    }
}

fn figure(drawn: &Drawn) -> Markup {
    let chart = &drawn.chart;
    let label = words::text(&chart.label, 60);
    html! {
        figure data-name=(label) {
            div.scroll tabindex="0" role="img" aria-label={ (label) ": " (chart.caption) } {
                @match &drawn.svg {
                    Ok(svg) => (PreEscaped(svg)),
                    Err(why) => p.absent { (why.to_string()) },
                }
            }
            figcaption {
                (chart.caption)
                @if drawn.svg.is_ok() {
                    span.screen {
                        " "
                        a href={ "plots/" (chart.file) ".svg" } { "SVG" } ", "
                        a href={ "plots/" (chart.file) ".png" } { "PNG" }
                    }
                }
            }
        }
    }
}

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

/// Closed, on paper too: what it holds is counted on it.
fn folded(summary: &str, body: &Markup) -> Markup {
    html! { details.fold { summary { (summary) } (body) } }
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
