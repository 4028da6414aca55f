//! `init`: a small inventory and a scenario to start from.

use super::answer::{Answer, Failure};
use super::files::can_make;
use crate::input::write::{WriteError, write_folder};
use crate::model::visible;
use std::path::{Path, PathBuf};
use std::{fs, io};

const AFTER: &str = "\
Examples:
  brownout init estate && brownout assess estate/scenario.toml
  brownout init lab --cluster && brownout assess lab/scenario.toml";

const INVENTORY: [(&str, &[u8]); 4] = [
    (
        "components.csv",
        include_bytes!("template/inventory/components.csv"),
    ),
    (
        "services.csv",
        include_bytes!("template/inventory/services.csv"),
    ),
    (
        "dependencies.csv",
        include_bytes!("template/inventory/dependencies.csv"),
    ),
    (
        "inventory.toml",
        include_bytes!("template/inventory/inventory.toml"),
    ),
];
const SCENARIO: (&str, &[u8]) = ("scenario.toml", include_bytes!("template/scenario.toml"));

/// The example of the chapter on clusters.
const CLUSTER: [(&str, &[u8]); 5] = [
    (
        "components.csv",
        include_bytes!("../../examples/cluster/components.csv"),
    ),
    (
        "services.csv",
        include_bytes!("../../examples/cluster/services.csv"),
    ),
    (
        "dependencies.csv",
        include_bytes!("../../examples/cluster/dependencies.csv"),
    ),
    (
        "placements.csv",
        include_bytes!("../../examples/cluster/placements.csv"),
    ),
    (
        "inventory.toml",
        include_bytes!("../../examples/cluster/inventory.toml"),
    ),
];
const CLUSTER_SCENARIO: (&str, &[u8]) = (
    "scenario.toml",
    include_bytes!("template/cluster-scenario.toml"),
);

/// Write a small inventory and a scenario to start from
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct Args {
    /// A folder that is empty or not there yet
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    /// Virtual machines on hosts, which restart elsewhere if there is room, instead of servers in a group
    #[arg(long)]
    cluster: bool,
}

pub(super) fn run(args: &Args) -> Result<Answer, Failure> {
    let folder = &args.folder;
    can_make(folder)?;
    let (files, scenario): (&[_], _) = if args.cluster {
        (&CLUSTER, CLUSTER_SCENARIO)
    } else {
        (&INVENTORY, SCENARIO)
    };
    write_folder(folder, |inside| {
        let inventory = inside.join("inventory");
        put(&inventory, |path| fs::create_dir(path))?;
        for (name, bytes) in files {
            put(&inventory.join(name), |path| fs::write(path, bytes))?;
        }
        let (name, bytes) = scenario;
        put(&inside.join(name), |path| fs::write(path, bytes))
    })
    .map_err(|error| Failure::Other(error.into()))?;
    Ok(Answer::done(format!(
        "Wrote an inventory and a scenario to {}. Next:\n  brownout assess {}\n",
        visible(&folder.to_string_lossy()),
        visible(&folder.join("scenario.toml").to_string_lossy())
    )))
}

fn put(path: &Path, write: impl FnOnce(&Path) -> io::Result<()>) -> Result<(), WriteError> {
    write(path).map_err(|source| WriteError::Io {
        path: path.to_owned(),
        source,
    })
}
