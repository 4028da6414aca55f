//! The arithmetic of the three passes for one node in all lanes: the same operations in the same
//! order as for one state at a time.

use super::super::lanes::by_lane;
use crate::engine::compiled::{Edge, Requirement, Rule};
use crate::engine::ix::NONE;
use crate::engine::values::{shard_total, shard_weight, total_weight};
use crate::model::Split;

/// How many states there are.
pub const STATES: usize = 8;

/// A value per state.
pub type Row = [f64; STATES];

/// A bit per state.
pub type Mask = u8;

/// The same in every state.
#[inline]
pub fn mask(on: bool) -> Mask {
    if on { Mask::MAX } else { 0 }
}

#[inline]
fn bit(mask: Mask, lane: usize) -> bool {
    mask >> lane & 1 == 1
}

/// Whether any lane differs in any bit.
#[inline]
pub fn differs(a: &Row, b: &Row) -> bool {
    let bits = |bits, (a, b): (&f64, &f64)| bits | (a.to_bits() ^ b.to_bits());
    a.iter().zip(b).fold(0, bits) != 0
}

/// For each mask, all bits of the lanes that it names.
static SPREAD: [[u64; 8]; 256] = {
    let mut spread = [[0; 8]; 256];
    let mut mask = 0;
    while mask < 256 {
        let mut lane = 0;
        while lane < 8 {
            if mask >> lane & 1 == 1 {
                spread[mask][lane] = u64::MAX;
            }
            lane += 1;
        }
        mask += 1;
    }
    spread
};

/// The value in the lanes of the mask, 0 elsewhere.
#[inline]
pub fn only(mask: Mask, mut row: Row) -> Row {
    for (x, keep) in row.iter_mut().zip(&SPREAD[mask as usize]) {
        *x = f64::from_bits(x.to_bits() & keep);
    }
    row
}

/// In which states at least `need` of the providers work.
#[inline]
pub fn enough(works: &[Mask], edges: &[Edge], need: u32) -> Mask {
    let masks = || edges.iter().map(|e| works[e.provider as usize]);
    match need as usize {
        0 => Mask::MAX,
        1 => {
            let mut any = 0;
            for w in masks() {
                any |= w;
                if any == Mask::MAX {
                    break;
                }
            }
            any
        }
        n if n == edges.len() => masks().fold(Mask::MAX, |all, w| all & w),
        _ => {
            let missing = masks().filter(|&w| w != Mask::MAX);
            let mut lost = [0u32; STATES];
            for mask in missing {
                for (l, lost) in lost.iter_mut().enumerate() {
                    *lost += u32::from(!bit(mask, l));
                }
            }
            let spare = u32::try_from(edges.len()).unwrap_or(NONE) - need;
            lanes(|l| lost[l] <= spare)
        }
    }
}

#[inline]
fn lanes(is: impl Fn(usize) -> bool) -> Mask {
    (0..STATES).fold(0, |mask, l| mask | Mask::from(is(l)) << l)
}

/// The terms added up, on top of `start`.
#[inline]
pub fn sum(terms: &[Row], start: f64) -> Row {
    let mut sum = [start; STATES];
    for term in terms {
        sum.iter_mut().zip(term).for_each(|(sum, t)| *sum += t);
    }
    sum
}

/// What a consumer that works in `working` sends to each provider of a requirement, through `set`,
/// which is given the leaf and its values.
#[inline]
pub fn send(
    works: &[Mask],
    edges: &[Edge],
    r: &Requirement,
    working: Mask,
    load: &Row,
    mut set: impl FnMut(usize, &Row),
) {
    let gets = |e: &Edge| working & works[e.provider as usize];
    let loaded = || edges.iter().filter(|e| e.flow != NONE);
    match r.rule {
        Rule::All | Rule::WorksOnly | Rule::Group(Split::Copy) => {
            for e in loaded() {
                set(e.flow as usize, &only(gets(e), load.map(|x| x * e.factor)));
            }
        }
        Rule::Group(Split::Share) => {
            let (total, even) = total(works, edges);
            for e in loaded() {
                let value: Row = if even == 0 {
                    by_lane(|l| load[l] * e.factor * e.weight / total[l])
                } else {
                    by_lane(|l| {
                        let share = load[l] * e.factor;
                        (if bit(even, l) {
                            share
                        } else {
                            share * e.weight
                        }) / total[l]
                    })
                };
                // No part of any load, even of one without bound.
                let weighs = if e.weight > 0.0 { Mask::MAX } else { even };
                set(e.flow as usize, &only(gets(e) & weighs, value));
            }
        }
        Rule::Group(Split::Shard) => {
            let weights = total_weight(edges);
            let over = shard_total(edges, weights);
            for e in loaded() {
                let weight = shard_weight(e, weights);
                let weighs = mask(weight > 0.0);
                let value = load.map(|x| x * e.factor * weight / over);
                set(e.flow as usize, &only(gets(e) & weighs, value));
            }
        }
        Rule::Group(Split::Standby) => {
            let k = r.need.max(1);
            let mut left = [k; STATES];
            for e in edges {
                let mut active = 0;
                let provider = works[e.provider as usize];
                for (l, left) in left.iter_mut().enumerate() {
                    let takes = *left > 0 && bit(provider, l);
                    *left -= u32::from(takes);
                    active |= Mask::from(takes) << l;
                }
                if e.flow != NONE {
                    let value = load.map(|x| x * e.factor / f64::from(k));
                    set(e.flow as usize, &only(working & active, value));
                }
            }
        }
    }
}

/// The weights of the providers that work, added up per state; how many work in the states where
/// those have no weight, and which states these are.
#[inline]
fn total(works: &[Mask], edges: &[Edge]) -> (Row, Mask) {
    let mut total = [0.0; STATES];
    for e in edges {
        count(&mut total, works[e.provider as usize], e.weight);
    }
    let mut even = 0;
    if edges.iter().any(|e| e.weight <= 0.0) {
        let any = edges
            .iter()
            .fold(0, |any, e| any | works[e.provider as usize]);
        even = any & lanes(|l| total[l] <= 0.0);
        for e in edges.iter().filter(|_| even != 0) {
            count(&mut total, works[e.provider as usize] & even, 1.0);
        }
    }
    (total, even)
}

#[inline]
fn count(total: &mut Row, mask: Mask, weight: f64) {
    // Without a branch: who works is hard to guess where much has failed.
    let of = only(mask, [weight; STATES]);
    total.iter_mut().zip(of).for_each(|(t, w)| *t += w);
}

/// What a node serves of its load by itself.
#[inline]
pub fn own(capacity: f64, load: &Row) -> Row {
    if any_above(load, capacity) {
        load.map(|x| if x > capacity { capacity / x } else { 1.0 })
    } else {
        [1.0; STATES]
    }
}

/// Whether any lane is above a bound.
#[inline]
#[allow(
    clippy::needless_bitwise_bool,
    reason = "all lanes at once, without a branch for each"
)]
pub fn any_above(row: &Row, bound: f64) -> bool {
    row.iter().fold(false, |any, x| any | (*x > bound))
}

/// Takes each lane down to what one requirement delivers, if that is less.
#[inline]
pub fn lower(least: &mut Row, r: &Requirement, edges: &[Edge], works: &[Mask], delivered: &[Row]) {
    let of = |e: &Edge| &delivered[e.provider as usize];
    match r.rule {
        Rule::All | Rule::WorksOnly => edges.iter().for_each(|e| min(least, of(e))),
        Rule::Group(Split::Share) => {
            let (total, even) = total(works, edges);
            let mut sum = [0.0; STATES];
            for e in edges {
                // Who does not work delivers 0, and 0 changes no bit of a sum.
                if even == 0 {
                    add(&mut sum, |_| e.weight, of(e));
                } else {
                    add(
                        &mut sum,
                        |l| if bit(even, l) { 1.0 } else { e.weight },
                        of(e),
                    );
                }
            }
            min(least, &by_lane(|l| sum[l] / total[l]));
        }
        Rule::Group(Split::Shard) => {
            let weights = total_weight(edges);
            let over = shard_total(edges, weights);
            let mut sum = [0.0; STATES];
            for e in edges {
                let weight = shard_weight(e, weights);
                add(&mut sum, |_| weight, of(e));
            }
            min(least, &sum.map(|x| x / over));
        }
        Rule::Group(Split::Standby) => {
            let mut left = [r.need; STATES];
            let mut sum = [0.0; STATES];
            for e in edges {
                let (mask, value) = (works[e.provider as usize], of(e));
                for l in 0..STATES {
                    if left[l] > 0 && bit(mask, l) {
                        left[l] -= 1;
                        sum[l] += value[l];
                    }
                }
            }
            min(least, &sum.map(|x| x / f64::from(r.need)));
        }
        Rule::Group(Split::Copy) => {
            let values = |l: usize| edges.iter().map(move |e| delivered[e.provider as usize][l]);
            let value = by_lane(|l| super::super::values::largest(values(l), r.need as usize));
            min(least, &value);
        }
    }
}

#[inline]
fn add(sum: &mut Row, weight: impl Fn(usize) -> f64, value: &Row) {
    for l in 0..STATES {
        sum[l] += weight(l) * value[l];
    }
}

#[inline]
fn min(least: &mut Row, value: &Row) {
    for (least, value) in least.iter_mut().zip(value) {
        // As `f64::min`, but for NaN: 0/0 where no provider works, and then nobody looks.
        *least = if *value < *least { *value } else { *least };
    }
}

/// Writes the value of the open lanes, and keeps the furthest that each lane moved; whether any
/// did.
pub fn step(at: &mut Row, value: &Row, open: Mask, moved: &mut Row) -> bool {
    let mut changed = false;
    for l in (0..STATES).filter(|&l| bit(open, l)) {
        changed |= at[l].to_bits() != value[l].to_bits();
        moved[l] = moved[l].max((at[l] - value[l]).abs());
        at[l] = value[l];
    }
    changed
}

/// The lanes above a bound.
pub fn above(row: &Row, bound: f64) -> Mask {
    lanes(|l| row[l] > bound)
}
