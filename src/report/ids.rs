//! Ids for people: one, a contingency, those that are out, a list of which the rest is counted. In: ids. Out: words
//! without marks. Promises: an id is visible and of bounded length, and so is every list.

use super::number::{ID, count, enumerated, ids};
use crate::model::short;

/// Characters of an id in a column of its own, if the table has the room.
const FULL: usize = 60;
/// Services that are named in one sentence, where that is all of them.
const NAMED: usize = 12;
/// As many are named of a longer list: its first names are examples, and its count is what matters.
const EXAMPLES: usize = 4;

pub(in crate::report) fn id(text: &str) -> String {
    short(text, ID)
}

/// An id for a column of ids, which cuts it where there is no room for it.
pub(in crate::report) fn full(text: &str) -> String {
    short(text, FULL)
}

/// A contingency: `app-1 + app-2`.
pub(in crate::report) fn contingency(elements: &[String]) -> String {
    contingency_of(elements, id)
}

pub(in crate::report) fn contingency_of(elements: &[String], id: fn(&str) -> String) -> String {
    if elements.is_empty() {
        return "nothing more fails".to_owned();
    }
    let shown: Vec<String> = elements.iter().take(6).map(|i| id(i)).collect();
    match elements.len().saturating_sub(6) {
        0 => shown.join(" + "),
        more => format!("{} + {more} more", shown.join(" + ")),
    }
}

/// `with app-3 out`, or nothing.
pub(in crate::report) fn outages(down: &[String]) -> String {
    match down.len() {
        0 => "with nothing failed".to_owned(),
        _ => format!("with {} out", ids(down, 3)),
    }
}

/// How many ids of a list are named where at most so many may be: all of them, or a few examples.
pub(in crate::report) fn shown_of(all: usize, most: usize) -> usize {
    if all <= most { all } else { most.min(EXAMPLES) }
}

/// `app-1, app-2 and app-3`; of many the first, and how many more.
pub(in crate::report) fn named(all: &[&str]) -> String {
    let shown = shown_of(all.len(), NAMED);
    let mut names: Vec<String> = all.iter().take(shown).map(|i| id(i)).collect();
    if let Some(hidden) = all.len().checked_sub(shown).filter(|&n| n > 0) {
        names.push(format!("{} more", count(hidden as u64)));
    }
    enumerated(&names)
}
