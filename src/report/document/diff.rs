//! Result of `diff`: what changed from one result to another.

use super::{Head, Tool};
use crate::model::Status;
use serde::{Deserialize, Serialize};

/// Two results against each other.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct Diff {
    /// Schema, tool, the two files, warnings.
    #[serde(flatten)]
    pub head: Head,
    /// The result before.
    pub old: Side,
    /// The result after.
    pub new: Side,
    /// Contingencies up to this order are in both.
    pub compared_order: u32,
    /// How many changes there are of each sort.
    pub totals: Totals,
    /// Paths of inputs whose bytes differ, or that only one of the results read.
    pub changed_inputs: Vec<String>,
    /// Policies that hold in one and not in the other.
    pub policies: Vec<PolicyChange>,
    /// New first, then worse, better, fixed.
    pub changes: Vec<Change>,
}

/// Where one result comes from.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Side {
    /// Its schema.
    pub schema: String,
    /// Who wrote it.
    pub tool: Tool,
    /// The highest order it computed; 0 for one state.
    pub order: u32,
    /// Whether its sweep accounts for every contingency.
    pub complete: bool,
}

/// How many changes there are of each sort.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq)]
pub struct Harm {
    /// The status.
    pub status: Status,
    /// Fraction of the demand that is delivered.
    pub delivered: f64,
}

impl Harm {
    /// No harm is listed.
    pub const NONE: Self = Self {
        status: Status::Ok,
        delivered: 1.0,
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
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct Change {
    /// New, worse, better or fixed.
    pub direction: Direction,
    /// Service id.
    pub service: String,
    /// Name of the load case.
    pub load_case: String,
    /// Ids of what fails, sorted; empty for the base state.
    pub elements: Vec<String>,
    /// What it did.
    pub old: Harm,
    /// What it does.
    pub new: Harm,
}

/// A policy whose verdict changed.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct PolicyChange {
    /// Its name.
    pub name: String,
    /// Whether it held; `null` when that was not computed or there was no such policy.
    pub old: Option<bool>,
    /// Whether it holds.
    pub new: Option<bool>,
}
