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
    let tables = TABLES
        .iter()
        .filter_map(|(name, make)| Some((name, make(result)?)));
    files.extend(tables.map(|(name, table)| ((*name).to_owned(), table.into_bytes())));
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

/// A table: its name, and how it is made where there is something for it.
type Table = (&'static str, fn(&Assess) -> Option<String>);

/// Every table that a report can have.
const TABLES: [Table; 13] = [
    ("services.csv", |r| Some(csv::services(&r.base))),
    ("components.csv", |r| Some(csv::components(&r.base))),
    ("sweep.csv", |r| Some(csv::sweep(&r.sweep))),
    ("minimal.csv", |r| Some(csv::minimal(&r.sweep))),
    ("links.csv", |r| Some(csv::links(&r.sweep))),
    ("policies.csv", |r| Some(csv::policies(r))),
    ("fixes.csv", |r| Some(csv::fixes(r))),
    ("assumptions.csv", |r| Some(csv::assumptions(r))),
    ("timeline.csv", |r| r.timeline.as_ref().map(csv::timeline)),
    ("growth.csv", |r| r.timeline.as_ref().map(csv::growth)),
    ("failures.csv", |r| r.timeline.as_ref().map(csv::failures)),
    ("outages.csv", |r| r.timeline.as_ref().map(csv::outages)),
    ("simulate.csv", |r| r.simulate.as_ref().map(csv::simulate)),
];

/// Names of all tables that a report can have.
pub fn table_names() -> impl Iterator<Item = &'static str> {
    TABLES.iter().map(|table| table.0)
}
