//! The document of `verify`.

use super::Head;
use super::diff::Diff;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Result of `verify`: whether a recorded assessment still comes out the same.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Verify {
    /// Schema, tool, inputs (the recorded result), warnings.
    #[serde(flatten)]
    pub head: Head,
    /// Whether everything is the same: inputs, result, files of the report.
    pub same: bool,
    /// Whether every recorded input is as it was.
    pub inputs_same: bool,
    /// Whether the folder holds the files of this report, as they should be, and nothing else; `null`
    /// when a single file was verified.
    pub report_same: Option<bool>,
    /// The recorded command.
    pub command: Vec<String>,
    /// Version of the tool that wrote the result.
    pub recorded_version: String,
    /// Every recorded input.
    pub input_checks: Vec<InputCheck>,
    /// Whether the command was run again.
    pub ran: bool,
    /// Why it was not.
    pub reason: Option<String>,
    /// Whether the result is the same, byte for byte; `null` when the command was not run again.
    pub result_same: Option<bool>,
    /// What the command comes to now, against what is recorded: verdict, policies, services. `null`
    /// when the result is the same or the command was not run again.
    pub changes: Option<Box<Diff>>,
    /// The first fields that differ.
    pub differences: Vec<Difference>,
    /// How many fields differ beyond those.
    pub differences_more: u64,
    /// Every file of the report, and everything else in its folder; empty when a single file was
    /// verified.
    pub files: Vec<FileCheck>,
}

impl Verify {
    /// Whether nothing differs of what was looked at, and the command was not run again to say more.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.ran && self.inputs_same && self.report_same != Some(false)
    }
}

/// A recorded input and what is there now.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct InputCheck {
    /// As recorded, or as the command names it now.
    pub path: String,
    /// SHA-256 as recorded; empty where the command reads it now and did not read it then.
    pub recorded: String,
    /// SHA-256 of what is there now; `null` when it cannot be read.
    pub found: Option<String>,
    /// Whether it is the same.
    pub same: bool,
}

/// A field that differs.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct Difference {
    /// Where: `policies[0].breaches[2].delivered`.
    pub field: String,
    /// What was recorded, shortened; `null` where nothing was.
    pub recorded: Option<String>,
    /// What comes out now, shortened; `null` where nothing does.
    pub now: Option<String>,
}

/// A file of the report, or something else in its folder.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct FileCheck {
    /// Its name in the folder.
    pub name: String,
    /// What is there.
    pub state: FileState,
    /// Whether it has the digest that the list of the report gives it; `null` where there is no list,
    /// or nothing of it in the list.
    pub as_written: Option<bool>,
}

/// What stands where a file of a report should be.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum FileState {
    /// The file that the recorded result renders to.
    Same,
    /// Another file.
    Changed,
    /// Nothing.
    Missing,
    /// Something that is no regular file: a link, a folder, a pipe, a device. It is not read.
    Special,
    /// Something that this report does not have: a file of somebody else, or of another report.
    Foreign,
}

impl FileState {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Changed => "changed",
            Self::Missing => "missing",
            Self::Special => "special",
            Self::Foreign => "foreign",
        }
    }
}
