//! What an import did → `import-report.txt`. In: the format's title, the files, the import. Out: text of
//! lines that people read and compare; the same import gives the same bytes.

use super::number::{count, counted};
use crate::input::Use;
use crate::input::import::Imported;
use crate::input::import::report::{Tallies, Tally};
use crate::model::{Role, visible};
use std::collections::BTreeMap;

/// Files that are named.
const FILES: usize = 20;

/// The whole report.
#[must_use]
pub fn text(title: &str, paths: &[&str], imported: &Imported, used: &[Use]) -> String {
    let mut out = format!("Read as {title}\n");
    files(&mut out, paths);
    wrote(&mut out, imported);
    let report = &imported.report;
    section(&mut out, "Found", &report.read);
    section(&mut out, "Became", &report.mapped);
    section(&mut out, "Derived, stated by no file", &report.derived);
    section(&mut out, "Left out", &report.skipped);
    ids(&mut out, imported);
    if !used.is_empty() {
        out.push_str("\nOverlays\n");
        out.push_str(&uses(used));
    }
    if !imported.warnings.is_empty() {
        out.push_str("\nWarnings\n");
        for warning in &imported.warnings {
            out.push_str(&format!("  {}\n", visible(&warning.line())));
        }
    }
    out
}

/// What overlays set, a line each: on how many, what, whence.
#[must_use]
pub fn uses(used: &[Use]) -> String {
    let width = used.iter().map(|u| count(u.count).len()).max().unwrap_or(0);
    let lines = used.iter().map(|u| {
        let n = count(u.count);
        let line = format!("{n:>width$}  {}: {}", u.what, u.source);
        format!("  {}\n", visible(&line))
    });
    lines.collect()
}

/// The sheets of an inventory's workbook: one per table, and the text of inventory.toml as lines.
#[must_use]
pub fn sheets(files: &BTreeMap<String, Vec<u8>>) -> Vec<(String, String)> {
    let text = |name: &str| {
        let bytes = files.get(name)?;
        Some(String::from_utf8_lossy(bytes).into_owned())
    };
    let tables = TABLES.into_iter().filter_map(|name| {
        let text = text(&format!("{name}.csv"))?;
        Some((name.to_owned(), text))
    });
    let about = text("inventory.toml").map(|text| {
        let mut lines = csv::Writer::from_writer(Vec::new());
        for line in text.lines() {
            // Writing to memory cannot fail.
            let _ = lines.write_record([line]);
        }
        let lines = lines.into_inner().unwrap_or_default();
        let lines = String::from_utf8_lossy(&lines).into_owned();
        ("inventory".to_owned(), lines)
    });
    tables.chain(about).collect()
}

/// The tables of an inventory, in the order of their sheets.
const TABLES: [&str; 7] = [
    "components",
    "links",
    "flows",
    "services",
    "dependencies",
    "placements",
    "common_cause",
];

fn files(out: &mut String, paths: &[&str]) {
    let mut paths = paths.to_vec();
    paths.sort_unstable();
    for path in paths.iter().take(FILES) {
        out.push_str(&format!("  {}\n", visible(path)));
    }
    if let Some(more) = paths.len().checked_sub(FILES).filter(|&n| n > 0) {
        out.push_str(&format!("  … and {} more\n", count(more as u64)));
    }
}

fn wrote(out: &mut String, imported: &Imported) {
    let nodes = &imported.draft.nodes;
    let of = |keep: fn(&Role) -> bool| nodes.iter().filter(|d| keep(&d.node.role)).count() as u64;
    let parts = [
        (of(|r| matches!(r, Role::Service(_))), "service"),
        (of(|r| matches!(r, Role::Component)), "component"),
        (of(|r| matches!(r, Role::Link(_))), "link"),
        (of(|r| matches!(r, Role::Flow(_))), "flow"),
        (imported.draft.requirements.len() as u64, "requirement"),
        (imported.placements.rows.len() as u64, "placed instance"),
    ];
    out.push_str("\nWrote\n");
    for (n, noun) in parts.into_iter().filter(|&(n, _)| n > 0) {
        out.push_str(&format!("  {}\n", counted(n, noun)));
    }
    let outages: usize = imported.scenarios.first().map_or(0, |s| s.down.len());
    if outages > 0 {
        let outages = counted(outages as u64, "known outage");
        out.push_str(&format!("  {outages}, in scenario.toml\n"));
    }
}

fn section(out: &mut String, title: &str, tallies: &Tallies) {
    if tallies.is_empty() {
        return;
    }
    out.push_str(&format!("\n{title}\n"));
    let width = tallies
        .values()
        .map(|t| count(t.count).len())
        .max()
        .unwrap_or(0);
    for (sort, tally) in tallies {
        let n = count(tally.count);
        out.push_str(&format!(
            "  {n:>width$}  {}{}\n",
            visible(sort),
            examples(tally)
        ));
    }
}

fn examples(tally: &Tally) -> String {
    let named: Vec<&str> = tally.examples.iter().map(String::as_str).collect();
    let named: Vec<&str> = named.into_iter().filter(|n| !n.is_empty()).collect();
    let shown = visible(&named.join(", "));
    match (named.is_empty(), tally.count > named.len() as u64) {
        (true, _) => String::new(),
        (false, true) => format!(": {shown} …"),
        (false, false) => format!(": {shown}"),
    }
}

fn ids(out: &mut String, imported: &Imported) {
    let ids = &imported.report.ids;
    if ids.is_empty() {
        return;
    }
    let title = counted(ids.len() as u64, "id");
    out.push_str(&format!("\n{title} not simply the name\n"));
    for (name, id, why) in ids {
        let line = format!("{name} → {id}: {why}");
        out.push_str(&format!("  {}\n", visible(&line)));
    }
}
