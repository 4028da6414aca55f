//! `simulate`: how likely, how long, how much is unserved.

use super::answer::{Answer, Exit, Failure};
use super::args::{Source, whole};
use super::files::Kind;
use super::long::{EVERY, LongArgs, part_answer};
use super::output::{Terminal, head, json};
use super::part::{self, Histories, Part};
use super::sealed::PartCommand;
use super::{files, sequential};
use crate::analysis::Study;
use crate::analysis::montecarlo::{
    DemandSpread, HistoryRecord, Horizon, Hourly, HourlyOutcome, HourlySettings, Method, Record,
    Sequential, Settings, SettingsError, Snapshot,
};
use crate::input::{self, Loaded, Overrides};
use crate::model::SimulateSpec;
use crate::report::document::SimulateResult;
use crate::report::naming::{Naming, Resolve, SimulateNames};
use crate::report::{plot, tables, text};
use anyhow::{Context, anyhow};
use clap::ValueEnum;
use std::path::{Path, PathBuf};
use std::time::Instant;

const AFTER: &str = "\
Examples:
  brownout simulate estate/scenario.toml
  brownout simulate estate/inventory --trials 10000000 --seed 7 --precision 5%
  brownout simulate estate/scenario.toml --demand-cv 0.1 --demand-common
  brownout simulate estate/scenario.toml --plot convergence.svg
  brownout simulate estate/scenario.toml --horizon 2184 --histories 2000 --window close=2100..2184
  brownout simulate estate/scenario.toml --over-horizon
  brownout simulate estate/scenario.toml --checkpoint run.json        # resume: the same, --resume
  brownout simulate estate/scenario.toml --shard 1/4 -o part-1.json   # then: brownout merge part-*.json

Every component is out with its unavailability, independently, but for common causes. The answer is \
a function of the inputs and the seed, for any number of threads and shards. Small parts of an estate \
are worked out exactly; elsewhere the likeliest orders are, and states beyond them are drawn.

Job arrays: say how many parts there are, as --shard $SLURM_ARRAY_TASK_ID/16 with --array=1-16 does. \
The number is never taken from the array: parts that were lost may be submitted again as --array=3,7. \
--shard auto/16 reads I from SLURM_ARRAY_TASK_ID, AWS_BATCH_JOB_ARRAY_INDEX or JOB_COMPLETION_INDEX, \
which may count from 0 or from 1.

Ctrl-C ends early with what was computed, says so, and exits with 3.";

/// Trials where neither the scenario nor the command line says how many.
const TRIALS: u64 = 100_000;

/// How likely, how long, how much is unserved: Monte Carlo, exact where that can be had
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct Args {
    #[command(flatten)]
    source: Source,
    /// How many trials [default: the scenario's, or 100000]
    #[arg(long, value_name = "N", value_parser = whole, allow_hyphen_values = true)]
    trials: Option<u64>,
    /// Seed of the random numbers [default: the scenario's, or 1]
    #[arg(long, value_name = "S", value_parser = whole, allow_hyphen_values = true)]
    seed: Option<u64>,
    #[command(flatten)]
    how: HowArgs,
    #[command(flatten)]
    histories: sequential::HistoryArgs,
    /// Also hold the states that are drawn against every hour of the horizon: expected hours of harm
    /// and unserved demand
    #[arg(long, conflicts_with = "shard")]
    over_horizon: bool,
    #[command(flatten)]
    files: LongArgs,
    /// Draws how the least certain probability settled; `.svg` or `.png`
    #[arg(long, value_name = "FILE", conflicts_with = "shard")]
    plot: Option<PathBuf>,
    /// The service that is drawn [default: the least certain one]
    #[arg(long, value_name = "ID", requires = "plot")]
    service: Option<String>,
}

/// Estimators, as typed.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Method")]
struct HowArgs {
    /// Estimator
    #[arg(long, value_enum, default_value_t)]
    method: Estimator,
    /// Stop once every 95 % interval of the probability of harm is this tight: `5%` or `0.05`
    #[arg(long, value_name = "P", value_parser = fraction)]
    precision: Option<f64>,
    /// Demand is lognormal around the load case, with this coefficient of variation
    #[arg(long, value_name = "CV", value_parser = fraction)]
    demand_cv: Option<f64>,
    /// One factor of demand for all services, instead of one for each
    #[arg(long, requires = "demand_cv")]
    demand_common: bool,
    /// Do not judge at-risk, which tries every further failure in every state
    #[arg(long)]
    no_at_risk: bool,
    /// Nodes that the decision diagrams of one service may have at a time, for exact probabilities of being down; some
    /// 32 bytes each [default: the scenario's, or 4000000]
    #[arg(long, value_name = "N", value_parser = whole, allow_hyphen_values = true)]
    diagram_nodes: Option<u64>,
}

/// Estimators.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Estimator {
    /// Exact where all states can be worked out, else stratified where that pays, else plain.
    #[default]
    Auto,
    /// Every state is drawn from all states.
    Plain,
    /// The likeliest orders are exact, states beyond them are drawn.
    Stratified,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Answer, Failure> {
    let overrides = Overrides {
        trials: args.trials,
        seed: args.seed,
        diagram_nodes: args.how.diagram_nodes,
        ..Overrides::default()
    };
    let plot: Vec<&PathBuf> = args.plot.iter().collect();
    let kinds = (Kind::Simulation, Kind::Part);
    args.files.can_be_written(kinds, &plot)?;
    let loaded = input::load(&args.source.path(), &overrides)?;
    let study = Study::new(&loaded.system, &loaded.scenario);
    check_plot(args, &loaded)?;
    let settings = settings(args, &loaded);
    let snapshot = Snapshot::new(&study, settings).map_err(|f| refused(&f))?;
    let horizon = args
        .histories
        .horizon(&loaded, settings.seed, settings.at_risk)?;
    let hourly = hourly(args, &study, horizon.as_ref(), &settings)?;
    let histories = horizon
        .map(|horizon| sequential::prepare(&study, horizon))
        .transpose()?;
    let horizon = histories.as_ref().map(Sequential::horizon);
    let mut part = Part {
        schema: part::SCHEMA.to_owned(),
        digest: part::BLANK.to_owned(),
        fingerprint: part::fingerprint(&loaded, snapshot.frame(), horizon)?,
        shard: settings.shard,
        command: settings.shard.map(|_| PartCommand::of_process()),
        head: head("simulate", &loaded),
        estate: Some(Naming::new(&loaded.system, &loaded.scenario).estate(&loaded.inventory_path)),
        names: SimulateNames::new(&loaded.system, &loaded.scenario)
            .with_horizon(args.histories.is_of_scenario(&loaded)),
        frame: snapshot.frame().clone(),
        record: Record::default(),
        histories: histories.as_ref().map(|h| Histories {
            frame: h.frame().clone(),
            record: h.frame().nothing(),
        }),
    };
    part.head.warnings.extend(warnings(&snapshot));
    let before = match (&args.files.checkpoint, args.files.resume) {
        (Some(path), true) if path.exists() => Some(resumed(path, &part)?),
        _ => None,
    };
    let (before, played) = before.map_or((None, None), |p| (Some(p.record), p.histories));
    if let Some(played) = played {
        part.histories = Some(played);
    }
    let mut checkpoint = Checkpoint::new(args.files.checkpoint.as_deref());
    let progress = terminal.progress("Simulating");
    let watch = progress.naming(&part.names);
    let record = snapshot.run(before, &watch, &mut |record| {
        checkpoint.now_and_then(|| part.with(record()));
    });
    part.record = record;
    progress.finish();
    if let Some(sequential) = &histories {
        play(sequential, &mut part, &mut checkpoint, terminal);
    }
    checkpoint.finish(&part)?;
    if settings.shard.is_some() {
        return shard_answer(args, &part);
    }
    let expected = hourly.map(|hourly| {
        let progress = terminal.progress("Going through the hours");
        let outcome = hourly.run(&progress);
        progress.finish();
        outcome
    });
    answer(args, part, expected, terminal)
}

/// Plays what is left of the histories.
fn play(
    sequential: &Sequential<'_, '_>,
    part: &mut Part,
    checkpoint: &mut Checkpoint<'_>,
    terminal: &Terminal,
) {
    let progress = terminal.progress("Playing histories");
    let before = part.histories.take().map(|h| h.record);
    let frame = sequential.frame();
    let with = |record: HistoryRecord| {
        Some(Histories {
            frame: frame.clone(),
            record,
        })
    };
    let record = sequential.play(before, part.shard, &progress, &mut |record| {
        checkpoint.now_and_then(|| Part {
            histories: with(record.clone()),
            ..part.clone()
        });
    });
    part.histories = with(record);
    progress.finish();
}

/// States against every hour of the horizon, if that is asked for.
fn hourly<'s, 'a>(
    args: &Args,
    study: &'s Study<'a>,
    horizon: Option<&Horizon>,
    settings: &Settings,
) -> Result<Option<Hourly<'s, 'a>>, Failure> {
    if !args.over_horizon {
        return Ok(None);
    }
    let Some(horizon) = horizon else {
        return Err(anyhow!(sequential::NO_HORIZON).into());
    };
    let asked = HourlySettings {
        trials: settings.trials,
        seed: settings.seed,
        method: settings.method,
        hours: horizon.hours,
        demand: horizon.demand.clone(),
        uses: true,
    };
    Hourly::new(study, asked).map(Some).map_err(|faults| {
        let all: Vec<String> = faults.iter().map(ToString::to_string).collect();
        anyhow!("{}", all.join("; ")).into()
    })
}

/// What there is to object to a plot, before any work.
fn check_plot(args: &Args, loaded: &Loaded) -> Result<(), Failure> {
    if let Some(path) = &args.plot {
        files::is_picture(path)?;
        files::can_write(path, Kind::Picture)?;
    }
    let services = loaded.system.services();
    match &args.service {
        Some(id) if !services.iter().any(|&s| loaded.system.id(s) == id) => {
            Err(anyhow!("no service has the id `{id}`").into())
        }
        _ => Ok(()),
    }
}

/// A file that is written now and then.
struct Checkpoint<'p> {
    path: Option<&'p Path>,
    last: Instant,
}

impl<'p> Checkpoint<'p> {
    fn new(path: Option<&'p Path>) -> Self {
        Self {
            path,
            last: Instant::now(),
        }
    }

    /// Writes it, if it is time to. Trouble shows at the latest when it is written for the last time.
    fn now_and_then(&mut self, part: impl FnOnce() -> Part) {
        if let Some(path) = self.path.filter(|_| self.last.elapsed() >= EVERY) {
            self.last = Instant::now();
            let _ = part().write(path);
        }
    }

    /// Writes it for the last time.
    fn finish(self, part: &Part) -> Result<(), Failure> {
        match self.path {
            Some(path) => Ok(part.write(path)?),
            None => Ok(()),
        }
    }
}

fn resumed(path: &Path, now: &Part) -> Result<Part, Failure> {
    let then = Part::read(path)?;
    if then.fingerprint != now.fingerprint || then.shard != now.shard {
        return Err(anyhow!(
            "the checkpoint {} is of other inputs or settings: leave out --resume to start anew",
            path.display()
        )
        .into());
    }
    Ok(then)
}

fn shard_answer(args: &Args, part: &Part) -> Result<Answer, Failure> {
    let path = args
        .files
        .output
        .as_ref()
        .context("a shard needs -o FILE")?;
    part.write(path)?;
    Ok(part_answer(part.head.warnings.clone(), part.is_complete()))
}

fn answer(
    args: &Args,
    part: Part,
    expected: Option<HourlyOutcome>,
    terminal: &Terminal,
) -> Result<Answer, Failure> {
    let expected = expected.map(|e| e.named(&part.names));
    let names = part.names.clone();
    let mut document = part.document()?;
    document.simulate.over_horizon = expected;
    names.put_hours_of_a_year(&mut document.simulate);
    if let Some(path) = &args.plot {
        let services = &document.simulate.services;
        match plot::least_certain(services, args.service.as_deref()) {
            Some(service) => files::draw(path, &plot::convergence(service))?,
            None => document.head.warnings.push(format!(
                "{} is not drawn: nothing was sampled, every probability is exact",
                path.display()
            )),
        }
    }
    if let Some(path) = &args.files.output {
        files::write_one(path, Kind::Simulation, json(&document)?.as_bytes())?;
    }
    rendered(&document, terminal)
}

/// A finished or interrupted simulation on stdout.
pub(super) fn rendered(document: &SimulateResult, terminal: &Terminal) -> Result<Answer, Failure> {
    let short = document
        .simulate
        .precision
        .as_ref()
        .is_some_and(|p| !p.reached);
    let cut = document
        .simulate
        .sequential
        .as_ref()
        .is_some_and(|s| !s.complete);
    let hours = document.simulate.over_horizon.as_ref();
    let cut = cut || hours.is_some_and(|h| !h.complete);
    let exit = if document.simulate.complete && !short && !cut {
        Exit::Done
    } else {
        Exit::Incomplete
    };
    Ok(Answer {
        data: terminal.render(document, text::simulate, |d| {
            tables::simulate(&d.simulate).csv()
        })?,
        warnings: document.head.warnings.clone(),
        exit,
    })
}

fn settings(args: &Args, loaded: &Loaded) -> Settings {
    let spec = loaded.scenario.simulate.unwrap_or(SimulateSpec {
        trials: TRIALS,
        seed: 1,
        diagram_nodes: None,
    });
    let how = &args.how;
    Settings {
        method: match how.method {
            Estimator::Auto => Method::Auto,
            Estimator::Plain => Method::Plain,
            Estimator::Stratified => Method::Stratified,
        },
        precision: how.precision,
        demand: how.demand_cv.map(|cv| DemandSpread {
            cv,
            common: how.demand_common,
        }),
        shard: args.files.shard,
        at_risk: !how.no_at_risk,
        ..Settings::new(spec.trials, spec.seed)
    }
}

/// `5%` or `0.05`.
fn fraction(text: &str) -> Result<f64, String> {
    let (digits, scale) = match text.trim().strip_suffix('%') {
        Some(digits) => (digits.trim(), 0.01),
        None => (text.trim(), 1.0),
    };
    match digits.parse::<f64>() {
        Ok(x) if x.is_finite() => Ok(x * scale),
        _ => Err("write a percentage or a fraction, as 5% or 0.05".to_owned()),
    }
}

/// Settings that make no sense.
pub(super) fn refused(faults: &[SettingsError]) -> Failure {
    let all: Vec<String> = faults.iter().map(ToString::to_string).collect();
    anyhow!("{}", all.join("; ")).into()
}

fn warnings(snapshot: &Snapshot<'_, '_>) -> Vec<String> {
    let none = snapshot.frame().chances.events().is_empty();
    let text =
        "nothing fails by chance: no component has mtbf_hours and mttr_hours, or unavailability";
    none.then(|| text.to_owned()).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_may_be_percentages() {
        assert_eq!(fraction("5%"), Ok(0.05));
        assert_eq!(fraction("0.05"), Ok(0.05));
        assert!(fraction("five").is_err() && fraction("nan").is_err());
    }
}
