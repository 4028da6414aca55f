//! Ways through a small network, link by link: whether any is left.
//!
//! In: a [`Shape`]. Out: layers of choices, one for each link, which lead to "there is a way", to "there can be none
//! any more" or on to the next layer. Of the links looked at it matters only which places of the frontier they
//! join, so there is a choice per link and partition of the frontier (after Sekine and Imai, 1995) instead of
//! one per set of links.

use super::bdd::TooLarge;
use super::ways::{Shape, last_uses};
use std::collections::HashMap;

/// Partitions of one frontier, and of all of them.
const MOST: (usize, usize) = (5_000, 100_000);

/// Where a choice leads.
#[derive(Clone, Copy, Debug)]
pub enum Next {
    /// There is a way.
    Joined,
    /// There can be none any more.
    Parted,
    /// To a partition of the next frontier.
    On(usize),
}

/// A partition of the frontier: for each of its places the number of its part. Equal partitions are
/// equal values.
type Parts = Vec<u8>;

/// The links one by one, with the places that stand in the frontier after each.
pub struct Frontiers<'s> {
    shape: &'s Shape,
    last: HashMap<u32, usize>,
    /// The frontier before the link at hand; the two ends of all ways are its first places.
    now: Vec<u32>,
}

impl<'s> Frontiers<'s> {
    /// Before the first link.
    pub fn new(shape: &'s Shape) -> Self {
        Self {
            shape,
            last: last_uses(shape.ends.iter().copied()),
            now: vec![shape.from, shape.to],
        }
    }

    /// The layers of the diagram, per partition what follows if the link works and if it does not.
    pub fn layers(mut self) -> Result<Vec<Vec<[Next; 2]>>, TooLarge> {
        let mut states: Vec<Parts> = vec![vec![0, 1]];
        let (mut layers, mut all) = (Vec::with_capacity(self.shape.ends.len()), 0);
        for at in 0..self.shape.ends.len() {
            let (a, b) = self.shape.ends[at];
            let mut with = self.now.clone();
            for v in [a, b] {
                if !with.contains(&v) {
                    with.push(v);
                }
            }
            let ends = |v: &u32| *v == self.shape.from || *v == self.shape.to;
            let goes_on = |v: &u32| self.last.get(v).is_some_and(|&last| last > at);
            let after: Vec<u32> = with
                .iter()
                .copied()
                .filter(|v| ends(v) || goes_on(v))
                .collect();
            let place = |v: u32| with.iter().position(|&w| w == v).unwrap_or(0);
            let (a, b) = (place(a), place(b));
            let kept: Vec<usize> = after.iter().map(|&v| place(v)).collect();
            let alive: Vec<bool> = after.iter().map(goes_on).collect();
            let mut known: HashMap<Parts, usize> = HashMap::new();
            let mut next: Vec<Parts> = Vec::new();
            let mut layer = Vec::with_capacity(states.len());
            for state in &states {
                let mut parts = state.clone();
                // New places are parts of their own.
                parts.extend([u8::MAX - 1, u8::MAX].iter().take(with.len() - parts.len()));
                let mut joined = parts.clone();
                let (into, from) = (joined[a], joined[b]);
                joined
                    .iter_mut()
                    .filter(|p| **p == from)
                    .for_each(|p| *p = into);
                layer.push([joined, parts].map(|parts| {
                    let parts = numbered(kept.iter().map(|&k| parts[k]));
                    follow(parts, &alive, &mut known, &mut next)
                }));
            }
            all += next.len();
            if next.len() > MOST.0 || all > MOST.1 {
                return Err(TooLarge);
            }
            layers.push(layer);
            (states, self.now) = (next, after);
        }
        Ok(layers)
    }
}

/// Parts numbered in the order in which they are met.
fn numbered(parts: impl Iterator<Item = u8>) -> Parts {
    let mut met: Vec<u8> = Vec::new();
    let number = |p: u8| {
        let at = met.iter().position(|&m| m == p).unwrap_or_else(|| {
            met.push(p);
            met.len() - 1
        });
        u8::try_from(at).unwrap_or(u8::MAX)
    };
    parts.map(number).collect()
}

fn follow(
    parts: Parts,
    alive: &[bool],
    known: &mut HashMap<Parts, usize>,
    next: &mut Vec<Parts>,
) -> Next {
    if parts[0] == parts[1] {
        return Next::Joined;
    }
    let goes_on = |end: u8| {
        parts
            .iter()
            .zip(alive)
            .any(|(&p, &alive)| p == end && alive)
    };
    if !goes_on(parts[0]) || !goes_on(parts[1]) {
        return Next::Parted;
    }
    let at = *known.entry(parts).or_insert_with_key(|parts| {
        next.push(parts.clone());
        next.len() - 1
    });
    Next::On(at)
}

#[cfg(test)]
mod tests {
    use super::super::ways::Ways;
    use super::*;

    #[test]
    fn a_ladder_is_narrow_and_a_full_mesh_is_not() {
        let ladder: Vec<(u32, u32)> = (0..40u32)
            .flat_map(|i| {
                [
                    (2 * i, 2 * i + 1),
                    (2 * i, 2 * i + 2),
                    (2 * i + 1, 2 * i + 3),
                ]
            })
            .collect();
        let ways = Ways::new(&ladder, (0, 81), |_| true).expect("narrow");
        let layers = Frontiers::new(&ways.shape).layers().expect("few");
        assert!(layers.iter().all(|layer| layer.len() <= 15));
        let mesh: Vec<(u32, u32)> = (0..20u32)
            .flat_map(|a| (0..a).map(move |b| (a, b)))
            .collect();
        assert!(Ways::new(&mesh, (0, 1), |_| true).is_none());
    }
}
