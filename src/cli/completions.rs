//! `completions`: a script for a shell.

use super::answer::Answer;
use clap_complete::Shell;

/// Write a completion script for a shell to stdout
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  brownout completions bash > ~/.local/share/bash-completion/completions/brownout"
)]
pub(super) struct Args {
    /// The shell
    shell: Shell,
}

/// `all` is the whole command line.
pub(super) fn run(args: &Args, mut all: clap::Command) -> Answer {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut all, "brownout", &mut script);
    Answer::done(String::from_utf8_lossy(&script).into_owned())
}
