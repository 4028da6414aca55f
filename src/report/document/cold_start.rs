//! What could not be started from dark, in a result.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What works in a state and could not be started in it if everything had stopped.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct ColdStart {
    /// Ids of all of it, sorted.
    #[serde(default)]
    pub cold_start: Vec<String>,
    /// The loops that it hangs on: those that wait for no other first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub cold_start_loops: Vec<ColdLoop>,
}

/// Nodes each of which waits for another of them.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct ColdLoop {
    /// Ids, sorted.
    pub members: Vec<String>,
    /// The shortest way round: each waits for the next, the last is the first.
    pub way: Vec<String>,
    /// Ids of all others that cannot start before them, sorted.
    pub waiting: Vec<String>,
    /// Each of these alone breaks the loop when it is removed or made soft; that was tried.
    pub breaks: Vec<Hold>,
    /// Where none does alone: these do together.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub together: Vec<Hold>,
    /// How many dependencies of a large loop were not tried.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub untried: u64,
}

/// What makes a member of a loop wait.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct Hold {
    /// Id of who waits.
    pub consumer: String,
    /// Ids of whom it waits for, sorted.
    pub providers: Vec<String>,
    /// `dependency`, `group` or `within`.
    pub relation: String,
    /// Name of the group, if it has one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub group: Option<String>,
    /// Of a group: how many must work.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub need: Option<u64>,
    /// File and line, as `dependencies.csv:12`; of a group that of its first row.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub place: Option<String>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference"
)]
fn is_zero(n: &u64) -> bool {
    *n == 0
}
