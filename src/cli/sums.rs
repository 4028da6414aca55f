//! The list of a report's files with their digests, by which a folder is known to be a report. In: paths. Out:
//! what a list says, and the report that a path is in.

use super::said;
use crate::report::folder::SUMS;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// Names of a report's files, and their digests.
pub(super) type Sums = BTreeMap<String, String>;

/// What the list of a report says; `None` where there is none.
pub(super) fn sums(folder: &Path) -> Option<Sums> {
    let path = folder.join(SUMS);
    if !fs::symlink_metadata(&path).is_ok_and(|m| m.is_file()) {
        return None;
    }
    let text = String::from_utf8(said::read(&path, "a list of digests").ok()?).ok()?;
    let pair = |line: &str| {
        let (digest, name) = line.split_once("  ")?;
        Some((name.to_owned(), digest.to_owned()))
    };
    let sums: Sums = text.lines().map(pair).collect::<Option<_>>()?;
    let is_report = ["report.html", "result.json"].map(|n| sums.contains_key(n));
    (is_report == [true; 2]).then_some(sums)
}

/// The report that a file or folder would be in, at any depth.
pub(super) fn report_around(inside: &Path) -> Option<PathBuf> {
    let inside = std::path::absolute(inside).ok()?;
    let above = real(&inside);
    let mut above = above.ancestors().skip(1);
    above.find(|f| sums(f).is_some()).map(Path::to_owned)
}

/// Where an absolute path leads that may not be there in full: links and `..` are followed as far as it is there, as
/// the system does, and by the letter from there on.
fn real(path: &Path) -> PathBuf {
    let there = path
        .ancestors()
        .find_map(|above| Some((above, fs::canonicalize(above).ok()?)));
    let Some((above, mut real)) = there else {
        return path.to_owned();
    };
    let rest = path.strip_prefix(above).unwrap_or(Path::new(""));
    for part in rest.components() {
        match part {
            Component::ParentDir => drop(real.pop()),
            part => real.push(part),
        }
    }
    real
}
