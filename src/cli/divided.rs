//! Parts of sweeps and assessments: what a shard or a checkpoint writes, and what is merged or gone on from.
//!
//! A part holds what was found of its own, and no more; names, single failures and the verdict come from
//! the inputs, of which it has the digests: nothing is put together with inputs that have changed.

use super::answer::Failure;
use super::files::{self, Kind};
use super::said;
use super::sealed::{self, BLANK, OfRun, PartCommand, is_as_written, part_name};
use crate::analysis::montecarlo::Shard;
use crate::input::Loaded;
use crate::model::hex;
use crate::report::document::Input;
use anyhow::{Context, Result, anyhow, bail};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::Path;

/// What a part holds, and of what.
pub(super) trait Found: Serialize + DeserializeOwned {
    /// What was asked for.
    type Asked: Serialize + DeserializeOwned;
    /// Version of the format.
    const SCHEMA: &'static str;
    /// What it is a part of.
    const WHAT: &'static str;
    /// Whether all that belongs to it is done.
    fn is_whole(&self) -> bool;
    /// As a file.
    fn kind(shard: Option<Shard>) -> Kind;
}

/// What a part says of itself; without what it found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct About<A> {
    /// The format.
    pub(super) schema: String,
    /// SHA-256 of the file with zeros in place of these digits: [`BLANK`] until it is written.
    digest: String,
    /// Of everything that the numbers depend on.
    pub(super) fingerprint: String,
    /// Which part of the work this is; `null` for all of it.
    pub(super) shard: Option<Shard>,
    /// What makes this part.
    pub(super) command: PartCommand,
    /// What was asked for.
    pub(super) asked: A,
    /// What was read.
    pub(super) inputs: Vec<Input>,
}

/// A part of a run, or a run that is not finished.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "")]
pub(super) struct Divided<R: Found> {
    #[serde(flatten)]
    pub(super) about: About<R::Asked>,
    /// What was found.
    pub(super) record: R,
}

impl<A> About<A> {
    /// Of what was loaded; `more` is what the numbers depend on besides.
    pub(super) fn new<R: Found<Asked = A>>(
        loaded: &Loaded,
        shard: Option<Shard>,
        asked: A,
        more: &impl Serialize,
    ) -> Result<Self> {
        Ok(Self {
            schema: R::SCHEMA.to_owned(),
            digest: BLANK.to_owned(),
            fingerprint: fingerprint::<R>(loaded, more)?,
            shard,
            command: PartCommand::of_process(),
            asked,
            inputs: inputs(loaded),
        })
    }

    /// Whether what was loaded is what a part is of.
    ///
    /// # Errors
    /// Which input is another.
    pub(super) fn is_of<R: Found<Asked = A>>(
        &self,
        loaded: &Loaded,
        more: &impl Serialize,
    ) -> Result<()> {
        let now = inputs(loaded);
        let changed = self.inputs.iter().zip(&now);
        let changed = changed.filter(|(then, now)| then.sha256 != now.sha256);
        let names: Vec<&str> = changed.map(|(_, now)| now.path.as_str()).take(4).collect();
        if self.inputs.len() != now.len() || !names.is_empty() {
            bail!(
                "the parts are of other inputs than those that are there now{}{}",
                if names.is_empty() { "" } else { ": " },
                names.join(", ")
            );
        }
        if self.fingerprint != fingerprint::<R>(loaded, more)? {
            bail!(
                "the parts are of another version of brownout than {}, or of other settings",
                env!("CARGO_PKG_VERSION")
            );
        }
        Ok(())
    }
}

/// SHA-256 of everything that the numbers of a run depend on.
fn fingerprint<R: Found>(loaded: &Loaded, more: &impl Serialize) -> Result<String> {
    let scenario = &loaded.scenario;
    let all = serde_json::to_string(&(
        env!("CARGO_PKG_VERSION"),
        R::SCHEMA,
        loaded.inputs.iter().map(|i| &i.sha256).collect::<Vec<_>>(),
        (&scenario.down, &scenario.derate, scenario.headroom),
        (scenario.sweep.order, &scenario.sweep.elements),
        more,
    ))
    .context("cannot write JSON")?;
    Ok(hex(&Sha256::digest(all.as_bytes())))
}

fn inputs(loaded: &Loaded) -> Vec<Input> {
    let input = |i: &crate::input::InputFile| Input {
        path: i.path.clone(),
        sha256: i.sha256.clone(),
        rows: i.rows,
    };
    loaded.inputs.iter().map(input).collect()
}

impl<R: Found> Divided<R> {
    /// From the bytes of a file.
    ///
    /// # Errors
    /// It is no part of this version, or is not as it was written.
    pub(super) fn parse(path: &Path, bytes: &[u8]) -> Result<Self> {
        let (shown, what) = (path.display(), R::WHAT);
        let part: Self = serde_json::from_slice(bytes).with_context(|| {
            format!("{shown} is no part of {what}, as --shard or --checkpoint write it")
        })?;
        if part.about.schema != R::SCHEMA {
            bail!(
                "{shown} has the schema `{}`, not `{}`",
                part.about.schema,
                R::SCHEMA
            );
        }
        if !is_as_written(bytes, &part.about.digest) {
            bail!("{shown} is not as it was written: it was changed or cut; make this part again");
        }
        Ok(part)
    }

    /// What to go on from, if it is asked for and there.
    pub(super) fn resumed(path: &Path, now: &About<R::Asked>) -> Result<R, Failure> {
        let bytes = said::read(path, "a checkpoint")?;
        let then = Self::parse(path, &bytes)?;
        if then.about.fingerprint != now.fingerprint || then.about.shard != now.shard {
            return Err(anyhow!(
                "the checkpoint {} is of other inputs or settings: leave out --resume to start anew",
                path.display()
            )
            .into());
        }
        Ok(then.record)
    }

    /// What a part says of the run that it is of.
    pub(super) fn of_run<'p>(&'p self, path: &'p Path) -> OfRun<'p> {
        OfRun {
            path,
            shard: self.about.shard,
            fingerprint: &self.about.fingerprint,
        }
    }
}

/// Writes a part, whole or not at all.
///
/// # Errors
/// The file cannot be written.
pub(super) fn write<R: Found>(path: &Path, about: &About<R::Asked>, record: &R) -> Result<()> {
    #[derive(Serialize)]
    struct Written<'w, A: Serialize, R> {
        #[serde(flatten)]
        about: &'w About<A>,
        record: &'w R,
    }
    let bytes = sealed::sealed(&Written { about, record })?;
    files::write_one(path, R::kind(about.shard), &bytes)
}

/// Parts of one run, all of them and whole, in order.
///
/// # Errors
/// Which of them is not, and how to make it.
pub(super) fn all_of_one_run<R: Found>(
    mut all: Vec<(&Path, Divided<R>)>,
) -> Result<Vec<Divided<R>>> {
    let of_run: Vec<OfRun<'_>> = all.iter().map(|(path, part)| part.of_run(path)).collect();
    sealed::are_one_run(&of_run)?;
    for (path, part) in &all {
        let Some(shard) = part.about.shard.filter(|_| !part.record.is_whole()) else {
            continue;
        };
        bail!(
            "{} was ended early: part {} is not whole; go on with {}",
            path.display(),
            part_name(shard),
            part.about.command.making(shard, (path, shard))
        );
    }
    all.sort_by_key(|(_, part)| part.about.shard.map(|s| s.index));
    Ok(all.into_iter().map(|(_, part)| part).collect())
}
