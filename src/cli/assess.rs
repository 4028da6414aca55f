//! `assess`: the main job. Everything a scenario asks, its policies judged, report files.

use super::args::{Format, LimitArgs};
use super::assessment::{Asked, assess};
use super::output::{Terminal, json};
use super::pipeline::{self, PipelineArgs};
use super::{Answer, Exit, Failure, folder, interrupt, report as rendering, today};
use crate::input::Disk;
use crate::report;
use crate::report::document::VerdictWord;
use jiff::civil::Date;
use std::path::PathBuf;

const AFTER: &str = "\
Examples:
  brownout assess estate/scenario.toml
  brownout assess estate/scenario.toml -o report
  brownout assess estate/scenario.toml --as-of 2026-12-01 --format json
  brownout assess estate/scenario.toml --junit junit.xml --sarif brownout.sarif --format markdown

Exit codes: 0 every policy holds, 1 a policy is breached, 3 the verdict is incomplete.";

/// The main job: all that a scenario asks, a verdict, report files
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own on the command line"
)]
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct Args {
    /// A scenario file (or an inventory folder, which has no policies)
    #[arg(value_name = "SCENARIO")]
    path: PathBuf,
    /// Folder for the report: page, result, tables as CSV, figures as SVG and PNG; new, empty, or an
    /// earlier report, which it replaces
    #[arg(long, short, value_name = "DIR")]
    output: Option<PathBuf>,
    /// The day on which waivers must still be valid [default: today]
    #[arg(long, value_name = "DATE")]
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
    #[command(flatten)]
    pipeline: PipelineArgs,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Answer, Failure> {
    let now = jiff::Timestamp::now();
    let stamp = args
        .stamp
        .then(|| now.round(jiff::Unit::Second).unwrap_or(now).to_string());
    let as_of = args.as_of.unwrap_or_else(today);
    if let Some(folder) = &args.output {
        folder::can_write(folder, &[])?;
    }
    args.pipeline.can_be_written(args.output.as_deref())?;
    let asked = args.asked(as_of, stamp);
    // Text and tables do not hold the inventory: it need not be read a second time for them.
    let is_kept = args.output.is_some() || !matches!(terminal.format(), Format::Text | Format::Csv);
    let asked = Asked {
        output: args.output.as_deref(),
        explore: asked.explore && is_kept,
        ..asked
    };
    let document = assess(&asked, &Disk, terminal)?;
    let mut warnings = args.pipeline.warnings(&document, terminal);
    if let Some(folder) = &args.output {
        let result = json(&document)?.into_bytes();
        let all = rendering::files_until(result, &document, &interrupt::is_asked)?;
        folder::write(folder, &all)?;
        if interrupt::is_asked() && !all.iter().any(|(name, _)| name.starts_with("plots/")) {
            let shown = folder.display();
            warnings.push(format!(
                "interrupted before the figures: `brownout report {shown} -o {shown}` draws them"
            ));
        }
    }
    args.pipeline.write(&document)?;
    let exit = match document.verdict.result {
        VerdictWord::Holds => Exit::Done,
        VerdictWord::Breached => Exit::Breached,
        VerdictWord::Incomplete => Exit::Incomplete,
    };
    Ok(Answer {
        data: pipeline::rendered(&document, &args.pipeline, terminal)?,
        warnings,
        exit,
    })
}

impl Args {
    /// What is asked for. The clock is the caller's.
    pub(super) fn asked(&self, as_of: Date, stamp: Option<String>) -> Asked<'_> {
        Asked {
            path: &self.path,
            output: None,
            fixes: !self.no_fixes,
            ledger: !self.no_ledger,
            explore: !self.no_explore,
            how: report::assess::Asked {
                as_of,
                stamp,
                max_memory: self.limits.max_memory,
                listed: self.limits.sets,
                command: self.command(),
            },
        }
    }

    /// The command without what leaves the result alone.
    fn command(&self) -> Vec<String> {
        let path = self.path.to_string_lossy().into_owned();
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
