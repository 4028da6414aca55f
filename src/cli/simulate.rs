//! `simulate`: how likely, how long, how much is unserved.

use super::args::Source;
use super::output::{Terminal, head, json};
use super::part::{self, Part};
use super::progress::Progress;
use super::{Answer, Exit, Failure, files, sequential};
use crate::analysis::Study;
use crate::analysis::montecarlo::{
    ASSUMED_REPAIR_HOURS, DemandSpread, Method, Record, SequentialOutcome, Settings, SettingsError,
    Shard, Snapshot,
};
use crate::input::{self, Loaded, Overrides};
use crate::model::SimulateSpec;
use crate::report::document::SimulateResult;
use crate::report::naming::{Naming, SimulateNames};
use crate::report::{csv, text};
use anyhow::{Context, anyhow};
use clap::ValueEnum;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const AFTER: &str = "\
Examples:
  brownout simulate estate/scenario.toml
  brownout simulate estate/inventory --trials 10000000 --seed 7 --precision 5%
  brownout simulate estate/scenario.toml --demand-cv 0.1 --demand-common
  brownout simulate estate/scenario.toml --horizon 2184 --histories 2000 --window close=2100..2184
  brownout simulate estate/scenario.toml --checkpoint run.json        # resume: the same, --resume
  brownout simulate estate/scenario.toml --shard 1/4 -o part-1.json   # then: brownout merge part-*.json

Every component is out with its unavailability, independently, but for common causes. The answer is
a function of the inputs and the seed, for any number of threads and shards. Small parts of an estate
are worked out exactly; elsewhere the likeliest orders are, and states beyond them are drawn.

Job arrays: --shard auto takes index and count from Slurm (SLURM_ARRAY_TASK_ID and _COUNT), AWS Batch
(AWS_BATCH_JOB_ARRAY_INDEX), Kubernetes Indexed Jobs (JOB_COMPLETION_INDEX) or GNU parallel
(PARALLEL_SEQ); where the engine does not tell the count, set BROWNOUT_SHARDS.

Ctrl-C ends early with what was computed, says so, and exits with 3.";

/// Trials where neither the scenario nor the command line says how many.
const TRIALS: u64 = 100_000;
/// Time between two checkpoints.
const EVERY: Duration = Duration::from_secs(10);

/// How likely, how long, how much is unserved: Monte Carlo, exact where that can be had
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct Args {
    #[command(flatten)]
    source: Source,
    /// How many trials [default: the scenario's, or 100000]
    #[arg(long, value_name = "N")]
    trials: Option<u64>,
    /// Seed of the random numbers [default: the scenario's, or 1]
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
    #[command(flatten)]
    how: HowArgs,
    #[command(flatten)]
    histories: sequential::HistoryArgs,
    #[command(flatten)]
    files: FileArgs,
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

/// Files of long and divided runs, as typed.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Long runs")]
struct FileArgs {
    /// Write what is done to this file now and then
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// Go on from the checkpoint, if it is there
    #[arg(long, requires = "checkpoint")]
    resume: bool,
    /// Only part I of N (`1/4` to `4/4`), or `auto`: index and count from the batch engine
    #[arg(long, value_name = "I/N", requires = "output")]
    shard: Option<String>,
    /// File for the result as JSON, or for the part of a shard
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Answer, Failure> {
    let overrides = Overrides {
        trials: args.trials,
        seed: args.seed,
        ..Overrides::default()
    };
    let loaded = input::load(&args.source.path, &overrides)?;
    let study = Study::new(&loaded.system, &loaded.scenario);
    let settings = settings(args, &loaded)?;
    let snapshot = Snapshot::new(&study, settings).map_err(|f| refused(&f))?;
    let horizon = args.histories.horizon(&loaded, settings.seed)?;
    if settings.shard.is_some() && args.histories.is_asked() {
        return Err(
            anyhow!("histories are not divided into shards: leave out one of the two").into(),
        );
    }
    let histories = match horizon {
        Some(horizon) if settings.shard.is_none() => Some(sequential::prepare(&study, horizon)?),
        _ => None,
    };
    let mut part = Part {
        schema: part::SCHEMA.to_owned(),
        fingerprint: part::fingerprint(&loaded, snapshot.frame())?,
        shard: settings.shard,
        head: head("simulate", &loaded),
        estate: Some(Naming::new(&loaded.system, &loaded.scenario).estate(&loaded.inventory_path)),
        names: SimulateNames::new(&loaded.system, &loaded.scenario),
        frame: snapshot.frame().clone(),
        record: Record::default(),
    };
    part.head.warnings.extend(warnings(&snapshot));
    let before = match (&args.files.checkpoint, args.files.resume) {
        (Some(path), true) if path.exists() => Some(resumed(path, &part)?),
        _ => None,
    };
    let progress = terminal.progress("Simulating");
    part.record = work(&snapshot, before, &part, args, &progress)?;
    progress.finish();
    if settings.shard.is_some() {
        return shard_answer(args, &part);
    }
    let played = histories.map(|h| {
        let progress = terminal.progress("Playing histories");
        let outcome = h.run(&progress);
        progress.finish();
        outcome
    });
    answer(args, part, played.as_ref(), terminal)
}

/// Runs, writing checkpoints as asked.
fn work(
    snapshot: &Snapshot<'_, '_>,
    before: Option<Record>,
    part: &Part,
    args: &Args,
    progress: &Progress,
) -> Result<Record, Failure> {
    let mut last = Instant::now();
    let mut trouble = None;
    let record = snapshot.run(before, progress, &mut |progress| {
        if let Some(path) = &args.files.checkpoint
            && last.elapsed() >= EVERY
        {
            last = Instant::now();
            trouble = part.with(progress()).write(path).err();
        }
    });
    if let Some(path) = &args.files.checkpoint {
        part.with(record.clone()).write(path)?;
    } else if let Some(error) = trouble {
        return Err(error.into());
    }
    Ok(record)
}

fn resumed(path: &Path, now: &Part) -> Result<Record, Failure> {
    let then = Part::read(path)?;
    if then.fingerprint != now.fingerprint || then.shard != now.shard {
        return Err(anyhow!(
            "the checkpoint {} is of other inputs or settings: leave out --resume to start anew",
            path.display()
        )
        .into());
    }
    Ok(then.record)
}

fn shard_answer(args: &Args, part: &Part) -> Result<Answer, Failure> {
    let path = args
        .files
        .output
        .as_ref()
        .context("a shard needs -o FILE")?;
    part.write(path)?;
    let complete = part.frame.answer(&part.record).complete;
    Ok(Answer {
        data: String::new(),
        warnings: part.head.warnings.clone(),
        exit: if complete {
            Exit::Done
        } else {
            Exit::Incomplete
        },
    })
}

fn answer(
    args: &Args,
    part: Part,
    played: Option<&SequentialOutcome>,
    terminal: &Terminal,
) -> Result<Answer, Failure> {
    let mut document = SimulateResult {
        simulate: part.names.simulate(&part.frame.answer(&part.record)),
        head: part.head,
        estate: part.estate,
    };
    document.simulate.sequential = played.map(|p| part.names.sequential(p));
    if let Some(assumed) = played.map(|p| p.assumed_repair).filter(|&n| n > 0) {
        document.head.warnings.push(format!(
            "{assumed} mean times to repair are assumed to be {ASSUMED_REPAIR_HOURS} hours: only an \
             unavailability is given",
        ));
    }
    if let Some(path) = &args.files.output {
        files::write_one(path, json(&document)?.as_bytes())?;
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
    let exit = if document.simulate.complete && !short && !cut {
        Exit::Done
    } else {
        Exit::Incomplete
    };
    Ok(Answer {
        data: terminal.render(document, text::simulate, |d| csv::simulate(&d.simulate))?,
        warnings: document.head.warnings.clone(),
        exit,
    })
}

fn settings(args: &Args, loaded: &Loaded) -> Result<Settings, Failure> {
    let spec = loaded.scenario.simulate.unwrap_or(SimulateSpec {
        trials: TRIALS,
        seed: 1,
    });
    let how = &args.how;
    Ok(Settings {
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
        shard: args.files.shard.as_deref().map(shard).transpose()?,
        at_risk: !how.no_at_risk,
        ..Settings::new(spec.trials, spec.seed)
    })
}

/// `I/N`; counting from 0 or from 1 both reach every part once.
fn shard(text: &str) -> Result<Shard, Failure> {
    if text == "auto" {
        return shard_of(|name| std::env::var(name).ok());
    }
    let parts = text.split_once('/').and_then(|(i, n)| {
        let (i, n) = (i.trim().parse::<u64>().ok()?, n.trim().parse::<u64>().ok()?);
        (n >= 1 && i <= n).then(|| Shard {
            index: i % n,
            count: n,
        })
    });
    parts.ok_or_else(|| anyhow!("`{text}` is no shard: write `1/4` to `4/4`, or `auto`").into())
}

/// Index and count from what a batch engine puts into the environment.
fn shard_of(env: impl Fn(&str) -> Option<String>) -> Result<Shard, Failure> {
    let number = |name: &str| env(name).and_then(|v| v.trim().parse::<u64>().ok());
    let count = [
        "BROWNOUT_SHARDS",
        "SLURM_ARRAY_TASK_COUNT",
        "AWS_BATCH_JOB_ARRAY_SIZE",
    ];
    let index = [
        ("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN"),
        ("AWS_BATCH_JOB_ARRAY_INDEX", ""),
        ("JOB_COMPLETION_INDEX", ""),
        ("PARALLEL_SEQ", ""),
    ];
    let count = count.into_iter().find_map(number).filter(|&n| n >= 1);
    let index = index.into_iter().find_map(|(name, first)| {
        let first = number(first).unwrap_or(0);
        number(name).map(|i| i.saturating_sub(first))
    });
    match (index, count) {
        (Some(index), Some(count)) if index <= count => Ok(Shard {
            index: index % count,
            count,
        }),
        (Some(index), Some(count)) => {
            Err(anyhow!("the batch engine names shard {index} of only {count}").into())
        }
        (None, _) => Err(anyhow!(
            "--shard auto finds no index in SLURM_ARRAY_TASK_ID, AWS_BATCH_JOB_ARRAY_INDEX, \
             JOB_COMPLETION_INDEX or PARALLEL_SEQ"
        )
        .into()),
        (_, None) => Err(anyhow!(
            "--shard auto does not know how many there are: set BROWNOUT_SHARDS"
        )
        .into()),
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

fn refused(faults: &[SettingsError]) -> Failure {
    let all: Vec<String> = faults.iter().map(ToString::to_string).collect();
    anyhow!("{}", all.join("; ")).into()
}

fn warnings(snapshot: &Snapshot<'_, '_>) -> Vec<String> {
    let none = snapshot.frame().chances.events().is_empty();
    let text =
        "nothing fails by chance: no component has mtbf_hours and mttr_hours, or unavailability";
    none.then(|| text.to_owned()).into_iter().collect()
}

/// For the scenario's policies, what `assess` asks for by itself.
pub(super) fn of_scenario(
    study: &Study<'_>,
    spec: SimulateSpec,
    progress: &Progress,
) -> Result<crate::analysis::montecarlo::SimulateOutcome, Failure> {
    let settings = Settings::new(spec.trials, spec.seed);
    let snapshot = Snapshot::new(study, settings).map_err(|f| refused(&f))?;
    let record = snapshot.run(None, progress, &mut |_| ());
    Ok(snapshot.answer(&record))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_count_from_zero_or_one() {
        let at = |text| shard(text).ok().map(|s| (s.index, s.count));
        assert_eq!(at("1/4"), Some((1, 4)));
        assert_eq!(at("4/4"), Some((0, 4)));
        assert_eq!(at("0/4"), Some((0, 4)));
        assert_eq!(at("1/1"), Some((0, 1)));
        for bad in ["5/4", "1/0", "x", "1", "-1/4", "1/4/2", ""] {
            assert_eq!(at(bad), None, "{bad}");
        }
    }

    #[test]
    fn batch_engines_name_the_shard() {
        let with = |vars: &'static [(&str, &str)]| {
            shard_of(move |name| {
                let found = vars.iter().find(|v| v.0 == name);
                found.map(|v| v.1.to_owned())
            })
            .ok()
            .map(|s| (s.index, s.count))
        };
        let slurm = &[
            ("SLURM_ARRAY_TASK_ID", "11"),
            ("SLURM_ARRAY_TASK_MIN", "10"),
            ("SLURM_ARRAY_TASK_COUNT", "4"),
        ];
        assert_eq!(with(slurm), Some((1, 4)));
        assert_eq!(
            with(&[("JOB_COMPLETION_INDEX", "3"), ("BROWNOUT_SHARDS", "4")]),
            Some((3, 4))
        );
        assert_eq!(
            with(&[("PARALLEL_SEQ", "4"), ("BROWNOUT_SHARDS", "4")]),
            Some((0, 4))
        );
        assert_eq!(with(&[("JOB_COMPLETION_INDEX", "3")]), None);
        assert_eq!(with(&[("BROWNOUT_SHARDS", "4")]), None);
    }

    #[test]
    fn fractions_may_be_percentages() {
        assert_eq!(fraction("5%"), Ok(0.05));
        assert_eq!(fraction("0.05"), Ok(0.05));
        assert!(fraction("five").is_err() && fraction("nan").is_err());
    }
}
