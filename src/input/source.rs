//! Files → text. In: paths. Out: [`Source`]s whose text is UTF-8 whatever the bytes were, the
//! faults of those bytes, and a list of what was read with its SHA-256. Promises that a file is
//! read once and that offsets into a source's text are stable.

use super::Faults;
use super::diagnostic::{Diagnostic, Source};
use crate::model::hex;
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// Bytes of one file, at most: offsets into a file are kept in 32 bits.
const MOST_BYTES: usize = u32::MAX as usize - 1;
/// Bytes of a scenario or of inventory.toml, at most.
const MOST_TOML: usize = 64 << 20;

/// Where files come from.
pub trait Files {
    /// The bytes of a file.
    ///
    /// # Errors
    /// What the operating system says.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// Whether the path is a folder.
    fn is_folder(&self, path: &Path) -> bool;

    /// Whether there is a file or a folder of this name.
    fn exists(&self, path: &Path) -> bool {
        self.is_folder(path) || self.read(path).is_ok()
    }

    /// A shorter way to write the same path, if it surely leads to the same file.
    fn tidy(&self, path: &Path) -> PathBuf {
        path.to_owned()
    }

    /// The tables of a folder by name: its CSV files, or the sheets where it is a workbook; none where that is not known.
    fn tables(&self, folder: &Path) -> Vec<String> {
        let _ = folder;
        Vec::new()
    }
}

/// The file system.
pub struct Disk;

impl Files for Disk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        read_regular(path, MOST_BYTES as u64)
    }

    fn exists(&self, path: &Path) -> bool {
        path.exists()
    }

    fn is_folder(&self, path: &Path) -> bool {
        path.is_dir()
    }

    fn tidy(&self, path: &Path) -> PathBuf {
        let short = without_parents(path);
        match (path.canonicalize(), short.canonicalize()) {
            (Ok(long_way), Ok(short_way)) if long_way == short_way => short,
            _ => path.to_owned(),
        }
    }

    fn tables(&self, folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let names = entries.map(|e| e.file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names.filter(|n| is_table(n)).collect();
        names.sort_unstable();
        names
    }
}

/// Whether a file is a table, by its name.
fn is_table(name: &str) -> bool {
    let end = Path::new(name).extension();
    end.is_some_and(|end| end.eq_ignore_ascii_case("csv")) && !name.starts_with('.')
}

/// The bytes of a regular file of at most `most` bytes. A pipe or a device could block or never
/// end, so neither is opened.
///
/// # Errors
/// It is no regular file or too large, or what the operating system says.
pub fn read_regular(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    use std::io::Read;
    let refuse = |what: &str| Err(io::Error::other(what.to_owned()));
    let about = std::fs::metadata(path)?;
    if about.is_dir() {
        return refuse("it is a folder, not a file");
    }
    if !about.is_file() {
        return refuse("it is no regular file but a pipe, a socket or a device");
    }
    let too_large = || refuse(&format!("it is larger than {}", size(most)));
    if about.len() > most {
        return too_large();
    }
    let mut bytes = Vec::with_capacity(usize::try_from(about.len()).unwrap_or(0));
    // It may have grown, and some files do not tell their length.
    let waits = |error: io::Error| match error.kind() {
        io::ErrorKind::WouldBlock => io::Error::other("it is no plain file: reading it would wait"),
        _ => error,
    };
    open_without_waiting(path)?
        .take(most.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(waits)?;
    if bytes.len() as u64 > most {
        return too_large();
    }
    Ok(bytes)
}

/// Opens a file. What looks like a plain file but is the kernel's, such as a log that is still written,
/// gives an error instead of waiting for more.
#[cfg(unix)]
fn open_without_waiting(path: &Path) -> io::Result<std::fs::File> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    Ok(rustix::fs::open(path, flags, Mode::empty())?.into())
}

#[cfg(not(unix))]
fn open_without_waiting(path: &Path) -> io::Result<std::fs::File> {
    std::fs::File::open(path)
}

/// `4 GiB`, `64 MiB`.
fn size(bytes: u64) -> String {
    let mib = bytes.div_ceil(1 << 20);
    if mib.is_multiple_of(1 << 10) {
        format!("{} GiB", mib >> 10)
    } else {
        format!("{mib} MiB")
    }
}

/// Files that are read once: whoever asks again gets the same bytes.
pub struct Kept<'f> {
    files: &'f dyn Files,
    bytes: RefCell<BTreeMap<PathBuf, Vec<u8>>>,
}

impl<'f> Kept<'f> {
    /// Nothing read so far.
    pub fn new(files: &'f dyn Files) -> Self {
        Self {
            files,
            bytes: RefCell::default(),
        }
    }

    /// What was read.
    #[must_use]
    pub fn into_texts(self) -> Texts {
        let read = self.bytes.into_inner().into_iter();
        Texts(
            read.map(|(path, bytes)| (Texts::name(&path), bytes))
                .collect(),
        )
    }
}

impl Files for Kept<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if let Some(bytes) = self.bytes.borrow().get(path) {
            return Ok(bytes.clone());
        }
        let bytes = self.files.read(path)?;
        let copy = bytes.clone();
        self.bytes.borrow_mut().insert(path.to_owned(), copy);
        Ok(bytes)
    }

    fn is_folder(&self, path: &Path) -> bool {
        self.files.is_folder(path)
    }

    fn exists(&self, path: &Path) -> bool {
        self.files.exists(path)
    }

    fn tidy(&self, path: &Path) -> PathBuf {
        self.files.tidy(path)
    }

    fn tables(&self, folder: &Path) -> Vec<String> {
        self.files.tables(folder)
    }
}

/// Files held in memory, by path with `/` between folders.
#[derive(Clone, Debug, Default)]
pub struct Texts(pub BTreeMap<String, Vec<u8>>);

impl Texts {
    /// The name under which the file of a path is held.
    #[must_use]
    pub fn name(path: &Path) -> String {
        shown(&without_parents(path))
    }
}

impl Files for Texts {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.0
            .get(&Self::name(path))
            .cloned()
            .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }

    fn is_folder(&self, path: &Path) -> bool {
        let folder = Self::name(path) + "/";
        self.0.keys().any(|k| k.starts_with(&folder))
    }

    fn tidy(&self, path: &Path) -> PathBuf {
        without_parents(path)
    }

    fn tables(&self, folder: &Path) -> Vec<String> {
        let folder = Self::name(&folder.join("x"));
        let folder = folder.strip_suffix('x').unwrap_or_default();
        let names = self.0.keys().filter_map(|path| path.strip_prefix(folder));
        let names = names.filter(|name| !name.contains('/') && is_table(name));
        names.map(str::to_owned).collect()
    }
}

/// `a/b/../c` → `a/c`, `./a` → `a`.
#[must_use]
pub fn without_parents(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        let back = matches!(out.components().next_back(), Some(Component::Normal(_)));
        match part {
            Component::ParentDir if back => {
                out.pop();
            }
            Component::CurDir => {}
            other => out.push(other),
        }
    }
    if out.as_os_str().is_empty() {
        out.push(".");
    }
    out
}

/// A path as people write it, `/` between folders.
#[must_use]
pub fn shown(path: &Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' {
        text.into_owned()
    } else {
        text.replace(std::path::MAIN_SEPARATOR, "/")
    }
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputFile {
    /// As reached from the command line, `/` between folders.
    pub path: String,
    /// Lower-case hexadecimal.
    pub sha256: String,
    /// Data rows, for CSV files.
    pub rows: Option<u64>,
}

/// What became of a file.
pub enum Opened {
    /// Its text, whole.
    Whole(Arc<Source>),
    /// Its text, but some bytes were no UTF-8: a fault was pushed, and what it says cannot be
    /// trusted to the letter.
    Invalid(Arc<Source>),
    /// There is none.
    Missing,
    /// It could not be read; a fault was pushed.
    Unreadable,
}

/// Reads files and remembers which.
pub struct Reader<'f> {
    files: &'f dyn Files,
    inputs: Vec<InputFile>,
}

impl<'f> Reader<'f> {
    /// Nothing read so far.
    pub fn new(files: &'f dyn Files) -> Self {
        Self {
            files,
            inputs: Vec::new(),
        }
    }

    /// Where it reads from.
    pub fn files(&self) -> &'f dyn Files {
        self.files
    }

    /// Reads one file.
    pub fn open(&mut self, path: &Path, faults: &mut Faults) -> Opened {
        let name = shown(path);
        let bytes = match self.files.read(path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Opened::Missing,
            Err(e) => {
                let fault = Diagnostic::error(format!("cannot read `{name}`: {e}"));
                faults.push(fault.help("name a plain file that you may read"));
                return Opened::Unreadable;
            }
        };
        let toml = path.extension().is_some_and(|e| e == "toml");
        let most = if toml { MOST_TOML } else { MOST_BYTES };
        if bytes.len() > most {
            let size = size(most as u64);
            faults.push(
                Diagnostic::error(format!("`{name}` is larger than {size}"))
                    .help("split the estate into several inventories"),
            );
            return Opened::Unreadable;
        }
        self.inputs.push(InputFile {
            path: name.clone(),
            sha256: sha256(&bytes),
            rows: None,
        });
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            faults.push(
                Diagnostic::error(format!("`{name}` is UTF-16 text, not UTF-8"))
                    .help("save it as UTF-8; spreadsheets call it `CSV UTF-8`"),
            );
            return Opened::Unreadable;
        }
        decode(name, bytes, faults)
    }

    /// Says how many data rows the file read last had.
    pub fn set_rows(&mut self, source: &Source, rows: u64) {
        if let Some(input) = self.inputs.iter_mut().rev().find(|i| i.path == source.path) {
            input.rows = Some(rows);
        }
    }

    /// Adds what another reader has read.
    pub fn add(&mut self, inputs: Vec<InputFile>) {
        self.inputs.extend(inputs);
    }

    /// Every file that was read, by path.
    #[must_use]
    pub fn into_inputs(mut self) -> Vec<InputFile> {
        self.inputs.sort_by(|a, b| a.path.cmp(&b.path));
        self.inputs.dedup();
        self.inputs
    }
}

fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Text without its byte order mark; what is no UTF-8 becomes U+FFFD and one fault.
fn decode(path: String, mut bytes: Vec<u8>, faults: &mut Faults) -> Opened {
    if bytes.starts_with("\u{feff}".as_bytes()) {
        bytes.drain(..3);
    }
    let bytes = match String::from_utf8(bytes) {
        Ok(text) => return Opened::Whole(Arc::new(Source { path, text })),
        Err(e) => e.into_bytes(),
    };
    let mut text = String::with_capacity(bytes.len());
    let mut first: Option<(Range<usize>, String)> = None;
    let mut bad = 0usize;
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if let Some(&byte) = chunk.invalid().first() {
            let start = text.len();
            text.push(char::REPLACEMENT_CHARACTER);
            let what = format!("byte 0x{byte:02x}");
            first.get_or_insert((start..text.len(), what));
            bad += 1;
        }
    }
    let source = Arc::new(Source { path, text });
    if let Some((span, what)) = first {
        let more = match bad {
            1 => String::new(),
            2 => ", here and in 1 more place".to_owned(),
            n => format!(", here and in {} more places", n - 1),
        };
        faults.push(
            Diagnostic::error(format!("the file is not UTF-8 text{more}"))
                .at(&source, span)
                .label(what)
                .help("save it as UTF-8; spreadsheets call it `CSV UTF-8`"),
        );
    }
    Opened::Invalid(source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_are_folded_only_after_a_folder() {
        let tidy = |p: &str| shown(&without_parents(Path::new(p)));
        assert_eq!(tidy("scenarios/../examples/./om"), "examples/om");
        assert_eq!(tidy("../../x/../y"), "../../y");
        assert_eq!(tidy("./a"), "a");
        assert_eq!(tidy("a/.."), ".");
    }

    #[test]
    fn bad_bytes_are_one_fault_at_the_first_place() {
        let texts = Texts([("a.csv".to_owned(), b"ok\n\xe9\xe9x".to_vec())].into());
        let mut faults = Faults::new();
        let mut reader = Reader::new(&texts);
        let opened = reader.open(Path::new("a.csv"), &mut faults);
        assert!(matches!(opened, Opened::Invalid(_)));
        let fault = faults.iter().next().expect("one fault");
        assert_eq!(fault.place(), Some(("a.csv", 2, 1)));
        assert!(fault.message().contains("1 more place"));
    }

    #[test]
    fn the_digest_is_of_the_raw_bytes() {
        let texts = Texts([("a".to_owned(), b"\xef\xbb\xbfabc".to_vec())].into());
        let mut reader = Reader::new(&texts);
        let mut faults = Faults::new();
        let Opened::Whole(source) = reader.open(Path::new("a"), &mut faults) else {
            panic!("it is UTF-8");
        };
        assert_eq!(source.text, "abc");
        let inputs = reader.into_inputs();
        assert_ne!(inputs[0].sha256, sha256(b"abc"));
        assert_eq!(inputs[0].sha256, sha256(b"\xef\xbb\xbfabc"));
    }
}
