//! Single files that are written whole or not at all, and never over a file that the program did not
//! make: what is there already must be of the same kind, or empty.

use super::dangling::dangling;
use super::said::{self, Said};
use super::sealed::part_name;
use super::sums::report_around;
use crate::analysis::montecarlo::Shard;
use crate::input::write::temporary;
use crate::report::html;
use crate::report::plot::{self, Figure};
use crate::report::xlsx::{self, Subject};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Where JUnit XML of this program begins.
const JUNIT: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
/// The last line of a drawing in SVG.
const SVG_MARK: &str = "\n<!-- drawn by brownout -->\n";
/// A text chunk that says who drew a PNG: keyword and text.
const PNG_MARK: &[u8] = b"Software\0brownout";
/// Bytes of the chunk that ends a PNG.
const PNG_END: usize = 12;

/// What a file is that the program writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The result of a simulation, as JSON.
    Simulation,
    /// A part of a simulation: of this shard, or a checkpoint of all of it.
    Part(Option<Shard>),
    /// The result of a sweep, as JSON.
    Sweep,
    /// A part of a sweep, in the same way.
    SweepPart(Option<Shard>),
    /// A part of an assessment, in the same way.
    AssessPart(Option<Shard>),
    /// JUnit XML.
    Junit,
    /// SARIF.
    Sarif,
    /// A drawing, by its ending.
    Picture,
    /// A workbook: a report, or an inventory.
    Workbook(Subject),
    /// A page that runs the engine.
    Explore,
}

impl Kind {
    /// What the program calls such a file.
    fn words(self) -> String {
        match self {
            Self::Simulation => "result of a simulation".to_owned(),
            Self::Sweep => "result of a sweep".to_owned(),
            Self::Part(None) | Self::SweepPart(None) | Self::AssessPart(None) => {
                "checkpoint of a whole run".to_owned()
            }
            Self::Part(Some(s)) => format!("part {} of a simulation", part_name(s)),
            Self::SweepPart(Some(s)) => format!("part {} of a sweep", part_name(s)),
            Self::AssessPart(Some(s)) => format!("part {} of an assessment", part_name(s)),
            Self::Junit => "JUnit file of brownout".to_owned(),
            Self::Sarif => "SARIF file of brownout".to_owned(),
            Self::Picture => "drawing of brownout".to_owned(),
            Self::Workbook(Subject::Report) => "report workbook of brownout".to_owned(),
            Self::Workbook(Subject::Inventory) => {
                "inventory workbook of brownout that nobody has saved since".to_owned()
            }
            Self::Explore => "page of brownout explore".to_owned(),
        }
    }

    /// Whether this program wrote these bytes, as a file of this kind.
    fn wrote(self, bytes: &[u8]) -> bool {
        let said = |kind: &str| Said::of(bytes).ok().filter(|s| s.kind() == Some(kind));
        match self {
            Self::Simulation => said("brownout/simulate").is_some(),
            Self::Sweep => said("brownout/sweep").is_some(),
            Self::Part(shard) => said("brownout/simulate-part").is_some_and(|s| s.shard == shard),
            Self::SweepPart(shard) => said("brownout/sweep-part").is_some_and(|s| s.shard == shard),
            Self::AssessPart(shard) => {
                said("brownout/assess-part").is_some_and(|s| s.shard == shard)
            }
            Self::Junit => {
                let suites = bytes.strip_prefix(JUNIT.as_bytes());
                let text = suites.and_then(|s| str::from_utf8(s).ok());
                text.is_some_and(|t| t.contains(" package=\"brownout\" ") || t == "</testsuites>\n")
            }
            Self::Sarif => {
                let value = serde_json::from_slice::<Value>(bytes).unwrap_or_default();
                let name = value.pointer("/runs/0/tool/driver/name");
                name.and_then(Value::as_str) == Some("brownout")
            }
            Self::Picture => {
                let png = bytes.len().checked_sub(PNG_END).map(|end| &bytes[..end]);
                bytes.ends_with(SVG_MARK.as_bytes())
                    || png.is_some_and(|b| b.ends_with(&chunk(PNG_MARK)))
            }
            Self::Workbook(subject) => xlsx::is_ours(bytes, subject),
            Self::Explore => html::is_explore(bytes),
        }
    }
}

/// Writes one file, whole or not at all; its folder must be there. A symbolic link stays one.
///
/// # Errors
/// What [`can_write`] says, or it cannot be written.
pub(super) fn write_one(path: &Path, kind: Kind, bytes: &[u8]) -> Result<()> {
    let shown = path.display();
    let target = target(path, kind)?;
    let folder = folder_of(&target);
    temporary::sweep(folder);
    let file = ready(folder, bytes).with_context(|| format!("cannot write {shown}"))?;
    if let Ok(there) = fs::metadata(&target) {
        // A file that is private stays so; where that cannot be had, as usual.
        let _ = file.as_file().set_permissions(there.permissions());
    }
    file.persist(&target)
        .with_context(|| format!("cannot write {shown}"))?;
    Ok(())
}

/// Whether a file can be written, to be asked before any work: [`write_one`] would find a folder that
/// is there and takes files, and in its place nothing but a file that the program made.
///
/// # Errors
/// Why it cannot.
pub(super) fn can_write(path: &Path, kind: Kind) -> Result<()> {
    let target = target(path, kind)?;
    takes_files(folder_of(&target)).with_context(|| format!("cannot write {}", path.display()))
}

/// Where a file is or would be, whatever links lead to it: two paths are of one file if this is the same.
pub(super) fn place(path: &Path) -> PathBuf {
    let folder = fs::canonicalize(folder_of(path)).unwrap_or_default();
    fs::canonicalize(path).unwrap_or_else(|_| folder.join(path.file_name().unwrap_or_default()))
}

/// Whether several files that one command writes are several.
///
/// # Errors
/// Two of them are one.
pub(super) fn are_distinct(paths: &[&PathBuf]) -> Result<()> {
    let places: Vec<PathBuf> = paths.iter().map(|p| place(p)).collect();
    for (at, path) in paths.iter().enumerate() {
        if places[..at].contains(&places[at]) {
            bail!("two files would be written to {}", path.display());
        }
    }
    Ok(())
}

/// Where a file goes: the path, or what it leads to.
fn target(path: &Path, kind: Kind) -> Result<PathBuf> {
    let shown = path.display();
    if path.is_dir() {
        bail!("cannot write {shown}: it is a folder; name a file");
    }
    if path.file_name().is_none() {
        bail!("{shown} names no file");
    }
    let folder = folder_of(path);
    if !folder.is_dir() {
        if let Some(what) = no_folder_above(folder) {
            bail!("cannot write {shown}: {what}; name a path in a folder");
        }
        let folder = folder.display();
        bail!("cannot write {shown}: there is no folder {folder}; make it first");
    }
    let mut target = path.to_owned();
    if fs::symlink_metadata(path).is_ok() {
        target = fs::canonicalize(path)
            .with_context(|| format!("cannot write {shown}: it leads nowhere"))?;
        if !fs::metadata(&target).is_ok_and(|m| m.is_file()) {
            bail!("cannot write {shown}: it is no regular file");
        }
        let there = said::read(&target, "what is there already")?;
        if !there.is_empty() && !kind.wrote(&there) {
            let words = kind.words();
            bail!("cannot write {shown}: it is there already and is no {words}; name another file");
        }
    }
    if let Some(report) = report_around(&target) {
        let report = report.display();
        bail!("cannot write {shown}: {report} is a report and holds nothing else");
    }
    Ok(target)
}

/// The folder that a path is in.
pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Whether a folder takes files.
///
/// # Errors
/// It does not.
pub(super) fn takes_files(folder: &Path) -> Result<()> {
    match temporary::file_in(folder) {
        Ok(_) => Ok(()),
        Err(e) => {
            let folder = folder.display();
            let why = match e.kind() {
                io::ErrorKind::NotFound => "the system makes none there".to_owned(),
                kind => kind.to_string(),
            };
            bail!("{folder} takes no files: {why}; name one that you may write to")
        }
    }
}

/// What stands in the way of a folder: `plain.txt is a file, not a folder`. Nothing where it can be made.
pub(super) fn no_folder_above(folder: &Path) -> Option<String> {
    let mut there = folder;
    while fs::symlink_metadata(there).is_err() {
        there = folder_of(there);
    }
    let shown = there.display();
    match dangling(there) {
        Some(link) => Some(format!("{shown} is {link}")),
        None if there.is_dir() => None,
        None => Some(format!("{shown} is a file, not a folder")),
    }
}

/// Whether files can be put into a folder: by making it where it is not there, else in it or by another one in its
/// place.
///
/// # Errors
/// Why they cannot.
pub(super) fn takes_folder(folder: &Path) -> Result<()> {
    let mut there = folder;
    while !there.exists() {
        there = folder_of(there);
    }
    let takes = takes_files(there);
    if there != folder {
        return takes;
    }
    let here = fs::canonicalize(folder).unwrap_or_default();
    takes.or_else(|why| here.parent().map_or(Err(why), takes_files))
}

/// Whether nothing would be written into a report, whose folder holds its own files and nothing else.
///
/// # Errors
/// It would: into which.
pub(super) fn is_in_no_report(path: &Path) -> Result<()> {
    match report_around(&fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())) {
        None => Ok(()),
        Some(report) => bail!(
            "will not write into {}: {} is a report and holds nothing else; name another folder",
            path.display(),
            report.display()
        ),
    }
}

/// Whether a folder of an inventory can be made, to be asked before any work. Whether it holds something already is
/// seen when it is written.
///
/// # Errors
/// Why it cannot: it would be in a report, something else stands in its way, or its place takes no files.
pub(super) fn can_make(folder: &Path) -> Result<()> {
    is_in_no_report(folder)?;
    let failed = || format!("cannot write into {}", folder.display());
    if let Some(what) = no_folder_above(folder) {
        bail!("{}: {what}; name a path in a folder", failed());
    }
    takes_folder(folder).with_context(failed)
}

/// Whether a picture can be drawn to a file, by its ending.
///
/// # Errors
/// It is neither `.svg` nor `.png`.
pub(super) fn is_picture(path: &Path) -> Result<()> {
    if ["svg", "png"].contains(&ending(path).as_str()) {
        return Ok(());
    }
    let shown = path.display();
    bail!("`{shown}` is no picture that can be drawn: name a .svg or .png")
}

/// Draws a figure to a `.svg` or `.png`, whole or not at all.
///
/// # Errors
/// The file has another ending, or cannot be drawn or written.
pub(super) fn draw(path: &Path, figure: &impl Figure) -> Result<()> {
    is_picture(path)?;
    let bytes = match ending(path).as_str() {
        "svg" => (plot::svg(figure)? + SVG_MARK).into_bytes(),
        _ => signed(plot::png(figure)?),
    };
    write_one(path, Kind::Picture, &bytes)
}

/// A PNG that says who drew it.
fn signed(mut png: Vec<u8>) -> Vec<u8> {
    let end = png.split_off(png.len().saturating_sub(PNG_END));
    png.extend(chunk(PNG_MARK));
    png.extend(end);
    png
}

/// A text chunk of a PNG: length, type, data, and the CRC-32 of type and data.
fn chunk(data: &[u8]) -> Vec<u8> {
    let body = [b"tEXt", data].concat();
    let mut crc = u32::MAX;
    for &byte in &body {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 {
                crc >> 1 ^ 0xEDB8_8320
            } else {
                crc >> 1
            };
        }
    }
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    [&length.to_be_bytes()[..], &body, &(!crc).to_be_bytes()].concat()
}

fn ending(path: &Path) -> String {
    let ending = path.extension().and_then(|e| e.to_str());
    ending.unwrap_or_default().to_ascii_lowercase()
}

/// A file under a temporary name, all of it on disk.
fn ready(folder: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let mut file = temporary::file_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_sum_of_a_chunk_is_that_of_the_standard() {
        // The chunk that ends every PNG has no data; its CRC-32 is in the specification.
        let text = chunk(b"");
        assert_eq!(text[..8], *b"\0\0\0\0tEXt");
        let known = chunk(b"Title\0x");
        // zlib.crc32(b"tEXtTitle\0x")
        assert_eq!(known[15..], 0x297E_4D3A_u32.to_be_bytes());
    }

    #[test]
    fn each_kind_knows_its_own() {
        let part = br#"{"schema":"brownout/simulate-part/2","shard":{"index":0,"count":4}}"#;
        let shard = |index| Kind::Part(Some(Shard { index, count: 4 }));
        assert!(shard(0).wrote(part) && !shard(1).wrote(part));
        assert!(!Kind::Part(None).wrote(part) && !Kind::Simulation.wrote(part));
        assert!(Kind::Simulation.wrote(br#"{"schema":"brownout/simulate/2"}"#));
        assert!(Kind::Picture.wrote(&signed(vec![0; 40])));
        assert!(!Kind::Picture.wrote(b"<svg/>"));
        assert!(Kind::Sarif.wrote(br#"{"runs":[{"tool":{"driver":{"name":"brownout"}}}]}"#));
        for kind in [Kind::Simulation, shard(0), Kind::Junit, Kind::Sarif] {
            assert!(
                !kind.wrote(b"id,kind\na,server\n") && !kind.wrote(b""),
                "{kind:?}"
            );
        }
    }
}
