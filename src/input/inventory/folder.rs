//! The files of an inventory's folder → its tables. In: a folder. Out: each table as far as it can be read, the
//! defaults of inventory.toml, and every fault of a file as a whole. Notes when ids may be missing from what
//! was read.

use super::defaults::Defaults;
use super::shapes::{FileRole, columns};
use crate::input::renames::Renames;
use crate::input::source::{Opened, Reader, shown};
use crate::input::table::{Shape, Table};
use crate::input::{Diagnostic, Faults};
use std::path::Path;

/// The tables of a folder; `None` where there is no file or none that could be read.
pub(super) struct Tables {
    pub nodes: [(FileRole, Option<Table>); 4],
    pub dependencies: Option<Table>,
    pub common_cause: Option<Table>,
    pub placements: Option<Table>,
}

/// A folder being opened.
pub(super) struct Folder<'a, 'f> {
    pub reader: &'a mut Reader<'f>,
    pub path: &'a Path,
    pub faults: &'a mut Faults,
    pub warnings: Vec<Diagnostic>,
    pub complete: bool,
}

impl Folder<'_, '_> {
    /// A table that must be there: without its file there is a fault.
    pub fn required(&mut self, name: &str, shape: &Shape, renames: &Renames) -> Option<Table> {
        let table = self.table(name, shape, renames);
        if let Err(Missing) = table {
            self.complete = false;
            let columns = [shape.required, shape.optional].concat().join(",");
            self.faults.push(
                Diagnostic::error(format!("`{}` is missing", shown(&self.path.join(name))))
                    .help(format!("write one that starts with the line `{columns}`")),
            );
        }
        table.ok().flatten()
    }

    /// A table whose file may be missing.
    pub fn optional(&mut self, name: &str, shape: &Shape, renames: &Renames) -> Option<Table> {
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

    /// What inventory.toml says; nothing if it is not there or cannot be read.
    pub fn defaults(&mut self) -> Defaults {
        let path = self.path.join("inventory.toml");
        match self.reader.open(&path, self.faults) {
            Opened::Whole(source) => Defaults::read(&source, &columns(), self.faults),
            Opened::Invalid(_) | Opened::Missing | Opened::Unreadable => Defaults::default(),
        }
    }
}

/// There is no such file.
struct Missing;
