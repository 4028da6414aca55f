//! One of the inventories that are joined. In: its folder. Out: its tables, what selectors see of them, and its
//! known outages; or its faults.

use crate::input::grid::{Grids, View, unreadable};
use crate::input::source::{Reader, shown};
use crate::input::{Faults, Folder};
use std::collections::BTreeMap;

/// One inventory and what is known of it.
pub(super) struct Part {
    /// What it is called in reports.
    pub source: String,
    pub grids: Grids,
    pub view: View,
    /// Known outages of its scenario.
    pub down: Vec<String>,
    /// New ids by old ones.
    pub renames: BTreeMap<String, String>,
}

/// Reads the inventory of a folder.
pub(super) fn part(folder: &Folder) -> Result<Part, Faults> {
    folder.check()?;
    let texts = folder.texts();
    let grids = Grids::read(&mut Reader::new(&texts), &folder.path);
    let grids = grids.ok_or_else(|| unreadable(&folder.path))?;
    Ok(Part {
        source: shown(&folder.path),
        view: View::of(&grids),
        grids,
        down: known_outages(folder),
        renames: BTreeMap::new(),
    })
}

/// What the scenario of a folder has in its `down`.
fn known_outages(folder: &Folder) -> Vec<String> {
    let text = folder.files.get("scenario.toml");
    let text = text
        .map(|t| String::from_utf8_lossy(t).into_owned())
        .unwrap_or_default();
    let table: toml::Table = text.parse().unwrap_or_default();
    let down = table.get("down").and_then(toml::Value::as_array);
    let texts = down.into_iter().flatten().filter_map(toml::Value::as_str);
    texts.map(str::to_owned).collect()
}
