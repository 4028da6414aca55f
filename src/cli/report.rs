//! `report`: a recorded assessment, rendered again. Nothing is computed anew.

use super::answer::{Answer, Exit, Failure};
use super::folder as write;
use super::output::Terminal;
use super::pipeline::{self, PipelineArgs};
use super::said;
use crate::model::hex;
use crate::report::document::Assess;
use crate::report::folder::{self, File, MINIMAL};
use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

const AFTER: &str = "\
Examples:
  brownout report report/result.json -o again
  brownout assess estate/scenario.toml --format json > result.json
  brownout report result.json -o report

The files are those that `assess -o` writes, byte for byte. The folder must be new, empty, or a report \
that nobody has changed since; it may be the one that the result is in.";

/// Render a recorded assessment again: page, tables and figures, nothing computed anew
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct Args {
    /// What `assess` wrote: a JSON file, or the folder of a report
    result: PathBuf,
    /// Folder for the report: page, result, tables as CSV, figures as SVG and PNG; new, empty, or an
    /// earlier report, which it replaces
    #[arg(long, short, value_name = "DIR")]
    output: Option<PathBuf>,
    #[command(flatten)]
    pipeline: PipelineArgs,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Answer, Failure> {
    args.pipeline.can_be_written(args.output.as_deref())?;
    let (file, bytes, mut document) = read(&args.result)?;
    let table = file.with_file_name(MINIMAL);
    let is_at_hand = put_minimal_table(&mut document, &table);
    if let Some(folder) = &args.output {
        let all = files(bytes, &document)?;
        write::can_write(folder, &all)?;
        write::write(folder, &all)?;
    }
    args.pipeline.write(&document)?;
    let mut warnings = args.pipeline.warnings(&document, terminal);
    if args.output.is_some() && !is_at_hand {
        warnings.push(format!(
            "{MINIMAL} is not written: the result lists too few minimal sets to make it from, and {} is \
             not the table that was written with it; the command in `evidence` of the result makes all anew",
            table.display()
        ));
    }
    Ok(Answer {
        data: pipeline::rendered(&document, &args.pipeline, terminal)?,
        warnings,
        exit: Exit::Done,
    })
}

/// Puts in the table of minimal sets that is in this file, if the result needs it and it is the one that was
/// written with it. Whether nothing is missing.
pub(super) fn put_minimal_table(document: &mut Assess, file: &Path) -> bool {
    let Some(table) = &mut document.minimal_table else {
        return true;
    };
    let bytes = said::read(file, "a file of a report").unwrap_or_default();
    if hex(&Sha256::digest(&bytes)) == table.sha256 {
        table.csv = String::from_utf8(bytes).ok();
    }
    table.csv.is_some()
}

/// A recorded assessment: its file, as bytes and as a document.
fn read(path: &Path) -> Result<(PathBuf, Vec<u8>, Assess)> {
    let file = said::result_at(path)?;
    let bytes = said::read(&file, "a result")?;
    let document =
        parse(&bytes).with_context(|| format!("{} is no assessment to render", file.display()))?;
    Ok((file, bytes, document))
}

fn parse(bytes: &[u8]) -> Result<Assess> {
    if let Some(what) = said::no_assessment(bytes) {
        bail!("{what}; write it with `assess -o DIR` or `assess --format json`");
    }
    Ok(serde_json::from_slice(bytes)?)
}

/// Every file of a report: its result as given, everything rendered from it, and the list of all that
/// with digests.
pub(super) fn files(result: Vec<u8>, document: &Assess) -> Result<Vec<File>> {
    files_until(result, document, &|| false)
}

/// The same, without figures as soon as `stop` says so.
pub(super) fn files_until(
    result: Vec<u8>,
    document: &Assess,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Vec<File>> {
    let mut all = folder::files_until(document, stop)?;
    all.push(("result.json".to_owned(), result));
    let list = folder::sums(&all);
    all.push((folder::SUMS.to_owned(), list.into_bytes()));
    Ok(all)
}
