//! An assessment, computed. In: what it is asked for and where files come from. Out: the document.
//! Promises: writes nothing; the same files give the same document, whoever asks.

use super::evidence::{self, Evidenced};
use super::output::{Terminal, case_basis, head};
use super::progress::INTERRUPTED;
use super::{Failure, folder, interrupt, simulate};
use crate::analysis::fix::{Ground, fixes};
use crate::analysis::montecarlo::SimulateOutcome;
use crate::analysis::timeline::timeline;
use crate::analysis::{Judgement, MOST_LISTED, StateOutcome, Study, SweepOutcome, judge, parts};
use crate::input::{self, Files, Kept, Loaded, Overrides};
use crate::model::CaseId;
use crate::report::document::{Assess, Fix, FixKind, Head, VerdictWord};
use crate::report::naming::{self, Naming, SimulateNames};
use jiff::civil::Date;
use std::path::Path;

/// Minimal sets that a result lists over all services, at most, unless it is asked for more.
const MOST_IN_ALL: usize = 1_000_000;

/// What an assessment is asked for.
#[derive(Clone)]
pub(super) struct Asked<'a> {
    /// The scenario, or an inventory.
    pub(super) path: &'a Path,
    /// The folder for its report, if there is one: no input may be in there.
    pub(super) output: Option<&'a Path>,
    /// The day on which waivers must be valid.
    pub(super) as_of: Date,
    /// Whether to look for fixes.
    pub(super) fixes: bool,
    /// Whether to scale defaults.
    pub(super) ledger: bool,
    /// The most memory that a sweep may take, in bytes.
    pub(super) max_memory: Option<u64>,
    /// The most minimal sets that are listed per service and load case, if that is asked for.
    pub(super) listed: Option<usize>,
    /// When it was asked for, if that is to be kept.
    pub(super) stamp: Option<String>,
    /// The command that asks for it.
    pub(super) command: Vec<String>,
}

/// Computes everything that a scenario asks.
pub(super) fn assess(
    asked: &Asked<'_>,
    files: &dyn Files,
    terminal: &Terminal,
) -> Result<Assess, Failure> {
    let files = Kept::new(files);
    let inside = input::scenario_in(&files, asked.path);
    let asked = &Asked {
        path: inside.as_deref().unwrap_or(asked.path),
        ..asked.clone()
    };
    let loaded = input::load_from(&files, asked.path, &Overrides::default())?;
    if let Some(folder) = asked.output {
        folder::holds_no_input(folder, loaded.inputs.iter().map(|i| i.path.as_str()))?;
    }
    // Policies are judged by all of them, unless memory is limited.
    let all = asked.max_memory.map_or(usize::MAX, |_| MOST_LISTED);
    let all = all.max(asked.listed.unwrap_or(0));
    let study = Study::new(&loaded.system, &loaded.scenario).listing(all);
    let of = (&loaded.system, &loaded.scenario);
    // Before all that can end early: without the base state there is no answer.
    let cases = (0..).map(CaseId).take(loaded.scenario.cases.len());
    let states: Vec<_> = cases.map(|case| study.state(&[], case)).collect();
    let progress = terminal.sweeping("Sweeping", of, asked.max_memory);
    let sweep = study.sweep(loaded.scenario.sweep.order, &progress);
    let links = study.links(loaded.scenario.sweep.order, &progress);
    progress.finish();
    let simulated = loaded
        .scenario
        .simulate
        // What is worked out before the first trial takes its time.
        .filter(|_| !interrupt::is_asked())
        .map(|spec| {
            let progress = terminal.progress("Simulating");
            let outcome = simulate::of_scenario(&study, spec, &progress);
            progress.finish();
            outcome
        })
        .transpose()?;
    let swept = (&sweep, &progress.reason()[..]);
    let (mut document, judgement) =
        document(&loaded, (&study, &states), swept, simulated.as_ref(), asked);
    let naming = Naming::new(&loaded.system, &loaded.scenario);
    document.sweep.network = links.map(|links| naming.network(&links));
    over_time(&loaded, &study, terminal, &mut document);
    if asked.fixes {
        let judged = (&sweep, &judgement);
        fix(&loaded, judged, asked, terminal, &mut document);
    }
    let evidenced = Evidenced {
        asked,
        files: &files,
        loaded: &loaded,
        judgement: &judgement,
    };
    document.evidence = Some(evidence::evidence(&evidenced, &document, terminal));
    Ok(document)
}

/// How many minimal sets a result lists per service and load case: all, while these are not too many to
/// hold with their names.
fn listed(sweep: &SweepOutcome, asked: Option<usize>) -> usize {
    let found: usize = sweep.services.iter().map(|s| s.minimal.len()).sum();
    asked.unwrap_or(if found <= MOST_IN_ALL {
        usize::MAX
    } else {
        MOST_LISTED
    })
}

/// Every hour of the horizon, if the scenario has one.
fn over_time(loaded: &Loaded, study: &Study<'_>, terminal: &Terminal, document: &mut Assess) {
    let Some(horizon) = &loaded.time.horizon else {
        return;
    };
    let progress = terminal.progress("Hour by hour");
    let outcome = timeline(study, horizon, &loaded.time.repair_hours, &progress);
    progress.finish();
    let naming = Naming::new(&loaded.system, &loaded.scenario);
    let cases: Vec<_> = (0..document.base.len())
        .map(|at| case_basis(loaded, at))
        .collect();
    document.timeline = outcome.map(|o| {
        let mut timeline = naming.timeline(&o, horizon);
        timeline.cases = naming.cases_over_hours(&o, horizon, &cases, &document.base);
        timeline
    });
    if document.timeline.is_none() {
        document.timeline_reason = Some(INTERRUPTED.to_owned());
        if document.verdict.result == VerdictWord::Holds {
            document.verdict.result = VerdictWord::Incomplete;
        }
    }
}

/// What would take breaches away, if there are any.
fn fix(
    loaded: &Loaded,
    (sweep, judgement): (&SweepOutcome, &Judgement),
    asked: &Asked<'_>,
    terminal: &Terminal,
    document: &mut Assess,
) {
    let ground = Ground {
        system: &loaded.system,
        scenario: &loaded.scenario,
        returning: &loaded.scope.returning,
    };
    let of = (ground.system, ground.scenario);
    let progress = terminal
        .sweeping("Looking for fixes", of, asked.max_memory)
        .silent();
    let outcome = fixes(ground, sweep, judgement, asked.as_of, &progress);
    progress.finish();
    let naming = Naming::new(&loaded.system, &loaded.scenario);
    let mut found = naming.fixes(&outcome, &ground);
    let outages = document.timeline.iter().flat_map(|t| &t.outages);
    for outage in outages {
        let restores = |f: &&mut Fix| {
            f.kind == FixKind::Restore && f.element.as_ref() == Some(&outage.element)
        };
        let lists = [&mut found.repairs, &mut found.holds, &mut found.lessens];
        for f in lists.into_iter().flatten().filter(restores) {
            f.restore_by.clone_from(&outage.restore_by);
        }
    }
    document.fixes = found.holds;
    document.lessens = found.lessens;
    document.repairs = found.repairs;
    document.fix_search = Some(found.search);
}

fn document(
    loaded: &Loaded,
    (study, states): (&Study<'_>, &[StateOutcome]),
    (sweep, reason): (&SweepOutcome, &str),
    simulated: Option<&SimulateOutcome>,
    asked: &Asked<'_>,
) -> (Assess, Judgement) {
    let (scenario, as_of) = (&loaded.scenario, asked.as_of);
    let naming = Naming::new(&loaded.system, scenario);
    let mut base: Vec<_> = states.iter().map(|state| naming.state(state)).collect();
    for (at, (named, state)) in base.iter_mut().zip(states).enumerate() {
        if let Some(parts) = parts(study, state) {
            naming.tell_parts(&mut named.services, &parts);
        }
        named.as_today = naming.as_today(at, case_basis(loaded, at));
    }
    let probability = |service, case, status| {
        simulated
            .ok_or_else(|| match scenario.simulate {
                Some(_) => format!("probabilities were not computed: {INTERRUPTED}"),
                None => {
                    "probabilities were not computed: the scenario has no [simulate]".to_owned()
                }
            })
            .and_then(|s| s.at_least(service, case, status))
    };
    let judgement = judge(scenario, sweep, &probability, as_of);
    let policies = naming.policies(&judgement);
    let mut head: Head = head("assess", loaded);
    head.warnings.extend(naming.unmatched(&judgement));
    head.warnings.extend(naming.waivers_near_their_end(as_of));
    let peak = scenario.peak().map_or(0, CaseId::index);
    let names = SimulateNames::new(&loaded.system, scenario)
        .with_horizon(super::sequential::has_horizon(loaded));
    let unsimulated = scenario.simulate.is_some() && simulated.is_none();
    let incomplete = !sweep.is_complete() || unsimulated || simulated.is_some_and(|s| !s.complete);
    let document = Assess {
        head,
        scenario: scenario.name.clone(),
        as_of: (!scenario.waivers.is_empty()).then(|| as_of.to_string()),
        verdict: naming::verdict(&policies, &base, peak, incomplete),
        peak: scenario
            .peak()
            .map(|c| scenario.cases[c.index()].name.clone()),
        base,
        cold_start: naming.cold_start(&study.cold_start(&[], CaseId(0))),
        pictures: states
            .get(peak)
            .map_or_else(Vec::new, |s| naming.pictures(s)),
        sweep: naming.sweep_listing(sweep, reason, listed(sweep, asked.listed)),
        simulate: simulated.map(|s| names.simulate(s)),
        simulate_reason: unsimulated.then(|| INTERRUPTED.to_owned()),
        policies,
        fixes: Vec::new(),
        lessens: Vec::new(),
        repairs: Vec::new(),
        fix_search: None,
        evidence: None,
        timeline: None,
        timeline_reason: None,
        estate: Some(naming.estate(&loaded.inventory_path)),
    };
    (document, judgement)
}
