//! Where the tails of distributions are as small as asked.
//!
//! In: counts, or degrees of freedom, and a tail. Out: the parameter, or the value, to rounding. Every
//! search is over a bracket that shrinks, so that it ends for all numbers: Newton's steps alone go
//! round and round where rounding moves what they aim at.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// A bracket that is halved so often has no numbers left between its ends.
const HALVINGS: u32 = 128;
/// From here on the series of Student's quantile is as good as its distribution function.
const MANY: f64 = 1e3;

/// The probability at which `hits` or more of `trials` have just the chance `tail`, where
/// 0 < hits < trials: the lower end of Clopper and Pearson's interval.
#[must_use]
pub fn at_least(hits: u64, trials: u64, tail: f64) -> f64 {
    if hits > trials / 2 {
        // Seen from the other side.
        return 1.0 - at_most(trials - hits, trials, tail);
    }
    // As likely as that is that fewer are seen, with what the tail leaves.
    solve(hits - 1, trials, 1.0 - tail)
}

/// The probability at which `hits` or fewer of `trials` have just the chance `tail`, where
/// 0 < hits < trials: the upper end of that interval.
#[must_use]
pub fn at_most(hits: u64, trials: u64, tail: f64) -> f64 {
    if hits > trials / 2 {
        return 1.0 - at_least(trials - hits, trials, tail);
    }
    solve(hits, trials, tail)
}

/// The p at which the chance of at most `hits` of `trials` is `chance`; it falls as p grows.
fn solve(hits: u64, trials: u64, chance: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    // Near enough to begin with.
    let mut p = (hits as f64 + 0.5) / (trials as f64 + 1.0);
    for _ in 0..HALVINGS {
        let (sum, last) = fewer(hits, trials, p);
        if sum > chance {
            low = p;
        } else {
            high = p;
        }
        let slope = -((trials - hits) as f64) * last / (1.0 - p);
        let newton = p - (sum - chance) / slope;
        let inside = low < newton && newton < high;
        // Halves of the exponent while the ends are far apart.
        let middle = if low > 0.0 && high / low > 4.0 {
            (low * high).sqrt()
        } else {
            low + (high - low) / 2.0
        };
        let next = if inside { newton } else { middle };
        let step = (next - p).abs();
        p = next;
        if step <= 1e-14 * p || high - low <= f64::EPSILON * high {
            break;
        }
    }
    p
}

/// The chance of at most `hits` of `trials`, each with probability 0 < p < 1, and that of just `hits`;
/// `hits` terms, none of which loses digits however many trials there are.
fn fewer(hits: u64, trials: u64, p: f64) -> (f64, f64) {
    let (n, odds) = (trials as f64, p / (1.0 - p));
    let mut term = (n * (-p).ln_1p()).exp();
    if term < f64::MIN_POSITIVE {
        return fewer_by_logarithm(hits, trials, p);
    }
    let mut sum = term;
    for i in 0..hits {
        term *= (n - i as f64) / (i + 1) as f64 * odds;
        sum += term;
    }
    (sum, term)
}

/// The same where the first terms are too small to be numbers.
fn fewer_by_logarithm(hits: u64, trials: u64, p: f64) -> (f64, f64) {
    let (n, odds) = (trials as f64, (p / (1.0 - p)).ln());
    let mut term = n * (-p).ln_1p();
    let mut sum = term.exp();
    for i in 0..hits {
        term += ((n - i as f64) / (i + 1) as f64).ln() + odds;
        sum += term.exp();
    }
    (sum, term.exp())
}

/// Student's value that is exceeded with the chance `tail`; `normal` is that of the normal distribution.
#[must_use]
pub fn student(freedom: f64, tail: f64, normal: f64) -> f64 {
    if freedom >= MANY {
        // Cornish and Fisher.
        let z = normal;
        let first = (z.powi(3) + z) / (4.0 * freedom);
        let second = (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / (96.0 * freedom * freedom);
        return z + first + second;
    }
    let Ok(distribution) = StudentsT::new(0.0, 1.0, freedom) else {
        return f64::INFINITY;
    };
    let exceeded = |t: f64| distribution.sf(t) > tail;
    let (mut low, mut high) = (0.0, 1.0);
    while exceeded(high) && high < 1e300 {
        low = high;
        high *= 2.0;
    }
    for _ in 0..HALVINGS {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            break;
        }
        if exceeded(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{Binomial, DiscreteCDF};

    #[test]
    fn tails_of_counts_are_as_asked() {
        for (hits, trials) in [(1, 2), (1, 20), (3, 7), (9, 19), (9, 1_000_000), (60, 148)] {
            for (hits, trials) in [(hits, trials), (trials - hits, trials)] {
                let low = at_least(hits, trials, 0.025);
                let high = at_most(hits, trials, 0.025);
                let p = hits as f64 / trials as f64;
                assert!(low < p && p < high, "{low} {high}");
                let of = |p| Binomial::new(p, trials).expect("sound");
                let (above, below) = (of(low).sf(hits - 1), of(high).cdf(hits));
                assert!((above - 0.025).abs() < 1e-9, "{hits} of {trials}: {above}");
                assert!((below - 0.025).abs() < 1e-9, "{hits} of {trials}: {below}");
            }
        }
    }

    #[test]
    fn rare_counts_of_many_trials_have_the_interval_of_a_rare_event() {
        // Garwood's interval for 5 events: 1.6235 to 11.6683.
        for trials in [1_000_000_000, 1_000_000_000_000, u64::MAX / 2] {
            let n = trials as f64;
            assert!((at_least(5, trials, 0.025) * n - 1.623_486).abs() < 1e-5);
            assert!((at_most(5, trials, 0.025) * n - 11.668_332).abs() < 1e-5);
        }
    }

    /// For these Newton's steps alone never ended.
    #[test]
    fn every_search_ends() {
        for block in 1..4000u64 {
            for hits in 1..10 {
                let trials = block * 1024;
                let (low, high) = (at_least(hits, trials, 0.025), at_most(hits, trials, 0.025));
                let n = trials as f64;
                assert!(
                    0.0 < low && low < hits as f64 / n && hits as f64 / n < high,
                    "{hits} {trials}"
                );
            }
        }
    }

    #[test]
    fn few_degrees_of_freedom_make_tails_wide() {
        const Z: f64 = 1.959_963_984_540_054;
        for (freedom, value) in [
            (1.0, 12.706_205),
            (2.0, 4.302_653),
            (10.0, 2.228_139),
            (100.0, 1.983_972),
        ] {
            let found = student(freedom, 0.025, Z);
            assert!((found - value).abs() < 1e-5, "{freedom}: {found}");
        }
        let (below, above) = (student(999.0, 0.025, Z), student(1000.0, 0.025, Z));
        assert!(
            Z < above && above < below && below - above < 1e-5,
            "{below} {above}"
        );
    }
}
