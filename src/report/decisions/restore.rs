//! What to restore: each known outage with the date by which, whom it harms, and what becomes of breaches of policies
//! once it is back. In: the document of `assess`. Out: lines of the first screen.

use super::line::{Extent, Line, MOST_SHOWN, listed};
use crate::report::document::Assess;
use crate::report::document::decisions::{Repaired, Restore};
use crate::report::number::{count, counted, ids, instant, quantity};

/// A line for each known outage and derating that is to end, then how many harm nobody or were not looked at.
pub(super) fn restore(result: &Assess, extent: Extent) -> Vec<Line> {
    let decisions = &result.decisions;
    let mut lines = listed(&decisions.restore, "outage to end", extent, |r| {
        to_restore(result, r)
    });
    if decisions.harmless > 0 {
        let bear = bear(result, decisions.harmless);
        lines.push(Line::new(format!("{bear} on the status of no service")));
    }
    if decisions.not_looked_at > 0 {
        let bear = bear(result, decisions.not_looked_at);
        lines.push(Line::new(format!(
            "whether {bear} on anything was not looked at"
        )));
    }
    lines
}

/// `2 known outages bear`, with deratings where the scenario has any.
fn bear(result: &Assess, n: u64) -> String {
    let are_derated = result.base.iter().any(|state| !state.derate.is_empty());
    match (n, are_derated) {
        (1, false) => "1 known outage bears".to_owned(),
        (n, false) => format!("{} bear", counted(n, "known outage")),
        (1, true) => "1 known outage or derating bears".to_owned(),
        (n, true) => format!("{} known outages and deratings bear", count(n)),
    }
}

fn to_restore(result: &Assess, r: &Restore) -> Line {
    let line = Line::default().id(&r.element);
    let line = if r.is_derated {
        line.text(" (derated)")
    } else {
        line
    };
    let line = match (&r.by, r.overdue) {
        (Some(by), true) => line.text(": ").strong(format!(
            "RESTORE BEFORE THE HORIZON BEGINS, by {}",
            instant(by)
        )),
        (Some(by), false) => line
            .text(": ")
            .strong(format!("RESTORE BY {}", instant(by))),
        (None, _) => line.text(match (&result.timeline, &r.harms_from) {
            (None, _) => ": no date, the scenario has no horizon",
            (Some(_), Some(_)) => ": no date, no repair time is known",
            (Some(_), None) => ": no date, it harms nobody over the horizon",
        }),
    };
    let line = match r.repair_hours.filter(|_| r.by.is_some()) {
        Some(hours) => line.text(format!(" (the start of a repair of {})", hours_of(hours))),
        None => line,
    };
    let services = r.services.iter().map(String::as_str);
    let line = match (&r.harms_from, r.services.is_empty()) {
        (_, true) => line,
        (Some(from), _) => line
            .text("; it harms ")
            .ids(services, MOST_SHOWN)
            .text(format!(" from {}", instant(from))),
        (None, _) => line.text("; it bears on ").ids(services, MOST_SHOWN),
    };
    let Some(done) = &r.repaired else {
        return line;
    };
    let back = match done.rank {
        1 => "with it back".to_owned(),
        n => first(result, n),
    };
    line.text(format!("; {}", after_repair(&back, done)))
}

/// What is repaired first, so many: `with rack-2, app-1 and 3 more repaired`. Of what bears on nobody only the number
/// is known.
fn first(result: &Assess, most: u64) -> String {
    let known = result.decisions.restore.iter();
    let rank = |r: &&Restore| r.repaired.as_ref().map_or(u64::MAX, |done| done.rank);
    let mut first: Vec<&Restore> = known.filter(|r| rank(r) <= most).collect();
    first.sort_by_key(rank);
    if (first.len() as u64) < most {
        return format!("with the first {most} repairs");
    }
    let first: Vec<String> = first.into_iter().map(|r| r.element.clone()).collect();
    format!("with {} repaired", ids(&first, MOST_SHOWN))
}

/// What becomes of breaches with a repair done. One after which there are no fewer is not offered as a remedy.
fn after_repair(back: &str, done: &Repaired) -> String {
    if done.holds {
        return format!("{back} every policy holds");
    }
    let (of, remaining) = (count(done.of), count(done.remaining));
    let breaches = counted(done.of, "breach");
    let taken = match done.removes {
        0 => format!("none of {breaches} goes"),
        1 => format!("1 of {breaches} goes"),
        n => format!("{} of {breaches} go", count(n)),
    };
    let others = match (done.remaining + done.removes).saturating_sub(done.of) {
        0 => return format!("{back} breaches go from {of} to {remaining}"),
        1 => "1 other appears that does not show now".to_owned(),
        n => format!("{} others appear that do not show now", count(n)),
    };
    if done.remaining < done.of {
        format!("{back} {taken} and {others}, which leaves {remaining}")
    } else {
        format!("no remedy by itself: {back} {taken} and {others}, which makes {remaining}")
    }
}

fn hours_of(hours: f64) -> String {
    match quantity(hours).as_str() {
        "1" => "1 hour".to_owned(),
        said => format!("{said} hours"),
    }
}
