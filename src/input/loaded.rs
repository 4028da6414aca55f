//! What reading gives: the estate and what is asked of it, with where every figure comes from. Plain data,
//! which the reading of scenarios fills in and everybody else looks at.

use super::{Assumption, Diagnostic, InputFile};
use crate::model::{Scenario, System};
use std::path::PathBuf;

/// What was read, whole and valid.
#[derive(Debug)]
pub struct Loaded {
    /// The estate that the inventory describes.
    pub system: System,
    /// What is asked of it. For a bare inventory: one case `today` from the demand column, order 1,
    /// every component and link an element, no policies.
    pub scenario: Scenario,
    /// Load over time: profiles, where each demand comes from, the horizon.
    pub time: Time,
    /// What may fail, as written.
    pub scope: Scope,
    /// The named contingency that the command line put in place: its position, and the scenario without
    /// it.
    pub in_place: Option<(usize, Scenario)>,
    /// The scenario file, if one was given.
    pub scenario_path: Option<PathBuf>,
    /// The inventory folder.
    pub inventory_path: PathBuf,
    /// Every file that was read.
    pub inputs: Vec<InputFile>,
    /// What was assumed, most used first.
    pub ledger: Vec<Assumption>,
    /// What the scenario plans with: growth and margins, in the order of the load cases.
    pub plans: Vec<Assumption>,
    /// How many nodes fail as often as planning defaults say, which nobody here has measured.
    pub planned: u64,
    /// What is legal but worth a look.
    pub warnings: Vec<Diagnostic>,
}

impl Loaded {
    /// Everything that can be scaled or is assumed: plans, then defaults.
    #[must_use]
    pub fn assumptions(&self) -> Vec<&Assumption> {
        self.plans.iter().chain(&self.ledger).collect()
    }
}

/// What may fail in a sweep, as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Selectors of what may fail; `None` is everything.
    pub elements: Option<Vec<String>>,
    /// Selectors of what may not.
    pub exclude: Vec<String>,
    /// Known outages that the selectors keep: once repaired they may fail like the others. Sorted.
    pub returning: Vec<crate::model::NodeId>,
}

/// Load over time, as a scenario asks for it.
#[derive(Debug)]
pub struct Time {
    /// The zone of days and hours; UTC if none is declared.
    pub zone: jiff::tz::TimeZone,
    /// Every profile that was read.
    pub profiles: Vec<crate::model::Profile>,
    /// Where each load case of the scenario comes from, in their order.
    pub cases: Vec<CaseOrigin>,
    /// Demand hour by hour, if the scenario has a horizon.
    pub horizon: Option<crate::model::Horizon>,
    /// Declared hours to repair, by node; they win over `mttr_hours`.
    pub repair_hours: Vec<(crate::model::NodeId, f64)>,
    /// Works to find a time for, in the order of the scenario.
    pub works: Vec<crate::model::Work>,
}

/// Where one load case comes from.
#[derive(Debug)]
pub struct CaseOrigin {
    /// Position of its profile in [`Time::profiles`].
    pub profile: Option<usize>,
    /// The stretch of the profile that it looks at.
    pub window: Option<crate::model::Window>,
    /// One for each service, in the order of the system.
    pub derivations: Vec<crate::model::Derivation>,
}

impl CaseOrigin {
    /// The demand column, as it stands.
    pub(super) fn column(column: &[f64]) -> Self {
        let derivation = |&value| crate::model::Derivation {
            steps: vec![crate::model::Step::Column { value }],
        };
        Self {
            profile: None,
            window: None,
            derivations: column.iter().map(derivation).collect(),
        }
    }
}
