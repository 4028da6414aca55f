//! Places in the compiled order.

/// No such thing.
pub(crate) const NONE: u32 = u32::MAX;

/// A node of a [`CompiledSystem`](super::CompiledSystem): its position in the compiled order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ix(pub u32);

impl Ix {
    /// The position as `usize`.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}
