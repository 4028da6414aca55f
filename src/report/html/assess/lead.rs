//! What a reader sees first: verdict, policies, services at the peak, the one sentence why.

use super::Report;
use crate::model::Status;
use crate::report::document::{Assess, PolicyResult, ServiceState};
use crate::report::html::words::{self, id, status, text};
use crate::report::number::{count, counted, percent};
use crate::report::text::{as_today, by_urgency, covered_by, reason, reason_of, together, trips};
use maud::{Markup, html};

/// Policies that are named.
const POLICIES: usize = 12;
/// Reasons that are shown.
const SERVICES: usize = 8;
/// Services that are named for each.
const NAMED: usize = 12;
/// Warnings that are shown.
const WARNINGS: usize = 10;

pub(super) fn lead(report: &Report<'_>) -> Markup {
    let doc = report.doc;
    html! {
        div.lead {
            div.wide {
                (words::verdict(doc.verdict.result))
                p.summary { (text(&doc.verdict.summary, 600)) }
                @for line in doc.base.iter().filter_map(as_today) { p { (text(&line, 1000)) } }
                @let covered = covered_by(doc);
                @if !covered.is_empty() { p.soft { (text(&covered, 400)) } }
                @for line in trips(doc) { p.cascade { (text(&line, 1000)) } }
            }
            div.card { h2 { "Policies" } (policies(doc)) }
            div.card { (services(report)) }
            @if !doc.head.warnings.is_empty() {
                div.card.wide { h2 { "Warnings" } (warnings(doc)) }
            }
        }
    }
}

fn policies(doc: &Assess) -> Markup {
    // Those that do not hold first.
    let mut all: Vec<&PolicyResult> = doc.policies.iter().collect();
    all.sort_by_key(|p| p.holds.map_or(1, |holds| if holds { 2 } else { 0 }));
    html! {
        @if all.is_empty() { p.soft { "The scenario has no policy." } }
        ul.plain {
            @for p in all.iter().take(POLICIES) {
                li { (words::holds(p.holds)) " " (text(&p.name, 160)) (said(p)) }
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
fn said(p: &PolicyResult) -> Markup {
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
    let all = by_urgency(peak);
    let ill: Vec<&ServiceState> = all
        .iter()
        .copied()
        .filter(|s| s.status != Status::Ok)
        .collect();
    // A cause that hits several services is shown once, with all of them.
    let key = |s: &&ServiceState| (s.status, s.delivered.to_bits(), reason(s));
    let groups = together(ill.iter().copied(), key);
    let hidden: usize = groups.iter().skip(SERVICES).map(Vec::len).sum();
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
        ul.plain {
            @for group in groups.iter().take(SERVICES) { li { (alike(group)) } }
            @if ill.is_empty() && !all.is_empty() { li { "Every service is ok." } }
        }
        @if hidden > 0 { p.cut { "… and " (counted(hidden as u64, "more service")) " below." } }
    }
}

/// Services with one status, for one reason.
fn alike(group: &[&ServiceState]) -> Markup {
    let first = group[0];
    let why = reason_of(first, group.len() > 1);
    html! {
        (status(first.status)) " "
        @for (at, s) in group.iter().take(NAMED).enumerate() {
            @if at > 0 { ", " }
            (id(&s.id))
        }
        @if group.len() > NAMED { " and " (count((group.len() - NAMED) as u64)) " more" }
        @if first.status == Status::Degraded { " gets " (percent(first.delivered)) }
        @if !why.is_empty() { ": " (text(&why, 260)) }
    }
}

fn warnings(doc: &Assess) -> Markup {
    let all = &doc.head.warnings;
    html! {
        ul { @for w in all.iter().take(WARNINGS) { li { (text(w, 400)) } } }
        @if all.len() > WARNINGS {
            p.cut { (count((all.len() - WARNINGS) as u64)) " more in " a href="result.json" { "result.json" } "." }
        }
    }
}
