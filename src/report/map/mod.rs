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
mod rect;
mod route;
mod shown;
#[cfg(test)]
mod tests;

pub use layout::{Layout, layout};
pub use outline::mapped;
pub use rect::Rect;
pub use route::Route;
pub use shown::{Extent, Mapped, Spot};

use super::document::map::{MapBox, MapService};
use super::number::count;

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
