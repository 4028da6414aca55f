//! When two numbers are the same. In: numbers of two results. Out: whether they differ by more than rounding.

/// Numbers that differ by less of themselves are the same: what is computed in another order, or read
/// from text, may differ in its last digits.
const ROUNDING: f64 = 1e-9;

/// Probabilities and expectations that differ by less of themselves are the same to a reader: they are shown in four
/// digits, and no figure of reliability is known better.
const OF_CHANCES: f64 = 1e-6;

/// Whether two numbers differ by no more than rounding; `None` is a value of its own.
pub(super) fn same(x: Option<f64>, y: Option<f64>) -> bool {
    match (x, y) {
        (Some(x), Some(y)) if x.is_finite() && y.is_finite() => differ_by_less(x, y, ROUNDING),
        (x, y) => x == y,
    }
}

/// Whether two probabilities or expectations are the same to a reader.
pub(super) fn same_chance(x: f64, y: f64) -> bool {
    differ_by_less(x, y, OF_CHANCES)
}

fn differ_by_less(x: f64, y: f64, of: f64) -> bool {
    (x - y).abs() <= of * x.abs().max(y.abs())
}
