//! What the command line adds to a scenario, as typed: plain texts and numbers, nothing looked up yet.

use super::Scale;

/// What the command line adds to a scenario, as typed.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// Ids and selectors, added to the known outages.
    pub down: Vec<String>,
    /// `ID=FACTOR` or `SELECTOR=FACTOR`.
    pub derate: Vec<String>,
    /// `SERVICE=DEMAND`, at the case of `load` (or the first).
    pub demand: Vec<String>,
    /// Name of the load case.
    pub load: Option<String>,
    /// Name of the contingency to put in place.
    pub contingency: Option<String>,
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
    /// Nodes of the decision diagrams of the simulation.
    pub diagram_nodes: Option<u64>,
    /// Nothing is placed anew.
    pub no_restart: bool,
    /// One default, scaled.
    pub scale: Option<Scale>,
}
