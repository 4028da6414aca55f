//! One figure of several samples: the greatest, the mean.

use crate::model::Sample;

/// The greatest sample; the earliest of several.
pub(super) fn greatest<'s>(samples: impl IntoIterator<Item = &'s Sample>) -> Option<Sample> {
    let later = |best: Sample, s: Sample| if s.value > best.value { s } else { best };
    samples.into_iter().copied().reduce(later)
}

/// Arithmetic mean; `None` of nothing.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, n) = values.fold((0.0, 0u32), |(sum, n), v| (sum + v, n + 1));
    (n > 0).then(|| sum / f64::from(n))
}
