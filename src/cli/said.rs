//! Files that this program may have written: their bytes, and what those that are JSON say of themselves.

use crate::analysis::montecarlo::Shard;
use crate::input::read_regular;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::path::Path;

/// The program writes no larger files.
const MOST_BYTES: u64 = 1 << 32;

/// What a JSON file says of itself.
#[derive(Deserialize)]
pub(super) struct Said {
    schema: Option<String>,
    pub(super) shard: Option<Shard>,
}

impl Said {
    /// What these bytes say, whatever else is in them.
    ///
    /// # Errors
    /// They are no JSON, or their schema is no text or their shard is none.
    pub(super) fn of(bytes: &[u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(bytes)
    }

    /// The schema that it says it keeps.
    pub(super) fn schema(&self) -> Option<&str> {
        self.schema.as_deref()
    }

    /// The same without its version, as `brownout/sweep`; empty if it has none.
    pub(super) fn kind(&self) -> Option<&str> {
        let schema = self.schema()?;
        Some(schema.rsplit_once('/').map_or("", |(kind, _)| kind))
    }
}

/// Reads a file that this program may have written; `what` says what it should be.
///
/// # Errors
/// The file cannot be read, is no regular file, or is larger than anything the program writes.
pub(super) fn read(path: &Path, what: &str) -> Result<Vec<u8>> {
    let shown = path.display();
    read_regular(path, MOST_BYTES).with_context(|| format!("cannot read {shown} as {what}"))
}
