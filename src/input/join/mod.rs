//! Several inventories → one. In: the files of inventories, and columns by which things are known again. Out:
//! one inventory, and what was joined by which key, where they contradict each other, and what got another
//! id. Promises: where two say different things the earlier one counts and both are listed; things are
//! joined only if their kinds can be one thing and neither inventory has two of that name.

mod pairs;
mod part;
mod report;
mod tables;

use super::grid::Grids;
use super::write::{PolicyLine, ScenarioFile};
use super::{Faults, Folder};
use part::{Part, part};
use std::collections::BTreeMap;

pub use report::{Conflict, JoinReport};

/// Columns by which things are known again, the surest first; `name` looks at ids as well.
pub const KEYS: [&str; 4] = ["provider_id", "serial", "id", "name"];

/// Joins inventories.
///
/// # Errors
/// One of them has faults, or they cannot be one.
pub fn join(folders: &[Folder], keys: &[String]) -> Result<(Folder, JoinReport), Faults> {
    let mut faults = Faults::new();
    let mut parts = Vec::new();
    for folder in folders {
        match part(folder) {
            Ok(part) => parts.push(part),
            Err(why) => faults.extend(why),
        }
    }
    faults.or(())?;
    let mut report = JoinReport {
        sources: parts.iter().map(|p| p.source.clone()).collect(),
        ..JoinReport::default()
    };
    let records = records(folders);
    pairs::find(&mut parts, keys, &mut report);
    let mut toml = String::new();
    let grids = tables::put_together(&mut parts, &mut report, &mut toml)?;
    let names: Vec<&str> = parts
        .iter()
        .filter_map(|p| p.grids.name.as_deref())
        .collect();
    let name = toml::Value::String(names.join(" + "));
    let mut joined = Folder::default();
    for (file, text) in grids.changed(false) {
        joined.files.insert(file.to_owned(), text.into_bytes());
    }
    for (file, header) in REQUIRED {
        let file = joined.files.entry(file.to_owned());
        file.or_insert_with(|| format!("{header}\n").into_bytes());
    }
    let toml = format!("name = {name}\n{toml}{records}");
    joined
        .files
        .insert("inventory.toml".to_owned(), toml.into_bytes());
    let scenario = scenario(&parts, &grids);
    joined
        .files
        .insert("scenario.toml".to_owned(), scenario.text().into_bytes());
    Ok((joined, report))
}

/// Files that every inventory has, and the headers that they need.
const REQUIRED: [(&str, &str); 3] = [
    ("components.csv", "id,kind"),
    ("services.csv", "id"),
    ("dependencies.csv", "consumer,provider"),
];

/// What overlays set before, kept.
fn records(folders: &[Folder]) -> String {
    let mut kept = Vec::new();
    for folder in folders {
        let text = folder.files.get("inventory.toml");
        let text = text
            .map(|t| String::from_utf8_lossy(t).into_owned())
            .unwrap_or_default();
        let table: toml::Table = text.parse().unwrap_or_default();
        let entries = table.get("overlaid").and_then(toml::Value::as_array);
        for entry in entries.into_iter().flatten() {
            let entry = toml::to_string(entry).unwrap_or_default();
            let entry = format!("\n[[overlaid]]\n{entry}");
            if !kept.contains(&entry) {
                kept.push(entry);
            }
        }
    }
    kept.concat()
}

fn scenario(parts: &[Part], grids: &Grids) -> ScenarioFile {
    let mut down: BTreeMap<String, String> = BTreeMap::new();
    for part in parts {
        for known in &part.down {
            let id = part.renames.get(known).unwrap_or(known);
            down.entry(id.clone())
                .or_insert_with(|| part.source.clone());
        }
    }
    let mut derate: BTreeMap<String, f64> = BTreeMap::new();
    for part in parts {
        for (known, factor) in &part.derate {
            let id = part.renames.get(known).unwrap_or(known);
            let least = derate.entry(id.clone()).or_insert(*factor);
            *least = least.min(*factor);
        }
    }
    let services = grids
        .table(super::grid::SERVICES)
        .is_some_and(|g| !g.rows.is_empty());
    let policy = PolicyLine {
        name: "Every service survives any single failure".to_owned(),
        services: vec!["kind=service".to_owned()],
        survives: 1,
        restarts: None,
    };
    ScenarioFile {
        name: "Joined".to_owned(),
        down: down.into_iter().collect(),
        derate: derate.into_iter().collect(),
        policies: services.then_some(policy).into_iter().collect(),
        ..ScenarioFile::default()
    }
}
