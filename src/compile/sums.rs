//! Where loads add up: one leaf per edge that can carry load, side by side per provider, and a
//! tree of partial sums above the leaves of providers with many consumers.

use super::number::to_u32;
use super::order::Order;
use crate::engine::{Draw, Edge, NONE, TIERS};

/// Stands for the leaf of an edge inside a loop, until it is numbered.
pub(super) const INSIDE: u32 = NONE - 1;

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
    /// Per node: the unit that stands for it in the load pass.
    pub entry: Vec<u32>,
}

/// Numbers the leaves in order of provider, then of edge, and builds the trees. `routed` nodes get
/// one more leaf, the last, for what flows over their network add; each of `draws` has one before
/// that. What the members of a loop send each other is no term of these sums: `inside` leaves follow
/// for it.
pub(super) fn build(
    (edges, draws): (&mut [Edge], &mut [Draw]),
    inside: u32,
    order: &Order,
    routed: &[bool],
) -> Sums {
    let n = order.node_of.len();
    let carries = |e: &&mut Edge| e.flow != NONE && e.flow != INSIDE;
    let mut first = vec![0u32; n + 1];
    for e in edges.iter_mut().filter(carries) {
        first[e.provider as usize + 1] += 1;
    }
    for draw in draws.iter() {
        first[draw.provider as usize + 1] += 1;
    }
    for v in 0..n {
        first[v + 1] += first[v] + u32::from(routed[v]);
    }
    let mut next = first.clone();
    for e in edges.iter_mut().filter(carries) {
        let at = &mut next[e.provider as usize];
        e.flow = *at;
        *at += 1;
    }
    for draw in draws {
        let at = &mut next[draw.provider as usize];
        draw.flow = *at;
        *at += 1;
    }
    let network_flow = (0..n)
        .map(|v| if routed[v] { next[v] } else { NONE })
        .collect();
    let leaves = first[n] + inside;
    let mut entry: Vec<u32> = (0..to_u32(n)).collect();
    for &(first, last) in &order.loops {
        entry[first as usize..last as usize].fill(last - 1);
    }
    let mut sums = Sums {
        leaves,
        terms: (0..n).map(|v| (first[v], first[v + 1])).collect(),
        adder: vec![NONE; leaves as usize],
        rank: order.stage.iter().map(|s| s * TIERS).collect(),
        network_flow,
        hubs: Vec::new(),
        entry,
    };
    for (v, &stage) in (0u32..).zip(&order.stage) {
        sums.tree(v, stage);
    }
    sums
}

impl Sums {
    /// Gives node `v` a tree of parts until the last tier is short.
    fn tree(&mut self, v: u32, stage: u32) {
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
                self.rank.push(stage * TIERS + tier);
                self.adder[part as usize..end as usize].fill(unit);
                self.adder.push(NONE);
            }
            (first, last) = (start, to_u32(self.adder.len()));
        }
        if tiers > 0 {
            self.hubs.push((v, first_part, to_u32(self.terms.len())));
        }
        self.terms[v as usize] = (first, last);
        self.adder[first as usize..last as usize].fill(self.entry[v as usize]);
    }
}
