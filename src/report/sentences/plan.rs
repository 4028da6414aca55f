//! A change of a plan in words. In: the change. Out: what is to be done.

use crate::report::document::{PlanChange, PlanKind};
use crate::report::ids::id;
use crate::report::number::{enumerated, quantity, unit};
use crate::report::placement::{move_words, shrink_words};
use crate::report::second_path::path_words;

/// Domains shown of a change.
const DOMAINS: usize = 3;

/// A change in words.
#[must_use]
pub(in crate::report) fn change(c: &PlanChange) -> String {
    let what = id(&c.component);
    if let Some(moved) = &c.moved {
        return move_words(moved);
    }
    if let Some(takes) = &c.takes {
        return shrink_words(&c.component, c.amount, c.unit.as_deref(), takes);
    }
    if let Some(laid) = &c.laid {
        return path_words(laid, c.amount);
    }
    match (c.kind, c.amount) {
        (PlanKind::Grow, Some(amount)) => {
            format!(
                "grow {what} by {}{}",
                quantity(amount),
                unit(c.unit.as_deref())
            )
        }
        (PlanKind::Add, Some(amount)) => {
            let outside = c
                .outside
                .iter()
                .take(DOMAINS)
                .map(|d| id(d))
                .collect::<Vec<_>>();
            let outside = match outside.as_slice() {
                [] => String::new(),
                _ if c.outside.len() > DOMAINS => format!(" outside of {} …", outside.join(", ")),
                some => format!(" outside of {}", enumerated(some)),
            };
            format!("add {} like {what}{outside}", quantity(amount))
        }
        _ => format!("restore {what}"),
    }
}
