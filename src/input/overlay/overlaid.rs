//! What overlays did: the tables as they are now, and how often each rule was used. An entry of the ledger for
//! each, and the lines of inventory.toml that keep it.

use crate::input::grid::Grids;
use crate::input::placed::Placed;
use crate::input::{Assumption, Diagnostic};

/// Why what a rule set cannot be scaled.
const FIXED: &str = "an overlay sets it: change it there";

/// What a rule did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// What it set, and on what: `capacity = 400 for kind=server role=web`.
    pub what: String,
    /// Where the figure comes from, and where the rule stands.
    pub source: String,
    /// On how many nodes.
    pub count: u64,
    /// Whether it is a planning default for how often something fails.
    pub planning: bool,
}

impl Use {
    /// The entry of the ledger.
    #[must_use]
    pub fn assumption(&self) -> Assumption {
        Assumption {
            what: self.what.clone(),
            source: self.source.clone(),
            count: self.count,
            parameter: Err(FIXED),
        }
    }

    /// The entry that inventory.toml keeps of it.
    #[must_use]
    pub fn toml(&self) -> String {
        let text = |t: &str| toml::Value::String(t.to_owned()).to_string();
        let planning = if self.planning {
            "planning = true\n"
        } else {
            ""
        };
        format!(
            "\n[[overlaid]]\nwhat = {}\nsource = {}\ncount = {}\n{planning}",
            text(&self.what),
            text(&self.source),
            self.count
        )
    }
}

/// What became of an inventory.
#[derive(Default)]
pub struct Overlaid {
    /// The tables, changed.
    pub grids: Grids,
    /// What each rule did, in order.
    pub uses: Vec<Use>,
    /// Ids that are known outages, and why.
    pub down: Vec<(Placed<String>, String)>,
    /// What matched nothing, or everything.
    pub warnings: Vec<Diagnostic>,
}
