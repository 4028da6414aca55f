//! What every result opens with: its schema, who wrote it, what was read, and what a reader should know first.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Version of the schemas of results: raised when a field changes its meaning, so that no program takes
/// an old result for a new one.
pub const SCHEMA_VERSION: u32 = 2;

/// The name of the schema of a command's result, such as `brownout/whatif/2`.
#[must_use]
pub fn schema_name(command: &str) -> String {
    format!("brownout/{command}/{SCHEMA_VERSION}")
}

/// What every result opens with.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Head {
    /// `brownout/<command>/<version>`, see [`schema_name`].
    pub schema: String,
    /// Who wrote it.
    pub tool: Tool,
    /// Every file that was read, sorted by path.
    pub inputs: Vec<Input>,
    /// What a reader should know before trusting the rest.
    pub warnings: Vec<String>,
}

/// Name and version of the program.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct Tool {
    /// `brownout`.
    pub name: String,
    /// Semantic version.
    pub version: String,
}

/// One file that was read.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq, PartialOrd, Ord)]
pub struct Input {
    /// As reached from the command line, with `/` between folders.
    pub path: String,
    /// SHA-256 of its bytes, lower-case hexadecimal.
    pub sha256: String,
    /// Data rows, for CSV files.
    pub rows: Option<u64>,
}
