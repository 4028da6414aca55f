//! `whatif`: one state at one load case.

use super::answer::{Answer, Exit, Failure};
use super::args::{Source, StateArgs};
use super::output::{Terminal, head};
use crate::analysis::Study;
use crate::input;
use crate::live::{Look, one_state};
use crate::report::document::{State, WhatIf};
use crate::report::naming::Naming;
use crate::report::{tables, text};

const AFTER: &str = "\
Examples:
  brownout whatif estate/inventory --down app-1
  brownout whatif estate/scenario.toml --load quarter-end --down app-1 app-2
  brownout whatif estate/inventory --down within=rack-a \"kind=database site=north\"
  brownout whatif estate/scenario.toml --contingency \"site lost\" --load quarter-end
  brownout whatif estate/inventory --cold-start
  brownout whatif estate/inventory --derate lb-1=0.5 --demand shop=1400 --format json";

/// One state: what has failed, at one load case, and what that does to every service
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct Args {
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    state: StateArgs,
    /// The state as it comes up when everything had stopped: what could not be started does not work
    #[arg(long)]
    cold_start: bool,
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
    /// One row per node that is lost to overload.
    Tripped,
    /// Loops that could not be started if everything had stopped.
    ColdStart,
    /// One row per instance that runs elsewhere than at home, or nowhere.
    Placements,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Answer, Failure> {
    let loaded = input::load(&args.source.path(), &args.state.overrides())?;
    let study = Study::new(&loaded.system, &loaded.scenario);
    let case = args.state.case(&loaded.scenario);
    let in_place = loaded.in_place.as_ref();
    let in_place = in_place.map(|(at, before)| (*at, before));
    let look = if args.cold_start {
        Look::FromDark
    } else {
        Look::Whole
    };
    let one = one_state(&study, in_place, case, look);
    let naming = Naming::new(&loaded.system, &loaded.scenario);
    let document = WhatIf {
        head: head("whatif", &loaded),
        contingency: one.contingency,
        from_dark: args.cold_start,
        cold_start: one.cold_start,
        selection: naming.selection(),
        state: State {
            as_today: naming.as_today(case, &loaded.time),
            ..one.state
        },
        estate: Some(naming.estate(&loaded.inventory_path)),
    };
    let table = |w: &WhatIf| match args.table {
        Table::Services => tables::services(std::slice::from_ref(&w.state)).csv(),
        Table::Components => tables::components(std::slice::from_ref(&w.state)).csv(),
        Table::Tripped => tables::tripped(std::slice::from_ref(&w.state)).csv(),
        Table::ColdStart => tables::cold_start(&w.cold_start).csv(),
        Table::Placements => tables::placements(std::slice::from_ref(&w.state)).csv(),
    };
    Ok(Answer {
        data: terminal.render(&document, text::whatif, table)?,
        warnings: document.head.warnings,
        exit: Exit::Done,
    })
}
