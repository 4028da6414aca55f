//! What could not be started from dark. In: the loops that hold each other. Out: lines of text, and how far each is
//! set in.

use crate::model::short;
use crate::report::document::{ColdLoop, ColdStart, Hold};
use crate::report::number::{count, ids};

/// Loops that are shown.
pub(in crate::report) const LOOPS: usize = 10;
/// Ways to break a loop that are shown.
const WAYS: usize = 6;
/// Nodes of a way round that are shown.
const STEPS: usize = 12;

/// A line of text, and how far it is set in.
pub(in crate::report) struct Line {
    /// What it says, not yet wrapped.
    pub text: String,
    /// Columns before it.
    pub indent: usize,
}

/// What is shown, line by line.
#[must_use]
pub(in crate::report) fn lines(found: &ColdStart) -> Vec<Line> {
    first_lines(found, LOOPS)
}

/// The same of so many loops.
pub(in crate::report) fn first_lines(found: &ColdStart, most: usize) -> Vec<Line> {
    let line = |indent, text: String| Line { text, indent };
    let mut out = vec![line(
        2,
        format!(
            "If everything had stopped, {} could not be started: {}.",
            count(found.cold_start.len() as u64),
            ids(&found.cold_start, 8)
        ),
    )];
    for l in found.cold_start_loops.iter().take(most) {
        out.push(line(2, way(l)));
        if !l.waiting.is_empty() {
            let waiting = format!("wait for it: {}", ids(&l.waiting, 8));
            out.push(line(6, waiting));
        }
        out.push(line(6, breaks(l)));
    }
    out
}

/// `loop of 3: dns needs vm-1 needs hv-1 needs dns`.
fn way(l: &ColdLoop) -> String {
    let mut steps: Vec<String> = l.way.iter().take(STEPS).map(|i| short(i, 40)).collect();
    if l.way.len() > STEPS {
        steps.push(format!("… ({} more)", l.way.len() - STEPS));
    }
    format!("loop of {}: {}", l.members.len(), steps.join(" needs "))
}

fn breaks(l: &ColdLoop) -> String {
    let listed = |holds: &[Hold], word: &str| {
        let mut said: Vec<String> = holds.iter().take(WAYS).map(hold).collect();
        if holds.len() > WAYS {
            said.push(format!("{} more", holds.len() - WAYS));
        }
        said.join(word)
    };
    let untried = match l.untried {
        0 => String::new(),
        n => format!(" ({} more not tried)", count(n)),
    };
    match (l.breaks.as_slice(), l.together.as_slice()) {
        ([], []) => format!("nothing that was tried breaks it{untried}"),
        ([], together) => format!(
            "no single one breaks it; together do: {}{untried}",
            listed(together, " and ")
        ),
        ([one], _) => format!("breaks it: {}{untried}", hold(one)),
        (several, _) => format!("each breaks it: {}{untried}", listed(several, "; or ")),
    }
}

/// What to do about one hold.
fn hold(hold: &Hold) -> String {
    let consumer = short(&hold.consumer, 40);
    let providers = ids(&hold.providers, 3);
    let place = hold.place.as_deref();
    let place = place.map_or(String::new(), |p| format!(" ({})", short(p, 60)));
    match hold.relation.as_str() {
        "within" => format!("place {consumer} outside of {providers}{place}"),
        "group" => {
            let group = hold.group.as_deref();
            let group = group.map_or("its group".to_owned(), |g| {
                format!("group {}", short(g, 40))
            });
            format!("make {group} of {consumer} soft{place}")
        }
        _ => format!("remove {consumer} → {providers} or make it soft{place}"),
    }
}
