//! Files that are written whole or not at all.

use crate::report::plot::{self, Figure};
use anyhow::{Context, Result, bail};
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use tempfile::NamedTempFile;

/// The program writes no larger files.
const MOST_BYTES: u64 = 1 << 32;

/// Writes files into a folder, which is made if need be, as are folders in their names. Everything is
/// on disk under temporary names before the first file gets its own. Names are fixed by the program,
/// never taken from ids.
///
/// # Errors
/// The folder cannot be made, or a file cannot be written or renamed.
pub(super) fn write_all(folder: &Path, files: &[(&str, &[u8])]) -> Result<()> {
    fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let mut ready = Vec::new();
    for (name, bytes) in files {
        let path = folder.join(name);
        let inside = path.parent().unwrap_or(folder);
        fs::create_dir_all(inside)
            .with_context(|| format!("cannot make the folder {}", inside.display()))?;
        let file =
            temporary(inside, bytes).with_context(|| format!("cannot write {}", path.display()))?;
        ready.push((file, path));
    }
    for (file, path) in ready {
        file.persist(&path)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// Writes one file, whole or not at all; its folder must be there.
///
/// # Errors
/// The path names no file, or it cannot be written.
pub(super) fn write_one(path: &Path, bytes: &[u8]) -> Result<()> {
    let shown = path.display();
    let name = path
        .file_name()
        .with_context(|| format!("{shown} names no file"))?;
    let folder = folder_of(path);
    let file = temporary(folder, bytes).with_context(|| format!("cannot write {shown}"))?;
    file.persist(folder.join(name))
        .with_context(|| format!("cannot write {shown}"))?;
    Ok(())
}

/// Whether a file can be written, to be asked before any work: [`write_one`] would find a folder that
/// is there and takes files, and nothing but a file in its place.
///
/// # Errors
/// Why it cannot.
pub(super) fn can_write(path: &Path) -> Result<()> {
    let shown = path.display();
    if path.is_dir() {
        bail!("cannot write {shown}: it is a folder; name a file");
    }
    if path.file_name().is_none() {
        bail!("{shown} names no file");
    }
    let folder = folder_of(path);
    if !folder.is_dir() {
        let folder = folder.display();
        bail!("cannot write {shown}: there is no folder {folder}; make it first");
    }
    takes_files(folder).with_context(|| format!("cannot write {shown}"))
}

/// Whether a folder can be written to, or made: likewise, before any work.
///
/// # Errors
/// Why it cannot.
pub(super) fn can_write_folder(folder: &Path) -> Result<()> {
    let shown = folder.display();
    let mut there = folder;
    while !there.exists() {
        there = folder_of(there);
    }
    if !there.is_dir() {
        let there = there.display();
        bail!("cannot write into {shown}: {there} is a file; name a folder");
    }
    takes_files(there).with_context(|| format!("cannot write into {shown}"))
}

/// The folder that a path is in.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn takes_files(folder: &Path) -> Result<()> {
    let trial = tempfile::Builder::new()
        .prefix(".brownout-")
        .tempfile_in(folder);
    match trial {
        Ok(_) => Ok(()),
        Err(e) => bail!("{} takes no files: {}", folder.display(), e.kind()),
    }
}

/// Whether a picture can be drawn to a file, by its ending.
///
/// # Errors
/// It is neither `.svg` nor `.png`.
pub(super) fn is_picture(path: &Path) -> Result<()> {
    if ["svg", "png"].contains(&ending(path).as_str()) {
        return Ok(());
    }
    let shown = path.display();
    bail!("`{shown}` is no picture that can be drawn: name a .svg or .png")
}

/// Draws a figure to a `.svg` or `.png`, whole or not at all.
///
/// # Errors
/// The file has another ending, or cannot be drawn or written.
pub(super) fn draw(path: &Path, figure: &impl Figure) -> Result<()> {
    is_picture(path)?;
    let bytes = match ending(path).as_str() {
        "svg" => plot::svg(figure).map(String::into_bytes),
        _ => plot::png(figure),
    };
    write_one(path, &bytes?)
}

fn ending(path: &Path) -> String {
    let ending = path.extension().and_then(|e| e.to_str());
    ending.unwrap_or_default().to_ascii_lowercase()
}

/// A file under a temporary name, all of it on disk.
fn temporary(folder: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let mut file = tempfile::Builder::new()
        .prefix(".brownout-")
        .permissions_as_usual()
        .tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Reads a file that this program may have written; `what` says what it should be.
///
/// # Errors
/// The file cannot be read, or it is larger than anything the program writes.
pub(super) fn read(path: &Path, what: &str) -> Result<Vec<u8>> {
    let shown = path.display();
    let size = fs::metadata(path)
        .with_context(|| format!("cannot read {shown}"))?
        .len();
    if size > MOST_BYTES {
        bail!("{shown} is too large to be {what}");
    }
    fs::read(path).with_context(|| format!("cannot read {shown}"))
}

/// Temporary files are private by default; reports are for others to read.
trait PermissionsAsUsual {
    fn permissions_as_usual(&mut self) -> &mut Self;
}

impl PermissionsAsUsual for tempfile::Builder<'_, '_> {
    #[cfg(unix)]
    fn permissions_as_usual(&mut self) -> &mut Self {
        use std::os::unix::fs::PermissionsExt;
        // The umask still takes its share.
        self.permissions(fs::Permissions::from_mode(0o666))
    }

    #[cfg(not(unix))]
    fn permissions_as_usual(&mut self) -> &mut Self {
        self
    }
}
