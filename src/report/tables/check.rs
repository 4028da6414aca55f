//! Tables of an inventory, of a tree of needs, and of words.

use super::states::infinite;
use super::table::{CSV, Cell, Table};
use crate::report::document::{Check, ExplainGroup, ExplainNode};
use crate::report::glossary::{WORDS, Word};

/// Something that a check found: of what sort, what, how often, and more of it.
#[derive(Clone, Copy)]
pub struct Noted<'a> {
    entry: &'static str,
    what: &'a str,
    count: Option<u64>,
    detail: &'a str,
    ids: &'a [String],
}

/// What an inventory holds, is assumed, leaves open, or what is wrong with it.
#[must_use]
pub fn check(check: &Check) -> Table<'_, Noted<'_>> {
    let noted = |entry, what, count, detail| Noted {
        entry,
        what,
        count,
        detail,
        ids: &[],
    };
    let faults = check
        .faults
        .iter()
        .map(|f| noted("fault", &f.message, None, &f.text));
    let warnings = check
        .head
        .warnings
        .iter()
        .map(|w| noted("warning", w, None, ""));
    let mut rows: Vec<Noted<'_>> = faults.chain(warnings).collect();
    if let Some(of) = &check.inventory {
        let counts = [
            ("services", of.services),
            ("flows", of.flows),
            ("requirements", of.requirements),
            ("groups", of.groups),
            ("redundant groups", of.redundant_groups),
            ("sweep elements", of.elements),
        ];
        rows.extend(
            of.kinds
                .iter()
                .map(|(kind, n)| noted("kind", kind, Some(*n), "")),
        );
        rows.extend(counts.map(|(what, n)| noted("count", what, Some(n), "")));
        let assumed = of.assumptions.iter();
        rows.extend(assumed.map(|a| noted("assumption", &a.what, Some(a.count), &a.source)));
        let covered = of.covered.iter();
        rows.extend(covered.map(|c| noted("covered", &c.what, Some(c.covered), "")));
        let next = of.next.iter();
        rows.extend(next.map(|n| noted("fill in", &n.what, Some(n.count), &n.kind)));
        let open = of.open.iter();
        rows.extend(open.map(|o| Noted {
            ids: &o.ids,
            ..noted("open", &o.what, Some(o.ids.len() as u64), "")
        }));
    }
    let mut t = Table::new(["row", "rows"], rows);
    t.words("entry", CSV, |row| row.entry);
    t.words("what", CSV, |row| row.what);
    t.number("count", CSV, |row| row.count);
    t.words("detail", CSV, |row| match row.ids {
        [] => Cell::Id(row.detail),
        ids => Cell::Elements(ids),
    });
    t
}

/// A node of a tree: how deep it is, the node that needs it with how, itself.
type Needed<'a> = (u64, Option<(&'a str, &'a ExplainGroup)>, &'a ExplainNode);

/// A tree, one row per node as it is walked.
#[must_use]
pub fn tree(root: &ExplainNode) -> Table<'_, Needed<'_>> {
    let mut rows = Vec::new();
    walk(&mut rows, (0, None, root));
    let mut t = Table::new(["row", "rows"], rows);
    t.number("depth", CSV, |(depth, ..)| depth);
    t.id("id", CSV, |(.., n)| &n.id);
    t.words("kind", CSV, |(.., n)| &n.kind);
    t.id("needed by", CSV, |(_, by, _)| by.map(|(id, _)| id));
    t.words("relation", CSV, |(_, by, _)| {
        by.map(|(_, g)| g.relation.as_str())
    });
    t.words("group", CSV, |(_, by, _)| {
        by.and_then(|(_, g)| g.group.as_deref())
    });
    t.number("need", CSV, |(_, by, _)| by.map(|(_, g)| g.need));
    t.number("of", CSV, |(_, by, _)| by.map(|(_, g)| g.of));
    t.number("working", CSV, |(_, by, _)| by.map(|(_, g)| g.working));
    t.words("failed", CSV, |(.., n)| n.failed);
    t.words("works", CSV, |(.., n)| n.works);
    t.number("load", CSV, |(.., n)| infinite(n.load));
    t.number("capacity", CSV, |(.., n)| n.capacity);
    t.words("unit", CSV, |(.., n)| n.unit.as_deref());
    t.number("utilization", CSV, |(.., n)| n.utilization);
    t.number("delivered", CSV, |(.., n)| n.delivered);
    t
}

fn walk<'a>(rows: &mut Vec<Needed<'a>>, row: Needed<'a>) {
    rows.push(row);
    let (depth, _, node) = row;
    for group in &node.needs {
        for member in &group.members {
            walk(rows, (depth + 1, Some((&node.id, group)), member));
        }
    }
}

/// What the words of the reports mean.
#[must_use]
pub fn glossary() -> Table<'static, Word> {
    let mut t = Table::new(["word", "words"], WORDS.iter().copied());
    t.words("word", CSV, |w| w.word);
    t.words("meaning", CSV, |w| w.meaning);
    t
}
