//! Estimates with their intervals.
//!
//! In: counts and sums of a sample. Out: two-sided intervals at 95 %. Proportions: Wilson's score
//! interval, and Clopper and Pearson's where one of the two counts is so small that Wilson's may
//! fall short. Means: normal, and Fay and Feuer's gamma interval (Statistics in Medicine 16, 1997)
//! where only few trials contribute, so that a mean that rests on three events says so.

use super::quantile;
use crate::analysis::finite;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Gamma};

/// Quantile of the standard normal at 97.5 %.
const Z: f64 = 1.959_963_984_540_054;
/// What each tail leaves out.
const TAIL: f64 = 0.025;
/// Below this many trials of either kind, Clopper–Pearson.
const FEW: u64 = 10;
/// Below this many trials that contribute, the gamma interval.
const FEW_HITS: u64 = 50;

/// A number with its 95 % interval and its method.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Estimate {
    /// The best guess.
    pub estimate: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// How it was computed.
    pub method: String,
}

impl Estimate {
    /// Whether nothing was estimated: what was worked out exactly has no width.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.low >= self.high
    }
}

/// A number with its 95 % interval; `null` where it has no finite value.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Range {
    /// The best guess.
    pub estimate: Option<f64>,
    /// Lower end of the interval.
    pub low: Option<f64>,
    /// Upper end of the interval.
    pub high: Option<f64>,
}

impl From<Interval> for Range {
    fn from(i: Interval) -> Self {
        Self {
            estimate: finite(i.value),
            low: finite(i.low),
            high: finite(i.high),
        }
    }
}

/// An interval without its story.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The best guess.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Which interval it is.
    pub kind: Kind,
}

/// Which interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// No interval: the value is known.
    Exact,
    /// Wilson's score interval.
    Wilson,
    /// Clopper and Pearson's.
    ClopperPearson,
    /// Normal, from the sample's variance.
    Normal,
    /// Fay and Feuer's gamma interval.
    Gamma,
    /// Made of several intervals that hold together, each at its share of 5 %.
    Combined,
    /// No estimate: the value lies between these for certain, and nothing more is known of it.
    Bounds,
}

impl Kind {
    /// Name for people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Wilson => "Wilson 95 %",
            Self::ClopperPearson => "Clopper-Pearson 95 %",
            Self::Normal => "normal 95 %",
            Self::Gamma => "gamma 95 %",
            Self::Combined => "combined 95 %",
            Self::Bounds => "certain bounds",
        }
    }
}

impl Interval {
    /// A value that is known.
    #[must_use]
    pub fn exact(value: f64) -> Self {
        Self {
            value,
            low: value,
            high: value,
            kind: Kind::Exact,
        }
    }

    /// `offset + factor · self`; the factor is ≥ 0.
    #[must_use]
    pub fn scaled(self, offset: f64, factor: f64) -> Self {
        if factor <= 0.0 {
            return Self::exact(offset);
        }
        Self {
            value: offset + factor * self.value,
            low: offset + factor * self.low,
            high: offset + factor * self.high,
            kind: self.kind,
        }
    }

    /// Half the width over the value; infinite when the value is zero and the width is not.
    #[must_use]
    pub fn relative_half_width(self) -> f64 {
        let half = (self.high - self.low) / 2.0;
        if half > 0.0 { half / self.value } else { 0.0 }
    }

    /// The estimate, its method opening with `how`.
    #[must_use]
    pub fn named(self, how: &str) -> Estimate {
        Estimate {
            estimate: self.value,
            low: self.low,
            high: self.high,
            method: if self.kind == Kind::Exact {
                how.to_owned()
            } else {
                format!("{how}, {}", self.kind.words())
            },
        }
    }
}

/// A proportion: `hits` of `trials`, at least one trial.
#[must_use]
pub fn proportion(hits: u64, trials: u64) -> Interval {
    if hits.min(trials - hits) < FEW {
        clopper_pearson(hits, trials)
    } else {
        wilson(hits, trials)
    }
}

fn wilson(hits: u64, trials: u64) -> Interval {
    let (n, p) = (trials as f64, hits as f64 / trials as f64);
    let z2 = Z * Z;
    let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt() / (1.0 + z2 / n);
    Interval {
        value: p,
        low: (middle - half).max(0.0),
        high: (middle + half).min(1.0),
        kind: Kind::Wilson,
    }
}

fn clopper_pearson(hits: u64, trials: u64) -> Interval {
    let (x, n) = (hits as f64, trials as f64);
    let low = match hits {
        0 => 0.0,
        _ if hits == trials => TAIL.powf(1.0 / n),
        _ => quantile::at_least(hits, trials, TAIL),
    };
    let high = match hits {
        0 => -(TAIL.ln() / n).exp_m1(),
        _ if hits == trials => 1.0,
        _ => quantile::at_most(hits, trials, TAIL),
    };
    Interval {
        value: x / n,
        low,
        high,
        kind: Kind::ClopperPearson,
    }
}

/// What a sample of a quantity that is never negative, and mostly zero, adds up to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sums {
    /// How many trials, at least one.
    pub trials: u64,
    /// How many were not zero.
    pub hits: u64,
    /// Their sum.
    pub sum: f64,
    /// The sum of their squares.
    pub squares: f64,
    /// The most that one trial can add (or the most that one did, if there is no bound).
    pub most: f64,
}

/// The mean of such a quantity.
#[must_use]
pub fn mean(s: Sums) -> Interval {
    // Squares of what is hardly more than a step of the sums are lost: they are no less than this.
    let least = if s.hits > 0 {
        s.sum * s.sum / s.hits as f64
    } else {
        0.0
    };
    let s = Sums {
        squares: s.squares.max(least),
        ..s
    };
    if s.hits < FEW_HITS {
        return gamma(s);
    }
    let n = s.trials as f64;
    let mean = s.sum / n;
    let variance = ((s.squares - n * mean * mean) / (n - 1.0).max(1.0)).max(0.0);
    let half = Z * (variance / n).sqrt();
    // Where all trials are alike, others may be as rare as the rule of three allows.
    let alike = half <= 1e-9 * mean;
    let (below, above) = if alike {
        let rare = -TAIL.ln() / n;
        (mean * rare, (s.most - mean).max(0.0) * rare)
    } else {
        (half, half)
    };
    Interval {
        value: mean,
        low: (mean - below).max(0.0),
        high: (mean + above).min(s.most.max(mean)),
        kind: Kind::Normal,
    }
}

/// The ratio of two sums over `trials`, of which `hits` are not zero, by the delta method: `square` is
/// the mean square of what the trials are off it, over the square of the mean that it is divided by.
#[must_use]
pub fn ratio(ratio: f64, square: f64, hits: u64, trials: u64) -> Interval {
    // As few as those that are not zero say how uncertain that is.
    let freedom = hits.saturating_sub(1).max(1) as f64;
    let wide = quantile::student(freedom, TAIL, Z);
    let half = if hits > 1 {
        wide * (square.max(0.0) / trials as f64).sqrt()
    } else {
        f64::INFINITY
    };
    Interval {
        value: ratio,
        low: (ratio - half).max(0.0),
        high: ratio + half,
        kind: Kind::Normal,
    }
}

fn gamma(s: Sums) -> Interval {
    let n = s.trials as f64;
    let quantile = |sum: f64, squares: f64, p: f64| {
        let (shape, rate) = (sum * sum / squares, sum / squares);
        Gamma::new(shape, rate).map_or(sum, |d| d.inverse_cdf(p))
    };
    let low = if s.sum > 0.0 {
        quantile(s.sum, s.squares, TAIL)
    } else {
        0.0
    };
    let high = if s.most > 0.0 {
        quantile(s.sum + s.most, s.squares + s.most * s.most, 1.0 - TAIL)
    } else {
        0.0
    };
    Interval {
        value: s.sum / n,
        low: low / n,
        high: (high / n).min(s.most.max(s.sum / n)),
        kind: Kind::Gamma,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::montecarlo::stream::{Domain, Stream};

    fn near(x: f64, y: f64) -> bool {
        (x - y).abs() < 5e-5
    }

    #[test]
    fn proportions_have_the_published_intervals() {
        // Newcombe, Statistics in Medicine 17 (1998), table I: 81 of 263 and 15 of 148.
        let w = wilson(81, 263);
        assert!(near(w.low, 0.2553) && near(w.high, 0.3662), "{w:?}");
        let c = clopper_pearson(15, 148);
        assert!(near(c.low, 0.0578) && near(c.high, 0.1617), "{c:?}");
        // Rule of three: nothing seen in 1000 trials.
        let none = proportion(0, 1000);
        assert!(none.low == 0.0 && near(none.high, 0.00368), "{none:?}");
        let all = proportion(1000, 1000);
        assert!(near(all.low, 1.0 - 0.00368) && all.high >= 1.0, "{all:?}");
    }

    #[test]
    fn trials_that_are_all_alike_leave_room_for_others() {
        // Every one of 1,000 was 0.5, of at most 1: one in 272 may be 0 or 1 (rule of three).
        let i = mean(Sums {
            trials: 1000,
            hits: 1000,
            sum: 500.0,
            squares: 250.0,
            most: 1.0,
        });
        assert!(near(i.low, 0.5 - 0.5 * 0.003_69), "{i:?}");
        assert!(near(i.high, 0.5 + 0.5 * 0.003_69), "{i:?}");
        assert!(near(i.value, 0.5));
    }

    #[test]
    fn the_mean_of_equal_hits_has_the_poisson_interval() {
        // Garwood's interval for 5 events: 1.6235 to 11.6683.
        let five = mean(Sums {
            trials: 1000,
            hits: 5,
            sum: 5.0,
            squares: 5.0,
            most: 1.0,
        });
        assert!(
            near(five.low, 0.001_623_5) && near(five.high, 0.011_668_3),
            "{five:?}"
        );
    }

    #[test]
    fn intervals_of_rare_sums_cover() {
        let (mut covered, repeats) = (0, 400);
        for seed in 0..repeats {
            let mut stream = Stream::new(seed, Domain::Snapshot, 0);
            let mut s = Sums {
                trials: 1000,
                hits: 0,
                sum: 0.0,
                squares: 0.0,
                most: 1.0,
            };
            for _ in 0..s.trials {
                if stream.uniform() <= 0.01 {
                    let x = stream.uniform();
                    s.hits += 1;
                    s.sum += x;
                    s.squares += x * x;
                }
            }
            let i = mean(s);
            covered += u32::from(i.low <= 0.005 && 0.005 <= i.high);
        }
        assert!((372..=400).contains(&covered), "{covered} of {repeats}");
    }
}
