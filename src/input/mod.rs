//! Text → [`System`] and [`Scenario`], or every reason why not.

mod diagnostic;
pub mod generate;
pub mod import;
pub mod profile;
pub mod write;

use crate::model::{Scenario, System};
use std::path::{Path, PathBuf};

pub use diagnostic::{Diagnostic, Faults, Severity, Source, visible};

/// What was read, whole and valid.
#[derive(Debug)]
pub struct Loaded {
    /// The estate.
    pub system: System,
    /// What is asked of it. For a bare inventory: one case `today` from the demand column, order 1,
    /// every component and link an element, no policies.
    pub scenario: Scenario,
    /// The scenario file, if one was given.
    pub scenario_path: Option<PathBuf>,
    /// The inventory folder.
    pub inventory_path: PathBuf,
    /// Every file that was read.
    pub inputs: Vec<InputFile>,
    /// What was assumed, most used first.
    pub ledger: Vec<Assumption>,
    /// What is legal but worth a look.
    pub warnings: Vec<Diagnostic>,
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputFile {
    /// As reached from the command line, `/` between folders.
    pub path: String,
    /// Lower-case hexadecimal.
    pub sha256: String,
    /// Data rows, for CSV files.
    pub rows: Option<u64>,
}

/// A default that was used.
#[derive(Clone, Debug, PartialEq)]
pub struct Assumption {
    /// What was assumed, as `mtbf_hours = 26000 for kind server`.
    pub what: String,
    /// Where the default comes from, as `inventory.toml:4`.
    pub source: String,
    /// How many nodes rest on it.
    pub count: u64,
}

/// What the command line adds to a scenario, as typed.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// Ids, added to the known outages.
    pub down: Vec<String>,
    /// `ID=FACTOR`.
    pub derate: Vec<String>,
    /// `SERVICE=DEMAND`, at the case of `load` (or the first).
    pub demand: Vec<String>,
    /// Name of the load case.
    pub load: Option<String>,
    /// Selectors that replace the scenario's.
    pub elements: Option<Vec<String>>,
    /// Selectors that replace the scenario's.
    pub exclude: Option<Vec<String>>,
    /// Order of the sweep.
    pub order: Option<u32>,
    /// Trials of the simulation.
    pub trials: Option<u64>,
    /// Seed of the simulation.
    pub seed: Option<u64>,
}

/// Reads an inventory folder or a scenario file (and the inventory it names), then applies what
/// the command line says. Reads everything before it answers.
///
/// # Errors
/// Every fault of every file and of the command line at once.
pub fn load(_path: &Path, _overrides: &Overrides) -> Result<Loaded, Faults> {
    todo!()
}
