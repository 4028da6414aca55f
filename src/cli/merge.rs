//! `merge`: the parts of a simulation, a sweep or an assessment become what one run would have given.

use super::answer::{Answer, Failure};
use super::args::Format;
use super::divided::{Divided, all_of_one_run};
use super::files::Kind;
use super::output::{Terminal, json};
use super::part::Part;
use super::pipeline::PipelineArgs;
use super::said::{self, Said};
use super::sealed::{self, OfRun};
use super::simulate::rendered;
use super::sweep::{self, Table, Wanted};
use super::{assess, files};
use crate::analysis::{AssessRecord, SweepRecord};
use anyhow::{Context, Result, anyhow, bail};
use std::path::{Path, PathBuf};

const AFTER: &str = "\
Examples:
  brownout merge part-*.json
  brownout merge part-*.json --format json
  brownout merge part-*.json -o report                  # of an assessment: the folder of the report

Every part of the run must be there once, as it was written: each carries a digest of its content. The \
answer is the same, byte for byte, as that of one run without --shard; `brownout parts` says what is \
missing. Parts of sweeps and assessments need their inventory and scenario as well, unchanged and where \
they were, or where --source says they are now.";

/// Put the parts of a divided run together, as `--shard` writes them
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct Args {
    /// Every part, in any order
    #[arg(value_name = "PART", required = true)]
    parts: Vec<PathBuf>,
    /// File for the result as JSON; of an assessment the folder for its report
    #[arg(long, short, value_name = "FILE|DIR")]
    output: Option<PathBuf>,
    /// The inventory or scenario of a sweep or an assessment, where it is not where it was
    #[arg(long, value_name = "INVENTORY|SCENARIO")]
    source: Option<PathBuf>,
    /// Of a sweep: how many minimal sets to list per service and load case, or `all`
    #[arg(long, value_name = "N", value_parser = super::args::sets, allow_hyphen_values = true)]
    sets: Option<usize>,
    /// Of a sweep: the table that `--format csv` writes
    #[arg(long, value_enum)]
    table: Option<Table>,
    #[command(flatten)]
    pipeline: PipelineArgs,
}

/// Kinds of parts.
const KINDS: [&str; 3] = [
    "brownout/simulate-part",
    "brownout/sweep-part",
    "brownout/assess-part",
];

/// What parts there are.
enum Parts<'p> {
    Simulation(Vec<(&'p Path, Part)>),
    Sweep(Vec<(&'p Path, Divided<SweepRecord>)>),
    Assessment(Vec<(&'p Path, Divided<AssessRecord>)>),
}

impl<'p> Parts<'p> {
    /// All of the kind of the first.
    fn read(paths: &'p [PathBuf]) -> Result<Self> {
        let mut all: Option<Self> = None;
        for path in paths {
            let bytes = said::read(path, "a part of a run")?;
            let shown = path.display();
            let said = Said::of(&bytes).ok();
            let Some(kind) = said
                .as_ref()
                .and_then(Said::kind)
                .filter(|k| KINDS.contains(k))
            else {
                bail!(
                    "{shown} is no part of a run: {}; name the files that `simulate`, `sweep` or `assess` wrote \
                     with --shard, all of one run",
                    said::what_it_is(&bytes)
                );
            };
            let all = all.get_or_insert_with(|| match kind {
                "brownout/sweep-part" => Self::Sweep(Vec::new()),
                "brownout/assess-part" => Self::Assessment(Vec::new()),
                _ => Self::Simulation(Vec::new()),
            });
            match (kind, all) {
                ("brownout/sweep-part", Self::Sweep(all)) => {
                    all.push((path, Divided::parse(path, &bytes)?));
                }
                ("brownout/assess-part", Self::Assessment(all)) => {
                    all.push((path, Divided::parse(path, &bytes)?));
                }
                ("brownout/sweep-part" | "brownout/assess-part", Self::Simulation(_)) => {
                    bail!("{shown} belongs to another run than {}", paths[0].display())
                }
                (_, Self::Simulation(all)) => all.push((path, Part::parse(path, &bytes)?)),
                _ => bail!("{shown} belongs to another run than {}", paths[0].display()),
            }
        }
        all.context("no part was given")
    }
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Answer, Failure> {
    args.can_be_written()?;
    let parts = Parts::read(&args.parts)?;
    args.make_sense_for(&parts, terminal)?;
    match parts {
        Parts::Simulation(all) => simulation(args, all, terminal),
        Parts::Sweep(all) => {
            let output = args.output.as_deref();
            let wanted = Wanted {
                table: args.table.unwrap_or_default(),
                sets: args.sets,
                output,
            };
            let all = all_of_one_run(all)?;
            sweep::merged(all, args.source.as_deref(), &wanted, terminal)
        }
        Parts::Assessment(all) => {
            let to = (args.output.as_deref(), &args.pipeline);
            let all = all_of_one_run(all)?;
            assess::merged(all, args.source.as_deref(), to, terminal)
        }
    }
}

impl Args {
    /// Looks before any work whether what comes of the parts can be written, by what the first says that
    /// it is.
    fn can_be_written(&self) -> Result<(), Failure> {
        let first = self
            .parts
            .first()
            .map(|path| said::read(path, "a part of a run"));
        let first = first.transpose()?.unwrap_or_default();
        let said = Said::of(&first).ok();
        let said = said.as_ref().and_then(Said::kind);
        let output = self.output.as_deref();
        if said == Some("brownout/assess-part") {
            return assess::can_be_written((output, &self.pipeline));
        }
        let kind = if said == Some("brownout/sweep-part") {
            Kind::Sweep
        } else {
            Kind::Simulation
        };
        Ok(output.map_or(Ok(()), |path| files::can_write(path, kind))?)
    }

    /// Whether all that is asked for is asked for of parts of this kind.
    fn make_sense_for(&self, parts: &Parts<'_>, terminal: &Terminal) -> Result<(), Failure> {
        let is_sweep = matches!(parts, Parts::Sweep(_));
        let is_assessment = matches!(parts, Parts::Assessment(_));
        let has_source = self.source.is_some() && !(is_sweep || is_assessment);
        let of_a_sweep = self.sets.is_some() || self.table.is_some();
        let word = terminal.format().word();
        let is_page = matches!(terminal.format(), Format::Markdown | Format::Html);
        Err(if has_source {
            anyhow!("--source: parts of a simulation need no inventory")
        } else if of_a_sweep && !is_sweep {
            anyhow!("--sets and --table are for parts of a sweep; these are of something else")
        } else if !self.pipeline.is_empty() && !is_assessment {
            anyhow!("--junit, --sarif, --xlsx and --full are for parts of an assessment")
        } else if is_page && !is_assessment {
            anyhow!("--format {word} is for parts of an assessment: `text`, `json` or `csv`")
        } else {
            return Ok(());
        }
        .into())
    }
}

fn simulation(
    args: &Args,
    parts: Vec<(&Path, Part)>,
    terminal: &Terminal,
) -> Result<Answer, Failure> {
    let document = merged(parts)?.document()?;
    if let Some(path) = &args.output {
        files::write_one(path, Kind::Simulation, json(&document)?.as_bytes())?;
    }
    rendered(&document, terminal)
}

fn merged(parts: Vec<(&Path, Part)>) -> Result<Part> {
    let of_run = |(path, part): &(&'_ Path, Part)| -> (PathBuf, _, _) {
        ((*path).to_owned(), part.shard, part.fingerprint.clone())
    };
    let all: Vec<_> = parts.iter().map(of_run).collect();
    let all: Vec<OfRun<'_>> = all
        .iter()
        .map(|(path, shard, fingerprint)| OfRun {
            path,
            shard: *shard,
            fingerprint,
        })
        .collect();
    sealed::are_one_run(&all)?;
    let mut whole: Option<Part> = None;
    for (path, part) in parts {
        let shown = path.display();
        let Some(first) = &mut whole else {
            whole = Some(part);
            continue;
        };
        first
            .record
            .merge(&part.record)
            .with_context(|| format!("cannot merge {shown}"))?;
        if let (Some(all), Some(more)) = (&mut first.histories, &part.histories) {
            all.record
                .merge(&more.record)
                .with_context(|| format!("cannot merge {shown}"))?;
        }
    }
    whole.context("no part was given")
}
