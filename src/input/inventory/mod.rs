//! The inventory folder → a [`System`](crate::model::System). In: a folder. Out: a system, the ledger of what was
//! assumed, and every fault of every file at once. A faulty inventory still comes back as a system
//! of bare names, so that a scenario's names can be checked in the same run.

mod builder;
mod carried;
mod common_cause;
mod defaults;
mod dependencies;
mod domains;
mod folder;
mod lookalikes;
mod looks;
mod nodes;
mod overload;
mod placements;
mod read;
mod remarks;
mod room;
mod rows;
mod serves;
mod shapes;
mod spelled;
mod unread;

pub use read::{Inventory, nothing, read};
pub use shapes::{COMPONENTS, columns, shape_of};
pub use spelled::spelled;
