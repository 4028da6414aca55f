//! Load cases as lanes: which case each lane evaluates, with the peak always among them.

use crate::model::{CaseId, Scenario};

/// The most load cases that one pass evaluates.
pub(super) const MOST_LANES: usize = 8;

/// A run of load cases to evaluate together.
#[derive(Clone, Debug)]
pub(super) struct CaseLanes {
    /// The cases asked about; lane l evaluates `asked[l]`.
    asked: Vec<CaseId>,
    /// The lane of the peak case; one past the asked ones when it is not among them.
    peak: Option<(usize, CaseId)>,
}

impl CaseLanes {
    /// The given cases, and the peak.
    pub fn of(scenario: &Scenario, asked: &[CaseId]) -> Self {
        let at = |peak| asked.iter().position(|&c| c == peak).unwrap_or(asked.len());
        Self {
            asked: asked.to_vec(),
            peak: scenario.peak().map(|peak| (at(peak), peak)),
        }
    }

    /// These cases, in as few runs as lanes allow, without the peak beside them.
    pub fn only(cases: &[CaseId]) -> Vec<Self> {
        let run = |cases: &[CaseId]| Self {
            asked: cases.to_vec(),
            peak: None,
        };
        cases.chunks(MOST_LANES).map(run).collect()
    }

    /// All cases of a scenario, in as few runs as lanes allow.
    pub fn all(scenario: &Scenario) -> Vec<Self> {
        let cases: Vec<CaseId> = (0..).map(CaseId).take(scenario.cases.len()).collect();
        let most = match scenario.peak() {
            Some(_) if cases.len() > MOST_LANES => MOST_LANES - 1,
            _ => MOST_LANES,
        };
        cases
            .chunks(most)
            .map(|run| Self::of(scenario, run))
            .collect()
    }

    /// How many lanes there are to evaluate.
    pub fn len(&self) -> usize {
        let peak = self.peak.map_or(0, |(lane, _)| lane + 1);
        self.asked.len().max(peak)
    }

    /// The cases asked about, by lane.
    pub fn asked(&self) -> &[CaseId] {
        &self.asked
    }

    /// The lane of the peak case and its name, seen from another lane.
    pub fn peak_from(&self, lane: usize) -> Option<(usize, CaseId)> {
        self.peak.filter(|&(peak, _)| peak != lane)
    }

    /// Demand of each service in each lane; lanes that are not used repeat the first.
    pub fn demand<const L: usize>(&self, scenario: &Scenario) -> Vec<[f64; L]> {
        let case = |l: usize| match self.peak {
            Some((lane, peak)) if lane == l => peak,
            _ => *self.asked.get(l).unwrap_or(&self.asked[0]),
        };
        let services = scenario.cases[self.asked[0].index()].demand.len();
        let demand = |s: usize| std::array::from_fn(|l| scenario.cases[case(l).index()].demand[s]);
        (0..services).map(demand).collect()
    }
}
