//! `merge`: the parts of a simulation become what one run would have given.

use super::files::Kind;
use super::output::{Terminal, json};
use super::part::Part;
use super::simulate::rendered;
use super::{Answer, Failure, files};
use anyhow::{Context, Result, bail};
use std::path::PathBuf;

const AFTER: &str = "\
Examples:
  brownout merge part-*.json
  brownout merge part-*.json --format json

Every part of the run must be there once, as it was written: each carries a digest of its content. The
answer is the same, byte for byte, as that of one run without --shard.";

/// Put the parts of a simulation together, as written by `simulate --shard`
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct Args {
    /// Every part, in any order
    #[arg(value_name = "PART", required = true)]
    parts: Vec<PathBuf>,
    /// File for the result as JSON
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Answer, Failure> {
    if let Some(path) = &args.output {
        files::can_write(path, Kind::Simulation)?;
    }
    let whole = merged(args)?;
    let document = whole.document()?;
    if let Some(path) = &args.output {
        files::write_one(path, Kind::Simulation, json(&document)?.as_bytes())?;
    }
    rendered(&document, terminal)
}

fn merged(args: &Args) -> Result<Part> {
    let mut whole: Option<Part> = None;
    let mut seen = Vec::new();
    for path in &args.parts {
        let part = Part::read(path)?;
        let shown = path.display();
        let shard = part
            .shard
            .with_context(|| format!("{shown} is a checkpoint of a whole run, not a part"))?;
        if seen.contains(&shard.index) {
            bail!(
                "{shown} is part {}, which was given already",
                part_name(shard.index, shard.count)
            );
        }
        seen.push(shard.index);
        match &mut whole {
            None => whole = Some(part),
            Some(first) => {
                if first.fingerprint != part.fingerprint
                    || first.shard.map(|s| s.count) != Some(shard.count)
                {
                    bail!(
                        "{shown} belongs to another run than {}",
                        args.parts[0].display()
                    );
                }
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
        }
    }
    let whole = whole.context("no part was given")?;
    let count = whole.shard.map_or(0, |s| s.count);
    let missing: Vec<String> = (0..count)
        .filter(|i| !seen.contains(i))
        .take(8)
        .map(|i| part_name(i, count))
        .collect();
    if !missing.is_empty() {
        let more = count - seen.len() as u64 - missing.len() as u64;
        bail!(
            "{} of {count} parts are here; missing: {}{}",
            seen.len(),
            missing.join(", "),
            if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            }
        );
    }
    Ok(whole)
}

/// What `--shard` calls a part.
fn part_name(index: u64, count: u64) -> String {
    format!("{}/{count}", index + 1)
}
