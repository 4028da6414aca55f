//! Fixes, assumptions and verifications as CSV.

use super::Cell::{Count, Number, Text, Word};
use super::{Writer, joined, yes};
use crate::report::document::evidence::WhatIfScaled;
use crate::report::document::{Assess, FileState, Fix, Verify};

/// Every assumption, and whether the verdict hangs on it.
#[must_use]
pub fn assumptions(assess: &Assess) -> String {
    let mut out = Writer::new(&[
        "assumption",
        "source",
        "count",
        "changes_verdict",
        "halved_verdict",
        "halved_changes",
        "doubled_verdict",
        "doubled_changes",
        "reason",
    ]);
    let ledger = assess.evidence.iter().flat_map(|e| &e.assumptions.entries);
    for entry in ledger {
        let a = &entry.assumption;
        let verdict = |w: &Option<WhatIfScaled>| w.as_ref().map_or("", |w| w.verdict.word());
        let changed = |w: &Option<WhatIfScaled>| w.as_ref().map(|w| joined(&w.changed));
        out.row(&[
            Text(&a.what),
            Text(&a.source),
            Count(Some(a.count)),
            entry.changes_verdict.map_or(Word(""), yes),
            Word(verdict(&entry.halved)),
            Text(&changed(&entry.halved).unwrap_or_default()),
            Word(verdict(&entry.doubled)),
            Text(&changed(&entry.doubled).unwrap_or_default()),
            Text(entry.reason.as_deref().unwrap_or("")),
        ]);
    }
    out.finish()
}

/// What a verification found, one row per input, field and file.
#[must_use]
pub fn verify(result: &Verify) -> String {
    let mut out = Writer::new(&["entry", "what", "same", "recorded", "now"]);
    for i in &result.input_checks {
        let found = i.found.as_deref().unwrap_or("");
        out.row(&[
            Word("input"),
            Text(&i.path),
            yes(i.same),
            Text(&i.recorded),
            Text(found),
        ]);
    }
    if let Some(same) = result.result_same {
        out.row(&[
            Word("result"),
            Word("result.json"),
            yes(same),
            Word(""),
            Word(""),
        ]);
    }
    for d in &result.differences {
        let value = |v: &'_ Option<String>| v.clone().unwrap_or_default();
        let (then, now) = (value(&d.recorded), value(&d.now));
        out.row(&[
            Word("field"),
            Text(&d.field),
            yes(false),
            Text(&then),
            Text(&now),
        ]);
    }
    for f in &result.files {
        let same = yes(f.state == FileState::Same);
        let state = Word(f.state.word());
        out.row(&[Word("file"), Text(&f.name), same, Word(""), state]);
    }
    out.finish()
}

/// What would fix it, one row per step of a fix: the lists one after the other, then a row for each
/// policy that nothing was found to hold.
#[must_use]
pub fn fixes(assess: &Assess) -> String {
    let mut out = Writer::new(&[
        "fix",
        "list",
        "policy",
        "kind",
        "rank",
        "removes",
        "of",
        "remaining",
        "new_breaches",
        "new_elsewhere",
        "holds",
        "verified",
        "step",
        "step_kind",
        "element",
        "amount",
        "unit",
        "new_capacity",
        "group",
        "outside",
        "restore_by",
        "text",
    ]);
    let lists = [
        ("repairs", &assess.repairs),
        ("holds", &assess.fixes),
        ("lessens", &assess.lessens),
    ];
    let all = lists
        .iter()
        .flat_map(|(list, fixes)| fixes.iter().map(move |f| (*list, f)));
    for (number, (list, f)) in (1..).zip(all) {
        fix(&mut out, number, list, f);
    }
    let search = assess.fix_search.iter();
    for unfixed in search.flat_map(|s| &s.unfixed) {
        let mut row = [(); 22].map(|()| Word(""));
        row[1] = Word("none");
        row[2] = Text(&unfixed.policy);
        row[21] = Text(&unfixed.reason);
        out.row(&row);
    }
    out.finish()
}

fn fix(out: &mut Writer, number: u64, list: &'static str, f: &Fix) {
    let elsewhere = f.new_elsewhere.iter();
    let elsewhere: Vec<String> = elsewhere
        .map(|e| format!("{}: {}", e.policy, e.breaches))
        .collect();
    for (at, step) in (1..).zip(&f.steps) {
        let group = step.joins.iter().find_map(|j| j.group.as_deref());
        out.row(&[
            Count(Some(number)),
            Word(list),
            Text(f.policy.as_deref().unwrap_or("")),
            Word(f.kind.word()),
            Count(f.rank),
            Count(Some(f.removes)),
            Count(Some(f.of)),
            Count(Some(f.remaining)),
            Count(Some(f.new_breaches)),
            Text(&joined(&elsewhere)),
            yes(f.holds),
            yes(f.verified),
            Count(Some(at)),
            Word(step.kind.word()),
            Text(&step.element),
            Number(step.amount),
            Text(step.unit.as_deref().unwrap_or("")),
            Number(step.new_capacity),
            Text(group.unwrap_or("")),
            Text(&joined(&step.outside)),
            Text(f.restore_by.as_deref().unwrap_or("")),
            Text(&f.text),
        ]);
    }
}
