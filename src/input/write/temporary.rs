//! Temporary files and folders beside the place where they go. In: a folder. Out: names, and the
//! folder without what killed runs left there. Promises: what a run that goes on has made is left
//! alone; a folder that a killed run had moved out of the way comes back.
//!
//! A name says who made it: `.brownout-PLACE-PID-RANDOM`, where the place stands for the machine since
//! it started and the processes that it knows, so that a number of a process means something there.
//!
//! ```text
//! .brownout-…/new        a folder that is made ready
//! .brownout-…/old/NAME   the folder NAME, out of the way while the new one takes its place
//! ```

use crate::model::hex;
use sha2::{Digest, Sha256};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;
use tempfile::{Builder, NamedTempFile, TempDir};

const START: &str = ".brownout-";
/// Hexadecimal digits of a place.
const PLACE: usize = 8;
/// What another machine left is swept up after this time: nothing takes as long to be written.
const OLD: Duration = Duration::from_secs(24 * 60 * 60);

/// An empty file in a folder, which others may read once it has its name.
///
/// # Errors
/// The folder takes no files.
pub fn file_in(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = builder();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // The umask still takes its share.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let made = builder.tempfile_in(folder)?;
    remember(made.path());
    Ok(made)
}

/// An empty folder in a folder, likewise.
///
/// # Errors
/// The folder takes no folders.
pub fn folder_in(folder: &Path) -> io::Result<TempDir> {
    let mut builder = builder();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o777));
    }
    let made = builder.tempdir_in(folder)?;
    remember(made.path());
    Ok(made)
}

/// What this run has made, for one that ends without going back the way it came.
static MADE: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn remember(path: &Path) {
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    made.push(path.to_owned());
}

/// Leaves a folder where it is, whatever comes.
pub fn keep(folder: TempDir) -> PathBuf {
    let path = folder.keep();
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    made.retain(|m| *m != path);
    path
}

/// Takes away all that this run has made and not moved or kept, before it ends at once.
pub fn remove_all() {
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    for path in made.drain(..) {
        // A thread may be filling it.
        for _ in 0..3 {
            let gone = match fs::symlink_metadata(&path) {
                Err(_) => break,
                Ok(about) if about.is_dir() => fs::remove_dir_all(&path),
                Ok(_) => fs::remove_file(&path),
            };
            if gone.is_ok() {
                break;
            }
        }
    }
}

fn builder() -> Builder<'static, 'static> {
    static PREFIX: OnceLock<String> = OnceLock::new();
    let prefix = PREFIX.get_or_init(|| {
        let place = place().unwrap_or_else(|| "0".repeat(PLACE));
        format!("{START}{place}-{}-", std::process::id())
    });
    let mut builder = Builder::new();
    builder.prefix(prefix.as_str());
    builder
}

/// Whether something may bear this name because this program made it.
#[must_use]
pub fn is_temporary(name: &str) -> bool {
    maker(name).is_some()
}

/// Takes away what killed runs left in a folder. What cannot be taken away stays: it harms nobody.
pub fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let stale = name.to_str().is_some_and(|n| is_stale(n, &entry));
        match entry.file_type() {
            Ok(kind) if stale && kind.is_dir() => sweep_folder(&entry.path(), folder),
            Ok(kind) if stale && kind.is_file() => {
                let _ = fs::remove_file(entry.path());
            }
            _ => {}
        }
    }
}

/// A run that was killed while one folder took the place of another left both here.
fn sweep_folder(left: &Path, folder: &Path) {
    for old in fs::read_dir(left.join("old"))
        .into_iter()
        .flatten()
        .flatten()
    {
        let home = folder.join(old.file_name());
        if fs::symlink_metadata(&home).is_err() && fs::rename(old.path(), &home).is_err() {
            return;
        }
    }
    let _ = fs::remove_dir_all(left);
}

fn is_stale(name: &str, entry: &fs::DirEntry) -> bool {
    let Some((of, process)) = maker(name) else {
        return false;
    };
    let here = place().is_some_and(|place| place == of);
    if here && process == std::process::id() {
        return false;
    }
    if here && !Path::new("/proc").join(process.to_string()).exists() {
        return true;
    }
    let changed = entry.metadata().and_then(|m| m.modified());
    changed.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > OLD))
}

/// Place and process of a temporary name.
fn maker(name: &str) -> Option<(&str, u32)> {
    let mut parts = name.strip_prefix(START)?.split('-');
    let (place, process, random) = (parts.next()?, parts.next()?, parts.next()?);
    let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    let whole = parts.next().is_none()
        && place.len() == PLACE
        && place.chars().all(is_hex)
        && random.len() == 6
        && random.chars().all(|c| c.is_ascii_alphanumeric());
    process.parse().ok().filter(|_| whole).map(|p| (place, p))
}

/// Where numbers of processes are those that `/proc` shows; `None` where that cannot be told.
fn place() -> Option<String> {
    let start = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let processes = fs::read_link("/proc/self/ns/pid").ok()?;
    let both = format!("{} {}", start.trim(), processes.display());
    let mut place = hex(&Sha256::digest(both));
    place.truncate(PLACE);
    Some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_program_are_temporary() {
        let own = file_in(&std::env::temp_dir()).expect("a file");
        let name = own.path().file_name().and_then(|n| n.to_str());
        assert!(is_temporary(name.expect("a name")));
        for other in [
            ".brownout-notes",
            ".brownout-abcdef",
            ".brownout-0123456x-12-abcdef",
            ".brownout-01234567-12-abcdef-x",
            ".brownout-01234567-x-abcdef",
            "brownout-01234567-12-abcdef",
        ] {
            assert!(!is_temporary(other), "{other}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_killed_runs_left_goes_and_what_they_moved_comes_back() {
        let dir = tempfile::tempdir().expect("a folder");
        let at = |name: &str| dir.path().join(name);
        // No process has a number above 2^22.
        let gone = format!("{START}{}-4194999-", place().expect("a place"));
        let live = format!("{START}{}-1-aaaaaa", place().expect("a place"));
        let write = |name: &str| {
            let path = at(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, name).expect("written");
        };
        write(&format!("{gone}aaaaaa"));
        write(&format!("{gone}bbbbbb/new/report.txt"));
        write(&format!("{gone}bbbbbb/old/lost/report.txt"));
        write(&format!("{gone}cccccc/old/there/report.txt"));
        write("there/report.txt");
        write(&live);
        write(".brownout-mine");
        write(".brownout-ffffffff-4194999-aaaaaa");
        sweep(dir.path());
        let mut left: Vec<String> = fs::read_dir(dir.path())
            .expect("there")
            .map(|e| e.expect("an entry").file_name().to_string_lossy().into())
            .collect();
        left.sort();
        let mut kept = [
            ".brownout-ffffffff-4194999-aaaaaa",
            ".brownout-mine",
            &live,
            "lost",
            "there",
        ];
        kept.sort_unstable();
        assert_eq!(left, kept);
        let text = |name: &str| fs::read_to_string(at(name)).expect("there");
        assert_eq!(text("there/report.txt"), "there/report.txt");
        assert!(text("lost/report.txt").ends_with("old/lost/report.txt"));
    }
}
