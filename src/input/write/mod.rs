//! A [`Draft`] → an inventory folder, whole or not at all.
//!
//! In: a draft, the folder's path, and further files that belong beside it (a scenario). Out: the
//! folder, in the form that the reader takes, or nothing. Rows stand in order of id, so that the
//! same draft gives the same bytes. Ids are data: no file is ever named after one.

mod columns;
mod error;
mod placements;
mod rewritten;
mod scenario;
mod tables;
pub mod temporary;

use crate::model::Draft;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

#[cfg(feature = "import")]
pub(super) use columns::is_free_column;
pub use error::WriteError;
pub use placements::{Hosts, Placement, Placements};
pub use rewritten::{InState, ScenarioChanges, in_state, named_files, rewritten};
pub use scenario::{PolicyLine, Restart, ScenarioFile};

/// A text file that goes into the folder beside the tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtraFile {
    /// Its name; chosen by the program, never taken from input.
    pub name: &'static str,
    /// What it holds.
    pub text: String,
}

/// Writes `draft` as an inventory folder at `dir`, creating parents as needed. Everything goes to
/// a temporary folder beside it first, which is then renamed: `dir` is whole or absent.
///
/// # Errors
/// `dir` exists and is not an empty folder, the system refuses, or the draft contradicts itself.
pub fn write_inventory(dir: &Path, draft: &Draft, extra: &[ExtraFile]) -> Result<(), WriteError> {
    write_placed(dir, draft, &Placements::default(), extra)
}

/// [`write_inventory`], with rows of placements.csv.
///
/// # Errors
/// As of [`write_inventory`].
pub fn write_placed(
    dir: &Path,
    draft: &Draft,
    placements: &Placements,
    extra: &[ExtraFile],
) -> Result<(), WriteError> {
    let tables = tables::Tables::of(draft)?;
    write_folder(dir, |inside| {
        tables.write(inside)?;
        if !placements.rows.is_empty() {
            tables::put(&inside.join("placements.csv"), |out| placements.write(out))?;
        }
        for file in extra {
            let path = inside.join(file.name);
            fs::write(&path, &file.text).map_err(|source| WriteError::Io { path, source })?;
        }
        Ok(())
    })
}

/// The files of an inventory as texts, by name.
///
/// # Errors
/// The draft contradicts itself.
pub fn render(
    draft: &Draft,
    placements: &Placements,
) -> Result<BTreeMap<String, Vec<u8>>, WriteError> {
    let mut texts = tables::Tables::of(draft)?.texts()?;
    if !placements.rows.is_empty() {
        let mut text = Vec::new();
        placements
            .write(&mut text)
            .map_err(|source| WriteError::Io {
                path: "placements.csv".into(),
                source,
            })?;
        texts.insert("placements.csv".to_owned(), text);
    }
    Ok(texts)
}

/// Writes files into the folder `dir`, whole or not at all. Their names are chosen by the program.
///
/// # Errors
/// `dir` exists and is not an empty folder, or the system refuses.
pub fn write_files(dir: &Path, files: &BTreeMap<String, Vec<u8>>) -> Result<(), WriteError> {
    write_folder(dir, |inside| {
        for (name, bytes) in files {
            let path = inside.join(name);
            let folder = path.parent().unwrap_or(inside);
            let made = fs::create_dir_all(folder).and_then(|()| fs::write(&path, bytes));
            made.map_err(|source| WriteError::Io { path, source })?;
        }
        Ok(())
    })
}

/// Makes the folder `dir` with what `fill` puts into the path it is given, whole or not at all. What
/// killed runs left beside it is taken away.
///
/// # Errors
/// `dir` exists and is not an empty folder, the system refuses, or `fill` fails.
pub fn write_folder(
    dir: &Path,
    fill: impl FnOnce(&Path) -> Result<(), WriteError>,
) -> Result<(), WriteError> {
    let io = |source| WriteError::Io {
        path: dir.to_owned(),
        source,
    };
    temporary::sweep(dir);
    // An existing folder is resolved first: `.` or a symbolic link cannot be renamed onto.
    let target = if fs::symlink_metadata(dir).is_ok() {
        let empty = fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_none());
        if !empty {
            return Err(WriteError::Occupied(dir.to_owned()));
        }
        fs::canonicalize(dir).map_err(io)?
    } else {
        dir.to_owned()
    };
    let parent = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(parent).map_err(io)?;
    temporary::sweep(parent);
    if is_occupied_by_us(&target) {
        return fill_inside(&target, fill);
    }
    let ready = temporary::folder_in(parent).map_err(io)?;
    fill(ready.path())?;
    #[cfg(windows)]
    if target.exists() {
        fs::remove_dir(&target).map_err(io)?;
    }
    fs::rename(ready.path(), &target).map_err(|source| match source.kind() {
        io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists => {
            WriteError::Occupied(dir.to_owned())
        }
        _ => io(source),
    })?;
    // It has moved: there is nothing left to remove.
    let _ = ready.keep();
    Ok(())
}

/// Whether a folder cannot be exchanged for another without pulling it from under somebody's feet: it
/// is, or holds, the folder where the program runs.
#[must_use]
pub fn is_occupied_by_us(folder: &Path) -> bool {
    let here = std::env::current_dir().and_then(fs::canonicalize);
    let there = fs::canonicalize(folder);
    here.is_ok_and(|here| there.is_ok_and(|there| here.starts_with(there)))
}

/// Fills an empty folder that stays the one it is.
fn fill_inside(
    folder: &Path,
    fill: impl FnOnce(&Path) -> Result<(), WriteError>,
) -> Result<(), WriteError> {
    let io = |source| WriteError::Io {
        path: folder.to_owned(),
        source,
    };
    let ready = temporary::folder_in(folder).map_err(io)?;
    fill(ready.path())?;
    for entry in fs::read_dir(ready.path()).map_err(io)? {
        let entry = entry.map_err(io)?;
        let home = folder.join(entry.file_name());
        if fs::symlink_metadata(&home).is_ok() {
            return Err(WriteError::Occupied(folder.to_owned()));
        }
        fs::rename(entry.path(), home).map_err(io)?;
    }
    Ok(())
}
