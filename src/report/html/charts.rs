//! The figures of a report. In: the result of an assessment. Out: each figure with the name of its
//! file, what it is called and what it shows. Promises: bounded in number and size, the same for the
//! same result; file names are made by the program, never from ids.

use crate::report::document::Assess;
mod capacity;
mod chance;
mod chart;
mod days;
mod headroom;
mod map;
mod needs;
mod singles;

pub use chart::{Chart, Topic};

/// Every figure of a result.
#[must_use]
pub fn charts(result: &Assess) -> Vec<Chart> {
    let mut all = map::maps(result);
    all.extend(headroom::headroom(result));
    all.extend(singles::singles(result));
    all.extend(days::days(result));
    all.extend(capacity::capacity(result));
    all.extend(chance::convergence(result));
    all.extend(chance::importance(result));
    all.extend(headroom::links(result));
    all.extend(needs::needs(result));
    all
}
