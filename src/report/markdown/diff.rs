//! The comment on a comparison.

use super::MOST;
use super::escape::{code, prose};
use crate::report::document::diff::{ChanceChange, Change, Diff};
use crate::report::number::counted;
use crate::report::text::diff::{estimate, harm, headlines, verdicts};

/// Rows of a table.
const ROWS: usize = 25;
/// Elements of a contingency.
const ELEMENTS: usize = 4;

/// The comment on what is new, worse, better, fixed.
#[must_use]
pub fn diff(result: &Diff) -> String {
    let mut out = String::from("### What changed\n\n");
    for line in headlines(result) {
        out.push_str(&format!("- {}\n", prose(&line, 900)));
    }
    for p in result.policies.iter().take(ROWS) {
        let name = prose(&p.name, 120);
        out.push_str(&format!("- policy {name}: {}\n", verdicts(p)));
    }
    let sections = [changes(&result.changes), chances(&result.chances)];
    for section in sections {
        if out.len() + section.len() <= MOST {
            out.push_str(&section);
        } else {
            out.push_str("\nA table is left out: the comment would be too long.\n");
        }
    }
    out
}

fn changes(all: &[Change]) -> String {
    if all.is_empty() {
        return String::new();
    }
    let mut out = String::from(
        "\n| change | service | load case | when this fails | before | now |\n|---|---|---|---|---|---|\n",
    );
    for c in all.iter().take(ROWS) {
        out.push_str(&format!(
            "| {} | {} | {} | {} | {} | {} |\n",
            c.direction.word(),
            code(&c.service, 40),
            code(&c.load_case, 24),
            contingency(&c.elements),
            harm(c.old),
            harm(c.new)
        ));
    }
    out + &more(all.len())
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
    out + &more(all.len())
}

fn more(all: usize) -> String {
    match all.saturating_sub(ROWS) {
        0 => String::new(),
        n => format!("\n… and {} more\n", counted(n as u64, "change")),
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
