//! `diff`: two results, or what two scenarios come to, against each other.

use super::answer::{Answer, Exit, Failure};
use super::args::today;
use super::assessment::{Asked, assess};
use super::interrupt;
use super::output::{Terminal, json};
use super::said::{self, Said};
use crate::input::Disk;
use crate::model::hex;
use crate::report::diff::{Compared, diff};
use crate::report::document::Input;
use crate::report::document::diff::{Diff, PolicyChange};
use crate::report::{self, html, markdown, tables, text};
use anyhow::{Context, Result, bail};
use jiff::civil::Date;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

const AFTER: &str = "\
Examples:
  brownout assess estate/scenario.toml -o before   # then change the estate
  brownout assess estate/scenario.toml -o after
  brownout diff before after
  brownout diff old.json new.json --fail-on-worse
  brownout diff estate/scenario.toml estate/after-the-move.toml

OLD and NEW are results of whatif, sweep, simulate or assess (--format json), folders that assess -o \
wrote, or scenarios (or inventories), which are assessed first. Numbers that differ by rounding are \
the same. Contingencies are compared up to the highest order that both results computed in full; \
probabilities have changed when their intervals do not meet.

Exit code: 0, or 1 with --fail-on-worse when anything is new or worse or a policy is newly breached.";

/// What is new, fixed, worse or better from one result or scenario to another
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct Args {
    /// The result before: a JSON file or the folder of a report; or a scenario
    old: PathBuf,
    /// The result after, or a scenario
    new: PathBuf,
    /// Exit with 1 when anything is new or worse or a policy is newly breached
    #[arg(long)]
    fail_on_worse: bool,
    /// Scenarios: the day on which waivers must still be valid [default: today]
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
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
    /// One row per policy that is judged differently.
    Policies,
    /// One row per service and load case with another headroom.
    Headroom,
    /// One row per service, load case and order that other numbers of contingencies harm.
    Counts,
    /// One row per service, load case and estimate.
    Probabilities,
    /// One row per element added, removed, resized or otherwise changed.
    Inventory,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Answer, Failure> {
    interrupt::whole_or_nothing();
    let as_of = args.as_of.unwrap_or_else(today);
    let (old, old_input) = side(&args.old, as_of, terminal)?;
    let (new, new_input) = side(&args.new, as_of, terminal)?;
    let document = diff(&old, &new, vec![old_input, new_input])
        .context("the two have nothing in common: one is a simulation, the other has none")?;
    let (states, chances) = (document.totals, document.chance_totals);
    let harm = states.new + states.worse + chances.new + chances.worse;
    let worse = harm > 0 || document.policies.iter().any(PolicyChange::is_worse);
    let table = |d: &Diff| match args.table {
        Table::Policies => tables::policy_changes(d).csv(),
        Table::Headroom => tables::headroom_changes(d).csv(),
        Table::Counts => tables::count_changes(d).csv(),
        Table::Changes => tables::changes(d).csv(),
        Table::Probabilities => tables::chance_changes(d).csv(),
        Table::Inventory => tables::inventory_changes(d).csv(),
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

/// One side: a result that is read, or a scenario that is assessed now.
fn side(path: &Path, as_of: Date, terminal: &Terminal) -> Result<(Compared, Input), Failure> {
    let inside = path.join("result.json");
    if path.is_dir() && !inside.exists() {
        let scenario = path.join("scenario.toml");
        let path = if scenario.is_file() { &scenario } else { path };
        return assessed(path, as_of, terminal);
    }
    if path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("toml"))
    {
        return assessed(path, as_of, terminal);
    }
    Ok(read(if path.is_dir() { &inside } else { path })?)
}

/// What a scenario (or an inventory) comes to, without what takes long and is not compared.
fn assessed(path: &Path, as_of: Date, terminal: &Terminal) -> Result<(Compared, Input), Failure> {
    let asked = Asked {
        path,
        output: None,
        fixes: false,
        ledger: false,
        explore: false,
        joined: None,
        how: report::assess::Asked {
            as_of,
            listed: Some(usize::MAX),
            ..Default::default()
        },
    };
    let document = assess(&asked, &Disk, terminal)?;
    let shown = path.to_string_lossy().replace('\\', "/");
    let scenario = document.head.inputs.iter().find(|i| i.path == shown);
    let sha256 = match scenario {
        Some(scenario) => scenario.sha256.clone(),
        None => hex(&Sha256::digest(json(&document)?)),
    };
    let input = Input {
        path: shown,
        sha256,
        rows: None,
    };
    Ok((Compared::Assess(Box::new(document)), input))
}

/// A result and what it was read from.
fn read(file: &Path) -> Result<(Compared, Input)> {
    let shown = file.display();
    let bytes = said::read(file, "a result")?;
    let result = parse(&bytes).with_context(|| format!("{shown} is no result to compare"))?;
    let input = Input {
        path: file.to_string_lossy().replace('\\', "/"),
        sha256: hex(&Sha256::digest(&bytes)),
        rows: None,
    };
    Ok((result, input))
}

fn parse(bytes: &[u8]) -> Result<Compared> {
    Ok(match Said::of(bytes)?.schema().unwrap_or_default() {
        "brownout/whatif/2" => Compared::WhatIf(serde_json::from_slice(bytes)?),
        "brownout/sweep/2" => Compared::Sweep(serde_json::from_slice(bytes)?),
        "brownout/simulate/2" => Compared::Simulate(serde_json::from_slice(bytes)?),
        "brownout/assess/2" => Compared::Assess(serde_json::from_slice(bytes)?),
        "" => bail!(
            "it has no schema; write it with `--format json` of whatif, sweep, simulate or assess"
        ),
        other => bail!("its schema is {other}; whatif, sweep, simulate and assess can be compared"),
    })
}
