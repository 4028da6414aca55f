//! Nodes that wait for their turn, by distance.
//!
//! In a repair hardly more than a handful wait at once: those stand in a short sorted list. What
//! does not fit goes to a heap, so that a network that moves as a whole costs no more than it must.

use std::collections::BinaryHeap;

/// Most that the sorted list holds.
const FEW: usize = 32;

/// Who waits: the largest key first; then node and note.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    key: u64,
    node: u32,
    note: u32,
}

/// Nodes in order of a key, largest first.
#[derive(Clone, Debug)]
struct Queue {
    /// A ring: from `head` to before `tail`, both modulo its length, falling keys.
    few: [Entry; FEW],
    head: usize,
    tail: usize,
    rest: BinaryHeap<Entry>,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            few: [Entry::default(); FEW],
            head: 0,
            tail: 0,
            rest: BinaryHeap::new(),
        }
    }
}

impl Queue {
    #[inline]
    fn push(&mut self, entry: Entry) {
        if self.tail - self.head == FEW {
            self.rest.push(entry);
            return;
        }
        let mut at = self.tail;
        self.tail += 1;
        while at > self.head && self.few[(at - 1) % FEW].key < entry.key {
            self.few[at % FEW] = self.few[(at - 1) % FEW];
            at -= 1;
        }
        self.few[at % FEW] = entry;
    }

    #[inline]
    fn pop(&mut self) -> Option<Entry> {
        if !self.rest.is_empty() {
            return self.pop_of_many();
        }
        if self.head == self.tail {
            return None;
        }
        self.head += 1;
        Some(self.few[(self.head - 1) % FEW])
    }

    #[cold]
    fn pop_of_many(&mut self) -> Option<Entry> {
        let is_few = self.head < self.tail
            && self.rest.peek().map(|other| other.key) <= Some(self.few[self.head % FEW].key);
        if is_few {
            self.head += 1;
            return Some(self.few[(self.head - 1) % FEW]);
        }
        self.rest.pop()
    }
}

/// Nodes by distance, nearest first, each with a note.
#[derive(Clone, Debug, Default)]
pub(super) struct Near(Queue);

impl Near {
    /// `distance` is never negative, so its bits sort as it does.
    #[inline]
    pub fn push(&mut self, distance: f64, node: u32, note: u32) {
        let key = !distance.to_bits();
        self.0.push(Entry { key, node, note });
    }

    #[inline]
    pub fn pop(&mut self) -> Option<(f64, u32, u32)> {
        let Entry { key, node, note } = self.0.pop()?;
        Some((f64::from_bits(!key), node, note))
    }
}

/// Nodes by distance, farthest first, each with a note.
#[derive(Clone, Debug, Default)]
pub(super) struct Far(Queue);

impl Far {
    #[inline]
    pub fn push(&mut self, distance: f64, node: u32, note: u32) {
        let key = distance.to_bits();
        self.0.push(Entry { key, node, note });
    }

    #[inline]
    pub fn pop(&mut self) -> Option<(u32, u32)> {
        self.0.pop().map(|entry| (entry.node, entry.note))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_come_out_in_order_however_many_wait() {
        for many in [1u32, 5, 32, 33, 200] {
            let (mut near, mut far) = (Near::default(), Far::default());
            for i in 0..many {
                let node = i * 37 % many;
                near.push(f64::from(node / 2), node, 0);
                far.push(f64::from(node / 2), node, 7);
                if i % 3 == 0 {
                    near.push(0.25, many, 1);
                    assert_eq!(near.pop().map(|(d, _, _)| d <= 0.25), Some(true));
                }
            }
            let falling: Vec<u32> = std::iter::from_fn(|| far.pop()).map(|e| e.0 / 2).collect();
            assert!(falling.is_sorted_by(|a, b| a >= b));
            assert_eq!(falling.len(), many as usize);
            let rising: Vec<f64> = std::iter::from_fn(|| near.pop()).map(|e| e.0).collect();
            assert!(rising.is_sorted());
        }
    }
}
