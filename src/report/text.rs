//! Reports for a terminal. In: documents and a width. Out: text without colour (see
//! [`style::paint`]). Promises: the verdict first, then who is harmed and why;
//! no line depends on the terminal but for the width; long lists are cut with their count; nothing
//! from users can move the cursor.

mod assess;
mod check;
pub(super) mod diff;
mod evidence;
mod explain;
mod fix;
mod load;
mod network;
mod simulate;
mod sweep;
#[cfg(test)]
mod tests;
mod verify;
mod whatif;

pub use assess::assess;
pub use check::check;
pub use diff::diff;
pub use explain::explain;
pub use load::load;
pub use simulate::simulate;
pub use sweep::{SETS, sweep};
pub use verify::verify;
pub use whatif::whatif;

use super::document::{Finding, ServiceState, State};
use super::number::{count, counted, growth, percent, quantity, unit};
use super::style::{self, Align, table, wrap};
use crate::model::{Cause, Status, short};
use std::fmt::Write as _;

/// Characters of an id in a table.
const ID: usize = 28;
/// Rows of a table.
const ROWS: usize = 40;
/// Services whose chain of causes is told.
const TOLD: usize = 8;

fn id(text: &str) -> String {
    short(text, ID)
}

/// What is left to grow; nothing grows where nothing is delivered.
fn headroom(status: Status, headroom: Option<f64>) -> String {
    match (status, headroom) {
        (Status::Down, None) => "–".to_owned(),
        _ => growth(headroom),
    }
}

/// At most `most` ids in a row, the others counted.
fn ids(all: &[String], most: usize) -> String {
    let shown: Vec<String> = all.iter().take(most).map(|i| id(i)).collect();
    match all.len().saturating_sub(most) {
        0 => shown.join(", "),
        more => format!("{} and {} more", shown.join(", "), count(more as u64)),
    }
}

/// A contingency: `app-1 + app-2`.
fn contingency(elements: &[String]) -> String {
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
fn outages(down: &[String]) -> String {
    match down.len() {
        0 => "with nothing failed".to_owned(),
        _ => format!("with {} out", ids(down, 3)),
    }
}

/// The line that says what a cut list leaves out.
fn more(hidden: usize, noun: &str, instead: &str) -> String {
    match hidden {
        0 => String::new(),
        n => format!("  … and {} more; {instead}\n", counted(n as u64, noun)),
    }
}

/// How many services have which status, worst first: `1 degraded, 2 at-risk, 3 ok`.
fn tally(state: &State) -> String {
    let all = [Status::Down, Status::Degraded, Status::AtRisk, Status::Ok];
    let said: Vec<String> = all
        .into_iter()
        .map(|status| {
            (
                status,
                state.services.iter().filter(|s| s.status == status).count(),
            )
        })
        .filter(|&(_, n)| n > 0)
        .map(|(status, n)| format!("{} {}", count(n as u64), status.word()))
        .collect();
    said.join(", ")
}

/// Worst first, then by tier, then by id.
pub(in crate::report) fn by_urgency(state: &State) -> Vec<&ServiceState> {
    let mut all: Vec<&ServiceState> = state.services.iter().collect();
    all.sort_by(|x, y| {
        let tier = |s: &ServiceState| s.tier.unwrap_or(u32::MAX);
        y.status
            .cmp(&x.status)
            .then(tier(x).cmp(&tier(y)))
            .then(x.id.cmp(&y.id))
    });
    all
}

/// Why a service has its status, in a few words.
pub(in crate::report) fn reason(s: &ServiceState) -> String {
    match (s.because.last(), s.findings.first()) {
        (Some(root), _) if s.status.is_harm() => root.clone(),
        (_, Some(f)) => finding(f),
        _ => String::new(),
    }
}

/// Every service of a state, worst first.
fn service_table(state: &State, width: u16) -> String {
    let header = [
        ("service", Align::Wrap(30)),
        ("status", Align::Left),
        ("delivered", Align::Right),
        ("demand", Align::Right),
        ("headroom", Align::Right),
        ("limit", Align::Wrap(18)),
        ("why", Align::Left),
    ];
    let all = by_urgency(state);
    let rows = all.iter().take(ROWS).map(|s| {
        vec![
            id(&s.id),
            style::status(s.status),
            percent(s.delivered),
            format!("{}{}", quantity(s.demand), unit(s.unit.as_deref())),
            headroom(s.status, s.headroom),
            s.limit.as_deref().map_or_else(|| "–".to_owned(), id),
            reason(s),
        ]
    });
    let mut out = table(&header, rows.collect(), width);
    let hidden = all.len().saturating_sub(ROWS);
    out.push_str(&more(hidden, "service", "`--format csv` lists all"));
    out
}

/// The chains of causes of services that are not ok. A service whose whole story is one line is left
/// out where a table has told it.
fn reasons(state: &State, width: u16, one_line_too: bool) -> String {
    let mut out = String::new();
    let lines = |s: &ServiceState| {
        if s.status.is_harm() {
            s.because.clone()
        } else {
            s.findings.iter().map(finding).collect::<Vec<String>>()
        }
    };
    let told = |s: &&ServiceState| lines(s).len() > usize::from(!one_line_too);
    let all: Vec<&ServiceState> = by_urgency(state).into_iter().filter(told).collect();
    for s in all.iter().take(TOLD) {
        let head = format!("{} is {}", id(&s.id), style::status(s.status));
        match lines(s).as_slice() {
            [only] => out.push_str(&wrap(&format!("{head}: {only}"), 2, width)),
            several => {
                let _ = writeln!(out, "  {head}:");
                for line in several {
                    out.push_str(&wrap(line, 6, width));
                }
            }
        }
    }
    if out.is_empty() {
        return out;
    }
    let hidden = all.len().saturating_sub(TOLD);
    out.push_str(&more(
        hidden,
        "service",
        "`brownout explain` shows any of them",
    ));
    format!("\nWhy\n{out}")
}

/// One cause of risk in words.
pub(in crate::report) fn finding(f: &Finding) -> String {
    let to = f.leads_to.word();
    match f.cause {
        Cause::Peak => format!("at {} it is {to}", id(&f.witness)),
        Cause::Redundancy => format!("if {} fails it is {to}", id(&f.witness)),
        Cause::Headroom => format!(
            "its headroom is under what is asked, set by {}",
            id(&f.witness)
        ),
    }
}
