//! The folder of a report, written whole or not at all, and only over a report. In: names and bytes of
//! its files. Out: the folder. Promises: a file that the program did not make is never written over,
//! moved or removed; whoever looks sees the old report or the new one, not a mixture.
//!
//! A folder is a report if `SHA256SUMS` says so: every file in it is listed there with its digest.
//! The new one is made ready beside it and takes its place. Where the folder has to stay the one it is
//! (it is a mount point, or the one where the program runs), its files are exchanged one by one, the
//! list last: a run that is killed there is put right by the next one.

use super::sums::{Sums, sums};
use super::{files, interrupt, said};
use crate::input::write::{is_occupied_by_us, temporary};
use crate::model::{hex, short};
use crate::report::folder::{File, SUMS};
use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

/// A file of a folder, or something that is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Below the folder, `/` between folders.
    pub(super) name: String,
    /// Whether it is a regular file; otherwise it is a folder, a link, a pipe, a device.
    pub(super) is_file: bool,
}

/// What stands where a report is to go.
enum Place {
    /// Nothing.
    Free,
    /// A folder without anything in it.
    Empty,
    /// A report: names of its files.
    Report(Vec<String>),
}

/// Whether a report can be written to a folder, to be asked before any work. What is known of its files
/// may be there already, byte for byte.
///
/// # Errors
/// Why it cannot: the folder holds something else, or takes no files.
pub(super) fn can_write(folder: &Path, all: &[File]) -> Result<()> {
    let shown = folder.display();
    place(folder, all)?;
    files::is_in_no_report(folder)?;
    if let Some(what) = files::no_folder_above(folder) {
        bail!("cannot write into {shown}: {what}; name a folder");
    }
    files::takes_folder(folder).with_context(|| format!("cannot write into {shown}"))
}

/// Whether a folder holds the result of a run that nobody interrupted.
pub(super) fn holds_whole_result(folder: &Path) -> bool {
    let result = said::read(&folder.join("result.json"), "a result");
    result.is_ok_and(|bytes| !said::was_interrupted(&bytes))
}

/// Whether a folder holds none of the files that a command reads.
///
/// # Errors
/// It does: which.
pub(super) fn holds_no_input<'p>(
    folder: &Path,
    mut inputs: impl Iterator<Item = &'p str>,
) -> Result<()> {
    let Ok(inside) = fs::canonicalize(folder) else {
        return Ok(());
    };
    let is_inside = |i: &&str| fs::canonicalize(i).is_ok_and(|i| i.starts_with(&inside));
    match inputs.find(is_inside) {
        Some(input) => bail!(
            "will not write into {}: it holds {}, which is an input; name another folder",
            folder.display(),
            short(input, 120)
        ),
        None => Ok(()),
    }
}

/// Writes a report, `result.json` among its files. All of it is on disk before anything of an earlier
/// report is touched.
///
/// # Errors
/// What [`can_write`] says, or a file cannot be written; then an earlier report is as it was.
pub(super) fn write(folder: &Path, all: &[File]) -> Result<()> {
    let shown = folder.display();
    let place = place(folder, all)?;
    let target = match place {
        Place::Free => folder.to_owned(),
        _ => fs::canonicalize(folder).with_context(|| format!("cannot find {shown}"))?,
    };
    let failed = || format!("cannot write {shown}");
    let beside = files::folder_of(&target);
    fs::create_dir_all(beside).with_context(failed)?;
    temporary::sweep(beside);
    if !is_occupied_by_us(&target) {
        match exchange(&target, &place, all) {
            Err(Swap::Stays) => {}
            Err(Swap::Failed(error)) => return Err(error.context(failed())),
            Ok(()) => return Ok(()),
        }
    }
    write_inside(&target, &place, all).with_context(failed)
}

/// Why a folder did not take the place of another.
enum Swap {
    /// The folder cannot be moved: it is a mount point, or what it is in takes nothing.
    Stays,
    /// Something else.
    Failed(anyhow::Error),
}

impl From<anyhow::Error> for Swap {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

impl From<io::Error> for Swap {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::PermissionDenied
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::ResourceBusy
            | ErrorKind::CrossesDevices => Self::Stays,
            _ => Self::Failed(error.into()),
        }
    }
}

/// Makes the report ready beside its place, and moves it there.
fn exchange(target: &Path, place: &Place, all: &[File]) -> Result<(), Swap> {
    let beside = files::folder_of(target);
    let ready = match (temporary::folder_in(beside), place) {
        (Err(error), Place::Free) => return Err(Swap::Failed(error.into())),
        (made, _) => made?,
    };
    let new = ready.path().join("new");
    fill(&new, all)?;
    // A signal waits for the exchange.
    let _naming = interrupt::hold();
    match place {
        Place::Free => {}
        Place::Empty => {
            #[cfg(windows)]
            fs::remove_dir(target)?;
        }
        Place::Report(_) => {
            let permissions = fs::metadata(target)?.permissions();
            if swap(&new, target)? {
                // The earlier report is `new` from here on, and nothing can get into it. What got in
                // since it was looked at is not ours.
                if let Err(error) = self::place(&new, all) {
                    return Err(Swap::Failed(match swap(&new, target) {
                        Ok(true) => error,
                        _ => error
                            .context(format!("it is in {} now", temporary::keep(ready).display())),
                    }));
                }
                let _ = fs::set_permissions(target, permissions);
                sync(beside);
                return Ok(());
            }
            let name = target.file_name().context("it has no name")?;
            let old = ready.path().join("old").join(name);
            fs::create_dir(files::folder_of(&old))?;
            fs::rename(target, &old)?;
            // From here on nothing can get into it. What got in since it was looked at is not ours.
            let moved = self::place(&old, all).and_then(|_| Ok(fs::rename(&new, target)?));
            if let Err(error) = moved {
                return Err(Swap::Failed(match fs::rename(&old, target) {
                    Ok(()) => error,
                    Err(_) => {
                        error.context(format!("it is in {} now", temporary::keep(ready).display()))
                    }
                }));
            }
            let _ = fs::set_permissions(target, permissions);
            sync(beside);
            return Ok(());
        }
    }
    fs::rename(&new, target)?;
    sync(beside);
    Ok(())
}

/// Exchanges two folders in one step; false where the system cannot, and nothing has changed.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn swap(one: &Path, other: &Path) -> io::Result<bool> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    match renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(true),
        Err(Errno::NOSYS | Errno::INVAL | Errno::OPNOTSUPP | Errno::XDEV) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn swap(_: &Path, _: &Path) -> io::Result<bool> {
    Ok(false)
}

/// Exchanges the files of a folder one by one, the list of them last.
fn write_inside(target: &Path, place: &Place, all: &[File]) -> Result<()> {
    let ready = temporary::folder_in(target)?;
    let new = ready.path().join("new");
    fill(&new, all)?;
    let _naming = interrupt::hold();
    if let Err(error) = move_in(&new, target, place, all) {
        // The list in there tells the next run which files are of this one.
        let _ = temporary::keep(ready);
        return Err(error.into());
    }
    sync(target);
    drop(ready);
    temporary::sweep(target);
    Ok(())
}

/// Moves the files of a report to where they belong, and takes away those of the earlier one.
fn move_in(new: &Path, target: &Path, place: &Place, all: &[File]) -> io::Result<()> {
    for (name, _) in all.iter().filter(|(name, _)| *name != SUMS) {
        let home = target.join(name);
        fs::create_dir_all(files::folder_of(&home))?;
        fs::rename(new.join(name), home)?;
    }
    if let Place::Report(old) = place {
        let gone = |name: &&String| all.iter().all(|(n, _)| n != *name);
        for name in old.iter().filter(gone) {
            fs::remove_file(target.join(name))?;
        }
    }
    // Without figures it is empty; else it stays.
    let _ = fs::remove_dir(target.join("plots"));
    fs::rename(new.join(SUMS), target.join(SUMS))
}

/// Writes files into a folder that is made, all of them to disk, `result.json` last.
fn fill(folder: &Path, all: &[File]) -> io::Result<()> {
    fs::create_dir(folder)?;
    let (last, first): (Vec<_>, Vec<_>) = all.iter().partition(|(name, _)| *name == "result.json");
    for (name, bytes) in first.into_iter().chain(last) {
        let path = folder.join(name);
        fs::create_dir_all(files::folder_of(&path))?;
        let mut file = fs::File::create_new(&path)?;
        file.write_all(bytes)?;
        file.sync_all()?;
    }
    sync(folder);
    Ok(())
}

/// Asks for a folder's entries to be on disk; where that cannot be asked, they will be soon.
fn sync(folder: &Path) {
    if let Ok(folder) = fs::File::open(folder) {
        let _ = folder.sync_all();
    }
}

/// What stands where a report is to go.
fn place(folder: &Path, all: &[File]) -> Result<Place> {
    let shown = folder.display();
    let nothing = |e: io::Error| matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory);
    if fs::symlink_metadata(folder).is_err_and(nothing) {
        return Ok(Place::Free);
    }
    if let Some(what) = files::no_folder_above(folder) {
        bail!("cannot write into {shown}: {what}; name a folder");
    }
    let mut entries = entries(folder).with_context(|| format!("cannot look into {shown}"))?;
    // What this program is making there, or was killed while it did.
    entries.retain(|e| !temporary::is_temporary(&e.name));
    if entries.is_empty() {
        return Ok(Place::Empty);
    }
    let list = sums(folder);
    let is_list = |e: &Entry| e.is_file && e.name == SUMS && list.is_some();
    let digest = |(name, bytes): &File| (name.clone(), hex(&Sha256::digest(bytes)));
    let mut known: Vec<Sums> = begun(folder);
    known.push(all.iter().map(digest).collect());
    known.extend(list.clone());
    let mut wrong = entries
        .iter()
        .filter(|e| !is_list(e) && !is_listed(folder, e, &known));
    let Some(first) = wrong.next() else {
        let names = entries.into_iter().map(|e| e.name);
        return Ok(Place::Report(names.filter(|n| n != SUMS).collect()));
    };
    let more = match wrong.count() {
        0 => String::new(),
        n => format!(" (and {n} more)"),
    };
    let name = short(&first.name, 80);
    if known.iter().any(|s| s.contains_key(&first.name)) {
        bail!(
            "will not write into {shown}: {name}{more} was changed since the report was written; \
             name another folder, or take it away"
        );
    }
    bail!(
        "will not write into {shown}: it holds {name}{more}, which is no file of a report that \
         brownout wrote; name a new folder"
    );
}

/// Whether a file is as a list says.
fn is_listed(folder: &Path, entry: &Entry, known: &[Sums]) -> bool {
    let mut digests = known.iter().filter_map(|s| s.get(&entry.name)).peekable();
    if !entry.is_file || digests.peek().is_none() {
        return false;
    }
    let Ok(bytes) = said::read(&folder.join(&entry.name), "a file of a report") else {
        return false;
    };
    let found = hex(&Sha256::digest(bytes));
    digests.any(|digest| *digest == found)
}

/// Everything in a folder and in its folder of figures, sorted by name.
///
/// # Errors
/// It cannot be looked into.
pub(super) fn entries(folder: &Path) -> io::Result<Vec<Entry>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type()?;
        if name == "plots" && kind.is_dir() {
            for inside in fs::read_dir(entry.path())? {
                let inside = inside?;
                let name = inside.file_name();
                all.push(Entry {
                    name: format!("plots/{}", name.to_string_lossy()),
                    is_file: inside.file_type()?.is_file(),
                });
            }
        } else {
            let is_file = kind.is_file();
            all.push(Entry { name, is_file });
        }
    }
    all.sort_by(|x, y| x.name.cmp(&y.name));
    Ok(all)
}

/// What the lists say of reports that a killed run was about to put into a folder that stays.
fn begun(folder: &Path) -> Vec<Sums> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_ours = |e: &fs::DirEntry| e.file_name().to_str().is_some_and(temporary::is_temporary);
    let left = entries.filter(is_ours);
    left.filter_map(|e| sums(&e.path().join("new"))).collect()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn two_folders_change_places_in_one_step() {
        let dir = tempfile::tempdir().expect("a folder");
        let [one, other] = ["one", "other"].map(|name| dir.path().join(name));
        for folder in [&one, &other] {
            fs::create_dir(folder).expect("made");
            fs::write(folder.join("name"), folder.to_string_lossy().as_bytes()).expect("written");
        }
        assert!(swap(&one, &other).expect("exchanged"));
        let said = |folder: &Path| fs::read_to_string(folder.join("name")).expect("there");
        assert_eq!(said(&one), other.to_string_lossy());
        assert_eq!(said(&other), one.to_string_lossy());
        assert!(swap(&one, &dir.path().join("nowhere")).is_err());
    }
}
