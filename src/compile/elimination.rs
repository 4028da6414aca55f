//! How the load of a loop is worked out: which entries the elimination of its members makes, in
//! which order.
//!
//! In: the members of a loop and who sends to whom. Out: the pattern that
//! the engine fills in. The next to go is always the member that joins
//! fewest others, so that rings and trees stay as thin as they are; once those that are left all
//! send to most others, they go as one full square.

use super::number::to_u32;
use crate::engine::Loop;
use std::collections::BTreeSet;

/// The pattern for members `first..last` (places in the compiled order); `sent` has provider and
/// consumer, counted from `first`, of every leaf from `inner` on.
pub(super) fn pattern(first: u32, last: u32, inner: u32, sent: &[(u32, u32)]) -> Loop {
    let n = (last - first) as usize;
    let mut draft = Draft::new(n, sent);
    draft.eliminate();
    let mut step = vec![0u32; n];
    for (at, &v) in (0u32..).zip(&draft.order) {
        step[v as usize] = at;
    }
    let mut rows: Vec<Vec<u32>> = vec![Vec::new(); n];
    for (v, row) in draft.rows.iter().enumerate() {
        let row: &mut Vec<u32> = &mut row.iter().map(|&c| step[c as usize]).collect();
        row.push(step[v]);
        row.sort_unstable();
        row.dedup();
        rows[step[v] as usize] = std::mem::take(row);
    }
    let mut row = vec![0u32];
    let mut column = Vec::new();
    let mut diagonal = Vec::with_capacity(n);
    for (at, entries) in (0u32..).zip(&rows) {
        let before = entries.partition_point(|&c| c < at);
        diagonal.push(to_u32(column.len() + before));
        column.extend_from_slice(entries);
        row.push(to_u32(column.len()));
    }
    let slot = sent.iter().map(|&(p, c)| {
        let (p, c) = (step[p as usize], step[c as usize]);
        row[p as usize] + to_u32(rows[p as usize].partition_point(|&x| x < c))
    });
    Loop {
        slot: slot.collect(),
        first,
        last,
        inner,
        step,
        row,
        column,
        diagonal,
    }
}

/// A square of which some rows and columns are eliminated.
struct Draft {
    /// Per provider: consumers that send to it, those that were eliminated included.
    rows: Vec<BTreeSet<u32>>,
    /// Per consumer that is left: providers that are left.
    columns: Vec<BTreeSet<u32>>,
    /// Per provider that is left: how many of its consumers are.
    left: Vec<u32>,
    queue: BTreeSet<(u64, u32)>,
    order: Vec<u32>,
    is_gone: Vec<bool>,
}

impl Draft {
    fn new(n: usize, sent: &[(u32, u32)]) -> Self {
        let mut draft = Self {
            rows: vec![BTreeSet::new(); n],
            columns: vec![BTreeSet::new(); n],
            left: vec![0; n],
            queue: BTreeSet::new(),
            order: Vec::with_capacity(n),
            is_gone: vec![false; n],
        };
        for &(p, c) in sent.iter().filter(|(p, c)| p != c) {
            draft.rows[p as usize].insert(c);
            draft.columns[c as usize].insert(p);
        }
        for v in 0..n {
            draft.left[v] = to_u32(draft.rows[v].len());
            draft.queue.insert(draft.key(to_u32(v)));
        }
        draft
    }

    /// How many entries the elimination of a member may make.
    fn key(&self, v: u32) -> (u64, u32) {
        let (v, columns) = (v as usize, &self.columns[v as usize]);
        (u64::from(self.left[v]) * columns.len() as u64, to_u32(v))
    }

    fn eliminate(&mut self) {
        while let Some((cost, v)) = self.queue.pop_first() {
            let rest = self.queue.len() as u64;
            if rest > 1 && cost * 4 >= rest * rest * 3 {
                self.queue.insert((cost, v));
                return self.fill();
            }
            self.step(v);
        }
    }

    fn step(&mut self, v: u32) {
        self.order.push(v);
        self.is_gone[v as usize] = true;
        let providers = std::mem::take(&mut self.columns[v as usize]);
        let consumers = self.rows[v as usize].iter().copied();
        let consumers: Vec<u32> = consumers.filter(|&c| !self.is_gone[c as usize]).collect();
        let touched = || providers.iter().chain(&consumers);
        for &w in touched() {
            let key = self.key(w);
            self.queue.remove(&key);
        }
        for &c in &consumers {
            self.columns[c as usize].remove(&v);
        }
        for &p in &providers {
            self.left[p as usize] -= 1;
            for &c in consumers.iter().filter(|&&c| c != p) {
                if self.rows[p as usize].insert(c) {
                    self.columns[c as usize].insert(p);
                    self.left[p as usize] += 1;
                }
            }
        }
        for &w in touched() {
            let key = self.key(w);
            self.queue.insert(key);
        }
    }

    /// All that are left go, each with all others.
    fn fill(&mut self) {
        let mut rest: Vec<u32> = self.queue.iter().map(|&(_, v)| v).collect();
        rest.sort_unstable();
        for &v in &rest {
            self.rows[v as usize].extend(&rest);
        }
        self.order.extend(rest);
        self.queue.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Members eliminated one after the other make no entry that the pattern lacks.
    fn is_closed(pattern: &Loop) {
        let n = pattern.row.len() - 1;
        let row = |i: usize| &pattern.column[pattern.row[i] as usize..pattern.row[i + 1] as usize];
        for i in 0..n {
            assert_eq!(pattern.column[pattern.diagonal[i] as usize] as usize, i);
            assert!(row(i).windows(2).all(|w| w[0] < w[1]), "sorted");
            for &k in row(i).iter().take_while(|&&k| (k as usize) < i) {
                for j in row(k as usize).iter().filter(|&&j| j > k) {
                    assert!(row(i).binary_search(j).is_ok(), "{i} {k} {j}");
                }
            }
        }
    }

    #[test]
    fn a_ring_stays_thin() {
        let n = 1000;
        let sent: Vec<(u32, u32)> = (0..n).map(|v| ((v + 1) % n, v)).collect();
        let pattern = pattern(0, n, 0, &sent);
        is_closed(&pattern);
        assert!(pattern.column.len() <= 4 * n as usize);
    }

    #[test]
    fn what_is_eliminated_finds_its_entries() {
        let mut x = 7u64;
        for n in [1, 2, 3, 8, 20, 60] {
            let mut sent = Vec::new();
            for v in 0..n {
                sent.push(((v + 1) % n, v));
                x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                sent.push((u32::try_from(x >> 33).unwrap() % n, v));
            }
            let pattern = pattern(10, 10 + n, 0, &sent);
            is_closed(&pattern);
            for (&(p, c), &slot) in sent.iter().zip(&pattern.slot) {
                let (p, c) = (pattern.step[p as usize], pattern.step[c as usize]);
                assert_eq!(pattern.column[slot as usize], c);
                assert!(pattern.row[p as usize] <= slot && slot < pattern.row[p as usize + 1]);
            }
        }
    }
}
