//! `explore`: a page that is the estate, and runs the engine.

use super::answer::{Answer, Exit, Failure};
use super::args::scenario_of;
use super::files::{self, Kind};
use super::output::head;
use crate::analysis::Study;
use crate::input::{self, Disk, Kept, Overrides};
use crate::live::{Look, one_state, pack};
use crate::model::{CaseId, visible};
use crate::report::document::State;
use crate::report::html::{Explored, explore};
use crate::report::naming::Naming;
use anyhow::Context;
use std::path::PathBuf;

const AFTER: &str = "\
Examples:
  brownout explore estate/scenario.toml -o explore.html
  brownout explore estate/inventory -o explore.html

The page opens from a disk or an attachment and asks nobody: it holds the inventory, and the engine as \
WebAssembly. Whoever gets it can read the inventory; load profiles stay outside.";

/// One page that is the estate: fail what you like, move the demand, see who is hit
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct Args {
    /// A scenario file, or an inventory folder
    #[arg(value_name = "SCENARIO")]
    path: PathBuf,
    /// The page; new, or an earlier one, which it replaces
    #[arg(long, short, value_name = "FILE.html")]
    output: PathBuf,
}

pub(super) fn run(args: &Args) -> Result<Answer, Failure> {
    files::can_write(&args.output, Kind::Explore)?;
    let kept = Kept::new(&Disk);
    let path = scenario_of(&kept, &args.path);
    let loaded = input::load_from(&kept, &path, &Overrides::default())?;
    let package = pack(&kept, &loaded).context("no page is written")?;
    let study = Study::new(&loaded.system, &loaded.scenario);
    let naming = Naming::new(&loaded.system, &loaded.scenario);
    let cases = (0..).map(CaseId).take(loaded.scenario.cases.len());
    let base = cases.map(|case| State {
        as_today: naming.as_today(case, &loaded.time),
        ..one_state(&study, None, case, Look::Whole).state
    });
    let base: Vec<State> = base.collect();
    let head = head("explore", &loaded);
    let page = explore(&Explored {
        name: &loaded.scenario.name,
        head: &head,
        base: &base,
        package: &package,
        beside: None,
    });
    files::write_one(&args.output, Kind::Explore, page.as_bytes())?;
    let said = format!(
        "Wrote {}: {} nodes, {} kB.\n",
        visible(&args.output.to_string_lossy()),
        loaded.system.nodes().len(),
        page.len().div_ceil(1000)
    );
    Ok(Answer {
        data: said,
        warnings: head.warnings,
        exit: Exit::Done,
    })
}
