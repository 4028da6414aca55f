//! Arguments that several commands share.

use super::Command;
use crate::input::Overrides;
use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, ValueEnum};
use std::path::PathBuf;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const AFTER: &str = "\
Examples:
  brownout init estate                                   a small estate to start from
  brownout assess estate/scenario.toml                   the main job: verdict, who is harmed, why
  brownout whatif estate/inventory --down app-1          one state
  brownout sweep estate/scenario.toml --order 2          every single and double failure
  brownout explain estate/scenario.toml shop             why a service has the status it has

Exit codes:
  0  done, and every policy holds
  1  a policy is breached
  2  bad input or usage; nothing was written
  3  the verdict is incomplete: interrupted, or something could not be computed";

/// Which services become at-risk, degraded or down when things fail, at the load that is coming?
///
/// brownout answers from files, offline: an inventory folder (CSV) describes what there is and what
/// needs what; a scenario (TOML) says which loads are coming and which policies must hold.
#[derive(Debug, Parser)]
#[command(name = "brownout", version, about, styles = STYLES, max_term_width = 100)]
#[command(propagate_version = true, arg_required_else_help = true, after_help = AFTER, after_long_help = AFTER)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
    #[command(flatten)]
    pub(super) common: Common,
}

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
        }
    }
}

/// What is read.
#[derive(Clone, Debug, Args)]
pub(super) struct Source {
    /// An inventory folder, or a scenario file that names one
    #[arg(value_name = "INVENTORY|SCENARIO")]
    pub(super) path: PathBuf,
}

/// One state, as typed.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "State")]
pub(super) struct StateArgs {
    /// Components or links that have failed, on top of the scenario's known outages
    #[arg(long, value_name = "ID", num_args = 1..)]
    down: Vec<String>,
    /// Capacity factors: `wan-2=0.5` halves the capacity
    #[arg(long, value_name = "ID=FACTOR", num_args = 1..)]
    derate: Vec<String>,
    /// Demands that replace the load case's: `email=900`
    #[arg(long, value_name = "SERVICE=DEMAND", num_args = 1..)]
    demand: Vec<String>,
    /// Load case [default: the first of the scenario]
    #[arg(long, value_name = "CASE")]
    load: Option<String>,
}

impl StateArgs {
    /// As overrides of a scenario.
    pub(super) fn overrides(&self) -> Overrides {
        Overrides {
            down: self.down.clone(),
            derate: self.derate.clone(),
            demand: self.demand.clone(),
            load: self.load.clone(),
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

/// What a sweep covers, as typed.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Scope")]
pub(super) struct ScopeArgs {
    /// Highest order: 1 for N-1, 2 for N-2 … [default: the scenario's, or 1]
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=6))]
    order: Option<u32>,
    /// Only these elements fail: selectors (`kind=server`, `site=fra1`) or ids
    #[arg(long, value_name = "SELECTOR", num_args = 1..)]
    elements: Option<Vec<String>>,
    /// These elements do not fail: selectors or ids
    #[arg(long, value_name = "SELECTOR", num_args = 1..)]
    exclude: Option<Vec<String>>,
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
