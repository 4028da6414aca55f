//! What `import`, `overlay` and `join` share: overlays and defaults, and the inventory that they write, as a
//! folder and as a workbook.

use super::answer::{Answer, Exit, Failure};
use super::files::{self, Kind};
use crate::input::write::write_files;
use crate::input::{Diagnostic, Faults, Folder, Overlay, inventory_files, overlays_of};
use crate::model::visible;
use crate::report::import as listed;
use crate::report::xlsx::{self, Subject};
use anyhow::{Context, anyhow};
use std::path::{Path, PathBuf};

/// Figures that the program has by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Defaults {
    /// Published figures for how often things fail, each with its source, to be replaced by your own.
    Planning,
}

/// What these commands take.
#[derive(Debug, clap::Args)]
pub(super) struct InventoryArgs {
    /// The inventory folder to write; empty or not there yet
    #[arg(long, short, value_name = "DIR")]
    pub(super) output: PathBuf,
    /// Fill in what nobody has said: how often things fail, as published (planning)
    #[arg(long, value_enum, value_name = "WHICH")]
    defaults: Option<Defaults>,
    /// The inventory once more as a workbook (.xlsx), a sheet per table
    #[arg(long, value_name = "FILE")]
    xlsx: Option<PathBuf>,
}

/// What a command says of what it wrote.
#[derive(Default)]
pub(super) struct Written {
    /// What stands before the rest.
    pub(super) first: String,
    /// What was written, as `12 services, 3 links`; what is in the folder if it is blank.
    pub(super) summary: String,
    /// What is odd.
    pub(super) warnings: Vec<String>,
}

/// Reads the files of an inventory, whatever else is wrong with them.
pub(super) fn open(path: &Path) -> Result<Folder, Failure> {
    inventory_files(path).map_err(Failure::Faults)
}

impl InventoryArgs {
    /// Looks before any work whether what was asked for can be written; it is none of the files that are read.
    pub(super) fn can_be_written(&self, sources: &[PathBuf]) -> Result<(), Failure> {
        files::can_make(&self.output)?;
        let Some(path) = &self.xlsx else {
            return Ok(());
        };
        if !path
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("xlsx"))
        {
            let shown = path.display();
            return Err(Failure::Other(anyhow!(
                "`{shown}` is no workbook: name a .xlsx"
            )));
        }
        let place = files::place(path);
        if sources.iter().any(|source| files::place(source) == place) {
            let shown = path.display();
            return Err(Failure::Other(anyhow!(
                "cannot write {shown}: it is read; name another file"
            )));
        }
        Ok(files::can_write(path, Kind::Workbook(Subject::Inventory))?)
    }

    /// Applies overlays, and the defaults that were asked for after them: they fill what is blank.
    pub(super) fn apply(&self, folder: &mut Folder, overlays: &[PathBuf]) -> Result<(), Failure> {
        let mut faults = Faults::new();
        let mut all = overlays_of(overlays, &mut faults);
        faults.or(())?;
        if self.defaults == Some(Defaults::Planning) {
            all.push(Overlay::planning());
        }
        if !all.is_empty() {
            folder.overlay(&all)?;
        }
        Ok(())
    }

    /// Writes the folder, and the workbook if one was asked for.
    pub(super) fn write(&self, folder: &Folder, written: &Written) -> Result<Answer, Failure> {
        write_files(&self.output, &folder.files).map_err(|error| Failure::Other(error.into()))?;
        if let Some(path) = &self.xlsx {
            let sheets = listed::sheets(&folder.plain());
            let book = xlsx::workbook(&sheets, Subject::Inventory);
            let book = book.context("cannot make the workbook")?;
            files::write_one(path, Kind::Workbook(Subject::Inventory), &book)?;
        }
        let shown = visible(&self.output.to_string_lossy());
        let summary = match written.summary.as_str() {
            "" => "the inventory",
            summary => summary,
        };
        let mut data = format!("{}Wrote {summary} to {shown}.\n", written.first);
        data.push_str(&listed::uses(&folder.uses));
        data.push_str(&format!("Next:\n  brownout check {shown}\n"));
        if folder.files.contains_key("scenario.toml") {
            data.push_str(&format!("  brownout assess {shown}\n"));
        }
        let mut warnings = written.warnings.clone();
        warnings.extend(folder.warnings.iter().map(Diagnostic::line));
        Ok(Answer {
            data,
            warnings,
            exit: Exit::Done,
        })
    }
}
