//! The files of a folder → the estate that they describe. In: a folder, and a default to turn. Out: an
//! [`Inventory`]: its system, or one of bare names and every fault.

use super::builder::Builder;
use super::defaults::Defaults;
use super::folder::{Folder, Tables};
use super::rows::rows_of;
use super::shapes::{self, FileRole};
use super::spelled::spelled;
use super::unread::unread;
use super::{carried, common_cause, dependencies, domains, lookalikes, nodes, placements, remarks};
use crate::input::source::Reader;
use crate::input::{Assumption, Diagnostic, Faults, Scale};
use crate::model::{Draft, DraftNode, Invariant, Labels, System};
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
                files.required("components.csv", &shapes::COMPONENTS, renames),
            ),
            (
                FileRole::Link,
                files.optional("links.csv", &shapes::LINKS, renames),
            ),
            (
                FileRole::Flow,
                files.optional("flows.csv", &shapes::FLOWS, renames),
            ),
            (
                FileRole::Service,
                files.required("services.csv", &shapes::SERVICES, renames),
            ),
        ],
        dependencies: {
            let complete = files.complete;
            let table = files.required("dependencies.csv", &shapes::DEPENDENCIES, renames);
            files.complete = complete;
            table
        },
        common_cause: {
            let complete = files.complete;
            let table = files.optional("common_cause.csv", &shapes::COMMON_CAUSE, renames);
            files.complete = complete;
            table
        },
        placements: {
            let complete = files.complete;
            let table = files.optional("placements.csv", &shapes::PLACEMENTS, renames);
            files.complete = complete;
            table
        },
    };
    files.warnings.extend(defaults.renames.unused());
    files.warnings.extend(unread(files.reader.files(), folder));
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
            spelled(&ids)
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
            spelled(&ids)
        );
        let edges: HashSet<(&str, &str)> = ids.windows(2).map(|e| (e[0], e[1])).collect();
        let rows = rows_of(tables, |pair| edges.contains(pair));
        let first = ids.windows(2).find_map(|e| rows.get(&(e[0], e[1])));
        let fault = match first {
            Some(found) => found.row.error(found.provider, message),
            None => Diagnostic::error(message),
        };
        fault.help("let it need the far end instead of the flow")
    }
}

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
