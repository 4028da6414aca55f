//! What is shown of an estate: how much of it is asked for, the boxes, links and services that it gives, and where
//! each node is counted among them.

use crate::model::NodeId;
use crate::report::document::map::Outline;

/// How much is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Boxes that are opened for as long as there are fewer.
    pub boxes: usize,
    /// Services, the rest of which are in one.
    pub services: usize,
    /// Only what stands in this component, directly or not; `None` is everything.
    pub inside: Option<NodeId>,
}

impl Default for Extent {
    fn default() -> Self {
        Self {
            boxes: 200,
            services: 40,
            inside: None,
        }
    }
}

/// Where a node is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spot {
    /// Position in [`Outline::boxes`].
    Box(u32),
    /// Position in [`Outline::links`].
    Link(u32),
    /// Position in [`Outline::services`].
    Service(u32),
}

/// What is shown of an estate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapped {
    /// Boxes, links and services.
    pub outline: Outline,
    /// For each node where it is counted: `None` for flows, and for what is not inside.
    pub at: Vec<Option<Spot>>,
}
