//! The two streams. Data goes to stdout after everything was computed, in one piece unless it may be
//! too much to hold; faults, warnings and errors go to stderr. Colour, unless `--color` says otherwise,
//! only where the stream is a terminal and `NO_COLOR` is not set.

use super::answer::{Answer, Exit, Failure};
use super::args::{Common, Format};
use super::dangling::dangling_in;
use super::progress::Progress;
use super::stderr::{note, red, to_stderr, yellow};
use super::sweeping::Sweeping;
use crate::input::{Diagnostic, Faults, Loaded};
use crate::model::{Scenario, System, short, visible};
use crate::report;
use crate::report::document::{Head, Input};
use crate::report::naming;
use crate::report::style::paint;
use anyhow::{Context, anyhow};
use serde::Serialize;
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};

/// Columns of a report that goes to no terminal, unless `COLUMNS` says otherwise: the same bytes wherever
/// it goes.
const WIDTH: u16 = 100;
/// The most on a terminal: longer lines are hard to read.
const WIDEST: u16 = 120;
/// Below this a table falls apart.
const NARROWEST: u16 = 60;
/// Warnings shown on stderr; `check` shows more.
const WARNINGS: usize = 5;
/// Links that lead nowhere which are told after faults.
const LINKS: usize = 20;

/// Where and how a command answers.
pub(super) struct Terminal {
    format: Format,
    quiet: bool,
    width: u16,
}

impl Terminal {
    pub(super) fn new(common: &Common) -> Self {
        common.color.choice().write_global();
        let terminal = || {
            let is_one = io::stdout().is_terminal();
            terminal_size::terminal_size().filter(|_| is_one)
        };
        let columns = said_columns().or_else(|| terminal().map(|(w, _)| w.0));
        Self {
            format: common.format,
            quiet: common.quiet,
            width: columns.unwrap_or(WIDTH).clamp(NARROWEST, WIDEST),
        }
    }

    pub(super) fn format(&self) -> Format {
        self.format
    }

    /// Columns of a text.
    pub(super) fn width(&self) -> u16 {
        self.width
    }

    /// A watch over long work: progress on a terminal, Ctrl-C ends early.
    pub(super) fn progress(&self, what: &'static str) -> Progress {
        Progress::new(what, self.quiet)
    }

    /// The same over a sweep, which may take so many bytes of memory.
    pub(super) fn sweeping<'s>(
        &self,
        what: &'static str,
        of: (&'s System, &'s Scenario),
        most: Option<u64>,
    ) -> Sweeping<'s> {
        Sweeping::new(self.progress(what), self.quiet, of, most)
    }

    /// A document in the format that was asked for.
    pub(super) fn render<T: Serialize>(
        &self,
        document: &T,
        text: impl FnOnce(&T, u16) -> String,
        csv: impl FnOnce(&T) -> String,
    ) -> Result<String, Failure> {
        let word = self.format.word();
        let none = |_: &T| Err(anyhow!("this command does not write {word}"));
        self.render_more(document, text, csv, none, none)
    }

    /// A document that can also be a comment or a page, in the format that was asked for.
    pub(super) fn render_more<T: Serialize>(
        &self,
        document: &T,
        text: impl FnOnce(&T, u16) -> String,
        csv: impl FnOnce(&T) -> String,
        markdown: impl FnOnce(&T) -> anyhow::Result<String>,
        html: impl FnOnce(&T) -> anyhow::Result<String>,
    ) -> Result<String, Failure> {
        Ok(match self.format {
            Format::Text => text(document, self.width),
            Format::Csv => csv(document),
            Format::Json => json(document)?,
            Format::Markdown => markdown(document)?,
            Format::Html => html(document)?,
            Format::Ics => {
                return Err(anyhow!("this command does not write ics").into());
            }
        })
    }

    /// Writes data to stdout piece by piece, where there may be too much to hold. The answer's own
    /// data is then empty.
    pub(super) fn stream(
        &self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<String, Failure> {
        let mut stdout = io::BufWriter::new(anstream::stdout().lock());
        let written = write(&mut stdout).and_then(|()| stdout.flush());
        unless_closed(written)?;
        Ok(String::new())
    }

    /// Writes an answer; its exit code is the program's, also when the reader has gone.
    pub(super) fn answer(&self, answer: &Answer) -> Exit {
        let painted;
        let data = match self.format {
            Format::Text => {
                painted = paint(&answer.data);
                &painted
            }
            _ => &answer.data,
        };
        let mut stdout = anstream::stdout().lock();
        let written = stdout
            .write_all(data.as_bytes())
            .and_then(|()| stdout.flush());
        drop(stdout);
        // After the answer: on a terminal nothing stands before it.
        self.warn(&answer.warnings);
        match unless_closed(written) {
            Err(error) => {
                Self::error(&error);
                Exit::Invalid
            }
            Ok(()) => answer.exit,
        }
    }

    fn warn(&self, warnings: &[String]) {
        if self.quiet {
            return;
        }
        let mut out = String::new();
        for warning in warnings.iter().take(WARNINGS) {
            let _ = writeln!(out, "{}: {}", yellow("warning"), short(warning, 400));
        }
        if warnings.len() > WARNINGS {
            let hidden = warnings.len() - WARNINGS;
            let _ = writeln!(
                out,
                "… and {hidden} more; `brownout check` shows what it can"
            );
        }
        to_stderr(&out);
    }

    /// Every fault, with its place.
    pub(super) fn faults(&self, faults: &Faults) {
        to_stderr(&faults.render(true, usize::from(self.width)));
        let named = faults.iter().flat_map(|fault| dangling_in(&fault.line()));
        let mut links: Vec<String> = named.take(LINKS).collect();
        links.dedup();
        for link in links {
            note(&link);
        }
    }

    /// One error with its causes.
    pub(super) fn error(error: &anyhow::Error) {
        to_stderr(&format!(
            "{}: {}\n",
            red("error"),
            visible(&format!("{error:#}"))
        ));
    }
}

/// The width that the environment asks for.
fn said_columns() -> Option<u16> {
    let said = std::env::var("COLUMNS").ok()?;
    said.trim().parse().ok().filter(|&n| n > 0)
}

/// A reader of stdout that has gone is no error.
fn unless_closed(written: io::Result<()>) -> anyhow::Result<()> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(anyhow::Error::new(error).context("cannot write to stdout"))
        }
        _ => Ok(()),
    }
}

/// A document as JSON, with a final newline.
pub(super) fn json<T: Serialize>(document: &T) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    write_json(document, &mut bytes).context("cannot write JSON")?;
    Ok(String::from_utf8(bytes).context("JSON is text")?)
}

/// The same, written as it is made, to somewhere.
pub(super) fn write_json<T: Serialize>(document: &T, to: &mut dyn Write) -> io::Result<()> {
    report::json::write(document, to)
}

/// What a document of a command opens with.
pub(super) fn head(command: &str, loaded: &Loaded) -> Head {
    naming::head(
        command,
        loaded
            .inputs
            .iter()
            .map(|i| Input {
                path: i.path.clone(),
                sha256: i.sha256.clone(),
                rows: i.rows,
            })
            .collect(),
        warning_lines(loaded),
    )
}

/// Warnings about inputs, one line each.
pub(super) fn warning_lines(loaded: &Loaded) -> Vec<String> {
    loaded.warnings.iter().map(Diagnostic::line).collect()
}
