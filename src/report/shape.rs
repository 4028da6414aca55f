//! The shape of a text: how wide it is, how much of each list it shows, the line above a part and the line that
//! says what a list leaves out. In: counts and titles. Out: lines of text.

use super::number::{count, counted};
use super::style::wrap;

/// Rows of a table.
pub(in crate::report) const ROWS: usize = 40;
/// Rows of a table and lines of a list where all parts of a result are shown: an estate may have thousands of services,
/// each at several load cases. Tables as CSV and the result have the rest.
pub(in crate::report) const ENTRIES: usize = 50;

/// How wide a text is, and how much of each list it shows.
#[derive(Clone, Copy, Debug)]
pub(in crate::report) struct Shape {
    /// Columns.
    pub(in crate::report) width: u16,
    /// Whether every part of a result is shown, with [`ENTRIES`] of each list; else a first look.
    pub(in crate::report) in_full: bool,
}

impl Shape {
    /// How many of a list are shown where so many are enough for a first look.
    pub(in crate::report) fn most(self, few: usize) -> usize {
        if self.in_full { ENTRIES } else { few }
    }
}

impl From<u16> for Shape {
    fn from(width: u16) -> Self {
        Self {
            width,
            in_full: false,
        }
    }
}

/// The line that says what a cut list leaves out, and where all of it is.
pub(in crate::report) fn more(hidden: usize, noun: &str, instead: &str) -> String {
    match (hidden as u64, instead) {
        (0, _) => String::new(),
        (n, "") => format!("  … and {}\n", counted(n, &format!("more {noun}"))),
        (n, instead) => format!("  … and {} more; {instead}\n", counted(n, noun)),
    }
}

/// The line that says how many lines a list at an indent leaves out.
pub(in crate::report) fn and_more(hidden: u64, indent: usize) -> String {
    match hidden {
        0 => String::new(),
        n => format!("{}… and {} more\n", " ".repeat(indent), count(n)),
    }
}

/// Opens a section: a blank line and its title.
pub(in crate::report) fn heading(title: &str, width: u16) -> String {
    format!("\n{}", wrap(title, 0, width))
}
