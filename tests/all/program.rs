//! The program, run as its users run it.

use std::path::Path;
use std::process::Command;

/// Runs it in a folder: exit code, stdout, stderr.
pub fn run(folder: impl AsRef<Path>, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_brownout"));
    let output = command.current_dir(folder).args(args).output();
    let output = output.expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    let code = output.status.code().expect("it ends by itself");
    (code, text(output.stdout), text(output.stderr))
}
