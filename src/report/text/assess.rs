//! `assess` for a terminal: the first screen, and all of it.

use super::state::reasons;
use super::{evidence, first_screen, fix, load, simulate, sweep};
use crate::model::{Cause, short};
use crate::report::breaches::{grouped, is_of_sweep};
use crate::report::decisions::Extent;
use crate::report::document::{Assess, Breach, PolicyResult, State, Waived};
use crate::report::findings::waivers_that_end_soon;
use crate::report::ids::{contingency, id, named};
use crate::report::number::{count, ids, percent};
use crate::report::order::{in_order, together};
use crate::report::sentences::cascade::trips;
use crate::report::sentences::load::differences;
use crate::report::sentences::named::lowered;
use crate::report::shape::{ENTRIES, Shape, and_more, more};
use crate::report::style::{self, wrap};
use crate::report::tables;
use std::fmt::Write as _;

/// Warnings that are shown.
const WARNINGS: usize = 200;

/// How much of a list is shown.
#[derive(Clone, Copy)]
struct Lengths {
    /// Policies that do not hold; as many that hold.
    policies: usize,
    /// Breaches of each.
    breaches: usize,
    /// Services.
    services: usize,
    /// Load cases in the table of base states.
    cases: usize,
}

/// On the first screen.
const FEW: Lengths = Lengths {
    policies: 5,
    breaches: 4,
    services: 10,
    cases: 4,
};
/// Where all is shown: of breaches, of which there may be a million, and of services the first.
const MANY: Lengths = Lengths {
    policies: usize::MAX,
    breaches: ENTRIES,
    services: ENTRIES,
    cases: 8,
};

/// What a reader must know first: verdict, decisions, policies, services. What is left out is counted, with
/// the way to see it.
#[must_use]
pub fn assess(result: &Assess, width: u16) -> String {
    let extent = Extent::first_screen("; `--full` shows them").with_warnings_there();
    let mut out = verdict(result, width);
    out.push_str(&first_screen::points(result, extent, width));
    out.push_str(&policies(result, width, FEW));
    out.push_str(&base(result, width, FEW));
    out.push_str(&first_screen::rest(result, width));
    out
}

/// All parts of it; of each list so much that a person may still read it.
#[must_use]
pub fn assess_in_full(result: &Assess, width: u16) -> String {
    let shape = Shape {
        width,
        in_full: true,
    };
    let mut out = verdict(result, width);
    out.push_str(&first_screen::points(result, Extent::all(), width));
    out.push_str(&policies(result, width, MANY));
    out.push_str(&fix::fixes(result, shape));
    out.push_str(&base(result, width, MANY));
    out.push_str(&before_the_peak(result, width));
    if let Some(state) = result.base.get(result.peak()) {
        out.push_str(&reasons(state, shape, true));
    }
    let stories = trips(result);
    if !stories.is_empty() {
        out.push_str("\nOverload and hosts\n");
    }
    for line in stories {
        out.push_str(&wrap(&line, 2, width));
    }
    out.push('\n');
    out.push_str(&wrap(&sweep::scope(&result.sweep), 0, width));
    out.push_str(&sweep::body(&result.sweep, shape));
    out.push_str(&super::cold_start::cold_start(&result.cold_start, shape));
    if let Some(t) = &result.timeline {
        out.push_str(&load::timeline(t, shape));
    }
    if let Some(reason) = &result.timeline_reason {
        out.push('\n');
        out.push_str(&wrap(
            &format!("Over time: {}", short(reason, 200)),
            0,
            width,
        ));
    }
    if let Some(s) = &result.simulate {
        out.push_str("\nSimulation\n");
        out.push_str(&wrap(&simulate::scope(s), 2, width));
        out.push_str(&simulate::body(s, shape));
    }
    if let Some(reason) = &result.simulate_reason {
        out.push('\n');
        out.push_str(&wrap(
            &format!("Simulation: {}", short(reason, 200)),
            0,
            width,
        ));
    }
    out.push_str(&evidence::evidence(result, shape));
    out.push_str(&warnings(result, width));
    out
}

/// The verdict, and the sentence that says what it is about.
fn verdict(result: &Assess, width: u16) -> String {
    let title = format!(
        "{}  {}",
        style::verdict(result.verdict.result),
        short(&result.scenario, 70)
    );
    let mut out = wrap_title(&title, width);
    out.push_str(&wrap(&result.verdict.summary, 0, width));
    out
}

/// What to know before trusting the rest.
fn warnings(result: &Assess, width: u16) -> String {
    let all = &result.head.warnings;
    if all.is_empty() {
        return String::new();
    }
    let mut out = String::from("\nWarnings\n");
    for warning in all.iter().take(WARNINGS) {
        out.push_str(&wrap(&short(warning, 400), 2, width));
    }
    let hidden = all.len().saturating_sub(WARNINGS);
    out + &more(hidden, "warning", "`--format json` has all")
}

/// The first line: the two spaces after the verdict stay.
fn wrap_title(title: &str, width: u16) -> String {
    if style::columns(title) <= usize::from(width) {
        format!("{title}\n")
    } else {
        wrap(title, 0, width)
    }
}

fn policies(result: &Assess, width: u16, most: Lengths) -> String {
    if result.policies.is_empty() {
        return String::new();
    }
    let mut out = String::from("\nPolicies\n");
    let (held, not_held): (Vec<&PolicyResult>, Vec<&PolicyResult>) = in_order(result)
        .into_iter()
        .partition(|p| p.holds == Some(true));
    for (all, noun) in [(not_held, "policies do not hold"), (held, "policies hold")] {
        for p in all.iter().take(most.policies) {
            out.push_str(&policy(p, width, most.breaches));
        }
        let hidden = all.len().saturating_sub(most.policies) as u64;
        if hidden > 0 {
            let _ = writeln!(out, "  … and {} more {noun}", count(hidden));
        }
    }
    if let Some(day) = &result.as_of {
        let _ = writeln!(out, "  Waivers are judged as of {day}.");
        for end in waivers_that_end_soon(result) {
            out.push_str(&wrap(&format!("! {end}"), 2, width));
        }
    }
    out
}

fn policy(p: &PolicyResult, width: u16, most: usize) -> String {
    let word = match p.holds {
        Some(true) => "✓ holds",
        Some(false) => "✗ breached",
        None => "? not judged",
    };
    let mut out = wrap(&format!("{word}: {}", short(&p.name, 120)), 2, width);
    if let Some(reason) = &p.reason {
        let said = format!("not everything was computed: {reason}");
        out.push_str(&wrap(&said, 6, width));
    }
    out.push_str(&breaches(p, width, most));
    out
}

fn breaches(p: &PolicyResult, width: u16, most: usize) -> String {
    let mut out = listed(&p.breaches.iter().collect::<Vec<_>>(), (6, most), width);
    let key = |w: &&Waived| (w.owner.clone(), w.reason.clone(), w.expires.clone());
    let mut waived: Vec<&Waived> = p.waived.iter().collect();
    waived.sort_by_key(key);
    for group in waived.chunk_by(|x, y| key(x) == key(y)) {
        let line = format!(
            "waived until {} by {}: {}",
            short(&group[0].expires, 20),
            short(&group[0].owner, 30),
            short(&group[0].reason, 160),
        );
        out.push_str(&wrap(&line, 6, width));
        let breaches: Vec<&Breach> = group.iter().map(|w| &w.breach).collect();
        out.push_str(&listed(&breaches, (10, most), width));
    }
    for l in &p.lapsed {
        let line = format!(
            "waiver counts for nothing ({}): owner {}, expires {}",
            l.why,
            short(&l.owner, 30),
            short(&l.expires, 20)
        );
        out.push_str(&wrap(&line, 6, width));
    }
    out
}

/// Breaches; what hits several services alike is shown once, with all of them. Where that is still more than is shown,
/// the worst stand first, and contingencies that harm the same services in one line.
fn listed(breaches: &[&Breach], (indent, most): (usize, usize), width: u16) -> String {
    let mut lines = alike(breaches);
    if lines.len() > most {
        let (of_sweep, others): (Vec<&Breach>, Vec<&Breach>) =
            breaches.iter().copied().partition(|b| is_of_sweep(b));
        lines = alike(&others);
        lines.extend(grouped(&of_sweep).iter().map(|g| (g.sentence(), g.len())));
    }
    let mut out = String::new();
    for (line, _) in lines.iter().take(most) {
        out.push_str(&wrap(line, indent, width));
    }
    let hidden: usize = lines.iter().skip(most).map(|(_, breaches)| breaches).sum();
    out.push_str(&and_more(hidden as u64, indent));
    out
}

/// A line for all breaches that differ in nothing but the service, and how many they are.
fn alike(breaches: &[&Breach]) -> Vec<(String, usize)> {
    let groups = together(breaches, |b| breach(b));
    let lines = groups.iter().map(|group| {
        let services: Vec<&str> = group.iter().map(|b| b.service.as_str()).collect();
        let line = format!("{} {}", named(&services), breach(group[0]));
        (line, group.len())
    });
    lines.collect()
}

/// What a breach does, without the service that it hits.
pub(super) fn breach(b: &Breach) -> String {
    if let (Some(found), Some(allowed)) = (b.probability, b.allowed) {
        if b.over_horizon {
            return format!(
                "over the horizon: {} or worse {found:.2e} of the time, allowed is {allowed:.2e}",
                b.status.word()
            );
        }
        return format!(
            "at {}: probability of at least {} is {found:.2e}, allowed is {allowed:.2e}",
            short(&b.case, 30),
            b.status.word()
        );
    }
    if !b.unplaced.is_empty() {
        let what = match b.elements.as_slice() {
            [] => "in the base state".to_owned(),
            [one] => format!("if {} fails", id(one)),
            elements => format!("if {} fail", contingency(elements)),
        };
        let status = match b.status {
            crate::model::Status::Ok => String::new(),
            status => format!("{} ", status.word()),
        };
        return format!(
            "{status}at {} {what}: no host for {}",
            short(&b.case, 30),
            ids(&b.unplaced, 4)
        );
    }
    if let Some(trips) = b.trips {
        let what = match b.elements.as_slice() {
            [] => "in the base state".to_owned(),
            [one] => format!("if {} fails", id(one)),
            elements => format!("if {} fail", contingency(elements)),
        };
        return format!(
            "{} at {} {what}: {} lost to overload",
            b.status.word(),
            short(&b.case, 30),
            count(trips)
        );
    }
    let delivered = match b.delivered {
        Some(d) if b.status == crate::model::Status::Degraded => format!(", gets {}", percent(d)),
        _ => String::new(),
    };
    let what = match b.elements.as_slice() {
        _ if b.contingency.is_some() => {
            let name = short(b.contingency.as_deref().unwrap_or(""), 60);
            let shed = b.shed.map(lowered);
            let shed = shed.map_or(String::new(), |shed| format!(", {shed}"));
            format!("in \u{201c}{name}\u{201d}{shed}")
        }
        [] => "in the base state".to_owned(),
        [one] => format!("if {} fails", id(one)),
        elements => format!("if {} fail", contingency(elements)),
    };
    format!(
        "at {}: {}{delivered} {what}",
        short(&b.case, 30),
        style::status(b.status)
    )
}

/// What still delivers, but will not in this same state at the peak.
fn before_the_peak(result: &Assess, width: u16) -> String {
    let mut lines = Vec::new();
    for state in &result.base {
        let risen = state.services.iter().filter_map(|s| {
            let at_peak = s.findings.iter().find(|f| f.cause == Cause::Peak)?;
            Some((s, at_peak))
        });
        for group in together(risen, |(s, f)| (s.status, f.leads_to, f.witness.clone())) {
            let names: Vec<&str> = group.iter().map(|(s, _)| s.id.as_str()).collect();
            let (s, f) = group[0];
            let (are, deliver, they) = match names.len() {
                1 => ("is", "it delivers", "it is"),
                _ => ("are", "they deliver", "they are"),
            };
            lines.push(format!(
                "{} {are} {} at {}: {deliver} in full, but in the same state {they} {} at {}",
                named(&names),
                style::status(s.status),
                short(&state.load_case, 30),
                style::status(f.leads_to),
                short(&f.witness, 30),
            ));
        }
    }
    if lines.is_empty() {
        return String::new();
    }
    let mut out = String::from("\nBefore the peak\n");
    for line in &lines {
        out.push_str(&wrap(line, 2, width));
    }
    out
}

/// One row per service, one column per load case.
fn base(result: &Assess, width: u16, most: Lengths) -> String {
    let peak = result.peak();
    let Some(at_peak) = result.base.get(peak) else {
        return String::new();
    };
    let mut shown: Vec<&State> = result.base.iter().take(most.cases).collect();
    if peak >= most.cases {
        shown.push(at_peak);
    }
    let worst = |id: &str| {
        let all = result.base.iter().flat_map(|b| &b.services);
        all.filter(|s| s.id == id).map(|s| s.status).max()
    };
    let mut order: Vec<usize> = (0..at_peak.services.len()).collect();
    if order.len() <= 2000 {
        order.sort_by_key(|&i| std::cmp::Reverse(worst(&at_peak.services[i].id)));
    } else {
        order.sort_by_key(|&i| std::cmp::Reverse(at_peak.services[i].status));
    }
    let hidden = order.len().saturating_sub(most.services);
    let rows = order.into_iter().take(most.services);
    let rows = rows.map(|i| (i, &at_peak.services[i]));
    let mut out = tables::base(rows, &shown, at_peak).text_in(Shape {
        width,
        in_full: true,
    });
    let elsewhere = match most.services {
        ENTRIES => "table-services.csv of `-o DIR` lists all",
        _ => "",
    };
    out.push_str(&more(hidden, "service", elsewhere));
    let hidden_cases = result.base.len().saturating_sub(shown.len());
    out.push_str(&more(hidden_cases, "load case", ""));
    for line in result.timeline.iter().flat_map(differences) {
        out.push_str(&wrap(&line, 2, width));
    }
    format!("\nBase state\n{out}")
}
