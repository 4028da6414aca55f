//! A value and where it was written, so that whoever finds fault with it can point at it.

use super::diagnostic::{Diagnostic, Source};
use std::ops::Range;
use std::sync::Arc;

/// Stands where a file's path would stand.
const COMMAND_LINE: &str = "command line";

/// A value with its place: a TOML file or the command line.
#[derive(Clone, Debug)]
pub struct Placed<T> {
    /// What was read there.
    pub value: T,
    source: Arc<Source>,
    span: Range<usize>,
}

/// Where the lines of a source end.
#[derive(Debug, Default)]
pub struct Lines(Vec<usize>);

impl Lines {
    /// Looks once through a source.
    pub fn of(source: &Source) -> Self {
        Self(source.text.match_indices('\n').map(|(at, _)| at).collect())
    }
}

impl<T> Placed<T> {
    /// Puts a value at a span of bytes of a source.
    pub fn new(value: T, source: &Arc<Source>, span: Range<usize>) -> Self {
        Self {
            value,
            source: Arc::clone(source),
            span,
        }
    }

    /// A fault that points at it.
    #[must_use]
    pub fn error(&self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(message).at(&self.source, self.span.clone())
    }

    /// A warning that points at it.
    #[must_use]
    pub fn warning(&self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::warning(message).at(&self.source, self.span.clone())
    }

    /// The byte at which it starts in its source.
    #[must_use]
    pub fn start(&self) -> usize {
        self.span.start
    }

    /// Lets a diagnostic point at it.
    #[must_use]
    pub fn point(&self, diagnostic: Diagnostic) -> Diagnostic {
        diagnostic.at(&self.source, self.span.clone())
    }

    /// File name and line, as `inventory.toml:4`.
    #[must_use]
    pub fn file_and_line(&self) -> String {
        self.line_in(&Lines::of(&self.source))
    }

    /// The same, from the lines of its source.
    pub fn line_in(&self, lines: &Lines) -> String {
        let path = &self.source.path;
        let name = path.rsplit('/').next().unwrap_or(path);
        let line = lines.0.partition_point(|&end| end < self.span.start) + 1;
        format!("{name}:{line}")
    }

    /// Whether it stands on the command line.
    #[must_use]
    pub fn is_typed(&self) -> bool {
        self.source.path == COMMAND_LINE
    }

    /// Another value at the same place.
    pub fn with<U>(&self, value: U) -> Placed<U> {
        Placed::new(value, &self.source, self.span.clone())
    }
}

impl Placed<String> {
    /// An option of the command line and its argument, as if they stood in a file.
    #[must_use]
    pub fn typed(option: &str, argument: &str) -> Self {
        let text = format!("{option} {argument}");
        let span = option.len() + 1..text.len();
        let source = Arc::new(Source {
            path: COMMAND_LINE.to_owned(),
            text,
        });
        Self::new(argument.to_owned(), &source, span)
    }

    /// A part of the text, given by its bytes. Exact for the command line, the whole text
    /// otherwise: TOML strings may hold escapes.
    #[must_use]
    pub fn part(&self, range: Range<usize>) -> Self {
        let value = self.value.get(range.clone()).unwrap_or_default().to_owned();
        let whole = self.source.text.get(self.span.clone());
        let start = match whole {
            Some(whole) if whole == self.value => Some(0),
            Some(whole) if whole.get(1..whole.len().saturating_sub(1)) == Some(&self.value) => {
                Some(1)
            }
            _ => None,
        };
        let span = start.map_or(self.span.clone(), |skip| {
            self.span.start + skip + range.start..self.span.start + skip + range.end
        });
        Self::new(value, &self.source, span)
    }
}
