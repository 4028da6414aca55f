//! The services of a state for a terminal: how many have which status, all of them in a table, and why those that are
//! not ok are not.

use crate::model::Status;
use crate::report::document::{ServiceState, State};
use crate::report::ids::named;
use crate::report::number::{count, ids};
use crate::report::order::{by_urgency, together};
use crate::report::sentences::service::{lines, unnamed};
use crate::report::shape::{Shape, more};
use crate::report::style::{self, wrap};
use crate::report::tables;
use std::fmt::Write as _;

/// Causes that are shown, with the services that they hit.
const MOST_SHOWN: usize = 8;

/// How many services have which status, worst first: `1 degraded, 2 at-risk, 3 ok`.
pub(super) fn tally(state: &State) -> String {
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

fn is_are(n: usize) -> &'static str {
    if n == 1 { "is" } else { "are" }
}

/// Every service of a state, worst first.
pub(super) fn service_table(state: &State, width: u16) -> String {
    tables::services_of(by_urgency(state).into_iter().map(|s| (state, s))).text(width)
}

/// The chains of causes of services that are not ok; a cause that hits several is shown once, with all of
/// them. A service whose whole story is one line is left out where a table has shown it.
pub(super) fn reasons(state: &State, shape: Shape, one_line_too: bool) -> String {
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
