//! `maintenance`: when works may be done so that one more failure breaks no policy.

use super::answer::{Answer, Exit, Failure};
use super::args::{Format, scenario_of};
use super::output::{Terminal, head};
use crate::analysis::maintenance::maintenance;
use crate::analysis::{Study, Watch};
use crate::input::{self, Disk, Loaded, Overrides};
use crate::model::visible;
use crate::report::calendar::calendar;
use crate::report::document::Maintenance;
use crate::report::naming::Naming;
use crate::report::{tables, text};
use anyhow::anyhow;
use std::path::{Path, PathBuf};

const AFTER: &str = "\
Examples:
  brownout maintenance estate/scenario.toml
  brownout maintenance estate/scenario.toml --format ics > works.ics
  brownout maintenance estate/scenario.toml --format csv

Works stand in the scenario, each with what it takes out, how many whole hours it takes, and between \
when and when it may be done:

  [[work]]
  name = \"Router firmware\"
  elements = [\"fra1-rtr-1\"]
  hours = 4
  earliest = \"2026-12-01\"
  latest = \"2026-12-20\"

An hour is allowed if, with that out, nothing more and no single further failure breaks a policy that \
asks for survival. The schedule starts each work as early as those before it let it.

Exit codes: 0 every work has a place; 1 some work has none; 2 bad input; 3 interrupted.";

/// When works may be done so that one more failure breaks no policy, and a schedule
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct Args {
    /// A scenario file, or a folder with a scenario.toml
    #[arg(value_name = "SCENARIO")]
    path: PathBuf,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Answer, Failure> {
    let loaded = input::load(&scenario_of(&Disk, &args.path), &Overrides::default())?;
    has_something_to_judge(&args.path, &loaded)?;
    let study = Study::new(&loaded.system, &loaded.scenario);
    let time = &loaded.time;
    let progress = terminal.progress("Judging hours");
    let clock = (time.horizon.as_ref(), &time.zone);
    let outcome = maintenance(&study, &time.works, clock, &progress);
    progress.finish();
    let interrupted = progress.stop();
    let naming = Naming::new(&loaded.system, &loaded.scenario);
    let document = Maintenance {
        head: head("maintenance", &loaded),
        result: naming.maintenance(&outcome, &time.works, &time.zone),
    };
    let data = match terminal.format() {
        Format::Ics => calendar(&document.result),
        _ => terminal.render(&document, text::maintenance, |m| {
            tables::maintenance(&m.result).csv()
        })?,
    };
    let exit = if interrupted || !document.result.complete {
        Exit::Incomplete
    } else if document.result.placed {
        Exit::Done
    } else {
        Exit::Breached
    };
    Ok(Answer {
        data,
        warnings: document.head.warnings,
        exit,
    })
}

/// There are works, and policies that their being out may break.
fn has_something_to_judge(path: &Path, loaded: &Loaded) -> anyhow::Result<()> {
    let shown = visible(&path.to_string_lossy());
    if loaded.time.works.is_empty() {
        return Err(anyhow!("{shown} has no work: add a [[work]] to a scenario"));
    }
    let mut policies = loaded.scenario.policies.iter();
    if !policies.any(|p| p.survives.is_some()) {
        return Err(anyhow!(
            "{shown} has no policy that a work could break: add a [[policy]] with `survives = 1`"
        ));
    }
    Ok(())
}
