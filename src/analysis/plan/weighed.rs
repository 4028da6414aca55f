//! What conflicts cost in a region, and which have nothing in common. In: prices, a region, conflicts. Out: alternatives
//! with what each adds. Promise: no plan of the region that cures a conflict costs less than its `least` more.

use super::conflict::Conflict;
use super::growth::together;
use super::price::{Prices, Worth};
use super::region::{Alternative, Item, Region, price};
use crate::model::NodeId;
use std::collections::BTreeSet;

/// A conflict and what it costs in a region.
pub(super) struct Weighed<'c> {
    /// What may be taken, and what it costs.
    pub options: Vec<(&'c Alternative, Worth)>,
    /// Whether every plan that cures the breach takes one of them.
    pub complete: bool,
    /// Its breach, by position.
    pub breach: usize,
    /// What any of them costs at least.
    pub least: f64,
    /// Items, nodes and instances that its alternatives touch.
    pub keys: BTreeSet<Key>,
}

/// Something that two alternatives may have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Item(Item),
    Grown(NodeId),
    Shrunk(NodeId, usize),
}

/// What an alternative touches in a region: rows that hang together count as one.
pub(super) fn keys_of(region: &Region, alternative: &Alternative) -> BTreeSet<Key> {
    match alternative {
        Alternative::Do(item) => BTreeSet::from([Key::Item(item.clone())]),
        Alternative::Shrink(s) => BTreeSet::from([Key::Shrunk(s.instance, s.resource)]),
        Alternative::Grow(row) => {
            let mut rows = region.rows.clone();
            rows.push(row.clone());
            let parts = together(&rows);
            let mine = parts
                .into_iter()
                .find(|(terms, _)| terms.contains(&row.terms[0]));
            let terms = mine.map_or_else(|| row.terms.clone(), |(terms, _)| terms);
            terms.into_iter().map(Key::Grown).collect()
        }
    }
}

impl<'c> Weighed<'c> {
    pub fn of(prices: &Prices<'_>, region: &Region, conflict: &'c Conflict) -> Self {
        let options: Vec<(&Alternative, Worth)> = conflict
            .alternatives
            .iter()
            .filter_map(|a| Some((a, extra(prices, region, a)?)))
            .collect();
        let least = options.iter().map(|o| at_least(prices, region, o.0, o.1));
        let keys = options.iter().flat_map(|o| keys_of(region, o.0));
        Self {
            complete: conflict.complete,
            breach: conflict.breach,
            least: least.fold(f64::INFINITY, f64::min),
            keys: keys.collect(),
            options,
        }
    }
}

/// Complete conflicts that have nothing in common, greedily: what they cost adds up.
pub(super) fn apart<'w, 'c>(weighed: &'w [Weighed<'c>]) -> Vec<&'w Weighed<'c>> {
    let mut taken: Vec<&Weighed<'c>> = Vec::new();
    let counts = |w: &&Weighed<'c>| w.complete && w.least.is_finite() && w.least > 0.0;
    for w in weighed.iter().filter(counts) {
        if taken.iter().all(|t| t.keys.is_disjoint(&w.keys)) {
            taken.push(w);
        }
    }
    taken
}

/// What an alternative adds to the cost of a region; `None` where it cannot be taken.
pub(super) fn extra(
    prices: &Prices<'_>,
    region: &Region,
    alternative: &Alternative,
) -> Option<Worth> {
    match alternative {
        Alternative::Do(Item::Move(instance, _)) if region.moves(*instance) => None,
        Alternative::Do(item) => price(item, prices),
        Alternative::Shrink(shrink) => {
            let mut known = region.shrinks.iter();
            let all = prices.shrink(shrink)?;
            let before = known.find(|s| s.is_of(shrink));
            let before = before.and_then(|s| prices.shrink(s));
            let before = before.unwrap_or_default();
            Some(Worth(std::array::from_fn(|at| {
                (all.0[at] - before.0[at]).max(0.0)
            })))
        }
        Alternative::Grow(_) => {
            let before = region.growth(prices)?.least;
            let after = region.with(alternative).growth(prices)?.worth;
            let more = |at: usize| (after.0[at] - before.0[at]).max(0.0);
            Some(Worth([more(0), more(1), more(2)]))
        }
    }
}

/// What an alternative that adds `extra` adds at least: nothing, where the least growth is not known exactly.
fn at_least(prices: &Prices<'_>, region: &Region, alternative: &Alternative, extra: Worth) -> f64 {
    let is_exact = |region: &Region| {
        let grown = region.growth(prices);
        grown.is_some_and(|g| g.least.0[0] >= g.worth.0[0])
    };
    match alternative {
        Alternative::Grow(_) if !is_exact(region) || !is_exact(&region.with(alternative)) => 0.0,
        _ => extra.0[0],
    }
}
