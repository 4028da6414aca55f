//! Tables of what a result rests on, and of a verification.

use super::table::{CSV, Cell, HTML, TEXT, Table, marked};
use crate::model::Waiver;
use crate::report::document::evidence::{Control, LedgerEntry, WaiverRecord, WhatIfScaled};
use crate::report::document::{Assess, Assumption, FileState, Head, Input, VerdictWord, Verify};
use crate::report::html::words::{ids, text};
use crate::report::number::{count, counted};
use maud::{Markup, html};

/// An assumption, and what became of the verdict without it.
type Assumed<'a> = (&'a Assumption, Option<&'a LedgerEntry>);

/// What became of the verdict with an assumption scaled, if that was tried.
type Tried = fn(&LedgerEntry) -> Option<&WhatIfScaled>;

/// Every assumption, and whether the verdict hangs on it.
#[must_use]
pub fn assumptions(assess: &Assess) -> Table<'_, Assumed<'_>> {
    assumed(
        assess
            .evidence
            .iter()
            .flat_map(|e| ledger(&e.assumptions.entries)),
    )
}

/// Rows of a ledger.
pub(in crate::report) fn ledger(entries: &[LedgerEntry]) -> impl Iterator<Item = Assumed<'_>> {
    entries.iter().map(|entry| (&entry.assumption, Some(entry)))
}

pub(in crate::report) fn assumed<'a>(
    rows: impl IntoIterator<Item = Assumed<'a>>,
) -> Table<'a, Assumed<'a>> {
    let mut t = Table::new(["assumption", "assumptions"], rows)
        .most(TEXT, 20)
        .most(HTML, 200);
    t.number("used", TEXT, |(a, _)| format!("{} ×", count(a.count)));
    t.words("assumption", CSV | TEXT | HTML, |(a, _)| {
        Cell::Prose((&a.what).into(), 200)
    })
    .title(TEXT | HTML, "assumed")
    .cell(TEXT, |(a, _)| Cell::Prose((&a.what).into(), 300));
    t.id("source", CSV | TEXT, |(a, _)| &a.source)
        .cell(HTML, |(a, _)| Cell::Prose((&a.source).into(), 120));
    t.number("count", CSV | HTML, |(a, _)| a.count)
        .title(HTML, "rests on it");
    t.words("changes verdict", CSV, |(_, e)| {
        e.and_then(|e| e.changes_verdict)
    });
    let tries: [(_, _, Tried); 2] = [
        ("halved verdict", "halved changes", |e| e.halved.as_ref()),
        ("doubled verdict", "doubled changes", |e| e.doubled.as_ref()),
    ];
    for (verdict, changes, of) in tries {
        let of = move |e: Option<&'a LedgerEntry>| e.and_then(of);
        t.words(verdict, CSV, move |(_, e)| of(e).map(|t| t.verdict.word()))
            .title(HTML, verdict.split(' ').next().unwrap_or_default())
            .cell(HTML, move |(_, e)| marked(scaled(of(e))));
        t.words(changes, CSV, move |(_, e)| {
            of(e).map_or(Cell::Nothing, |t| {
                Cell::List((&t.changed).into(), usize::MAX)
            })
        });
    }
    t.words("verdict changes", HTML, |(_, e)| {
        marked(html! { @if let Some(e) = e { (hangs(e)) } })
    });
    t.words("reason", CSV, |(_, e)| e.and_then(|e| e.reason.as_deref()));
    t
}

fn scaled(tried: Option<&WhatIfScaled>) -> Markup {
    html! {
        @match tried {
            None => "–",
            Some(t) => {
                (match t.verdict { VerdictWord::Holds => "✓ holds", VerdictWord::Breached => "✗ breached", VerdictWord::Incomplete => "? incomplete" })
                @if !t.changed.is_empty() { br; span.soft { "changes " (text(&t.changed.join(", "), 200)) } }
            }
        }
    }
}

/// Whether the verdict hangs on it.
fn hangs(entry: &LedgerEntry) -> Markup {
    html! {
        @match entry.changes_verdict {
            Some(true) => strong { "! yes" },
            Some(false) => "no",
            None if entry.reason.is_some() => "",
            None => "not tried",
        }
        @if let Some(reason) = &entry.reason {
            @if entry.changes_verdict.is_some() { ": " }
            span.soft { (text(reason, 160)) }
        }
    }
}

/// The files that were read.
pub(in crate::report) fn inputs(head: &Head) -> Table<'_, &Input> {
    let mut t = Table::new(["input", "inputs"], &head.inputs);
    t.id("file", HTML, |i| {
        marked(html! { span.id { (text(&i.path, 200)) } })
    });
    t.number("rows", HTML, |i| i.rows);
    t.words("SHA-256", HTML, |i| {
        marked(html! { code { (text(&i.sha256, 80)) } })
    });
    t
}

/// Every waiver of the scenario.
pub(in crate::report) fn waivers(all: &[WaiverRecord]) -> Table<'_, &WaiverRecord> {
    let mut t = Table::new(["waiver", "waivers"], all)
        .most(HTML, 200)
        .file("table-policies.csv");
    t.words("policy", HTML, |w| Cell::Prose((&w.policy).into(), 120));
    t.words("services", HTML, |w| Cell::List((&w.services).into(), 5));
    t.words("elements", HTML, |w| {
        marked(html! {
            @match &w.elements { Some(all) => (ids(all, 6)), None => "any" }
            @if let Some(name) = &w.contingency { " in " (text(name, 80)) }
        })
    });
    t.words("owner", HTML, |w| Cell::Prose((&w.owner).into(), 60));
    t.words("reason", HTML, |w| Cell::Prose((&w.reason).into(), 300));
    t.words("expires", HTML, |w| Cell::Prose((&w.expires).into(), 20));
    t.number("covers", HTML, |w| w.covers);
    t.words("valid", HTML, |w| marked(valid(w)));
    t
}

fn valid(w: &WaiverRecord) -> Markup {
    let soon = w.days_left.filter(|days| *days <= Waiver::SOON);
    html! {
        @match &w.lapsed {
            None => { "✓ valid" @if let Some(days) = soon { br; "! " (counted(days.unsigned_abs(), "day")) " left" } }
            Some(why) => { "✗ " (text(why, 80)) }
        }
    }
}

/// Controls that the result supports.
pub(in crate::report) fn controls(all: &[Control]) -> Table<'_, &Control> {
    let mut t = Table::new(["control", "controls"], all);
    t.words("framework", HTML, |c| {
        Cell::Prose((&c.framework).into(), 80)
    });
    t.words("control", HTML, |c| Cell::Prose((&c.control).into(), 120));
    t.words("what this supports", HTML, |c| {
        Cell::Prose((&c.supports).into(), 600)
    });
    t
}

/// What was compared, its name, whether it is the same, what was recorded, what it is now.
type Compared<'a> = (
    &'static str,
    &'a str,
    bool,
    Option<&'a str>,
    Option<&'a str>,
);

/// What a verification found, one row per input, field and file.
#[must_use]
pub fn verify(result: &Verify) -> Table<'_, Compared<'_>> {
    let inputs = result.input_checks.iter();
    let inputs = inputs.map(|i| {
        (
            "input",
            &*i.path,
            i.same,
            Some(&*i.recorded),
            i.found.as_deref(),
        )
    });
    let whole = result.result_same.iter();
    let whole = whole.map(|&same| ("result", "result.json", same, None, None));
    let fields = result.differences.iter();
    let fields = fields.map(|d| {
        (
            "field",
            &*d.field,
            false,
            d.recorded.as_deref(),
            d.now.as_deref(),
        )
    });
    let files = result.files.iter().map(|f| {
        let is_same = f.state == FileState::Same;
        ("file", &*f.name, is_same, None, Some(f.state.word()))
    });
    let mut t = Table::new(
        ["row", "rows"],
        inputs.chain(whole).chain(fields).chain(files),
    );
    t.words("entry", CSV, |row| row.0);
    t.words("what", CSV, |row| row.1);
    t.words("same", CSV, |row| row.2);
    t.words("recorded", CSV, |row| row.3);
    t.words("now", CSV, |row| row.4);
    t
}
