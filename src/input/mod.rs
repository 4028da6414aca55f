//! Text → [`System`](crate::model::System) and [`Scenario`](crate::model::Scenario), or every reason why not.

mod assumption;
mod books;
mod diagnostic;
mod dialect;
pub mod generate;
mod grid;
#[cfg(feature = "import")]
pub mod import;
mod invented;
mod inventory;
mod join;
mod keys;
mod load;
mod loaded;
mod number;
mod overlay;
mod overrides;
mod parts;
mod placed;
pub mod profile;
mod renames;
mod scale;
mod scenario;
mod selector;
mod source;
mod suggest;
mod table;
#[cfg(feature = "import")]
mod workbook;
pub mod write;

pub use crate::model::visible;
pub use assumption::Assumption;
pub use books::Books;
pub use diagnostic::{Diagnostic, Faults, Severity, Source};
pub use inventory::spelled;
pub use join::{Conflict, JoinReport, KEYS as JOIN_KEYS, join};
pub use load::{load, load_from, scenario_in};
pub use loaded::{CaseOrigin, Loaded, Scope, Time};
pub use overlay::{Folder, Overlay, Use, inventory_files, overlays_of};
pub use overrides::Overrides;
pub use scale::{Parameter, Scale};
pub use source::{Disk, Files, InputFile, Kept, Texts, read_regular, without_parents};
