//! The inventory folder → a [`System`]. In: a folder. Out: a system, the ledger of what was
//! assumed, and every fault of every file at once. A faulty inventory still comes back as a system
//! of bare names, so that a scenario's names can be checked in the same run.

mod builder;
mod carried;
mod common_cause;
mod defaults;
mod dependencies;
mod domains;
mod lookalikes;
mod nodes;
mod overload;
mod placements;
mod remarks;
mod room;

pub use nodes::COMPONENTS;
pub use remarks::spelled;

use super::source::{Opened, Reader};
use super::table::{Shape, Table};
use super::{Assumption, Diagnostic, Faults, Renames, Scale};
use crate::model::{Draft, DraftNode, Invariant, Labels, System};
use builder::Builder;
use defaults::Defaults;
use nodes::FileRole;
use std::collections::HashSet;
use std::path::Path;

/// An inventory that was read, sound or not.
pub struct Inventory {
    /// The estate; only its names if faults were found.
    pub system: System,
    /// Whether every id that the files define is in it: only then can a name be unknown.
    pub complete: bool,
    /// What was assumed, most used first.
    pub ledger: Vec<Assumption>,
    /// On how many nodes inventory.toml says that planning defaults were set.
    pub planned: u64,
    /// What is legal but worth a look.
    pub warnings: Vec<Diagnostic>,
}

/// The tables of a folder; `None` where there is no file or none that could be read.
struct Tables {
    nodes: [(FileRole, Option<Table>); 4],
    dependencies: Option<Table>,
    common_cause: Option<Table>,
    placements: Option<Table>,
}

/// Reads a folder.
///
/// `scale` reads it as if a default were that many times what it is.
pub fn read(
    reader: &mut Reader,
    folder: &Path,
    scale: Option<&Scale>,
    faults: &mut Faults,
) -> Inventory {
    let mut files = Folder {
        reader,
        path: folder,
        faults,
        warnings: Vec::new(),
        complete: true,
    };
    let mut defaults = files.defaults();
    files.warnings.append(&mut defaults.warnings);
    let renames = &defaults.renames;
    let tables = Tables {
        nodes: [
            (
                FileRole::Component,
                files.required("components.csv", &nodes::COMPONENTS, renames),
            ),
            (
                FileRole::Link,
                files.optional("links.csv", &nodes::LINKS, renames),
            ),
            (
                FileRole::Flow,
                files.optional("flows.csv", &nodes::FLOWS, renames),
            ),
            (
                FileRole::Service,
                files.required("services.csv", &nodes::SERVICES, renames),
            ),
        ],
        dependencies: {
            let complete = files.complete;
            let table = files.required("dependencies.csv", &dependencies::DEPENDENCIES, renames);
            files.complete = complete;
            table
        },
        common_cause: {
            let complete = files.complete;
            let table = files.optional("common_cause.csv", &common_cause::COMMON_CAUSE, renames);
            files.complete = complete;
            table
        },
        placements: {
            let complete = files.complete;
            let table = files.optional("placements.csv", &placements::PLACEMENTS, renames);
            files.complete = complete;
            table
        },
    };
    files.warnings.extend(defaults.renames.unused());
    if let Some(scale) = scale {
        defaults.scale(scale);
    }
    let Folder {
        faults,
        warnings,
        complete,
        ..
    } = files;
    build(&tables, defaults, complete, faults, warnings)
}

fn build(
    tables: &Tables,
    defaults: Defaults,
    complete: bool,
    faults: &mut Faults,
    warnings: Vec<Diagnostic>,
) -> Inventory {
    let mut b = Builder::new(defaults, complete);
    b.warnings = warnings;
    let present = || {
        let tables = tables.nodes.iter();
        tables.filter_map(|(role, table)| Some((*role, table.as_ref()?)))
    };
    for (role, table) in present() {
        nodes::define(&mut b, table, role);
    }
    lookalikes::add(&mut b);
    let mut of_kinds = nodes::OfKinds::new();
    for (role, table) in present() {
        nodes::refer(&mut b, table, role, &mut of_kinds);
    }
    nodes::assume_transit(&mut b);
    domains::refuse_cycles(&mut b);
    if let Some(table) = &tables.dependencies {
        dependencies::read(&mut b, table);
    }
    if let Some(table) = &tables.common_cause {
        common_cause::read(&mut b, table);
    }
    if let Some(table) = &tables.placements {
        placements::read(&mut b, table);
    }
    let count = b.nodes.len();
    for values in &mut b.labels.values {
        values.resize(count, None);
    }
    let system = finish(&mut b, tables, faults.is_empty());
    faults.extend(std::mem::take(&mut b.faults));
    if faults.is_empty() {
        carried::refuse_overflow(&mut b, tables, &system, faults);
    }
    let complete = b.complete;
    let sound = faults.is_empty();
    if sound {
        remarks::add(&mut b, tables, &system);
    }
    Inventory {
        system,
        complete,
        ledger: {
            let mut ledger = b.ledger.into_assumptions(&b.defaults);
            ledger.extend(std::mem::take(&mut b.defaults.overlaid));
            ledger
        },
        planned: b.defaults.planned,
        warnings: b.warnings,
    }
}

/// The system, or the names alone if anything is at fault.
fn finish(b: &mut Builder, tables: &Tables, sound: bool) -> System {
    let drafts = std::mem::take(&mut b.nodes);
    let name = b.defaults.name.clone().unwrap_or_default();
    if !sound || !b.faults.is_empty() {
        return b.names_system(name, &drafts);
    }
    // Only a flow or a placement can make a cycle that is refused, so only then is a spare needed.
    let may_knot = tables.nodes[2].1.is_some() || tables.placements.is_some();
    let spare = may_knot.then(|| drafts.clone());
    let draft = Draft {
        name: name.clone(),
        nodes: drafts,
        requirements: std::mem::take(&mut b.requirements),
        labels: b.labels.clone(),
        common_cause: std::mem::take(&mut b.common_cause),
        resources: std::mem::take(&mut b.resources),
        placements: std::mem::take(&mut b.placements),
    };
    match System::new(draft) {
        Ok(system) => system,
        Err(broken) => {
            for invariant in broken {
                let fault = b.invariant(tables, &invariant);
                b.faults.push(fault);
            }
            b.names_system(name, &spare.unwrap_or_default())
        }
    }
}

impl Builder<'_> {
    /// A system of bare names.
    fn names_system(&mut self, name: String, drafts: &[DraftNode]) -> System {
        let fitting = self.labels.values.iter().all(|v| v.len() == drafts.len());
        let draft = Draft {
            name,
            nodes: Self::names_only(drafts),
            labels: if fitting {
                self.labels.clone()
            } else {
                Labels::default()
            },
            ..Draft::default()
        };
        System::new(draft).unwrap_or_else(|_| {
            self.complete = false;
            empty_system()
        })
    }

    /// What an invariant that only shows in the whole means to somebody who edits the files.
    fn invariant(&self, tables: &Tables, broken: &Invariant) -> Diagnostic {
        let row = |at: u32| self.rows.get(at as usize).copied();
        let at = match broken {
            Invariant::CycleThroughFlow(path) => return self.cycle_through_flow(tables, path),
            Invariant::CycleOfPlacement(path) => return self.cycle_of_placement(tables, path),
            Invariant::CycleOfDomains(path) => return domains::cycle(self, path),
            Invariant::EmptyId(at)
            | Invariant::DuplicateId(at, _)
            | Invariant::Number { node: at, .. }
            | Invariant::Reference { node: at, .. }
            | Invariant::NeedTooLarge(at)
            | Invariant::SelfLoop(at) => *at,
        };
        match row(at) {
            Some(row) => row.whole_error(broken.to_string()),
            None => Diagnostic::error(broken.to_string()),
        }
    }

    fn cycle_of_placement(&self, tables: &Tables, path: &[u32]) -> Diagnostic {
        let id = |at: &u32| self.rows.get(*at as usize).map_or("?", |r| r.id());
        let ids: Vec<&str> = path.iter().map(id).collect();
        let message = format!(
            "a host needs an instance that may run on it: {}",
            remarks::spelled(&ids)
        );
        let fault = match placements::row_of(tables, ids[0]) {
            Some((row, column)) => row.error(column, message),
            None => Diagnostic::error(message),
        };
        fault.help("take the host out of `hosts`, or let it need something that runs elsewhere")
    }

    fn cycle_through_flow(&self, tables: &Tables, path: &[u32]) -> Diagnostic {
        let id = |at: &u32| {
            let row = self.rows.get(*at as usize);
            row.map_or("?", |r| r.id())
        };
        let ids: Vec<&str> = path.iter().map(id).collect();
        let message = format!(
            "a network element needs a flow over its own network: {}",
            remarks::spelled(&ids)
        );
        let edges: HashSet<(&str, &str)> = ids.windows(2).map(|e| (e[0], e[1])).collect();
        let rows = remarks::rows_of(tables, |pair| edges.contains(pair));
        let first = ids.windows(2).find_map(|e| rows.get(&(e[0], e[1])));
        let fault = match first {
            Some(found) => found.row.error(found.provider, message),
            None => Diagnostic::error(message),
        };
        fault.help("let it need the far end instead of the flow")
    }
}

/// A folder being opened.
struct Folder<'a, 'f> {
    reader: &'a mut Reader<'f>,
    path: &'a Path,
    faults: &'a mut Faults,
    warnings: Vec<Diagnostic>,
    complete: bool,
}

impl Folder<'_, '_> {
    fn required(&mut self, name: &str, shape: &Shape, renames: &Renames) -> Option<Table> {
        let table = self.table(name, shape, renames);
        if let Err(Missing) = table {
            self.complete = false;
            let columns = [shape.required, shape.optional].concat().join(",");
            self.faults.push(
                Diagnostic::error(format!(
                    "`{}` is missing",
                    super::source::shown(&self.path.join(name))
                ))
                .help(format!("write one that starts with the line `{columns}`")),
            );
        }
        table.ok().flatten()
    }

    fn optional(&mut self, name: &str, shape: &Shape, renames: &Renames) -> Option<Table> {
        self.table(name, shape, renames).ok().flatten()
    }

    /// `Ok(None)` if there is a file and something is wrong with it.
    fn table(
        &mut self,
        name: &str,
        shape: &Shape,
        renames: &Renames,
    ) -> Result<Option<Table>, Missing> {
        let (source, invalid) = match self.reader.open(&self.path.join(name), self.faults) {
            Opened::Whole(source) => (source, false),
            Opened::Invalid(source) => (source, true),
            Opened::Missing => return Err(Missing),
            Opened::Unreadable => {
                self.complete = false;
                return Ok(None);
            }
        };
        let table = Table::read(&source, shape, renames, self.faults, &mut self.warnings);
        let rows = table.as_ref().map_or(0, Table::len);
        self.reader.set_rows(&source, rows as u64);
        if invalid || table.as_ref().is_none_or(|t| !t.whole) {
            self.complete = false;
        }
        Ok(table)
    }

    fn defaults(&mut self) -> Defaults {
        let path = self.path.join("inventory.toml");
        match self.reader.open(&path, self.faults) {
            Opened::Whole(source) => Defaults::read(&source, &columns(), self.faults),
            Opened::Invalid(_) | Opened::Missing | Opened::Unreadable => Defaults::default(),
        }
    }
}

/// The columns of a file of an inventory, by its name.
pub fn shape_of(file: &str) -> Option<&'static Shape> {
    match file {
        "components.csv" => Some(&nodes::COMPONENTS),
        "links.csv" => Some(&nodes::LINKS),
        "flows.csv" => Some(&nodes::FLOWS),
        "services.csv" => Some(&nodes::SERVICES),
        "dependencies.csv" => Some(&dependencies::DEPENDENCIES),
        "common_cause.csv" => Some(&common_cause::COMMON_CAUSE),
        "placements.csv" => Some(&placements::PLACEMENTS),
        _ => None,
    }
}

/// Every column with a meaning in some file, now or later.
pub fn columns() -> Vec<&'static str> {
    let shapes = [
        nodes::COMPONENTS,
        nodes::LINKS,
        nodes::FLOWS,
        nodes::SERVICES,
        dependencies::DEPENDENCIES,
        common_cause::COMMON_CAUSE,
        placements::PLACEMENTS,
    ];
    let lists = |s: Shape| [s.required, s.optional, s.later].concat();
    shapes.into_iter().flat_map(lists).collect()
}

/// There is no such file.
struct Missing;

/// An inventory that could not even be looked for.
pub fn nothing() -> Inventory {
    Inventory {
        system: empty_system(),
        complete: false,
        ledger: Vec::new(),
        planned: 0,
        warnings: Vec::new(),
    }
}

/// A system of nothing keeps every invariant.
fn empty_system() -> System {
    System::default()
}
