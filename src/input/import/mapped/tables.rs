//! Tables → which are lists of things and which relations. In: sources and a map. Out: both, with headers and keys as the map
//! calls them, or the fault of a table that may hold relations and cannot be read as such. Promises: whatever is left out
//! is a warning, and no fault shows what stands in a table.

use super::cells;
use super::map::{Map, plain};
use super::records::{self, Records};
use crate::input::import::Imported;
use crate::input::placed::Placed;
use crate::input::selector::glob;
use crate::input::{Diagnostic, Faults, Source, suggest};
use std::sync::Arc;

/// Tables by what they are.
#[derive(Default)]
pub(super) struct Tables {
    pub lists: Vec<Records>,
    pub relations: Vec<Records>,
    /// Those whose columns fit neither.
    others: Vec<Records>,
}

impl Tables {
    /// Reads every table and puts it where it belongs.
    ///
    /// # Errors
    /// A source that is no table, no list at all, and a table of no use that may hold the relations.
    pub fn read(
        sources: &[Arc<Source>],
        map: &Map,
        imported: &mut Imported,
    ) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        let mut tables = Self::default();
        for source in sources {
            match records::read(source) {
                Ok(records) => tables.sort(records, map, imported),
                Err(fault) => faults.push(fault),
            }
        }
        if tables.lists.is_empty() && faults.is_empty() {
            faults.push(no_list(sources, map));
        } else if let Some(of) = &map.relations {
            let all = tables.others.iter();
            let may_relate = |r: &&Records| {
                tables.relations.is_empty() || r.speaks_of(&of.parent) || r.speaks_of(&of.child)
            };
            all.filter(may_relate)
                .for_each(|r| faults.push(of_no_use(r, map)));
        }
        cells::check(&tables.lists, &tables.relations, map, &mut faults, imported);
        faults.or(tables)
    }

    /// Puts a table where it belongs, by its columns.
    fn sort(&mut self, mut records: Records, map: &Map, imported: &mut Imported) {
        if let Some((line, count)) = records.ragged {
            let message = format!(
                "{count} rows of `{}` have other cells than its header and are left out, the first at line {line}",
                records.path
            );
            imported.warnings.push(Diagnostic::warning(message));
        }
        let things = &map.components;
        let of = map.relations.as_ref();
        let of = of.filter(|of| records.speaks_of(&of.parent) && records.speaks_of(&of.child));
        if let Some(of) = of {
            let keys = things.id.iter().filter(|c| !things.name.contains(c));
            let keys: Vec<String> = keys.cloned().collect();
            for column in [&of.parent, &of.child, &of.kind] {
                records.unite(column, &keys, &things.name);
            }
            let has_ends = records.has(&of.parent) && records.has(&of.child);
            if has_ends && is_called(&records.path, &of.files) {
                return self.relations.push(records);
            }
        }
        for (header, column) in &things.headers {
            records.rename(header, column);
        }
        let kind = &things.kind.column;
        let is_list = (kind.is_empty() || records.has(kind))
            && things.id.iter().chain(&things.name).any(|c| records.has(c));
        if is_list && is_called(&records.path, &things.files) {
            return self.lists.push(records);
        }
        let why = "neither a list nor relations, by its columns and its name";
        imported.report.skipped("file", why, &records.path);
        let message = format!("`{}` is {why}: left out", records.path);
        imported.warnings.push(Diagnostic::warning(message));
        if !is_list {
            self.others.push(records);
        }
    }
}

/// Whether a file is called like one of some patterns, if there are any.
fn is_called(path: &str, globs: &[String]) -> bool {
    let file = path.rsplit('/').next().unwrap_or_default();
    globs.is_empty() || globs.iter().any(|g| glob(g, file))
}

/// Columns that a map asks for and that no table has: a rule for such a column never applies.
pub(super) fn missing(asked: &[Placed<String>], tables: &[Records]) -> Vec<Diagnostic> {
    let lacks = |column: &&Placed<String>| {
        let plain = plain(&column.value);
        !tables.is_empty() && !tables.iter().any(|t| t.has(&plain))
    };
    let warn = |column: &Placed<String>| {
        let word = &column.value;
        let near = suggest::nearest(word, tables.iter().flat_map(Records::columns));
        let warning = column.warning(format!("no table has the column `{word}`"));
        match near {
            Some(near) => warning.help(format!("did you mean `{near}`?")),
            None => warning.help("write the column as its table does, or leave it out of the map"),
        }
    };
    asked.iter().filter(lacks).map(warn).collect()
}

/// What the columns of a list must be called.
fn columns_of_lists(map: &Map) -> String {
    let columns = map.components.spelled.join(", ");
    match map.components.kind.spelled.as_str() {
        "" => format!("one of the columns {columns}"),
        kind => format!("one of the columns {columns}, and the column {kind}"),
    }
}

fn no_list(sources: &[Arc<Source>], map: &Map) -> Diagnostic {
    let first = sources.first().map_or("", |s| s.path.as_str());
    let files = &map.components.files;
    if !sources.iter().any(|s| is_called(&s.path, files)) {
        let called = files.join("`, `");
        let message = format!("no file is called `{called}`, as the map says lists are");
        let help = format!("mend `file` of the map, or leave it out; there is `{first}`");
        return Diagnostic::error(message).help(help);
    }
    let message = format!("there is no list of things among the files, such as `{first}`");
    let help = format!("the map looks for {}", columns_of_lists(map));
    Diagnostic::error(message).help(help)
}

/// A table that may hold what others need, and cannot be read as that.
fn of_no_use(records: &Records, map: &Map) -> Diagnostic {
    let path = &records.path;
    let message = format!("`{path}` is neither a list nor relations, by its columns");
    let lists = columns_of_lists(map);
    let ends = map.relations.as_ref().map_or_else(String::new, |of| {
        format!(
            "; relations need {}, {} and {}",
            of.parent, of.child, of.kind
        )
    });
    let help = format!("a list needs {lists}{ends}; leave the file out if it is neither");
    Diagnostic::error(message).help(help)
}
