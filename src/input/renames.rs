//! `[columns]` of inventory.toml: other tools' headers → our columns. In: a table of texts. Out:
//! the name that a header stands for. Remembers which entries some file used.

use super::keys::Keys;
use super::placed::Placed;
use super::{Diagnostic, suggest};
use std::cell::Cell;

/// One entry: a header as another tool writes it, and the column that it stands for.
#[derive(Debug)]
struct Rename {
    header: Placed<String>,
    column: String,
    used: Cell<bool>,
}

/// Every entry.
#[derive(Debug, Default)]
pub struct Renames(Vec<Rename>);

impl Renames {
    /// Reads the table; what is no column of ours is a fault, which the table keeps.
    pub fn read(keys: &Keys, ours: &[&str]) -> Self {
        let mut all = Vec::new();
        for (header, value) in keys.entries() {
            let Some(column) = value.text() else {
                continue;
            };
            let name = column.value.trim();
            if ours.contains(&name) {
                all.push(Rename {
                    column: name.to_owned(),
                    header: header.with(header.value.trim().to_owned()),
                    used: Cell::new(false),
                });
                continue;
            }
            let known = ours.iter().copied();
            let help = match suggest::column(name, &known).or_else(|| suggest::nearest(name, known))
            {
                Some(near) => format!("did you mean `{near}`?"),
                None => "write `\"their header\" = \"our column\"`, such as `within`".to_owned(),
            };
            let message = format!("no file has a column `{name}` with a meaning");
            keys.fault(column.error(message).help(help));
        }
        Self(all)
    }

    /// The column that a header stands for.
    pub fn of(&self, header: &str) -> Option<&str> {
        let found = self.0.iter().find(|r| r.header.value == header)?;
        found.used.set(true);
        Some(&found.column)
    }

    /// A warning for each entry that no file needed.
    pub fn unused(&self) -> impl Iterator<Item = Diagnostic> {
        self.0.iter().filter(|r| !r.used.get()).map(|r| {
            let message = format!("no file has a column `{}`", r.header.value);
            r.header
                .warning(message)
                .label(format!("nothing becomes `{}`", r.column))
                .help("write the header as it stands in the file, upper and lower case alike")
        })
    }
}
