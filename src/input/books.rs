//! An inventory that is a workbook: `estate.xlsx` stands for a folder with a file per sheet. In: files.
//! Out: the same files, and below each workbook its sheets as tables; the sheet `inventory` is the text of
//! inventory.toml, a line a row. Promises: a workbook is unpacked once, and only one that is asked for.

use super::InputFile;
#[cfg(feature = "import")]
use super::inventory::shape_of;
use super::source::{Files, shown};
#[cfg(feature = "import")]
use super::workbook;
use crate::model::hex;
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// Texts of one workbook by the name of the file that they stand for, the names of its sheets, and its digest.
#[derive(Clone)]
struct Book {
    texts: BTreeMap<String, Vec<u8>>,
    sheets: Vec<String>,
    sha256: String,
}

/// Files, workbooks among them opened.
pub struct Books<'f> {
    files: &'f dyn Files,
    /// What was found at each path; an error is kept as its words.
    open: RefCell<BTreeMap<PathBuf, Option<Result<Book, String>>>>,
}

impl<'f> Books<'f> {
    /// Nothing opened so far.
    pub fn new(files: &'f dyn Files) -> Self {
        Self {
            files,
            open: RefCell::default(),
        }
    }

    /// What a path says of a workbook that it is; `None` if it is none.
    fn with<T>(&self, path: &Path, read: impl Fn(&Result<Book, String>) -> T) -> Option<T> {
        let named = path
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("xlsx"));
        if !named || self.files.is_folder(path) {
            return None;
        }
        if !self.open.borrow().contains_key(path) {
            let bytes = self.files.read(path).ok();
            let bytes = bytes.filter(|b| is_packed(b));
            let book = bytes.map(|b| opened(path, &b));
            self.open.borrow_mut().insert(path.to_owned(), book);
        }
        let open = self.open.borrow();
        open.get(path)?.as_ref().map(read)
    }

    /// Files that were read, with workbooks for the sheets in them.
    pub fn inputs(&self, inputs: Vec<InputFile>) -> Vec<InputFile> {
        let mut all: Vec<InputFile> = Vec::new();
        for mut input in inputs {
            let book = Path::new(&input.path).parent().map(Path::to_owned);
            let digest = book.as_ref().and_then(|book| {
                let digest = self.with(book, |b| b.as_ref().ok().map(|b| b.sha256.clone()));
                Some((book, digest??))
            });
            if let Some((book, sha256)) = digest {
                input.path = shown(book);
                input.sha256 = sha256;
            }
            match all.last_mut().filter(|last| last.path == input.path) {
                Some(last) => {
                    last.rows = Some(last.rows.unwrap_or(0) + input.rows.unwrap_or(0));
                }
                None => all.push(input),
            }
        }
        all
    }
}

fn opened(path: &Path, bytes: &[u8]) -> Result<Book, String> {
    let (texts, sheets) = texts(path, bytes)?;
    Ok(Book {
        texts,
        sheets,
        sha256: hex(&Sha256::digest(bytes)),
    })
}

/// Whether these are the bytes of a packed file, as every workbook is.
pub fn is_packed(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK")
}

/// The file that a sheet stands for, by its name.
pub(super) fn file_of(sheet: &str) -> String {
    let name = sheet.trim().to_ascii_lowercase().replace([' ', '-'], "_");
    match name.trim_end_matches(".csv").trim_end_matches(".toml") {
        "inventory" => "inventory.toml".to_owned(),
        name => format!("{name}.csv"),
    }
}

/// Texts by the name of the file that a sheet stands for, and the names of the sheets.
type Sheets = (BTreeMap<String, Vec<u8>>, Vec<String>);

/// The texts of a workbook: a build without the feature `import` opens none.
#[cfg(not(feature = "import"))]
fn texts(path: &Path, _bytes: &[u8]) -> Result<Sheets, String> {
    let path = shown(path);
    Err(format!(
        "`{path}` is a workbook, which this build does not read"
    ))
}

#[cfg(feature = "import")]
fn texts(path: &Path, bytes: &[u8]) -> Result<Sheets, String> {
    let book = shown(path);
    let sheets = workbook::sheets(&book, bytes).map_err(|why| why.message().to_owned())?;
    let mut texts = BTreeMap::new();
    let mut names = Vec::new();
    for sheet in sheets {
        let name = sheet.path.strip_prefix(&book).unwrap_or(&sheet.path);
        let name = name.trim_start_matches(':');
        let blank = sheet.text.trim().is_empty();
        if !blank || name.ends_with("(hidden)") {
            names.push(name.to_owned());
        }
        let file = file_of(name);
        let text = match &*file {
            "inventory.toml" => first_column(&sheet.text),
            _ if blank => continue,
            _ => sheet.text.clone(),
        };
        let is_table = file == "inventory.toml" || shape_of(&file).is_some();
        if texts.insert(file, text.into_bytes()).is_some() && is_table {
            return Err(format!("two sheets of `{book}` are the table `{name}`"));
        }
    }
    Ok((texts, names))
}

/// The first cell of each row, a line each.
#[cfg(feature = "import")]
fn first_column(text: &str) -> String {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut lines = String::new();
    for record in reader.records().flatten() {
        lines.push_str(record.get(0).unwrap_or_default());
        lines.push('\n');
    }
    lines
}

impl Files for Books<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let (Some(book), Some(name)) = (path.parent(), path.file_name()) else {
            return self.files.read(path);
        };
        let name = name.to_string_lossy();
        let found = self.with(book, |opened| match opened {
            Ok(book) => {
                let text = book.texts.get(&*name).cloned();
                text.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
            }
            Err(why) => Err(io::Error::other(why.clone())),
        });
        found.unwrap_or_else(|| self.files.read(path))
    }

    fn is_folder(&self, path: &Path) -> bool {
        self.with(path, |_| ()).is_some() || self.files.is_folder(path)
    }

    fn exists(&self, path: &Path) -> bool {
        let inside = path.parent().and_then(|book| {
            let name = path.file_name()?.to_string_lossy();
            self.with(book, |b| {
                b.as_ref().is_ok_and(|b| b.texts.contains_key(&*name))
            })
        });
        inside.unwrap_or_else(|| self.files.exists(path))
    }

    fn tidy(&self, path: &Path) -> PathBuf {
        self.files.tidy(path)
    }

    fn tables(&self, folder: &Path) -> Vec<String> {
        let sheets = self.with(folder, |book| match book {
            Ok(book) => book.sheets.clone(),
            Err(_) => Vec::new(),
        });
        sheets.unwrap_or_else(|| self.files.tables(folder))
    }
}
