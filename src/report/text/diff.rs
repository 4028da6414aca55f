//! `diff` for a terminal.

use super::simulate::{amount, chance as probability};
use super::{ROWS, contingency, id, more};
use crate::model::short;
use crate::report::document::diff::{
    ChanceChange, Change, Diff, Harm, InventoryChange, Measure, NodeName, PolicyChange, Resized,
    Totals,
};
use crate::report::document::simulate::Estimate;
use crate::report::number::{count, percent, quantity, unit};
use crate::report::style::{self, Align, table, wrap};

/// Changed inputs, and elements of each sort of change of the inventory, that are named.
const NAMED: usize = 6;

/// What is new, fixed, worse, better.
#[must_use]
pub fn diff(result: &Diff, width: u16) -> String {
    let mut out = String::new();
    for line in headlines(result) {
        out.push_str(&wrap(&line, 0, width));
    }
    for policy in &result.policies {
        out.push_str(&wrap(&policy_line(policy), 2, width));
    }
    out.push_str(&changes(result, width));
    out.push_str(&chances(result, width));
    out
}

/// The answer, what became of the inventory, which inputs differ: a sentence each.
#[must_use]
pub fn headlines(result: &Diff) -> Vec<String> {
    let simulated = result.old.schema.contains("/simulate/");
    let mut lines = Vec::new();
    if !simulated && !result.new.schema.contains("/simulate/") {
        let up_to = match result.compared_order {
            0 => String::new(),
            order => format!(" up to order {order}"),
        };
        lines.push(headline("change", &result.totals, &up_to));
    }
    if simulated || !result.chances.is_empty() {
        lines.push(headline(
            "change of probability",
            &result.chance_totals,
            " whose intervals do not meet",
        ));
    }
    lines.push(inputs(&result.changed_inputs));
    lines.extend(result.inventory.as_ref().map(inventory));
    lines
}

fn headline(noun: &str, t: &Totals, scope: &str) -> String {
    if t.new + t.worse + t.better + t.fixed == 0 {
        return format!("No {noun}{scope}.");
    }
    let said = format!(
        "{} new, {} worse, {} better, {} fixed",
        count(t.new),
        count(t.worse),
        count(t.better),
        count(t.fixed)
    );
    match noun {
        "change" => format!("{said}{scope}."),
        _ => format!("Probabilities: {said}{scope}."),
    }
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

/// What became of the inventory, in one sentence.
#[must_use]
pub fn inventory(change: &InventoryChange) -> String {
    if change.is_empty() {
        return "The inventory is the same.".to_owned();
    }
    let name = |n: &NodeName| format!("{} {}", short(&n.kind, 20), id(&n.id));
    let resized = |r: &Resized| {
        let what = if r.what == "capacity" { "" } else { " demand" };
        let of = |x: Option<f64>| x.map_or_else(|| "unlimited".to_owned(), quantity);
        let unit = unit(r.unit.as_deref());
        format!("{}{what} {} → {}{unit}", id(&r.id), of(r.old), of(r.new))
    };
    let parts = [
        part("added", change.added.len(), change.added.iter().map(name)),
        part(
            "removed",
            change.removed.len(),
            change.removed.iter().map(name),
        ),
        part(
            "resized",
            change.resized.len(),
            change.resized.iter().map(resized),
        ),
        part(
            "changed otherwise",
            change.changed.len(),
            change
                .changed
                .iter()
                .map(|c| format!("{} ({})", id(&c.id), c.what.join(", "))),
        ),
    ];
    let said: Vec<String> = parts.into_iter().flatten().collect();
    format!("Inventory: {}.", said.join("; "))
}

fn part(word: &str, all: usize, names: impl Iterator<Item = String>) -> Option<String> {
    let named: Vec<String> = names.take(NAMED).collect();
    let hidden = match all.saturating_sub(named.len()) {
        0 => String::new(),
        n => format!(" and {} more", count(n as u64)),
    };
    (all > 0).then(|| format!("{} {word}: {}{hidden}", count(all as u64), named.join(", ")))
}

fn policy_line(policy: &PolicyChange) -> String {
    let name = short(&policy.name, 80);
    format!("policy “{name}”: {}", verdicts(policy))
}

/// `holds → breached`.
#[must_use]
pub fn verdicts(policy: &PolicyChange) -> String {
    let word = |holds: Option<bool>| match holds {
        Some(true) => "holds",
        Some(false) => "breached",
        None => "not judged",
    };
    format!("{} → {}", word(policy.old), word(policy.new))
}

fn changes(result: &Diff, width: u16) -> String {
    if result.changes.is_empty() {
        return String::new();
    }
    let header = [
        ("CHANGE", Align::Left),
        ("SERVICE", Align::Left),
        ("LOAD CASE", Align::Left),
        ("WHEN THIS FAILS", Align::Left),
        ("BEFORE", Align::Left),
        ("NOW", Align::Left),
    ];
    let shown = result.changes.iter().take(ROWS).map(row).collect();
    let hidden = result.changes.len().saturating_sub(ROWS);
    let rest = more(hidden, "change", "`--format csv` lists all");
    format!("\n{}{rest}", table(&header, shown, width))
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

/// A status with what is delivered; a dash for a service that is not there.
#[must_use]
pub fn harm(harm: Option<Harm>) -> String {
    let Some(harm) = harm else {
        return "–".to_owned();
    };
    let status = style::status(harm.status);
    let partly = harm.delivered.filter(|&d| d > 0.0 && d < 1.0);
    if let Some(delivered) = partly {
        format!("{status} {}", percent(delivered))
    } else {
        status
    }
}

fn chances(result: &Diff, width: u16) -> String {
    if result.chances.is_empty() {
        return String::new();
    }
    let header = [
        ("CHANGE", Align::Left),
        ("SERVICE", Align::Left),
        ("LOAD CASE", Align::Left),
        ("WHAT", Align::Left),
        ("BEFORE", Align::Left),
        ("NOW", Align::Left),
    ];
    let shown = result.chances.iter().take(ROWS).map(chance).collect();
    let hidden = result.chances.len().saturating_sub(ROWS);
    let instead = "`--format csv --table probabilities` lists all";
    let rest = more(hidden, "change", instead);
    format!("\n{}{rest}", table(&header, shown, width))
}

fn chance(change: &ChanceChange) -> Vec<String> {
    let case = change.load_case.as_deref();
    vec![
        change.direction.word().to_owned(),
        id(&change.service),
        case.map_or_else(|| "over the horizon".to_owned(), |c| short(c, 20)),
        change.measure.words().to_owned(),
        estimate(change.measure, &change.old),
        estimate(change.measure, &change.new),
    ]
}

/// What was estimated, with its interval.
#[must_use]
pub fn estimate(measure: Measure, e: &Estimate) -> String {
    match measure {
        Measure::Down | Measure::DegradedOrDown => probability(e),
        Measure::Unserved | Measure::HoursHarmed => amount(e),
    }
}
