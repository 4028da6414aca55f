//! Faults and warnings with their places. In: what a reader noticed. Out: text for people, the way
//! rustc shows it, and one plain line for reports.

use crate::model::visible;
use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};
use std::collections::HashSet;
use std::fmt::{self, Write};
use std::ops::Range;
use std::sync::Arc;

/// Faults shown in full; the rest are counted by file.
const SHOWN: usize = 50;
/// Sorts of faults of which the first is shown in any case.
const SORTS: usize = 200;
/// Characters of one message, at most: an id may be a megabyte long.
const MESSAGE: usize = 2000;
/// Bytes of one input line that are shown around a fault.
const LINE_WINDOW: usize = 160;

/// A file as it was read.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// As reached from the command line, `/` between folders.
    pub path: String,
    /// Its text; bytes that are no UTF-8 stand as U+FFFD.
    pub text: String,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Nothing can be computed.
    Error,
    /// Legal, but worth a look.
    Warning,
    /// How something was understood that may be written in several ways.
    Note,
}

/// Where something stands.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    source: Arc<Source>,
    /// Bytes of the source's text.
    span: Range<usize>,
}

/// One fault or warning with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    severity: Severity,
    message: String,
    place: Option<Place>,
    label: String,
    help: Option<String>,
    /// It is shown after what stands at its place, and has none of its own to show.
    follows: bool,
    /// Its place is named, and the text there is not shown.
    withheld: bool,
}

impl Diagnostic {
    /// A fault: `message` says what is wrong, in one sentence without a full stop.
    #[must_use]
    pub fn error(message: impl Into<String>) -> Self {
        Self::new(Severity::Error, message.into())
    }

    /// A warning.
    #[must_use]
    pub fn warning(message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, message.into())
    }

    /// A note: how something was understood.
    #[must_use]
    pub fn note(message: impl Into<String>) -> Self {
        Self::new(Severity::Note, message.into())
    }

    fn new(severity: Severity, message: String) -> Self {
        Self {
            severity,
            message: clipped(message),
            place: None,
            label: String::new(),
            help: None,
            follows: false,
            withheld: false,
        }
    }

    /// Puts it at a span of bytes of a source; a span outside it is clamped.
    #[must_use]
    pub fn at(mut self, source: &Arc<Source>, span: Range<usize>) -> Self {
        let text = &source.text;
        let floor = |mut at: usize| {
            at = at.min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = floor(span.start);
        self.place = Some(Place {
            source: Arc::clone(source),
            span: start..floor(span.end.max(start)).max(start),
        });
        self
    }

    /// Tells it after another one, which it speaks of; it has no place of its own.
    #[must_use]
    pub fn after(mut self, other: &Self) -> Self {
        self.place.clone_from(&other.place);
        self.follows = true;
        self
    }

    /// Names its place without showing the text there, which may be a secret.
    #[must_use]
    pub fn without_text(mut self) -> Self {
        self.withheld = true;
        self
    }

    /// The file that it is of, empty if of none.
    fn path(&self) -> &str {
        self.place.as_ref().map_or("", |p| p.source.path.as_str())
    }

    /// What is the same of faults of one sort: the file, and the message without what it quotes and counts.
    fn sort(&self) -> (&str, String) {
        let words = self.message.split('`').step_by(2);
        let plain = words.flat_map(str::chars).filter(|c| !c.is_ascii_digit());
        (self.path(), plain.collect())
    }

    /// A few words beside the underlined text.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = clipped(label.into());
        self
    }

    /// What to write instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(clipped(help.into()));
        self
    }

    /// How bad it is.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// What is wrong.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Path, line and column (1-based, in characters), if it has a place.
    #[must_use]
    pub fn place(&self) -> Option<(&str, usize, usize)> {
        let place = self.place.as_ref().filter(|_| !self.follows)?;
        let before = &place.source.text[..place.span.start];
        let line = before.bytes().filter(|&b| b == b'\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        Some((
            &place.source.path,
            line,
            before[start..].chars().count() + 1,
        ))
    }

    /// One line without colour: `dependencies.csv:12:3: what is wrong; what to write instead`.
    #[must_use]
    pub fn line(&self) -> String {
        let note = match self.severity {
            Severity::Note => "note: ",
            Severity::Error | Severity::Warning => "",
        };
        let mut line = match self.place() {
            Some((path, line, column)) => format!("{path}:{line}:{column}: {note}{}", self.message),
            None => format!("{note}{}", self.message),
        };
        if let Some(help) = &self.help {
            line.push_str("; ");
            line.push_str(help);
        }
        visible(&line)
    }

    /// The way rustc shows it, without a final newline.
    #[must_use]
    pub fn render(&self, colour: bool, width: usize) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let message = visible(&self.message);
        let label = visible(&self.label);
        let help = self.help.as_deref().map(visible);
        let title = level.primary_title(&message);
        let cut = self.place.as_ref().map(cut_line);
        let mut group = match (&self.place, &cut, self.place()) {
            (Some(_), _, Some((path, number, column))) if self.withheld => {
                title.element(Origin::path(path).line(number).char_column(column))
            }
            (Some(place), Some((line, span)), Some((_, number, _))) => title.element(
                Snippet::source(line.as_str())
                    .line_start(number)
                    .path(place.source.path.as_str())
                    .annotation(
                        AnnotationKind::Primary
                            .span(span.clone())
                            .label(label.as_str()),
                    ),
            ),
            _ => annotate_snippets::Group::with_title(title),
        };
        if let Some(help) = &help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        let renderer = if colour {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        renderer.term_width(width).render(&[group])
    }
}

/// The line of a place, cut to a window, and the span inside it (never empty).
fn cut_line(place: &Place) -> (String, Range<usize>) {
    let text = &place.source.text;
    let start = text[..place.span.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[start..].find('\n').map_or(text.len(), |at| start + at);
    // What ends a line in files from Windows is no part of it.
    let end = start + text[start..end].trim_end_matches('\r').len();
    let end = end.max(place.span.start);
    let boundary = |mut at: usize| {
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let from = boundary(start.max(place.span.start.saturating_sub(LINE_WINDOW / 2)));
    let to = boundary(end.min(place.span.start + LINE_WINDOW));
    let before = visible(&text[from..place.span.start]);
    let inside = visible(&text[place.span.start..place.span.end.clamp(place.span.start, to)]);
    let after = visible(&text[place.span.end.clamp(place.span.start, to)..to]);
    let next = after.chars().next().map_or(1, char::len_utf8);
    let length = if inside.is_empty() {
        next
    } else {
        inside.len()
    };
    let span = before.len()..before.len() + length;
    let mut line = before + &inside + &after;
    if line.len() < span.end {
        line.push(' ');
    }
    (line, span)
}

/// A text that is not longer than anybody would read.
fn clipped(mut text: String) -> String {
    if let Some((at, _)) = text.char_indices().nth(MESSAGE) {
        text.truncate(at);
        text.push('…');
    }
    text
}

/// Every reason why something could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    all: Vec<Diagnostic>,
}

impl Faults {
    /// None so far.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One more.
    pub fn push(&mut self, fault: Diagnostic) {
        self.all.push(fault);
    }

    /// All of somebody else's.
    pub fn extend(&mut self, others: Self) {
        self.all.extend(others.all);
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Puts them in the order of their files and places; those without a place come first.
    pub fn sort(&mut self) {
        let key = |d: &Diagnostic| {
            let place = d.place.as_ref();
            place.map(|p| (Arc::clone(&p.source), p.span.start))
        };
        self.all.sort_by(|x, y| match (key(x), key(y)) {
            (Some(x), Some(y)) => (&x.0.path, x.1).cmp(&(&y.0.path, y.1)),
            (x, y) => x.is_some().cmp(&y.is_some()),
        });
    }

    /// Which of them are shown: the first of every sort, so that what is not shown is like something that
    /// is, then others as they come, until they are fifty.
    fn shown(&self) -> Vec<bool> {
        let mut sorts = HashSet::new();
        let all = self.all.iter();
        let mut shown: Vec<bool> = all
            .map(|d| sorts.len() < SORTS && sorts.insert(d.sort()))
            .collect();
        let mut left = SHOWN.saturating_sub(sorts.len());
        for shown in shown.iter_mut().filter(|shown| !**shown) {
            if left == 0 {
                break;
            }
            left -= 1;
            *shown = true;
        }
        shown
    }

    /// Each of them, in the order they were found.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.all.iter()
    }

    /// The same, none of which shows the text at its place.
    #[must_use]
    pub fn without_text(self) -> Self {
        Self {
            all: self.all.into_iter().map(Diagnostic::without_text).collect(),
        }
    }

    /// `value` if there are no faults.
    ///
    /// # Errors
    /// The faults, if there are any.
    pub fn or<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() {
            Ok(value)
        } else {
            Err(self)
        }
    }

    /// All faults, rustc-style; ends with a count. ANSI colour only if asked for. Fifty are shown in full,
    /// among them the first of every sort, the others counted.
    #[must_use]
    pub fn render(&self, colour: bool, width: usize) -> String {
        let mut out = String::new();
        let shown = self.shown();
        for (fault, _) in self.all.iter().zip(&shown).filter(|(_, shown)| **shown) {
            out.push_str(&fault.render(colour, width));
            out.push_str("\n\n");
        }
        let mut hidden: Vec<(&str, usize)> = Vec::new();
        for (fault, _) in self.all.iter().zip(&shown).filter(|(_, shown)| !**shown) {
            match hidden.iter_mut().find(|(known, _)| *known == fault.path()) {
                Some((_, count)) => *count += 1,
                None => hidden.push((fault.path(), 1)),
            }
        }
        for (path, count) in hidden {
            let place = if path.is_empty() { "elsewhere" } else { path };
            // Writing to a string cannot fail.
            let _ = writeln!(out, "… and {count} more of the same in {}", visible(place));
        }
        let n = self.all.len();
        let _ = writeln!(out, "{n} fault{} found", if n == 1 { "" } else { "s" });
        out
    }
}

impl From<Diagnostic> for Faults {
    fn from(fault: Diagnostic) -> Self {
        Self { all: vec![fault] }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false, 100))
    }
}

impl std::error::Error for Faults {}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, span: Range<usize>) -> String {
        let source = Arc::new(Source {
            path: "a.csv".to_owned(),
            text: text.to_owned(),
        });
        Diagnostic::error("x").at(&source, span).render(false, 80)
    }

    #[test]
    fn an_empty_place_is_shown_before_any_character() {
        assert!(at("\"c\"é", 3..3).contains("é"));
        assert!(at("", 0..0).contains('^'));
        assert!(at("ab\n", 9..12).contains("a.csv"));
    }

    #[test]
    fn the_first_of_every_sort_is_shown_and_the_others_are_counted() {
        let source = Arc::new(Source {
            path: "a.csv".to_owned(),
            text: "x".to_owned(),
        });
        let fault = |message: String| Diagnostic::error(message).at(&source, 0..1);
        let mut faults = Faults::new();
        (0..300).for_each(|i| faults.push(fault(format!("`-{i}` is negative"))));
        faults.push(fault("row 7: `b` is not known".to_owned()));
        let shown = faults.render(false, 80);
        assert_eq!(shown.matches("is negative").count(), SHOWN - 1);
        assert!(shown.contains("row 7: `b` is not known"), "{shown}");
        assert!(
            shown.contains("… and 251 more of the same in a.csv"),
            "{shown}"
        );
        assert!(shown.contains("301 faults found"), "{shown}");
    }

    #[test]
    fn what_ends_a_line_is_not_shown() {
        let shown = at("id,kind\r\na,server\r\n", 9..10);
        assert!(shown.contains("a,server\n"), "{shown}");
    }

    #[test]
    fn what_is_withheld_has_a_place_and_no_text() {
        let source = Arc::new(Source {
            path: "a.yaml".to_owned(),
            text: "name: x\npassword: hunter2\n".to_owned(),
        });
        let fault = Diagnostic::error("x").at(&source, 8..16).without_text();
        let shown = fault.render(false, 80);
        assert!(shown.contains("a.yaml:2:1"), "{shown}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn texts_from_files_cannot_steer_a_terminal() {
        let shown = at("a\u{1b}[31mred\u{202e}", 0..6);
        assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}'));
    }
}
