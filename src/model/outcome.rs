//! What can be said about one service in one state: status, cause, witness.

use super::{CaseId, NodeId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A service that delivers less than this is degraded.
pub const DEGRADED_BELOW: f64 = 1.0 - 1e-9;
/// A service with demand that delivers this or less is down.
pub const DOWN_AT: f64 = 1e-9;

/// Status of a service, in order of severity.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Delivers in full, and no cause of risk is known.
    Ok,
    /// Delivers in full, but one more failure, the peak or a thin headroom would change that.
    AtRisk,
    /// Works, but delivers less than its demand.
    Degraded,
    /// Does not work, or delivers nothing of a positive demand.
    Down,
}

impl Status {
    /// The word users read.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::AtRisk => "at-risk",
            Self::Degraded => "degraded",
            Self::Down => "down",
        }
    }

    /// What one state at one load case says by itself: never [`Status::AtRisk`].
    #[must_use]
    pub fn of(works: bool, demand: f64, delivered: f64) -> Self {
        if !works || (demand > 0.0 && delivered <= DOWN_AT) {
            Self::Down
        } else if delivered < DEGRADED_BELOW {
            Self::Degraded
        } else {
            Self::Ok
        }
    }

    /// Degraded or down.
    #[must_use]
    pub fn is_harm(self) -> bool {
        self >= Self::Degraded
    }
}

/// Why a service is at risk, in order of urgency: the peak will come, a failure may, a thin
/// headroom is a preference.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// This same state at the peak load case makes it degraded or down.
    Peak,
    /// Some single further element, failing now, makes it degraded or down.
    Redundancy,
    /// Its headroom is under the headroom asked for.
    Headroom,
}

impl Cause {
    /// The word users read.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Peak => "peak",
            Self::Redundancy => "redundancy",
            Self::Headroom => "headroom",
        }
    }
}

/// What shows that a cause holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Witness {
    /// The load case at which the service fails to deliver.
    Case(CaseId),
    /// The element whose failure would harm; the worst one, then the smallest id.
    Element(NodeId),
    /// The node that sets the headroom.
    Limit(NodeId),
}

/// One cause of an at-risk verdict.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
#[schemars(rename = "Finding")]
pub struct Finding<W = Witness> {
    /// Why.
    pub cause: Cause,
    /// Id or name of what shows it.
    pub witness: W,
    /// The status it would lead to.
    pub leads_to: Status,
}

/// One service in one state at one load case.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceOutcome {
    /// The service that this is about.
    pub service: NodeId,
    /// What it is: ok, at-risk, degraded or down.
    pub status: Status,
    /// Every cause of risk that holds, most urgent first; empty unless at-risk.
    pub findings: Vec<Finding>,
    /// Its demand, in its unit.
    pub demand: f64,
    /// Fraction of its demand that it gets, 0..=1.
    pub delivered: f64,
    /// By how much all demand can grow before it is degraded; `None` when nothing limits it.
    pub headroom: Option<f64>,
    /// The node that sets the headroom.
    pub limit: Option<NodeId>,
}

/// A set of elements failing together, sorted by id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Contingency(pub Vec<NodeId>);
