//! The comment on a comparison.

use super::MOST;
use super::escape::{code, prose};
use crate::report::document::diff::{ChanceChange, Change, CountChange, Diff, HeadroomChange};
use crate::report::number::counted;
use crate::report::text::diff::{estimate, harmful, harms, headlines, headrooms, judged, verdict};

/// Rows of a table.
const ROWS: usize = 25;
/// Elements of a contingency.
const ELEMENTS: usize = 4;

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
        headroom(&result.headroom),
        counts(&result.counts),
        changes(&result.changes),
        chances(&result.chances),
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

fn headroom(all: &[HeadroomChange]) -> String {
    if all.is_empty() {
        return String::new();
    }
    let mut out = String::from(
        "\n| service | load case | headroom before | now | limit |\n|---|---|---|---|---|\n",
    );
    for c in all.iter().take(ROWS) {
        let (old, new) = headrooms(c);
        let limit = c
            .new_limit
            .as_ref()
            .map_or_else(String::new, |l| code(l, 40));
        let (service, case) = (code(&c.service, 40), code(&c.load_case, 24));
        out.push_str(&format!(
            "| {service} | {case} | {old} | {new} | {limit} |\n"
        ));
    }
    out + &hidden(all.len(), "service")
}

fn counts(all: &[CountChange]) -> String {
    if all.is_empty() {
        return String::new();
    }
    let mut out = String::from(
        "\n| service | load case | order | down/degraded/at-risk before | now |\n|---|---|---|---|---|\n",
    );
    for c in all.iter().take(ROWS) {
        out.push_str(&format!(
            "| {} | {} | {} | {} | {} |\n",
            code(&c.service, 40),
            code(&c.load_case, 24),
            c.order,
            harmful(c.old),
            harmful(c.new)
        ));
    }
    out + &hidden(all.len(), "row")
}

fn changes(all: &[Change]) -> String {
    if all.is_empty() {
        return String::new();
    }
    let mut out = String::from(
        "\n| change | service | load case | when this fails | before | now |\n|---|---|---|---|---|---|\n",
    );
    for c in all.iter().take(ROWS) {
        let (old, new) = harms(c);
        out.push_str(&format!(
            "| {} | {} | {} | {} | {old} | {new} |\n",
            c.direction.word(),
            code(&c.service, 40),
            code(&c.load_case, 24),
            c.contingency
                .as_deref()
                .map_or_else(|| contingency(&c.elements), |name| prose(name, 60)),
        ));
    }
    out + &hidden(all.len(), "change")
}

fn chances(all: &[ChanceChange]) -> String {
    if all.is_empty() {
        return String::new();
    }
    let mut out = String::from(
        "\n| change | service | load case | what | before | now |\n|---|---|---|---|---|---|\n",
    );
    for c in all.iter().take(ROWS) {
        let case = c.load_case.as_deref();
        out.push_str(&format!(
            "| {} | {} | {} | {} | {} | {} |\n",
            c.direction.word(),
            code(&c.service, 40),
            case.map_or_else(|| "over the horizon".to_owned(), |c| code(c, 24)),
            c.measure.words(),
            estimate(c.measure, &c.old),
            estimate(c.measure, &c.new)
        ));
    }
    out + &hidden(all.len(), "change")
}

/// What a list of so many leaves out.
fn hidden(all: usize, noun: &str) -> String {
    match all.saturating_sub(ROWS) {
        0 => String::new(),
        n => format!("\n… and {} more\n", counted(n as u64, noun)),
    }
}

fn contingency(elements: &[String]) -> String {
    if elements.is_empty() {
        return "nothing more fails".to_owned();
    }
    let named: Vec<String> = elements
        .iter()
        .take(ELEMENTS)
        .map(|e| code(e, 40))
        .collect();
    match elements.len().saturating_sub(ELEMENTS) {
        0 => named.join(" + "),
        n => format!("{} + {n} more", named.join(" + ")),
    }
}
