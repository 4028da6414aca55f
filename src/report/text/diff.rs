//! `diff` for a terminal.

use crate::model::short;
use crate::report::document::diff::Diff;
use crate::report::sentences::diff::{headlines, judged, legend, verdict};
use crate::report::shape::{ROWS, more};
use crate::report::style::wrap;
use crate::report::tables;

/// Verdict and policies, headroom and counts, then what is new, fixed, worse, better.
#[must_use]
pub fn diff(result: &Diff, width: u16) -> String {
    let mut out = verdicts(result, width);
    out.push_str(&apart_from(tables::headroom_changes(result).text(width)));
    out.push_str(&counts(result, width));
    if !out.is_empty() {
        out.push('\n');
    }
    for line in headlines(result) {
        out.push_str(&wrap(&line, 0, width));
    }
    out.push_str(&changes(result, width));
    out.push_str(&apart_from(tables::chance_changes(result).text(width)));
    out
}

/// The verdict, and policies that are judged differently; nothing where neither was asked for.
#[must_use]
pub fn verdicts(result: &Diff, width: u16) -> String {
    let mut out = String::new();
    if let Some(line) = verdict(result) {
        out.push_str(&wrap(&line, 0, width));
    }
    for policy in result.policies.iter().take(ROWS) {
        let name = short(&policy.name, 80);
        out.push_str(&wrap(&format!("{}: {name}", judged(policy)), 2, width));
    }
    let hidden = result.policies.len().saturating_sub(ROWS);
    out.push_str(&more(hidden, "policy", "`--format json` has all"));
    out
}

/// A table after an empty line; nothing without rows.
fn apart_from(table: String) -> String {
    if table.is_empty() {
        table
    } else {
        format!("\n{table}")
    }
}

/// How many contingencies harm a service, by order.
fn counts(result: &Diff, width: u16) -> String {
    let table = tables::count_changes(result).text(width);
    if table.is_empty() {
        return table;
    }
    let legend = "how many contingencies leave it ✗ down, ▲ degraded, ! at-risk; – not computed";
    format!("\n{table}{}", wrap(legend, 2, width))
}

/// Who is harmed by what, as a table.
#[must_use]
pub fn changes(result: &Diff, width: u16) -> String {
    let mut out = apart_from(tables::changes(result).text(width));
    if let Some(legend) = legend(result) {
        out.push_str(&wrap(&legend, 2, width));
    }
    out
}
