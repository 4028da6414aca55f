//! How a quantity is spread over histories: its mean with an interval, and percentiles.
//!
//! Sums are exact integers and values are counted at three significant digits, so that the answer
//! does not depend on the order of adding.

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
    /// Adds one history's value.
    pub fn add(&mut self, x: f64) {
        if x > 0.0 {
            self.hits += 1;
            self.sum.add(Fixed::of(x));
            self.squares.add(Fixed::of(x * x));
            self.most = self.most.max(Fixed::of(x));
        }
        *self.values.entry(three_digits(x).to_bits()).or_default() += 1;
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

    /// The mean over so many histories; `most` bounds the value of one, if anything does.
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

    /// The sum over all histories.
    #[must_use]
    pub fn sum(&self) -> f64 {
        self.sum.get()
    }

    /// The sum of the squares over all histories.
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
        (1..=100).for_each(|x| s.add(f64::from(x)));
        let near = |p, x: f64| (s.percentile(p) - x).abs() < 1e-9;
        assert!(near(0.5, 50.0) && near(0.95, 95.0) && near(0.99, 99.0));
        assert!((s.mean(100, None).value - 50.5).abs() < 1e-9);
        assert!(Spread::default().percentile(0.5) <= 0.0);
    }
}
