//! The folder of a report. In: the result of an assessment. Out: every file beside its result.json:
//! the page, the text report, tables as CSV, figures as SVG and PNG. Promises: the same result gives
//! the same files, byte for byte, whether it was just computed or read again; names are made by the
//! program, never from ids.

use super::document::Assess;
use super::html::assess_page;
use super::html::charts::charts;
use super::plot::NoPicture;
use super::{csv, text};
use rayon::prelude::*;

/// Columns of the text report.
const WIDTH: u16 = 100;

/// A file of a report: its name below the folder, `/` between folders, and its bytes.
pub type File = (String, Vec<u8>);

/// Every file of a report but `result.json`.
///
/// # Errors
/// When a figure cannot be drawn.
pub fn files(result: &Assess) -> Result<Vec<File>, NoPicture> {
    let mut files = vec![(
        "report.txt".to_owned(),
        text::assess(result, WIDTH).into_bytes(),
    )];
    files.extend(
        tables(result)
            .into_iter()
            .map(|(n, t)| (n.to_owned(), t.into_bytes())),
    );
    let charts = charts(result);
    let drawn: Vec<_> = charts.par_iter().map(|c| (c.svg(), c.png())).collect();
    let mut shown = Vec::new();
    for (chart, (svg, png)) in charts.into_iter().zip(drawn) {
        let svg = svg?;
        files.push((
            format!("plots/{}.svg", chart.file),
            svg.clone().into_bytes(),
        ));
        files.push((format!("plots/{}.png", chart.file), png?));
        shown.push((chart, Ok(svg)));
    }
    let names: Vec<String> = files.iter().map(|(name, _)| name.clone()).collect();
    let page = assess_page(result, shown, &names);
    files.insert(0, ("report.html".to_owned(), page.into_bytes()));
    Ok(files)
}

/// Names of all tables that a report can have.
pub const TABLES: [&str; 13] = [
    "services.csv",
    "components.csv",
    "sweep.csv",
    "minimal.csv",
    "links.csv",
    "policies.csv",
    "fixes.csv",
    "assumptions.csv",
    "timeline.csv",
    "growth.csv",
    "failures.csv",
    "outages.csv",
    "simulate.csv",
];

fn tables(result: &Assess) -> Vec<(&'static str, String)> {
    let mut tables = vec![
        ("services.csv", csv::services(&result.base)),
        ("components.csv", csv::components(&result.base)),
        ("sweep.csv", csv::sweep(&result.sweep)),
        ("minimal.csv", csv::minimal(&result.sweep)),
        ("links.csv", csv::links(&result.sweep)),
        ("policies.csv", csv::policies(result)),
        ("fixes.csv", csv::fixes(result)),
        ("assumptions.csv", csv::assumptions(result)),
    ];
    if let Some(t) = &result.timeline {
        tables.push(("timeline.csv", csv::timeline(t)));
        tables.push(("growth.csv", csv::growth(t)));
        tables.push(("failures.csv", csv::failures(t)));
        tables.push(("outages.csv", csv::outages(t)));
    }
    if let Some(s) = &result.simulate {
        tables.push(("simulate.csv", csv::simulate(s)));
    }
    tables
}
