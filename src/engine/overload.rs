//! Who carries too much, and who was lost to that.

use super::ix::Ix;
use super::lanes::LaneSet;

/// A load case that is as in the state without trips.
pub(super) const COMMON: u8 = u8::MAX;

/// A node that was lost to overload.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trip {
    /// The node.
    pub node: Ix,
    /// In which round, from 1.
    pub round: u32,
    /// What it carried then; of a link in the direction in which that was more too much.
    pub load: f64,
    /// What it can carry without tripping.
    pub most: f64,
}

/// Nodes that carry more than what trips them, by number, with the lanes in which they do.
pub(super) type Over = Vec<(u32, LaneSet)>;
