//! What is known of an estate and its demand. In: documents. Out: a sentence each, blank where nothing is known.

use crate::model::short;
use crate::report::document::{Assess, Covered, State};
use crate::report::ids::named;
use crate::report::number::{count, counted};

/// The services of which nobody said what their peak is, in the state at the peak.
pub(in crate::report) fn as_today(state: &State) -> Option<String> {
    let ids: Vec<&str> = state.as_today.iter().map(String::as_str).collect();
    if ids.is_empty() {
        return None;
    }
    let of = counted(state.services.len() as u64, "service");
    let (keep, them) = match ids.len() {
        1 => ("keeps its", "it"),
        _ => ("keep their", "them"),
    };
    Some(format!(
        "At {} (the peak), {} of {of} {keep} demand of services.csv; the load case gives {them} no \
         other, or a growth of 1: {}.",
        short(&state.load_case, 40),
        count(ids.len() as u64),
        named(&ids)
    ))
}

/// What share of the estate says what; blank if that is not known.
pub(in crate::report) fn covered_by(result: &Assess) -> String {
    let shares = result.estate.as_ref().map(|e| e.covered.as_slice());
    covered(shares.unwrap_or_default())
}

/// `capacity 112 of 488, reliability 0 of 488 …`; blank if nothing is known.
#[must_use]
pub(in crate::report) fn covered(shares: &[Covered]) -> String {
    let said: Vec<String> = shares
        .iter()
        .filter(|s| s.of > 0)
        .map(|s| format!("{} {} of {}", s.what, count(s.covered), count(s.of)))
        .collect();
    match said.as_slice() {
        [] => String::new(),
        said => format!("Covered: {}.", said.join(", ")),
    }
}
