//! Files that this program may have written: their bytes, and what those that are JSON say of themselves.

use super::dangling::dangling;
use crate::analysis::montecarlo::Shard;
use crate::input::read_regular;
use crate::model::short;
use anyhow::{Context, Result, anyhow, bail};
use serde::Deserialize;
use std::path::{Path, PathBuf};

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
    let bytes = match dangling(path) {
        Some(link) => Err(anyhow!("it is {link}")),
        None => read_regular(path, MOST_BYTES).map_err(Into::into),
    };
    bytes.with_context(|| format!("cannot read {shown} as {what}"))
}

/// Whether bytes are the result of an assessment that somebody interrupted; false of what is no result.
pub(super) fn was_interrupted(result: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Result {
        verdict: Verdict,
    }
    #[derive(Deserialize)]
    struct Verdict {
        #[serde(default)]
        interrupted: bool,
    }
    serde_json::from_slice::<Result>(result).is_ok_and(|said| said.verdict.interrupted)
}

/// What bytes are that are no result of an assessment; `None` if they are one.
pub(super) fn no_assessment(bytes: &[u8]) -> Option<String> {
    let said = Said::of(bytes).ok();
    let is_one = said.as_ref().and_then(Said::schema) == Some("brownout/assess/2");
    (!is_one).then(|| what_it_is(bytes))
}

/// What bytes are that are not what they should be: `it is no JSON, or was cut`, `its schema is brownout/sweep/2`.
pub(super) fn what_it_is(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "it is empty".to_owned();
    }
    match serde_json::from_slice::<Said>(bytes) {
        Err(_) => "it is no JSON of brownout, or it was cut".to_owned(),
        Ok(said) => match said.schema() {
            Some(schema) => format!("its schema is {}", short(schema, 60)),
            None => "it is JSON with no schema, and all JSON of brownout has one".to_owned(),
        },
    }
}

/// The result that a path names: the file, or the result in the folder of a report.
///
/// # Errors
/// It names a folder that holds no result.
pub(super) fn result_at(path: &Path) -> Result<PathBuf> {
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    let file = path.join("result.json");
    if file.symlink_metadata().is_err() {
        bail!(
            "{} holds no report: there is no result.json in it; name the folder that `assess -o` wrote, or the file \
             of `assess --format json`",
            path.display()
        );
    }
    Ok(file)
}
