//! `whatif`: one state at one load case.

use super::args::{Source, StateArgs};
use super::output::{Terminal, case_basis, head};
use super::{Answer, Exit, Failure};
use crate::analysis::{Study, parts};
use crate::input;
use crate::report::document::WhatIf;
use crate::report::naming::Naming;
use crate::report::{tables, text};

const AFTER: &str = "\
Examples:
  brownout whatif estate/inventory --down app-1
  brownout whatif estate/scenario.toml --load quarter-end --down core-1 core-2
  brownout whatif estate/inventory --derate wan-2=0.5 --demand shop=1400 --format json";

/// One state: what has failed, at one load case, and what that does to every service
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct Args {
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    state: StateArgs,
    /// Table that `--format csv` writes
    #[arg(long, value_enum, default_value_t)]
    table: Table,
}

/// Tables of one state.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Table {
    /// One row per service.
    #[default]
    Services,
    /// One row per component, link and flow.
    Components,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Answer, Failure> {
    let loaded = input::load(&args.source.path, &args.state.overrides())?;
    let study = Study::new(&loaded.system, &loaded.scenario);
    let outcome = study.state(&[], args.state.case(&loaded.scenario));
    let naming = Naming::new(&loaded.system, &loaded.scenario);
    let mut state = naming.state(&outcome);
    if let Some(parts) = parts(&study, &outcome) {
        naming.tell_parts(&mut state.services, &parts);
    }
    state.as_today = naming.as_today(
        outcome.case.index(),
        case_basis(&loaded, outcome.case.index()),
    );
    let document = WhatIf {
        head: head("whatif", &loaded),
        state,
        estate: Some(naming.estate(&loaded.inventory_path)),
    };
    let table = |w: &WhatIf| match args.table {
        Table::Services => tables::services(std::slice::from_ref(&w.state)).csv(),
        Table::Components => tables::components(std::slice::from_ref(&w.state)).csv(),
    };
    Ok(Answer {
        data: terminal.render(&document, text::whatif, table)?,
        warnings: document.head.warnings,
        exit: Exit::Done,
    })
}
