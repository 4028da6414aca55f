//! `init`: a small inventory and a scenario to start from.

use super::output::Terminal;
use super::{Answer, Failure, files};
use crate::model::visible;
use anyhow::{Context, anyhow};
use std::path::PathBuf;

const AFTER: &str = "\
Example:
  brownout init estate && brownout assess estate/scenario.toml";

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

/// Write a small inventory and a scenario to start from
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct Args {
    /// A folder that is empty or not there yet
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub(super) fn run(args: &Args, _: &Terminal) -> Result<Answer, Failure> {
    let folder = &args.folder;
    let shown = visible(&folder.to_string_lossy());
    match folder
        .read_dir()
        .map(|mut entries| entries.next().is_some())
    {
        Ok(true) => return Err(anyhow!("{shown} is not empty: name a new folder").into()),
        Ok(false) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => {
            let error = anyhow::Error::new(error);
            return Err(error
                .context(format!("cannot use {shown} as a folder"))
                .into());
        }
    }
    files::write_all(&folder.join("inventory"), &INVENTORY)
        .and_then(|()| files::write_all(folder, &[SCENARIO]))
        .context("cannot write the files to start from")?;
    Ok(Answer::done(format!(
        "Wrote an inventory and a scenario to {shown}. Next:\n  \
         brownout assess {}\n",
        visible(&folder.join("scenario.toml").to_string_lossy())
    )))
}
