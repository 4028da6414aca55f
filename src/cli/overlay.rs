//! `overlay`: what a source does not know, set by selectors, into another inventory folder.

use super::answer::{Answer, Failure};
use super::bring::{self, Written};
use std::path::PathBuf;

const AFTER: &str = "\
Examples:
  brownout overlay estate capacity.toml -o estate-2
  brownout overlay estate capacity.csv owners.csv --defaults planning -o estate-2
  brownout overlay estate.xlsx capacity.toml -o estate-2 --xlsx estate-2.xlsx

Overlays are applied in order, and the last one wins. A scenario can apply them by itself:
  overlays = [\"capacity.toml\"]";

/// Set what a source does not know, by selectors: capacities, demands, services, outages
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct Args {
    /// The inventory: a folder, or a workbook (.xlsx)
    #[arg(value_name = "DIR")]
    inventory: PathBuf,
    /// Overlays, TOML or CSV, in the order that they are applied
    #[arg(value_name = "FILE", required_unless_present = "defaults")]
    overlays: Vec<PathBuf>,
    #[command(flatten)]
    bring: bring::InventoryArgs,
}

pub(super) fn run(args: &Args) -> Result<Answer, Failure> {
    let sources = [std::slice::from_ref(&args.inventory), &args.overlays].concat();
    args.bring.can_be_written(&sources)?;
    let mut folder = bring::open(&args.inventory)?;
    args.bring.apply(&mut folder, &args.overlays)?;
    args.bring.write(&folder, &Written::default())
}
