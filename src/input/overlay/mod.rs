//! Overlays: what a source does not know, said by selectors. In: an inventory's folder and overlay files
//! (TOML or CSV). Out: the inventory with every rule applied in order, a later one winning, and how often
//! each was used. Promises: the tables change in no other way; what a rule sets is checked where it is
//! written; a rule that matches nothing is a warning.

mod apply;
mod folder;
mod rules;

pub use folder::{Folder, inventory_files};

use super::grid::Grids;
use super::placed::Placed;
use super::source::{Opened, Reader, shown};
use super::{Assumption, Diagnostic, Disk, Faults, Files, Source};
use crate::model::{hex, short};
use rules::Rule;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why what a rule set cannot be scaled.
const FIXED: &str = "an overlay sets it: change it there";

/// The planning defaults of this program.
const PLANNING: &str = include_str!("planning.toml");
/// What they are called in places.
pub const PLANNING_NAME: &str = "planning defaults";

/// An overlay file, read.
pub struct Overlay {
    rules: Vec<Rule>,
    /// Whether its figures are the program's own.
    planning: bool,
}

impl Overlay {
    /// Reads an overlay: CSV if it starts with a header, else TOML.
    pub fn read(source: &Arc<Source>, faults: &mut Faults) -> Self {
        let csv = Path::new(&source.path)
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("csv"));
        let rules = if csv {
            rules::of_csv(source, faults)
        } else {
            rules::of_toml(source, faults)
        };
        Self {
            rules,
            planning: false,
        }
    }

    /// The planning defaults.
    #[must_use]
    pub fn planning() -> Self {
        let source = Arc::new(Source {
            path: PLANNING_NAME.to_owned(),
            text: PLANNING.to_owned(),
        });
        // A test reads them: they have no faults.
        let rules = rules::of_toml(&source, &mut Faults::new());
        Self {
            rules,
            planning: true,
        }
    }
}

/// What a rule did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// What it set, and on what: `capacity = 400 for kind=server role=web`.
    pub what: String,
    /// Where the figure comes from, and where the rule stands.
    pub source: String,
    /// On how many nodes.
    pub count: u64,
    /// Whether it is a planning default for how often something fails.
    pub planning: bool,
}

impl Use {
    /// The entry of the ledger.
    #[must_use]
    pub fn assumption(&self) -> Assumption {
        Assumption {
            what: self.what.clone(),
            source: self.source.clone(),
            count: self.count,
            parameter: Err(FIXED),
        }
    }

    /// The entry that inventory.toml keeps of it.
    #[must_use]
    pub fn toml(&self) -> String {
        let text = |t: &str| toml::Value::String(t.to_owned()).to_string();
        let planning = if self.planning {
            "planning = true\n"
        } else {
            ""
        };
        format!(
            "\n[[overlaid]]\nwhat = {}\nsource = {}\ncount = {}\n{planning}",
            text(&self.what),
            text(&self.source),
            self.count
        )
    }
}

/// What became of an inventory.
#[derive(Default)]
pub struct Overlaid {
    /// The tables, changed.
    pub grids: Grids,
    /// What each rule did, in order.
    pub uses: Vec<Use>,
    /// Ids that are known outages, and why.
    pub down: Vec<(Placed<String>, String)>,
    /// What matched nothing, or everything.
    pub warnings: Vec<Diagnostic>,
}

/// Applies overlays to the inventory of a folder. `None` if its tables cannot be read as they stand.
pub fn apply(
    files: &dyn Files,
    folder: &Path,
    overlays: &[Overlay],
    faults: &mut Faults,
) -> Option<Overlaid> {
    // What is read here is read again by whoever builds the system.
    let mut reader = Reader::new(files);
    let grids = Grids::read(&mut reader, folder)?;
    Some(apply::apply(grids, overlays, faults))
}

/// Reads overlay files.
pub fn read(reader: &mut Reader, paths: &[Placed<PathBuf>], faults: &mut Faults) -> Vec<Overlay> {
    let mut overlays = Vec::new();
    for placed in paths {
        let path = &placed.value;
        match reader.open(path, faults) {
            Opened::Whole(source) => overlays.push(Overlay::read(&source, faults)),
            Opened::Missing => {
                let message = format!("there is no overlay `{}`", short(&shown(path), 200));
                faults.push(
                    placed
                        .error(message)
                        .help("write the path of a TOML or CSV file"),
                );
            }
            Opened::Invalid(_) | Opened::Unreadable => {}
        }
    }
    overlays
}

/// Reads overlay files from the disk.
pub fn overlays_of(paths: &[PathBuf], faults: &mut Faults) -> Vec<Overlay> {
    let typed = |path: &PathBuf| Placed::typed("overlay", &shown(path)).with(path.clone());
    let paths: Vec<Placed<PathBuf>> = paths.iter().map(typed).collect();
    read(&mut Reader::new(&Disk), &paths, faults)
}

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
}
