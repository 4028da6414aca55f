//! The lines of the first screen: what they are made of, and how many are shown. In: words, ids and statuses. Out:
//! lines that a renderer only puts marks around. Promises: what a list leaves out is counted in a line of its own.

use crate::model::{Status, short};
use crate::report::ids::shown_of;
use crate::report::number::{count, counted};
use crate::report::shape::ENTRIES;

/// Characters of an id.
pub const ID: usize = 40;
/// Outages, remedies and load cases that are shown; a text that shows all of it has no such limit.
pub(super) const MOST_SHOWN: usize = 4;
/// Causes that are shown.
const CAUSES: usize = 6;
/// Services that are named for each, and other ids in a row, where that is all of them.
const NAMED: usize = 12;

/// Where warnings are on a page that shows them.
const BELOW: &str = ", further below";

/// A part of a line.
#[derive(Clone, Debug, PartialEq)]
pub enum Span {
    /// Words of ours, and text from users that is no id.
    Text(String),
    /// An id.
    Id(String),
    /// A status, with its symbol.
    Status(Status),
    /// What must not be overlooked.
    Strong(String),
}

/// One line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line(pub Vec<Span>);

/// Lines that answer one question.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// The question in a word.
    pub label: &'static str,
    /// The answer; never empty.
    pub lines: Vec<Line>,
}

/// How much is shown.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    /// Causes.
    pub(super) causes: usize,
    /// Outages, remedies and load cases.
    pub(super) lines: usize,
    /// Ids in a row.
    pub(super) ids: usize,
    /// Where the rest is.
    pub(super) rest: &'static str,
    /// Where warnings are.
    pub(super) warnings: &'static str,
}

impl Extent {
    /// What fits on a screen; the rest is where it is said to be.
    #[must_use]
    pub fn first_screen(rest: &'static str) -> Self {
        Self {
            causes: CAUSES,
            lines: MOST_SHOWN,
            ids: NAMED,
            rest,
            warnings: BELOW,
        }
    }

    /// All of it, as far as a text shows all.
    #[must_use]
    pub fn all() -> Self {
        Self {
            causes: ENTRIES,
            lines: ENTRIES,
            ids: NAMED,
            rest: "; `--format json` has all",
            warnings: BELOW,
        }
    }

    /// The same where warnings are with the rest, and not further below.
    #[must_use]
    pub fn with_warnings_there(self) -> Self {
        Self {
            warnings: self.rest,
            ..self
        }
    }
}

impl Line {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self::default().text(text)
    }

    pub(super) fn text(mut self, text: impl Into<String>) -> Self {
        self.0.push(Span::Text(text.into()));
        self
    }

    pub(super) fn strong(mut self, text: impl Into<String>) -> Self {
        self.0.push(Span::Strong(text.into()));
        self
    }

    pub(super) fn id(mut self, id: &str) -> Self {
        self.0.push(Span::Id(id.to_owned()));
        self
    }

    pub(super) fn status(mut self, status: Status) -> Self {
        self.0.push(Span::Status(status));
        self
    }

    /// `a, b and c`; of more than so many only the first few, `a, b and 3 more`.
    pub(super) fn ids<'i>(self, all: impl IntoIterator<Item = &'i str>, most: usize) -> Self {
        let all: Vec<&str> = all.into_iter().collect();
        let most = shown_of(all.len(), most);
        self.row(all, most, ", ", " and ")
    }

    /// `a + b`, or `a + b + 3 more`.
    pub(super) fn contingency(self, all: &[String], most: usize) -> Self {
        self.row(all.iter().map(String::as_str), most, " + ", " + ")
    }

    fn row<'i>(
        mut self,
        all: impl IntoIterator<Item = &'i str>,
        most: usize,
        between: &str,
        last: &str,
    ) -> Self {
        let all: Vec<&str> = all.into_iter().collect();
        let shown = all.len().min(most);
        for (at, id) in all[..shown].iter().enumerate() {
            self = match at {
                0 => self,
                _ if at + 1 == all.len() => self.text(last),
                _ => self.text(between),
            };
            self = self.id(id);
        }
        match all.len() - shown {
            0 => self,
            more => self.text(format!("{last}{} more", count(more as u64))),
        }
    }
}

/// A line for each of a list, as far as they are shown, and the count of the rest.
pub(super) fn listed<T>(
    all: &[T],
    noun: &str,
    extent: Extent,
    line: impl Fn(&T) -> Line,
) -> Vec<Line> {
    let mut lines: Vec<Line> = all.iter().take(extent.lines).map(line).collect();
    lines.extend(more(all.len().saturating_sub(extent.lines), noun, extent));
    lines
}

/// The line that counts what a list leaves out.
pub(super) fn more(hidden: usize, noun: &str, extent: Extent) -> Option<Line> {
    let said = counted(hidden as u64, &format!("more {noun}"));
    (hidden > 0).then(|| Line::new(format!("… and {said}{}", extent.rest)))
}

/// A sentence that stands as a line: without its full stop.
pub(super) fn sentence(text: &str) -> Line {
    Line::new(text.trim_end_matches('.'))
}

pub(super) fn case(name: &str) -> String {
    short(name, 40)
}
