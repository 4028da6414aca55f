//! Evidence: what the result rests on, how to repeat it, what it supports.

use super::report::Report;
use crate::model::shell;
use crate::report::document::evidence::Evidence;
use crate::report::html::words::{self, folded, ids, text};
use crate::report::number::{count, counted, quantity};
use crate::report::tables;
use maud::{Markup, html};
use std::collections::BTreeMap;

pub(super) fn evidence(report: &Report<'_>) -> Markup {
    let doc = report.doc;
    html! {
        h3 { "Run" }
        dl {
            dt { "Tool" } dd { (text(&doc.head.tool.name, 40)) " " (text(&doc.head.tool.version, 40)) }
            @if let Some(e) = &doc.evidence { (run(e)) }
        }
        h3 { "Inputs" }
        (tables::inputs(&doc.head).html())
        @match &doc.evidence {
            Some(e) => (gathered(e)),
            None => (words::absent("the result holds no evidence beyond its inputs")),
        }
    }
}

fn run(e: &Evidence) -> Markup {
    html! {
        dt { "Command" } dd { code { (text(&shell(&e.command), 2000)) } }
        dt { "Seed" }
        dd { @if let Some(seed) = e.seed { (seed) } @else { "none: nothing random was asked for" } }
        @if let Some(trials) = e.trials { dt { "Trials" } dd { (count(trials)) } }
        dt { "Written" }
        dd { @if let Some(at) = &e.stamp { (text(at, 40)) } @else { span.soft { "no time is kept, so that the same inputs give the same bytes" } } }
        dt { "Run it again" } dd { (text(&e.rerun, 1000)) }
    }
}

fn gathered(e: &Evidence) -> Markup {
    html! {
        h3 { "Scope" }
        (scope(e))
        h3 { "Method" }
        @for p in &e.method { p { (text(p, 3000)) } }
        h3 { "Assumptions" }
        (ledger(e))
        h3 { "Completeness" }
        (completeness(e))
        h3 { "Waivers" }
        (waivers(e))
        h3 { "Controls that this supports" }
        p.soft { "This is evidence that may support the controls below. It is no statement that they are met." }
        (tables::controls(&e.controls).html())
        h3 { "Sign-off" }
        (sign_off(e))
    }
}

fn scope(e: &Evidence) -> Markup {
    let s = &e.scope;
    let kinds = |kinds: &BTreeMap<String, u64>| {
        let all: Vec<String> = kinds
            .iter()
            .take(30)
            .map(|(k, n)| format!("{} {}", count(*n), text(k, 40)))
            .chain((kinds.len() > 30).then(|| format!("and {} more kinds", kinds.len() - 30)))
            .collect();
        if all.is_empty() {
            "none".to_owned()
        } else {
            all.join(", ")
        }
    };
    html! {
        dl {
            dt { "May fail" }
            dd {
                (count(s.included)) " of " (count(s.of)) " components and links, up to order " (s.order)
                br; span.soft { (kinds(&s.included_kinds)) }
            }
            dt { "Selected by" }
            dd {
                @match &s.elements {
                    None => "everything",
                    Some(all) => code { (text(&all.join(" "), 400)) },
                }
                @if !s.exclude.is_empty() { ", without " code { (text(&s.exclude.join(" "), 400)) } }
            }
            dt { "Left out" }
            dd {
                (kinds(&s.excluded_kinds))
                @if !s.excluded.is_empty() {
                    br; span.soft { (ids(&s.excluded, 40)) @if s.excluded_more > 0 { " and " (count(s.excluded_more)) " beyond" } }
                }
            }
            dt { "Known outages" } dd { @if s.down.is_empty() { "none" } (ids(&s.down, 40)) }
            @if !s.derate.is_empty() {
                dt { "Derated" }
                dd { @for (i, (node, f)) in s.derate.iter().take(40).enumerate() { @if i > 0 { ", " } (words::id(node)) " × " (quantity(*f)) } (words::and_more(s.derate.len(), 40)) }
            }
            dt { "Load cases" }
            dd {
                (text(&s.load_cases.join(", "), 400))
                @if let Some(peak) = &s.peak { " (peak: " (text(peak, 40)) ")" }
            }
        }
    }
}

fn ledger(e: &Evidence) -> Markup {
    let ledger = &e.assumptions;
    if ledger.entries.is_empty() {
        return html! { p { "No default was used: every figure is from the inputs." } };
    }
    html! {
        @let all = counted(ledger.entries.len() as u64, "default");
        @let hang = ledger.entries.iter().filter(|e| e.changes_verdict == Some(true)).count() as u64;
        (folded(&format!("{all}; half or twice of {} changes a verdict", count(hang)), &tables::assumed(tables::ledger(&ledger.entries)).html()))
        @if let Some(reason) = ledger.reason.as_deref().filter(|_| !ledger.complete) {
            p.absent { "Not every default was tried: " (text(reason, 200)) }
        }
    }
}

fn completeness(e: &Evidence) -> Markup {
    let c = &e.completeness;
    html! {
        dl {
            @for (order, n) in &c.contingencies {
                dt { "Order " (text(order, 8)) }
                dd { (count(n.done)) " of " (count(n.of)) " contingencies accounted for" }
            }
            @if let Some(n) = &c.named { dt { "Named" } dd { (count(n.done)) " of " (count(n.of)) " named contingencies looked at" } }
            @if let Some(t) = &c.trials { dt { "Trials" } dd { (count(t.done)) " of " (count(t.of)) " done" } }
            dt { "Policies" } dd { (count(c.policies.done)) " of " (count(c.policies.of)) " judged" }
            dt { "In all" } dd { @if c.complete { "✓ complete" } @else { "? not complete" } }
        }
    }
}

fn waivers(e: &Evidence) -> Markup {
    if e.waivers.is_empty() {
        return html! { p { "The scenario has no waiver." } };
    }
    tables::waivers(&e.waivers).html()
}

fn sign_off(e: &Evidence) -> Markup {
    html! {
        @for s in &e.sign_off {
            p { strong { (text(&s.role, 80)) } ": " (text(&s.statement, 300)) }
            div.signature {
                span { "Name " (text(&s.name, 80)) }
                span { "Date " (text(&s.date, 20)) }
                span { "Signature" }
            }
        }
    }
}
