//! `sweep`: every contingency up to an order, at every load case.

use super::args::{ScopeArgs, Source};
use super::output::{Terminal, head};
use super::progress::INTERRUPTED;
use super::{Answer, Exit, Failure};
use crate::analysis::Study;
use crate::input;
use crate::report::document::{Sweep, SweepResult};
use crate::report::naming::Naming;
use crate::report::{csv, text};

const AFTER: &str = "\
Examples:
  brownout sweep estate/inventory
  brownout sweep estate/scenario.toml --order 2 --elements kind=server kind=switch
  brownout sweep estate/inventory --exclude kind=site --format csv --table minimal

Ctrl-C ends early with what was computed, says so, and exits with 3.";

/// Every contingency up to an order, at every load case: who is harmed by what
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct Args {
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    scope: ScopeArgs,
    /// Table that `--format csv` writes
    #[arg(long, value_enum, default_value_t)]
    table: Table,
}

/// Tables of a sweep.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Table {
    /// One row per service, load case and order.
    #[default]
    Counts,
    /// One row per minimal set.
    Minimal,
    /// One row per link and load case.
    Links,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Answer, Failure> {
    let loaded = input::load(&args.source.path, &args.scope.overrides())?;
    let study = Study::new(&loaded.system, &loaded.scenario);
    let progress = terminal.progress("Sweeping");
    let outcome = study.sweep(loaded.scenario.sweep.order, &progress);
    let links = study.links(loaded.scenario.sweep.order, &progress);
    progress.finish();
    let naming = Naming::new(&loaded.system, &loaded.scenario);
    let document = SweepResult {
        head: head("sweep", &loaded),
        sweep: Sweep {
            network: links.map(|links| naming.network(&links)),
            ..naming.sweep(&outcome, INTERRUPTED)
        },
        estate: Some(naming.estate(&loaded.inventory_path)),
    };
    let table = |s: &SweepResult| match args.table {
        Table::Counts => csv::sweep(&s.sweep),
        Table::Minimal => csv::minimal(&s.sweep),
        Table::Links => csv::links(&s.sweep),
    };
    let exit = if document.sweep.complete {
        Exit::Done
    } else {
        Exit::Incomplete
    };
    Ok(Answer {
        data: terminal.render(&document, text::sweep, table)?,
        warnings: document.head.warnings,
        exit,
    })
}
