//! One estate, kept open and asked again and again: what the page of `explore` does.
//!
//! In: the files of an inventory and a scenario as one [`Package`], then requests, each of which says in
//! full what has failed, what is derated and what is asked. Out: the state that `whatif` gives for the
//! same request, the failures that would hurt most next, the scenario that says the same, the command
//! that shows the same. Promises: the numbers of `brownout whatif`, which asks [`one_state`] as well; a
//! request leaves nothing behind; what makes no sense is refused in words, and a request from anywhere
//! stops nothing.
//!
//! It knows no files, no threads of its own and no clock, so that it runs in a page as it runs here:
//! [`Session::answer`] takes and gives JSON, and `module` is that as a WebAssembly module.

#![allow(
    clippy::missing_errors_doc,
    reason = "every error here is a sentence that says what is wrong with a request"
)]

mod ask;
mod estate;
mod map;
#[cfg(target_family = "wasm")]
mod module;
mod next;
#[cfg(not(target_family = "wasm"))]
mod packing;
mod save;
mod session;
mod state;

pub use crate::report::document::Package;
pub use ask::Request;
pub use estate::{Case, Item, Opened};
pub use map::{Joined, Map, MapRequest, Shown};
pub use next::{MOST_PAIRS, MOST_ROWS, Next, NextRow, NextService};
#[cfg(not(target_family = "wasm"))]
pub use packing::{MOST_NODES, NotPacked, pack};
pub use session::Session;
pub use state::{Answered, Look, OneState, one_state};

use crate::analysis::Study;
use crate::engine::CompiledSystem;
use crate::input::{Overrides, Texts, load_from};
use crate::model::{Scenario, System};
use std::path::Path;
use std::sync::Arc;

/// An estate that is open.
pub struct Live {
    system: System,
    /// The scenario as its file has it.
    scenario: Scenario,
    compiled: Arc<CompiledSystem>,
    package: Package,
}

impl Live {
    /// Opens an estate.
    pub fn open(package: Package) -> Result<Self, String> {
        let bytes = |(path, text): (&String, &String)| (path.clone(), text.clone().into_bytes());
        let texts = Texts(package.files.iter().map(bytes).collect());
        let loaded = load_from(&texts, Path::new(&package.path), &Overrides::default());
        let loaded = loaded.map_err(|faults| {
            let first = faults.iter().next().map(crate::input::Diagnostic::line);
            first.unwrap_or_else(|| "the inventory cannot be read".to_owned())
        })?;
        let compiled = Study::new(&loaded.system, &loaded.scenario).shared();
        Ok(Self {
            system: loaded.system,
            scenario: loaded.scenario,
            compiled,
            package,
        })
    }

    /// The estate.
    #[must_use]
    pub fn system(&self) -> &System {
        &self.system
    }

    /// The scenario as its file has it.
    #[must_use]
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// A study of a scenario of this estate.
    fn study<'a>(&'a self, scenario: &'a Scenario) -> Study<'a> {
        if scenario.placement.restart == self.scenario.placement.restart {
            Study::sharing(&self.system, scenario, &self.compiled)
        } else {
            Study::new(&self.system, scenario)
        }
    }
}
