//! `man`: the manual page of the program or of one command.

use super::answer::{Answer, Failure};
use anyhow::{Context, anyhow};
use clap_mangen::Man;

/// Write a manual page (roff) to stdout
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  brownout man > brownout.1\n  brownout man assess | man -l -")]
pub(super) struct Args {
    /// A command; without one, the page of the whole program
    command: Option<String>,
}

/// `all` is the whole command line.
pub(super) fn run(args: &Args, mut all: clap::Command) -> Result<Answer, Failure> {
    all.build();
    let page = match &args.command {
        None => all,
        Some(name) => {
            let found = all.find_subcommand(name);
            let found = found.ok_or_else(|| anyhow!("there is no command `{name}`"))?;
            found.clone()
        }
    };
    let mut roff = Vec::new();
    Man::new(page)
        .render(&mut roff)
        .context("cannot write the page")?;
    Ok(Answer::done(String::from_utf8_lossy(&roff).into_owned()))
}
