//! `generate`: a synthetic enterprise of any size.

use super::answer::{Answer, Failure};
use super::files::can_make;
use crate::input::generate::{self, SMALLEST};
use crate::model::visible;
use crate::report::number::count;
use std::path::PathBuf;

const AFTER: &str = "\
Example:
  brownout generate --components 100000 -o big && brownout assess big/scenario.toml";

/// Write a synthetic enterprise of any size, to try brownout at your scale
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct Args {
    /// A folder that is empty or not there yet
    #[arg(long, short, value_name = "DIR")]
    output: PathBuf,
    /// How many components, at least 100
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(i64::from(SMALLEST)..=10_000_000))]
    components: u32,
    /// Seed of the random choices; the same seed gives the same bytes
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Join the network by links, with flows over it; links come on top of the components
    #[arg(long)]
    network: bool,
}

pub(super) fn run(args: &Args) -> Result<Answer, Failure> {
    can_make(&args.output)?;
    generate::write(&args.output, args.components, args.seed, args.network)
        .map_err(|error| Failure::Other(error.into()))?;
    let scenario = args.output.join("scenario.toml");
    Ok(Answer::done(format!(
        "Wrote an estate of {} components. Next:\n  brownout assess {}\n",
        count(u64::from(args.components)),
        visible(&scenario.to_string_lossy())
    )))
}
