//! Files of another tool → what is [`Imported`]. In: a format, files or texts, options. Out: a draft that keeps
//! every invariant, or every fault of the files and the options. What may be secret is shown in no fault.

use super::about::About;
use super::gather::sources;
use super::{Format, Imported, Options, mapped};
use crate::input::source::shown;
use crate::input::write::ScenarioFile;
use crate::input::{Diagnostic, Faults, Source};
use crate::model::{Draft, Invariant, System};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A map for tables: one that comes with the program, by its name, else a file.
///
/// # Errors
/// The file cannot be read.
pub fn map(name: &Path) -> Result<Arc<Source>, Faults> {
    if let Some(map) = name.to_str().and_then(mapped::preset) {
        return Ok(map);
    }
    let missing = || {
        let presets: Vec<&str> = mapped::presets().collect();
        let shown = shown(name);
        let fault = Diagnostic::error(format!("there is no map `{shown}`"));
        fault.help(format!(
            "write the path of a TOML file, or {}",
            presets.join(", ")
        ))
    };
    if !name.exists() {
        return Err(missing().into());
    }
    let mut read = gather(&[name.to_owned()])?;
    read.pop().ok_or_else(|| missing().into())
}

/// Reads files, the files of folders, and the sheets of workbooks.
///
/// # Errors
/// Every file that cannot be read.
pub fn gather(paths: &[PathBuf]) -> Result<Vec<Arc<Source>>, Faults> {
    sources(paths)
}

/// Reads files of another tool.
///
/// # Errors
/// Every fault of the files and the options.
pub fn read(format: Format, paths: &[PathBuf], options: Options) -> Result<Imported, Faults> {
    read_sources(format, &gather(paths)?, options)
}

/// Reads texts of another tool.
///
/// # Errors
/// Every fault of the texts and the options.
pub fn read_sources(
    format: Format,
    sources: &[Arc<Source>],
    options: Options,
) -> Result<Imported, Faults> {
    let about = format.about();
    check_options(&about, &options)?;
    let Some(first) = sources.first() else {
        return Err(Diagnostic::error("there is no file to import").into());
    };
    let mut imported = (about.read)(sources, &options).map_err(|faults| {
        if format.may_hold_secrets() {
            faults.without_text()
        } else {
            faults
        }
    })?;
    if format.may_hold_secrets() {
        let warnings = imported.warnings.into_iter();
        imported.warnings = warnings.map(Diagnostic::without_text).collect();
    }
    if imported.draft.name.is_empty() {
        // In whatever order the files were named.
        let least = sources.iter().map(|s| &s.path).min();
        imported.draft.name = name_of(least.unwrap_or(&first.path));
    }
    check_invariants(&imported.draft)?;
    if imported.scenarios.is_empty() {
        let scenario = ScenarioFile::of(&imported.draft);
        imported.scenarios.push(scenario);
    }
    for scenario in &mut imported.scenarios {
        if scenario.name.is_empty() {
            scenario.name.clone_from(&imported.draft.name);
        }
    }
    Ok(imported)
}

/// The name of a file without its folder and its ending; of a sheet, that of its workbook.
fn name_of(path: &str) -> String {
    let file = path.rsplit('/').next().unwrap_or(path);
    let lower = file.to_ascii_lowercase();
    if let Some(at) = lower.find(".xlsx:") {
        return file.get(..at).unwrap_or(file).to_owned();
    }
    let stem = Path::new(file).file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

fn check_options(about: &About, options: &Options) -> Result<(), Faults> {
    let mut faults = Faults::new();
    let given = options.given();
    let foreign = given.iter().filter(|o| !about.takes.contains(o));
    for option in foreign {
        let word = about.word;
        let fault = Diagnostic::error(format!("{option} means nothing for {word}"));
        let known = about.takes.join(", ");
        faults.push(match about.takes {
            [] => fault.help("leave it out"),
            _ => fault.help(format!("leave it out; {word} takes {known}")),
        });
    }
    for (name, value) in [
        ("--capacity", options.capacity),
        ("--all-pairs", options.all_pairs),
    ] {
        if value.is_some_and(|x| !x.is_finite() || x < 0.0) {
            faults.push(Diagnostic::error(format!(
                "{name} must be a finite number, 0 or more"
            )));
        }
    }
    faults.or(())
}

/// What is written must be readable; a reader here that overlooks something must not hide it.
fn check_invariants(draft: &Draft) -> Result<(), Faults> {
    let Err(broken) = System::new(draft.clone()) else {
        return Ok(());
    };
    let id = |v: u32| draft.nodes.get(v as usize).map_or("?", |d| &*d.node.id);
    let mut faults = Faults::new();
    for invariant in broken {
        let place = match &invariant {
            Invariant::DuplicateId(v, _)
            | Invariant::EmptyId(v)
            | Invariant::NeedTooLarge(v)
            | Invariant::SelfLoop(v)
            | Invariant::Number { node: v, .. }
            | Invariant::Reference { node: v, .. } => id(*v).to_owned(),
            Invariant::CycleThroughFlow(path)
            | Invariant::CycleOfDomains(path)
            | Invariant::CycleOfPlacement(path) => {
                let ids: Vec<&str> = path.iter().map(|&v| id(v)).collect();
                ids.join(" → ")
            }
        };
        faults.push(Diagnostic::error(format!("{invariant}: {place}")));
    }
    Err(faults)
}
