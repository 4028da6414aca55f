//! Regions of plans. In: alternatives, taken one after another. Out: the cheapest plan of the region, as
//! changes. Promises: one region has one form, in whatever order it came to be.

use super::growth::{Grown, Row, least_growth};
use super::price::{Prices, Worth};
use crate::analysis::fix::{Change, Member, SecondPath, Shrink};
use crate::model::NodeId;
use std::collections::BTreeMap;

/// Something that is done or not, any number of times.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Item {
    /// A known outage is repaired, or a derating ends.
    Restore(NodeId),
    /// One more like a node, outside of these domains.
    Add(NodeId, Vec<NodeId>),
    /// An instance runs on another host.
    Move(NodeId, NodeId),
    /// A second path, once: its count is 1.
    Lay(SecondPath),
}

impl Item {
    /// So many of it, as a change.
    pub fn change(&self, count: u32) -> Change {
        match self {
            Self::Restore(v) => Change::Restore(*v),
            Self::Add(like, outside) => Change::AddMember(Member {
                like: *like,
                outside: outside.clone(),
                count,
            }),
            Self::Move(instance, host) => Change::Move(*instance, *host),
            Self::Lay(path) => Change::Lay(SecondPath {
                count,
                ..path.clone()
            }),
        }
    }
}

/// What a plan may do about a breach.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub(super) enum Alternative {
    Do(Item),
    Grow(Row),
    /// An instance takes no more than that.
    Shrink(Shrink),
}

/// All plans that do at least this.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Region {
    pub items: BTreeMap<Item, u32>,
    pub rows: Vec<Row>,
    /// Sorted by instance and resource.
    pub shrinks: Vec<Shrink>,
}

impl Region {
    /// Those of its plans that take an alternative.
    pub fn with(&self, alternative: &Alternative) -> Self {
        let mut region = self.clone();
        match alternative {
            Alternative::Do(item) => *region.items.entry(item.clone()).or_insert(0) += 1,
            Alternative::Grow(row) => {
                let known = region.rows.iter_mut().find(|r| r.terms == row.terms);
                match known {
                    Some(known) => known.least = known.least.max(row.least),
                    None => region.rows.push(row.clone()),
                }
                region.rows.sort_by(|x, y| x.terms.cmp(&y.terms));
            }
            Alternative::Shrink(shrink) => {
                match region.shrinks.iter_mut().find(|s| s.is_of(shrink)) {
                    Some(known) => known.to = known.to.min(shrink.to),
                    None => region.shrinks.push(*shrink),
                }
                region.shrinks.sort_by_key(|s| (s.instance, s.resource));
            }
        }
        region
    }

    /// The least growth that its rows ask for; `None` where they cannot be met.
    pub fn growth(&self, prices: &Prices<'_>) -> Option<Grown> {
        least_growth(&self.rows, prices)
    }

    /// Whether an instance already has another host.
    pub fn moves(&self, instance: NodeId) -> bool {
        let mut items = self.items.keys();
        items.any(|item| matches!(item, Item::Move(v, _) if *v == instance))
    }

    /// What costs something in it but growth.
    pub fn items_worth(&self, prices: &Prices<'_>) -> Worth {
        let mut worth = Worth::default();
        for (item, &count) in &self.items {
            let each = price(item, prices).unwrap_or(Worth::MOST);
            for _ in 0..count {
                worth = worth.plus(each);
            }
        }
        for shrink in &self.shrinks {
            worth = worth.plus(prices.shrink(shrink).unwrap_or(Worth::MOST));
        }
        worth
    }

    /// All that is done in it, with this growth, as changes.
    pub fn changes(&self, grown: &Grown) -> Vec<Change> {
        let items = self.items.iter().map(|(item, &count)| item.change(count));
        let shrinks = self.shrinks.iter().map(|s| Change::Shrink(*s));
        let grown = grown.amounts.iter();
        items
            .chain(grown.map(|(&v, &amount)| Change::AddCapacity(v, amount)))
            .chain(shrinks)
            .collect()
    }

    /// A text that two regions share only if they are the same.
    pub fn key(&self) -> String {
        let rows = self.rows.iter().map(|r| (&r.terms, r.least.to_bits()));
        format!(
            "{:?}{:?}{:?}",
            self.items,
            rows.collect::<Vec<_>>(),
            self.shrinks
        )
    }
}

/// What an item costs; `None` if it is not for sale.
pub(super) fn price(item: &Item, prices: &Prices<'_>) -> Option<Worth> {
    match item {
        Item::Restore(_) => prices.restore(),
        Item::Add(like, _) => prices.member(*like),
        Item::Move(instance, _) => prices.relocation(*instance),
        Item::Lay(path) => prices.path(path),
    }
}
