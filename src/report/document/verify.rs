//! The document of `verify`.

use super::Head;
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
    /// The first fields that differ.
    pub differences: Vec<Difference>,
    /// How many fields differ beyond those.
    pub differences_more: u64,
    /// Every other file of the report; empty when a single file was verified.
    pub files: Vec<FileCheck>,
}

/// A recorded input and what is there now.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct InputCheck {
    /// As recorded.
    pub path: String,
    /// SHA-256 as recorded.
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

/// A file of the report.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct FileCheck {
    /// Its name in the folder.
    pub name: String,
    /// Whether it is as the result renders now; `null` when it is not there.
    pub same: Option<bool>,
}
