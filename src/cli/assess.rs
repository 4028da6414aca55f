//! `assess`: the main job. Everything a scenario asks, its policies judged, report files.

use super::answer::{Answer, Exit, Failure};
use super::args::{Format, LimitArgs, today};
use super::assessment::{Asked, assess, part_of};
use super::divided::{self, About, Divided, Found};
use super::files::{self, Kind};
use super::long::{Kept, is_sensible, part_answer};
use super::output::{Terminal, json, warning_lines};
use super::pipeline::{self, PipelineArgs};
use super::shard::shard;
use super::{folder, interrupt, report as rendering};
use crate::analysis::montecarlo::Shard;
use crate::analysis::{AssessRecord, Joined};
use crate::input::{Disk, Loaded};
use crate::report;
use crate::report::document::{Assess, VerdictWord};
use anyhow::Context;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

const AFTER: &str = "\
Examples:
  brownout assess estate/scenario.toml
  brownout assess estate/scenario.toml -o report
  brownout assess estate/scenario.toml --as-of 2026-12-01 --format json
  brownout assess estate/scenario.toml --junit junit.xml --sarif brownout.sarif --format markdown
  brownout assess estate/scenario.toml --shard 1/8 -o part-1.json
  brownout merge part-*.json -o report                       # the parts, once all are done

Exit codes: 0 every policy holds, 1 a policy is breached, 3 the verdict is incomplete.";

/// The main job: all that a scenario asks, a verdict, report files
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct Args {
    /// A scenario file (or an inventory folder, which has no policies)
    #[arg(value_name = "SCENARIO")]
    path: PathBuf,
    /// Folder for the report: page, result, tables as CSV, figures as SVG and PNG; new, empty, or an
    /// earlier report, which it replaces. With --shard, the file for the part
    #[arg(long, short, value_name = "DIR|FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    part: PartArgs,
    #[command(flatten)]
    choices: Choices,
    #[command(flatten)]
    pipeline: PipelineArgs,
}

/// What of an assessment may be left out or limited, as typed.
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own on the command line"
)]
#[derive(Clone, Debug, Default, clap::Args, Serialize, Deserialize)]
pub(super) struct Choices {
    /// In a part: the inventory or scenario.
    #[arg(skip)]
    path: String,
    /// The day on which waivers must still be valid [default: today]
    #[arg(long, value_name = "DATE")]
    #[serde(with = "day")]
    as_of: Option<Date>,
    /// Do not look for what would fix breaches
    #[arg(long)]
    no_fixes: bool,
    /// Do not try what half and twice of each default would do to the verdict
    #[arg(long)]
    no_ledger: bool,
    /// Leave out the page that runs the engine, and with it the inventory that it holds
    #[arg(long)]
    no_explore: bool,
    /// Keep the time in the evidence; the same inputs then no longer give the same bytes
    #[arg(long)]
    stamp: bool,
    #[command(flatten)]
    limits: LimitArgs,
}

impl Found for AssessRecord {
    type Asked = Choices;
    const SCHEMA: &'static str = "brownout/assess-part/1";
    const WHAT: &'static str = "an assessment";
    fn is_whole(&self) -> bool {
        self.is_whole()
    }
    fn kind(shard: Option<Shard>) -> Kind {
        Kind::AssessPart(shard)
    }
}

/// A day as it is typed.
mod day {
    use jiff::civil::Date;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[allow(
        clippy::ref_option,
        clippy::trivially_copy_pass_by_ref,
        reason = "as serde asks"
    )]
    pub(super) fn serialize<S: Serializer>(day: &Option<Date>, to: S) -> Result<S::Ok, S::Error> {
        day.map(|day| day.to_string()).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Date>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        let day = text.map(|text| text.parse().map_err(D::Error::custom));
        day.transpose()
    }
}

/// Parts, as typed.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Long runs")]
struct PartArgs {
    /// Only part I of N of the sweep and the trials, `1/4` to `4/4`; `auto/4` takes I from the job array,
    /// never N. Everything else is done by `brownout merge`
    #[arg(long, value_name = "I/N", requires = "output", value_parser = shard,
          conflicts_with_all = ["junit", "sarif", "xlsx", "full"])]
    shard: Option<Shard>,
    /// Write what is done of a part to this file now and then
    #[arg(long, value_name = "FILE", requires = "shard")]
    checkpoint: Option<PathBuf>,
    /// Go on from the checkpoint, if it is there
    #[arg(long, requires = "checkpoint")]
    resume: bool,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Answer, Failure> {
    if let (Some(shard), Some(path)) = (args.part.shard, &args.output) {
        return part(args, (shard, path), terminal);
    }
    let to = (args.output.as_deref(), &args.pipeline);
    can_be_written(to)?;
    let asked = args.choices.asked(&args.path, args.choices.stamp());
    whole(&asked, to, terminal)
}

/// Looks before any work whether a report and files for pipelines can be written.
pub(super) fn can_be_written(
    (output, pipeline): (Option<&Path>, &PipelineArgs),
) -> Result<(), Failure> {
    if let Some(folder) = output {
        folder::can_write(folder, &[])?;
    }
    Ok(pipeline.can_be_written(output)?)
}

/// Does a part, and writes it.
fn part(
    args: &Args,
    (shard, path): (Shard, &PathBuf),
    terminal: &Terminal,
) -> Result<Answer, Failure> {
    let PartArgs {
        checkpoint, resume, ..
    } = &args.part;
    let paths: Vec<&PathBuf> = checkpoint.iter().chain([path]).collect();
    for path in &paths {
        files::can_write(path, Kind::AssessPart(Some(shard)))?;
    }
    files::are_distinct(&paths)?;
    is_sensible(Some(shard))?;
    let choices = Choices {
        path: args.path.to_string_lossy().into_owned(),
        ..args.choices.clone()
    };
    let asked = choices.asked(&args.path, None);
    part_of(&asked, terminal, |part| {
        let fingerprint = choices.of_part(&part.asked.how);
        let about =
            About::new::<AssessRecord>(part.loaded, Some(shard), choices.clone(), &fingerprint)?;
        let before = match checkpoint {
            Some(path) if *resume && path.exists() => Some(Divided::resumed(path, &about)?),
            _ => None,
        };
        let write = |path: &Path, record: AssessRecord| divided::write(path, &about, &record);
        let keep = Kept::new(checkpoint.as_deref(), &write);
        let record = part.run((shard, before), &keep)?;
        if let Some(path) = checkpoint {
            divided::write(path, &about, &record)?;
        }
        divided::write(path, &about, &record)?;
        Ok(part_answer(warning_lines(part.loaded), record.is_whole()))
    })
}

/// The answer of all parts together; `path` is where the inputs are now, if not where they were.
pub(super) fn merged(
    parts: Vec<Divided<AssessRecord>>,
    path: Option<&Path>,
    to: (Option<&Path>, &PipelineArgs),
    terminal: &Terminal,
) -> Result<Answer, Failure> {
    let about = parts[0].about.clone();
    let choices = &about.asked;
    let records = parts.into_iter().map(|part| part.record).collect();
    let joined = Joined::new(records).context("a part contradicts itself")?;
    let path = path.unwrap_or(Path::new(&choices.path));
    let asked = choices.asked(path, choices.stamp());
    let fingerprint = choices.of_part(&asked.how);
    let is_of = |loaded: &Loaded| about.is_of::<AssessRecord>(loaded, &fingerprint);
    let asked = Asked {
        joined: Some((&joined, &is_of)),
        ..asked
    };
    whole(&asked, to, terminal)
}

/// All of an assessment, on stdout and in files.
fn whole(
    asked: &Asked<'_>,
    (output, pipeline): (Option<&Path>, &PipelineArgs),
    terminal: &Terminal,
) -> Result<Answer, Failure> {
    // Text and tables do not hold the inventory: it need not be read a second time for them.
    let is_kept = output.is_some() || !matches!(terminal.format(), Format::Text | Format::Csv);
    let asked = Asked {
        output,
        explore: asked.explore && is_kept,
        ..asked.clone()
    };
    let document = assess(&asked, &Disk, terminal)?;
    let mut warnings = pipeline.warnings(&document, terminal);
    if let Some(folder) = output {
        warnings.extend(kept(folder, &document)?);
    }
    pipeline.write(&document)?;
    let exit = match document.verdict.result {
        VerdictWord::Holds => Exit::Done,
        VerdictWord::Breached => Exit::Breached,
        VerdictWord::Incomplete => Exit::Incomplete,
    };
    Ok(Answer {
        data: pipeline::rendered(&document, pipeline, terminal)?,
        warnings,
        exit,
    })
}

/// Writes the folder of the report. What an interrupted run found does not take the place of what a whole one did.
/// Gives what there is to know of that.
fn kept(folder: &Path, document: &Assess) -> Result<Option<String>, Failure> {
    let shown = folder.display();
    let is_early = document.verdict.interrupted;
    if is_early && folder::holds_whole_result(folder) {
        return Ok(Some(format!(
            "interrupted: {shown} holds the report of a whole run and is left as it was; nothing of this run is \
             written there"
        )));
    }
    let result = json(document)?.into_bytes();
    let all = rendering::files_until(result, document, &interrupt::is_asked)?;
    folder::write(folder, &all)?;
    let has_figures = all.iter().any(|(name, _)| name.starts_with("plots/"));
    Ok(match (is_early, interrupt::is_asked() && !has_figures) {
        (true, _) => Some(format!(
            "interrupted: the report in {shown} is not complete; the same command writes a whole one"
        )),
        (false, true) => Some(format!(
            "interrupted before the figures: `brownout report {shown} -o {shown}` draws them"
        )),
        (false, false) => None,
    })
}

impl Args {
    /// What is asked for. The clock is the caller's.
    pub(super) fn asked(&self, as_of: Date, stamp: Option<String>) -> Asked<'_> {
        let mut asked = self.choices.asked(&self.path, stamp);
        asked.how.as_of = as_of;
        asked
    }
}

impl Choices {
    /// What is asked for of an inventory or scenario.
    fn asked<'p>(&self, path: &'p Path, stamp: Option<String>) -> Asked<'p> {
        Asked {
            path,
            output: None,
            fixes: !self.no_fixes,
            ledger: !self.no_ledger,
            explore: !self.no_explore,
            joined: None,
            how: report::assess::Asked {
                as_of: self.as_of.unwrap_or_else(today),
                stamp,
                max_memory: self.limits.max_memory,
                listed: self.limits.sets,
                command: self.command(path),
            },
        }
    }

    /// The time, if it is to be kept.
    fn stamp(&self) -> Option<String> {
        let now = jiff::Timestamp::now();
        self.stamp
            .then(|| now.round(jiff::Unit::Second).unwrap_or(now).to_string())
    }

    /// What the numbers of a part depend on, and what the answer of all parts says, but for the clock.
    fn of_part(&self, how: &report::assess::Asked) -> (Vec<String>, Option<usize>) {
        (
            how.command.get(3..).unwrap_or_default().to_vec(),
            self.limits.sets,
        )
    }

    /// The command without what leaves the result alone.
    fn command(&self, path: &Path) -> Vec<String> {
        let path = path.to_string_lossy().into_owned();
        let mut command = vec!["brownout".to_owned(), "assess".to_owned(), path];
        if let Some(day) = self.as_of {
            command.extend(["--as-of".to_owned(), day.to_string()]);
        }
        if let Some(bytes) = self.limits.max_memory {
            command.extend(["--max-memory".to_owned(), bytes.to_string()]);
        }
        if let Some(sets) = self.limits.sets {
            let sets = match sets {
                usize::MAX => "all".to_owned(),
                n => n.to_string(),
            };
            command.extend(["--sets".to_owned(), sets]);
        }
        let flags = [
            (self.no_fixes, "--no-fixes"),
            (self.no_ledger, "--no-ledger"),
            (self.no_explore, "--no-explore"),
            (self.stamp, "--stamp"),
        ];
        command.extend(flags.iter().filter(|f| f.0).map(|f| f.1.to_owned()));
        command
    }
}
