//! `import`: other tools' files → an inventory folder.

use super::{Answer, Exit, Failure};
use crate::input::Diagnostic;
use crate::input::import::{self, Format, Options, ServicePer};
use crate::input::write::write_inventory;
use crate::model::{Draft, Role, visible};
use crate::report::number::counted;
use std::path::PathBuf;

const AFTER: &str = "\
Examples:
  brownout import jaeger dependencies.json -o estate
  brownout import gml Geant2012.gml --capacity 10e9 --all-pairs 1e6 --service-per all -o geant
  brownout import repetita net.graph net.demands --service-per source -o net
  brownout check estate";

/// Turn other tools' files into an inventory folder
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct Args {
    /// What the files are
    // `format` is taken: it is the form of the data on stdout.
    #[arg(value_enum, value_name = "FORMAT")]
    what: Format,
    /// The files
    #[arg(required = true, value_name = "SRC")]
    sources: Vec<PathBuf>,
    /// The inventory folder to write; empty or not there yet
    #[arg(long, short, value_name = "DIR")]
    output: PathBuf,
    /// Networks: how demands become services; one of many is down when any of them has no path
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    service_per: ServicePer,
    /// Networks: capacity of links that the file gives none [default: unlimited]
    #[arg(long, value_name = "X")]
    capacity: Option<f64>,
    /// Networks without demands: one demand of this volume from each node to each other one
    #[arg(long, value_name = "X")]
    all_pairs: Option<f64>,
}

pub(super) fn run(args: &Args) -> Result<Answer, Failure> {
    let options = Options {
        service_per: args.service_per,
        capacity: args.capacity,
        all_pairs: args.all_pairs,
    };
    let imported = import::read(args.what, &args.sources, options)?;
    write_inventory(&args.output, &imported.draft, &[])
        .map_err(|error| Failure::Other(error.into()))?;
    let folder = visible(&args.output.to_string_lossy());
    Ok(Answer {
        data: format!(
            "Wrote {} to {folder}. Next:\n  brownout check {folder}\n",
            summary(&imported.draft)
        ),
        warnings: imported.warnings.iter().map(Diagnostic::line).collect(),
        exit: Exit::Done,
    })
}

/// `12 services, 1,238 components, 4,271 requirements`.
fn summary(draft: &Draft) -> String {
    let count = |keep: fn(&Role) -> bool| {
        let kept = draft.nodes.iter().filter(|d| keep(&d.node.role));
        kept.count() as u64
    };
    let parts = [
        (count(|r| matches!(r, Role::Service(_))), "service"),
        (count(|r| matches!(r, Role::Component)), "component"),
        (count(|r| matches!(r, Role::Link(_))), "link"),
        (count(|r| matches!(r, Role::Flow(_))), "flow"),
        (draft.requirements.len() as u64, "requirement"),
    ];
    let said: Vec<String> = parts
        .into_iter()
        .filter(|&(n, _)| n > 0)
        .map(|(n, noun)| counted(n, noun))
        .collect();
    said.join(", ")
}
