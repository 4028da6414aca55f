//! What is remembered of states, and up to which demand they do no harm.
//!
//! In: a state at the greatest demand of every service. Out: its safe level, the part of these
//! demands up to which it certainly harms nobody. In one state loads are linear in a common growth of
//! all demand, and a state in which every service works and no node is asked for more than it can
//! carry harms nobody; nothing trips where no node is asked for more than trips it. An hour asks at
//! most for its [`Levels::of`] times the greatest demands.

use crate::analysis::status::own_status;
use crate::engine::{Ix, Scratch};
use crate::model::NodeId;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Something known of states, by who is out, sorted.
pub type StateMap<V> = HashMap<Vec<NodeId>, V, BuildHasherDefault<Mix>>;

/// A quick hash: states are looked up for every trial, and nobody picks them to collide.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }

    fn write(&mut self, bytes: &[u8]) {
        for &b in bytes {
            self.write_u32(u32::from(b));
        }
    }

    fn write_u32(&mut self, x: u32) {
        let mixed = (self.0.rotate_left(5) ^ u64::from(x)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ mixed >> 29;
    }

    fn write_usize(&mut self, x: usize) {
        #[allow(clippy::cast_possible_truncation)] // A length.
        self.write_u32(x as u32);
    }
}

/// The safe level of a state that harms even if nothing is asked for.
pub const NEVER: f64 = -1.0;
/// Safe levels may be off by rounding.
const SPECK: f64 = 1e-9;

/// The safe level of the state in `top`, which is at the greatest demands: 1 if it harms nobody
/// there, and less than any level if it harms at any demand.
pub fn safe_level(top: &Scratch<'_, 1>) -> f64 {
    let system = top.base().system();
    let services = 0..system.services.len();
    if !top.is_split() && services.clone().all(|s| !own_status(top, s, 0).is_harm()) {
        return 1.0;
    }
    if top.has_unplaced() {
        return NEVER;
    }
    if !services.clone().all(|s| top.works(Ix(system.services[s]))) {
        return NEVER;
    }
    if top.has_lost_shards() {
        return NEVER;
    }
    let nodes = (0..).take(system.len()).map(Ix);
    let least = nodes
        .map(|v| top.used_of_limit(v)[0])
        .filter(|&used| used > 0.0)
        .fold(1.0, |least, used| f64::min(least, 1.0 / used));
    if least <= 0.0 && system.is_layered() {
        // What is drawn whatever the demand may be too much by itself.
        return NEVER;
    }
    (least * (1.0 - SPECK)).max(0.0)
}

/// How much every hour asks for at most, as a part of the greatest demands.
#[derive(Clone, Debug)]
pub struct Levels {
    /// A tree of maxima; the hours are its second half.
    most: Vec<f64>,
    hours: usize,
}

impl Levels {
    /// Of `demand[service][hour]`, or one value where it does not change.
    #[must_use]
    pub fn new(demand: &[Vec<f64>]) -> Self {
        let hours = demand.iter().map(Vec::len).max().unwrap_or(1).max(1);
        let mut most = vec![0.0; 2 * hours];
        for series in demand {
            let greatest = series.iter().copied().fold(0.0, f64::max);
            let last = series.len().saturating_sub(1);
            for hour in 0..hours {
                let asked = series.get(hour.min(last)).copied().unwrap_or(0.0);
                if greatest > 0.0 {
                    most[hours + hour] = f64::max(most[hours + hour], asked / greatest);
                }
            }
        }
        for i in (1..hours).rev() {
            most[i] = f64::max(most[2 * i], most[2 * i + 1]);
        }
        Self { most, hours }
    }

    /// Of one hour; where demand does not change, all are like the first.
    #[must_use]
    pub fn of(&self, hour: usize) -> f64 {
        self.most[self.hours + hour.min(self.hours - 1)]
    }

    /// The greatest from hour `from` to before hour `to`.
    #[must_use]
    pub fn greatest(&self, from: usize, to: usize) -> f64 {
        let (mut low, mut high) = (from.min(self.hours - 1), to.min(self.hours));
        high = high.max(low + 1);
        low += self.hours;
        high += self.hours;
        let mut most = 0.0;
        while low < high {
            if low & 1 == 1 {
                most = f64::max(most, self.most[low]);
                low += 1;
            }
            if high & 1 == 1 {
                high -= 1;
                most = f64::max(most, self.most[high]);
            }
            low /= 2;
            high /= 2;
        }
        most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_the_most_of_any_service() {
        let levels = Levels::new(&[vec![1.0, 2.0, 4.0, 0.0, 3.0], vec![5.0], vec![0.0; 5]]);
        // The second service always asks for all it ever asks for.
        assert!((0..5).all(|h| (levels.of(h) - 1.0).abs() < 1e-12));
        let series: Vec<f64> = (0..23).map(|h| f64::from(h * 7 % 23)).collect();
        let levels = Levels::new(std::slice::from_ref(&series));
        for from in 0..23 {
            for to in from + 1..=23 {
                let most = series[from..to].iter().copied().fold(0.0, f64::max) / 22.0;
                assert!(
                    (levels.greatest(from, to) - most).abs() < 1e-12,
                    "{from} {to}"
                );
            }
        }
        // A demand that does not change is asked for at every hour.
        let always = Levels::new(&[vec![3.0]]);
        assert!((always.greatest(700, 705) - 1.0).abs() < 1e-12);
    }
}
