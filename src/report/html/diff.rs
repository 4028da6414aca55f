//! The page of a comparison. In: the document of `diff`. Out: one HTML document: what changed in one
//! sentence each, then policies, contingencies, probabilities, the inventory.

use super::page::{Page, Section};
use super::words::{absent, and_more, id, text};
use crate::report::document::diff::{Diff, Side};
use crate::report::sentences::diff::{headlines, legend, verdict};
use crate::report::tables;
use maud::{Markup, html};

/// The page.
#[must_use]
pub fn page(result: &Diff) -> String {
    let policies = or_none(
        tables::policy_changes(result).html(),
        "No policy is judged differently.",
    );
    let mut sections = vec![section("policies", "Policies", policies)];
    if !result.headroom.is_empty() {
        let table = tables::headroom_changes(result).html();
        sections.push(section("headroom", "Headroom", table));
    }
    if !result.counts.is_empty() {
        sections.push(section(
            "counts",
            "How many contingencies harm",
            counts(result),
        ));
    }
    sections.push(section("changes", "Who is harmed by what", changes(result)));
    if !result.chances.is_empty() || result.new.schema.contains("/simulate/") {
        let table = tables::chance_changes(result).html();
        let table = or_none(table, "No interval has left the other.");
        sections.push(section("chances", "Probabilities", table));
    }
    sections.push(section("inventory", "Inventory", inventory(result)));
    Page {
        title: "What changed".to_owned(),
        kind: "Comparison of two results",
        lead: lead(result),
        sections,
        foot: foot(result),
    }
    .render()
}

fn section(anchor: &'static str, title: &'static str, body: Markup) -> Section {
    Section {
        anchor,
        title,
        body,
    }
}

fn lead(result: &Diff) -> Markup {
    let lines = headlines(result);
    let warnings = result.head.warnings.iter().take(20);
    html! {
        @if let Some(line) = verdict(result) { p { strong { (text(&line, 400)) } } }
        @if let [old, new] = result.head.inputs.as_slice() {
            p.soft { "Before: " (id(&old.path)) ", now: " (id(&new.path)) }
        }
        ul {
            @for line in &lines { li { (text(&sentence(line), 900)) } }
            @for warning in warnings { li { (text(&sentence(warning), 400)) } }
            @if result.head.warnings.len() > 20 { li { (and_more(result.head.warnings.len(), 20)) " warnings" } }
        }
    }
}

/// The same, beginning with a capital.
fn sentence(line: &str) -> String {
    let mut letters = line.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters.as_str().chars()).collect()
}

/// A table, or the words for that there is none.
fn or_none(table: Markup, none: &str) -> Markup {
    html! { @if table.0.is_empty() { p { (none) } } @else { (table) } }
}

fn counts(result: &Diff) -> Markup {
    html! {
        (tables::count_changes(result).html())
        p.soft { "How many contingencies leave it ✗ down, ▲ degraded, ! at-risk; – not computed." }
    }
}

fn changes(result: &Diff) -> Markup {
    let table = or_none(tables::changes(result).html(), "No change.");
    let rest = "brownout diff OLD NEW --format csv";
    html! {
        (table)
        @if let Some(legend) = legend(result) { p.soft { (sentence(&legend)) "." } }
        @if result.changes.len() > 500 { p { code { (rest) } " lists all." } }
    }
}

fn inventory(result: &Diff) -> Markup {
    let Some(change) = &result.inventory else {
        return absent("a result does not carry its inventory");
    };
    if change.is_empty() {
        return html! { p { "The inventory is the same." } };
    }
    tables::inventory_changes(result).html()
}

fn foot(result: &Diff) -> Markup {
    let side = |s: &Side| format!("{} by {} {}", s.schema, s.tool.name, s.tool.version);
    html! {
        p { "Before: " (text(&side(&result.old), 120)) ". Now: " (text(&side(&result.new), 120)) "." }
        @for input in &result.head.inputs {
            p { (text(&input.path, 200)) " " code { (text(&input.sha256, 64)) } }
        }
    }
}
