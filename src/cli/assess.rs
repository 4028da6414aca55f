//! `assess`: the main job. Everything a scenario asks, its policies judged, report files.

use super::output::{Terminal, head, json};
use super::progress::INTERRUPTED;
use super::{Answer, Exit, Failure, report, simulate};
use crate::analysis::fix::{Ground, fixes};
use crate::analysis::montecarlo::SimulateOutcome;
use crate::analysis::timeline::timeline;
use crate::analysis::{Study, SweepOutcome, judge};
use crate::input::{self, Loaded, Overrides};
use crate::model::CaseId;
use crate::report::document::{Assess, Fix, FixKind, Head, VerdictWord};
use crate::report::naming::{self, Naming, SimulateNames};
use crate::report::{csv, text};
use jiff::civil::Date;
use std::path::{Path, PathBuf};

const AFTER: &str = "\
Examples:
  brownout assess estate/scenario.toml
  brownout assess estate/scenario.toml -o report
  brownout assess estate/scenario.toml --as-of 2026-12-01 --format json

Exit codes: 0 every policy holds, 1 a policy is breached, 3 the verdict is incomplete.";

/// The main job: all that a scenario asks, a verdict, report files
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct Args {
    /// A scenario file (or an inventory folder, which has no policies)
    #[arg(value_name = "SCENARIO")]
    path: PathBuf,
    /// Folder for the report: page, result, tables as CSV, figures as SVG and PNG
    #[arg(long, short, value_name = "DIR")]
    output: Option<PathBuf>,
    /// The day on which waivers must still be valid [default: today]
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
    /// Do not look for what would fix breaches
    #[arg(long)]
    no_fixes: bool,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Answer, Failure> {
    let loaded = input::load(&args.path, &Overrides::default())?;
    let study = Study::new(&loaded.system, &loaded.scenario);
    let progress = terminal.progress("Sweeping");
    let sweep = study.sweep(loaded.scenario.sweep.order, &progress);
    let links = study.links(loaded.scenario.sweep.order, &progress);
    progress.finish();
    let simulated = loaded
        .scenario
        .simulate
        .map(|spec| {
            let progress = terminal.progress("Simulating");
            let outcome = simulate::of_scenario(&study, spec, &progress);
            progress.finish();
            outcome
        })
        .transpose()?;
    let as_of = args.as_of.unwrap_or_else(|| jiff::Zoned::now().date());
    let mut document = document(&loaded, &study, &sweep, simulated.as_ref(), as_of);
    let naming = Naming::new(&loaded.system, &loaded.scenario);
    document.sweep.network = links.map(|links| naming.network(&links));
    over_time(&loaded, &study, terminal, &mut document);
    if !args.no_fixes {
        fix(&loaded, as_of, terminal, &mut document);
    }
    if let Some(folder) = &args.output {
        write(folder, &document)?;
    }
    let exit = match document.verdict.result {
        VerdictWord::Holds => Exit::Done,
        VerdictWord::Breached => Exit::Breached,
        VerdictWord::Incomplete => Exit::Incomplete,
    };
    Ok(Answer {
        data: terminal.render(&document, text::assess, csv::policies)?,
        warnings: document.head.warnings,
        exit,
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
    document.timeline = outcome.map(|o| naming.timeline(&o, horizon));
    if document.timeline.is_none() {
        document.timeline_reason = Some(INTERRUPTED.to_owned());
        if document.verdict.result == VerdictWord::Holds {
            document.verdict.result = VerdictWord::Incomplete;
        }
    }
}

/// What would take breaches away, if there are any.
fn fix(loaded: &Loaded, as_of: Date, terminal: &Terminal, document: &mut Assess) {
    let ground = Ground {
        system: &loaded.system,
        scenario: &loaded.scenario,
        returning: &loaded.scope.returning,
    };
    let progress = terminal.progress("Looking for fixes");
    let outcome = fixes(ground, as_of, &progress);
    progress.finish();
    let naming = Naming::new(&loaded.system, &loaded.scenario);
    let (mut fixes, search) = naming.fixes(&outcome, &ground);
    let outages = document.timeline.iter().flat_map(|t| &t.outages);
    for outage in outages {
        let restores = |f: &&mut Fix| {
            f.kind == FixKind::Restore && f.element.as_ref() == Some(&outage.element)
        };
        for f in fixes.iter_mut().filter(restores) {
            f.restore_by.clone_from(&outage.restore_by);
        }
    }
    document.fixes = fixes;
    document.fix_search = Some(search);
}

fn document(
    loaded: &Loaded,
    study: &Study<'_>,
    sweep: &SweepOutcome,
    simulated: Option<&SimulateOutcome>,
    as_of: Date,
) -> Assess {
    let scenario = &loaded.scenario;
    let naming = Naming::new(&loaded.system, scenario);
    let cases = (0..).map(CaseId).take(scenario.cases.len());
    let states: Vec<_> = cases.map(|case| study.state(&[], case)).collect();
    let base: Vec<_> = states.iter().map(|state| naming.state(state)).collect();
    let probability = |service, case, status| {
        simulated
            .ok_or_else(|| {
                "probabilities were not computed: the scenario has no [simulate]".to_owned()
            })
            .and_then(|s| s.at_least(service, case, status))
    };
    let judgement = judge(scenario, sweep, &probability, as_of);
    let policies = naming.policies(&judgement);
    let mut head: Head = head("assess", loaded);
    head.warnings.extend(naming.unmatched(&judgement));
    let peak = scenario.peak().map_or(0, CaseId::index);
    let incomplete = !sweep.is_complete() || simulated.is_some_and(|s| !s.complete);
    let names = SimulateNames::new(&loaded.system, scenario);
    Assess {
        head,
        scenario: scenario.name.clone(),
        as_of: (!scenario.waivers.is_empty()).then(|| as_of.to_string()),
        verdict: naming::verdict(&policies, &base, peak, incomplete),
        peak: scenario
            .peak()
            .map(|c| scenario.cases[c.index()].name.clone()),
        base,
        pictures: states
            .get(peak)
            .map_or_else(Vec::new, |s| naming.pictures(s)),
        sweep: naming.sweep(sweep, INTERRUPTED),
        simulate: simulated.map(|s| names.simulate(s)),
        simulate_reason: None,
        policies,
        fixes: Vec::new(),
        fix_search: None,
        evidence: None,
        timeline: None,
        timeline_reason: None,
        estate: Some(naming.estate(&loaded.inventory_path)),
    }
}

fn write(folder: &Path, document: &Assess) -> Result<(), Failure> {
    report::write(folder, json(document)?.as_bytes(), document)
}
