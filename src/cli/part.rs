//! Parts of a simulation: what a shard or a checkpoint writes, and what is merged or resumed.
//!
//! A part carries everything its answer needs, so that merging needs no inventory; a fingerprint of
//! inputs and settings, so that nothing is put together that does not belong together; and a digest of
//! its own bytes, so that nothing is put together that is not as it was written.

use super::files::{self, Kind};
use super::said;
use super::sealed::{self, PartCommand};
use crate::analysis::montecarlo::{
    ASSUMED_REPAIR_HOURS, Frame, HistoryFrame, HistoryRecord, Horizon, Record, Shard,
};
use crate::input::Loaded;
use crate::model::hex;
use crate::report::document::{Estate, Head, SimulateResult};
use crate::report::naming::{Resolve, SimulateNames};
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::Path;

/// Version of the format.
pub(super) const SCHEMA: &str = "brownout/simulate-part/2";
pub(super) use super::sealed::BLANK;

/// A part of a run, or a run that is not finished.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Part {
    /// [`SCHEMA`].
    pub(super) schema: String,
    /// SHA-256 of the file with zeros in place of these digits: [`BLANK`] until it is written.
    pub(super) digest: String,
    /// Of everything that the numbers depend on.
    pub(super) fingerprint: String,
    /// Which part of the work this is; `null` for all of it.
    pub(super) shard: Option<Shard>,
    /// What makes this part; not known of parts that were made before it was kept.
    #[serde(default)]
    pub(super) command: Option<PartCommand>,
    /// What the merged result opens with.
    pub(super) head: Head,
    /// The inventory, in brief.
    pub(super) estate: Option<Estate>,
    /// Names for the numbers below.
    pub(super) names: SimulateNames,
    /// What was asked.
    pub(super) frame: Frame,
    /// What was found.
    pub(super) record: Record,
    /// Histories over a horizon, if they are asked for.
    pub(super) histories: Option<Histories>,
}

/// Histories of a part.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Histories {
    /// What was asked.
    pub(super) frame: HistoryFrame,
    /// What was found.
    pub(super) record: HistoryRecord,
}

/// SHA-256 of everything that the numbers of a run depend on.
pub(super) fn fingerprint(
    loaded: &Loaded,
    frame: &Frame,
    horizon: Option<&Horizon>,
) -> Result<String> {
    let mut frame = frame.clone();
    // Which part is done, and when to stop, change none of the trials.
    frame.settings.shard = None;
    let scenario = &loaded.scenario;
    let all = serde_json::to_string(&(
        env!("CARGO_PKG_VERSION"),
        loaded.inputs.iter().map(|i| &i.sha256).collect::<Vec<_>>(),
        (&scenario.down, &scenario.derate, scenario.headroom),
        (scenario.peak().map(|c| c.0), &scenario.sweep.elements),
        frame,
        horizon,
    ))
    .context("cannot write JSON")?;
    Ok(hex(&Sha256::digest(all.as_bytes())))
}

impl Part {
    /// Reads a part.
    ///
    /// # Errors
    /// The file cannot be read, is no part of this version, or is not as it was written.
    pub(super) fn read(path: &Path) -> Result<Self> {
        Self::parse(path, &said::read(path, "a part of a simulation")?)
    }

    /// The same from the bytes of the file.
    ///
    /// # Errors
    /// It is no part of this version, or is not as it was written.
    pub(super) fn parse(path: &Path, bytes: &[u8]) -> Result<Self> {
        let shown = path.display();
        let part: Self = serde_json::from_slice(bytes).with_context(|| {
            format!("{shown} is no part of a simulation, as --shard or --checkpoint write it")
        })?;
        if part.schema != SCHEMA {
            bail!("{shown} has the schema `{}`, not `{SCHEMA}`", part.schema);
        }
        if !sealed::is_as_written(bytes, &part.digest) {
            bail!("{shown} is not as it was written: it was changed or cut; make this part again");
        }
        let histories = part.histories.as_ref();
        let fits = histories.is_none_or(|h| h.frame.fits(&h.record, part.shard));
        if part.shard != part.frame.settings.shard || !part.frame.fits(&part.record) || !fits {
            bail!("{shown} contradicts itself: it was changed by hand or cut");
        }
        Ok(part)
    }

    /// The same with another record.
    pub(super) fn with(&self, record: Record) -> Self {
        Self {
            record,
            ..self.clone()
        }
    }

    /// The answer that it holds.
    ///
    /// # Errors
    /// Sums of histories grew beyond what can be held.
    pub(super) fn document(self) -> Result<SimulateResult> {
        let mut document = SimulateResult {
            simulate: self.names.simulate(&self.frame.answer(&self.record)),
            head: self.head,
            estate: self.estate,
        };
        if let Some(histories) = &self.histories {
            let played = histories.frame.answer(&histories.record)?;
            document.simulate.sequential = Some(played.named(&self.names));
            self.names.put_hours_of_a_year(&mut document.simulate);
            if histories.frame.assumed_repair > 0 {
                document.head.warnings.push(format!(
                    "{} mean times to repair are assumed to be {ASSUMED_REPAIR_HOURS} hours: only \
                     an unavailability is given",
                    histories.frame.assumed_repair
                ));
            }
        }
        Ok(document)
    }

    /// Whether all of its work is done.
    pub(super) fn is_complete(&self) -> bool {
        let histories = self.histories.as_ref();
        self.frame.answer(&self.record).complete
            && histories.is_none_or(|h| h.frame.is_done(&h.record))
    }

    /// Writes a part, whole or not at all.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn write(&self, path: &Path) -> Result<()> {
        let blank = Self {
            digest: BLANK.to_owned(),
            ..self.clone()
        };
        files::write_one(path, Kind::Part(self.shard), &sealed::sealed(&blank)?)
    }
}
