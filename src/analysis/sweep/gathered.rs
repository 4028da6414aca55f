//! Contingencies of one sort, gathered by the workers of a sweep.
//!
//! In: what each contingency does. Out: [`ByOrder`], all counted and the first of them listed, the same in
//! whatever order the work was done and put together; and [`ByOrderRecord`], the same of a part, to be written.

use crate::analysis::ByOrder;
use crate::model::{CaseId, NodeId};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// What a contingency does at a load case, as far as lists are sorted by it.
pub(super) trait Ranked {
    /// What fails.
    fn elements(&self) -> &[NodeId];
    /// At which load case.
    fn case(&self) -> CaseId;
    /// How much it does.
    fn size(&self) -> usize;
}

/// Those seen so far.
#[derive(Clone, Debug)]
pub(super) struct Gathered<T> {
    all: ByOrder<T>,
    keep: usize,
}

/// Contingencies of one sort, to be written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ByOrderRecord<T> {
    pub count: Vec<u64>,
    pub listed: Vec<T>,
}

impl<T> Default for ByOrderRecord<T> {
    fn default() -> Self {
        Self {
            count: Vec::new(),
            listed: Vec::new(),
        }
    }
}

impl<T: Ranked + Clone> Gathered<T> {
    /// None yet, of orders up to `order`; so many are kept.
    pub fn new(order: u32, keep: usize) -> Self {
        Self {
            all: ByOrder {
                count: vec![0; order as usize],
                ..ByOrder::default()
            },
            keep,
        }
    }

    /// Adds what the base state does.
    pub fn add_base(&mut self, found: impl IntoIterator<Item = T>) {
        self.all.base.extend(found);
    }

    /// Adds what contingencies of at least one element do.
    pub fn add(&mut self, found: impl IntoIterator<Item = T>) {
        for one in found {
            self.all.count[one.elements().len() - 1] += 1;
            self.all.listed.push(one);
        }
        self.cut_if_long();
    }

    /// Adds what another found, of other contingencies.
    pub fn merge(&mut self, other: Self) {
        let counts = self.all.count.iter_mut().zip(other.all.count);
        counts.for_each(|(mine, other)| *mine += other);
        self.all.listed.extend(other.all.listed);
        self.all.base.extend(other.all.base);
        self.cut_if_long();
    }

    /// What contingencies of at least one element do, to be written; nothing where there is none.
    pub fn record(&self) -> ByOrderRecord<T> {
        if self.all.count.iter().all(|&n| n == 0) {
            return ByOrderRecord::default();
        }
        let mut all = Self {
            all: ByOrder {
                listed: self.all.listed.clone(),
                ..ByOrder::default()
            },
            keep: self.keep,
        };
        all.cut();
        ByOrderRecord {
            count: self.all.count.clone(),
            listed: all.all.listed,
        }
    }

    /// Adds what was written, of other contingencies.
    pub fn add_record(&mut self, record: &ByOrderRecord<T>) {
        let counts = self.all.count.iter_mut().zip(&record.count);
        counts.for_each(|(mine, other)| *mine += other);
        self.all.listed.extend_from_slice(&record.listed);
        self.cut_if_long();
    }

    /// Every one that was kept so far.
    pub fn listed(&self) -> &[T] {
        &self.all.listed
    }

    /// All of them, sorted.
    pub fn finish(mut self) -> ByOrder<T> {
        self.cut();
        self.all.base.sort_by_key(Ranked::case);
        self.all
    }

    fn cut_if_long(&mut self) {
        if self.all.listed.len() / 2 >= self.keep {
            self.cut();
        }
    }

    fn cut(&mut self) {
        self.all.listed.sort_unstable_by(order);
        self.all.listed.truncate(self.keep);
    }
}

/// Fewest elements first, then those that do most.
fn order<T: Ranked>(a: &T, b: &T) -> Ordering {
    let (mine, other) = (a.elements(), b.elements());
    let by_count = mine.len().cmp(&other.len());
    by_count
        .then(b.size().cmp(&a.size()))
        .then_with(|| mine.cmp(other))
        .then(a.case().cmp(&b.case()))
}
