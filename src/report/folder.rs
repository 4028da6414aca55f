//! The folder of a report. In: the result of an assessment. Out: every file beside its result.json:
//! the page, the text report, tables as CSV, figures as SVG and PNG. Promises: the same result gives
//! the same files, byte for byte, whether it was just computed or read again; names are made by the
//! program, never from ids, and none is that of a file of an inventory.

use super::document::{Assess, MinimalTable};
use super::html::charts::charts;
use super::html::{Explored, assess_page, explore};
use super::naming::Naming;
use super::plot::NoPicture;
use super::{tables, text};
use crate::analysis::SweepOutcome;
use crate::model::hex;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

/// Every table that there is something for: its name without `table-`, and its CSV.
#[must_use]
pub fn tables_of(result: &Assess) -> Vec<(String, String)> {
    let made = TABLES.iter().filter_map(|(file, make)| {
        let name = file.trim_start_matches("table-").trim_end_matches(".csv");
        Some((name.to_owned(), make(result)?))
    });
    made.collect()
}

/// The list of a report's files with their digests, as `sha256sum` writes and checks it. By it a
/// folder is known to be a report.
pub const SUMS: &str = "SHA256SUMS";

/// The table of minimal sets.
pub const MINIMAL: &str = "table-minimal.csv";

/// The table of all minimal sets that a sweep has found.
#[must_use]
pub fn minimal_table(naming: Naming<'_>, sweep: &SweepOutcome) -> MinimalTable {
    let csv = tables::minimal_csv(naming.sweep_rows(sweep, "").services.iter());
    let sets = sweep.services.iter().map(|s| s.minimal.len() as u64);
    MinimalTable {
        sets: sets.sum(),
        sha256: hex(&Sha256::digest(&csv)),
        csv: Some(csv),
    }
}

/// Columns of the text report.
const WIDTH: u16 = 100;

/// A file of a report: its name below the folder, `/` between folders, and its bytes.
pub type File = (String, Vec<u8>);

/// Every file of a report but `result.json`.
///
/// # Errors
/// When a figure cannot be drawn.
pub fn files(result: &Assess) -> Result<Vec<File>, NoPicture> {
    files_until(result, &|| false)
}

/// The same; as soon as `stop` says so no figure is drawn any more, and none is among the files: the
/// page says why. Texts and tables are there whatever it says.
///
/// # Errors
/// When a figure cannot be drawn.
pub fn files_until(
    result: &Assess,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Vec<File>, NoPicture> {
    let mut files = vec![(
        "report.txt".to_owned(),
        text::assess_in_full(result, WIDTH).into_bytes(),
    )];
    let tables = TABLES
        .iter()
        .filter_map(|(name, make)| Some((name, make(result)?)));
    files.extend(tables.map(|(name, table)| ((*name).to_owned(), table.into_bytes())));
    let charts = charts(result);
    let drawn: Option<Vec<_>> = charts
        .par_iter()
        .map(|c| (!stop()).then(|| (c.svg(), c.png())))
        .collect();
    let mut shown = Vec::new();
    if let Some(drawn) = drawn {
        for (chart, (svg, png)) in charts.into_iter().zip(drawn) {
            let svg = svg?;
            files.push((
                format!("plots/{}.svg", chart.file),
                svg.clone().into_bytes(),
            ));
            files.push((format!("plots/{}.png", chart.file), png?));
            shown.push((chart, Ok(svg)));
        }
    } else {
        let none = |chart| (chart, Err(NoPicture::left_out()));
        shown.extend(charts.into_iter().map(none));
    }
    if let Some(package) = &result.package {
        let page = explore(&Explored {
            name: &result.scenario,
            head: &result.head,
            base: &result.base,
            package,
            beside: Some("report.html"),
        });
        files.push(("explore.html".to_owned(), page.into_bytes()));
    }
    let names: Vec<String> = files.iter().map(|(name, _)| name.clone()).collect();
    let page = assess_page(result, shown, &names);
    files.insert(0, ("report.html".to_owned(), page.into_bytes()));
    Ok(files)
}

/// Whether a report has figures, if there was the time to draw them.
#[must_use]
pub fn has_figures(result: &Assess) -> bool {
    !charts(result).is_empty()
}

/// A table: its name, and how it is made where there is something for it.
type Table = (&'static str, fn(&Assess) -> Option<String>);

/// Every table that a report can have.
const TABLES: [Table; 18] = [
    ("table-services.csv", |r| {
        Some(tables::services(&r.base).csv())
    }),
    ("table-components.csv", |r| {
        Some(tables::components(&r.base).csv())
    }),
    ("table-map.csv", |r| {
        let rows = tables::map_rows(r.map.as_ref()?, false);
        Some(tables::map(&rows).csv())
    }),
    ("table-sweep.csv", |r| Some(tables::sweep(&r.sweep).csv())),
    (MINIMAL, |r| match &r.minimal_table {
        // Where it is not at hand, a shorter one must not stand in for it.
        Some(table) => table.csv.clone(),
        None => Some(tables::minimal(&r.sweep.services).csv()),
    }),
    ("table-named.csv", |r| {
        (!r.sweep.named.is_empty()).then(|| tables::named(&r.sweep).csv())
    }),
    ("table-cold-start.csv", |r| {
        let found = &r.cold_start;
        (!found.cold_start.is_empty()).then(|| tables::cold_start(found).csv())
    }),
    ("table-links.csv", |r| Some(tables::links(&r.sweep).csv())),
    ("table-cascades.csv", |r| {
        let trips = !r.sweep.cascade_count.is_empty();
        trips.then(|| tables::cascades(&r.sweep).csv())
    }),
    ("table-tripped.csv", |r| {
        let trips = !r.sweep.cascade_count.is_empty();
        trips.then(|| tables::tripped(&r.base).csv())
    }),
    ("table-policies.csv", |r| Some(tables::policies(r).csv())),
    ("table-fixes.csv", |r| Some(tables::fixes(r).csv())),
    ("table-assumptions.csv", |r| {
        Some(tables::assumptions(r).csv())
    }),
    ("table-timeline.csv", |r| {
        Some(tables::timeline(r.timeline.as_ref()?).csv())
    }),
    ("table-growth.csv", |r| {
        Some(tables::growth(r.timeline.as_ref()?).csv())
    }),
    ("table-failures.csv", |r| {
        Some(tables::failures(r.timeline.as_ref()?).csv())
    }),
    ("table-outages.csv", |r| {
        Some(tables::outages(r.timeline.as_ref()?).csv())
    }),
    ("table-simulate.csv", |r| {
        Some(tables::simulate(r.simulate.as_ref()?).csv())
    }),
];

/// The list of a report's files with their digests, by name.
#[must_use]
pub fn sums(files: &[File]) -> String {
    let mut lines: Vec<(&str, String)> = files
        .iter()
        .map(|(name, bytes)| (&**name, hex(&Sha256::digest(bytes))))
        .collect();
    lines.sort_unstable();
    let lines = lines
        .iter()
        .map(|(name, digest)| format!("{digest}  {name}\n"));
    lines.collect()
}
