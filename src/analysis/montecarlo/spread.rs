//! How a quantity is spread over histories: its mean with an interval, and percentiles.
//!
//! Sums are exact integers and values are counted at three significant digits, so that the answer
//! does not depend on the order of adding. Sums are in a unit that belongs to the quantity (an hour, an
//! hour of the greatest demand), so that it is all the same in which unit the estate is written down.

use super::fixed::Fixed;
use super::interval::{self, Interval, Sums};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A quantity that is never negative, over histories.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    hits: u64,
    sum: Fixed,
    squares: Fixed,
    most: Fixed,
    /// How often each value came, keyed by its bits: for numbers ≥ 0 their order is the numbers'.
    values: BTreeMap<u64, u64>,
}

impl Spread {
    /// Adds one history's value, which sums hold in parts of `unit`, > 0.
    pub fn add(&mut self, x: f64, unit: f64) {
        if x > 0.0 {
            let part = x / unit;
            self.hits += 1;
            self.sum.add(Fixed::of(part));
            self.squares.add(Fixed::of(part * part));
            self.most = self.most.max(Fixed::of(part));
        }
        *self.values.entry(three_digits(x).to_bits()).or_default() += 1;
    }

    /// Whether a sum could not be held.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.sum.is_full() || self.squares.is_full()
    }

    /// Whether it can be what `trials` histories of at most `most` units add up to.
    #[must_use]
    pub fn is_sound(&self, trials: u64, unit: f64, most: Option<f64>) -> bool {
        let (sum, squares, greatest) = (self.sum.get(), self.squares.get(), self.most.get());
        let count = |some: bool| -> Option<u64> {
            let values = self.values.iter().filter(|(v, _)| !some || **v != 0);
            values.map(|(_, &n)| n).try_fold(0u64, u64::checked_add)
        };
        let mut values = self.values.keys().map(|&v| f64::from_bits(v));
        let parts = self.values.iter();
        let shown: f64 = parts
            .map(|(&v, &n)| f64::from_bits(v) / unit * n as f64)
            .sum();
        // Every number was rounded to a step when it was added, and to three digits when counted.
        let steps = 1e-11 * (1 + trials) as f64 * (1.0 + greatest);
        let near = |x: f64, y: f64| x <= y * (1.0 + 1e-9) + steps;
        !self.is_full()
            && count(false) == Some(trials)
            && count(true) == Some(self.hits)
            && values.all(|v| v >= 0.0 && v.is_finite())
            && near(greatest, most.unwrap_or(f64::INFINITY))
            && near(sum, greatest * self.hits as f64)
            && near(squares, greatest * sum)
            && near(sum * sum, self.hits as f64 * (squares + steps))
            && (sum - shown).abs() <= 0.006 * shown + steps
    }

    /// Adds what others counted.
    pub fn merge(&mut self, other: &Self) {
        self.hits += other.hits;
        self.sum.add(other.sum);
        self.squares.add(other.squares);
        self.most = self.most.max(other.most);
        for (value, count) in &other.values {
            *self.values.entry(*value).or_default() += count;
        }
    }

    /// The mean over so many histories, in units; `most` bounds the value of one, if anything does.
    #[must_use]
    pub fn mean(&self, trials: u64, most: Option<f64>) -> Interval {
        interval::mean(Sums {
            trials,
            hits: self.hits,
            sum: self.sum.get(),
            squares: self.squares.get(),
            most: most.unwrap_or(self.most.get()),
        })
    }

    /// The sum over all histories, in units.
    #[must_use]
    pub fn sum(&self) -> f64 {
        self.sum.get()
    }

    /// The sum of the squares over all histories, in units.
    #[must_use]
    pub fn squares(&self) -> f64 {
        self.squares.get()
    }

    /// How many histories had any of it.
    #[must_use]
    pub fn hits(&self) -> u64 {
        self.hits
    }

    /// The least value that at least this fraction of the histories do not exceed, at three
    /// significant digits.
    #[must_use]
    pub fn percentile(&self, p: f64) -> f64 {
        let n: u64 = self.values.values().sum();
        let mut below = 0;
        for (value, count) in &self.values {
            below += count;
            if below as f64 >= p * n as f64 {
                return f64::from_bits(*value);
            }
        }
        0.0
    }
}

/// The nearest number of three significant digits, without the noise of the last bit.
fn three_digits(x: f64) -> f64 {
    if !(x > 0.0 && x.is_finite()) {
        return 0.0;
    }
    format!("{x:.2e}").parse().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_by_nearest_rank() {
        let mut s = Spread::default();
        (1..=100).for_each(|x| s.add(f64::from(x), 1.0));
        let near = |p, x: f64| (s.percentile(p) - x).abs() < 1e-9;
        assert!(near(0.5, 50.0) && near(0.95, 95.0) && near(0.99, 99.0));
        assert!((s.mean(100, None).value - 50.5).abs() < 1e-9);
        assert!(Spread::default().percentile(0.5) <= 0.0);
    }

    #[test]
    fn the_unit_of_a_quantity_is_all_the_same() {
        let of = |scale: f64| {
            let mut s = Spread::default();
            for x in [0.0, 1.5, 3.0, 0.25] {
                s.add(x * scale, 4.0 * scale);
            }
            assert!(s.is_sound(4, 4.0 * scale, Some(1.0)), "{scale}: {s:?}");
            let mean = s.mean(4, Some(1.0));
            (mean.value, mean.low, mean.high, s.percentile(0.5) / scale)
        };
        let near = |x: f64, y: f64| assert!((x - y).abs() <= 1e-9 * y, "{x} {y}");
        for scale in [1e-300, 1e-12, 1e15, 1e300] {
            let (x, y) = (of(scale), of(1.0));
            near(x.0, y.0);
            near(x.1, y.1);
            near(x.2, y.2);
            near(x.3, y.3);
        }
    }

    #[test]
    fn what_does_not_add_up_is_not_sound() {
        let mut s = Spread::default();
        for x in [0.0, 1.5, 3.0] {
            s.add(x, 1.0);
        }
        assert!(s.is_sound(3, 1.0, Some(3.0)));
        assert!(!s.is_sound(4, 1.0, None) && !s.is_sound(3, 1.0, Some(2.9)));
        for spoil in [
            |s: &mut Spread| s.hits = 3,
            |s: &mut Spread| s.sum = Fixed::of(4.6),
            |s: &mut Spread| s.squares = Fixed::of(1.0),
            |s: &mut Spread| s.squares = Fixed::of(14.0),
            |s: &mut Spread| s.most = Fixed::of(0.1),
            |s: &mut Spread| s.sum = Fixed::of(f64::INFINITY),
        ] {
            let mut spoilt = s.clone();
            spoil(&mut spoilt);
            assert!(!spoilt.is_sound(3, 1.0, None), "{spoilt:?}");
        }
    }
}
