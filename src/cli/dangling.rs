//! Symbolic links that lead nowhere. In: paths. Out: what to say of them. Promises: says nothing of a path that is
//! there, or that is no link.

use crate::model::visible;
use std::fs;
use std::path::Path;

/// Where the symbolic link leads that a path is, if nothing is there: `a symbolic link to ../x, which is not there`.
pub(super) fn dangling(path: &Path) -> Option<String> {
    let is_link = fs::symlink_metadata(path).is_ok_and(|m| m.is_symlink());
    if !is_link || fs::metadata(path).is_ok() {
        return None;
    }
    let to = fs::read_link(path).ok()?;
    let to = visible(&to.to_string_lossy());
    Some(format!("a symbolic link to {to}, which is not there"))
}

/// A line for each dangling link that a text names between backticks, as faults name files.
pub(super) fn dangling_in(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for name in text.split('`').skip(1).step_by(2) {
        let Some(what) = dangling(Path::new(name)) else {
            continue;
        };
        let line = format!("`{name}` is {what}: mend the link, or name what it should lead to");
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}
