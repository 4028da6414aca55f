//! Where loads add up: one leaf per edge that can carry load, side by side per provider, and a
//! tree of partial sums above the leaves of providers with many consumers.

use super::to_u32;
use crate::engine::{Edge, NONE, TIERS};

/// More terms than this are added up in parts.
const MOST_TERMS: u32 = 32;
/// Terms per part.
const PART: u32 = 16;

pub(super) struct Sums {
    pub leaves: u32,
    pub terms: Vec<(u32, u32)>,
    pub adder: Vec<u32>,
    pub rank: Vec<u32>,
    pub network_flow: Vec<u32>,
    /// Node, first and one past the last of its partial sums; deepest tier first.
    pub hubs: Vec<(u32, u32, u32)>,
}

/// Numbers the leaves in order of provider, then of edge, and builds the trees. `routed` nodes get
/// one more leaf, the last, for what flows over their network add.
pub(super) fn build(n: usize, edges: &mut [Edge], level: &[u32], routed: &[bool]) -> Sums {
    let mut first = vec![0u32; n + 1];
    for e in edges.iter().filter(|e| e.flow != NONE) {
        first[e.provider as usize + 1] += 1;
    }
    for v in 0..n {
        first[v + 1] += first[v] + u32::from(routed[v]);
    }
    let mut next = first.clone();
    for e in edges.iter_mut().filter(|e| e.flow != NONE) {
        let at = &mut next[e.provider as usize];
        e.flow = *at;
        *at += 1;
    }
    let network_flow = (0..n)
        .map(|v| if routed[v] { next[v] } else { NONE })
        .collect();
    let leaves = first[n];
    let mut sums = Sums {
        leaves,
        terms: (0..n).map(|v| (first[v], first[v + 1])).collect(),
        adder: vec![0; leaves as usize],
        rank: level.iter().map(|l| l * TIERS).collect(),
        network_flow,
        hubs: Vec::new(),
    };
    for (v, &level) in (0u32..).zip(level) {
        sums.tree(v, level);
    }
    sums
}

impl Sums {
    /// Gives node `v` a tree of parts until the last tier is short.
    fn tree(&mut self, v: u32, level: u32) {
        let (mut first, mut last) = self.terms[v as usize];
        let mut tiers = 0;
        let mut count = last - first;
        while count > MOST_TERMS && tiers + 1 < TIERS {
            count = count.div_ceil(PART);
            tiers += 1;
        }
        let first_part = to_u32(self.terms.len());
        for tier in (1..=tiers).rev() {
            let start = to_u32(self.adder.len());
            for part in (first..last).step_by(PART as usize) {
                let unit = to_u32(self.terms.len());
                let end = (part + PART).min(last);
                self.terms.push((part, end));
                self.rank.push(level * TIERS + tier);
                self.adder[part as usize..end as usize].fill(unit);
                self.adder.push(NONE);
            }
            (first, last) = (start, to_u32(self.adder.len()));
        }
        if tiers > 0 {
            self.hubs.push((v, first_part, to_u32(self.terms.len())));
        }
        self.terms[v as usize] = (first, last);
        self.adder[first as usize..last as usize].fill(v);
    }
}
