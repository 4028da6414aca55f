//! Estimates for people, in plain text. In: estimates, ranges, probabilities. Out: short text, with half of the
//! interval where it shows. Promises: what is exact is marked so, and nothing that can happen is said to have no
//! probability.

use super::document::simulate::{Estimate, Range};
use super::number::quantity;

/// An interval narrower than this, relative to its estimate, is not shown.
const FINE: f64 = 5e-4;
/// An interval narrower than this, relative to its estimate, allows for rounding only.
pub(in crate::report) const ROUNDING: f64 = 1e-9;

/// An estimate with half its interval: `0.03 % ± 0.01 %`.
fn with_half(x: f64, low: f64, high: f64, shown: impl Fn(f64) -> String) -> String {
    let half = (high - low) / 2.0;
    if high <= 0.0 {
        "0".to_owned()
    } else if x <= 0.0 {
        format!("< {}", shown(high))
    } else if half < FINE * x {
        shown(x)
    } else if high - x > 2.0 * (x - low) || x - low > 2.0 * (high - x) || half >= x {
        // Lopsided, as where few trials say much: half of it would be taken from nothing, or promise too little.
        format!("{} ({} to {})", shown(x), shown(low), shown(high))
    } else {
        format!("{} ± {}", shown(x), shown(half))
    }
}

/// A probability, exact or with half its interval.
#[must_use]
pub(in crate::report) fn chance(e: &Estimate) -> String {
    if e.is_exact() {
        format!("= {}", probability(e.estimate))
    } else if e.estimate >= 1.0 && e.low < 1.0 {
        // It was so in every state that was drawn, which says as little as in none of them.
        format!("> {}", probability(e.low).trim_start_matches("> "))
    } else {
        with_half(e.estimate, e.low, e.high, probability)
    }
}

/// An expectation with half its interval.
#[must_use]
pub(in crate::report) fn amount(e: &Estimate) -> String {
    with_half(e.estimate, e.low, e.high, figure)
}

pub(in crate::report) fn spread(r: &Range) -> String {
    match (r.estimate, r.low, r.high) {
        (Some(x), Some(low), Some(high)) => with_half(x, low, high, figure),
        (Some(x), ..) => format!("{} (seen too seldom for an interval)", figure(x)),
        _ => "–".to_owned(),
    }
}

/// Three significant digits, however small.
pub(in crate::report) fn figure(x: f64) -> String {
    if x == 0.0 || x.abs() >= 0.01 {
        quantity(if x.abs() < 1000.0 { three(x) } else { x })
    } else {
        format!("{x:.1e}")
    }
}

fn three(x: f64) -> f64 {
    format!("{x:.2e}").parse().unwrap_or(x)
}

/// A probability as people write it: percent, or a power of ten where that is short.
pub(in crate::report) fn probability(p: f64) -> String {
    let x = p * 100.0;
    if p == 0.0 {
        "0".to_owned()
    } else if p < 1e-4 {
        format!("{p:.1e}")
    } else if p < 1.0 && x > 99.99 {
        "> 99.99 %".to_owned()
    } else {
        let text = format!("{:.*}", if x < 1.0 { 3 } else { 2 }, x);
        let text = text.trim_end_matches('0').trim_end_matches('.');
        format!("{text} %")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certainty_is_not_claimed_of_what_was_drawn() {
        let said = |estimate, low, high| {
            chance(&Estimate {
                estimate,
                low,
                high,
                method: "drawn states".to_owned(),
            })
        };
        assert_eq!(said(1.0, 0.9996, 1.0), "> 99.96 %");
        assert_eq!(said(1.0, 0.999_999, 1.0), "> 99.99 %");
        assert_eq!(said(0.0, 0.0, 0.0004), "< 0.04 %");
        assert_eq!(said(1.0, 1.0, 1.0), "= 100 %");
    }

    #[test]
    fn no_interval_reaches_below_nothing() {
        let said = |estimate, low, high| {
            spread(&Range {
                estimate: Some(estimate),
                low: Some(low),
                high: Some(high),
            })
        };
        assert_eq!(said(2.22, 0.0, 5.06), "2.22 (0 to 5.06)");
        assert_eq!(said(10.0, 2.79, 23.66), "10 (2.79 to 23.7)");
        assert_eq!(said(90.0, 60.0, 95.0), "90 (60 to 95)");
        assert_eq!(said(10.0, 8.0, 12.0), "10 ± 2");
    }
}
