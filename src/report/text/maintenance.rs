//! Works and their windows, for a terminal.

use crate::model::{Status, short};
use crate::report::document::{
    BlockedHour, JudgedAt, Maintenance, MaintenanceResult, WorkOverlap, WorkWindows,
};
use crate::report::ids::id;
use crate::report::number::{count, counted, instant, percent};
use crate::report::shape::more;
use crate::report::style::{self, wrap};
use crate::report::tables;

/// Characters of a name in a sentence.
const NAME: usize = 60;
/// Overlaps, and works without a place, that are shown.
const SHOWN: usize = 12;
/// Where all of a list is.
const ALL: &str = "`--format json` has all";

/// The schedule, what must not overlap, what has no place and why, and all windows.
#[must_use]
pub fn maintenance(document: &Maintenance, width: u16) -> String {
    let result = &document.result;
    let mut out = wrap(&headline(result), 0, width);
    out.push('\n');
    out.push_str(&tables::schedule(result).text(width));
    let is_cut = |w: &WorkWindows| w.elements.len() > tables::OUT_NAMED;
    if result.works.iter().any(is_cut) {
        out.push_str(&wrap("`--format csv` lists all that is out", 2, width));
    }
    out.push_str(&without_place(result, width));
    out.push_str(&overlaps(result, width));
    let windows = tables::windows(result);
    if !windows.is_empty() {
        out.push_str("\nWindows\n");
        out.push_str(&windows.text(width));
    }
    out.push('\n');
    out.push_str(&wrap(&basis(result), 2, width));
    for policy in result.policies.iter().filter(|p| !p.not_judged.is_empty()) {
        let said = format!(
            "Not judged of \u{201c}{}\u{201d}: {}.",
            short(&policy.name, 120),
            policy.not_judged.join(", ")
        );
        out.push_str(&wrap(&said, 2, width));
    }
    out
}

fn headline(result: &MaintenanceResult) -> String {
    let (all, placed) = (
        result.works.len(),
        result.works.iter().filter(|w| w.start.is_some()).count(),
    );
    let works = counted(all as u64, "work");
    if !result.complete {
        return format!("Interrupted after {works}: no schedule.");
    }
    let place = match (all, placed) {
        (1, 1) => "The work has a place".to_owned(),
        (all, placed) if all == placed => format!("All {works} have a place"),
        (_, 0) => format!("None of {works} has a place"),
        (_, placed) => format!("{placed} of {works} have a place"),
    };
    format!(
        "{place} between {} and {} ({}).",
        instant(&result.from),
        instant(&result.to),
        short(&result.timezone, 40)
    )
}

fn without_place(result: &MaintenanceResult, width: u16) -> String {
    let without = |w: &&WorkWindows| w.start.is_none() && result.complete;
    let all: Vec<&WorkWindows> = result.works.iter().filter(without).collect();
    if all.is_empty() {
        return String::new();
    }
    let mut out = "\nWithout a place\n".to_owned();
    for work in all.iter().take(SHOWN) {
        let reason = work.reason.as_deref().unwrap_or_default();
        let said = format!("{}: {}.", short(&work.name, NAME), short(reason, 300));
        out.push_str(&wrap(&said, 2, width));
        if work.windows.is_empty() {
            for line in reasons(work) {
                out.push_str(&wrap(&line, 4, width));
            }
        }
    }
    out + &more(all.len().saturating_sub(SHOWN), "work", ALL)
}

/// What blocks a work, the same said once; and of how many blocked hours that is.
fn reasons(work: &WorkWindows) -> Vec<String> {
    let mut seen: Vec<(&BlockedHour, Vec<&BlockedHour>)> = Vec::new();
    for b in &work.blocked {
        let same = |s: &BlockedHour| {
            (&s.policy, &s.service, &s.failure, s.status)
                == (&b.policy, &b.service, &b.failure, b.status)
        };
        match seen.iter_mut().find(|(s, _)| same(s)) {
            Some((_, later)) => later.push(b),
            None => seen.push((b, Vec::new())),
        }
    }
    let lines = seen.iter().map(|(first, later)| match later.as_slice() {
        [] => blocked(first),
        [one] => format!("{}; the same at {}", blocked(first), instant(&one.at)),
        [.., last] => format!(
            "{}; the same in {} of the hours after it, up to {}",
            blocked(first),
            count(later.len() as u64),
            instant(&last.at)
        ),
    });
    lines.chain(not_listed(work)).collect()
}

/// How many blocked hours are not listed, and that the result does not list them either: nothing if there are none.
fn not_listed(work: &WorkWindows) -> Option<String> {
    let listed = work.blocked.len() as u64;
    let hidden = u64::from(work.hours_blocked).saturating_sub(listed);
    (hidden > 0).then(|| {
        format!(
            "… and {} more, of {}; those above rule out one start after the other, and `--format json` has no \
             more of them",
            counted(hidden, "blocked hour"),
            count(u64::from(work.hours_blocked)),
        )
    })
}

/// `2026-12-29 14:00: orders degraded (72.7 %) if app-2 fails, against “…”`.
fn blocked(b: &BlockedHour) -> String {
    let status = match b.status {
        Status::Degraded => format!("{} ({})", style::status(b.status), percent(b.delivered)),
        other => style::status(other),
    };
    let failure = match &b.failure {
        Some(failure) => format!("if {} fails", id(failure)),
        None => "by the work alone".to_owned(),
    };
    let case = match &b.load_case {
        Some(case) => format!(" at {}", short(case, 40)),
        None => String::new(),
    };
    format!(
        "{}: {} {status}{case} {failure}, against \u{201c}{}\u{201d}",
        instant(&b.at),
        id(&b.service),
        short(&b.policy, 120)
    )
}

fn overlaps(result: &MaintenanceResult, width: u16) -> String {
    if result.overlaps.is_empty() {
        return String::new();
    }
    let mut out = "\nNot at the same time\n".to_owned();
    for overlap in result.overlaps.iter().take(SHOWN) {
        out.push_str(&wrap(&apart(overlap), 2, width));
    }
    out + &more(result.overlaps.len().saturating_sub(SHOWN), "overlap", ALL)
}

fn apart(overlap: &WorkOverlap) -> String {
    let names: Vec<String> = overlap.works.iter().map(|w| short(w, NAME)).collect();
    let when = if overlap.never {
        "never".to_owned()
    } else {
        format!(
            "not in {} of the {} that both may use",
            count(u64::from(overlap.hours_harmful)),
            counted(u64::from(overlap.hours_shared), "hour")
        )
    };
    format!(
        "{}: {when}; {}.",
        names.join(" and "),
        blocked(&overlap.because)
    )
}

fn basis(result: &MaintenanceResult) -> String {
    let demand = match result.judged_at {
        JudgedAt::Hours => "Each hour at its own demand",
        JudgedAt::LoadCases => {
            "There is no [horizon]: every hour at the load cases that the policies name"
        }
    };
    format!(
        "{demand}. In a window, with what the work takes out, nothing more and no single further failure \
         breaks a policy that holds without the work."
    )
}
