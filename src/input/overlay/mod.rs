//! Overlays: what a source does not know, said by selectors. In: an inventory's folder and overlay files
//! (TOML or CSV). Out: the inventory with every rule applied in order, a later one winning, and how often
//! each was used. Promises: the tables change in no other way; what a rule sets is checked where it is
//! written; a rule that matches nothing is a warning.

mod apply;
mod file;
mod folder;
mod layered;
mod overlaid;
mod rules;

pub use apply::apply;
pub use file::{Overlay, overlays_of, read};
pub use folder::{Folder, inventory_files};
pub use layered::Layered;
pub use overlaid::Use;
