//! The page of a comparison. In: the document of `diff`. Out: one HTML document: what changed in one
//! sentence each, then policies, contingencies, probabilities, the inventory.

use super::page::{Page, Section};
use super::table::{Cell, Table, words};
use super::words::{absent, and_more, contingency, holds, id, status, text};
use crate::report::document::diff::{
    ChanceChange, Change, CountChange, Diff, Direction, Harm, HeadroomChange, InventoryChange,
    PolicyChange, Resized, Side,
};
use crate::report::number::{count, unit};
use crate::report::text::diff::{
    delivered, estimate, harmful, headlines, headrooms, sizes, verdict,
};
use maud::{Markup, html};

/// The page.
#[must_use]
pub fn page(result: &Diff) -> String {
    let mut sections = vec![section("policies", "Policies", policies(&result.policies))];
    if !result.headroom.is_empty() {
        sections.push(section("headroom", "Headroom", headroom(&result.headroom)));
    }
    if !result.counts.is_empty() {
        sections.push(section(
            "counts",
            "How many contingencies harm",
            counts(&result.counts),
        ));
    }
    sections.push(section(
        "changes",
        "Who is harmed by what",
        changes(&result.changes),
    ));
    if !result.chances.is_empty() || result.new.schema.contains("/simulate/") {
        sections.push(section(
            "chances",
            "Probabilities",
            chances(&result.chances),
        ));
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

/// A direction with a sign, so that colour is not needed.
fn direction(direction: Direction) -> Cell {
    let (sign, key) = match direction {
        Direction::New => ("✗", 0.0),
        Direction::Worse => ("▼", 1.0),
        Direction::Better => ("▲", 2.0),
        Direction::Fixed => ("✓", 3.0),
    };
    Cell::by(html! { (sign) " " (direction.word()) }, Some(key))
}

fn policies(all: &[PolicyChange]) -> Markup {
    if all.is_empty() {
        return html! { p { "No policy is judged differently." } };
    }
    let columns = ["Policy", "Before", "Now", "Breaches before", "Now"]
        .map(words)
        .to_vec();
    let mut table = Table::new("policies", columns);
    for p in all {
        table.row(|| {
            vec![
                Cell::new(html! { bdi { (text(&p.name, 160)) } }),
                Cell::new(holds(p.old)),
                Cell::new(holds(p.new)),
                breaches(p.old_breaches),
                breaches(p.new_breaches),
            ]
        });
    }
    table.render()
}

/// How many breaches; a dash where there was no such policy.
fn breaches(n: Option<u64>) -> Cell {
    let shown = n.map_or_else(|| "–".to_owned(), count);
    Cell::by(html! { (shown) }, n.map(|n| n as f64))
}

fn headroom(all: &[HeadroomChange]) -> Markup {
    let columns = [
        "Service",
        "Load case",
        "Before",
        "Now",
        "Limit before",
        "Now",
    ];
    let mut table = Table::new("headroom", columns.map(words).to_vec());
    let limit = |l: &Option<String>| Cell::new(l.as_deref().map_or_else(|| html! { "–" }, id));
    for c in all {
        let (old, new) = headrooms(c);
        table.row(|| {
            vec![
                Cell::new(id(&c.service)),
                Cell::new(id(&c.load_case)),
                Cell::by(html! { (old) }, c.old),
                Cell::by(html! { (new) }, c.new),
                limit(&c.old_limit),
                limit(&c.new_limit),
            ]
        });
    }
    table.render()
}

fn counts(all: &[CountChange]) -> Markup {
    let columns = ["Service", "Load case", "Order", "✗/▲/! before", "Now"];
    let mut table = Table::new("counts", columns.map(words).to_vec());
    for c in all {
        table.row(|| {
            vec![
                Cell::new(id(&c.service)),
                Cell::new(id(&c.load_case)),
                Cell::by(html! { (c.order) }, Some(f64::from(c.order))),
                Cell::new(html! { (harmful(c.old)) }),
                Cell::new(html! { (harmful(c.new)) }),
            ]
        });
    }
    html! {
        (table.render())
        p.soft { "How many contingencies leave it ✗ down, ▲ degraded, ! at-risk; – not computed." }
    }
}

fn changes(all: &[Change]) -> Markup {
    if all.is_empty() {
        return html! { p { "No change." } };
    }
    let columns = [
        "Change",
        "Service",
        "Load case",
        "When this fails",
        "Before",
        "Now",
    ];
    let mut table = Table::new("changes", columns.map(words).to_vec());
    for c in all {
        let (old, new) = delivered(c.old, c.new);
        table.row(|| {
            vec![
                direction(c.direction),
                Cell::new(id(&c.service)),
                Cell::new(id(&c.load_case)),
                Cell::new(html! {
                    @match &c.contingency { Some(name) => (text(name, 80)), None => (contingency(&c.elements)) }
                }),
                harm(c.old, old),
                harm(c.new, new),
            ]
        });
    }
    let rest = "brownout diff OLD NEW --format csv";
    html! { (table.render()) @if table.total() > super::table::ROWS { p { code { (rest) } " lists all." } } }
}

/// A status with what is delivered; sorted by what is lost.
fn harm(harm: Option<Harm>, partly: Option<String>) -> Cell {
    let Some(h) = harm else {
        return Cell::by(html! { "–" }, None);
    };
    let shown = html! { (status(h.status)) @if let Some(d) = partly { " " (d) } };
    Cell::by(shown, h.delivered)
}

fn chances(all: &[ChanceChange]) -> Markup {
    if all.is_empty() {
        return html! { p { "No interval has left the other." } };
    }
    let columns = ["Change", "Service", "Load case", "What", "Before", "Now"];
    let mut table = Table::new("probabilities", columns.map(words).to_vec());
    for c in all {
        let case = c.load_case.as_deref();
        let figure = |e| Cell::new(html! { (estimate(c.measure, e)) });
        table.row(|| {
            vec![
                direction(c.direction),
                Cell::new(id(&c.service)),
                Cell::new(case.map_or_else(|| html! { "over the horizon" }, id)),
                Cell::new(html! { (c.measure.words()) }),
                figure(&c.old),
                figure(&c.new),
            ]
        });
    }
    table.render()
}

fn inventory(result: &Diff) -> Markup {
    let Some(change) = &result.inventory else {
        return absent("a result does not carry its inventory");
    };
    if change.is_empty() {
        return html! { p { "The inventory is the same." } };
    }
    inventory_table(change)
}

fn inventory_table(change: &InventoryChange) -> Markup {
    let columns = ["Change", "Element", "Kind", "What", "Before", "Now"];
    let mut table = Table::new("elements", columns.map(words).to_vec());
    let plain = |word: &str, of: &str, kind: &str, what: &str| {
        vec![
            Cell::new(html! { (word) }),
            Cell::new(id(of)),
            Cell::new(html! { (text(kind, 40)) }),
            Cell::new(html! { (text(what, 80)) }),
            Cell::new(html! {}),
            Cell::new(html! {}),
        ]
    };
    for n in &change.added {
        table.row(|| plain("added", &n.id, &n.kind, ""));
    }
    for n in &change.removed {
        table.row(|| plain("removed", &n.id, &n.kind, ""));
    }
    for r in &change.resized {
        table.row(|| {
            let mut cells = plain("resized", &r.id, &r.kind, &r.what);
            cells.truncate(4);
            let (old, new) = sizes(r);
            cells.extend([size(r, old, r.old), size(r, new, r.new)]);
            cells
        });
    }
    for c in &change.changed {
        table.row(|| plain("changed", &c.id, &c.kind, &c.what.join(", ")));
    }
    table.render()
}

fn size(r: &Resized, shown: String, value: Option<f64>) -> Cell {
    let unit = value.map_or_else(String::new, |_| unit(r.unit.as_deref()));
    Cell::by(html! { (shown) (unit) }, value)
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
