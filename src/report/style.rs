//! Words, symbols and tables of the text reports. In: cells. Out: text of a given width, without
//! colour; [`paint`] puts colour on the status words, so that colour is never the only signal.

use crate::model::Status;
use crate::report::document::VerdictWord;
use anstyle::{AnsiColor, Style};
use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement, Table, Width};

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

/// How a column stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
    /// Words that never wrap: short ones only.
    Keep,
    /// Words of at most this many characters; longer ones wrap.
    Wrap(u16),
}

/// A table that fits `width` columns, with a final newline; empty without rows.
#[must_use]
pub fn table(header: &[(&str, Align)], rows: Vec<Vec<String>>, width: u16) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut table = Table::new();
    table
        .load_style(comfy_table::presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width)
        .set_header(header.iter().map(|(h, _)| h.to_uppercase()));
    let cell = |text: String| Cell::new_owned(text.replace(" %", GLUED));
    table.add_rows(rows.into_iter().map(|row| row.into_iter().map(cell)));
    for (i, (_, align)) in header.iter().enumerate() {
        let Some(column) = table.column_mut(i) else {
            continue;
        };
        column.set_padding((if i == 0 { 2 } else { 1 }, 1));
        match align {
            Align::Left => {}
            Align::Keep => {
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
            Align::Right => column.set_cell_alignment(CellAlignment::Right),
            Align::Wrap(most) => {
                column.set_constraint(ColumnConstraint::UpperBoundary(Width::Fixed(*most)));
            }
        }
    }
    let mut out = String::new();
    for line in table.lines() {
        out.push_str(&line.trim_end().replace(GLUED, " %"));
        out.push('\n');
    }
    out
}

/// A percent sign that stays with its number where lines are broken.
const GLUED: &str = "\u{a0}%";

/// Words in lines of at most `width` characters, each after `indent` spaces.
#[must_use]
pub fn wrap(text: &str, indent: usize, width: u16) -> String {
    let width = usize::from(width).saturating_sub(indent).max(20);
    let mut out = String::new();
    let mut line = String::new();
    for word in text
        .replace(" %", GLUED)
        .split(' ')
        .filter(|w| !w.is_empty())
    {
        let long = line.chars().count() + 1 + word.chars().count() > width;
        if long && !line.is_empty() {
            push_line(&mut out, indent, &line);
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        push_line(&mut out, indent, &line);
    }
    out
}

fn push_line(out: &mut String, indent: usize, line: &str) {
    out.push_str(&" ".repeat(indent));
    out.push_str(&line.replace(GLUED, " %"));
    out.push('\n');
}
