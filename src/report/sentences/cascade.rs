//! Cascades in sentences: what was lost to overload in a state, and which contingencies lose something.
//! In: documents. Out: lines of text, none where nothing trips.

use crate::model::{Status, short};
use crate::report::document::{Assess, Cascade, State, Sweep};
use crate::report::ids::{contingency_of, id};
use crate::report::number::{count, counted, ids, percent};
use crate::report::placement;

/// Nodes of a round that are named.
const NAMED: usize = 4;
/// Rounds that are shown; the last of more is shown besides.
const ROUNDS: u32 = 6;

/// What was lost to overload in a state, round by round, and what would trip next.
pub(in crate::report) fn story(state: &State) -> Vec<String> {
    happened(state).into_iter().chain(next(state)).collect()
}

/// The same of all base states, of which that at the peak says what would trip next.
fn stories(states: &[State], peak: usize) -> Vec<String> {
    let happened = states.iter().filter_map(happened);
    happened.chain(states.get(peak).and_then(next)).collect()
}

/// `First to trip as all demand grows: b-1, at 8 % more.`
fn next(state: &State) -> Option<String> {
    state.first_trip.as_ref().map(|first| {
        let next = if state.tripped.is_empty() {
            "First to trip"
        } else {
            "Next to trip"
        };
        format!(
            "{next} as all demand grows: {}, at {} more.",
            id(&first.id),
            percent(first.growth)
        )
    })
}

/// `Cascade at today: round 1 takes b-1 and b-2, round 2 takes b-3; 3 lost to overload, 2 services harmed.`
fn happened(state: &State) -> Option<String> {
    let last = state.tripped.last()?.round;
    let round = |round: u32| {
        let of_round = state.tripped.iter().filter(|t| t.round == round);
        let lost: Vec<String> = of_round.map(|t| t.id.clone()).collect();
        format!("round {round} takes {}", ids(&lost, NAMED))
    };
    let mut listed: Vec<String> = (1..=last.min(ROUNDS)).map(round).collect();
    if last > ROUNDS {
        listed.push("…".to_owned());
        listed.push(round(last));
    }
    let harmed = state.services.iter().filter(|s| s.status.is_harm()).count();
    let down = state.services.iter().filter(|s| s.status == Status::Down);
    Some(format!(
        "Cascade at {}: {}; {} lost to overload, {} harmed, {} of them down.",
        short(&state.load_case, 28),
        listed.join(", "),
        count(state.tripped.len() as u64),
        counted(harmed as u64, "service"),
        count(down.count() as u64),
    ))
}

/// The single failures that set off a cascade, in one line: what a reader must see first. `None` if none
/// does.
pub(in crate::report) fn singles(sweep: &Sweep) -> Option<String> {
    let of_one = sweep.cascades.iter().filter(|c| c.elements.len() == 1);
    let mut singles: Vec<&Cascade> = of_one.collect();
    // The worst of each at any load case.
    singles.sort_by(|x, y| {
        let size = y.tripped.cmp(&x.tripped);
        size.then(y.services.cmp(&x.services))
            .then_with(|| x.elements.cmp(&y.elements))
    });
    let worst = singles.first()?;
    let mut elements: Vec<&str> = singles.iter().map(|c| c.elements[0].as_str()).collect();
    elements.sort_unstable();
    elements.dedup();
    let who = match elements.len() {
        1 => "A single failure sets off a cascade".to_owned(),
        n if (sweep.cascades.len() as u64) < all(sweep) => {
            format!(
                "At least {} single failures set off a cascade",
                count(n as u64)
            )
        }
        n => format!("{} single failures set off a cascade", count(n as u64)),
    };
    Some(format!("{who}: {}.", describe(worst)))
}

/// All cascades of a sweep, listed or not.
pub(in crate::report) fn all(sweep: &Sweep) -> u64 {
    sweep.cascade_count.values().sum()
}

pub(in crate::report) fn describe(c: &Cascade) -> String {
    format!(
        "{} at {} → {} lost to overload in {}, {} harmed",
        contingency_of(&c.elements, id),
        short(&c.load_case, 28),
        count(c.tripped),
        counted(c.rounds, "round"),
        counted(c.services, "service"),
    )
}

/// What trips or finds no host in base states and without one element more, and what hosts can lose.
pub(in crate::report) fn trips(result: &Assess) -> Vec<String> {
    let lines = stories(&result.base, result.peak());
    let placed = result.base.iter().flat_map(placement::story);
    lines
        .into_iter()
        .chain(singles(&result.sweep))
        .chain(placed)
        .chain(placement::singles(&result.sweep))
        .chain(placement::first_minutes(result))
        .chain(result.clusters.iter().flat_map(placement::cluster))
        .collect()
}
