//! Files that are written whole or not at all.

use anyhow::{Context, Result};
use std::fs;
use std::io::Write;
use std::path::Path;
use tempfile::NamedTempFile;

/// Writes files into a folder, which is made if need be. Everything is on disk under temporary
/// names before the first file gets its own. Names are fixed by the program, never taken from ids.
///
/// # Errors
/// The folder cannot be made, or a file cannot be written or renamed.
pub(super) fn write_all(folder: &Path, files: &[(&str, &[u8])]) -> Result<()> {
    fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let mut ready = Vec::new();
    for (name, bytes) in files {
        let path = folder.join(name);
        let write = || -> std::io::Result<NamedTempFile> {
            let mut file = tempfile::Builder::new()
                .prefix(".brownout-")
                .permissions_as_usual()
                .tempfile_in(folder)?;
            file.write_all(bytes)?;
            file.as_file().sync_all()?;
            Ok(file)
        };
        let file = write().with_context(|| format!("cannot write {}", path.display()))?;
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
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let write = || -> std::io::Result<()> {
        let mut file = tempfile::Builder::new()
            .prefix(".brownout-")
            .permissions_as_usual()
            .tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(folder.join(name))?;
        Ok(())
    };
    write().with_context(|| format!("cannot write {shown}"))
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
