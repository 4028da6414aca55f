//! The comment on a comparison.

use super::MOST;
use super::escape::prose;
use crate::report::document::diff::Diff;
use crate::report::number::counted;
use crate::report::sentences::diff::{headlines, judged, legend, verdict};
use crate::report::tables;

/// Policies that are named.
const ROWS: usize = 25;

/// The comment on what is new, worse, better, fixed.
#[must_use]
pub fn diff(result: &Diff) -> String {
    let mut out = String::from("### What changed\n\n");
    if let Some(line) = verdict(result) {
        out.push_str(&format!("**{}**\n\n", prose(&line, 400)));
    }
    for p in result.policies.iter().take(ROWS) {
        let name = prose(&p.name, 120);
        out.push_str(&format!("- {}: {name}\n", judged(p)));
    }
    out.push_str(&hidden(result.policies.len(), "policy"));
    if !result.policies.is_empty() {
        out.push('\n');
    }
    for line in headlines(result) {
        out.push_str(&format!("- {}\n", prose(&line, 900)));
    }
    let sections = [
        tables::headroom_changes(result).markdown(),
        tables::count_changes(result).markdown(),
        explained(result),
        tables::chance_changes(result).markdown(),
    ];
    for section in sections {
        if out.len() + section.len() <= MOST {
            out.push_str(&section);
        } else {
            out.push_str("\nA table is left out: the comment would be too long.\n");
        }
    }
    out
}

/// Who is harmed by what, and what is meant where no harm is listed.
fn explained(result: &Diff) -> String {
    let mut out = tables::changes(result).markdown();
    if let Some(legend) = legend(result) {
        out.push_str(&format!("\n{}\n", prose(&legend, 400)));
    }
    out
}

/// What a list of so many leaves out.
fn hidden(all: usize, noun: &str) -> String {
    match all.saturating_sub(ROWS) {
        0 => String::new(),
        n => format!("\n… and {} more\n", counted(n as u64, noun)),
    }
}
