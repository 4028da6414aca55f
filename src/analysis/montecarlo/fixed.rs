//! Sums that do not depend on their order: numbers on a grid of 2⁻⁴⁰, added as integers.
//!
//! What many threads or many shards add up is then the same to the last bit, however the work was
//! divided. The steps are fixed, so what is added is first put in relation to its own greatest value
//! (a fraction of the demand, hours of the greatest demand): then sums are the same in any unit. A sum
//! that was too great once stays [full](Fixed::is_full), and nothing may be estimated from it.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// A sum of numbers ≥ 0. One step is 2⁻⁴⁰ ≈ 1e-12; the greatest sum is about 3e26 ([`MOST_SUM`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fixed(u128);

const SCALE: f64 = (1u64 << 40) as f64;

/// Sums up to this can be held.
pub const MOST_SUM: f64 = (1u128 << 87) as f64;

impl Fixed {
    /// The nearest number on the grid; negative numbers count as zero, and no number is full.
    #[must_use]
    pub fn of(x: f64) -> Self {
        if x.is_nan() {
            return Self(u128::MAX);
        }
        // `as` saturates at both ends: just what is wanted here.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        Self((x * SCALE + 0.5) as u128)
    }

    /// Back to a float.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0 as f64 / SCALE
    }

    /// Adds another sum; stays at the greatest value, which is full, rather than wrap around.
    pub fn add(&mut self, other: Self) {
        self.0 = self.0.saturating_add(other.0);
    }

    /// Whether it was once too great to be held: what it says then is no sum.
    #[must_use]
    pub fn is_full(self) -> bool {
        self.0 == u128::MAX
    }
}

// As text: JSON readers in other languages lose the low digits of large integers.
impl Serialize for Fixed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Fixed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_does_not_matter() {
        let numbers = [0.1, 1e6, 1.0 / 3.0, 1e-9, 12345.678];
        let sum = |order: &[usize]| {
            let mut s = Fixed::default();
            for &i in order {
                s.add(Fixed::of(numbers[i]));
            }
            s
        };
        assert_eq!(sum(&[0, 1, 2, 3, 4]), sum(&[4, 2, 0, 3, 1]));
        assert!((sum(&[0, 1, 2, 3, 4]).get() - 1_012_346.111_333_334_3).abs() < 1e-9);
        assert_eq!(Fixed::of(-1.0), Fixed::default());
    }

    #[test]
    fn a_sum_that_was_too_great_stays_full() {
        let mut sum = Fixed::of(MOST_SUM);
        assert!(!sum.is_full());
        sum.add(Fixed::of(MOST_SUM));
        assert!(sum.is_full());
        sum.add(Fixed::of(1.0));
        assert!(sum.is_full());
        assert!(Fixed::of(f64::INFINITY).is_full() && Fixed::of(f64::NAN).is_full());
    }

    #[test]
    fn survives_json() {
        let x = Fixed::of(123.456);
        let text = serde_json::to_string(&x).unwrap();
        assert_eq!(serde_json::from_str::<Fixed>(&text).unwrap(), x);
        assert!(serde_json::from_str::<Fixed>("\"-1\"").is_err());
    }
}
