//! What a command gives: data, warnings and how it ended, or why it has no answer.

use crate::input::Faults;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
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
pub(super) struct Answer {
    /// For stdout, without colour.
    pub(super) data: String,
    /// For stderr, one line each.
    pub(super) warnings: Vec<String>,
    /// How it ended.
    pub(super) exit: Exit,
}

impl Answer {
    /// Data and nothing else.
    pub(super) fn done(data: String) -> Self {
        Self {
            data,
            warnings: Vec::new(),
            exit: Exit::Done,
        }
    }
}

/// Why a command has no answer.
pub(super) enum Failure {
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
