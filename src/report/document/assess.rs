//! The result of `assess`: the verdict, what follows from it, and everything that it rests on.

use super::cold_start::ColdStart;
use super::decisions::Decisions;
use super::estate::Estate;
use super::evidence::Evidence;
use super::explain::ExplainNode;
use super::fix::{Fix, FixSearch};
use super::head::Head;
use super::load::Timeline;
use super::map::EstateMap;
use super::package::Package;
use super::placement::Cluster;
use super::plan::PlanResult;
use super::policies::PolicyResult;
use super::simulate::Simulate;
use super::state::State;
use super::sweep::Sweep;
use crate::analysis::VerdictWord;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Result of `assess`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Assess {
    /// Schema, tool, inputs, warnings.
    #[serde(flatten)]
    pub head: Head,
    /// Name of the scenario.
    pub scenario: String,
    /// The day waivers are judged on; present when there are waivers.
    pub as_of: Option<String>,
    /// The verdict.
    pub verdict: Verdict,
    /// What a reader must know first.
    pub decisions: Decisions,
    /// Name of the case marked as peak.
    pub peak: Option<String>,
    /// The base state at every load case, in the order of the scenario.
    pub base: Vec<State>,
    /// What works in the base state and could not be started if everything had stopped.
    #[serde(flatten)]
    pub cold_start: ColdStart,
    /// The sweep.
    pub sweep: Sweep,
    /// The table that lists all minimal sets; absent where the sweep lists them itself.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub minimal_table: Option<MinimalTable>,
    /// What every group of hosts can lose, by trying; absent where nothing is placed.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub clusters: Vec<Cluster>,
    /// The same scenario before anything has restarted; absent unless both readings are asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub first_minutes: Option<FirstMinutes>,
    /// The simulation; `null` when none was asked for or none could be had.
    pub simulate: Option<Simulate>,
    /// Why there is no simulation.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub simulate_reason: Option<String>,
    /// Every policy, in the order of the scenario.
    pub policies: Vec<PolicyResult>,
    /// Changes after which a breached policy holds, by policy.
    #[serde(default)]
    pub fixes: Vec<Fix>,
    /// Changes that lessen the breaches of a policy, which still does not hold after them: fewer
    /// are left, or they need more failures.
    #[serde(default)]
    pub lessens: Vec<Fix>,
    /// In which order to repair known outages and deratings; each counts the breaches of all
    /// policies.
    #[serde(default)]
    pub repairs: Vec<Fix>,
    /// How far the search for fixes went; `null` when it was left out.
    #[serde(default)]
    pub fix_search: Option<FixSearch>,
    /// The cheapest plan after which every policy holds; left out where nothing has a cost or no policy is
    /// breached.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub plan: Option<PlanResult>,
    /// What the result covers, what it rests on, how to repeat it; `null` where none was gathered.
    #[serde(default)]
    pub evidence: Option<Evidence>,
    /// Every hour of the horizon, if the scenario has one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub timeline: Option<Timeline>,
    /// Sites, racks and hosts as boxes in boxes, and how they stand; absent where the estate has no component.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub map: Option<EstateMap>,
    /// What the most urgent services need, at the peak: a tree each, of bounded size.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub pictures: Vec<Picture>,
    /// Why there is no timeline though the scenario has a horizon.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub timeline_reason: Option<String>,
    /// The inventory, in brief.
    #[serde(default)]
    pub estate: Option<Estate>,
    /// The inventory in full, for the page that runs the engine; absent where there is no such page.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub package: Option<Package>,
}

impl Assess {
    /// The state that counts for the services: at the peak, or else at the first load case.
    #[must_use]
    pub fn peak(&self) -> usize {
        let named = |s: &State| Some(&s.load_case) == self.peak.as_ref();
        self.base.iter().position(named).unwrap_or(0)
    }
}

/// What one service needs, at the load case that counts.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Picture {
    /// Name of the load case.
    pub load_case: String,
    /// The service and what it needs; what is left out for size is counted.
    pub tree: ExplainNode,
}

/// The answer in one object.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Verdict {
    /// `holds`, `breached` or `incomplete`.
    pub result: VerdictWord,
    /// One sentence.
    pub summary: String,
    /// How many policies hold.
    pub policies_held: usize,
    /// How many there are.
    pub policies: usize,
    /// Services by base status at the peak (or at the only case).
    pub services: BTreeMap<String, usize>,
    /// True if somebody interrupted the run: the same command comes to more. A limit that was reached is no
    /// interruption.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub interrupted: bool,
}

/// `table-minimal.csv`, where a result lists too few minimal sets to make it from.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct MinimalTable {
    /// How many sets it has.
    pub sets: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// The table, where it is at hand.
    #[serde(skip)]
    pub csv: Option<String>,
}

/// The same scenario in the first minutes, before anything has restarted.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct FirstMinutes {
    /// The base state at every load case, in the order of the scenario.
    pub base: Vec<State>,
    /// The sweep.
    pub sweep: Sweep,
}
