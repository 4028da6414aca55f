//! Pages for a browser. In: documents. Out: one HTML file each that opens from disk, needs no
//! network, reads without its script, and prints. Promises: everything from users is escaped text of
//! bounded length; long tables are cut and say where the rest is; the same document gives the same
//! bytes.

pub(super) mod assess;
pub mod charts;
mod diff;
mod explore;
pub mod page;
pub mod words;

use super::document::Assess;
use super::document::diff::Diff;
use super::plot::NoPicture;
pub use explore::{ENGINE, Explored, explore, is_explore};

use assess::Drawn;
use charts::{Chart, charts};

/// The page of an assessment, with its figures drawn; `files` are the names of what lies beside it.
#[must_use]
pub fn assess_page(
    result: &Assess,
    figures: Vec<(Chart, Result<String, NoPicture>)>,
    files: &[String],
) -> String {
    let drawn: Vec<Drawn> = figures
        .into_iter()
        .map(|(chart, svg)| Drawn { chart, svg })
        .collect();
    assess::page(result, &drawn, files)
}

/// The page of an assessment.
#[must_use]
pub fn assess(result: &Assess, files: &[String]) -> String {
    let draw = |chart: Chart| {
        let svg = chart.svg();
        (chart, svg)
    };
    assess_page(
        result,
        charts(result).into_iter().map(draw).collect(),
        files,
    )
}

/// The page of a comparison.
#[must_use]
pub fn diff(result: &Diff) -> String {
    diff::page(result)
}
