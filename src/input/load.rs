//! A path → what is [`Loaded`]. In: an inventory folder or a scenario file, and what the command line says.
//! Out: the system and the scenario, or every fault of every file and of the command line at once.

use super::inventory::{self, Inventory};
use super::overlay::{self, Layered, Use};
use super::placed::Placed;
use super::scenario::{self, Spec};
use super::source::{self, Opened, Reader};
use super::{Books, Diagnostic, Disk, Faults, Files, InputFile, Loaded, Overrides, Scale};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Warnings about a scenario that are shown in full.
const SHOWN: usize = 50;

/// Reads an inventory folder or a scenario file (and the inventory it names), then applies what
/// the command line says. Reads everything before it answers.
///
/// # Errors
/// Every fault of every file and of the command line at once.
pub fn load(path: &Path, overrides: &Overrides) -> Result<Loaded, Faults> {
    load_from(&Disk, path, overrides)
}

/// [`load`], from files that need not be on a disk.
///
/// # Errors
/// Every fault of every file and of the command line at once.
pub fn load_from(files: &dyn Files, path: &Path, overrides: &Overrides) -> Result<Loaded, Faults> {
    let books = Books::new(files);
    let mut loaded = load_opened(&books, path, overrides)?;
    loaded.inputs = books.inputs(loaded.inputs);
    Ok(loaded)
}

/// [`load_from`], from files among which workbooks are folders.
fn load_opened(files: &dyn Files, path: &Path, overrides: &Overrides) -> Result<Loaded, Faults> {
    // A folder that is no inventory stands for the scenario in it.
    let inside = if files.exists(&path.join("components.csv")) {
        None
    } else {
        scenario_in(files, path)
    };
    let path = inside.as_deref().unwrap_or(path);
    let mut faults = Faults::new();
    let mut reader = Reader::new(files);
    let Some(asked) = open(path, &mut reader, &mut faults) else {
        return Err(faults);
    };
    let Asked {
        mut spec,
        scenario_path,
        inventory_path,
    } = asked;
    scenario::apply(overrides, &mut spec, &mut faults);
    if let Some(scale) = &overrides.scale {
        scenario::scale(&mut spec, scale);
    }
    let inventory = match &inventory_path {
        Some(folder) if files.is_folder(folder) => {
            let beside = scenario_path.as_deref().and_then(Path::parent);
            let scale = overrides.scale.as_ref();
            read_inventory(&mut reader, beside, folder, &mut spec, scale, &mut faults)
        }
        Some(folder) => {
            faults.push(no_folder(folder, spec.inventory.as_ref()));
            inventory::nothing()
        }
        None => inventory::nothing(),
    };
    let mut resolver = scenario::Resolver::new(&inventory.system, inventory.complete);
    let folder = scenario_path.as_deref().and_then(Path::parent);
    let folder = folder.unwrap_or(Path::new(""));
    let (mut scenario, time, scope) = scenario::resolve(&spec, folder, &mut reader, &mut resolver);
    if scenario.name.is_empty() {
        scenario.name = file_stem(path);
    }
    let in_place = overrides.contingency.as_ref().and_then(|name| {
        let before = scenario.clone();
        let at = scenario::put_in_place(name, &spec, &mut scenario, &mut resolver)?;
        Some((at, before))
    });
    let services = inventory.system.services().len() as u64;
    let mut warnings = inventory.warnings;
    warnings.extend(planned(inventory.planned));
    append(&mut warnings, resolver.warnings);
    faults.extend(resolver.faults);
    faults.sort();
    faults.or(Loaded {
        scenario,
        time,
        scope,
        in_place,
        system: inventory.system,
        scenario_path,
        inventory_path: inventory_path.unwrap_or_default(),
        inputs: reader.into_inputs(),
        ledger: inventory.ledger,
        plans: scenario::plans(&spec, services),
        planned: inventory.planned,
        warnings,
    })
}

/// Reads the inventory of a scenario with its overlays applied, whose known outages join those of the
/// scenario.
fn read_inventory(
    reader: &mut Reader,
    beside: Option<&Path>,
    folder: &Path,
    spec: &mut Spec,
    scale: Option<&Scale>,
    faults: &mut Faults,
) -> Inventory {
    let of = |at: &Placed<String>| at.with(beside.unwrap_or(Path::new("")).join(&at.value));
    let paths: Vec<Placed<PathBuf>> = spec.overlays.iter().map(of).collect();
    let overlays = overlay::read(reader, &paths, faults);
    let overlaid = match overlays.as_slice() {
        [] => None,
        all => overlay::apply(reader.files(), folder, all, faults),
    };
    let Some(overlaid) = overlaid else {
        return inventory::read(reader, folder, scale, faults);
    };
    let layered = Layered::new(reader.files(), folder, overlaid.grids.changed(true));
    let mut over = Reader::new(&layered);
    let mut inventory = inventory::read(&mut over, folder, scale, faults);
    let digests: HashMap<String, String> = layered.digests().collect();
    let mut inputs = over.into_inputs();
    // A table that only overlays made is no file.
    let made = |i: &InputFile| layered.stands_over(&i.path) && !digests.contains_key(&i.path);
    inputs.retain(|i| !made(i));
    for input in &mut inputs {
        if let Some(digest) = digests.get(&input.path) {
            input.sha256.clone_from(digest);
        }
    }
    reader.add(inputs);
    spec.down
        .extend(overlaid.down.into_iter().map(|(id, _)| id));
    let planning = overlaid.uses.iter().filter(|u| u.planning).map(|u| u.count);
    inventory.planned += planning.sum::<u64>();
    inventory
        .ledger
        .extend(overlaid.uses.iter().map(Use::assumption));
    inventory.warnings.extend(overlaid.warnings);
    inventory
}

/// What must stand beside every probability that rests on figures of nobody here.
fn planned(count: u64) -> Option<Diagnostic> {
    (count > 0).then(|| {
        let message = format!(
            "how often {count} components fail is taken from planning defaults, not measured here: every probability rests on that"
        );
        Diagnostic::warning(message)
            .help("replace them by your own figures; the list of assumptions names each with its source")
    })
}

/// What a path turned out to be.
struct Asked {
    spec: Spec,
    scenario_path: Option<PathBuf>,
    inventory_path: Option<PathBuf>,
}

/// The scenario that a folder holds, if the path is one that does.
#[must_use]
pub fn scenario_in(files: &dyn Files, path: &Path) -> Option<PathBuf> {
    let inside = path.join("scenario.toml");
    (files.is_folder(path) && files.exists(&inside)).then_some(inside)
}

fn open(path: &Path, reader: &mut Reader, faults: &mut Faults) -> Option<Asked> {
    if reader.files().is_folder(path) {
        return Some(Asked {
            spec: Spec::default(),
            scenario_path: None,
            inventory_path: Some(path.to_owned()),
        });
    }
    let name = source::shown(path);
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    if file == "inventory.toml" || path.extension().is_some_and(|e| e == "csv") {
        let help = "name the folder, or a scenario file";
        let fault = Diagnostic::error(format!("`{name}` is one file of an inventory"));
        faults.push(fault.help(help));
        return None;
    }
    let source = match reader.open(path, faults) {
        Opened::Whole(source) => source,
        Opened::Invalid(_) | Opened::Unreadable => return None,
        Opened::Missing => {
            let fault = Diagnostic::error(format!("there is no `{name}`"));
            faults.push(fault.help("name an inventory folder or a scenario file"));
            return None;
        }
    };
    let spec = Spec::read(&source, faults);
    let beside = path.parent().unwrap_or(Path::new(""));
    let inventory_path = spec
        .inventory
        .as_ref()
        .map(|i| reader.files().tidy(&beside.join(&i.value)));
    Some(Asked {
        spec,
        scenario_path: Some(path.to_owned()),
        inventory_path,
    })
}

fn no_folder(folder: &Path, written: Option<&Placed<String>>) -> Diagnostic {
    let message = format!("there is no folder `{}`", source::shown(folder));
    let fault = match written {
        Some(written) => written.error(message),
        None => Diagnostic::error(message),
    };
    fault.help("the inventory's path is relative to the scenario file")
}

fn file_stem(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

/// Adds what is odd in a scenario: the first in full, the rest counted.
fn append(warnings: &mut Vec<Diagnostic>, odd: Vec<Diagnostic>) {
    let hidden = odd.len().saturating_sub(SHOWN);
    warnings.extend(odd.into_iter().take(SHOWN));
    if hidden > 0 {
        let message = format!("{hidden} more warnings about the scenario");
        warnings.push(Diagnostic::warning(message));
    }
}
