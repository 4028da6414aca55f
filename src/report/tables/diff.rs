//! Tables of a comparison.

use super::sweep::triple;
use super::table::{
    ALL, CSV, Cell, HTML, MARKDOWN, PEOPLE, TEXT, Table, last, marked, shown, sorted,
};
use crate::report::document::diff::{
    ChanceChange, Change, CountChange, Counts, Diff, Direction, Harm, HeadroomChange, PolicyChange,
    Resized,
};
use crate::report::html::words::{holds, status, text};
use crate::report::number::{quantity, unit};
use crate::report::sentences::diff::{
    UNLISTED, delivered, estimate, harms, headrooms, is_unlisted, sizes,
};
use maud::html;
use std::slice::from_ref;

/// Changes from one result to another, one row per service, load case and contingency.
#[must_use]
pub fn changes(diff: &Diff) -> Table<'_, &Change> {
    let mut t =
        Table::new(["change", "changes"], &diff.changes).instead("`--format csv` lists all");
    t.words("change", ALL, |c| Cell::Words(c.direction.word().into()))
        .cell(HTML, |c| signed(c.direction));
    t.id("service", ALL, |c| &c.service);
    t.id("load case", ALL, |c| Cell::Case(&c.load_case));
    let failing = t.words("elements", ALL, |c| Cell::Elements(&c.elements));
    failing.title(PEOPLE, "when this fails");
    for (format, most) in [(TEXT, 40), (MARKDOWN, 60), (HTML, 80)] {
        failing.cell(format, move |c| match &c.contingency {
            Some(name) => Cell::Prose(name.into(), most),
            None => Cell::Elements(&c.elements),
        });
    }
    t.words("contingency", CSV, |c| c.contingency.as_deref());
    let sides: [(_, Part); 2] = [("old", |c| c.old), ("new", |c| c.new)];
    for (word, of) in sides {
        t.words(format!("{word}_status"), CSV, move |c| match of(c) {
            side if is_unlisted(c, side) => Cell::Words(UNLISTED.into()),
            side => side.map(|h| h.status).into(),
        });
        t.number(format!("{word}_delivered"), CSV, move |c| {
            let listed = of(c).filter(|_| !is_unlisted(c, of(c)));
            listed.and_then(|h| h.delivered)
        });
    }
    t.words("before", TEXT | MARKDOWN, |c| harms(c).0)
        .cell(HTML, |c| harm(c, c.old, delivered(c.old, c.new).0));
    t.words("now", TEXT | MARKDOWN, |c| harms(c).1)
        .cell(HTML, |c| harm(c, c.new, delivered(c.old, c.new).1));
    t
}

/// What a change says of one side.
type Part = fn(&Change) -> Option<Harm>;

/// A direction with a sign, so that colour is not needed.
fn signed<'a>(direction: Direction) -> Cell<'a> {
    let (sign, key) = match direction {
        Direction::New => ("✗", 0.0),
        Direction::Worse => ("▼", 1.0),
        Direction::Better => ("▲", 2.0),
        Direction::Fixed => ("✓", 3.0),
    };
    sorted(html! { (sign) " " (direction.word()) }, key)
}

/// A status with what is delivered; sorted by what is lost.
fn harm<'a>(change: &Change, side: Option<Harm>, partly: Option<String>) -> Cell<'a> {
    let Some(h) = side else {
        return last(html! { "–" });
    };
    if is_unlisted(change, side) {
        return sorted(html! { (UNLISTED) }, h.delivered);
    }
    sorted(
        html! { (status(h.status)) @if let Some(d) = partly { " " (d) } },
        h.delivered,
    )
}

/// Policies that are judged differently, one row each.
#[must_use]
pub fn policies(diff: &Diff) -> Table<'_, &PolicyChange> {
    let word = |holds: bool| if holds { "holds" } else { "breached" };
    let mut t = Table::new(["policy", "policies"], &diff.policies);
    t.words("policy", CSV, |p| &p.name)
        .cell(HTML, |p| marked(html! { bdi { (text(&p.name, 160)) } }));
    t.words("old", CSV, move |p| p.old.map(word))
        .title(HTML, "before")
        .cell(HTML, |p| marked(holds(p.old)));
    t.words("new", CSV, move |p| p.new.map(word))
        .title(HTML, "now")
        .cell(HTML, |p| marked(holds(p.new)));
    t.number("old breaches", CSV | HTML, |p| p.old_breaches)
        .title(HTML, "breaches before");
    t.number("new breaches", CSV | HTML, |p| p.new_breaches)
        .title(HTML, "now");
    t
}

/// Headroom that changed, one row per service and load case; blank as CSV is unlimited.
#[must_use]
pub fn headroom(diff: &Diff) -> Table<'_, &HeadroomChange> {
    let all = "`--format csv --table headroom` lists all";
    let mut t = Table::new(["service", "headroom"], &diff.headroom).instead(all);
    t.id("service", ALL, |c| &c.service);
    t.id("load case", ALL, |c| Cell::Case(&c.load_case));
    // A terminal is narrow: two of its headings are shorter.
    t.number("old", CSV, |c| c.old)
        .title(PEOPLE, "headroom before")
        .title(TEXT, "headroom")
        .cell(TEXT | MARKDOWN, |c| headrooms(c).0)
        .cell(HTML, |c| sorted(html! { (headrooms(c).0) }, c.old));
    t.number("new", CSV, |c| c.new)
        .title(PEOPLE, "now")
        .cell(TEXT | MARKDOWN, |c| headrooms(c).1)
        .cell(HTML, |c| sorted(html! { (headrooms(c).1) }, c.new));
    t.id("old limit", ALL, |c| c.old_limit.as_deref())
        .title(PEOPLE, "limit before")
        .title(TEXT, "limit");
    t.id("new limit", ALL, |c| c.new_limit.as_deref())
        .title(PEOPLE, "now");
    t
}

/// The counts before or now.
type Side = fn(&CountChange) -> Counts;

/// Counts of contingencies that changed, one row per service, load case and order.
#[must_use]
pub fn counts(diff: &Diff) -> Table<'_, &CountChange> {
    let all = "`--format csv --table counts` lists all";
    let said = |c: Counts| triple([c.down, c.degraded, c.at_risk]);
    let mut t = Table::new(["row", "counts"], &diff.counts).instead(all);
    t.id("service", ALL, |c| &c.service);
    t.id("load case", ALL, |c| Cell::Case(&c.load_case));
    t.number("order", ALL, |c| c.order);
    let sides: [(_, Side); 2] = [("old", |c| c.old), ("new", |c| c.new)];
    for (word, of) in sides {
        t.number(format!("{word}_down"), CSV, move |c| of(c).down);
        t.number(format!("{word}_degraded"), CSV, move |c| of(c).degraded);
        t.number(format!("{word}_at_risk"), CSV, move |c| of(c).at_risk);
    }
    // A comment has no legend that would say what the signs are.
    t.number("✗/▲/! before", PEOPLE, move |c| said(c.old))
        .title(MARKDOWN, "down/degraded/at-risk before");
    t.number("now", PEOPLE, move |c| said(c.new));
    t
}

/// Probabilities and expectations that changed, one row each.
#[must_use]
pub fn chances(diff: &Diff) -> Table<'_, &ChanceChange> {
    let all = "`--format csv --table probabilities` lists all";
    let mut t = Table::new(["change", "probabilities"], &diff.chances).instead(all);
    t.words("change", ALL, |c| Cell::Words(c.direction.word().into()))
        .cell(HTML, |c| signed(c.direction));
    t.id("service", ALL, |c| &c.service);
    t.id("load case", CSV, |c| c.load_case.as_deref())
        .cell(PEOPLE, |c| {
            c.load_case
                .as_ref()
                .map_or(Cell::Words("over the horizon".into()), |c| Cell::Case(c))
        });
    t.words("measure", ALL, |c| Cell::Words(c.measure.words().into()))
        .title(PEOPLE, "what");
    t.number("old", CSV, |c| c.old.estimate);
    t.number("old low", CSV, |c| c.old.low);
    t.number("old high", CSV, |c| c.old.high);
    t.number("new", CSV, |c| c.new.estimate);
    t.number("new low", CSV, |c| c.new.low);
    t.number("new high", CSV, |c| c.new.high);
    t.words("before", PEOPLE, |c| estimate(c.measure, &c.old));
    t.words("now", PEOPLE, |c| estimate(c.measure, &c.new));
    t
}

/// An element of an inventory, what became of it, and of what of it.
#[derive(Clone, Copy)]
pub struct Altered<'a> {
    change: &'static str,
    id: &'a str,
    kind: &'a str,
    what: &'a [String],
    sizes: Option<&'a Resized>,
}

/// The size before or now, and as it is shown.
type Size = fn(&Resized) -> (Option<f64>, String);

/// What became of the inventory, one row per element and change.
#[must_use]
pub fn inventory(diff: &Diff) -> Table<'_, Altered<'_>> {
    let mut rows = Vec::new();
    if let Some(all) = &diff.inventory {
        let mut row = |change, id, kind, what, sizes| {
            rows.push(Altered {
                change,
                id,
                kind,
                what,
                sizes,
            });
        };
        for n in &all.added {
            row("added", &n.id, &n.kind, &[], None);
        }
        for n in &all.removed {
            row("removed", &n.id, &n.kind, &[], None);
        }
        for r in &all.resized {
            row("resized", &r.id, &r.kind, from_ref(&r.what), Some(r));
        }
        for r in &all.figures {
            row("figure", &r.id, &r.kind, from_ref(&r.what), Some(r));
        }
        for c in &all.changed {
            row("changed", &c.id, &c.kind, &c.what, None);
        }
    }
    let mut t = Table::new(["element", "elements"], rows);
    t.words("change", CSV | HTML, |row| Cell::Words(row.change.into()));
    t.id("element", CSV | HTML, |row| row.id);
    t.words("kind", CSV | HTML, |row| Cell::Prose(row.kind.into(), 40));
    t.words("what", CSV, |row| row.what.join(";"))
        .cell(HTML, |row| Cell::Prose(row.what.join(", ").into(), 80));
    t.words("unit", CSV, |row| row.sizes.and_then(|r| r.unit.as_deref()));
    let sides: [(_, _, Size); 2] = [
        ("old", "before", |r| (r.old, sizes(r).0)),
        ("new", "now", |r| (r.new, sizes(r).1)),
    ];
    for (title, on_page, of) in sides {
        t.number(title, CSV, move |row| match row.sizes.map(of) {
            Some((None, said)) => Cell::Words(said.into()),
            size => shown(size.and_then(|size| size.0), quantity).into(),
        })
        .title(HTML, on_page)
        .cell(HTML, move |row| {
            row.sizes.map_or(marked(html! {}), |r| {
                let (size, said) = of(r);
                let unit = size.map_or_else(String::new, |_| unit(r.unit.as_deref()));
                sorted(html! { (said) (unit) }, size)
            })
        });
    }
    t
}
