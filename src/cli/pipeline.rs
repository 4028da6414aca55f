//! What `assess` and `report` write for pipelines, and an assessment in every format.

use super::answer::Failure;
use super::args::Format;
use super::files;
use super::files::Kind;
use super::output::Terminal;
use crate::report::document::Assess;
use crate::report::xlsx::{self, Subject};
use crate::report::{folder, html, junit, markdown, sarif, tables, text};
use anyhow::{Result, bail};
use std::fs;
use std::path::{Path, PathBuf};

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
    /// File for a spreadsheet: every table of the report as a sheet of one workbook (.xlsx)
    #[arg(long, value_name = "FILE")]
    xlsx: Option<PathBuf>,
    /// As text, every part, of long lists the beginning; without it what must be known first
    #[arg(long, help_heading = None)]
    full: bool,
}

impl PipelineArgs {
    /// Looks before any work whether what was asked for can be written, beside a report if there is
    /// one.
    ///
    /// # Errors
    /// Why not.
    pub(super) fn can_be_written(&self, report: Option<&Path>) -> Result<()> {
        let all = [
            (&self.junit, Kind::Junit),
            (&self.sarif, Kind::Sarif),
            (&self.xlsx, Kind::Workbook(Subject::Report)),
        ];
        for (path, kind) in all {
            let Some(path) = path else { continue };
            files::can_write(path, kind)?;
            let folder = fs::canonicalize(files::folder_of(path)).unwrap_or_default();
            // A report that is not there yet would take the name first.
            if let Some(report) = report {
                files::are_distinct(&[&report.to_owned(), path])?;
            }
            let report = report.and_then(|r| fs::canonicalize(r).ok());
            if report.is_some_and(|report| folder.starts_with(report)) {
                let path = path.display();
                bail!("cannot write {path}: the folder of the report holds nothing else");
            }
        }
        let paths: Vec<_> = all.iter().filter_map(|(path, _)| path.as_ref()).collect();
        files::are_distinct(&paths)
    }

    /// Whether nothing was asked for.
    pub(super) fn is_empty(&self) -> bool {
        let files = [&self.junit, &self.sarif, &self.xlsx];
        !self.full && files.iter().all(|file| file.is_none())
    }

    /// The warnings of a result that its text does not hold.
    pub(super) fn warnings(&self, document: &Assess, terminal: &Terminal) -> Vec<String> {
        if self.full && terminal.format() == Format::Text {
            return Vec::new();
        }
        document.head.warnings.clone()
    }

    /// Writes what was asked for.
    ///
    /// # Errors
    /// A file cannot be written.
    pub(super) fn write(&self, document: &Assess) -> Result<()> {
        if let Some(path) = &self.junit {
            files::write_one(path, Kind::Junit, junit::junit(document).as_bytes())?;
        }
        if let Some(path) = &self.sarif {
            files::write_one(path, Kind::Sarif, sarif::sarif(document).as_bytes())?;
        }
        if let Some(path) = &self.xlsx {
            let book = xlsx::workbook(&folder::tables_of(document), Subject::Report)?;
            files::write_one(path, Kind::Workbook(Subject::Report), &book)?;
        }
        Ok(())
    }
}

/// An assessment in the format that was asked for.
///
/// # Errors
/// It cannot be written as JSON.
pub(super) fn rendered(
    document: &Assess,
    args: &PipelineArgs,
    terminal: &Terminal,
) -> Result<String, Failure> {
    terminal.render_more(
        document,
        if args.full {
            text::assess_in_full
        } else {
            text::assess
        },
        |d| tables::policies(d).csv(),
        |d| Ok(markdown::assess(d)),
        |d| Ok(html::assess(d, &[])),
    )
}
