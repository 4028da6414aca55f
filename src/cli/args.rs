//! Arguments that several commands share.

use crate::analysis::MOST_LISTED;
use crate::input::{Disk, Files, Overrides, scenario_in};
use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Taken by every command.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct Common {
    /// How the data on stdout is written
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "FORMAT"
    )]
    pub(super) format: Format,
    /// How many threads compute; the answer is the same for any number [default: one per core]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) threads: Option<u16>,
    /// No progress and no warnings on stderr
    #[arg(long, short, global = true)]
    pub(super) quiet: bool,
    /// Colour in the text: on a terminal unless `NO_COLOR` is set, always, or never
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub(super) color: Color,
}

/// When text has colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Also in files and pipes.
    Always,
    /// Nowhere.
    Never,
}

impl Color {
    /// The same for both streams.
    pub(super) fn choice(self) -> anstream::ColorChoice {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        }
    }

    /// The same for help and usage, which are written before arguments are read: the last that is
    /// asked for counts, a word that is none is refused later.
    pub(super) fn asked(args: &[std::ffi::OsString]) -> clap::ColorChoice {
        let mut asked = clap::ColorChoice::Auto;
        let words = args.iter().map(|a| a.to_str().unwrap_or_default());
        let after = args.iter().skip(1).map(|a| a.to_str().unwrap_or_default());
        for (word, next) in words.zip(after.chain([""])) {
            let said = word.strip_prefix("--color=");
            match said.or((word == "--color").then_some(next)) {
                Some("always") => asked = clap::ColorChoice::Always,
                Some("never") => asked = clap::ColorChoice::Never,
                Some("auto") => asked = clap::ColorChoice::Auto,
                _ => {}
            }
        }
        asked
    }
}

/// Forms of the data on stdout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    #[default]
    Text,
    /// One object with every field.
    Json,
    /// One table, safe for spreadsheets.
    Csv,
    /// A comment for a pull request (assess, report, diff).
    Markdown,
    /// A page for a browser (assess, report, diff).
    Html,
    /// A calendar (maintenance).
    Ics,
}

impl Format {
    /// The word users write.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Ics => "ics",
        }
    }
}

/// What is read.
#[derive(Clone, Debug, Args)]
pub(super) struct Source {
    /// An inventory folder, or a scenario file that names one; a folder with a scenario.toml stands for that
    #[arg(value_name = "INVENTORY|SCENARIO")]
    path: PathBuf,
}

impl Source {
    /// What is read: the scenario in a folder that holds one, whose known outages are how things are.
    pub(super) fn path(&self) -> PathBuf {
        scenario_of(&Disk, &self.path)
    }
}

/// The scenario in a folder that holds one; else the path itself.
pub(super) fn scenario_of(files: &dyn Files, path: &Path) -> PathBuf {
    scenario_in(files, path).unwrap_or_else(|| path.to_owned())
}

/// One state, as typed.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "State")]
pub(super) struct StateArgs {
    /// Components or links that have failed, on top of the scenario's known outages: ids or selectors, as
    /// `within=rack-1` or `"kind=ups site=ham1"`
    #[arg(long, value_name = "ID|SELECTOR", num_args = 1..)]
    down: Vec<String>,
    /// Capacity factors: `wan-2=0.5` halves the capacity, `kind=wan=0.5` that of all that a selector keeps
    #[arg(long, value_name = "ID|SELECTOR=FACTOR", num_args = 1..)]
    derate: Vec<String>,
    /// Demands that replace the load case's: `email=900`
    #[arg(long, value_name = "SERVICE=DEMAND", num_args = 1..)]
    demand: Vec<String>,
    /// Load case [default: the first of the scenario]
    #[arg(long, value_name = "CASE")]
    load: Option<String>,
    /// A named contingency of the scenario, in place on top of the known outages
    #[arg(long, value_name = "NAME")]
    contingency: Option<String>,
    /// The first minutes: what lost its host has not restarted anywhere
    #[arg(long)]
    no_restart: bool,
}

impl StateArgs {
    /// As overrides of a scenario.
    pub(super) fn overrides(&self) -> Overrides {
        Overrides {
            down: self.down.clone(),
            derate: self.derate.clone(),
            demand: self.demand.clone(),
            load: self.load.clone(),
            contingency: self.contingency.clone(),
            no_restart: self.no_restart,
            ..Overrides::default()
        }
    }

    /// The chosen load case of a scenario: the reader has refused a name that it lacks.
    pub(super) fn case(&self, scenario: &crate::model::Scenario) -> crate::model::CaseId {
        let named = |name: &String| scenario.cases.iter().position(|c| c.name == *name);
        let at = self.load.as_ref().and_then(named).unwrap_or(0);
        crate::model::CaseId(u32::try_from(at).unwrap_or(0))
    }
}

/// Limits of a sweep, as typed.
#[derive(Clone, Copy, Debug, Default, Args, Serialize, Deserialize)]
#[command(next_help_heading = "Limits")]
pub(super) struct LimitArgs {
    /// End before an order of which the sweep would take more memory, as `400MB` or `4GiB`: what is
    /// known by then is kept, the result says why it is incomplete, and the exit code is 3
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    pub(super) max_memory: Option<u64>,
    /// How many minimal sets to list per service and load case, or `all`; all are counted, and a
    /// table of minimal sets as CSV has all unless this is given
    #[arg(long, value_name = "N", value_parser = sets, allow_hyphen_values = true)]
    pub(super) sets: Option<usize>,
}

impl LimitArgs {
    /// The most minimal sets that a result lists.
    pub(super) fn listed(&self) -> usize {
        self.sets.unwrap_or(MOST_LISTED)
    }
}

/// A count or a seed.
pub(super) fn whole(text: &str) -> Result<u64, String> {
    text.trim()
        .parse()
        .map_err(|_| format!("write a whole number from 0 to {}", u64::MAX))
}

/// How many sets, from a number or the word `all`.
pub(super) fn sets(text: &str) -> Result<usize, String> {
    match text.trim() {
        "all" => Ok(usize::MAX),
        number => number
            .parse()
            .map_err(|_| "write a whole number of 0 or more, or all".to_owned()),
    }
}

/// Bytes from a number and a unit.
fn bytes(text: &str) -> Result<u64, String> {
    let advice = || "write a number and a unit, as 400MB or 4GiB".to_owned();
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.');
    let (number, unit) = text.split_at(digits.unwrap_or(text.len()));
    let number: f64 = number.parse().map_err(|_| advice())?;
    let unit = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kb" => 1e3,
        "m" | "mb" => 1e6,
        "g" | "gb" => 1e9,
        "t" | "tb" => 1e12,
        "kib" => 1024.0,
        "mib" => 1024f64.powi(2),
        "gib" => 1024f64.powi(3),
        "tib" => 1024f64.powi(4),
        _ => return Err(advice()),
    };
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it saturates, and has no sign"
    )]
    Ok((number * unit) as u64)
}

/// What a sweep covers, as typed.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Scope")]
pub(super) struct ScopeArgs {
    /// Highest order: 1 for N-1, 2 for N-2 … [default: the scenario's, or 1]
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=6))]
    pub(super) order: Option<u32>,
    /// Only these elements fail: selectors (`kind=server`, `site=fra1`, `under=email`: all that email
    /// needs) or ids
    #[arg(long, value_name = "SELECTOR", num_args = 1..)]
    pub(super) elements: Option<Vec<String>>,
    /// These elements do not fail: selectors or ids
    #[arg(long, value_name = "SELECTOR", num_args = 1..)]
    pub(super) exclude: Option<Vec<String>>,
}

impl ScopeArgs {
    /// As overrides of a scenario.
    pub(super) fn overrides(&self) -> Overrides {
        Overrides {
            order: self.order,
            elements: self.elements.clone(),
            exclude: self.exclude.clone(),
            ..Overrides::default()
        }
    }
}

/// The day it is where the program runs.
pub(super) fn today() -> jiff::civil::Date {
    jiff::Zoned::now().date()
}

#[cfg(test)]
mod tests {
    use super::{bytes, whole};

    #[test]
    fn seeds_are_whole_numbers() {
        assert_eq!(whole("18446744073709551615"), Ok(u64::MAX));
        for bad in ["-1", "18446744073709551616", "1.5", "", "ten"] {
            assert!(whole(bad).is_err_and(|e| e.contains("0 to 18446744073709551615")));
        }
    }

    #[test]
    fn sizes_have_units() {
        assert_eq!(bytes("400MB"), Ok(400_000_000));
        assert_eq!(bytes(" 1.5 GiB"), Ok(3 << 29));
        assert_eq!(bytes("4096"), Ok(4096));
        for wrong in ["", "MB", "4 apples", "-1MB", "1e3", "nan", "1.2.3k"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }
}
