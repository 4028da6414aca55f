//! What a reader sees first: the verdict, the decisions that follow from it, services at the peak, policies.

use super::report::Report;
use crate::model::Status;
use crate::report::decisions::{self, Extent, ID, Line, Span};
use crate::report::document::{Assess, PolicyResult};
use crate::report::html::words::{self, status, text};
use crate::report::number::{count, counted};
use crate::report::order::in_order;
use maud::{Markup, html};

/// Policies that are named.
const POLICIES: usize = 12;
/// Warnings that are shown.
const WARNINGS: usize = 10;

pub(super) fn lead(report: &Report<'_>) -> Markup {
    let doc = report.doc;
    html! {
        div.lead {
            div.wide {
                (words::verdict(doc.verdict.result))
                p.summary { (text(&doc.verdict.summary, 600)) }
            }
            dl.decisions.wide {
                @for point in decisions::points(doc, Extent::first_screen(", further below")) {
                    dt { (point.label) }
                    dd { @for line in &point.lines { p { (said(line)) } } }
                }
            }
            div.card { (services(report)) }
            div.card { h2 { "Policies" } (policies(doc)) }
        }
    }
}

fn said(line: &Line) -> Markup {
    html! {
        @for span in &line.0 {
            @match span {
                Span::Text(said) => (text(said, 1000).replace(" %", "\u{a0}%")),
                Span::Strong(said) => strong { (text(said, 1000).replace(" %", "\u{a0}%")) },
                Span::Id(id) => (words::id_of(id, ID)),
                Span::Status(of) => (status(*of)),
            }
        }
    }
}

fn policies(doc: &Assess) -> Markup {
    let all = in_order(doc);
    html! {
        @if all.is_empty() { p.soft { "The scenario has no policy." } }
        ul.plain {
            @for p in all.iter().take(POLICIES) {
                li { (words::holds(p.holds)) " " (text(&p.name, 160)) (behind(p)) }
            }
        }
        @if all.len() > POLICIES {
            p.cut {
                (counted((all.len() - POLICIES) as u64, "more policy")) " in "
                a href="table-policies.csv" { "table-policies.csv" } "."
            }
        }
        @if let Some(day) = &doc.as_of { p.soft { "Waivers are judged as of " (text(day, 20)) "." } }
    }
}

/// What stands behind the word.
fn behind(p: &PolicyResult) -> Markup {
    let breaches = p.breaches.len() as u64;
    html! {
        @if breaches > 0 { span.soft { " (" (counted(breaches, "breach")) ")" } }
        @if !p.waived.is_empty() { span.soft { " (" (count(p.waived.len() as u64)) " waived)" } }
        @if !p.lapsed.is_empty() { span.soft { " (" (counted(p.lapsed.len() as u64, "waiver")) " lapsed)" } }
        @if let Some(reason) = &p.reason { br; span.soft { (text(reason, 200)) } }
    }
}

fn services(report: &Report<'_>) -> Markup {
    let Some(peak) = report.peak else {
        return words::absent("the scenario has no load case");
    };
    let number = |s: Status| {
        report
            .doc
            .verdict
            .services
            .get(s.word())
            .copied()
            .unwrap_or(0)
    };
    html! {
        h2 {
            "Services at " (text(&peak.load_case, 40))
            @if report.doc.peak.as_ref().is_some_and(|p| p != "peak") { " (the peak)" }
            @if !peak.down.is_empty() { ", with " (words::ids(&peak.down, 3)) " out" }
        }
        ul.tiles {
            @for s in [Status::Down, Status::Degraded, Status::AtRisk, Status::Ok] {
                li.(s.word()) { b { (count(number(s) as u64)) } (status(s)) }
            }
        }
    }
}

/// What to know before trusting the rest.
pub(super) fn warnings(doc: &Assess) -> Markup {
    let all = &doc.head.warnings;
    html! {
        ul { @for w in all.iter().take(WARNINGS) { li { (text(w, 400)) } } }
        @if all.len() > WARNINGS {
            p.cut { (count((all.len() - WARNINGS) as u64)) " more in " a href="result.json" { "result.json" } "." }
        }
    }
}
