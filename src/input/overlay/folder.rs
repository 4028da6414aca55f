//! The files of an inventory with overlays applied, ready to be written to another folder. In: texts by name.
//! Out: the same, changed: tables, the record of what overlays set in inventory.toml, and known outages in
//! scenario.toml. Promises: applying the same overlays again changes nothing more.

use super::{Overlay, Use, apply};
use crate::input::books::Books;
use crate::input::grid::{FILES, Grids, unreadable};
use crate::input::placed::Placed;
use crate::input::source::{Reader, shown};
use crate::input::write::{PolicyLine, ScenarioFile, named_files};
use crate::input::{Diagnostic, Disk, Faults, Files, Overrides, Texts, load_from};
use crate::model::Node;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use toml::de::{DeTable, DeValue};

/// The files of an inventory.
#[derive(Clone, Debug, Default)]
pub struct Folder {
    /// What places call it.
    pub path: PathBuf,
    /// Its files by name.
    pub files: BTreeMap<String, Vec<u8>>,
    /// What overlays have set, in order.
    pub uses: Vec<Use>,
    /// What is odd.
    pub warnings: Vec<Diagnostic>,
}

impl Folder {
    /// Applies overlays, one after the other.
    ///
    /// # Errors
    /// The inventory has faults, before or after.
    pub fn overlay(&mut self, overlays: &[Overlay]) -> Result<(), Faults> {
        let mut faults = Faults::new();
        let texts = self.texts();
        let Some(overlaid) = apply(&texts, &self.path, overlays, &mut faults) else {
            self.check()?;
            return Err(unreadable(&self.path).into());
        };
        for (name, text) in overlaid.grids.changed(false) {
            self.files.insert(name.to_owned(), text.into_bytes());
        }
        self.warnings.extend(overlaid.warnings);
        faults.or(())?;
        self.record(&overlaid.uses);
        self.uses.extend(overlaid.uses);
        let loaded = load_from(&self.texts(), &self.path, &Overrides::default())?;
        let can_fail = |id: &str| {
            let node = loaded.system.find(id).map(|v| loaded.system.node(v));
            node.is_some_and(Node::can_fail)
        };
        let mut faults = Faults::new();
        for (id, _) in overlaid.down.iter().filter(|(id, _)| !can_fail(&id.value)) {
            let message = format!("`{}` cannot be a known outage", id.value);
            faults.push(
                id.error(message)
                    .help("only components and links that are not logical fail"),
            );
        }
        faults.or(())?;
        self.take_down(&overlaid.down);
        Ok(())
    }

    /// Its files, every table in one dialect and without comments, as a workbook can hold them.
    #[must_use]
    pub fn plain(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = self.files.clone();
        let texts = self.texts();
        if let Some(grids) = Grids::read(&mut Reader::new(&texts), &self.path) {
            for (name, text) in grids.all() {
                files.insert(name.to_owned(), text.into_bytes());
            }
        }
        files
    }

    /// Reads the inventory.
    ///
    /// # Errors
    /// Its faults.
    pub fn check(&self) -> Result<(), Faults> {
        load_from(&self.texts(), &self.path, &Overrides::default()).map(|_| ())
    }

    /// Its files, as if they were on a disk.
    pub(in crate::input) fn texts(&self) -> Texts {
        let files = self.files.iter();
        let named = files.map(|(name, bytes)| {
            let path = shown(&crate::input::without_parents(&self.path.join(name)));
            (path, bytes.clone())
        });
        Texts(named.collect())
    }

    /// Keeps what was set in inventory.toml, so that whoever reads the inventory is shown.
    fn record(&mut self, uses: &[Use]) {
        let file = self.files.entry("inventory.toml".to_owned()).or_default();
        for used in uses {
            let entry = used.toml();
            let known = String::from_utf8_lossy(file).contains(&*entry);
            if !known {
                if !file.is_empty() && !file.ends_with(b"\n") {
                    file.push(b'\n');
                }
                file.extend_from_slice(entry.as_bytes());
            }
        }
    }

    /// Adds known outages to the scenario of the folder; to a new one if it has none.
    fn take_down(&mut self, down: &[(Placed<String>, String)]) {
        if down.is_empty() {
            return;
        }
        let down: Vec<(String, String)> = down
            .iter()
            .map(|(id, why)| (id.value.clone(), why.clone()))
            .collect();
        let changed = match self.files.get("scenario.toml") {
            Some(text) => with_down(&String::from_utf8_lossy(text), &down),
            None => Some(scenario(down).text()),
        };
        if let Some(text) = changed {
            self.files
                .insert("scenario.toml".to_owned(), text.into_bytes());
        } else {
            let message =
                "scenario.toml cannot be changed: the known outages of the overlays are not in it";
            let help = "add them to its `down` yourself";
            self.warnings.push(Diagnostic::warning(message).help(help));
        }
    }

    /// The path of the folder, for places.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Files of a folder that are carried along, beside the inventory: their number and size, at most.
const MOST_FILES: usize = 1000;
/// Bytes of them.
const MOST_BYTES: u64 = 1 << 30;

/// The files of an inventory on the disk: of a workbook its sheets; of a folder all plain files in it that
/// are CSV, TOML or text, and of the folders in it those that its scenario.toml names.
///
/// # Errors
/// There is no such folder, or a file cannot be read.
pub fn inventory_files(path: &Path) -> Result<Folder, Faults> {
    let books = Books::new(&Disk);
    let mut folder = Folder {
        path: path.to_owned(),
        ..Folder::default()
    };
    if !books.is_folder(path) {
        let message = format!("there is no inventory `{}`", shown(path));
        let fault = Diagnostic::error(message);
        return Err(fault
            .help("name a folder with components.csv in it, or a workbook")
            .into());
    }
    let mut names: Vec<String> = FILES.iter().map(|n| (*n).to_owned()).collect();
    names.push("inventory.toml".to_owned());
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    for entry in entries.take(MOST_FILES) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let kept = [".csv", ".toml", ".txt"]
            .iter()
            .any(|end| name.ends_with(end));
        let plain = entry.file_type().is_ok_and(|t| t.is_file());
        if kept && plain && !name.starts_with('.') && !names.contains(&name) {
            names.push(name);
        }
    }
    let scenario = std::fs::read_to_string(path.join("scenario.toml")).unwrap_or_default();
    for name in named_files(&scenario) {
        let parts: Vec<Component> = Path::new(&name).components().collect();
        let inside = parts.iter().all(|p| matches!(p, Component::Normal(_)));
        if inside && parts.len() > 1 && names.len() < MOST_FILES && !names.contains(&name) {
            names.push(name);
        }
    }
    let mut faults = Faults::new();
    let mut left = MOST_BYTES;
    for name in names {
        match books.read(&path.join(&name)) {
            Ok(bytes) if bytes.len() as u64 <= left => {
                left -= bytes.len() as u64;
                folder.files.insert(name, bytes);
            }
            Ok(_) => {
                let message = format!("the files of `{}` are larger than 1 GiB", shown(path));
                faults.push(Diagnostic::error(message).help("split the estate"));
                break;
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                let shown = shown(&path.join(&name));
                let fault = Diagnostic::error(format!("cannot read `{shown}`: {error}"));
                faults.push(fault.help("name a plain file that you may read"));
            }
        }
    }
    faults.or(folder)
}

fn scenario(down: Vec<(String, String)>) -> ScenarioFile {
    ScenarioFile {
        name: "Known outages".to_owned(),
        down,
        policies: vec![PolicyLine {
            name: "Every service survives any single failure".to_owned(),
            services: vec!["kind=service".to_owned()],
            survives: 1,
            restarts: None,
        }],
        ..ScenarioFile::default()
    }
}

/// A scenario with more known outages; `None` if it cannot be told where they go.
fn with_down(text: &str, down: &[(String, String)]) -> Option<String> {
    let (known, place) = known_down(text)?;
    let new: Vec<&(String, String)> = down.iter().filter(|(id, _)| !known.contains(id)).collect();
    if new.is_empty() {
        return Some(text.to_owned());
    }
    let mut lines = String::new();
    for (id, why) in &new {
        let id = toml::Value::String(id.clone());
        let why: String = why.chars().filter(|c| !c.is_control()).collect();
        let why = if why.is_empty() {
            why
        } else {
            format!("  # {why}")
        };
        lines.push_str(&format!("  {id},{why}\n"));
    }
    let made = match place {
        Some(close) => {
            let (before, after) = text.split_at(close);
            ["\n", ",\n"]
                .map(|mark| format!("{before}{mark}{lines}{after}"))
                .to_vec()
        }
        // The first lines of a file belong to no table.
        None => vec![format!("down = [\n{lines}]\n{text}")],
    };
    let whole = known.len() + new.len();
    let fits = |t: &String| known_down(t).is_some_and(|(all, _)| all.len() == whole);
    made.into_iter().find(fits)
}

/// The known outages of a scenario, and the byte at which their list closes.
fn known_down(text: &str) -> Option<(Vec<String>, Option<usize>)> {
    let root = DeTable::parse(text).ok()?;
    let Some(down) = root.get_ref().get("down") else {
        return Some((Vec::new(), None));
    };
    let DeValue::Array(items) = down.get_ref() else {
        return None;
    };
    let texts = items.iter().map(|item| match item.get_ref() {
        DeValue::String(text) => Some(text.to_string()),
        _ => None,
    });
    let texts: Option<Vec<String>> = texts.collect();
    Some((texts?, Some(down.span().end.checked_sub(1)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn down(ids: &[&str]) -> Vec<(String, String)> {
        ids.iter()
            .map(|id| ((*id).to_owned(), "repair".to_owned()))
            .collect()
    }

    #[test]
    fn outages_join_those_of_a_scenario_however_they_are_written() {
        for text in [
            "name = \"x\"\n[sweep]\norder = 1\n",
            "down = []\n",
            "down = [\"a\"]\n[sweep]\n",
            "down = [\n  \"a\", # why\n]\n",
            "down = [\n  \"a\" # ]\n]\n",
        ] {
            let added = with_down(text, &down(&["a", "b\"c"])).expect("added");
            let (known, _) = known_down(&added).expect("a scenario");
            assert_eq!(known, ["a", "b\"c"], "{added}");
            assert_eq!(with_down(&added, &down(&["b\"c"])), Some(added.clone()));
        }
        assert_eq!(with_down("down = \"a\"\n", &down(&["b"])), None);
        assert_eq!(with_down("down = [", &down(&["b"])), None);
    }
}
