//! A value for each of the load cases that are evaluated together.
//!
//! Written out in the loop that they stand in: [`std::array::from_fn`], the `map` of an array and comparisons of
//! arrays were found to be compiled by themselves and called for each state.

/// One value per load case.
pub type Lanes<const L: usize> = [f64; L];

/// Lanes of a state, one bit each.
pub(crate) type LaneSet = u32;

/// A value for every lane, in their order.
#[inline]
pub(crate) fn by_lane<T: Copy, const L: usize>(mut value: impl FnMut(usize) -> T) -> [T; L] {
    let mut all = [value(0); L];
    for (l, all) in all.iter_mut().enumerate().skip(1) {
        *all = value(l);
    }
    all
}

/// Whether all lanes hold the same value.
#[inline]
pub(crate) fn is_all<T: PartialEq, const L: usize>(lanes: &[T; L], value: T) -> bool {
    lanes.iter().all(|x| *x == value)
}

/// Whether any lane differs in any bit.
#[inline]
pub(crate) fn differs<const L: usize>(a: &Lanes<L>, b: &Lanes<L>) -> bool {
    (0..L).fold(0, |bits, l| bits | (a[l].to_bits() ^ b[l].to_bits())) != 0
}
