//! `diff` for a terminal.

use super::{ROWS, contingency, id, more};
use crate::model::short;
use crate::report::document::diff::{Change, Diff, Harm, PolicyChange};
use crate::report::number::{count, percent};
use crate::report::style::{self, Align, table, wrap};

/// Changed inputs that are named.
const NAMED: usize = 6;

/// What is new, fixed, worse, better.
#[must_use]
pub fn diff(result: &Diff, width: u16) -> String {
    let mut out = wrap(&headline(result), 0, width);
    out.push_str(&wrap(&inputs(&result.changed_inputs), 0, width));
    for policy in &result.policies {
        out.push_str(&wrap(&policy_line(policy), 2, width));
    }
    if !result.changes.is_empty() {
        out.push('\n');
        let shown = result.changes.iter().take(ROWS).map(row).collect();
        let header = [
            ("CHANGE", Align::Left),
            ("SERVICE", Align::Left),
            ("LOAD CASE", Align::Left),
            ("WHEN THIS FAILS", Align::Left),
            ("BEFORE", Align::Left),
            ("NOW", Align::Left),
        ];
        out.push_str(&table(&header, shown, width));
        let hidden = result.changes.len().saturating_sub(ROWS);
        out.push_str(&more(hidden, "change", "`--format csv` lists all"));
    }
    out
}

fn headline(result: &Diff) -> String {
    let t = &result.totals;
    if result.changes.is_empty() {
        return format!("No change up to order {}.", result.compared_order);
    }
    format!(
        "{} new, {} worse, {} better, {} fixed, up to order {}.",
        count(t.new),
        count(t.worse),
        count(t.better),
        count(t.fixed),
        result.compared_order
    )
}

fn inputs(changed: &[String]) -> String {
    if changed.is_empty() {
        return "Both results rest on the same inputs.".to_owned();
    }
    let named: Vec<String> = changed.iter().take(NAMED).map(|p| short(p, 60)).collect();
    match changed.len().saturating_sub(NAMED) {
        0 => format!("Inputs that differ: {}.", named.join(", ")),
        hidden => format!(
            "Inputs that differ: {} and {hidden} more.",
            named.join(", ")
        ),
    }
}

fn policy_line(policy: &PolicyChange) -> String {
    let word = |holds: Option<bool>| match holds {
        Some(true) => "holds",
        Some(false) => "breached",
        None => "not judged",
    };
    let name = short(&policy.name, 80);
    format!(
        "policy “{name}”: {} → {}",
        word(policy.old),
        word(policy.new)
    )
}

fn row(change: &Change) -> Vec<String> {
    vec![
        change.direction.word().to_owned(),
        id(&change.service),
        short(&change.load_case, 20),
        contingency(&change.elements),
        harm(change.old),
        harm(change.new),
    ]
}

fn harm(harm: Harm) -> String {
    let status = style::status(harm.status);
    if harm.delivered > 0.0 && harm.delivered < 1.0 {
        format!("{status} {}", percent(harm.delivered))
    } else {
        status
    }
}
