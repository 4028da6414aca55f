//! Counting contingencies.

/// C(n, k), or `u64::MAX` when it is more than that.
///
/// ```
/// use brownout::analysis::combinations;
/// assert_eq!(combinations(5, 2), 10);
/// assert_eq!(combinations(2, 3), 0);
/// assert_eq!(combinations(u64::from(u32::MAX), 9), u64::MAX);
/// ```
#[must_use]
pub fn combinations(n: u64, k: u32) -> u64 {
    let k = u64::from(k);
    if k > n {
        return 0;
    }
    let k = k.min(n - k);
    let mut count: u128 = 1;
    for i in 0..k {
        count = count * u128::from(n - i) / u128::from(i + 1);
        if count > u128::from(u64::MAX) {
            return u64::MAX;
        }
    }
    u64::try_from(count).unwrap_or(u64::MAX)
}
