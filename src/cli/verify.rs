//! `verify`: whether a recorded assessment still comes out the same. The recorded command is run
//! again inside this program; nothing else is executed and nothing is written.

use super::answer::{Answer, Exit, Failure};
use super::assessment::{Asked, assess};
use super::output::{Terminal, json};
use super::said;
use super::sums::sums;
use super::{folder, interrupt, report};
use crate::input::{Disk, Files};
use crate::model::hex;
use crate::report::compare::differences;
use crate::report::diff::{Compared, diff};
use crate::report::document::{Assess, FileCheck, FileState, Input, InputCheck, Verify};
use crate::report::folder::{MINIMAL, SUMS, has_figures};
use crate::report::naming::head;
use crate::report::{tables, text};
use anyhow::{Context, Result, anyhow, bail};
use clap::FromArgMatches;
use jiff::civil::Date;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

const AFTER: &str = "\
Examples:
  brownout assess estate/scenario.toml -o report
  brownout verify report                     # in the folder where assess ran
  brownout verify report/result.json --base /srv/audit

Paths in a result are relative to the folder where the command ran: verify from there, or name it \
with --base. A folder is the same if it holds the files of its report and nothing else; its SHA256SUMS \
can be checked without this program, too (sha256sum -c). Exit codes: 0 the same, 1 different, 2 no \
result to verify, 3 interrupted, or the recorded run was.";

/// The file of a report that everything else in it is rendered from.
const RESULT: &str = "result.json";

/// Check a report's inputs, run its command again, compare every byte
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct Args {
    /// What `assess` wrote: the folder of a report, or a JSON file
    result: PathBuf,
    /// The folder that recorded paths are relative to [default: the current folder]
    #[arg(long, value_name = "DIR")]
    base: Option<PathBuf>,
}

/// `all` is the whole command line, by which the recorded command is read.
pub(super) fn run(args: &Args, all: clap::Command, terminal: &Terminal) -> Result<Answer, Failure> {
    interrupt::whole_or_nothing();
    let recorded = Recorded::read(&args.result, all)?;
    let based = Based {
        base: args.base.clone().unwrap_or_default(),
    };
    let document = recorded.verify(&based, terminal)?;
    Ok(Answer {
        data: terminal.render(&document, text::verify, |v| tables::verify(v).csv())?,
        warnings: document.head.warnings.clone(),
        exit: match document.same {
            true => Exit::Done,
            false if document.is_open() => Exit::Incomplete,
            false => Exit::Breached,
        },
    })
}

/// The file system, seen from a folder. Only regular files are read: a path in a result may name
/// anything.
struct Based {
    base: PathBuf,
}

impl Files for Based {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        Disk.read(&self.base.join(path))
    }

    fn is_folder(&self, path: &Path) -> bool {
        self.base.join(path).is_dir()
    }

    fn tidy(&self, path: &Path) -> PathBuf {
        let tidy = crate::input::without_parents(path);
        let at = |p: &Path| self.base.join(p).canonicalize();
        match (at(path), at(&tidy)) {
            (Ok(long_way), Ok(short_way)) if long_way == short_way => tidy,
            _ => path.to_owned(),
        }
    }

    fn tables(&self, folder: &Path) -> Vec<String> {
        Disk.tables(&self.base.join(folder))
    }
}

/// A result as it was recorded.
struct Recorded {
    path: PathBuf,
    /// The folder of the report, if one was named.
    folder: Option<PathBuf>,
    bytes: Vec<u8>,
    value: Value,
    document: Assess,
    command: Box<super::assess::Args>,
}

impl Recorded {
    fn read(path: &Path, all: clap::Command) -> Result<Self> {
        let folder = path.is_dir().then(|| path.to_owned());
        let file = said::result_at(path)?;
        let bytes = said::read(&file, "a result")?;
        let shown = file.display();
        let (value, mut document, command) =
            parse(&bytes, all).with_context(|| format!("{shown} is no result to verify"))?;
        if let Some(folder) = &folder {
            report::put_minimal_table(&mut document, &folder.join(MINIMAL));
        }
        Ok(Self {
            path: file,
            folder,
            bytes,
            value,
            document,
            command,
        })
    }

    fn verify(&self, based: &Based, terminal: &Terminal) -> Result<Verify, Failure> {
        let inputs: Vec<InputCheck> = self
            .document
            .head
            .inputs
            .iter()
            .map(|i| {
                let found = based.read(Path::new(&i.path)).ok();
                let found = found.map(|bytes| hex(&Sha256::digest(bytes)));
                InputCheck {
                    same: found.as_ref() == Some(&i.sha256),
                    path: i.path.clone(),
                    recorded: i.sha256.clone(),
                    found,
                }
            })
            .collect();
        let missing = inputs.iter().filter(|i| i.found.is_none()).count();
        if missing == inputs.len() {
            let text = "none of the recorded inputs is there: verify in the folder where the \
                        command ran, or name it with --base";
            return Err(anyhow!(text).into());
        }
        let evidence = self.document.evidence.as_ref();
        let figures = self.folder.as_deref().filter(|f| self.lacks_figures(f));
        let mut document = Verify {
            head: head("verify", vec![self.input()], undrawn(figures)),
            same: false,
            inputs_same: inputs.iter().all(|i| i.same),
            report_same: None,
            command: evidence.map_or_else(Vec::new, |e| e.command.clone()),
            recorded_version: self.document.head.tool.version.clone(),
            ran: false,
            reason: None,
            result_same: None,
            changes: None,
            differences: Vec::new(),
            differences_more: 0,
            files: Vec::new(),
            input_checks: inputs,
        };
        if let Some(folder) = &self.folder {
            document.files = self.files(folder)?;
            let same = |f: &FileCheck| f.state == FileState::Same;
            document.report_same = Some(document.files.iter().all(same));
        }
        if missing > 0 {
            document.reason = Some("not every input is there".to_owned());
            return Ok(document);
        }
        if said::was_interrupted(&self.bytes) {
            // A whole run comes out with another result, and that is nobody's doing.
            document.reason = Some(
                "the recorded run was interrupted, its result is not complete, and a whole run has another".to_owned(),
            );
            return Ok(document);
        }
        match assess(&self.asked(), based, terminal) {
            Ok(now) => self.compare(now, &mut document)?,
            Err(Failure::Faults(faults)) => {
                let first = faults.iter().next().map(crate::input::Diagnostic::line);
                document.reason = Some(format!(
                    "the inputs are not valid now: {}",
                    first.unwrap_or_default()
                ));
            }
            Err(other) => return Err(other),
        }
        document.same = document.inputs_same
            && document.result_same == Some(true)
            && document.report_same != Some(false);
        Ok(document)
    }

    /// The recorded result, as an input.
    fn input(&self) -> Input {
        Input {
            path: self.path.to_string_lossy().replace('\\', "/"),
            sha256: hex(&Sha256::digest(&self.bytes)),
            rows: None,
        }
    }

    /// Everything in the folder against what the recorded result renders to: so that a report is not
    /// called changed because an input is.
    fn files(&self, folder: &Path) -> Result<Vec<FileCheck>> {
        let stop = self.lacks_figures(folder);
        let expected = report::files_until(self.bytes.clone(), &self.document, &|| stop)?;
        let mut expected: BTreeMap<String, Vec<u8>> = expected.into_iter().collect();
        // Of a table that is not the recorded one only this is known.
        let table = self.document.minimal_table.as_ref();
        let is_other = table.is_some_and(|table| table.csv.is_none());
        if is_other {
            expected.insert(MINIMAL.to_owned(), Vec::new());
        }
        let expected_names = expected.len();
        let written = sums(folder).unwrap_or_default();
        let shown = folder.display();
        let there = folder::entries(folder).with_context(|| format!("cannot look into {shown}"))?;
        let mut checks: Vec<FileCheck> = there
            .into_iter()
            .map(|entry| {
                let bytes = entry
                    .is_file
                    .then(|| self.bytes_of(folder, &entry.name))
                    .flatten();
                let digest = bytes.as_ref().map(|b| hex(&Sha256::digest(b)));
                let as_written = written.get(&entry.name).map(|w| digest.as_ref() == Some(w));
                let state = match (expected.remove(&entry.name), entry.is_file) {
                    (None, _) => FileState::Foreign,
                    // The result is what the others are held against: only the list speaks of it.
                    (Some(_), true) if entry.name == RESULT && as_written == Some(false) => {
                        FileState::Changed
                    }
                    (Some(_), true) if is_other && entry.name == MINIMAL => FileState::Changed,
                    (Some(_), false) => FileState::Special,
                    (Some(wanted), true) if bytes.as_ref() == Some(&wanted) => FileState::Same,
                    (Some(_), true) => FileState::Changed,
                };
                FileCheck {
                    as_written,
                    name: entry.name,
                    state,
                }
            })
            .collect();
        checks.extend(expected.into_keys().map(|name| FileCheck {
            name,
            state: FileState::Missing,
            as_written: None,
        }));
        checks.sort_by(|x, y| x.name.cmp(&y.name));
        let list_is_right = written.len() + 1 == expected_names
            && checks
                .iter()
                .all(|c| c.name == SUMS || is_listed_rightly(c));
        for list in checks.iter_mut().filter(|c| c.name == SUMS) {
            if list.state == FileState::Changed && list_is_right {
                list.state = FileState::Same;
            }
        }
        Ok(checks)
    }

    /// Whether a report was written without its figures, by a run that was interrupted before it drew them: then
    /// neither its list nor its folder has any.
    fn lacks_figures(&self, folder: &Path) -> bool {
        let is_figure = |name: &String| name.starts_with("plots/");
        let listed = sums(folder).is_some_and(|sums| !sums.keys().any(is_figure));
        listed && !folder.join("plots").exists() && has_figures(&self.document)
    }

    /// A file of the folder; that of the result was read already.
    fn bytes_of(&self, folder: &Path, name: &str) -> Option<Vec<u8>> {
        if name == RESULT {
            return Some(self.bytes.clone());
        }
        said::read(&folder.join(name), "a file of a report").ok()
    }

    /// What was asked for then: the day and the time are those of the record.
    fn asked(&self) -> Asked<'_> {
        let recorded = self.document.as_of.as_ref();
        let day: Option<Date> = recorded.and_then(|d| d.parse().ok());
        // Without waivers no day is recorded, and none matters.
        let as_of = day.unwrap_or_default();
        let evidence = self.document.evidence.as_ref();
        self.command
            .asked(as_of, evidence.and_then(|e| e.stamp.clone()))
    }

    /// What the command reads now and did not read then, as a table that came into the inventory.
    fn new_inputs(&self, now: &Assess) -> Vec<InputCheck> {
        let recorded = &self.document.head.inputs;
        let is_new = |i: &&Input| recorded.iter().all(|r| r.path != i.path);
        let new = now.head.inputs.iter().filter(is_new);
        new.map(|i| InputCheck {
            path: i.path.clone(),
            recorded: String::new(),
            found: Some(i.sha256.clone()),
            same: false,
        })
        .collect()
    }

    fn compare(&self, now: Assess, document: &mut Verify) -> Result<(), Failure> {
        let bytes = json(&now)?.into_bytes();
        let same = bytes == self.bytes;
        document.ran = true;
        document.result_same = Some(same);
        if same {
            return Ok(());
        }
        document.input_checks.extend(self.new_inputs(&now));
        document.inputs_same = document.input_checks.iter().all(|i| i.same);
        let value = serde_json::from_slice(&bytes).context("cannot read JSON")?;
        (document.differences, document.differences_more) = differences(&self.value, &value);
        let input = Input {
            path: "now".to_owned(),
            sha256: hex(&Sha256::digest(&bytes)),
            rows: None,
        };
        let recorded = Compared::Assess(Box::new(self.document.clone()));
        let now = Compared::Assess(Box::new(now));
        document.changes = diff(&recorded, &now, vec![self.input(), input]).map(Box::new);
        Ok(())
    }
}

/// What to know of a report without figures.
fn undrawn(folder: Option<&Path>) -> Vec<String> {
    let line = |folder: &Path| {
        let shown = folder.display();
        format!(
            "the run was interrupted before it drew the figures: `brownout report {shown} -o {shown}` draws them"
        )
    };
    folder.map(line).into_iter().collect()
}

/// Whether the list of a report, which may be right while the result is not, says of a file what is
/// so: a file that is as it should be has its digest there.
fn is_listed_rightly(file: &FileCheck) -> bool {
    match file.state {
        FileState::Same => file.as_written == Some(true),
        FileState::Foreign => file.as_written.is_none(),
        FileState::Changed | FileState::Missing | FileState::Special => true,
    }
}

fn parse(bytes: &[u8], all: clap::Command) -> Result<(Value, Assess, Box<super::assess::Args>)> {
    if let Some(what) = said::no_assessment(bytes) {
        bail!("{what}; what can be verified `assess -o DIR` and `assess --format json` write");
    }
    let document: Assess = serde_json::from_slice(bytes)?;
    let evidence = document.evidence.as_ref();
    let command = &evidence
        .context("it holds no evidence of how it was made")?
        .command;
    let parsed = all.try_get_matches_from(command).ok();
    let parsed = parsed.as_ref().and_then(|p| p.subcommand_matches("assess"));
    let args = parsed.and_then(|p| super::assess::Args::from_arg_matches(p).ok());
    let args = args.context("its evidence holds no command that `assess` takes")?;
    Ok((serde_json::from_slice(bytes)?, document, Box::new(args)))
}
