//! `sweep`: every contingency up to an order, at every load case.

use super::args::{Format, LimitArgs, ScopeArgs, Source};
use super::output::{Terminal, head, write_json};
use super::{Answer, Exit, Failure};
use crate::analysis::{MOST_LISTED, Study};
use crate::input;
use crate::report::document::{Sweep, SweepResult};
use crate::report::naming::{Naming, Resolve};
use crate::report::{tables, text};

const AFTER: &str = "\
Examples:
  brownout sweep estate/inventory
  brownout sweep estate/scenario.toml --order 2 --elements kind=server kind=switch
  brownout sweep estate/inventory --exclude kind=site --format csv --table minimal
  brownout sweep estate/inventory --order 2 --max-memory 2GiB

A sweep that will take long says so first, with an estimate and what would make it quicker. Ctrl-C
ends early with what was computed, says so, and exits with 3; so does --max-memory.";

/// Every contingency up to an order, at every load case: who is harmed by what
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct Args {
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    scope: ScopeArgs,
    #[command(flatten)]
    limits: LimitArgs,
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
    /// One row per contingency and load case that loses something to overload.
    Cascades,
    /// One row per contingency and load case that leaves an instance without a host.
    Stranded,
    /// One row per named contingency, load case and service.
    Named,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Answer, Failure> {
    let loaded = input::load(&args.source.path, &args.scope.overrides())?;
    let listed = match (terminal.format(), args.table) {
        (Format::Csv, Table::Minimal) => args.limits.sets.unwrap_or(usize::MAX),
        (Format::Json, _) => args.limits.listed(),
        // At most the first few are shown.
        _ => MOST_LISTED,
    };
    let study = Study::new(&loaded.system, &loaded.scenario).listing(listed);
    let of = (&loaded.system, &loaded.scenario);
    let progress = terminal.sweeping("Sweeping", of, args.limits.max_memory);
    let outcome = study.sweep(loaded.scenario.sweep.order, &progress);
    let links = study.links(loaded.scenario.sweep.order, &progress);
    progress.finish();
    drop(study);
    let reason = progress.reason();
    let naming = Naming::new(&loaded.system, &loaded.scenario);
    let network = links.named(&naming);
    let head = head("sweep", &loaded);
    let warnings = head.warnings.clone();
    let exit = if outcome.is_complete() {
        Exit::Done
    } else {
        Exit::Incomplete
    };
    let data = match (terminal.format(), args.table) {
        (Format::Json, _) => {
            let document = SweepResult {
                head,
                sweep: Sweep {
                    network,
                    ..naming.sweep_rows(&outcome, &reason)
                },
                estate: Some(naming.estate(&loaded.inventory_path)),
            };
            terminal.stream(|out| write_json(&document, out))?
        }
        (Format::Csv, Table::Minimal) => {
            let rows = naming.sweep_rows(&outcome, &reason).services;
            terminal.stream(|out| tables::write_minimal(rows.iter(), out))?
        }
        _ => {
            let document = SweepResult {
                head,
                sweep: Sweep {
                    network,
                    ..naming.sweep_listing(&outcome, &reason, text::SETS)
                },
                estate: None,
            };
            terminal.render(&document, text::sweep, |s| match args.table {
                Table::Links => tables::links(&s.sweep).csv(),
                Table::Cascades => tables::cascades(&s.sweep).csv(),
                Table::Stranded => tables::stranded(&s.sweep).csv(),
                Table::Named => tables::named(&s.sweep).csv(),
                Table::Counts | Table::Minimal => tables::sweep(&s.sweep).csv(),
            })?
        }
    };
    Ok(Answer {
        data,
        warnings,
        exit,
    })
}
