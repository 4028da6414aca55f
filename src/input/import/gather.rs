//! Paths → texts. In: files and folders, as named. Out: one [`Source`] per text file and per sheet of a
//! workbook, in order of path within a folder, or every fault. Promises: only plain files are read,
//! symbolic links in a folder are not followed, and bytes that are no text are a fault that says so.

use super::super::books::is_packed;
use super::super::{Diagnostic, Faults, Source, read_regular, workbook};
use crate::input::source::shown;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of a file to import, at most: a parsed document takes many times its text.
const MOST_BYTES: u64 = 1 << 30;
/// Files that a folder may hold.
const MOST_FILES: usize = 100_000;
/// Folders within each other.
const MOST_DEEP: usize = 32;

/// How the names of files end that are read where a folder is named.
const READ_IN_FOLDERS: [&str; 14] = [
    "csv", "demands", "gml", "graph", "graphml", "json", "prom", "tfstate", "toml", "tsv", "xlsx",
    "xml", "yaml", "yml",
];
/// Texts of these may be in an encoding of one byte.
const TABLES: [&str; 3] = ["csv", "tsv", "txt"];

/// Reads everything that was named.
///
/// # Errors
/// Every file that cannot be read.
pub(super) fn sources(paths: &[PathBuf]) -> Result<Vec<Arc<Source>>, Faults> {
    let mut faults = Faults::new();
    let mut sources = Vec::new();
    for path in paths {
        if path.is_dir() {
            for file in files_in(path, &mut faults) {
                read(&file, &mut sources, &mut faults);
            }
        } else {
            read(path, &mut sources, &mut faults);
        }
    }
    faults.or(sources)
}

/// The files of a folder and of those in it that may be of a known sort, in order of their path.
fn files_in(folder: &Path, faults: &mut Faults) -> Vec<PathBuf> {
    let mut found = Vec::new();
    walk(folder, 0, &mut found);
    found.sort();
    if found.is_empty() {
        let message = format!("`{}` holds no file that could be imported", shown(folder));
        let ends = READ_IN_FOLDERS.join(", .");
        let fault = Diagnostic::error(message);
        faults.push(fault.help(format!("files that end in .{ends} are read in a folder")));
    }
    if found.len() > MOST_FILES {
        let message = format!("`{}` holds more than {MOST_FILES} files", shown(folder));
        faults.push(Diagnostic::error(message).help("name the ones that matter"));
        found.clear();
    }
    found
}

fn walk(folder: &Path, deep: usize, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let hidden = name.to_string_lossy().starts_with(['.', '~']);
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && !hidden && deep < MOST_DEEP => {
                walk(&path, deep + 1, found);
            }
            Ok(kind) if kind.is_file() && !hidden && ends_in(&path, &READ_IN_FOLDERS) => {
                found.push(path);
            }
            _ => {}
        }
        if found.len() > MOST_FILES {
            return;
        }
    }
}

fn ends_in(path: &Path, ends: &[&str]) -> bool {
    let end = path.extension().and_then(|e| e.to_str());
    end.is_some_and(|e| ends.iter().any(|known| known.eq_ignore_ascii_case(e)))
}

fn read(path: &Path, sources: &mut Vec<Arc<Source>>, faults: &mut Faults) {
    let name = path.to_string_lossy().replace('\\', "/");
    let bytes = match read_regular(path, MOST_BYTES) {
        Ok(bytes) => bytes,
        Err(why) => {
            let fault = Diagnostic::error(format!("cannot read {name}: {why}"));
            return faults.push(fault.help("name a plain file that you may read"));
        }
    };
    let read = if is_packed(&bytes) {
        workbook::sheets(&name, &bytes)
    } else {
        let one_byte = ends_in(path, &TABLES);
        decode(name, bytes, one_byte).map(|source| vec![source])
    };
    match read {
        Ok(read) => sources.extend(read),
        Err(fault) => faults.push(fault),
    }
}

/// Bytes → text: UTF-8 or UTF-16 with a byte order mark, UTF-8 without; Latin-1 where an XML
/// declaration says so; Windows-1252 of a table (`one_byte`) that is no UTF-8.
///
/// # Errors
/// The first byte that is no UTF-8.
pub(crate) fn decode(
    path: String,
    bytes: Vec<u8>,
    one_byte: bool,
) -> Result<Arc<Source>, Diagnostic> {
    let source = |text: String| Arc::new(Source { path, text });
    if let Some(text) = utf_16(&bytes) {
        return Ok(source(text));
    }
    let why = match String::from_utf8(bytes) {
        Ok(text) => {
            let text = text
                .strip_prefix('\u{feff}')
                .map(str::to_owned)
                .unwrap_or(text);
            return Ok(source(text));
        }
        Err(why) => why,
    };
    let at = why.utf8_error().valid_up_to();
    let bytes = why.into_bytes();
    if declares_latin_1(&bytes) {
        return Ok(source(bytes.iter().map(|&b| char::from(b)).collect()));
    }
    if one_byte && !bytes.contains(&0) {
        return Ok(source(bytes.iter().map(|&b| windows_1252(b)).collect()));
    }
    let source = source(String::from_utf8_lossy(&bytes).into_owned());
    Err(Diagnostic::error("this is not UTF-8 text")
        .at(&source, at..at + 1)
        .help("save the file as UTF-8"))
}

/// Makes a unit of two bytes.
type Order = fn([u8; 2]) -> u16;

/// Text of two bytes a character, as some shells write what is sent to a file.
fn utf_16(bytes: &[u8]) -> Option<String> {
    let (order, rest): (Order, &[u8]) = match bytes {
        [0xff, 0xfe, rest @ ..] => (u16::from_le_bytes, rest),
        [0xfe, 0xff, rest @ ..] => (u16::from_be_bytes, rest),
        _ => return None,
    };
    let units = rest.chunks_exact(2).map(|pair| order([pair[0], pair[1]]));
    let text = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER));
    Some(text.collect())
}

/// What the bytes 0x80 to 0x9f stand for in Windows-1252; all others are those of Latin-1.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

fn windows_1252(byte: u8) -> char {
    match byte {
        0x80..=0x9f => WINDOWS_1252[usize::from(byte - 0x80)],
        other => char::from(other),
    }
}

fn declares_latin_1(bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).to_ascii_lowercase();
    head.starts_with("<?xml")
        && head
            .split("?>")
            .next()
            .is_some_and(|declaration| declaration.contains("iso-8859-1"))
}
