//! Text → [`System`] and [`Scenario`], or every reason why not.

mod books;
mod diagnostic;
mod dialect;
pub mod generate;
mod grid;
#[cfg(feature = "import")]
pub mod import;
mod inventory;
mod join;
mod keys;
mod number;
mod overlay;
mod parts;
mod placed;
pub mod profile;
mod renames;
mod scale;
mod scenario;
mod selector;
mod source;
mod suggest;
mod table;
#[cfg(feature = "import")]
mod workbook;
pub mod write;

pub use crate::model::visible;
use crate::model::{Scenario, System};
pub use books::Books;
use inventory::Inventory;
use placed::Placed;
use renames::Renames;
use scenario::Spec;
use source::{Opened, Reader};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

pub use diagnostic::{Diagnostic, Faults, Severity, Source};
pub use inventory::spelled;
pub use join::{Conflict, JoinReport, KEYS as JOIN_KEYS, join};
use overlay::Layered;
pub use overlay::{Folder, Overlay, Use, inventory_files, overlays_of};
pub use scale::{Parameter, Scale};
pub use source::{Disk, Files, Kept, Texts, read_regular, without_parents};

/// Warnings about a scenario that are shown in full.
const SHOWN: usize = 50;

/// What was read, whole and valid.
#[derive(Debug)]
pub struct Loaded {
    /// The estate that the inventory describes.
    pub system: System,
    /// What is asked of it. For a bare inventory: one case `today` from the demand column, order 1,
    /// every component and link an element, no policies.
    pub scenario: Scenario,
    /// Load over time: profiles, where each demand comes from, the horizon.
    pub time: Time,
    /// What may fail, as written.
    pub scope: Scope,
    /// The named contingency that the command line put in place: its position, and the scenario without
    /// it.
    pub in_place: Option<(usize, Scenario)>,
    /// The scenario file, if one was given.
    pub scenario_path: Option<PathBuf>,
    /// The inventory folder.
    pub inventory_path: PathBuf,
    /// Every file that was read.
    pub inputs: Vec<InputFile>,
    /// What was assumed, most used first.
    pub ledger: Vec<Assumption>,
    /// What the scenario plans with: growth and margins, in the order of the load cases.
    pub plans: Vec<Assumption>,
    /// How many nodes fail as often as planning defaults say, which nobody here has measured.
    pub planned: u64,
    /// What is legal but worth a look.
    pub warnings: Vec<Diagnostic>,
}

impl Loaded {
    /// Everything that can be scaled or is assumed: plans, then defaults.
    #[must_use]
    pub fn assumptions(&self) -> Vec<&Assumption> {
        self.plans.iter().chain(&self.ledger).collect()
    }
}

/// What may fail in a sweep, as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Selectors of what may fail; `None` is everything.
    pub elements: Option<Vec<String>>,
    /// Selectors of what may not.
    pub exclude: Vec<String>,
    /// Known outages that the selectors keep: once repaired they may fail like the others. Sorted.
    pub returning: Vec<crate::model::NodeId>,
}

/// Load over time, as a scenario asks for it.
#[derive(Debug)]
pub struct Time {
    /// The zone of days and hours; UTC if none is declared.
    pub zone: jiff::tz::TimeZone,
    /// Every profile that was read.
    pub profiles: Vec<crate::model::Profile>,
    /// Where each load case of the scenario comes from, in their order.
    pub cases: Vec<CaseOrigin>,
    /// Demand hour by hour, if the scenario has a horizon.
    pub horizon: Option<crate::model::Horizon>,
    /// Declared hours to repair, by node; they win over `mttr_hours`.
    pub repair_hours: Vec<(crate::model::NodeId, f64)>,
    /// Works to find a time for, in the order of the scenario.
    pub works: Vec<crate::model::Work>,
}

/// Where one load case comes from.
#[derive(Debug)]
pub struct CaseOrigin {
    /// Position of its profile in [`Time::profiles`].
    pub profile: Option<usize>,
    /// The stretch of the profile that it looks at.
    pub window: Option<crate::model::Window>,
    /// One for each service, in the order of the system.
    pub derivations: Vec<crate::model::Derivation>,
}

impl CaseOrigin {
    /// The demand column, as it stands.
    fn column(column: &[f64]) -> Self {
        let derivation = |&value| crate::model::Derivation {
            steps: vec![crate::model::Step::Column { value }],
        };
        Self {
            profile: None,
            window: None,
            derivations: column.iter().map(derivation).collect(),
        }
    }
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputFile {
    /// As reached from the command line, `/` between folders.
    pub path: String,
    /// Lower-case hexadecimal.
    pub sha256: String,
    /// Data rows, for CSV files.
    pub rows: Option<u64>,
}

/// A default that was used.
#[derive(Clone, Debug, PartialEq)]
pub struct Assumption {
    /// What was assumed, as `mtbf_hours = 26000 for kind server`.
    pub what: String,
    /// Where the default comes from, as `inventory.toml:4`.
    pub source: String,
    /// How many nodes rest on it.
    pub count: u64,
    /// How to scale it, or why there is nothing to scale.
    pub parameter: Result<Parameter, &'static str>,
}

/// What the command line adds to a scenario, as typed.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// Ids and selectors, added to the known outages.
    pub down: Vec<String>,
    /// `ID=FACTOR` or `SELECTOR=FACTOR`.
    pub derate: Vec<String>,
    /// `SERVICE=DEMAND`, at the case of `load` (or the first).
    pub demand: Vec<String>,
    /// Name of the load case.
    pub load: Option<String>,
    /// Name of the contingency to put in place.
    pub contingency: Option<String>,
    /// Selectors that replace the scenario's.
    pub elements: Option<Vec<String>>,
    /// Selectors that replace the scenario's.
    pub exclude: Option<Vec<String>>,
    /// Order of the sweep.
    pub order: Option<u32>,
    /// Trials of the simulation.
    pub trials: Option<u64>,
    /// Seed of the simulation.
    pub seed: Option<u64>,
    /// Nodes of the decision diagrams of the simulation.
    pub diagram_nodes: Option<u64>,
    /// Nothing is placed anew.
    pub no_restart: bool,
    /// One default, scaled.
    pub scale: Option<Scale>,
}

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
