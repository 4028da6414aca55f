//! The map: sites, racks and hosts as boxes in boxes, links between those that are in no other, services
//! above.
//!
//! In: a system. Out: [`mapped`] says which boxes there are and in which each node is counted; [`layout`] says
//! where the boxes stand and how links run between them. Neither knows a state: the same estate has the same
//! map in all of them, and colours are the renderer's. Promises: every component and link is counted in one
//! place; nothing depends on the order of rows; boxes lie inside the box that they are in and never over one
//! another; links run around boxes. Takes time in proportion to the estate, and bounded room.
//!
//! An estate that is too large to be shown one by one is grouped by kind (`server × 480`), from the inside out.
//! [`Extent::inside`] looks into one box with the whole room.

mod home;
mod layout;
mod outline;
mod route;
#[cfg(test)]
mod tests;

pub use layout::{Layout, Rect, layout};
pub use route::Route;

use super::document::map::{MapBox, MapService, Outline};
use super::number::count;
use crate::model::{NodeId, System};

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

/// What is shown of an estate, and where each node is counted.
#[must_use]
pub fn mapped(system: &System, extent: Extent) -> Mapped {
    outline::mapped(system, extent)
}

impl MapBox {
    /// What is written on it: its id, or how many of which kind it stands for.
    #[must_use]
    pub fn label(&self) -> String {
        match (&self.id, &self.kind) {
            (Some(id), _) => id.clone(),
            (None, Some(kind)) => format!("{kind} × {}", count(self.count)),
            (None, None) => format!("others × {}", count(self.count)),
        }
    }
}

impl MapService {
    /// What is written on it: its id, or for how many it stands.
    #[must_use]
    pub fn label(&self) -> String {
        let more = || format!("{} more services", count(self.count));
        self.id.clone().unwrap_or_else(more)
    }
}
