//! `whatif` for a terminal.

use super::state::{reasons, service_table, tally};
use crate::model::short;
use crate::report::document::{ComponentState, Selection, State, WhatIf, carried};
use crate::report::ids::outages;
use crate::report::number::{count, counted, ids, quantity};
use crate::report::placement;
use crate::report::sentences::cascade::story;
use crate::report::sentences::estate::as_today;
use crate::report::style::wrap;
use crate::report::tables;
use std::collections::BTreeMap;

/// One state.
#[must_use]
pub fn whatif(result: &WhatIf, width: u16) -> String {
    let state = &result.state;
    let mut out = wrap(&headline(result), 0, width);
    if let Some(line) = as_today(state) {
        out.push_str(&wrap(&line, 0, width));
    }
    if let Some(line) = selected(result.selection) {
        out.push_str(&wrap(&line, 0, width));
    }
    for line in story(state).into_iter().chain(placement::story(state)) {
        out.push_str(&wrap(&line, 0, width));
    }
    out.push('\n');
    out.push_str(&service_table(state, width));
    out.push_str(&reasons(state, width.into(), false));
    out.push_str(&stopped(state, width));
    out.push_str(&busiest(state, width));
    out.push_str(&super::cold_start::cold_start(
        &result.cold_start,
        width.into(),
    ));
    out
}

/// That only some elements may fail further, which is said where the sweep is not there to say it.
fn selected(selection: Option<Selection>) -> Option<String> {
    let Selection { elements, left_out } = selection?;
    Some(format!(
        "Of {} that can fail, only {} may fail further here: ok and at-risk speak of {} only.",
        count(elements + left_out),
        count(elements),
        if elements == 1 { "that one" } else { "those" },
    ))
}

fn headline(result: &WhatIf) -> String {
    let state = &result.state;
    let harmed = state.services.iter().filter(|s| s.status.is_harm()).count();
    let all = state.services.len();
    let who = match (harmed, all) {
        (_, 0) => "There is no service".to_owned(),
        (0, 1) => "The service is not harmed".to_owned(),
        (0, n) => format!("None of {} is harmed", counted(n as u64, "service")),
        (1, 1) => "The service is harmed".to_owned(),
        (h, n) => format!("{h} of {} harmed", counted(n as u64, "service")),
    };
    let tally = if all == 0 {
        String::new()
    } else {
        format!(": {}", tally(state))
    };
    let derated = scaled(&state.derate);
    let name = result.contingency.as_deref();
    let name = name.map_or(String::new(), |n| {
        format!(" in \u{201c}{}\u{201d}", short(n, 60))
    });
    let lowered = state.services.iter().filter(|s| s.shed.is_some()).count();
    let lowered = match lowered {
        0 => String::new(),
        n => format!(", the demand of {} lowered", counted(n as u64, "service")),
    };
    let dark = if result.from_dark {
        ", started from dark"
    } else {
        ""
    };
    format!(
        "{who}{name} at {}, {}{derated}{lowered}{dark}{tally}.",
        short(&state.load_case, 40),
        outages(&state.down)
    )
}

/// Whose capacity is less than it is, or more.
fn scaled(factors: &BTreeMap<String, f64>) -> String {
    let of = |is: fn(f64) -> bool| factors.iter().filter(move |(_, f)| is(**f));
    let less = match of(|f| f < 1.0).count() {
        0 => String::new(),
        n => format!(", {} derated", counted(n as u64, "component")),
    };
    let raised: Vec<String> = of(|f| f > 1.0)
        .map(|(id, &f)| format!("{} × {}", short(id, 40), quantity(f)))
        .collect();
    let more = match raised.as_slice() {
        [] => String::new(),
        [one] => format!(", capacity of {one}"),
        [first, rest @ ..] => format!(", capacity of {first} and {} more raised", rest.len()),
    };
    less + &more
}

/// What does not work without having failed itself.
fn stopped(state: &State, width: u16) -> String {
    let stopped: Vec<String> = state
        .components
        .iter()
        .filter(|c| !c.works && state.down.binary_search(&c.id).is_err())
        .filter(|c| state.tripped.iter().all(|t| t.id != c.id))
        .map(|c| c.id.clone())
        .collect();
    if stopped.is_empty() {
        return String::new();
    }
    let line = format!("Stopped with them: {}.", ids(&stopped, 12));
    format!("\n{}", wrap(&line, 0, width))
}

fn busiest(state: &State, width: u16) -> String {
    let rank = |c: &ComponentState| match (c.capacity, c.utilization) {
        (_, Some(u)) => u,
        (Some(_), None) => f64::INFINITY,
        (None, None) => -1.0,
    };
    let mut all: Vec<&ComponentState> = state
        .components
        .iter()
        .filter(|c| carried(c.load) > 0.0 && c.capacity.is_some())
        .collect();
    all.sort_by(|x, y| rank(y).total_cmp(&rank(x)).then(x.id.cmp(&y.id)));
    match tables::components_of(all.into_iter().map(|c| (state, c))).text(width) {
        none if none.is_empty() => none,
        shown => format!("\n{shown}"),
    }
}
