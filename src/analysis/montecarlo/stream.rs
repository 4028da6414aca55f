//! The randomness: the one file that makes random numbers.
//!
//! In: a seed, a domain and a block number. Out: a stream of numbers that is a pure function of the
//! three, the same bits on every platform (logarithms and cosines come from `libm`, not from the
//! system). Streams of different blocks are independent for all practical purposes: each starts
//! from a SHA-256 of its name.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

/// What a stream is for: different uses of one seed never share numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// States drawn at one instant.
    Snapshot,
    /// Histories over a horizon.
    Sequential,
    /// States held against all hours.
    Hourly,
}

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub struct Stream {
    generator: Xoshiro256PlusPlus,
    spare: Option<f64>,
}

impl Stream {
    /// The stream of one block.
    #[must_use]
    pub fn new(seed: u64, domain: Domain, block: u64) -> Self {
        let mut name = Sha256::new();
        name.update(match domain {
            Domain::Snapshot => b"brownout snapshot 1  ",
            Domain::Sequential => b"brownout sequential 1",
            Domain::Hourly => b"brownout hourly 1    ",
        });
        name.update(seed.to_le_bytes());
        name.update(block.to_le_bytes());
        Self {
            generator: Xoshiro256PlusPlus::from_seed(name.finalize().into()),
            spare: None,
        }
    }

    /// Uniform in (0, 1]: never zero, so its logarithm is finite.
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        const STEP: f64 = 1.0 / (1u64 << 53) as f64;
        ((self.generator.next_u64() >> 11) + 1) as f64 * STEP
    }

    /// Standard exponential: mean 1.
    #[inline]
    pub fn exponential(&mut self) -> f64 {
        -libm::log(self.uniform())
    }

    /// Weibull with mean 1 and the given shape.
    pub fn weibull(&mut self, shape: f64) -> f64 {
        libm::pow(self.exponential(), 1.0 / shape) / libm::tgamma(1.0 + 1.0 / shape)
    }

    /// Standard normal (Box and Muller).
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let radius = libm::sqrt(2.0 * self.exponential());
        let angle = std::f64::consts::TAU * self.uniform();
        self.spare = Some(radius * libm::sin(angle));
        radius * libm::cos(angle)
    }

    /// Lognormal with mean 1 and the given coefficient of variation.
    pub fn lognormal(&mut self, cv: f64) -> f64 {
        let variance = libm::log1p(cv * cv);
        libm::exp(libm::sqrt(variance) * self.normal() - variance / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(mut draw: impl FnMut() -> f64) -> (f64, f64) {
        let n = 200_000;
        let (mut sum, mut squares) = (0.0, 0.0);
        for _ in 0..n {
            let x = draw();
            sum += x;
            squares += x * x;
        }
        let mean = sum / f64::from(n);
        (mean, squares / f64::from(n) - mean * mean)
    }

    #[test]
    fn a_stream_is_a_function_of_its_name() {
        let first = |seed, domain, block| Stream::new(seed, domain, block).uniform().to_bits();
        let one = first(1, Domain::Snapshot, 0);
        assert_eq!(one, first(1, Domain::Snapshot, 0));
        assert_ne!(one, first(2, Domain::Snapshot, 0));
        assert_ne!(one, first(1, Domain::Snapshot, 1));
        assert_ne!(one, first(1, Domain::Sequential, 0));
    }

    #[test]
    fn distributions_have_their_moments() {
        let mut s = Stream::new(7, Domain::Snapshot, 3);
        let near = |(mean, variance): (f64, f64), m: f64, v: f64| {
            assert!((mean - m).abs() < 0.02, "mean {mean}, not {m}");
            assert!((variance - v).abs() < 0.05, "variance {variance}, not {v}");
        };
        near(moments(|| s.uniform()), 0.5, 1.0 / 12.0);
        near(moments(|| s.exponential()), 1.0, 1.0);
        near(moments(|| s.normal()), 0.0, 1.0);
        near(moments(|| s.lognormal(0.5)), 1.0, 0.25);
        // Weibull of shape 2: variance 4/π − 1.
        near(
            moments(|| s.weibull(2.0)),
            1.0,
            4.0 / std::f64::consts::PI - 1.0,
        );
        near(moments(|| s.weibull(1.0)), 1.0, 1.0);
    }
}
