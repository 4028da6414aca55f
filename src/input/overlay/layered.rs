//! An inventory's folder with the changed tables in place of its own. In: files, and texts by name. Out: files
//! again, so that whoever reads the inventory notices nothing.

use crate::input::Files;
use crate::input::source::shown;
use crate::model::hex;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// Files of which some in one folder are replaced by texts.
pub struct Layered<'f> {
    files: &'f dyn Files,
    texts: BTreeMap<PathBuf, Vec<u8>>,
}

impl<'f> Layered<'f> {
    /// Puts texts over the files of a folder.
    pub fn new(
        files: &'f dyn Files,
        folder: &Path,
        texts: impl Iterator<Item = (&'static str, String)>,
    ) -> Self {
        let texts = texts.map(|(name, text)| (folder.join(name), text.into_bytes()));
        Self {
            files,
            texts: texts.collect(),
        }
    }

    /// Whether a text stands at this path.
    pub fn stands_over(&self, path: &str) -> bool {
        self.texts.contains_key(Path::new(path))
    }

    /// The digest of the file that a text stands over, as `path` and lower-case hexadecimal.
    pub fn digests(&self) -> impl Iterator<Item = (String, String)> {
        self.texts.keys().filter_map(|path| {
            let bytes = self.files.read(path).ok()?;
            Some((shown(path), hex(&Sha256::digest(&bytes))))
        })
    }
}

impl Files for Layered<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.texts.get(path) {
            Some(text) => Ok(text.clone()),
            None => self.files.read(path),
        }
    }

    fn is_folder(&self, path: &Path) -> bool {
        self.files.is_folder(path)
    }

    fn exists(&self, path: &Path) -> bool {
        self.texts.contains_key(path) || self.files.exists(path)
    }

    fn tidy(&self, path: &Path) -> PathBuf {
        self.files.tidy(path)
    }

    fn tables(&self, folder: &Path) -> Vec<String> {
        self.files.tables(folder)
    }
}
