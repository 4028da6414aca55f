//! Reports for a terminal. In: documents and a width. Out: text without colour (see
//! [`style::paint`](super::style::paint)). Promises: the verdict first, then who is harmed and why;
//! no line depends on the terminal but for the width; long lists are cut with their count; nothing
//! from users can move the cursor.

mod assess;
mod cascade;
mod check;
mod cold_start;
mod diff;
mod evidence;
mod explain;
mod first_screen;
mod fix;
mod load;
mod maintenance;
mod named;
mod network;
mod parts;
mod plan;
mod simulate;
mod state;
mod sweep;
#[cfg(test)]
mod tests;
mod verify;
mod whatif;

pub use assess::{assess, assess_in_full};
pub use check::check;
pub use diff::diff;
pub use explain::explain;
pub use load::load;
pub use maintenance::maintenance;
pub use parts::parts;
pub use plan::plan;
pub use simulate::simulate;
pub use sweep::{SETS, sweep};
pub use verify::verify;
pub use whatif::whatif;
