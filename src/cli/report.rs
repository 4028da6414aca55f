//! `report`: a recorded assessment, rendered again. Nothing is computed anew.

use super::output::Terminal;
use super::pipeline::{self, PipelineArgs};
use super::{Answer, Exit, Failure, files};
use crate::model::short;
use crate::report::document::Assess;
use crate::report::folder;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::path::{Path, PathBuf};

const AFTER: &str = "\
Examples:
  brownout report report/result.json -o again
  brownout assess estate/scenario.toml --format json > result.json
  brownout report result.json -o report

The files are those that `assess -o` writes, byte for byte.";

/// Render a recorded assessment again: page, tables and figures, nothing computed anew
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct Args {
    /// What `assess` wrote: a JSON file, or the folder of a report
    result: PathBuf,
    /// Folder for the report: page, result, tables as CSV, figures as SVG and PNG
    #[arg(long, short, value_name = "DIR")]
    output: Option<PathBuf>,
    #[command(flatten)]
    pipeline: PipelineArgs,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Answer, Failure> {
    if let Some(folder) = &args.output {
        files::can_write_folder(folder)?;
    }
    args.pipeline.can_be_written()?;
    let (bytes, document) = read(&args.result)?;
    let mut warnings = document.head.warnings.clone();
    if let Some(folder) = &args.output {
        warnings.extend(write(folder, &bytes, &document)?);
    }
    args.pipeline.write(&document)?;
    Ok(Answer {
        data: pipeline::rendered(&document, terminal)?,
        warnings,
        exit: Exit::Done,
    })
}

/// A recorded assessment, as bytes and as a document.
fn read(path: &Path) -> Result<(Vec<u8>, Assess)> {
    let inside = path.join("result.json");
    let file = if path.is_dir() { &inside } else { path };
    let bytes = files::read(file, "a result")?;
    let document =
        parse(&bytes).with_context(|| format!("{} is no assessment to render", file.display()))?;
    Ok((bytes, document))
}

/// What a document says it is.
#[derive(Deserialize)]
struct Kind {
    schema: Option<String>,
}

fn parse(bytes: &[u8]) -> Result<Assess> {
    let kind: Kind = serde_json::from_slice(bytes)?;
    match kind.schema.as_deref() {
        Some("brownout/assess/1") => Ok(serde_json::from_slice(bytes)?),
        Some(other) => bail!("its schema is {}; write it with `assess`", short(other, 60)),
        None => bail!("it has no schema; write it with `assess -o DIR` or `assess --format json`"),
    }
}

/// Writes the folder of a report: its result as given, and everything rendered from it. Says which
/// files of another report the folder still holds.
pub(super) fn write(
    folder: &Path,
    result: &[u8],
    document: &Assess,
) -> Result<Option<String>, Failure> {
    let rendered = folder::files(document).map_err(anyhow::Error::new)?;
    let mut all: Vec<(&str, &[u8])> = vec![("result.json", result)];
    all.extend(
        rendered
            .iter()
            .map(|(name, bytes)| (name.as_str(), bytes.as_slice())),
    );
    files::write_all(folder, &all)?;
    let left = left_over(folder, &all);
    let some = left.iter().take(4).cloned().collect::<Vec<_>>().join(", ");
    let more = left.len().saturating_sub(4);
    Ok((!left.is_empty()).then(|| {
        format!(
            "{} still holds what another report left there and this one does not have: {some}{}",
            folder.display(),
            if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            }
        )
    }))
}

/// Names, sorted, of files in the folder that only a report makes, and that are not of this one.
fn left_over(folder: &Path, written: &[(&str, &[u8])]) -> Vec<String> {
    let mut names: Vec<String> = folder::table_names().map(str::to_owned).collect();
    let plots = std::fs::read_dir(folder.join("plots")).into_iter();
    for file in plots.flatten().flatten() {
        if let Some(name) = file.file_name().to_str()
            && files::is_picture(Path::new(name)).is_ok()
        {
            names.push(format!("plots/{}", short(name, 60)));
        }
    }
    names.retain(|name| {
        written.iter().all(|(there, _)| there != name) && folder.join(name).is_file()
    });
    names.sort_unstable();
    names
}
