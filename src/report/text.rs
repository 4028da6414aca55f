//! Reports for a terminal. In: documents and a width. Out: text without colour (see
//! [`style::paint`]). Promises: the verdict first, then who is harmed and why;
//! no line depends on the terminal but for the width; long lists are cut with their count; nothing
//! from users can move the cursor.

mod assess;
mod cascade;
mod check;
mod cold_start;
pub(super) mod diff;
mod evidence;
mod explain;
mod first_screen;
mod fix;
mod load;
mod maintenance;
mod named;
mod network;
mod parts;
mod plan;
mod simulate;
mod sweep;
#[cfg(test)]
mod tests;
mod verify;
mod whatif;

pub use assess::{assess, assess_in_full};
pub(in crate::report) use assess::{covered_by, in_order, trips};
pub use check::check;
pub(super) use cold_start::lines as cold_start_lines;
pub use diff::diff;
pub use explain::explain;
pub use load::load;
pub(super) use load::{agreements, differences};
pub use maintenance::maintenance;
pub(super) use named::{lowered, who as named_who};
pub use parts::parts;
pub(super) use plan::change as plan_change;
pub use plan::plan;
pub use simulate::simulate;
pub(super) use simulate::{amount, chance, figure, spread};
pub(super) use sweep::left_out;
pub use sweep::{SETS, sweep};
pub use verify::verify;
pub use whatif::whatif;

use super::document::{Finding, ServiceState, State};
pub(super) use super::number::ids;
use super::number::{ID, count, counted, enumerated};
use super::style::{self, wrap};
use super::tables;
use crate::model::{Cause, Status, short};
use std::collections::HashMap;
use std::fmt::Write as _;

/// How wide a text is, and whether its lists are cut.
#[derive(Clone, Copy, Debug)]
pub(in crate::report) struct Shape {
    /// Columns.
    pub(in crate::report) width: u16,
    /// Whether all of each list is shown.
    pub(in crate::report) in_full: bool,
}

impl Shape {
    /// How many of a list are shown where so many are enough for a first look.
    fn most(self, few: usize) -> usize {
        if self.in_full { usize::MAX } else { few }
    }
}

impl From<u16> for Shape {
    fn from(width: u16) -> Self {
        Self {
            width,
            in_full: false,
        }
    }
}

/// Characters of an id in a column of its own, if the table has the room.
const FULL: usize = 60;
/// Rows of a table.
const ROWS: usize = 40;
/// Causes that are shown, with the services that they hit.
const MOST_SHOWN: usize = 8;
/// Services that are named in one sentence.
const NAMED: usize = 12;

fn id(text: &str) -> String {
    short(text, ID)
}

/// An id for a column of ids, which cuts it where there is no room for it.
pub(super) fn full(text: &str) -> String {
    short(text, FULL)
}

/// A contingency: `app-1 + app-2`.
pub(super) fn contingency(elements: &[String]) -> String {
    contingency_of(elements, id)
}

pub(super) fn contingency_of(elements: &[String], id: fn(&str) -> String) -> String {
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

/// The line that says what a cut list leaves out, and where all of it is.
pub(super) fn more(hidden: usize, noun: &str, instead: &str) -> String {
    match (hidden as u64, instead) {
        (0, _) => String::new(),
        (n, "") => format!("  … and {}\n", counted(n, &format!("more {noun}"))),
        (n, instead) => format!("  … and {} more; {instead}\n", counted(n, noun)),
    }
}

/// Opens a section: a blank line and its title.
fn heading(title: &str, width: u16) -> String {
    format!("\n{}", wrap(title, 0, width))
}

/// The line that says how many lines a list at an indent leaves out.
fn and_more(hidden: u64, indent: usize) -> String {
    match hidden {
        0 => String::new(),
        n => format!("{}… and {} more\n", " ".repeat(indent), count(n)),
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

/// Why a service has its status, in a few words; the outages that have a part in it come first.
pub(in crate::report) fn reason(s: &ServiceState) -> String {
    reason_of(s, false)
}

/// The same, of several services that it is true of.
pub(in crate::report) fn reason_of(s: &ServiceState, is_of_many: bool) -> String {
    match (s.because.last(), s.findings.first()) {
        (Some(root), _) if s.status.is_harm() => with_outages(s, root),
        (_, Some(f)) => with_outages(s, &finding_of(f, is_of_many)),
        _ => String::new(),
    }
}

/// `with app-3 out: …`, unless what is said names these outages itself.
pub(in crate::report) fn with_outages(s: &ServiceState, said: &str) -> String {
    match unnamed(s, said) {
        [] => said.to_owned(),
        some => format!("with {} out: {said}", ids(some, 3)),
    }
}

/// The outages that have a part in a status, if what is said does not name all of them.
fn unnamed<'s>(s: &'s ServiceState, said: &str) -> &'s [String] {
    let outages = s.outages.as_deref().unwrap_or_default();
    let words: Vec<&str> = said.split([' ', ':', ',']).collect();
    let named = |outage: &String| words.contains(&id(outage).as_str());
    if outages.iter().all(named) {
        &[]
    } else {
        outages
    }
}

/// `app-1, app-2 and app-3`; of many the first, and how many more.
pub(in crate::report) fn named(all: &[&str]) -> String {
    let mut names: Vec<String> = all.iter().take(NAMED).map(|i| id(i)).collect();
    if let Some(hidden) = all.len().checked_sub(NAMED).filter(|&n| n > 0) {
        names.push(format!("{} more", count(hidden as u64)));
    }
    enumerated(&names)
}

fn is_are(n: usize) -> &'static str {
    if n == 1 { "is" } else { "are" }
}

/// What has the same key stands together, in the order in which each key comes first.
pub(in crate::report) fn together<T, K: Eq + std::hash::Hash>(
    all: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> K,
) -> Vec<Vec<T>> {
    let mut at: HashMap<K, usize> = HashMap::new();
    let mut groups: Vec<Vec<T>> = Vec::new();
    for one in all {
        let group = *at.entry(key(&one)).or_insert(groups.len());
        if group == groups.len() {
            groups.push(Vec::new());
        }
        groups[group].push(one);
    }
    groups
}

/// The services of which nobody said what their peak is, in the state at the peak.
pub(in crate::report) fn as_today(state: &State) -> Option<String> {
    let ids: Vec<&str> = state.as_today.iter().map(String::as_str).collect();
    if ids.is_empty() {
        return None;
    }
    let of = counted(state.services.len() as u64, "service");
    let stay = if ids.len() == 1 { "stays" } else { "stay" };
    Some(format!(
        "At {} (the peak), {} of {of} {stay} at the demand of services.csv, because no other is given \
         there: {}.",
        short(&state.load_case, 40),
        count(ids.len() as u64),
        named(&ids)
    ))
}

/// Every service of a state, worst first.
fn service_table(state: &State, width: u16) -> String {
    tables::services_of(by_urgency(state).into_iter().map(|s| (state, s))).text(width)
}

/// The chains of causes of services that are not ok; a cause that hits several is shown once, with all of
/// them. A service whose whole story is one line is left out where a table has shown it.
fn reasons(state: &State, shape: Shape, one_line_too: bool) -> String {
    let listed = |s: &&ServiceState| lines(s, false).len() > usize::from(!one_line_too);
    let all = by_urgency(state).into_iter().filter(listed);
    let key = |s: &&ServiceState| {
        let said = lines(s, false);
        let cause = if s.status.is_harm() {
            said.last().cloned().unwrap_or_default()
        } else {
            said.join("\n")
        };
        (s.status, s.outages.clone(), cause)
    };
    let groups = together(all, key);
    let mut out = String::new();
    let most = shape.most(MOST_SHOWN);
    for group in groups.iter().take(most) {
        out.push_str(&told_together(group, shape.width));
    }
    if out.is_empty() {
        return out;
    }
    let hidden = groups.iter().skip(most).map(Vec::len).sum();
    out.push_str(&more(
        hidden,
        "service",
        "`brownout explain` shows any of them",
    ));
    format!("\nWhy\n{out}")
}

/// What is shown of a service.
fn lines(s: &ServiceState, is_of_many: bool) -> Vec<String> {
    if s.status.is_harm() {
        s.because.clone()
    } else {
        let all = s.findings.iter();
        all.map(|f| finding_of(f, is_of_many)).collect()
    }
}

/// Services with one cause. The way to it is that of the first.
fn told_together(group: &[&ServiceState], width: u16) -> String {
    let names: Vec<&str> = group.iter().map(|s| s.id.as_str()).collect();
    let (first, many) = (group[0], group.len() > 1);
    let mut said = lines(first, many);
    let mut head = format!(
        "{} {} {}",
        named(&names),
        is_are(names.len()),
        style::status(first.status)
    );
    match unnamed(first, &said.join(" ")) {
        [] => {}
        some => {
            let _ = write!(head, ", with {} out", ids(some, 3));
        }
    }
    let root = (many && first.status.is_harm())
        .then(|| said.pop())
        .flatten();
    let mut out = match (root, said.as_slice()) {
        (Some(root), _) => wrap(&format!("{head}: {root}"), 2, width),
        (None, [only]) => return wrap(&format!("{head}: {only}"), 2, width),
        (None, _) => wrap(&format!("{head}:"), 2, width),
    };
    for line in &said {
        out.push_str(&wrap(line, 6, width));
    }
    out
}

/// One cause of risk in words.
pub(in crate::report) fn finding(f: &Finding) -> String {
    finding_of(f, false)
}

fn finding_of(f: &Finding, is_of_many: bool) -> String {
    let (to, witness) = (f.leads_to.word(), id(&f.witness));
    let (it, its) = if is_of_many {
        ("they are", "their")
    } else {
        ("it is", "its")
    };
    match f.cause {
        Cause::Peak => format!("at {witness} {it} {to}"),
        Cause::Redundancy => format!("if {witness} fails {it} {to}"),
        Cause::Headroom => format!("{its} headroom is under what is asked, set by {witness}"),
    }
}
