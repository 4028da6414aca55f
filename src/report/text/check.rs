//! `check` for a terminal.

use crate::model::{short, visible};
use crate::report::document::{Check, Inventory};
use crate::report::number::{count, counted, ids, quantity};
use crate::report::sentences::estate::covered;
use crate::report::shape::more;
use crate::report::style::wrap;
use crate::report::tables;

/// Warnings shown; the rest are counted.
const WARNINGS: usize = 30;

/// What an inventory holds. Faults are shown elsewhere, with their places.
#[must_use]
pub fn check(result: &Check, width: u16) -> String {
    let Some(inventory) = &result.inventory else {
        return String::new();
    };
    let warnings = &result.head.warnings;
    let mut out = wrap(&headline(inventory, warnings), 0, width);
    out.push_str(&holds(inventory, width));
    out.push_str(&wrap(&covered(&inventory.covered), 2, width));
    out.push_str(&assumed(inventory, width));
    out.push_str(&open(inventory, width));
    out.push_str(&next(inventory, width));
    out.push_str(&super::cold_start::cold_start(
        &inventory.cold_start,
        width.into(),
    ));
    if !warnings.is_empty() {
        let all_notes = warnings.iter().all(|w| is_note(w));
        out.push_str(if all_notes {
            "\nNotes\n"
        } else {
            "\nWarnings\n"
        });
    }
    for warning in warnings.iter().take(WARNINGS) {
        out.push_str(&wrap(&short(warning, 400), 2, width));
    }
    out.push_str(&more(warnings.len().saturating_sub(WARNINGS), "line", ""));
    out
}

/// Notes say how something was understood, and are shown among the warnings.
fn headline(inventory: &Inventory, shown: &[String]) -> String {
    let notes = shown.iter().filter(|t| is_note(t)).count();
    let name = match inventory.name.as_str() {
        "" => "The inventory".to_owned(),
        name => short(name, 60),
    };
    let warnings = match shown.len() - notes {
        0 => "no warning".to_owned(),
        n => counted(n as u64, "warning"),
    };
    let notes = match notes {
        0 => String::new(),
        n => format!(", {}", counted(n as u64, "note")),
    };
    format!("{name} is valid: no fault, {warnings}{notes}.")
}

/// `orders.csv:1:1: note: read with ; between cells`.
fn is_note(shown: &str) -> bool {
    let note = shown.find("note: ");
    note.is_some_and(|at| {
        let place = &shown[..at];
        place.is_empty()
            || (place.ends_with(": ")
                && place
                    .bytes()
                    .rev()
                    .nth(2)
                    .is_some_and(|b| b.is_ascii_digit()))
    })
}

fn holds(i: &Inventory, width: u16) -> String {
    let mut out = String::from("\nWhat it holds\n");
    let mut kinds: Vec<(&String, &u64)> = i.kinds.iter().collect();
    kinds.sort_by(|x, y| y.1.cmp(x.1).then(x.0.cmp(y.0)));
    let shown: Vec<String> = kinds
        .iter()
        .take(20)
        .map(|(kind, n)| format!("{} {}", count(**n), short(kind, 24)))
        .collect();
    let others = match kinds.len().saturating_sub(20) {
        0 => String::new(),
        n => format!(" and {}", counted(n as u64, "more kind")),
    };
    let lines = [
        format!(
            "{}, {}, {}, {}",
            counted(i.services, "service"),
            counted(i.components, "component"),
            counted(i.links, "link"),
            counted(i.flows, "flow")
        ),
        format!("by kind: {}{others}", shown.join(", ")),
        format!(
            "{}, {} with several providers, {} of them can lose one",
            counted(i.requirements, "requirement"),
            count(i.groups),
            count(i.redundant_groups)
        ),
        format!(
            "a sweep fails {} of {} components and links",
            count(i.elements),
            count(i.components + i.links)
        ),
    ];
    for line in lines {
        out.push_str(&wrap(&line, 2, width));
    }
    let extras: Vec<String> = [
        (
            i.cycle_dependencies,
            "dependency inside a cycle",
            "dependencies inside cycles",
        ),
        (
            i.common_cause_groups,
            "common-cause group",
            "common-cause groups",
        ),
        (i.policies, "policy", "policies"),
        (i.waivers, "waiver", "waivers"),
    ]
    .into_iter()
    .filter(|&(n, ..)| n > 0)
    .map(|(n, one, many)| format!("{} {}", count(n), if n == 1 { one } else { many }))
    .collect();
    out.push_str(&wrap(&extras.join(", "), 2, width));
    if !i.down.is_empty() {
        out.push_str(&wrap(
            &format!("known outages: {}", ids(&i.down, 12)),
            2,
            width,
        ));
    }
    for c in i.contingencies.iter().take(20) {
        let line = format!(
            "contingency {}: {} fail, {} derated, {} replaced",
            short(&c.name, 60),
            count(c.down),
            count(c.derated),
            counted(c.demands, "demand")
        );
        out.push_str(&wrap(&line, 2, width));
    }
    out.push_str(&more(
        i.contingencies.len().saturating_sub(20),
        "contingency",
        "",
    ));
    for case in i.load_cases.iter().take(20) {
        let peak = if case.peak { " (peak)" } else { "" };
        let line = format!(
            "load case {}{peak}: total demand {}",
            short(&case.name, 40),
            quantity(case.demand)
        );
        out.push_str(&wrap(&line, 2, width));
    }
    out.push_str(&more(
        i.load_cases.len().saturating_sub(20),
        "load case",
        "",
    ));
    out
}

fn assumed(i: &Inventory, width: u16) -> String {
    if i.assumptions.is_empty() {
        return String::new();
    }
    let rows = i.assumptions.iter().map(|a| (a, None));
    format!("\nWhat is assumed\n{}", tables::assumed(rows).text(width))
}

/// What to fill in next, and the lines of an overlay to start from.
fn next(i: &Inventory, width: u16) -> String {
    if i.next.is_empty() {
        return String::new();
    }
    let mut out = String::from("\nWhat to fill in next\n");
    for n in &i.next {
        let line = format!(
            "{} of {} of kind {}: {} on them",
            n.what,
            count(n.count),
            short(&n.kind, 40),
            match n.services {
                1 => "1 service rests".to_owned(),
                services => format!("{} services rest", count(services)),
            }
        );
        out.push_str(&wrap(&line, 2, width));
    }
    out.push_str("  An overlay to start from (`brownout overlay`):\n");
    for n in &i.next {
        for line in n.overlay.lines() {
            out.push_str(&format!("      {}\n", visible(line)));
        }
    }
    out
}

fn open(i: &Inventory, width: u16) -> String {
    let mut out = String::new();
    for o in &i.open {
        let line = format!("{} × {}", count(o.ids.len() as u64), o.meaning);
        out.push_str(&wrap(&line, 2, width));
        out.push_str(&wrap(&ids(&o.ids, 8), 6, width));
    }
    if out.is_empty() {
        return out;
    }
    format!("\nWhat it does not say\n{out}")
}
