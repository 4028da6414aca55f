//! `join`: inventories of several sources into one, with their contradictions listed.

use super::answer::{Answer, Failure};
use super::bring::{self, Written};
use crate::input::{JOIN_KEYS, join};
use crate::report::join as shown;
use std::path::PathBuf;

const AFTER: &str = "\
Examples:
  brownout join netbox rvtools -o estate
  brownout join netbox rvtools kubernetes --on provider_id,serial,name --overlay services.toml -o estate

Where two inventories say different things of one thing, the first that is named counts.";

/// Put the inventories of several sources together, and list their contradictions
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct Args {
    /// The inventories, folders or workbooks; what an earlier one says counts
    #[arg(value_name = "DIR", required = true, num_args = 2..)]
    inventories: Vec<PathBuf>,
    /// Columns by which things are known again, the surest first; `name` looks at ids as well
    #[arg(long, value_name = "COLUMN", value_delimiter = ',', default_values_t = JOIN_KEYS.map(str::to_owned))]
    on: Vec<String>,
    /// What the sources do not know: TOML or CSV, applied in order; may be given several times
    #[arg(long = "overlay", value_name = "FILE")]
    overlays: Vec<PathBuf>,
    #[command(flatten)]
    bring: bring::InventoryArgs,
}

pub(super) fn run(args: &Args) -> Result<Answer, Failure> {
    let sources = [&args.inventories[..], &args.overlays].concat();
    args.bring.can_be_written(&sources)?;
    let mut folders = Vec::new();
    for path in &args.inventories {
        folders.push(bring::open(path)?);
    }
    let (mut joined, report) = join(&folders, &args.on)?;
    joined.path.clone_from(&args.bring.output);
    let text = shown::text(&report);
    joined
        .files
        .insert("join-report.txt".to_owned(), text.into_bytes());
    joined.check()?;
    args.bring.apply(&mut joined, &args.overlays)?;
    let written = Written {
        first: shown::summary(&report),
        ..Written::default()
    };
    args.bring.write(&joined, &written)
}
