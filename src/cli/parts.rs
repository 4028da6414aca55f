//! `parts`: which parts of a divided run are there, which are not, and what makes those.

use super::answer::{Answer, Exit, Failure};
use super::divided::{Divided, Found};
use super::output::Terminal;
use super::part::Part;
use super::said::{self, Said};
use super::sealed::{PartCommand, part_name};
use crate::analysis::montecarlo::Shard;
use crate::analysis::{AssessRecord, SweepRecord};
use crate::model::hex;
use crate::report::document::{Input, OtherFile, OtherWhy, PartOfRun, PartState, Parts};
use crate::report::naming::head;
use crate::report::{tables, text};
use anyhow::anyhow;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const AFTER: &str = "\
Examples:
  brownout parts part-*.json
  brownout parts part-*.json --format csv

Exit codes: 0 every part is done, 2 no file is a part, 3 some are not done. A file that is cut or altered is \
none of the run: remove it, and make its part again.";

/// How it is said that a file is something else.
const FOREIGN: &str = "it is no part of a run: ";
/// Missing parts that are listed, at most.
const LISTED: u64 = 1000;

/// Which parts of a run are done or missing, and the command for each that is not
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct Args {
    /// The parts that are there, in any order
    #[arg(value_name = "PART", required = true)]
    parts: Vec<PathBuf>,
}

/// A part that can be used.
struct Usable<'p> {
    path: &'p Path,
    run: &'static str,
    fingerprint: String,
    shard: Option<Shard>,
    command: Option<PartCommand>,
    is_whole: bool,
    input: Input,
}

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Answer, Failure> {
    let (mut usable, mut others) = (Vec::new(), Vec::new());
    for path in &args.parts {
        match look(path) {
            Ok(part) => usable.push(part),
            Err((why, words)) => others.push(other(path, why, words)),
        }
    }
    let Some((run, count)) = chosen(&usable) else {
        return Err(no_part(&args.parts, &others).into());
    };
    let of_run = usable.iter().filter(|part| part.is_of(&run, count));
    let of_run: Vec<&Usable<'_>> = of_run.collect();
    let mut there: BTreeMap<u64, &Usable<'_>> = BTreeMap::new();
    for part in &usable {
        let Some(shard) = part.shard else {
            others.push(other(
                part.path,
                OtherWhy::Whole,
                "it is a checkpoint of a whole run".to_owned(),
            ));
            continue;
        };
        if !part.is_of(&run, count) {
            let name = part_name(shard);
            let words = format!("it is part {name} of another run");
            others.push(other(part.path, OtherWhy::OtherRun, words));
            continue;
        }
        // Of two, the one that is whole.
        match there.get(&shard.index) {
            Some(first) if first.is_whole || !part.is_whole => {
                others.push(twice(part.path, first.path, shard));
            }
            first => {
                others.extend(first.map(|first| twice(first.path, part.path, shard)));
                there.insert(shard.index, part);
            }
        }
    }
    let document = document(&of_run, &there, count, others);
    let is_done = document.done == count;
    Ok(Answer {
        data: terminal.render(&document, text::parts, |d| tables::parts(d).csv())?,
        warnings: Vec::new(),
        exit: if is_done {
            Exit::Done
        } else {
            Exit::Incomplete
        },
    })
}

/// No file can be used: what the first of them is, and what to name instead.
fn no_part(files: &[PathBuf], others: &[OtherFile]) -> anyhow::Error {
    let why = others
        .first()
        .map_or("it is a checkpoint of a whole run", |o| {
            o.words.strip_prefix(FOREIGN).unwrap_or(&o.words)
        });
    anyhow!(
        "no file is a part of a run: {}: {why}; name the files that `simulate`, `sweep` or `assess` wrote with --shard",
        files[0].display()
    )
}

fn document(
    of_run: &[&Usable<'_>],
    there: &BTreeMap<u64, &Usable<'_>>,
    count: u64,
    others: Vec<OtherFile>,
) -> Parts {
    let command = |index: u64, like: &Usable<'_>| {
        let of = like.shard?;
        let command = like.command.as_ref()?;
        Some(command.making(Shard { index, count }, (like.path, of)))
    };
    let missing = (0..count).filter(|index| !there.contains_key(index));
    let missing: Vec<u64> = missing
        .take(usize::try_from(LISTED).unwrap_or(usize::MAX))
        .collect();
    let mut parts: Vec<(u64, PartOfRun)> = Vec::new();
    for (&index, part) in there {
        let state = if part.is_whole {
            PartState::Done
        } else {
            PartState::EndedEarly
        };
        let file = part.path.to_string_lossy().into_owned();
        let open = !part.is_whole;
        parts.push((
            index,
            one(
                index,
                count,
                (state, Some(file)),
                open.then(|| command(index, part)).flatten(),
            ),
        ));
    }
    let like = of_run.first();
    for &index in &missing {
        let command = like.and_then(|like| command(index, like));
        parts.push((
            index,
            one(index, count, (PartState::Missing, None), command),
        ));
    }
    parts.sort_by_key(|(index, _)| *index);
    let done = there.values().filter(|part| part.is_whole).count() as u64;
    Parts {
        head: head(
            "parts",
            of_run.iter().map(|part| part.input.clone()).collect(),
            Vec::new(),
        ),
        run: of_run.first().map_or("", |part| part.run).to_owned(),
        count,
        done,
        more: count - there.len() as u64 - missing.len() as u64,
        parts: parts.into_iter().map(|(_, part)| part).collect(),
        others,
    }
}

fn one(
    index: u64,
    count: u64,
    (state, file): (PartState, Option<String>),
    command: Option<String>,
) -> PartOfRun {
    PartOfRun {
        part: part_name(Shard { index, count }),
        state,
        file,
        command,
    }
}

fn other(path: &Path, why: OtherWhy, words: String) -> OtherFile {
    OtherFile {
        file: path.to_string_lossy().into_owned(),
        why,
        words,
    }
}

fn twice(path: &Path, first: &Path, shard: Shard) -> OtherFile {
    let words = format!("part {} is {}", part_name(shard), first.display());
    other(path, OtherWhy::Twice, words)
}

impl Usable<'_> {
    fn is_of(&self, fingerprint: &str, count: u64) -> bool {
        self.fingerprint == fingerprint && self.shard.is_some_and(|s| s.count == count)
    }
}

/// The run of which most parts are there, the first of several: its fingerprint and how many parts it has.
fn chosen(usable: &[Usable<'_>]) -> Option<(String, u64)> {
    let mut runs: Vec<(&str, u64, usize)> = Vec::new();
    for part in usable {
        let Some(shard) = part.shard else { continue };
        let run = (part.fingerprint.as_str(), shard.count);
        match runs.iter_mut().find(|r| (r.0, r.1) == run) {
            Some(known) => known.2 += 1,
            None => runs.push((run.0, run.1, 1)),
        }
    }
    let most = runs.iter().map(|run| run.2).max()?;
    let run = runs.iter().find(|run| run.2 == most)?;
    Some((run.0.to_owned(), run.1))
}

/// What a file is, or why it cannot be used.
fn look(path: &Path) -> Result<Usable<'_>, (OtherWhy, String)> {
    let bytes = said::read(path, "a part of a run").map_err(|why| {
        let causes: Vec<String> = why.chain().skip(1).map(ToString::to_string).collect();
        (
            OtherWhy::Unreadable,
            format!("it cannot be read: {}", causes.join(": ")),
        )
    })?;
    let torn = || {
        let words = "it is no JSON of brownout, or it was cut: if it was a part, remove it and make it again";
        (OtherWhy::Torn, words.to_owned())
    };
    let foreign = || {
        let words = format!("{FOREIGN}{}", said::what_it_is(&bytes));
        (OtherWhy::Torn, words)
    };
    let said = Said::of(&bytes).map_err(|_| torn())?;
    match said.kind().ok_or_else(foreign)? {
        "brownout/sweep-part" => divided::<SweepRecord>(path, "sweep", &bytes),
        "brownout/assess-part" => divided::<AssessRecord>(path, "assess", &bytes),
        "brownout/simulate-part" => {
            let part = Part::parse(path, &bytes).map_err(|why| altered(path, &why))?;
            Ok(Usable {
                path,
                run: "simulate",
                fingerprint: part.fingerprint.clone(),
                shard: part.shard,
                is_whole: part.is_complete(),
                command: part.command,
                input: input(path, &bytes),
            })
        }
        _ => Err(foreign()),
    }
}

fn divided<'p, R: Found>(
    path: &'p Path,
    run: &'static str,
    bytes: &[u8],
) -> Result<Usable<'p>, (OtherWhy, String)> {
    let part = Divided::<R>::parse(path, bytes).map_err(|why| altered(path, &why))?;
    Ok(Usable {
        path,
        run,
        is_whole: part.record.is_whole(),
        fingerprint: part.about.fingerprint,
        shard: part.about.shard,
        command: Some(part.about.command),
        input: input(path, bytes),
    })
}

/// What is wrong, without the name of the file, which stands before it.
fn altered(path: &Path, why: &anyhow::Error) -> (OtherWhy, String) {
    let why = why.to_string();
    let why = why
        .strip_prefix(&format!("{} ", path.display()))
        .unwrap_or(&why);
    (OtherWhy::Altered, why.to_owned())
}

fn input(path: &Path, bytes: &[u8]) -> Input {
    Input {
        path: path.to_string_lossy().replace('\\', "/"),
        sha256: hex(&Sha256::digest(bytes)),
        rows: None,
    }
}
