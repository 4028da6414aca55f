//! Result of `diff`: what changed from one result to another.

use super::simulate::Estimate;
use super::{Head, Tool, VerdictWord};
use crate::model::Status;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Two results against each other.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Diff {
    /// Schema, tool, the two files, warnings.
    #[serde(flatten)]
    pub head: Head,
    /// The result before.
    pub old: Side,
    /// The result after.
    pub new: Side,
    /// The verdicts; `null` unless both results are assessments.
    pub verdict: Option<VerdictChange>,
    /// Policies that are judged differently or have more or fewer breaches, newly breached ones first.
    pub policies: Vec<PolicyChange>,
    /// Services whose headroom in the base state is not what it was.
    pub headroom: Vec<HeadroomChange>,
    /// Services that other numbers of contingencies harm, by order.
    pub counts: Vec<CountChange>,
    /// Contingencies up to this order are in both.
    pub compared_order: u32,
    /// How many changes there are of each sort.
    pub totals: Totals,
    /// How many changes of probability there are of each sort.
    pub chance_totals: Totals,
    /// Paths of inputs whose bytes differ, or that only one of the results read.
    pub changed_inputs: Vec<String>,
    /// What became of the inventory; `null` when a result does not carry it.
    pub inventory: Option<InventoryChange>,
    /// New first, then worse, better, fixed.
    pub changes: Vec<Change>,
    /// Probabilities and hours whose intervals no longer meet: new first, then worse, better, fixed.
    pub chances: Vec<ChanceChange>,
}

/// From one inventory to another.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct InventoryChange {
    /// What only the new one has, by id.
    pub added: Vec<NodeName>,
    /// What only the old one has, by id.
    pub removed: Vec<NodeName>,
    /// Other capacity or other demand, by id.
    pub resized: Vec<Resized>,
    /// Other targets, costs and limits of growth, by id.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub figures: Vec<Resized>,
    /// What else is not the same, by id.
    pub changed: Vec<NodeChange>,
    /// Why not all of both inventories could be compared.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
}

impl InventoryChange {
    /// Whether nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty()
            && self.removed.is_empty()
            && self.resized.is_empty()
            && self.figures.is_empty()
            && self.changed.is_empty()
    }
}

/// A component, link, flow or service.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct NodeName {
    /// Its id.
    pub id: String,
    /// Its kind.
    pub kind: String,
}

/// Another capacity, another demand, or another figure of an element.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Resized {
    /// Its id.
    pub id: String,
    /// Its kind.
    pub kind: String,
    /// `capacity` or `demand`; of figures `slo`, `cost`, `cost_per_unit` or `max_capacity`.
    pub what: String,
    /// Unit of both numbers, in the new inventory.
    pub unit: Option<String>,
    /// What it was; `null` is unlimited for a capacity, and not given for a figure.
    pub old: Option<f64>,
    /// What it is; `null` likewise.
    pub new: Option<f64>,
}

/// Something else that is not the same.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct NodeChange {
    /// Its id.
    pub id: String,
    /// Its kind, in the new inventory.
    pub kind: String,
    /// Of `file`, `kind`, `unit`, `unavailability`, `trips_at`, `serves`, `logical`, `needs`.
    pub what: Vec<String>,
}

/// A probability (or an expectation) that is not what it was.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct ChanceChange {
    /// New, worse, better or fixed.
    pub direction: Direction,
    /// Service id.
    pub service: String,
    /// Name of the load case; `null` for histories over a horizon.
    pub load_case: Option<String>,
    /// What is estimated.
    pub measure: Measure,
    /// What it was.
    pub old: Estimate,
    /// What it is.
    pub new: Estimate,
}

/// What a simulation estimates of a service.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// Probability of being down.
    Down,
    /// Probability of being degraded or down.
    DegradedOrDown,
    /// Expected unserved demand, in the unit of the demand.
    Unserved,
    /// Mean hours degraded or down over the horizon.
    HoursHarmed,
}

impl Measure {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Down => "P(down)",
            Self::DegradedOrDown => "P(degraded or down)",
            Self::Unserved => "unserved demand",
            Self::HoursHarmed => "hours degraded or down",
        }
    }
}

/// Where one result comes from.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct Side {
    /// Its schema.
    pub schema: String,
    /// Who wrote it.
    pub tool: Tool,
    /// The highest order up to which it accounts for every contingency; 0 for one state.
    pub order: u32,
    /// Whether its sweep accounts for every contingency.
    pub complete: bool,
    /// The day on which its waivers were judged; absent where it has none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub as_of: Option<String>,
}

/// How many changes there are of each sort.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct Totals {
    /// Not there before.
    pub new: u64,
    /// There before, worse now.
    pub worse: u64,
    /// There before, better now.
    pub better: u64,
    /// There before, gone now.
    pub fixed: u64,
}

/// Which way something changed.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Not there before.
    New,
    /// Worse than before.
    Worse,
    /// Better than before.
    Better,
    /// Gone.
    Fixed,
}

impl Direction {
    /// The word users read.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Worse => "worse",
            Self::Better => "better",
            Self::Fixed => "fixed",
        }
    }
}

/// Status and fraction delivered.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Harm {
    /// The status.
    pub status: Status,
    /// Fraction of the demand that is delivered; `null` where a result does not say: it lists a part
    /// of the contingency that does as much harm by itself, and all of it may deliver less.
    pub delivered: Option<f64>,
}

impl Harm {
    /// No harm is listed.
    pub const NONE: Self = Self {
        status: Status::Ok,
        delivered: Some(1.0),
    };
}

/// One service at one load case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceAt {
    /// Its id.
    pub service: String,
    /// Name of the load case.
    pub load_case: String,
}

impl ServiceAt {
    /// A service at a load case.
    #[must_use]
    pub fn new(service: &str, load_case: &str) -> Self {
        Self {
            service: service.to_owned(),
            load_case: load_case.to_owned(),
        }
    }
}

/// A contingency that does other harm to a service than before.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Change {
    /// New, worse, better or fixed.
    pub direction: Direction,
    /// Service id.
    pub service: String,
    /// Name of the load case.
    pub load_case: String,
    /// Ids of what fails, sorted; empty for the base state and where the contingency has a name.
    pub elements: Vec<String>,
    /// Name of a contingency that both results name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub contingency: Option<String>,
    /// What it did; `null` when the old result does not have the service.
    pub old: Option<Harm>,
    /// What it does; `null` when the new result does not have the service.
    pub new: Option<Harm>,
}

/// From one verdict to another, or the same twice.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct VerdictChange {
    /// What it was.
    pub old: VerdictWord,
    /// What it is.
    pub new: VerdictWord,
}

/// Another headroom in the base state, of a service that works in both.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct HeadroomChange {
    /// Service id.
    pub service: String,
    /// Name of the load case.
    pub load_case: String,
    /// What it was; `null` when nothing limited it.
    pub old: Option<f64>,
    /// What it is; `null` when nothing limits it.
    pub new: Option<f64>,
    /// What set it.
    pub old_limit: Option<String>,
    /// What sets it.
    pub new_limit: Option<String>,
}

/// How many contingencies of one order harm a service, before and now.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct CountChange {
    /// Service id.
    pub service: String,
    /// Name of the load case.
    pub load_case: String,
    /// How many elements fail.
    pub order: u32,
    /// Before.
    pub old: Counts,
    /// Now.
    pub new: Counts,
}

/// How many contingencies leave a service how; `null` where it was not computed.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct Counts {
    /// Down.
    pub down: Option<u64>,
    /// Degraded.
    pub degraded: Option<u64>,
    /// At risk.
    pub at_risk: Option<u64>,
}

/// A policy that is judged differently, or that other numbers of breaches speak against.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct PolicyChange {
    /// Its name.
    pub name: String,
    /// Whether it held; `null` when that was not computed or there was no such policy.
    pub old: Option<bool>,
    /// Whether it holds.
    pub new: Option<bool>,
    /// How many breaches there were that no waiver covers; `null` when there was no such policy.
    pub old_breaches: Option<u64>,
    /// How many there are.
    pub new_breaches: Option<u64>,
}

impl PolicyChange {
    /// Whether it is breached now and was not before.
    #[must_use]
    pub fn is_worse(&self) -> bool {
        self.new == Some(false) && self.old != Some(false)
    }
}
