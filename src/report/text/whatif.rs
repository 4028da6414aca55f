//! `whatif` for a terminal.

use super::{as_today, ids, outages, reasons, service_table, tally};
use crate::model::short;
use crate::report::document::{ComponentState, State, WhatIf, carried};
use crate::report::number::counted;
use crate::report::style::wrap;
use crate::report::tables;

/// One state.
#[must_use]
pub fn whatif(result: &WhatIf, width: u16) -> String {
    let state = &result.state;
    let mut out = wrap(&headline(state), 0, width);
    if let Some(line) = as_today(state) {
        out.push_str(&wrap(&line, 0, width));
    }
    out.push('\n');
    out.push_str(&service_table(state, width));
    out.push_str(&reasons(state, width, false));
    out.push_str(&stopped(state, width));
    out.push_str(&busiest(state, width));
    out
}

fn headline(state: &State) -> String {
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
    let derated = match state.derate.len() {
        0 => String::new(),
        n => format!(", {} derated", counted(n as u64, "component")),
    };
    format!(
        "{who} at {}, {}{derated}{tally}.",
        short(&state.load_case, 40),
        outages(&state.down)
    )
}

/// What does not work without having failed itself.
fn stopped(state: &State, width: u16) -> String {
    let stopped: Vec<String> = state
        .components
        .iter()
        .filter(|c| !c.works && state.down.binary_search(&c.id).is_err())
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
