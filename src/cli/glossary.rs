//! `glossary`: what the words of the reports mean.

use super::answer::{Answer, Failure};
use super::args::Format;
use super::output::{Terminal, json};
use crate::report::glossary::{self, WORDS};
use crate::report::tables;

/// What the words of the reports mean
#[derive(Debug, clap::Args)]
#[command(long_about = glossary::paragraphs())]
pub(super) struct Args {}

pub(super) fn run(_: &Args, terminal: &Terminal) -> Result<Answer, Failure> {
    let data = match terminal.format() {
        Format::Json => json(&WORDS)?,
        Format::Csv => tables::glossary().csv(),
        _ => glossary::text(terminal.width()),
    };
    Ok(Answer::done(data))
}
