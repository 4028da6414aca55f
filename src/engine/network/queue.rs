//! Nodes that wait for their turn, by distance.
//!
//! In a repair hardly more than a handful wait at once. Where their order must be exact they stand
//! in a short sorted list, and what does not fit goes to a heap; where order only saves visits, in
//! buckets.

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

/// A number that grows with the distance (≥ 0): 256 to each doubling.
#[inline]
fn key(distance: f64) -> u64 {
    distance.to_bits() >> 44
}

/// How many buckets there are.
const BUCKETS: usize = 64 * 64;

/// Nodes by distance, farthest first. Distances that are nearly the same are in one bucket, first
/// come, first served; so the order is that of distances but for links that are very short.
#[derive(Clone, Debug)]
pub(super) struct Far {
    /// What the first bucket is for.
    first: u64,
    /// Of nodes that are equally far, most stand in different buckets, by these bits of their
    /// numbers: as many as the shortest link leaves room for.
    apart: u32,
    /// One bit for each word of `full` that has one.
    some: u64,
    /// One bit for each bucket that has a node.
    full: [u64; BUCKETS / 64],
    /// By bucket: first and last node, if there is one.
    ends: Box<[(u32, u32); BUCKETS]>,
    /// By node: the next in its bucket, if it is not the last.
    next: Vec<u32>,
}

impl Far {
    /// For so many nodes, few of which are farther than `most`, joined by links of at least `least`.
    #[allow(clippy::cast_possible_truncation, reason = "between 1 and 64")]
    pub fn new(nodes: usize, most: f64, least: f64) -> Self {
        let most = most.clamp(f64::MIN_POSITIVE, f64::MAX);
        let room = key(most).abs_diff(key(most - least)).clamp(1, 64) as u32;
        Self {
            first: key(most).saturating_sub((BUCKETS - 65) as u64),
            apart: (1 << room.ilog2()) - 1,
            some: 0,
            full: [0; BUCKETS / 64],
            ends: Box::try_from(vec![(0, 0); BUCKETS]).expect("as many as there are buckets"),
            next: vec![0; nodes],
        }
    }

    /// The bucket of a node at a distance.
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "below 2^12")]
    fn bucket(&self, distance: f64, node: u32) -> usize {
        let number = key(distance).saturating_sub(self.first);
        let number = number.min((BUCKETS - 64) as u64) as usize;
        (number + (node & self.apart) as usize) % BUCKETS
    }

    /// `node` must not be waiting already.
    #[inline]
    pub fn push(&mut self, distance: f64, node: u32) {
        let bucket = self.bucket(distance, node);
        let (word, bit) = (bucket / 64, 1 << (bucket % 64));
        if self.full[word] & bit == 0 {
            self.full[word] |= bit;
            self.some |= 1 << word;
            self.ends[bucket] = (node, node);
        } else {
            let last = std::mem::replace(&mut self.ends[bucket].1, node);
            self.next[last as usize] = node;
        }
    }

    #[inline]
    pub fn pop(&mut self) -> Option<u32> {
        if self.some == 0 {
            return None;
        }
        let word = 63 - self.some.leading_zeros() as usize;
        let bit = 63 - self.full[word].leading_zeros() as usize;
        let ends = &mut self.ends[(word * 64 + bit) % BUCKETS];
        let (first, last) = *ends;
        if first == last {
            self.full[word] ^= 1 << bit;
            self.some ^= u64::from(self.full[word] == 0) << word;
        } else {
            ends.0 = self.next[first as usize];
        }
        Some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_come_out_in_order_however_many_wait() {
        for many in [1u32, 5, 32, 33, 200] {
            let mut near = Near::default();
            let mut far = Far::new(many as usize, f64::from(many), 1.0);
            for i in 0..many {
                let node = i * 37 % many;
                near.push(f64::from(node / 2), node, 0);
                far.push(f64::from(node / 2), node);
                if i % 3 == 0 {
                    near.push(0.25, many, 1);
                    assert_eq!(near.pop().map(|(d, _, _)| d <= 0.25), Some(true));
                }
            }
            let falling: Vec<u32> = std::iter::from_fn(|| far.pop()).map(|n| n / 2).collect();
            assert!(falling.is_sorted_by(|a, b| a >= b));
            assert_eq!(falling.len(), many as usize);
            let rising: Vec<f64> = std::iter::from_fn(|| near.pop()).map(|e| e.0).collect();
            assert!(rising.is_sorted());
        }
    }

    #[test]
    fn no_distance_is_too_far_or_too_near() {
        for most in [0.0, 1e-300, 5.0, f64::MAX, f64::INFINITY] {
            let mut far = Far::new(4, most, 1e-300);
            for (node, distance) in [(0, 0.0), (1, 3.0), (2, 1e300), (3, f64::INFINITY)] {
                far.push(distance, node);
            }
            let mut all: Vec<u32> = std::iter::from_fn(|| far.pop()).collect();
            all.sort_unstable();
            assert_eq!(all, [0, 1, 2, 3]);
        }
    }
}
