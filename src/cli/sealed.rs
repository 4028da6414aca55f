//! Files that carry a digest of their own content, and what parts of every kind have in common.

use crate::analysis::montecarlo::Shard;
use crate::model::hex;
use anyhow::{Context, Result, bail};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// A digest that is not known yet.
pub(super) const BLANK: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// Names of parts that are listed, at most.
const SHOWN: usize = 8;

/// A document of which the digest is still [`BLANK`], as JSON with the digest of all that.
///
/// # Errors
/// It cannot be written as JSON.
pub(super) fn sealed<T: Serialize>(document: &T) -> Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec(document).context("cannot write JSON")?;
    bytes.push(b'\n');
    let digest = hex(&Sha256::digest(&bytes));
    if let Some(at) = place(&bytes, BLANK) {
        bytes[at..at + BLANK.len()].copy_from_slice(digest.as_bytes());
    }
    Ok(bytes)
}

/// Whether these bytes are as they were written; `digest` is what they say of themselves.
pub(super) fn is_as_written(bytes: &[u8], digest: &str) -> bool {
    let Some(at) = place(bytes, digest).filter(|_| digest.len() == BLANK.len()) else {
        return false;
    };
    let mut hash = Sha256::new();
    hash.update(&bytes[..at]);
    hash.update(BLANK);
    hash.update(&bytes[at + BLANK.len()..]);
    hex(&hash.finalize()) == digest
}

/// Where a digest stands first.
fn place(bytes: &[u8], digest: &str) -> Option<usize> {
    let mut windows = bytes.windows(digest.len().max(1));
    windows.position(|w| w == digest.as_bytes())
}

/// What `--shard` calls a part.
pub(super) fn part_name(shard: Shard) -> String {
    format!("{}/{}", shard.index + 1, shard.count)
}

/// What a part says of the run that it is of.
pub(super) struct OfRun<'p> {
    pub(super) path: &'p Path,
    pub(super) shard: Option<Shard>,
    pub(super) fingerprint: &'p str,
}

/// Whether these are all parts of one run, each once.
///
/// # Errors
/// What is not: which part is of another run, doubled or missing.
pub(super) fn are_one_run(all: &[OfRun<'_>]) -> Result<()> {
    let mut seen: Vec<(Shard, &Path)> = Vec::new();
    for part in all {
        let shown = part.path.display();
        let shard = part
            .shard
            .with_context(|| format!("{shown} is a checkpoint of a whole run, not a part"))?;
        if let Some((_, first)) = seen.iter().find(|(s, _)| *s == shard) {
            let name = part_name(shard);
            bail!(
                "{shown} is part {name}, which was given already: {}",
                first.display()
            );
        }
        let first = seen.first().map(|(first, _)| first.count);
        if part.fingerprint != all[0].fingerprint || first.is_some_and(|n| n != shard.count) {
            bail!(
                "{shown} belongs to another run than {}",
                all[0].path.display()
            );
        }
        seen.push((shard, part.path));
    }
    let count = seen.first().context("no part was given")?.0.count;
    let is_missing = |index: &u64| !seen.iter().any(|(s, _)| s.index == *index);
    let missing = (0..count).filter(is_missing).take(SHOWN);
    let missing: Vec<String> = missing
        .map(|index| part_name(Shard { index, count }))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let more = count - seen.len() as u64 - missing.len() as u64;
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    let missing = missing.join(", ");
    bail!(
        "{} of {count} parts are here; missing: {missing}{more}; `brownout parts` says how to make them",
        seen.len()
    )
}

/// The command of a part, without what says which part it is and where it goes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
pub(super) struct PartCommand {
    /// The command and its options.
    words: Vec<String>,
    /// Where it is kept meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    checkpoint: Option<String>,
}

/// Options that say which part it is and where it goes, and whether they take a value.
const OWN: [(&str, bool); 5] = [
    ("--shard", true),
    ("--output", true),
    ("-o", true),
    ("--checkpoint", true),
    ("--resume", false),
];

impl PartCommand {
    /// The command of this process.
    pub(super) fn of_process() -> Self {
        let args = std::env::args_os().skip(1);
        Self::of(args.map(|a| a.to_string_lossy().into_owned()))
    }

    fn of(args: impl Iterator<Item = String>) -> Self {
        let mut command = Self::default();
        let mut args = args.peekable();
        while let Some(word) = args.next() {
            let is_own = |&&(name, takes): &&(&str, bool)| {
                let rest = word.strip_prefix(name);
                rest.is_some_and(|rest| {
                    rest.is_empty() || (takes && (rest.starts_with('=') || name == "-o"))
                })
            };
            let Some(&(name, takes)) = OWN.iter().find(is_own) else {
                command.words.push(word);
                continue;
            };
            let rest = &word[name.len()..];
            let value = match rest.strip_prefix('=').unwrap_or(rest) {
                "" if takes => args.next(),
                value => Some(value.to_owned()),
            };
            if name == "--checkpoint" {
                command.checkpoint = value;
            }
        }
        command
    }

    /// What makes a part, for a shell: `like` is the name of another part, in whose folder it goes.
    pub(super) fn making(&self, shard: Shard, (like, of): (&Path, Shard)) -> String {
        let name = sibling(like, of, shard);
        let mut words: Vec<String> = vec!["brownout".to_owned()];
        words.extend(self.words.iter().cloned());
        words.extend(["--shard".to_owned(), part_name(shard)]);
        words.extend(["-o".to_owned(), name.to_string_lossy().into_owned()]);
        if let Some(checkpoint) = &self.checkpoint {
            let kept = sibling(Path::new(checkpoint), of, shard);
            let kept = kept.to_string_lossy().into_owned();
            words.extend(["--checkpoint".to_owned(), kept, "--resume".to_owned()]);
        }
        let quoted: Vec<String> = words.iter().map(|w| quoted(w)).collect();
        quoted.join(" ")
    }
}

/// The name of another part beside one: with its number in place of that of the one.
fn sibling(like: &Path, of: Shard, shard: Shard) -> PathBuf {
    let name = like.file_name().unwrap_or_default().to_string_lossy();
    let (this, other) = (of.index + 1, shard.index + 1);
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (at, _) in name.char_indices().filter(|(_, c)| c.is_ascii_digit()) {
        match runs.last_mut().filter(|run| run.1 == at) {
            Some(run) => run.1 = at + 1,
            None => runs.push((at, at + 1)),
        }
    }
    let is_number = |run: &&(usize, usize)| name[run.0..run.1].parse() == Ok(this);
    let numbers: Vec<_> = runs.iter().filter(is_number).collect();
    let new = match numbers[..] {
        _ if this == other => name.into_owned(),
        [&(from, to)] => {
            let width = if name[from..to].starts_with('0') {
                to - from
            } else {
                0
            };
            format!("{}{other:0width$}{}", &name[..from], &name[to..])
        }
        _ => format!("{other}-of-{}-{name}", shard.count),
    };
    like.with_file_name(new)
}

/// A word for a shell.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shard(index: u64, count: u64) -> Shard {
        Shard { index, count }
    }

    #[test]
    fn a_changed_byte_shows() {
        let bytes =
            sealed(&serde_json::json!({"schema": "x", "digest": BLANK, "n": 12})).expect("JSON");
        let said: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
        let digest = said["digest"].as_str().expect("text").to_owned();
        assert!(digest != BLANK && is_as_written(&bytes, &digest));
        for i in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[i] ^= 1;
            assert!(!is_as_written(&changed, &digest), "{i}");
        }
        assert!(!is_as_written(&bytes[..bytes.len() - 1], &digest));
        assert!(!is_as_written(&bytes, "") && !is_as_written(b"", BLANK));
    }

    #[test]
    fn a_command_is_told_without_what_is_the_part_of_it() {
        let typed = "sweep estate --shard 3/8 --order=2 -o part-3.json --elements a --resume --checkpoint=ck-3 -q";
        let command = PartCommand::of(typed.split(' ').map(str::to_owned));
        assert_eq!(
            command.words.join(" "),
            "sweep estate --order=2 --elements a -q"
        );
        let like = (Path::new("out/part-3.json"), shard(2, 8));
        assert_eq!(
            command.making(shard(4, 8), like),
            "brownout sweep estate --order=2 --elements a -q --shard 5/8 -o out/part-5.json \
             --checkpoint ck-5 --resume"
        );
        let typed = [
            "assess",
            "it's here/a b.toml",
            "-oleft",
            "--output=x",
            "--shard=1/2",
        ];
        let command = PartCommand::of(typed.into_iter().map(str::to_owned));
        assert_eq!(
            command.making(shard(1, 2), (Path::new("p"), shard(0, 2))),
            r"brownout assess 'it'\''s here/a b.toml' --shard 2/2 -o 2-of-2-p"
        );
    }

    #[test]
    fn parts_are_named_after_each_other() {
        let named = |name, of: u64, other: u64| {
            let path = sibling(Path::new(name), shard(of - 1, 16), shard(other - 1, 16));
            path.to_string_lossy().into_owned()
        };
        assert_eq!(named("p/part-3.json", 3, 11), "p/part-11.json");
        assert_eq!(named("part-03.json", 3, 11), "part-11.json");
        assert_eq!(named("part-011.json", 11, 3), "part-003.json");
        assert_eq!(named("run7-part-2.json", 2, 7), "run7-part-7.json");
        assert_eq!(
            named("3-of-3.json", 3, 4),
            "4-of-16-3-of-3.json",
            "which is the number?"
        );
        assert_eq!(named("x.json", 3, 3), "x.json");
    }
}
