//! The main job: everything that a scenario asks, its policies judged, and the verdict over them.
//!
//! In: a study, what else is known of its estate, who watches. Out: an [`Assessment`], with numbers
//! for nodes. Promises: reads and writes nothing; the same for any number of threads; whatever ended
//! before its end is named, with the reason, and no verdict that rests on it is said to hold.

use super::asked::{Asked, asks_for_horizon, hourly};
use super::assessment::{Assessment, Incomplete, VerdictWord};
use super::divided::Joined;
use super::first_minutes::{FirstMinutes, FirstSweep};
use super::fix::{FixContext, fixes};
use super::ledger::{LedgerOutcome, Task, Turn, ledger};
use super::montecarlo::{Settings, SettingsError, SimulateOutcome};
use super::network::NetworkSweep;
use super::plan::{Objective, PlanOptions, date, few_runs, objective, plan};
use super::stages::{Stage, Stages};
use super::timeline::timeline;
use super::{
    Decisions, Estimating, Judgement, Memory, NoWatch, StateOutcome, Study, SweepCost,
    SweepOutcome, SweepRecord, Watch, cases_over_hours, clusters, coverage, covered, decisions,
    derated_parts, judge, parts, worst_for_all,
};
use crate::input::{Loaded, Time};
use crate::model::{CaseId, NodeId, Scenario, System};
use jiff::civil::Date;
use std::sync::OnceLock;

/// What is known beside the system and the scenario, and what is asked for beside the verdict.
#[derive(Clone, Copy, Default)]
pub struct Options<'a> {
    /// The day on which waivers must be valid.
    pub as_of: Date,
    /// Load over time: the hours to come, repair times, where load cases come from.
    pub time: Option<&'a Time>,
    /// Known outages that may fail again once they are repaired, sorted.
    pub returning: &'a [NodeId],
    /// Whether to look for what would take breaches away.
    pub fixes: bool,
    /// The defaults to halve and to double, if the verdict is to be tried for them.
    pub defaults: Option<Defaults<'a>>,
    /// What was worked out in parts, and is not worked out again.
    pub joined: Option<&'a Joined>,
}

impl<'a> Options<'a> {
    /// Everything that was loaded, fixes included and defaults left alone.
    #[must_use]
    pub fn of(loaded: &'a Loaded, as_of: Date) -> Self {
        Self {
            as_of,
            time: Some(&loaded.time),
            returning: &loaded.scope.returning,
            fixes: true,
            defaults: None,
            joined: None,
        }
    }
}

/// Defaults that the estate rests on, and a way to read it with one of them scaled.
#[derive(Clone, Copy)]
pub struct Defaults<'a> {
    /// What each of them moves.
    pub turns: &'a [Turn],
    /// The estate with one default scaled: its position and the factor; `None` where it is then not
    /// valid.
    pub scaled: &'a dyn Fn(usize, f64) -> Option<(System, Scenario)>,
}

/// Computes everything that the scenario of a study asks.
///
/// Policies are judged by the minimal sets that the study lists: with
/// [`Study::listing`]`(usize::MAX)` by all of them.
///
/// # Errors
/// Every reason why the scenario cannot be simulated as it asks.
pub fn assess(
    study: &Study<'_>,
    options: &Options<'_>,
    stages: &dyn Stages,
) -> Result<Assessment, Vec<SettingsError>> {
    let scenario = study.scenario();
    let mut incomplete = Vec::new();
    // Before all that can end early: without the base state there is no answer.
    let (states, parts, derated_parts) = base_states(study);
    let (sweep, links) = swept(study, options.joined, stages, &mut incomplete);
    let worst = worst_for_all(study, &sweep, scenario.peak().unwrap_or(CaseId(0)));
    let simulate = simulated(study, options.joined, stages, &mut incomplete)?;
    let asked = simulate.map(|cases| {
        let mut horizon = None;
        if cases.complete && asks_for_horizon(scenario) {
            horizon = hourly(study, cases.trials, true, &*stages.begin(Stage::Simulate));
            if horizon.is_none() {
                incomplete.push((Stage::Simulate, Incomplete::Interrupted));
            }
        }
        Asked { cases, horizon }
    });
    let probability = |service, during, status| match &asked {
        Some(asked) => asked.probability(service, during, status),
        None if scenario.simulate.is_some() => {
            Err("probabilities were not computed: interrupted".to_owned())
        }
        None => Err("probabilities were not computed: the scenario has no [simulate]".to_owned()),
    };
    let placements = study.system().placements();
    let judgement = judge(placements, scenario, &sweep, &probability, options.as_of);
    let clusters = clusters(study, scenario.sweep.order, &NoWatch);
    let first_minutes = first_minutes(study, options.joined, stages);
    let timeline = options.time.and_then(|time| {
        let horizon = time.horizon.as_ref()?;
        let watch = stages.begin(Stage::Timeline);
        let outcome = timeline(study, horizon, &time.repair_hours, &*watch);
        if outcome.is_none() {
            incomplete.push((Stage::Timeline, Incomplete::Interrupted));
        }
        outcome
    });
    let cases = match (options.time, &timeline) {
        (Some(time), Some(outcome)) => cases_over_hours(time, outcome, &states),
        _ => Vec::new(),
    };
    let context = FixContext {
        system: study.system(),
        scenario,
        returning: options.returning,
    };
    let fixes = options.fixes.then(|| {
        let watch = stages.begin(Stage::Fixes);
        fixes(context, &sweep, &judgement, options.as_of, &*watch)
    });
    let is_breached = judgement.policies.iter().any(|p| p.holds == Some(false));
    let has_costs = objective(study.system()) == Objective::Cost;
    let plan = (options.fixes && is_breached && has_costs).then(|| {
        let watch = stages.begin(Stage::Fixes);
        let asked = PlanOptions {
            as_of: options.as_of,
            runs: Some(few_runs(context)),
        };
        let mut found = plan(context, &asked, &*watch);
        if let Some(horizon) = options.time.and_then(|time| time.horizon.as_ref()) {
            date(context, &mut found, horizon, &*watch);
        }
        found
    });
    let ledger = options
        .defaults
        .map(|defaults| assumptions(study, options.as_of, defaults, &judgement, stages));
    let (simulate, over_horizon) = match asked {
        Some(asked) => (Some(asked.cases), asked.horizon),
        None => (None, None),
    };
    let mut assessment = Assessment {
        verdict: VerdictWord::over(judgement.policies.iter().map(|p| p.holds)),
        states,
        parts,
        derated_parts,
        cold_start: study.cold_start(&[], CaseId(0)),
        sweep,
        links,
        worst,
        simulate,
        over_horizon,
        judgement,
        clusters,
        first_minutes,
        timeline,
        cases,
        fixes,
        plan,
        ledger,
        covered: covered(study.system(), &coverage(study.system(), scenario)),
        decisions: Decisions::default(),
        incomplete,
    };
    let open = !assessment.incomplete.is_empty();
    if assessment.ended_early() || (open && assessment.verdict == VerdictWord::Holds) {
        assessment.verdict = VerdictWord::Incomplete;
    }
    assessment.decisions = decisions(study.system(), scenario, options.time, &assessment);
    Ok(assessment)
}

/// The same scenario before anything has restarted, if both readings are asked for and differ.
fn first_minutes(
    study: &Study<'_>,
    joined: Option<&Joined>,
    stages: &dyn Stages,
) -> Option<FirstMinutes> {
    let first = FirstSweep::of(study)?;
    let study = first.study(study);
    let cases = (0..).map(CaseId).take(study.scenario().cases.len());
    let states = cases.map(|case| study.state(&[], case)).collect();
    let watch = stages.begin(Stage::Sweep);
    let parts = joined.map(|joined| &joined.first[..]);
    let sweep = swept_by(&study, parts, &*watch);
    Some(FirstMinutes { states, sweep })
}

/// Which services each of some elements has a part in harming, or putting at risk, by load case; see [`parts`].
type Parts = Vec<Option<Vec<Vec<NodeId>>>>;

/// The base state at every load case; and by load case, the outages and the deratings that have a part in the status
/// of each service.
fn base_states(study: &Study<'_>) -> (Vec<StateOutcome>, Parts, Parts) {
    let cases = (0..).map(CaseId).take(study.scenario().cases.len());
    let states: Vec<_> = cases.map(|case| study.state(&[], case)).collect();
    let outages = states.iter().map(|state| parts(study, state)).collect();
    let deratings = states.iter().map(|state| derated_parts(study, state));
    let deratings = deratings.collect();
    (states, outages, deratings)
}

/// Every contingency; from parts, if there are any. Parts of something else are not used.
fn swept_by(study: &Study<'_>, parts: Option<&[SweepRecord]>, watch: &dyn Watch) -> SweepOutcome {
    let order = study.scenario().sweep.order;
    let joined = parts.and_then(|parts| study.sweep_joined(order, parts, watch).ok());
    joined.unwrap_or_else(|| study.sweep(order, watch))
}

fn swept(
    study: &Study<'_>,
    joined: Option<&Joined>,
    stages: &dyn Stages,
    incomplete: &mut Vec<(Stage, Incomplete)>,
) -> (SweepOutcome, Option<NetworkSweep>) {
    let watch = Remembering {
        watch: stages.begin(Stage::Sweep),
        refused: OnceLock::new(),
    };
    let order = study.scenario().sweep.order;
    let sweep = swept_by(study, joined.map(|joined| &joined.sweep[..]), &watch);
    if !sweep.is_complete() {
        let refused = watch.refused.get().copied();
        let why = refused.map_or(Incomplete::Interrupted, Incomplete::Memory);
        incomplete.push((Stage::Sweep, why));
    }
    let links = study.links(order, &watch);
    (sweep, links)
}

fn simulated(
    study: &Study<'_>,
    joined: Option<&Joined>,
    stages: &dyn Stages,
    incomplete: &mut Vec<(Stage, Incomplete)>,
) -> Result<Option<SimulateOutcome>, Vec<SettingsError>> {
    let Some(spec) = study.scenario().simulate else {
        return Ok(None);
    };
    if let Some(outcome) = joined.and_then(|joined| joined.simulate.as_ref()) {
        return Ok(Some(outcome.clone()));
    }
    let watch = stages.begin(Stage::Simulate);
    // What is worked out before the first trial takes its time.
    let outcome = if watch.stop() {
        None
    } else {
        let settings = Settings::new(spec.trials, spec.seed);
        Some(study.simulate(settings, &*watch)?)
    };
    if outcome.as_ref().is_none_or(|s| !s.complete) {
        incomplete.push((Stage::Simulate, Incomplete::Interrupted));
    }
    Ok(outcome)
}

fn assumptions(
    study: &Study<'_>,
    as_of: Date,
    defaults: Defaults<'_>,
    judgement: &Judgement,
    stages: &dyn Stages,
) -> LedgerOutcome {
    let verdicts: Vec<Option<bool>> = judgement.policies.iter().map(|p| p.holds).collect();
    let task = Task {
        system: study.system(),
        scenario: study.scenario(),
        verdicts: &verdicts,
        turns: defaults.turns,
        scaled: defaults.scaled,
        as_of,
    };
    let watch = stages.begin(Stage::Assumptions);
    ledger(&task, &*watch)
}

/// Remembers for what memory was refused.
struct Remembering<'a> {
    watch: Box<dyn Watch + 'a>,
    refused: OnceLock<Memory>,
}

impl Watch for Remembering<'_> {
    fn advance(&self, steps: u64) {
        self.watch.advance(steps);
    }
    fn total(&self, steps: u64) {
        self.watch.total(steps);
    }
    fn estimate(&self, now: &Estimating) {
        self.watch.estimate(now);
    }
    fn cost(&self, rest: &SweepCost) {
        self.watch.cost(rest);
    }
    fn allows(&self, needs: Memory) -> bool {
        let allowed = self.watch.allows(needs);
        if !allowed {
            self.refused.get_or_init(|| needs);
        }
        allowed
    }
    fn workers(&self) -> usize {
        self.watch.workers()
    }
    fn stop(&self) -> bool {
        self.watch.stop()
    }
}
