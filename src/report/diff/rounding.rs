//! When two numbers are the same. In: numbers of two results. Out: whether they differ by more than rounding.

/// Numbers that differ by less of themselves are the same: what is computed in another order, or read
/// from text, may differ in its last digits.
const ROUNDING: f64 = 1e-9;

/// Whether two numbers differ by no more than rounding; `None` is a value of its own.
pub(super) fn same(x: Option<f64>, y: Option<f64>) -> bool {
    match (x, y) {
        (Some(x), Some(y)) if x.is_finite() && y.is_finite() => {
            (x - y).abs() <= ROUNDING * x.abs().max(y.abs())
        }
        (x, y) => x == y,
    }
}
