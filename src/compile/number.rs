//! Numbers as the engine keeps them. In: how many there are of something, or a position. Out: the same in 32
//! bits, which hold every count of a system.

/// A count or a position in 32 bits.
pub(super) fn to_u32(n: usize) -> u32 {
    u32::try_from(n).expect("a system has fewer than 2^32 nodes and dependencies")
}
