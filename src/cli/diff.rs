//! `diff`: two results against each other.

use super::output::Terminal;
use super::{Answer, Exit, Failure, files};
use crate::model::hex;
use crate::report::diff::{Compared, diff};
use crate::report::document::Input;
use crate::report::document::diff::Diff;
use crate::report::{csv, html, markdown, text};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

const AFTER: &str = "\
Examples:
  brownout assess estate/scenario.toml -o before   # then change the estate
  brownout assess estate/scenario.toml -o after
  brownout diff before after
  brownout diff old.json new.json --fail-on-worse

OLD and NEW are results of whatif, sweep, simulate or assess (--format json), or folders that assess
-o wrote. Contingencies are compared up to the highest order that both results computed in full;
probabilities have changed when their intervals do not meet.
Exit code: 0, or 1 with --fail-on-worse when anything is new or worse.";

/// What is new, fixed, worse or better from one result to another
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct Args {
    /// The result before: a JSON file or the folder of a report
    old: PathBuf,
    /// The result after
    new: PathBuf,
    /// Exit with 1 when anything is new or worse
    #[arg(long)]
    fail_on_worse: bool,
    /// Table that `--format csv` writes
    #[arg(long, value_enum, default_value_t)]
    table: Table,
}

/// Tables of a comparison.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Table {
    /// One row per service, load case and contingency.
    #[default]
    Changes,
    /// One row per service, load case and estimate.
    Probabilities,
    /// One row per element added, removed, resized or otherwise changed.
    Inventory,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Answer, Failure> {
    let (old, old_input) = read(&args.old)?;
    let (new, new_input) = read(&args.new)?;
    let document = diff(&old, &new, vec![old_input, new_input])
        .context("the two have nothing in common: one is a simulation, the other has none")?;
    let (states, chances) = (document.totals, document.chance_totals);
    let worse = states.new + states.worse + chances.new + chances.worse > 0;
    let table = |d: &Diff| match args.table {
        Table::Changes => csv::diff(d),
        Table::Probabilities => csv::diff_chances(d),
        Table::Inventory => csv::diff_inventory(d),
    };
    Ok(Answer {
        data: terminal.render_more(
            &document,
            text::diff,
            table,
            |d| Ok(markdown::diff(d)),
            |d| Ok(html::diff(d)),
        )?,
        warnings: document.head.warnings.clone(),
        exit: if args.fail_on_worse && worse {
            Exit::Breached
        } else {
            Exit::Done
        },
    })
}

/// A result and what it was read from.
fn read(path: &Path) -> Result<(Compared, Input)> {
    let inside = path.join("result.json");
    let file = if path.is_dir() { &inside } else { path };
    let shown = file.display();
    let bytes = files::read(file, "a result")?;
    let result = parse(&bytes).with_context(|| format!("{shown} is no result to compare"))?;
    let input = Input {
        path: file.to_string_lossy().replace('\\', "/"),
        sha256: hex(&Sha256::digest(&bytes)),
        rows: None,
    };
    Ok((result, input))
}

fn parse(bytes: &[u8]) -> Result<Compared> {
    let value: Value = serde_json::from_slice(bytes)?;
    let schema = value.get("schema").and_then(Value::as_str).unwrap_or("");
    Ok(match schema {
        "brownout/whatif/1" => Compared::WhatIf(serde_json::from_value(value)?),
        "brownout/sweep/1" => Compared::Sweep(serde_json::from_value(value)?),
        "brownout/simulate/1" => Compared::Simulate(serde_json::from_value(value)?),
        "brownout/assess/1" => Compared::Assess(serde_json::from_value(value)?),
        "" => bail!(
            "it has no schema; write it with `--format json` of whatif, sweep, simulate or assess"
        ),
        other => bail!("its schema is {other}; whatif, sweep, simulate and assess can be compared"),
    })
}
