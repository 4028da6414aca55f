//! The document of `parts`.

use super::Head;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Result of `parts`: which parts of a divided run are done.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Parts {
    /// Schema, tool, inputs (the parts that can be read), warnings.
    #[serde(flatten)]
    pub head: Head,
    /// The command whose run it is: `simulate`, `sweep` or `assess`.
    pub run: String,
    /// How many parts the run has.
    pub count: u64,
    /// How many of them are done.
    pub done: u64,
    /// Every part that there is a file of or that is missing, in order; at most so many missing ones as are
    /// listed.
    pub parts: Vec<PartOfRun>,
    /// How many parts are missing beyond those.
    pub more: u64,
    /// Files that are no part of this run.
    pub others: Vec<OtherFile>,
}

/// A part of a run.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct PartOfRun {
    /// As `--shard` names it: `3/8`.
    pub part: String,
    /// How far it is.
    pub state: PartState,
    /// Its file, if there is one.
    pub file: Option<String>,
    /// What makes it, or goes on with it; `null` where it is done, or nothing is known of the command.
    pub command: Option<String>,
}

/// How far a part is.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum PartState {
    /// All of it is done.
    Done,
    /// It was ended early.
    EndedEarly,
    /// There is no file of it.
    Missing,
}

impl PartState {
    /// The words users read.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::EndedEarly => "ended early",
            Self::Missing => "missing",
        }
    }
}

/// A file that is no part of a run, or cannot be used as one.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct OtherFile {
    /// Its name.
    pub file: String,
    /// What is wrong with it.
    pub why: OtherWhy,
    /// The same in words.
    pub words: String,
}

/// What is wrong with a file.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum OtherWhy {
    /// It cannot be read.
    Unreadable,
    /// It is cut, or no part at all.
    Torn,
    /// It is not as it was written.
    Altered,
    /// It is of another run.
    OtherRun,
    /// It is a checkpoint of a whole run.
    Whole,
    /// Its part is there already.
    Twice,
}
