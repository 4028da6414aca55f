//! A queue by level that holds each entry once. Levels may be many and mostly empty.

use std::collections::BinaryHeap;

/// Entries waiting, by level. A run pops from the highest level, and pushes only below it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Queue {
    waiting: Vec<bool>,
    levels: Vec<Vec<u32>>,
    /// Levels with entries, the highest on top.
    highest: BinaryHeap<u32>,
}

impl Queue {
    /// For entries `0..entries`.
    pub fn new(entries: usize) -> Self {
        Self {
            waiting: vec![false; entries],
            ..Self::default()
        }
    }

    /// Queues an entry unless it waits already.
    pub fn push(&mut self, level: u32, entry: u32) {
        let waits = &mut self.waiting[entry as usize];
        if *waits {
            return;
        }
        *waits = true;
        let at = level as usize;
        if self.levels.len() <= at {
            self.levels.resize_with(at + 1, Vec::new);
        }
        if self.levels[at].is_empty() {
            self.highest.push(level);
        }
        self.levels[at].push(entry);
    }

    /// Takes an entry from the highest level.
    pub fn pop(&mut self) -> Option<u32> {
        let level = *self.highest.peek()? as usize;
        let entry = self.levels[level].pop()?;
        if self.levels[level].is_empty() {
            self.highest.pop();
        }
        self.waiting[entry as usize] = false;
        Some(entry)
    }
}
