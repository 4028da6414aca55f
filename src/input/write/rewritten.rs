//! A scenario file, written anew for a changed estate. In: the text of the file, what has changed. Out: the text
//! that asks the same of the new estate, and the files that it names. Comments are lost; what selectors chose
//! is written out by id, so that new components are chosen only where they are meant to be.

use toml::{Table, Value};

/// What the scenario says of the new estate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScenarioChanges {
    /// Known outages.
    pub down: Vec<String>,
    /// Capacity factors.
    pub derate: Vec<(String, f64)>,
    /// What may fail, if the scenario says so itself.
    pub elements: Option<Vec<String>>,
    /// What each named contingency fails and derates, in their order.
    pub contingencies: Vec<Touched>,
}

/// What a named contingency fails, and what it derates by which factor.
pub type Touched = (Vec<String>, Vec<(String, f64)>);

/// A file that a scenario names, and what it is called beside the new one.
pub type Named = (String, String);

/// The scenario for the new estate, which stands beside it in the folder `inventory`. `None` where the text is no
/// scenario.
#[must_use]
pub fn rewritten(text: &str, changes: &ScenarioChanges) -> Option<(String, Vec<Named>)> {
    let mut root: Table = text.trim_start_matches('\u{feff}').parse().ok()?;
    root.insert("inventory".to_owned(), "inventory".into());
    set(&mut root, "down", &changes.down);
    factors(&mut root, &changes.derate);
    if let Some(elements) = &changes.elements {
        let sweep = root.entry("sweep").or_insert_with(|| Table::new().into());
        let sweep = sweep.as_table_mut()?;
        sweep.remove("exclude");
        sweep.insert("elements".to_owned(), elements.clone().into());
    }
    let named = root.get_mut("contingency").and_then(Value::as_array_mut);
    let named = named.into_iter().flatten().filter_map(Value::as_table_mut);
    for (table, (down, derate)) in named.zip(&changes.contingencies) {
        set(table, "down", down);
        factors(table, derate);
        if down.is_empty() && derate.is_empty() && !table.contains_key("demand") {
            table.insert("down".to_owned(), Vec::<String>::new().into());
        }
    }
    let mut files = Vec::new();
    let cases = root.get_mut("load").and_then(Value::as_array_mut);
    for case in cases.into_iter().flatten().filter_map(Value::as_table_mut) {
        profile(case, &mut files);
    }
    if let Some(horizon) = root.get_mut("horizon").and_then(Value::as_table_mut) {
        profile(horizon, &mut files);
    }
    Some((root.to_string(), files))
}

/// The files beside a scenario that it names: profiles and overlays, each once, as they stand. Nothing where the
/// text is no scenario.
#[must_use]
pub fn named_files(text: &str) -> Vec<String> {
    let Ok(root) = text.trim_start_matches('\u{feff}').parse::<Table>() else {
        return Vec::new();
    };
    let cases = root.get("load").and_then(Value::as_array);
    let tables = cases.into_iter().flatten().chain(root.get("horizon"));
    let profiles = tables.filter_map(|table| match table.get("profile")? {
        Value::Table(keys) => keys.get("file"),
        other => Some(other),
    });
    let overlays = root.get("overlays").and_then(Value::as_array);
    let all = profiles.chain(overlays.into_iter().flatten());
    let mut files: Vec<String> = Vec::new();
    for file in all.filter_map(Value::as_str) {
        if !files.iter().any(|known| known == file) {
            files.push(file.to_owned());
        }
    }
    files
}

/// What a scenario has in place that its file does not say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InState {
    /// What comes after the name.
    pub suffix: String,
    /// The folder of the inventory, where the file does not name it.
    pub inventory: Option<String>,
    /// Known outages beside those of the file.
    pub down: Vec<String>,
    /// Capacity factors, all of them; `None` leaves those of the file.
    pub derate: Option<Vec<(String, f64)>>,
    /// Demands by service, for each load case by position.
    pub demand: Vec<Vec<(String, f64)>>,
    /// Whether nothing is placed anew.
    pub no_restart: bool,
}

/// The scenario with that in place; paths in it stay as they are. `None` where the text is no scenario.
#[must_use]
pub fn in_state(text: &str, state: &InState) -> Option<String> {
    let mut root: Table = text.trim_start_matches('\u{feff}').parse().ok()?;
    let name = root.get("name").and_then(Value::as_str).unwrap_or("Estate");
    let name = format!("{name}{}", state.suffix);
    root.insert("name".to_owned(), name.into());
    if let Some(folder) = &state.inventory {
        root.insert("inventory".to_owned(), folder.clone().into());
    }
    if !state.down.is_empty() {
        let down = root
            .entry("down")
            .or_insert_with(|| Value::Array(Vec::new()));
        let ids = state.down.iter().cloned().map(Value::String);
        down.as_array_mut()?.extend(ids);
    }
    if let Some(derate) = &state.derate {
        // What the file derates to nothing has failed, and is no factor of the state.
        let old = root.remove("derate");
        let old = old.as_ref().and_then(Value::as_table).into_iter().flatten();
        let is_nothing = |f: &Value| f.as_integer() == Some(0) || f.as_float() == Some(0.0);
        let nothing = old.filter(|(_, factor)| is_nothing(factor));
        let mut factors: Table = nothing.map(|(key, f)| (key.clone(), f.clone())).collect();
        factors.extend(derate.iter().map(|(id, f)| (id.clone(), Value::Float(*f))));
        if !factors.is_empty() {
            root.insert("derate".to_owned(), Value::Table(factors));
        }
    }
    demands(&mut root, &state.demand)?;
    if state.no_restart {
        let placement = root
            .entry("placement")
            .or_insert_with(|| Table::new().into());
        placement
            .as_table_mut()?
            .insert("restart".to_owned(), false.into());
    }
    Some(root.to_string())
}

/// Says demands at each load case; a scenario without one gets the one that it stands for.
fn demands(root: &mut Table, demand: &[Vec<(String, f64)>]) -> Option<()> {
    if demand.iter().all(Vec::is_empty) {
        return Some(());
    }
    let cases = root.entry("load").or_insert_with(|| {
        let today = Table::from_iter([("name".to_owned(), Value::from("today"))]);
        Value::Array(vec![today.into()])
    });
    for (case, demand) in cases.as_array_mut()?.iter_mut().zip(demand) {
        if !demand.is_empty() {
            let said = case.as_table_mut()?.entry("demand");
            let said = said.or_insert_with(|| Table::new().into());
            let all = demand.iter().map(|(id, d)| (id.clone(), Value::Float(*d)));
            said.as_table_mut()?.extend(all);
        }
    }
    Some(())
}

fn set(table: &mut Table, key: &str, ids: &[String]) {
    table.remove(key);
    if !ids.is_empty() {
        table.insert(key.to_owned(), ids.to_vec().into());
    }
}

fn factors(table: &mut Table, derate: &[(String, f64)]) {
    table.remove("derate");
    if !derate.is_empty() {
        let factors = derate.iter().map(|(id, f)| (id.clone(), Value::Float(*f)));
        table.insert("derate".to_owned(), Value::Table(factors.collect()));
    }
}

/// Points a profile at its copy.
fn profile(table: &mut Table, files: &mut Vec<Named>) {
    let file = match table.get_mut("profile") {
        Some(Value::Table(keys)) => keys.get_mut("file"),
        other => other,
    };
    if let Some(Value::String(path)) = file {
        let known = files.iter().find(|(from, _)| from == path);
        let name = known.map_or_else(
            || {
                let last = path.rsplit(['/', '\\']).next().unwrap_or("profile");
                format!("load-{}-{last}", files.len() + 1)
            },
            |(_, name)| name.clone(),
        );
        if known.is_none() {
            files.push((path.clone(), name.clone()));
        }
        *path = name;
    }
}
