//! The command line. In: arguments. Out: data on stdout, progress and diagnostics on stderr, an exit
//! code. Promises: bad input writes nothing; a closed pipe is no error; one file a command.

mod args;
mod assess;
mod assessment;
mod bring;
mod check;
mod completions;
mod diff;
mod divided;
mod explain;
mod explore;
mod files;
mod folder;
mod generate;
mod glossary;
mod import;
mod init;
mod interrupt;
mod join;
mod load;
mod long;
mod maintenance;
mod man;
mod merge;
mod output;
mod overlay;
mod part;
mod parts;
mod pipeline;
mod plan;
mod progress;
mod report;
mod schema;
mod sealed;
mod sequential;
mod shard;
mod simulate;
mod sweep;
mod sweeping;
mod verify;
mod whatif;

use args::{Cli, Color, Format};
use clap::{CommandFactory, FromArgMatches, Subcommand};
use output::Terminal;
use std::ffi::OsString;
use std::process::ExitCode;

use crate::input::Faults;

/// What the program can be asked.
#[derive(Debug, Subcommand)]
enum Command {
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
    fn writes(&self, format: Format) -> bool {
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

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done, and every policy holds.
    Done = 0,
    /// A policy is breached.
    Breached = 1,
    /// Bad input or usage.
    Invalid = 2,
    /// The verdict is incomplete.
    Incomplete = 3,
}

/// What a command has to say.
pub(crate) struct Answer {
    /// For stdout, without colour.
    data: String,
    /// For stderr, one line each.
    warnings: Vec<String>,
    /// How it ended.
    exit: Exit,
}

impl Answer {
    /// Data and nothing else.
    fn done(data: String) -> Self {
        Self {
            data,
            warnings: Vec::new(),
            exit: Exit::Done,
        }
    }
}

/// Why a command has no answer.
pub(crate) enum Failure {
    /// The input is not valid.
    Faults(Faults),
    /// Something else: a file that cannot be written, a folder that is not empty.
    Other(anyhow::Error),
}

impl From<Faults> for Failure {
    fn from(faults: Faults) -> Self {
        Self::Faults(faults)
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Other(error)
    }
}

/// The day it is where the program runs.
fn today() -> jiff::civil::Date {
    jiff::Zoned::now().date()
}

/// Runs the program with the arguments of this process.
#[must_use]
pub fn main() -> ExitCode {
    ExitCode::from(run(std::env::args_os()) as u8)
}

/// The whole command line, for completions and man pages.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command()
}

fn parse(args: Vec<OsString>) -> Result<Cli, clap::Error> {
    let mut command = Cli::command().color(Color::asked(&args));
    let matches = command.try_get_matches_from_mut(args)?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

fn run(args: impl Iterator<Item = OsString>) -> Exit {
    let cli = match parse(args.collect()) {
        Ok(cli) => cli,
        Err(error) => {
            // A closed pipe is no error, here as elsewhere.
            let _ = error.print();
            return if error.use_stderr() {
                Exit::Invalid
            } else {
                Exit::Done
            };
        }
    };
    let format = cli.common.format;
    if !cli.command.writes(format) {
        let word = format.word();
        Terminal::error(&anyhow::anyhow!(
            "this command does not write {word}: `--format text`, `json` or `csv`"
        ));
        return Exit::Invalid;
    }
    interrupt::catch();
    let terminal = Terminal::new(&cli.common);
    if let Some(threads) = cli.common.threads {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(usize::from(threads));
        if let Err(error) = pool.build_global() {
            Terminal::error(&anyhow::anyhow!("cannot start {threads} threads: {error}"));
            return Exit::Invalid;
        }
    }
    let answer = match &cli.command {
        Command::Init(args) => init::run(args),
        Command::Import(args) => import::run(args),
        Command::Overlay(args) => overlay::run(args),
        Command::Join(args) => join::run(args),
        Command::Generate(args) => generate::run(args),
        Command::Check(args) => check::run(args, &terminal),
        Command::Whatif(args) => whatif::run(args, &terminal),
        Command::Sweep(args) => sweep::run(args, &terminal),
        Command::Simulate(args) => simulate::run(args, &terminal),
        Command::Merge(args) => merge::run(args, &terminal),
        Command::Parts(args) => parts::run(args, &terminal),
        Command::Assess(args) => assess::run(args, &terminal),
        Command::Report(args) => report::run(args, &terminal),
        Command::Plan(args) => plan::run(args, &terminal),
        Command::Maintenance(args) => maintenance::run(args, &terminal),
        Command::Verify(args) => verify::run(args, &terminal),
        Command::Explain(args) => explain::run(args, &terminal),
        Command::Explore(args) => explore::run(args),
        Command::Diff(args) => diff::run(args, &terminal),
        Command::Completions(args) => Ok(completions::run(args)),
        Command::Glossary(args) => glossary::run(args, &terminal),
        Command::Load(args) => load::run(args, &terminal),
        Command::Schema(args) => schema::run(args),
        Command::Man(args) => man::run(args),
    };
    if answer.is_err() {
        interrupt::give_way();
    }
    match answer {
        Ok(answer) => match terminal.answer(&answer) {
            Exit::Done | Exit::Breached if interrupt::is_asked() => Exit::Incomplete,
            exit => exit,
        },
        Err(Failure::Faults(faults)) => {
            terminal.faults(&faults);
            Exit::Invalid
        }
        Err(Failure::Other(error)) => {
            Terminal::error(&error);
            Exit::Invalid
        }
    }
}
