//! Tables beside those of an inventory. In: the names of the CSV files of a folder, or of the sheets of a workbook. Out: a
//! warning that names those which are not read. Promises: of a folder only what is called nearly like one of its tables is
//! named, for load profiles and other people's files may stand there too.

use crate::input::Diagnostic;
use crate::input::books::file_of;
use crate::input::grid::FILES;
use crate::input::source::{Files, shown};
use std::path::Path;

/// Tables that are named.
const NAMED: usize = 8;

/// Warns of the tables that are not read.
pub(super) fn unread(files: &dyn Files, folder: &Path) -> Option<Diagnostic> {
    let names = files.tables(folder);
    let is_book = folder
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("xlsx"));
    let is_lost = |name: &&String| {
        if is_book {
            let file = file_of(name);
            file != "inventory.toml" && !FILES.contains(&&*file)
        } else {
            is_lost_file(name, &names, |file| files.exists(&folder.join(file)))
        }
    };
    let lost: Vec<&str> = names.iter().filter(is_lost).map(String::as_str).collect();
    if lost.is_empty() {
        return None;
    }
    let sort = if is_book { "sheet" } else { "file" };
    let more = match lost.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let which = lost[..lost.len().min(NAMED)].join("`, `");
    let path = shown(folder);
    let message = match lost.len() {
        1 => format!("`{path}` has a {sort} that is not read: `{which}`"),
        _ => format!("`{path}` has {sort}s that are not read: `{which}`{more}"),
    };
    let help = format!("tables are called {}", FILES.join(", ").replace(".csv", ""));
    Some(Diagnostic::warning(message).help(help))
}

/// Whether a file of a folder is called nearly like a table and is none.
fn is_lost_file(name: &str, names: &[String], exists: impl Fn(&str) -> bool) -> bool {
    let near = |file: &&&str| singular(name) == singular(file);
    FILES.iter().find(near).is_some_and(|&file| {
        // Where `Links.csv` is found as `links.csv` as well, there is one file and it is read.
        let of_two_cases = name.eq_ignore_ascii_case(file) && !names.iter().any(|n| n == file);
        name != file && !(of_two_cases && exists(file))
    })
}

/// The letters of the name of a table, without its ending and without what makes it many: `Links (2).csv` is `link`.
fn singular(name: &str) -> String {
    let stem = name.get(..name.len().saturating_sub(".csv".len()));
    let letters = stem.unwrap_or(name).chars().filter(|c| c.is_alphabetic());
    let letters: String = letters.flat_map(char::to_lowercase).collect();
    let letters = letters.trim_end_matches("copy");
    match letters.strip_suffix("ies") {
        Some(start) => format!("{start}y"),
        None => letters.trim_end_matches('s').to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Texts;

    fn said(names: &[&str]) -> Option<String> {
        let texts = names.iter().map(|n| (format!("estate/{n}"), Vec::new()));
        let texts = Texts(texts.collect());
        unread(&texts, Path::new("estate")).map(|w| w.message().to_owned())
    }

    #[test]
    fn files_that_are_called_nearly_like_a_table_are_named() {
        let read = ["components.csv", "links.csv", "common_cause.csv"];
        let other = ["load.csv", "service-load.csv", "Notes.txt", "x/Links.csv"];
        assert_eq!(said(&[&read[..], &other].concat()), None);
        let lost = "`estate` has files that are not read: `component.csv`, `components (2).csv`, `dependency.csv`";
        let near = ["component.csv", "components (2).csv", "dependency.csv"];
        assert_eq!(said(&[&read[..], &near].concat()).as_deref(), Some(lost));
        for near in [
            "common-cause.csv",
            "placement.csv",
            "Flow.CSV",
            "links - Copy.csv",
        ] {
            let lost = format!("`estate` has a file that is not read: `{near}`");
            assert_eq!(said(&[near]), Some(lost));
        }
    }
}
