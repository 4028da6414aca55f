//! What policies are judged by and what judging them finds: probabilities with their intervals, and for every
//! policy whether it holds and its breaches, with numbers for nodes.

use crate::model::{CaseId, NodeId, Shed, Status};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A probability with its interval; an exact one has `low == high`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Probability {
    /// Best estimate, 0..=1.
    pub estimate: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

/// What is exact is rounded: a probability within this of what is allowed, relatively, is what is allowed.
const SAME: f64 = 1e-9;

impl Probability {
    /// Whether it is more than what is allowed; `None` where its interval holds both.
    pub(super) fn exceeds(&self, allowed: f64) -> Option<bool> {
        let most = allowed * (1.0 + SAME);
        if self.low > most {
            Some(true)
        } else {
            (self.high <= most).then_some(false)
        }
    }
}

/// When a service is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum During {
    /// At any moment while a load case lasts.
    Case(CaseId),
    /// At any moment of the horizon: [`Scenario::year`](crate::model::Scenario::year).
    Horizon,
}

/// The probability that a service is at least that bad then, or why there is none.
pub type ProbabilityOf<'a> = &'a dyn Fn(NodeId, During, Status) -> Result<Probability, String>;

/// Every policy and waiver of a scenario, judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// In the order of the scenario.
    pub policies: Vec<PolicyOutcome>,
    /// Valid waivers that cover no breach: indices into [`Scenario::waivers`](crate::model::Scenario::waivers).
    pub unmatched: Vec<usize>,
}

/// One policy, judged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolicyOutcome {
    /// `None` when something it asks for was not computed and nothing computed breaches it.
    pub holds: Option<bool>,
    /// Why `holds` is `None`, or why the list of breaches is not complete.
    pub reason: Option<String>,
    /// Breaches that no valid waiver covers: by order, service, case, elements.
    pub breaches: Vec<PolicyBreach>,
    /// Breaches that a valid waiver covers, with its index in [`Scenario::waivers`](crate::model::Scenario::waivers).
    pub waived: Vec<(PolicyBreach, usize)>,
    /// Waivers of this policy that count for nothing, and why.
    pub lapsed: Vec<(usize, String)>,
}

/// A contingency that a policy does not allow.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
#[schemars(rename = "Breach")]
pub struct PolicyBreach<N = NodeId, C = CaseId, K = usize> {
    /// Service id.
    pub service: N,
    /// Load case name.
    #[serde(rename = "load_case")]
    pub case: C,
    /// Ids, sorted; empty for the base state.
    pub elements: Vec<N>,
    /// The named contingency that does it; absent for all others.
    // By number, it is an index into `Scenario::contingencies`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contingency: Option<K>,
    /// The demand that this contingency lowers.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub shed: Option<Shed>,
    /// Degraded or down; of a service whose demand is lowered any.
    pub status: Status,
    /// Fraction delivered.
    pub delivered: Option<f64>,
    /// For probability limits: what was found and what was allowed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub probability: Option<f64>,
    /// For probability limits: what was allowed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub allowed: Option<f64>,
    /// For targets: whether it is of the hours of the horizon; else of the load case.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub over_horizon: bool,
    /// For `no_cascade`: how many nodes are lost to overload. `status` is then what the service becomes
    /// with that.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trips: Option<u64>,
    /// For `restarts`: ids of the instances that run nowhere. `status` is then what the service becomes
    /// with that.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub unplaced: Vec<N>,
}

impl PolicyBreach {
    /// What a service becomes in the base state, and nothing more of it.
    pub(in crate::analysis) fn new(service: NodeId, case: CaseId, status: Status) -> Self {
        Self {
            service,
            case,
            elements: Vec::new(),
            contingency: None,
            shed: None,
            status,
            delivered: None,
            probability: None,
            allowed: None,
            over_horizon: false,
            trips: None,
            unplaced: Vec::new(),
        }
    }
}
