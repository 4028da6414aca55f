//! The whole command line: every command with its arguments, and what all of them take. In: words. Out: what
//! they ask for.

use super::args::{Color, Common, Format};
use super::{
    assess, check, completions, diff, explain, explore, generate, glossary, import, init, join,
    load, maintenance, man, merge, overlay, parts, plan, report, schema, simulate, sweep, verify,
    whatif,
};
use clap::builder::styling::{AnsiColor, Styles};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use std::ffi::OsString;

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
  brownout help glossary                                 what the words of the reports mean

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

/// What the program can be asked.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Init(init::Args),
    Import(import::Args),
    Overlay(overlay::Args),
    Join(join::Args),
    Generate(generate::Args),
    Check(check::Args),
    Whatif(whatif::Args),
    Sweep(Box<sweep::Args>),
    Simulate(Box<simulate::Args>),
    Merge(Box<merge::Args>),
    Parts(parts::Args),
    Assess(Box<assess::Args>),
    Report(report::Args),
    Plan(plan::Args),
    Maintenance(maintenance::Args),
    Verify(verify::Args),
    Explain(explain::Args),
    Explore(explore::Args),
    Diff(diff::Args),
    Glossary(glossary::Args),
    Load(load::Args),
    Schema(schema::Args),
    Completions(completions::Args),
    Man(man::Args),
}

impl Command {
    /// Whether this command has a form for this format; known before anything is computed.
    pub(super) fn writes(&self, format: Format) -> bool {
        match format {
            Format::Text | Format::Json | Format::Csv => true,
            Format::Ics => matches!(self, Self::Maintenance(_)),
            Format::Markdown | Format::Html => {
                matches!(
                    self,
                    Self::Assess(_) | Self::Report(_) | Self::Diff(_) | Self::Merge(_)
                )
            }
        }
    }
}

/// The whole command line, for completions and man pages.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command()
}

/// What was typed, help in the colour that is asked for there.
///
/// # Errors
/// It is no command of this program, or asks for help.
pub(super) fn parse(args: Vec<OsString>) -> Result<Cli, clap::Error> {
    let mut command = Cli::command().color(Color::asked(&args));
    let matches = command.try_get_matches_from_mut(args)?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}
