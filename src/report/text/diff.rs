//! `diff` for a terminal.

use super::simulate::{amount, chance as probability};
use super::{ROWS, contingency, id, more};
use crate::model::short;
use crate::report::document::diff::{
    ChanceChange, Change, CountChange, Counts, Diff, Harm, HeadroomChange, InventoryChange,
    Measure, NodeName, PolicyChange, Resized, Totals, VerdictChange,
};
use crate::report::document::simulate::Estimate;
use crate::report::number::{apart, count, counted, growth, percent, quantity, unit};
use crate::report::style::{self, Align, table, wrap};

/// Changed inputs, and elements of each sort of change of the inventory, that are named.
const NAMED: usize = 6;

/// Verdict and policies, headroom and counts, then what is new, fixed, worse, better.
#[must_use]
pub fn diff(result: &Diff, width: u16) -> String {
    let mut out = verdicts(result, width);
    out.push_str(&headroom(result, width));
    out.push_str(&counts(result, width));
    if !out.is_empty() {
        out.push('\n');
    }
    for line in headlines(result) {
        out.push_str(&wrap(&line, 0, width));
    }
    out.push_str(&changes(result, width));
    out.push_str(&chances(result, width));
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

/// The verdict in one line: `Verdict: ✓ HOLDS → ✗ BREACHED.`
#[must_use]
pub fn verdict(result: &Diff) -> Option<String> {
    let VerdictChange { old, new } = result.verdict?;
    let policies = match (old == new, result.policies.is_empty()) {
        (_, false) => "",
        (true, true) => " No policy is judged differently.",
        (false, true) => {
            " No policy is judged differently: one of the two was not computed in full."
        }
    };
    Some(if old == new {
        format!("Verdict: {} as before.{policies}", style::verdict(new))
    } else {
        let (old, new) = (style::verdict(old), style::verdict(new));
        format!("Verdict: {old} → {new}.{policies}")
    })
}

/// Another headroom of services that work: what grew, what shrank.
fn headroom(result: &Diff, width: u16) -> String {
    if result.headroom.is_empty() {
        return String::new();
    }
    let header = [
        ("SERVICE", Align::Left),
        ("LOAD CASE", Align::Left),
        ("HEADROOM", Align::Right),
        ("NOW", Align::Right),
        ("LIMIT", Align::Left),
        ("NOW", Align::Left),
    ];
    let row = |c: &HeadroomChange| {
        let (old, new) = headrooms(c);
        let limit = |l: &Option<String>| l.as_ref().map_or_else(|| "–".to_owned(), |l| id(l));
        let case = short(&c.load_case, 20);
        vec![
            id(&c.service),
            case,
            old,
            new,
            limit(&c.old_limit),
            limit(&c.new_limit),
        ]
    };
    let shown = result.headroom.iter().take(ROWS).map(row).collect();
    let hidden = result.headroom.len().saturating_sub(ROWS);
    let rest = more(
        hidden,
        "service",
        "`--format csv --table headroom` lists all",
    );
    format!("\n{}{rest}", table(&header, shown, width))
}

/// The two headrooms, in digits that show that they differ.
#[must_use]
pub fn headrooms(c: &HeadroomChange) -> (String, String) {
    match (c.old, c.new) {
        (Some(old), Some(new)) => {
            let shown = |h| growth(Some(h));
            apart((old, new), shown, (100.0, " %"))
        }
        (old, new) => (growth(old), growth(new)),
    }
}

/// How many contingencies harm a service, by order.
fn counts(result: &Diff, width: u16) -> String {
    if result.counts.is_empty() {
        return String::new();
    }
    let header = [
        ("SERVICE", Align::Left),
        ("LOAD CASE", Align::Left),
        ("ORDER", Align::Right),
        ("✗/▲/! BEFORE", Align::Right),
        ("NOW", Align::Right),
    ];
    let row = |c: &CountChange| {
        let case = short(&c.load_case, 20);
        let order = c.order.to_string();
        vec![id(&c.service), case, order, harmful(c.old), harmful(c.new)]
    };
    let shown = result.counts.iter().take(ROWS).map(row).collect();
    let hidden = result.counts.len().saturating_sub(ROWS);
    let rest = more(hidden, "row", "`--format csv --table counts` lists all");
    let legend = "how many contingencies leave it ✗ down, ▲ degraded, ! at-risk; – not computed";
    let legend = wrap(legend, 2, width);
    format!("\n{}{rest}{legend}", table(&header, shown, width))
}

/// `4/22/82`: down, degraded, at risk.
#[must_use]
pub fn harmful(c: Counts) -> String {
    let of = |n: Option<u64>| n.map_or_else(|| "–".to_owned(), count);
    format!("{}/{}/{}", of(c.down), of(c.degraded), of(c.at_risk))
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
        let (old, new) = sizes(r);
        format!(
            "{}{what} {old} → {new}{}",
            id(&r.id),
            unit(r.unit.as_deref())
        )
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

/// The two sizes, in digits that show that they differ, without their unit.
#[must_use]
pub fn sizes(r: &Resized) -> (String, String) {
    let of = |x: Option<f64>| x.map_or_else(|| "unlimited".to_owned(), quantity);
    match (r.old, r.new) {
        (Some(old), Some(new)) => apart((old, new), quantity, (1.0, "")),
        (old, new) => (of(old), of(new)),
    }
}

fn part(word: &str, all: usize, names: impl Iterator<Item = String>) -> Option<String> {
    let named: Vec<String> = names.take(NAMED).collect();
    let hidden = match all.saturating_sub(named.len()) {
        0 => String::new(),
        n => format!(" and {} more", count(n as u64)),
    };
    (all > 0).then(|| format!("{} {word}: {}{hidden}", count(all as u64), named.join(", ")))
}

/// `✓ holds → ✗ breached (0 → 5 breaches)`, `✗ breached as before (5 → 2 breaches)`.
#[must_use]
pub fn judged(policy: &PolicyChange) -> String {
    let word = |holds: Option<bool>, breaches: Option<u64>| match (holds, breaches) {
        (_, None) => "not there",
        (Some(true), _) => "✓ holds",
        (Some(false), _) => "✗ breached",
        (None, _) => "? not judged",
    };
    let old = word(policy.old, policy.old_breaches);
    let new = word(policy.new, policy.new_breaches);
    let breaches = match (policy.old_breaches, policy.new_breaches) {
        (Some(old), Some(new)) if old != new => {
            let word = if new == 1 { "breach" } else { "breaches" };
            format!(" ({} → {} {word})", count(old), count(new))
        }
        (Some(n), _) | (None, Some(n)) if n > 0 => format!(" ({})", counted(n, "breach")),
        _ => String::new(),
    };
    if old == new {
        format!("{new} as before{breaches}")
    } else {
        format!("{old} → {new}{breaches}")
    }
}

/// Who is harmed by what, as a table.
#[must_use]
pub fn changes(result: &Diff, width: u16) -> String {
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
        change
            .contingency
            .as_deref()
            .map_or_else(|| contingency(&change.elements), |name| short(name, 40)),
        harms(change).0,
        harms(change).1,
    ]
}

/// Two statuses with what is delivered, in digits that show that they differ; a dash for a service
/// that is not there.
#[must_use]
pub fn harms(change: &Change) -> (String, String) {
    let (old, new) = delivered(change.old, change.new);
    let with = |harm: Option<Harm>, delivered: Option<String>| match (harm, delivered) {
        (None, _) => "–".to_owned(),
        (Some(harm), None) => style::status(harm.status),
        (Some(harm), Some(d)) => format!("{} {d}", style::status(harm.status)),
    };
    (with(change.old, old), with(change.new, new))
}

/// What is delivered before and now, where it is a part of the demand.
#[must_use]
pub fn delivered(old: Option<Harm>, new: Option<Harm>) -> (Option<String>, Option<String>) {
    let part = |h: Option<Harm>| h.and_then(|h| h.delivered).filter(|&d| d > 0.0 && d < 1.0);
    match (part(old), part(new)) {
        (Some(old), Some(new)) => {
            let (old, new) = apart((old, new), percent, (100.0, " %"));
            (Some(old), Some(new))
        }
        (old, new) => (old.map(percent), new.map(percent)),
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
