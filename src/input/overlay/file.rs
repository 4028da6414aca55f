//! Overlay files → their rules. In: TOML or CSV, or the planning defaults of this program. Out: an [`Overlay`],
//! and every fault of its rules where it stands.

use super::rules::{self, Rule};
use crate::input::placed::Placed;
use crate::input::source::{Opened, Reader, shown};
use crate::input::{Disk, Faults, Source};
use crate::model::short;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The planning defaults of this program.
const PLANNING: &str = include_str!("planning.toml");

/// What they are called in places.
const PLANNING_NAME: &str = "planning defaults";

/// An overlay file, read.
pub struct Overlay {
    pub(super) rules: Vec<Rule>,
    /// Whether its figures are the program's own.
    pub(super) planning: bool,
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
