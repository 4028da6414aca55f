//! Sums that do not depend on their order.
//!
//! In: loads ≥ 0, each at most a bound that is known beforehand. Out: their sums. Promise: adding
//! and taking away any terms in any order gives the same bits as summing what is left from
//! nothing. Each term is cut to a multiple of a power of two some 2^120 below the bound; the sums
//! are integers of 128 bits, so they are exact and associative. What is cut off is below 2^-120 of
//! the bound, far under the rounding of a 64-bit sum.

use super::super::lanes::by_lane;

/// Bits between the bound and the grid: room for a sum of a few hundred bounds below 2^127.
const BITS: i32 = 118;

/// The grid of one lane: multiples of `2^exponent`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Grid {
    exponent: i32,
    step: f64,
}

impl Grid {
    /// A grid fit for sums up to `bound` (≥ 0).
    pub fn new(bound: f64) -> Self {
        let bound = if bound.is_finite() { bound } else { f64::MAX };
        let top = libm::frexp(bound).1;
        let exponent = (top - BITS).max(-1000);
        Self {
            exponent,
            step: libm::ldexp(1.0, exponent),
        }
    }

    /// The multiple of the grid just at or below `value` (≥ 0, finite).
    #[inline]
    pub fn cut(self, value: f64) -> i128 {
        let bits = value.to_bits();
        let raw = (bits >> 52) & 0x7ff;
        if raw == 0 {
            return 0; // zero, or so small that no grid holds it
        }
        let mantissa = i128::from((bits & ((1 << 52) - 1)) | (1 << 52));
        #[allow(clippy::cast_possible_truncation, reason = "eleven bits")]
        let shift = raw.cast_signed() as i32 - 1075 - self.exponent;
        if shift >= 0 {
            mantissa << shift.min(73)
        } else if shift > -64 {
            mantissa >> -shift
        } else {
            0
        }
    }

    /// The sum as a number.
    #[inline]
    #[allow(clippy::cast_precision_loss)] // rounding once, at the end, is the point
    pub fn value(self, sum: i128) -> f64 {
        rounded(sum) * self.step
    }
}

/// The number nearest to a sum ≥ 0, as `as` has it: found here, since that calls a function which knows nothing of
/// where the sum comes from and takes longer than all else that is done with it.
#[inline]
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "62 bits are kept, the last of which stands for all that are cut off"
)]
fn rounded(sum: i128) -> f64 {
    let shift = 66u32.saturating_sub(sum.leading_zeros());
    let top = (sum >> shift) as i64;
    let is_cut = sum & ((1 << shift) - 1) != 0;
    let power = f64::from_bits(u64::from(1023 + shift) << 52);
    (top | i64::from(is_cut)) as f64 * power
}

/// What each of `n` gets of a sum ≥ 0: rounded down; nothing if `n` is 0.
#[inline]
pub(super) fn share(sum: i128, n: u32) -> i128 {
    match n {
        0 => 0,
        1 => sum,
        n if n.is_power_of_two() => sum >> n.trailing_zeros(),
        n => divide(sum, u64::from(n)),
    }
}

/// Long division in digits of 32 bits: `n` is small, so a machine word holds every remainder and
/// its next digit.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "digits of a number that is not negative"
)]
fn divide(sum: i128, n: u64) -> i128 {
    let (high, low) = ((sum >> 64) as u64, sum as u64);
    let upper = (high % n) << 32 | low >> 32;
    let lower = (upper % n) << 32 | low & 0xffff_ffff;
    i128::from(high / n) << 64 | i128::from(upper / n) << 32 | i128::from(lower / n)
}

/// What a sum was before a step.
#[derive(Clone, Copy, Debug)]
struct Was<const L: usize> {
    /// Which sum.
    at: u32,
    /// What it was.
    value: [i128; L],
}

/// Loads of arcs, then of nodes, for every lane.
#[derive(Clone, Debug)]
pub(super) struct Sums<const L: usize> {
    grid: [Grid; L],
    all: Vec<[i128; L]>,
    /// One bit for each sum: it has changed in this step.
    changed: Vec<u64>,
    /// What is to be put back, in order of change; then room for one entry more than a step can
    /// make.
    log: Vec<Was<L>>,
    /// How much of the log is taken.
    logged: usize,
}

impl<const L: usize> Sums<L> {
    /// `len` sums of nothing, each lane fit for its bound.
    pub fn new(len: usize, bound: [f64; L]) -> Self {
        let mut new = Self {
            grid: bound.map(Grid::new),
            all: vec![[0; L]; len],
            changed: vec![0; len.div_ceil(64)],
            log: Vec::new(),
            logged: 0,
        };
        new.begin();
        new
    }

    /// Back to sums of nothing, fit for other bounds.
    pub fn clear(&mut self, bound: [f64; L]) {
        self.grid = bound.map(Grid::new);
        self.all.fill([0; L]);
        self.logged = 0;
        self.begin();
    }

    /// Starts a step: nothing has changed in it yet.
    pub fn begin(&mut self) {
        self.changed.fill(0);
        let room = self.logged + self.all.len() + 1;
        if self.log.len() < room {
            let nothing = Was {
                at: 0,
                value: [0; L],
            };
            self.log.resize(room, nothing);
        }
    }

    /// The sum as a number, per lane.
    #[inline]
    pub fn value(&self, at: u32) -> [f64; L] {
        let sum = self.exact(at);
        by_lane(|l| self.grid[l].value(sum[l]))
    }

    /// The sum on the grid, per lane.
    #[inline]
    pub fn exact(&self, at: u32) -> [i128; L] {
        self.all[at as usize]
    }

    /// What a load is on the grid, per lane.
    #[inline]
    pub fn cut(&self, load: &[f64; L]) -> [i128; L] {
        by_lane(|l| self.grid[l].cut(load[l]))
    }

    /// Adds to a sum; logs it before its first change in a step.
    #[inline]
    pub fn add(&mut self, at: u32, more: &[i128; L]) {
        let sum = &mut self.all[at as usize];
        let (word, bit) = (&mut self.changed[at as usize / 64], at % 64);
        // Written whether it counts or not: that is as likely as not, and no branch can foretell it.
        self.log[self.logged] = Was { at, value: *sum };
        self.logged += usize::from(*word >> bit & 1 == 0);
        *word |= 1 << bit;
        add(sum, more);
    }

    /// How many changes are logged; those of a step are no two of the same sum.
    #[inline]
    pub fn logged(&self) -> usize {
        self.logged
    }

    /// Which sum a logged change is of.
    #[inline]
    pub fn logged_at(&self, index: usize) -> u32 {
        self.log[..self.logged][index].at
    }

    /// A sum since a logged change, as a difference.
    #[inline]
    pub fn since(&self, index: usize) -> [i128; L] {
        let was = &self.log[..self.logged][index];
        difference(&self.exact(was.at), &was.value)
    }

    /// Puts back what was logged since there were so many entries.
    pub fn undo(&mut self, logged: usize) {
        for was in self.log[logged..self.logged].iter().rev() {
            self.all[was.at as usize] = was.value;
        }
        self.logged = logged;
    }

    /// Bytes it holds.
    pub fn bytes(&self) -> usize {
        size_of_val(&self.all[..])
            + size_of_val(&self.changed[..])
            + self.log.capacity() * size_of::<Was<L>>()
    }

    /// Forgets the log: what was logged becomes the state to return to.
    pub fn forget(&mut self) {
        self.logged = 0;
    }
}

/// Adds, per lane.
#[inline]
pub(super) fn add<const L: usize>(sum: &mut [i128; L], more: &[i128; L]) {
    for (sum, more) in sum.iter_mut().zip(more) {
        *sum = sum.wrapping_add(*more);
    }
}

/// What each of `n` gets, per lane.
#[inline]
pub(super) fn each_share<const L: usize>(sum: &[i128; L], n: u32) -> [i128; L] {
    by_lane(|l| share(sum[l], n))
}

/// `new` − `old`, per lane.
#[inline]
pub(super) fn difference<const L: usize>(new: &[i128; L], old: &[i128; L]) -> [i128; L] {
    by_lane(|l| new[l].wrapping_sub(old[l]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_rounded_as_the_language_does() {
        let mut bits = 0x9e37_79b9_7f4a_7c15_u128;
        for i in 0..200_000u32 {
            bits = bits
                .wrapping_mul(0xda94_2042_e4dd_58b5)
                .wrapping_add(u128::from(i));
            // Of every length, and with runs of ones and of zeros where it is decided which way to round.
            let cut = u128::MAX << (i / 127 % 120);
            for any in [bits, bits & cut, bits | !cut, bits & cut | 1] {
                let sum = (any >> 1 >> (i % 127)).cast_signed();
                assert_eq!(rounded(sum).to_bits(), (sum as f64).to_bits(), "{sum:#x}");
            }
        }
    }

    #[test]
    fn plain_numbers_come_back_exactly() {
        let grid = Grid::new(1000.0);
        for v in [0.0, 0.1, 1.0 / 3.0, 180.0, 999.999, 1e-9] {
            assert_eq!(grid.value(grid.cut(v)).to_bits(), v.to_bits());
        }
        assert_eq!(grid.cut(1e-300), 0);
        assert_eq!(Grid::new(0.0).cut(0.0), 0);
        let huge = Grid::new(f64::INFINITY);
        assert_eq!(huge.value(huge.cut(1e308)).to_bits(), 1e308f64.to_bits());
    }

    #[test]
    fn shares_are_quotients() {
        let sums = [0, 1, 5, 1 << 63, 1 << 64, (1 << 118) - 1, (7 << 117) / 3];
        for sum in sums {
            assert_eq!(share(sum, 0), 0);
            for n in [1u32, 2, 3, 5, 7, 8, 63, 64, 65, 1000, u32::MAX] {
                assert_eq!(share(sum, n), sum / i128::from(n), "{sum} / {n}");
            }
        }
    }

    #[test]
    fn order_does_not_matter() {
        let terms: Vec<f64> = (1..200).map(|i| 1.0 / f64::from(i * i)).collect();
        let mut one = Sums::<1>::new(1, [10.0]);
        let mut two = Sums::<1>::new(1, [10.0]);
        let less = |x: [i128; 1]| [-x[0]];
        for &t in &terms {
            one.add(0, &one.cut(&[t]));
        }
        for &t in terms.iter().rev() {
            two.add(0, &two.cut(&[t * 3.0]));
            two.add(0, &less(two.cut(&[t * 3.0])));
            two.add(0, &two.cut(&[t]));
        }
        assert_eq!(one.value(0)[0].to_bits(), two.value(0)[0].to_bits());
        for &t in &terms[1..] {
            two.add(0, &less(two.cut(&[t])));
        }
        assert_eq!(two.value(0)[0].to_bits(), 1f64.to_bits());
    }
}
