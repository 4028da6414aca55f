//! One of the inventories that are joined. In: its folder. Out: its tables, what selectors see of them, its known
//! outages and what it derates; or its faults.

use crate::input::grid::{Grids, View, unreadable};
use crate::input::source::{Reader, shown};
use crate::input::{Faults, Folder};
use std::collections::BTreeMap;

/// The kind of what is a host, a switch or a router, for all that cabling says which was read from devices.
pub(super) const DEVICE: &str = "device";
/// The kind of what joins two things, where nobody says how.
pub(super) const LINK: &str = "link";

/// One inventory and what is known of it.
pub(super) struct Part {
    /// What it is called in reports.
    pub source: String,
    pub grids: Grids,
    pub view: View,
    /// Known outages of its scenario.
    pub down: Vec<String>,
    /// What its scenario derates, and to which part of it.
    pub derate: Vec<(String, f64)>,
    /// New ids by old ones.
    pub renames: BTreeMap<String, String>,
}

/// Reads the inventory of a folder.
pub(super) fn part(folder: &Folder) -> Result<Part, Faults> {
    folder.check()?;
    let texts = folder.texts();
    let grids = Grids::read(&mut Reader::new(&texts), &folder.path);
    let grids = grids.ok_or_else(|| unreadable(&folder.path))?;
    let scenario = scenario(folder);
    Ok(Part {
        source: shown(&folder.path),
        view: View::of(&grids),
        grids,
        down: known_outages(&scenario),
        derate: derated(&scenario),
        renames: BTreeMap::new(),
    })
}

/// The scenario of a folder; blank if it has none.
fn scenario(folder: &Folder) -> toml::Table {
    let text = folder.files.get("scenario.toml");
    let text = text
        .map(|t| String::from_utf8_lossy(t).into_owned())
        .unwrap_or_default();
    text.parse().unwrap_or_default()
}

/// What a scenario derates.
fn derated(scenario: &toml::Table) -> Vec<(String, f64)> {
    let all = scenario.get("derate").and_then(toml::Value::as_table);
    let all = all.into_iter().flatten().filter_map(|(id, factor)| {
        let whole = || factor.as_integer().and_then(|k| u32::try_from(k).ok());
        let factor = factor.as_float().or_else(|| whole().map(f64::from))?;
        Some((id.clone(), factor))
    });
    all.collect()
}

/// What a scenario has in its `down`.
fn known_outages(scenario: &toml::Table) -> Vec<String> {
    let down = scenario.get("down").and_then(toml::Value::as_array);
    let texts = down.into_iter().flatten().filter_map(toml::Value::as_str);
    texts.map(str::to_owned).collect()
}
