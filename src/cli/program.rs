//! The program. In: the arguments of this process. Out: what its command answers, on the two streams, and the
//! exit code.

use super::answer::{Exit, Failure};
use super::command_line::{Command, command, parse};
use super::interrupt;
use super::output::Terminal;
use super::{
    assess, check, completions, diff, explain, explore, generate, glossary, import, init, join,
    load, maintenance, man, merge, overlay, parts, plan, report, schema, simulate, sweep, verify,
    whatif,
};
use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the program with the arguments of this process.
#[must_use]
pub fn main() -> ExitCode {
    ExitCode::from(run(std::env::args_os()) as u8)
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
        Command::Verify(args) => verify::run(args, command(), &terminal),
        Command::Explain(args) => explain::run(args, &terminal),
        Command::Explore(args) => explore::run(args),
        Command::Diff(args) => diff::run(args, &terminal),
        Command::Completions(args) => Ok(completions::run(args, command())),
        Command::Glossary(args) => glossary::run(args, &terminal),
        Command::Load(args) => load::run(args, &terminal),
        Command::Schema(args) => schema::run(args),
        Command::Man(args) => man::run(args, command()),
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
