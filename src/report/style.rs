//! Words and symbols of the text reports, without colour; [`paint`] puts colour on the status words, so
//! that colour is never the only signal.

use crate::model::Status;
use crate::report::document::VerdictWord;
use anstyle::{AnsiColor, Style};

pub use super::layout::{columns, wrap};

/// Symbol and word of a status: `▲ degraded`.
#[must_use]
pub fn status(status: Status) -> String {
    let symbol = match status {
        Status::Ok => "✓",
        Status::AtRisk => "!",
        Status::Degraded => "▲",
        Status::Down => "✗",
    };
    format!("{symbol} {}", status.word())
}

/// Symbol and word of a verdict, in capitals.
#[must_use]
pub fn verdict(word: VerdictWord) -> &'static str {
    match word {
        VerdictWord::Holds => "✓ HOLDS",
        VerdictWord::Breached => "✗ BREACHED",
        VerdictWord::Incomplete => "? INCOMPLETE",
    }
}

/// Colours every status and verdict word that follows its symbol.
#[must_use]
pub fn paint(text: &str) -> String {
    let colour = |c: AnsiColor| Style::new().fg_color(Some(c.into()));
    let words = [
        ("✗ down", colour(AnsiColor::Red).bold()),
        ("✗ BREACHED", colour(AnsiColor::Red).bold()),
        ("✗ breached", colour(AnsiColor::Red).bold()),
        ("✗ stopped", colour(AnsiColor::Red)),
        ("✗ failed", colour(AnsiColor::Red).bold()),
        ("▲ degraded", colour(AnsiColor::Yellow).bold()),
        ("? INCOMPLETE", colour(AnsiColor::Yellow).bold()),
        ("? not judged", colour(AnsiColor::Yellow).bold()),
        ("! at-risk", colour(AnsiColor::Magenta)),
        ("✓ ok", colour(AnsiColor::Green)),
        ("✓ HOLDS", colour(AnsiColor::Green).bold()),
        ("✓ holds", colour(AnsiColor::Green)),
    ];
    let mut text = text.to_owned();
    for (word, style) in words {
        text = text.replace(word, &format!("{style}{word}{style:#}"));
    }
    text
}
