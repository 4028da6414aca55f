//! Works: what is to be taken out for a while, and when that may be.

use super::{Millis, NodeId};

/// Something to be done for which elements have to be out. Of one system: its node numbers mean nothing
/// elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// Unique in its scenario.
    pub name: String,
    /// What is out while it is done: sorted, never empty.
    pub elements: Vec<NodeId>,
    /// How long that takes, whole hours, ≥ 1.
    pub hours: u32,
    /// It does not start before this.
    pub earliest: Millis,
    /// It has ended by then.
    pub latest: Millis,
}
