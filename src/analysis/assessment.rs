//! Everything that a scenario asks, answered: with numbers for nodes, and the verdict over it in one word.

use super::asked::asks_for_chances;
use super::decisions::Decisions;
use super::first_minutes::FirstMinutes;
use super::fix::{End, FixOutcome};
use super::ledger::{LedgerOutcome, Limit};
use super::montecarlo::{HourlyOutcome, SimulateOutcome};
use super::network::NetworkSweep;
use super::plan::{PlanEnd, PlanOutcome};
use super::stages::Stage;
use super::timeline::TimelineOutcome;
use super::{
    CaseHours, Cluster, ColdStart, Covered, Judgement, Memory, StateOutcome, SweepOutcome,
    WorstForAll,
};
use crate::model::{NodeId, Scenario};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Everything that a scenario asks.
#[derive(Clone, Debug)]
pub struct Assessment {
    /// The base state at every load case, in order.
    pub states: Vec<StateOutcome>,
    /// By load case and service: the outages that have a part in its status; `None` where that is too
    /// much to try.
    pub parts: Vec<Option<Vec<Vec<NodeId>>>>,
    /// The same of deratings.
    pub derated_parts: Vec<Option<Vec<Vec<NodeId>>>>,
    /// What could not be started if everything had stopped, in the base state.
    pub cold_start: ColdStart,
    /// Every contingency.
    pub sweep: SweepOutcome,
    /// Links and network demand; `None` when no flow crosses a network.
    pub links: Option<NetworkSweep>,
    /// The contingency that harms most services at the peak, or else at the first load case; `None` where
    /// none that was looked at harms any.
    pub worst: Option<WorstForAll>,
    /// Probabilities; `None` when none are asked for or the watcher ended it before them.
    pub simulate: Option<SimulateOutcome>,
    /// What is expected over the hours of the horizon; `None` where no policy holds targets to it.
    pub over_horizon: Option<HourlyOutcome>,
    /// Every policy and waiver.
    pub judgement: Judgement,
    /// What every group of hosts can lose; empty where nothing is placed.
    pub clusters: Vec<Cluster>,
    /// The same scenario before anything has restarted; `None` unless both readings are asked for.
    pub first_minutes: Option<FirstMinutes>,
    /// Every hour; `None` when there is no horizon or the watcher ended it.
    pub timeline: Option<TimelineOutcome>,
    /// Load cases held against the hours of the same days.
    pub cases: Vec<CaseHours>,
    /// What would take breaches away; `None` when that is not asked for.
    pub fixes: Option<FixOutcome>,
    /// The cheapest plan after which every policy holds; `None` when fixes are not asked for, when nothing
    /// has a cost, and when no policy is breached.
    pub plan: Option<PlanOutcome>,
    /// What half and twice of each default would do; `None` when that is not asked for.
    pub ledger: Option<LedgerOutcome>,
    /// What share of the estate says what.
    pub covered: Covered,
    /// Whether the policies hold, are breached, or cannot be told.
    pub verdict: VerdictWord,
    /// What a reader must know first.
    pub decisions: Decisions,
    /// What ended early, and why; the verdict holds only when nothing did.
    pub incomplete: Vec<(Stage, Incomplete)>,
}

impl Assessment {
    /// Why a stage on which the verdict rests is not complete, if it is not.
    #[must_use]
    pub fn incomplete(&self, stage: Stage) -> Option<Incomplete> {
        let found = self.incomplete.iter().find(|(s, _)| *s == stage);
        found.map(|(_, why)| *why)
    }

    /// Whether policies were judged on less than was asked for.
    #[must_use]
    pub fn ended_early(&self) -> bool {
        let judged_on = [Stage::Sweep, Stage::Simulate];
        judged_on.iter().any(|&s| self.incomplete(s).is_some())
    }

    /// Whether a policy limits probabilities, or keeps targets, where no element that may fail has a reliability:
    /// nothing fails by chance then, and such a policy is kept whatever the estate is like.
    #[must_use]
    pub fn rests_on_no_reliability(&self, scenario: &Scenario) -> bool {
        let known = self.simulate.as_ref().map(|s| s.reliability.known);
        known == Some(0) && asks_for_chances(scenario)
    }

    /// Whether the watcher ended any part of it: another run comes to more.
    #[must_use]
    pub fn was_interrupted(&self) -> bool {
        let stages = self.incomplete.iter();
        let first = self.first_minutes.as_ref();
        let fixes = self.fixes.as_ref().and_then(|f| f.end);
        let ledger = self.ledger.as_ref().and_then(|l| l.limit);
        stages
            .map(|(_, why)| *why)
            .any(|why| why == Incomplete::Interrupted)
            || first.is_some_and(|first| !first.sweep.is_complete())
            || fixes == Some(End::Interrupted)
            || ledger == Some(Limit::Interrupted)
            || self
                .plan
                .as_ref()
                .is_some_and(|p| p.end == PlanEnd::Interrupted)
    }
}

/// The answer in one word.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum VerdictWord {
    /// Every policy holds.
    Holds,
    /// A policy is breached.
    Breached,
    /// Something that was asked for could not be computed.
    Incomplete,
}

impl VerdictWord {
    /// The word users read.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Breached => "breached",
            Self::Incomplete => "incomplete",
        }
    }

    /// Over policies, from whether each holds; `None` for one that could not be judged.
    #[must_use]
    pub fn over(policies: impl IntoIterator<Item = Option<bool>>) -> Self {
        let mut word = Self::Holds;
        for holds in policies {
            match holds {
                Some(false) => return Self::Breached,
                None => word = Self::Incomplete,
                Some(true) => {}
            }
        }
        word
    }
}

/// Why something that was asked for is not complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Incomplete {
    /// The watcher ended it.
    Interrupted,
    /// It would take more memory than the watcher allows.
    Memory(Memory),
}
