//! Evidence in a few lines, for a terminal; all of it is in the result.

use crate::model::short;
use crate::report::document::Assess;
use crate::report::document::evidence::LedgerEntry;
use crate::report::number::{count, counted};
use crate::report::shape::{Shape, and_more};
use crate::report::style::wrap;

/// Defaults that are shown one by one.
const MOST_SHOWN: usize = 6;

/// What the verdict rests on.
pub(super) fn evidence(result: &Assess, shape: Shape) -> String {
    let (width, most) = (shape.width, shape.most(MOST_SHOWN));
    let Some(e) = &result.evidence else {
        return String::new();
    };
    let mut out = String::from("\nEvidence\n");
    let rows: u64 = result.head.inputs.iter().filter_map(|i| i.rows).sum();
    let scope = format!(
        "{} with {}; {} of {} may fail, up to order {}.",
        counted(result.head.inputs.len() as u64, "input file"),
        counted(rows, "row"),
        count(e.scope.included),
        counted(e.scope.of, "element"),
        e.scope.order
    );
    out.push_str(&wrap(&scope, 2, width));
    let ledger = &e.assumptions;
    let with = |changes: Option<bool>| -> Vec<&LedgerEntry> {
        let all = ledger.entries.iter();
        all.filter(|x| x.changes_verdict == changes).collect()
    };
    let (hang, stand, open) = (with(Some(true)), with(Some(false)), with(None));
    let open = match (open.len() as u64, ledger.complete) {
        (0, _) => String::new(),
        (1, true) => "; 1 has no number to scale".to_owned(),
        (n, true) => format!("; {} have no number to scale", count(n)),
        (n, false) => format!("; {} not tried", count(n)),
    };
    let said = format!(
        "{}: halved or doubled, {} would change the verdict of a policy, {} would not{open}.",
        counted(ledger.entries.len() as u64, "assumption"),
        count(hang.len() as u64),
        count(stand.len() as u64),
    );
    out.push_str(&wrap(&said, 2, width));
    for entry in hang.iter().take(most) {
        out.push_str(&wrap(
            &format!("the verdict hangs on {}", describe(entry)),
            6,
            width,
        ));
    }
    out.push_str(&and_more(hang.len().saturating_sub(most) as u64, 6));
    out
}

fn describe(entry: &LedgerEntry) -> String {
    let a = &entry.assumption;
    let of = |scaled: &Option<crate::report::document::evidence::WhatIfScaled>| {
        scaled.as_ref().is_some_and(|s| !s.changed.is_empty())
    };
    let when = match (of(&entry.halved), of(&entry.doubled)) {
        (true, true) => "halved or doubled",
        (true, false) => "halved",
        _ => "doubled",
    };
    format!(
        "{} ({}, {}×) when {when}",
        short(&a.what, 80),
        short(&a.source, 40),
        count(a.count)
    )
}
