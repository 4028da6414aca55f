//! Whether the verdict hangs on a default. In: an estate, the defaults it rests on, a way to read it
//! with one of them scaled. Out: every policy judged with half and with twice of each. Promises:
//! every answer is from assessing the estate anew; bounded by counts and not by time; what was not
//! tried is a value with a reason.
//!
//! Probabilities are compared at few trials where that judges the policies as the full run did, and
//! at all trials, for fewer defaults, where it does not.

use super::asked::{Asked, asks_for_chances, hourly};
use super::montecarlo::{JudgedStates, Settings, SimulateOutcome, Snapshot};
use super::outcome::Quiet;
use super::policy::{asked_order, sweep_asked};
use super::{Study, SweepOutcome, Watch, judge};
use crate::input::Assumption;
use crate::model::{Reliability, Scenario, System};
use jiff::civil::Date;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Trials of a simulation that is only compared.
const TRIALS: u64 = 2_000;
/// Scaled estates that are simulated, at most.
const MOST_SIMULATED: u64 = 64;
/// The same where few trials are not enough.
const MOST_SIMULATED_IN_FULL: u64 = 8;
/// Factors that are tried.
const FACTORS: [f64; 2] = [0.5, 2.0];

/// A default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It moves what things carry, or where load goes.
    Load,
    /// It only moves how often things fail.
    Reliability,
    /// There is nothing to scale.
    Fixed,
}

impl From<&Assumption> for Turn {
    fn from(assumption: &Assumption) -> Self {
        match &assumption.parameter {
            Ok(parameter) if parameter.is_reliability() => Self::Reliability,
            Ok(_) => Self::Load,
            Err(_) => Self::Fixed,
        }
    }
}

/// Whether each policy holds; `None` for one that could not be judged.
pub type Verdicts = Vec<Option<bool>>;

/// What is tried.
pub struct Task<'a> {
    /// The estate as it is.
    pub system: &'a System,
    /// What is asked of it.
    pub scenario: &'a Scenario,
    /// How its policies were judged.
    pub verdicts: &'a [Option<bool>],
    /// Every default.
    pub turns: &'a [Turn],
    /// The estate with one default scaled: its position and the factor.
    pub scaled: &'a dyn Fn(usize, f64) -> Option<(System, Scenario)>,
    /// The day on which waivers must be valid.
    pub as_of: Date,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LedgerOutcome {
    /// For every default: the policies with half of it and with twice of it.
    pub entries: Vec<[Tried; 2]>,
    /// Why some were not tried.
    pub limit: Option<Limit>,
    /// How many times the estate was assessed anew.
    pub runs: u64,
    /// At most so many.
    pub most_runs: u64,
}

/// Why defaults were not tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// The watcher ended it.
    Interrupted,
    /// A sweep would take more memory than it may.
    Memory,
    /// The estate is assessed anew only so often.
    Runs,
}

/// Why no policy can depend on a default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idle {
    /// There is no policy to judge.
    NoPolicy,
    /// It only moves probabilities, and no policy limits one.
    NoProbability,
}

/// One default with one factor.
#[derive(Clone, Debug, PartialEq)]
pub enum Tried {
    /// How the policies are judged.
    Judged(Verdicts),
    /// No policy can depend on it: why.
    Idle(Idle),
    /// It was not tried.
    Not,
}

/// Tries half and twice of every default.
#[must_use]
pub fn ledger(task: &Task<'_>, watch: &dyn Watch) -> LedgerOutcome {
    if task.scenario.policies.is_empty() {
        let idle = || Tried::Idle(Idle::NoPolicy);
        return LedgerOutcome {
            entries: vec![[idle(), idle()]; task.turns.len()],
            ..LedgerOutcome::default()
        };
    }
    let mut bench = Bench::new(task, watch);
    let entries = (0..task.turns.len()).map(|at| FACTORS.map(|factor| bench.turn(at, factor)));
    let entries = entries.collect();
    LedgerOutcome {
        entries,
        limit: bench.limit(),
        runs: bench.runs,
        most_runs: bench.most_runs,
    }
}

/// Assesses one estate after the other.
struct Bench<'a> {
    task: &'a Task<'a>,
    watch: &'a dyn Watch,
    /// The sweep of the estate as it is: reliability does not move it.
    sweep: Option<SweepOutcome>,
    /// Trials, if some policy limits a probability.
    trials: Option<u64>,
    /// What states of the estate as it is were judged like: reliability does not move that.
    judged: JudgedStates,
    /// What policies were judged like for unavailabilities that were seen.
    seen: HashMap<[u8; 32], Verdicts>,
    runs: u64,
    most_runs: u64,
    limited: bool,
    stopped: bool,
    /// A sweep would have taken more memory than it may.
    refused: bool,
}

impl<'a> Bench<'a> {
    fn new(task: &'a Task<'a>, watch: &'a dyn Watch) -> Self {
        let scenario = task.scenario;
        let contingencies = scenario.sweep.elements.len() * scenario.cases.len();
        let deep = if asked_order(scenario) > 1 { 20 } else { 1 };
        let cost = contingencies.saturating_mul(deep).max(1) as u64;
        let mut bench = Self {
            task,
            watch,
            sweep: None,
            trials: scenario
                .simulate
                .filter(|_| asks_for_chances(scenario))
                .map(|s| s.trials.min(TRIALS)),
            judged: JudgedStates::default(),
            seen: HashMap::new(),
            runs: 0,
            most_runs: (500_000 / cost).clamp(4, 200),
            limited: false,
            stopped: false,
            refused: false,
        };
        if bench.trials.is_some() {
            bench.most_runs = bench.most_runs.min(MOST_SIMULATED);
        }
        bench.start();
        bench
    }

    /// Judges the estate as it is, and turns to more trials where few judge it differently.
    fn start(&mut self) {
        if self.watch.stop() {
            self.stopped = true;
            return;
        }
        let (system, scenario) = (self.task.system, self.task.scenario);
        let study = Study::new(system, scenario);
        self.sweep = self.swept(&study);
        let (Some(_), Some(spec)) = (self.trials, scenario.simulate) else {
            return;
        };
        let few = self.judged(system, scenario, false);
        if few.as_deref() != Some(self.task.verdicts) && !self.stopped {
            self.trials = Some(spec.trials);
            self.most_runs = self.most_runs.min(MOST_SIMULATED_IN_FULL);
        }
    }

    fn limit(&self) -> Option<Limit> {
        match (self.stopped, self.refused, self.limited) {
            (true, ..) => Some(Limit::Interrupted),
            (_, true, _) => Some(Limit::Memory),
            (.., true) => Some(Limit::Runs),
            _ => None,
        }
    }

    fn turn(&mut self, at: usize, factor: f64) -> Tried {
        let turn = self.task.turns[at];
        if turn == Turn::Fixed {
            return Tried::Not;
        }
        if turn == Turn::Reliability && self.trials.is_none() {
            return Tried::Idle(Idle::NoProbability);
        }
        if self.stopped || self.runs >= self.most_runs {
            self.limited |= !self.stopped;
            return Tried::Not;
        }
        let Some((system, scenario)) = (self.task.scaled)(at, factor) else {
            return Tried::Not;
        };
        let key = (turn == Turn::Reliability).then(|| fingerprint(&system));
        if let Some(known) = key.and_then(|k| self.seen.get(&k)) {
            return Tried::Judged(known.clone());
        }
        self.runs += 1;
        let Some(verdicts) = self.judged(&system, &scenario, turn == Turn::Load) else {
            return Tried::Not;
        };
        if let Some(key) = key {
            self.seen.insert(key, verdicts.clone());
        }
        Tried::Judged(verdicts)
    }

    /// The policies of an estate; `sweeps` when its sweep may be another than that of the estate
    /// as it is.
    fn judged(&mut self, system: &System, scenario: &Scenario, sweeps: bool) -> Option<Verdicts> {
        let study = Study::new(system, scenario);
        let own;
        let sweep = if sweeps {
            own = self.swept(&study)?;
            &own
        } else {
            self.sweep.as_ref()?
        };
        let simulated = match self.trials {
            Some(trials) => {
                let known = (!sweeps).then_some(&self.judged);
                simulated(&study, trials, known, self.watch).map(|cases| {
                    let horizon = hourly(&study, trials, false, &Quiet(self.watch));
                    Some(Asked { cases, horizon })
                })
            }
            None => Ok(None),
        };
        if self.watch.stop() {
            self.stopped = true;
            return None;
        }
        let probability = |service, during, status| match &simulated {
            Ok(Some(asked)) => asked.probability(service, during, status),
            Ok(None) => Err("there is no simulation".to_owned()),
            Err(reason) => Err(reason.clone()),
        };
        let placements = study.system().placements();
        let judgement = judge(placements, scenario, sweep, &probability, self.task.as_of);
        Some(judgement.policies.iter().map(|p| p.holds).collect())
    }

    fn swept(&mut self, study: &Study<'_>) -> Option<SweepOutcome> {
        let sweep = sweep_asked(study, &Quiet(self.watch));
        if !sweep.is_complete() {
            if self.watch.stop() {
                self.stopped = true;
            } else {
                self.refused = true;
            }
            return None;
        }
        Some(sweep)
    }
}

fn simulated(
    study: &Study<'_>,
    trials: u64,
    known: Option<&JudgedStates>,
    watch: &dyn Watch,
) -> Result<SimulateOutcome, String> {
    let seed = study.scenario().simulate.map_or(1, |s| s.seed);
    let settings = Settings {
        at_risk: false,
        ..Settings::new(trials, seed)
    };
    let snapshot = Snapshot::new(study, settings).map_err(|faults| {
        let all: Vec<String> = faults.iter().map(ToString::to_string).collect();
        all.join("; ")
    })?;
    let snapshot = snapshot.sharing(known);
    Ok(snapshot.answer(&snapshot.run(None, &Quiet(watch), &mut |_| ())))
}

/// Of every unavailability: halving one rate and doubling the other come to the same.
fn fingerprint(system: &System) -> [u8; 32] {
    let mut all = Sha256::new();
    for node in system.nodes() {
        let q = node.reliability.map_or(0.0, Reliability::unavailability);
        all.update(q.to_bits().to_le_bytes());
    }
    all.finalize().into()
}
