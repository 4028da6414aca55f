//! `sweep` for a terminal.

use super::cascade;
use crate::model::{Status, short};
use crate::report::document::{MinimalSet, ServiceSweep, Sweep, SweepResult};
use crate::report::ids::{contingency, id, outages};
use crate::report::number::{count, counted, enumerated, percent};
use crate::report::sentences::cascade::singles;
use crate::report::sentences::sweep::left_out;
use crate::report::shape::{Shape, and_more, more};
use crate::report::style::{self, wrap};
use crate::report::tables;
use std::collections::BTreeMap;

/// Minimal sets shown per service and load case.
pub const SETS: usize = 6;
/// Minimal sets that are shown of each where all is shown: a result may hold a million.
const SETS_IN_FULL: usize = 100;
/// The same where there are more services and load cases than [`MOST_SHOWN`], so that all lists together stay readable.
const SETS_OF_MANY: usize = 10;
/// Services and load cases whose minimal sets are shown.
const MOST_SHOWN: usize = 12;

/// All contingencies up to an order.
#[must_use]
pub fn sweep(result: &SweepResult, width: u16) -> String {
    let sweep = &result.sweep;
    let mut out = wrap(&headline(sweep), 0, width);
    out.push_str(&wrap(&scope(sweep), 0, width));
    if let Some(line) = singles(sweep) {
        out.push_str(&wrap(&line, 0, width));
    }
    out.push('\n');
    out.push_str(&body(sweep, width.into()));
    out
}

/// Tables and minimal sets, for `assess` too.
pub(super) fn body(sweep: &Sweep, shape: Shape) -> String {
    let mut out = counts(sweep, shape);
    out.push_str(&minimal(sweep, shape));
    out.push_str(&cascade::cascades(sweep, shape));
    out.push_str(&super::named::named(sweep, shape));
    if let Some(network) = &sweep.network {
        out.push_str(&super::network::network(network, shape));
    }
    out
}

fn orders(sweep: &Sweep) -> Vec<u64> {
    let mut orders: Vec<u64> = sweep
        .contingencies
        .keys()
        .filter_map(|k| k.parse().ok())
        .collect();
    orders.sort_unstable();
    orders
}

fn harmed_by(s: &ServiceSweep, order: u64) -> u64 {
    let counts = s.orders.get(&order.to_string());
    counts.map_or(0, |c| c.down.unwrap_or(0) + c.degraded.unwrap_or(0))
}

fn headline(sweep: &Sweep) -> String {
    let mut services: Vec<&str> = sweep.services.iter().map(|s| s.id.as_str()).collect();
    services.dedup();
    let harmed_at = |order: u64| {
        let harmed = sweep.services.iter().filter(|s| harmed_by(s, order) > 0);
        let mut ids: Vec<&str> = harmed.map(|s| s.id.as_str()).collect();
        ids.dedup();
        ids.len()
    };
    let said: Vec<String> = orders(sweep)
        .into_iter()
        .map(|order| match harmed_at(order) {
            0 if sweep.is_unknown(order) => format!("order {order} was not looked at"),
            0 => format!("no contingency of order {order} harms any"),
            n => format!(
                "some contingency of order {order} harms {}",
                count(n as u64)
            ),
        })
        .collect();
    let total = counted(services.len() as u64, "service");
    let said = if sweep.complete {
        said.join("; ")
    } else {
        format!("{} (as far as the sweep got)", said.join("; "))
    };
    format!("Of {total}, {said}.")
}

/// What was looked at.
pub(super) fn scope(sweep: &Sweep) -> String {
    let of =
        |map: &BTreeMap<String, u64>, order: u64| map.get(&order.to_string()).copied().unwrap_or(0);
    let orders = orders(sweep);
    let said: Vec<String> = orders
        .iter()
        .map(|&order| {
            let (possible, done) = (of(&sweep.contingencies, order), of(&sweep.accounted, order));
            if possible == done {
                format!("{} of order {order}", count(done))
            } else {
                format!("{} of {} of order {order}", count(done), count(possible))
            }
        })
        .collect();
    let known = match sweep.down.as_slice() {
        [] => String::new(),
        down => format!(", {}", outages(down)),
    };
    let complete = match &sweep.reason {
        None => "all accounted for".to_owned(),
        Some(reason) => format!("INCOMPLETE: {}", short(reason, 200)),
    };
    let said = match said.as_slice() {
        [] => "none".to_owned(),
        said => enumerated(said),
    };
    format!(
        "Contingencies of {}{known}: {said}, {complete}.{}",
        counted(sweep.elements, "element"),
        left_out(sweep),
    )
}

/// Services by their worst base, then by whom the smallest order harms most; their cases together.
fn by_urgency(sweep: &Sweep) -> Vec<&ServiceSweep> {
    let orders = orders(sweep);
    let key = |s: &ServiceSweep| {
        let harm: Vec<u64> = orders.iter().map(|&k| harmed_by(s, k)).collect();
        (s.base.status, harm)
    };
    let mut services: Vec<&[ServiceSweep]> = sweep.services.chunk_by(|x, y| x.id == y.id).collect();
    services.sort_by_cached_key(|cases| std::cmp::Reverse(cases.iter().map(key).max()));
    services.into_iter().flatten().collect()
}

fn counts(sweep: &Sweep, shape: Shape) -> String {
    let orders = orders(sweep);
    let mut out =
        tables::counts(by_urgency(sweep), (&orders, sweep.accounted.values().sum())).text_in(shape);
    if !out.is_empty() {
        let legend = "✗ down, ▲ degraded, ! at-risk, – not computed; least headroom of any contingency in which \
             the service works; worst: who gets least";
        out.push_str(&wrap(legend, 2, shape.width));
    }
    out
}

fn minimal(sweep: &Sweep, shape: Shape) -> String {
    let width = shape.width;
    let most = shape.most(MOST_SHOWN);
    let mut out = String::new();
    let harmed: Vec<&ServiceSweep> = by_urgency(sweep)
        .into_iter()
        .filter(|s| s.minimal_count > 0)
        .collect();
    let sets = match (shape.in_full, harmed.len() > MOST_SHOWN) {
        (false, _) => SETS,
        (true, false) => SETS_IN_FULL,
        (true, true) => SETS_OF_MANY,
    };
    for s in harmed.iter().take(most) {
        out.push_str(&wrap(
            &format!(
                "{} at {}: {}",
                id(&s.id),
                short(&s.load_case, 28),
                counted(s.minimal_count, "minimal set")
            ),
            2,
            width,
        ));
        for m in s.minimal.iter().take(sets) {
            out.push_str(&wrap(&set(m), 4, width));
        }
        let hidden = s
            .minimal_count
            .saturating_sub(sets.min(s.minimal.len()) as u64);
        out.push_str(&and_more(hidden, 4));
    }
    if out.is_empty() {
        return out;
    }
    let hidden = harmed.len().saturating_sub(most);
    let elsewhere = if shape.in_full {
        "table-minimal.csv of `-o DIR` has all"
    } else {
        "`sweep --format csv --table minimal` has all"
    };
    out.push_str(&more(hidden, "list", elsewhere));
    format!("\nMinimal sets: what harms a service while no part of it does as much harm\n{out}")
}

fn set(m: &MinimalSet) -> String {
    let limit = match &m.limit {
        Some(limit) if m.status == Status::Degraded => format!(", limit {}", id(limit)),
        _ => String::new(),
    };
    let delivered = match m.status {
        Status::Degraded => format!(", gets {}", percent(m.delivered)),
        _ => String::new(),
    };
    format!(
        "{}: {}{delivered}{limit}",
        style::status(m.status),
        contingency(&m.elements)
    )
}
