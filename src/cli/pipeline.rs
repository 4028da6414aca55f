//! What `assess` and `report` write for pipelines, and an assessment in every format.

use super::output::Terminal;
use super::{Failure, files};
use crate::report::document::Assess;
use crate::report::{csv, html, junit, markdown, sarif, text};
use anyhow::Result;
use std::path::PathBuf;

/// Files for pipelines, as typed.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Pipelines")]
pub(super) struct PipelineArgs {
    /// File for test reporters: JUnit XML, a case per policy, service and load case
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// File for code scanning: SARIF 2.1.0, a result per breach at its line of the inventory
    #[arg(long, value_name = "FILE")]
    sarif: Option<PathBuf>,
}

impl PipelineArgs {
    /// Looks before any work whether what was asked for can be written.
    ///
    /// # Errors
    /// Why not.
    pub(super) fn can_be_written(&self) -> Result<()> {
        let mut all = [&self.junit, &self.sarif].into_iter().flatten();
        all.try_for_each(|path| files::can_write(path))
    }

    /// Writes what was asked for.
    ///
    /// # Errors
    /// A file cannot be written.
    pub(super) fn write(&self, document: &Assess) -> Result<()> {
        if let Some(path) = &self.junit {
            files::write_one(path, junit::junit(document).as_bytes())?;
        }
        if let Some(path) = &self.sarif {
            files::write_one(path, sarif::sarif(document).as_bytes())?;
        }
        Ok(())
    }
}

/// An assessment in the format that was asked for.
///
/// # Errors
/// It cannot be written as JSON.
pub(super) fn rendered(document: &Assess, terminal: &Terminal) -> Result<String, Failure> {
    terminal.render_more(
        document,
        text::assess,
        csv::policies,
        |d| Ok(markdown::assess(d)),
        |d| Ok(html::assess(d, &[])),
    )
}
