//! A comparison in sentences, and two values beside each other. In: the document of `diff`. Out: sentences and words
//! without marks. Promises: what differs is shown in as many digits as it takes to see it.

use crate::model::short;
use crate::report::document::diff::{
    Change, Diff, Harm, HeadroomChange, InventoryChange, Measure, NodeName, PolicyChange, Resized,
    Totals, VerdictChange,
};
use crate::report::document::simulate::Estimate;
use crate::report::estimate::{amount, chance as probability};
use crate::report::ids::id;
use crate::report::number::{apart, count, counted, growth, percent, quantity, unit};
use crate::report::style;

/// Changed inputs, and elements of each sort of change of the inventory, that are named.
const NAMED: usize = 6;

/// The verdict in one line: `Verdict: ✓ HOLDS → ✗ BREACHED.`
#[must_use]
pub(in crate::report) fn verdict(result: &Diff) -> Option<String> {
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

/// The answer, what became of the inventory, which inputs differ: a sentence each.
#[must_use]
pub(in crate::report) fn headlines(result: &Diff) -> Vec<String> {
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
    lines.extend(waivers_judged(result));
    lines.extend(result.inventory.as_ref().map(inventory));
    lines
}

/// That waivers were judged on two days, if they were: one may have ended between them.
fn waivers_judged(result: &Diff) -> Option<String> {
    let (old, new) = (result.old.as_of.as_ref()?, result.new.as_of.as_ref()?);
    (old != new).then(|| {
        let (old, new) = (short(old, 20), short(new, 20));
        format!("Waivers are judged as of {old} in the old result and as of {new} in the new one.")
    })
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
fn inventory(change: &InventoryChange) -> String {
    if change.is_empty() {
        return "The inventory is the same.".to_owned();
    }
    let name = |n: &NodeName| format!("{} {}", short(&n.kind, 20), id(&n.id));
    let resized = |r: &Resized| {
        let what = match r.what.as_str() {
            "capacity" => String::new(),
            other => format!(" {}", other.replace('_', " ")),
        };
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
            "of other figures",
            change.figures.len(),
            change.figures.iter().map(resized),
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

/// `✓ holds → ✗ breached (0 → 5 breaches)`, `✗ breached as before (5 → 2 breaches)`.
#[must_use]
pub(in crate::report) fn judged(policy: &PolicyChange) -> String {
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

/// The two headrooms, in digits that show that they differ.
#[must_use]
pub(in crate::report) fn headrooms(c: &HeadroomChange) -> (String, String) {
    match (c.old, c.new) {
        (Some(old), Some(new)) => {
            let shown = |h| growth(Some(h));
            apart((old, new), shown, (100.0, " %"))
        }
        (old, new) => (growth(old), growth(new)),
    }
}

/// The two sizes, in digits that show that they differ, without their unit.
#[must_use]
pub(in crate::report) fn sizes(r: &Resized) -> (String, String) {
    let none = if r.what == "capacity" {
        "unlimited"
    } else {
        "none"
    };
    let of = |x: Option<f64>| x.map_or_else(|| none.to_owned(), quantity);
    match (r.old, r.new) {
        (Some(old), Some(new)) => apart((old, new), quantity, (1.0, "")),
        (old, new) => (of(old), of(new)),
    }
}

/// What stands for the status on a side that lists no harm of a contingency.
pub(in crate::report) const UNLISTED: &str = "no minimal set";

/// Whether a side lists no harm of what fails in a change. Then only this is known of it there: neither it nor a
/// part of it is a minimal set. The base state and contingencies with a name have a status on both sides.
#[must_use]
pub(in crate::report) fn is_unlisted(change: &Change, side: Option<Harm>) -> bool {
    let is_set = change.contingency.is_none() && !change.elements.is_empty();
    is_set && side.is_some_and(|harm| !harm.status.is_harm())
}

/// What [`UNLISTED`] means, where a change says it.
#[must_use]
pub(in crate::report) fn legend(result: &Diff) -> Option<String> {
    let says = |c: &Change| is_unlisted(c, c.old) || is_unlisted(c, c.new);
    result.changes.iter().any(says).then(|| {
        format!(
            "{UNLISTED}: no harm of this contingency is listed, nor of a part of it; the service is ok or \
             at-risk then, unless the sweep leaves one of the elements out"
        )
    })
}

/// Two statuses with what is delivered, in digits that show that they differ; a dash for a service
/// that is not there.
#[must_use]
pub(in crate::report) fn harms(change: &Change) -> (String, String) {
    let (old, new) = delivered(change.old, change.new);
    let with = |harm: Option<Harm>, delivered: Option<String>| match (harm, delivered) {
        (None, _) => "–".to_owned(),
        (side, _) if is_unlisted(change, side) => UNLISTED.to_owned(),
        (Some(harm), None) => style::status(harm.status),
        (Some(harm), Some(d)) => format!("{} {d}", style::status(harm.status)),
    };
    (with(change.old, old), with(change.new, new))
}

/// What is delivered before and now, where it is a part of the demand.
#[must_use]
pub(in crate::report) fn delivered(
    old: Option<Harm>,
    new: Option<Harm>,
) -> (Option<String>, Option<String>) {
    let part = |h: Option<Harm>| h.and_then(|h| h.delivered).filter(|&d| d > 0.0 && d < 1.0);
    match (part(old), part(new)) {
        (Some(old), Some(new)) => {
            let (old, new) = apart((old, new), percent, (100.0, " %"));
            (Some(old), Some(new))
        }
        (old, new) => (old.map(percent), new.map(percent)),
    }
}

/// What was estimated, with its interval.
#[must_use]
pub(in crate::report) fn estimate(measure: Measure, e: &Estimate) -> String {
    match measure {
        Measure::Down | Measure::DegradedOrDown => probability(e),
        Measure::Unserved | Measure::HoursHarmed => amount(e),
    }
}
