//! Alternatives as they are found, of one state.

use super::growth::Row;
use super::region::Item;
use crate::analysis::fix::Shrink;
use std::collections::BTreeSet;

/// Alternatives as they are found.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub items: BTreeSet<Item>,
    pub rows: Vec<Row>,
    pub shrinks: Vec<Shrink>,
    pub complete: bool,
}

impl Default for Found {
    fn default() -> Self {
        Self {
            items: BTreeSet::new(),
            rows: Vec::new(),
            shrinks: Vec::new(),
            complete: true,
        }
    }
}

impl Found {
    pub fn has_any(&self) -> bool {
        !self.items.is_empty() || !self.rows.is_empty() || !self.shrinks.is_empty()
    }

    pub fn join(&mut self, other: Self) {
        self.items.extend(other.items);
        for row in other.rows {
            if !self.rows.contains(&row) {
                self.rows.push(row);
            }
        }
        self.shrinks.extend(other.shrinks);
        self.complete &= other.complete;
    }
}
