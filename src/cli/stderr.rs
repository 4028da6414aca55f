//! Lines on stderr, beside progress. In: text. Out: the text on stderr, with colour where that shows it; that
//! stderr is gone is no error.

use crate::model::visible;
use std::io::Write;

/// Something to know while work goes on.
pub(super) fn note(text: &str) {
    to_stderr(&format!("{}: {}\n", yellow("note"), visible(text)));
}

/// A word that warns.
pub(super) fn yellow(word: &str) -> String {
    let style = anstyle::AnsiColor::Yellow.on_default().bold();
    format!("{style}{word}{style:#}")
}

/// A word of what went wrong.
pub(super) fn red(word: &str) -> String {
    let style = anstyle::AnsiColor::Red.on_default().bold();
    format!("{style}{word}{style:#}")
}

/// Nobody can be told that stderr is gone.
pub(super) fn to_stderr(text: &str) {
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}
